"""Web addresses as people and other programs write them."""

import re

from feeds.urls import web_url


def typed_url(text: str) -> str:
    """The address that is meant by `example.com`, `feed://example.com/rss` or `feed:https://example.com/rss`.

    Raises `FetchFailed` for what is neither http nor https, or holds a user name or a password.
    """
    url = re.sub(r"\s*[\r\n\t]\s*", "", text.strip()).partition("#")[0]  # mails break long lines
    url = re.sub(r"^feed:(?://)?(?=https?:)", "", url, flags=re.IGNORECASE)
    url = re.sub(r"^(?:feed:)?//", "https://", url, flags=re.IGNORECASE)
    return web_url(url if re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE) else f"https://{url}")
