"""Through what: CAN, ISO-TP and the UDS link."""
