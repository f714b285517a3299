"""Keys from folders, and the passphrases that open them: from `KL30_KEY_PASSPHRASE`, or asked at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from appliance.errors import UsageError
from appliance.firmware.publish.key_files import read_keys
from appliance.firmware.publish.keys import Keys

VARIABLE = "KL30_KEY_PASSPHRASE"


def at_hand(folders: Sequence[Path]) -> Keys:
    """Every key in these folders.

    Raises:
        UsageError: no folder was given, one holds no key, or a passphrase is wrong or cannot be asked for.
        RefusedError: others can read a key.
        BoardError: a file cannot be read.
    """
    if not folders:
        raise UsageError("no keys were given", do="name the folder that holds them with --keys")
    keys = Keys()
    for folder in folders:
        keys = keys.and_also(read_keys(folder, ask_passphrase))
    return keys


def ask_passphrase(path: Path) -> bytes:
    """The passphrase of a key file.

    Raises:
        UsageError: it is not in the environment, and there is no terminal to ask at.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return given.encode()
    if not sys.stdin.isatty():
        raise UsageError("the key has a passphrase, and there is nobody to ask", where=str(path), do=f"set {VARIABLE}")
    return getpass(f"passphrase of {path}: ").encode()


def new_passphrase() -> bytes:
    """A passphrase for keys that are being made.

    Raises:
        UsageError: it is empty, differs the second time, or there is nobody to ask.
    """
    given = os.environ.get(VARIABLE)
    if given is None and not sys.stdin.isatty():
        raise UsageError("there is nobody to ask for a passphrase", do=f"set {VARIABLE}")
    first = getpass("passphrase for the new keys: ") if given is None else given
    if not first:
        raise UsageError("the passphrase is empty", do="leave --passphrase out for keys without one")
    if given is None and getpass("once more: ") != first:
        raise UsageError("the two passphrases differ", do="try again; no key was made")
    return first.encode()
