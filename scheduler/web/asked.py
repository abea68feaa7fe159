"""The bodies of requests that change something."""

import json
from typing import Annotated, Any, Self

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scheduler.actions import Action, Choice, Unusable, one_line
from scheduler.problems import from_validation
from scheduler.web.own_pages import bad_json

Line = Annotated[str, AfterValidator(one_line)]
Names = Annotated[tuple[str, ...], Field(strict=False)]


async def read(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty one. Raises `HTTPBadRequest`."""
    try:
        body = json.loads(await request.text() or "{}")
    except (ValueError, LookupError, RecursionError):
        raise bad_json("the body is not JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise bad_json("the body is no JSON object")
    return body


def query(request: web.Request, *known: str) -> dict[str, str]:
    """What the address asks for behind its `?`. Raises `Unusable` for a key that is not known there."""
    unknown = sorted(request.query.keys() - {*known})
    if unknown:
        accepted = ", ".join(known) or "none"
        raise Unusable("\n".join(f"{key}: unknown key; accepted here: {accepted}" for key in unknown))
    return dict(request.query)


class Body(BaseModel):
    """Part of a request's body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        """What the body says. Raises `Unusable` with all that is wrong with it."""
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            problems = from_validation(error, "", {"": list(cls.model_fields)})
            raise Unusable("\n".join(map(str, problems))) from None


class Which(Body):
    """Which posts are meant."""

    ids: Names = ()
    customer: str | None = None
    route: str | None = None
    state: str | None = None
    waits_for: str | None = None
    all: bool = False

    def choice(self) -> Choice:
        """The same, for the actions."""
        return Choice(self.ids, self.customer, self.route, self.state, self.waits_for, self.all)


class Asked(Body):
    """What every action may be told: who asks for it, and whether it is only to be shown."""

    by: Line = "api"
    dry_run: bool = False

    def words(self) -> dict[str, Any]:
        """What the order says."""
        return self.model_dump(exclude={"dry_run"})


class Reasoned(Asked):
    """Reject and cancel may be told why."""

    reason: Line = ""


class Timed(Asked):
    """Reschedule: the due time, as the command takes it."""

    at: str


class Worded(Asked):
    """Edit: the text, and the networks that get it; none means all."""

    text: str
    networks: Names = ()


BODIES: dict[Action, type[Asked]] = {
    **dict.fromkeys(Action, Asked),
    Action.REJECT: Reasoned,
    Action.CANCEL: Reasoned,
    Action.RESCHEDULE: Timed,
    Action.EDIT: Worded,
}


class Whose(Body):
    """Which customers are meant, and who asks for it."""

    by: Line = "api"
    customers: Names = ()
    all: bool = False


class Resume(Whose):
    """Whose posts go on, or only what is common to all customers."""

    common: bool = False


class Pause(Whose):
    """Whose posts are stopped, until when, and why."""

    until: str | None = None
    reason: Line = ""
