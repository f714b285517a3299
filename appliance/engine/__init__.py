"""When: one thread drives procedures, under the gate, into the journal."""
