"""The simulated car on a CAN wire, in a thread of its own: where a real car would be."""

from __future__ import annotations

import threading

import can

from appliance.bench.car import Car
from appliance.bench.car_transport import CarTransport
from appliance.clock import Clock

LOOK_S = 0.05  # longest time without a look at what the control units do by themselves (S3)


class CarThread:
    """Drives a car over a bus until stopped. A failure in it ends the process (`wiring`).

    Args:
        bus: The car's end of the wire; closed by `stop`.
    """

    def __init__(self, car: Car, bus: can.BusABC, clock: Clock) -> None:
        self._car = car
        self._bus = bus
        self._clock = clock
        self._transport = CarTransport(bus, car.units, clock, listens=lambda address: car.units[address].awake)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bench-car", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Drive off."""
        self._stopped.set()
        self._thread.join()
        self._bus.shutdown()

    def _run(self) -> None:
        while not self._stopped.is_set():
            now_s = self._clock.now_s()
            next_s = self._car.next_s()
            until_s = now_s + LOOK_S if next_s is None else min(next_s, now_s + LOOK_S)
            for address, functional, payload in self._transport.poll(until_s):
                self._car.request(self._clock.now_s(), address, payload, functional=functional)
            for reply in self._car.due(self._clock.now_s()):
                self._transport.reply(reply.address, reply.payload)
