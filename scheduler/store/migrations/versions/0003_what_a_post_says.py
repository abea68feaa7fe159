"""What a post says: texts for single networks, threads, digests; the language of entries."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("entry") as entry:
        entry.add_column(sa.Column("language", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("variants", sa.JSON(), nullable=False, server_default="{}"))
        post.add_column(sa.Column("x_posts", sa.Integer(), nullable=False, server_default="1"))
        post.add_column(sa.Column("is_digest", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "post_entry",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.PrimaryKeyConstraint("post_id", "entry_id"),
    )
    op.create_index("ix_post_entry_entry_id", "post_entry", ["entry_id"])
