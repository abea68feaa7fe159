"""`explain`: the whole story of an entry or a post."""

from typing import Any

from scheduler import views
from scheduler.cli.output import Block, console, print_blocks, print_json, print_table, when
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
        print_blocks(
            ("attempt", "sent", "outcome", "HTTP", "code"), [_attempt(one) for one in story["attempts"]], ""
        )


def _print_entry(entry: dict[str, Any] | None) -> None:
    if entry is not None:
        console().print(f"entry {entry['id']}  {entry['title']}\n{entry['link'] or ''}\n", markup=False)


def _print_post(post: dict[str, Any]) -> None:
    lines = [
        f"post {post['id']} of {post['customer']}/{post['route']} is {post['state'].replace('_', ' ')}",
        f"due {when(post['due_at'])} ({post['due_reason']}), ${post['price_usd']}",
        *views.situation(post),
        *(published["url"] for published in post["network_posts"] if published["url"]),
        "",
        post["text"],
        "",
    ]
    console().print("\n".join(lines), markup=False)


def _line(line: dict[str, Any]) -> tuple[str, str, str]:
    return when(line["at"]), line["action"], line["message"]


def _attempt(attempt: dict[str, Any]) -> Block:
    cells = (
        str(attempt["attempt"]),
        when(attempt["sent_at"]),
        (attempt["outcome"] or "under way").lower(),
        str(attempt["http_status"] or ""),
        str(attempt["ayrshare_code"] or ""),
    )
    version = f" v{attempt['vault_version']}" if attempt["vault_version"] else ""
    lines = [
        attempt["message"],
        f"secret {attempt['vault_path']}{version}" if attempt["vault_path"] else None,
        f"Vault request {attempt['vault_request_id']}" if attempt["vault_request_id"] else None,
        f"idempotency key {attempt['idempotency_key']}",
    ]
    return Block(cells, [line for line in lines if line])
