"""Any request or response of ISO 14229 in words: services, identifiers, refusals, and everything this folder decodes.

Bit 6 of the first byte tells a response from a request (ISO 14229-1, table 2); 7F is a refusal.  What nobody named is
said to be unknown; what contradicts itself is a `MalformedAnswer`, never a guess.
"""

from __future__ import annotations

import re

from appliance import uds
from appliance.car.explain_did import svk_rows
from appliance.car.explain_request import request_rows
from appliance.car.explain_response import response_rows
from appliance.car.explanation import Explanation, Row
from appliance.car.layout import require_at_least, require_length
from appliance.car.names import service_title
from appliance.car.svk import decode_svk_body, is_svk_body
from appliance.errors import UsageError

__all__ = ["Explanation", "Row", "explain", "parse_hex"]

_SEPARATORS = re.compile(r"[\s:|,]+")
_TOKEN = re.compile(r"(?:0[xX])?((?:[0-9a-fA-F]{2})+)")

_NRC_MEANINGS = {
    uds.Nrc.RESPONSE_PENDING: "not a refusal: it is working and will answer",
    uds.Nrc.VOLTAGE_TOO_HIGH: "the supply is above what it accepts; ask again when it is lower",
    uds.Nrc.VOLTAGE_TOO_LOW: "the supply is below what it accepts; ask again when it is higher",
}


def explain(data: bytes) -> Explanation:
    """Explain one message, service identifier first; or the body of an SVK alone, when it can be nothing else.

    Raises:
        MalformedAnswer: too short or too long for what it says it is, or contradicting itself.
    """
    require_at_least(data, 1, "UDS message")
    if is_svk_body(data):
        return Explanation("SVK without its 62 F1 01", svk_rows(decode_svk_body(data)))
    if data[0] == uds.NEGATIVE:
        return _refusal(data)
    if data[0] & uds.POSITIVE_OFFSET:
        sid = data[0] - uds.POSITIVE_OFFSET
        return Explanation(f"positive response: {service_title(sid)}", response_rows(data))
    return Explanation(f"request: {service_title(data[0])}", request_rows(data))


def parse_hex(text: str) -> bytes:
    """Bytes as people write them: any case, with blanks, colons, commas, bars or `0x`.

    Raises:
        UsageError: nothing is left, or something is no whole byte; the message names it.
    """
    tokens = [token for token in _SEPARATORS.split(text) if token]
    if not tokens:
        raise UsageError("no hexadecimal bytes given", do="give them as in 62 F1 01")
    return b"".join(_token(token) for token in tokens)


def _token(token: str) -> bytes:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise UsageError(f"{token!r} is no hexadecimal byte", do="give two digits for each byte, as in 62 F1 01")
    return bytes.fromhex(match[1])


def _refusal(data: bytes) -> Explanation:
    require_length(data, 3, "negative response (7F)")
    sid, nrc = data[1], data[2]
    rows = (
        Row("service", f"{sid:02X}", service_title(sid)),
        Row("NRC", f"{nrc:02X}", _nrc_meaning(nrc)),
    )
    return Explanation(f"negative response: {service_title(sid)}", rows)


def _nrc_meaning(nrc: int) -> str:
    detail = _NRC_MEANINGS.get(uds.Nrc(nrc)) if nrc in set(uds.Nrc) else None
    return f"{uds.nrc_name(nrc)}: {detail}" if detail else uds.nrc_name(nrc)
