"""Bugs in how the link is watched: error frames, bus-off, other testers, the judgement before a start."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_ERRORS = "appliance/bus/error_frames.py"
_JUDGE = "appliance/engine/link_judge.py"
_TEST_ERRORS = ("tests/bus/test_error_frames.py",)
_TEST_JUDGE = ("tests/engine/test_link_judge.py",)
_TEST_LOST = ("tests/engine/test_link_lost.py",)

LINK = (
    Mutant(
        "bus-off-not-read",
        Law.LOUD,
        _ERRORS,
        "    if error_id & _BUS_OFF:\n        return ControllerState.BUS_OFF\n",
        "",
        "The interface is dead, and each control unit is taken for silent, one after the other.",
        (*_TEST_ERRORS, "tests/bus/test_disturbances.py"),
    ),
    Mutant(
        "goes-on-off-the-bus",
        Law.LOUD,
        "appliance/bus/can_transport.py",
        "            self._port.require_on_bus()\n",
        "",
        "Nobody restarts a controller that is off the bus, and the control unit stays erased.",
        ("tests/bus/test_disturbances.py",),
    ),
    Mutant(
        "goes-on-off-the-bus-in-the-kernel",
        Law.LOUD,
        "appliance/bus/kernel_transport.py",
        "        self._bystander.require_on_bus()\n",
        "",
        "The same over the kernel's ISO-TP.",
        ("tests/bus/test_kernel_watch.py",),
    ),
    Mutant(
        "bus-off-not-said",
        Law.LOUD,
        "appliance/wiring.py",
        "                self.engine.link_lost(reason)\n",
        "                pass\n",
        "The page stops in the middle of a transfer, and nobody is told not to unplug.",
        _TEST_LOST,
    ),
    Mutant(
        "death-not-told",
        Law.LOUD,
        "appliance/engine/engine.py",
        "            case [Life(end=End.DIED, words=words)]:\n",
        "            case [Life(end=End.ORDERLY, words=words)]:\n",
        "A report is silent about the crash in the middle of it.",
        _TEST_LOST,
    ),
    Mutant(
        "other-tester-not-waited-for",
        Law.ERASE,
        "appliance/engine/safe_point.py",
        "        if not self._alone(lane):\n            return False\n",
        "",
        "A datablock is erased while another tester ends our session.",
        ("tests/engine/test_link_watch.py", *_TEST_LOST),
    ),
    Mutant(
        "starts-over-any-link",
        Law.VERIFY,
        _JUDGE,
        '    refusal, do = taken or _bus_refusal(bus, limits) or _answers_refusal(lost, p95_s, limits) or ("", "")\n',
        '    refusal, do = taken or ("", "")\n',
        "A job is begun over a loose plug.",
        _TEST_JUDGE,
    ),
    Mutant(
        "link-judged-once",
        Law.VERIFY,
        "appliance/engine/link_watch.py",
        "        self.require()\n        self._tell_judged",
        "        self._tell_judged",
        "A tester that is plugged in while the supply is watched is programmed against.",
        _TEST_LOST,
    ),
    Mutant(
        "unsupported-service-counts-as-lost",
        Law.TRUTH,
        _JUDGE,
        "if one.trip_s is None and (one.address, one.sid) in answered)",
        "if one.trip_s is None)",
        "A car whose control units keep silent on a service they do not have is never programmed.",
        _TEST_JUDGE,
    ),
    Mutant(
        "lost-link-never-counts",
        Law.WAITS,
        "appliance/wiring.py",
        "            case LinkError() if self.journal.unfinished() is None:\n",
        "            case LinkError():\n",
        "A short on the bus is sent into by one life after the other, in the middle of a job, for ever.",
        ("tests/engine/test_link_lost.py",),
    ),
    Mutant(
        "begun-without-an-interface",
        Law.WAITS,
        "appliance/bus/interface.py",
        "    if interface is not None and not interface.up:\n",
        "    if interface is not None and interface.queue_frames < 0:\n",
        "A life is begun on an interface that is down, and dies at its first poll.",
        ("tests/bus/test_interface.py",),
    ),
)
