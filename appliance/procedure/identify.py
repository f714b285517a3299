"""Who is this car? Reads only, in the default session; every refusal and silence is a value.

Functional requests first, because each answers for the whole car in one go (facts.md §1, §3.4); the gateway and the
control units of the campaign are then asked alone for what only they know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from appliance import uds
from appliance.car.faults import Fault, decode_faults
from appliance.car.identity import decode_calibration_ids, decode_cvn
from appliance.car.integration_level import Levels, decode_levels
from appliance.car.svk import decode_svk
from appliance.car.timings import decode_counter, decode_flash_timings
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vehicle_order import VehicleOrder, decode_vehicle_order
from appliance.car.vin import Vin, decode_vin
from appliance.errors import MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.services import Did
from appliance.procedure.words import Ask, Procedure, Response, ask, ask_all

GATEWAY = 0x10  # holds integration levels and vehicle order (facts.md §1 and §4, confirmed)
_LEVELS = Ask(GATEWAY, services.read(Did.INTEGRATION_LEVELS), "read the integration levels")
_ORDER = Ask(GATEWAY, services.read(Did.VEHICLE_ORDER), "read the vehicle order")
COLLECT_S = 1.0  # for the answers to a functional request, where nobody knows who is there

T = TypeVar("T")


def identify(closely: Sequence[int], known: Collection[int] = ()) -> Procedure[Vehicle]:
    """Observe the car.

    Args:
        closely: Control units also asked for flash times, programming counters and OBD identity.
        known: Control units known to be there, beside these: who stays silent when all are asked is asked alone.
    """
    alone, there = {*closely, *known}, set[int]()
    troubles: list[str] = []
    svks = yield from _everyone(Did.SVK, "read every control unit's software", decode_svk, troubles)
    vins = yield from _everyone(Did.VIN, "read the VIN", decode_vin, troubles, svks)
    vin = yield from _vin(vins, troubles)
    levels: Levels | None = yield from _one(_LEVELS, decode_levels, troubles)
    order: VehicleOrder | None = yield from _one(_ORDER, decode_vehicle_order, troubles)
    faults = yield from read_faults(troubles, {*svks, *vins})
    units: list[UnitSeen] = []
    for address in sorted({*svks, *vins, *faults, *alone}):
        svk = svks.get(address)
        if svk is None and address in alone:  # silent on functional; asked alone before it counts as silent
            question = Ask(address, services.read(Did.SVK), "read the software")
            svk = yield from _one(question, decode_svk, troubles, there)
        seen = UnitSeen(address, svk=svk, faults=faults.get(address))
        if seen.in_bootloader or (svk is None and address in alone):  # a bootloader says that it is one, if anything
            seen = replace(seen, session=(yield from _session(address, troubles, there)))
        if svk is None and seen.session is None and address not in {*faults, *vins, *there}:
            continue  # it answered nothing at all
        units.append((yield from _closely(seen, troubles)) if address in closely else seen)
    return Vehicle(vin, order, levels, tuple(units), tuple(troubles))


def read_faults(troubles: list[str], there: Iterable[int] = ()) -> Procedure[dict[int, tuple[Fault, ...]]]:
    """Trouble codes of every control unit that tells them; `there`: those that are known to be."""
    question = _functional(services.read_faults(), "read every control unit's trouble codes", there)
    return _decoded((yield from _whoever_answers(question, troubles)), decode_faults, troubles)


def read_levels() -> Procedure[Levels | None]:
    """The vehicle's integration levels; None when the gateway does not tell them."""
    return (yield from _one(_LEVELS, decode_levels, []))


def _vin(vins: dict[int, Vin], troubles: list[str]) -> Procedure[Vin | None]:
    """The VIN most control units name; the gateway's own counts when they disagree evenly."""
    if not vins:
        return (yield from _one(Ask(GATEWAY, services.read(Did.VIN), "read the VIN"), decode_vin, troubles))
    named = sorted(vins.items(), key=lambda item: item[0] != GATEWAY)
    counts = {vin: sum(1 for other in vins.values() if other == vin) for _, vin in named}
    if len(counts) > 1:
        troubles.append(
            "control units disagree about the VIN: " + ", ".join(f"0x{a:02X} {v.text}" for a, v in sorted(vins.items()))
        )
    return max(counts, key=lambda vin: counts[vin])


def _closely(seen: UnitSeen, troubles: list[str]) -> Procedure[UnitSeen]:
    address = seen.address

    def about(request: bytes, step: str) -> Ask:
        return Ask(address, request, step)

    timings = yield from _one(
        about(services.read(Did.FLASH_TIMINGS), "read the flash times"), decode_flash_timings, troubles
    )
    counter = yield from _one(
        about(services.read(Did.PROGRAMMING_COUNTER), "read the programming counter"), decode_counter, troubles
    )
    maximum = yield from _one(
        about(services.read(Did.PROGRAMMING_COUNTER_MAX), "read the programming limit"), decode_counter, troubles
    )
    calibration = yield from _one(
        about(services.calibration_id(), "read the calibration id"), decode_calibration_ids, troubles
    )
    cvn = yield from _one(about(services.cvn(), "read the calibration verification number"), decode_cvn, troubles)
    return replace(
        seen,
        timings=timings,
        counter=counter,
        counter_max=maximum,
        calibration_id=" ".join(calibration or ()),
        cvn=" ".join(cvn or ()),
    )


def _session(address: int, troubles: list[str], there: set[int]) -> Procedure[int | None]:
    """The session a control unit says it is in, one byte or two (facts.md §3.4, confirmed); None: not told."""
    question = Ask(address, services.read(Did.ACTIVE_SESSION), "read the active session")
    payload: bytes | None = yield from _one(question, bytes, troubles, there)
    return payload[3] if payload is not None and len(payload) > 3 else None


def _one(
    question: Ask, decode: Callable[[bytes], T], troubles: list[str], there: set[int] | None = None
) -> Procedure[T | None]:
    """What one control unit says; `there` is told of who gives an answer at all, though it be a refusal."""
    try:
        response = yield from ask(question)
        return decode(response.payload)
    except (MalformedAnswer, NegativeResponse, NoResponse) as error:
        troubles.append(f"control unit 0x{question.to:02X}: {question.step}: {error.what}")
        if there is not None and not isinstance(error, NoResponse):
            there.add(question.to)
    return None


def _everyone(
    did: int, step: str, decode: Callable[[bytes], T], troubles: list[str], there: Iterable[int] = ()
) -> Procedure[dict[int, T]]:
    responses = yield from _whoever_answers(_functional(services.read(did), step, there), troubles)
    return _decoded(responses, decode, troubles)


def _whoever_answers(question: Ask, troubles: list[str]) -> Procedure[tuple[Response, ...]]:
    try:
        return (yield from ask_all(question))
    except NoResponse as error:  # the bus did not take the frame: no car at the plug
        troubles.append(f"{question.step}: {error.what}")
    return ()


def _functional(request: bytes, step: str, there: Iterable[int] = ()) -> Ask:
    return Ask(uds.FUNCTIONAL, request, step, p2_s=COLLECT_S, expected=frozenset(there))


def _decoded(responses: Sequence[Response], decode: Callable[[bytes], T], troubles: list[str]) -> dict[int, T]:
    values: dict[int, T] = {}
    for response in responses:
        try:
            values[response.address] = decode(response.payload)
        except MalformedAnswer as error:
            troubles.append(f"control unit 0x{response.address:02X}: {error.what}")
    return values
