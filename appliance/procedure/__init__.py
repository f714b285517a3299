"""What: straight-line generators in the words of ISO 14229. No clock, bus, file, volts, thread or logger."""
