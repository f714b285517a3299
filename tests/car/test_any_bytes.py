"""Whatever a car sends, a decoder gives a value or says that the answer is malformed, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.addresses import decode_unit_list
from appliance.car.explain import explain
from appliance.car.faults import decode_faults
from appliance.car.identity import decode_calibration_ids, decode_cvn, decode_preconditions
from appliance.car.integration_level import decode_levels
from appliance.car.svk import decode_svk
from appliance.car.timings import decode_counters, decode_flash_timings, decode_session
from appliance.car.vehicle_order import decode_vehicle_order
from appliance.car.vin import decode_vin, parse_vin
from appliance.errors import MalformedAnswer
from tests.car import golden

DECODERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "vin": (decode_vin, golden.VIN_F30),
    "bare vin": (parse_vin, golden.VIN_F30[3:]),
    "levels": (decode_levels, golden.LEVELS),
    "vehicle order": (decode_vehicle_order, golden.VEHICLE_ORDER),
    "svk": (decode_svk, golden.SVK_DME),
    "faults": (decode_faults, golden.FAULTS_DME),
    "timings": (decode_flash_timings, golden.TIMINGS_DME),
    "counters": (decode_counters, golden.COUNTER_DME),
    "session": (decode_session, bytes.fromhex("5003003201F4")),
    "calibration id": (decode_calibration_ids, golden.CALIBRATION_ID),
    "cvn": (decode_cvn, golden.CVN),
    "preconditions": (decode_preconditions, bytes.fromhex("7101020301")),
    "unit list": (decode_unit_list, golden.UNIT_LIST),
}
GOLDEN = [good for _, good in DECODERS.values()]


def damaged(good: bytes) -> st.SearchStrategy[bytes]:
    """`good` with some bytes replaced, then cut or continued: close enough to get past the header."""
    places = st.dictionaries(st.integers(0, len(good) - 1), st.integers(0, 255), max_size=4)
    return st.builds(
        lambda changes, end, more: bytes(changes.get(i, b) for i, b in enumerate(good))[:end] + more,
        places,
        st.integers(0, len(good)) | st.just(len(good)),
        st.binary(max_size=12),
    )


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.data())
def test_any_bytes_are_a_value_or_malformed(name: str, data: st.DataObject) -> None:
    decode, good = DECODERS[name]
    payload = data.draw(
        st.binary(max_size=80) | damaged(good) | st.binary(max_size=80).map(lambda tail: good[:3] + tail)
    )
    with contextlib.suppress(MalformedAnswer):
        decode(payload)


@given(st.binary(max_size=80) | st.sampled_from(GOLDEN).flatmap(damaged))
def test_any_message_is_explained_or_malformed(message: bytes) -> None:
    with contextlib.suppress(MalformedAnswer):
        assert explain(message).title


@pytest.mark.parametrize("first", range(256))
def test_every_first_byte_is_explained_or_malformed(first: int) -> None:
    for length in range(12):
        with contextlib.suppress(MalformedAnswer):
            assert explain(bytes([first]) + bytes(length)).title
