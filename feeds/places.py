"""Where a web page's feed may be: what the page announces, what its links look like, where feeds usually are. Pure."""

import re
from urllib.parse import urljoin, urlsplit

from feeds.html_page import HtmlPage, Tag, same_site

WELL_KNOWN = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")

YOUTUBE_FEED = "https://www.youtube.com/feeds/videos.xml"

_XML_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
)
_JSON_TYPES = ("application/feed+json", "application/json")
_VAGUE_TYPES = ("application/xml", "text/xml", "application/json")
_FEEDISH = re.compile(r"feed|rss|atom|rdf", re.IGNORECASE)
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
_FEED_PATH = re.compile(
    r"(?:^|[/.])(?:feeds?|rss2?|atom|rdf)(?:[./](?:xml|json|rdf|php|atom|rss))?/?$|/(?:index|all|news|blog)\.(?:xml|rdf)$",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:feed|format|alt|type)=(?:feed|rss2?|atom|json-?feed)(?:&|$)", re.IGNORECASE
)


def announced(page: HtmlPage, *, comments: bool = False) -> list[str]:
    """The feeds that the page names for programs, XML before JSON: the main ones, or those of comments."""
    links = [tag for tag in (*page.head, *page.body) if tag.name == "link" and _announces(tag)]
    wanted = [tag for tag in links if _is_of_comments(tag) is comments]
    return _unique(page, sorted(wanted, key=_is_json))


def linked(page: HtmlPage) -> list[str]:
    """The links of the page to its own site that look as if they led to a feed."""
    anchors = [tag for tag in page.body if tag.name == "a" and not _COMMENTS.search(tag.get("href"))]
    return [url for url in _unique(page, anchors) if same_site(url, page.url) and _looks_like_feed(url)]


def well_known(page: HtmlPage) -> list[str]:
    """Where many programs put a site's feed."""
    return [urljoin(page.url, path) for path in WELL_KNOWN]


def youtube_feed(url: str) -> str | None:
    """The feed of a YouTube channel or playlist, where its address is enough to tell."""
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.").removeprefix("m.") != "youtube.com":
        return None
    channel = re.match(r"/channel/(UC[\w-]{22})(?:/|$)", parts.path)
    playlist = (
        re.search(r"(?:^|&)list=([\w-]{2,64})(?:&|$)", parts.query) if parts.path == "/playlist" else None
    )
    if channel:
        return f"{YOUTUBE_FEED}?channel_id={channel[1]}"
    return f"{YOUTUBE_FEED}?playlist_id={playlist[1]}" if playlist else None


def _announces(tag: Tag) -> bool:
    if tag.has_rel("feed"):
        return True
    kind = _kind(tag)
    if not tag.has_rel("alternate") or kind not in _XML_TYPES + _JSON_TYPES:
        return False
    return kind not in _VAGUE_TYPES or bool(_FEEDISH.search(f"{tag.get('href')} {tag.get('title')}"))


def _kind(tag: Tag) -> str:
    return tag.get("type").partition(";")[0].strip().lower()


def _is_json(tag: Tag) -> bool:
    return _kind(tag) in _JSON_TYPES


def _is_of_comments(tag: Tag) -> bool:
    return bool(_COMMENTS.search(f"{tag.get('href')} {tag.get('title')}"))


def _looks_like_feed(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query))


def _unique(page: HtmlPage, tags: list[Tag]) -> list[str]:
    addresses = (page.address(tag.get("href")) for tag in tags)
    return list(dict.fromkeys(url.partition("#")[0] for url in addresses if url))
