"""What a negative response code means for the work: the whole table."""

from __future__ import annotations

import pytest

from appliance.procedure.policy import Recourse, recourse
from appliance.uds import Nrc

TABLE = {
    Nrc.GENERAL_REJECT: Recourse.REFUSED,
    Nrc.SERVICE_NOT_SUPPORTED: Recourse.REFUSED,
    Nrc.SUB_FUNCTION_NOT_SUPPORTED: Recourse.REFUSED,
    Nrc.INCORRECT_MESSAGE_LENGTH: Recourse.REFUSED,
    Nrc.BUSY_REPEAT_REQUEST: Recourse.ASK_AGAIN,
    Nrc.CONDITIONS_NOT_CORRECT: Recourse.REDO_DATABLOCK,
    Nrc.REQUEST_SEQUENCE_ERROR: Recourse.REDO_DATABLOCK,
    Nrc.REQUEST_OUT_OF_RANGE: Recourse.REFUSED,
    Nrc.SECURITY_ACCESS_DENIED: Recourse.REDO_DATABLOCK,
    Nrc.INVALID_KEY: Recourse.REFUSED,
    Nrc.EXCEEDED_NUMBER_OF_ATTEMPTS: Recourse.REFUSED,
    Nrc.REQUIRED_TIME_DELAY_NOT_EXPIRED: Recourse.REFUSED,
    Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED: Recourse.REFUSED,
    Nrc.TRANSFER_DATA_SUSPENDED: Recourse.REDO_DATABLOCK,
    Nrc.GENERAL_PROGRAMMING_FAILURE: Recourse.REDO_DATABLOCK,
    Nrc.WRONG_BLOCK_SEQUENCE_COUNTER: Recourse.REDO_DATABLOCK,
    Nrc.RESPONSE_PENDING: Recourse.REFUSED,  # never final: the link waits it out
    Nrc.SUB_FUNCTION_NOT_SUPPORTED_IN_SESSION: Recourse.REDO_DATABLOCK,
    Nrc.SERVICE_NOT_SUPPORTED_IN_SESSION: Recourse.REDO_DATABLOCK,
    Nrc.VOLTAGE_TOO_HIGH: Recourse.HOLD,
    Nrc.VOLTAGE_TOO_LOW: Recourse.HOLD,
}


def test_the_table_here_knows_every_code() -> None:
    assert set(TABLE) == set(Nrc)


@pytest.mark.parametrize("nrc", Nrc, ids=lambda nrc: f"{nrc:02X} {nrc.name}")
def test_every_code_has_its_recourse(nrc: Nrc) -> None:
    assert recourse(nrc) is TABLE[nrc]


def test_a_code_nobody_knows_is_a_refusal() -> None:
    unknown = set(range(0x100)) - set(Nrc)
    assert {recourse(nrc) for nrc in unknown} == {Recourse.REFUSED}
