"""What the columns of a post mean, and how statements on posts are run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session

from feeds.model import Image
from scheduler.model import NetworkPost, Post


@dataclass(frozen=True, slots=True)
class Wording:
    """What a post says and shows, and its price in dollars; `variants` and `x_posts` as in `Post`."""

    text: str
    variants: Mapping[str, str]
    media: tuple[Image, ...]
    x_posts: int
    price_usd: Decimal


def post_of(row: Any) -> Post:
    """The post that a row holds."""
    values = {field.name: getattr(row, field.name) for field in fields(Post)}
    values["platforms"] = tuple(row.platforms)
    values["media"] = tuple(Image(**image) for image in row.media)
    values["network_posts"] = tuple(NetworkPost(**post) for post in row.network_posts)
    values["waived"] = tuple(row.waived)
    return Post(**values)


def wording_values(wording: Wording) -> dict[str, Any]:
    """The columns that hold a wording."""
    return {
        "text": wording.text,
        "variants": dict(wording.variants),
        "media": [asdict(image) for image in wording.media],
        "x_posts": wording.x_posts,
        "price_usd": wording.price_usd,
    }


def network_values(posts: Sequence[NetworkPost]) -> list[dict[str, Any]]:
    """Network posts as the column holds them."""
    return [asdict(post) for post in posts]


def execute(
    session: Session, statement: Executable, values: dict[str, Any] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement past the ORM, which would take several times as long."""
    return session.connection().execute(statement, values)
