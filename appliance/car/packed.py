"""Characters of six bits, as the vehicle order is packed: a character's code less 0x20, most significant bit first.

Source: facts.md §8, confirmed on a real car.
"""

from __future__ import annotations

CHARACTER_BITS = 6
_FIRST = 0x20


class BitReader:
    """Reads a run of bits from the front; reading beyond its end raises `EOFError`."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data)
        self._left = 8 * len(data)

    @property
    def rest_is_zero(self) -> bool:
        """Whether nothing but zero bits are left."""
        return self._bits & ((1 << self._left) - 1) == 0

    def peek(self, count: int) -> int:
        """The next `count` bits as a number, without taking them.

        Raises:
            EOFError: fewer are left.
        """
        if count > self._left:
            raise EOFError(f"{count} bits wanted, {self._left} left")
        return self._bits >> (self._left - count) & ((1 << count) - 1)

    def take(self, count: int) -> int:
        """The next `count` bits as a number.

        Raises:
            EOFError: fewer are left.
        """
        value = self.peek(count)
        self._left -= count
        return value

    def text(self, length: int) -> str:
        """The next `length` characters.

        Raises:
            EOFError: fewer are left.
        """
        return "".join(chr(_FIRST + self.take(CHARACTER_BITS)) for _ in range(length))


class BitWriter:
    """Collects bits; `to_bytes` fills the last byte with zeros."""

    def __init__(self) -> None:
        self._bits = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """Append the lowest `count` bits of `value`."""
        self._bits = self._bits << count | value
        self._count += count

    def text(self, text: str) -> None:
        """Append characters between blank and underscore (0x20 to 0x5F)."""
        for character in text:
            self.put(ord(character) - _FIRST, CHARACTER_BITS)

    def to_bytes(self) -> bytes:
        """All bits so far."""
        padding = -self._count % 8
        return (self._bits << padding).to_bytes((self._count + padding) // 8)
