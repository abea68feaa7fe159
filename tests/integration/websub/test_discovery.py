"""Which hubs are asked for which topic: tests 100 to 104 and 200 to 204 of websub.rocks, and some more."""

import pytest

from tests.integration.websub.conftest import HOUR, Bench
from tests.integration.websub.hub_process import HubProcess, feed

ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>News</title><id>urn:x</id><updated>2026-11-22T10:00:00Z</updated>"
    "<link rel='hub' href='{hub}'/><link rel='self' href='{self}'/>"
    "<entry><id>urn:a</id><title>a</title><updated>2026-11-22T10:00:00Z</updated></entry></feed>"
)


async def asked_for(hub: HubProcess) -> list[str]:
    """The topics that the hub was asked for, at whichever of its addresses."""
    return [form["hub.topic"] for form in await hub.requests()]


async def test_100_hub_and_self_in_link_headers(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("100")
    await hub.serve("100", feed(None, None, "a"), Link=f'<{hub.hub}>; rel="hub", <{topic}>; rel=self')
    await bench.discover(topic)

    assert await asked_for(hub) == [topic]
    assert (await hub.verified(1))[0]["meant"]
    assert bench.states == ["active"]


async def test_101_a_web_page_with_hub_links_is_no_feed_and_is_not_subscribed_to(
    bench: Bench, hub: HubProcess
) -> None:
    topic = hub.topic("101")
    page = f"<!doctype html><html><head><link rel=hub href='{hub.hub}'><link rel=self href='{topic}'></head></html>"
    await hub.serve("101", page, kind="text/html")
    await bench.discover(topic)

    assert "HTML" in (bench.feed.problem or "")
    assert await asked_for(hub) == []


async def test_102_atom_links(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("102")
    await hub.serve("102", ATOM.format(hub=hub.hub, self=topic))
    await bench.discover(topic)

    assert await asked_for(hub) == [topic]


async def test_103_atom_links_in_rss(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("103")
    await hub.serve("103", feed(hub.hub, topic, "a"))
    await bench.discover(topic)

    assert await asked_for(hub) == [topic]


async def test_104_link_headers_go_before_the_documents_own_links(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("104")
    wrong = feed(f"{hub.hub}?error=wrongtag", f"{topic}?error=wrongtag", "a")
    await hub.serve("104", wrong, Link=f'<{hub.hub}>; rel="hub", <{topic}>; rel="self"')
    await bench.discover(topic)

    assert await asked_for(hub) == [topic]
    assert [one["hub"] for one in bench.shown] == [hub.hub]


async def test_headers_and_the_documents_links_are_never_mixed(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("mixed")
    await hub.serve("mixed", feed(f"{hub.url}/moved", f"{topic}?other", "a"), Link=f'<{hub.hub}>; rel="hub"')
    await bench.discover(topic)

    assert await asked_for(hub) == [topic], "the header's hub, and not the document's self"
    assert [one["hub"] for one in bench.shown] == [hub.hub]


async def test_200_the_topic_is_what_the_feed_calls_itself(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("200")
    await hub.serve("200", feed(hub.hub, f"{topic}?self=other", "a"))
    await bench.discover(topic)

    assert await asked_for(hub) == [f"{topic}?self=other"]
    assert (await hub.verified(1))[0]["meant"]


@pytest.mark.parametrize(("name", "status"), [("201", 302), ("202", 301)])
async def test_201_and_202_the_topic_redirects(bench: Bench, hub: HubProcess, name: str, status: int) -> None:
    final = hub.topic(f"{name}-complete")
    await hub.serve(name, "", status=status, Location=final)
    await hub.serve(f"{name}-complete", feed(hub.hub, final, "a"))
    await bench.discover(hub.topic(name))

    assert await asked_for(hub) == [final]
    assert (await hub.verified(1))[0]["meant"]


@pytest.mark.parametrize(("name", "status"), [("203", 307), ("204", 308)])
async def test_203_and_204_the_hub_redirects(bench: Bench, hub: HubProcess, name: str, status: int) -> None:
    topic = await hub.serve(name, feed(hub.hub, hub.topic(name), "a"))
    await hub.follow(redirect=status)
    await bench.discover(topic)
    first, second = await hub.requests()

    assert (first["path"], second["path"]) == ("/hub", "/moved")
    assert {**first, "path": ""} == {**second, "path": ""}, "the same form again"
    assert (await hub.verified(1))[0]["meant"]


async def test_of_several_hubs_the_first_two_are_asked(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("many")
    links = ", ".join(f'<{hub.hub}?{number}>; rel="hub"' for number in range(4))
    await hub.serve("many", feed(None, None, "a"), Link=f"{links}, <{topic}>; rel=self")
    await bench.discover(topic)

    assert [one["hub"] for one in bench.shown] == [f"{hub.hub}?0", f"{hub.hub}?1"]
    tokens = {form["hub.callback"] for form in await hub.requests()}
    assert len(tokens) == 2, "a callback for each"


async def test_without_a_hub_nothing_is_asked(bench: Bench, hub: HubProcess) -> None:
    await bench.discover(await hub.serve("plain", feed(None, hub.topic("plain"), "a")))

    assert (await hub.log())["requests"] == []
    assert bench.shown == []


async def test_a_feed_without_self_is_its_own_topic(bench: Bench, hub: HubProcess) -> None:
    topic = await hub.serve("selfless", feed(hub.hub, None, "a"))
    await bench.discover(topic)

    assert await asked_for(hub) == [topic]


@pytest.mark.parametrize(
    "bad", ["mailto:hub@example.org", "http://[", "http://u:p@127.0.0.1/hub", "hub", "//"]
)
async def test_what_is_no_hub_is_passed_over(bench: Bench, hub: HubProcess, bad: str) -> None:
    topic = hub.topic("bad")
    document = feed(bad, None, "a").replace(
        "</channel>", f"<atom:link rel='hub' href='{hub.hub}'/></channel>"
    )
    await hub.serve("bad", document)
    await bench.discover(topic)

    assert hub.hub in [one["hub"] for one in bench.shown]
    assert bad not in [one["hub"] for one in bench.shown]


async def test_a_hub_inside_a_network_that_is_not_allowed_is_never_reached(
    bench: Bench, hub: HubProcess
) -> None:
    inside = hub.hub.replace("127.0.0.1", "127.0.0.2")
    await bench.discover(await hub.serve("inside", feed(inside, hub.topic("inside"), "a")))

    assert (await hub.log())["requests"] == []
    (shown,) = bench.shown
    assert shown["state"] == "pending"
    assert "FIRETIME_ALLOW_PRIVATE" in shown["problem"]


async def test_a_feed_that_names_another_self_each_time_makes_no_flood(bench: Bench, hub: HubProcess) -> None:
    topic = hub.topic("churn")
    for number in range(4):
        await hub.serve("churn", feed(hub.hub, f"{topic}?{number}", f"a{number}"))
        await bench.discover(topic)

    assert await asked_for(hub) == [f"{topic}?0"]


async def test_a_feed_that_moves_to_another_hub_is_followed_after_a_day(
    bench: Bench, hub: HubProcess
) -> None:
    topic = await hub.serve("move", feed(hub.hub, hub.topic("move"), "a"))
    await bench.discover(topic)
    await hub.verified(1)
    bench.now[0] += 25 * HOUR
    await hub.serve("move", feed(f"{hub.hub}?2", topic, "a", "b"))
    await bench.discover(topic)
    await hub.verified(3)

    assert [one["hub.callback"] for one in await hub.requests("unsubscribe")] == [
        (await hub.requests())[0]["hub.callback"]
    ]
    assert bench.states == ["gone", "active"]


async def test_without_a_public_address_no_hub_is_asked_until_there_is_one(
    bench: Bench, hub: HubProcess
) -> None:
    base, bench.subscriber._base = bench.subscriber._base, None
    await bench.discover(await hub.serve("off", feed(hub.hub, hub.topic("off"), "a")))

    assert (await hub.log())["requests"] == []
    (shown,) = bench.shown
    assert shown["state"] == "pending"
    assert "FIRETIME_PUBLIC_URL" in shown["problem"]

    bench.subscriber._base = base
    await bench.subscriber.tend()
    await hub.verified(1)
    assert bench.states == ["active"]
