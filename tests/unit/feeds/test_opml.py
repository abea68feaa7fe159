"""Lists of feeds go in and out without losing a line."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.opml import NotOpml, Outline, Unusable, read_opml, write_opml

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A, B = "https://a.example/feed", "https://b.example/feed"

hosts = st.from_regex(r"[a-z][a-z0-9-]{0,20}\.example", fullmatch=True)
paths = st.text(
    st.characters(codec="utf-8", exclude_characters="#", exclude_categories=("C", "Z")), max_size=20
)
urls = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), hosts, paths)
titles = st.text(st.characters(codec="utf-8"), max_size=30)


def opml(body: str, version: str = "2.0") -> bytes:
    return f"<opml version='{version}'><head><title>x</title></head><body>{body}</body></opml>".encode()


def declared(encoding: str) -> bytes:
    return f"<?xml version='1.0' encoding='{encoding}'?>".encode() + opml(
        line(text="é", xmlUrl=A)
    ).decode().encode(encoding)


def line(**attributes: str) -> str:
    return f"<outline {' '.join(f'{name}={chr(34)}{value}{chr(34)}' for name, value in attributes.items())}/>"


def test_nested_folders_lead_to_feeds_in_order() -> None:
    body = (
        "<outline text='News'><outline title='Tech'>" + line(text="A", xmlUrl=A) + "</outline>"
        + line(title="B", text="b", xmlUrl=B, htmlUrl="https://b.example/") + "</outline>" + line(xmlUrl=A)
    )  # fmt: skip
    assert read_opml(opml(body)) == [
        Outline(A, "A", ("News", "Tech")),
        Outline(B, "B", ("News",), "https://b.example/"),
        Outline(A),
    ]


@pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "XMLURL", "XmlUrl"])
def test_names_may_be_in_any_case(name: str) -> None:
    body = f"<BODY><Outline TEXT='A' {name}='{A}'/></BODY>"
    assert read_opml(f"<OPML VERSION='1.0'>{body}</OPML>".encode()) == [Outline(A, "A")]


def test_a_namespace_does_not_matter() -> None:
    body = opml(line(text="A", xmlUrl=A)).replace(b"<opml", b"<opml xmlns='http://opml.org/spec2'")
    assert read_opml(body) == [Outline(A, "A")]


def test_a_feed_may_hold_feeds() -> None:
    body = f"<outline text='A' xmlUrl='{A}'>{line(text='B', xmlUrl=B)}</outline>"
    assert read_opml(opml(body)) == [Outline(A, "A"), Outline(B, "B", ("A",))]


def test_lines_that_name_no_feed_are_told_with_the_reason() -> None:
    lines = [
        line(text="No address", type="rss", xmlUrl=""),
        line(htmlUrl="https://c.example/"),
        "<outline/>",
        line(text="Mail", xmlUrl="ftp://a.example/"),
        line(text="Login", xmlUrl="https://me:canary@a.example/feed"),
        line(text="A", xmlUrl="a.example/feed"),
        line(text="Feed", xmlUrl="feed://a.example/feed"),
    ]
    found = read_opml(opml("".join(lines)))
    assert [one for one in found if isinstance(one, Outline)] == [Outline(A, "A"), Outline(A, "Feed")]
    bad = [one for one in found if isinstance(one, Unusable)]
    assert [one.what for one in bad] == [
        "No address",
        "https://c.example/",
        "a line without a name",
        "Mail",
        "Login",
    ]
    assert [one.why for one in bad[:3]] == ["it has no xmlUrl"] * 3
    assert "no http or https address" in bad[3].why
    assert "password" in bad[4].why
    assert "canary" not in str(bad)


def test_names_are_one_line_each() -> None:
    body = "<outline text='a&#10;[[route]]&#x85;b&#x2028;c'>" + line(text="x" * 999, xmlUrl=A) + "</outline>"
    (found,) = read_opml(opml(body))
    assert isinstance(found, Outline)
    assert found.folders == ("a [[route]] b c",)
    assert len(found.title) == 200


@pytest.mark.parametrize(
    "document",
    [
        declared("iso-8859-1"),
        declared("windows-1252"),
        opml(line(text="é", xmlUrl=A)).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + opml(line(text="é", xmlUrl=A)),
        b"<?xml version='1.0' encoding='utf-8'?>" + opml(line(text="é", xmlUrl=A)).decode().encode("cp1252"),
        b"\n<?xml version='1.0' encoding='nonsense'?>" + opml(line(text="é", xmlUrl=A)),
    ],
    ids=["latin-1", "windows-1252", "utf-16", "mark", "lie", "nonsense"],
)  # fmt: skip
def test_every_usual_encoding_is_read(document: bytes) -> None:
    assert read_opml(document) == [Outline(A, "é")]


def test_bare_ampersands_are_mended() -> None:
    body = line(text="R&D &amp; more &nbsp;", xmlUrl=f"{A}?a=1&b=2&amp;c=3")
    assert read_opml(opml(body)) == [Outline(f"{A}?a=1&b=2&c=3", "R&D & more &nbsp;")]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "not well-formed"),
        (b"\x00\xff", "not well-formed"),
        (b"<opml><body>", "not well-formed"),
        (b"<html></html>", "<html>, not <opml>"),
        (b"<rss version='2.0'/>", "<rss>, not <opml>"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml>&a;</opml>", "entities"),
        (b"<!DOCTYPE opml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><opml>&a;</opml>", "entities"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml>& &a;</opml>", "entities"),
    ],
)
def test_what_is_no_list_is_refused(document: bytes, reason: str) -> None:
    with pytest.raises(NotOpml, match=reason):
        read_opml(document)


def test_deep_nesting_is_no_trouble() -> None:
    deep = 5_000
    found = read_opml(opml("<outline>" * deep + line(xmlUrl=A) + "</outline>" * deep))
    assert found == [Outline(A)]


def test_a_written_list_is_opml_2() -> None:
    assert write_opml("Mine", [("R&D", [Outline(A, "<A>", site_url="https://a.example/")])], AT).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>Mine</title>\n"
        "    <dateCreated>Sun, 22 Nov 2026 12:00:00 GMT</dateCreated>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline text="R&amp;D">\n'
        f'      <outline type="rss" text="&lt;A&gt;" title="&lt;A&gt;" xmlUrl="{A}" htmlUrl="https://a.example/" />\n'
        "    </outline>\n"
        "  </body>\n"
        "</opml>\n"
    )


@given(st.lists(st.tuples(titles, st.lists(st.tuples(urls, titles), min_size=1, max_size=5)), max_size=5))
def test_a_written_list_is_read_back_whole(folders: list[tuple[str, list[tuple[str, str]]]]) -> None:
    document = write_opml("", [(name, [Outline(*feed) for feed in feeds]) for name, feeds in folders], AT)
    read = read_opml(document)
    assert [line.url for line in read if isinstance(line, Outline)] == [
        url for _, feeds in folders for url, _ in feeds
    ]
    assert len(read) == sum(len(feeds) for _, feeds in folders)


@given(st.binary(max_size=400) | st.binary(max_size=50).map(lambda junk: opml(line(xmlUrl=A)) + junk))
def test_junk_is_refused_or_read_and_never_breaks(junk: bytes) -> None:
    with suppress(NotOpml):
        assert all(isinstance(line, (Outline, Unusable)) for line in read_opml(junk))
