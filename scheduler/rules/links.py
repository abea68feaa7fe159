"""The link of a post: a web address that every network takes as a whole."""

import re
import string
from collections.abc import Mapping
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, unquote_plus, urlencode, urlsplit

import idna

from feeds.tracking import is_tracking
from scheduler.rules.redirects import target
from scheduler.rules.x_text.links import LONGEST, find_links
from scheduler.wording import Utm

_LONGEST_READ = 4 * LONGEST
_AROUND = " \u00a0\u200b\ufeff" + "".join(map(chr, range(0x20)))
_REMOVED = re.compile("[\t\r\n]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38|#x0*26)(?:;|%3B))++", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):[/\\]+", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_LONGEST_LABEL, _LONGEST_HOST = 63, 253  # RFC 1035, section 2.3.4

_KEPT = "%/?:@!$&*+,;=~"  # of RFC 3986's own; some networks end a link at a quote or a bracket
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_ENDS = frozenset(string.ascii_letters + string.digits + "=_#/+-")
_QUERY_ENDS = frozenset(string.ascii_letters + string.digits + "=_#/&-")

_FEED_FRAGMENT = re.compile(r"rss[0-9]*|tk\.rss\w*|\.[\w-]{11}(?:\.\w+)?", re.IGNORECASE)
"""Fragments that are there for statistics: a plain word, IDG's, and AddThis's."""


def post_link(link: str | None, utm: Utm, variables: Mapping[str, str]) -> str | None:
    """The link without tracking parameters and with the route's own, or None when it is no web address.

    Only http and https; user names and passwords are dropped, a known redirect gives way to where it leads. Host, path,
    query and fragment come out in ASCII, and the last character is one that X counts as part of a link. `{name}` in a
    UTM value stands for `variables["name"]`. Sources: RFC 3986; the WHATWG's URL standard for what browsers put up
    with; twitter-text for what X takes.
    """
    parts = _direct(_split(link))
    host = _host(parts)
    if parts is None or host is None:
        return None
    fragment = _ascii(_plain_fragment(parts.fragment))
    query = "&".join([*map(_ascii, _untracked(parts.query)), *_campaign(utm, variables)])
    path = _ascii(parts.path) or "/"
    tail = path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    if tail == "/" and not parts.path:
        tail = ""
    scheme = f"{parts.scheme}://"
    address = f"{scheme}{host}{_firm(tail)}"
    if "@" in address and not is_link_for_x(address):  # X would see a mention in `192.0.2.1/@acme`
        address = address.replace("@", "%40")
    return address if len(scheme) + len(address) <= LONGEST else None  # X counts the scheme twice


def why_no_link(link: str | None) -> str:
    """Why `post_link` makes nothing of an entry's link, in words."""
    if link is None:
        return "the feed gives no http or https address for it"
    if post_link(link, Utm(), {}) is not None:
        return f"with its campaign's parameters it is longer than {LONGEST:,} characters"
    scheme, _, _ = link.partition("//")
    if len(scheme) + len("//") + len(link) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    return "it is no web address that a name server could know"


def is_link_for_x(url: str) -> bool:
    """Whether X makes a link of the whole address: not of an IP address, `localhost` or an unknown top-level domain."""
    return [link.text for link in find_links(f"\n{url}")] == [url]


def _split(link: str | None) -> SplitResult | None:
    text = _REMOVED.sub("", (link or "").strip(_AROUND))
    if len(text) > _LONGEST_READ:
        return None
    text = _AMPERSAND.sub("&", _SURROGATE.sub("\ufffd", text))
    place = re.match(r"[^?#]*", text)
    end = place.end() if place else 0
    try:
        parts = urlsplit(_SCHEME.sub(r"\1://", text[:end], count=1).replace("\\", "/") + text[end:])
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _direct(parts: SplitResult | None) -> SplitResult | None:
    """What a redirect of a known service leads to. Each step is shorter than the one before."""
    while parts is not None:
        further = _split(target(parts))
        if _host(further) is None:
            break
        parts = further
    return parts


def _host(parts: SplitResult | None) -> str | None:
    """The host in ASCII, with its port unless that is the usual one; None where DNS could have no such name."""
    if parts is None or parts.hostname is None:
        return None
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    name = _ip6(parts.hostname) if ":" in parts.hostname else _dns_name(parts.hostname)
    return f"{name}{port}" if name else None


def _ip6(name: str) -> str | None:
    try:
        return f"[{IPv6Address(name)}]" if "%" not in name else None
    except ValueError:
        return None


def _dns_name(name: str) -> str | None:
    """The name by UTS 46, as browsers read it: letters of several scripts and emoji may stand side by side."""
    if len(name) > 4 * _LONGEST_HOST:
        return None
    try:
        mapped = idna.uts46_remap(unquote(name), std3_rules=False, transitional=False).removesuffix(".")
        labels = [_label(label) for label in mapped.split(".")]
    except (idna.IDNAError, UnicodeError):
        return None
    whole = ".".join(labels)
    return whole if all(map(_LABEL.fullmatch, labels)) and len(whole) <= _LONGEST_HOST else None


def _label(label: str) -> str:
    """The label in ASCII. Raises `UnicodeError` where it is too long, or Punycode that is none."""
    if not label.isascii():
        label = "xn--" + label.encode("punycode").decode()
    elif label.startswith("xn--"):
        _ = label[4:].encode().decode("punycode")
    if len(label) > _LONGEST_LABEL:
        raise UnicodeError(label)
    return label


def _ascii(part: str) -> str:
    """Percent-encoded where RFC 3986 wants it; what is encoded stays as it is."""
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT)


def _firm(tail: str) -> str:
    """Path, query and fragment, encoded at their ends where X would end the link too early.

    For X, everything from the first `?` on is the query.
    """
    path, mark, query = tail.partition("?")
    if mark and not query:  # the end of a fragment
        return f"{path}%3F"
    if "#" not in tail and query.endswith("+"):  # a space, in a query
        query = query[:-1] + "%20"
    return _firm_end(path, _PATH_ENDS) + mark + _firm_end(query, _QUERY_ENDS)


def _firm_end(part: str, ends: frozenset[str]) -> str:
    return part if not part or part[-1] in ends else f"{part[:-1]}%{ord(part[-1]):02X}"


def _plain_fragment(fragment: str) -> str:
    return "" if _FEED_FRAGMENT.fullmatch(fragment) else "&".join(_untracked(fragment))


def _untracked(query: str) -> list[str]:
    return [part for part in query.split("&") if part and not _tracks(part)]


def _tracks(part: str) -> bool:
    name, _, value = map(unquote_plus, part.partition("="))
    return is_tracking(name, value)


def _campaign(utm: Utm, variables: Mapping[str, str]) -> list[str]:
    filled = {f"utm_{name}": _fill(value, variables) for name, value in utm if value}
    return [urlencode({name: value}) for name, value in filled.items() if value]


def _fill(value: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: variables.get(name[1], name[0]), value)
