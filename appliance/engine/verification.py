"""Is this report genuine?  Asked of the file alone, on any machine.

Rules:
1. Foreign input: whatever the file holds gives a judgement in words, never an exception.  JSON that two readers could
   take for two things (a key given twice, a number that is none) is not read.
2. What does not fit is named: the keys of the report first, then the first event that does not fit those before it,
   then the signature as a whole.  Genuine is what leaves nothing to name.
3. A report may come from another version: only `run`, `plan_hash`, `events` and `signature` have to be understood.
4. Whether its device is to be trusted is another question (`known_devices`).

Sources: docs/decisions/0025; RFC 8259, section 4 (names should be unique).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.engine.canonical import digest
from appliance.engine.chain import Told, beginning, first_break, head
from appliance.engine.device_key import PublicKey
from appliance.engine.printed import apart, is_printed, sheet_hash
from appliance.engine.signature import ALGORITHM, FORM, KEY, Edition, Signature, statement
from appliance.values import from_plain, to_plain

_SHOWN = 160  # characters of an event's own words


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says of itself; empty where it says nothing."""

    run: str = ""
    vin: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came out.

    Attributes:
        findings: What does not fit, sentences without a full stop, the first one first; empty: the report is genuine.
        said: What it says of itself; of one that is not genuine it proves nothing.
        device: The fingerprint it names, as `said`; empty: it names none.
        redacted: The vehicle's serial number was taken out before it was signed.
    """

    findings: tuple[str, ...]
    said: Said = Said()
    device: str = ""
    redacted: bool = False

    @property
    def genuine(self) -> bool:
        """Whether nothing was changed since the device signed it."""
        return not self.findings


def judge_file(content: bytes) -> Judgement:
    """The judgement on a report as JSON, or on the printable page that carries it."""
    try:
        text = content.decode("utf-8")
        page, text = apart(text) if is_printed(text) else ("", text)
        plain = _read(text)
    except (ValueError, RecursionError) as error:
        return Judgement((f"it cannot be read: {error}",))
    return judge_report(plain, page)


def judge_report(plain: Mapping[str, Any], page: str = "") -> Judgement:
    """The judgement on a report.

    Args:
        page: The printable page around it; empty: there is none.
    """
    try:
        signature = _signature(plain)
        findings = tuple(_findings(plain, signature, page))
    except ValueError as error:
        return Judgement((str(error),), _said(plain))
    return Judgement(findings, _said(plain), signature.device, signature.edition is Edition.REDACTED)


def _read(text: str) -> dict[str, Any]:
    plain = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    if not isinstance(plain, dict):
        raise ValueError("it is no report")  # noqa: TRY004 – the file is at fault, not the caller
    return plain


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise ValueError("a key is given twice")
    return plain


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _signature(plain: Mapping[str, Any]) -> Signature:
    """The signature of a report, which is of a form this version knows.

    Raises:
        ValueError: it is not.
    """
    if plain.get(KEY) is None:
        raise ValueError("it is not signed")
    found = plain[KEY]
    form = found.get("form") if isinstance(found, dict) else None
    if isinstance(form, str) and form != FORM:
        raise ValueError(f"its signature has the form {form[:_SHOWN]!r}, which this version does not know")
    try:
        signature = from_plain(found, Signature)
    except ValueError as error:
        raise ValueError(f"key {KEY!r}: it is not what a device signs") from error
    if to_plain(signature) != found or signature.algorithm != ALGORITHM:
        raise ValueError(f"key {KEY!r}: it is not what a device signs")
    return signature


def _findings(plain: Mapping[str, Any], signature: Signature, page: str) -> Iterator[str]:
    keys = {key for key in plain if key != KEY}
    signed = set(signature.digests)
    yield from (f"key {key!r}: it was taken out" for key in sorted(signed - keys))
    yield from (f"key {key!r}: it was added" for key in sorted(keys - signed))
    yield from (
        f"key {key!r}: it was altered" for key in sorted(keys & signed) if not _fits(plain[key], key, signature)
    )
    yield from _chain_findings(plain, signature)
    if page and sheet_hash(page) != signature.sheet:
        yield "the printed page: it is not what the report in it was signed with"
    if not _value_fits(signature):
        yield f"key {KEY!r}: it is not the signature of the device it names"


def _fits(value: Any, key: str, signature: Signature) -> bool:
    try:
        return digest(value) == signature.digests[key]
    except ValueError:  # no device could have signed this
        return False


def _chain_findings(plain: Mapping[str, Any], signature: Signature) -> Iterator[str]:
    run, plan_hash = plain.get("run"), plain.get("plan_hash")
    if plan_hash != signature.plan_hash:
        yield "key 'plan_hash': it is not the plan the events are chained to"
    if not isinstance(run, str):
        return  # told already: it was altered or taken out
    try:
        told = from_plain({"events": plain.get("events")}, _Events).events
    except ValueError:
        yield "key 'events': it is not a list of events"
        return
    begins = beginning(run, signature.plan_hash)
    place = first_break(begins, told)
    if place is not None:
        yield f"event {place + 1} of {len(told)}, {_event_words(told[place])}: it does not fit what stands before it"
    elif head(begins, told) != signature.chain_head:
        yield f"after event {len(told)}: the end of the chain is another one, events were taken away or added"


@dataclass(frozen=True, slots=True)
class _Events:
    events: tuple[Told, ...]


def _event_words(told: Told) -> str:
    words = f"{told.wall} {told.kind} {told.body}"[:_SHOWN]
    return "".join(one if one.isprintable() else " " for one in words)


def _value_fits(signature: Signature) -> bool:
    try:
        key, value = PublicKey(bytes.fromhex(signature.public_key)), bytes.fromhex(signature.value)
        message = statement(signature)
    except ValueError:
        return False
    spelled = (key.raw.hex(), value.hex()) == (signature.public_key, signature.value)  # one spelling, no blanks
    return spelled and key.fingerprint == signature.device and key.signed(value, message)


def _said(plain: Mapping[str, Any]) -> Said:
    vehicle = plain.get("vehicle")
    vin = vehicle.get("vin") if isinstance(vehicle, dict) else None
    return Said(*(_word(value) for value in (plain.get("run"), vin, plain.get("verdict"))))


def _word(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""
