"""Recordings of the bus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import can
import pytest

from appliance.bus.can_transport import CanTransport
from appliance.bus.candump import LoggedFrame, read_log
from appliance.bus.recording import Recorder
from appliance.clock import VirtualClock
from appliance.errors import UsageError
from tests.bus.virtual_time import VirtualTimeBus

BEGIN = datetime(2017, 6, 1, 9, 0, tzinfo=UTC)
REQUEST = bytes.fromhex("18 03 22 F1 90 00 00 00")


def recorder(folder: Path, max_bytes: int = 1_000_000, keep: int = 4) -> Recorder:
    return Recorder(folder, VirtualClock(wall=BEGIN), "can0", max_bytes, keep)


def written(made: Recorder) -> str:
    made.close()
    return "".join(path.read_text(encoding="ascii") for path in made.files())


def test_a_frame_is_one_line_of_candump(tmp_path: Path) -> None:
    made = recorder(tmp_path)
    made.frame(0x6F1, REQUEST)
    assert written(made) == "(1496307600.000000) can0 6F1#180322F190000000\n"


def test_lines_carry_the_wall_time_of_the_beginning_plus_what_has_passed(tmp_path: Path) -> None:
    clock = VirtualClock(start_s=100.0, wall=BEGIN)
    made = Recorder(tmp_path, clock, "can0", 1_000_000, 4)
    clock.sleep_until(102.5)
    made.frame(0x618, b"\xf1\x02\x50\x03")
    assert written(made).startswith("(1496307602.500000)")


def test_remembering_does_not_touch_the_disk(tmp_path: Path) -> None:
    made = recorder(tmp_path / "recordings")
    for _ in range(1000):
        made.frame(0x6F1, REQUEST)
    assert not (tmp_path / "recordings").exists()


def test_writing_goes_in_small_portions(tmp_path: Path) -> None:
    made = recorder(tmp_path)
    for _ in range(600):
        made.frame(0x6F1, REQUEST)
    assert [made.write_some() for _ in range(4)] == [True, True, False, False]
    made.close()


def test_nothing_remembered_grows_without_bound(tmp_path: Path) -> None:
    made = recorder(tmp_path)
    for _ in range(20_000):
        made.frame(0x6F1, REQUEST)
    assert made.files()
    made.close()


def test_every_frame_is_written_in_order(tmp_path: Path) -> None:
    made = recorder(tmp_path, max_bytes=5_000, keep=100)
    for at in range(2000):
        made.frame(0x600 + at % 256, at.to_bytes(8, "big"))
    made.close()
    frames = [frame for path in made.files() for frame in read_log(path)]
    assert [int.from_bytes(frame.data, "big") for frame in frames] == list(range(2000))


def test_old_recordings_make_room(tmp_path: Path) -> None:
    made = recorder(tmp_path, max_bytes=100, keep=3)
    for _ in range(10):
        made.frame(0x6F1, REQUEST)
        made.frame(0x6F1, REQUEST)
        made.frame(0x6F1, REQUEST)
        made.write_some()
    assert [path.name for path in made.files()] == ["can0-000008.log", "can0-000009.log", "can0-000010.log"]


def test_a_new_recorder_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        made = recorder(tmp_path)
        made.frame(0x6F1, REQUEST)
        made.close()
    assert [path.name for path in made.files()] == ["can0-000001.log", "can0-000002.log"]


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "can0-notes.log").write_text("mine", encoding="ascii")
    made = recorder(tmp_path, max_bytes=1, keep=1)
    for _ in range(3):
        made.frame(0x6F1, REQUEST)
        made.write_some()
    assert (tmp_path / "can0-notes.log").exists()
    assert len(made.files()) == 1


def test_a_disk_that_cannot_be_written_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    made = recorder(tmp_path / "file" / "folder")
    made.frame(0x6F1, REQUEST)
    assert made.write_some() is False
    assert made.stopped.startswith("the recording stopped: ")
    made.frame(0x6F1, REQUEST)
    made.close()


def test_the_transport_records_both_directions(tmp_path: Path) -> None:
    clock = VirtualClock(wall=BEGIN)
    bus = VirtualTimeBus(clock)
    made = Recorder(tmp_path, clock, "can0", 1_000_000, 4)
    transport = CanTransport(bus, clock, made)
    units = bus.other_end()
    transport.send(0x18, b"\x3e\x00")
    transport.poll(0.1)
    units.send(can.Message(arbitration_id=0x618, is_extended_id=False, data=b"\xf1\x02\x7e\x00\xaa\xaa\xaa\xaa"))
    transport.poll(0.2)
    assert [line.split(" ")[2] for line in written(made).splitlines()] == [
        "6F1#18023E0000000000",
        "618#F1027E00AAAAAAAA",
    ]
    transport.close()
    units.shutdown()


def test_python_can_reads_what_was_written(tmp_path: Path) -> None:
    made = recorder(tmp_path)
    made.frame(0x618, b"\xf1\x02\x7e\x00")
    made.close()
    (message,) = list(can.CanutilsLogReader(made.files()[0]))
    assert (message.arbitration_id, bytes(message.data)) == (0x618, b"\xf1\x02\x7e\x00")


def log(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "car.log"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "line",
    [
        "(1496307600.25) can0 618#F1025003",
        "(1496307600.25) can0 618#F1025003 R",
        "  (1496307600.25)   vcan1   618#f1025003 T  ",
        "(1496307600.25) can0 618#F1025003\r",
    ],
)
def test_lines_of_candump_and_its_cousins_are_read(tmp_path: Path, line: str) -> None:
    assert list(read_log(log(tmp_path, f"\n{line}\n\n"))) == [
        LoggedFrame(1496307600.25, 0x618, b"\xf1\x02\x50\x03"),
    ]


@pytest.mark.parametrize(
    "frame", ["00000618#F1025003", "618#R", "618#R8", "618##1F1025003", "20000088#0000000000000000"]
)
def test_frames_of_other_kinds_are_passed_over(tmp_path: Path, frame: str) -> None:
    assert list(read_log(log(tmp_path, f"(1.0) can0 {frame}\n"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "rubbish",
        "(1.0) can0",
        "(1.0) can0 618#F",
        "(1.0) can0 618#F1F1F1F1F1F1F1F1F1",
        "  can0  618   [4]  F1 02 50 03",
    ],
)
def test_anything_else_is_refused_with_file_and_line(tmp_path: Path, line: str) -> None:
    path = log(tmp_path, f"(1.0) can0 618#F1025003\n{line}\n(1.1) can0 618#F1025003\n")
    with pytest.raises(UsageError) as caught:
        list(read_log(path))
    assert caught.value.where == f"{path}:2"


def test_a_last_line_cut_off_is_passed_over(tmp_path: Path) -> None:
    assert len(list(read_log(log(tmp_path, "(1.0) can0 618#F1025003\n(1.1) can0 61")))) == 1


def test_a_file_that_is_one_broken_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(read_log(log(tmp_path, "(1.1) can0 61")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read") as caught:
        list(read_log(tmp_path / "none.log"))
    assert caught.value.where == str(tmp_path / "none.log")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "car.log"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(UsageError):
        list(read_log(path))
