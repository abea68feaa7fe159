"""When a post goes out, and what stops it: plans, halts, what X is paid, what was said before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _posts()
    _tables()
    op.execute(
        "UPDATE post SET sent_at = state_at WHERE state IN ('delivered', 'sending', 'unknown') "
        "OR CAST(network_posts AS VARCHAR) <> '[]'"
    )
    op.execute("UPDATE post SET earliest_at = CASE WHEN is_digest THEN due_at ELSE created_at END")
    op.execute(
        "UPDATE post SET waived = '[\"approval\"]' "
        "WHERE id IN (SELECT post_id FROM ledger WHERE action = 'post_approve')"
    )
    op.execute(
        "INSERT INTO spend (post_id, customer, at, x_posts, price_usd, is_certain) "
        "SELECT id, customer, state_at, x_posts, price_usd, CAST(network_posts AS VARCHAR) LIKE '%\"twitter\"%' "
        "FROM post WHERE CAST(network_posts AS VARCHAR) LIKE '%\"twitter\"%' "
        "OR (state IN ('sending', 'unknown') AND CAST(platforms AS VARCHAR) LIKE '%\"twitter\"%')"
    )


def _posts() -> None:
    with op.batch_alter_table("post") as post:
        post.drop_constraint("uq_post_route_entry", type_="unique")
        post.add_column(sa.Column("sent_at", _INSTANT, nullable=True))
        post.add_column(sa.Column("earliest_at", _INSTANT, nullable=True))
        post.add_column(sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
        post.add_column(sa.Column("waived", sa.JSON(), nullable=False, server_default="[]"))
        post.add_column(sa.Column("trouble_at", _INSTANT, nullable=True))
        post.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        post.create_unique_constraint("uq_post_route_entry", ["customer", "route", "entry_id", "edition"])
        post.create_index("ix_post_customer_state_at", ["customer", "state_at"])


def _tables() -> None:
    op.create_table(
        "spend",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("x_posts", sa.Integer(), nullable=False),
        sa.Column("price_usd", sa.BigInteger(), nullable=False),
        sa.Column("is_certain", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.PrimaryKeyConstraint("post_id"),
    )
    op.create_index("ix_spend_customer_at", "spend", ["customer", "at"])
    op.create_table(
        "halt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("until_at", _INSTANT, nullable=True),
        sa.Column("probe_at", _INSTANT, nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("customer", "platform", "waits_for", name="uq_halt_condition"),
    )
    op.create_table(
        "said",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.PrimaryKeyConstraint("post_id", "platform", "band"),
    )
    op.create_index("ix_said_band", "said", ["platform", "band"])
    op.create_table(
        "timetable",
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("zone_data", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("planned_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("customer"),
    )
