"""Everything that can be cut is cut: at every point, in every durable state, and a sample of every pair."""
