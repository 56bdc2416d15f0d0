"""FHIR dates, which may be a year, a month, a day or an instant. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

_SHAPE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(?P<clock>T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,12}))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as precise as its sender made it (FHIR R4, datatypes: date, dateTime).

    `text` is verbatim; `first` is the first day it can mean, in the sender's own time zone; `day` is that day only
    where a whole day was given; `instant` only where a time with its offset was given.
    """

    text: str
    first: date
    precision: str
    instant: datetime | None = None

    @property
    def day(self) -> date | None:
        """The calendar day, or None where only a year or month is known."""
        return self.first if self.precision in ("day", "instant") else None

    @property
    def order(self) -> datetime:
        """An aware instant to sort by; a bare day counts from midnight UTC."""
        return self.instant or datetime.combine(self.first, time(), UTC)


def partial_date(text: str, *, clock: bool) -> PartialDate | None:
    """The date this text means, or None where FHIR would not accept it; `clock` allows a time of day."""
    match = _SHAPE.fullmatch(text)
    if match is None or (match["clock"] and not clock):
        return None
    try:
        first = date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
        if not match["clock"]:
            return PartialDate(text, first, "day" if match["day"] else "month" if match["month"] else "year")
        zone = _zone(match["zone"])
        seconds = min(int(match["second"]), 59) if match["second"] == "60" else int(match["second"])
        micro = int((match["fraction"] or "0")[:6].ljust(6, "0"))
        moment = time(int(match["hour"]), int(match["minute"]), seconds, micro, zone)
        instant = datetime.combine(first, moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return PartialDate(text, first, "instant", instant)


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
