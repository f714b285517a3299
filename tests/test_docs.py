"""The documents say what the code does, where saying something else would go unnoticed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import get_args

import pytest

from appliance.bench.scenarios import SCENARIOS
from appliance.campaign import model
from appliance.campaign.load import parse_campaign
from appliance.campaign.plan import Action
from appliance.campaign.verdict import Verdict
from appliance.car.own_voltage import OwnVoltage, VoltageUnit
from appliance.cli import EXIT_OF, app
from appliance.config import LinkConfig, PowerConfig
from appliance.errors import CampaignError
from appliance.events import Phase, UnitState
from appliance.power.gate import GateKind
from appliance.power.limits import BOUNDS
from appliance.procedure.facts import Fact
from appliance.toml_file import key_of
from tests.campaign.cars import BULLETIN

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("firmware_cache/*.md"), *ROOT.glob("image/*.md")]
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.M)
ABSOLUTE = re.compile(r"(?<![\w.:/<>-])/(?:home|root|tmp|work|workspace|opt|usr|var|Users)/")
CODE = re.compile(r"`((?:appliance|tests|benchmarks)/[\w/.]+)`")
TEST_NAME = re.compile(r"`(test_\w+)`")

# Heading in docs/campaigns.md → the class whose fields its table lists.
TABLES = {
    "The bulletin": model.Campaign,
    "`[affected]`": model.AffectedVehicles,
    "`[[affected.level_ranges]]`": model.LevelRange,
    "`[[targets]]`": model.Target,
    "`[[labour]]`": model.LabourOperation,
    "`[[supply]]`": OwnVoltage,
    "`[[units]]`": model.CampaignUnit,
    "`[[units.needs]]`": model.Need,
    "`[[units.recode]]`": model.Recode,
    "`[[units.datablocks]]`": model.Datablock,
}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", document, re.M | re.S)
    assert found, f"no heading {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = {index for index, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for index, row in enumerate(cells) if index not in rules and index + 1 not in rules]


def anchors(path: Path) -> set[str]:
    """How GitHub names the headings of a document."""
    headings = HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere() -> None:
    dead = []
    for document in DOCUMENTS:
        for target in (one or other for one, other in LINK.findall(document.read_text(encoding="utf-8"))):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            file = (document.parent / path) if path else document
            if not file.exists() or (anchor and anchor not in anchors(file)):
                dead.append(f"{document.relative_to(ROOT)}: {target}")
    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_no_path_of_one_machine(document: Path) -> None:
    assert ABSOLUTE.findall(document.read_text(encoding="utf-8")) == []


def test_every_file_a_document_names_is_there() -> None:
    named = {(path.name, file) for path in DOCUMENTS for file in CODE.findall(path.read_text(encoding="utf-8"))}
    assert {(document, file) for document, file in named if not (ROOT / file.rstrip("/")).exists()} == set()


def test_every_test_a_document_names_is_there() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"^ *def (test_\w+)", tests, re.M)) | {path.stem for path in (ROOT / "tests").rglob("*.py")}
    named = {name for path in DOCUMENTS for name in TEST_NAME.findall(path.read_text(encoding="utf-8"))}
    assert named - known == set()


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Phases", Phase),
        ("States of a control unit", UnitState),
        ("Verdicts", Verdict),
        ("States of the gate", GateKind),
        ("What is done to a control unit", Action),
    ],
)
def test_the_glossary_has_exactly_the_words_of_the_code(heading: str, words: Iterable[Enum]) -> None:
    listed = [row[0] for row in rows(section(text_of("docs/glossary.md"), heading))]
    assert listed == [word.value for word in words]


def test_no_word_is_in_the_glossary_twice() -> None:
    """But where a phase, a state and a verdict share one."""
    listed = [row[0] for heading in ("Car and software", "Bulletin and claim", "Conversation", "Programming",
              "Inside KL30") for row in rows(section(text_of("docs/glossary.md"), heading))]  # fmt: skip
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_a_campaign_is_explained_and_no_other(heading: str) -> None:
    listed = [row[0].strip("`") for row in rows(section(text_of("docs/campaigns.md"), heading))]
    assert sorted(listed) == sorted(key_of(field.name) for field in fields(TABLES[heading]))


@pytest.mark.parametrize("heading", TABLES)
def test_the_keys_said_to_be_needed_are_those_without_a_default(heading: str) -> None:
    said = {row[0].strip("`") for row in rows(section(text_of("docs/campaigns.md"), heading)) if row[1] == "yes"}
    assert said == {key_of(field.name) for field in fields(TABLES[heading]) if field.default is MISSING}


def test_no_class_of_a_campaign_is_left_out() -> None:
    kinds = {one for one in vars(model).values() if isinstance(one, type) and one.__module__ == model.__name__}
    assert {one for one in kinds if is_dataclass(one)} == {*TABLES.values()} - {OwnVoltage}


def test_every_choice_a_campaign_offers_is_named() -> None:
    document = text_of("docs/campaigns.md")
    choices = [
        one
        for kind in (model.Kind, model.AlreadyAtTargetMeans, model.Occasion, model.Container, VoltageUnit)
        for one in kind
    ]
    assert [one.value for one in choices if f"`{one.value}`" not in document] == []


def test_the_mistakes_shown_are_said_as_shown() -> None:
    for written, said in rows(section(text_of("docs/campaigns.md"), "How mistakes look")):
        mistake, message = written.strip("`"), said.strip("`")
        with pytest.raises(CampaignError) as raised:
            parse_campaign(_with(mistake, int(message.split(":")[1])), "x.toml")
        assert str(raised.value) == message


def _with(mistake: str, number: int) -> str:
    """The bulletin with one line replaced, up to its comment."""
    lines = BULLETIN.splitlines()
    lines[number - 1] = mistake
    return "\n".join(lines)


def test_the_outcomes_of_a_claim_are_all_there() -> None:
    listed = [row[0].strip("`") for row in rows(section(text_of("docs/campaigns.md"), "What is claimed"))]
    assert sorted(listed) == sorted(verdict.value for verdict in Verdict)


def test_every_limit_of_the_link_is_explained_with_its_default() -> None:
    listed = {row[0].strip("`"): row[1].split()[0] for row in rows(section(text_of("docs/link.md"), "Before START"))}
    for one in fields(LinkConfig):
        assert float(listed[one.name]) == one.default


def test_the_scenarios_of_the_readme_are_those_of_the_bench() -> None:
    """When they are not: paste what is expected here."""
    listed = rows(section(text_of("README.md"), "Other days in the workshop"))
    expected = [
        [f"`{one.name}`", one.title, f"`{one.verdict}`", one.labour or "none", str(EXIT_OF[one.verdict])]
        for one in SCENARIOS.values()
    ]
    assert listed == expected


def test_the_exit_codes_of_the_readme_are_those_of_the_command_line() -> None:
    codes = {row[0]: row[1] for row in rows(section(text_of("README.md"), "Commands")) if row[0].isdigit()}
    assert sorted(codes) == ["0", "1", "2", "3", "4"]
    assert [verdict for verdict, code in EXIT_OF.items() if f"`{verdict}`" not in codes[str(code)]] == []


def commands() -> Iterator[str]:
    """Every command, in the words that start it."""
    groups = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
    for prefix, typer in groups:
        assert typer is not None
        for one in typer.registered_commands:
            if one.callback and not one.hidden:
                yield prefix + (one.name or one.callback.__name__)


def test_the_commands_of_the_readme_are_those_there_are() -> None:
    listed = [
        row[0].strip("`") for row in rows(section(text_of("README.md"), "Commands")) if row[0].startswith("`kl30")
    ]
    assert sorted(listed) == sorted(f"kl30 {name}" for name in commands())


def test_what_the_readme_prints_is_what_is_printed(tmp_path: Path) -> None:
    shown = re.search(r"```\n(status page: .*?)```", text_of("README.md"), re.S)
    assert shown
    command = (sys.executable, "-m", "appliance", "bench", "--fast", "--auto", "--data", str(tmp_path))
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60).stdout
    elsewhere = ("status page: ", "report: ", "  …")  # not in virtual time, named by the date, left out
    lines = [line for line in shown[1].splitlines() if not line.startswith(elsewhere)]
    assert [line for line in lines if line not in printed.splitlines()] == []


def test_the_layers_shown_are_those_that_are_checked() -> None:
    shown = re.search(r"```\n(__main__\n.*?)```", text_of("docs/architecture.md"), re.S)
    assert shown
    (contract,) = PROJECT["tool"]["importlinter"]["contracts"]
    assert shown[1].splitlines() == contract["layers"]


def test_every_kind_of_fact_is_explained() -> None:
    listed = [row[0].strip("`") for row in rows(section(text_of("docs/architecture.md"), "Journal and resume"))]
    assert listed == [kind.__name__ for kind in get_args(Fact)]


def test_the_limits_of_the_supply_are_the_defaults() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows(section(text_of("docs/safety.md"), "Supply limits"))}
    assert listed["battery"] == PowerConfig().battery.value
    for field in fields(PowerConfig):
        if field.name == "charger_test":
            assert listed[field.name] == "on"
        elif field.name != "battery":
            number, unit = listed[field.name].split()
            assert (float(number), unit) == (field.default, _unit(field.name))


def _unit(name: str) -> str:
    return {"v": "V", "s": "s", "a": "A"}.get(name.rpartition("_")[2], "samples")


def test_the_limits_of_each_battery_are_those_of_the_code() -> None:
    listed = {row[0].strip("`"): row[1:] for row in rows(section(text_of("docs/safety.md"), "Supply limits"))}
    for battery, bounds in BOUNDS.items():
        volts = (bounds.floor_v, bounds.upper_warn_v, bounds.upper_stop_v)
        assert listed[battery.value] == [f"{one:.2f} V" for one in volts]


def test_every_dependency_has_its_line_and_no_other() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *(one for extra in extras.values() for one in extra)]
    names = {re.split(r"[<>=]", one)[0] for one in asked + PROJECT["dependency-groups"]["dev"]}
    assert {row[0] for row in rows(text_of("docs/dependencies.md"))} == names


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_says_what_was_given_up(path: Path) -> None:
    headings = HEADING.findall(path.read_text(encoding="utf-8"))
    assert headings[1:] == ["Context", "Decision", "What was given up"]
    assert headings[0].startswith(f"{path.name[:4]}: ")
