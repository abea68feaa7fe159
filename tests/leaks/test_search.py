"""The search for secrets finds them, whatever has become of them."""

import hashlib
import html
import json
import pickle
import secrets
import sys
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import quote

import pytest

from tests.leaks.search import files, found, place, process

SECRET = f"canary-key-{secrets.token_hex(16)}"
OTHER = f"canary-other-{secrets.token_hex(16)}"

BECOMES: dict[str, Callable[[str], str | bytes]] = {
    "itself": str,
    "its first half": lambda secret: secret[: len(secret) // 2 + 8],
    "its last half": lambda secret: secret[len(secret) // 2 :],
    "percent-encoded": lambda secret: quote(f"Bearer {secret}"),
    "JSON": lambda secret: json.dumps({"m": f'"{secret}"'}),
    "HTML": lambda secret: html.escape(f"<{secret}>"),
    "a repr": lambda secret: repr({"k": secret.encode()}),
    "a pickle": lambda secret: pickle.dumps({"key": secret}),
    "hex": lambda secret: secret.encode().hex(),
    "upper hex": lambda secret: secret.encode().hex().upper(),
    "basic": lambda secret: b64encode(f"user:{secret}".encode()),
    "a header's base64": lambda secret: b64encode(f"Authorization: Bearer {secret}\r\n".encode()),
    "base64 behind three": lambda secret: b64encode(b"123" + secret.encode()),
    "base64 for addresses": lambda secret: urlsafe_b64encode(b"?" + secret.encode()),
    "sha256": lambda secret: hashlib.sha256(secret.encode()).hexdigest(),
    "a short sha256": lambda secret: hashlib.sha256(secret.encode()).hexdigest()[:16],
    "sha256 in bytes": lambda secret: hashlib.sha256(secret.encode()).digest(),
    "sha256 in base64": lambda secret: b64encode(hashlib.sha256(secret.encode()).digest()),
    "md5": lambda secret: hashlib.md5(secret.encode()).hexdigest(),
}


@pytest.mark.parametrize("become", BECOMES.values(), ids=BECOMES.keys())
def test_a_secret_is_found_in_each_of_its_forms(become: Callable[[str], str | bytes]) -> None:
    content = place("", become(SECRET)).content
    (where,) = {one.partition(" as ")[0] for one in found([place("here", b"\0" + content)], [OTHER, SECRET])}

    assert where == "here: canary-key"


def test_nothing_is_found_where_nothing_is() -> None:
    like_it = b32encode(SECRET.encode())  # a form that nobody uses

    assert found([place("here", like_it), place("there", OTHER[:-24])], [OTHER, SECRET]) == []


def test_it_looks_into_all_files_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / ".hidden-wal").write_bytes(b"\xff" + SECRET.encode())

    (one, *_) = found(files(tmp_path), [SECRET])
    assert one.startswith("deep/er/.hidden-wal: canary-key")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
@pytest.mark.parametrize("hidden_in", ["cmdline", "environ", "mem"])
def test_it_looks_into_the_arguments_the_environment_and_the_memory_of_a_process(hidden_in: str) -> None:
    script = "import sys; kept = sys.stdin.readline(); print('ready', flush=True); sys.stdin.read()"
    arguments = [SECRET] if hidden_in == "cmdline" else []
    environment = {"TOKEN": SECRET} if hidden_in == "environ" else {}
    with Popen(
        [sys.executable, "-c", script, *arguments], stdin=PIPE, stdout=PIPE, env=environment, text=True
    ) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        print(SECRET if hidden_in == "mem" else "", file=one.stdin, flush=True)
        assert one.stdout.readline() == "ready\n"
        where = {hit.partition(":")[0] for hit in found(process(one.pid, memory=True), [SECRET])}

    assert f"/proc/{one.pid}/{hidden_in}" in where
    assert where <= {f"/proc/{one.pid}/{name}" for name in (hidden_in, "mem")}
