"""A vehicle nobody can name: the last seven characters of its VIN, taken out of everything that leaves the workshop.

These seven are how the trade names one car (the plant and the serial number, ISO 3779 positions 11 to 17); the ten
before them say what kind of car it is, which is what support needs.

Rules:
1. The VINs a bundle is about go wherever they stand: whole or the last seven alone, as text or as hexadecimal bytes.
   Any other word that reads like a VIN goes as well: a notice may name another car.
2. A hash over the old text would let somebody try all serial numbers until it fits.  So the plan's hash and the chain
   of events are made anew over the redacted text, and nothing of the original's signature stays.
3. What was redacted is looked through once more (`require_clean`): in doubt there is no bundle.

Not redacted: the vehicle order, software, trouble codes, dates.  Who knows the car recognises it by them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TypeVar

from appliance.campaign.plan import plan_hash
from appliance.engine.chain import beginning, relinked
from appliance.engine.frozen import Frozen
from appliance.engine.journal import Run
from appliance.engine.report import Report
from appliance.errors import RefusedError, UsageError
from appliance.values import from_json

T = TypeVar("T")
KEPT = 10  # characters of a VIN: manufacturer, type and model year
SERIAL = 7
MASK = "*"
# A word of 17 legal characters with a letter in it: digits alone are the fraction of a number.
_LIKE_A_VIN = re.compile(r"(?<![A-Za-z0-9])(?=[0-9]*[A-Z])([A-HJ-NPR-Z0-9]{10})[A-HJ-NPR-Z0-9]{7}(?![A-Za-z0-9])")
_VIN = re.compile(rf"[A-HJ-NPR-Z0-9]{{{KEPT + SERIAL}}}")


class Redactor:
    """Takes these vehicles' serial numbers out of text.

    Args:
        vins: Of what is redacted; a word that stands for "not known" does not count.
    """

    def __init__(self, vins: Collection[str]) -> None:
        self.serials = tuple(sorted({vin[KEPT:] for vin in vins if _VIN.fullmatch(vin)}))
        self._hidden = tuple(pair for serial in self.serials for pair in _patterns(serial))

    def text(self, text: str) -> str:
        """The text without them, as long as before."""
        for secret, mask in self._hidden:
            text = secret.sub(mask, text)
        return _LIKE_A_VIN.sub(lambda found: found[1] + MASK * SERIAL, text)

    def require_clean(self, text: str, where: str) -> None:
        """Check what is to be given away.

        Raises:
            RefusedError: it still names a vehicle.
        """
        if self.text(text) != text:
            raise RefusedError("a vehicle could still be recognised by its VIN", where=where, do="export without it")


def _patterns(serial: str) -> Iterator[tuple[re.Pattern[str], str]]:
    """What stands for a serial number, and what is put there instead."""
    # Seven digits alone may be a part of any number or hash; with a letter among them they are nothing else.
    alone = rf"(?<=[A-HJ-NPR-Z0-9]{{{KEPT}}}){serial}|(?<![A-Za-z0-9.]){serial}(?![A-Za-z0-9])"
    yield re.compile(alone if serial.isdigit() else serial), MASK * SERIAL
    plain, masked = serial.encode("ascii").hex(), (MASK * SERIAL).encode("ascii").hex()
    yield re.compile(plain), masked
    yield re.compile(plain.upper()), masked.upper()


def redacted_hash(run: Run, redactor: Redactor) -> str:
    """The hash of a run's redacted plan; empty when none was frozen.

    Raises:
        UsageError: the plan was frozen by another version.
    """
    if not run.plan:
        return ""
    return plan_hash(_readable(redactor.text(run.plan), Frozen).plan)


def redacted_report(text: str, run: Run, redactor: Redactor) -> Report:
    """A report's JSON, redacted, with a chain of its own and without a signature.

    Raises:
        UsageError: it was written by another version.
    """
    hashed = redacted_hash(run, redactor)
    hidden = redactor.text(text)
    report = _readable(hidden.replace(run.plan_hash, hashed) if run.plan_hash else hidden, Report)
    events = relinked(beginning(report.run, hashed), report.events)
    return replace(report, events=events, signature=None)


def _readable(text: str, kind: type[T]) -> T:
    try:
        return from_json(text, kind)
    except ValueError as error:
        raise UsageError(
            f"what another version wrote cannot be redacted by this one: {error}",
            do="use the version of KL30 that wrote it, or export without --redact",
        ) from error
