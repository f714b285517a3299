"""A report of the bench is genuine as it is, and whatever is done to it is named."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.campaign.verdict import Verdict
from appliance.clock import VirtualClock
from appliance.engine.chain import beginning
from appliance.engine.device_key import NAME, DeviceKey
from appliance.engine.printed import apart, printed
from appliance.engine.report import Report
from appliance.engine.signature import Edition, Signature
from appliance.engine.verification import Judgement, judge_file, judge_report
from appliance.values import from_json, to_json
from tests.engine.signed import made
from tests.engine.workshop import WorkshopBench

KEYS = [field.name for field in fields(Report)]
FIELDS = [field.name for field in fields(Signature)]


def judged(plain: dict[str, Any]) -> Judgement:
    return judge_file(json.dumps(plain).encode())


# -- as it is


@pytest.mark.parametrize("which", ["json", "page"])
def test_a_report_as_the_appliance_wrote_it_is_genuine(which: str) -> None:
    judgement = judge_file(made().json if which == "json" else made().page)
    assert judgement.findings == ()
    assert (judgement.device, judgement.redacted) == (made().public.fingerprint, False)
    assert (judgement.said.run, judgement.said.vin, judgement.said.verdict) == (
        made().run.id,
        made().run.vin,
        "programmed",
    )


def test_the_page_carries_the_same_report_as_the_file() -> None:
    _, inside = apart(made().page.decode())
    assert json.loads(inside) == json.loads(made().json)


def test_the_journal_keeps_what_the_file_says() -> None:
    assert json.loads(made().json)["plan_hash"] == made().run.plan_hash == made().plain["signature"]["plan_hash"]


def test_its_events_are_those_of_the_journal_until_it_was_made() -> None:
    links = [event["link"] for event in made().plain["events"]]
    assert links == [told.link for told in made().extract.events][: len(links)]
    assert made().plain["signature"]["chain_head"] == links[-1]


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("plain_ascii", [True, False])
def test_another_spelling_of_the_same_json_is_the_same_report(indent: int | None, *, plain_ascii: bool) -> None:
    text = json.dumps(dict(reversed(made().plain.items())), indent=indent, ensure_ascii=plain_ascii)
    assert judge_file(text.encode()).genuine


def test_a_report_comes_back_from_its_json() -> None:
    assert to_json(from_json(made().json.decode(), Report)).encode() == made().json


# -- what was altered is named


@pytest.mark.parametrize("key", [key for key in KEYS if key != "signature"])
def test_an_altered_key_is_named(key: str) -> None:
    plain = made().plain
    plain[key] = {"something": "else"}
    assert f"key {key!r}: it was altered" in judged(plain).findings


@pytest.mark.parametrize("key", [key for key in KEYS if key != "signature"])
def test_a_key_that_was_taken_out_is_named(key: str) -> None:
    plain = made().plain
    del plain[key]
    assert judged(plain).findings[0] == f"key {key!r}: it was taken out"


def test_a_key_that_was_added_is_named() -> None:
    assert judged(made().plain | {"seal_of_approval": True}).findings == ("key 'seal_of_approval': it was added",)


def altered_event(place: int, field: str) -> Judgement:
    plain = made().plain
    value = plain["events"][place][field]
    plain["events"][place][field] = value + 1 if field == "at_s" else value + "x"
    return judge_report(plain)


def test_every_event_that_is_altered_is_named_with_its_place() -> None:
    count = len(made().plain["events"])
    for place in range(count):
        keys, event, *rest = altered_event(place, "body").findings
        assert keys == "key 'events': it was altered"
        assert event.startswith(f"event {place + 1} of {count}, ")
        assert rest == []


@pytest.mark.parametrize("field", ["at_s", "boot", "wall", "kind", "link"])
@pytest.mark.parametrize("place", [0, 100])
def test_nothing_of_an_event_can_be_altered(place: int, field: str) -> None:
    assert altered_event(place, field).findings[1].startswith(f"event {place + 1} of ")


def test_an_event_is_named_in_its_own_words() -> None:
    plain = made().plain
    place = next(n for n, one in enumerate(plain["events"]) if one["kind"] == "VehicleSeen")
    plain["events"][place]["body"] = '{"vin":"another"}'
    finding = judge_report(plain).findings[1]
    assert plain["events"][place]["wall"] in finding
    assert 'VehicleSeen {"vin":"another"}' in finding


@pytest.mark.parametrize("count", [1, 5])
def test_events_taken_off_the_end_are_missed(count: int) -> None:
    plain = made().plain
    del plain["events"][-count:]
    assert f"after event {len(plain['events'])}: the end of the chain" in judge_report(plain).findings[1]


def test_events_from_another_run_fit_nothing() -> None:
    plain = made().plain | {"run": "20170601-090000-9"}
    assert judge_report(plain).findings[1].startswith("event 1 of")


def test_a_forger_who_makes_all_digests_and_links_anew_lacks_the_key(tmp_path: Path) -> None:
    """The events say what he wants, every hash fits, and still it is not what the device signed."""
    report = replace(from_json(made().json.decode(), Report), verdict=Verdict.FAILED.value)
    mine = printed(report, DeviceKey(tmp_path, VirtualClock()))
    plain = json.loads(mine.json)
    plain["signature"] |= {"device": made().public.fingerprint, "public_key": made().public.raw.hex()}
    assert judged(plain).findings == ("key 'signature': it is not the signature of the device it names",)


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_the_signature_can_be_altered(field: str) -> None:
    plain = made().plain
    value = plain["signature"][field]
    plain["signature"][field] = "redacted" if field == "edition" else value | {"x": "y"} if field == "digests" else "00"
    assert not judged(plain).genuine


@pytest.mark.parametrize("signature", [None, {}, [], "signed", 7])
def test_what_is_no_signature_is_none(signature: object) -> None:
    assert not judged(made().plain | {"signature": signature}).genuine


def test_a_signature_is_spelled_in_one_way_and_holds_nothing_else() -> None:
    signature = made().plain["signature"]
    for other in (signature | {"more": 1}, signature | {"value": signature["value"].upper()}):
        assert not judged(made().plain | {"signature": other}).genuine


def test_a_signature_of_another_form_is_not_guessed_at() -> None:
    plain = made().plain
    plain["signature"]["form"] = "kl30 report 99"
    assert "this version does not know" in judged(plain).findings[0]


# -- the page


def test_words_altered_on_the_page_are_found_though_the_report_in_it_is_whole() -> None:
    assert b'<p class="verdict">programmed</p>' in made().page
    forged = made().page.replace(b'<p class="verdict">programmed</p>', b'<p class="verdict">failed</p>')
    assert judge_file(forged).findings == ("the printed page: it is not what the report in it was signed with",)


@pytest.mark.parametrize("extra", [b"<p>also replaced: the engine</p>", b" ", b"\n", b"<script>alert(1)</script>"])
def test_nothing_can_be_added_around_the_report(extra: bytes) -> None:
    for place in (0, made().page.index(b"<h1>"), made().page.index(b"</body>"), len(made().page)):
        assert not judge_file(made().page[:place] + extra + made().page[place:]).genuine


def test_a_second_report_in_a_page_changes_nothing() -> None:
    start, end = made().page.index(b"<script"), made().page.index(b"</script>\n") + len(b"</script>\n")
    assert not judge_file(made().page[:end] + made().page[start:end] + made().page[end:]).genuine


def test_a_page_without_its_report_is_not_genuine() -> None:
    page, _ = apart(made().page.decode())
    assert judge_file(page.encode()).findings == ("it cannot be read: the page carries no report",)


# -- any file


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(["json", "page"]))
def test_a_turned_bit_is_never_genuine_unless_the_report_says_the_same(data: st.DataObject, which: str) -> None:
    content = made().json if which == "json" else made().page
    at = data.draw(st.integers(0, len(content) - 1))
    turned = content[:at] + bytes([content[at] ^ 1 << data.draw(st.integers(0, 7))]) + content[at + 1 :]
    if judge_file(turned).genuine:
        assert _meaning(turned, which) == _meaning(content, which)


def _meaning(content: bytes, which: str) -> object:
    page, text = ("", content.decode()) if which == "json" else apart(content.decode())
    return page, json.loads(text)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_file_gets_a_judgement(content: bytes) -> None:
    assert not judge_file(content).genuine


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_any_json_in_place_of_keys_gets_a_judgement(changes: dict[str, Any]) -> None:
    if judged(made().plain | changes).genuine:
        assert made().plain | changes == made().plain


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"verdict":"failed",', "cannot be read"),
        ('{"verdict":"failed","verdict":"programmed"}', "a key is given twice"),
        ('{"supply":NaN}', "NaN is no number"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "it is no report"),
        ("{}", "it is not signed"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_not_read(text: str, why: str) -> None:
    (finding,) = judge_file(text.encode()).findings
    assert why in finding


# -- signing


def test_another_device_is_another_fingerprint(tmp_path: Path) -> None:
    report = from_json(made().json.decode(), Report)
    judgement = judge_file(printed(report, DeviceKey(tmp_path, VirtualClock())).json.encode())
    assert judgement.genuine
    assert judgement.device != made().public.fingerprint


def test_an_edition_is_part_of_what_is_signed(tmp_path: Path) -> None:
    report = from_json(made().json.decode(), Report)
    plain = json.loads(printed(report, DeviceKey(tmp_path, VirtualClock()), Edition.REDACTED).json)
    assert judged(plain).redacted
    plain["signature"]["edition"] = "original"
    assert not judged(plain).genuine


class _NoKey(DeviceKey):
    """A card that takes nothing."""

    def __init__(self) -> None:
        super().__init__(Path("/proc/self"), VirtualClock())


def test_without_a_key_the_report_is_written_and_says_why_it_is_not_signed() -> None:
    report = from_json(made().json.decode(), Report)
    files = printed(report, _NoKey())
    assert files.report.signature is None
    assert "could not be signed: " in files.report.notes[-1]
    assert "This report is not signed." in files.page
    assert judge_file(files.page.encode()).findings == ("it is not signed",)


def test_a_run_without_a_key_works_and_says_so(bench: WorkshopBench) -> None:
    (bench.folder / f"{NAME}.partial").mkdir()  # it cannot be written
    report = bench.started()
    assert (report.verdict, report.signature) == ("programmed", None)
    assert any("could not be signed" in note for note in report.notes)


def test_a_key_that_was_set_aside_is_said_in_the_report(bench: WorkshopBench) -> None:
    (bench.folder / NAME).write_bytes(b"spoiled")
    report = bench.started()
    assert any(f"set aside as {NAME}.unusable-" in note for note in report.notes)
    assert report.signature is not None


def test_a_run_that_was_refused_has_a_chain_and_a_signature_as_well(bench: WorkshopBench) -> None:
    bench.shelf.missing = True
    report = bench.started()
    assert (report.verdict, report.plan_hash) == ("refused", "")
    assert report.signature is not None
    assert report.signature.chain_head == report.events[-1].link != beginning(report.run, "")
    assert judge_report(json.loads(to_json(report))).genuine
