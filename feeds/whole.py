"""Whether a document is all there, and what it is where it is no feed: from its bytes alone."""

import re

_PROLOG = re.compile(
    rb"(?>\s+|\xef\xbb\xbf|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*+(?:\[.*?\]\s*)?>)*+<([a-z_][\w.:-]{0,99})",
    re.DOTALL | re.IGNORECASE,
)
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")


def is_cut_off(body: bytes) -> bool:
    """Whether the outermost element is never closed.

    A server or proxy that stops in the middle can still send a sound response with the whole document's ETag.
    To keep that ETag would be to lose the missing entries until the feed changes again.
    """
    match = _PROLOG.match(body)
    if match is None or match[1].lower() == b"html":  # HTML may leave its end tags out
        return False
    if body[: body.find(b">", match.end())].endswith(b"/"):
        return False
    return re.search(rb"</" + re.escape(match[1]) + rb"\s*>", body, re.IGNORECASE) is None


def describe(body: bytes) -> str:
    """What a document that is no feed seems to be."""
    if body.startswith(_IMAGES):
        return "an image"
    if body.startswith(b"%PDF"):
        return "a PDF file"
    head = body[:4_096].lower()
    if b"<!doctype html" in head or b"<html" in head:
        return "an HTML page"
    if match := _PROLOG.match(body):
        return f"an XML document with the outermost element <{match[1].decode('ascii')}>"
    return "neither XML nor JSON"
