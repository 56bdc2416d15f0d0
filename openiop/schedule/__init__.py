"""Tracks, groups, sessions, rosters, availability, prescribed hours: what should happen."""
