"""Declared lengths and what is really there.

A length that fits only with its bytes the other way round was written by somebody with the other byte order; the error
says so, and still nothing is read that way.
"""

from __future__ import annotations

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits


def check_declared(what: str, declared: int, found: int, where: str, do: str) -> None:
    """Hold a declared number against the real one.

    Args:
        what: What is declared, as in `"the length of the segment"`.

    Raises:
        ContainerError: they differ.
    """
    if declared == found:
        return
    swapped = any(_swapped(declared, width) == found for width in (2, 4))
    hint = "; with its bytes in the other order it would fit: whoever wrote it has the byte order wrong"
    raise ContainerError(
        f"{what} is declared as {declared}, but there are {found}{hint if swapped else ''}", where=where, do=do
    )


def check_size(what: str, size_bytes: int, limits: Limits, where: str) -> None:
    """Before anything is reserved for it.

    Raises:
        ContainerError: it is larger than the limit.
    """
    if size_bytes > limits.data_bytes:
        raise ContainerError(
            f"{what} is declared with {size_bytes} bytes, at most {limits.data_bytes} are taken",
            where=where,
            do="check that it is firmware; a larger container is read with larger limits",
        )


def _swapped(number: int, width: int) -> int:
    return int.from_bytes(number.to_bytes(width, "big"), "little") if 0 <= number < 1 << 8 * width else -1
