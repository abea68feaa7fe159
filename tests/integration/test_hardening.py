"""A command closes its memory to others and writes no core dump: asked of real processes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65_534

ASK = """
def dumpable(): return ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
def core(): return list(resource.getrlimit(resource.RLIMIT_CORE))
"""
IMPORTS = "import ctypes, json, os, resource, subprocess, sys\n"
# A change of user closes the memory by itself: it is opened again, to see what is ours.
AS_NOBODY = f"""
if os.getuid() == 0:
    os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
"""
HOLDER = f"""{IMPORTS}
from scheduler.hardening import harden
{AS_NOBODY}
if sys.argv[1:]: harden()
print('ready', flush=True)
sys.stdin.read()
"""
READER = f"""{IMPORTS}{AS_NOBODY}
seen = {{}}
for name in ("environ", "mem", "maps"):
    try:
        open(f"/proc/{{sys.argv[1]}}/{{name}}", "rb").close()
        seen[name] = "open"
    except OSError as error:
        seen[name] = error.strerror
print(json.dumps(seen))
"""


def python(
    script: str, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=env,
    )


def answer(script: str, *arguments: str) -> Any:
    done = python(script, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_command_that_is_installed_hardens_itself_before_anything_else() -> None:
    (installed,) = entry_points(group="console_scripts", name="firetime")
    assert installed.value == "scheduler.cli:main"
    run = "from scheduler.cli import main\nsys.argv = ['firetime', '--version']\n"
    script = f"{IMPORTS}{ASK}{run}try: main()\nexcept SystemExit: print(json.dumps([dumpable(), core()]))"

    assert answer(script) == [0, [0, 0]]


@pytest.mark.parametrize("hardened", [True, False])
def test_another_process_of_the_same_user_can_read_neither_memory_nor_environment(*, hardened: bool) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *(["harden"] if hardened else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"CANARY": "canary"},
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        seen = answer(READER, str(holder.pid))

    if hardened:
        assert set(seen.values()) == {"Permission denied"}
    else:
        assert seen["environ"] == "open", "the reader finds what is open"


def test_a_forked_child_keeps_it_and_an_executed_one_only_the_ban_on_core_dumps() -> None:
    look = f"{IMPORTS}{ASK}\nprint(json.dumps([dumpable(), core()]))"
    script = (
        f"{IMPORTS}{ASK}from scheduler.hardening import harden\nharden()\n"
        "ours, theirs = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.write(theirs, json.dumps([dumpable(), core()]).encode()), os._exit(0)\n"
        "os.wait()\n"
        f"executed = subprocess.run([sys.executable, '-c', {look!r}], capture_output=True, check=True).stdout\n"
        "print(json.dumps([json.loads(os.read(ours, 100)), json.loads(executed)]))"
    )

    assert answer(script) == [[0, [0, 0]], [1, [0, 0]]]


def test_no_tls_keys_are_logged_whatever_the_environment_asks_for(tmp_path: Path) -> None:
    file = tmp_path / "tls-keys"
    look = "import ssl\n{}\nprint(ssl.create_default_context().keylog_filename)"
    ours = look.format("from scheduler.hardening import harden\nharden()")
    env = os.environ | {"SSLKEYLOGFILE": str(file)}

    assert [python(script, env=env).stdout for script in (look.format(""), ours)] == [f"{file}\n", "None\n"]


def test_a_system_that_does_not_allow_it_is_told_and_nothing_runs() -> None:
    script = (
        f"{IMPORTS}from types import SimpleNamespace\nfrom scheduler.cli import main\n"
        "ctypes.CDLL = lambda *_, **__: SimpleNamespace(prctl=lambda *_: -1)\n"
        "sys.argv = ['firetime', '--version']\nmain()"
    )
    done = python(script)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("firetime: this process cannot close its memory to others: prctl")
