"""The looks of each day that is over are gone through."""

from datetime import datetime

from openiop.privacy import actions, queries


def run_due(now: datetime) -> int:
    """Every day that is over in its program's zone, up to two weeks back, was gone through once; how many found."""
    return sum(actions.examine(program=program, on=on, at=now) for program, on in queries.to_examine(now))
