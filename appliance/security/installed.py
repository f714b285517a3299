"""Which SecurityAccess providers there are: `external` where it is configured, and what other packages bring.

A package names its provider as an entry point of the group `kl30.security`; the name is what a campaign's `security`
says.  The object is a function `(level, seed) → key` that answers at once, or a `procedure.key.KeyService`.

Code of others is kept at arm's length: whatever it raises becomes an error of ours that tells the kind and not the
words, which may hold the seed.  The bench's stand-in is no entry point; only the bench installs it.

Sources: the entry points specification of the Python Packaging User Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar, cast

from appliance.clock import Clock
from appliance.config import SecurityConfig
from appliance.engine.jobs import EXTERNAL
from appliance.errors import UsageError
from appliance.procedure.failures import NoKey
from appliance.procedure.job import SecurityProvider
from appliance.procedure.key import Challenge, KeyFunction, KeyService, Pending
from appliance.security.external import External

GROUP = "kl30.security"
T = TypeVar("T")


def installed_providers(
    config: SecurityConfig, clock: Clock, points: Iterable[EntryPoint] | None = None
) -> dict[str, SecurityProvider]:
    """The providers by name.

    Args:
        points: Entry points to look at; None: those of every installed package.

    Raises:
        UsageError: an entry point cannot be loaded or is no provider, or two have one name.
    """
    found: dict[str, SecurityProvider] = {}
    if config.program or config.socket is not None:
        found[EXTERNAL] = External(config, clock)
    for point in entry_points(group=GROUP) if points is None else points:
        if point.name == EXTERNAL or point.name in found:
            raise UsageError(
                f"another SecurityAccess provider is named {point.name!r} already",
                where=_where(point),
                do="uninstall one of the packages",
            )
        found[point.name] = Guarded(point.name, _loaded(point))
    return found


class Guarded:
    """A `KeyService` around a provider of another package."""

    def __init__(self, name: str, provider: SecurityProvider) -> None:
        self._name = name
        self._provider = provider

    def trouble(self) -> str:
        """As the provider says; a function is always ready."""
        if not isinstance(self._provider, KeyService):
            return ""
        try:
            return str(self._provider.trouble())
        except Exception as error:  # noqa: BLE001 – code of others
            return _raised(error)

    def begin(self, challenge: Challenge) -> Pending:
        """Ask it."""
        name, provider = self._name, self._provider
        if not isinstance(provider, KeyService):
            return _GuardedFunction(name, provider, challenge)
        return _GuardedPending(name, _guarded(name, challenge, lambda: provider.begin(challenge)), challenge)


class _GuardedFunction:
    """Asked when the procedure first wants to know."""

    def __init__(self, name: str, function: KeyFunction, challenge: Challenge) -> None:
        self._name = name
        self._function = function
        self._challenge = challenge

    def poll(self) -> bytes:
        """The key, at once."""
        challenge = self._challenge
        key = _guarded(self._name, challenge, lambda: self._function(challenge.level, challenge.seed))
        return _bytes(self._name, key, challenge)

    def close(self) -> None:
        """It has ended."""


class _GuardedPending:
    def __init__(self, name: str, pending: Pending, challenge: Challenge) -> None:
        self._name = name
        self._pending = pending
        self._challenge = challenge

    def poll(self) -> bytes | None:
        """As it says."""
        key = _guarded(self._name, self._challenge, self._pending.poll)
        return None if key is None else _bytes(self._name, key, self._challenge)

    def close(self) -> None:
        """Have it give up."""
        _guarded(self._name, self._challenge, self._pending.close)


def _guarded(name: str, challenge: Challenge, act: Callable[[], T]) -> T:
    try:
        return act()
    except NoKey:
        raise
    except Exception as error:  # noqa: BLE001 – code of others
        failed = _raised(error)
    # Not inside the handler: its words may hold the seed, so it is not even the context of ours.
    raise NoKey(f"provider {name!r} {failed}", challenge.name, challenge.address)


def _raised(error: Exception) -> str:
    return f"failed with {type(error).__name__}"


def _bytes(name: str, key: object, challenge: Challenge) -> bytes:
    if not isinstance(key, bytes):
        raise NoKey(f"provider {name!r} gave {type(key).__name__}, not bytes", challenge.name, challenge.address)
    return key


def _loaded(point: EntryPoint) -> SecurityProvider:
    try:
        loaded: object = point.load()
    except Exception as error:  # importing code of others may raise anything; it has seen no seed yet
        raise UsageError(
            f"the SecurityAccess provider {point.name!r} cannot be loaded: {error}",
            where=_where(point),
            do="reinstall or uninstall the package that brings it",
        ) from error
    if not (isinstance(loaded, KeyService) or callable(loaded)):
        raise UsageError(
            f"the SecurityAccess provider {point.name!r} is neither a function nor a key service",
            where=_where(point),
            do="see docs/security-access.md for what it has to be",
        )
    return cast("SecurityProvider", loaded)


def _where(point: EntryPoint) -> str:
    package = f"{point.dist.name} {point.dist.version}: " if point.dist else ""
    return f"{package}{point.value}"
