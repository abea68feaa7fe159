"""Names in the program, found while it runs."""

from importlib import import_module
from typing import Any


class Gone(Exception):
    """The program has no such name any more."""


def find(target: str) -> tuple[Any, str]:
    """The module or class that holds `module:name` or `module:Class.name`, and the last name. Raises `Gone`."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    try:
        owner: Any = import_module(module)
        for one in owners:
            owner = getattr(owner, one)
        getattr(owner, name)
    except (ImportError, AttributeError):
        raise Gone(f"there is no {target} any more: let tests/chaos follow the program") from None
    return owner, name
