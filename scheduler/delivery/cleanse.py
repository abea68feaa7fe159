"""Take secrets out of what a server answers, since it may repeat what it was sent: as it came, or encoded.

Nothing here is a regular expression: `re` would keep the secret in its cache.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

PUT_INSTEAD = "[secret]"
LONG_ENOUGH = 8
"""Shorter ones are not looked for in their encoded forms, which would be found everywhere by chance."""

_VEILS: tuple[Callable[[str], str], ...] = (unquote, unescape)


def cleansed(value: Any, secrets: tuple[str, ...]) -> Any:
    """What JSON gave, without the secrets: plain, percent-encoded, with HTML's entities, in base64 or hexadecimal.

    A part of a secret, or a hash of it, is not recognised.
    """
    told = "\n".join(_texts(value))
    shown = [form for secret in secrets for form in _forms(secret) if form in told]
    veils = [unveil for unveil in _VEILS if _holds(unveil(told), secrets)]
    if not shown and not veils:
        return value
    return _mapped(value, lambda text: _without(text, shown, veils, secrets))


def _without(text: str, shown: list[str], veils: list[Callable[[str], str]], secrets: tuple[str, ...]) -> str:
    for form in shown:
        text = text.replace(form, PUT_INSTEAD)
    for unveil in veils:
        if _holds(plain := unveil(text), secrets):
            text = plain
            for secret in secrets:
                text = text.replace(secret, PUT_INSTEAD)
    return text


def _holds(text: str, secrets: tuple[str, ...]) -> bool:
    return any(secret in text for secret in secrets)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    content = secret.encode()
    if len(content) < LONG_ENOUGH:
        return
    yield content.hex()
    yield content.hex().upper()
    for encode in (b64encode, urlsafe_b64encode):
        for ahead in range(3):  # so many bytes of something else come before it, modulo 3
            letters = encode(bytes(ahead) + content).decode()
            yield letters[-(-ahead * 8 // 6) : (ahead + len(content)) * 8 // 6]


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for key, item in value.items():
                yield key
                yield from _texts(item)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case list():
            return [_mapped(item, change) for item in value]
        case dict():
            return {change(key): _mapped(item, change) for key, item in value.items()}
        case _:
            return value
