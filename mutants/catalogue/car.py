"""Bugs in reading what a control unit said, and in what counts as an answer."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_UDS = "appliance/uds.py"
_SVK = "appliance/car/svk.py"
_LEVEL = "appliance/car/integration_level.py"
_VEHICLE = "appliance/car/vehicle.py"

CAR = (
    Mutant(
        "wrong-echo-accepted",
        Law.TRUTH,
        _UDS,
        "    return request[0] + POSITIVE_OFFSET <= 0xFF and response.startswith(expected_prefix(request))\n",
        "    return response[:1] == expected_prefix(request)[:1]\n",
        "The answer to an earlier transfer counts as the answer to this one.",
        ("tests/test_uds.py",),
    ),
    Mutant(
        "refusal-of-another-service-accepted",
        Law.TRUTH,
        _UDS,
        "    if len(response) == 3 and response[0] == NEGATIVE and response[1] == request[0]:\n",
        "    if len(response) == 3 and response[0] == NEGATIVE:\n",
        "A late refusal of something else ends a good erase.",
        ("tests/test_uds.py",),
    ),
    Mutant(
        "svk-of-any-length",
        Law.TRUTH,
        _SVK,
        "    if len(body) != expected:\n",
        "    if len(body) < HEADER_LENGTH:\n",
        "A cut-off answer names half of the software, and the other half counts as gone.",
        ("tests/car/test_svk.py",),
    ),
    Mutant(
        "unidentifiable-software-ignored",
        Law.TRUTH,
        _SVK,
        "if entry.class_name in classes or entry.unidentifiable)",
        "if entry.class_name in classes)",
        "Software that cannot be identified is not noticed beside the target.",
        ("tests/car/test_svk.py",),
    ),
    Mutant(
        "levels-of-two-series-compared",
        Law.CLOSED,
        _LEVEL,
        "    if level is None or level.series.upper() != target.series.upper():\n",
        "    if level is None:\n",
        "A car of another series counts as already at target.",
        ("tests/car/test_integration_level.py",),
    ),
    Mutant(
        "level-must-be-higher",
        Law.TRUTH,
        _LEVEL,
        "Comparison.MET if _age(level) >= _age(target)",
        "Comparison.MET if _age(level) > _age(target)",
        "A car at its target is programmed again, and a raised level is never believed.",
        ("tests/car/test_integration_level.py",),
    ),
    Mutant(
        "bootloader-not-recognised",
        Law.TRUTH,
        _VEHICLE,
        "self.svk.check is not ProgrammingCheck.PASSED or any(",
        "self.svk.check is ProgrammingCheck.NOT_PASSED and any(",
        "A control unit that a failed flash left behind looks like a healthy one.",
        ("tests/campaign/test_plan.py",),
    ),
    Mutant(
        "no-value-is-a-voltage",
        Law.CLOSED,
        "appliance/car/own_voltage.py",
        '        if not raw.strip(b"\\xff"):',
        '        if raw.strip(b"\\xff") is None:',
        'A control unit\'s "no value" is taken for 25.5 V, or for a second opinion.',
        ("tests/car/test_own_voltage.py",),
    ),
    Mutant(
        "flash-times-not-stated-are-long",
        Law.WAITS,
        "appliance/car/timings.py",
        "    return None if seconds == _NOT_STATED else seconds\n",
        "    return seconds\n",
        "An erase time of 65535 s is waited for.",
        ("tests/car/test_timings.py",),
    ),
    Mutant(
        "a-wrong-vin-is-a-vin",
        Law.VERIFY,
        "appliance/car/vin.py",
        "    if len(text) != _LENGTH:\n        raise MalformedAnswer(_NAME, found=count_text",
        "    if len(text) > _LENGTH:\n        raise MalformedAnswer(_NAME, found=count_text",
        "Half a VIN names no car, and the report proves nothing.",
        ("tests/car/test_vin.py",),
    ),
)
