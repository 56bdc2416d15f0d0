"""A week to plan in: rooms, tracks, groups, sessions."""

from datetime import date, time

from openiop.programs import actions as programs
from openiop.schedule import actions as schedule
from tests.make import BEGAN

FROM = date(2026, 8, 3)  # a Monday


def place(program, name="Willow", seats=12, **facts):
    return programs.add_place(program=program, name=name, seats=seats, by=None, at=BEGAN, **facts)


def track(program, name="Evening", tone="evening", virtual=False):
    return schedule.add_track(program=program, name=name, tone=tone, virtual=virtual, by=None, at=BEGAN)


def group(track, place, facilitator, name="Skills", weekday=0, starts=time(17, 30), minutes=90, **facts):
    """A group that meets each week since August; Monday at 5:30 PM unless told."""
    given = {"service": "skills", "capacity": 10, "from_on": FROM, "by": None, "at": BEGAN} | facts
    return schedule.add_group(
        track=track, name=name, weekday=weekday, starts=starts, minutes=minutes, place=place, facilitator=facilitator,
        **given,
    )  # fmt: skip


def evening_week(program, facilitator, days=(0, 2, 3)):
    """Three evenings of two groups, 9 hours a week, in one room."""
    room, evening = place(program), track(program)
    return [
        group(evening, room, facilitator, name, weekday, starts)
        for weekday in days
        for name, starts in (("Skills", time(17, 30)), ("Process", time(19, 15)))
    ]


def sessions(program, first, until, at=BEGAN):
    return schedule.make_sessions(program=program, from_on=first, until_on=until, by=None, at=at)
