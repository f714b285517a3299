"""One owner of the data folder and of the CAN interface, with real processes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.bus.owned import OwnedTransport
from appliance.bus.transport import TransportEvent
from appliance.clock import RealClock, VirtualClock
from appliance.engine.owner import LOCK_FILE, DataLock, InterfaceLock, who
from appliance.errors import JournalError, LinkError, UsageError
from tests.scenarios.kl30 import KL30, fast_bench, kl30

CHANNEL = f"kl30-test-{os.getpid()}"  # an interface of this test process alone: several run at the same time
SINCE = r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ min \d+ s\)"

_OWNS = """
import sys
from pathlib import Path
from appliance.clock import RealClock
from appliance.engine.owner import DataLock, InterfaceLock
what, name = sys.argv[1:]
lock = DataLock(Path(name)) if what == "folder" else InterfaceLock("virtual", name, RealClock())
print("mine", flush=True)
sys.stdin.read()
"""


@contextmanager
def owner(what: str, name: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns it."""
    words = [sys.executable, "-c", _OWNS, what, str(name)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of an appliance on an interface that this machine has: python-can's own, without anybody on it."""
    fill_bench_cache(tmp_path / "cache")
    path = tmp_path / "kl30.toml"
    path.write_text(
        f'cache = "cache"\ndata = "data"\n[can]\ninterface = "virtual"\nchannel = "{CHANNEL}"\n', encoding="utf-8"
    )
    return path


# -- the data folder


def test_a_second_process_on_the_folder_is_told_who_has_it_and_since_when(tmp_path: Path) -> None:
    with owner("folder", tmp_path) as first, pytest.raises(UsageError) as refused:
        DataLock(tmp_path)
    assert re.fullmatch(
        rf"another KL30 process works on this data folder: process {first.pid} \(-c .*\), {SINCE}", refused.value.what
    )
    assert refused.value.where == str(tmp_path)
    assert refused.value.do


def test_the_folder_of_a_killed_process_is_free_and_its_name_is_not_told_any_more(tmp_path: Path) -> None:
    with owner("folder", tmp_path) as first:
        first.kill()
        first.wait()
        lock = DataLock(tmp_path)
    assert (tmp_path / LOCK_FILE).read_text(encoding="ascii") == f"{os.getpid()}\n"
    lock.release()


def test_a_folder_given_back_is_free(tmp_path: Path) -> None:
    DataLock(tmp_path).release()
    DataLock(tmp_path).release()


def test_deleting_the_lock_file_by_hand_unlocks_nothing(tmp_path: Path) -> None:
    with owner("folder", tmp_path) as first:
        (tmp_path / LOCK_FILE).unlink()
        with pytest.raises(UsageError, match="which one is not known"):
            DataLock(tmp_path)
        assert first.poll() is None


def test_another_path_to_the_folder_is_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with owner("folder", tmp_path / "data"), pytest.raises(UsageError):
        DataLock(tmp_path / "link")


def test_what_a_dead_owner_had_started_holds_nothing(tmp_path: Path) -> None:
    starts = _OWNS.replace("sys.stdin.read()", "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)")
    words = [sys.executable, "-W", "ignore", "-c", starts, "folder", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as dead:
        assert dead.stdout is not None
        assert dead.stdout.readline() == "mine\n"
        child = int(dead.stdout.readline())
    try:
        os.kill(child, 0)  # it lives
        DataLock(tmp_path).release()
    finally:
        os.kill(child, 9)


def test_two_folders_are_two_appliances(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path / "a"), DataLock(tmp_path / "b")
    first.release()
    second.release()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError) as refused:
        DataLock(tmp_path / "file" / "data")
    assert refused.value.where.endswith(f"file{os.sep}data")
    assert refused.value.do


def test_a_lock_file_that_cannot_be_written_keeps_nobody_from_work(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    lock = DataLock(tmp_path)
    assert lock.unnamed
    with pytest.raises(UsageError, match="which one is not known"):
        DataLock(tmp_path)
    lock.release()


# -- the CAN interface


def test_a_second_process_on_the_interface_is_told_who_has_it_and_since_when() -> None:
    with owner("interface", CHANNEL) as first, pytest.raises(UsageError) as refused:
        InterfaceLock("virtual", CHANNEL, RealClock())
    assert re.fullmatch(
        rf"another KL30 process has this CAN interface: process {first.pid} \(-c .*\), {SINCE}", refused.value.what
    )
    assert refused.value.where == f"virtual {CHANNEL}"
    assert "never while it programs" in refused.value.do


def test_the_interface_of_a_killed_process_is_free() -> None:
    with owner("interface", CHANNEL) as first:
        first.kill()
        first.wait()
        InterfaceLock("virtual", CHANNEL, RealClock()).release()


def test_who_was_refused_a_hundred_times_is_still_told_by_whom() -> None:
    with owner("interface", CHANNEL) as first:
        for _ in range(200):
            with pytest.raises(UsageError, match=f"process {first.pid} "):
                InterfaceLock("virtual", CHANNEL, RealClock())


def test_two_interfaces_have_two_owners() -> None:
    first, second = (InterfaceLock("virtual", f"{CHANNEL}-{number}", RealClock()) for number in (0, 1))
    first.release()
    second.release()


def test_an_interface_whose_name_is_too_long_is_named() -> None:
    with pytest.raises(LinkError, match="cannot be kept for one process"):
        InterfaceLock("virtual", "x" * 200, RealClock())


class Broken:
    """A transport that cannot even be closed."""

    def send(self, address: int, payload: bytes) -> None: ...

    def poll(self, until_s: float) -> list[TransportEvent]:
        return []

    def abandon(self, address: int) -> None: ...

    def receiving(self, address: int | None) -> bool:
        return False

    def close(self) -> None:
        raise LinkError("it is gone")


def test_the_interface_is_given_back_even_if_closing_it_fails() -> None:
    transport = OwnedTransport(Broken(), InterfaceLock("virtual", CHANNEL, RealClock()).release)
    with pytest.raises(LinkError, match="it is gone"):
        transport.close()
    InterfaceLock("virtual", CHANNEL, RealClock()).release()


# -- who it is


def test_a_process_that_has_ended_is_told_by_its_number() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert who(ended.pid, VirtualClock()) == f"process {ended.pid}"


def test_a_command_line_cannot_write_on_the_terminal() -> None:
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", "\x1b[31m\n" + "x" * 200]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        told = who(process.pid, RealClock())
        process.kill()
    assert told.isprintable()
    assert len(told) < 170


# -- commands


def test_the_flasher_is_refused_on_an_owned_folder_before_it_touches_anything(settings: Path) -> None:
    with owner("folder", settings.parent / "data") as first:
        said = kl30("run", "--config", settings, cwd=settings.parent)
    assert said.code == 2
    assert f"another KL30 process works on this data folder: process {first.pid} " in said.complaint
    assert sorted(path.name for path in (settings.parent / "data").iterdir()) == [LOCK_FILE]


def test_the_flasher_is_refused_on_an_owned_interface_before_it_opens_the_journal(settings: Path) -> None:
    with owner("interface", CHANNEL) as first:
        said = kl30("run", "--config", settings, cwd=settings.parent)
    assert said.code == 2
    assert f"another KL30 process has this CAN interface: process {first.pid} " in said.complaint
    assert sorted(path.name for path in (settings.parent / "data").iterdir()) == [LOCK_FILE]


@pytest.mark.parametrize("command", ["identify", "plan"])
def test_reading_a_real_car_is_refused_while_another_process_has_the_interface(command: str, settings: Path) -> None:
    with owner("interface", CHANNEL) as first:
        said = kl30(command, "--config", settings, cwd=settings.parent)
    assert said.code == 2
    assert f"process {first.pid} " in said.complaint
    assert not (settings.parent / "data").exists(), "nothing was recorded either"


def test_who_reads_a_real_car_has_its_interface_until_it_has_finished(settings: Path) -> None:
    words = [str(KL30), "identify", "--config", str(settings)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as first:
        while first.poll() is None and not is_owned():
            RealClock().sleep_until(RealClock().now_s() + 0.02)
        with pytest.raises(UsageError, match=rf"process {first.pid} \(kl30 identify --config "):
            InterfaceLock("virtual", CHANNEL, RealClock())
        first.communicate(timeout=60)
    assert not is_owned()


def is_owned() -> bool:
    """Whether somebody has the interface; without asking for it, which would keep others from it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        return asking.connect_ex(f"\0kl30/can/virtual/{CHANNEL}") == 0


def test_the_selftest_says_who_has_the_interface(settings: Path) -> None:
    with owner("interface", CHANNEL):
        said = kl30("selftest", "--config", settings, cwd=settings.parent)
    assert said.code == 1
    assert "another KL30 process has this CAN" in re.sub(r"[│\s]+", " ", said.out)


def test_reading_a_recording_is_nobodys_business(settings: Path) -> None:
    log = settings.parent / "car.log"
    log.write_text("", encoding="ascii")
    with owner("interface", CHANNEL), owner("folder", settings.parent / "data"):
        said = kl30("identify", "--config", settings, "--car", log, cwd=settings.parent)
    assert said.complaint.startswith(f"{log}: "), "it is the recording that is judged"
    assert "another KL30 process" not in said.complaint


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a run in it that has ended."""
    data = tmp_path_factory.mktemp("finished") / "data"
    assert fast_bench(data, scenario="already-current").code == 0
    return data


def test_reports_are_read_while_another_process_works(finished: Path) -> None:
    with owner("folder", finished):
        listed = kl30("report", "list", "--data", finished, cwd=finished.parent)
        assert listed.code == 0
        run = re.search(r"\d{8}-\d{6}-\d+", listed.out)
        assert run
        assert kl30("report", "show", run[0], "--data", finished, cwd=finished.parent).json["run"] == run[0]


def test_a_refused_bench_leaves_the_folder_as_it_was(finished: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    with owner("folder", data):
        before = _contents(data)
        assert fast_bench(data).code == 2
        assert _contents(data) == before


def _contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
