"""When X's limits let a post out, by Firetime's own count: behind Ayrshare X's own counters are not visible."""

from datetime import datetime, timedelta

from sqlmodel import Session

from scheduler.customer import Calendar, Customer, Schedule
from scheduler.model import Post
from scheduler.rules.plan import Lane, Planned, Rules, Taken, Timetable, Wish
from scheduler.store import spend

X_MEMORY = timedelta(days=2)
"""How far back X's limits can count: a local day in any time zone."""


def let_out(session: Session, post: Post, customer: Customer, now: datetime) -> Planned:
    """The first instant from `now` on, with its reason; for what is not for X, `now`. Raises `NoTime`."""
    sent = spend.sent(session, customer.id, now - X_MEMORY)
    times = Timetable(Taken(one.at, post.route, one.x_posts) for one in sent if one.post_id != post.id)
    rules = Rules(Schedule(), Calendar(), customer.x, customer.zone)
    x_posts = post.x_posts if post.needs_x_keys else 0
    return times.place(Wish(post.route, Lane.NORMAL, now, x_posts), rules)
