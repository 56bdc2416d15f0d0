"""What can happen to the week, by subject: groups and their sessions, one session, one person's week."""

from openiop.schedule.actions.groups import add_group, add_track, close_group, make_sessions, move_group
from openiop.schedule.actions.people import (
    choose_groups,
    enroll,
    enroll_all,
    fill_group,
    follow_step,
    leave_all,
    leave_group,
    prescribe,
    set_busy,
)
from openiop.schedule.actions.sessions import (
    add_seat,
    cancel_session,
    change_facilitator,
    change_topic,
    cover_day,
    drop_seat,
    plan_visit,
    plan_visits,
    restore_session,
)
from openiop.schedule.actions.times import end_elsewhere, note_away, note_back, note_elsewhere

__all__ = [
    "add_group",
    "add_seat",
    "add_track",
    "cancel_session",
    "change_facilitator",
    "change_topic",
    "choose_groups",
    "close_group",
    "cover_day",
    "drop_seat",
    "end_elsewhere",
    "enroll",
    "enroll_all",
    "fill_group",
    "follow_step",
    "leave_all",
    "leave_group",
    "make_sessions",
    "move_group",
    "note_away",
    "note_back",
    "note_elsewhere",
    "plan_visit",
    "plan_visits",
    "prescribe",
    "restore_session",
    "set_busy",
]
