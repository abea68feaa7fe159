"""Alembic's entry: runs the migrations on the connection that it is handed."""

from alembic import context
from sqlmodel import SQLModel

import feeds.entry_store
import feeds.store
import feeds.websub.store
import scheduler.store.tables

METADATA = SQLModel.metadata
HELD = (
    feeds.entry_store,
    feeds.store,
    feeds.websub.store,
    scheduler.store.tables,
)  # importing them fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
