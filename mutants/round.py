"""A round: each of some mutants against the tests, by a few workers with a copy of the checkout each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic

from mutants.mutant import Mutant, NoLongerApplies
from mutants.trial import SUITE_LIMIT_S, Fate, Outcome, Unsound, require_sound, run_tests, try_tests
from mutants.workplace import ROOT, Workplace


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant, and how long that took."""

    mutant: Mutant
    outcome: Outcome
    took_s: float

    @property
    def unlikely(self) -> bool:
        """Killed, but not by the tests that were thought likely: the catalogue's list is out of date."""
        by = self.outcome.by
        return self.outcome.fate is Fate.KILLED and not any(by.startswith(likely) for likely in self.mutant.tests)


def require_applicable(mutants: Sequence[Mutant]) -> None:
    """Every mutant has its line in the checkout.

    Raises:
        NoLongerApplies: naming all that have not.
    """
    stale = []
    for mutant in mutants:
        try:
            mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
        except (NoLongerApplies, FileNotFoundError) as gone:
            stale.append(str(gone))
        stale += [
            f"mutant {mutant.name}: there is no {test}"
            for test in mutant.tests
            if not (ROOT / test.partition("::")[0]).exists()
        ]
    if stale:
        raise NoLongerApplies("\n".join(stale))


@contextmanager
def workplaces(count: int) -> Iterator[list[Workplace]]:
    """So many copies of the checkout, for as long as the block lasts; the first is proven sound.

    Raises:
        Unsound: the tests could not tell anything.
    """
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory(prefix="kl30-mutants-"))) for _ in range(count)]
        places = [Workplace(folder / "kl30") for folder in folders]
        require_sound(places[0])
        yield places


def play(mutants: Sequence[Mutant], workers: int, suite: Sequence[str], told: Callable[[Result], None]) -> list[Result]:
    """Try every mutant; `told` hears each result as it comes.

    Args:
        suite: What has to notice a mutant that its own tests do not; empty: nothing has to.

    Raises:
        NoLongerApplies: one has lost its line.
        Unsound: the tests could not tell anything.
    """
    require_applicable(mutants)
    with workplaces(workers) as places, ThreadPoolExecutor(workers) as pool:
        free: SimpleQueue[Workplace] = SimpleQueue()
        for place in places:
            free.put(place)

        def one(mutant: Mutant) -> Result:
            place = free.get()
            try:
                result = _tried(mutant, place, suite)
            finally:
                free.put(place)
            told(result)
            return result

        results = list(pool.map(one, mutants))
        _require_innocent(places[0], results)
        return results


def _require_innocent(place: Workplace, results: Sequence[Result]) -> None:
    """Whoever killed a mutant passes without one: else it would have failed anyway."""
    killers = sorted({one.outcome.by for one in results if one.outcome.fate is Fate.KILLED and "::" in one.outcome.by})
    anyway = run_tests(place, killers, SUITE_LIMIT_S) if killers else Outcome(Fate.SURVIVED)
    if anyway.fate is not Fate.SURVIVED:
        raise Unsound(f"{anyway.by} fails without any bug, so it proves nothing about the mutants it killed")


def _tried(mutant: Mutant, place: Workplace, suite: Sequence[str]) -> Result:
    begun_s = monotonic()
    with place.changed(mutant.file, mutant.applied(place.source(mutant.file))):
        outcome = try_tests(place, mutant.tests, suite)
    return Result(mutant, outcome, monotonic() - begun_s)
