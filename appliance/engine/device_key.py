"""The device's key: an Ed25519 key pair in the data folder, made at the first start.

Rules:
1. The private half is one file, `device.key`: PKCS #8 as PEM, mode 0600, there whole or not at all.  Its first line
   names the fingerprint, for an Ed25519 key with a bit turned is another key and nothing else would show it.
2. A file that is no such key is set aside, never deleted; a new key is made, and that is said at every start and in
   every report until somebody takes the old file away: reports carry another fingerprint from there on.
3. A fingerprint is the first 128 bits of the SHA-256 over the public half, in groups that can be read aloud.

Who owns the card owns the key.  Another provider (the TPM of a HAT) is another class with `public` and `sign`.

Sources: RFC 8032 (Ed25519), RFC 8410 and RFC 5958 (its PKCS #8 form), RFC 7468 (text before a PEM block);
docs/decisions/0025.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from appliance.clock import Clock
from appliance.engine.files import sync
from appliance.errors import BoardError

NAME = "device.key"
PRIVATE_MODE = 0o600
_MARK = ".unusable-"
_LARGEST_BYTES = 4096  # ours has some 200
_MOST_NOTICES = 3  # the newest
_GROUPS, _GROUP_DIGITS = 8, 4
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{_GROUP_DIGITS}}}(?:-[0-9a-f]{{{_GROUP_DIGITS}}}){{{_GROUPS - 1}}}")
_TITLE = re.compile(rb"KL30 device key ([0-9a-f-]+)\n")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a device's key that everybody may know; `raw` has 32 bytes."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """What people compare: `1f2e-…`, eight groups of four hexadecimal digits."""
        digits = hashlib.sha256(self.raw).hexdigest()
        return "-".join(
            digits[start : start + _GROUP_DIGITS] for start in range(0, _GROUPS * _GROUP_DIGITS, _GROUP_DIGITS)
        )

    def signed(self, value: bytes, message: bytes) -> bool:
        """Whether `value` is this key's signature over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(value, message)
        except (InvalidSignature, ValueError):  # the second: of another length
            return False
        return True


def fingerprint_of(text: str) -> str:
    """A fingerprint as somebody wrote it, in its one spelling: any case, groups parted by `-`, `:`, blanks or nothing.

    Raises:
        ValueError: it is none.
    """
    digits = re.sub(r"[-:\s]", "", text).lower()
    groups = "-".join(re.findall(f".{{1,{_GROUP_DIGITS}}}", digits))
    if not _FINGERPRINT.fullmatch(groups):
        raise ValueError(f"{text!r} is no fingerprint: it has {_GROUPS * _GROUP_DIGITS} hexadecimal digits")
    return groups


class DeviceKey:
    """The key in one data folder; it is read, or made, when it is first needed."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / NAME
        self._clock = clock
        self._key: Ed25519PrivateKey | None = None  # not asked for yet

    def public(self) -> PublicKey:
        """The public half; the first call of the first start makes the key.

        Raises:
            BoardError: the key can be neither read nor made.
        """
        return _public(self._ready())

    def sign(self, message: bytes) -> bytes:
        """The signature over a message, 64 bytes; the same message gives the same signature.

        Raises:
            BoardError: the key can be neither read nor made.
        """
        return self._ready().sign(message)

    def notices(self) -> tuple[str, ...]:
        """What is to be said of keys that were set aside, oldest first; empty: there are none."""
        names = sorted(path.name for path in self._path.parent.glob(f"{NAME}{_MARK}*") if path.name.isprintable())
        return tuple(_notice(name) for name in names[-_MOST_NOTICES:])

    def _ready(self) -> Ed25519PrivateKey:
        if self._key is None:
            try:
                self._key = self._read() or self._made()
            except OSError as error:
                raise BoardError(
                    f"the device's key can be neither read nor made: {error.strerror}",
                    where=str(self._path),
                    do="use the user of the service; check the card, its free space and its permissions",
                ) from error
        return self._key

    def _read(self) -> Ed25519PrivateKey | None:
        """None: there is none, or none that can be used any more."""
        if not (self._path.exists() or self._path.is_symlink()):
            return None
        try:
            return read_key(self._path)
        except PermissionError:
            raise  # it may be sound: another user's
        except (OSError, ValueError):
            self._set_aside()
            return None

    def _made(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        title = f"KL30 device key {_public(key).fingerprint}\n".encode("ascii")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f"{NAME}.partial")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_MODE)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, PRIVATE_MODE)  # whatever the mask of the process is
            file.write(title + pem)
            file.flush()
            os.fsync(handle)
        partial.replace(self._path)
        sync(self._path.parent)
        return key

    def _set_aside(self) -> None:
        stamp = self._clock.wall().strftime("%Y%m%d-%H%M%S")
        number, name = 1, f"{NAME}{_MARK}{stamp}"
        while self._path.with_name(name).exists():
            number += 1
            name = f"{NAME}{_MARK}{stamp}-{number}"
        self._path.rename(self._path.with_name(name))
        sync(self._path.parent)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private half in a file.

    Raises:
        ValueError: the file holds no such key, or another one than its title says.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST_BYTES)
    try:
        key = load_pem_private_key(content, password=None)
    except (TypeError, UnsupportedAlgorithm, InternalError) as error:
        # The first: it asks for a password.  The last: a key that is too short for OpenSSL, found by turning bits.
        raise ValueError(str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is a key of another kind")  # noqa: TRY004 – the file is at fault, not the caller
    title = _TITLE.match(content)
    if title is not None and title[1].decode("ascii") != _public(key).fingerprint:
        raise ValueError("it is not the key its title names")
    return key


def read_public(path: Path) -> PublicKey:
    """The public half of the key in a file; nothing is made or set aside.

    Raises:
        ValueError, OSError: as `read_key`.
    """
    return _public(read_key(path))


def _public(key: Ed25519PrivateKey) -> PublicKey:
    return PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _notice(name: str) -> str:
    return (
        f"The device's key could not be used; it was set aside as {name} and a new one was made. Since then reports "
        "carry another fingerprint: tell it to who checks them (kl30 selftest shows it), then take that file away."
    )
