"""A panel and a supply that only remember, and the page with the bench on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from appliance.bench.panel_page import create_panel_blueprint
from appliance.clock import RealClock
from appliance.page.app import create_app


@dataclass
class Lit:
    power: bool = True
    busy: bool = True
    attention: bool = False
    fault: bool = False


@dataclass
class Panel:
    pressed: list[str] = field(default_factory=list)

    def press(self, command: str) -> None:
        self.pressed.append(command)

    def leds(self) -> Lit:
        return Lit()


@dataclass
class Supply:
    set_v: float = 13.6
    plugged: bool = True

    def volts(self) -> float:
        return self.set_v

    def set_volts(self, volts: float) -> None:
        self.set_v = volts

    def unplug(self) -> None:
        self.plugged = False

    def plug_in(self) -> None:
        self.plugged = True


def create_bench_app(data: Path, panel: Panel, supply: Supply) -> Flask:
    app = create_app(data, RealClock())
    app.register_blueprint(create_panel_blueprint(panel, supply))
    return app
