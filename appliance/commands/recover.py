"""`kl30 recover --ecu ADDR` and `kl30 program --ecu ADDR`: one control unit, alone.

Why: docs/recovery.md and docs/levels.md.  It is the work of the flasher service, begun from a terminal: the same run,
the same journal.  When the appliance loses its power in it, the service goes on with it at the next boot.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from appliance.commands.terminal import LineView
from appliance.config import Config
from appliance.engine.report import Report
from appliance.errors import UsageError
from appliance.procedure.job import SecurityProvider
from appliance.wiring import (
    Appliance,
    assemble,
    data_lock,
    die_with_any_thread,
    die_with_the_engine,
    real_parts,
    trusted_from,
)

HIGHEST = 0xEE  # F1 and above are testers, EF and DF all control units at once (facts.md §1)


def unit_address(text: str) -> int:
    """A control unit's address as people write it: `0x40`, `40`; always hexadecimal.

    Raises:
        UsageError: it is no such address.
    """
    try:
        address = int(text.strip().lower().removeprefix("0x"), 16)
    except ValueError:
        address = -1
    if not 0 <= address <= HIGHEST or address == 0xDF:
        raise UsageError(f"{text!r} is no control unit address", do="write it in hexadecimal, as 0x40 or 40")
    return address


def recover_unit(
    config: Config, providers: dict[str, SecurityProvider], address: int, campaign: str, *, quiet: bool
) -> Report | None:
    """Recover one control unit on the real parts; None: an unfinished job of another car waits, and was told.

    Args:
        campaign: Id of the one whose software it gets; empty: the one that brings something for it.
        quiet: What happens goes to standard error; standard output belongs to the report.

    Raises:
        Kl30Error: as the flasher; a `UsageError` when that is running, because both need the car.
    """
    return _worked(config, providers, lambda appliance: _recover(appliance, address, campaign), quiet=quiet)


def program_unit(
    config: Config, providers: dict[str, SecurityProvider], address: int, campaign: str, *, quiet: bool
) -> Report | None:
    """Program one control unit of a campaign alone, on the real parts; arguments, None and errors as `recover_unit`."""
    return _worked(config, providers, lambda appliance: _program(appliance, address, campaign), quiet=quiet)


def _worked(
    config: Config, providers: dict[str, SecurityProvider], work: Callable[[Appliance], Report | None], *, quiet: bool
) -> Report | None:
    die_with_any_thread()
    lock = data_lock(config.data)
    view = LineView(sys.stderr if quiet else sys.stdout)
    try:
        trusted = trusted_from(config, providers)  # what is wrong with it is said before anything else begins
        parts = replace(real_parts(config, lambda: trusted), views=(view,))
        appliance = assemble(config, parts)
        try:
            report = die_with_the_engine(lambda: work(appliance))
        except BaseException as reason:
            appliance.fell(reason)
            raise
        appliance.close()
    finally:
        view.close()
        lock.release()
    if report is None and appliance.engine.refusal:
        raise appliance.engine.refusal
    return report


def _recover(appliance: Appliance, address: int, campaign: str) -> Report | None:
    """What an earlier life left unfinished goes first; if that was this control unit, it is done."""
    report = appliance.engine.boot()
    if report is not None and report.recovery is not None and report.recovery.address == f"0x{address:02X}":
        return report
    return appliance.engine.recover(address, campaign)


def _program(appliance: Appliance, address: int, campaign: str) -> Report | None:
    """What an earlier life left unfinished goes first; if that was this control unit alone, it is done."""
    report = appliance.engine.boot()
    if report is not None and [unit.address for unit in report.units] == [f"0x{address:02X}"]:
        return report
    return appliance.engine.program(address, campaign)
