"""Whether two texts say the same: what X would call substantially similar, and no two entries of a series."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.rules.alike import BANDS, ON_ONE_ACCOUNT, ON_TWO_ACCOUNTS, bands, is_alike, normal
from scheduler.rules.text import plain
from tests.real_documents import read

LONG = "Hezbollah rejects disarmament plan and the government's four-month timeline"
SHORT = "Acme opens office"


def alike_on(one: str, other: str) -> tuple[bool, bool]:
    """On one account, and on two."""
    first, second = normal(one), normal(other)
    return is_alike(first, second, ON_ONE_ACCOUNT), is_alike(first, second, ON_TWO_ACCOUNTS)


@pytest.mark.parametrize(
    "text", [LONG, SHORT, "Acme", "東京都は新しい都市計画を発表しました", "Привет, мир!"]
)
@pytest.mark.parametrize(
    "changed",
    [
        "{}", "{}\nhttps://acme.example.com/a?utm_source=x", "https://a.example/1 {}", "«{}»!", "  {}  \n",
        "\U0001f680 {} \u2764\ufe0f", "{}\u200b", "{}…", "{} — HTTP://192.0.2.1:8000/Ä(b)?c=%C3%A9#d",
    ],
)  # fmt: skip
def test_links_emoji_and_punctuation_make_no_other_text(text: str, changed: str) -> None:
    assert normal(changed.format(text)) == normal(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (LONG, LONG.upper()),
        (LONG, f"{LONG} #politics #news\nhttps://acme.example.com"),
        (f"{LONG} #a #b\n\nMore to come.", f"{LONG}\n#c\nMore to come"),
        (LONG, LONG.replace("'", "\u2019")),
        ("Acme's #rocket is on its way", "Acme's rocket is on its way #rocket"),
        ("Up by 1,000 \uff15 \ufb01ne straße", "UP BY 1.000, 5 - FINE STRASSE"),
        ("Ac\u200bme opens an of\u00adfice", "Acme opens an office"),
        ("It is \u22125 degrees", "It is -5 degrees"),
    ],
)
def test_case_tags_and_ways_to_write_make_no_other_text(text: str, same: str) -> None:
    assert normal(text) == normal(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We love #Berlin", "We love #Munich"),
        ("Acme is again the country's #1", "Acme is again the country's #2"),
        ("#Berlin", "#Munich"),
        ("https://acme.example.com/a", "https://acme.example.com/b"),
        ("Booking.com is down today", "Acme.com is down today"),
        ("\U0001f389", "\U0001f680"),
        ("It is -5 degrees", "It is 5 degrees"),
        ("A rise of 12.5 per cent", "A rise of 125 per cent"),
    ],
)
def test_what_a_short_text_consists_of_counts(one: str, other: str) -> None:
    assert normal(one) != normal(other)
    assert alike_on(one, other) == (False, False)


def test_a_text_that_is_only_a_link_is_that_link_without_tracking() -> None:
    link = "https://acme.example.com/A"
    assert normal(f"{link}?utm_source=x") == normal("http://www.acme.example.com/A/ \U0001f680") != ""
    assert alike_on(link, f"{link}?utm_campaign=globex") == (True, True)


@pytest.mark.parametrize(
    ("one", "other", "on_one", "on_two"),
    [
        (LONG, f"NEW: {LONG}", True, True),
        (LONG, f"{LONG} via @acme", False, True),
        (LONG, f"{LONG}, says its leader in a long speech on Monday evening", False, False),
        (LONG, LONG.replace("rejects", "accepts"), False, True),
        (LONG, LONG.replace("rejects", "accepts").replace("plan", "talks"), False, False),
        (f"{LONG}. {LONG}.", f"{LONG}. Just in: {LONG}.", True, True),
        ("In Berlin, Acme opens a new office", "Acme opens a new office in Berlin", True, True),
        ("Acme opens a new office in Berlin", "Acme opens a new office in Munich", False, False),
        ("東京都は新しい都市計画を発表しました", "速報:東京都は新しい都市計画を発表しました", True, True),
        ("東京都は新しい都市計画を発表しました", "大阪府は新しい図書館を開館しました", False, False),
        ("猫", "犬", False, False),
        ("Weather for Monday: sunny", "Weather for Tuesday: rain", False, False),
        ("Weather for Monday: sunny", "Weather for Tuesday: sunny", False, False),
        ("Acme 1.2.3 is released", "Acme 1.2.4 is released", False, False),
        (LONG, f"[22 Nov] {LONG} (12:05)", False, True),
        (f"{LONG} (1/2)", LONG, False, True),
        ("Acme 1.2 is out", "Acme 1.2.3 is out", False, False),
        (f"{LONG}, part 1", f"{LONG}, part 2", False, False),
        ("Globex beats Acme in the final of the national league 2-1",
         "Globex beats Acme in the final of the national league 1-2", False, False),
        ("How to move your podcast from Acme", "How to move your podcast from Globex", False, False),
        ("New on the blog: Rocket science. Read the full text here",
         "New on the blog: Garden parties. Read the full text here", False, False),
        ("US civil rights leader Jesse Jackson dies aged 84",
         "Civil rights leader Jesse Jackson dies, aged 84", False, True),
        ("", "", False, False),
        ("", "Acme", False, False),
    ],
)  # fmt: skip
def test_how_alike_is_too_alike(one: str, other: str, on_one: bool, on_two: bool) -> None:
    assert alike_on(one, other) == alike_on(other, one) == (on_one, on_two)


WORD = st.sampled_from(
    ["Acme", "opens", "Älter", "straße", "мир", "東京", "42", "a", "of", "naïve", "Ŀ", "x"]
)
WORDS = st.lists(WORD, min_size=4, max_size=12).map(" ".join)
ANYTHING = st.text(st.characters(codec=None), max_size=60) | st.lists(
    st.sampled_from(
        [
            "#",
            "\n",
            "a",
            "1",
            ".",
            ",",
            "-",
            "'",
            "\u2019",
            "\u2212",
            "\u3042",
            "\u0e01",
            "\u0301",
            "\ufe0f",
            "\u20e3",
            "https://a.example/",
            "ß",
            " ",
        ]
    ),
    max_size=20,
).map("".join)


@given(WORDS, st.lists(WORD.map("#{}a".format), max_size=4).map(" ".join))
def test_no_tag_at_the_end_makes_another_text(text: str, tags: str) -> None:
    assert normal(f"{text.upper()} {tags}\nhttps://acme.example.com/{len(tags)}") == normal(text.upper())


@given(ANYTHING, ANYTHING)
def test_it_makes_no_difference_which_text_came_first(one: str, other: str) -> None:
    assert alike_on(one, other) == alike_on(other, one)
    assert alike_on(one, one) == (normal(one) != "",) * 2
    assert alike_on(one, other) != (True, False), "what is alike on one account is alike on two"


@given(WORDS, st.integers(-999, 999), st.integers(-999, 999))
def test_another_number_always_makes_another_text(text: str, one: int, other: int) -> None:
    assume(one != other)
    assert alike_on(f"{text} {one}", f"{text} {other}") == (False, False)
    assert alike_on(text, f"{one} {text}")[0] is False


@given(ANYTHING)
def test_a_text_has_as_many_bands_as_a_database_can_index(text: str) -> None:
    found = bands(normal(text))
    assert len(found) == (BANDS if normal(text) else 0)
    assert all(-(2**63) <= band < 2**63 for band in found)


def test_every_process_finds_the_same_bands() -> None:
    """What is stored today is compared with what a later version of Python works out."""
    assert bands("acme opens office")[:2] == (4491694268432068848, -3146932035490521196)


def test_what_is_alike_on_real_titles_shares_a_band_and_little_else_does(corpus: Path) -> None:
    names = ("netnewswire/DaringFireball.json", "codehollow-feedreader/Rss20JapanToday.xml",
             "codehollow-feedreader/Rss20Reuters.xml")  # fmt: skip
    titles = [plain(entry.title) for name in names for entry in read(corpus / name).entries]
    texts = [*{normal(title): title for title in titles if title}]
    shared = {text: set(bands(text)) for text in texts}
    pairs = [(one, other, is_alike(one, other, ON_TWO_ACCOUNTS)) for one, other in combinations(texts, 2)]
    alike = [(one, other) for one, other, is_so in pairs if is_so]
    assert len(texts) > 60
    assert 1 <= len(alike) <= 3, "one piece of news in two of the feeds, and hardly a pair more"
    assert all(shared[one] & shared[other] for one, other in alike)
    assert sum(bool(shared[one] & shared[other]) for one, other, _ in pairs) < len(pairs) / 50


def test_another_template_of_a_real_title_is_found_by_its_bands(corpus: Path) -> None:
    entries = read(corpus / "netnewswire/DaringFireball.json").entries
    titles = [title for title in map(plain, (entry.title for entry in entries)) if len(title.split()) > 4]
    found = [set(bands(normal(title))) & set(bands(normal(f"Just in: {title} #acme"))) for title in titles]
    assert len(titles) > 20
    assert all(found)
