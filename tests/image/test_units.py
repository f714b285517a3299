"""What systemd says of the units, and what the units promise (docs/install.md)."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from appliance.config import CanConfig
from appliance.errors import EXIT_RESUMABLE
from tests.image.place import ETC, SERVICES, UNITS, members, ran, settings_in, unit, words_of

NAMES = sorted(path.name for path in UNITS.glob("kl30-*"))
IP = {"AF_INET", "AF_INET6", "AF_PACKET", "AF_NETLINK"}
MOST_EXPOSED = "15"  # of 100: systemd-analyze prints it as 1.5 of 10

with_systemd = pytest.mark.systemd


@with_systemd
@pytest.mark.parametrize("name", NAMES)
def test_systemd_accepts_a_unit_without_a_word(name: str, bootable: Path) -> None:
    said = ran(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={bootable}", name])
    assert (said.code, said.words) == (0, "")


@with_systemd
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_by_at_most_one_and_a_half_of_ten(service: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    path = str(UNITS / f"{service}.service")
    said = ran(["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", path])
    assert said.code == 0, said.words


def test_the_flasher_can_open_a_socket_to_the_car_and_to_this_machine_and_no_other() -> None:
    assert set(words_of("kl30-flasher.service", "RestrictAddressFamilies")) == {"AF_UNIX", "AF_CAN"}


def test_the_key_relay_alone_can_open_an_ip_socket() -> None:
    can = {name for name in SERVICES if IP & set(words_of(f"{name}.service", "RestrictAddressFamilies"))}
    assert can == {"kl30-key-relay"}


@pytest.mark.parametrize("service", ["kl30-page", "kl30-import"])
def test_who_has_no_business_in_a_network_has_none(service: str) -> None:
    assert unit(f"{service}.service")["PrivateNetwork"] == ["yes"]


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "kl30-flasher"])
def test_the_flasher_alone_sees_devices(service: str) -> None:
    found = unit(f"{service}.service")
    assert (found["PrivateDevices"], found.get("DeviceAllow")) == (["yes"], None)


def test_the_flasher_sees_the_devices_it_needs_and_no_other() -> None:
    allowed = unit("kl30-flasher.service")["DeviceAllow"]
    assert allowed == ["/dev/i2c-1 rw", "char-gpiochip rw", "/dev/vcio rw"]


def test_each_service_writes_only_what_is_its_own() -> None:
    assert {name: words_of(f"{name}.service", "ReadWritePaths") for name in SERVICES} == {
        "kl30-flasher": ["/var/lib/kl30"],
        "kl30-page": [],
        "kl30-import": ["/var/lib/kl30-cache", "/var/lib/kl30-import"],
        "kl30-key-relay": [],
    }


def test_every_service_is_a_user_of_its_own_that_is_made() -> None:
    users = [unit(f"{name}.service")["User"][0] for name in SERVICES]
    assert sorted(users) == sorted(members())


def test_the_page_and_the_import_may_read_what_the_flasher_shows_and_the_key_relay_may_not() -> None:
    assert {user for user, groups in members().items() if "kl30" in groups} == {"kl30", "kl30-page", "kl30-import"}


def test_devices_are_for_the_flashers_user_alone() -> None:
    assert {user for user, groups in members().items() if groups & {"gpio", "i2c", "video"}} == {"kl30"}


def test_a_flasher_that_falls_silent_is_ended_after_ten_seconds_and_always_comes_back() -> None:
    found = unit("kl30-flasher.service")
    assert (found["WatchdogSec"], found["Restart"], found["StartLimitIntervalSec"]) == (["10"], ["always"], ["0"])


def test_what_ends_a_flasher_that_is_asked_to_stop_is_no_failure() -> None:
    assert unit("kl30-flasher.service")["SuccessExitStatus"] == [str(EXIT_RESUMABLE)]


def test_the_machines_watchdog_is_shorter_than_the_longest_a_raspberry_pi_knows() -> None:
    assert int(settings_in(ETC / "systemd/system.conf.d/90-kl30.conf")["RuntimeWatchdogSec"][0]) < 15


def test_the_key_relay_waits_until_somebody_wants_it() -> None:
    assert unit("kl30-key-relay.service")["ConditionPathExists"] == ["/etc/kl30/key-relay.env"]


def test_can0_has_the_bit_rate_of_the_configuration() -> None:
    found = settings_in(ETC / "systemd/network/10-kl30-can0.network")
    assert found["Name"] == [CanConfig().channel]
    assert int(found["BitRate"][0].removesuffix("K")) * 1000 == CanConfig().bitrate


def test_can0_never_comes_back_to_a_bus_by_itself() -> None:
    assert "RestartSec" not in settings_in(ETC / "systemd/network/10-kl30-can0.network")


def test_a_stick_is_mounted_read_only_and_nothing_on_it_can_be_run() -> None:
    rule = (ETC / "udev/rules.d/80-kl30.rules").read_text(encoding="utf-8")
    assert "--options=ro,nosuid,nodev,noexec," in rule


def started(service: str) -> list[str]:
    """The words of what a service starts, with the programs of this checkout in place of the installed ones."""
    (line,) = unit(f"{service}.service")["ExecStart"]
    program, *words = shlex.split(line)
    return [str(Path(sys.executable).with_name(Path(program).name)), *words]


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_starts_is_a_command_with_these_options(service: str) -> None:
    command = started(service)
    said = ran([*command, "--help"])
    assert said.code == 0, said.words
    options = [word for word in command if word.startswith("--")]
    assert [option for option in options if option not in said.words] == []
