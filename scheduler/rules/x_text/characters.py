"""Characters that several rules share, written for the inside of a regular expression's brackets.

Source: the regular expressions of X's twitter-text.
"""

BREAKS = r"!'#%&()*+,\\/:;<=>?@\[\]\^{|}~$"
"""Punctuation that no domain holds."""

PUNCTUATION = BREAKS + r"\-._"
SPACES = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
REFUSED = "\ufffe\ufeff\uffff"
"""Characters that X takes in no post."""

DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ACCENTED = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
    "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
ACCENTED_IN_LINKS = (
    f"{ACCENTED}\u0260\u0269\u0275\u0280\u0283\u0288\u028a\u028c\u0292\u0399\u03b9\u1fbe\u2c65\u2c66"
    "\u2c7e\u2c7f\ua7dc"
)
"""The same with the letters that JavaScript takes for another case of one of them."""

CYRILLIC_IN_LINKS = "\u0400-\u04ff\u1c80-\u1c87"


def utf16_length(text: str) -> int:
    """How long the text is for JavaScript: characters beyond U+FFFF count 2."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
