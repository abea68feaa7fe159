"""Small damage that no XML parser forgives, repaired where there is only one way to read it."""

import re

_LEADING_SPACE = re.compile(rb"\s+(?=<)")
# Without escape (0x1b), which some Japanese character sets are made with.
_DAMAGE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]+|&#(?:(\d+)|[xX]([0-9a-fA-F]+));")


def mended(body: bytes) -> bytes:
    """The document without space before its start, without control characters and impossible references.

    `&#55296;` and `&#1114112;` name no character that XML has (XML 1.0, section 2.2); U+FFFD stands in for them.
    """
    if b"\0" in body[:4]:  # UTF-16 or UTF-32
        return body
    if space := _LEADING_SPACE.match(body):
        body = body[space.end() :]
    return _DAMAGE.sub(_replacement, body)


def _replacement(found: re.Match[bytes]) -> bytes:
    decimal, hexadecimal = found.groups()
    if decimal or hexadecimal:
        number = _number(decimal, 10) if decimal else _number(hexadecimal, 16)
        return found[0] if _is_character(number) else b"&#xFFFD;"
    return b""


def _number(digits: bytes, base: int) -> int:
    significant = digits.lstrip(b"0")
    return int(significant or b"0", base) if len(significant) <= 8 else -1


def _is_character(number: int) -> bool:
    return (
        number in (0x9, 0xA, 0xD)
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    )
