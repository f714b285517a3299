"""What is said to a key program, and what may be heard from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.procedure.key import LONGEST_KEY_BYTES, Challenge
from appliance.security.messages import LONGEST_ANSWER_BYTES, NoAnswer, add, key_of, request_of
from tests.security.programs import CHALLENGE


def said(key: bytes) -> bytes:
    return json.dumps({"key": key.hex()}).encode()


def test_the_question_is_one_line_of_json_with_everything_a_program_needs() -> None:
    question = request_of(CHALLENGE)
    assert question.endswith(b"}\n")
    assert question.count(b"\n") == 1
    assert json.loads(question) == {
        "version": 1,
        "control_unit": "0x12",
        "name": "DME",
        "level": "0x11",
        "vin": "WMWXM5C54G3A12345",
        "variant": "edc17",
        "seed": "0102030405060708",
    }


def test_the_longest_question_fits_a_pipe() -> None:
    """pipe(7): 64 KiB; so the program that does not read keeps nobody waiting."""
    longest = Challenge(0x12, "x" * 1000, 0x11, bytes(4093), "x" * 17, "\U0001f600" * 1000)
    assert len(request_of(longest)) < 64 * 1024


@given(st.binary(min_size=1, max_size=LONGEST_KEY_BYTES))
def test_what_can_be_sent_is_taken(key: bytes) -> None:
    assert key_of(said(key), ()) == key


def test_the_longest_key_fits_an_answer() -> None:
    add(bytearray(), said(bytes(LONGEST_KEY_BYTES)))


def test_more_in_an_answer_is_not_looked_at() -> None:
    assert key_of(b'{"key": "AB cd", "took_s": 0.2}\r\n', ()) == b"\xab\xcd"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the answer is empty"),
        (b" \r\n", "the answer is empty"),
        (b"12", 'the answer is no object with a text "key"'),
        (b"[]", 'the answer is no object with a text "key"'),
        (b'{"key": 12}', 'the answer is no object with a text "key"'),
        (b'{"key": null}', 'the answer is no object with a text "key"'),
        (b'{"Key": "01"}', 'the answer is no object with a text "key"'),
        (b"{'key': '01'}", "the answer is no JSON"),
        (b'{"key": "01"', "the answer is no JSON"),
        (b'{"key": "01"}{"key": "01"}', "the answer is no JSON"),
        (b"\xff\xfe", "the answer is no JSON"),
        (b"[" * 5000, "the answer is no JSON"),
        (b'{"key": "1"}', "the key in the answer is not hexadecimal"),
        (b'{"key": "0x01"}', "the key in the answer is not hexadecimal"),
        (b'{"key": "\xc2\xb2\xc2\xb2"}', "the key in the answer is not hexadecimal"),
        (b'{"key": ""}', "the key in the answer has 0 bytes instead of 1 to 4093"),
        (said(bytes(4094)), "the key in the answer has 4094 bytes instead of 1 to 4093"),
    ],
)
def test_anything_else_has_its_own_words(answer: bytes, why: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        key_of(answer, ())
    assert refused.value.why == why
    assert refused.value.__context__ is None  # Python's own error would quote the answer


def test_a_length_that_the_owner_rules_out_is_refused() -> None:
    with pytest.raises(NoAnswer) as refused:
        key_of(said(bytes(64)), (132, 68))
    assert refused.value.why == "the key in the answer has 64 bytes instead of 68 or 132"


@given(st.binary(max_size=200))
def test_nothing_that_was_said_is_repeated_and_nothing_else_is_raised(answer: bytes) -> None:
    try:
        key_of(answer, (68,))
    except NoAnswer as refused:
        quoted = answer.decode("utf-8", "replace").strip()
        assert len(quoted) < 8 or quoted not in refused.why  # noqa: PT017 – the other outcome is allowed too


def test_an_answer_without_end_is_refused() -> None:
    answer = bytearray()
    add(answer, bytes(LONGEST_ANSWER_BYTES))
    with pytest.raises(NoAnswer, match="longer than 16384 bytes"):
        add(answer, b"x")
