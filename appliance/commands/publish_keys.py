"""Every key of a campaign file in one line, and what to write where nobody has written anything yet.

The lines are those of docs/campaigns.md (`tests/commands/test_publish_new.py` holds both against each other and against
the model), so that a file made by `kl30 publish new` explains itself as the page does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.campaign.model import (
    AffectedVehicles,
    Campaign,
    CampaignUnit,
    Datablock,
    LabourOperation,
    LevelRange,
    Need,
    Recode,
    Target,
)
from appliance.car.own_voltage import OwnVoltage


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        line: What it means.
        blank: TOML of a value: for a key that is needed, one that is refused, so that nobody can forget it; for one
            that may be left out, an example.  Empty: it is written as tables of its own.
    """

    line: str
    blank: str


KEYS: Mapping[type, Mapping[str, Key]] = {
    Campaign: {
        "id": Key("its name in the cache; the file is called `<id>.toml`", "{id}"),
        "title": Key("as printed", '""'),
        "kind": Key(
            "`service-action`, `recall`, `delivery-stop` or `service-information`; `recovery`: see below", "{kind}"
        ),
        "source": Key("the bulletin, as one would cite it", '""'),
        "defect_code": Key("as printed, digits with or without spaces; empty in a `recovery`", '""'),
        "affected": Key("a table, below", ""),
        "targets": Key("tables, below", ""),
        "already_at_target": Key("`claim-and-finish`, or `diagnose-further` where the bulletin asks for that", '"?"'),
        "units": Key("tables, below; `[]` where a level catalogue says it all", ""),
        "labour": Key("tables, below", ""),
        "body_address": Key(
            "control unit where the diagnosis power mode is set first; left out: it is not set", "0x40"
        ),
        "when_due": Key("when the bulletin wants it done", '""'),
        "situation": Key("as printed", '""'),
        "cause": Key("as printed", '""'),
        "correction": Key("as printed", '""'),
        "minimum_tool": Key("what the bulletin asks a dealer to use", '""'),
        "procedure_reference": Key("where the bulletin sends one for the procedure", '""'),
        "open_shown_in": Key("where the manufacturer shows the campaign as open", '["AIR"]'),
        "supply": Key("tables, below: control units that can be asked for their own supply voltage", ""),
        "max_open": Key("how many control units are programmed at the same time, 1 to 6; 1", "2"),
        "levels": Key(
            "a level catalogue ([levels.md](levels.md)): every control unit of it that is behind is programmed; "
            "left out: `units` alone decide",
            '"f056-17-03-502"',
        ),
        "only": Key(
            "of the catalogue's control units only these addresses are programmed; left out: every one that is behind",
            "[0x12]",
        ),
        "raises_level": Key(
            "`false`: the level is not written, whatever is programmed; for control units programmed alone", "false"
        ),
        "supply_bulletin": Key("the bulletin that asks for a charger", '""'),
        "completed_mark": Key("a label or punch that also proves completion; for people", '""'),
        "consequential": Key("how failures *during* programming are claimed, as printed", '""'),
        "prior": Key("how failures from *before* are claimed, as printed", '""'),
        "work_before": Key("what it asks for before programming, whoever programs, as printed", '""'),
        "work_after": Key("the same after programming", '""'),
        "remote_support": Key("what it asks for when a control unit failed while it was programmed, as printed", '""'),
        "authorisation": Key("where the code goes that allows to replace such a control unit, as printed", '""'),
        "notes": Key("a list of sentences for people", '["a sentence"]'),
    },
    AffectedVehicles: {
        "main_series": Key('first parts of the integration level, `["F056"]`; other makes may share it', "[]"),
        "bodies": Key('development codes as printed, `["F54", "F56"]`', "[]"),
        "models": Key("as printed; for people", '["F56 (Cooper Hardtop 2 door)"]'),
        "produced_from": Key("first day of production, inclusive; with `produced_to`, or neither", "2013-12-04"),
        "produced_to": Key("last day, inclusive", "2017-02-27"),
        "level_ranges": Key("tables, below, where the bulletin goes by level", ""),
        "type_keys": Key("four-character type keys, where only some engines or gearboxes are meant", '["XM51"]'),
    },
    LevelRange: {
        "min": Key("affected from this level on", '"F056-15-03-502"'),
        "below": Key("up to, and without, this one; same main series", '"F056-17-03-502"'),
    },
    Target: {
        "series": Key("the main series", '""'),
        "level": Key('the level a vehicle has afterwards, "or higher"', '""'),
    },
    LabourOperation: {
        "when": Key("`programmed` or `already-at-target`", '"?"'),
        "number": Key("as printed, digits with or without spaces", '""'),
        "fru": Key("flat rate units, five minutes each", '"?"'),
        "text": Key("as printed", '""'),
        "plus_work": Key("`true` where the bulletin says so", "true"),
    },
    OwnVoltage: {
        "address": Key("0x00 to 0xEE", "0x12"),
        "did": Key("the data identifier that is read; each one once for a control unit", "0x402B"),
        "first_byte": Key("where the value begins: 0 is the first byte behind the identifier in the answer", "2"),
        "length": Key("1 to 4 bytes, unsigned, the high byte first", "2"),
        "unit": Key("`V` or `mV`: what the number counts after the next two", '"V"'),
        "divide": Key("the number is divided by it, never 0; 1", "4000"),
        "add": Key("then this is added; 0", "6.0"),
    },
    CampaignUnit: {
        "address": Key("0x00 to 0xEE", '"?"'),
        "name": Key("for people", '""'),
        "order": Key("control units are programmed in this order; a gateway usually comes last", "1"),
        "hwel": Key("hardware the software is made for; the control unit's own must be one of these", "[]"),
        "target_software": Key("*all* software units it has afterwards, whether a datablock carries them or not", "[]"),
        "security": Key(
            "name of the SecurityAccess provider, and behind a colon a word for it: `external:variant`", '""'
        ),
        "abort_recoverable": Key(
            "does an aborted download leave a control unit that can be programmed again over the same plug", '"?"'
        ),
        "bootloader": Key("acceptable bootloaders; left out: any", "[]"),
        "from_software": Key("acceptable present software; left out: any lower version of the target's units", "[]"),
        "datablocks": Key("tables, below, in the order they are written; left out: the control unit is only coded", ""),
        "coding": Key("data identifiers saved before and written back after", "[0x3000]"),
        "recode": Key("tables, below: what of the coding data is written anew, by the vehicle order", ""),
        "individual": Key(
            "data identifiers of learned values, counters, calibration, saved before and written back after; with "
            "`datablocks`",
            "[0x6110]",
        ),
        "security_level": Key("requestSeed level, odd; 0x11", "0x11"),
        "erase_suffix": Key(
            'bytes behind the address of the erase request; `"06"`, a form without exists: `""`', '"06"'
        ),
        "max_cuts": Key(
            "how often in a row a datablock may be cut off before its proof, until a person presses START anew; 12",
            "12",
        ),
        "max_attempts": Key(
            "how often one datablock may fail until a person presses START anew, 1 to 9; 3. The control unit's "
            "programming counter may leave fewer",
            "3",
        ),
        "alone": Key(
            "`true`: nobody else is programmed while it is; always so for the gateway and for `body_address` where "
            "`max_open` is above 1",
            "true",
        ),
        "needs": Key("tables, below: software that other control units must carry first", ""),
        "critical": Key("`true`: never programmed at the same time as another critical one", "true"),
        "lowers": Key(
            "software higher than the target's that is replaced all the same, version by version; nothing else ever is",
            "[]",
        ),
        "lowers_why": Key("the reason, which plan and report repeat", '""'),
    },
    Need: {
        "address": Key("the other control unit", "0x40"),
        "software": Key("what it must carry: this version or a higher one", '"swfl_00001c35-004_006_020"'),
    },
    Recode: {
        "did": Key("one of `coding`", "0x3000"),
        "byte": Key("which byte of its data: 0 is the first one behind the identifier", "4"),
        "mask": Key("which bits of it, 0x01 to 0xFF", "0x30"),
        "value": Key("what these bits are then, in their places; no other bits", "0x20"),
        "why": Key("the reason, which plan and report repeat", '"as printed"'),
        "with": Key("only where the vehicle order has all of these; left out: whatever it has", '["205"]'),
        "without": Key("only where the vehicle order has none of these; left out: whatever it has", '["5AS"]'),
    },
    Datablock: {
        "name": Key("for people", '""'),
        "software": Key("the software unit it carries; one of `target_software`", '""'),
        "address": Key("where it goes, four bytes", '"?"'),
        "length": Key("bytes of the image", '"?"'),
        "file": Key("name of the image in the cache, without folders", '""'),
        "sha256": Key("of the image, 64 lower-case hex digits: `sha256sum FILE`", '""'),
        "data_format": Key(
            "data format identifier of RequestDownload; 0x00 plain, 0x10 compressed. The image is sent as it is", "0x00"
        ),
        "container": Key("`binary`, the only one today", '"binary"'),
    },
}
