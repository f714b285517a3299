"""Makes the guest, once: Debian by mmdebstrap, the appliance by its own installer, its firmware from a stick.

Three stages, each in a folder of `build/vm` that is named after what it was made from, and made anew when that changes:

    debian-…   the distribution, its kernel, what the tests need beside it; with a list of the versions
    kl30-…     `image/install.sh --wheels` was run in the booted machine, a stick was plugged in; then switched off
    awake-…    booted from that up to where only the card is missing; its memory in a file

A folder is made beside its place and renamed when it is complete.  Debian is pinned by keeping: as long as the folder
is there the versions are those of its list, and a new one says which have changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from appliance.clock import RealClock
from tests.vm.car_outside import Adapter
from tests.vm.card import Card
from tests.vm.errors import MachineError, NotPossible
from tests.vm.machine import BOOT_S, WAITING, Disks, Machine
from tests.vm.workshop import publish

ROOT = Path(__file__).parents[2]
GUEST = Path(__file__).parent / "guest"
SUITE = "bookworm"
PACKAGES = (
    *("systemd-sysv", "dbus", "udev", "kmod", "procps", "iproute2", "e2fsprogs", "initramfs-tools", "busybox"),
    *("linux-image-amd64", "python3", "python3-venv", "can-utils", "i2c-tools"),
)
TEST_PACKAGES = (
    "pytest",
    "pytest-timeout",
    "iniconfig",
    "packaging",
    "pluggy",
    "pygments",
    "hypothesis",
    "sortedcontainers",
)
CARD_MB, SYSTEM_MB = 192, 2048  # a run wants 64 MB free (appliance/engine/campaign_run.py)
INITRD_MODULES = ("virtio_pci", "virtio_blk", "ext4")
NEEDED = {"qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "mmdebstrap": "mmdebstrap",
          "mke2fs": "e2fsprogs", "debugfs": "e2fsprogs"}  # fmt: skip
INSTALL_S = 900.0
_NO_BITE = ("-action", "watchdog=none")  # the last one holds
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # mke2fs is where not everybody looks


@dataclass(frozen=True, slots=True)
class Guest:
    """What machines are started from.

    Attributes:
        card: Image of the card as it was after the first import.
        memory: Saved memory; goes with `awake`, not with `system`.
        versions: Debian's packages and their versions.
    """

    kernel: Path
    initrd: Path
    system: Path
    awake: Path
    memory: Path
    card: Path
    versions: Path


def require_tools() -> None:
    """Raises:
    NotPossible: what is missing, and how to get it.
    """
    missing = sorted({package for tool, package in NEEDED.items() if shutil.which(tool, path=_PATH) is None})
    if missing:
        raise NotPossible(f"the virtual machine needs {', '.join(missing)} → sudo apt install {' '.join(missing)}")
    if os.geteuid() != 0:
        raise NotPossible("building the guest needs root: its files belong to root → sudo make vm")
    if sys.version_info[:2] != (3, 11):
        raise NotPossible(
            "the guest has Python 3.11, and its packages are fetched with this one's pip → use Python 3.11"
        )


def build(place: Path, say: Callable[[str], None]) -> Guest:
    """The guest, made as far as it is not there.

    Args:
        place: For the stages.
        say: Told what is being done.

    Raises:
        NotPossible: a tool is missing.
        MachineError: the guest did not install or boot.
    """
    require_tools()
    place.mkdir(parents=True, exist_ok=True)
    debian = _stage(
        place, "debian", _key(PACKAGES, TEST_PACKAGES, _files(ROOT / "requirements-dev.lock")), _debian, say
    )
    wanted = _files(
        ROOT / "image",
        ROOT / "appliance",
        GUEST,
        ROOT / "requirements.lock",
        Path(__file__).parent / "workshop.py",
        Path(__file__),
        ROOT / "pyproject.toml",
    )
    kl30 = _stage(place, "kl30", _key((debian.name,), wanted), lambda to: _kl30(debian, to, say), say)
    machine = _files(Path(__file__).parent / "machine.py")
    awake = _stage(place, "awake", _key((kl30.name,), machine), lambda to: _awake(debian, kl30, to, say), say)
    return Guest(
        kernel=debian / "vmlinuz",
        initrd=debian / "initrd",
        system=kl30 / "system.qcow2",
        awake=awake / "system.qcow2",
        memory=awake / "memory",
        card=kl30 / "card.img",
        versions=debian / "versions.txt",
    )


def _stage(place: Path, name: str, key: str, make: Callable[[Path], None], say: Callable[[str], None]) -> Path:
    """The folder of a stage; those of the same name and another key are removed when this one is there."""
    target, building = place / f"{name}-{key}", place / f"{name}.new"
    if not target.exists():
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        clock = RealClock()
        began_s = clock.now_s()
        say(f"making {target.name} …")
        make(building)
        for old in place.glob(f"{name}-*"):
            if name == "debian":
                _tell_changes(old / "versions.txt", building / "versions.txt", say)
            shutil.rmtree(old)
        building.rename(target)
        say(f"made {target.name} in {clock.now_s() - began_s:.0f} s")
    return target


def _tell_changes(old: Path, new: Path, say: Callable[[str], None]) -> None:
    before, after = (dict(line.split(None, 1) for line in path.read_text().splitlines()) for path in (old, new))
    for package in sorted(before.keys() | after.keys()):
        if before.get(package) != after.get(package):
            say(f"Debian has changed: {package} {before.get(package, '–')} → {after.get(package, '–')}")


# ------------------------------------------------------------------------------------------------------------ debian


def _debian(to: Path) -> None:
    """Distribution and test packages as one file system; kernel and a small initrd beside it."""
    root = to / "root"
    modules = " ".join(f"{name}\\n" for name in INITRD_MODULES).replace(" ", "")
    _do(
        "mmdebstrap", "--mode=root", "--variant=apt", "--quiet", f"--include={','.join(PACKAGES)}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")),
        f"--customize-hook=printf '{modules}' >$1/etc/initramfs-tools/modules",
        "--customize-hook=sed -i s/MODULES=most/MODULES=list/ $1/etc/initramfs-tools/initramfs.conf",
        "--customize-hook=chroot $1 update-initramfs -u",
        "--customize-hook=dpkg-query --admindir=$1/var/lib/dpkg -W >" + str(to / "versions.txt"),
        SUITE, str(root), *_sources(),
    )  # fmt: skip
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd", "initrd.img-*")):
        (found,) = (root / "boot").glob(pattern)
        found.rename(to / name)
    _test_packages(root / "usr/lib/kl30-vm/site")
    shutil.rmtree(root / "var/lib/apt/lists")
    (root / "etc/hostname").write_text("kl30\n", encoding="ascii")


def _sources() -> list[str]:
    """This machine's own package sources, if they are of the same suite; else mmdebstrap's."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    fit = sources.exists() and f"Suites: {SUITE}" in sources.read_text(encoding="utf-8")
    return [str(sources)] if fit else []


def _test_packages(to: Path) -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    wanted = [part for part in lock.replace("\\\n", " ").splitlines() if part.partition("==")[0] in TEST_PACKAGES]
    to.mkdir(parents=True)
    requirements = to / "requirements.txt"
    requirements.write_text("\n".join(wanted), encoding="utf-8")
    _pip("install", "--require-hashes", "--no-deps", "--target", str(to), "-r", str(requirements))


# -------------------------------------------------------------------------------------------------------------- kl30


def _kl30(debian: Path, to: Path, say: Callable[[str], None]) -> None:
    """Boot Debian with an empty card, install as docs/install.md says, import from a stick, switch off."""
    _system_disk(debian / "root", to)
    _empty_card(to / "card.img")
    publish(to / "stick", RealClock().wall())
    with Bench(to, debian, to / "system.qcow2", throwaway=False, extra=_usb(to / "stick")) as machine:
        machine.must("true", BOOT_S)
        say("  booted; installing")
        machine.must(
            "systemctl start card.mount && mkdir -p /card/kl30 /card/kl30-cache /card/kl30-import && "
            "systemctl start var-lib-kl30.mount var-lib-kl30\\\\x2dcache.mount var-lib-kl30\\\\x2dimport.mount && "
            "systemctl enable card.mount var-lib-kl30.mount var-lib-kl30\\\\x2dcache.mount "
            "var-lib-kl30\\\\x2dimport.mount"
        )
        (to / "install.log").write_text(
            machine.must("/usr/src/kl30/image/install.sh --wheels /usr/src/wheels 2>&1", INSTALL_S), encoding="utf-8"
        )
        machine.put("/etc/kl30/kl30.toml", (GUEST / "kl30.toml").read_bytes())
        say("  installed; importing from a stick")
        _import(machine)
        machine.sh("systemctl poweroff")
        machine.wait_for_end(BOOT_S)


def _import(machine: Machine) -> None:
    """As docs/install.md: plug the stick in, trust its publisher, pull it out, plug it in again."""
    machine.qmp.ask("device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0", removable=True)
    trust = "runuser -u kl30-import -- kl30 cache trust /media/kl30/sda1/1.root.json --config /etc/kl30/kl30.toml"
    machine.must(f"{_until('test -e /media/kl30/sda1/1.root.json', 60)} && cd /tmp && {trust}", 180)
    machine.qmp.ask("device_del", id="stick")
    machine.must(_until("! test -e /media/kl30/sda1/1.root.json", 60), 90)
    machine.qmp.ask("device_add", driver="usb-storage", id="again", drive="again", bus="usb.0", removable=True)
    machine.must(f"{_until('test -e /var/lib/kl30-cache/current', 300)}", 330)
    machine.must(f"{_until('systemctl is-active -q kl30-flasher', 300)}", 330)


def _until(condition: str, seconds: int) -> str:
    return f"timeout {seconds} sh -c 'until {condition}; do sleep 0.5; done'"


def _usb(stick: Path) -> tuple[str, ...]:
    """The same stick twice: QEMU forgets a drive whose device is pulled out."""
    drives = [("-drive", f"if=none,id={name},readonly=on,file=fat:{stick},format=raw") for name in ("stick", "again")]
    return ("-device", "qemu-xhci,id=usb", *(word for drive in drives for word in drive))


def _system_disk(debian: Path, to: Path) -> None:
    """Debian and what the machine needs as a file system: units, agent, stand-ins, wheels, the installer."""
    root = to / "root"
    _do("cp", "--archive", "--link", str(debian), str(root))
    _do("cp", "--recursive", "--remove-destination", f"{GUEST}/files/.", str(root))
    place = root / "usr/lib/kl30-vm"
    shutil.copy(GUEST / "agent.py", place)
    packages = root / "usr/lib/python3/dist-packages"
    shutil.copy(GUEST / "lgpio.py", packages)
    (packages / "_lgpio.py").write_text('"""The installer looks for it; nobody imports it."""\n', encoding="utf-8")
    source = root / "usr/src/kl30"
    shutil.copytree(ROOT / "image", source / "image")
    for name in ("requirements.lock", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    _wheels(to, root / "usr/src/wheels")
    for unit in ("kl30-vm-agent.service", "kl30-vm-slcan.service"):
        _link(root / f"etc/systemd/system/basic.target.wants/{unit}", f"/etc/systemd/system/{unit}")
    _link(root / "etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
          "/lib/systemd/system/systemd-networkd.service")  # fmt: skip
    _do("mke2fs", "-q", "-t", "ext4", "-d", str(root), str(to / "debian.img"), f"{SYSTEM_MB}M")
    shutil.rmtree(root)
    _qcow("debian.img", "raw", to / "system.qcow2")


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _wheels(work: Path, to: Path) -> None:
    """What docs/install.md says for an appliance without a network, and KL30's own wheel."""
    to.mkdir(parents=True)
    _pip("download", "--require-hashes", "-r", str(ROOT / "requirements.lock"), "--dest", str(to))
    source = work / "source"
    shutil.copytree(ROOT / "appliance", source / "appliance", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(to), str(source))
    shutil.rmtree(source)


def _empty_card(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(CARD_MB << 20)
    _do("mke2fs", "-q", "-t", "ext4", "-L", "KL30", str(path))


# ------------------------------------------------------------------------------------------------------------- awake


def _awake(debian: Path, kl30: Path, to: Path, say: Callable[[str], None]) -> None:
    """Boot up to where the card is missing, and keep the machine's memory."""
    _qcow(f"../{kl30.name}/system.qcow2", "qcow2", to / "system.qcow2")
    shutil.copy(kl30 / "card.img", to / "card.img")
    with Bench(to, debian, to / "system.qcow2", throwaway=False, words=WAITING) as machine:
        machine.must("systemctl is-system-running --wait", BOOT_S)
        machine.volts(13.8)
        # What the flasher loads is read once, as a card's reader would have it in its memory after a first start.
        machine.must(
            "cd /tmp; /opt/kl30/current/bin/python -I -m appliance.commands.flasher --help; sync; sleep 3", 120
        )
        say("  waiting for the card; saving the memory")
        machine.qmp.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        machine.qmp.ask("stop")
        machine.qmp.ask("migrate", uri=f"exec:cat >{to / 'memory'}")
        _migrated(machine)
        machine.pull_plug()
    (to / "card.img").unlink()


def _migrated(machine: Machine) -> None:
    clock = RealClock()
    until_s = clock.now_s() + 120.0
    while clock.now_s() < until_s:
        status = machine.qmp.ask("query-migrate").get("status")
        if status == "completed":
            return
        if status == "failed":
            break
        clock.sleep_until(clock.now_s() + 0.2)
    raise MachineError("the machine's memory could not be saved")


class Bench:
    """A machine for building, with a card and nobody at the other end of the adapter to the car.

    Its hardware watchdog does not bite: a host that is busy elsewhere would take the machine from under the installer.
    """

    def __init__(
        self,
        folder: Path,
        debian: Path,
        system: Path,
        *,
        throwaway: bool,
        words: str = "",
        extra: Sequence[str] = (),
    ) -> None:
        self._card = Card(folder / "card.img", folder / "card.sock", Random(0))
        self._adapter = Adapter(folder / "car.sock")
        disks = Disks(debian / "vmlinuz", debian / "initrd", system, self._card.path, throwaway=throwaway)
        self._machine = Machine(folder, disks, self._adapter.path, words=words, extra=(*extra, *_NO_BITE))

    def __enter__(self) -> Machine:
        return self._machine

    def __exit__(self, *_: object) -> None:
        self._machine.pull_plug()
        self._adapter.close()
        self._card.medium.flush()
        self._card.close()


# --------------------------------------------------------------------------------------------------------------- how


def _qcow(backing: str, kind: str, to: Path) -> None:
    """`backing` is a name as seen from `to`: folders are renamed together."""
    _do("qemu-img", "create", "-q", "-f", "qcow2", "-F", kind, "-b", backing, str(to))


def _pip(*words: str) -> None:
    _do(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words)


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": _PATH})
    if done.returncode != 0:
        raise MachineError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-2000:]}")


def _files(*paths: Path) -> tuple[str, ...]:
    """Names and contents of files, and of everything in folders."""
    found: list[str] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file() and file.suffix != ".pyc":
                found += (str(file.relative_to(ROOT)), hashlib.sha256(file.read_bytes()).hexdigest())
    return tuple(found)


def _key(*parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for word in part:
            digest.update(word.encode() + b"\0")
    return digest.hexdigest()[:12]
