"""A redacted report: no vehicle can be recognised by its VIN, not even by trying, and it is signed as what it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import VirtualClock
from appliance.engine.chain import Told, beginning, first_break
from appliance.engine.device_key import DeviceKey
from appliance.engine.extract import redacted_text
from appliance.engine.printed import printed
from appliance.engine.redaction import Redactor, redacted_hash, redacted_report
from appliance.engine.signature import Edition
from appliance.engine.verification import judge_file
from appliance.errors import RefusedError, UsageError
from appliance.values import from_plain
from tests.engine.signed import made

VIN = "WMWXM5C54G3A12345"
MASKED = "WMWXM5C54G*******"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor([made().run.vin])


def test_the_kind_of_car_stays_and_the_car_goes() -> None:
    assert Redactor([VIN]).text(f'{{"vin":"{VIN}","short":"3A12345"}}') == f'{{"vin":"{MASKED}","short":"*******"}}'


@pytest.mark.parametrize("upper", [True, False])
def test_it_goes_as_hexadecimal_bytes_as_well(*, upper: bool) -> None:
    coded = VIN.encode().hex()
    shown = Redactor([VIN]).text(f"aa{coded.upper() if upper else coded}bb")
    assert bytes.fromhex(shown[2:-2]).decode() == MASKED


def test_a_car_nobody_told_of_goes_as_well() -> None:
    assert Redactor([]).text("run 7 on WMWXU3C55F2B99887 (saved)") == "run 7 on WMWXU3C55F******* (saved)"


@pytest.mark.parametrize("text", ["0.30000000000000004", "ab" * 32, "AB" * 40, "swfl_00002cce-021_020_002", "1" * 17])
def test_what_is_no_vin_stays(text: str) -> None:
    assert Redactor([VIN]).text(text) == text


@pytest.mark.parametrize("vin", ["unknown", "", "not read, no VIN!"])
def test_a_word_for_not_known_is_no_vin(vin: str) -> None:
    assert Redactor([vin]).serials == ()


def test_a_serial_number_of_digits_alone_is_not_taken_out_of_other_numbers() -> None:
    redactor = Redactor(["WMWXM5C54G3012345"])
    assert redactor.text("0.3012345 13012345 ab3012345") == "0.3012345 13012345 ab3012345"
    assert redactor.text('"3012345" WMWXM5C54G3012345') == f'"*******" {MASKED}'


@given(st.text(max_size=60))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    redactor = Redactor([VIN])
    once = redactor.text(text + VIN)
    assert redactor.text(once) == once
    assert len(once) == len(text + VIN)


def test_what_still_names_a_vehicle_is_not_given_away() -> None:
    with pytest.raises(RefusedError, match="by its VIN") as refused:
        Redactor([VIN]).require_clean(f"on {VIN}", "selftest.txt")
    assert refused.value.where == "selftest.txt"


def test_a_redacted_report_is_genuine_and_says_that_it_is_redacted(redactor: Redactor, tmp_path: Path) -> None:
    report = redacted_report(made().json.decode(), made().run, redactor)
    files = printed(report, DeviceKey(tmp_path, VirtualClock()), Edition.REDACTED)
    for content in (files.json, files.page):
        judgement = judge_file(content.encode())
        assert (judgement.findings, judgement.redacted, judgement.said.vin) == ((), True, MASKED)
    assert "signed anew after the vehicle" in files.page


def test_a_redacted_report_differs_from_the_original_in_nothing_but_vin_and_hashes(redactor: Redactor) -> None:
    report = redacted_report(made().json.decode(), made().run, redactor)
    plain = made().plain
    assert (report.verdict, report.reason, report.begun) == (plain["verdict"], plain["reason"], plain["begun"])
    assert len(report.events) == len(plain["events"])


def test_no_hash_of_the_original_is_left_to_try_serial_numbers_on(redactor: Redactor, tmp_path: Path) -> None:
    """Seven characters are soon tried: a hash over text that is known but for them would give them away."""
    report = redacted_report(made().json.decode(), made().run, redactor)
    files = printed(report, DeviceKey(tmp_path, VirtualClock()), Edition.REDACTED)
    given_away = files.json + files.page + redacted_text(made().extract, redactor)
    original = made().plain["signature"]
    secret = {made().run.plan_hash, original["value"], original["sheet"]}
    secret |= {told.link for told in made().extract.events}
    secret |= {original["digests"][key] for key in ("vehicle", "vehicle_after", "events", "plan_hash", "timeline")}
    unchanged = {digest for digest in secret if digest in original["digests"].values() and _same(digest, files.json)}
    assert [digest for digest in secret - unchanged if digest in given_away] == []


def _same(digest: str, text: str) -> bool:
    """Whether a digest covers a value that has no VIN in it, and so is the same in both."""
    key = next(key for key, one in made().plain["signature"]["digests"].items() if one == digest)
    return bool(json.loads(text)[key] == made().plain[key])


def test_the_journals_extract_has_a_chain_of_its_own(redactor: Redactor) -> None:
    plain = json.loads(redacted_text(made().extract, redactor))
    hashed = redacted_hash(made().run, redactor)
    assert plain["run"]["plan_hash"] == hashed
    events = [from_plain(one, Told) for one in plain["events"]]
    assert first_break(beginning(made().run.id, hashed), events) is None
    assert not re.search("3A12345", json.dumps(plain))


def test_what_another_version_wrote_is_refused_in_words(redactor: Redactor) -> None:
    with pytest.raises(UsageError, match="another version") as refused:
        redacted_report('{"verdict":"programmed"}', made().run, redactor)
    assert "--redact" in refused.value.do


def test_a_run_whose_plan_was_never_frozen_has_none_to_hash(redactor: Redactor) -> None:
    assert redacted_hash(replace(made().run, plan="", plan_hash=""), redactor) == ""
