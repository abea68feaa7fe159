"""Feeds in depth: names of entries, held entries, moves, pushes, sign-in."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from feeds.identity import name
from feeds.model import Entry
from feeds.urls import server_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES_OF_UNIQUES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    """Apply."""
    _feeds()
    _entries()
    _new_tables()
    _give_names()
    _complete_feeds()
    with op.batch_alter_table("entry") as entry:
        entry.drop_column("key")


def _feeds() -> None:
    instant = sa.DateTime(timezone=True)
    with op.batch_alter_table("feed", naming_convention=_NAMES_OF_UNIQUES) as feed:
        feed.drop_constraint(_unique("feed", "url", "feed_url_key"), type_="unique")
        feed.add_column(sa.Column("sign_in", sa.String(), nullable=False, server_default=""))
        feed.add_column(sa.Column("host", sa.String(), nullable=False, server_default=""))
        feed.add_column(sa.Column("failing_since", instant, nullable=True))
        feed.add_column(sa.Column("arrivals", sa.JSON(), nullable=False, server_default="[]"))
        feed.add_column(sa.Column("newest_at", instant, nullable=True))
        feed.add_column(sa.Column("gap_at", instant, nullable=True))
        feed.add_column(sa.Column("pushed_until", instant, nullable=True))
        feed.add_column(sa.Column("not_before", instant, nullable=True))
        feed.add_column(sa.Column("moved_to", sa.String(), nullable=True))
        feed.add_column(sa.Column("moved_since_at", instant, nullable=True))
        feed.add_column(sa.Column("moved_polls", sa.Integer(), nullable=False, server_default="0"))
        feed.add_column(sa.Column("items", sa.JSON(), nullable=False, server_default="[]"))
        feed.add_column(sa.Column("id_churns", sa.Integer(), nullable=False, server_default="0"))
        feed.add_column(sa.Column("ping_token", sa.String(), nullable=False, server_default=""))
        feed.create_unique_constraint("uq_feed_address", ["url", "sign_in"])
        feed.create_index("ix_feed_host", ["host"])
        feed.create_index("ix_feed_ping_token", ["ping_token"])


def _entries() -> None:
    instant = sa.DateTime(timezone=True)
    with op.batch_alter_table("entry", naming_convention=_NAMES_OF_UNIQUES) as entry:
        entry.drop_constraint(_unique("entry", "feed_id", "entry_feed_id_key_key"), type_="unique")
        entry.alter_column("last_seen_at", existing_type=instant, nullable=True)
        entry.add_column(sa.Column("enclosures", sa.JSON(), nullable=False, server_default="[]"))
        entry.add_column(sa.Column("page", sa.JSON(), nullable=True))
        entry.add_column(sa.Column("edited_at", instant, nullable=True))
        entry.add_column(sa.Column("edits", sa.Integer(), nullable=False, server_default="0"))
        entry.add_column(sa.Column("withdrawn_at", instant, nullable=True))
        entry.create_index("ix_entry_feed_id", ["feed_id", "id"])


def _unique(table: str, column: str, on_postgresql: str) -> str:
    """The name of a constraint that was made without one."""
    return f"uq_{table}_{column}" if op.get_bind().dialect.name == "sqlite" else on_postgresql


def _new_tables() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "entry_name",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.PrimaryKeyConstraint("feed_id", "name", "entry_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_entry",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("held_at", instant, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_held_entry_feed_id", "held_entry", ["feed_id"])
    op.create_table(
        "websub",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("hub_host", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("act_at", instant, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("active_since_at", instant, nullable=True),
        sa.Column("lease_expires_at", instant, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("owed_at", instant, nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("brought", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("proof", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Integer(), nullable=False),
        sa.Column("last_delivery_at", instant, nullable=True),
        sa.Column("brought_at", instant, nullable=True),
        sa.Column("missed_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_websub_act_at", "websub", ["act_at"])
    op.create_index("ix_websub_feed_id", "websub", ["feed_id", "state"])
    op.create_index("ix_websub_hub_host", "websub", ["hub_host"])


def _give_names() -> None:
    """Entries that are known already must be recognised under their names, or all would be new."""
    entry = sa.table(
        "entry", *map(sa.column, ("id", "feed_id", "raw_id", "link", "title", "summary", "content"))
    )
    names = sa.table("entry_name", *map(sa.column, ("feed_id", "name", "entry_id")))
    connection = op.get_bind()
    for rows in connection.execute(sa.select(entry).execution_options(yield_per=1_000)).partitions():
        found: list[dict[str, Any]] = [
            {"feed_id": row.feed_id, "name": its_name, "entry_id": row.id}
            for row in rows
            for its_name in name(_entry(row)).names.all
        ]
        connection.execute(sa.insert(names), found)


def _entry(row: Any) -> Entry:
    return Entry(row.raw_id, row.link, title=row.title, summary=row.summary, content=row.content)


def _complete_feeds() -> None:
    feed = sa.table("feed", *map(sa.column, ("id", "url", "host", "ping_token", "newest_at")))
    entry = sa.table("entry", sa.column("feed_id"), sa.column("published_at"))
    newest_at = sa.select(sa.func.max(entry.c.published_at)).where(entry.c.feed_id == feed.c.id)
    connection = op.get_bind()
    for row in connection.execute(sa.select(feed.c.id, feed.c.url)).all():
        values = {"host": server_of(row.url), "ping_token": secrets.token_urlsafe(24)}
        connection.execute(sa.update(feed).where(feed.c.id == row.id).values(values))
    connection.execute(sa.update(feed).values(newest_at=newest_at.scalar_subquery()))
