"""Synthetic images say what they stand for, and notice when they were altered."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.sgbm import SgbmId
from appliance.firmware.synthetic import MINIMUM_LENGTH, software_of, synthetic_image

BYTE = st.integers(0, 255)
SOFTWARE = st.builds(SgbmId, st.just(8), st.integers(0, 0xFFFFFFFF), BYTE, BYTE, BYTE)
ONE = SgbmId(8, 0x2CCE, 21, 20, 2)


@given(SOFTWARE, st.integers(MINIMUM_LENGTH, 2000))
def test_an_image_names_its_software(software: SgbmId, length: int) -> None:
    image = synthetic_image(software, length)
    assert len(image) == length
    assert software_of(image) == software.psdz


def test_an_image_is_the_same_everywhere() -> None:
    digest = hashlib.sha256(synthetic_image(ONE, 1024)).hexdigest()
    assert digest == "be41d85620bb3c72b8a690e44a29fc9ae1f70ec5324f2c474e4a183b4a3c35d7"


@given(st.integers(0, 1023), st.integers(1, 255))
def test_one_altered_byte_is_noticed(at: int, change: int) -> None:
    image = bytearray(synthetic_image(ONE, 1024))
    image[at] ^= change
    assert software_of(bytes(image)) == ""


@given(st.integers(0, 1023))
def test_a_cut_image_is_noticed(length: int) -> None:
    assert software_of(synthetic_image(ONE, 1024)[:length]) == ""


@given(st.binary(max_size=200))
def test_other_bytes_are_no_image(data: bytes) -> None:
    assert software_of(data) == ""


def test_an_image_has_room_for_its_header_and_trailer() -> None:
    with pytest.raises(ValueError, match="at least 96 bytes"):
        synthetic_image(ONE, MINIMUM_LENGTH - 1)
