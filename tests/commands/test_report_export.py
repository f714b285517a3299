"""`kl30 report export`: what support needs, and nothing else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appliance.bus.candump import line_of
from appliance.bus.isotp import frames_of
from appliance.cli import app
from appliance.clock import VirtualClock
from appliance.commands.report_export import export_report
from appliance.config import CanConfig, Config
from appliance.engine.device_key import NAME as KEY
from appliance.engine.journal import Journal, Run
from appliance.engine.journal_file import NAME
from appliance.engine.owner import DataLock
from appliance.engine.verification import judge_file
from appliance.errors import BoardError, UsageError
from tests.engine.workshop import WorkshopBench

SERIAL = "3A12345"
SEED = bytes.fromhex("67 11 c0 ff ee 11 22 33 44 55")
VIN_ANSWER = b"\x62\xf1\x90WMWXM5C54G" + SERIAL.encode()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of one run, with recordings of its time and of another one."""
    folder = tmp_path_factory.mktemp("data")
    bench = WorkshopBench(folder)
    begun_s = bench.clock.wall().timestamp()
    bench.started()
    (folder / "recordings").mkdir()
    for number, at_s in ((1, begun_s - 86_400), (2, begun_s + 1)):
        frames = [data for payload in (SEED, VIN_ANSWER) for data in frames_of(0xF1, payload)]
        text = "".join(line_of(at_s, "can0", 0x612, data) for data in frames)
        (folder / "recordings" / f"can0-{number:06}.log").write_text(text, encoding="ascii")
    (folder / "recordings" / "can0-000003.log").write_text("a shopping list\n", encoding="ascii")
    return folder


@pytest.fixture
def config(data: Path) -> Iterator[Config]:
    """While an appliance is at work, so that no board is touched."""
    lock = DataLock(data)
    yield replace(Config(), data=data, can=CanConfig(interface="virtual", channel="export"))
    lock.release()


def run_in(config: Config) -> str:
    journal = Journal(config.data / NAME, VirtualClock())
    try:
        return journal.runs()[0].id
    finally:
        journal.close()


def bundle(config: Config, out: Path, *, redact: bool = False) -> dict[str, str]:
    assert export_report(config, run_in(config), out, redact=redact) == 0
    (path,) = out.iterdir()
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_a_bundle_holds_what_support_asks_for(config: Config, tmp_path: Path) -> None:
    files = bundle(config, tmp_path)
    assert sorted(files) == [
        "contents.txt",
        "journal.json",
        "recordings/can0-000002.log",
        "report.html",
        "report.json",
        "version.txt",
    ]
    assert files["version.txt"].startswith("KL30 ")


@pytest.mark.parametrize("redact", [False, True])
def test_the_reports_in_a_bundle_are_genuine(config: Config, tmp_path: Path, *, redact: bool) -> None:
    files = bundle(config, tmp_path, redact=redact)
    for name in ("report.json", "report.html"):
        judgement = judge_file(files[name].encode())
        assert (judgement.findings, judgement.redacted) == ((), redact)


def test_the_journal_holds_every_kind_of_row_of_the_run(config: Config, tmp_path: Path) -> None:
    plain = json.loads(bundle(config, tmp_path)["journal.json"])
    assert plain["run"]["verdict"] == "programmed"
    assert plain["run"]["report"] == ""
    assert {one["kind"] for one in plain["facts"]} >= {"DatablockBegun", "UnitProgrammed"}
    assert [one["moment"] for one in plain["observations"]] == ["before", "programmed", "after"]
    assert all(plain[key] for key in ("events", "samples", "lives"))


@pytest.mark.parametrize("redact", [False, True])
def test_nothing_secret_is_ever_in_it(config: Config, tmp_path: Path, *, redact: bool) -> None:
    files = bundle(config, tmp_path, redact=redact)
    everything = "\n".join(files.values())
    key = (config.data / KEY).read_text(encoding="ascii").splitlines()[2]
    assert key not in everything
    assert "PRIVATE" not in everything
    assert "C0FFEE" not in everything
    assert "6711" in everything  # that a seed was given is no secret


def test_a_redacted_bundle_names_no_vehicle(config: Config, tmp_path: Path) -> None:
    files = bundle(config, tmp_path, redact=True)
    assert [name for name, text in files.items() if SERIAL in text] == []
    coded = SERIAL.encode().hex()
    assert [name for name, text in files.items() if coded in text.lower()] == []
    assert "WMWXM5C54G*******" in files["report.json"]
    assert "F110146" in files["recordings/can0-000002.log"]
    assert "F12234470000" in files["recordings/can0-000002.log"]


def test_a_bundle_that_is_not_redacted_says_that_it_names_the_vehicle(config: Config, tmp_path: Path) -> None:
    files = bundle(config, tmp_path)
    assert "Not redacted: it names the vehicle" in files["contents.txt"]
    assert "F1223447334131".lower() in files["recordings/can0-000002.log"].lower()


def test_what_was_left_out_is_listed_with_its_reason(config: Config, tmp_path: Path) -> None:
    listed = bundle(config, tmp_path)["contents.txt"]
    assert "recordings/can0-000003.log: left out, " in listed
    assert "not a line of candump -L" in listed
    assert "selftest.txt: left out, " in listed
    assert "another KL30 process works on this data folder" in listed
    assert "can0-000001" not in listed


def test_while_nobody_is_at_work_the_self_test_is_in_it(data: Path, tmp_path: Path) -> None:
    config = replace(Config(), data=data, can=CanConfig(interface="virtual", channel="export"))
    files = bundle(config, tmp_path)
    assert "CAN interface: fit: virtual export" in files["selftest.txt"]
    assert "device key: fit: fingerprint " in files["selftest.txt"]


def test_a_run_without_a_report_is_exported_as_far_as_it_came(tmp_path: Path) -> None:
    journal = Journal(tmp_path / NAME, VirtualClock())
    journal.begin(Run("r-1", "c", "2017-06-01T09:00:00+00:00", "b"))
    journal.close()
    lock = DataLock(tmp_path)
    try:
        files = bundle(replace(Config(), data=tmp_path), tmp_path / "out", redact=True)
    finally:
        lock.release()
    assert "report.json: left out, the run has none yet" in files["contents.txt"]
    assert json.loads(files["journal.json"])["run"]["id"] == "r-1"


def test_a_run_nobody_knows_is_refused(config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run 'r-9'"):
        export_report(config, "r-9", tmp_path, redact=False)


def test_without_a_journal_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no journal yet"):
        export_report(replace(Config(), data=tmp_path), "r-1", tmp_path, redact=False)


def test_a_folder_that_takes_nothing_is_named(config: Config) -> None:
    with pytest.raises(BoardError, match="cannot be written") as refused:
        export_report(config, run_in(config), Path("/proc/self"), redact=False)
    assert refused.value.do


def test_the_command_line_says_where_the_bundle_is(config: Config, tmp_path: Path) -> None:
    command = ["report", "export", run_in(config), "--data", str(config.data), "--out", str(tmp_path), "--redact"]
    done = CliRunner().invoke(app, command)
    assert (done.exit_code, done.output) == (0, f"bundle: {tmp_path / f'kl30-{run_in(config)}-redacted.zip'}\n")
