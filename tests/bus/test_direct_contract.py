"""The bench's direct transport under the contract of all transports: every claim of it, those of tomorrow as well."""

from __future__ import annotations

import pytest

from appliance.bench.car import Reply
from appliance.bench.direct import DirectTransport
from appliance.clock import VirtualClock
from tests.bus import test_transport_contract as contract
from tests.bus.cables import UNITS, Cable

globals().update({name: claim for name, claim in vars(contract).items() if name.startswith("test_")})


class Echoing:
    """Units that answer at once, and what the test says."""

    addresses = UNITS

    def __init__(self) -> None:
        self.cable: Cable | None = None
        self._said: list[Reply] = []
        self._at_s: float | None = None

    def request(self, now_s: float, address: int, payload: bytes, *, functional: bool) -> None:
        assert self.cable is not None
        self.cable.heard.append((address, functional, payload))
        answer = self.cable.react(address, functional, payload)
        if answer is not None:
            self._said.append(Reply(address, answer))
            self._at_s = now_s

    def due(self, now_s: float) -> list[Reply]:
        said, self._said, self._at_s = self._said, [], None
        return said

    def next_s(self) -> float | None:
        return self._at_s


@pytest.fixture
def cable() -> Cable:
    """In the place of the contract's own cables."""
    clock = VirtualClock()
    units = Echoing()
    units.cable = Cable(DirectTransport(clock, units), clock)
    return units.cable
