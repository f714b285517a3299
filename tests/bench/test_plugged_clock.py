"""To the appliance a pulled plug is another boot of its machine, and nothing else is."""

from __future__ import annotations

from appliance.bench.power_cut import PluggedClock
from appliance.clock import UNKNOWN_BOOT, VirtualClock


def test_a_machine_has_one_boot_until_its_power_goes() -> None:
    clock = PluggedClock(VirtualClock())
    before = clock.boot_id()
    clock.sleep_until(1000.0)
    assert clock.boot_id() == before != UNKNOWN_BOOT
    clock.power_on()
    assert clock.boot_id() != before


def test_two_machines_never_share_a_boot() -> None:
    assert PluggedClock(VirtualClock()).boot_id() != PluggedClock(VirtualClock()).boot_id()


def test_time_is_the_clocks_own_and_goes_on_over_a_cut() -> None:
    inner = VirtualClock(start_s=5.0)
    clock = PluggedClock(inner)
    clock.power_on()
    clock.sleep_until(7.0)
    assert (clock.now_s(), clock.wall()) == (inner.now_s(), inner.wall())
