"""The names under which an entry can be recognised: its id, its link, its title. Pure.

Each is normalised, so that what does not make another entry of it makes no difference, and hashed to 64 bits:
memory of entries outlives their documents, and must stay small.
"""

import html
import re
from hashlib import blake2b, sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

from feeds.model import Entry

# The names of all entries seen so far are hashes of addresses without these, and cannot be made again: with one
# parameter more or less, what is known would look new and be posted twice. `feeds/tracking.py` is what may grow.
_TRACKING = re.compile(
    r"utm_\w+|(?:fb|g|d|tw|tt|y)clid|msclkid|[gw]braid|igshid|mc_[ce]id|_hs(?:enc|mi)|mkt_tok|vero_id|oly_\w+|"
    r"at_(?:medium|campaign)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_TITLE_LIMIT = 300


def hashed(*parts: str) -> int:
    """A signed 64-bit number that stands for these texts, as databases can index it."""
    digest = blake2b("\0".join(parts).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def same_address(url: str) -> str:
    """The address without what changes while the page stays the same.

    Left out are the scheme, `www.`, tracking parameters and a slash at the end. The fragment stays: entries of a
    changelog differ in nothing else.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in query if not _TRACKING.fullmatch(name)])
    return "".join((host, port, parts.path.rstrip("/"), f"?{kept}" if kept else "", f"#{parts.fragment}"))


def same_path(url: str | None) -> str | None:
    """What is left of an address when its site moves to another host; None for a site's front page."""
    path = same_address(url).partition("/")[2] if url else ""
    return path if path.strip("#/") else None


def same_id(raw_id: str, link: str | None = None) -> str:
    """The id, or what stays of it where it is a web address: sites change their scheme and add parameters.

    An id that is the entry's link with a fragment (BBC News counts its versions in it) is the link.
    """
    if not raw_id.lower().startswith(("http://", "https://")):
        return raw_id
    address, own = same_address(raw_id), same_address(link or "")
    return own if own.endswith("#") and address.startswith(own) else address


def same_title(entry: Entry) -> str:
    """The title as a reader would compare it; the beginning of the text where there is no title."""
    text = entry.title or entry.summary or entry.content
    plain = html.unescape(_TAG.sub(" ", text[: 8 * _TITLE_LIMIT]))
    return " ".join(plain.split()).casefold()[:_TITLE_LIMIT]


def content_hash(entry: Entry) -> str:
    """A hash of what a reader sees of the entry: another value means that it was edited."""
    parts = (entry.title, entry.link or "", entry.summary, entry.content)
    return "sha256:" + sha256("\0".join(parts).encode()).hexdigest()
