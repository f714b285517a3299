"""Who: pure values read from a car. Nothing here sends or waits."""
