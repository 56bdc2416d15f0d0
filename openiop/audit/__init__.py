"""Append-only record of who did or opened what; it points at nothing and nothing may change it."""
