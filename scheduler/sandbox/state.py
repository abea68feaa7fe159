"""What the sandbox remembers, all in memory: profiles, posts, requests and faults."""

import re
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scheduler.clock import utc_now
from scheduler.model import X
from scheduler.sandbox.answers import Json
from scheduler.sandbox.faults import FaultQueue
from scheduler.sandbox.keys import XKeys, fingerprint

PRIMARY = "Primary"
KEPT_REQUESTS = 10_000
RATE_WINDOW = timedelta(minutes=5)
REFUSALS_BEFORE_SUSPENSION = 1_000  # within a day, says Ayrshare's documentation


@dataclass(slots=True)
class Profile:
    """An Ayrshare profile. `key` is the fingerprint of its Profile-Key, None for the primary profile.

    `x_app` is the X app that it was linked under; None takes any key pair. `x_linked_at` is when, None: from the start.
    """

    title: str
    key: str | None
    ref_id: str
    created_at: datetime
    networks: set[str]
    x_app: XKeys | None = None
    x_linked_at: datetime | None = None
    suspended: bool = False
    used_idempotency_keys: set[str] = field(default_factory=set)
    last_with_text: dict[tuple[str, str], "SandboxPost"] = field(default_factory=dict)
    feeds: dict[str, Json] = field(default_factory=dict)
    cached_history: dict[str, tuple[datetime, list["SandboxPost"]]] = field(default_factory=dict)
    recent: deque[datetime] = field(default_factory=deque)
    refused: deque[datetime] = field(default_factory=deque)

    @property
    def handle(self) -> str:
        """The name of its account on every network."""
        return re.sub(r"\W+", "", self.title.lower())[:15] or "profile"


@dataclass(slots=True)
class XPost:
    """One post on X: alone, or a part of a thread. `id` is X's own, None until X shows it."""

    text: str
    media_urls: tuple[str, ...] = ()
    id: str | None = None


@dataclass(slots=True)
class SandboxPost:
    """A post that was accepted, whether or not a network took it.

    `texts` has a text for each network; `x_posts` are what it is on X, several for a thread. `x_keys` are those
    that came with it.
    """

    id: str
    profile: Profile
    texts: dict[str, str]
    created_at: datetime
    status: str = "success"
    post_ids: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)
    media_urls: tuple[str, ...] = ()
    notes: str | None = None
    idempotency_key: str | None = None
    schedule_date: str | None = None
    x_keys: XKeys | None = None
    x_posts: tuple[XPost, ...] = ()

    @property
    def is_thread(self) -> bool:
        """Whether it is several posts on X."""
        return len(self.x_posts) > 1

    @property
    def platforms(self) -> tuple[str, ...]:
        """The networks that it was meant for."""
        return tuple(self.texts)

    @property
    def text(self) -> str:
        """Its text: that for X, where it goes to X."""
        return self.texts.get(X) or next(iter(self.texts.values()))

    @property
    def shown(self) -> dict[tuple[str, ...], list[str]]:
        """What it reads like, a thread in its parts, and the networks that got it so."""
        shown: dict[tuple[str, ...], list[str]] = {}
        for platform, text in self.texts.items():
            parts = tuple(part.text for part in self.x_posts) if platform == X else (text,)
            shown.setdefault(parts, []).append(platform)
        return shown

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of all its media, those of a thread's parts among them."""
        parts = (url for part in self.x_posts for url in part.media_urls)
        return tuple(dict.fromkeys((*self.media_urls, *parts)))

    @property
    def published_on(self) -> set[str]:
        """The networks that show the post."""
        return {entry["platform"] for entry in self.post_ids}


@dataclass(slots=True)
class SandboxRequest:
    """One request as it was seen. Secrets are fingerprints; without an answer, `status` is None."""

    at: datetime
    method: str
    path: str
    profile: str | None = None
    bearer: str | None = None
    profile_key: str | None = None
    x_api_key: str | None = None
    x_api_secret: str | None = None
    idempotency_key: str | None = None
    fault: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class LinkSession:
    """A page to link networks to a profile, valid until `expires_at`; X is linked under `x_app`.

    `way` is how it was asked for, `link-sessions` or `generateJWT`; `options` are what was asked for, without secrets.
    """

    profile: Profile
    x_app: XKeys | None
    expires_at: datetime
    way: str
    options: Json

    @property
    def links_x(self) -> bool:
        """Whether X is among the networks that the page offers."""
        allowed = self.options.get("allowedSocial") or [X]
        return X in allowed


class SandboxState:
    """Everything that the sandbox knows, and the levers that a test or a demo pulls.

    `accept_any_key` takes every non-empty bearer; `accept_any_profile` makes a profile, linked to X, of every
    Profile-Key that is new. `rate_max` is how many requests a profile may make in 5 minutes. `history_lag` is
    how long a post stays out of the history. `reads_need_x_keys` asks for the X headers when the history of X
    is read: Ayrshare's documentation can be understood either way.
    """

    def __init__(
        self,
        api_keys: Iterable[str] = (),
        *,
        accept_any_key: bool = False,
        accept_any_profile: bool = False,
        clock: Callable[[], datetime] = utc_now,
        rate_max: int = 300,
        history_lag: timedelta = timedelta(0),
        reads_need_x_keys: bool = True,
    ) -> None:
        self.accept_any_key = accept_any_key
        self.accept_any_profile = accept_any_profile
        self.clock = clock
        self.rate_max = rate_max
        self.history_lag = history_lag
        self.reads_need_x_keys = reads_need_x_keys
        self.faults = FaultQueue()
        self.counters: Counter[str] = Counter()
        self.posts: list[SandboxPost] = []
        self.requests: deque[SandboxRequest] = deque(maxlen=KEPT_REQUESTS)
        self.profiles: dict[str | None, Profile] = {}
        self.link_sessions: dict[str, LinkSession] = {}
        self._api_keys = {fingerprint(key) for key in api_keys}
        self._last_network_id = 1_990_000_000_000_000_000
        self.add_profile(None, PRIMARY)

    def accepts_bearer(self, bearer: str) -> bool:
        """Whether this API key may come in."""
        return self.accept_any_key or fingerprint(bearer) in self._api_keys

    def add_api_key(self, key: str) -> None:
        """Accept this API key from now on."""
        self._api_keys.add(fingerprint(key))

    def add_profile(
        self,
        key: str | None,
        title: str,
        *,
        networks: Iterable[str] = (X,),
        x_api_key: str | None = None,
        x_api_secret: str | None = None,
    ) -> Profile:
        """Add the profile with this Profile-Key, or replace it; None is the primary profile.

        Given an `x_api_key`, posts to X need that key (and that secret, where given) or are refused with 272.
        """
        mark = None if key is None else fingerprint(key)
        x_app = XKeys.of(x_api_key, x_api_secret) if x_api_key else None
        profile = Profile(title, mark, secrets.token_hex(20), self.clock(), set(networks), x_app)
        self.profiles[mark] = profile
        return profile

    def profile(self, key: str | None) -> Profile | None:
        """The profile with this Profile-Key (None: the primary one), or None where there is none."""
        mark = None if key is None else fingerprint(key)
        if key is not None and mark not in self.profiles and self.accept_any_profile:
            return self.add_profile(key, f"Profile {len(self.profiles)}")
        return self.profiles.get(mark)

    def add_fault(self, fault: str, **options: Any) -> None:
        """Let the next matching requests fail; `Fault` lists the options.

        Raises `ValueError` for an unknown fault, with the known ones, or a wrong option.
        """
        self.faults.add({"fault": fault, **options})

    def published(self, platform: str = X, *, profile: str | None = None) -> list[SandboxPost]:
        """The posts that a network shows, oldest first; `profile` is a profile's title."""
        return [
            post
            for post in self.posts
            if platform in post.published_on and profile in (None, post.profile.title)
        ]

    def x_posts(self, *, profile: str | None = None) -> list[XPost]:
        """What X shows, oldest first, each part of a thread for itself: what X charges for."""
        return [part for post in self.published(X, profile=profile) for part in post.x_posts]

    def next_network_id(self) -> str:
        """A new native post id; they grow, as X's do."""
        self._last_network_id += 1
        return str(self._last_network_id)

    def reset(self) -> None:
        """Forget posts, requests, faults and counters; profiles and their links stay."""
        self.posts.clear()
        self.requests.clear()
        self.faults.clear()
        self.counters.clear()
        for profile in self.profiles.values():
            profile.suspended = False
            profile.used_idempotency_keys.clear()
            profile.last_with_text.clear()
            profile.cached_history.clear()
            profile.recent.clear()
            profile.refused.clear()

    def over_rate(self, profile: Profile) -> bool:
        """Count one request; whether it is one too many. A thousand of those in a day suspend the profile."""
        now = self.clock()
        _forget_before(profile.recent, now - RATE_WINDOW)
        if len(profile.recent) < self.rate_max:
            profile.recent.append(now)
            return False
        _forget_before(profile.refused, now - timedelta(days=1))
        profile.refused.append(now)
        profile.suspended = len(profile.refused) >= REFUSALS_BEFORE_SUSPENSION
        return True


def _forget_before(times: deque[datetime], oldest: datetime) -> None:
    while times and times[0] <= oldest:
        times.popleft()
