"""What is said of an XML document's character set from outside of it."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

_WIDE_IN_NARROW = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']utf-?(?:16|32)", re.IGNORECASE)


def with_charset(body: bytes, content_type: str) -> tuple[bytes, str | None]:
    """The document, and the character set that its byte order mark or else the Content-Type header states, if any.

    The mark counts for more (RFC 7303, section 3.3). What is marked as UTF-16 comes back in UTF-8.
    """
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return body.decode("utf-16", "replace").encode(), "utf-8"
    if body.startswith(BOM_UTF8) or _WIDE_IN_NARROW.match(
        body
    ):  # a declaration that can be read refutes itself
        return body, "utf-8"
    named = re.search(r"charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE | re.ASCII)
    return body, named[1] if named else None
