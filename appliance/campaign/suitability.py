"""May this control unit be programmed from this campaign?  Everything that is asked before the first write.

Rules.  Hardware must be one the software is made for.  A bootloader must be one the campaign knows, if it knows any.
Nothing is replaced by something lower, but for the exact version a campaign names together with its reason.  Present
software must be one the campaign starts from; in a unit whose application is not proven the software it names is not
evidence, so hardware and bootloader decide alone: that is how a unit left behind by a failed flash is recovered.
Software the campaign keeps must be there.  The programming counter must leave at least one attempt.  What a unit needs
of others: `campaign.needs`.

Sources: facts.md §3.1 (SVK), §5.5 (how a failed flash looks; only higher software is accepted again: forum).  Pure.
"""

from __future__ import annotations

from appliance.campaign.model import CampaignUnit
from appliance.campaign.software import SOFTWARE, listed, name, version
from appliance.car.sgbm import ProcessClass, SgbmId
from appliance.car.svk import Svk
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError


def require_suitable(unit: CampaignUnit, seen: UnitSeen, svk: Svk) -> None:
    """Check everything, hardware first.

    Raises:
        RefusedError: what was found, what was expected, and what to do.
    """
    _require_hardware(unit, svk)
    _require_bootloader(unit, svk)
    present = tuple(entry for entry in svk.entries if entry.class_name in SOFTWARE and not entry.unknown)
    _refuse_downgrade(unit, present)
    if not seen.in_bootloader:
        _require_known_start(unit, present)
    _require_kept(unit, present)
    attempts_allowed(unit, seen)


def attempts_allowed(unit: CampaignUnit, seen: UnitSeen | None) -> int:
    """How often one datablock may be begun: the campaign's word, and what the programming counter leaves.

    A counter that could not be read does not limit: many control units have none.

    Raises:
        RefusedError: the counter is at its maximum.
    """
    if seen is None or seen.counter is None or seen.counter_max is None:
        return unit.max_attempts
    left = seen.counter_max - seen.counter
    if left < 1:
        raise _refusal(
            unit,
            f"it was programmed {seen.counter} times, its maximum is {seen.counter_max}",
            "replace the control unit",
        )
    return min(unit.max_attempts, left)


def where(unit: CampaignUnit) -> str:
    """How messages name a control unit."""
    return f"control unit 0x{unit.address:02X} {unit.name}"


def hardware(svk: Svk) -> tuple[SgbmId, ...]:
    """The HWEL entries; a control unit has one."""
    return _of_class(svk, ProcessClass.HWEL)


def _require_hardware(unit: CampaignUnit, svk: Svk) -> None:
    found = hardware(svk)
    if not found or any(one not in unit.hwel for one in found):
        raise _refusal(
            unit,
            f"found hardware {listed(found)}, expected {_either(unit.hwel)}",
            "use a campaign made for this hardware; nothing was changed",
        )


def _require_bootloader(unit: CampaignUnit, svk: Svk) -> None:
    found = _of_class(svk, ProcessClass.BTLD)
    if unit.bootloader and (not found or any(one not in unit.bootloader for one in found)):
        raise _refusal(
            unit,
            f"found bootloader {listed(found)}, expected {_either(unit.bootloader)}",
            "use a campaign made for this bootloader; nothing was changed",
        )


def _refuse_downgrade(unit: CampaignUnit, present: tuple[SgbmId, ...]) -> None:
    targets = {name(one): one for one in unit.target_software}
    for one in present:
        target = targets.get(name(one))
        if target and version(one) > version(target) and one not in unit.lowers:
            raise _refusal(
                unit,
                f"found {one.psdz}, which is higher than the campaign's {target.psdz}",
                "leave it as it is, or use a newer campaign; lower software is never programmed over higher",
            )


def _require_known_start(unit: CampaignUnit, present: tuple[SgbmId, ...]) -> None:
    targets = {name(one) for one in unit.target_software}
    for one in present:
        known = one in unit.from_software if unit.from_software else name(one) in targets
        if not known and one not in (*unit.target_software, *unit.lowers):
            expected = (
                _either(unit.from_software) if unit.from_software else f"a version of {', '.join(sorted(targets))}"
            )
            raise _refusal(
                unit,
                f"found software {one.psdz}, expected {expected}",
                "use a campaign that starts from this software; nothing was changed",
            )
    missing = sorted(targets - {name(one) for one in present})
    if missing:
        raise _refusal(
            unit,
            f"found no {', '.join(missing)}, although its own check passed; it names {listed(present)}",
            "use a campaign made for this control unit; nothing was changed",
        )


def _require_kept(unit: CampaignUnit, present: tuple[SgbmId, ...]) -> None:
    carried = {block.software for block in unit.datablocks}
    lacking = tuple(one for one in unit.target_software if one not in carried and one not in present)
    if lacking:
        raise _refusal(
            unit,
            f"found {listed(present)}, expected it to carry {listed(lacking)}, which this campaign does not bring",
            "program it with a complete campaign",
        )


def _of_class(svk: Svk, process_class: ProcessClass) -> tuple[SgbmId, ...]:
    return tuple(entry for entry in svk.entries if entry.process_class == process_class)


def _either(units: tuple[SgbmId, ...]) -> str:
    return " or ".join(unit.psdz for unit in units)


def _refusal(unit: CampaignUnit, what: str, do: str) -> RefusedError:
    return RefusedError(what, where=where(unit), do=do)
