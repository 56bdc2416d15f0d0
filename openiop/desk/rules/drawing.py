"""Measures, craving, hours and events on one time axis, as geometry for a drawing 800 wide. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEFT, RIGHT, WIDTH = 62.0, 682.0, 800
GAP = 34.0  # between two lanes
HEAD = 16.0  # for each event named above the lanes
LEAST_WEEKS = 10
HOURS_TALL, HOUR_TOP = 66.0, 12.0


@dataclass(frozen=True)
class Line:
    """One series to draw: values on days (None is a gap), its scale, and bands as (low, high, name, shade)."""

    label: str
    unit: str
    highest: float
    points: Sequence[tuple[date, float | None]]
    bands: Sequence[tuple[float, float, str, str]] = ()
    per_point: float = 6.5
    dots: bool = True


@dataclass(frozen=True)
class Event:
    """Something that happened on a day, named above the chart."""

    on: date
    words: str


@dataclass(frozen=True)
class Band:
    """A reference band as drawn, with where its name stands."""

    y: float
    height: float
    shade: str
    name: str
    middle: float


@dataclass(frozen=True)
class Dot:
    """A value as drawn."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Lane:
    """One series as drawn."""

    label: str
    unit: str
    top: float
    floor: float
    bands: tuple[Band, ...]
    path: str
    dots: tuple[Dot, ...]
    end: Dot | None


@dataclass(frozen=True)
class Bar:
    """The hours of one week as drawn."""

    x: float
    y: float
    height: float
    words: str
    part: bool


@dataclass(frozen=True)
class Mark:
    """An event or a week as drawn."""

    x: float
    y: float
    words: str
    day: str = ""


@dataclass(frozen=True)
class Drawing:
    """The whole chart as drawn."""

    height: float
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    hours_top: float
    floor: float
    reference: float | None
    reference_words: str
    events: tuple[Mark, ...]
    weeks: tuple[Mark, ...]
    now: float
    now_top: float
    summary: str


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def week_marks(weeks: int) -> int:
    """Every how many weeks the axis names one, so that names never touch."""
    return max(1, -(-weeks // 12))


def draw(
    lines: Sequence[Line],
    hours: Sequence[tuple[date, int]],
    *,
    prescribed: int | None,
    events: Sequence[Event],
    starts: date,
    today: date,
    first_week: int = 1,
) -> Drawing:
    """The chart from the start of the stay to today and on, at least ten weeks wide; hours are minutes by week."""
    weeks = max(LEAST_WEEKS, (today - starts).days // 7 + 2)
    across = (RIGHT - LEFT) / (weeks * 7)

    def x(on: date) -> float:
        return LEFT + max(0, (on - starts).days) * across

    named = sorted((event for event in events if event.on >= starts), key=lambda event: event.on)[-3:]
    marks = tuple(
        Mark(x(event.on), 12 + HEAD * place, event.words, f"{event.on:%b} {event.on.day}")
        for place, event in enumerate(named)
    )
    top = 14.0 + HEAD * len(named) + (10 if named else 0)
    now_top = top
    lanes, said = [], []
    for line in lines:
        tall = line.highest * line.per_point
        floor = top + tall
        bands = tuple(
            Band(
                y=floor - high * line.per_point,
                height=(high - low) * line.per_point,
                shade=shade,
                name=name,
                middle=floor - (low + high) / 2 * line.per_point + 4,
            )
            for low, high, name, shade in line.bands
        )
        path, pen, dots = "", False, []
        for on, value in line.points:
            if value is None:
                pen = False
                continue
            at, y = x(on), floor - value * line.per_point
            path += f"{'L' if pen else 'M'}{_number(at)} {_number(y)}"
            pen = True
            dots.append(Dot(at, y, _number(value)))
        lanes.append(
            Lane(
                line.label,
                line.unit,
                top,
                floor,
                bands,
                path,
                tuple(dots) if line.dots else (),
                dots[-1] if dots else None,
            )
        )
        if len(dots) > 1:
            said.append(f"{line.label} went from {dots[0].words} to {dots[-1].words}.")
        elif dots:
            said.append(f"{line.label} is {dots[0].words}.")
        top = floor + GAP
    most = max([minutes for _, minutes in hours] + [prescribed or 0, 60])
    floor = top + HOUR_TOP + HOURS_TALL
    scale = HOURS_TALL / most
    bars = tuple(
        Bar(
            x=x(max(first, starts)) + 3.5 * across - 8,
            y=floor - minutes * scale,
            height=minutes * scale,
            words=_number(round(minutes / 60, 1)),
            part=first <= today < first + timedelta(days=7),
        )
        for first, minutes in hours
        if minutes
    )
    every = week_marks(weeks)
    if hours:
        done = sum(minutes for _, minutes in hours)
        said.append(f"{_number(round(done / 60, 1))} hours attended in {len(hours)} weeks.")
    return Drawing(
        height=floor + 26,
        lanes=tuple(lanes),
        bars=bars,
        hours_top=top,
        floor=floor,
        reference=floor - prescribed * scale if prescribed else None,
        reference_words=f"prescribed {_number(round((prescribed or 0) / 60, 1))}",
        events=marks,
        weeks=tuple(
            Mark(
                LEFT + (number * 7 + 3.5) * across,
                floor + 18,
                f"{'' if number else 'week '}{number + first_week}",
            )
            for number in range(0, weeks, every)
        ),
        now=x(today),
        now_top=now_top,
        summary=" ".join(said) or "Nothing is measured yet.",
    )
