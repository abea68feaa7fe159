"""An Ayrshare account with feeds of its own, in front of a configuration that knows some of its profiles."""

from dataclasses import dataclass
from typing import Any

from scheduler.config import Config, load
from scheduler.sandbox.state import Profile
from tests.process import Done, firetime
from tests.world import QUICK, World

Row = dict[str, Any]
KEYS = ("x_api_key", "x_api_secret", "profile_key")


@dataclass
class Account:
    """Adds profiles with feeds; the files and secrets of their customers too, or only what a test asks for."""

    world: World

    def name(self, title: str) -> str:
        """The title of a profile that no other test has, which is also the name of its customer's file."""
        return f"{self.world.prefix}-{title}"

    def feed(self, name: str, *entries: str) -> str:
        """The address of a feed with these entries."""
        for title in entries or (f"Old news of {name}",):
            self.world.feeds.add(name, title)
        return f"{self.world.feeds.url}/{name}.xml"

    def profile(self, title: str, *rows: Row, secret: bool = True) -> Profile:
        """A profile without a customer; its secret is where the import looks for it."""
        keys = {
            key: self.world.secret(f"{title}-{key}") for key in ("x_api_key", "x_api_secret", "profile_key")
        }
        pair = {key: keys[key] for key in ("x_api_key", "x_api_secret")}
        made = self.world.sandbox.state.add_profile(keys["profile_key"], self.name(title), **pair)
        made.feeds = {str(number): row for number, row in enumerate(rows)}
        if secret:
            self.world.openbao.write(f"customers/{self.name(title)}", keys)
        return made

    def customer(self, title: str, *rows: Row) -> Profile:
        """A profile with a customer's file, which has no route yet."""
        made = self.profile(title, *rows)
        name = self.name(title)
        (self.world.config / "customers" / f"{name}.toml").write_text(
            f'# my own\nname = "{title}"\ntimezone = "UTC"\nvault_path = "customers/{name}"\n{QUICK}'
        )
        return made

    def primary(self, *rows: Row) -> None:
        """The feeds of the primary profile, with keys where a new customer `primary` would have them."""
        made = self.world.sandbox.state.profile(None)
        assert made is not None
        made.feeds = {str(number): row for number, row in enumerate(rows)}
        self.world.openbao.write(
            "customers/primary",
            {"x_api_key": self.world.secret("px"), "x_api_secret": self.world.secret("ps")},
        )

    async def import_(self, *options: str) -> Done:
        """`firetime import ayrshare`."""
        return await firetime("import", "ayrshare", *options, env=self.world.environment)

    @property
    def files(self) -> dict[str, str]:
        """What the customers' files say, without the prefix of this test's names."""
        files = (self.world.config / "customers").glob("*.toml")
        return {file.stem.removeprefix(self.name("")): file.read_text() for file in files}

    @property
    def config(self) -> Config:
        """The configuration, which must have no mistake."""
        return load(self.world.config)
