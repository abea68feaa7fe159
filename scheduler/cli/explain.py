"""`explain`: the whole story of an entry or a post."""

from typing import Any

from scheduler import views
from scheduler.cli.output import console, print_json, print_table, when
from scheduler.cli.start import begin
from scheduler.store.opening import open_database


def run_explain(text: str, *, as_json: bool) -> None:
    """Tell it. Raises `NotFound`."""
    with open_database(begin().database_url) as database, database.read() as session:
        story = views.explain(session, text)
    if as_json:
        print_json(story)
        return
    posts = story.get("posts") or ([story["post"]] if "post" in story else [])
    _print_entry(story["entry"])
    for post in posts:
        _print_post(post)
    print_table(
        ("when", "what", "why"), [_line(line) for line in story["ledger"]], "Nothing was decided yet."
    )
    if story["attempts"]:
        console().print()
        columns = ("attempt", "sent", "outcome", "HTTP", "code", "secret", "Vault request", "key")
        print_table(columns, [_attempt(attempt) for attempt in story["attempts"]], "")


def _print_entry(entry: dict[str, Any] | None) -> None:
    if entry is not None:
        console().print(f"entry {entry['id']}  {entry['title']}\n{entry['link'] or ''}\n", markup=False)


def _print_post(post: dict[str, Any]) -> None:
    lines = [
        f"post {post['id']} of {post['customer']}/{post['route']} is {post['state']}",
        f"due {when(post['due_at'])} ({post['due_reason']}), ${post['price_usd']}",
        f"waits for {post['waits_for']}" if post["waits_for"] else "",
        post["reason"] or "",
        "",
        post["text"],
        "",
    ]
    console().print("\n".join(line for i, line in enumerate(lines) if line or i >= 4), markup=False)


def _line(line: dict[str, Any]) -> tuple[str, str, str]:
    return when(line["at"]), line["action"], line["message"]


def _attempt(attempt: dict[str, Any]) -> tuple[str, ...]:
    version = f" v{attempt['vault_version']}" if attempt["vault_version"] else ""
    return (
        str(attempt["attempt"]),
        when(attempt["sent_at"]),
        f"{attempt['outcome'] or 'under way'} {attempt['message'] or ''}".strip(),
        str(attempt["http_status"] or ""),
        str(attempt["ayrshare_code"] or ""),
        f"{attempt['vault_path'] or ''}{version}",
        attempt["vault_request_id"] or "",
        attempt["idempotency_key"],
    )
