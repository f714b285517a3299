"""What a control unit's data has to be in the end: as it drove in, changed by the job's rules, and nothing else.

Bit by bit, and of what the simulated car remembers; no code is shared with those who write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from appliance.bench.memory import CarMemory
from appliance.bench.referee.job import Job, Recoding

BITS = range(8)


class Data:
    """Coding and individual data of each control unit of a car.

    Args:
        car: As it drives in; data that a bootloader hides, or a flash of somebody else has taken, nobody can give back.
    """

    def __init__(self, job: Job, car: CarMemory) -> None:
        whole = [unit for unit in car.units if unit.good and not unit.coding_lost]
        self.came = {unit.address: {**dict(unit.coding), **dict(unit.individual)} for unit in whole}
        self.due = {address: dict(_due(job, address, held)) for address, held in self.came.items()}

    def right(self, address: int, held: Mapping[int, bytes], *, changed: bool) -> bool:
        """Whether a control unit holds what it should; `changed`: by the job's rules, else as it came."""
        known = self.due if changed else self.came
        return known.get(address, held) == held


def _due(job: Job, address: int, held: Mapping[int, bytes]) -> Iterable[tuple[int, bytes]]:
    unit = job.unit(address)
    rules = [rule for rule in (unit.recodings if unit else ()) if _meant(rule, job.order)]
    for did, data in held.items():
        yield did, bytes(_byte(one, [rule for rule in rules if (rule.did, rule.byte) == (did, place)])
                         for place, one in enumerate(data))  # fmt: skip


def _byte(before: int, rules: Iterable[Recoding]) -> int:
    bits = [before >> bit & 1 for bit in BITS]
    for rule in rules:
        for bit in BITS:
            if rule.mask >> bit & 1:
                bits[bit] = rule.value >> bit & 1
    return sum(one << bit for bit, one in enumerate(bits))


def _meant(rule: Recoding, order: frozenset[str]) -> bool:
    return all(one in order for one in rule.needs) and not any(one in order for one in rule.excludes)
