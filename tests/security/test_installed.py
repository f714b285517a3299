"""Providers that other packages bring, and those that are there by configuration."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from appliance.bench.security import BENCH_PROVIDER
from appliance.clock import VirtualClock
from appliance.config import SecurityConfig
from appliance.errors import UsageError
from appliance.procedure.failures import NoKey
from appliance.procedure.job import SecurityProvider
from appliance.procedure.key import Challenge, KeyService, Pending
from appliance.security.installed import GROUP, installed_providers
from tests.security.programs import CHALLENGE, SEED, answer_of

NOTHING = SecurityConfig()


def quick(level: int, seed: bytes) -> bytes:
    return bytes((level,)) + seed


def talkative(level: int, seed: bytes) -> bytes:
    raise ValueError(f"no key for {level} {seed.hex()}")


def wordy(level: int, seed: bytes) -> str:
    return seed.hex()


NO_PROVIDER = 12


class Slow:
    """Has its key the third time it is asked."""

    def __init__(self) -> None:
        self.left = 3

    def trouble(self) -> str:
        return ""

    def begin(self, challenge: Challenge) -> Pending:
        return self

    def poll(self) -> bytes | None:
        self.left -= 1
        return b"key" if self.left <= 0 else None

    def close(self) -> None:
        """Nothing is left."""


class Broken:
    def trouble(self) -> str:
        raise RuntimeError(SEED.hex())

    def begin(self, challenge: Challenge) -> Pending:
        raise RuntimeError(challenge.seed.hex())


slow, broken = Slow(), Broken()


def point(attribute: str, name: str = "workshop-key", module: str = __name__) -> EntryPoint:
    return EntryPoint(name, f"{module}:{attribute}", GROUP)


def installed(*points: EntryPoint, config: SecurityConfig = NOTHING) -> dict[str, SecurityProvider]:
    return installed_providers(config, VirtualClock(), points)


def the_one(attribute: str) -> KeyService:
    provider = installed(point(attribute))["workshop-key"]
    assert isinstance(provider, KeyService)
    return provider


def test_a_function_of_another_package_is_a_provider() -> None:
    assert answer_of(the_one("quick").begin(CHALLENGE)) == b"\x11" + SEED


def test_a_key_service_of_another_package_is_polled() -> None:
    pending = the_one("slow").begin(CHALLENGE)
    assert [pending.poll() for _ in range(3)] == [None, None, b"key"]


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        ("talkative", "provider 'workshop-key' failed with ValueError; none was sent"),
        ("broken", "provider 'workshop-key' failed with RuntimeError; none was sent"),
        ("wordy", "provider 'workshop-key' gave str, not bytes; none was sent"),
    ],
)
def test_what_code_of_others_raises_or_gives_is_told_without_its_words(attribute: str, why: str) -> None:
    with pytest.raises(NoKey, match=why) as refused:
        answer_of(the_one(attribute).begin(CHALLENGE))
    assert SEED.hex() not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_provider_that_cannot_even_say_whether_it_is_ready_is_not() -> None:
    assert the_one("broken").trouble() == "failed with RuntimeError"
    assert the_one("quick").trouble() == the_one("slow").trouble() == ""


@pytest.mark.parametrize(
    ("module", "attribute", "said"),
    [
        ("tests.security.no_such_module", "x", "cannot be loaded: No module named"),
        (__name__, "no_such_name", "cannot be loaded: module"),
        (__name__, "NO_PROVIDER", "is neither a function nor a key service"),
    ],
)
def test_an_entry_point_that_is_no_provider_is_named(module: str, attribute: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        installed(point(attribute, module=module))
    assert refused.value.where == f"{module}:{attribute}"


def test_two_providers_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="another SecurityAccess provider is named 'workshop-key' already"):
        installed(point("quick"), point("slow"))


def test_nobody_else_is_called_external() -> None:
    with pytest.raises(UsageError, match="'external'"):
        installed(point("quick", name="external"))


def test_the_external_provider_is_there_only_when_it_is_configured() -> None:
    assert list(installed()) == []
    assert list(installed(config=SecurityConfig(program=("/bin/key",)))) == ["external"]
    assert list(installed(config=SecurityConfig(socket=Path("/run/key.sock")))) == ["external"]


def test_the_benchs_stand_in_is_not_installed() -> None:
    """Only the bench brings it."""
    assert BENCH_PROVIDER not in installed_providers(NOTHING, VirtualClock())
