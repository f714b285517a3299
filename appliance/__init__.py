"""KL30: programs BMW/MINI control units from a service bulletin, under a guarded supply.

The map: `car` is who, `campaign` is why, `procedure` is what, `power` is whether, `engine` is when, `firmware` is with
what, `bus` is through what, `board` is on what, `page` is shown to, `bench` is instead of.  `wiring` is the only file
that knows every concrete class; `docs/architecture.md` says who may import whom.
"""

from datetime import UTC, datetime

__version__ = "0.1.0"
BUILT = datetime(2026, 11, 21, tzinfo=UTC)  # with this version; no clock that shows less is believed (decision 0023)
