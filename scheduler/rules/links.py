"""The link of a post: a web address that every network takes as a whole."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, unquote_plus, urlencode, urlsplit, urlunsplit

import idna

from scheduler.wording import Utm

LONGEST = 4_096
"""Characters; X makes no link of a longer address (twitter-text)."""

_TRACKING = frozenset({"fbclid", "gclid", "mc_cid", "mc_eid"})
_KEPT = "/%:@!$&'*+,;=-._~[]|?"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LOOSE = "%:@!$&'*+,;.~[]|?"
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


def post_link(link: str | None, utm: Utm, variables: Mapping[str, str]) -> str | None:
    """The link without tracking parameters and with the route's own, or None when it is no web address.

    Only http and https; user names and passwords are dropped; host, path and query come out in ASCII, and
    the last character is one that X counts as part of a link. `{name}` in a UTM value stands for
    `variables["name"]`.
    """
    parts = _split(link)
    host = _ascii_host(parts)
    if parts is None or host is None:
        return None
    query = "&".join([*_untracked(parts.query), *_campaign(utm, variables)])
    path = _ascii(parts.path) or ("/" if query or parts.fragment else "")
    fragment = "?".join(_firm_end(part) for part in _ascii(parts.fragment).split("?"))
    address = urlunsplit((parts.scheme, host, _firm_end(path), _firm_end(_ascii(query)), _firm_end(fragment)))
    return address if len(address) <= LONGEST else None


def _split(link: str | None) -> SplitResult | None:
    try:
        parts = urlsplit((link or "").strip())
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def _ascii_host(parts: SplitResult | None) -> str | None:
    if parts is None or parts.hostname is None:
        return None
    name = parts.hostname.removesuffix(".")
    port = "" if parts.port is None else f":{parts.port}"
    if ":" in name:
        return f"[{name}]{port}"
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            return None
    if not _HOST.fullmatch(name) or any(not 0 < len(label) < 64 for label in name.split(".")):
        return None
    return name + port


def _ascii(part: str) -> str:
    """Percent-encoded where it is not plain ASCII already; what is encoded stays as it is."""
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT, errors="replace")


def _firm_end(part: str) -> str:
    """Its last characters encoded where X would end the link before them."""
    firm = part.rstrip(_LOOSE)
    return firm + "".join(f"%{ord(character):02X}" for character in part[len(firm) :])


def _untracked(query: str) -> list[str]:
    parameters = [part for part in query.replace("&amp;", "&").split("&") if part]
    return [part for part in parameters if not _tracks(unquote_plus(part.partition("=")[0]).lower())]


def _tracks(name: str) -> bool:
    return name.startswith("utm_") or name in _TRACKING


def _campaign(utm: Utm, variables: Mapping[str, str]) -> list[str]:
    own = {"utm_source": utm.source, "utm_medium": utm.medium, "utm_campaign": utm.campaign}
    filled = {name: _fill(value, variables) for name, value in own.items() if value}
    return [urlencode({name: value}) for name, value in filled.items() if value]


def _fill(value: str, variables: Mapping[str, str]) -> str:
    for name, text in variables.items():
        value = value.replace(f"{{{name}}}", text)
    return value
