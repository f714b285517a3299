"""The simulated panel and supply as a page: buttons to press, LEDs to look at, volts to turn, a plug to pull.

Only the bench has it, under `/bench/`.  It is the one part of the page that takes POST: here the hands are simulated
too.  A POST must come from this page itself: browsers say so in `Sec-Fetch-Site` (W3C Fetch Metadata), or, on plain
HTTP to another machine, in `Origin` (RFC 6454); who says neither is refused.

Works without a script: each control is a form of its own.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

from flask import Blueprint, Response, abort, render_template, request, url_for

from appliance.page.app import OWN_FORMS

COMMANDS = ("start", "choose", "cancel", "release")
LOWEST_V = 9.0
HIGHEST_V = 16.0
STEP_V = 0.1


class Leds(Protocol):
    """Which LEDs are lit at this moment."""

    @property
    def power(self) -> bool:
        """Green."""

    @property
    def busy(self) -> bool:
        """Blue."""

    @property
    def attention(self) -> bool:
        """Amber."""

    @property
    def fault(self) -> bool:
        """Red."""


class BenchPanel(Protocol):
    """The simulated panel; called from the page's threads."""

    def press(self, command: str) -> None:
        """Press `start` or `cancel`, `start` longer for `choose`, both for `release`, as long as that command takes."""

    def leds(self) -> Leds:
        """The LEDs now."""


class BenchSupply(Protocol):
    """The simulated supply; called from the page's threads."""

    @property
    def plugged(self) -> bool:
        """Whether the appliance sits in the car's socket."""

    def volts(self) -> float:
        """What the charger is set to, volts."""

    def set_volts(self, volts: float) -> None:
        """Turn the charger to this."""

    def unplug(self) -> None:
        """Pull the plug: no volts, no car."""

    def plug_in(self) -> None:
        """Put the plug back."""


def create_panel_blueprint(panel: BenchPanel, supply: BenchSupply) -> Blueprint:
    """The bench's page, to be registered on the application of `appliance.page.app` under `/bench`."""
    blueprint = Blueprint("bench", __name__, template_folder="templates", static_folder="static", url_prefix="/bench")

    @blueprint.before_request
    def only_from_here() -> None:
        if request.method == "POST" and not _from_here():
            abort(HTTPStatus.FORBIDDEN, "Only this page itself may press the simulated buttons.")

    @blueprint.after_request
    def allow_own_forms(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = OWN_FORMS
        # Under no-referrer a browser sends `Origin: null` with a form, and nothing could be told apart.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    @blueprint.app_context_processor
    def in_the_bar() -> dict[str, object]:
        return {"more_pages": (("Bench", url_for("bench.show")),)}

    @blueprint.get("/")
    def show() -> str:
        return _shown("panel.html", panel, supply)

    @blueprint.get("/fragment")
    def fragment() -> str:
        return _shown("panel_fragment.html", panel, supply)

    @blueprint.post("/press/<command>")
    def press(command: str) -> Response:
        if command not in COMMANDS:
            abort(HTTPStatus.NOT_FOUND)
        panel.press(command)
        return _back()

    @blueprint.post("/volts")
    def turn() -> Response:
        supply.set_volts(_asked_v())
        return _back()

    @blueprint.post("/plug/<state>")
    def plug(state: str) -> Response:
        match state:
            case "out":
                supply.unplug()
            case "in":
                supply.plug_in()
            case _:
                abort(HTTPStatus.NOT_FOUND)
        return _back()

    return blueprint


def _shown(template: str, panel: BenchPanel, supply: BenchSupply) -> str:
    leds, volts = panel.leds(), supply.volts()
    lit = (("power", leds.power), ("busy", leds.busy), ("attention", leds.attention), ("fault", leds.fault))
    return render_template(
        template,
        leds=lit,
        volts=volts,
        plugged=supply.plugged,
        lower_v=max(LOWEST_V, round(volts - STEP_V, 2)),
        higher_v=min(HIGHEST_V, round(volts + STEP_V, 2)),
        range_v=(LOWEST_V, HIGHEST_V),
    )


def _from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def _asked_v() -> float:
    volts = request.form.get("volts", type=float)
    # The comparison is false for "nan" as well.
    if volts is None or not LOWEST_V <= volts <= HIGHEST_V:
        abort(HTTPStatus.BAD_REQUEST, f"Volts must be a number from {LOWEST_V:g} to {HIGHEST_V:g}.")
    return volts


def _back() -> Response:
    # 303: the browser fetches the page anew, and a reload presses nothing twice (RFC 9110, 15.4.4).
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for("bench.show")})
