"""The commands that act on posts and on customers, and their options."""

from collections.abc import Callable
from typing import Annotated

import typer

from scheduler.cli.options import Json


def _line(text: str | None) -> str | None:
    if text is None:
        return None
    from scheduler.actions import one_line  # here, as below: what a command needs is loaded when it runs

    try:
        return one_line(text)
    except ValueError as reason:
        raise typer.BadParameter(str(reason)) from None


Ids = Annotated[list[str] | None, typer.Argument(metavar="[POST]...", help="Post ids such as p17.")]
OfCustomer = Annotated[str | None, typer.Option("--customer", help="All posts of this customer.")]
OfRoute = Annotated[str | None, typer.Option("--route", help="All posts of routes with this id.")]
InState = Annotated[str | None, typer.Option("--state", help="All posts in this state.")]
Waiting = Annotated[str | None, typer.Option("--waits-for", help="All posts that wait for this.")]
Everything = Annotated[bool, typer.Option("--all", help="All posts that allow it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
By = Annotated[
    str | None,
    typer.Option("--by", callback=_line, help="Who asks for it, for the ledger; else your login name."),
]
Reason = Annotated[str | None, typer.Option("--reason", callback=_line, help="Why, for the ledger.")]
Customers = Annotated[
    list[str] | None, typer.Argument(metavar="[CUSTOMER]...", help="Customers: the names of their files.")
]
Common = Annotated[
    bool,
    typer.Option(
        "--common", help="Only what stops all customers at once, and no customer's own pause or condition."
    ),
]
AllCustomers = Annotated[bool, typer.Option("--all", help="All customers, instead of names.")]


def add_to(app: typer.Typer) -> None:
    """Make these commands of the program."""
    app.command("approve")(_plain("approve", "Let posts that await approval go out."))
    app.command("reject")(_explained("reject", "Do not let posts that await approval go out."))
    app.command("edit")(edit)
    app.command("reschedule")(reschedule)
    app.command("send-now")(_plain("send-now", "Send waiting posts at once, whatever windows and gaps say."))
    app.command("release")(
        _plain("release", "Send held posts after all, once what they waited for is put right.")
    )
    app.command("retry")(_plain("retry", "Send rejected or expired posts once more."))
    app.command("cancel")(_explained("cancel", "Take posts out of the queue for good."))
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("halts")(halts)


def _plain(action: str, about: str) -> Callable[..., None]:
    def command(
        posts: Ids = None,
        customer: OfCustomer = None,
        route: OfRoute = None,
        state: InState = None,
        waits_for: Waiting = None,
        everything: Everything = False,
        by: By = None,
        dry_run: DryRun = False,
        json: Json = False,
    ) -> None:
        from scheduler.cli.acting import Choice, act_on

        choice = Choice(tuple(posts or ()), customer, route, state, waits_for, everything)
        act_on(action, choice, by, dry_run=dry_run, as_json=json)

    command.__doc__ = about
    return command


def _explained(action: str, about: str) -> Callable[..., None]:
    def command(
        posts: Ids = None,
        reason: Reason = None,
        customer: OfCustomer = None,
        route: OfRoute = None,
        state: InState = None,
        waits_for: Waiting = None,
        everything: Everything = False,
        by: By = None,
        dry_run: DryRun = False,
        json: Json = False,
    ) -> None:
        from scheduler.cli.acting import Choice, act_on

        choice = Choice(tuple(posts or ()), customer, route, state, waits_for, everything)
        act_on(action, choice, by, reason=reason or "", dry_run=dry_run, as_json=json)

    command.__doc__ = about
    return command


def reschedule(
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="TIME",
            help="2026-11-23T09:00 by the customer's clock, or with an offset such as +01:00; or 2h, from now on.",
        ),
    ],
    posts: Ids = None,
    customer: OfCustomer = None,
    route: OfRoute = None,
    state: InState = None,
    waits_for: Waiting = None,
    everything: Everything = False,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Give waiting posts a due time of your own, which no rule of the schedule moves."""
    from scheduler.cli.acting import Choice, act_on

    choice = Choice(tuple(posts or ()), customer, route, state, waits_for, everything)
    act_on("reschedule", choice, by, at=at, dry_run=dry_run, as_json=json)


def edit(
    post: Annotated[str, typer.Argument(metavar="POST", help="A post id such as p17.")],
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="TEXT|-",
            help="The new text; - reads it from standard input. Else an editor opens.",
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", metavar="NAME", help="Only for this network; may be given several times."),
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Give a waiting post words of your own."""
    from scheduler.cli.acting import edit_post

    edit_post(post, text, network or [], by, dry_run=dry_run, as_json=json)


def pause(
    customers: Customers = None,
    everything: AllCustomers = False,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="When it ends by itself; a time as for reschedule."),
    ] = None,
    reason: Reason = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Stop customers' posts: what comes due is held until they are resumed."""
    from scheduler.cli.halts import run_pause

    run_pause(customers or [], until, reason or "", by, everything=everything, as_json=json)


def resume(
    customers: Customers = None,
    everything: AllCustomers = False,
    common: Common = False,
    by: By = None,
    json: Json = False,
) -> None:
    """Let customers' posts go on, whatever has stopped them, and release what was held, at the routes' pace."""
    from scheduler.cli.halts import run_resume

    run_resume(customers or [], by, everything=everything, common=common, as_json=json)


def halts(json: Json = False) -> None:
    """List what stops customers' posts: pauses, empty credits and the like."""
    from scheduler.cli.halts import list_halts

    list_halts(as_json=json)
