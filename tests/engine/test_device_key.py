"""The device's key: made once, private, and never silently another one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import VirtualClock
from appliance.engine.device_key import NAME, DeviceKey, fingerprint_of, read_public
from appliance.errors import BoardError


def key_in(folder: Path) -> DeviceKey:
    return DeviceKey(folder, VirtualClock())


def pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_the_first_start_makes_a_key_and_every_later_one_has_the_same(tmp_path: Path) -> None:
    assert key_in(tmp_path).public() == key_in(tmp_path).public() == read_public(tmp_path / NAME)
    assert key_in(tmp_path).notices() == ()


def test_only_its_owner_may_read_it_whatever_the_mask_of_the_process(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        key_in(tmp_path).public()
    finally:
        os.umask(before)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_what_a_cut_left_of_a_first_start_is_written_over(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.partial").write_bytes(b"half a k")
    key_in(tmp_path).public()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_two_devices_have_two_keys(tmp_path: Path) -> None:
    assert key_in(tmp_path / "a").public() != key_in(tmp_path / "b").public()


def test_a_signature_is_of_one_key_and_one_message(tmp_path: Path) -> None:
    key = key_in(tmp_path / "a")
    value = key.sign(b"message")
    assert key.public().signed(value, b"message")
    assert not key.public().signed(value, b"another")
    assert not key_in(tmp_path / "b").public().signed(value, b"message")
    assert not key.public().signed(value[:-1], b"message")


SPOILED = {
    "empty": b"",
    "no key": b"a shopping list\n",
    "endless": b"\0" * 100_000,
    "another kind": generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    "locked": Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    ),
    "not the one of its title": b"KL30 device key 0000-1111-2222-3333-4444-5555-6666-7777\n"
    + pem(Ed25519PrivateKey.generate()),
}  # fmt: skip


@pytest.mark.parametrize("content", SPOILED.values(), ids=SPOILED)
def test_a_key_that_cannot_be_used_is_set_aside_named_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    key = key_in(tmp_path)
    assert key.public().signed(key.sign(b"x"), b"x")
    (aside,) = tmp_path.glob(f"{NAME}.unusable-*")
    assert aside.read_bytes() == content
    assert aside.name in key.notices()[0]
    aside.unlink()
    assert key.notices() == ()


def test_a_second_one_that_is_set_aside_at_the_same_time_gets_a_name_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / NAME).write_bytes(b"spoiled")
        key_in(tmp_path).public()
    assert len(key_in(tmp_path).notices()) == 2


def test_every_bit_of_the_private_half_is_guarded_by_the_title(tmp_path: Path) -> None:
    """An Ed25519 key with a bit turned is a key; its reports would be of an unknown device, and nobody would know."""
    public = key_in(tmp_path).public()
    content = (tmp_path / NAME).read_bytes()
    start = content.index(b"-----BEGIN")
    for at in range(start, len(content)):
        (tmp_path / NAME).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            found = read_public(tmp_path / NAME)
        except ValueError:
            continue
        assert found == public


def test_a_key_somebody_brought_needs_no_title(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(pem(Ed25519PrivateKey.generate()))
    key_in(tmp_path).public()
    assert key_in(tmp_path).notices() == ()


def test_where_none_can_be_made_it_is_said_with_the_file() -> None:
    with pytest.raises(BoardError, match="neither read nor made") as refused:
        key_in(Path("/proc/self")).public()  # a folder that refuses root as well
    assert (refused.value.where, bool(refused.value.do)) == (f"/proc/self/{NAME}", True)


@given(st.binary(min_size=16, max_size=16), st.sampled_from(["", "-", ":", " "]), st.booleans())
def test_a_fingerprint_has_one_spelling_however_it_was_typed(raw: bytes, between: str, upper: bool) -> None:
    groups = [raw.hex()[at : at + 4] for at in range(0, 32, 4)]
    typed = between.join(groups)
    assert fingerprint_of(typed.upper() if upper else typed) == "-".join(groups)


@pytest.mark.parametrize("text", ["", "1234", "g" * 32, "12" * 17, "²" * 32])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no fingerprint"):
        fingerprint_of(text)
