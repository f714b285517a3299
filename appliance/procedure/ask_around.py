"""What the control units know beside their own job: how they find the supply, and whether they are there at all.

Reads only, in whatever session they are.  A refusal, a silence and an answer that makes no sense are values here: who
asks for an opinion has to go on without one.  `3E 00` is TesterPresent with an answer (ISO 14229-1, 9.6); it changes
nothing but the session timers, which the appliance keeps alive anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance import uds
from appliance.car.own_voltage import Opinion, OwnVoltage
from appliance.errors import MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.identify import COLLECT_S
from appliance.procedure.words import Ask, Procedure, ask, ask_all


def own_voltages(sources: Sequence[OwnVoltage]) -> Procedure[tuple[Opinion, ...]]:
    """What each of these control units says of its own supply: one opinion for each source, in their order."""
    opinions: list[Opinion] = []
    for source in sources:
        opinions.append((yield from _own_voltage(source)))
    return tuple(opinions)


def roll_call(step: str = "ask which control units are there") -> Procedure[frozenset[int]]:
    """Addresses of all control units that answer now; empty: none does, or the bus took no frame."""
    try:
        responses = yield from ask_all(Ask(uds.FUNCTIONAL, services.tester_present(), step, p2_s=COLLECT_S))
    except NoResponse:
        return frozenset()
    return frozenset(response.address for response in responses)


def roll_call_by_name(
    addresses: Iterable[int], step: str = "ask each control unit whether it is there"
) -> Procedure[frozenset[int]]:
    """The same, one after the other: for when somebody is busy, and must not be asked with the others."""
    there: set[int] = set()
    for address in addresses:
        try:
            yield from ask(Ask(address, services.tester_present(), step, p2_s=COLLECT_S))
        except NegativeResponse:
            there.add(address)  # it is there, and has its own opinion of the question
        except NoResponse:
            continue
        else:
            there.add(address)
    return frozenset(there)


def _own_voltage(source: OwnVoltage) -> Procedure[Opinion]:
    question = Ask(source.address, services.read(source.did), f"ask control unit 0x{source.address:02X} for its supply")
    try:
        response = yield from ask(question)
        return Opinion(source.address, source.decode(response.payload))
    except (MalformedAnswer, NegativeResponse, NoResponse) as error:
        return Opinion(source.address, None, error.what)
