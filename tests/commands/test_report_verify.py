"""`kl30 report verify`: three answers, in words and as exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.cli import app
from appliance.clock import VirtualClock
from appliance.commands.report_verify import verify_report
from appliance.engine.device_key import DeviceKey
from appliance.engine.known_devices import trusted_devices
from appliance.engine.printed import printed
from appliance.engine.report import Report
from appliance.errors import UsageError
from appliance.values import from_json
from tests.engine.signed import made


@pytest.fixture(params=["json", "html"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"report.{request.param}"
    path.write_bytes(made().json if request.param == "json" else made().page)
    return path


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    path = tmp_path / "devices.txt"
    path.write_text(f"# north\n\n{made().public.fingerprint}\tappliance 1, bay 3\n", encoding="utf-8")
    return path


def test_a_genuine_report_of_a_trusted_device_is_named_with_its_name(
    report: Path, devices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_report(report, (), devices) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"genuine: signed by the device {made().public.fingerprint} (appliance 1, bay 3)\n")
    assert f"report {made().run.id}: programmed, VIN {made().run.vin}" in said


def test_it_is_said_what_a_signature_does_not_show(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify_report(report, (), None)
    assert "it does not show that the appliance told the truth" in capsys.readouterr().out


def test_with_nobody_to_trust_the_fingerprint_is_to_be_compared(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_report(report, (), None) == 0
    assert "compare the fingerprint" in capsys.readouterr().out


@pytest.mark.parametrize("typed", [str.upper, lambda text: text.replace("-", "")])
def test_a_fingerprint_may_be_typed(report: Path, typed: object) -> None:
    assert callable(typed)
    assert verify_report(report, (typed(made().public.fingerprint),), None) == 0


def test_another_device_is_unknown(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_report(report, ("0123 4567 89ab cdef 0123 4567 89ab cdef",), None) == 3
    assert capsys.readouterr().out.startswith(f"unknown device: {made().public.fingerprint}\n")


def test_a_report_signed_by_somebody_else_is_of_an_unknown_device(tmp_path: Path, devices: Path) -> None:
    forged = printed(from_json(made().json.decode(), Report), DeviceKey(tmp_path / "forger", VirtualClock()))
    (tmp_path / "forged.json").write_text(forged.json, encoding="utf-8")
    assert verify_report(tmp_path / "forged.json", (), devices) == 3


def test_an_empty_list_trusts_nobody(report: Path, tmp_path: Path) -> None:
    (tmp_path / "nobody.txt").touch()
    assert verify_report(report, (), tmp_path / "nobody.txt") == 3


def test_an_altered_report_is_named_with_what_does_not_fit(
    report: Path, devices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = report.read_bytes()
    report.write_bytes(content.replace(b"12345", b"12346"))
    assert verify_report(report, (), devices) == 1
    said = capsys.readouterr().out
    assert said.startswith("altered: key '")
    assert "did not sign this" in said


@pytest.mark.parametrize("content", [b"", b"a shopping list", b"{}", b"\xff\xfe"])
def test_what_is_no_report_is_not_genuine(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert verify_report(tmp_path / "x.json", (), None) == 1


def test_a_file_that_is_not_there_is_a_mistake_of_the_command(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        verify_report(tmp_path / "missing.json", (), None)
    assert refused.value.where == str(tmp_path / "missing.json")


def test_a_line_that_is_no_fingerprint_is_named(tmp_path: Path) -> None:
    (tmp_path / "devices.txt").write_text("# ok\nappliance 1\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        trusted_devices((), tmp_path / "devices.txt")
    assert refused.value.where == f"{tmp_path / 'devices.txt'}:2"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "devices.txt").write_bytes(content)
    with pytest.raises(UsageError):
        trusted_devices((), tmp_path / "devices.txt")


def test_the_command_line_asks_for_nothing_but_the_file(report: Path) -> None:
    done = CliRunner().invoke(app, ["report", "verify", str(report), "--trust", made().public.fingerprint])
    assert (done.exit_code, done.output.splitlines()[0].split(":")[0]) == (0, "genuine")
