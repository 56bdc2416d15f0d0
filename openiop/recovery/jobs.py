"""People who usually check in and have fallen silent are brought to their counselor."""

from datetime import datetime

from openiop.recovery import actions, queries


def run_due(now: datetime) -> int:
    """Each new silence has its alert; returns how many were raised now."""
    found = queries.silent(now)
    for episode, last in found:
        actions.raise_silence(episode=episode, last=last, by=None, at=now)
    return len(found)
