"""The action that gives a post a person's own words."""

from scheduler.actions.order import Case, note
from scheduler.model import OF_THE_TEXT, OWN_WORDS, Post, X
from scheduler.rules.budget import price
from scheduler.rules.own_words import CannotSay, own_parts
from scheduler.rules.text import tidy
from scheduler.store import posts
from scheduler.store.post_rows import Wording
from scheduler.values import format_usd


def edit(case: Case) -> Post:
    """Let a post say something else, on some of its networks or on all. Its pictures and its time stay.

    It is not worded anew any more when its entry is edited.
    """
    post = case.post
    if post.idempotency_key is not None or post.network_posts:
        raise case.refusal("it is out on some of its networks, or may be: its text cannot be edited any more")
    networks = _networks(case)
    before = {name: post.text_for(name) for name in networks}
    if case.order.seen is not None and case.order.seen not in before.values():
        raise case.refusal("its text has changed meanwhile: look at it again")
    wording = _wording(case, networks)
    try:
        edited = posts.reword(case.session, post, wording, waived=_waived(post))
    except posts.Overtaken as reason:
        raise case.refusal(str(reason)) from None
    where = f" for {', '.join(networks)}" if len(networks) < len(post.platforms) else ""
    message = f"text{where} edited by {case.order.by}, ${format_usd(wording.price_usd)}"
    note(case.session, case.post, case.order, "edit", message, before=before)
    return edited


def _networks(case: Case) -> tuple[str, ...]:
    """The networks that get the text; which, has to be said where they say different things."""
    post, asked = case.post, case.order.networks
    goes_to = ", ".join(post.platforms)
    if unknown := [name for name in asked if name not in post.platforms]:
        raise case.unusable(f"it does not go to {', '.join(unknown)}, but to {goes_to}")
    if not asked and post.variants:
        raise case.unusable(f"its networks have different texts: say for which of {goes_to} this one is")
    return tuple(dict.fromkeys(asked)) or post.platforms


def _wording(case: Case, networks: tuple[str, ...]) -> Wording:
    post, text = case.post, tidy(case.order.text)
    try:
        parts = {name: own_parts(text, name, is_thread=post.x_posts > 1) for name in networks}
    except CannotSay as reason:
        raise case.unusable(str(reason)) from None
    x_posts, price_usd = post.x_posts, post.price_usd
    if X in parts:
        alt_texts = sum(bool(image.alt) for image in post.media)
        x_posts, price_usd = len(parts[X]), price(parts[X], case.config.common.prices, alt_texts)
    texts = {name: text if name in networks else post.text_for(name) for name in post.platforms}
    main = texts.get(X, texts[post.platforms[0]])
    variants = {name: own for name, own in texts.items() if own != main}
    return Wording(main, variants, post.media, x_posts, price_usd)


def _waived(post: Post) -> list[str]:
    """Whether the new words may be said is for the gates to judge."""
    kept = [one for one in post.waived if one not in OF_THE_TEXT]
    return [*dict.fromkeys((*kept, OWN_WORDS))]
