"""Whether: limits, gate; pure, the caller brings readings and the time."""
