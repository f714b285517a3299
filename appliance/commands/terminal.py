"""The status on a terminal: a live picture for people, plain lines where nobody watches."""

from __future__ import annotations

import sys
import termios
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from appliance.clock import Clock
from appliance.events import CampaignSeen, Phase
from appliance.status import Status, UnitStatus

REFRESH_S = 0.25
_COLOUR = {
    Phase.READY: "cyan",
    Phase.CHECKING: "blue",
    Phase.REFUSED: "yellow",
    Phase.PROGRAMMING: "green",
    Phase.HELD: "yellow",
    Phase.RESUMING: "magenta",
    Phase.DONE: "green",
    Phase.FAILED: "red",
}


class LineView:
    """A line for each thing that changed; for logs and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._said = ""
        self._asked = ""
        self._tenth: dict[int, int] = {}

    def __call__(self, status: Status) -> None:
        """A new status."""
        self._say(f"{status.phase.value}: {status.what}")
        self._ask(status.asks)
        for unit in status.units:
            self._progress(unit)

    def _say(self, line: str) -> None:
        if line != self._said:
            self._said = line
            self._out.write(line + "\n")
            self._out.flush()

    def _ask(self, asks: str) -> None:
        if asks and asks != self._asked:
            self._out.write(f"  asks: {asks}\n")
            self._out.flush()
        self._asked = asks

    def _progress(self, unit: UnitStatus) -> None:
        tenth = 10 * unit.done_bytes // unit.total_bytes if unit.total_bytes else 0
        if tenth != self._tenth.get(unit.address, 0):
            self._tenth[unit.address] = tenth
            if tenth:
                self._out.write(f"  0x{unit.address:02X} {unit.name}: {10 * tenth} %, {unit.step}\n")
                self._out.flush()

    def close(self) -> None:
        """Nothing to end."""


class LiveView:
    """A picture that is redrawn four times a second by its own thread; the engine only leaves the newest status."""

    def __init__(self, console: Console, clock: Clock, hint: str) -> None:
        self._status = Status()
        self._hint = hint
        self._live = Live(self._picture(), console=console, auto_refresh=False, transient=False)
        self._live.start()
        self._echo(False)
        self._ticker = clock.every(REFRESH_S, self._draw, "terminal")

    def __call__(self, status: Status) -> None:
        """A new status."""
        self._status = status

    def close(self) -> None:
        """Draw once more and leave the picture standing."""
        self._ticker.stop()
        self._draw()
        self._live.stop()
        self._echo(True)

    def _echo(self, on: bool) -> None:
        """Whether keys show: an echoed Enter would tear the picture."""
        if not sys.stdin.isatty():
            return
        settings = termios.tcgetattr(sys.stdin)
        settings[3] = settings[3] | termios.ECHO if on else settings[3] & ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSANOW, settings)

    def _draw(self) -> None:
        self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        status = self._status
        colour = _COLOUR[status.phase]
        lines: list[RenderableType] = [Text(status.what, style="bold")]
        if status.asks:
            lines.append(Text(f" {status.asks} ", style="bold reverse yellow"))
        if status.waits_for:
            lines.append(Text(f"waits for: {status.waits_for}"))
        if status.do:
            lines.append(Text(f"you: {status.do}", style="italic"))
        lines.append(_supply(status))
        if status.vehicle:
            car = status.vehicle
            lines.append(Text(f"{car.vin}  {car.model}  built {car.production}  level {car.level}", style="dim"))
        lines += [_campaign(one) for one in status.campaigns]
        lines += [_unit(unit) for unit in status.units]
        safe = "yes" if status.safe_to_unplug else "NO"
        lines.append(Text(f"safe to unplug: {safe}", style="green" if status.safe_to_unplug else "bold red"))
        if status.verdict:
            lines.append(Text(f"{status.verdict}: {status.reason}", style=f"bold {colour}"))
        if self._hint:
            lines.append(Text(self._hint, style="dim"))
        return Panel(Group(*lines), title=f"[bold {colour}] {status.phase.value} ", border_style=colour)


def _supply(status: Status) -> Text:
    volts = f"{status.supply.volts:.2f} V" if status.supply.volts is not None else "no reading"
    reason = f": {status.supply.reason}" if status.supply.reason else ""
    return Text(f"supply {volts}, gate {status.supply.gate}{reason}")


def _campaign(one: CampaignSeen) -> Text:
    mark = "▶" if one.chosen else "+" if one.fulfilled else " "
    return Text(f"{mark} {one.id}: {one.standing}, {one.why}", style="" if one.chosen else "dim")


def _unit(unit: UnitStatus) -> RenderableType:
    left = f"{unit.left_s:.0f} s left" if unit.left_s else ""
    row = Table.grid(padding=(0, 1))
    row.add_row(
        f"0x{unit.address:02X} {unit.name}",
        ProgressBar(total=max(1, unit.total_bytes), completed=unit.done_bytes, width=24),
        f"{unit.state.value}",
        f"{unit.step}",
        left,
    )
    return row
