"""Two processes that write to one PostgreSQL: one after the other, so that no two wait for each other."""

import threading
from collections.abc import Callable

from sqlmodel import Session

from feeds.database import Database
from scheduler.delivery import readings
from scheduler.delivery.vault import Reading
from scheduler.lifecycle import Event
from scheduler.model import Post
from scheduler.store import posts
from tests.stored import NOW, add_posts, fresh


def test_a_firing_and_a_command_about_one_post_do_not_wait_for_each_other(postgres: str) -> None:
    with fresh(postgres) as database:
        with database.write() as session:
            post = posts.advance(session, add_posts(session, 1)[0], Event.CLAIM, NOW, attempt=1)
        other, errors = Database(postgres), list[BaseException]()
        begun = threading.Event()

        def firing(session: Session) -> None:  # the ledger first, then the post
            readings.of_post(session, post, [Reading("secret/acme", 1, "r")], NOW)
            begun.set()
            _touch(session, post)

        def command(session: Session) -> None:  # the other way round
            _touch(session, post)
            posts.note(session, post, NOW, "lookup", "looked up")

        def run(database: Database, work: Callable[[Session], None]) -> None:
            try:
                for _ in range(20):
                    with database.write() as session:
                        work(session)
            except Exception as error:  # noqa: BLE001 - told below
                errors.append(error)

        threads = [threading.Thread(target=run, args=args) for args in ((database, firing), (other, command))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        other.close()

        assert begun.is_set()
        assert errors == []


def _touch(session: Session, post: Post) -> None:
    posts.postpone(session, post, NOW)
