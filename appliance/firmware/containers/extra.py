"""The libraries of the extra `publish`, imported when a container needs one: the Pi does not install them."""

from __future__ import annotations

import importlib
from types import ModuleType

from appliance.errors import UsageError


def publisher_library(name: str) -> ModuleType:
    """The module `name` of bincopy or odxtools.

    Raises:
        UsageError: the extra is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as cause:
        raise UsageError(
            f"{name.partition('.')[0]} is not installed: this container cannot be opened here",
            do="install it on the computer you publish from: pip install 'kl30[publish]'",
        ) from cause
