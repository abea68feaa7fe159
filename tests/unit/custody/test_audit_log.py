"""Vault's audit log as it is found: plain or packed, cut off, of any store. Only what was given out counts."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.common import VaultLayout
from scheduler.custody.audit_log import NoAuditLog, VaultLog, read_logs
from scheduler.custody.audit_readings import Secrets

DATA = {"data": {"x_api_key": "hmac-sha256:1"}, "metadata": {"version": 3}}
DELETED = {"http_content_type": "hmac-sha256:2", "http_raw_body": "hmac-sha256:3", "http_status_code": 404}
EVENT: dict[str, Any] = {
    "time": "2026-11-22T13:57:22.607144391Z",
    "type": "response",
    "auth": {"display_name": "approle", "entity_id": "e-1", "accessor": "hmac-sha256:4"},
    "request": {
        "id": "r1",
        "operation": "read",
        "mount_point": "secret/",
        "namespace": {"id": "root"},
        "path": "secret/data/customers/acme",
        "remote_address": "10.0.0.7",
        "headers": {"x-firetime-for": ["p17/2"]},
    },
    "response": {"data": DATA},
}


def event(request: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {**EVENT, **changes, "request": {**EVENT["request"], **(request or {})}}


def secrets(namespace: str = "", **layout: Any) -> Secrets:
    found = VaultLayout(**layout)
    name = f"{found.mount}/customers/acme"
    return Secrets(found, namespace, "secret/ayrshare", {}, frozenset(), frozenset({name}))


def read(tmp_path: Path, *events: Any, of: Secrets | None = None) -> VaultLog:
    file = tmp_path / "audit.log"
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]
    file.write_bytes(b"\n".join(lines) + b"\n")
    return read_logs([file], of or secrets())


def test_a_reading_is_told_with_its_time_version_purpose_and_reader(tmp_path: Path) -> None:
    log = read(tmp_path, event(type="request"), EVENT)

    (one,) = log.reads.values()
    assert one.at == log.last_at == datetime(2026, 11, 22, 13, 57, 22, 607144, UTC)
    assert (one.request_id, one.secret, one.version) == ("r1", "secret/customers/acme", 3)
    assert (one.why, one.address, log.headers_since) == ("p17/2", "10.0.0.7", one.at)
    assert (one.by.name, one.by.identity) == ("approle", "e-1")
    assert log.lines == 2


@pytest.mark.parametrize(
    ("told", "reads", "refused", "not_there"),
    [
        (event(error="permission denied"), 0, 1, 0),
        (event(response={"mount_type": "kv"}), 0, 0, 1),
        (event(response={"data": DELETED}), 0, 0, 1),
        (event(response={"wrap_info": {"ttl": 60}}), 1, 0, 0),
        (event({"operation": "update"}), 0, 0, 0),
        (event({"path": "secret/data/customers/globex"}), 0, 0, 0),
        (event({"path": "secret/metadata/customers/acme"}), 0, 0, 0),
        (event({"namespace": {"id": "x", "path": "team/"}}), 0, 0, 0),
        ({"time": EVENT["time"], "type": "response"}, 0, 0, 0),
    ],
    ids=[
        "refused",
        "no such secret",
        "deleted",
        "wrapped",
        "written",
        "another",
        "metadata",
        "namespace",
        "bare",
    ],
)
def test_only_what_gives_a_watched_secret_out_is_a_reading(
    tmp_path: Path, told: dict[str, Any], reads: int, refused: int, not_there: int
) -> None:
    log = read(tmp_path, told)

    assert (len(log.reads), log.refused["p17/2"], log.not_there["p17/2"]) == (reads, refused, not_there)
    assert (log.lines, log.broken, log.cut_off) == (1, [], [])


@pytest.mark.parametrize(
    ("request_", "of"),
    [
        ({"mount_point": None}, secrets()),
        ({"mount_point": "kv/x/", "path": "kv/x/customers/acme"}, secrets(mount="kv/x", kv_version=1)),
        ({"mount_point": None, "path": "kv/customers/acme"}, secrets(mount="kv", kv_version=1)),
        ({"mount_point": "team/secret/", "namespace": {"path": "team/"}}, secrets("team")),
        ({"mount_point": "a/b/secret/", "namespace": {"path": "a/b/"}}, secrets("a/b")),
        ({"path": "secret/data/customers/acme/"}, secrets()),
    ],
    ids=["older log", "KV v1", "KV v1, older log", "namespace", "deep namespace", "slash"],
)
def test_a_secret_has_one_name_in_every_store(tmp_path: Path, request_: dict[str, Any], of: Secrets) -> None:
    (one,) = read(tmp_path, event(request_), of=of).reads.values()

    assert one.secret in of.watched


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (None, None),
        ({"X-Firetime-For": ["start"]}, "start"),
        ({"x-firetime-for": ["hmac-sha256:5"]}, None),
        ({"x-firetime-for": []}, None),
        ({"user-agent": ["p1/1"]}, None),
    ],
)
def test_the_header_counts_where_it_is_shown_in_clear(tmp_path: Path, headers: Any, why: str | None) -> None:
    log = read(tmp_path, event({"headers": headers}))

    assert log.reads["r1"].why == why
    assert log.headers_since == (None if why is None else log.first_at)


def test_several_files_are_read_packed_and_with_a_prefix(tmp_path: Path) -> None:
    older, newer = tmp_path / "audit.log.1.gz", tmp_path / "audit.log"
    older.write_bytes(gzip.compress(json.dumps(event({"id": "r0"}, time="2026-11-21T00:00:00Z")).encode()))
    newer.write_text(f"@cee: {json.dumps(EVENT)}\n\n")

    log = read_logs([newer, older], secrets())

    assert set(log.reads) == {"r0", "r1"}
    assert (log.first_at, log.lines) == (datetime(2026, 11, 21, tzinfo=UTC), 2)


def test_a_last_line_that_is_cut_off_is_told_and_others_are_a_problem(tmp_path: Path) -> None:
    whole = json.dumps(EVENT).encode()

    being_written = read(tmp_path, whole, whole[:200])
    assert (being_written.broken, len(being_written.cut_off)) == ([], 1)
    assert being_written.cut_off[0].endswith("audit.log: its last line (2) is cut off; it was being written")
    cut = read(tmp_path, b"what", whole[:200], whole)
    assert (len(cut.broken), cut.cut_off) == (1, [])
    assert cut.broken[0].endswith("audit.log: cannot be read: line 1, 2")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "has no line of an audit log"),
        (b"<xml/>\n", "has no line of an audit log"),
        (gzip.compress(json.dumps(EVENT).encode() * 99)[:50], "cannot be unpacked"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["empty", "another kind", "packed and cut off", "not packed", "not there"],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "audit.log"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NoAuditLog, match=told):
        read_logs([file], secrets())


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EVENT, *EVENT["request"]]), inner)
    ),
)


@settings(max_examples=30)
@given(st.data())
def test_nothing_in_a_line_makes_it_fall(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    request = {
        **EVENT["request"],
        **data.draw(st.dictionaries(st.sampled_from([*EVENT["request"]]), ANYTHING)),
    }
    changed = {**EVENT, "request": request, **data.draw(st.dictionaries(st.sampled_from([*EVENT]), ANYTHING))}
    file = tmp_path_factory.getbasetemp() / "any.log"
    file.write_text(json.dumps(changed) + "\n" + json.dumps(event({"id": "r9"})) + "\n")

    log = read_logs([file], secrets())

    assert "r9" in log.reads
    assert log.lines + len(log.broken) == 2
