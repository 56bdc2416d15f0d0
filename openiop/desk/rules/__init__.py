"""What needs attention most, how a day is summed up, and where things stand on a chart. Pure."""

from openiop.desk.rules.attention import (
    BEHIND_MINUTES,
    SORTS,
    TONE_ORDER,
    Signs,
    behind,
    rank,
    shown_first,
    summary,
    tone,
    when,
)
from openiop.desk.rules.drawing import Bar, Drawing, Event, Lane, Line, draw, week_marks

__all__ = [
    "BEHIND_MINUTES",
    "SORTS",
    "TONE_ORDER",
    "Bar",
    "Drawing",
    "Event",
    "Lane",
    "Line",
    "Signs",
    "behind",
    "draw",
    "rank",
    "shown_first",
    "summary",
    "tone",
    "week_marks",
    "when",
]
