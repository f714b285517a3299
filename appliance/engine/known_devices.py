"""The devices somebody trusts: a text file, one fingerprint and a name on each line.

    # workshop north
    a985-fafd-7948-ba19-29b5-6cb7-7f56-addd  appliance 1, bay 3

Empty lines and what stands behind a `#` at the beginning of a line do not count.  The name is for people, and may be
left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from appliance.engine.device_key import fingerprint_of
from appliance.errors import UsageError

_LARGEST_BYTES = 1024 * 1024


def trusted_devices(fingerprints: Iterable[str], path: Path | None) -> dict[str, str]:
    """The names (empty: none was given) of trusted devices by fingerprint, from words and from a file.

    Args:
        path: None: there is no file.

    Raises:
        UsageError: the file cannot be read, or something in it, or one of the words, is no fingerprint.
    """
    devices = {_fingerprint(text, "--trust"): "" for text in fingerprints}
    for number, line in enumerate(_lines(path) if path else (), start=1):
        text, _, name = line.strip().partition(" ")
        if text and not text.startswith("#"):
            devices[_fingerprint(text, f"{path}:{number}")] = name.strip()
    return devices


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES).decode("utf-8").expandtabs(1).splitlines()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    except UnicodeDecodeError as error:
        raise UsageError("is no text", where=str(path), do="give a file with one fingerprint a line") from error


def _fingerprint(text: str, where: str) -> str:
    try:
        return fingerprint_of(text)
    except ValueError as error:
        raise UsageError(str(error), where=where, do="copy it from the appliance: kl30 selftest shows it") from error
