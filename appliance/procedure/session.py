"""Into the programming session and out of every session again.

`pre_programming` and `enter_programming` follow the order seen on a real tool (facts.md §5.1 rows 0 to 10).
`restore` undoes all of it on every path; it may be repeated any number of times and is never cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from appliance import uds
from appliance.car.identity import Precondition, decode_preconditions
from appliance.errors import Kl30Error, MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.failures import CarSlept, PreconditionsNotMet, ProgrammingRefused, SecurityFailed
from appliance.procedure.job import Job
from appliance.procedure.key import Challenge, key_for
from appliance.procedure.policy import passes
from appliance.procedure.services import Did, Routine, Session
from appliance.procedure.words import Ask, Effect, Procedure, Response, Wait, ask, ask_all

POWER_MODE = bytes.fromhex("0A0A43")  # diagnosis mode; facts.md §5.1 row 0, confirmed on one car
POWER_MODE_SETTLES_S = 3.0  # same row
ENERGY_NORMAL, ENERGY_FLASH = b"\x00", b"\x03"  # DID 100A values, facts.md §3.4
EXTENDED_MODE_OFF, EXTENDED_MODE_FLASH = b"\x00", b"\x01"  # facts.md §5.1 row 6; off by symmetry, likely
COLLECT_S = 0.5  # a functional answer comes within P2 (≤ 299 ms seen) of the slowest unit and the gateway
SEED_ATTEMPTS = 3  # fresh seeds asked for when a delay timer runs; a key is sent once for each
TRIES = 3  # of what has to be given back
SECURITY_DELAY_S = 10.0  # typical requiredTimeDelay; from memory
ENTRY_PAUSES_S = (2.0, 5.0)  # before it is asked again to let us in: a reset takes 5 s (facts.md §3.4); ours

# ISO 14229-1 annex A: it has no such routine. Not 7E and 7F: it has, in the session it has fallen out of.
_UNKNOWN_TO_IT = frozenset(
    {uds.Nrc.SERVICE_NOT_SUPPORTED, uds.Nrc.SUB_FUNCTION_NOT_SUPPORTED, uds.Nrc.REQUEST_OUT_OF_RANGE}
)


def check_preconditions(job: Job) -> Procedure[None]:
    """Ask the control unit whether it may be programmed (`31 01 02 03`).

    Raises:
        PreconditionsNotMet: it named reasons; each is explained.
    """
    request = services.routine(Routine.CHECK_PRECONDITIONS)
    response = yield from ask(Ask(job.address, request, "check programming preconditions"))
    unmet = decode_preconditions(response.payload)
    if unmet:
        raise PreconditionsNotMet(
            "programming preconditions not met: " + "; ".join(_named(p) for p in unmet),
            where=f"{job.name} 0x{job.address:02X}",
            do="put the named conditions right, then press START again",
        )


def pre_programming(jobs: Sequence[Job], opened: Collection[int] = ()) -> Procedure[dict[int, Kl30Error]]:
    """Quieten the car: power mode, extended session, energy mode, no trouble codes stored, no normal messages.

    A control unit in its bootloader knows no modes; it is only asked for what a bootloader has.  For several at once
    everything that goes to everybody goes once: what follows for one of them must disturb no other.

    Args:
        opened: Addresses of those that are half programmed.  Where another one fails they are gone on with all the
            same; a control unit that nothing was begun in is then left as it is.

    Returns:
        Why a control unit may not be programmed, by its address; empty: all may.

    Raises:
        CarSlept: the whole car did, and all of it begins again.
    """
    failed: dict[int, Kl30Error] = {}

    def left() -> list[Job]:
        return [job for job in jobs if job.address not in failed and (not failed or job.address in opened)]

    def each(part: Callable[[Job], Procedure[None]]) -> Procedure[None]:
        for job in left():
            if job.in_bootloader:
                continue
            try:
                yield from part(job)
            except CarSlept:
                raise
            except Kl30Error as failure:
                failed[job.address] = failure

    yield from _power_mode(jobs[0].body_address)
    yield from each(_ask_for_preconditions)
    if not left():
        return failed
    yield from ask_all(_everyone(services.session(Session.EXTENDED), "extended session everywhere"))
    yield from each(_energy_mode)
    if not left():
        return failed
    # Both go to every control unit: while one is silent, the others would store its absence as a fault.
    yield from ask_all(_everyone(services.dtc_setting(on=False), "trouble code storage off"))
    yield from ask_all(_everyone(services.normal_messages(on=False), "normal messages off"))
    yield from each(_extended_mode)
    return failed


def _power_mode(body_address: int | None) -> Procedure[None]:
    if body_address is not None:
        yield from _tolerant(
            Ask(body_address, services.routine(Routine.POWER_MODE, POWER_MODE), "set diagnosis power mode")
        )
        yield Wait(POWER_MODE_SETTLES_S, "the power mode settles")


def _ask_for_preconditions(job: Job) -> Procedure[None]:
    yield from ask(Ask(job.address, services.session(Session.DEFAULT), "default session"))
    yield from check_preconditions(job)


def _energy_mode(job: Job) -> Procedure[None]:
    yield from ask(Ask(job.address, services.session(Session.EXTENDED), "extended session"))
    energy = services.routine(Routine.ENERGY_MODE, ENERGY_FLASH)
    yield from ask(Ask(job.address, energy, "energy mode flash", effect=Effect.WRITE))


def _extended_mode(job: Job) -> Procedure[None]:
    mode = services.routine(Routine.EXTENDED_MODE, EXTENDED_MODE_FLASH)
    yield from ask(Ask(job.address, mode, "extended mode flash", effect=Effect.WRITE))


def enter_programming(job: Job) -> Procedure[None]:
    """Programming session, SecurityAccess, fingerprint. Repeatable: a redo of a datablock starts here.

    Raises:
        ProgrammingRefused: it let nobody in, asked three times; once is no verdict, it may be starting or tidying up.
        SecurityFailed, NoKey: see `unlock`.
        NegativeResponse, NoResponse: it is busy for ever, silent, or does not take the fingerprint.
    """
    yield from _let_in(job)
    fingerprint = services.write(Did.FINGERPRINT, job.fingerprint)
    yield from ask(Ask(job.address, fingerprint, "write fingerprint", effect=Effect.WRITE))


def _let_in(job: Job) -> Procedure[None]:
    for times, pause_s in enumerate((*ENTRY_PAUSES_S, None), 1):
        try:
            yield from _into_bootloader(job)
            yield from unlock(job)
        except NegativeResponse as refusal:
            if passes(refusal.nrc):
                raise
            if pause_s is None:
                raise ProgrammingRefused(refusal, job.name, times) from refusal
            yield Wait(pause_s, f"the control unit refused, and is asked again: {refusal.what}")
        else:
            return


def _into_bootloader(job: Job) -> Procedure[None]:
    yield from _tolerant(Ask(job.address, services.session(Session.EXTENDED), "extended session"))
    limit_s = job.times.limit_s(job.times.reset_s)
    programming = Ask(
        job.address, services.session(Session.PROGRAMMING), "programming session", p2_s=limit_s, pending_limit_s=limit_s
    )
    yield from ask(programming)
    yield Wait(job.times.reset_s, "the control unit starts its bootloader")


def unlock(job: Job, level: int | None = None, purpose: str = "") -> Procedure[None]:
    """SecurityAccess of this level (None: the programming level): one key for each seed, never two.

    A control unit too busy for a key, or out of its voltage, is asked for a new seed: it may have used the old one up.

    Raises:
        SecurityFailed: the key was refused, or it is still delayed after `SEED_ATTEMPTS` seeds.
        NoKey: the provider gave none; that ends it, because the next seed would only be asked for in vain.
        NegativeResponse: it gives no seed.
    """
    for _ in range(SEED_ATTEMPTS):
        try:
            yield from _unlock_once(job, job.security_level if level is None else level, purpose)
        except NegativeResponse as refusal:
            if not (_later(refusal) or refusal.nrc == uds.Nrc.EXCEEDED_NUMBER_OF_ATTEMPTS):  # which starts that delay
                raise
            yield Wait(SECURITY_DELAY_S, "the control unit's security delay runs out")
        else:
            return
    raise SecurityFailed("the security delay did not run out", where=f"{job.name} 0x{job.address:02X}")


def _unlock_once(job: Job, level: int, purpose: str) -> Procedure[None]:
    seed_request = services.request_seed(level, job.seed_record)
    response = yield from ask(Ask(job.address, seed_request, f"request seed{purpose}"))
    seed = response.payload[2:]
    if not any(seed):
        return  # an all-zero seed says: already unlocked (ISO 14229-1, 10.4)
    challenge = Challenge(job.address, job.name, level, seed, job.vin, job.security_variant)
    key_request = services.send_key(level, (yield from key_for(job.security, challenge, purpose)))
    limit_s = job.times.limit_s(job.times.authentication_s)
    try:
        yield from ask(Ask(job.address, key_request, f"send key{purpose}", pending_limit_s=limit_s, once=True))
    except NegativeResponse as refusal:
        if _later(refusal):
            raise
        raise SecurityFailed(
            f"SecurityAccess refused: {refusal.what}",
            where=f"{job.name} 0x{job.address:02X}",
            do="check the security provider of the campaign; another wrong key may lock the control unit",
        ) from refusal


def _later(refusal: NegativeResponse) -> bool:
    """Whether it only says: not now."""
    return refusal.nrc == uds.Nrc.REQUIRED_TIME_DELAY_NOT_EXPIRED or passes(refusal.nrc)


def reset(job: Job) -> Procedure[None]:
    """Hard reset, and the time it takes. The read-back that follows is the proof that it came up.

    Raises:
        NoResponse: neither the reset nor the default session was confirmed.
    """
    try:
        yield from ask(Ask(job.address, services.hard_reset(), "reset the control unit", effect=Effect.WRITE))
    except NoResponse as silence:
        # It may reset before it answers, and it may never have heard of it: what it then says of its software must
        # not come from the programming session.
        yield Wait(job.times.reset_s, "the control unit resets without an answer")
        if not (yield from _default_session(job.address, "default session after the reset")):
            raise NoResponse(job.address, silence.sid, silence.reason) from silence
    yield Wait(job.times.reset_s, "the control unit resets")


def restore(addresses: Sequence[int], programmed: Sequence[int]) -> Procedure[tuple[str, ...]]:
    """Give the car back: normal messages, trouble code storage, energy mode, default session.

    Args:
        addresses: Every control unit that answered when the car was identified.
        programmed: Those that were to be programmed, whose modes were changed.

    Returns:
        What could not be restored, in words; empty when each control unit confirmed its default session.
    """
    yield from _whoever_hears(services.session(Session.EXTENDED), "restore: extended session")
    yield from _whoever_hears(services.normal_messages(on=True), "restore: normal messages on")
    yield from _whoever_hears(services.dtc_setting(on=True), "restore: trouble code storage on")
    owed: list[Ask] = []
    for address in programmed:
        owed += yield from _modes_not_taken(address)
    default = services.session(Session.DEFAULT)
    responses = yield from _whoever_hears(default, "restore: default session")
    # The default session ends DTC setting off and communication off by definition (ISO 14229-1, 10.2 and 10.5).
    confirmed = {response.address for response in responses} - {question.to for question in owed}
    missing: list[str] = []
    for question in owed:  # only now: who is silent must not keep the others in a session that runs out
        if not (yield from _taken_at_last(question)):
            missing.append(f"control unit 0x{question.to:02X} did not take: {question.step.removeprefix('restore: ')}")
    for address in addresses:
        if address not in confirmed and not (yield from _default_session(address, "restore: default session")):
            missing.append(f"control unit 0x{address:02X} did not confirm its default session")
    return tuple(missing)


def _modes_not_taken(address: int) -> Procedure[tuple[Ask, ...]]:
    """Switch both modes of a control unit off; what it did not take. One that is silent is not asked for the other."""
    extended = services.routine(Routine.EXTENDED_MODE, EXTENDED_MODE_OFF)
    energy = services.routine(Routine.ENERGY_MODE, ENERGY_NORMAL)
    questions = (
        Ask(address, extended, "restore: extended mode off", effect=Effect.WRITE),
        Ask(address, energy, "restore: energy mode normal", effect=Effect.WRITE),
    )
    for number, question in enumerate(questions):
        if not (yield from _taken(question)):
            return questions[number:]
    return ()


def _taken(question: Ask) -> Procedure[bool]:
    try:
        yield from ask(question)
    except NegativeResponse as refusal:
        # A bootloader has neither mode, and keeps none; the runner records the refusal.  Any other leaves it on.
        return refusal.nrc in _UNKNOWN_TO_IT
    except NoResponse:
        return False
    return True


def _taken_at_last(question: Ask) -> Procedure[bool]:
    """Ask again, in the extended session: it may have started anew since it was put there."""
    for _ in range(TRIES):
        yield from _tolerant(Ask(question.to, services.session(Session.EXTENDED), "restore: extended session"))
        if (yield from _taken(question)):
            return True
        yield Wait(1.0, "the control unit comes back")
    return False


def _default_session(address: int, step: str) -> Procedure[bool]:
    for _ in range(TRIES):
        try:
            yield from ask(Ask(address, services.session(Session.DEFAULT), step))
        except (NegativeResponse, NoResponse):
            yield Wait(1.0, "the control unit comes back")
        else:
            return True
    return False


def _tolerant(question: Ask) -> Procedure[bool]:
    """Ask, and go on without the answer; the runner records the refusal."""
    try:
        yield from ask(question)
    except (NegativeResponse, NoResponse, MalformedAnswer):
        return False
    return True


def _whoever_hears(request: bytes, step: str) -> Procedure[tuple[Response, ...]]:
    """Ask everybody; a bus that did not take the frame is as if nobody had heard it."""
    try:
        return (yield from ask_all(_everyone(request, step)))
    except NoResponse:
        return ()


def _everyone(request: bytes, step: str) -> Ask:
    return Ask(uds.FUNCTIONAL, request, step, p2_s=COLLECT_S)


def _named(precondition: Precondition) -> str:
    return f"{precondition.code:02X} {precondition.meaning}"
