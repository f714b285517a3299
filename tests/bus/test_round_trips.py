"""Round trips as the UDS link measures them, against a script."""

from __future__ import annotations

import pytest

from appliance.bus.transport import Disturbed, Failed
from appliance.bus.uds_link import UdsLink
from appliance.clock import VirtualClock
from appliance.engine.link_health import BusHealth, Exchanged
from tests.bus.test_uds_link import DME, READ_VIN, VIN, Script, ask, ask_all


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def script(clock: VirtualClock) -> Script:
    return Script(clock)


@pytest.fixture
def link(script: Script, clock: VirtualClock) -> UdsLink:
    return UdsLink(script, clock)


def trip_of(link: UdsLink) -> float | None:
    (exchanged,) = link.health.exchanges
    assert (exchanged.address, exchanged.sid) == (DME, READ_VIN[0])
    return exchanged.trip_s


def test_it_runs_from_the_last_frame_of_the_request(link: UdsLink, script: Script) -> None:
    script.sending_s = 0.5
    link.submit(ask())
    script.says(0.52, VIN)
    link.poll(5.0)
    assert trip_of(link) == pytest.approx(0.02)


def test_it_ends_with_the_first_word_though_it_asks_for_time(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.says(0.03, "7F 22 78")
    script.says(4.0, VIN)
    link.poll(5.0)
    assert trip_of(link) == pytest.approx(0.03)


def test_a_refusal_is_a_word_too(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.says(0.04, "7F 22 31")
    link.poll(5.0)
    assert trip_of(link) == pytest.approx(0.04)


def test_silence_has_none(link: UdsLink) -> None:
    link.submit(ask())
    link.poll(5.0)
    assert trip_of(link) is None


def test_a_request_that_never_got_out_has_none(link: UdsLink, script: Script) -> None:
    script.fails = "no flow control within 1 s"
    link.submit(ask())
    link.poll(5.0)
    assert trip_of(link) is None


def test_an_answer_that_breaks_off_has_none(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    script.at(0.5, Failed(DME, "the answer broke off"))
    link.poll(5.0)
    assert trip_of(link) is None


def test_what_all_are_asked_is_not_timed(link: UdsLink, script: Script) -> None:
    link.submit(ask_all())
    script.says(0.02, VIN)
    link.poll(5.0)
    assert link.health.exchanges == ()


def test_the_newest_are_kept_and_all_are_counted(link: UdsLink, script: Script, clock: VirtualClock) -> None:
    for _ in range(200):
        link.submit(ask())
        script.says(clock.now_s() + 0.01, VIN)
        link.poll(clock.now_s() + 5.0)
    health = link.health
    assert (len(health.exchanges), health.ended) == (128, 200)
    assert health.exchanges[-1] == Exchanged(DME, READ_VIN[0], pytest.approx(0.01))  # type: ignore[arg-type]


def test_what_the_bus_has_shown_is_passed_on(link: UdsLink, script: Script) -> None:
    bus = BusHealth(foreign=3)
    script.at(0.01, Disturbed(bus))
    link.poll(0.1)
    assert link.health.bus is bus


def test_a_late_answer_is_counted_as_unasked(link: UdsLink, script: Script) -> None:
    link.submit(ask())
    link.poll(2.0)
    script.says(2.1, VIN)
    link.poll(3.0)
    assert link.health.unasked == 1
