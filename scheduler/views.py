"""What people and programs are shown, as plain JSON values: commands and the web say the same."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, Held, KnownEntry
from feeds.store import FeedStore
from feeds.websub.view import websub
from scheduler.config import Config
from scheduler.errors import Explained
from scheduler.lifecycle import FINAL, State
from scheduler.model import EVERYBODY, OWN_WORDS, Attempt, Halt, LedgerLine, Post, X
from scheduler.store import attempts, choosing, digests, halts, ledger, posts
from scheduler.values import format_usd

Json = dict[str, Any]
STORY_ENTRIES = 50
_ID = re.compile(r"([pe])(\d{1,18})")


class NotFound(Explained):
    """There is no such thing; the text says what ids look like or that none matches."""


def parse_id(text: str) -> tuple[str, int]:
    """Read an id as it is shown: `p17` is a post, `e203` an entry.

    Raises `NotFound` with the accepted form.
    """
    match = _ID.fullmatch(text.lower())
    if match is None:
        raise NotFound(
            f"{text!r} is no id: posts look like p17, entries like e203 (see firetime queue); a feed goes by its URL"
        )
    return match[1], int(match[2])


def instant(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC, to the millisecond."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(shown: str | None) -> str:
    """An `instant` for people: to the second, and empty where there is none."""
    return "" if shown is None else f"{shown[:19].replace('T', ' ')}Z"


def post(value: Post) -> Json:
    """A post."""
    return {
        "id": f"p{value.id}",
        "entry_id": f"e{value.entry_id}",
        "customer": value.customer,
        "route": value.route,
        "state": str(value.state),
        "waits_for": value.waits_for,
        "reason": value.reason,
        "due_at": instant(value.due_at),
        "due_reason": value.due_reason,
        "next_try_at": instant(value.wake_at),
        "expires_at": instant(value.expires_at),
        "state_at": instant(value.state_at),
        "sent_at": instant(value.sent_at),
        "pinned": value.pinned,
        "waived": list(value.waived),
        "edition": value.edition,
        "platforms": list(value.platforms),
        "text": value.text,
        "variants": dict(value.variants),
        "x_posts": value.x_posts if X in value.platforms else 0,
        "is_digest": value.is_digest,
        "media": [{"url": image.url, "alt": image.alt} for image in value.media],
        "price_usd": format_usd(value.price_usd),
        "network_posts": [asdict(published) for published in value.network_posts],
    }


def kind(shown: Json) -> str:
    """What a post (of `post`) is besides a single text for all its networks; empty where it is nothing more."""
    posts, others = shown["x_posts"], ", ".join(shown["variants"])
    parts = (
        "a digest" if shown["is_digest"] else "",
        f"a thread of {posts} posts on X" if posts > 1 else "",
        f"with a text of its own for {others}" if others else "",
        "in a person's own words" if OWN_WORDS in shown["waived"] else "",
        f"posted again (edition {shown['edition']})" if shown["edition"] else "",
    )
    return ", ".join(filter(None, parts))


def situation(shown: Json) -> list[str]:
    """What a post (of `post`) waits for and why, and when it is looked at again: a line each, none without need."""
    waits = f"waits for {shown['waits_for'].replace('_', ' ')}" if shown["waits_for"] else None
    why = ": ".join(filter(None, (waits, shown["reason"])))
    shadow = "in shadow: it will not be sent" if shown.get("in_shadow") else ""
    lines = [*filter(None, (why, shadow))]
    passes = [word.replace("_", " ") for word in shown["waived"] if word != OWN_WORDS]
    if passes and shown["state"] not in FINAL:
        lines.append(f"a person has let it pass: {', '.join(passes)}")
    is_to_come = shown["state"] in (State.SCHEDULED, State.AWAITING_APPROVAL)
    if shown["state"] == State.UNKNOWN and shown["next_try_at"]:
        lines.append(f"next look-up at {when(shown['next_try_at'])}")
    elif is_to_come and shown["expires_at"] and shown["expires_at"] <= shown["due_at"]:
        lines.append(f"expires {when(shown['expires_at'])}, before its turn")
    elif shown["state"] == State.SCHEDULED and shown["next_try_at"] != shown["due_at"]:
        lines.append(f"next try at {when(shown['next_try_at'])}")
    return lines


def attempt(value: Attempt) -> Json:
    """An attempt with its evidence; never a key."""
    shown = asdict(value)
    for hidden in ("id", "post_id"):
        del shown[hidden]
    return shown | {"sent_at": instant(value.sent_at), "finished_at": instant(value.finished_at)}


def ledger_line(value: LedgerLine) -> Json:
    """A line of the ledger."""
    return {
        "at": instant(value.at),
        "action": value.action,
        "message": value.message,
        "customer": value.customer,
        "route": value.route,
        "post_id": None if value.post_id is None else f"p{value.post_id}",
        "detail": value.detail,
    }


def entry(value: KnownEntry) -> Json:
    """An entry."""
    return {
        "id": f"e{value.id}",
        "raw_id": value.entry.raw_id,
        "title": value.entry.title,
        "link": value.entry.link,
        "published_at": instant(value.entry.published_at),
        "first_seen_at": instant(value.first_seen_at),
        "page_problem": value.entry.page.problem if value.entry.page else None,
    }


def feed(value: Feed, held: int = 0) -> Json:
    """A feed and its health, with how many of its entries wait for a person."""
    return {
        "url": value.url,
        "sign_in": value.sign_in or None,
        "title": value.title,
        "moved_to": value.moved.to if value.moved else None,
        "last_polled_at": instant(value.last_polled_at),
        "next_poll_at": instant(value.next_poll_at),
        "pace_reason": value.pace_reason,
        "last_new_at": instant(value.last_new_at),
        "baseline_at": instant(value.first_polled_at),
        "not_before": instant(value.not_before),
        "gap_at": instant(value.gap_at),
        "pushed_until": instant(value.pushed_until),
        "held": held,
        "ping_path": f"/hooks/ping/{value.ping_token}",
        "failures": value.failures,
        "problem": value.problem,
    }


def held(of: Feed, value: Held) -> Json:
    """An entry that waits for a person."""
    return entry(value.known) | {"feed": of.url, "reason": value.reason, "posts": []}


def queue(config: Config, session: Session, customer: str | None, limit: int) -> list[Json]:
    """What is to come or waits; `in_shadow` where its route sends nothing now, None where that is not known."""
    found = posts.queue(session, customer, limit)
    return [post(one) | {"in_shadow": config.in_shadow(one.customer, one.route)} for one in found]


def history(session: Session, customer: str | None, limit: int) -> list[Json]:
    """What is settled, newest first."""
    return [post(value) for value in posts.history(session, customer, limit)]


def halt(value: Halt, waiting: int) -> Json:
    """What stops a customer's posts, or with no customer everybody's, and how many of them wait for its end."""
    return {
        "customer": None if value.customer == EVERYBODY else value.customer,
        "network": value.platform or None,
        "waits_for": value.waits_for,
        "reason": value.reason,
        "by": value.by,
        "since_at": instant(value.since_at),
        "until_at": instant(value.until_at),
        "next_probe_at": instant(value.probe_at),
        "held": waiting,
    }


def halts_now(session: Session) -> list[Json]:
    """All that stops customers' posts, oldest first."""
    found = halts.every(session)
    waiting = choosing.stopped_by(session, found)
    return [halt(value, waiting[value.id]) for value in found]


def feeds(session: Session) -> list[Json]:
    """All feeds in use."""
    held = EntryStore().held_counts(session)
    return [feed(value, held.get(value.id, 0)) for value in FeedStore().all(session)]


def status(session: Session) -> Json:
    """How many posts are in each state."""
    return {"posts": {str(state): count for state, count in posts.counts(session).items()}}


def explain(session: Session, text: str) -> Json:
    """The whole story of an entry, a post or a feed, by its id or its web address.

    Raises `NotFound` where there is none.
    """
    if text.startswith(("http://", "https://")):
        return _feed_story(session, text)
    kind, number = parse_id(text)
    return _post_story(session, number) if kind == "p" else _entry_story(session, number)


def _feed_story(session: Session, url: str) -> Json:
    found = FeedStore().by_url(session, url)
    if not found:
        return _story_of_link(session, url)
    entries = EntryStore()
    return {
        "feeds": [feed(one, len(entries.held(session, one.id))) for one in found],
        "entries": [
            entry(known) for one in found for known in entries.recent(session, one.id, STORY_ENTRIES)
        ],
        "held": [held(one, waiting) for one in found for waiting in entries.held(session, one.id)],
        "websub": [one for one in websub(session) if one["feed"] == url],
        "ledger": [ledger_line(line) for one in found for line in ledger.of_feed(session, one.id)],
    }


def _story_of_link(session: Session, url: str) -> Json:
    """The story of the entry with that link, or of the post with that address."""
    posted = posts.published_at(session, url)
    if posted is not None:
        return _post_story(session, posted.id)
    known = EntryStore().by_link(session, url)
    if known is None:
        raise NotFound(f"{url} is no feed of a route, no link of an entry and no address of a post")
    return _entry_story(session, known.id)


def _post_story(session: Session, post_id: int) -> Json:
    found = posts.get(session, post_id)
    if found is None:
        raise NotFound(f"there is no post p{post_id}")
    known = None if found.is_digest else EntryStore().get(session, found.entry_id)
    return {
        "post": post(found),
        "entry": entry(known) if known else None,
        "entries": _digest_entries(session, post_id),
        "attempts": [attempt(value) for value in attempts.of_post(session, post_id)],
        "ledger": [
            ledger_line(line) for line in ledger.of_post(session, post_id, known.id if known else None)
        ],
    }


def _digest_entries(session: Session, post_id: int) -> list[Json]:
    """What a digest holds, and, as `withdrawn`, what was taken out of it again; nothing for another post."""
    withdrawn = digests.parts(session, post_id)
    return [
        {
            "id": f"e{known.id}",
            "title": known.entry.title,
            "link": known.entry.link,
            "withdrawn": withdrawn[known.id],
        }
        for known in EntryStore().of_ids(session, withdrawn)
    ]


def _entry_story(session: Session, entry_id: int) -> Json:
    known = EntryStore().get(session, entry_id)
    if known is None:
        raise NotFound(f"there is no entry e{entry_id}")
    made = posts.of_entry(session, entry_id)
    return {
        "entry": entry(known),
        "posts": [post(value) for value in made],
        "attempts": [attempt(tried) for value in made for tried in attempts.of_post(session, value.id)],
        "ledger": [ledger_line(line) for line in ledger.of_entry(session, entry_id)],
    }
