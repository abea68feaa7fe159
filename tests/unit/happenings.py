"""Things that happen to entries and posts, in any order, and what must hold after each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from feeds.database import Database
from feeds.model import Entry
from scheduler.lifecycle import Event, IllegalTransition, State
from scheduler.model import NetworkPost, Post, WaitsFor
from scheduler.store.post_rows import network_values
from tests.unit.config_folder import Folder
from tests.unit.newsroom import ONE, TWO, Newsroom, route

T = TypeVar("T")
NAMES = ("One", "Two", "Three", "Four", "Five")
TITLES = ("{}", "{} is sponsored", "{} has become a title that goes on and on " * 3)
CUSTOMER = '[duplicates]\nwithin = "999d"\n[budget]\nx_usd_per_month = 9000\n'
GIVEN_UP = (State.CANCELLED, State.REJECTED, State.EXPIRED)
RULES = 'select = { exclude = ["sponsored"] }\ncompose = { link = "budget" }\n'
ROUTES = (
    'digest = { at = ["17:00"], max = 2 }\n',
    'digest = { at = ["17:00"], max = 9 }\n',
    'digest = { at = ["17:00"], max = 3 }\nplatforms = ["twitter", "bluesky"]\n',
    'digest = { at = ["17:00"], max = 3 }\nschedule = { approval = true }\n',
    'schedule = { min_gap = "3h" }\n',
    'platforms = ["bluesky", "twitter"]\nschedule = { approval = true, expires_after = "5h" }\n',
)
HAPPENINGS: dict[str, tuple[Event, ...]] = {
    "approve": (Event.APPROVE,),
    "cancel": (Event.CANCEL,),
    "release": (Event.RELEASE,),
    "begin": (Event.CLAIM,),
    "give back": (Event.GIVE_BACK,),
    "hold": (Event.CLAIM, Event.HOLD),
    "publish": (Event.CLAIM, Event.SEND, Event.DELIVER),
    "reject": (Event.CLAIM, Event.SEND, Event.REJECT),
    "expire": (Event.CLAIM, Event.EXPIRE),
    "stay in the shadow": (Event.CLAIM, Event.SHADOW),
    "publish in part": (Event.CLAIM, Event.SEND),
}
KINDS = (
    *("bring", "bring", "bring_elsewhere", "edit", "take_back", "give_back", "give_back"),
    *("happen", "happen", "publish", "wait", "configure"),
)


def routes(own: str) -> tuple[str, str]:
    return route(more=own + RULES), route("wire", TWO)


def chosen(things: Sequence[T], number: int) -> list[T]:
    """One of the things, or none where there is none."""
    return [things[number % len(things)]] if things else []


class Story:
    """What a list of steps does in a newsroom; each has a number that chooses among what there is."""

    def __init__(self, database: Database, folder: Folder) -> None:
        self.room = Newsroom(database, folder, *routes(ROUTES[1]), customer=CUSTOMER)
        self.gone: dict[str, Entry] = {}

    def play(self, steps: Iterable[tuple[str, int]]) -> None:
        """Let these happen to a digest of three entries. Raises `AssertionError` after the first that does harm."""
        for number in range(3):
            self.bring(number)
        for kind, number in steps:
            happen: Callable[[int], None] = getattr(self, kind)
            happen(number)
            self.check()

    def bring(self, number: int) -> None:
        new = [name for name in NAMES if name not in self.room.shown[ONE] and name not in self.gone]
        for name in chosen(new, number):
            self.room.bring(name)

    def bring_elsewhere(self, number: int) -> None:
        for name in chosen([name for name in NAMES if name not in self.room.shown[TWO]], number):
            self.room.bring(name, feed=TWO)

    def edit(self, number: int) -> None:
        for name in chosen([*self.room.shown[ONE]][1:], number):
            (title,) = chosen(TITLES, number // 8)
            self.room.edit(name, title=title.replace("{}", name))

    def take_back(self, number: int) -> None:
        for name in chosen([*self.room.shown[ONE]][1:], number):
            self.gone[name] = self.room.take_back(name)

    def give_back(self, number: int) -> None:
        for name in chosen([*self.gone], number):
            self.room.say(name, self.gone.pop(name))

    def happen(self, number: int, what: str = "") -> None:
        for post in chosen([post for post in self.room.posts if post.state is not State.DELIVERED], number):
            (what,) = [what] if what else chosen([*HAPPENINGS], number // 8)
            with suppress(IllegalTransition):
                self.room.advance(post, *HAPPENINGS[what])
                if what == "publish in part":
                    published = network_values([NetworkPost(post.platforms[0], "1")])
                    self.room.advance(self.room.post(post.id), Event.HOLD, network_posts=published)

    def publish(self, number: int) -> None:
        self.happen(number, "publish")

    def wait(self, number: int) -> None:
        self.room.wait(hours=number % 30)
        self.room.poll()

    def configure(self, number: int) -> None:
        for own in chosen(ROUTES, number):
            self.room.configure(*routes(own), customer=CUSTOMER)

    def check(self) -> None:
        told = [(name, link) for post in self.room.posts for name, link in self._told(post)]
        assert len(told) == len(set(told)), "twice"
        for post in self.room.posts:
            self._check_words(post)
        for name, entry in self.room.shown[ONE].items():
            if name != "old" and "sponsored" not in entry.title:
                self._check_not_lost(self.room.id_of(name))

    def _told(self, post: Post) -> Iterator[tuple[str, str | None]]:
        """Which links are told on which networks, or will be."""
        published = tuple(one.platform for one in post.network_posts)
        for name in published if post.state in GIVEN_UP else post.platforms:
            yield from ((name, self.room.link(one)) for one in self.ids(post))

    def ids(self, post: Post) -> list[int]:
        return self.room.entries_of(post) if post.is_digest else [post.entry_id]

    def _check_words(self, post: Post) -> None:
        ids = self.ids(post)
        links = {word for word in post.text.split() if word.startswith("https://")}
        assert post.state is State.CANCELLED or links == {self.room.link(one) for one in ids}
        assert post.state is State.CANCELLED or post.entry_id in ids

    def _check_not_lost(self, entry_id: int) -> None:
        posts = [post for post in self.room.posts if entry_id in self.ids(post)]
        told = [post for post in posts if post.waits_for != WaitsFor.ENTRY]
        assert told or self.room.lines(entry_id)[-1].startswith("entry_left_out"), "lost"
