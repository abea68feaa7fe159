"""What reaches the networks: texts of their own, threads, and each story once."""

from sqlalchemy import update

from scheduler.clock import utc_now
from scheduler.store.tables import PostRow
from tests.world import QUICK, World, posts_of, until, wait_for_state

LONG = "<description>" + "A sentence of some length that says what there is to say. " * 8 + "</description>"
RICH = 'template = "{{ entry.title }}: {{ entry.summary }}\\n{{ entry.link }}"'


async def test_a_thread_goes_out_as_the_posts_that_were_priced(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route=f"[route.compose]\n{RICH}\nthread = {{ max = 4 }}\n")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        link = world.feeds.add("acme", "News", extra=LONG)
        (post,) = await wait_for_state(parts, "delivered")

        shown = [part.text for part in world.sandbox.state.x_posts(profile="acme")]
        assert len(shown) == post["x_posts"] == 2
        assert shown[0].startswith("1/2 News: A sentence of some length")
        assert shown[1].startswith("2/2 ")
        assert shown[1].endswith(link)
        assert post["price_usd"] == "0.215"


async def test_each_network_gets_its_own_text(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer(
        "acme",
        route=f'platforms = ["twitter", "linkedin"]\n[route.compose]\n{RICH}\nlink = "never"\n'
        '[route.compose.variants.linkedin]\nlink = "always"\nutm = { source = "{network}" }\n',
    )
    (profile,) = (one for one in world.sandbox.state.profiles.values() if one.title == "acme")
    profile.networks.add("linkedin")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        link = world.feeds.add("acme", "News", extra=LONG)
        (post,) = await wait_for_state(parts, "delivered")

        (published,) = world.sandbox.state.published("linkedin", profile="acme")
        assert published.texts == {"twitter": post["text"], "linkedin": post["variants"]["linkedin"]}
        assert published.texts["linkedin"].endswith(f"{link}?utm_source=linkedin")
        assert len(published.texts["twitter"]) <= 280 < len(published.texts["linkedin"])
        assert post["price_usd"] == "0.015"


async def test_a_digest_goes_out_as_one_post(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route='digest = { at = ["04:00", "16:00"], max = 5 }\n')
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        first, second = world.feeds.add("acme", "One"), world.feeds.add("acme", "Two")
        await until(lambda: len(world.feeds.requests) >= 5, "three more")
        (waiting,) = await posts_of(parts)
        assert (waiting["state"], waiting["is_digest"]) == ("scheduled", True)

        with parts.database.write() as session:
            session.execute(update(PostRow).values(due_at=utc_now(), wake_at=utc_now()))
        (post,) = await wait_for_state(parts, "delivered")
        assert sorted(post["text"].split("\n")) == [f"• One {first}", f"• Two {second}"]
        assert world.texts() == [post["text"]]
        assert post["price_usd"] == "0.200"


async def test_a_story_of_two_feeds_goes_out_once(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.feeds.add("wire", "Older")
    second = f'[[route]]\nid = "wire"\nfeed = "{world.feeds.url}/wire.xml"\npoll_every = "1s"\n'
    world.add_customer("acme", rest=QUICK, route=second)
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 6, "polls of both")
        story = "Acme opens a large new office in the middle of Berlin"
        world.feeds.add("acme", story)
        await wait_for_state(parts, "delivered")
        polls = world.feeds.requests.count("wire")
        world.feeds.add("wire", f"{story}!")
        await until(lambda: world.feeds.requests.count("wire") >= polls + 3, "the other feed has it, too")

        assert len(await posts_of(parts)) == len(world.texts()) == 1
