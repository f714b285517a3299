"""What else goes wrong in the middle of a job: processes, kernel, disk, clock; each time the job is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.clock import RealClock
from tests.vm.build import Guest
from tests.vm.checks import Checks
from tests.vm.errors import MachineError
from tests.vm.machine import BOOT_S
from tests.vm.plug_checks import request
from tests.vm.site import READY_S, Site

GROUP = "trouble"
BITE_S = 60.0  # WatchdogSec=10, and an emulated processor
RESET_S = 90.0  # RuntimeWatchdogSec=14, in two stages of the i6300ESB
FILLER = "/card/filler"


def jobs(checks: Checks, guest: Guest, place: Path) -> Iterator[Callable[[], None]]:
    """Each on a car, a card and a machine of its own; in any order, or at the same time."""
    scenarios: dict[str, Callable[[Site], str]] = {
        "the kernel hangs, and the hardware starts it anew": _kernel_hangs,
        "cold boots": _cold_boots,
        "the flasher is killed": _killed,
        "the flasher hangs, and the service manager ends it": _hangs,
        "the page is killed": _page_killed,
        "the clock is set back a year": _clock_back,
        "the disk is full before START": _full_before,
        "the disk is full in the middle": _full_in_the_middle,
    }
    for number, (name, scenario) in enumerate(scenarios.items()):
        if checks.wanted(GROUP, name):
            site = place / f"trouble-{number}"
            yield lambda name=name, scenario=scenario, site=site: _run(checks, name, scenario, guest, site)  # type: ignore[misc]


def _run(checks: Checks, name: str, scenario: Callable[[Site], str], guest: Guest, place: Path) -> None:
    checks.run(GROUP, name, lambda: _on_a_site(scenario, guest, place))


def _on_a_site(scenario: Callable[[Site], str], guest: Guest, place: Path) -> str:
    with Site(place, guest) as site:
        return scenario(site)


def _in_the_transfer(site: Site, *, whole: bool = False) -> None:
    site.power_on(whole=whole)
    site.start()
    site.wait_until_heard("36 03")


def _silence(site: Site) -> None:
    """Nobody works on the car any more; the kernel may still finish the message that was on its way."""
    clock = RealClock()
    clock.sleep_until(clock.now_s() + 2.0)
    site.car.left_alone()


def _killed(site: Site) -> str:
    _in_the_transfer(site)
    site.on.must("systemctl kill -s KILL kl30-flasher")
    _silence(site)
    site.require_programmed(site.finish_after_restart())
    return "started again by systemd, resumed"


def _hangs(site: Site) -> str:
    _in_the_transfer(site)
    clock = RealClock()
    stopped_s = clock.now_s()
    site.on.must("systemctl kill -s STOP kl30-flasher")
    _silence(site)
    restarts = (
        f"timeout {BITE_S:.0f} sh -c 'until [ $(systemctl show -P NRestarts kl30-flasher) -ge 1 ]; do sleep 0.5; done'"
    )
    site.on.must(restarts, BITE_S + 10)
    bitten_s = clock.now_s() - stopped_s
    log = site.on.must("journalctl -b -u kl30-flasher -o cat")
    if "Watchdog timeout" not in log:
        raise MachineError(f"it was restarted, but not by the watchdog: {log[-1000:]}")
    site.require_programmed(site.finish_after_restart())
    return f"ended {bitten_s:.0f} s after it stopped"


def _page_killed(site: Site) -> str:
    _in_the_transfer(site, whole=True)
    site.on.must("systemctl kill -s KILL kl30-page")
    status = site.finish()
    if site.on.must("systemctl is-active kl30-page").strip() != "active":
        raise MachineError("the page did not come back")
    if site.on.must("systemctl show -P NRestarts kl30-flasher").strip() != "0":
        raise MachineError("the flasher was restarted")
    site.require_programmed(status)
    return ""


def _clock_back(site: Site) -> str:
    _in_the_transfer(site)
    site.on.must("date -s '1 year ago'")
    site.require_programmed(site.finish())
    return ""


def _full_before(site: Site) -> str:
    """Refused before anything is written; after that the same card and car do what they should."""
    machine = site.power_on()
    site.wait_for(("READY",), READY_S)
    machine.sh(f"dd if=/dev/zero of={FILLER} bs=1M; sync", 120)
    site.start()
    status = site.finish()
    if status.get("verdict") == "programmed" or site.car.dme_erased:
        raise MachineError(f"it was not refused: {status.get('verdict')}")
    machine.must(f"rm {FILLER} && sync")
    site.start()
    site.require_programmed(site.finish())
    return f"{status.get('verdict')}: {status.get('reason')}"


def _full_in_the_middle(site: Site) -> str:
    _in_the_transfer(site)
    machine = site.on
    machine.sh(f"dd if=/dev/zero of={FILLER} bs=1M; sync", 120)
    clock = RealClock()
    clock.sleep_until(clock.now_s() + 15.0)
    seen = site.status()
    machine.must(f"rm {FILLER} && sync")
    site.require_programmed(site.finish_after_restart())
    return f"while it was full: {seen.get('phase')} {seen.get('what')}"


def _kernel_hangs(site: Site) -> str:
    """The kernel stops for good (a panic that waits for ever); nobody feeds the watchdog any more."""
    _in_the_transfer(site)
    clock = RealClock()
    hung_s = clock.now_s()
    site.on.must(
        "nohup sh -c 'sleep 0.3; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger' >/dev/null 2>&1 &"
    )
    _silence(site)
    site.on.wait_for_end(RESET_S)  # a reset ends QEMU (-no-reboot); anything else would not
    took_s = clock.now_s() - hung_s
    cut = site.pull_plug()
    if cut.wrong:
        raise MachineError("; ".join(cut.wrong))
    site.power_on(cold=True)
    site.go_on(BOOT_S)
    site.require_programmed(site.finish(BOOT_S))
    return f"reset after {took_s:.0f} s, then a cold boot"


def _cold_boots(site: Site) -> str:
    """No saved memory: after a cut in the erase, and one in the transfer, the kernel boots from nothing."""
    clock = RealClock()
    site.power_on()
    site.start()
    took_s = []
    for prefix in ("31 01 FF 00", "36 03"):
        cut = site.cut_at_request(prefix, request(prefix))
        if cut.wrong:
            raise MachineError("; ".join(cut.wrong))
        began_s = clock.now_s()
        site.power_on(cold=True)
        site.go_on(BOOT_S)
        took_s.append(clock.now_s() - began_s)
    site.require_programmed(site.finish(BOOT_S))
    return f"going on {took_s[0]:.0f} s and {took_s[1]:.0f} s after the power came"
