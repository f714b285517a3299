"""What can be wrong with a container: one class, because all of it ends the same way."""

from __future__ import annotations

from appliance.errors import UsageError


class ContainerError(UsageError):
    """A container cannot be read, contradicts itself, or is larger than the limits; nothing was written.

    Args:
        what: As `Kl30Error`.
        where: The file, and its line, record or element where there is one.
        do: As `Kl30Error`.
    """
