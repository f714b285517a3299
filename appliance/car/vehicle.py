"""The car as observed at one moment: who it is, and what each control unit said of itself.

An observation never fails as a whole: what could not be read is None, and `troubles` says why in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.faults import Fault
from appliance.car.integration_level import Levels
from appliance.car.svk import ProgrammingCheck, Svk
from appliance.car.timings import FlashTimings
from appliance.car.vehicle_order import VehicleOrder
from appliance.car.vin import Vin

PROGRAMMING_SESSION = 0x02  # facts.md §5.2, confirmed


@dataclass(frozen=True, slots=True)
class UnitSeen:
    """One control unit.

    Attributes:
        svk: Its software as it names it; None when it gave none.
        faults: Trouble codes (pending or confirmed); None when they could not be read.
        timings: Its own flash times (DID 2504); None when not read.
        counter / counter_max: Times programmed, and how often it may be; None: unknown, for the maximum also unlimited.
        calibration_id / cvn: OBD mode 09 identity of the emission software; empty when not offered.
        session: The session it says it is in (DID F186); None: not asked, or not told.
    """

    address: int
    svk: Svk | None = None
    faults: tuple[Fault, ...] | None = None
    timings: FlashTimings | None = None
    counter: int | None = None
    counter_max: int | None = None
    calibration_id: str = ""
    cvn: str = ""
    session: int | None = None

    @property
    def in_bootloader(self) -> bool:
        """Whether its application is not proven: software unknown or missing, or its own check not passed.

        facts.md §5.5: after a failed flash SVK byte 1 is not 01, or entries cannot be identified (`unkn_ffffffff`).
        One that names nothing at all is in its bootloader when it says that its session is the programming one.
        """
        if self.svk is None:
            return self.session == PROGRAMMING_SESSION
        return self.svk.check is not ProgrammingCheck.PASSED or any(entry.unidentifiable for entry in self.svk.entries)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The whole car."""

    vin: Vin | None = None
    order: VehicleOrder | None = None
    levels: Levels | None = None
    units: tuple[UnitSeen, ...] = ()
    troubles: tuple[str, ...] = ()

    def unit(self, address: int) -> UnitSeen | None:
        """The control unit at `address`; None when it did not answer."""
        return next((unit for unit in self.units if unit.address == address), None)
