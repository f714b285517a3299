"""A life of the appliance that can do nothing: its cache is empty or cannot be trusted, or it has no CAN interface.

It is up all the same, because a technician who sees no light at all looks for a fault in the wiring.  It says what is
wrong, waits for an import (`incoming`) or for the interface (`bus.unlinked`), begins nothing and goes on with nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.engine.journal import Run
from appliance.errors import Kl30Error, LinkError
from appliance.events import Event, Phase, PhaseEntered

_IMPORT = "Plug in a stick with a firmware repository, or import one: kl30 cache import"
_LEFT = " The job of {vin} is unfinished: leave the charger on, the ignition as it is, and replace no control unit."


class Unable:
    """What is told in such a life.

    Args:
        why: What is wrong with the firmware cache, or with the link.
        unfinished: The run that cannot be gone on with; None: there is none.
    """

    def __init__(self, why: Kl30Error, unfinished: Run | None, tell: Callable[[Event], None]) -> None:
        where = f" ({why.where})" if why.where else ""
        left = _LEFT.format(vin=unfinished.vin) if unfinished else ""
        self._what = f"Nothing can be programmed: {why.what}{where}.{left}"
        self._do = f"{why.do or _IMPORT}."
        self._waits_for = "the CAN interface" if isinstance(why, LinkError) else "firmware"
        self._tell = tell

    def refuse(self) -> None:
        """Say it; again after each START."""
        self._tell(PhaseEntered(Phase.REFUSED, self._what, self._waits_for, self._do))
