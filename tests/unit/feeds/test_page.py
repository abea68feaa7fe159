"""What a page says about itself: pictures with their descriptions, and its canonical address."""

import pytest

from feeds.model import Image, Page
from feeds.page import MOST_IMAGES, page_of
from tests.unit.feeds.html import page

PICTURE = "https://cdn.example/1.jpg"


def meta(name: str, content: str, kind: str = "property") -> str:
    return f'<meta {kind}="{name}" content="{content}">'


def images(*tags: str) -> tuple[Image, ...]:
    return page_of(page("".join(tags))).images


def test_open_graph_comes_before_twitter() -> None:
    tags = (
        meta("twitter:image", "/t.png", "name"),
        meta("twitter:image:alt", "T", "name"),
        meta("og:image", PICTURE),
    )
    assert images(*tags) == (Image(PICTURE), Image("https://acme.example/t.png", "T"))


def test_properties_belong_to_the_picture_before_them() -> None:
    assert images(
        meta("og:image:alt", "of nothing"),
        meta("og:image", "http://cdn.example/1.jpg"),
        meta("og:image:secure_url", PICTURE),
        meta("og:image:alt", "One &amp; only"),
        meta("og:image", "/2.jpg"),
        meta("og:image:width", "1200"),
        meta("og:image:height", "630"),
        meta("og:image:alt", "Two"),
    ) == (Image(PICTURE, "One & only"), Image("https://acme.example/2.jpg", "Two", 1200, 630))


def test_one_picture_is_named_once_with_the_description_that_it_has_anywhere() -> None:
    tags = (
        meta("OG:Image", PICTURE, "name"),
        meta("og:image:url", PICTURE),
        meta("twitter:image:src", PICTURE),
    )
    assert images(*tags, meta("twitter:image:alt", "A cat")) == (Image(PICTURE, "A cat"),)


@pytest.mark.parametrize("content", ["", " ", "data:image/png;base64,x", "javascript:1", "http://[bad"])
def test_what_is_no_address_is_no_picture(content: str) -> None:
    assert images(meta("og:image", content), meta("twitter:image", content), meta("og:image:alt", "x")) == ()


def test_a_secure_address_alone_is_a_picture() -> None:
    assert images(meta("og:image:secure_url", PICTURE)) == (Image(PICTURE),)


def test_pictures_have_an_end() -> None:
    assert len(images(*(meta("og:image", f"/{n}.jpg") for n in range(50)))) == MOST_IMAGES


def test_what_readers_write_into_the_body_counts_for_nothing() -> None:
    fake = meta("og:image", PICTURE) + "<link rel=canonical href=/fake>"
    assert page_of(page("", fake)) == Page()


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("/blog/one", "https://acme.example/blog/one"),
        ("https://www.acme.example/one", "https://www.acme.example/one"),
        ("https://example/one?id=1", "https://example/one?id=1"),
        ("https://acme.example.evil.example/one", None),
        ("https://other.example/one", None),
        ("http://acme.example/blog/one", None),
        ("https://me:secret@acme.example/one", None),
        ("https://acme.example/", None),
        ("https://acme.example/?p=1", "https://acme.example/?p=1"),
        ("ftp://acme.example/one", None),
        ("", None),
    ],
)
def test_the_canonical_address_is_on_the_same_site_and_means_this_page(
    href: str, canonical: str | None
) -> None:
    assert page_of(page(f'<link rel="canonical" href="{href}">')).canonical_url == canonical
    assert page_of(page(meta("og:url", href))).canonical_url == canonical


def test_the_link_goes_before_open_graph() -> None:
    both = meta("og:url", "/two") + "<link href=/one rel='nofollow Canonical'>"
    assert page_of(page(both)).canonical_url == "https://acme.example/one"


def test_a_front_page_may_be_its_own_canonical_address() -> None:
    front = page("<link rel=canonical href='https://acme.example/'>", url="https://www.acme.example/")
    assert page_of(front).canonical_url == "https://acme.example/"
