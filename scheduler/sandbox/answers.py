"""The shapes of Ayrshare's answers. Dates are UTC in ISO 8601 with a Z."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scheduler.model import X

if TYPE_CHECKING:
    from scheduler.sandbox.state import Profile, SandboxPost

Json = dict[str, Any]
EMPTY_HISTORY: Json = {"history": {"code": 221, "status": "error"}}  # with HTTP 400, instead of an empty list


class Refusal(Exception):
    """A request-level failure: one flat object, without a `code` where none is published."""

    def __init__(self, status: int, message: str, code: int | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = without_none({"status": "error", "code": code, "message": message, **more})


@dataclass(frozen=True, slots=True)
class NetworkRefusal:
    """Why one network did not take a post. `status` is the HTTP status when no network took it.

    `platform` is the network that it strikes; None: X, or every network where the post does not go to X.
    """

    status: int
    code: int | None
    message: str
    details: Any = None
    platform: str | None = None
    retry_available: bool = False

    def strikes(self, platform: str, platforms: Iterable[str]) -> bool:
        """Whether that network refuses a post that goes to these networks."""
        if self.platform is not None:
            return platform == self.platform
        return platform == X or X not in platforms

    def body(self, platform: str, text: str) -> Json:
        """The entry in `errors[]`."""
        return without_none(
            {
                "action": "post",
                "status": "error",
                "code": self.code,
                "message": self.message,
                "platform": platform,
                "post": text,
                "details": self.details,
                "retryAvailable": self.retry_available or None,
            }
        )

    def flat(self) -> Refusal:
        """The same as a request-level failure."""
        more = {"details": self.details, "retryAvailable": self.retry_available or None}
        return Refusal(self.status, self.message, self.code, **more)


NOT_LINKED = NetworkRefusal(
    400, 156, "The social network is not linked to this profile. Please link it first."
)
RELINK = NetworkRefusal(
    400,
    272,
    "There is an issue authorizing the X/Twitter account. Log in to x.com and check its status, "
    "then unlink and relink it.",
)
MEDIA = NetworkRefusal(400, 136, "The media URL is not usable: it could not be downloaded.")
# How X's own 400, 402 and 403 look inside Ayrshare's envelope is not documented; here, `code` is the HTTP status.
CASHTAGS = NetworkRefusal(
    400,
    400,
    "The post has more than one cashtag: X allows one at most.",
    {"title": "Invalid Request", "type": "https://api.twitter.com/2/problems/invalid-request", "status": 400},
)
CREDITS = NetworkRefusal(
    402,
    402,
    "Your enrolled account [1990000000000000000] does not have any credits to fulfill this request.",
    {"title": "CreditsDepleted", "type": "https://api.twitter.com/2/problems/credits", "status": 402},
)
PERMISSION = NetworkRefusal(
    403,
    403,
    "Your client app is not configured with the appropriate OAuth1 app permissions.",
    {"title": "Forbidden", "status": 403},
)


def bad_api_key() -> Refusal:
    """An API key that Ayrshare does not know."""
    return Refusal(403, "API Key not valid", 102)


def suspended() -> Refusal:
    """A profile that Ayrshare has suspended; its code is not published."""
    return Refusal(403, "This profile is suspended.")


def over_rate() -> Refusal:
    """Too many requests; the body of this answer is not published."""
    return Refusal(429, "Too many requests: 300 are allowed in 5 minutes.")


def instant(at: datetime) -> str:
    """A date as Ayrshare writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def without_none(body: Json) -> Json:
    """The object without the fields that have no value: Ayrshare leaves them out."""
    return {name: value for name, value in body.items() if value is not None}


def post_answer(post: "SandboxPost") -> Json:
    """The answer to `POST /post`, wrapped in `posts[]` when the profile was chosen by Profile-Key."""
    body = _post_body(post)
    if post.profile.key is None:
        return body
    return {"status": body["status"], "posts": [body | {"profileTitle": post.profile.title}]}


def _post_body(post: "SandboxPost") -> Json:
    body: Json = {"status": post.status, "id": post.id, "refId": post.profile.ref_id, "post": post.text}
    if post.status == "pending":
        return body | {"status": "scheduled", "scheduleDate": post.schedule_date}
    return body | {"errors": post.errors, "postIds": post.post_ids}


def history_row(post: "SandboxPost") -> Json:
    """One post as the history tells it. An immediate post has a date, too, but in another form."""
    seconds = int(post.created_at.timestamp())
    now = {"_seconds": seconds, "_nanoseconds": 0, "utc": instant(post.created_at)}
    return without_none(
        {
            "id": post.id,
            "post": post.text,
            "platforms": list(post.platforms),
            "postIds": post.post_ids,
            "status": post.status,
            "type": "scheduled" if post.schedule_date else "now",
            "created": instant(post.created_at),
            "scheduleDate": post.schedule_date or now,
            "errors": post.errors,
            "mediaUrls": list(post.media_urls),
            "notes": post.notes,
            "profileTitle": post.profile.title,
            "refId": post.profile.ref_id,
            "shortenLinks": False,
            "twitterOptions": {"thread": True} if post.is_thread else None,
        }
    )


def history(profile: "Profile", posts: list["SandboxPost"], at: datetime) -> Json:
    """A page of the history."""
    return {
        "history": [history_row(post) for post in posts],
        "refId": profile.ref_id,
        "count": len(posts),
        "lastUpdated": instant(at),
        "nextUpdate": instant(at),
    }


def user(profile: "Profile", monthly_calls: int) -> Json:
    """What `GET /user` says; `activeSocialAccounts` is left out when nothing is linked."""
    networks = sorted(profile.networks)
    linked_at = dict.fromkeys(networks, profile.created_at) | {X: profile.x_linked_at or profile.created_at}
    return without_none(
        {
            "activeSocialAccounts": networks or None,
            "displayNames": [
                {
                    "platform": network,
                    "id": profile.ref_id[:12],
                    "displayName": profile.title,
                    "username": profile.handle,
                    "created": instant(linked_at[network]),
                    "profileUrl": profile_url(network, profile.handle),
                }
                for network in networks
            ],
            "refId": profile.ref_id,
            "title": profile.title,
            "monthlyApiCalls": monthly_calls,
            "created": instant(profile.created_at),
        }
    )


def profile_url(network: str, handle: str) -> str:
    """Where a network shows an account."""
    return f"https://x.com/{handle}" if network == "twitter" else f"https://{network}.example/{handle}"


def post_url(network: str, handle: str, network_id: str) -> str:
    """Where a network shows a post."""
    return f"{profile_url(network, handle)}/{'status' if network == 'twitter' else 'posts'}/{network_id}"
