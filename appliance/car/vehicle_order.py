"""The vehicle order (FA): what the car was built as, and in which month.

`62 3F 06` of the gateway (facts.md §8, confirmed by decoding a real G31):

    0   length of what follows up to the trailer, u16      6   main series, 4 characters
    2   version, 03                                        9   type key, 4 characters
    3   date of construction MMYY, 4 characters           12   paint      15   upholstery      18   lists

Characters have six bits (`packed.py`).  A list is a 4-bit tag (1000 options of three characters, 0100 E-words and
1100 HO-words of four), its words, and two zero bits; no word starts with them.  A tag of 0000 ends the lists, zero
bits fill the last byte (both likely: one car shows them).  Behind that stands a trailer with its own length u16
(00 14 and a signature of 20 bytes), or nothing.

The month is all there is: at the edge months of a bulletin the order alone decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.car.layout import count_text, data_of, did_label, require_at_least
from appliance.car.packed import BitReader, BitWriter
from appliance.errors import MalformedAnswer, UsageError

DID_VEHICLE_ORDER = 0x3F06
_WHAT = "vehicle order"
_NAME = did_label(DID_VEHICLE_ORDER, _WHAT)
_VERSION = 3
_CENTURY = 2000
_FIXED_LENGTH = 16  # version and five fields of four characters

_OPTIONS, _E_WORDS, _HO_WORDS, _END = 0b1000, 0b0100, 0b1100, 0b0000
_WORD_LENGTH = {_OPTIONS: 3, _E_WORDS: 4, _HO_WORDS: 4}
_SIGNS = {_OPTIONS: "$", _E_WORDS: "-", _HO_WORDS: "+"}  # of the textual form; + is from memory
_TAG_BITS, _LIST_END_BITS = 4, 2

_CODE = re.compile(r"[A-Z0-9]+", re.ASCII)
_COLOUR = re.compile(r"[A-Z0-9]{0,4} {0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VehicleOrder:
    """What was ordered.

    Attributes:
        month: Of construction, 1 to 12.
        year: Of construction, four digits.
        series: Main series or development code, four characters as in `F056`.
        type_key: Four characters.
        paint / upholstery: Up to four characters; empty: not stated.
        options: Codes of three characters, in the order's own sequence.
        e_words / ho_words: Words of four characters.
    """

    month: int
    year: int
    series: str
    type_key: str
    paint: str
    upholstery: str
    options: tuple[str, ...] = ()
    e_words: tuple[str, ...] = ()
    ho_words: tuple[str, ...] = ()

    @property
    def elements(self) -> frozenset[str]:
        """All that equipment can be told by: options, E-words, HO-words, and the type key."""
        return frozenset((self.type_key, *self.options, *self.e_words, *self.ho_words))

    @property
    def text(self) -> str:
        """The textual form, `G031#0317*JM71%0300&BYAT$1CA…-A090`."""
        head = f"{self.series}#{self.month:02}{self.year % 100:02}*{self.type_key}%{self.paint}&{self.upholstery}"
        return head + "".join(_SIGNS[tag] + word for tag, words in _lists(self) for word in words)


def decode_vehicle_order(payload: bytes) -> VehicleOrder:
    """The vehicle order in `62 3F 06` and the layout above.

    Raises:
        MalformedAnswer: another answer, lengths that contradict each other, another version, or fields no order has.
    """
    body = _body(data_of(payload, DID_VEHICLE_ORDER, _WHAT))
    if body[0] != _VERSION:
        raise MalformedAnswer(f"{_NAME} version", found=f"{body[0]:02X}", expected=f"{_VERSION:02X}")
    bits = BitReader(body[1:])
    built, series, type_key, paint, upholstery = (bits.text(4) for _ in range(5))
    if not re.fullmatch(r"(0[1-9]|1[0-2])\d\d", built, re.ASCII):
        raise MalformedAnswer(f"{_NAME} date of construction", found=ascii(built), expected="MMYY")
    try:
        lists = _read_lists(bits)
    except EOFError as error:
        raise MalformedAnswer(
            f"{_NAME} lists", found=f"an end inside a word after {count_text(len(body))}", expected="a closed list"
        ) from error
    return VehicleOrder(
        month=int(built[:2]),
        year=_CENTURY + int(built[2:]),
        series=_checked(series, _CODE),
        type_key=_checked(type_key, _CODE),
        paint=_checked(paint, _COLOUR).rstrip(),
        upholstery=_checked(upholstery, _COLOUR).rstrip(),
        options=lists[_OPTIONS],
        e_words=lists[_E_WORDS],
        ho_words=lists[_HO_WORDS],
    )


def encode_vehicle_order(order: VehicleOrder, trailer: bytes = b"") -> bytes:
    """The positive response that says `order`, with `trailer` (its own length and a signature) behind it.

    Raises:
        UsageError: the order has a field that cannot be packed.
    """
    _require_packable(order)
    bits = BitWriter()
    bits.text(f"{order.month:02}{order.year - _CENTURY:02}{order.series}{order.type_key}")
    bits.text(order.paint.ljust(4) + order.upholstery.ljust(4))
    for tag, words in _lists(order):
        if words:
            bits.put(tag, _TAG_BITS)
            bits.text("".join(words))
            bits.put(0, _LIST_END_BITS)
    bits.put(_END, _TAG_BITS)
    body = bytes([_VERSION]) + bits.to_bytes()
    return bytes([0x62]) + DID_VEHICLE_ORDER.to_bytes(2) + len(body).to_bytes(2) + body + trailer


def _lists(order: VehicleOrder) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return ((_OPTIONS, order.options), (_E_WORDS, order.e_words), (_HO_WORDS, order.ho_words))


def _body(data: bytes) -> bytes:
    """The version and the fields, after both lengths were found to be true."""
    require_at_least(data, 2 + _FIXED_LENGTH, _NAME)
    end = 2 + int.from_bytes(data[:2])
    body, trailer = data[2:end], data[end:]
    if end > len(data) or len(body) < _FIXED_LENGTH:
        raise MalformedAnswer(_NAME, found=count_text(len(data)), expected=f"{count_text(end)} for its length")
    if trailer and len(trailer) != 2 + int.from_bytes(trailer[:2]):
        raise MalformedAnswer(
            f"{_NAME} trailer", found=count_text(len(trailer)), expected="2 bytes and the length they say, or nothing"
        )
    return body


def _read_lists(bits: BitReader) -> dict[int, tuple[str, ...]]:
    lists: dict[int, tuple[str, ...]] = dict.fromkeys(_WORD_LENGTH, ())
    while not bits.rest_is_zero:
        tag = bits.take(_TAG_BITS)
        if tag not in _WORD_LENGTH:
            raise MalformedAnswer(f"{_NAME} lists", found=f"tag {tag:04b}", expected="tag 1000, 0100, 1100 or 0000")
        lists[tag] += _read_words(bits, _WORD_LENGTH[tag])
    return lists


def _read_words(bits: BitReader, length: int) -> tuple[str, ...]:
    words: list[str] = []
    while bits.peek(_LIST_END_BITS):
        words.append(_checked(bits.text(length), _CODE))
    bits.take(_LIST_END_BITS)
    return tuple(words)


def _checked(text: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(text):
        raise MalformedAnswer(f"{_NAME} field", found=ascii(text), expected="capital letters and digits")
    return text


def _require_packable(order: VehicleOrder) -> None:
    fixed = all(_CODE.fullmatch(text) and len(text) == 4 for text in (order.series, order.type_key))
    colours = all(_COLOUR.fullmatch(text.ljust(4)) and len(text) <= 4 for text in (order.paint, order.upholstery))
    words = all(
        _CODE.fullmatch(word) and len(word) == _WORD_LENGTH[tag] for tag, words in _lists(order) for word in words
    )
    built = 1 <= order.month <= 12 and _CENTURY <= order.year < _CENTURY + 100
    if not (fixed and colours and words and built):
        raise UsageError(
            f"vehicle order {order.text} cannot be packed",
            do="use capital letters and digits: four a field or word, three an option; and a month of this century",
        )
