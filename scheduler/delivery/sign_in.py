"""What signs in to a feed: read from Vault anew for each poll, and kept nowhere."""

from base64 import b64encode

from feeds.headers import is_sendable
from feeds.trouble import SignInFailed
from scheduler.delivery.vault import Vault, VaultError


class FeedSignIn:
    """Turns the reference that `SignIn.reference` makes into the headers of one request."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def headers(self, reference: str) -> dict[str, str]:
        """The headers that sign in to a feed; none for the reference "".

        Raises `SignInFailed`, which says what to do and holds no value.
        """
        match reference.split(":"):
            case [""]:
                return {}
            case ["basic", path]:
                return {"Authorization": _basic(await self._read(path, "username", "password"), path)}
            case ["bearer", path]:
                return {"Authorization": f"Bearer {await self._one(path, 'token')}"}
            case ["header", name, path]:
                return {name: await self._one(path, "value")}
            case ["cookie", path]:
                return {"Cookie": await self._one(path, "cookie")}
            case _:
                raise ValueError(f"{reference!r} is no reference to a sign-in")

    async def _one(self, path: str, name: str) -> str:
        value = (await self._read(path, name))[name]
        if not is_sendable(value):
            raise SignInFailed(
                f"the feed cannot be signed in to: {name} in its secret at {path} begins or ends with a space, or has "
                "a line break or another character that a header cannot carry"
            )
        return value

    async def _read(self, path: str, *names: str) -> dict[str, str]:
        try:
            return await self._vault.feed_secret(path, list(names))
        except VaultError as error:
            raise SignInFailed(f"the feed cannot be signed in to: {error}") from None


def _basic(login: dict[str, str], path: str) -> str:
    """RFC 7617, in UTF-8. A name with a colon would be read as a shorter one."""
    for name, value in login.items():
        if "\n" in value or "\r" in value:
            raise SignInFailed(
                f"the feed cannot be signed in to: {name} in its secret at {path} has a line break"
            )
    if ":" in login["username"]:
        raise SignInFailed(f"the feed cannot be signed in to: username in its secret at {path} has a colon")
    pair = f"{login['username']}:{login['password']}"
    return f"Basic {b64encode(pair.encode()).decode()}"
