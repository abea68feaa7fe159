"""What Ayrshare is told of a post: each network its own text, X its thread, its pictures and their descriptions."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from feeds.model import Image
from scheduler.delivery.request import request_body
from scheduler.lifecycle import State
from scheduler.model import NetworkPost, Post

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAT, DOG = Image("https://e.com/cat.png", "A cat"), Image("https://e.com/dog.png")
THREAD = "1/2 One\n\n2/2 Two"


def body_of(**values: Any) -> dict[str, Any]:
    """The body without what every one has."""
    post: dict[str, Any] = {
        "id": 1,
        "customer": "acme",
        "route": "blog",
        "feed_id": 1,
        "entry_id": 1,
        "platforms": ("twitter",),
        "text": "One",
        "media": (),
        "price_usd": Decimal(0),
        "state": State.SENDING,
        "attempt": 1,
        "created_at": NOW,
        "due_at": NOW,
        "due_reason": "now",
        "idempotency_key": "ft-1",
    }
    body = request_body(Post(**post | values))
    assert {name: body.pop(name) for name in ("idempotencyKey", "notes", "shortenLinks")} == {
        "idempotencyKey": "ft-1",
        "notes": "ft-1",
        "shortenLinks": False,
    }
    return body


def test_one_text_for_all_is_sent_as_it_is_with_its_blank_lines() -> None:
    """X takes a blank line as one, unless it is told that the post is a thread."""
    text = "Title\n\nSummary\n\nhttps://e.com/a"
    assert body_of(text=text, platforms=("twitter", "bluesky")) == {
        "post": text,
        "platforms": ["twitter", "bluesky"],
    }


def test_networks_with_a_text_of_their_own_are_named() -> None:
    body = body_of(platforms=("linkedin", "twitter", "bluesky"), variants={"linkedin": "Long"})
    assert body["post"] == {"default": "Long", "twitter": "One", "bluesky": "One"}


@pytest.mark.parametrize(
    ("done", "post", "options"),
    [
        ("twitter", "Long\n\none", None),
        ("linkedin", THREAD, {"thread": True}),
    ],
)
def test_only_networks_that_are_still_open_get_something(
    done: str, post: str, options: dict[str, Any] | None
) -> None:
    body = body_of(
        platforms=("twitter", "linkedin"),
        text=THREAD,
        variants={"linkedin": "Long\n\none"},
        x_posts=2,
        network_posts=(NetworkPost(done, "1"),),
    )
    assert body["post"] == post
    assert body["platforms"] == [name for name in ("twitter", "linkedin") if name != done]
    assert body.get("twitterOptions") == options


def test_pictures_go_along_with_their_descriptions_in_order() -> None:
    body = body_of(media=(DOG, CAT))
    assert body["mediaUrls"] == [DOG.url, CAT.url]
    assert body["twitterOptions"] == {"altText": ["", "A cat"]}
    assert "twitterOptions" not in body_of(media=(DOG,)), "nothing to say of it"


def test_only_x_is_told_of_descriptions() -> None:
    assert body_of(platforms=("bluesky",), media=(CAT,)) == {
        "post": "One",
        "platforms": ["bluesky"],
        "mediaUrls": [CAT.url],
    }


def test_the_pictures_of_a_thread_go_with_its_first_post() -> None:
    body = body_of(text=f"{THREAD}\n\n3/3 Three", x_posts=3, media=(CAT, DOG))
    assert "mediaUrls" not in body, "Ayrshare would give them to no post in particular"
    assert body["twitterOptions"] == {
        "altText": ["A cat", ""],
        "thread": True,
        "mediaUrls": [[CAT.url, DOG.url], None, None],
    }


def test_beside_a_thread_other_networks_have_their_pictures() -> None:
    body = body_of(
        platforms=("twitter", "linkedin"), text=THREAD, variants={"linkedin": "Long"}, x_posts=2, media=(DOG,)
    )
    assert body["post"] == {"default": THREAD, "linkedin": "Long"}
    assert body["mediaUrls"] == [DOG.url]
    assert body["twitterOptions"] == {"thread": True, "mediaUrls": [[DOG.url], None]}


def test_a_post_of_an_older_version_says_the_same_everywhere() -> None:
    """It has neither texts of networks nor a number of posts."""
    body = body_of(platforms=("twitter", "linkedin"), text="Title\n\nhttps://e.com/a")
    assert body == {"post": "Title\n\nhttps://e.com/a", "platforms": ["twitter", "linkedin"]}
