"""Whether a template can be used: it is checked, and rendered with samples."""

from dataclasses import replace

from scheduler.model import X
from scheduler.rules.template.fields import EntryFields, Fields, TemplateFailed
from scheduler.rules.template.sandbox import lines_used, render
from scheduler.rules.x_text.links import find_links

_RICH = EntryFields(
    title="A title",
    summary="A summary. It has two sentences",
    content="A summary. It has two sentences. And more",
    link="https://example.com/2026/first",
    author="An author",
    categories=("News", "World"),
    published="2026-01-31T09:00:00+00:00",
)
_OTHER = EntryFields(
    "Another",
    "Other words.",
    "Other words, at length.",
    "https://example.com/other",
    "Somebody",
    ("Sports",),
    "",
)
_POOR = EntryFields("", "", "", "", "", (), "")


def _fields(*entries: EntryFields, hashtags: tuple[str, ...] = ("#World",)) -> Fields:
    return Fields(entries[0], entries, hashtags, "A feed", X)


def template_problem(source: str, *, is_digest: bool = False) -> str | None:
    """What is wrong with a template, with its line, or None.

    It is rendered with an entry that has everything and with one that has nothing, as feeds may give. X's card comes
    from the last address in a text: where `entry.link` is shown it must be the last, and whole.
    """
    samples = [_fields(_RICH, _linked("second")), _fields(_POOR, hashtags=())]
    try:
        texts = [render(source, sample, is_digest=is_digest) for sample in samples]
        if not texts[0].strip() and "network" not in source:
            return "gives no text, not even for an entry that has everything"
        if is_digest and texts[0] == render(source, _fields(_RICH, _OTHER), is_digest=True):
            return "shows the first entry only: show all of them with {% for entry in entries %}…{% endfor %}"
        return _link_problem(source, is_digest=is_digest)
    except TemplateFailed as error:
        return str(error)


def _linked(end: str) -> EntryFields:
    return replace(_RICH, link=f"https://example.com/2026/{end}")


def _link_problem(source: str, *, is_digest: bool) -> str | None:
    line = lines_used(source).get("link")
    if line is None:
        return None
    texts: dict[str, list[str]] = {}
    for ends in (("first", "second"), ("?id=first", "?id=second")):
        entries = [_linked(end) for end in ends]
        texts[render(source, _fields(*entries), is_digest=is_digest)] = [entry.link for entry in entries]
    if len(texts) == 1:
        return None  # the link decides something, and is not shown
    hidden = next(filter(None, (_hidden(text, links) for text, links in texts.items())), None)
    return f"line {line}: {hidden}" if hidden else None


def _hidden(text: str, links: list[str]) -> str | None:
    """Why X would not see the links of a text as they are, or the last of them as the last address."""
    found = [link.text for link in find_links(text)]
    for link in links:
        if text.count(link) != found.count(link):
            seen = next((one for one in found if link in one), "none")
            return (
                f"entry.link is glued to other characters: of {link} X sees {seen}; "
                "put a space or a line break before and after {{ entry.link }}"
            )
    if found and found[-1] in links:
        return None
    return (
        f"the last address that X sees is {found[-1] if found else 'none'}, not the entry's link: "
        "put {{ entry.link }} last, without filters"
    )
