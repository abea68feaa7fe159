"""What waits, when it is due by the rules on the disk, and what these would change, as plain JSON values."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from scheduler import views
from scheduler.cli.preview_view import local
from scheduler.model import Post
from scheduler.replanning import Outlook
from scheduler.timetable import Move

Json = dict[str, Any]


def view(outlook: Outlook, *, only_changes: bool) -> Json:
    """A customer's posts that wait, in the order of their new times, with what they had before."""
    zone = outlook.customer.zone
    returning = _returning(outlook)
    shown = [_post(post, outlook.moves.get(post.id)) for post in (*outlook.waiting, *returning)]
    shown.sort(key=lambda post: post["due_at"] or post["was_due_at"])
    shown = [_with_local_times(post, zone) for post in shown]
    return {
        "customer": outlook.customer.id,
        "timezone": outlook.customer.timezone,
        "why": outlook.why or None,
        "posts": [post for post in shown if not only_changes or is_change(post)],
        "returning": [views.post(post) for post in returning],
    }


def totals(outlooks: Iterable[Outlook]) -> Json:
    """How many posts wait, and what becomes of how many."""
    shown = list(outlooks)
    posts = [_post(post, one.moves.get(post.id)) for one in shown for post in one.waiting]
    return {
        "waiting": len(posts),
        "earlier": sum(post["has_turn"] and post["due_at"] < post["was_due_at"] for post in posts),
        "later": sum(post["has_turn"] and post["due_at"] > post["was_due_at"] for post in posts),
        "no_time": sum(post["due_at"] is None for post in posts),
        "turn_lost": sum(
            post["had_turn"] and not post["has_turn"] and post["due_at"] is not None for post in posts
        ),
        "without_turn": sum(not post["has_turn"] and post["due_at"] is not None for post in posts),
        "turn_won": sum(post["has_turn"] and not post["had_turn"] for post in posts),
        "returning": sum(len(_returning(one)) for one in shown),
    }


def is_change(post: Json) -> bool:
    """Whether the post gets another time or none, or wins or loses its turn."""
    return bool(post["due_at"] != post["was_due_at"] or post["has_turn"] != post["had_turn"])


def _post(post: Post, move: Move | None) -> Json:
    due_at, reason = (_new_time(move), move.placed.reason) if move else (post.due_at, post.due_reason)
    return {
        "id": f"p{post.id}",
        "route": post.route,
        "state": str(post.state),
        "text": post.text,
        "due_at": due_at,
        "due_reason": reason,
        "was_due_at": post.due_at,
        "expires_at": post.expires_at,
        "has_turn": move.placed.has_turn if move else _in_time(post, post.due_at),
        "had_turn": _in_time(post, post.due_at),
    }


def _returning(outlook: Outlook) -> list[Post]:
    """Those that come back: without any time they are held again."""
    moves = ((post, outlook.moves.get(post.id)) for post in outlook.returning)
    return [post for post, move in moves if move is None or move.placed.planned]


def _new_time(move: Move) -> datetime | None:
    return move.due_at if move.placed.planned else None


def _in_time(post: Post, due_at: datetime) -> bool:
    return post.expires_at is None or post.expires_at > due_at


def _with_local_times(post: Json, zone: Any) -> Json:
    return post | {
        "due_at": views.instant(post["due_at"]),
        "due_local": local(post["due_at"], zone) if post["due_at"] else None,
        "was_due_at": views.instant(post["was_due_at"]),
        "was_due_local": local(post["was_due_at"], zone),
        "expires_at": views.instant(post["expires_at"]),
    }
