"""What a picture's address says: whether it may be sent, what kind of picture it is, how large, and of which."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna

LONGEST = 2_048
"""Characters of an address: what is longer fails on many servers."""

_TAKEN = ("jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp")
_NOT_TAKEN = (
    "svg", "svgz", "ico", "cur", "bmp", "dib", "tif", "tiff", "avif", "heic", "heif", "jxl", "jp2", "apng", "psd",
    "eps", "ai", "pdf", "raw", "mp4", "m4v", "mov", "webm", "mp3", "m4a", "ogg", "html", "htm",
)  # fmt: skip
_KEPT = "/%:@!$&'()*+,;=-._~"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")

_NETWORKS = (
    "facebook|fb|twitter|x|linkedin|instagram|pinterest|reddit|whatsapp|telegram|mastodon|bluesky|tumblr|digg|"
    "delicious|stumbleupon|youtube|email|mail|print|rss|feed|atom|addthis|sharethis|flattr"
)
_SHARED = rf"""
    (?:share|sharing|subscribe|follow|like|donate|button|btn|icon)[_-](?:[\w-]+[_-])?
        (?:{_NETWORKS}|button|icon|btn|us|me|now|this)
    | (?:{_NETWORKS})[_-]?(?:share|icon|button|btn|badge|logo)(?:[_-]?\d+)?"""

# Whole names only: a story about avatars or a Pixel phone keeps its pictures.
_HOSTS = {
    "an avatar": r"gravatar\.com$|avatars?\d*\.",
    "a tracker": r"""
        (?:pixel\d*|stats?|track(?:er|ing)?|beacon|analytics|(?:\w+\.)?doubleclick|googleadservices|quantserve
        |googlesyndication|google-analytics|feedburner|feedsportal|feedblitz|scorecardresearch|imrworldwide)\.""",
}
_FOLDERS = {
    "an avatar": r"""
        avatars?|gravatars?|userpics?|user_?photos?|profile[_-]?(?:images?|pics?|photos?)|authors?
        |author[_-](?:images?|photos?|pics?)|headshots?|contributors?|bylines?""",
    "a tracker": r"tracking|beacon|~[rf4]|~ff",
    "an emoji": r"emojis?|twemoji|smil(?:ey|ie)s?|emoticons?",
    "an icon or a button": rf"favicons?|icons?|buttons?|badges?|ctas?|{_SHARED}",
}
_FILES = {
    **_FOLDERS,
    "a tracker": r"pixels?|track(?:er|ing)?|beacon|stats?|count(?:er)?|1x1",
    "a spacer": r"""
        spacer|blank|transparent|clear(?:[_-]?dot)?|dot|empty|placeholder|loading|loader|lazy(?:load)?|null|none
        |no[_-]?image|default[_-]?image""",
    "an icon or a button": rf"favicons?|apple-touch-icon(?:-[\w-]+)?|icons?|buttons?|badges?|{_SHARED}",
}


def _compiled(start: str, patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {what: re.compile(f"{start}(?:{one})", re.VERBOSE) for what, one in patterns.items()}


_HOST_KINDS, _FOLDER_KINDS, _FILE_KINDS = (
    _compiled(start, kinds) for start, kinds in ((r"(?:^|\.)", _HOSTS), ("", _FOLDERS), ("", _FILES))
)
_NETWORK_ICON = re.compile(rf"(?!x)(?:{_NETWORKS})(?:[_-]?\d+)?\.(?:png|gif|webp)")

_PAIR = re.compile(r"(?:^|[-_/@.,=])(\d{1,4})x(\d{1,4})(?![0-9A-Za-z])")
_LARGEST_RATIO = 32  # `16x9` in a name is a shape,
_HIGHEST_DENSITY = 4  # and `2x3000` a density: neither is a size
_SIDES = (
    re.compile(r"/[swh](\d{3,4})(?:-[a-z0-9-]{1,20})?(?=/)|/s(\d{2})-c(?=/)"),  # Blogger
    re.compile(r"=[swh](\d{1,4})(?:-[a-z0-9-]{1,20})?$"),  # Google's other servers
    re.compile(r"[,/][wh]_(\d{1,4})(?=[,/])"),  # Cloudinary
)
_SIDE_PARAMETER = re.compile(r"(?:^|[&;])(?:w|h|s|sz|width|height|size)=(\d{1,5})(?:px)?(?=[&;]|$)")
_SIZE_SUFFIX = re.compile(r"[-_@](?:\d{1,4}x\d{1,4}|\d{2,4}[wp]|scaled|thumb(?:nail)?|small|medium|large)$")
_SIZE_FOLDER = re.compile(
    r"/(?:\d{1,4}x\d{1,4}|[swh]\d{2,4}(?:-[a-z0-9-]{1,20})?|[wh]_\d{1,4}(?:,[a-z0-9_,:.]{1,60})?)(?=/)"
    r"|=[swh]\d{1,4}(?:-[a-z0-9-]{1,20})?$"
)


def sendable(url: str) -> str | None:
    """The address in ASCII, host in its IDNA form (RFC 5891) and the rest percent-encoded, or None for no web address.

    Ayrshare refuses addresses with spaces and characters that are not encoded. A fragment is dropped.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = _ascii_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    place = host if port is None else f"{host}:{port}"
    address = urlunsplit((parts.scheme, place, _ascii(parts.path) or "/", _ascii(parts.query, "?"), ""))
    return address if len(address) <= LONGEST else None


def is_safe(url: str) -> bool:
    """Whether it goes over https; plain http will do on this machine, where tests and the demo serve pictures."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def refused_type(url: str) -> str | None:
    """The type that its name says and that X does not take, or None: X takes JPEG, PNG, GIF and WebP."""
    extension = _extension(urlsplit(url))
    return extension if extension in _NOT_TAKEN else None


def is_gif(url: str) -> bool:
    """Whether its name is that of a GIF."""
    return _extension(urlsplit(url)) == "gif"


def decoration(url: str) -> str | None:
    """What it is instead of a picture of the entry's own, such as `a tracker`; None where nothing says so."""
    parts = urlsplit(url.lower())
    *folders, file = parts.path.split("/")
    if found := _first(_HOST_KINDS, parts.hostname or ""):
        return found
    if found := next(filter(None, (_first(_FOLDER_KINDS, folder, whole=True) for folder in folders)), None):
        return found
    stem = _SIZE_SUFFIX.sub("", file.rpartition(".")[0] or file)
    is_icon = _NETWORK_ICON.fullmatch(file) is not None
    return "an icon or a button" if is_icon else _first(_FILE_KINDS, stem, whole=True)


def sides(url: str) -> tuple[int, ...]:
    """Widths and heights in pixels that the address names, such as in `-50x50.jpg` and `?w=32`."""
    parts = urlsplit(url.lower())
    pairs = [(int(width), int(height)) for width, height in _PAIR.findall(parts.path)]
    named = [side for pair in pairs if _is_size(*pair) for side in pair]
    found = [match for pattern in _SIDES for match in pattern.finditer(parts.path)]
    asked = [int(match[match.lastindex or 0]) for match in (*found, *_SIDE_PARAMETER.finditer(parts.query))]
    return tuple(side for side in (*named, *asked) if side)


def same_picture(url: str) -> str:
    """What the addresses of one picture in several sizes have in common."""
    parts = urlsplit(url.lower())
    path = _SIZE_FOLDER.sub("", parts.path)
    stem, dot, extension = path.rpartition(".")
    if dot and extension in _TAKEN:  # the query of a file says how it is shown
        return f"{parts.netloc}{_SIZE_SUFFIX.sub('', stem)}"
    kept = (part for part in parts.query.split("&") if not _SIDE_PARAMETER.fullmatch(part))
    return f"{parts.netloc}{path}?{'&'.join(kept)}"


def _is_size(width: int, height: int) -> bool:
    return max(width, height) > _LARGEST_RATIO and min(width, height) > _HIGHEST_DENSITY


def _first(kinds: dict[str, re.Pattern[str]], name: str, *, whole: bool = False) -> str | None:
    for what, pattern in kinds.items():
        if pattern.fullmatch(name) if whole else pattern.search(name):
            return what
    return None


def _ascii(part: str, more: str = "") -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT + more, errors="replace")


def _ascii_host(host: str) -> str | None:
    if ":" in host:
        return f"[{host}]" if _is_address(host) else None
    name = host.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            return None
    return name if _HOST.fullmatch(name) and len(name) <= 253 else None


def _extension(parts: SplitResult) -> str:
    return parts.path.rpartition("/")[2].rpartition(".")[2].lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
