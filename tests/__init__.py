"""Builders, house checks and browser journeys; each room's own tests live in the room."""
