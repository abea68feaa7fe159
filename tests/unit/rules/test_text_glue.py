"""Sentences that HTML or an editor glued together are apart again; what belongs together stays so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.text import plain
from scheduler.rules.text.glue import respaced
from scheduler.rules.x_text.links import find_links
from tests.cost import cheap


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("it was said.It rained", "it was said. It rained"),
        ("the end.Next page", "the end. Next page"),
        ("hello.You too", "hello. You too"),
        ("prices rise.At last", "prices rise. At last"),
        ("we are done.So go", "we are done. So go"),
        ("done!So go", "done! So go"),
        ("why?Because", "why? Because"),
        ("wait...What", "wait... What"),
        ("private…Here", "private… Here"),
        ("Acme Inc.Microsoft sued", "Acme Inc. Microsoft sued"),
        ("at 5 p.m.ET today", "at 5 p.m. ET today"),
        ("the U.S.Army left", "the U.S. Army left"),
        ("by J.R.R.Tolkien", "by J.R.R. Tolkien"),
        ("Obama.He spoke", "Obama. He spoke"),
        ("in 2020.Stella won", "in 2020. Stella won"),
        ("Dr.Smith in St.Louis", "Dr. Smith in St. Louis"),
        ("and so.I left", "and so. I left"),
        ("so it's.I'm off", "so it's. I'm off"),
        ("he said.“The end", "he said. “The end"),
        ("the end.)When", "the end.) When"),
        ("“no.”Then", "“no.” Then"),
        ("сказал.Он ушёл", "сказал. Он ушёл"),
        ("kroner.Det er", "kroner. Det er"),
        ("one.Two.Three", "one. Two.Three"),
    ],
)
def test_a_sentence_gets_its_space_back(glued: str, apart: str) -> None:
    assert plain(glued) == apart


@pytest.mark.parametrize(
    "text",
    [
        "Node.js", "Next.JS", "ASP.NET", "Newtonsoft.Json", "System.Net.Http", "React.Component",
        "Console.WriteLine(x)",
        "fmt.Println(x)", "slices.SortFunc", "e.g. this", "i.e. that", "3.14", "v1.2.Final",
        "iPhone. It", "example.com",
        "Amazon.Com", "booking.Com", "Mail.Ru", "README.Md", "archive.Zip", "U.S.A.", "J.R.R. Tolkien",
        "Ph.D. thesis",
        "M.Sc. degree", "at 5 a.m. sharp", "https://a.example/said.It", "www.example.com/End.It",
        "me@said.It", "path/to.It",
        "will.i.am", "Yahoo! Mail", "N.Green", "a_b.It", "1,000.50", "…", ".NET", "x?y=The", "Wi-Fi.",
        "ПРИВЕТ.РФ", "これは文です。Then",
    ],
)  # fmt: skip
def test_what_is_one_name_stays_one(text: str) -> None:
    assert plain(text) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "said",
                "It",
                "The",
                ".",
                "!",
                "U.S.",
                "a",
                "I",
                "Inc",
                " ",
                "”",
                "“",
                "1",
                "Net",
                "Ab",
                "/",
                "é",
                ")",
                "…",
            ]
        )
    ).map("".join)
)
def test_spacing_changes_nothing_but_spaces_and_is_done_once(text: str) -> None:
    spaced = respaced(text)
    assert spaced.replace(" ", "") == text.replace(" ", "")
    assert respaced(spaced) == spaced


@pytest.mark.parametrize(
    "ending", ["said.It", "end.Next", "hello.You", "rise.At", "done.So", "Inc.Microsoft", "p.m.ET"]
)
def test_no_link_is_born_from_glued_sentences(ending: str) -> None:
    assert find_links(ending)
    assert not find_links(plain(ending))


@pytest.mark.parametrize("part", ["a", "A", "A.", "a.", "said.It", "!", "“", "漢"])
def test_hostile_text_takes_no_time(part: str) -> None:
    with cheap():
        respaced("A" + part * 60_000)
