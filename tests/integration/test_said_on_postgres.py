"""Two workers on PostgreSQL: each looks for what the other says, and only one of two equal posts passes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

from feeds.database import Database
from scheduler.delivery.said_already import KEPT, twin
from scheduler.lifecycle import Event
from scheduler.model import Post
from scheduler.store import posts, said
from tests.stored import NOW, add_posts, fresh


def test_of_two_equal_posts_that_two_workers_fire_at_once_one_passes(postgres: str) -> None:
    with fresh(postgres) as first, ThreadPoolExecutor() as threads:
        second = Database(postgres)
        with first.write() as session:
            made = add_posts(session, 2, text="Acme opens a large new office in Berlin")
            one, other = (posts.advance(session, post, Event.CLAIM, NOW) for post in made)
        begun = Signal()

        def fire(post: Post) -> bool:
            begun.set()
            with second.write() as session:
                return twin(session, post, NOW) is None

        with first.write() as session:
            assert twin(session, one, NOW) is None
            waiting = threads.submit(fire, other)
            assert begun.wait(60)
        assert waiting.result(60) is False
        second.close()
        with first.write() as session:
            assert said.prune(session, NOW + KEPT) == 8
