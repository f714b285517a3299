"""The table: who reads what from outside, examples of good input, and the errors it may end in.

A target takes bytes, whatever they are, and ends in a value or in one of `allowed`.  Where more can be said of a value
(it is finite, it can be journalled, it is printed as it is) the target checks that too, with `Wrong`.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from appliance import events, uds
from appliance.board.calibration import Calibration, load_calibration
from appliance.board.ina219 import OUR_CALIBRATION, OUR_CONFIGURATION, Ina219
from appliance.bus.candump import read_log
from appliance.bus.isotp import CONSECUTIVE, FIRST, IsoTpTiming, frames_of
from appliance.bus.isotp_receiver import Message, Receiver
from appliance.bus.replay import ReplayTransport
from appliance.bus.transport import LENGTH_MAX
from appliance.campaign.check import problems
from appliance.campaign.load import load_campaign, load_open_list
from appliance.campaign.model import Campaign
from appliance.car.addresses import decode_unit_list
from appliance.car.explain import explain, parse_hex
from appliance.car.faults import decode_every_fault, decode_faults
from appliance.car.identity import decode_calibration_ids, decode_cvn, decode_preconditions
from appliance.car.integration_level import decode_levels, parse_level
from appliance.car.own_voltage import MOST_V, OwnVoltage, VoltageUnit
from appliance.car.sgbm import parse_sgbm
from appliance.car.svk import decode_svk
from appliance.car.timings import decode_counters, decode_flash_timings, decode_session
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vehicle_order import decode_vehicle_order
from appliance.car.vin import decode_vin, parse_vin
from appliance.clock import RealClock, VirtualClock
from appliance.config import load_config
from appliance.engine.frozen import Frozen
from appliance.engine.report import Report
from appliance.errors import CampaignError, ConfigError, MalformedAnswer, SensorError, UsageError
from appliance.page.app import create_app
from appliance.page.status_file import StatusFile
from appliance.power.limits import limits_from
from appliance.procedure import facts
from appliance.procedure.facts import Fact
from appliance.status import Status
from appliance.values import from_json, to_json
from tests.campaign.cars import BULLETIN
from tests.car import golden
from tests.fuzz.mutate import Form
from tests.instances import bare, full, members

_FOLDER = tempfile.TemporaryDirectory(prefix="kl30-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
PLACE = Path(_FOLDER.name)


class Wrong(AssertionError):
    """A value came out that must not."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of foreign input.

    Attributes:
        read: Takes any bytes; ends in a value or in one of `allowed`.
        seeds: Good input.
        allowed: The documented errors; empty: it always gives a value.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...] = ()
    form: Form = Form.BYTES


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _file(name: str, data: bytes) -> Path:
    path = PLACE / name
    path.write_bytes(data)
    return path


# -- what a car says


def _journalled(decode: Callable[[bytes], object], data: bytes) -> object:
    """What a car says ends in the journal: it must come back from there as it is."""
    value = decode(data)
    if is_dataclass(value) and not isinstance(value, type):
        text = to_json(value).encode()
        if from_json(text.decode(), type(value)) != value:
            raise Wrong(f"{value} is another after the journal")
    return value


def _explained(data: bytes) -> object:
    explanation = explain(data)
    texts = (explanation.title, *(text for row in explanation.rows for text in (row.field, row.value, row.meaning)))
    for text in texts:
        if not text.isprintable():
            raise Wrong(f"{text!r} would write to somebody's terminal as it likes")
    return explanation


def _own_voltage(data: bytes) -> object:
    form = OwnVoltage(0x12, 0x402B, 2, 2, VoltageUnit.VOLT, divide=4000.0, add=6.0)
    if data[:1] == b"\x00":
        form = replace(form, first_byte=data[1] if len(data) > 1 else 0, length=4, unit=VoltageUnit.MILLIVOLT)
    if data[:1] == b"\x01":
        form = replace(form, divide=5e-324, add=-1e308)
    volts = form.decode(data[2:] if data[:1] in (b"\x00", b"\x01") else data)
    if not 0 < volts <= MOST_V:
        raise Wrong(f"{volts} V")
    return volts


# -- what comes over the bus


def _received(data: bytes) -> object:
    """Frames of any length up to 8, fed one after the other."""
    receiver = Receiver(0x12, IsoTpTiming())
    told: list[object] = []
    begun = 0
    for number, frame in enumerate(_frames(data)):
        begun += len(frame) > 1 and frame[1] >> 4 in (FIRST, CONSECUTIVE)
        outcome = receiver.feed(frame, number / 1000)
        receiver.check(number / 1000)
        told.append(outcome)
        if isinstance(outcome, Message) and not 1 <= len(outcome.payload) <= LENGTH_MAX:
            raise Wrong(f"a message of {len(outcome.payload)} bytes")
        if receiver.active is math.isinf(receiver.deadline_s):
            raise Wrong("it waits without end")
    if len(receiver._buffer) > LENGTH_MAX:
        raise Wrong(f"{len(receiver._buffer)} bytes kept")
    return told


def _frames(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 9):
        yield data[start + 1 : start + 1 + data[start] % 9]


def _as_frames(payload: bytes) -> bytes:
    return b"".join(bytes([len(frame)]) + frame for frame in frames_of(uds.TESTER, payload))


def _log(data: bytes) -> object:
    return [frame for frame in read_log(_file("car.log", data)) if len(frame.data) <= 8]


def _replayed(data: bytes) -> object:
    transport = ReplayTransport(_file("car.log", data), VirtualClock())
    told: list[object] = []
    for address in (0x10, 0x12, 0x18, uds.FUNCTIONAL):
        for request in ("22F101", "22F190", "22100B", "190206", "3E00"):
            transport.send(address, bytes.fromhex(request))
            told += transport.poll(0.0)
    return told


def _spoken(*conversation: tuple[str, bytes]) -> bytes:
    lines = []
    for request, answer in conversation:
        for can_id, to, payload in ((0x6F1, 0x12, bytes.fromhex(request)), (0x612, uds.TESTER, answer)):
            lines += [f"(1496307600.01) can0 {can_id:03X}#{frame.hex().upper()}\n" for frame in frames_of(to, payload)]
    return "".join(lines).encode()


# -- files


def _campaign(data: bytes) -> object:
    campaign = load_campaign(_file("campaign.toml", data))
    if found := list(problems(campaign)):
        raise Wrong(f"it was accepted with {found[0]}")
    if from_json(to_json(campaign), Campaign) != campaign:
        raise Wrong("it is another after the journal")
    return campaign


def _config(data: bytes) -> object:
    config = load_config(_file("kl30.toml", data), (lambda one: limits_from(one.power),))
    limits = limits_from(config.power)
    for part in (config.power, limits):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise Wrong(f"{field.name} = {value}")
    return limits


def _calibration(data: bytes) -> object:
    _file("calibration.json", data)
    return load_calibration(PLACE)


def _vin(data: bytes) -> object:
    return parse_vin(_text(data))


# -- the board


class _Chip:
    """Registers that say what they like."""

    def __init__(self, words: bytes) -> None:
        self._words = iter(words)

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        first, second = next(self._words, 0x40), next(self._words, register)
        if first == 0xEE:
            raise OSError(second, "an error")
        right = {0x00: OUR_CONFIGURATION, 0x05: OUR_CALIBRATION}.get(register, 0x3432)
        word = right if first < 0xC0 else first << 8 | second
        return (word & 0xFF) << 8 | word >> 8

    def write_word_data(self, i2c_addr: int, register: int, value: int) -> None:
        if next(self._words, 0) == 0xEE:
            raise OSError("an error without a number")


def _monitor(data: bytes) -> object:
    monitor = Ina219(_Chip(data))
    monitor.configure()
    volts = [monitor.read() for _ in range(8)]
    if any(one is not None and not 0 < one <= 26 for one in volts):
        raise Wrong(f"{volts}")
    return volts


# -- the journal, the status, the report


def _entry(module: ModuleType, union: object, data: bytes) -> object:
    """A row: its class in the first line, its body behind it."""
    name, _, body = _text(data).partition("\n")
    kind = getattr(module, name, None)
    return from_json(body, kind) if kind in members(union) else None


def _entries(union: object) -> tuple[bytes, ...]:
    return tuple(f"{kind.__name__}\n{to_json(make(kind))}".encode() for kind in members(union) for make in (full, bare))


def _json(kind: type, data: bytes) -> object:
    return from_json(_text(data), kind)


@cache
def _page() -> Any:
    app = create_app(PLACE, RealClock())
    app.config["PROPAGATE_EXCEPTIONS"] = True  # a 500 is what must not be
    return app.test_client()


def _shown_status(data: bytes) -> object:
    _file("status.json", data)
    seen = StatusFile(PLACE, RealClock()).read()
    for address in ("/", "/fragment", "/status.json", "/health"):
        _looked_at(address)
    return seen


def _shown_report(data: bytes) -> object:
    (PLACE / "reports").mkdir(exist_ok=True)
    _file("reports/r-1.json", data)
    for address in ("/reports", "/reports/r-1", "/reports/r-1.json"):
        _looked_at(address)
    return None


def _looked_at(address: str) -> None:
    with _page().get(address) as response:
        if response.status_code not in (200, 503):
            raise Wrong(f"{address}: {response.status}")


def _decoder(name: str, decode: Callable[[bytes], object], *seeds: bytes) -> Target:
    return Target(name, partial(_journalled, decode), seeds, (MalformedAnswer,))


_ANSWERS = (golden.SVK_DME, golden.VIN_F30, golden.LEVELS, golden.FAULTS_DME, golden.VEHICLE_ORDER, golden.UNIT_LIST)
_TALK = _spoken(
    ("22F101", golden.SVK_DME), ("22F190", golden.VIN_F30), ("190206", b"\x7f\x19\x78"), ("3E00", b"\x7e\x00")
)
_CAR = Vehicle(
    decode_vin(golden.VIN_F30),
    decode_vehicle_order(golden.VEHICLE_ORDER),
    decode_levels(golden.LEVELS),
    (UnitSeen(0x12, svk=decode_svk(golden.SVK_DME), faults=decode_faults(golden.FAULTS_DME)),),
)
_STATUS = to_json(full(Status)).encode()
_REPORT = to_json(full(Report)).encode()

TARGETS: tuple[Target, ...] = (
    _decoder("SVK", decode_svk, golden.SVK_DME, golden.SVK_KOMBI, golden.SVK_KAFAS),
    _decoder("vehicle order", decode_vehicle_order, golden.VEHICLE_ORDER),
    _decoder("integration level", decode_levels, golden.LEVELS),
    _decoder("trouble codes", decode_every_fault, golden.FAULTS_DME),
    _decoder("flash timings", decode_flash_timings, golden.TIMINGS_DME, golden.TIMINGS_EGS, golden.TIMINGS_BDC),
    _decoder("counters", decode_counters, golden.COUNTER_DME, golden.COUNTER_MAX_DME),
    _decoder("session", decode_session, bytes.fromhex("5003003201F4"), bytes.fromhex("5003")),
    _decoder("calibration id", decode_calibration_ids, golden.CALIBRATION_ID),
    _decoder("CVN", decode_cvn, golden.CVN),
    _decoder("preconditions", decode_preconditions, bytes.fromhex("7101020301")),
    _decoder("unit list", decode_unit_list, golden.UNIT_LIST),
    _decoder("VIN", decode_vin, golden.VIN_F30),
    _decoder("VIN without a header", parse_vin, golden.VIN_F30[3:]),
    Target(
        "own voltage",
        _own_voltage,
        (bytes.fromhex("62402B00D282D809AE"), bytes.fromhex("000062402B3839"), bytes.fromhex("010062402B00000001")),
        (MalformedAnswer,),
    ),
    Target(
        "explain",
        _explained,
        (*_ANSWERS, golden.TIMINGS_DME, golden.CALIBRATION_ID, golden.EXTENDED_FAULT_DME, b"\x7f\x36\x93", b"\x36\x01"),
        (MalformedAnswer,),
    ),
    Target(
        "hexadecimal text",
        lambda data: _explained(parse_hex(_text(data))),
        (b"0x22 F1:90|,", b"0x7F3693"),
        (UsageError, MalformedAnswer),
        Form.TEXT,
    ),
    Target("VIN text", _vin, (b"WMWXM5C54G3A12345",), (MalformedAnswer,), Form.TEXT),
    Target("level text", lambda data: parse_level(_text(data)), (b"F056-17-03-502",), (UsageError,), Form.TEXT),
    Target(
        "SGBM text",
        lambda data: parse_sgbm(_text(data)),
        (b"swfl_00002cce-021_010_002", b"SWFL-00002CCE-15.0A.02"),
        (ValueError, UsageError),
        Form.TEXT,
    ),
    Target(
        "ISO-TP frames", _received, (_as_frames(golden.SVK_DME), _as_frames(bytes(4095)), _as_frames(b"\x7f\x22\x31"))
    ),
    Target("candump log", _log, (_TALK, b"(1.0) can0 12345678#R\n(1.0) can0 123##0AA\n"), (UsageError,), Form.TEXT),
    Target("replay", _replayed, (_TALK,), (UsageError,), Form.TEXT),
    Target("campaign", _campaign, (BULLETIN.encode(),), (CampaignError,), Form.TEXT),
    Target(
        "open list",
        lambda data: load_open_list(_file("open.txt", data)),
        (b"# open\nWMWXM5C54G3A12345\nWBA3C1C52DK104997 # one\n",),
        (CampaignError,),
        Form.TEXT,
    ),
    Target(
        "configuration",
        _config,
        (
            b'data = "d"\n[power]\nbattery = "lead"\nstart_v = 13.3\nhold_v = 13.0\nmedian = 5\ncharger_test = false\n',
            b'[can]\nchannel = "can1"\nbitrate = 500000\n[board]\nina219_address = 0x41\n[page]\nport = 80\n',
        ),
        (ConfigError,),
        Form.TEXT,
    ),
    Target(
        "calibration file",
        _calibration,
        (to_json(Calibration(0.0123, 13.8, "2017-06-01T09:00:00+00:00")).encode(),),
        (ConfigError,),
        Form.JSON,
    ),
    Target("voltage monitor", _monitor, (bytes(40), bytes([0x40, 0xFF] * 30)), (SensorError,)),
    Target("journal: fact", partial(_entry, facts, Fact), _entries(Fact), (ValueError,), Form.TEXT),
    Target("journal: event", partial(_entry, events, events.Event), _entries(events.Event), (ValueError,), Form.TEXT),
    Target("journal: plan", partial(_json, Frozen), (to_json(full(Frozen)).encode(),), (ValueError,), Form.JSON),
    Target("journal: car", partial(_json, Vehicle), (to_json(_CAR).encode(),), (ValueError,), Form.JSON),
    Target("journal: report", partial(_json, Report), (_REPORT,), (ValueError,), Form.JSON),
    Target("status file", _shown_status, (_STATUS, to_json(bare(Status)).encode()), (), Form.JSON),
    Target("report file", _shown_report, (_REPORT, json.dumps({"units": [{}]}).encode()), (), Form.JSON),
)
NAMES = tuple(target.name for target in TARGETS)


def target_named(name: str) -> Target:
    """Raises KeyError for a name nobody has."""
    return {target.name: target for target in TARGETS}[name]


def holds(target: Target, data: bytes) -> bool:
    """Read it; whether it gave a value. Anything but a value and the allowed errors is raised."""
    try:
        target.read(data)
    except target.allowed as error:
        if not str(error):
            raise Wrong("an error without words") from error
        return False
    except BaseException as error:
        error.add_note(f"{target.name}: {len(data)} bytes: {data[:2000]!r}")
        raise
    return True
