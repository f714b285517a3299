"""Whole runs whose key comes from the provider `external`, in virtual time, the referee watching."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from appliance.bench.power_cut import PowerCut
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.clock import Clock, RealClock
from appliance.config import SecurityConfig
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.procedure.failures import NoKey
from appliance.procedure.key import Challenge
from appliance.security.external import External
from tests.engine.workshop import TARGET, WorkshopBench, dme_of
from tests.security.programs import SILENT, argv

ROOT = Path(__file__).parents[2]
STAND_IN = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
from appliance.bench.power_cut import PowerCut
from appliance.bench.security import bench_key
question = json.load(sys.stdin)
key = bench_key(int(question["level"], 16), bytes.fromhex(question["seed"]))
print(json.dumps({{"key": key.hex()}}))
"""
HOSTILE = {
    "dies": ("import sys; sys.exit(7)", "ended with exit code 7"),
    "says nothing": ("", "the answer is empty"),
    "says no JSON": ("print('sorry')", "the answer is no JSON"),
    "says another length": ('print(\'{"key": "0102"}\')', "has 2 bytes instead of 68"),
    "never stops": ("while True: print('x' * 4096)", "the answer is longer than 16384 bytes"),
    "tells everybody": (
        "import sys\nline = sys.stdin.read()\nprint(line, file=sys.stderr)\nsys.exit(line)",
        "ended with exit code 1",
    ),
}
S3_S = 5.0  # ISO 14229-2


class SlowService:
    """The bench's key, after so many seconds of the bench's clock."""

    def __init__(self, clock: Clock, takes_s: float) -> None:
        self._clock = clock
        self._takes_s = takes_s
        self.seeds: list[bytes] = []
        self.given_up = 0

    def trouble(self) -> str:
        return ""

    def begin(self, challenge: Challenge) -> SlowService:
        self.seeds.append(challenge.seed)
        self._due_s, self._level = self._clock.now_s() + self._takes_s, challenge.level
        self._given = False
        return self

    def poll(self) -> bytes | None:
        if self._clock.now_s() < self._due_s:
            return None
        self._given = True
        return bench_key(self._level, self.seeds[-1])

    def close(self) -> None:
        self.given_up += not self._given


@pytest.fixture
def bench(tmp_path: Path) -> WorkshopBench:
    return WorkshopBench(tmp_path)


def with_program(bench: WorkshopBench, script: str, clock: Clock | None = None) -> WorkshopBench:
    """The bench's campaign finds this program under the name it asks for."""
    config = SecurityConfig(program=argv(bench.folder, script), key_bytes=(68,))
    bench.providers = {BENCH_PROVIDER: External(config, clock or RealClock())}
    return bench


def untouched(bench: WorkshopBench, report: Report) -> bool:
    """Nothing was erased or written, and the report says so."""
    writes = [
        payload for payload in bench.requests_to(0x12) if payload[0] in (0x34, 0x36) or payload[:2] == b"\x27\x12"
    ]
    erases = [payload for payload in bench.requests_to(0x12) if payload[:4] == b"\x31\x01\xff\x00"]
    return not writes and not erases and dme_of(report).verdict == "untouched" and report.verdict == "refused"


def test_a_car_is_programmed_with_keys_of_a_program(bench: WorkshopBench) -> None:
    report = with_program(bench, STAND_IN).started()
    assert report.verdict == "programmed"
    assert set(TARGET) <= set(dme_of(report).software_after)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_program_that_gives_no_key_leaves_the_control_unit_untouched(
    bench: WorkshopBench, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    script, why = HOSTILE[name]
    report = with_program(bench, script).started()
    assert why in report.reason
    assert "DME 0x12: there is no SecurityAccess key: " in report.reason
    assert untouched(bench, report)
    assert "seed" not in capfd.readouterr().err


def test_a_silent_program_is_given_up_in_time_and_leaves_the_control_unit_untouched(bench: WorkshopBench) -> None:
    report = with_program(bench, SILENT, bench.clock).started()
    assert "no answer within 30 s (security.timeout_s)" in report.reason
    assert untouched(bench, report)


def test_sessions_are_kept_and_the_watchdog_is_pulsed_while_a_key_is_computed(bench: WorkshopBench) -> None:
    pulses: list[float] = []
    inner = bench.watchdog

    class Listening:
        def ready(self) -> None:
            inner.ready()

        def pulse(self, words: str) -> None:
            pulses.append(bench.clock.now_s())
            inner.pulse(words)

    bench.watchdog = Listening()
    service = SlowService(bench.clock, 25.0)
    bench.providers = {BENCH_PROVIDER: service}
    kept: list[float] = []
    _listen_for_tester_present(bench, kept)
    report = bench.started()
    assert report.verdict == "programmed"
    asked_s, sent_s = (
        next(at for at, payload in bench.timed if payload[:2] == what) for what in (b"\x27\x11", b"\x27\x12")
    )
    assert sent_s - asked_s >= 25.0
    spoken = [asked_s, *(at for at in kept if asked_s < at < sent_s), sent_s]
    assert max(later - earlier for earlier, later in pairwise(spoken)) < S3_S / 2
    meanwhile = [at for at in pulses if asked_s < at < sent_s]
    assert max(later - earlier for earlier, later in pairwise(meanwhile)) <= 0.25 + 1e-6


def _listen_for_tester_present(bench: WorkshopBench, kept: list[float]) -> None:
    earlier = bench.line

    class Line:
        """The cable, before TesterPresent is left out."""

        def __init__(self) -> None:
            self._inner = earlier()
            self.poll, self.abandon = self._inner.poll, self._inner.abandon
            self.receiving, self.close = self._inner.receiving, self._inner.close

        def send(self, address: int, payload: bytes) -> None:
            if payload == b"\x3e\x80":
                kept.append(bench.clock.now_s())
            self._inner.send(address, payload)

    bench.line = Line  # type: ignore[method-assign]


def test_cancel_while_a_key_is_computed_gives_it_up_and_leaves_the_control_unit_untouched(bench: WorkshopBench) -> None:
    service = SlowService(bench.clock, 25.0)
    bench.providers = {BENCH_PROVIDER: service}
    bench.next_time("27 11", bench.press(Command.CANCEL))
    report = bench.started()
    assert report.verdict == "interrupted"
    assert dme_of(report).verdict == "untouched"
    assert len(service.seeds) == service.given_up


def test_a_power_cut_while_a_key_is_computed_is_resumed_with_a_new_seed(bench: WorkshopBench) -> None:
    class PluggedService(SlowService):
        def poll(self) -> bytes | None:
            if len(self.seeds) == 1 and self._clock.now_s() > self._due_s - 20.0:
                raise PowerCut
            return super().poll()

    service = PluggedService(bench.clock, 25.0)
    bench.providers = {BENCH_PROVIDER: service}
    with pytest.raises(PowerCut):
        bench.started()
    report = bench.started()
    assert report.verdict == "programmed"
    assert service.given_up == 1
    keys = [payload for payload in bench.requests_to(0x12) if payload[:2] in (b"\x27\x12", b"\x27\x02")]
    assert len(set(service.seeds)) == len(service.seeds) == len(keys) + 1


def test_a_provider_that_is_not_ready_is_found_out_before_contact(bench: WorkshopBench) -> None:
    bench.providers = {BENCH_PROVIDER: External(SecurityConfig(program=("/nowhere/key",)), RealClock())}
    report = bench.started()
    assert "there is no program /nowhere/key that may be executed" in report.reason
    assert report.verdict == "refused"
    assert [
        payload for payload in bench.requests_to(0x12) if payload[0] in (0x10, 0x27) and payload != b"\x10\x01"
    ] == []


def test_a_program_that_fails_inside_an_erased_datablock_leaves_a_unit_that_the_next_start_finishes(
    bench: WorkshopBench,
) -> None:
    """The second seed is that of a datablock begun again."""

    class Second(SlowService):
        def poll(self) -> bytes | None:
            if len(self.seeds) == 2:
                raise NoKey("the server is down", "DME", 0x12)
            return super().poll()

    bench.providers = {BENCH_PROVIDER: Second(bench.clock, 1.0)}
    bench.at_transfer(3, lambda: bench.plant.car.power_cycle(bench.clock.now_s()))
    report = bench.started()
    assert report.verdict == "failed"
    assert dme_of(report).verdict == "in-bootloader"
    assert bench.started().verdict == "programmed"
