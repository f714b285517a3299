"""What control units kept beside their trouble codes (facts.md §9).

Reads only; a refusal or a silence leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from appliance.car.fault_details import FaultDetail, decode_extended, decode_snapshot
from appliance.errors import MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.words import Ask, Procedure, ask

T = TypeVar("T")


def fault_details(codes: Sequence[tuple[int, int]]) -> Procedure[tuple[FaultDetail, ...]]:
    """One for each of these control units and codes, in their order."""
    details: list[FaultDetail] = []
    for address, code in codes:
        step = f"read what is kept beside {code:06X}"
        extended = yield from _told(Ask(address, services.extended_data(code), step), decode_extended)
        snapshot = yield from _told(Ask(address, services.snapshot(code), step), decode_snapshot)
        details.append(FaultDetail(extended or (), snapshot or b""))
    return tuple(details)


def _told(question: Ask, decode: Callable[[bytes], T]) -> Procedure[T | None]:
    try:
        return decode((yield from ask(question)).payload)
    except (MalformedAnswer, NegativeResponse, NoResponse):
        return None  # the runner has told it; the code itself stands in the report all the same
