"""A recorder of polls that also judges hubs by them."""

from sqlmodel import Session

from feeds.model import Feed, Polled
from feeds.record import PollRecorder
from feeds.websub.trust import Trust


class Judging:
    """Lets `recorder` write what it has to write about a poll, then has the feed's hubs judged by it."""

    def __init__(self, recorder: PollRecorder, trust: Trust) -> None:
        self._recorder = recorder
        self._trust = trust

    def polled(self, session: Session, polled: Polled) -> None:
        """Record a finished poll or push."""
        self._recorder.polled(session, polled)
        self._trust.polled(session, polled)

    def wants_pages(self, feed: Feed) -> bool:
        """Whether the recorder asks for web pages."""
        return self._recorder.wants_pages(feed)
