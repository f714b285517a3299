"""A report as its two files: JSON, and a page to print that carries the same JSON.

The page without the JSON is hashed into the signature, so that the words a person reads are covered as well: whoever
checks the page takes the JSON out, and the rest has to be, byte for byte, what was signed.  The JSON sits in a script
element that no browser runs (its type is none; HTML, section 4.12.1) and nothing is fetched.

Sources: docs/decisions/0025; HTML Living Standard, 4.12.1.3 (what may stand in a script element).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.engine.claim_sheet import render_claim_sheet
from appliance.engine.report import Report
from appliance.engine.signature import Edition, Signer, completed, drafted
from appliance.errors import BoardError
from appliance.values import to_json, to_plain

_OPENS = '<script type="application/json" id="kl30-report">'
_CLOSES = "</script>\n"
_BEFORE = "</body>"


@dataclass(frozen=True, slots=True)
class Printed:
    """A report, its JSON and its page, each as a whole file."""

    report: Report
    json: str
    page: str


def printed(report: Report, signer: Signer, edition: Edition = Edition.ORIGINAL) -> Printed:
    """A report, signed; one that cannot be signed is printed without and says why.

    The evidence is worth less then, but the car, its technician and the next START must not wait for a key.
    """
    try:
        return _signed(report, signer, edition)
    except (BoardError, ValueError) as error:
        plain = replace(report, signature=None, notes=(*report.notes, f"This report could not be signed: {error}"))
        return _whole(plain, render_claim_sheet(plain))


def _signed(report: Report, signer: Signer, edition: Edition) -> Printed:
    plain: Mapping[str, Any] = to_plain(replace(report, signature=None))
    draft = drafted(plain, edition, signer.public())
    page = render_claim_sheet(replace(report, signature=draft))
    return _whole(replace(report, signature=completed(draft, sheet_hash(page), signer)), page)


def _whole(report: Report, page: str) -> Printed:
    text = to_json(report)
    inside = text.replace("<", "\\u003c")  # in JSON text `<` stands in strings only; nothing in them ends the element
    return Printed(report, text, page.replace(_BEFORE, f"{_OPENS}{inside}{_CLOSES}{_BEFORE}", 1))


def sheet_hash(page: str) -> str:
    """SHA-256 of a page without the JSON."""
    return hashlib.sha256(page.encode()).hexdigest()


def is_printed(text: str) -> bool:
    """Whether this is a page, and not JSON."""
    return text.lstrip().startswith("<")


def apart(text: str) -> tuple[str, str]:
    """A page without the JSON, and the JSON.

    Raises:
        ValueError: it carries none.
    """
    before, opens, rest = text.partition(_OPENS)
    inside, closes, behind = rest.partition(_CLOSES)
    if not opens or not closes:
        raise ValueError("the page carries no report")
    if "<" in inside:  # none of ours has it there, and a browser might read it as part of the page
        raise ValueError("the report in the page has markup in it")
    return before + behind, inside
