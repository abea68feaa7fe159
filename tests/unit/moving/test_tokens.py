"""The secret part of an invitation's address: no character of it, and nothing that it was made for, can be changed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.moving.tokens import derived_key, is_signed, mark, new_token

KEY = "8Q3J-AYRSHARE-API-KEY"
UNTIL = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TOKEN = new_token(KEY, "acme", UNTIL)


def test_the_key_is_derived_as_the_standard_has_it() -> None:
    """RFC 5869, test case 1: the first 32 of its bytes."""
    salt, secret, purpose = bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA))
    right = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"

    assert derived_key(secret, salt, purpose).hex() == right


@given(api_key=st.text(min_size=1), customer=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True))
def test_a_token_is_good_for_what_it_was_made_for(api_key: str, customer: str) -> None:
    token = new_token(api_key, customer, UNTIL)
    assert is_signed(token, api_key, customer, UNTIL)
    assert token.replace(".", "").isalnum(), "nothing in it that a mail program would break or leave out"
    assert customer not in token or len(customer) < 8


@given(at=st.integers(0, len(TOKEN) - 1), instead=st.characters())
def test_any_changed_character_is_refused(at: int, instead: str) -> None:
    changed = TOKEN[:at] + instead + TOKEN[at + 1 :]
    assert is_signed(changed, KEY, "acme", UNTIL) is (changed == TOKEN)
    assert (mark(changed) == mark(TOKEN)) is (changed == TOKEN)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_refused(text: str) -> None:
    assert not is_signed(text, KEY, "acme", UNTIL)
    assert not is_signed(TOKEN + text, KEY, "acme", UNTIL) or not text
    assert not is_signed(text + TOKEN, KEY, "acme", UNTIL) or not text


@given(at=st.integers(0, len(TOKEN)), length=st.integers(1, len(TOKEN)))
def test_a_shortened_one_is_refused(at: int, length: int) -> None:
    shorter = TOKEN[:at] + TOKEN[at + length :]
    assert is_signed(shorter, KEY, "acme", UNTIL) is (shorter == TOKEN)


@given(
    api_key=st.text(),
    customer=st.text(),
    until=st.integers(-10_000_000, 10_000_000).map(lambda s: UNTIL + timedelta(seconds=s)),
)
def test_it_is_for_one_account_one_customer_and_one_expiry(
    api_key: str, customer: str, until: datetime
) -> None:
    assert not is_signed(TOKEN, api_key, "acme", UNTIL) or api_key == KEY
    assert not is_signed(TOKEN, KEY, customer, UNTIL) or customer == "acme"
    assert is_signed(TOKEN, KEY, "acme", until) is (until == UNTIL)


def test_no_two_tokens_are_alike_and_none_shows_the_key() -> None:
    tokens = {new_token(KEY, "acme", UNTIL) for _ in range(100)}
    assert len(tokens) == 100
    assert not [token for token in tokens if KEY.lower() in token]
    assert mark(TOKEN) not in TOKEN
