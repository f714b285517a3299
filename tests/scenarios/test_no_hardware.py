"""On a machine that is no Raspberry Pi: every missing part is named, and nothing pretends to work."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from tests.scenarios.kl30 import kl30

NO_CAN = Path("/sys/class/net/can0")
NO_I2C = Path("/dev/i2c-1")

pytestmark = pytest.mark.skipif(NO_CAN.exists() or NO_I2C.exists(), reason="this machine has a CAN or I²C interface")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings with a cache that is in order, so that only the hardware is missing."""
    fill_bench_cache(tmp_path / "cache")
    path = tmp_path / "kl30.toml"
    path.write_text('cache = "cache"\ndata = "data"\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["identify", "plan"])
def test_reading_a_car_without_a_can_interface_names_it(command: str, settings: Path) -> None:
    said = kl30(command, "--config", settings, cwd=settings.parent)
    assert said.code == 1
    assert said.complaint.startswith("socketcan can0: the CAN interface cannot be opened")
    assert "→ check that the CAN HAT is fitted and the interface is up" in said.complaint


def test_the_flasher_without_its_board_ends_with_the_missing_part(settings: Path) -> None:
    """A CAN interface alone it would wait for (tests/engine/test_unable.py)."""
    said = kl30("run", "--config", settings, cwd=settings.parent)
    assert said.code == 1
    assert said.complaint.startswith("I²C bus 1: cannot be opened")
    assert not (settings.parent / "data" / "journal.sqlite").exists(), "no run was begun"


def test_the_selftest_names_every_missing_part_and_what_is_fit(settings: Path) -> None:
    said = kl30("selftest", "--config", settings, cwd=settings.parent)
    fit = _fitness(said.out)
    assert said.code == 1
    assert {name for name, answer in fit.items() if answer == "NO"} == {
        "CAN interface",
        "voltage monitor",
        "buttons and LEDs",
    }
    assert fit["firmware cache"] == "yes"


def test_the_selftest_finds_an_altered_image(settings: Path) -> None:
    image = max((settings.parent / "cache" / "pool").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(image.read_bytes())
    content[1000] ^= 0x01
    image.write_bytes(content)
    said = kl30("selftest", "--config", settings, cwd=settings.parent)
    assert _fitness(said.out)["firmware cache"] == "NO"
    assert "altered" in said.out


def test_the_selftest_finds_an_empty_cache(tmp_path: Path) -> None:
    """`kl30 run` would refuse to start with it."""
    said = kl30("selftest", cwd=tmp_path)
    assert _fitness(said.out)["firmware cache"] == "NO"


def test_the_selftest_prints_a_path_with_brackets_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "cache[" / "b]"
    folder.mkdir(parents=True)
    (folder / "current").symlink_to("elsewhere")
    (tmp_path / "kl30.toml").write_text('cache = "cache[/b]"\n', encoding="utf-8")
    said = kl30("selftest", "--config", "kl30.toml", cwd=tmp_path)
    assert (said.code, said.err) == (1, "")
    assert "cache[/b]/current" in said.out


def _fitness(table: str) -> dict[str, str]:
    """Check → `yes` or `NO`, from the table."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in table.splitlines() if "│" in line]
    return {name: answer for name, answer, *_ in rows if name}
