"""What is taken out of answers: a secret in each form in which a server could repeat it, and nothing else."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.delivery.cleanse import LONG_ENOUGH, PUT_INSTEAD, cleansed

SENDABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
SECRETS = st.text(SENDABLE, min_size=LONG_ENOUGH, max_size=60).filter(lambda text: text not in PUT_INSTEAD)
AROUND = st.text(max_size=5)

REPEATS: dict[str, Callable[[str, str], str]] = {
    "plain": lambda secret, around: around + secret + around,
    "percent-encoded": lambda secret, around: quote(around + secret, safe=""),
    "as in an address": lambda secret, around: f"https://x.com/?k={quote(secret)}&{quote_plus(around)}",
    "every byte percent-encoded": lambda secret, _: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "with HTML's entities": lambda secret, around: f"<b>{html.escape(around + secret)}</b>",
    "with numbered entities": lambda secret, _: "".join(f"&#{ord(one)};" for one in secret),
    "hexadecimal": lambda secret, around: (around + secret).encode().hex(),
    "upper hexadecimal": lambda secret, around: (around + secret).encode().hex().upper(),
    "base64": lambda secret, around: b64encode((around + secret + around).encode()).decode(),
    "base64 for addresses": lambda secret, around: urlsafe_b64encode((around + secret).encode()).decode(),
}
PLACES: dict[str, Callable[[str], Any]] = {
    "a value": lambda text: {"message": text},
    "a key": lambda text: {"headers": {text: 1}},
    "a list": lambda text: {"errors": [{"details": [None, text]}], "code": 5},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("repeat", REPEATS.values(), ids=REPEATS.keys())
@settings(max_examples=20)
@given(secret=SECRETS, around=AROUND)
def test_a_secret_is_taken_out_in_each_form_and_place(
    repeat: Callable[[str, str], str], place: Callable[[str], Any], secret: str, around: str
) -> None:
    left = json.dumps(cleansed(place(repeat(secret, around)), ("another-secret", secret)))

    assert PUT_INSTEAD in left
    own = b64encode(secret.encode()).decode().rstrip("=")[:-1]
    assert not [form for form in (json.dumps(secret)[1:-1], secret.encode().hex(), own) if form in left]


@given(
    body=st.recursive(
        st.text(max_size=40) | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    )
)
def test_what_holds_no_secret_stays_as_it_is(body: Any) -> None:
    assert cleansed(body, ("a-secret-of-some-length", "another-of-them")) == body


def test_only_the_texts_that_hold_a_secret_are_changed() -> None:
    body = {
        "message": "100%25 sure &amp; bad key my-secret-key",
        "url": "https://x.com/?a=%26&k=my%2Dsecret-key",
        "other": "100%25 sure &amp; fine",
    }

    assert cleansed(body, ("my-secret-key",)) == {
        "message": f"100%25 sure &amp; bad key {PUT_INSTEAD}",
        "url": f"https://x.com/?a=&&k={PUT_INSTEAD}",
        "other": "100%25 sure &amp; fine",
    }


def test_a_short_secret_is_looked_for_as_it_is_alone() -> None:
    assert cleansed(["ab", b"ab".hex(), "YWI="], ("ab",)) == [PUT_INSTEAD, b"ab".hex(), "YWI="]
