"""Threads on X: each part of the text is a post of its own; and what each network got."""

from typing import Any

import httpx
import pytest

from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import Caller

THREAD = {"twitterOptions": {"thread": True}}
PICTURE, OTHER = "https://img.example/a.png", "https://img.example/b.png"


def options(**more: Any) -> dict[str, Any]:
    return {"twitterOptions": {"thread": True, **more}}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one\n\ntwo\n\nthree", ["one", "two", "three"]),
        ("one\nstill one\n\n\n\ntwo\n\n", ["one\nstill one", "two"]),
        ("no blank line", ["no blank line"]),
    ],
)
async def test_a_thread_is_divided_at_blank_lines(
    acme: Caller, state: SandboxState, text: str, parts: list[str]
) -> None:
    sent = (await acme.post(text, **THREAD)).json()["posts"][0]["postIds"]

    shown = state.x_posts(profile="Acme Media")
    assert [post.text for post in shown] == parts
    assert [entry["id"] for entry in sent] == [shown[0].id]
    assert len({post.id for post in shown}) == len(parts)


async def test_without_the_option_blank_lines_divide_nothing(acme: Caller, state: SandboxState) -> None:
    assert (await acme.post("one\n\ntwo")).status_code == 200

    assert [post.text for post in state.x_posts()] == ["one\n\ntwo"]


async def test_only_x_has_threads(acme: Caller, state: SandboxState) -> None:
    await acme.post("one\n\ntwo", platforms=["twitter", "linkedin"], **THREAD)

    assert [post.text for post in state.x_posts()] == ["one", "two"]
    assert state.posts[0].texts["linkedin"] == "one\n\ntwo"


@pytest.mark.parametrize(
    ("text", "status", "overage"),
    [
        (f"{'a' * 280}\n\n{'b' * 280}\n\n{'c' * 280}", 200, None),
        (f"short\n\n{'b' * 283}", 400, 3),
        (f"{'a' * 281}\n\nshort", 400, 1),
    ],
)
async def test_each_part_has_its_own_limit(
    acme: Caller, state: SandboxState, text: str, status: int, overage: int | None
) -> None:
    answer = await acme.post(text, **THREAD)

    assert answer.status_code == status
    errors = answer.json()["posts"][0]["errors"]
    told = [(error["code"], error["message"].rsplit(maxsplit=1)[-1]) for error in errors]
    assert told == ([] if overage is None else [(132, str(overage))])
    assert len(state.x_posts()) == (3 if overage is None else 0)


@pytest.mark.parametrize(
    ("more", "media"),
    [
        (options(), [(), ()]),
        (options(mediaUrls=[None, PICTURE]), [(), (PICTURE,)]),
        (options(mediaUrls=[[PICTURE, OTHER]]), [(PICTURE, OTHER), ()]),
        ({"mediaUrls": [PICTURE], **options()}, [(PICTURE,), ()]),
        ({"mediaUrls": [PICTURE], **options(mediaUrls=[None, OTHER])}, [(), (OTHER,)]),
    ],
)
async def test_pictures_go_with_their_part(
    acme: Caller, state: SandboxState, more: dict[str, Any], media: list[tuple[str, ...]]
) -> None:
    assert (await acme.post("one\n\ntwo", **more)).status_code == 200

    assert [post.media_urls for post in state.x_posts()] == media


@pytest.mark.parametrize(
    ("twitter", "code"),
    [
        ("thread", 101),
        ({"thread": "yes"}, 101),
        ({"thread": True, "mediaUrls": PICTURE}, 101),
        ({"thread": True, "mediaUrls": [None, None, PICTURE]}, 101),
        ({"thread": True, "mediaUrls": ["http://img.example/a.png"]}, 136),
        ({"thread": True, "mediaUrls": [[5]]}, 136),
    ],
)
async def test_wrong_options_are_refused(
    acme: Caller, state: SandboxState, twitter: object, code: int
) -> None:
    answer = await acme.post("one\n\ntwo", twitterOptions=twitter)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert state.posts == []


@pytest.mark.parametrize(
    ("text", "more", "status"),
    [
        ("Up: $ACME", {}, 200),
        ("Up: $ACME and $5 million", {}, 200),
        ("Up: $ACME, down: $GLBX", {}, 400),
        ("Up: $ACME\n\nDown: $GLBX", THREAD, 200),
        ("Up\n\nDown: $ACME and $GLBX", THREAD, 400),
    ],
)
async def test_x_takes_one_cashtag_in_a_post(
    acme: Caller, text: str, more: dict[str, Any], status: int
) -> None:
    answer = await acme.post(text, platforms=["twitter", "linkedin"], **more)

    post = answer.json()["posts"][0]
    assert answer.status_code == status
    assert [error["platform"] for error in post["errors"]] == ([] if status == 200 else ["twitter"])
    assert "linkedin" in {entry["platform"] for entry in post["postIds"]}
    if status == 400:
        assert "cashtag" in post["errors"][0]["message"]


async def test_the_history_and_the_sandbox_show_the_parts(acme: Caller, http: httpx.AsyncClient) -> None:
    post_id = (await acme.post("one\n\ntwo", **options(mediaUrls=[None, PICTURE]))).json()["posts"][0]["id"]
    await acme.post("single")

    row = (await acme("GET", f"/history/{post_id}")).json()
    assert (row["post"], row["twitterOptions"]) == ("one\n\ntwo", {"thread": True})
    native = (await acme("GET", "/history/twitter")).json()["posts"]
    assert [post["post"] for post in native] == ["single", "two", "one"]
    assert all(post["postUrl"].endswith(post["id"]) for post in native)
    single, thread = (await http.get("/sandbox/posts")).json()
    assert [(part["text"], part["media_urls"]) for part in thread["x_posts"]] == [
        ("one", []),
        ("two", [PICTURE]),
    ]
    assert [part["text"] for part in single["x_posts"]] == ["single"]
    assert "twitterOptions" not in single


async def test_the_page_shows_a_thread_in_parts_and_what_each_network_got(
    acme: Caller, http: httpx.AsyncClient
) -> None:
    texts = {"twitter": "first part\n\nsecond <part>", "default": "for the others"}
    await acme("POST", "/post", {"post": texts, "platforms": ["twitter", "linkedin"], **THREAD})

    page = (await http.get("/")).text

    for shown in (
        "first part</p>",
        "second &lt;part&gt;</p>",
        "thread of 2",
        ">X</p>",
        ">LinkedIn</p>",
        "for the others",
    ):
        assert shown in page, shown
