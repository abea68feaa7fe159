"""Options and arguments that several commands share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]
Only = Annotated[str | None, typer.Option("--customer", help="Only this customer (the name of its file).")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many rows.")]
