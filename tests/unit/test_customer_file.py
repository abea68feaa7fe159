"""Routes are added to a customer's file, and nothing else in it changes."""

import os
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import customer_file
from scheduler.customer_file import CannotAdd, NewRoute, NoSuchCustomer
from scheduler.problems import Problems
from tests.unit.config_folder import ROUTE, SMALL, Folder

FEED = "https://b.example/feed"
TAILS = (
    "", "\n", "# end", "# end\n", "  \n\n", "[budget]\nx_usd_per_month = 3.00 # three\n", "[x]\nposts_per_day = 9",
    ROUTE, f"{ROUTE}\n[route.schedule]\nmax_per_day = 3 # few\n\n\n", f"\t# before\n{ROUTE}# behind\n[budget]\n",
    f"{ROUTE}[route.compose]\ntemplate = '''\n[[route]]\n{{{{ entry.title }}}}\n'''\n",
)  # fmt: skip


@pytest.fixture
def acme(folder: Folder) -> Path:
    return folder.customer(SMALL + ROUTE)


def test_a_route_goes_to_the_end_of_the_file(acme: Path) -> None:
    assert customer_file.add(acme, [NewRoute(FEED, "Big News!")]) == ["big-news"]
    assert acme.read_text() == f'{SMALL}{ROUTE}\n[[route]]\nid = "big-news"\nfeed = "{FEED}"\n'


def test_several_routes_have_their_comments_above_them(acme: Path) -> None:
    routes = [NewRoute(FEED, comment="folder: News / Tech"), NewRoute("https://c.example/", id="mine")]
    assert customer_file.add(acme, routes) == ["b-example", "mine"]
    assert acme.read_text().removeprefix(SMALL + ROUTE) == (
        '\n# folder: News / Tech\n[[route]]\nid = "b-example"\nfeed = "https://b.example/feed"\n'
        '\n[[route]]\nid = "mine"\nfeed = "https://c.example/"\n'
    )


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Café Größe — L'été", "cafe-groe-lete"),
        ("日本語", "b-example"),
        ("", "b-example"),
        ("www.acme.com", "acme-com"),
        ("x" * 99, "x" * 40),
        ("a" * 39 + " bcd", "a" * 39),
        ("Blog", "blog-2"),
        ("../../etc/passwd\n[[route]]", "etc-passwd-route"),
    ],
)
def test_ids_are_made_of_titles_or_hosts(acme: Path, title: str, slug: str) -> None:
    assert customer_file.add(acme, [NewRoute(FEED, title)]) == [slug]


def test_equal_titles_get_numbers(acme: Path) -> None:
    routes = [NewRoute(f"https://{n}.example/", "Blog", id="blog-3" if n == 2 else None) for n in range(4)]
    assert customer_file.add(acme, routes) == ["blog-2", "blog-4", "blog-3", "blog-5"]


newlines = st.sampled_from(["\n", "\r\n"])
feeds = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.text(max_size=20),
        st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=9),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda feed: feed[0],
)


@given(tail=st.sampled_from(TAILS), newline=newlines, mark=st.booleans(), added=feeds)
def test_what_was_there_stays_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    tail: str,
    newline: str,
    *,
    mark: bool,
    added: list[tuple[int, str, str]],
) -> None:
    before = b"\xef\xbb\xbf" * mark + (SMALL + tail).replace("\n", newline).encode()
    file = Folder(tmp_path_factory.mktemp("config")).customer(before)
    routes = [NewRoute(f"https://b.example/{n}", title, comment=comment) for n, title, comment in added]
    ids = customer_file.add(file, routes)
    after = file.read_bytes()
    assert after.startswith(before)
    is_subsequence(before.splitlines(keepends=False), after.splitlines(keepends=False))
    assert newline == "\n" or b"\n" not in after.removeprefix(before).replace(b"\r\n", b"")
    said = tomllib.loads(after.decode("utf-8-sig"))["route"][-len(routes) :]
    assert said == [{"id": name, "feed": route.feed} for name, route in zip(ids, routes, strict=True)]
    customer_file.read(file)


def is_subsequence(short: list[bytes], long: list[bytes]) -> None:
    rest = iter(long)
    assert all(line in rest for line in short)


def test_a_file_with_mistakes_is_not_touched(folder: Folder) -> None:
    file = folder.customer(f"{SMALL}colour = 1\n")
    with pytest.raises(Problems, match=r"acme\.toml: colour: unknown key"):
        customer_file.add(file, [NewRoute(FEED)])
    assert file.read_text() == f"{SMALL}colour = 1\n"


def test_no_mistake_is_ever_written(acme: Path) -> None:
    with pytest.raises(Problems, match=r"route\[2\].id: may hold letters"):
        customer_file.add(acme, [NewRoute(FEED, id="no good")])
    with pytest.raises(Problems, match=r"route\[2\] \(x\).feed: is no web address"):
        customer_file.add(acme, [NewRoute("ftp://b.example/", id="x")])
    assert acme.read_text() == SMALL + ROUTE


@pytest.mark.parametrize(
    "again", ["https://acme.example/feed.xml", "http://www.acme.example/feed.xml/?utm_source=x"]
)
def test_a_feed_is_not_added_twice_however_it_is_written(acme: Path, again: str) -> None:
    with pytest.raises(CannotAdd, match="has this feed already, in its route 'blog'"):
        customer_file.add(acme, [NewRoute(FEED), NewRoute(again)])
    assert acme.read_text() == SMALL + ROUTE


def test_an_id_is_not_given_twice(acme: Path) -> None:
    with pytest.raises(CannotAdd, match="a route 'blog' already: give another id with --route"):
        customer_file.add(acme, [NewRoute(FEED, id="blog")])


def test_routes_in_one_list_are_left_to_their_author(folder: Folder) -> None:
    file = folder.customer(f'{SMALL}route = [{{ id = "blog", feed = "https://acme.example/" }}]\n')
    with pytest.raises(CannotAdd, match=r"as one list; write each below a \[\[route\]\]"):
        customer_file.add(file, [NewRoute(FEED)])


def test_a_read_only_file_is_respected(acme: Path) -> None:
    acme.chmod(0o444)
    with pytest.raises(
        CannotAdd, match=r"acme\.toml cannot be written: the file is read-only; nothing was changed"
    ):
        customer_file.add(acme, [NewRoute(FEED)])
    assert acme.read_text() == SMALL + ROUTE
    assert [file.name for file in acme.parent.iterdir()] == ["acme.toml"]


def test_mode_and_owner_stay(acme: Path) -> None:
    acme.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(acme, 12_345, 54_321)
    before = acme.stat()
    customer_file.add(acme, [NewRoute(FEED)])
    after = acme.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_link_to_the_file_stays_a_link(acme: Path, tmp_path: Path) -> None:
    real = acme.rename(tmp_path / "elsewhere")
    acme.symlink_to(real)
    customer_file.add(acme, [NewRoute(FEED)])
    assert acme.is_symlink()
    assert FEED in real.read_text()


def test_a_link_to_nowhere_is_told(acme: Path) -> None:
    acme.unlink()
    acme.symlink_to(acme.parent / "none" / "none.toml")
    with pytest.raises(CannotAdd, match="No such file or directory"):
        customer_file.add(acme, [NewRoute(FEED)])


def test_many_writers_at_once_lose_nothing(acme: Path) -> None:
    routes = [NewRoute(f"https://{n}.example/") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        ids = pool.map(lambda route: customer_file.add(acme, [route])[0], routes)
        assert len(set(ids)) == 24
    assert len(customer_file.read(acme).customer.routes) == 25


def test_the_only_customer_is_meant_when_none_is_named(folder: Folder, acme: Path) -> None:
    assert customer_file.find(folder.path, None) == acme
    assert customer_file.find(folder.path, "acme") == acme


def test_which_customer_is_meant_must_be_clear(folder: Folder) -> None:
    with pytest.raises(NoSuchCustomer, match="has no customer file"):
        customer_file.find(folder.path, None)
    folder.customer(SMALL, "acme")
    folder.customer(SMALL, "beta")
    with pytest.raises(
        NoSuchCustomer, match=r"2 customers: say whose feed it is with --customer \(acme, beta\)"
    ):
        customer_file.find(folder.path, None)
    with pytest.raises(NoSuchCustomer, match=r"no customer '\.\./acme'; customers: acme, beta"):
        customer_file.find(folder.path, "../acme")


def test_a_new_file_has_its_head_and_its_routes(folder: Folder) -> None:
    file = folder.path / "customers" / "new" / "acme.toml"
    more = {
        "platforms": ["twitter"],
        "compose": {"image": "first", "hashtags": {"from": "categories", "max": 3}},
    }
    routes = [
        NewRoute(FEED, "News", comment="one\n\x00two\x7f \x85three", more=more),
        NewRoute(f"{FEED}/2", "News"),
    ]
    assert customer_file.create(file, SMALL, routes) == ["news", "news-2"]
    assert file.read_text() == (
        f'{SMALL}\n# one\n# two\n# three\n[[route]]\nid = "news"\nfeed = "{FEED}"\nplatforms = ["twitter"]\n'
        'compose = {image = "first", hashtags = {from = "categories", max = 3}}\n'
        f'\n[[route]]\nid = "news-2"\nfeed = "{FEED}/2"\n'
    )
    assert [path.name for path in file.parent.iterdir()] == ["acme.toml"]


def test_a_new_file_takes_no_other_ones_place(acme: Path) -> None:
    before = acme.read_bytes()
    with pytest.raises(CannotAdd, match=r"acme\.toml is there already; nothing was changed"):
        customer_file.create(acme, SMALL)
    assert acme.read_bytes() == before
    assert [path.name for path in acme.parent.iterdir()] == ["acme.toml"]


def test_a_new_file_with_a_mistake_is_not_written(folder: Folder) -> None:
    file = folder.path / "customers" / "acme.toml"
    with pytest.raises(Problems, match=r"acme\.toml: timezone: is no time zone"):
        customer_file.create(file, SMALL.replace("UTC", "Mars"))
    with pytest.raises(Problems, match=r"platforms\[1\]: X is called 'twitter' here"):
        customer_file.create(file, SMALL, [NewRoute(FEED, more={"platforms": ["x"]})])
    assert not file.exists()
