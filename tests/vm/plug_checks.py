"""The plug pulled at every named point of a job and at random ones; each time the appliance goes on, until it is done.

A chain is one job on one car: it is cut, the machine comes up again and goes on, it is cut at the next moment, and so
on; at the end of it the car has to be programmed.  After each cut the card is looked at (`look`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.vm.build import Guest
from tests.vm.checks import Checks
from tests.vm.errors import MachineError
from tests.vm.site import Cut, Moment, Site

GROUP = "plug"
RANDOM_CUTS = 30
SEED = 20261121
CHAIN = 10  # cuts of one job; twelve in a row without progress would end it (docs/decisions/0018-loop-guard.md)
_LONGEST_DELAY_S = 0.08


def request(prefix: str, nth: int = 1) -> Callable[[object, int], bool]:
    """The n-th request of a life that begins so; a new counter each."""
    left = [nth]

    def reached(heard: object, _number: int) -> bool:
        payload: bytes = heard.payload  # type: ignore[attr-defined]
        left[0] -= payload.startswith(bytes.fromhex(prefix))
        return payload.startswith(bytes.fromhex(prefix)) and left[0] <= 0

    return reached


NAMED: tuple[tuple[str, str, float], ...] = (
    ("as the programming session begins", "10 02", 0.0),
    ("while the car is read again", "22 F1 01", 0.0),
    ("before the first erase", "27 12", 0.03),
    ("at the erase", "31 01 FF 00", 0.0),
    ("during the erase", "31 01 FF 00", 1.0),
    ("before the download", "34", 0.0),
    ("in the transfer", "36 02", 0.0),
    ("in the middle of a block", "36 01", 0.03),
    ("before the end of the transfer", "37", 0.0),
    ("at the check of the memory", "31 01 02 02", 0.0),
    ("as the check is journalled", "31 01 02 02", 0.82),
    ("before the dependency check", "31 01 FF 01", 0.0),
    ("at the reset", "11 01", 0.0),
    ("after the reset", "11 01", 1.5),
    ("in coding", "2E 30 00", 0.0),
    ("at the integration level", "2E 10 0B", 0.0),
    ("as trouble codes are cleared", "14", 0.0),
    ("as the car is given back", "85 01", 0.0),
)


def named() -> Iterator[Moment]:
    """In the order of a job, so that each resumed life comes to the next."""
    for name, prefix, delay_s in NAMED:
        yield Moment(f"named: {name}", request(prefix), delay_s=delay_s)


def by_chance(count: int, chance: Random) -> Iterator[Moment]:
    """Requests, moments after requests, and flushes of the card in the middle of being written."""
    for number in range(count):
        if chance.random() < 0.4:
            flush = chance.randint(1, 25)
            yield Moment(f"random {number + 1}: in the card's flush {flush}", flush=flush)
        else:
            nth = chance.randint(1, 60)
            delay_s = round(chance.random() * _LONGEST_DELAY_S, 3)
            yield Moment(
                f"random {number + 1}: {delay_s * 1000:.0f} ms after request {nth}",
                lambda _heard, heard_now, nth=nth: heard_now >= nth,  # type: ignore[misc]
                delay_s=delay_s,
            )


def jobs(checks: Checks, guest: Guest, place: Path) -> Iterator[Callable[[], None]]:
    """Every chain, to be run in any order, or at the same time."""
    moments = {"named": list(named()), "random": list(by_chance(RANDOM_CUTS, Random(SEED)))}
    for kind, all_of_them in moments.items():
        wanted = [one for one in all_of_them if checks.wanted(GROUP, one.name)]
        for number, first in enumerate(range(0, len(wanted), CHAIN), 1):
            some = wanted[first : first + CHAIN]
            yield lambda name=f"{kind} chain {number}", some=some: _chain(name, some, checks, guest, place)  # type: ignore[misc]


def _chain(name: str, moments: list[Moment], checks: Checks, guest: Guest, place: Path) -> None:
    """One car after the other, until each of the moments has come."""
    number = 0
    while moments and checks.left_s > 0:
        number += 1
        left = len(moments)
        with Site(place / f"{name}.{number}".replace(" ", "-"), guest, seed=number) as site:
            whole = f"{name}, car {number}: ends programmed"
            checks.run(GROUP, whole, _Chain(site, moments, checks).live)
        if len(moments) == left:
            break  # it got nowhere; the next one would not either
    for moment in moments:
        checks.run(GROUP, moment.name, _not_reached)


def _not_reached() -> None:
    raise MachineError("not reached: the chain before it broke, or the time was over")


class _Chain:
    """One job, cut at as many of the moments as it comes to, which are taken from the list."""

    def __init__(self, site: Site, moments: list[Moment], checks: Checks) -> None:
        self._site = site
        self._moments = moments
        self._checks = checks

    def live(self) -> str:
        """From START to programmed."""
        site, cuts = self._site, 0
        site.power_on()
        site.start()
        while self._moments:
            left = site.cut_at(self._moments[0])
            if left is None:
                break  # this job is too far for it: the next car
            moment = self._moments.pop(0)
            cuts += 1
            self._checks.run(GROUP, moment.name, lambda left=left: _told(left))  # type: ignore[misc]
            site.power_on()
            site.go_on()
        if not cuts:
            raise MachineError(f"the job ended before {self._moments[0].name}")
        site.require_programmed(site.finish())
        return f"{cuts} cuts"


def _told(cut: Cut) -> str:
    if cut.wrong:
        raise MachineError("; ".join(cut.wrong))
    facts = f"{len(cut.found.facts)} facts" if cut.found.facts else "no fact yet"
    return f"{facts}; {cut.loss.gone} of {cut.loss.unconfirmed} unconfirmed sectors gone; card and journal in order"
