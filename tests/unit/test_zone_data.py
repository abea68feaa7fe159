"""Time zones come from the locked package, whatever the machine has or its environment says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tzdata

SAY = """
from scheduler.cli import main
from datetime import datetime
from scheduler.customer import Customer
known = Customer(id="a", name="A", timezone="Europe/Berlin", vault_path="a")
print(datetime(2026, 7, 1, 12, tzinfo=known.zone).utcoffset())
try:
    Customer(id="a", name="A", timezone="Local/Only", vault_path="a")
except ValueError:
    print("unknown")
"""


@pytest.fixture
def own_zones(tmp_path: Path) -> Path:
    """Zones as another machine may have them: Berlin is in another place, and one is nowhere else."""
    for name in ("Europe/Berlin", "Local/Only"):
        file = tmp_path / name
        file.parent.mkdir()
        package = Path(tzdata.__file__ or "").parent
        file.write_bytes((package / "zoneinfo" / "Asia" / "Tokyo").read_bytes())
    return tmp_path


def test_another_machine_has_the_same_zones(own_zones: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONTZPATH": str(own_zones)}
    done = subprocess.run(
        [sys.executable, "-c", SAY], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["2:00:00", "unknown"]
