"""The wire is used: one short transfer at wire speed (the long one is `benchmarks.throughput`)."""

from __future__ import annotations

import pytest

from appliance.clock import RealClock
from tests.bus.cables import wire_cable


@pytest.mark.realtime
def test_a_long_request_leaves_almost_no_gap_on_the_wire() -> None:
    """A loose bound, since a busy machine may take the processor away; the benchmark holds the tight one."""
    with wire_cable() as cable:
        cable.react = lambda *_: b"\x76\x01"
        clock = RealClock()
        begin_s = clock.now_s()
        cable.transport.send(0x12, bytes(at * 31 & 0xFF for at in range(4095)))
        cable.events(2)
        assert (683 * 111 / 500_000) / (clock.now_s() - begin_s) > 0.5
