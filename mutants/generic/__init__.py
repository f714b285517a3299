"""Bugs nobody thought of: small changes to the syntax tree, a seeded sample of them, and what is known of survivors."""
