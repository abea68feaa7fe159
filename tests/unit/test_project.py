"""The project's own promises: locks, versions, the wheel, and rules that no linter knows."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
BUILD = PYPROJECT["build-system"]["requires"]
LOCKS = ROOT / "requirements"
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)*.*)", re.MULTILINE)

NOT_OURS_TO_NAME = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](com|org)|[a-z][.]debian[.]org"  # a mirror may stand in for these
    r"|(?<![\w.])/(work|farm)/"
    r"|shared/(DESIGN|facts)|DEVELOPERS[.]md"
)


def pins(lock: str) -> dict[str, Version]:
    text = (LOCKS / f"{lock}.txt").read_text()
    return {match["name"]: Version(match["version"]) for match in PIN.finditer(text)}


def project_files() -> Iterator[Path]:
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]
    for path in ROOT.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        yield from (
            file for file in (path, *path.rglob("*")) if file.is_file() and file.parent.name != "__pycache__"
        )


def python_nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for folder in folders:
        path = ROOT / folder
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield from ((file.relative_to(ROOT), node) for node in ast.walk(ast.parse(file.read_text())))


def imported(node: ast.AST) -> set[str]:
    match node:
        case ast.Import(names):
            return {alias.name.partition(".")[0] for alias in names}
        case ast.ImportFrom(module=str(module), level=0):
            return {module.partition(".")[0]}
        case _:
            return set()


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("build", BUILD),
        ("demo", [*PROJECT["dependencies"], *EXTRAS["demo"]]),
        ("image", [*PROJECT["dependencies"], *EXTRAS["distributed"]]),
        ("dev", [*BUILD, *PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]),
    ],
)
def test_a_lock_satisfies_what_the_project_requires(lock: str, requirements: list[str]) -> None:
    locked = pins(lock)
    wanted = [Requirement(line) for line in requirements]

    unmet = [
        str(want) for want in wanted if not (want.name in locked and locked[want.name] in want.specifier)
    ]

    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("lock", ["build", "demo", "image"])
def test_a_lock_agrees_with_the_one_that_is_tested(lock: str) -> None:
    assert pins(lock).items() <= pins("dev").items()


@pytest.mark.parametrize("lock", ["build", "demo", "image", "dev"])
def test_a_lock_has_hashes_and_no_addresses(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text()

    assert pins(lock)
    assert [m["name"] for m in PIN.finditer(text) if "--hash=sha256:" not in m["rest"]] == []
    assert "://" not in text


def test_everything_imported_is_in_the_locks_that_users_get() -> None:
    homes = packages_distributions()
    given = pins("demo").keys() | pins("image").keys()

    missing = {
        f"{file}: {name}"
        for file, node in python_nodes("feeds", "scheduler")
        for name in imported(node) - sys.stdlib_module_names - {"feeds", "scheduler"}
        if not given & {canonicalize_name(home) for home in homes.get(name, [])}
    }

    assert missing == set(), "declare it in pyproject.toml, then run `make lock`"


def test_the_changelog_is_headed_by_the_version() -> None:
    headings = re.findall(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == PROJECT["version"]


def test_no_file_names_a_registry_or_a_workplace() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in project_files()
        if "data" not in file.relative_to(ROOT).parts
        for match in NOT_OURS_TO_NAME.finditer(file.read_text(errors="ignore"))
    ]

    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(file)
        for file, node in python_nodes("feeds", "scheduler")
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv", "environb"}
            and ast.unparse(node.value) == "os"
        )
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and "env" in ast.unparse(node))
    }

    assert readers == {"scheduler/settings.py", "scheduler/hardening.py"}, (
        "the latter only takes something out"
    )


def test_pure_code_reads_no_clock() -> None:
    pure = (
        "scheduler/rules",
        "scheduler/customer.py",
        "scheduler/lifecycle.py",
        "scheduler/model.py",
        "scheduler/values.py",
    )
    clocks = [
        f"{file}:{node.lineno}: {ast.unparse(node)}"
        for file, node in python_nodes(*pure)
        if isinstance(node, ast.Attribute)
        and re.search(r"(^|\.)(datetime|date)\.(now|utcnow|today)$", ast.unparse(node))
    ]

    assert clocks == []


def test_every_make_target_has_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony

    assert set(phony[1].split()) == set(re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE))


def test_make_says_in_one_line_that_python_is_missing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(LOCKS, tmp_path / "requirements")

    made = subprocess.run(
        ["make", "demo", "PYTHON=/bin/false"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},  # nothing of the make that runs the tests
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 2
    assert made.stdout == ""
    assert "no Python 3.11 or newer with venv and pip among: /bin/false" in made.stderr
    assert made.stderr.count("\n") == 1


def test_the_wheel_carries_every_file_of_the_packages(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")

    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    files = {file.relative_to(ROOT) for file in project_files()}
    assert packed == {str(file) for file in files if file.parts[0] in {"feeds", "scheduler"}}


@pytest.mark.parametrize(
    ("reason", "passes"),
    [("no browser", False), ("needs corpus: no such folder", True)],
    ids=["any", "forced"],
)
def test_a_skip_fails_a_run_that_allows_none(tmp_path: Path, reason: str, passes: bool) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(f"import pytest\ndef test_it(): pytest.skip({reason!r})\n")
    pytest_here = [
        sys.executable,
        "-m",
        "pytest",
        "--rootdir",
        str(tmp_path),
        "-c",
        "/dev/null",
        "--no-skips",
    ]

    run = subprocess.run(pytest_here, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (run.returncode == 0) is passes, run.stdout
    assert (f"test_it.py::test_it: {reason}" in run.stdout) is not passes
