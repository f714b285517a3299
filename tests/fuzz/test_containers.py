"""Every reader of containers, with inputs that are nearly good: a value or a `ContainerError`, nothing else."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.firmware.containers.datablocks_toml import datablocks_toml
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import ContainerContent
from appliance.firmware.containers.pieces import pieces_of
from appliance.firmware.containers.read import read_container
from appliance.toml_file import locate
from tests.firmware.containers import makers
from tests.fuzz.mutate import Form, mutated
from tests.fuzz.targets import PLACE, Target, Wrong, holds
from tests.fuzz.test_any_input import EXAMPLES

LIMITS = Limits(files_bytes=1 << 20, data_bytes=1 << 18, unpacked_bytes=1 << 20, segments=64)
PARTS = [(0x8002_0000, makers.IMAGE[:96]), (0x8003_0000, makers.IMAGE[:64])]
WHOLE = makers.odx_segment(0x8002_0000, len(makers.IMAGE))
EXTERN = makers.odx(makers.datablock(WHOLE), makers.extern("a.bin"))
RECORDS = makers.odx(
    makers.datablock(makers.odx_segment(0x8002_0000, 96)),
    makers.flashdata(makers.intel_hex(PARTS).decode(), "INTEL-HEX"),
)
PSDZ = makers.psdz_xml(
    makers.psdz_segment((0, 511), (0x8002_0000, 0x8002_01FF), "UNCOMPRESSED"),
    makers.psdz_segment((512, 1023), (0x8003_0000, 0x8003_FFFF), "COMPRESSED"),
)


def _checked(content: ContainerContent) -> ContainerContent:
    """What came out holds what the model promises, and can be written down."""
    for one in content.segments:
        if not one.data or not (one.address is None or 0 <= one.address <= (1 << 32) - len(one.data)):
            raise Wrong(f"{one} is no segment")
    if len({piece.file for piece in pieces_of(content)}) != len(content.segments):
        raise Wrong("two pieces with one file")
    locate(datablocks_toml(pieces_of(content), content.notes))
    return content


def _alone(data: bytes) -> ContainerContent:
    path = PLACE / "container"
    path.write_bytes(data)
    return _checked(read_container([path], LIMITS))


def _psdz(data: bytes) -> ContainerContent:
    header, binary = PLACE / makers.XML_NAME, PLACE / makers.BIN_NAME
    header.write_bytes(data)
    binary.write_bytes(makers.IMAGE)
    return _checked(read_container([header, binary], LIMITS))


_ERRORS = (ContainerError,)
TARGETS = (
    Target("raw binary", _alone, (makers.IMAGE,), _ERRORS),
    Target("Intel HEX", _alone, (makers.intel_hex(PARTS),), _ERRORS, Form.TEXT),
    Target("S-record", _alone, (makers.s_record(PARTS), makers.s_record([(0, b"ab" * 40)], 16)), _ERRORS, Form.TEXT),
    Target("PSdZ", _psdz, (PSDZ,), _ERRORS, Form.TEXT),
    Target("ODX-F", _alone, (makers.good_odx(), RECORDS), _ERRORS, Form.TEXT),
    Target(
        "PDX",
        _alone,
        (
            makers.archive({"a.odx-f": EXTERN, "a.bin": makers.IMAGE}),
            makers.archive({"index.xml": b"<CATALOG/>", "a.odx-f": RECORDS}, 0),
        ),
        _ERRORS,
    ),
)
BY_NAME = {target.name: target for target in TARGETS}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_good_container_is_a_value(name: str) -> None:
    assert all(holds(BY_NAME[name], seed) for seed in BY_NAME[name].seeds)


@pytest.mark.timeout(max(120, EXAMPLES))
@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_any_container_is_a_value_or_the_documented_error(name: str, random: Random) -> None:
    target = BY_NAME[name]
    holds(target, mutated(random, target.seeds, target.form))
