"""`kl30 publish new`: a campaign file with every key explained, to be filled in from the bulletin.

What a bulletin must give is there with a value that `kl30 publish check` refuses, one after the other; what may be left
out is there as a comment.  `--example` gives the bench's campaign instead, filled in, for firmware that runs nowhere.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from pathlib import Path

from appliance.bench.cache import BULLETIN, bench_campaigns
from appliance.campaign.model import (
    AffectedVehicles,
    Campaign,
    CampaignUnit,
    Datablock,
    Kind,
    LabourOperation,
    LevelRange,
    Need,
    Recode,
    Target,
)
from appliance.car.own_voltage import OwnVoltage
from appliance.commands.publish_keys import KEYS
from appliance.commands.publish_say import say
from appliance.errors import EXIT_OK, BoardError, UsageError
from appliance.firmware.layout import CAMPAIGN_END
from appliance.firmware.publish.content import require_file_name
from appliance.toml_file import key_of

WIDTH = 120
_HEAD = """\
# {title}
#
# Fill in every "?", every "" and every [] that is not behind a #.  `kl30 publish check {file}` names the next one.
# Lines behind a # may stay as they are, or be used.  docs/campaigns.md tells more.
"""
_BULLETIN = "# -- the bulletin"
_NOT_IN_BULLETIN = "# -- from here on nothing is in a bulletin: it comes from the manufacturer's data"


def new_campaign(name: str, kind: str, folder: Path, *, example: bool) -> int:
    """Write a campaign file for a bulletin called `name`; its exit code.

    Args:
        example: Write the bench's campaign instead; `name` and `kind` say nothing then.

    Raises:
        UsageError: nothing can be called so, or the file is there already.
        BoardError: it cannot be written.
    """
    if not name and not example:
        raise UsageError("which bulletin is it?", do="give its number, as in 'SI M12 05 17', or --example")
    identifier = BULLETIN if example else identifier_of(name)
    path = folder / (identifier + CAMPAIGN_END)
    text = dict(bench_campaigns())[path.name] if example else template(identifier, _kind(kind))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError("there is such a file already", where=str(path), do="take another name, or edit it") from error
    except OSError as error:
        raise BoardError(f"the campaign cannot be written: {error.strerror}", where=str(path)) from error
    say(f"{path}: {'the example of the bench, filled in' if example else 'to be filled in from the bulletin'}")
    say(f"next: kl30 publish check {path}")
    return EXIT_OK


def identifier_of(name: str) -> str:
    """A bulletin's number as a campaign's id: `SI M12 05 17` is `si-m12-05-17`.

    Raises:
        UsageError: nothing is left of it.
    """
    identifier = re.sub(r"[^a-z0-9._+]+", "-", name.lower()).strip("-.")
    require_file_name(identifier + CAMPAIGN_END)
    return identifier


def template(identifier: str, kind: Kind) -> str:
    """A campaign file without a campaign."""
    recovery = kind is Kind.RECOVERY
    given = {"id": json.dumps(identifier), "kind": json.dumps(kind.value)}
    if recovery:
        given |= {"already_at_target": '"diagnose-further"', "targets": "[]", "labour": "[]"}
    title = "Software for control units in their bootloader" if recovery else "A service bulletin"
    sections = (
        [_HEAD.format(title=title, file=identifier + CAMPAIGN_END), _BULLETIN, ""],
        _keys(Campaign, given),
        _table("[affected]", AffectedVehicles),
        _unused("[[affected.level_ranges]]", LevelRange),
        [] if recovery else _table("[[targets]]", Target),
        [] if recovery else _table("[[labour]]", LabourOperation, {"when": '"programmed"'}),
        [] if recovery else _table("[[labour]]", LabourOperation, {"when": '"already-at-target"'}),
        [_NOT_IN_BULLETIN, ""],
        _unused("[[supply]]", OwnVoltage),
        _table("[[units]]", CampaignUnit, {"bootloader": "[]"} if recovery else {}),
        _unused("[[units.needs]]", Need),
        _unused("[[units.recode]]", Recode),
        _table("[[units.datablocks]]", Datablock),
    )
    return "\n".join(line for lines in sections for line in lines).rstrip() + "\n"


def _table(header: str, kind: type, given: dict[str, str] | None = None) -> Iterator[str]:
    yield header
    yield from _keys(kind, given or {})


def _unused(header: str, kind: type) -> Iterator[str]:
    """A table that may be left out, as comments."""
    yield f"# {header}"
    yield from (line if line.startswith("#") or not line else f"# {line}" for line in _keys(kind, {}))


def _keys(kind: type, given: dict[str, str]) -> Iterator[str]:
    """Every key with its line above it; `given`: values that are known."""
    needed = {key_of(field.name) for field in fields(kind) if field.default is MISSING}
    for name, key in KEYS[kind].items():
        value = given.get(name, key.blank)
        if not value:
            continue  # tables of its own
        yield from _comment(key.line)
        yield f"{name} = {value}" if name in needed or name in given else f"# {name} = {value}"
    yield ""


def _comment(line: str) -> Sequence[str]:
    return textwrap.wrap(line.replace("*", ""), WIDTH, initial_indent="# ", subsequent_indent="# ")


def _kind(word: str) -> Kind:
    kinds = {kind.value: kind for kind in Kind}
    if word not in kinds:
        raise UsageError(f"there is no kind {word!r}", do=f"choose one of: {', '.join(kinds)}")
    return kinds[word]
