"""Sizes of pictures, and which of several sizes of one picture is taken."""

from typing import Any

import pytest

from feeds.media import best_of, pictures_in, pixels
from feeds.model import Image
from tests.cost import cheap
from tests.unit.feeds.test_read import only, rss
from tests.unit.feeds.test_read_forms import MEDIA, atom, json_feed


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("640", 640), (" 640px ", 640), ("640.5", 640), (640, 640), (640.0, 640), ("0", 0),
        ("50%", None), ("auto", None), ("", None), (None, None), (True, None), ("-5", None), ("123456", None),
        ("٦٤٠", None), ([640], None),
    ],
)  # fmt: skip
def test_a_length_is_in_pixels_or_unknown(value: Any, length: int | None) -> None:
    assert pixels(value) == length


@pytest.mark.parametrize(
    ("markup", "picture"),
    [
        ('<img src="a.jpg" width="640" height=480>', Image("a.jpg", "", 640, 480)),
        ('<img src=a.jpg style="max-width:100%;width: 320px; height:auto">', Image("a.jpg", "", 320)),
        ('<img src=a.jpg width="100%" style="height:9.5px">', Image("a.jpg", "", None, 9)),
        (
            '<img src="a-300.jpg" alt="A" width=300 srcset="a-300.jpg 300w, a,b-1024.jpg 1024w,\n a.jpg 9000w">',
            Image("a,b-1024.jpg", "A", 1024),
        ),
        ('<img src="a.jpg" srcset="a-600.jpg 600w,a-900.jpg 900w,">', Image("a-900.jpg", "", 900)),
        ('<img src="a.jpg" srcset="a.jpg 1x, a2.jpg 2x">', Image("a.jpg")),
        ('<img src="data:image/gif;base64,AA" srcset="a.jpg 800w">', Image("a.jpg", "", 800)),
        ('<img data-src="b.jpg" src="a.jpg" data-srcset="b.jpg 800w" srcset="">', Image("a.jpg")),
    ],
)
def test_a_picture_in_html_has_its_size_and_comes_in_its_best_one(markup: str, picture: Image) -> None:
    assert list(pictures_in(markup)) == [picture]


def test_of_several_sizes_the_widest_is_taken_that_is_not_too_wide() -> None:
    sizes = [
        Image("s", "", 140),
        Image("l", "", 2048),
        Image("m", "What it shows", 700),
        Image("xl", "", 8000),
    ]
    assert best_of(sizes) == Image("l", "What it shows", 2048)
    assert best_of([Image("a"), Image("b")]) == Image("a")
    assert best_of([]) is None


def group(*contents: str) -> str:
    return f"<media:group {MEDIA}>{''.join(contents)}</media:group>"


def content(url: str, more: str = "") -> str:
    return f"<media:content {MEDIA} url='{url}' medium='image' {more}/>"


def test_a_group_holds_one_picture_in_several_sizes() -> None:
    one = group(
        content("/1-s.jpg", "width='140' height='80'"), content("/1-l.jpg", "width='1200' height='700'")
    )
    two = group(content("/2-s.jpg", "width='140'"), content("/2-l.jpg", "width='2000' fileSize='9000000'"))
    entry = only(
        rss(f"<guid>1</guid>{one}{two}{content('/3.jpg')}{content('/4.jpg', 'width=&quot;x&quot;')}")
    )
    assert entry.images == (
        Image("https://a.example/1-l.jpg", "", 1200, 700),
        Image("https://a.example/2-s.jpg", "", 140),
        Image("https://a.example/3.jpg"),
        Image("https://a.example/4.jpg"),
    )


def test_what_follows_a_group_is_not_in_it_and_no_feed_can_say_otherwise() -> None:
    inside, outside = (
        group(content("/1.jpg", "width='500'")),
        content("/2.jpg", "media_group='1' width='100'"),
    )
    for broken in ("", "<x>R & D</x>"):
        entry = only(rss(f"<guid>1</guid>{inside}{outside}{broken}"))
        assert [image.url[-6:] for image in entry.images] == ["/1.jpg", "/2.jpg"]


def test_the_largest_thumbnail_stands_for_a_video_and_none_beside_pictures() -> None:
    thumbnails = (
        "<media:thumbnail url='/s.jpg' width='120'/><media:thumbnail url='/l.jpg' width='480' height='360'/>"
    )
    video = "<media:content url='/v.mp4' type='video/mp4'/>"
    assert only(atom(f"<title>V</title>{video}{thumbnails}")).images == (
        Image("https://a.example/l.jpg", "", 480, 360),
    )
    picture = "<media:content url='/p.jpg' medium='image'/>"
    assert only(atom(f"<title>V</title>{picture}{thumbnails}")).images == (Image("https://a.example/p.jpg"),)


def test_enclosures_come_first_and_what_is_said_of_a_picture_anywhere_counts() -> None:
    text = "&lt;img src='/e.jpg' alt='A cat' width='800' height='600'&gt;"
    enclosure = "<enclosure url='/e.jpg' type='image/jpeg'/>"
    entry = only(rss(f"<description>{text}</description>{content('/m.jpg')}{enclosure}"))
    assert entry.images == (
        Image("https://a.example/e.jpg", "A cat", 800, 600),
        Image("https://a.example/m.jpg"),
    )


def test_json_feed_has_its_own_picture_first_and_sizes_in_its_html() -> None:
    entry = only(json_feed('{"id": "1", "image": "/1.jpg", "content_html": "<img src=/2.jpg width=640>"}'))
    assert entry.images == (Image("https://a.example/1.jpg"), Image("https://a.example/2.jpg", "", 640))


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=a srcset='" + "a" * 3_900 + "'>",
        "<img src=a srcset='" + "a, " * 1_300 + "'>",
        "<img src=a srcset='" + "9w," * 1_300 + "'>",
        "<img src=a style='" + "width" + " " * 3_900 + "'>",
        "<img src=a style='" + "width:" * 600 + "'>",
        "<img src=a style='width:" + "9" * 3_900 + "'>",
        "<img " + "srcset " * 500 + ">",
    ],
)
def test_hostile_attributes_take_no_time(hostile: str) -> None:
    with cheap():
        assert len(list(pictures_in(hostile * 16))) <= 16
