"""The patterns of a customer's file: words, phrases and expressions, and how they are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.patterns import LONGEST_EXPRESSION, LONGEST_WORD, Text, first_found, pattern_problem
from tests.cost import cheap

LONGEST_TEXT = 65_536  # characters that are looked at


def is_in(pattern: str, text: str) -> bool:
    return first_found((pattern,), [Text(text)]) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("release", "A release is out", True),
        ("RELEASE", "a Release!", True),
        ("release", "all releases", False),
        ("release", "prerelease", False),
        ("release", "pre-release", True),
        ("big  news", "some Big News today", True),
        ("big news", "big old news", False),
        ("c++", "C++ and C++20", True),
        ("c++", "c+", False),
        (".net", "ASP.NET", True),
        ("$", "only $5", True),
        ("5", "chapter 5.", True),
        ("5", "15 or 57", False),
        ("5", "5月", True),
        ("#1", "the #1 song", True),
        ("/blog", "https://acme.example/blog/a", True),
        ("acme.example/blog", "https://acme.example/blogs", False),
        ("don't", "We don\u2019t know", True),
        ("e\u2011mail", "an E-Mail", True),
        ("straße", "STRASSE 5", True),
        ("été", "L'e\u0301te\u0301 arrive", True),
        ("cafe", "café", False),
        ("cafe", "cafe\u0327 noir", False),
        ("東京", "東京都の計画", True),
        ("iphone", "新型iPhoneを発表", True),
        ("phone", "新型iPhoneを発表", False),
        ("ที่", "บ้านที่เชียงใหม่", True),
        ("कहानी", "यह कहानी है", True),
        ("москва", "Где Москва-Сити", True),
        ("москв", "Москва", False),
        ("/v[0-9]+/", "it is v2", True),
        ("/V[0-9]+/", "it is v2", False),
        ("/V[0-9]+/i", "it is v2", True),
        ("/^It/", "It is", True),
        ("/^is$/", "It is", False),
        (r"/\pL+é/", "café", True),
        ("/", "and/or", True),
    ],
)
def test_words_are_found_whole_and_expressions_as_written(pattern: str, text: str, found: bool) -> None:
    assert pattern_problem(pattern) is None
    assert is_in(pattern, text) is found


def test_the_pattern_that_was_found_is_named_as_it_was_written() -> None:
    patterns = ("東京", "Big News", "/v[0-9]/", "c++", "sponsored")
    texts = [Text("nothing"), Text("Some big\u00a0news")]

    assert first_found(patterns, texts) == "Big News"
    assert first_found(patterns, [Text("v5")]) == "/v[0-9]/"
    assert first_found(patterns, [Text("C++ now")]) == "c++"
    assert first_found(patterns, [Text("大東京")]) == "東京"
    assert first_found(patterns, [Text("big"), Text("news")]) is None, "a phrase is not found across texts"
    assert first_found((), [Text("v5")]) is None


@pytest.mark.parametrize(
    "pattern",
    ["word", "two words", "/v[0-9]+/", "/a/i", "/", "a/b", "/news/world", r"/\pL+/", "/(?i)a|b/", "w" * 200],
)
def test_a_good_pattern_has_no_problem(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "give a word"),
        ("  ", "give a word"),
        ("//", "the expression is empty"),
        ("/[/", "missing ]"),
        ("/(?!x)/", "without look-around"),
        (r"/(a)\1/", "without look-around and back-references"),
        ("/a{2000}/", "invalid repetition size"),
        (r"/(\pL{50}){20}/", "too large"),
        ("/a/g", "'i' only"),
        ("/a/im", "'i' only"),
        ("w" * (LONGEST_WORD + 1), f"at most {LONGEST_WORD} characters"),
        (f"/{'w' * (LONGEST_EXPRESSION + 1)}/", f"at most {LONGEST_EXPRESSION} characters"),
    ],
)  # fmt: skip
def test_a_bad_pattern_says_what_is_wrong(pattern: str, words: str) -> None:
    assert words in str(pattern_problem(pattern))


@given(st.text(max_size=12), st.text(max_size=30))
def test_a_pattern_without_a_problem_can_always_be_used(pattern: str, text: str) -> None:
    for written in (pattern, f"/{pattern}/"):
        if pattern_problem(written) is None:
            first_found((written, "word"), [Text(text)])


@given(st.text(min_size=1, max_size=12).filter(str.strip), st.sampled_from([" ", ", ", " - ", "\n"]))
def test_a_word_is_found_between_spaces_whatever_its_script(word: str, gap: str) -> None:
    if pattern_problem(word) is None and not word.startswith("/"):
        assert is_in(word, f"x{gap}{word}{gap}y")


HOSTILE_TEXTS = [
    "a" * LONGEST_TEXT,
    "a " * (LONGEST_TEXT // 2),
    "東" * LONGEST_TEXT,
    "ab" * (LONGEST_TEXT // 2),
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=["a", "a-space", "glued", "ab"])
@pytest.mark.parametrize(
    "pattern", ["/(a+)+$b/", "/(a|aa)+$c/", "/(.*)*x/", "/(?:a?){900}c/", "/[ab]*a[ab]{900}c/"]
)
def test_no_expression_can_make_it_hang(pattern: str, text: str) -> None:
    with cheap(30):
        is_in(pattern, text)


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=["a", "a-space", "glued", "ab"])
@pytest.mark.parametrize("stem", ["a" * 195, "東" * 195, "b a" * 65])
def test_a_list_of_many_long_words_takes_no_longer(stem: str, text: str) -> None:
    words = tuple(f"{stem}{number:04}" for number in range(500))
    first_found(words, [Text("a short one")])
    with cheap():
        assert first_found(words, [Text(text)]) is None
