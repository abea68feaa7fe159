"""What each fault means for the post, as a table: the first row that fits decides.

The rows follow Ayrshare's error documentation and X's: body code first, then message, then HTTP status. What they do
not publish is read on the safe side: an unknown 4xx waits for a person, an unknown 5xx may have gone out.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import Enum

from scheduler.delivery.answer import Fault, Source
from scheduler.model import Deferred, Held, Rejected, Unknown, WaitsFor, X

MEDIA = "media"
"""The row of pictures that cannot be used: nothing is published then, and the post may go without."""
Undelivered = Deferred | Held | Rejected | Unknown


class About(Enum):
    """What a condition stops: everything of the customer's, X, or the network that the fault is about."""

    EVERYTHING = "everything"
    X = "x"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What becomes of the post. `wrong` and `todo` are half a sentence each; they may name {network} and {status}.

    Without `wrong`, what was said is the reason.
    """

    kind: type[Undelivered]
    wrong: str = ""
    todo: str = ""
    waits_for: WaitsFor = WaitsFor.PERSON
    about: About = About.NETWORK

    def outcome(self, fault: Fault, http_status: int, retry_after_s: float | None) -> Undelivered:
        """The outcome of a fault under an HTTP status (0: there is none), with what was said."""
        if self.kind is Deferred:  # without what was said, so that an outage is one reason and not a thousand
            asked = retry_after_s if fault.seconds is None else fault.seconds
            reason = self._fill(self.wrong, fault, http_status) or fault.said
            return Deferred(self.waits_for, reason, asked)
        reason = self._reason(fault, http_status)
        if self.kind is Held:
            platform = {About.EVERYTHING: "", About.X: X, About.NETWORK: fault.platform}[self.about]
            return Held(self.waits_for, reason, platform=platform)
        return Rejected(reason) if self.kind is Rejected else Unknown(reason)

    def _reason(self, fault: Fault, http_status: int) -> str:
        if not self.wrong:
            return fault.said
        code = f" (code {fault.code})" if fault.code else ""
        said = f" [{fault.said}]" if fault.said else ""
        todo = f": {self.todo}" if self.todo else ""
        return self._fill(self.wrong, fault, http_status) + code + said + self._fill(todo, fault, http_status)

    @staticmethod
    def _fill(words: str, fault: Fault, http_status: int) -> str:
        status = f" (HTTP {http_status})" if http_status >= 400 else ""
        return words.replace("{network}", fault.network).replace("{status}", status)


SAID = frozenset({Source.REQUEST, Source.NETWORK})
OTHERS = "others"
"""Every network but X."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: all that it asks for must fit. `on` is X or `OTHERS`; a body code of 0 is none."""

    name: str
    meaning: Meaning
    codes: frozenset[int] = frozenset()
    words: re.Pattern[str] | None = None
    statuses: Container[int] | None = None
    sources: frozenset[Source] = SAID
    on: str = ""
    retry_available: bool = False
    seconds: bool = False

    def fits(self, fault: Fault, http_status: int) -> bool:
        """Whether this row is about that fault."""
        return (
            fault.source in self.sources
            and (not self.codes or fault.code in self.codes)
            and (self.words is None or self.words.search(fault.text) is not None)
            and (self.statuses is None or http_status in self.statuses)
            and self.on in ("", fault.platform and (X if fault.platform == X else OTHERS))
            and (not self.retry_available or fault.retry_available)
            and (not self.seconds or fault.seconds is not None)
        )


NOT_DELIVERED = Meaning(Deferred, waits_for=WaitsFor.AYRSHARE)
CREDITS = Meaning(
    Held,
    "the X developer account is out of credits",
    "buy credits in the X developer console",
    WaitsFor.CREDITS,
    About.X,
)
PERMISSION = Meaning(
    Held,
    "the X app may not write",
    "set its app permissions to 'Read and write and Direct message' in the X developer console, then relink X in "
    "Ayrshare, since a link keeps the permissions that it was made with",
    WaitsFor.PERMISSION,
    About.X,
)
RELINK = Meaning(
    Held,
    "X does not accept the account's link",
    "relink X in Ayrshare with this customer's X app, or, if its key was changed at X, put the new pair into Vault",
    WaitsFor.RELINK,
    About.X,
)
UNLINKED = Meaning(
    Held, "{network} is not linked on this Ayrshare profile", "link it", waits_for=WaitsFor.RELINK
)
HEADERS = Meaning(
    Held,
    "Ayrshare did not get both X keys",
    "put the X app's API key and its secret into the customer's secret in Vault",
    WaitsFor.CREDENTIALS,
    About.X,
)
API_KEY = Meaning(
    Held,
    "Ayrshare does not accept the API key",
    "put the primary profile's API key from the Ayrshare dashboard into its secret in Vault",
    WaitsFor.API_KEY,
    About.EVERYTHING,
)
QUOTA = Meaning(
    Held,
    "the Ayrshare plan's monthly quota is used up",
    "raise the plan in the Ayrshare dashboard, or wait for the next month",
    WaitsFor.API_KEY,
    About.EVERYTHING,
)
PLAN = Meaning(
    Held,
    "the Ayrshare plan does not include this",
    "change the plan in the Ayrshare dashboard, or do without it in the route",
    WaitsFor.API_KEY,
    About.EVERYTHING,
)
SUSPENDED = Meaning(
    Held,
    "Ayrshare refuses: the profile is suspended, or the plan does not allow this",
    "look at the profile in the Ayrshare dashboard, and ask Ayrshare's support where it is suspended",
    WaitsFor.SUSPENDED,
    About.EVERYTHING,
)
OTHER_NETWORK = Meaning(
    Held,
    "{network} refused the post",
    "look at the account on {network}, and at its link in the Ayrshare dashboard",
)
UNKNOWN_REFUSAL = Meaning(
    Held, "Ayrshare refused the post{status}", "look at the profile in the Ayrshare dashboard"
)
RATE_LIMIT = Meaning(Deferred, "Ayrshare's rate limit is reached", waits_for=WaitsFor.RATE_LIMIT)
NETWORK_RATE = Meaning(Deferred, "{network}'s rate limit is reached", waits_for=WaitsFor.RATE_LIMIT)
DUPLICATE_X = Meaning(Rejected, "X says that it is a duplicate")
DUPLICATE_AYRSHARE = Meaning(Rejected, "Ayrshare has seen the same or a similar text within two days")
SERVER_TROUBLE = Meaning(Unknown, "Ayrshare failed{status}")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_NOT_SENT, _NO_ANSWER, _SILENCE = (
    frozenset({source}) for source in (Source.NOT_SENT, Source.NO_ANSWER, Source.SILENCE)
)
_REQUEST = frozenset({Source.REQUEST})
_NETWORK = frozenset({Source.NETWORK})
_OTHERS = frozenset({107, 108, 138, 161, 288, 349, 350, 361, 362, 373, 379, 435, 436, 440, 479, 485})

TABLE: tuple[Row, ...] = (
    Row("not_delivered", NOT_DELIVERED, sources=_NOT_SENT),
    Row("maybe_posted", Meaning(Unknown), sources=_NO_ANSWER),
    Row(
        "no_success_for_network",
        Meaning(Unknown, "Ayrshare answered{status} without saying whether {network} has the post"),
        sources=_SILENCE,
    ),
    # A request that came twice proves that the first one arrived, whatever else is said.
    Row("idempotency", Meaning(Unknown, "Ayrshare has received this post before"), words=_words("idempoten")),
    # Ayrshare's own number
    Row("parameter", Meaning(Rejected, "a parameter is missing or wrong"), frozenset({101})),
    Row("api_key", API_KEY, frozenset({102})),
    Row("quota", QUOTA, frozenset({106})),
    Row("duplicate_x", DUPLICATE_X, frozenset({110})),
    Row(
        "long_without_premium",
        Meaning(Rejected, "the text is too long for an account without X Premium"),
        frozenset({111}),
    ),
    Row(
        "delete",
        Meaning(Rejected, "Ayrshare answers as if the post were to be deleted"),
        frozenset({114, 382, 383}),
    ),
    Row("too_long", Meaning(Rejected, "the text is too long"), frozenset({132})),
    Row(MEDIA, Meaning(Rejected, "a picture cannot be used"), frozenset({136})),
    Row("duplicate_ayrshare", DUPLICATE_AYRSHARE, frozenset({137})),
    Row("not_linked", UNLINKED, frozenset({156})),
    Row("plan", PLAN, frozenset({169})),
    Row("relink", RELINK, frozenset({272})),
    Row("credits", CREDITS, frozenset({402})),
    Row("headers_missing", HEADERS, frozenset({419})),
    Row("rate_limit", RATE_LIMIT, frozenset({429})),
    Row("network_rate", NETWORK_RATE, frozenset({435}), on=OTHERS, seconds=True),
    Row("other_networks", OTHER_NETWORK, _OTHERS, on=OTHERS),
    # its words
    Row(
        "credits_in_words",
        CREDITS,
        words=_words("creditsdepleted|does not have any credits|/problems/credits"),
    ),
    Row("permission", PERMISSION, words=_words("oauth1 app permissions")),
    Row("headers_missing_in_words", HEADERS, words=_words("x_credentials_required")),
    Row("missing_pair", HEADERS, words=_words("api-key but not|api-secret but not")),
    Row("api_key_in_words", API_KEY, words=_words("api key not valid")),
    Row("duplicate_ayrshare_in_words", DUPLICATE_AYRSHARE, words=_words("duplicate or similar content")),
    Row("duplicate_x_in_words", DUPLICATE_X, words=_words("status is a duplicate|duplicate content")),
    # A network's passing trouble: it may show the post all the same.
    Row("retry_available", Meaning(Unknown, "{network} failed for the time being"), retry_available=True),
    # the HTTP status
    Row("api_key_by_status", API_KEY, statuses=(401,), sources=_REQUEST),
    # One customer's X keys are wrong, which says nothing of the API key: its failure would stop everybody.
    Row("relink_by_status", RELINK, statuses=(401,), sources=_NETWORK, on=X),
    Row("credits_by_status", CREDITS, statuses=(402,)),
    Row("suspended", SUSPENDED, statuses=(403,), sources=_REQUEST),
    Row("headers_missing_by_status", HEADERS, statuses=(419,)),
    Row("rate_limit_by_status", RATE_LIMIT, statuses=(429,)),
    Row("server_trouble", SERVER_TROUBLE, statuses=(500, 502, 503, 504)),
    Row(
        "unknown_5xx",
        Meaning(Unknown, "Ayrshare failed in a way that is not documented{status}"),
        statuses=range(500, 1000),
    ),
    Row("unknown_4xx", UNKNOWN_REFUSAL),
)
DUPLICATES = frozenset(row.name for row in TABLE if row.meaning in (DUPLICATE_X, DUPLICATE_AYRSHARE))
"""The rows that, after a request of unknown outcome, probably mean that it went out."""
