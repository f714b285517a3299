"""`kl30 report verify`: is this report what an appliance signed? Needs the file and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from appliance.engine.known_devices import trusted_devices
from appliance.engine.verification import Judgement, judge_file
from appliance.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, UsageError

_LARGEST_BYTES = 256 * 1024 * 1024  # a report of some hours has a few million, its page the same again
_NAMED = 10  # what does not fit; the rest is counted
_MEANING = (
    "A signature shows which appliance wrote a report and that nothing was changed since; it does not show that the "
    "appliance told the truth."
)


def verify_report(path: Path, trust: Sequence[str], trusted: Path | None) -> int:
    """Say in words whether a report (JSON, or the page to print) is genuine; its exit code.

    Returns:
        0: genuine.  1: altered.  3: genuine, and its device is not among those that are trusted.

    Raises:
        UsageError: there is no such file, or what is trusted cannot be read.
    """
    known = trusted_devices(trust, trusted)
    lines, code = _told(judge_file(_content(path)), known, asked=bool(trust) or trusted is not None)
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(line)
    return code


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"the report cannot be read: {error.strerror}", where=str(path), do="check the path"
        ) from error
    if len(content) > _LARGEST_BYTES:
        raise UsageError("no report is that large", where=str(path), do="give the report's .json or .html")
    return content


def _told(judgement: Judgement, known: Mapping[str, str], *, asked: bool) -> tuple[list[str], int]:
    if not judgement.genuine:
        return _altered(judgement), EXIT_FAILED
    lines = [f"report {judgement.said.run}: {judgement.said.verdict}, VIN {judgement.said.vin or 'unknown'}"]
    if judgement.redacted:
        lines.append("redacted: the serial number was taken out of it and its events before it was signed again")
    if asked and judgement.device not in known:
        do = "compare this fingerprint with the one the appliance shows (kl30 selftest) before you trust the report"
        return [f"unknown device: {judgement.device}", *lines, do, _MEANING], EXIT_REFUSED
    name = known.get(judgement.device, "")
    lines.insert(0, f"genuine: signed by the device {judgement.device}{f' ({name})' if name else ''}")
    if not asked:
        lines.append(
            "nobody said whom to trust: compare the fingerprint with the one the appliance shows, or give --trust"
        )
    return [*lines, _MEANING], EXIT_OK


def _altered(judgement: Judgement) -> list[str]:
    first, *more = judgement.findings
    named = [f"  and {finding}" for finding in more[: _NAMED - 1]]
    left = len(judgement.findings) - _NAMED
    rest = [f"  and {left} more"] if left > 0 else []
    device = [f"it names the device {judgement.device}, which did not sign this"] if judgement.device else []
    return [f"altered: {first}", *named, *rest, *device, "do not rely on it: ask for the file as the appliance has it"]
