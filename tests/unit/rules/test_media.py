"""Which pictures go with a post, and why the others do not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, Image, Page
from scheduler.rules.media import LONGEST_ALT_TEXT, Chosen, alternative_text, choose
from scheduler.rules.picture_address import is_gif, refused_type, same_picture, sides
from scheduler.wording import Compose
from tests.cost import cheap

GOOD = Image("https://cdn.example/2026/story.jpg")


def chosen(*images: Image, page: Page | None = None, **settings: Any) -> Chosen:
    wanted: dict[str, Any] = {"image": "first", "max_images": 4}
    compose = Compose(**wanted | settings)
    return choose(Entry("1", None, images=images, page=page), compose)


def urls(*images: Image, **settings: Any) -> list[str]:
    return [image.url for image in chosen(*images, **settings).images]


SKIPPED = [
    ("https://secure.gravatar.com/avatar/0bc?s=96&d=mm", "an avatar"),
    ("https://0.gravatar.com/avatar/0bc", "an avatar"),
    ("https://a.example/avatars/me.jpg", "an avatar"),
    ("https://avatars2.githubusercontent.com/u/1?s=460", "an avatar"),
    ("https://a.example/me/avatar-300x300.png", "an avatar"),
    ("https://pbs.twimg.com/profile_images/1/x.jpg", "an avatar"),
    ("https://a.example/authors/jane-doe.jpg", "an avatar"),
    ("https://feeds.feedburner.com/~r/acme/~4/AbC", "a tracker"),
    ("https://pixel.wp.com/b.gif?blog=1", "a tracker"),
    ("https://stats.a.example/x.png", "a tracker"),
    ("https://ad.doubleclick.net/x.jpg", "a tracker"),
    ("https://a.example/t/pixel.gif", "a tracker"),
    ("https://a.example/1x1.png", "a tracker"),
    ("https://s.w.org/images/core/emoji/15/72x72/1f600.png", "an emoji"),
    ("https://a.example/wp-includes/images/smilies/icon_smile.gif", "an emoji"),
    ("https://a.example/spacer.gif", "a spacer"),
    ("https://a.example/img/blank.png", "a spacer"),
    ("https://a.example/img/placeholder.jpg", "a spacer"),
    ("https://a.example/feed-icon-128x128.png", "an icon or a button"),
    ("https://a.example/share-on-facebook.png", "an icon or a button"),
    ("https://a.example/twitter.png", "an icon or a button"),
    ("https://a.example/buttons/subscribe.png", "an icon or a button"),
    ("https://a.example/favicon.png", "an icon or a button"),
    ("https://a.example/story-50x50.jpg", "less than 100 px"),
    ("https://a.example/story.jpg?w=32", "less than 100 px"),
    ("https://a.example/story.jpg?fit=crop&amp;h=64", "less than 100 px"),
    ("https://a.example/story?s=96", "less than 100 px"),
    ("https://lh3.googleusercontent.com/abc=s64-c", "less than 100 px"),
    ("https://1.bp.blogspot.com/abc/s72-c/story.jpg", "less than 100 px"),
    ("https://res.a.example/image/upload/w_50,h_50,c_fill/story.jpg", "less than 100 px"),
    ("http://a.example/story.jpg", "not https"),
    ("http://127.0.0.1.a.example/story.jpg", "not https"),
    ("https://a.example/story.svg", "a .svg file"),
    ("https://a.example/story.ICO?x=1", "a .ico file"),
    ("https://a.example/story.bmp", "a .bmp file"),
    ("https://a.example/story.tiff", "a .tiff file"),
    ("https://a.example/story.avif", "a .avif file"),
    ("https://a.example/" + "x" * 2_100, "no web address"),
    ("https://[", "no web address"),
    ("https://me:secret@a.example/story.jpg", "no web address"),
    ("ftp://a.example/story.jpg", "no web address"),
    ("javascript:alert(1)", "no web address"),
    ("https://a..b example/story.jpg", "no web address"),
    ("", "no web address"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "reason"), SKIPPED)
def test_what_is_no_picture_of_the_entry_is_skipped_with_the_reason(url: str, reason: str) -> None:
    found = chosen(Image(url), GOOD)
    assert found.images == (GOOD,)
    assert len(found.skipped) == 1
    assert reason in found.skipped[0]
    assert "\n" not in found.skipped[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/google-pixel-9-review.jpg", "https://a.example/pixel/9/review.jpg",
        "https://a.example/avatar-fire-and-ash.jpg", "https://a.example/blank-page-syndrome.jpg",
        "https://a.example/emoji-kitchen-explained.png", "https://pixels.example/a.jpg",
        "https://a.example/crop/16x9/story.jpg", "https://a.example/cover-1x3000.jpg", "https://a.example/x1.png",
        "https://a.example/story-1x1.jpg", "https://a.example/b/1/o/story.jpg",
        "https://a.example/story-1024x683.jpg", "https://a.example/story.jpg?w=1200&q=50&v=12",
        "https://a.example/story.jpg?s=0fe9", "https://a.example/image/12345", "https://a.example/s1600/story.jpg",
        "https://a.example/facebook-sues.jpg", "https://a.example/twitter.jpg", "https://statistics.example/a.jpg",
        "http://127.0.0.1:8422/story.jpg", "http://localhost/story.jpg", "http://[::1]/story.jpg",
    ],
)  # fmt: skip
def test_a_story_about_such_things_keeps_its_picture(url: str) -> None:
    assert urls(Image(url)) == [url]


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (1, 1, "1x1 picture"), (728, 90, "728x90 picture"), (99, None, "less than 100 px"),
        (None, 99, "less than 100 px"), (0, 0, "0x0 picture"), (100, 100, None), (None, None, None), (1200, None, None),
    ],
)  # fmt: skip
def test_a_side_under_100_pixels_is_too_small(
    width: int | None, height: int | None, reason: str | None
) -> None:
    found = chosen(Image(GOOD.url, "", width, height))
    assert len(found.images) == (reason is None)
    assert [line for line in found.skipped if reason and reason in line] == list(found.skipped)


OF_PAGE = Image("https://cdn.example/og.jpg", "Of the page")


@pytest.mark.parametrize(
    ("image", "most", "expected"),
    [
        ("none", 4, []), ("first", 1, ["a"]), ("first", 2, ["a", "b"]), ("first", 4, ["a", "b", "c", "d"]),
        ("page", 1, ["og"]), ("page", 3, ["og", "a", "b"]),
    ],
)  # fmt: skip
def test_pictures_come_in_order_and_as_many_as_the_route_wants(
    image: str, most: int, expected: list[str]
) -> None:
    own = [Image(f"https://cdn.example/{name}.jpg") for name in "abcde"]
    found = urls(*own, page=Page(images=(OF_PAGE,)), image=image, max_images=most)
    assert found == [f"https://cdn.example/{name}.jpg" for name in expected]


def test_without_a_page_the_entrys_own_picture_is_taken() -> None:
    assert urls(GOOD, image="page") == [GOOD.url]
    assert urls(GOOD, page=Page(images=(Image("http://cdn.example/og.jpg"),)), image="page") == [GOOD.url]


@pytest.mark.parametrize(
    ("sizes", "best"),
    [
        (["/a-150x150.jpg", "/a.jpg"], "/a.jpg"),
        (["/a.jpg", "/a-300x200.jpg"], "/a.jpg"),
        (["/a.jpg", "/a-1024x683.jpg"], "/a-1024x683.jpg"),
        (["/a.jpg?width=140&s=x", "/a.jpg?width=700&s=y", "/a.jpg?width=460&s=z"], "/a.jpg?width=700&s=y"),
        (["/s320/a.jpg", "/s1600/a.jpg"], "/s1600/a.jpg"),
        (["/w_200,h_150/a.jpg", "/w_800,h_600/a.jpg"], "/w_800,h_600/a.jpg"),
        (["/a?id=1&w=200", "/a?id=1&w=900"], "/a?id=1&w=900"),
        (["/a-9000x6000.jpg", "/a-1200x800.jpg"], "/a-1200x800.jpg"),
        (["/a.jpg", "/a.webp"], "/a.jpg"),
    ],
)
def test_one_picture_in_several_sizes_goes_along_once_in_the_best(sizes: list[str], best: str) -> None:
    found = chosen(*(Image(f"https://a.example{size}") for size in sizes), GOOD)
    assert [image.url for image in found.images] == [f"https://a.example{best}", GOOD.url]
    assert len(found.skipped) == len(sizes) - 1
    assert all(line.endswith(": the same picture in another size") for line in found.skipped)


@pytest.mark.parametrize(
    "two", [("/a?id=1", "/a?id=2"), ("/2026/a.jpg", "/2025/a.jpg"), ("/a-1.jpg", "/a-2.jpg")]
)
def test_two_pictures_are_two(two: tuple[str, str]) -> None:
    assert len(urls(*(Image(f"https://a.example{one}") for one in two))) == 2


def test_stated_sizes_and_alternative_texts_count_for_the_best_size() -> None:
    small, large = (
        Image("https://a.example/a-small.jpg", "A cat", 200),
        Image("https://a.example/a.jpg", "", 1200),
    )
    assert chosen(small, large).images == (Image(large.url, "A cat", 1200),)


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("a.gif", "b.gif", "c.jpg"), ["a.gif"]), (("a.jpg", "b.gif", "c.png"), ["a.jpg", "c.png"]),
        (("a.GIF",), ["a.GIF"]),
    ],
)  # fmt: skip
def test_one_gif_goes_alone_and_never_beside_photos(names: tuple[str, ...], kept: list[str]) -> None:
    assert urls(*(Image(f"https://a.example/{name}") for name in names)) == [
        f"https://a.example/{n}" for n in kept
    ]


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/ein bild.jpg", "https://a.example/ein%20bild.jpg"),
        ("https://a.example/größe.jpg?x=ü y", "https://a.example/gr%C3%B6%C3%9Fe.jpg?x=%C3%BC%20y"),
        ("https://bücher.example/a.jpg", "https://xn--bcher-kva.example/a.jpg"),
        ("https://a.example/a%20b%zz.jpg", "https://a.example/a%20b%25zz.jpg"),
        ("https://A.example:8443/a.jpg#top", "https://a.example:8443/a.jpg"),
        ("https://a.example/a[1]|<b>\".jpg", "https://a.example/a%5B1%5D%7C%3Cb%3E%22.jpg"),
    ],
)  # fmt: skip
def test_addresses_are_sent_in_ascii(url: str, sent: str) -> None:
    assert urls(Image(url)) == [sent]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("A <b>cat</b> &amp; a dog", "A cat & a dog"), ("Two\nlines", "Two lines"),
        ("IMG_1234.jpg", ""), ("Screenshot 2026-01-01 at 10.00.00.png", ""), ("DSC00012", ""), ("image", ""),
        ("Photo 3", ""), ("A photo of a cat", "A photo of a cat"), ("Our new image format", "Our new image format"),
        ("", ""),
    ],
)  # fmt: skip
def test_alternative_texts_are_plain_words_and_no_file_names(html: str, text: str) -> None:
    assert alternative_text(html) == text


def test_a_long_alternative_text_is_cut_at_a_word() -> None:
    assert alternative_text("word " * 300) == ("word " * 200).strip()
    assert alternative_text("x" * 2_000) == "x" * LONGEST_ALT_TEXT
    assert alternative_text("y" * LONGEST_ALT_TEXT) == "y" * LONGEST_ALT_TEXT


hosts = st.sampled_from(
    ["a.example", "gravatar.com", "bücher.example", "127.0.0.1", "[::1]", "[", "", "a b", "x" * 300]
)
addresses = st.text() | st.builds(
    "{}://{}/{}".format, st.sampled_from(["https", "http", "ftp", ""]), hosts, st.text()
)
lengths = st.none() | st.integers(-10, 100_000)
images = st.lists(st.builds(Image, addresses, st.text(), lengths, lengths), max_size=8).map(tuple)


@given(images, images, st.sampled_from(["first", "page", "none"]), st.integers(1, 4))
def test_whatever_an_entry_states_what_is_chosen_can_be_sent(
    own: tuple[Image, ...], of_page: tuple[Image, ...], image: str, most: int
) -> None:
    found = chosen(*own, page=Page(images=of_page), image=image, max_images=most)
    assert len(found.images) <= most
    for one in found.images:
        assert one.url.startswith(("https://", "http://127.0.0.1", "http://[::1]"))
        assert one.url.isascii()
        assert one.url.isprintable()
        assert " " not in one.url
        assert len(one.alt) <= LONGEST_ALT_TEXT
        assert refused_type(one.url) is None
        assert min((100, *sides(one.url))) == 100
    assert len({same_picture(one.url) for one in found.images}) == len(found.images)
    assert sum(is_gif(one.url) for one in found.images) in (0, len(found.images))
    assert all(line.isprintable() for line in found.skipped)


@pytest.mark.parametrize(
    "path",
    ["share-" * 330, "-50x50" * 330, "/s100" * 400, "w=1&" * 500, "?" + "w=1&" * 500, "author_" * 280, "-1x" * 600,
     "/w_1,h_1" * 250, "@" * 2_000, "=s1" * 600],
)  # fmt: skip
def test_hostile_addresses_take_no_time(path: str) -> None:
    with cheap():
        chosen(*(Image(f"https://a.example/{path}{number}") for number in range(20)))
