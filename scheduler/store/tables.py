"""The tables of the scheduler. The feed and entry tables are in `feeds.store`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from feeds.columns import UTCDateTime
from scheduler.lifecycle import State

MICRO = Decimal(1_000_000)
WAKES = text("wake_at IS NOT NULL")


class Usd(TypeDecorator[Decimal]):
    """Dollars, kept as whole millionths so that the database can add them up exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Turn dollars into millionths."""
        return None if value is None else int((value * MICRO).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Turn millionths into dollars."""
        return None if value is None else Decimal(value) / MICRO


class StateText(TypeDecorator[State]):
    """A post's state, as its word."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: State | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Keep the word."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> State | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Give back the state."""
        return None if value is None else State(value)


class PostRow(SQLModel, table=True):
    """A post. One route makes at most one post of one entry in each edition: the database holds that."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("customer", "route", "entry_id", "edition", name="uq_post_route_entry"),
        Index("ix_post_wake_at", "wake_at", sqlite_where=WAKES, postgresql_where=WAKES),
        Index("ix_post_customer_due_at", "customer", "due_at"),
        Index("ix_post_customer_state_at", "customer", "state_at"),
        Index("ix_post_entry_id", "entry_id"),
        Index("ix_post_state", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer: str
    route: str
    feed_id: int
    entry_id: int = Field(foreign_key="entry.id")
    platforms: list[str] = Field(sa_column=Column(JSON, nullable=False))
    text: str
    variants: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    media: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    x_posts: int = 1
    is_digest: bool = False
    price_usd: Decimal = Field(sa_column=Column(Usd, nullable=False))
    state: State = Field(sa_type=StateText)
    attempt: int = 0
    created_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)
    due_reason: str
    wake_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    state_at: datetime = Field(sa_type=UTCDateTime)
    waits_for: str | None = None
    reason: str | None = None
    retries: int = 0
    lookups: int = 0
    idempotency_key: str | None = None
    network_posts: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    earliest_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    pinned: bool = False
    waived: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    trouble_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    edition: int = 0


class PostEntryRow(SQLModel, table=True):
    """One entry of a digest. It stays when the entry is taken back, and may return."""

    __tablename__ = "post_entry"

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True, index=True)
    withdrawn: bool = False


class AttemptRow(SQLModel, table=True):
    """One firing of one post. It holds no key and no hash of one."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("post_id", "attempt", name="uq_attempt_post_attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    attempt: int
    idempotency_key: str = Field(index=True)
    sent_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    outcome: str | None = None
    http_status: int | None = Field(default=None, sa_type=Integer)
    ayrshare_code: int | None = None
    message: str | None = None
    ayrshare_id: str | None = None
    vault_path: str | None = None
    vault_version: int | None = None
    vault_request_id: str | None = None


class LedgerRow(SQLModel, table=True):
    """One line of the ledger. The database refuses to change or delete it; `hash` chains it to the line before."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_post_id", "post_id"),
        Index("ix_ledger_entry_id", "entry_id"),
        Index("ix_ledger_feed_id", "feed_id"),
        Index("ix_ledger_action", "action", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    action: str
    message: str
    customer: str | None = None
    route: str | None = None
    feed_id: int | None = None
    entry_id: int | None = None
    post_id: int | None = None
    detail: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    hash: str = ""


class LedgerHeadRow(SQLModel, table=True):
    """The one row that says how many lines the ledger has, and the newest one's hash."""

    __tablename__ = "ledger_head"

    id: int = Field(default=1, primary_key=True)
    lines: int = Field(default=0, sa_type=BigInteger)
    hash: str = ""


@event.listens_for(SQLModel.metadata.tables[LedgerHeadRow.__tablename__], "after_create")
def _begin_the_chain(table: Table, connection: Connection, **_: Any) -> None:
    """The chain has a head also where the tables are made without the migrations."""
    connection.execute(table.insert().values(id=1, lines=0, hash=""))


class InvitationRow(SQLModel, table=True):
    """An invitation to link an account: what it takes to use one is not stored here."""

    __tablename__ = "invitation"

    id: str = Field(primary_key=True)
    customer: str = Field(index=True)
    by: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class BaselineRow(SQLModel, table=True):
    """When a route saw its feed for the first time: what was there before is not posted."""

    __tablename__ = "baseline"

    customer: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    feed_id: int = Field(primary_key=True)
    taken_at: datetime = Field(sa_type=UTCDateTime)


class SpendRow(SQLModel, table=True):
    """What X is paid, or may be, for one post: written with the request, struck out if it did not go out."""

    __tablename__ = "spend"
    __table_args__ = (Index("ix_spend_customer_at", "customer", "at"),)

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    customer: str
    at: datetime = Field(sa_type=UTCDateTime)
    x_posts: int
    price_usd: Decimal = Field(sa_column=Column(Usd, nullable=False))
    is_certain: bool = False


class HaltRow(SQLModel, table=True):
    """A condition that stops a customer's posts until it has passed."""

    __tablename__ = "halt"
    __table_args__ = (UniqueConstraint("customer", "platform", "waits_for", name="uq_halt_condition"),)

    id: int | None = Field(default=None, primary_key=True)
    customer: str
    platform: str = ""
    waits_for: str
    reason: str
    by: str
    since_at: datetime = Field(sa_type=UTCDateTime)
    until_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    probe_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    probes: int = 0


class SaidRow(SQLModel, table=True):
    """One band of the fingerprint of what a post says on one network: two posts that share one may be alike."""

    __tablename__ = "said"
    __table_args__ = (Index("ix_said_band", "platform", "band"),)

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    platform: str = Field(primary_key=True)
    band: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class TimetableRow(SQLModel, table=True):
    """By which rules, time zone data and budget a customer's waiting posts are planned and held."""

    __tablename__ = "timetable"

    customer: str = Field(primary_key=True)
    rules: str
    zone_data: str
    budget: str
    planned_at: datetime = Field(sa_type=UTCDateTime)
