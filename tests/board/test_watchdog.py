"""What the service manager hears, on a real datagram socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.board.watchdog import OPENING_S, SocketNotifier, SystemdWatchdog, systemd_notifier, systemd_period_us
from appliance.clock import VirtualClock
from appliance.errors import BoardError


class Manager:
    """systemd's end of the socket, and a watchdog that talks to it."""

    def __init__(self, path: Path) -> None:
        self.clock = VirtualClock()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.notifier = SocketNotifier()
        self.watchdog = SystemdWatchdog(self.clock, self.notifier)

    def wait(self, seconds: float) -> None:
        self.clock.sleep_until(self.clock.now_s() + seconds)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode("utf-8"))
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self.notifier.close()
        self.socket.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


def test_it_says_that_the_appliance_is_up(manager: Manager) -> None:
    manager.watchdog.ready()

    assert manager.heard() == ["READY=1"]


def test_a_pulse_says_what_is_being_done(manager: Manager) -> None:
    manager.watchdog.pulse("PROGRAMMING – 41 %")

    assert manager.heard() == ["WATCHDOG=1\nSTATUS=PROGRAMMING – 41 %"]


def test_until_the_first_pulse_the_manager_has_patience_for_the_firmware_cache(manager: Manager) -> None:
    watchdog = SystemdWatchdog(manager.clock, manager.notifier, 10_000_000)
    watchdog.ready()
    watchdog.pulse("READY")

    assert manager.heard() == [
        f"READY=1\nWATCHDOG_USEC={OPENING_S * 1e6:.0f}",
        "WATCHDOG_USEC=10000000\nWATCHDOG=1\nSTATUS=READY",
    ]


@pytest.mark.parametrize(
    ("told", "period_us"),
    [({"WATCHDOG_USEC": "10000000"}, 10_000_000), ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
     ({"WATCHDOG_USEC": "0"}, None), ({"WATCHDOG_USEC": "soon"}, None), ({}, None)],
)  # fmt: skip
def test_the_period_is_what_the_manager_tells_this_process(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], period_us: int | None
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert systemd_period_us() == period_us


def test_the_same_words_are_not_said_twice(manager: Manager) -> None:
    manager.watchdog.pulse("READY")
    manager.wait(1.0)
    manager.watchdog.pulse("READY")

    assert manager.heard() == ["WATCHDOG=1\nSTATUS=READY", "WATCHDOG=1"]


def test_a_flood_of_pulses_becomes_at_most_ten_messages_a_second(manager: Manager) -> None:
    heard = 0
    for step in range(10_000):
        manager.watchdog.pulse(f"transfer {step}")
        manager.wait(0.001)
        heard += len(manager.heard())

    assert 90 <= heard <= 100


def test_words_said_during_the_pause_come_with_the_next_pulse(manager: Manager) -> None:
    manager.watchdog.pulse("one")
    manager.watchdog.pulse("two")
    manager.wait(0.15)
    manager.watchdog.pulse("two")

    assert manager.heard()[-1] == "WATCHDOG=1\nSTATUS=two"


def test_a_line_break_in_the_words_sets_no_other_variable(manager: Manager) -> None:
    manager.watchdog.pulse("waiting\nSTOPPING=1")

    assert manager.heard() == ["WATCHDOG=1\nSTATUS=waiting STOPPING=1"]


def test_a_manager_that_does_not_listen_never_stops_the_engine(manager: Manager) -> None:
    """The socket's queue is full long before a thousand messages."""
    for step in range(1000):
        manager.watchdog.pulse(f"step {step}")
        manager.wait(0.11)

    assert manager.heard()[0].endswith("step 0")
    assert manager.notifier.lost > 0


def test_a_manager_that_is_gone_never_stops_the_engine(manager: Manager) -> None:
    manager.socket.close()

    manager.watchdog.pulse("on we go")

    assert manager.notifier.lost == 1


def test_without_a_socket_nobody_is_told_and_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert systemd_notifier() is None

    watchdog = SystemdWatchdog(VirtualClock(), None)
    watchdog.ready()
    watchdog.pulse("alone")


def test_with_a_socket_there_is_a_notifier(manager: Manager) -> None:
    notifier = systemd_notifier()
    assert notifier is not None
    notifier.notify("READY=1")
    notifier.close()

    assert manager.heard() == ["READY=1"]


# sdnotify leaves the socket it could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_socket_that_is_not_there_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nowhere"))

    with pytest.raises(BoardError, match="cannot be reached"):
        systemd_notifier()


def test_a_pulse_of_another_thread_than_the_one_that_works_is_refused(manager: Manager) -> None:
    manager.watchdog.ready()
    refused: list[RuntimeError] = []

    def pulse() -> None:
        try:
            manager.watchdog.pulse("all is well")
        except RuntimeError as error:
            refused.append(error)

    other = threading.Thread(target=pulse, name="page")
    other.start()
    other.join()

    assert str(refused[0]) == "page pulses for a thread that may hang"
    assert manager.heard() == ["READY=1"]
