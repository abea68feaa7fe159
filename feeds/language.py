"""Which language a feed says that it is in."""

import re

_LONGEST = 35  # RFC 5646, section 4.4.1
_TAG = re.compile(
    # language, extended language, script, region, variants, extensions, private use: RFC 5646, section 2.1
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_NO_LANGUAGE = ("mis", "mul", "und", "zxx")  # uncoded, several, undetermined, none: ISO 639-2


def language_of(*stated: object) -> str:
    """The first that is a language's tag (RFC 5646), in lower case; empty where none is.

    Feeds write `en_US` for `en-US`, too.
    """
    return next(filter(None, map(_tag, stated)), "")


def _tag(value: object) -> str:
    text = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    is_tag = len(text) <= _LONGEST and _TAG.fullmatch(text) and text.partition("-")[0] not in _NO_LANGUAGE
    return text if is_tag else ""
