"""Presence and credited minutes: what did happen."""
