"""The Jinja2 environment of every page: strict names, our components, times in the program's zone."""

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from openiop.ui.widgets import control

Zone = tzinfo | str | None
# When the page was asked for, as the middleware took it; components have no page to ask.
ASKED_AT: ContextVar[datetime | None] = ContextVar("asked_at", default=None)

# Each file holds macros; all of them are reached through the one global `ui`.
COMPONENTS = (
    "ui/components/marks.html",
    "ui/components/forms.html",
    "ui/components/layout.html",
    "ui/components/charts.html",
    "ui/components/autosave.html",
    "ui/components/work.html",
)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _zone(context: Context, tz: Zone) -> tzinfo:
    """The zone asked for, else the page's; a time without a zone is a programming error."""
    chosen = tz or context.get("zone")
    if not chosen:
        raise TypeError("This time needs a zone: give one, or put `zone` in the page's context.")
    return ZoneInfo(chosen) if isinstance(chosen, str) else chosen


def _local(context: Context, at: datetime, tz: Zone) -> datetime:
    """The instant on the clock of the zone."""
    if at.tzinfo is None:
        raise TypeError("A naive time has no place on a page.")
    return at.astimezone(_zone(context, tz))


def _clock(at: time | datetime) -> str:
    """Hours and minutes on a twelve-hour clock: 6:56 PM."""
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def _date(on: date) -> str:
    return f"{_MONTHS[on.month - 1]} {on.day}"


def _dated(context: Context, on: date, tz: Zone) -> str:
    """Month and day, and the year where it is not the one we are in: a far-off day is never read as a near one."""
    chosen = tz or context.get("zone") or UTC
    at = ASKED_AT.get()
    now = at.astimezone(ZoneInfo(chosen) if isinstance(chosen, str) else chosen) if at else None
    return _date(on) if now is None or on.year == now.year else f"{_date(on)}, {on.year}"


def _on(context: Context, on: date | datetime, tz: Zone) -> date:
    """The calendar day, for an instant the day it falls on in the zone."""
    return _local(context, on, tz).date() if isinstance(on, datetime) else on


def wall_clock(at: datetime, tz: tzinfo | str) -> str:
    """The time of day of an instant in the zone: 6:56 PM."""
    return _clock(at.astimezone(ZoneInfo(tz) if isinstance(tz, str) else tz))


@pass_context
def clock(context: Context, at: datetime | time, tz: Zone = None) -> str:
    """The time of day in the zone: 6:56 PM."""
    return _clock(at) if isinstance(at, time) else _clock(_local(context, at, tz))


@pass_context
def day(context: Context, on: date | datetime, tz: Zone = None) -> str:
    """Weekday, month and day: Thu Oct 16; with the year where it is another."""
    local = _on(context, on, tz)
    return f"{_DAYS[local.weekday()]} {_dated(context, local, tz)}"


@pass_context
def short_date(context: Context, on: date | datetime, tz: Zone = None) -> str:
    """Month and day: Oct 16; with the year where it is another: Jan 1, 2031."""
    return _dated(context, _on(context, on, tz), tz)


@pass_context
def full_date(context: Context, on: date | datetime, tz: Zone = None) -> str:
    """Month, day and year: Oct 16, 2026."""
    local = _on(context, on, tz)
    return f"{_date(local)}, {local.year}"


@pass_context
def moment(context: Context, at: datetime, tz: Zone = None) -> str:
    """Weekday, date and time of day: Thu Oct 16, 6:56 PM; with the year where it is another."""
    local = _local(context, at, tz)
    return f"{_DAYS[local.weekday()]} {_dated(context, local.date(), tz)}, {_clock(local)}"


@pass_context
def iso(context: Context, at: date | datetime, tz: Zone = None) -> str:
    """The value of a <time datetime> attribute, in UTC for an instant."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") if isinstance(at, datetime) else at.isoformat()


def hours(minutes: int | None) -> str:
    """Minutes as hours with one digit: 90 is 1.5; nothing recorded is a dash."""
    if minutes is None:
        return "–"
    return str((Decimal(minutes) / 60).quantize(Decimal("0.1")))


def plural(count: int, one: str, many: str = "") -> str:
    """The count with its word: 1 note, 3 notes; the plural is the word and an s unless given."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def geometry(value: float | Decimal) -> str:
    """A number for an SVG attribute: at most one digit after the point."""
    return f"{float(value):.1f}".removesuffix(".0")


def environment(**options: Any) -> Environment:
    """The environment with our globals, filters and components; a misspelt name is an error."""
    env = Environment(
        **{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True},
        extensions=["jinja2.ext.do"],
    )
    ui = SimpleNamespace()
    env.globals |= {
        "_": gettext,
        "ngettext": ngettext,
        "control": control,
        "static": static,
        "ui": ui,
        "url": lambda name, *args, **kwargs: reverse(name, args=args or None, kwargs=kwargs or None),
        "zip": zip,
    }
    env.filters |= {
        "clock": clock,
        "date": short_date,
        "day": day,
        "full_date": full_date,
        "geo": geometry,
        "hours": hours,
        "iso": iso,
        "moment": moment,
        "plural": plural,
    }
    for name in COMPONENTS:
        for macro, value in vars(env.get_template(name).module).items():
            if not macro.startswith("_"):
                setattr(ui, macro, value)
    return env
