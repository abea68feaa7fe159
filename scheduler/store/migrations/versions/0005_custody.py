"""Custody: the ledger is chained, and customers can be invited to link their accounts."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_AT_A_TIME = 1_000
_LEDGER = sa.table(
    "ledger",
    sa.column("id", sa.Integer),
    sa.column("at", _INSTANT),
    sa.column("action", sa.String),
    sa.column("message", sa.String),
    sa.column("customer", sa.String),
    sa.column("route", sa.String),
    sa.column("feed_id", sa.Integer),
    sa.column("entry_id", sa.Integer),
    sa.column("post_id", sa.Integer),
    sa.column("detail", sa.JSON),
    sa.column("hash", sa.String),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_invitation_customer", "invitation", ["customer"])
    op.add_column("ledger", sa.Column("hash", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_ledger_action", "ledger", ["action", "id"])
    _allow_changes()
    lines, head = _chain()
    _refuse_changes()
    op.bulk_insert(
        sa.table("ledger_head", sa.column("id"), sa.column("lines"), sa.column("hash")),
        [{"id": 1, "lines": lines, "hash": head}],
    )


def _chain() -> tuple[int, str]:
    """Give each line there is its hash; gives how many there are, and the last hash."""
    connection, number, head, last_id = op.get_bind(), 0, "", 0
    by_id = sa.update(_LEDGER).where(_LEDGER.c.id == sa.bindparam("of")).values(hash=sa.bindparam("new"))
    while True:
        page = sa.select(_LEDGER).where(_LEDGER.c.id > last_id).order_by(_LEDGER.c.id).limit(_AT_A_TIME)
        rows = connection.execute(page).mappings().all()
        if not rows:
            return number, head
        hashed = []
        for row in rows:
            number += 1
            head = _link(head, number, row)
            hashed.append({"of": row["id"], "new": head})
        connection.execute(by_id, hashed)
        last_id = rows[-1]["id"]


def _link(before: str, number: int, row: Any) -> str:
    at: datetime = row["at"]
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    content = [
        before,
        number,
        at.isoformat(timespec="microseconds"),
        *(row[name] for name in ("action", "message", "customer", "route")),
        *(row[name] for name in ("feed_id", "entry_id", "post_id", "detail")),
    ]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ledger_no_update")
    else:
        op.execute("DROP TRIGGER ledger_append_only ON ledger")


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        )
