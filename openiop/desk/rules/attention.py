"""Who needs someone first, and a day in one sentence. Pure."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

TONE_ORDER = ("ok", "watch", "raised", "urgent")
# Short of what was due by now by an hour or more is worth a look; a late bus is not (program default).
BEHIND_MINUTES = 60
SORTS = {"attention": "Most attention first", "name": "By name", "review": "By next review", "hours": "By hours short"}
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class Signs:
    """What the list knows about one person; times in minutes."""

    alerts: Sequence[tuple[str, str]] = ()  # (level, words) of open alerts
    done: int = 0
    due: int = 0
    worse: bool = False
    overdue: str = ""  # the review past its day: "level" or "plan"
    planned: int = 0
    prescribed: int = 0


def behind(done: int, due: int) -> bool:
    """Whether the hours of this week are short of what was due by now by an hour or more."""
    return due - done >= BEHIND_MINUTES


def short(planned: int, prescribed: int) -> bool:
    """Whether the week is planned an hour or more under what is prescribed."""
    return prescribed - planned >= BEHIND_MINUTES


def tone(signs: Signs) -> tuple[str, str]:
    """How much attention someone needs, as a level and the reason in words; tasks of the office do not count."""
    for level, name in (("urgent", "urgent"), ("high", "raised"), ("medium", "watch"), ("low", "watch")):
        for raised, words in signs.alerts:
            if raised == level:
                return name, words
    if signs.worse:
        return "watch", "PHQ-9 reliably worse since the start"
    if behind(signs.done, signs.due):
        return "watch", "Behind on hours this week"
    if short(signs.planned, signs.prescribed):
        said = f"{signs.planned / 60:.1f} of {signs.prescribed / 60:.1f} hours planned this week"
        return "watch", said
    if signs.overdue:
        return "watch", f"The {signs.overdue} review is past its day"
    return "ok", ""


def rank(name: str) -> int:
    """Where a level stands when the list is sorted: urgent first."""
    return -TONE_ORDER.index(name)


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def summary(*, urgent: int, overdue: int, today: int, by: str, sessions: int) -> str:
    """The page in one or two sentences: what is urgent, what is due today, whose notes wait.

    `urgent` are urgent alerts; `overdue` and `today` count the others; `by` is the last due time today;
    `sessions` have notes to sign.
    """
    said = []
    if urgent:
        said.append(f"{_number(urgent)} {'thing is' if urgent == 1 else 'things are'} urgent.")
    parts = []
    if overdue:
        more = " more" if urgent else ""
        parts.append(f"{_number(overdue)}{more} {'is' if overdue == 1 else 'are'} overdue")
    if today:
        more = " more" if urgent or overdue else ""
        parts.append(f"{_number(today)}{more} {'is' if today == 1 else 'are'} due by {by}")
    if sessions:
        where = "one session wait" if sessions == 1 else f"{_number(sessions).lower()} sessions wait"
        parts.append(f"Notes of {where} to be signed")
    if parts:
        rest = [part[0].lower() + part[1:] for part in parts[1:]]
        said.append(
            ", and ".join([parts[0], *rest]) + "." if len(parts) < 3 else f"{parts[0]}, {rest[0]}, and {rest[1]}."
        )
    return " ".join(said) or "Nothing is due, and every note is signed."


def when(at: datetime, now: datetime, zone: str) -> str:
    """A time as a narrow column shows it: Today 5:30 PM, Thu 9:00 AM within a week, else Oct 26."""
    local, here = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    clock = f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
    away = (local.date() - here.date()).days
    if away == 0:
        return f"Today {clock}"
    if 0 < away < 7:
        return f"{local:%a} {clock}"
    return f"{local:%b} {local.day}"


def shown_first(causes: Sequence[tuple[object, str]], most: int, always: Container[str]) -> dict[int, int]:
    """Which of the waiting things (whom it is about, its kind; soonest first) a short list shows, by their place.

    The value is how many more of the same kind about the same person stand behind it. Kinds in `always` are never
    left out and never gathered.
    """
    first: dict[object, int] = {}
    behind_it: dict[int, int] = {}
    for spot, (whom, kind) in enumerate(causes):
        same = (whom, kind) if whom is not None and kind not in always else spot
        lead = first.setdefault(same, spot)
        behind_it[lead] = behind_it.get(lead, -1) + 1
    leads = list(behind_it)
    kept = [spot for number, spot in enumerate(leads) if number < most or causes[spot][1] in always]
    return {spot: behind_it[spot] for spot in kept}
