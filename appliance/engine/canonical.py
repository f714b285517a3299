"""The one spelling of a JSON value that hashes and signatures are made over (RFC 8785), by way of `rfc8785`."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """A JSON value as dicts, lists, text, numbers, booleans and None; equal values give equal bytes.

    Raises:
        ValueError: it has no such form: half a character, no number, a whole number no other reader counts with, or
            nested too deeply.
    """
    try:
        return rfc8785.dumps(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in lower case hexadecimal digits.

    Raises:
        ValueError: as `canonical`.
    """
    return hashlib.sha256(canonical(value)).hexdigest()
