"""Keeping the coming weeks made."""

from datetime import datetime

from openiop.base.rules import local_day
from openiop.programs import queries as programs
from openiop.schedule import actions, queries


def run_due(now: datetime) -> int:
    """Every program's sessions stand made for the weeks its policy asks for; returns how many were made now."""
    made = 0
    for program in programs.all_programs():
        until = queries.horizon(program.pk, now, program.zone)
        today = local_day(now, program.zone)
        if queries.is_made(program.pk, today, until, now):
            continue  # nothing to write, so nobody who writes is kept waiting
        made += len(actions.make_sessions(program=program, from_on=today, until_on=until, by=None, at=now))
    return made
