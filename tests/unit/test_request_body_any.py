"""Whatever a post is, Ayrshare is asked to send it now, as it is, and to add nothing of its own."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Image
from scheduler.delivery.request import request_body
from scheduler.lifecycle import State
from scheduler.model import NetworkPost, Post
from scheduler.wording import Platform

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ITS_KEYS = {"post", "platforms", "idempotencyKey", "notes", "shortenLinks", "mediaUrls", "twitterOptions"}
"""None of Ayrshare's others: `autoHashtag` (by popularity), `autoRepost`, `autoSchedule`, `scheduleDate` (keys would
have to be kept), `firstComment`, `requiresApproval`."""
ITS_X_OPTIONS = {"altText", "thread", "mediaUrls"}
"""None of X's others: `longPost`, `replyToTweetId`, `quoteTweetId`."""

NETWORKS = st.lists(st.sampled_from(get_args(Platform)), min_size=1, unique=True).map(tuple)
TEXTS = st.text(min_size=1, max_size=20)
IMAGES = st.lists(st.builds(Image, st.just("https://e.com/a.png"), TEXTS), max_size=4).map(tuple)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    platforms = draw(NETWORKS)
    done = draw(st.sets(st.sampled_from(platforms), max_size=len(platforms) - 1))
    return Post(
        id=1, customer="acme", route="blog", feed_id=1, entry_id=1, platforms=platforms, text=draw(TEXTS),
        media=draw(IMAGES), price_usd=Decimal(0), state=State.SENDING, attempt=1, created_at=NOW, due_at=NOW,
        due_reason="now", idempotency_key=draw(TEXTS), x_posts=draw(st.integers(1, 25)),
        network_posts=tuple(NetworkPost(name, "1") for name in done),
        variants=draw(st.dictionaries(st.sampled_from(platforms), TEXTS)), edition=draw(st.integers(0, 3)),
        expires_at=draw(st.sampled_from([None, NOW])), pinned=draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=60)
@given(posts())
def test_no_body_asks_for_hashtags_repeats_schedules_or_short_links(post: Post) -> None:
    body = request_body(post)
    assert body.keys() <= ITS_KEYS
    assert body["shortenLinks"] is False
    assert body.get("twitterOptions", {}).keys() <= ITS_X_OPTIONS
    said = body["post"].values() if isinstance(body["post"], dict) else [body["post"]]
    assert {*said} <= {post.text, *post.variants.values()}
