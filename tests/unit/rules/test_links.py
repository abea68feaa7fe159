"""The link of a post is a whole, clean web address."""

import pytest

from scheduler.rules.links import is_link_for_x, post_link
from scheduler.rules.x_text.links import LONGEST
from scheduler.wording import Utm

NONE = Utm()
PAGE = "https://example.com/a"


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "https://example.com/",
        "http://example.com:8080/a",
        "https://example.com/a?id=3&b=&a",
        "https://example.com/0,1234,00.html;v=2?a=1;b=2",
        "https://medium.com/@user/a-story",
        "https://example.com/c++",
        "https://example.com/a%20b%E6%97%A5",
        "https://example.com/a/../b//c",
        "https://example.com/#!/page",
        "https://example.com/#:~:text=whole%20words",
        "https://example.com/a?b#section-2",
        "https://example.com/post#installing-rss-bridge",
        "https://my_blog.example.com/a",
        "https://xn--bcher-kva.example/a",
        "https://xn--fsqu00a.xn--0zwm56d/a",
        "https://t.co/AbC123",
        "http://127.0.0.1:8000/x",
        "http://localhost:8000/x",
        "http://[::1]:8000",
        "https://news.google.com/rss/articles/CBMiX2h0dHBz?oc=5",
        "https://code.example.com/a/file.py?ref=main",
    ],
)
def test_a_clean_link_stays_as_it_is(link: str) -> None:
    assert post_link(link, NONE, {}) == link


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        # what feeds write
        (" HTTPS://Example.COM/A?id=3\n", "https://example.com/A?id=3"),
        (f"\ufeff{PAGE}\u200b", PAGE),
        ("https://exam\nple.com/\ta", PAGE),
        (f"{PAGE}?x=1&amp;y=2", f"{PAGE}?x=1&y=2"),
        (f"{PAGE}?x=1&#038;y=2&#x26;z=3", f"{PAGE}?x=1&y=2&z=3"),
        (f"{PAGE}?x=1&amp;amp;y=2&amp%3Bz=3", f"{PAGE}?x=1&y=2&z=3"),
        (f"{PAGE}?x=1&copy=2&reg=3", f"{PAGE}?x=1&copy=2&reg=3"),
        ("https:/example.com/a", PAGE),
        ("https:////example.com/a", PAGE),
        ("https:\\\\example.com\\a?b=\\", "https://example.com/a?b=%5C"),
        ("https://example.com\\@evil.example/", "https://example.com/@evil.example/"),
        ("https://user:pw@example.com/", "https://example.com/"),
        # hosts
        ("https://example.com./a", PAGE),
        ("https://example.com:443/a", PAGE),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com:/a", PAGE),
        ("https://bücher.example/ß", "https://xn--bcher-kva.example/%C3%9F"),
        ("https://Пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://\u0430pple日本.com/", "https://xn--pple-43d6911mo4b.com/"),
        ("https://i❤.ws/", "https://xn--i-7iq.ws/"),
        ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
        ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
        # paths, queries and fragments
        ("https://ja.wikipedia.org/wiki/日本語", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        (f"{PAGE}%20b%zz%", f"{PAGE}%20b%25zz%25"),
        (f"{PAGE} b?c d", f"{PAGE}%20b?c%20d"),
        (f"{PAGE}\ud800", f"{PAGE}%EF%BF%BD"),
        ("https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_%28b%29"),
        (f"{PAGE}(b[c]|'d'\"<e>", f"{PAGE}%28b%5Bc%5D%7C%27d%27%22%3Ce%3E"),
        (f"{PAGE}?filter[x]=1", f"{PAGE}?filter%5Bx%5D=1"),
        (f"{PAGE}?", PAGE),
        (f"{PAGE}#", PAGE),
        (f"{PAGE}!!", f"{PAGE}!%21"),
        (f"{PAGE}.?b=c", f"{PAGE}%2E?b=c"),
        (f"{PAGE};", f"{PAGE}%3B"),
        (f"{PAGE},", f"{PAGE}%2C"),
        (f"{PAGE}?b=c+", f"{PAGE}?b=c%20"),
        (f"{PAGE}?b=c.", f"{PAGE}?b=c%2E"),
        (f"{PAGE}?b=c.#d", f"{PAGE}?b=c.#d"),
        (f"{PAGE}.#d!", f"{PAGE}.#d%21"),
        (f"{PAGE}.#d!?e+", f"{PAGE}.#d%21?e%2B"),
        (f"{PAGE}#d?", f"{PAGE}#d%3F"),
        (f"{PAGE}?b=c?d#e?", f"{PAGE}?b=c?d#e%3F"),
        ("https://example.com#part", "https://example.com/#part"),
        ("https://example.com?b", "https://example.com/?b"),
        # what others count with
        (f"{PAGE}?utm_source=rss&id=3&fbclid=x&UTM_Medium=y&gclid=z", f"{PAGE}?id=3"),
        (f"{PAGE}?b=2&ref=rss&a=%C3%A9&amp;wt_mc=rss.ho&a=1", f"{PAGE}?b=2&a=%C3%A9&a=1"),
        (f"{PAGE}?source=rss-1f3a------2", PAGE),
        *(
            (f"{PAGE}#{junk}", PAGE)
            for junk in ("rss", "RSS2", "utm_source=rss&utm_medium=feed", "xtor=RSS-1")
        ),
        *(
            (f"{PAGE}#{junk}", PAGE)
            for junk in ("ref=rss", "tk.rss_all", "publisher=newsstand", ".VtCA1eS6FaQ")
        ),
        (f"{PAGE}#page=2&utm_source=rss", f"{PAGE}#page=2"),
    ],
)
def test_a_link_comes_out_clean_and_whole(link: str, expected: str) -> None:
    assert post_link(link, NONE, {}) == expected


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "/a",
        "example.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "https://",
        "https:///",
        "https://[::1",
        "https://[1::2::3]/",
        "https://[fe80::1%25eth0]/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://a b.com/",
        "https://-a.com/",
        f"https://{'a' * 64}.com/",
        f"https://{'ü' * 60}.com/",
        f"https://{'a.' * 130}com/",
        "https://a..b/",
        "https://.com/",
        "https://xn--/",
        "https://xn--99999999999.com/",
        "https://exa%2Fmple.com/",
        "https://example.com/" + "a" * 5_000,
        "https://example.com/" + "日" * 1_000,
    ],
)
def test_what_is_no_web_link_gives_none(link: str | None) -> None:
    assert post_link(link, NONE, {}) is None


def test_a_link_may_be_as_long_as_x_takes_it() -> None:
    longest = PAGE + "a" * (LONGEST - len("https://") - len(PAGE))
    assert post_link(longest, NONE, {}) == longest
    assert is_link_for_x(longest)
    assert post_link(longest + "a", NONE, {}) is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.google.com/url?rct=j&sa=t&url=https://example.com/a%3Fid%3D1&ct=ga", f"{PAGE}?id=1"),
        ("http://news.google.com/news/url?sa=t&fd=R&url=http://example.com/a", "http://example.com/a"),
        ("http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.com%2fa&c=1", PAGE),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fa%3Ffbclid%3Dx&h=AT0", PAGE),
        ("https://out.reddit.com/t3_abc?url=https%3A%2F%2Fexample.com%2Fa&token=x", PAGE),
        ("https://www.google.com/url?url=https://l.facebook.com/l.php?u=https://example.com/a", PAGE),
        (
            "https://www.google.com/url?url=javascript:alert(1)",
            "https://www.google.com/url?url=javascript:alert%281%29",
        ),
        ("https://www.google.com/url?q=a", "https://www.google.com/url?q=a"),
        (
            "https://other.example/url?url=https://example.com/a",
            "https://other.example/url?url=https://example.com/a",
        ),
    ],
)
def test_a_known_redirect_gives_way_to_where_it_leads(link: str, expected: str) -> None:
    assert post_link(link, NONE, {}) == expected


def test_own_campaign_parameters_replace_the_feeds() -> None:
    utm = Utm(source="x", medium="{route} post", campaign="a{}b", term="{feed}", content="日本")
    link = post_link(f"{PAGE}?utm_source=rss&id=1&utm_id=2#b", utm, {"route": "blog", "feed": "{route}&1"})
    assert link == (
        f"{PAGE}?id=1&utm_source=x&utm_medium=blog+post&utm_campaign=a%7B%7Db"
        "&utm_term=%7Broute%7D%261&utm_content=%E6%97%A5%E6%9C%AC#b"
    )


def test_a_campaign_value_that_comes_out_empty_is_left_out() -> None:
    assert post_link(PAGE, Utm(source="", medium="{network}"), {"network": ""}) == PAGE


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8000/x",
        "http://localhost/x",
        "http://[::1]/x",
        "https://server.internal/x",
        "https://example/x",
        "https://example.co_m/x",
        f"https://t.co/{'a' * 41}",
        "https://t.co/abc/def",
    ],
)
def test_some_addresses_are_links_for_readers_but_not_for_x(link: str) -> None:
    assert post_link(link, NONE, {}) == link
    assert not is_link_for_x(link)


@pytest.mark.parametrize(
    "link",
    [PAGE, "http://example.co.uk:81/", "https://xn--fsqu00a.xn--0zwm56d/a", "https://t.co/abc?utm_source=x"],
)
def test_x_makes_links_of_addresses_with_a_known_top_level_domain(link: str) -> None:
    assert is_link_for_x(link)


@pytest.mark.parametrize("text", [f"{PAGE}.", f"{PAGE} b", f"{PAGE} {PAGE}", "a title", ""])
def test_what_x_would_cut_is_no_link_for_x(text: str) -> None:
    assert not is_link_for_x(text)
