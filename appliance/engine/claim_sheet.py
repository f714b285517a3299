"""The claim sheet: one printable page a warranty clerk can use, made from the report alone.

Plain HTML without a script or any outside asset, so that it reads the same from a USB stick in ten years.  `printed.py`
adds the report itself to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from appliance.campaign.claim_repairs import ClaimItem
from appliance.campaign.vehicle_test import FaultRow
from appliance.engine.claim_rest import claim_rest
from appliance.engine.foresight import answer
from appliance.engine.punctuality import Punctuality
from appliance.engine.report import HoldReport, Report
from appliance.engine.signature import Edition, Signature
from appliance.engine.trace import Trace
from appliance.engine.trace_svg import render_svg
from appliance.engine.vehicle_view import address_text
from appliance.events import ChargerTested

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #111; background: #fff; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.verdict { font-size: 1.2rem; font-weight: 700; border: 2px solid #111; padding: .5rem .8rem; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
       border-bottom: 1px solid #bbb; padding: .3rem .6rem .3rem 0; } th { width: 13rem; font-weight: 600; }
code { font-size: .92em; overflow-wrap: anywhere; } li { margin: .15rem 0; }
.small { color: #444; font-size: .85rem; } @media print { body { margin: 0; max-width: none; } }
"""


def render_claim_sheet(report: Report) -> str:
    """The sheet as a whole HTML document."""
    title = report.campaign.title if report.campaign else "Campaign"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: {escape(report.run)}'
        f"</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(title)}</h1>\n<p>{escape(report.campaign.source if report.campaign else '')}</p>\n"
        f'<p class="verdict">{escape(report.verdict)}</p>\n<p>{escape(report.reason)}</p>\n'
        + _vehicle(report)
        + _claim(report)
        + _units(report)
        + _level(report)
        + _vehicle_test(report.vehicle_test)
        + _recovery(report)
        + _supply(report)
        + _notes(report)
        + _punctuality(report.punctuality)
        + f'<p class="small">Run {escape(report.run)}, begun {escape(report.begun)}, ended {escape(report.ended)}, '
        f"KL30 {escape(report.version)}. Measures plan SHA-256 <code>{escape(report.plan_hash or 'none')}</code>.</p>\n"
        + _signature(report.signature)
        + "</body></html>\n"
    )


def _vehicle(report: Report) -> str:
    car, after = report.vehicle, report.vehicle_after
    if car is None:
        return "<h2>Vehicle</h2><p>It could not be identified.</p>"
    built = f"{car.production.month:02}/{car.production.year}" if car.production.month else "unknown"
    level_after = after.integration_level.current if after else None
    return _section(
        "Vehicle",
        (
            ("VIN", car.vin or "unknown"),
            ("Model", car.model or "unknown"),
            ("Month of production", built),
            ("Integration level before", car.integration_level.current or "unknown"),
            ("Integration level after", level_after or "not read"),
        ),
    )


def _claim(report: Report) -> str:
    claim = report.claim
    if claim is None:
        return ""
    rows = [("Defect code", claim.defect_code)]
    if claim.labour_operation:
        rows += [
            ("Labour operation", claim.labour_operation),
            ("Labour allowance", f"{claim.fru} FRU"),
            ("Description", claim.text),
        ]
    body = "".join(f"<p>{escape(sentence)}</p>" for sentence in claim.sentences)
    return (
        _section("Claim", rows)
        + body
        + _items("Consequential: appeared during programming", claim.consequential)
        + _items("Prior: existed before programming", claim.prior)
        + claim_rest(claim)
    )


def _items(title: str, items: Iterable[ClaimItem]) -> str:
    lines = "".join(f"<li>{escape(item.unit)} {escape(item.code)}: {escape(item.text)}</li>" for item in items)
    return f"<h2>{escape(title)}</h2><ul>{lines or '<li>none</li>'}</ul>"


def _units(report: Report) -> str:
    parts = []
    for unit in report.units:
        before, after = _listed(unit.software_before), _listed(unit.software_after)
        parts.append(
            f"<tr><th>{escape(unit.address)} {escape(unit.name)}</th><td><strong>{escape(unit.verdict)}</strong><br>"
            f"{escape(unit.why)}<br>{escape(unit.what_to_do)}</td></tr>"
            f"<tr><th>Software before</th><td><code>{before}</code></td></tr>"
            f"<tr><th>Software after</th><td><code>{after}</code></td></tr>"
        )
        if unit.calibration_before or unit.calibration_after:
            words = f"{unit.calibration_before or 'not read'} → {unit.calibration_after or 'not read'}"
            parts.append(f"<tr><th>Calibration id / CVN</th><td><code>{escape(words)}</code></td></tr>")
        parts += _data("Coding data before", unit.coding_saved)
        parts += [f"<tr><th>New coding</th><td>{escape(words)}</td></tr>" for words in unit.coding_changes]
        parts += _data("Coding data after", unit.coded_to)
        parts += _data("Individual data before", unit.individual_saved)
    return f"<h2>Control units</h2><table>{''.join(parts)}</table>" if parts else ""


def _data(title: str, kept: Iterable[tuple[str, str]]) -> list[str]:
    """Identifiers and their data, so that a person can go back to them with any tool."""
    lines = "<br>".join(f"{escape(did)}: {escape(data)}" for did, data in kept)
    return [f"<tr><th>{title}</th><td><code>{lines}</code></td></tr>"] if lines else []


def _level(report: Report) -> str:
    rows = [("Why it is raised, or not", report.level_why)] if report.level_why else []
    rows += [
        (f"{one.address} {one.name}, left alone", f"{one.why}{'; keeps the level back' if one.blocks_level else ''}")
        for one in report.untouched
    ]
    return _section("Integration level", rows) if rows else ""


def _vehicle_test(rows: Sequence[FaultRow]) -> str:
    """What became of every trouble code, as a table."""
    if not rows:
        return ""
    heads = ("Control unit", "Trouble code", "Became", "Before", "After", "Kept beside it")
    body = (
        (
            address_text(row.address),
            row.code,
            row.became.value,
            row.before or "–",
            row.after or "–",
            "; ".join(row.kept),
        )
        for row in rows
    )
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in body)
    head = "".join(f"<th>{escape(word)}</th>" for word in heads)
    return f"<h2>Vehicle test</h2>\n<table>\n<tr>{head}</tr>\n{cells}</table>\n"


def _recovery(report: Report) -> str:
    found = report.recovery
    if found is None:
        return ""
    rows = [
        ("Found", f"{found.address} {found.condition}: {'; '.join(found.evidence)}"),
        ("Proof that the software fits", "; ".join(found.identity)),
        *((f"Tried: {one.rung}", one.result) for one in found.rungs),
        ("Coding data", found.coding or "none named by the campaign"),
        *(("Do not", words.removeprefix("do not ")) for words in found.do_not),
        ("Keep", ", ".join(found.keep)),
    ]
    return _section("Recovery", rows)


def _listed(software: tuple[str, ...]) -> str:
    return "<br>".join(escape(text) for text in software) or "not read"


def _supply(report: Report) -> str:
    supply = report.supply
    if supply.min_v is None or supply.max_v is None:
        return _section("Supply", (("Readings", "none"),))
    rows = [("Lowest / highest", f"{supply.min_v:.2f} V / {supply.max_v:.2f} V"), ("Holds", str(len(supply.holds)))]
    if supply.charger_test is not None:
        rows.append(("Charger test", _charger_test(supply.charger_test)))
    rows += [(f"Held before: {hold.step}", _hold(hold)) for hold in supply.holds]
    rows += [
        (f"Forecast {number}, {one.step}", f"{answer(one.allowed, one.criterion)}: {one.reason}")
        for number, one in enumerate(supply.forecasts, 1)
    ]
    trace = Trace(supply.trace, supply.spans, supply.marks)
    drawn = render_svg(trace, supply.hold_limit_v, supply.upper_limit_v)
    return _section("Supply", rows) + drawn


def _charger_test(test: ChargerTested) -> str:
    ohms = f"; source {1000 * test.source_ohm:.0f} mΩ" if test.source_ohm is not None else ""
    back = f", back after {test.recovery_s:.0f} s" if test.recovery_s is not None else ""
    return f"{test.verdict}: {test.words}{ohms}{back}"


def _hold(hold: HoldReport) -> str:
    lasted = f"{hold.held_s:.1f} s" if hold.held_s is not None else "until it was cut off"
    reaction = f"the last request ended {hold.reaction_s * 1000:.0f} ms after the limit was crossed"
    return f"{hold.reason}; {reaction}; held {lasted}"


def _signature(signature: Signature | None) -> str:
    """Of a signature everything but its value, which is made over this page as well."""
    if signature is None:
        return '<p class="small">This report is not signed.</p>\n'
    redacted = "It was signed anew after the vehicle's serial number was taken out. "
    return (
        f'<p class="small">Signed by the appliance with the fingerprint <code>{escape(signature.device)}</code>, over '
        f"every key of the report and a chain of its events that ends in <code>{escape(signature.chain_head)}</code>. "
        f"{redacted if signature.edition is Edition.REDACTED else ''}"
        "<code>kl30 report verify</code> checks this file. A signature shows which appliance wrote the report and that "
        "nothing was changed since; it does not show that the appliance told the truth.</p>\n"
    )


def _notes(report: Report) -> str:
    notes = list(report.notes)
    if report.interruptions:
        times = "once" if report.interruptions == 1 else f"{report.interruptions} times"
        notes.append(f"The appliance was cut off {times} and finished the job afterwards.")
    if not notes:
        return ""
    return f"<h2>Notes</h2><ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>"


def _punctuality(punctuality: Punctuality | None) -> str:
    return "" if punctuality is None else f'<p class="small">Time: {escape(punctuality.words)}.</p>\n'


def _section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<h2>{escape(title)}</h2><table>{lines}</table>\n"
