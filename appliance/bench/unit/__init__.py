"""The inside of a simulated control unit: one file for each thing ISO 14229-1 asks of it."""
