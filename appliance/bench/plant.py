"""The bench put together: a car, a supply, a panel and a plug, on a wire in real time or directly in virtual time.

It outlives the appliance: when the appliance's power is cut, the car, the charger and the plug stay.
"""

from __future__ import annotations

from pathlib import Path

import can

from appliance.bench.car import Car
from appliance.bench.car_thread import CarThread
from appliance.bench.direct import DirectTransport
from appliance.bench.electrics import Electrics
from appliance.bench.link_fault import DisturbedTransport, LinkFaults
from appliance.bench.loads import STARTER, programming_draw
from appliance.bench.memory import MemoryFile, load_memory
from appliance.bench.panel import BenchPanel
from appliance.bench.power_cut import CuttableTransport, Plug
from appliance.bench.process_fault import FaultyTransport, ProcessFaults
from appliance.bench.scenarios import Kind, Scenario, scenario_named
from appliance.bench.service_manager import ServiceManager
from appliance.bench.smbus import Ina219Model
from appliance.bench.supply import SimulatedSupply
from appliance.bench.technician import Technician
from appliance.bench.wire import Wire, WireBus
from appliance.board.watchdog import Notifier
from appliance.bus.can_port import FrameLog
from appliance.bus.can_transport import CanTransport
from appliance.bus.transport import Transport
from appliance.clock import Clock

CHANNEL = "kl30-bench"


class SupplyControls:
    """What a person can do to the supply from the bench's page: turn the charger, pull the appliance's plug."""

    def __init__(self, supply: SimulatedSupply | Electrics, plug: Plug) -> None:
        self._supply = supply
        self._plug = plug

    @property
    def plugged(self) -> bool:
        """Whether the appliance sits in the car's socket."""
        return not self._plug.pulled

    def volts(self) -> float:
        """What the charger is set to."""
        return self._supply.set_point_v

    def set_volts(self, volts: float) -> None:
        """Turn the charger to this."""
        self._supply.set_volts(volts)

    def unplug(self) -> None:
        """Pull the plug: the appliance has no power any more."""
        self._plug.pull(stays_out=True)

    def plug_in(self) -> None:
        """Put it back."""
        self._plug.push()


IGNITION_OFF_S = 10.0  # as the appliance asks


class CarsPower:
    """The technician's hands on fuse and battery."""

    def __init__(self, clock: Clock, car: Car, plug: Plug) -> None:
        self._clock = clock
        self._car = car
        self._plug = plug

    def power_cycle(self) -> None:
        """Of the stuck control unit."""
        self._car.power_cycle(self._clock.now_s())

    def cycle_ignition(self) -> None:
        """Off now, on after ten seconds."""
        now_s = self._clock.now_s()
        self._car.terminal_15(now_s, on=False)
        self._car.ignition_again(now_s + IGNITION_OFF_S)

    def disconnect_battery(self) -> None:
        """The appliance hangs on it."""
        self._car.disconnect_battery(self._clock.now_s())
        self._plug.pull()


class Plant:
    """Everything around the appliance.

    Args:
        folder: Where the car keeps its memory; None: in this process only.
        fresh: Drive in a new car for the scenario, whatever is in the folder.
        on_wire: Over a CAN wire at its real speed; else directly, in the clock's time.
        above: The service manager the bench itself runs under; None: there is none.

    Raises:
        JournalError: the car in the folder is damaged, or cannot be kept there.
        UsageError: it is of a scenario that there is not any more.
    """

    def __init__(
        self,
        scenario: Scenario,
        clock: Clock,
        folder: Path | None,
        *,
        fresh: bool,
        on_wire: bool,
        above: Notifier | None = None,
    ) -> None:
        path = folder / "car.json" if folder else None
        kept = load_memory(path) if path and not fresh else None
        self.scenario = scenario_named(kept.scenario) if kept else scenario
        self.clock = clock
        self.supply = self._supply()
        self.plug = Plug()
        self.manager = ServiceManager(clock, above)
        self.faults = ProcessFaults(clock, self.manager)
        self.wires = LinkFaults(clock)
        if self.scenario.other_tester_s:
            self.wires.other_tester(self.scenario.other_tester_s)
        self.controls = SupplyControls(self.supply, self.plug)
        self.panel = BenchPanel(clock)
        self.monitor = Ina219Model(clock, self.supply.volts)
        self._memory = MemoryFile(path, kept or self.scenario.car())
        if self.scenario.monitor == "dead":
            self.monitor.unplug()
        self.car = self._car()
        hands = CarsPower(clock, self.car, self.plug)
        self.panel.on_show = Technician(clock, self.supply, self.panel, self.scenario.technician, hands).sees
        self._wire = Wire(clock=clock) if on_wire else None
        self._thread = CarThread(self.car, WireBus(self._wire), clock) if self._wire else None

    def _supply(self) -> SimulatedSupply | Electrics:
        story = self.scenario.supply
        return story(self.clock) if story else SimulatedSupply(self.clock)

    def _car(self) -> Car:
        supply = self.supply
        felt = supply.volts if isinstance(supply, SimulatedSupply) else supply.socket_v
        real = self.scenario.real_times
        kinds = self.scenario.profiles(real_times=real) if self.scenario.profiles else None
        car = Car(self._memory, felt, real_times=real, profiles=kinds)
        car.on_transfer = self._happen
        if isinstance(supply, Electrics):
            car.on_programming = lambda units: supply.switch(programming_draw(units), units > 0)
        return car

    def transport(self, log: FrameLog | None) -> Transport:
        """The appliance's end of the cable, new for each of its lives."""
        if self._wire is None:
            return self._attached(DirectTransport(self.clock, self.car))
        bus: can.BusABC = WireBus(self._wire)
        return self._attached(CanTransport(bus, self.clock, log))

    def _attached(self, inner: Transport) -> Transport:
        disturbed = DisturbedTransport(inner, self.wires, self.clock)
        return FaultyTransport(CuttableTransport(disturbed, self.plug), self.faults)

    def stop(self) -> None:
        """End the car's thread, if it has one."""
        if self._thread is not None:
            self._thread.stop()

    def _happen(self, transfers: int) -> None:
        for number, happening in enumerate(self.scenario.happenings):
            name = f"{number}-{happening.kind.value}"
            if transfers < happening.after_transfers or name in self._memory.now.done:
                continue
            self._memory.happened(name)
            match happening.kind:
                case Kind.DIP:
                    self.supply.dip(happening.to_v, happening.for_s)
                case Kind.POWER_CUT:
                    self.plug.pull()
                case Kind.HANG:
                    self.faults.hang()
                case Kind.CRASH:
                    self.faults.crash()
                case Kind.DOOR_SLEEP:
                    self.car.sleep(self.clock.now_s())
                    self.car.ignition_again(self.clock.now_s() + happening.for_s)
                case Kind.STUCK_SENSOR:
                    self.monitor.stick()
                case Kind.BUS_OFF:
                    self.wires.short()
                case Kind.SECOND_TESTER:
                    self.wires.other_tester(happening.for_s)
                case Kind.CRANK:
                    self._crank(happening.for_s)
                case Kind.TERMINAL_15:
                    self.car.terminal_15(self.clock.now_s(), on=False)
                    self.car.ignition_again(self.clock.now_s() + happening.for_s)

    def _crank(self, for_s: float) -> None:
        if isinstance(self.supply, Electrics):
            self.supply.use(STARTER, for_s)
