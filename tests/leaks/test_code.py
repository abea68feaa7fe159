"""What would show or send secrets is nowhere in the code: each of these is one word, and easily added in good faith."""

import ast
import http.client
from collections.abc import Iterator

import pytest

from scheduler.cli.app import app
from tests.unit.test_project import imported, python_nodes

MUST_BE_FALSE = {
    "allow_redirects",  # requests takes Vault's token along
    "capture_locals",
    "diagnose",
    "follow_redirects",
    "http2",  # its header table is logged
    "include_local_variables",
    "show_locals",
    "trust_env",  # proxies and .netrc of the environment
}
MUST_BE_TRUE = {"verify", "ssl", "check_hostname", "hide_parameters", "hide_input_in_errors"}
NEVER_CALLED = {"set_debuglevel", "basicConfig", "locals"}
NEVER_SET = {"debuglevel"}
NEVER_IMPORTED = {
    *("pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"),  # they write whatever an object holds
    *("loguru", "sentry_sdk", "cgitb", "faulthandler"),  # they show variables, or memory
}


def offences(node: ast.AST) -> Iterator[str]:
    yield from (f"import {name}" for name in imported(node) & NEVER_IMPORTED)
    match node:
        case (
            ast.keyword(arg=str(name), value=value)
            | ast.Assign(targets=[ast.Attribute(attr=name)], value=value)
        ):
            is_false = isinstance(value, ast.Constant) and value.value is False
            if (
                name in NEVER_SET
                or (name in MUST_BE_FALSE and not is_false)
                or (name in MUST_BE_TRUE and is_false)
            ):
                yield f"{name} = {ast.unparse(value)}"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NEVER_CALLED:
            yield f"{name}()"


BAD = (
    "httpx.AsyncClient(http2=True)",
    "httpx.AsyncClient(follow_redirects=wanted)",
    "requests.Session().get(url, allow_redirects=True)",
    "aiohttp.ClientSession(trust_env=True)",
    "session.trust_env = wanted",
    "session.verify = False",
    "httpx.AsyncClient(verify=False)",
    "aiohttp.TCPConnector(ssl=False)",
    "create_engine(url, hide_parameters=False)",
    "ExceptionDictTransformer(show_locals=True)",
    "traceback.TracebackException.from_exception(error, capture_locals=True)",
    "http.client.HTTPConnection.debuglevel = 1",
    "connection.set_debuglevel(1)",
    "log.info('x', **locals())",
    "import pickle",
    "from pickle import dumps",
    "import sentry_sdk",
)


@pytest.mark.parametrize("line", BAD)
def test_each_of_them_would_be_seen(line: str) -> None:
    assert [what for node in ast.walk(ast.parse(line)) for what in offences(node)]


def test_none_of_them_is_there() -> None:
    found = [
        f"{file}: {what}" for file, node in python_nodes("feeds", "scheduler") for what in offences(node)
    ]

    assert found == []


def test_no_library_prints_what_it_sends() -> None:
    assert http.client.HTTPConnection.debuglevel == 0
    assert http.client.HTTPSConnection.debuglevel == 0


def test_the_command_line_shows_no_variables() -> None:
    assert not app.pretty_exceptions_enable
    assert not app.pretty_exceptions_show_locals
