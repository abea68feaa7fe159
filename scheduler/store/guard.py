"""The ledger's guard: triggers by which the database itself refuses to change or delete a line."""

from sqlalchemy import Connection

# REPLACE takes the line with that id away without a DELETE that a trigger would see (SQLite's page on ON CONFLICT).
_SQLITE_EVENTS = {
    "update": "BEFORE UPDATE ON ledger",
    "delete": "BEFORE DELETE ON ledger",
    "replace": "BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE id = NEW.id)",
}
_SQLITE = {
    f"ledger_no_{name}": (
        f"CREATE TRIGGER ledger_no_{name} {when} BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
    for name, when in _SQLITE_EVENTS.items()
}
_SQLITE_LOOK = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'"
_REFUSE = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"
_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ {_REFUSE} $$",
    "DROP TRIGGER IF EXISTS ledger_append_only ON ledger",
    """CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
    # Else a session that sets session_replication_role passes by.
    "ALTER TABLE ledger ENABLE ALWAYS TRIGGER ledger_append_only",
)
# The type is of bits: before 2, delete 8, update 16, truncate 32 (PostgreSQL's pg_trigger.h).
_POSTGRESQL_LOOK = f"""
    SELECT 1 FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = 'ledger'::regclass AND tgname = 'ledger_append_only' AND tgtype = 2 + 8 + 16 + 32
    AND tgenabled = 'A' AND tgqual IS NULL AND tgattr::text = '' AND btrim(prosrc) = $${_REFUSE}$$
"""  # noqa: S608 - nothing in it comes from outside


def is_whole(connection: Connection) -> bool:
    """Whether every trigger is there, does what it should, and is not switched off."""
    if connection.dialect.name == "sqlite":
        found = {str(sql).replace('"', "") for (sql,) in connection.exec_driver_sql(_SQLITE_LOOK)}
        return found.issuperset(_SQLITE.values())
    return connection.exec_driver_sql(_POSTGRESQL_LOOK).first() is not None


def restore(connection: Connection) -> None:
    """Put back what is missing. A guard that is whole is left alone: that takes no rights to change the schema."""
    if is_whole(connection):
        return
    if connection.dialect.name == "sqlite":
        statements = [one for name, sql in _SQLITE.items() for one in (f"DROP TRIGGER IF EXISTS {name}", sql)]
    else:
        statements = list(_POSTGRESQL)
    for statement in statements:
        connection.exec_driver_sql(statement)
