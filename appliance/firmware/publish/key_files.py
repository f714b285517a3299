"""Keys in files: PEM, PKCS #8, readable by their owner alone, behind a passphrase if one is given.

    <folder>/root-1.pem, root-2.pem, root-3.pem, targets.pem, snapshot.pem, timestamp.pem
    <folder>/author-anna.pem, author-anna.pub.pem

Rules.  A key file is never overwritten.  One that others may read is refused: whoever read it can sign.  The half that
everybody may know is written for authors, who give it to whoever runs the repository.

Sources: RFC 8410 (Ed25519 in PKCS #8 and SubjectPublicKeyInfo), RFC 7468 (PEM).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from appliance.errors import BoardError, RefusedError, UsageError
from appliance.firmware.publish.files import read_file
from appliance.firmware.publish.keys import AUTHOR_PREFIX, Keys, PublicKey, SigningKey

SECRET_END, PUBLIC_END = ".pem", ".pub.pem"
LARGEST_KEY_BYTES = 16 * 1024
OWNER_ONLY = 0o600
_PUBLIC_LABEL = b"-----BEGIN PUBLIC KEY-----"

AskPassphrase: TypeAlias = Callable[[Path], bytes]
"""Asks a person, or the environment, for the passphrase of a key file."""


def write_keys(folder: Path, keys: Keys, passphrase: bytes = b"") -> tuple[Path, ...]:
    """Write keys to a folder that is made if need be; their files, without the public halves.

    Args:
        passphrase: Empty: the files are as secret as the disk they lie on.

    Raises:
        UsageError: one of the files is there already; nothing was written.
        BoardError: a file cannot be written.
    """
    for key in keys.keys:
        if (path := folder / (key.name + SECRET_END)).exists():
            raise UsageError("there is a key already", where=str(path), do="choose another folder; no key was changed")
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return tuple(_write_key(folder, key, encryption) for key in keys.keys)


def read_keys(folder: Path, ask: AskPassphrase) -> Keys:
    """Every secret key in a folder.

    Raises:
        UsageError: there is no such folder, no key in it, or a file holds no Ed25519 key, or the passphrase is wrong.
        RefusedError: somebody else may read a key.
        BoardError: a file cannot be read.
    """
    paths = [path for path in sorted(folder.glob("*" + SECRET_END)) if not path.name.endswith(PUBLIC_END)]
    if not paths:
        raise UsageError("there is no key", where=str(folder), do="check the folder; kl30 publish keys makes keys")
    return Keys(tuple(read_key(path, ask) for path in paths))


def read_key(path: Path, ask: AskPassphrase) -> SigningKey:
    """One secret key; it is called what its file is called.

    Raises:
        UsageError, RefusedError, BoardError: as `read_keys`.
    """
    pem = read_file(path, LARGEST_KEY_BYTES)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise RefusedError(
            "others can read this key", where=str(path), do=f"chmod 600 {path}; if it was copied, replace the key"
        )
    passphrase = ask(path) if b"ENCRYPTED" in pem else None
    try:
        key = load_pem_private_key(pem, passphrase)
    except ValueError as error:
        what = "the passphrase is wrong" if passphrase is not None else "it holds no secret key in PEM"
        raise UsageError(what, where=str(path), do="check the file and its passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            "it holds a key of another kind than Ed25519", where=str(path), do="kl30 publish keys makes one"
        )
    return SigningKey(path.name.removesuffix(SECRET_END), key.private_bytes_raw())


def read_public_key(path: Path, ask: AskPassphrase) -> PublicKey:
    """The public half of a key, from a file of either half.

    Raises:
        UsageError, RefusedError, BoardError: as `read_keys`.
    """
    pem = read_file(path, LARGEST_KEY_BYTES)
    if not pem.lstrip().startswith(_PUBLIC_LABEL):
        return read_key(path, ask).public
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise UsageError("it holds no public key in PEM", where=str(path), do="check the file") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(
            "it holds a key of another kind than Ed25519", where=str(path), do="kl30 publish keys makes one"
        )
    return PublicKey(path.name.removesuffix(PUBLIC_END).removesuffix(SECRET_END), key.public_bytes_raw())


def _write_key(folder: Path, key: SigningKey, encryption: KeySerializationEncryption) -> Path:
    secret = Ed25519PrivateKey.from_private_bytes(key.secret)
    path = folder / (key.name + SECRET_END)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(path, secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), OWNER_ONLY)
        if key.name.startswith(AUTHOR_PREFIX):
            public = secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            _write_new(folder / (key.name + PUBLIC_END), public, 0o644)
    except OSError as error:
        raise BoardError(
            f"the key cannot be written: {error.strerror}", where=str(path), do="check the folder and the space in it"
        ) from error
    return path


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Secret from its first byte: the mode is given when the file is made."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
