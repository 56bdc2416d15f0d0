"""What the public pages say about the program, from its live rows. Nothing about any person."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from openiop.base.rules import local_day
from openiop.programs.models import Program
from openiop.schedule.models import Group, Session


@dataclass(frozen=True)
class TrackFacts:
    """One track as a visitor sees it."""

    name: str
    virtual: bool
    days: int
    minutes: int


@dataclass(frozen=True)
class Facts:
    """The program's own figures today."""

    tracks: tuple[TrackFacts, ...]
    next_on: date | None

    @property
    def hours(self) -> str:
        """Group hours a week, from the track with the fewest to the one with the most."""
        each = sorted({round(track.minutes / 60) for track in self.tracks})
        return f"{each[0]} to {each[-1]}" if len(each) > 1 else str(each[0]) if each else ""


def front_program() -> Program | None:
    """The program whose door this is: the one opened first."""
    return Program.objects.order_by("created_at", "pk").first()


def facts(program: Program, at: datetime) -> Facts:
    """Tracks with their days and hours a week, and the next group day, in two reads."""
    today = local_day(at, program.zone)
    rows = Group.objects.filter(track__program=program, track__ended_on__isnull=True, from_on__lte=today)
    found: dict[tuple[str, bool], list[tuple[int, int]]] = defaultdict(list)
    for name, virtual, weekday, minutes in (
        rows.exclude(until_on__lte=today)
        .order_by("track__name", "pk")
        .values_list("track__name", "track__virtual", "weekday", "minutes")
    ):
        found[name, virtual].append((weekday, minutes))
    tracks = tuple(
        TrackFacts(name, virtual, len({day for day, _ in each}), sum(minutes for _, minutes in each))
        for (name, virtual), each in found.items()
    )
    ahead = Session.objects.filter(program=program, group__isnull=False, status="planned", starts_at__gt=at)
    return Facts(tracks, ahead.order_by("on", "pk").values_list("on", flat=True).first())
