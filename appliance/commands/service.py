"""`kl30 run` and `kl30 page`: the two services of the appliance."""

from __future__ import annotations

import signal
import subprocess

from appliance.bus.unlinked import LinkFound
from appliance.clock import RealClock
from appliance.config import Config
from appliance.engine.incoming import FirmwareChanged
from appliance.engine.ports import Command
from appliance.errors import EXIT_OK
from appliance.procedure.job import SecurityProvider
from appliance.wiring import (
    Appliance,
    assemble,
    data_lock,
    die_with_any_thread,
    die_with_the_engine,
    trusted_from,
    waiting_parts,
)

POWER_OFF = ("systemctl", "poweroff")


def run_flasher(config: Config, providers: dict[str, SecurityProvider]) -> int:
    """The flasher: comes up, finishes what was interrupted, then START after START until it is switched off."""
    die_with_any_thread()
    lock = data_lock(config.data)
    try:
        parts = waiting_parts(config, lambda: trusted_from(config, providers))
        appliance = assemble(config, parts)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to stop is not dying (engine.loop_guard)
        try:
            switched_off = die_with_the_engine(lambda: _work(appliance), (LinkFound,))
        except LinkFound as found:
            appliance.fell(found)
            return EXIT_OK  # the service manager starts it again, with the link
        except BaseException as reason:
            appliance.fell(reason)
            raise
        appliance.close()
    finally:
        lock.release()
    if switched_off:
        subprocess.run(POWER_OFF, check=False)  # noqa: S603 – a constant
    return EXIT_OK  # the service manager starts it again, over the firmware that was imported


def _work(appliance: Appliance) -> bool:
    """Work until it is switched off; false: until other firmware was imported."""
    appliance.engine.boot()
    try:
        while appliance.engine.ready() is Command.START:
            appliance.engine.start(asks=True)
    except FirmwareChanged:
        return False
    return True


def run_page(config: Config) -> int:
    """The status page: a reader of status and reports."""
    from appliance.page.app import create_app  # noqa: PLC0415 – the flasher never imports Flask
    from appliance.page.serve import serve  # noqa: PLC0415

    serve(create_app(config.data, RealClock(), cache=config.cache), config.page.host, config.page.port)
    return EXIT_OK
