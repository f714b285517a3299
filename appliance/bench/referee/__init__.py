"""The referee: the laws of docs/architecture.md as rules watched on the wire and on the journal."""
