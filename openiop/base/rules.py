"""Periods of days, and which local day an instant belongs to."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Period:
    """Days from `first` up to and without `until`; no `until` means still open."""

    first: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.first <= day and (self.until is None or day < self.until)


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day of an instant where the program is; never the UTC day."""
    return instant.astimezone(ZoneInfo(zone)).date()


def week_of(day: date) -> Period:
    """The service week (Monday to Sunday) that holds the day."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=7))


def day_starts(day: date, zone: str) -> datetime:
    """The instant at which the local day begins in the zone, as an aware datetime."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
