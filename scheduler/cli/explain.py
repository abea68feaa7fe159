"""`explain`: the whole story of an entry, a post or a feed."""

from typing import Any

from scheduler import views
from scheduler.cli.output import Block, console, print_blocks, print_json, print_table, when
from scheduler.cli.start import begin
from scheduler.rules.text import plain
from scheduler.store.opening import open_database


def run_explain(text: str, *, as_json: bool) -> None:
    """Tell it. Raises `NotFound`."""
    with open_database(begin().database_url) as database, database.read() as session:
        story = views.explain(session, text)
    if as_json:
        print_json(story)
        return
    if "feeds" in story:
        _print_feed_story(story)
        return
    posts = story.get("posts") or ([story["post"]] if "post" in story else [])
    _print_entry(story["entry"])
    for post in posts:
        _print_post(post)
    if "post" in story and story["post"]["is_digest"]:
        _print_digest(story["entries"])
    print_table(
        ("when", "what", "why"), [_line(line) for line in story["ledger"]], "Nothing was decided yet."
    )
    if story["attempts"]:
        console().print()
        print_blocks(
            ("attempt", "sent", "outcome", "HTTP", "code"), [_attempt(one) for one in story["attempts"]], ""
        )


def _print_feed_story(story: dict[str, Any]) -> None:
    for feed in story["feeds"]:
        last, coming = when(feed["last_polled_at"]) or "never", when(feed["next_poll_at"]) or "never"
        lines = [
            f"feed {feed['url']}  {feed['title']}",
            f"moved to {feed['moved_to']}" if feed["moved_to"] else "",
            f"last polled {last}, next {coming} ({feed['pace_reason'] or 'due now'})",
            f"PROBLEM {feed['problem']}" if feed["problem"] else "",
            f"{feed['held']} held (see firetime feeds held)" if feed["held"] else "",
        ]
        console().print("\n".join(filter(None, lines)), markup=False, highlight=False)
    for hub in story["websub"]:
        facts = (
            hub["state"],
            hub["verdict"] if hub["deliveries"] else "",
            f"{hub['brought']} entries brought, {hub['missed']} missed" if hub["deliveries"] else "",
            f"until {when(hub['lease_expires_at'])}" if hub["lease_expires_at"] else "",
            hub["problem"] or "",
        )
        told = "; ".join(filter(None, facts))
        console().print(f"hub {hub['hub']}: {told}", markup=False, highlight=False)
    print_table(
        ("when", "what", "why"), [_line(line) for line in story["ledger"]], "Nothing was decided yet."
    )
    cells = [(one["id"], when(one["published_at"]), one["title"]) for one in story["entries"]]
    print_table(("entry", "dated", "title"), cells, "No entry is known yet.")


def _print_entry(entry: dict[str, Any] | None) -> None:
    if entry is not None:
        lines = [
            f"entry {entry['id']}  {entry['title']}",
            entry["link"] or "",
            f"dated {when(entry['published_at']) or 'never'}, seen {when(entry['first_seen_at'])}",
            f"the feed calls it {entry['raw_id']}" if entry["raw_id"] else "",
            f"its web page could not be read: {entry['page_problem']}" if entry["page_problem"] else "",
        ]
        console().print("\n".join(filter(None, lines)) + "\n", markup=False, highlight=False)


def _print_post(post: dict[str, Any]) -> None:
    lines = [
        f"post {post['id']} of {post['customer']}/{post['route']} is {post['state'].replace('_', ' ')}",
        f"due {when(post['due_at'])} ({post['due_reason']}), ${post['price_usd']}",
        *filter(None, [views.kind(post)]),
        *views.situation(post),
        *([f"last sent {when(post['sent_at'])}"] if post["sent_at"] else []),
        *(published["url"] for published in post["network_posts"] if published["url"]),
        "",
        post["text"],
        *(f"\non {network}:\n{text}" for network, text in post["variants"].items()),
        *(f"\npicture {image['url']}  {image['alt']}".rstrip() for image in post["media"]),
        "",
    ]
    console().print("\n".join(lines), markup=False, highlight=False, emoji=False, soft_wrap=True)


def _print_digest(entries: list[dict[str, Any]]) -> None:
    blocks = [
        Block(
            (one["id"], "taken out" if one["withdrawn"] else ""),
            filter(None, (plain(one["title"]), one["link"])),
        )
        for one in entries
    ]
    print_blocks(("entry", ""), blocks, "It holds no entry any more.")
    console().print()


def _line(line: dict[str, Any]) -> tuple[str, str, str]:
    before = (line["detail"] or {}).get("before", {})
    told = [line["message"], *(f"before, on {network}: {text}" for network, text in before.items())]
    return when(line["at"]), line["action"], "\n".join(told)


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
