"""Web pages for tests, as they come over the wire."""

from feeds.html_page import HtmlPage, read_html
from feeds.model import Fetched, Validators

URL = "https://acme.example/blog/one"


def answer(body: str | bytes, content_type: str = "text/html", url: str = URL) -> Fetched:
    return Fetched(url, body.encode() if isinstance(body, str) else body, Validators(), content_type)


def page(head: str, body: str = "", url: str = URL) -> HtmlPage:
    return read_html(
        answer(f"<!doctype html><html><head>{head}</head><body class=x>{body}</body></html>", url=url)
    )
