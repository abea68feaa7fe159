"""Faults on demand: which ones there are, and the queue of those that wait for a request."""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scheduler.sandbox.keys import fingerprint


class FaultName(StrEnum):
    """What can go wrong with a request."""

    CUT_BEFORE = "cut_before"  # the connection breaks, nothing was accepted
    CUT_AFTER = "cut_after"  # the request is carried out, then the connection breaks without an answer
    HANG = "hang"  # no answer for `seconds`, then the connection breaks; carried out at once if `accepted`
    SLOW = "slow"  # carried out and answered after `seconds`
    ERROR_BEFORE = "error_before"  # an error, nothing was accepted
    ERROR_AFTER = "error_after"  # the request is carried out, then an error is answered
    CREDITS = "credits"  # X's credits are used up
    PERMISSION = "permission"  # the X app may not write
    RELINK = "relink"  # X no longer takes the profile's authorization
    NOT_LINKED = "not_linked"  # the profile has no X account
    MEDIA = "media"  # a picture cannot be used
    REFUSE = "refuse"  # a refusal with `status`, `code` and `message` of your choice
    RATE_LIMIT = "rate_limit"
    SUSPENDED = "suspended"
    BAD_API_KEY = "bad_api_key"
    ECHO = "echo"  # an answer that repeats every header, keys included, in all the places it can


class Fault(BaseModel):
    """One fault, and the requests that it waits for.

    `times`: how many requests it hits; None: until it is cleared. `profile`: a title or a Profile-Key.
    `path`: a path under `/api`, with `*` as a wildcard. `seconds` is for hang and slow, `accepted` for hang.
    `status` is the HTTP status of the answer, `code` and `message` are Ayrshare's. `html` and `body` replace
    the JSON of error_before and error_after. `retry_after`, in seconds, sends that header. `flat` makes a
    network's refusal a request-level one: which of the two Ayrshare sends for X's errors is not documented.
    `platform` names the network that refuses (X where it is not given), `details` is what it adds, and
    `retry_available` says that the network would take the post later.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    fault: FaultName
    times: int | None = Field(default=1, ge=1)
    profile: str | None = None
    path: str = "/post"
    method: str | None = None
    seconds: float = Field(default=30.0, ge=0)
    accepted: bool = False
    status: int | None = Field(default=None, ge=200, le=599)
    code: int | None = None
    message: str | None = None
    html: bool = False
    body: Any = None
    retry_after: int | None = None
    flat: bool = False
    platform: str | None = None
    details: Any = None
    retry_available: bool = False

    def meets(self, method: str, path: str, profile: set[str | None]) -> bool:
        """Whether it is meant for this request; `profile` has the title and the Profile-Key's fingerprint."""
        return (
            fnmatchcase(path, self.path)
            and self.method in (None, method)
            and (self.profile is None or bool({self.profile, fingerprint(self.profile)} & profile))
        )


class FaultQueue:
    """Faults that wait for their request, the oldest first; one request meets one fault at most."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int | None]] = []

    def add(self, options: object) -> Fault:
        """Add a fault from its options.

        Raises `ValueError` that says what is wrong and, for an unknown fault, which ones there are.
        """
        try:
            fault = Fault.model_validate(options)
        except ValidationError as error:
            raise ValueError(_in_words(error)) from None
        self._waiting.append((fault, fault.times))
        return fault

    def take(self, method: str, path: str, profile: set[str | None]) -> Fault | None:
        """The fault for this request, which uses it up once."""
        for index, (fault, left) in enumerate(self._waiting):
            if not fault.meets(method, path, profile):
                continue
            if left == 1:
                del self._waiting[index]
            elif left is not None:
                self._waiting[index] = (fault, left - 1)
            return fault
        return None

    def clear(self) -> None:
        """Drop all waiting faults."""
        self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """The waiting faults with how often each will still strike (`left`; None: until cleared).

        A fault's `profile` may be a Profile-Key, so it is only said that there is one.
        """
        return [
            fault.model_dump(mode="json", exclude_defaults=True, exclude={"profile"})
            | {"left": left, "for_one_profile": fault.profile is not None}
            for fault, left in self._waiting
        ]


def _in_words(error: ValidationError) -> str:
    known = ", ".join(Fault.model_fields)
    lines = []
    for details in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in details["loc"]) or "fault"
        hint = f"; known options: {known}" if details["type"] == "extra_forbidden" else ""
        lines.append(f"{where}: {details['msg']}{hint}")
    return "\n".join(lines)
