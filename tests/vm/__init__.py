"""The appliance on a real Linux kernel, in a machine whose plug is pulled: docs/virtual-machine.md.

    python -m tests.vm

`build` makes the guest, `machine` runs it, `card` is what it stores things on, `car_outside` the car that outlives it.
The checks are in `bus_checks`, `service_checks`, `plug_checks` and `trouble_checks`; `__main__` runs them and counts.
"""
