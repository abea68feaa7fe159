"""A configuration folder that a test writes, with the smallest files that are accepted."""

import re
from pathlib import Path

import pytest

from scheduler import config
from scheduler.config import Config
from scheduler.problems import Problems

CANARY = "canary-3f9a7c"
SMALL = 'name = "Acme"\ntimezone = "UTC"\nvault_path = "customers/acme"\n'
ROUTE = '[[route]]\nid = "blog"\nfeed = "https://acme.example/feed.xml"\n'


class Folder:
    """A configuration folder that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "customers").mkdir()

    def customer(self, content: str | bytes, name: str = "acme") -> Path:
        """Write a customer's file; the path in Vault that `SMALL` gives becomes the customer's own."""
        if isinstance(content, str):
            own = re.sub("[^A-Za-z0-9_-]", "-", name)
            content = content.replace('"customers/acme"', f'"customers/{own}"')
        file = self.path / "customers" / f"{name}.toml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def common(self, content: str) -> None:
        (self.path / "firetime.toml").write_text(content)

    def load(self) -> Config:
        return config.load(self.path)

    def mistakes(self) -> list[str]:
        """Each mistake as a person reads it, with paths below the folder."""
        with pytest.raises(Problems) as raised:
            self.load()
        return [line.removeprefix(f"{self.path}/") for line in str(raised.value).splitlines()]

    def mistake(self) -> str:
        (line,) = self.mistakes()
        return line
