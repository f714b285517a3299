"""Before anything is changed: do the others see the same supply as the plug?

Asked of every control unit the campaign names for it, and of our own computer.  One that tells no voltage speaks
neither for nor against; one further off than the band shuts the gate for starting, because one of the two is wrong and
nobody knows which.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.car.own_voltage import Opinion, OwnVoltage
from appliance.engine.identification import drive_one
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Host, Supply
from appliance.engine.runner import Runner
from appliance.errors import RefusedError
from appliance.events import Noted, OpinionGiven
from appliance.power.limits import Limits
from appliance.power.opinions import disagreement
from appliance.procedure.ask_around import own_voltages
from appliance.procedure.words import Procedure, Wait

TRIES, PAUSE_S = 3, 2.0  # a consumer may switch between the two looks; three times in a row it is no chance
CHECK_PLUG = (
    "check the plug's contacts and the charger's clamps; if the plug is wrong, measure with a multimeter and calibrate "
    "(kl30 selftest --calibrate VOLTS); then press START"
)

STRONGER_HOST = "use the converter and cable of docs/hardware.md, let the appliance cool down, then press START"


def require_agreement(
    sources: Sequence[OwnVoltage], runner: Runner, supply: Supply, limits: Limits, narrator: Narrator
) -> None:
    """Return when nobody contradicts the plug.

    Raises:
        RefusedError: a control unit sees another voltage than the plug, three times in a row.
    """
    found = ""
    for attempt in range(TRIES):
        if attempt:
            drive_one(runner, "second opinion", _pause())
        opinions = drive_one(runner, "second opinion", own_voltages(sources))
        reading = supply.newest()
        plug_v = reading.volts if reading else None
        for one in opinions:
            _tell(narrator, one, plug_v, first=attempt == 0)
        found = disagreement(plug_v, opinions, limits.disagreement_v) if plug_v is not None else ""
        if not found:
            return
    raise RefusedError(f"the supply cannot be believed: {found}", do=CHECK_PLUG)


def require_strong_host(host: Host | None) -> None:
    """Return when our own computer can be trusted to last; None: nothing is known of it.

    Raises:
        RefusedError: its own supply is too weak, or it is throttled.
    """
    refusal = host.start_refusal() if host else ""
    if refusal:
        raise RefusedError(refusal, do=STRONGER_HOST)


def _tell(narrator: Narrator, opinion: Opinion, plug_v: float | None, *, first: bool) -> None:
    if opinion.volts is not None:
        narrator.tell(OpinionGiven(opinion.address, round(opinion.volts, 3), plug_v))
    elif first:
        narrator.tell(Noted(f"control unit 0x{opinion.address:02X} tells no supply voltage: {opinion.why}"))


def _pause() -> Procedure[None]:
    yield Wait(PAUSE_S, "the supply is compared once more")
