"""The reference is complete: it names every setting, command, key, state, action and fault that the program knows."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

from scheduler import common, customer, lifecycle, model, selection, wording
from scheduler.cli.app import app
from scheduler.config import COMMON_KEYS, KNOWN_KEYS
from scheduler.delivery import readings
from scheduler.sandbox.faults import Fault, FaultName
from scheduler.settings import Settings
from scheduler.values import FirstPoll, format_duration
from tests.conftest import ROOT
from tests.unit.markdown import DOCS, keyed, page, rows, section

TABLES: dict[str, type[BaseModel]] = {
    "`firetime.toml`, at the top": common.Common,
    "`[vault]`": common.VaultLayout,
    "`[vault.fields]`": common.VaultFields,
    "`[feeds]`": common.FeedClient,
    "`[prices]`": customer.Prices,
    "`[linking]`": common.Linking,
    "A customer, at the top": customer.Customer,
    "`[budget]`": customer.Budget,
    "`[duplicates]`": customer.Duplicates,
    "`[x]`": customer.XLimits,
    "`[attested]`": customer.Attested,
    "An attestation": customer.Attestation,
    "`[[route]]`": customer.Route,
    "`[route.select]`": selection.Select,
    "`where`": selection.Condition,
    "`[route.compose]`": wording.Compose,
    "`variants`": wording.Variant,
    "`thread`": wording.Thread,
    "`sign_in`": customer.SignIn,
    "`hashtags`": wording.Hashtags,
    "`utm`": wording.Utm,
    "`[route.digest]`": wording.Digest,
    "`[route.evergreen]`": wording.Evergreen,
    "`[calendar]`": customer.Calendar,
    "`[route.schedule]`": customer.Schedule,
}
NOT_IN_THE_FILE = {("A customer, at the top", "id")}  # it is the file's name


def in_toml(value: Any) -> str:
    """A default as the reference writes it."""
    match value:
        case None:
            return "none"
        case timedelta():
            return f'`"{format_duration(value)}"`'
        case Decimal() | int() if not isinstance(value, bool):
            return f"`{value}`"
        case FirstPoll():
            return f'`"{value.text}"`'
        case tuple():
            return f"`{json.dumps(list(value))}`"
        case BaseModel() | wording.DEFAULT_TEMPLATE:
            return "see below"
    return f"`{json.dumps(value)}`"


def commands() -> Iterator[tuple[str, Any]]:
    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            yield name, command
            return
        for sub, inner in subcommands.items():
            yield from walk(f"{name} {sub}", inner)

    root = typer.main.get_command(app)
    yield "firetime", root
    yield from walk("firetime", root)


def test_every_setting_is_in_the_reference_with_its_default() -> None:
    documented = keyed(page("settings"))
    fields = {str(field.alias): field.default for field in Settings.model_fields.values()}

    assert list(documented) == list(fields)
    for name, default in fields.items():
        shown = f"{default.host}:{default.port}" if name == "FIRETIME_LISTEN" else default
        shown = "false" if shown is False else shown
        expected = "none" if shown in (None, ()) else f"`{shown}`"
        assert documented[name][0] == expected, name


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if "Secret" in str(field)]
)
def test_a_secret_setting_is_called_one(name: str) -> None:
    alias = str(Settings.model_fields[name].alias)

    assert "**Secret.**" in keyed(page("settings"))[alias][1]


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_the_configuration_is_in_the_reference_with_its_default(heading: str) -> None:
    documented = keyed(section(page("configuration"), heading))
    fields = {
        field.alias or name: field
        for name, field in TABLES[heading].model_fields.items()
        if (heading, name) not in NOT_IN_THE_FILE
    }
    if "routes" in TABLES[heading].model_fields:
        fields["route"] = TABLES[heading].model_fields["routes"]

    assert list(documented) == list(fields)
    for key, field in fields.items():
        expected = (
            "required" if field.is_required() else in_toml(field.get_default(call_default_factory=True))
        )
        assert documented[key][1] == expected, key


def test_the_tables_checked_here_are_all_that_the_program_knows() -> None:
    known = {frozenset(keys) for keys in (*KNOWN_KEYS.values(), *COMMON_KEYS.values())}

    checked = {frozenset(keyed(section(page("configuration"), heading))) for heading in TABLES}

    assert checked == known


@pytest.mark.parametrize("platform", get_args(wording.Platform))
def test_every_network_is_named_as_an_accepted_value(platform: str) -> None:
    assert f'`"{platform}"`' in keyed(section(page("configuration"), "`[[route]]`"))["platforms"][0]


def test_the_default_templates_are_shown_as_they_are() -> None:
    shown = re.findall(r"```jinja\n(.*?)\n```", page("configuration"), re.DOTALL)

    assert shown == [wording.DEFAULT_TEMPLATE, wording.DEFAULT_DIGEST]


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda value: str(value)[:30])
def test_every_command_is_in_the_reference_with_its_options_and_arguments(name: str, command: Any) -> None:
    told = section(page("commands"), f"`{name}`")

    for parameter in command.params:
        if parameter.param_type_name == "argument":
            assert f"`{parameter.metavar}`" in told
        for option in parameter.opts if parameter.param_type_name == "option" else ():
            assert f"`{option}`" in told, option


def test_the_reference_tells_of_no_command_that_is_not_there() -> None:
    told = re.findall(r"^## `(.*)`$", page("commands"), re.MULTILINE)

    assert sorted(told) == sorted(name for name, _ in commands())


def test_every_state_is_in_the_reference() -> None:
    assert list(keyed(page("states"))) == list(lifecycle.State)


def test_the_life_of_a_post_in_the_reference_is_the_programs_own_table() -> None:
    told = {
        (source.strip("`"), event.strip("`")): target.strip("`")
        for source, event, target, _ in rows(section(page("states"), "The life of a post"))
    }

    assert told == lifecycle.TRANSITIONS
    assert {event for _, event in told} == set(lifecycle.Event)


def test_everything_that_a_post_may_wait_for_is_in_the_reference() -> None:
    assert list(keyed(section(page("states"), "What a post waits for"))) == list(model.WaitsFor)


def test_what_to_do_is_said_for_everything_that_a_post_may_wait_for() -> None:
    how_to = (DOCS / "how-to" / "put-a-post-right.md").read_text()
    unused = {
        name
        for name, cells in keyed(section(page("states"), "What a post waits for")).items()
        if cells[0] == "none"
    }

    assert {name for name in model.WaitsFor if f"| `{name}` |" not in how_to} == unused


def test_every_outcome_is_in_the_reference() -> None:
    outcomes = {kind.__name__ for kind in get_args(model.Outcome)}

    assert set(keyed(section(page("states"), "Outcomes of an attempt"))) == outcomes


def test_every_action_of_the_ledger_is_in_the_reference() -> None:
    """Actions are literal words at `ledger.write`, those of a feed's notes, those that a person's choice is settled
    with, and `post_` with a literal word, a new post's state or an event."""
    files = (*(ROOT / "feeds").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py"))
    source = "\n".join(file.read_text() for file in files)
    written = set(re.findall(r"ledger\.write\(\s*(?:self\._)?session,\s*[\w.]+,\s*\"(\w+)\"", source))
    written.add(readings.ACTION)
    written |= set(re.findall(r"(?:\bNote|\bself\._note)\(\s*\"(\w+)\"", source))
    written |= set(re.findall(r"_settle\(session, targets, \"(\w+)\"", source))
    post = r"\(\s*(?:self\._|case\.)?session,\s*[\w.]+,(?:\s*[\w.]+,){1,3}\s*\"(\w+)\""
    noted = set(re.findall(rf"\b(?:note|reword){post}", source))
    first_states = {lifecycle.State.AWAITING_APPROVAL, lifecycle.State.SCHEDULED}
    expected = written | {f"post_{word}" for word in {*noted, *first_states, *lifecycle.Event}}
    there = {"baseline", "entry_left_out", "post_lookup", "feed_gap", "entry_released"}
    assert there <= expected, "the search finds what is there"

    table = set(keyed(page("ledger")))

    assert expected - table == {"post_claim", "post_send"}
    assert table <= expected
    assert "`post_claim` and `post_send` are not written" in page("ledger")


def log_lines() -> Iterator[tuple[str, str, set[str]]]:
    """Action, level and keys of each call of `log`; an action that is handed to `_say` is a problem's."""
    for file in (*(ROOT / "feeds").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                    args=[ast.Constant(value=action)],
                ):
                    keys = {key.arg for key in node.keywords if key.arg} - {"exc_info"}
                    spread = (
                        {"post", "customer", "route"} if None in [k.arg for k in node.keywords] else set()
                    )
                    yield str(action), "error" if level == "exception" else level, keys | spread
                case ast.Call(func=ast.Attribute(attr="_say"), args=[ast.Constant(value=action)]):
                    yield str(action), "error", {"where", "problem"}


def test_every_line_of_the_log_is_in_the_reference_with_its_level_and_keys() -> None:
    told = {
        action: (level.strip("`"), set(re.findall(r"`(\w+)`", keys)))
        for action, (level, keys, _) in keyed(section(page("logs"), "Actions")).items()
    }
    written = {action: (level, keys) for action, level, keys in log_lines()}
    assert "post_held" in written, "the search finds what is there"

    assert told == written


def test_every_fault_and_option_of_the_sandbox_is_in_the_reference() -> None:
    faults = section(page("sandbox"), "Faults")
    first, _, second = faults.partition("| Option |")

    assert list(keyed(first)) == list(FaultName)
    assert list(keyed(f"| Option |{second}")) == list(Fault.model_fields)


def test_every_address_of_the_web_server_is_in_the_reference() -> None:
    source = "\n".join(file.read_text() for file in (ROOT / "scheduler" / "web").glob("*.py"))
    shown = re.findall(r"web\.get\(\s*\"([^\"]+)\"", source)
    changing = re.findall(r"web\.post\(\s*\"([^\"]+)\"", source)

    assert set(keyed(page("http"))) == set(shown)
    assert set(keyed(section(page("http"), "Changing posts and customers"))) == {
        f"POST {one}" for one in changing
    }
    assert {"/healthz", "/api/v1/queue"} <= set(shown), "the search finds what is there"


def test_every_address_of_the_sandbox_itself_is_in_the_reference() -> None:
    source = (ROOT / "scheduler" / "sandbox" / "control.py").read_text()
    served = set(re.findall(r"@routes\.\w+\(\"([^\"]+)\"", source))

    told = {key.partition(" ")[2] for key in keyed(section(page("sandbox"), "Its own addresses"))}

    assert told == served
