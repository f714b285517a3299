"""`kl30 identify` and `kl30 plan`: who is this car, and what would be done. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from appliance.bus.replay import ReplayTransport
from appliance.bus.uds_link import UdsLink
from appliance.campaign.catalogue import Catalogue
from appliance.campaign.eligibility import Affected, AlreadyAtTarget, CannotDecide, Eligibility, NotAffected, judge
from appliance.campaign.level_plan import looked_at, measures_plan
from appliance.campaign.model import Campaign
from appliance.campaign.plan import plan_hash
from appliance.car.vehicle import Vehicle
from appliance.clock import Clock, RealClock, VirtualClock
from appliance.commands.plan_campaigns import campaign_lines, plan_among
from appliance.commands.plan_view import PlanView, measures_view
from appliance.config import Config
from appliance.engine.reader import read_vehicle
from appliance.engine.vehicle_view import VehicleView, view_of
from appliance.errors import EXIT_OK, EXIT_REFUSED, CarError, Kl30Error, RefusedError
from appliance.events import CampaignSeen
from appliance.firmware.cache_folder import CURRENT
from appliance.values import to_plain
from appliance.wiring import offers_of, open_list, open_transport, recorder_for

DME = 0x12  # the control unit this appliance's first campaign is about, asked closely (facts.md §1, confirmed)


def identify(config: Config, log: Path | None, *, as_json: bool) -> int:
    """Print who the car is; its exit code."""
    vehicle = observe_car(config, log, (DME,))
    if not vehicle.units and vehicle.vin is None:
        raise CarError(
            "the car does not answer",
            where=str(log) if log else f"{config.can.interface} {config.can.channel}",
            do="check the plug, switch the ignition on",
        )
    view = view_of(vehicle)
    campaigns = _campaigns(config, vehicle)
    if as_json:
        print_json({**to_plain(view), "campaigns": to_plain(campaigns)})
    else:
        _show(view)
        _show_campaigns(campaigns)
    return EXIT_OK


def plan(config: Config, log: Path | None, campaign: str = "", *, as_json: bool) -> int:
    """Print what would be done to the car, and why; its exit code.

    Args:
        campaign: Id of the one to be carried out, of several; empty: the default.
    """
    offers = offers_of(config)
    closely = {address for one in offers for address in looked_at(one.campaign, one.catalogue)}
    vehicle = observe_car(config, log, sorted(closely))
    vins = open_list(config)
    if len(offers) > 1 or campaign:
        view = plan_among(offers, vehicle, vins, campaign)
    else:
        (only,) = offers
        view = _planned(only.campaign, only.catalogue, vehicle, judge(only.campaign, vehicle, vins))
    if as_json:
        print_json(to_plain(view))
    else:
        _show_plan(view)
    return EXIT_OK if view.plan else EXIT_REFUSED


def _campaigns(config: Config, vehicle: Vehicle) -> tuple[CampaignSeen, ...]:
    """What the campaigns of the firmware cache are to the car; none where nothing was imported yet."""
    if not (config.cache / CURRENT).exists():
        return ()
    try:
        return campaign_lines(offers_of(config), vehicle, open_list(config))
    except Kl30Error as trouble:  # who the car is, is known all the same
        _errors().print(f"The campaigns of the firmware cache are not judged: {trouble}")
        return ()


def observe_car(config: Config, log: Path | None, closely: tuple[int, ...] | list[int]) -> Vehicle:
    """Identify the car on the plug, or the one in a recorded conversation."""
    clock: Clock = VirtualClock() if log else RealClock()
    recorder = None if log else recorder_for(config, clock)
    transport = ReplayTransport(log, clock) if log else open_transport(config, clock, recorder)
    link = UdsLink(transport, clock)
    try:
        return read_vehicle(link, clock, closely)
    finally:
        link.close()
        if recorder is not None:
            recorder.close()


def print_json(plain: object) -> None:
    """One JSON document on standard output."""
    Console(soft_wrap=True, highlight=False, markup=False, emoji=False).out(
        json.dumps(plain, indent=2, ensure_ascii=False), highlight=False
    )


def _planned(campaign: Campaign, catalogue: Catalogue | None, vehicle: Vehicle, eligibility: Eligibility) -> PlanView:
    vin = vehicle.vin.text if vehicle.vin else None
    match eligibility:
        case NotAffected(why):
            return PlanView("not-affected", why, campaign.id, vin, None, "")
        case CannotDecide(why, supply):
            return PlanView("cannot-decide", f"{why}; {supply}", campaign.id, vin, None, "")
        case AlreadyAtTarget(why) | Affected(why):
            verdict = "already-at-target" if isinstance(eligibility, AlreadyAtTarget) else "affected"
    try:
        made = measures_plan(campaign, catalogue, eligibility, vehicle, vin=vin or "unknown")
    except RefusedError as refusal:
        return PlanView("refused", str(refusal), campaign.id, vin, None, "")
    return PlanView(verdict, why, campaign.id, vin, measures_view(made), plan_hash(made))


def _show(view: VehicleView) -> None:
    console = _console()
    valid = {True: "check digit good", False: "CHECK DIGIT WRONG", None: "no check digit to judge"}[view.vin_valid]
    built = f"{view.production.month:02}/{view.production.year}" if view.production.month else "unknown"
    vin = (view.vin or "unknown", "bold")
    console.print(Text.assemble("VIN ", vin, f" ({valid})   {view.model or 'model unknown'}   built {built}"))
    level = view.integration_level
    current = (level.current or "unknown", "bold")
    others = f"   last {level.last or '-'}   factory {level.factory or '-'}"
    console.print(Text.assemble("integration level ", current, others))
    software = Column("software", no_wrap=True)  # whole, however narrow the terminal
    table = Table("address", "name", software, "check", "programmed on", "trouble codes")
    for unit in view.units:
        faults = "\n".join(f"{f.code} {f.status:02X} {'present' if f.present else 'stored'}" for f in unit.faults)
        table.add_row(
            unit.address,
            unit.name,
            "\n".join(unit.software) or "not told",
            str(unit.programming_check or "-"),
            unit.programmed_on or "-",
            faults or ("none" if unit.faults_read else "not read"),
        )
    console.print(table)
    for unit in view.units:
        if unit.evidence:
            found = f"{unit.address} {unit.name} is {unit.condition}: {'; '.join(unit.evidence)}"
            console.print(Text(found, style="bold"))
            console.print(Text(f"  kl30 recover --ecu {unit.address} programs it again from the firmware cache"))
    for trouble in view.troubles:
        console.print(Text(trouble, style="yellow"))


def _console() -> Console:
    """Prints as it is what a car or a campaign says, square brackets and colons included."""
    return Console(markup=False, emoji=False, highlight=False)


def _errors() -> Console:
    return Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)


def _show_campaigns(campaigns: Sequence[CampaignSeen]) -> None:
    if not campaigns:
        return
    table = Table(Column("campaign", overflow="fold"), "is", Column("because", overflow="fold"), title="Campaigns")
    for one in campaigns:
        chosen = " (this plan)" if one.chosen else ", done by this plan" if one.fulfilled else ""
        table.add_row(one.id, f"{one.standing}{chosen}", one.why)
    _console().print(table)


def _show_plan(view: PlanView) -> None:
    console = _console()
    console.print(Text.assemble((view.verdict, "bold"), f": {view.reason}"))
    _show_campaigns(view.campaigns)
    if view.plan is None:
        return
    console.print(f"{view.plan.title}, target {view.plan.target or 'none'}, plan {view.plan_hash[:16]}…")
    console.print(f"at most {view.plan.expected_s / 60:.0f} minutes, one after the other")
    table = Table("address", "name", "action", Column("why", overflow="fold"), "at most", "do not unplug")
    for unit in view.plan.units:
        table.add_row(unit.address, unit.name, unit.action, unit.why, f"{unit.expected_s:.0f} s", unit.unsafe_to_unplug)
    console.print(table)
    if view.plan.untouched:
        left = Table("address", "name", "left alone, because", title="Left alone")
        for one in view.plan.untouched:
            left.add_row(one.address, one.name, f"{one.why}{' (keeps the level back)' if one.blocks_level else ''}")
        console.print(left)
    console.print(f"integration level: {view.plan.level_why}")
