"""The settings file is read whole or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config import Battery, Config, PageConfig, PowerConfig, load_config
from appliance.errors import ConfigError
from appliance.wiring import settings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kl30.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path: Path, text: str) -> str:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        settings(path)
    return str(raised.value).removeprefix(f"{tmp_path}/")


def test_without_a_file_the_defaults_hold() -> None:
    assert load_config(None) == Config()


def test_the_defaults_are_within_their_own_limits(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "")) == Config()


def test_what_the_file_says_replaces_the_default_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, '[power]\nbattery = "lfp"\nstart_v = 13.4\n[page]\nport = 80\n')
    expected = Config(power=PowerConfig(battery=Battery.LFP, start_v=13.4), page=PageConfig(port=80))
    assert load_config(path) == expected


def test_relative_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    config = load_config(
        written(tmp_path, 'data = "/var/lib/kl30"\ncache = "cache"\nopen_campaign_list = "open.txt"\n')
    )
    found = (config.data, config.cache, config.open_campaign_list)
    assert found == (Path("/var/lib/kl30"), tmp_path / "cache", tmp_path / "open.txt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[power]\nstart = 13.4", "kl30.toml:2: power.start: unknown key. → did you mean start_v?"),
        (
            '[power]\nbattery = "lead"\nhold_now_v = 9.0',
            "kl30.toml:3: power.hold_now_v: 9 V is below ISTA's error bound 9.95 V (battery lead).",
        ),
        ("[link]\nquiet_s = 1.0", "kl30.toml:2: link.quiet_s: 1.0 is not allowed. → use 5 to 60"),
        ("[link]\nround_trip_s = 2.0", "kl30.toml:2: link.round_trip_s: 2.0 is not allowed. → use 0.05 to 1"),
        (
            "[power]\nhold_v = 12.0",
            "kl30.toml:1: power.hold_now_v: 12.55 V must be below hold_v 12 V.",
        ),
        ("[power]\nrelease_v = nan", "kl30.toml:2: power.release_v: nan is no number."),
        (
            "[power]\nmax_age_s = 1",
            "kl30.toml:2: power.max_age_s: 1 s must be at least two samples (0.05 s) and at most 0.2 s.",
        ),
        (
            "[power]\nmedian = 4",
            "kl30.toml:2: power.median: 4 samples have no middle one. → choose an odd number, 1 or more",
        ),
        ("[board]\nina219_address = 0x50", "kl30.toml:2: board.ina219_address: 80 is not allowed. → use 0x40 to 0x4F"),
        ("[page]\nport = 0", "kl30.toml:2: page.port: 0 is not allowed. → use 1 to 65535"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text) == said


def test_a_config_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_config(tmp_path / "none.toml")
