"""What the worker does here: lapse what ran out, then ask whose turn it is."""

from datetime import datetime

from openiop.questionnaires import actions, queries


def run_due(now: datetime) -> int:
    """Every program's questionnaires stand as the protocol has them at `now`; returns how many rows changed."""
    done = 0
    for program in queries.programs_at_work():
        done += actions.lapse_due(program=program, at=now) + actions.assign_due(program=program, at=now)
    return done
