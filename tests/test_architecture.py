"""Who may import what: the rules of docs/architecture.md that the layers in pyproject.toml cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "appliance"
PURE = ("car", "campaign", "procedure", "power")
IMPURE = {
    "asyncio",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "select",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}
# Library → the places that may know it. The bench is the other end of the bus and has a page of its own.
OWNERS = {
    "can": ("bus", "bench", "wiring.py"),
    "isotp": ("bus", "bench"),
    "gpiozero": ("board",),
    "smbus2": ("board",),
    "sdnotify": ("board",),
    "flask": ("page", "bench"),
    "waitress": ("page",),
    "sqlite3": ("engine",),
    "typer": ("cli",),
    "rich": ("commands",),
    "udsoncan": ("procedure",),
    "tuf": ("firmware",),
    "securesystemslib": ("firmware",),
    "bincopy": ("firmware",),
    "odxtools": ("firmware",),
    "rfc8785": ("engine",),
    "cryptography": ("engine", "firmware"),
    "cattrs": ("values.py", "toml_file.py"),
    "time": ("clock.py",),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def test_the_layers_of_the_house_are_kept() -> None:
    """import-linter holds who may import whom inside the package."""
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("folder", PURE)
def test_pure_folders_know_nothing_of_the_machine(folder: str) -> None:
    """No clock, thread, socket, environment, chance or log where only values are computed."""
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (PACKAGE / folder).rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in IMPURE
    }
    assert found == set()


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_a_library_is_known_only_where_its_adapter_is(library: str) -> None:
    """So that it can be replaced, and so that its types travel no further."""
    found = {
        f"{path.relative_to(ROOT)}"
        for path in modules()
        for name in imported(path)
        if name.split(".")[0] == library and place(path) not in OWNERS[library]
    }
    assert found == set()


def test_the_bench_reads_the_standard_for_itself() -> None:
    """Control units and referee must not share a mistake with the procedures they judge."""
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (PACKAGE / "bench").rglob("*.py")
        for name in imported(path)
        if name.startswith("appliance.procedure")
    }
    assert found == set()


def test_procedures_never_yield_inside_finally() -> None:
    """A closed generator would raise there; cleaning up is `restore`, a procedure of its own."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (PACKAGE / "procedure").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Try) and node.finalbody
    ]
    assert found == []


def test_nobody_sleeps_but_the_clock() -> None:
    """Every wait has a name, a bound and a pulse: it is the runner's."""
    found = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name != "clock.py" and "time.sleep" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_no_exception_is_swallowed() -> None:
    """A handler does something different about it, or it is not caught."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(part, ast.Pass) for part in node.body)
    ]
    assert found == []


def test_starting_the_flasher_imports_no_page_and_no_command_line_library_it_does_not_need() -> None:
    """The flasher must be up within a second on a Pi; Flask is the page's."""
    code = "import sys, appliance.commands.service; print(*[m for m in ('flask', 'waitress') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
