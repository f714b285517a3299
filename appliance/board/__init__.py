"""On what: voltage monitor, panel, watchdog of the Raspberry Pi."""
