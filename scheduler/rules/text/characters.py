"""Which characters may stand in a post: NFC, no controls, nothing invisible but where a script or an emoji needs it."""

import re
import unicodedata

import regex

_BLANKS = dict.fromkeys((0x2800, 0x3164, 0xFFA0), " ")
"""They look like a space, and are none by Unicode's own table."""

_LINE_ENDS = r"\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029"
_JOINED = r"""
    [[
        \p{Arabic}\p{Syriac}\p{Mandaic}\p{Nko}\p{Mongolian}\p{Phags_Pa}\p{Adlam}
        \p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}
        \p{Sinhala}\p{Myanmar}\p{Khmer}\p{Tibetan}\p{Thaana}\p{Balinese}\p{Javanese}
    ]&&[\p{L}\p{M}]--\p{DI}]
"""
_UNWANTED = regex.compile(
    rf"""(?V1x)
    (?P<kept>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}+\U000e007f)  # the flag of a region
    |(?!
        (?<={_JOINED})[\u200c\u200d](?={_JOINED})              # Persian and Indic words
        |(?<=[\p{{ExtPict}}\p{{EMod}}]|\p{{Emoji}}\ufe0f)\u200d(?=\p{{ExtPict}})
        |(?<=[\p{{Emoji}}--[0-9\#*]])[\ufe0e\ufe0f]
        |(?<=[0-9\#*])\ufe0f(?=\u20e3)                         # keycaps
        |(?<=\p{{Han}})[\ufe00-\ufe02\U000e0100-\U000e01ef]      # the very form of a name
        |(?<=[\p{{Mongolian}}--\p{{DI}}])[\u180b-\u180d\u180f]
    )
    [[\p{{DI}}\p{{Cc}}\p{{Co}}\p{{Cs}}\p{{NChar}}\p{{Bidi_Control}}\ufff9-\ufffb]--[{_LINE_ENDS}]]
    """
)
_MARKS = regex.compile(r"(\p{M}{8})\p{M}++")
_ENDLESS_MARKS = regex.compile(r"(\p{M}{30})\p{M}++")


def tidy(text: str) -> str:
    """The text in NFC, without control, direction, private and invisible characters; odd spaces are plain ones.

    Joiners and variation selectors stay where an emoji or a script needs them. Of combining marks in a row, the first
    eight stay: no language has more. Lines are trimmed, with at most one blank line in a row.
    What is tidy already stays as it is.
    """
    visible = _UNWANTED.sub(r"\g<kept>", encodable(text).translate(_BLANKS))
    lines = [" ".join(line.split()) for line in _composed(visible).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _composed(text: str) -> str:
    """NFC, which takes seconds on thousands of marks in a row (hence Unicode Annex 15, section 13)."""
    return _MARKS.sub(r"\1", unicodedata.normalize("NFC", _ENDLESS_MARKS.sub(r"\1", text)))


def encodable(text: str) -> str:
    """The text without lone surrogates, which have no UTF-8 form."""
    return text.encode("utf-8", "ignore").decode()
