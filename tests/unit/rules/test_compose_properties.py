"""Whatever a feed says, what comes out may be sent, or there is a reason why nothing does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Entry, Image
from scheduler.customer import Route
from scheduler.rules.compose import compose
from scheduler.wording import Compose, Digest
from tests.cost import cheap
from tests.unit.rules.composing import BERLIN, PRICES, composed
from tests.unit.rules.sendable import is_post

TITLED = "{{ entry.title }}\n{{ entry.link }}"
RICH = "{{ entry.title }}\n\n{{ entry.summary }}\n\n{% if hashtags %}Tags: {{ hashtags }}\n{% endif %}{{ entry.link }}"
QUOTED = "{{ entry.author|default(feed.title) }}: {{ entry.content|first_sentence|quote }} via @acme\n{{ entry.link }}"
TOUCHING = "{{ entry.title }}.{{ entry.author }}{{ entry.categories|join('.') }}\n{{ entry.link }}"
LISTED = "{% for entry in entries %}{{ entry.title|truncate(60) }}: {{ entry.link }}\n{% endfor %}"
TAGS = {"from": "both", "fixed": ["News"], "max": 3}
STYLES: list[dict[str, Any]] = [
    {},
    {"template": RICH, "hashtags": TAGS, "image": "first", "max_images": 4},
    {"template": RICH, "hashtags": TAGS, "link": "never"},
    {"template": QUOTED, "mentions": ["nasa"]},
    {"template": TOUCHING},
    {"template": RICH, "domains": "link"},
    {"template": TITLED, "utm": {"source": "{network}", "medium": "sø cial"}},
    {"template": RICH, "thread": {"max": 4}},
    {"template": RICH, "thread": {"max": 3, "numbered": False}},
    {"template": RICH, "variants": {"linkedin": {"template": QUOTED}, "bluesky": {"link": "never"}}},
]
DIGESTS: list[dict[str, Any]] = [{}, {"template": LISTED}, {"link": "never"}, {"thread": {"max": 5}}]
NETWORKS = [["twitter"], ["twitter", "bluesky", "linkedin"], ["threads", "snapchat"], ["facebook", "twitter"]]

SCRAPS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<br>",
        "<br/>",
        "<ul><li>",
        "<li>",
        "</ul>",
        "<h2>",
        "</h2>",
        "<div",
        "<b>",
        "</i>",
        "<a\xa0href='https://e.com/x'>",
        "</a>",
        "<script>",
        "</script>\n",
        "",
        "",
        "",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<img\xa0src=x>",
        "<table><td>",
        "&amp;",
        "&lt;b&gt;",
        "&#0;",
        "&#xfeff;",
        "&nbsp;",
        "&hellip;",
        "&bogus;",
        "&\n",
        "",
        "",
        "",
        "@nasa",
        "＠acme",
        ".@nasa",
        "RT\xa0@nasa:",
        "$AAPL",
        "$TSLA",
        "$5",
        "#tag",
        "#1",
        "＃x",
        "https://e.com/x?a=b",
        "www.example.com",
        "e.com/@nasa",
        "Booking.com\n",
        "",
        "",
        "",
        "said.It",
        "U.S.A.",
        "Node.js",
        "a.b.c.com",
        "x.ai",
        "https://e.com/(a)",
        "[…]",
        "[...]",
        "…",
        "Continue\xa0reading\xa0→",
        "Comments",
        "The\xa0post\n",
        "",
        "",
        "",
        "appeared\xa0first\xa0on",
        "[gallery]",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\xad",
        "👨\u200d👩\u200d👧",
        "🇩🇪\n",
        "",
        "",
        "",
        "é",
        "é",
        "한글",
        "日本語。",
        "ไทย",
        "हिन्दी",
        "العربية",
        "á̂̃",
        "�",
        "\ue000",
        "\x00",
        "\x1f",
        "\u2028",
        "1/2",
        "“",
        "”",
        '"',
        "'",
        "(",
        ")",
        "[",
        "]",
        ".",
        "!",
        "?",
        ",",
        ";",
    ]
)
WORDS = st.one_of(
    SCRAPS, st.text(max_size=12), st.sampled_from(["word", "Title", "is", "A.", "\n", "long" * 20])
)
TEXTS = st.one_of(
    st.just(""),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.lists(WORDS, max_size=60).map("".join),
    st.lists(WORDS, min_size=1, max_size=8).map(lambda words: " ".join(words) * 30),
)
LINKS = st.one_of(
    st.none(),
    st.sampled_from([
        "https://example.com/a", "https://medium.com/@acme/a-b", "http://例え.jp/道?q=ü#ö", "https://e.com/a_(b)).",
        "https://user:pw@example.com/x", "http://localhost/x", "http://192.0.2.1/@nasa", "https://t.co/abc",
        "https://e.com/$AAPL", "https://e.com/#tag", "https://e.com/" + "x" * 5_000, "https://a.internal/?a=1&utm_source=r",
        "ftp://e.com", "https://e.com/a b", "https://e.com/\ufeff", "https://E.COM", "https://e.com/'", "javascript:x",
    ]),
    st.text(max_size=20).map("https://example.com/".__add__),
)  # fmt: skip
PICTURES = st.builds(Image, st.sampled_from(["https://e.com/a.jpg", "https://e.com/b.png", "x"]), TEXTS)
ENTRIES = st.builds(
    Entry,
    raw_id=st.none(),
    link=LINKS,
    title=TEXTS,
    summary=TEXTS,
    content=TEXTS,
    author=TEXTS,
    categories=st.lists(TEXTS, max_size=4).map(tuple),
    images=st.lists(PICTURES, max_size=3).map(tuple),
)


def route_of(style: dict[str, Any], networks: list[str], digest: Digest | None = None) -> Route:
    return Route.model_validate(
        {"id": "r", "feed": "https://e.com/feed", "platforms": networks}
        | ({"digest": digest} if digest else {})
        | {"compose": Compose.model_validate(style)}
    )


ROUTES = st.builds(route_of, st.sampled_from(STYLES), st.sampled_from(NETWORKS))
DIGEST_ROUTES = st.builds(
    route_of,
    st.sampled_from(DIGESTS),
    st.sampled_from(NETWORKS),
    st.just(Digest.model_validate({"at": ["17:00"]})),
)


@settings(max_examples=60)
@given(ENTRIES, TEXTS, ROUTES)
def test_whatever_an_entry_says_the_post_may_be_sent(entry: Entry, feed_title: str, route: Route) -> None:
    if is_post([entry], feed_title, route):
        first, again = (compose([entry], feed_title, route, PRICES, BERLIN) for _ in range(2))
        assert first == again


@settings(max_examples=25)
@given(st.lists(ENTRIES, min_size=1, max_size=4), TEXTS, DIGEST_ROUTES)
def test_whatever_entries_say_their_digest_may_be_sent(
    entries: list[Entry], feed_title: str, route: Route
) -> None:
    is_post(entries, feed_title, route)


HOSTILE = {
    "open tags": "<b><p>" * 8_000,
    "broken tags": '<p <a "' * 8_000,
    "list": "<ul><li>a" * 6_000,
    "dots": "a." * 30_000,
    "domains": "e.com " * 10_000,
    "mentions": "@a" * 30_000,
    "cashtags": "$AAPL " * 10_000,
    "hashtags": "#a" * 30_000,
    "marks": "a" + "\u0301" * 60_000,
    "joiners": "\U0001f468\u200d" * 15_000,
    "flags": "\U0001f1e9" * 15_000,
    "brackets": "[gallery " * 7_000,
    "cut off": " […]" * 12_000,
    "trailers": ". Read more" * 5_000,
    "post": "The post " * 6_000 + " appeared first on X.",
    "capitals": "A" * 60_000,
    "dateline": "By A, " * 10_000,
    "entities": "&amp;" * 12_000,
    "quotes": "“(" * 30_000,
    "sentences": "It is. " * 9_000,
    "spaces": " " * 60_000 + "x",
    "han": "漢" * 60_000,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_of_sixty_kilobytes_is_composed_in_no_time(hostile: str) -> None:
    short = hostile[:1_000]
    entry = Entry("1", "https://example.com/a", short, hostile, "", short, (short, short))
    with cheap(20):
        composed(entry, template=RICH, hashtags=TAGS)
