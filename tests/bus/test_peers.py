"""Our transports against the ISO-TP of others: the programs of can-utils, over the kernel's own implementation.

`isotprecv` and `isotpsend` stand for a control unit, `isotpdump` listens to both.  Needs a CAN kernel, an interface,
and can-utils.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import can
import pytest

from appliance.bus.can_transport import CanTransport
from appliance.bus.kernel_sockets import KernelSockets
from appliance.bus.kernel_transport import KernelTransport
from appliance.bus.transport import Disturbed, Received, Sent, Transport, TransportEvent
from appliance.clock import RealClock
from tests.bus.cables import CAR_CHANNEL, CHANNEL, needs_interface

pytestmark = pytest.mark.kernel_isotp

SIZES = (1, 6, 7, 100, 4095)
UNIT = 0x12
HEARING = Path("/proc/net/can/rcvlist_sff")  # who listens to which 11-bit id
WITHIN_S = 10.0


def user_space() -> Transport:
    return CanTransport(can.Bus(interface="socketcan", channel=CHANNEL), RealClock())


def kernel() -> Transport:
    return KernelTransport(KernelSockets(CHANNEL), RealClock())


@pytest.fixture(params=[user_space, kernel], ids=["user-space", "kernel"])
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    needs_interface()
    if shutil.which("isotprecv") is None:
        pytest.skip("PEERS NOT TESTED: there are no can-utils here")
    make: Callable[[], Transport] = request.param
    made = make()
    yield made
    made.close()


def as_unit(address: int) -> tuple[str, ...]:
    """Options of can-utils for who is this control unit: its id, whom it hears, and both addresses."""
    return ("-s", f"6{address:02X}", "-d", "6F1", "-x", f"F1:{address:02X}", "-p", "AA:")


@contextmanager
def receiver(address: int) -> Iterator[subprocess.Popen[str]]:
    """A control unit that takes one message and prints it."""
    command = ("isotprecv", *as_unit(address), CAR_CHANNEL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as peer:
        try:
            wait_until(lambda: "isotp" in HEARING.read_text(encoding="ascii") and listens_to("6F1"))
            yield peer
        finally:
            peer.kill()


def listens_to(can_id: str) -> bool:
    lines = HEARING.read_text(encoding="ascii").splitlines()
    return any(can_id.lower() in line.lower() and "isotp" in line for line in lines)


def wait_until(holds: Callable[[], bool]) -> None:
    clock = RealClock()
    until_s = clock.now_s() + WITHIN_S
    while not holds():
        assert clock.now_s() < until_s
        clock.sleep_until(clock.now_s() + 0.02)


def events(transport: Transport, count: int) -> list[TransportEvent]:
    clock = RealClock()
    until_s = clock.now_s() + WITHIN_S
    found: list[TransportEvent] = []
    while len(found) < count and clock.now_s() < until_s:
        found += [event for event in transport.poll(until_s) if not isinstance(event, Disturbed)]
    return found


def payload_of(size: int) -> bytes:
    return bytes((at * 5 + size) & 0xFF for at in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_isotprecv_gets_what_is_sent(transport: Transport, size: int) -> None:
    with receiver(UNIT) as peer:
        transport.send(UNIT, payload_of(size))
        assert events(transport, 1) == [Sent(UNIT)]
        said, _ = peer.communicate(timeout=WITHIN_S)
    assert bytes.fromhex(said) == payload_of(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_isotpsend_says_is_received(transport: Transport, size: int) -> None:
    with receiver(UNIT) as peer:  # asked first, as a control unit is
        transport.send(UNIT, b"\x3e\x00")
        assert events(transport, 1) == [Sent(UNIT)]
        peer.communicate(timeout=WITHIN_S)
    with subprocess.Popen(("isotpsend", *as_unit(UNIT), CAR_CHANNEL), stdin=subprocess.PIPE, text=True) as peer:
        assert peer.stdin is not None
        peer.stdin.write(payload_of(size).hex(" "))
        peer.stdin.close()
        assert events(transport, 1) == [Received(UNIT, payload_of(size))]


def test_isotpdump_sees_a_whole_conversation(transport: Transport) -> None:
    """It takes the frames apart by itself: a first frame, one flow control, as many consecutive ones as are needed."""
    command = (
        "stdbuf",
        "-oL",
        "isotpdump",
        "-s",
        "6F1",
        "-d",
        f"6{UNIT:02X}",
        "-x",
        f"{UNIT:02X}",
        "-X",
        "F1",
        CAR_CHANNEL,
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dump, receiver(UNIT) as peer:
        wait_until(lambda: listens_to_raw("6F1"))
        transport.send(UNIT, payload_of(100))
        assert events(transport, 1) == [Sent(UNIT)]
        peer.communicate(timeout=WITHIN_S)
        RealClock().sleep_until(RealClock().now_s() + 0.5)
        dump.terminate()
        seen = dump.stdout.read() if dump.stdout else ""
    kinds = [kind for line in seen.splitlines() for kind in ("[FF]", "[FC]", "[CF]") if kind in line]
    assert kinds == ["[FF]", "[FC]", *["[CF]"] * 16]  # 5 bytes, then 95 of six each


def listens_to_raw(can_id: str) -> bool:
    lines = Path("/proc/net/can/rcvlist_fil").read_text(encoding="ascii").splitlines()
    lines += HEARING.read_text(encoding="ascii").splitlines()
    return any(can_id.lower() in line.lower() and "raw" in line for line in lines)
