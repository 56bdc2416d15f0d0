"""Reading an instrument's file, scoring its answers, and what an answer or a change asks for. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

LEVELS = ("high", "urgent")
DIRECTIONS = ("lower is better", "higher is better")


class Malformed(Exception):
    """An instrument's file is not what it must be; the message names the file, the line and what is wrong."""


@dataclass(frozen=True)
class Option:
    """One answer a person may give, with the value it counts for."""

    value: int
    words: str
    loinc: str = ""


@dataclass(frozen=True)
class Item:
    """One question, word for word."""

    number: int
    words: str
    loinc: str
    options: tuple[Option, ...]
    stem: str = ""
    scored: bool = True

    @property
    def key(self) -> str:
        """The item as answers are kept by."""
        return str(self.number)

    def words_for(self, value: int | None) -> str:
        """The words of an answer, or that none was given."""
        return next((option.words for option in self.options if option.value == value), "Not answered")


@dataclass(frozen=True)
class Band:
    """A published severity band, both ends included."""

    low: int
    high: int
    name: str
    plain: str


@dataclass(frozen=True)
class Critical:
    """An answer that a person must look at, whatever the total."""

    item: int
    at_least: int
    level: str


@dataclass(frozen=True)
class Instrument:
    """One questionnaire in one version and language, frozen."""

    code: str
    name: str
    title: str
    about: str
    version: str
    language: str
    family: str
    recall: str
    direction: str
    minutes: int
    stem: str
    screen_at: int
    licence: str
    source: str
    checked_by: str
    next_review: date
    panel: str
    total_code: str
    rc_points: int
    rc_source: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    critical: tuple[Critical, ...]

    @property
    def scored(self) -> tuple[Item, ...]:
        """The items a total is made of."""
        return tuple(item for item in self.items if item.scored)

    @property
    def highest(self) -> int:
        """The highest possible total, in points."""
        return sum(max(option.value for option in item.options) for item in self.scored)

    @property
    def critical_items(self) -> frozenset[int]:
        """Numbers of the items whose answer is never left open."""
        return frozenset(row.item for row in self.critical)

    def item(self, number: int) -> Item | None:
        """The item of that number, or None."""
        return next((item for item in self.items if item.number == number), None)

    @property
    def standing(self) -> str:
        """Who checked the file against the published form, or that nobody has."""
        return f"Checked by {self.checked_by}" if self.checked_by else "Not yet clinically reviewed"


# --- reading a file ---------------------------------------------------------------------------------------------------

_WORDS = ("code", "name", "title", "about", "version", "language", "family", "recall", "stem", "licence", "source")


def loinc_holds(code: str) -> bool:
    """Whether a LOINC code is well formed and its Mod 10 check digit is right (LOINC Users' Guide, appendix C)."""
    found = re.fullmatch(r"([0-9]+)-([0-9])", code)
    if not found:
        return False
    total = 0
    for place, digit in enumerate(reversed(found[1])):
        worth = int(digit) * (2 if place % 2 == 0 else 1)
        total += worth - 9 if worth > 9 else worth
    return (10 - total % 10) % 10 == int(found[2])


def _line(text: str, table: str = "", nth: int = 0, key: str = "") -> int:
    """The line (from 1) on which a table, or a key in it, stands; the table's own line where the key is missing."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.split("#")[0].strip() in {f"[[{table}]]", f"[{table}]"}]
    begin = starts[min(nth, len(starts) - 1)] if table and starts else -1
    for n in range(begin + 1, len(lines)):
        if lines[n].startswith("["):
            break
        if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[n]):
            return n + 1
    return max(begin, 0) + 1


def read_instrument(text: str, file: str) -> Instrument:
    """The instrument a file's text describes; Malformed names the file, the line and the fault."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Malformed(f"{file}: {fault}") from None

    def wrong(what: str, table: str = "", nth: int = 0, key: str = "") -> Malformed:
        return Malformed(f"{file}, line {_line(text, table, nth, key)}: {what}")

    def need(row: Mapping[str, Any], key: str, kind: type, table: str = "", nth: int = 0) -> Any:
        value: Any = row.get(key)
        if type(value) is not kind:
            raise wrong(f"{key} is missing or is not {_KINDS[kind]}.", table, nth, key)
        if isinstance(value, str) and not value.strip():
            raise wrong(f"{key} is empty.", table, nth, key)
        return value

    def code_of(row: Mapping[str, Any], key: str, table: str = "", nth: int = 0) -> str:
        value = str(need(row, key, str, table, nth))
        if not loinc_holds(value):
            raise wrong(f"{value} is no LOINC code: the check digit is wrong.", table, nth, key)
        return value

    def options_of(rows: Iterable[Mapping[str, Any]], table: str, nth: int | None) -> tuple[Option, ...]:
        found = []
        for place, row in enumerate(rows):
            where = place if nth is None else nth
            found.append(
                Option(
                    need(row, "value", int, table, where), need(row, "words", str, table, where), row.get("loinc", "")
                )
            )
        if len({option.value for option in found}) != len(found) or len(found) < 2:
            raise wrong("Answers need at least two different values.", table, 0 if nth is None else nth)
        return tuple(found)

    words = {key: need(data, key, str) for key in _WORDS}
    direction = need(data, "direction", str)
    if direction not in DIRECTIONS:
        raise wrong(f"direction must be one of: {', '.join(DIRECTIONS)}.", key="direction")
    checked_by = data.get("checked_by")
    if not isinstance(checked_by, str):
        raise wrong("checked_by is missing; leave it empty until someone has checked.", key="checked_by")
    loinc, change = data.get("loinc", {}), data.get("change", {})
    shared = options_of(data.get("options", []), "options", None)
    items = []
    for nth, row in enumerate(data.get("items", [])):
        number = need(row, "number", int, "items", nth)
        if number != nth + 1:
            raise wrong(f"Items are numbered from 1 without gaps; this is {number}.", "items", nth, "number")
        own = options_of(row["options"], "items", nth) if "options" in row else shared
        items.append(
            Item(
                number=number,
                words=need(row, "words", str, "items", nth),
                loinc=code_of(row, "loinc", "items", nth),
                options=own,
                stem=row.get("stem", words["stem"]),
                scored=row.get("scored", True),
            )
        )
    if not items:
        raise wrong("There are no items.")
    if len({item.loinc for item in items}) != len(items):
        raise wrong("Two items carry the same LOINC code.", "items", 0, "loinc")
    highest = sum(max(option.value for option in item.options) for item in items if item.scored)
    bands, expected = [], 0
    for nth, row in enumerate(data.get("bands", [])):
        band = Band(
            need(row, "low", int, "bands", nth),
            need(row, "high", int, "bands", nth),
            need(row, "name", str, "bands", nth),
            need(row, "plain", str, "bands", nth),
        )
        if band.low != expected or band.high < band.low:
            raise wrong(
                f"Bands leave no gap and do not overlap; this one must begin at {expected}.", "bands", nth, "low"
            )
        bands.append(band)
        expected = band.high + 1
    if bands and expected != highest + 1:
        raise wrong(f"The last band must end at {highest}, the highest total.", "bands", len(bands) - 1, "high")
    critical = []
    for nth, row in enumerate(data.get("critical", [])):
        rule = Critical(
            need(row, "item", int, "critical", nth),
            need(row, "at_least", int, "critical", nth),
            need(row, "level", str, "critical", nth),
        )
        if rule.item not in {item.number for item in items}:
            raise wrong(f"There is no item {rule.item}.", "critical", nth, "item")
        if rule.level not in LEVELS:
            raise wrong(f"level must be one of: {', '.join(LEVELS)}.", "critical", nth, "level")
        critical.append(rule)
    return Instrument(
        **words,
        direction=direction,
        minutes=need(data, "minutes", int),
        screen_at=need(data, "screen_at", int),
        checked_by=checked_by,
        next_review=need(data, "next_review", date),
        panel=code_of(loinc, "panel", "loinc"),
        total_code=code_of(loinc, "total", "loinc"),
        rc_points=need(change, "rc_points", int, "change"),
        rc_source=need(change, "rc_source", str, "change"),
        items=tuple(items),
        bands=tuple(bands),
        critical=tuple(critical),
    )


_KINDS: dict[type, str] = {str: "text", int: "a whole number", date: "a date"}


# --- scoring ----------------------------------------------------------------------------------------------------------

Answers = Mapping[str, int | None]


def missing(instrument: Instrument, answers: Answers) -> tuple[int, ...]:
    """Numbers of the scored items without an answer."""
    return tuple(item.number for item in instrument.scored if answers.get(item.key) is None)


def total(instrument: Instrument, answers: Answers) -> int | None:
    """The sum of the scored items in points; None when any is open, because nothing is imputed."""
    if missing(instrument, answers):
        return None
    return sum(answers[item.key] or 0 for item in instrument.scored)


def band(instrument: Instrument, points: int | None) -> Band | None:
    """The published band of a total; None without a total or without published bands."""
    return next((row for row in instrument.bands if points is not None and row.low <= points <= row.high), None)


def positive(instrument: Instrument, points: int | None) -> bool:
    """Whether a total reaches the published screening cut-off."""
    return points is not None and points >= instrument.screen_at


def critical_level(instrument: Instrument, item: int, value: int | None) -> str:
    """The alert level an answer asks for, or nothing; an open answer is not a "no", so it asks for nothing here."""
    reached = [rule.level for rule in instrument.critical if rule.item == item and (value or 0) >= rule.at_least]
    return max(reached, key=LEVELS.index) if reached and value is not None else ""


def needs_help(instrument: Instrument, answers: Answers) -> bool:
    """Whether any answer so far asks for someone to look at it today."""
    return any(critical_level(instrument, item, answers.get(str(item))) for item in instrument.critical_items)


def why_not_answer(*, instrument: Instrument, version: str, status: str, item: int, value: int | None) -> list[str]:
    """Every reason this answer may not be kept; no value means the question was skipped."""
    reasons = []
    if status not in {"due", "started"}:
        reasons.append("These questions are closed. Nothing was changed.")
    if version != instrument.version:
        reasons.append("These questions have a newer version. Ask your care team to send it again.")
    asked = instrument.item(item)
    if asked is None:
        reasons.append("There is no such question.")
    elif value is not None and value not in {option.value for option in asked.options}:
        reasons.append("Choose one of the answers shown.")
    return reasons


def why_not_complete(*, instrument: Instrument, status: str, answers: Answers) -> list[str]:
    """Every reason the form cannot be handed in; other open questions only mean it has no score."""
    reasons = []
    if status not in {"due", "started"}:
        reasons.append("These questions are closed. Nothing was changed.")
    if any(answers.get(str(item)) is None for item in instrument.critical_items):
        reasons.append("One question matters most and is still open. Please choose an answer.")
    return reasons


def next_item(instrument: Instrument, answers: Answers) -> int | None:
    """Where to go on: the first question not yet seen, else the first critical one left open, else None."""
    for item in instrument.items:
        if item.key not in answers:
            return item.number
    skipped = [number for number in sorted(instrument.critical_items) if answers.get(str(number)) is None]
    return skipped[0] if skipped else None


# --- change -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How far two totals lie apart, and whether that is more than the measure's own noise."""

    points: int
    reliable: bool
    better: bool

    @property
    def words(self) -> str:
        """The change in a short phrase."""
        if self.points == 0:
            return "no change"
        size = (
            f"{abs(self.points)} {'point' if abs(self.points) == 1 else 'points'} {'up' if self.points > 0 else 'down'}"
        )
        if not self.reliable:
            return f"{size}, within what the measure varies by itself"
        return f"{size}, reliably {'better' if self.better else 'worse'}"


def change(instrument: Instrument, first: int, last: int) -> Change:
    """The change from one total to another against the published reliable change of the instrument."""
    points = last - first
    down_is_good = instrument.direction == DIRECTIONS[0]
    return Change(points, abs(points) >= instrument.rc_points, (points < 0) is down_is_good and points != 0)


def deterioration(instrument: Instrument, *, first: int, previous: int, last: int) -> tuple[int, Change] | None:
    """The total from which the newest one is reliably worse, and by how much; None where it is not.

    The total before counts first; then the first of the stay, unless that was told with the total before.
    """
    for start in (previous, first):
        found = change(instrument, start, last)
        told = change(instrument, start, previous)
        if found.reliable and not found.better and not (told.reliable and not told.better):
            return start, found
    return None


# --- when it is asked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One line of the protocol: which instrument, at which levels of care, how often, open how long (days)."""

    instrument: str
    levels: tuple[str, ...]
    every_days: int
    open_days: int
    open_days_intake: int


def read_protocol(text: str, file: str) -> tuple[Asked, ...]:
    """The protocol a file's text describes; Malformed names the file, the line and the fault."""
    try:
        rows = tomllib.loads(text).get("asked", [])
    except tomllib.TOMLDecodeError as fault:
        raise Malformed(f"{file}: {fault}") from None
    lines = []
    for nth, row in enumerate(rows):
        for key in ("every_days", "open_days", "open_days_intake"):
            if type(row.get(key)) is not int or row[key] < 1:
                where = _line(text, "asked", nth, key)
                raise Malformed(f"{file}, line {where}: {key} must be a whole number of days, at least 1.")
        if not isinstance(row.get("instrument"), str) or not row.get("levels"):
            where = _line(text, "asked", nth)
            raise Malformed(f"{file}, line {where}: name an instrument and at least one level.")
        lines.append(Asked(**row | {"levels": tuple(row["levels"])}))
    return tuple(lines)


def asked_now(*, every_days: int, started_on: date, last_on: date | None, today: date) -> str:
    """Why a questionnaire falls due today: 'intake', 'protocol', or nothing (a week before admission counts)."""
    if last_on is None or last_on < started_on - timedelta(days=7):
        return "intake"
    return "protocol" if today >= last_on + timedelta(days=every_days) else ""


def lapses(*, status: str, due_until: datetime, at: datetime) -> bool:
    """Whether an open assignment has run out; one already begun has a day longer, so that no answer is lost."""
    grace = timedelta(days=1) if status == "started" else timedelta()
    return status in {"due", "started"} and at >= due_until + grace


# --- the trend as a picture -------------------------------------------------------------------------------------------

LEFT, RIGHT, TOP, TALL = 62.0, 682.0, 22.0, 156.0  # of the drawing, in its own units
SHADES = {"minimal": "band", "moderate": "band-2", "severe": "band-3"}


@dataclass(frozen=True)
class PlotBand:
    """One severity band as drawn: top, height, shade, its name and where the name stands."""

    top: float
    height: float
    shade: str
    name: str
    middle: float


@dataclass(frozen=True)
class Dot:
    """One total as drawn."""

    x: float
    y: float
    points: int
    on: date


@dataclass(frozen=True)
class Plot:
    """A trend with its bands, drawn on a scale that never changes for the instrument."""

    bands: tuple[PlotBand, ...]
    dots: tuple[Dot, ...]
    path: str
    now: float
    weeks: tuple[tuple[float, str], ...]
    floor: float
    summary: str


def plot(instrument: Instrument, line: Iterable[tuple[date, int]], *, starts: date, today: date) -> Plot:
    """The totals over the weeks since the start, at least ten weeks wide; days before the start stand at its edge."""
    points = list(line)
    weeks = max(10, ((max([today, *(on for on, _ in points)]) - starts).days // 7) + 1)
    across, down = (RIGHT - LEFT) / (weeks * 7), TALL / instrument.highest

    def x(on: date) -> float:
        return LEFT + max(0, (on - starts).days) * across

    def y(value: float) -> float:
        return TOP + TALL - value * down

    bands = []
    for row in instrument.bands:
        top, bottom = y(row.high if row.high == instrument.highest else row.high + 1), y(row.low)
        bands.append(PlotBand(top, bottom - top, SHADES.get(row.name, ""), row.name, (top + bottom) / 2 + 4))
    dots = tuple(Dot(x(on), y(value), value, on) for on, value in points)
    path = "L".join(f"{dot.x:.1f} {dot.y:.1f}" for dot in dots)
    every = max(1, weeks // 10)
    marks = tuple((LEFT + n * 7 * across, f"week {n + 1}" if n == 0 else str(n + 1)) for n in range(0, weeks, every))
    if not points:
        summary = f"No {instrument.name} total yet."
    elif len(points) == 1:
        summary = f"{instrument.name} was {points[0][1]} of {instrument.highest}."
    else:
        summary = f"{instrument.name} went from {points[0][1]} to {points[-1][1]} of {instrument.highest}."
    return Plot(tuple(bands), dots, f"M{path}" if len(dots) > 1 else "", x(today), marks, TOP + TALL, summary)
