"""Links of services that count readers on their way, and say in the link itself where it leads."""

from urllib.parse import SplitResult, parse_qs

_TARGETS = (
    ("www.google.com", "/url", "url"),  # Google Alerts
    ("news.google.com", "/news/url", "url"),
    ("www.bing.com", "/news/apiclick.aspx", "url"),
    ("l.facebook.com", "/l.php", "u"),
    ("lm.facebook.com", "/l.php", "u"),
    ("out.reddit.com", "/", "url"),
    ("www.youtube.com", "/redirect", "q"),
    ("t.umblr.com", "/redirect", "z"),
)
"""Host, beginning of the path, and the parameter that holds the address of the page."""


def target(link: SplitResult) -> str | None:
    """What the link leads to, as its parameter says; None for every link that is no such redirect."""
    for host, path, parameter in _TARGETS:
        if link.hostname == host and link.path.lower().startswith(path):
            return parse_qs(link.query).get(parameter, [None])[0]
    return None
