"""When a screen locks. Pure."""

from datetime import datetime, timedelta


def locks(*, seen: datetime | None, at: datetime, minutes: int) -> bool:
    """Whether so long a quiet since the last touch locks the screen (45 CFR 164.312(a)(2)(iii))."""
    return seen is None or at - seen >= timedelta(minutes=minutes)


def initials(name: str) -> str:
    """Initials for a locked screen, which shows no name: J. B."""
    parts = [part[0].upper() for part in name.split() if part]
    return " ".join(f"{letter}." for letter in (parts[:1] + parts[-1:] if len(parts) > 1 else parts))
