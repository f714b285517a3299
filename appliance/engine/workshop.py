"""Everything a run works with: who keeps it, and what it may program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.level_plan import looked_at
from appliance.campaign.model import Campaign
from appliance.campaign.selection import Offer
from appliance.clock import Clock
from appliance.config import VehicleTestConfig
from appliance.engine.jobs import ImageSource
from appliance.engine.journal import Journal
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Host, Supply
from appliance.engine.runner import Runner
from appliance.power.limits import Limits
from appliance.procedure.job import SecurityProvider


@dataclass(frozen=True, slots=True)
class TrustAge:
    """How old the trust in the firmware cache is.

    Attributes:
        usable: Whether a new job may be begun; one that was begun is finished whatever this says.
        words: What is to be said of it, a sentence without a full stop; empty: nothing.
    """

    usable: bool
    words: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """What may be programmed, and what opens a control unit for it.

    Attributes:
        providers: SecurityAccess providers by the name a campaign asks for.
        open_list: VINs the manufacturer shows as open; None: no list was given.
        recoveries: Campaigns that only bring software for stuck control units (`campaign.recovery`).
        age: How old the trust in all of it is, asked for at each START; None: it does not age.
        catalogue: The level catalogue the campaign goes by; None: it goes by none.
        others: Further campaigns, of which one may be chosen instead; empty: there is nothing to choose.
    """

    campaign: Campaign
    image_of: ImageSource
    providers: Mapping[str, SecurityProvider]
    open_list: frozenset[str] | None = None
    recoveries: tuple[Campaign, ...] = ()
    age: Callable[[], TrustAge] | None = None
    catalogue: Catalogue | None = None
    others: tuple[Offer, ...] = ()

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every campaign with its catalogue; `campaign` is the first."""
        return (Offer(self.campaign, self.catalogue), *self.others)

    @property
    def looked_at(self) -> tuple[int, ...]:
        """Addresses of the control units that are asked for everything before a plan is made, each once, ascending."""
        every = (address for one in self.offers for address in looked_at(one.campaign, one.catalogue))
        return tuple(sorted(set(every)))

    @property
    def named(self) -> tuple[tuple[int, str], ...]:
        """The same with what campaigns or catalogues call them; the first that knows one."""
        names: dict[int, str] = {}
        for one in reversed(self.offers):
            names |= {unit.address: unit.name for unit in one.catalogue.units} if one.catalogue else {}
            names |= {unit.address: unit.name for unit in one.campaign.units}
        return tuple((address, names[address]) for address in self.looked_at)

    def only(self, offer: Offer) -> Trusted:
        """The same with this campaign and no other."""
        return replace(self, campaign=offer.campaign, catalogue=offer.catalogue, others=())


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything a run works with; `host` None: nothing is known of the computer we run on."""

    clock: Clock
    supply: Supply
    limits: Limits
    journal: Journal
    narrator: Narrator
    runner: Runner
    trusted: Trusted
    host: Host | None = None
    vehicle_test: VehicleTestConfig = field(default_factory=VehicleTestConfig)
