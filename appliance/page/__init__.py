"""Shown to: a reader of status and reports, and nothing else."""
