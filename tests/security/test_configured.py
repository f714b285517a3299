"""From configuration and campaign to a provider in a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.campaign.eligibility import Affected
from appliance.campaign.plan import make_plan
from appliance.car.integration_level import parse_level
from appliance.car.vehicle import Vehicle
from appliance.car.vin import Vin
from appliance.clock import VirtualClock
from appliance.config import SecurityConfig, load_config
from appliance.engine.jobs import make_job
from appliance.errors import ConfigError, ImageError
from appliance.procedure.job import Job, SecurityProvider
from appliance.security.external import External
from tests.campaign.cars import OLD, VIN, bulletin, dme
from tests.test_docs import rows, section, text_of


def written(folder: Path, text: str) -> Path:
    path = folder / "kl30.toml"
    path.write_text(f"[security]\n{text}\n", encoding="utf-8")
    return path


def test_a_program_with_its_arguments_is_read(tmp_path: Path) -> None:
    text = 'program = ["/srv/keys/sign", "--slot", "3"]\ntimeout_s = 12\nkey_bytes = [68, 132]'
    expected = SecurityConfig(("/srv/keys/sign", "--slot", "3"), None, 12.0, (68, 132))
    assert load_config(written(tmp_path, text)).security == expected


def test_a_socket_is_read(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, 'socket = "/run/kl30-key/sock"')).security.socket == Path("/run/kl30-key/sock")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('program = ["sign"]', "kl30.toml:2: security.program: ('sign',) is not allowed. → use an absolute path"),
        ('program = ["/srv/sign", "a\\u0000b"]', "kl30.toml:2: security.program: "),
        ('program = "/srv/sign"', "kl30.toml:2: security.program: expected a list in brackets"),
        ('program = ["/srv/sign"]\nsocket = "/run/s"', "kl30.toml:3: security.socket: '/run/s' is not allowed."),
        ('socket = "/run/a\\u0000b"', "kl30.toml:2: security.socket: "),
        ("timeout_s = 0.1", "kl30.toml:2: security.timeout_s: 0.1 is not allowed. → use 0.5 to 120"),
        ("timeout_s = 121", "kl30.toml:2: security.timeout_s: 121.0 is not allowed. → use 0.5 to 120"),
        ("timeout_s = nan", "kl30.toml:2: security.timeout_s: nan is not allowed. → use 0.5 to 120"),
        ("key_bytes = [0]", "kl30.toml:2: security.key_bytes: (0,) is not allowed. → use lengths from 1 to 4093"),
        ('url = "https://keys.example"', "kl30.toml:2: security.url: unknown key."),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(written(tmp_path, text))
    assert str(refused.value).startswith(f"{tmp_path}/{said}")


def test_the_arguments_of_a_program_are_not_repeated(tmp_path: Path) -> None:
    """One of them may be a password."""
    with pytest.raises(ConfigError) as refused:
        load_config(written(tmp_path, 'program = ["sign", "--pin", "4711"]'))
    assert "4711" not in str(refused.value)


TRUE = SecurityConfig(program=("/bin/true",))


def job(security: str, providers: Mapping[str, SecurityProvider], vin: str | None = VIN) -> Job:
    """The DME's, whose campaign asks for this provider."""
    plan = make_plan(bulletin(), Affected("behind", parse_level("F056-17-03-502")), (dme(*OLD),), vin=vin or "unknown")
    unit = replace(plan.units[0], security=security)
    vehicle = Vehicle(Vin(vin) if vin else None, units=(dme(*OLD),))
    today = datetime(2017, 6, 1, tzinfo=UTC)
    return make_job(plan, unit, vehicle, lambda block: bytes(block.length), providers, today)


def test_what_stands_behind_the_name_in_the_campaign_is_for_the_provider() -> None:
    provider = External(TRUE, VirtualClock())
    made = job("external:edc17 v2:b", {"external": provider})
    assert (made.security, made.security_variant, made.vin) == (provider, "edc17 v2:b", VIN)


def test_without_either_a_provider_is_told_neither_variant_nor_vin() -> None:
    made = job("external", {"external": External(TRUE, VirtualClock())}, vin=None)
    assert (made.security_variant, made.vin) == ("", "")


def test_external_without_configuration_says_where_to_write_it() -> None:
    with pytest.raises(ImageError, match="no SecurityAccess provider named 'external' is installed") as refused:
        job("external:edc17", {})
    assert "[security]" in refused.value.do


@pytest.mark.parametrize(
    ("config", "trouble"),
    [
        (SecurityConfig(program=("/nowhere/sign", "--pin", "4711")), "there is no program /nowhere/sign that may be"),
        (SecurityConfig(socket=Path("/nowhere/sock")), "there is no socket /nowhere/sock"),
    ],
)
def test_an_external_provider_that_is_not_there_is_refused_before_contact(config: SecurityConfig, trouble: str) -> None:
    with pytest.raises(ImageError, match=trouble) as refused:
        job("external", {"external": External(config, VirtualClock())})
    assert refused.value.where == "DME 0x12"
    assert "4711" not in str(refused.value)


def test_the_document_lists_every_key_and_no_other() -> None:
    table = section(text_of("docs/security-access.md"), "`[security]` of the configuration")
    assert [row[0].strip("`") for row in rows(table)] == [field.name for field in fields(SecurityConfig)]


def test_the_document_tells_the_default_limit() -> None:
    table = section(text_of("docs/security-access.md"), "`[security]` of the configuration")
    told = {row[0].strip("`"): row[1] for row in rows(table)}
    assert float(told["timeout_s"]) == SecurityConfig().timeout_s
