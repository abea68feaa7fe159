"""The count after a run: what the sandbox has got, against what the feeds have shown and what Firetime says of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.nest import Nest
from tests.chaos.storm import Storm

ALL = "10000"
REASONS = {"held": "hold", "rejected": "reject", "expired": "expire", "cancelled": "cancel"}
"""By state, the line of the ledger that has to say why."""
PROVEN = {"joined", "attempts", "unused", "commands", "before", "refused", "not_there"}
"""What `firetime audit` may find."""

Key = tuple[str, str]
"""Customer and title."""


@dataclass(slots=True)
class Census:
    """What was found. The six lists are violations; each line says which post. `readings` counts those of keys."""

    posts: int
    states: Counter[str]
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    without_reason: list[str] = field(default_factory=list)
    told_wrong: list[str] = field(default_factory=list)
    outcries: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    readings: Counter[str] = field(default_factory=Counter)

    @property
    def violations(self) -> list[str]:
        """Everything that must not be."""
        kinds = {
            "seen twice": self.twice,
            "lost": self.lost,
            "without a reason": self.without_reason,
            "told wrong": self.told_wrong,
            "unexpected in the log": self.outcries,
            "not proven": self.unproven,
        }
        return [f"{kind}: {line}" for kind, lines in kinds.items() for line in lines]


async def count(storm: Storm) -> Census:
    """Count. The daemon is stopped by now; Firetime is asked by its commands."""
    nest, state = storm.nest, storm.world.sandbox.state
    listed = [post for which in ("queue", "history") for post in await nest.run(which, "--limit", ALL)]
    told: defaultdict[Key, list[dict[str, Any]]] = defaultdict(list)
    for post in listed:
        told[post["customer"], _title(post["text"])].append(post)
    sent = Counter((post.profile.title, _title(post.text)) for post in state.posts)
    shown = {(post.profile.title, _title(post.text)) for post in state.published()}
    census = Census(len(storm.published), Counter(map(_state, listed)), outcries=nest.outcries)
    census.twice += [f"{key} was sent {times} times" for key, times in sent.items() if times > 1]
    census.told_wrong += [f"{key} was never in a feed" for key in sent if key not in storm.published]
    for key, link in storm.published.items():
        await _judge(census, nest, key, link, told[key], is_shown=key in shown)
    await _audit(census, storm)
    return census


async def _audit(census: Census, storm: Storm) -> None:
    """Each reading of a key, in the ledger and in OpenBao's own log; and no line of the ledger was lost or changed."""
    heads = [part for head in storm.nest.heads for part in ("--head", head)]
    _, told = await storm.nest.ask("audit", "--vault-log", str(storm.bao.audit_log), *heads)
    if told is None:
        census.unproven.append("firetime audit has failed")
        return
    ledger, attempts, vault = told["ledger"], told["attempts_in_ledger"], told["vault"]
    census.readings.update({finding["what"]: finding["count"] for finding in vault["findings"]})
    census.unproven += [*ledger["problems"], *vault["broken"]]
    census.unproven += [f"{one}: not in the ledger" for one in attempts["unlike"]]
    census.unproven += [f"{one}: no such attempt" for one in attempts["missing"]]
    census.unproven += ["the ledger is not guarded"] * (not ledger["guarded"])
    for finding in vault["findings"]:
        if finding["count"] and finding["what"] not in PROVEN:
            census.unproven.append(f"{finding['count']} {finding['what']}: {finding['which'][:5]}")
    if attempts["count"] != census.readings["attempts"]:
        census.unproven.append(f"{attempts['count']} attempts: some without a reading in OpenBao's log")


async def _judge(
    census: Census, nest: Nest, key: Key, link: str, posts: list[dict[str, Any]], *, is_shown: bool
) -> None:
    match posts:
        case [{"state": "delivered", "id": post}]:
            if not is_shown:
                census.lost.append(f"{key}: {post} counts as delivered, and the sandbox has none")
        case [{"state": state, "id": post}] if state in REASONS:
            if not await _has_reason(nest, post, f"post_{REASONS[state]}"):
                census.without_reason.append(f"{key}: {post} is {state}")
            if is_shown and state != "held":
                census.told_wrong.append(f"{key}: {post} is {state}, and the sandbox has it")
        case []:
            census.states["no post, and a reason"] += 1
            if is_shown or not await _has_reason(nest, link):
                census.lost.append(f"{key}: there is no post of it")
        case [{"state": state, "id": post}]:
            census.lost.append(f"{key}: {post} is still {state}")
        case _:
            census.twice.append(f"{key}: there are posts {[post['id'] for post in posts]}")


async def _has_reason(nest: Nest, thing: str, action: str | None = None) -> bool:
    """Whether `firetime explain` says why a post, or the entry with that link, has not gone out."""
    story = await nest.run("explain", thing)
    lines = story["ledger"] if story is not None else []
    return any(line["message"] for line in lines if action in (None, line["action"]))


def _title(text: str) -> str:
    return text.partition("\n")[0]


def _state(post: dict[str, Any]) -> str:
    return f"{post['state']}, waits for {post['waits_for']}" if post["waits_for"] else str(post["state"])
