"""KL30: programs BMW/MINI control units from a service bulletin, under a guarded supply.

The map: `car` is who, `campaign` is why, `procedure` is what, `power` is whether, `engine` is when, `firmware` is with
what, `bus` is through what, `board` is on what, `page` is shown to, `bench` is instead of.  `wiring` is the only file
that knows every concrete class; `docs/architecture.md` says who may import whom.
"""

__version__ = "0.1.0"
