"""What a check-in may hold, what in it someone must look at, and what is said back. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

# Mood is kept from 0 to 10; the five words of the page stand for these values.
MOODS = ((1, "Low"), (3, "Shaky"), (5, "Okay"), (7, "Good"), (9, "Strong"))
SAFE = ("yes", "unsure", "no")
UNSAFE = frozenset({"unsure", "no"})
USES = ("none", "alcohol", "drug", "behavior", "unsure")
MEDICATION = {"taken": "Yes", "not-taken": "No", "not-prescribed": "None prescribed"}
FIELDS = ("mood", "craving", "safe", "sleep_hours", "use", "medication", "words", "share_words")
TAPS = ("mood", "craving", "safe")

# Program defaults, changeable as the policies `alert_craving_at` and `alert_craving_rise` (points from 0 to 10).
CRAVING_AT = 8
CRAVING_RISE = 3
# The same for mood, as the policies `alert_mood_at` and `alert_mood_drop`.
MOOD_AT = 2
MOOD_DROP = 4
MEDIAN_DAYS = 7
# Who answered on at least this share of the days before, and then on none of so many full days, is looked for
# (program defaults).
SILENT_DAYS = 3
USUAL_DAYS = 14
USUAL_SHARE = 0.7
LOOK_BACK = 28  # days; an older silence has been told, or was before this program kept check-ins


def why_not(*, on: date, today: date, answers: Mapping[str, Any]) -> list[str]:
    """Every reason this check-in may not be kept so."""
    reasons = []
    if on != today:
        reasons.append("A check-in can be changed on its own day only.")
    if unknown := sorted(set(answers) - set(FIELDS)):
        reasons.append(f"A check-in does not ask for {', '.join(unknown)}.")
    for name in ("mood", "craving"):
        value = answers.get(name)
        if value is not None and not 0 <= value <= 10:
            reasons.append("Choose a number from 0 to 10.")
    if answers.get("safe", "") not in {"", *SAFE}:
        reasons.append("Choose yes, not sure or no.")
    if answers.get("use", "") not in {"", *USES}:
        reasons.append("Choose one of the answers shown.")
    if answers.get("medication", "") not in {"", *MEDICATION}:
        reasons.append("Choose one of the answers shown.")
    sleep = answers.get("sleep_hours")
    if sleep is not None and not Decimal(0) <= Decimal(str(sleep)) <= Decimal(24):
        reasons.append("Sleep is between 0 and 24 hours.")
    return list(dict.fromkeys(reasons))


def mood_word(value: int | None) -> str:
    """The word of the page nearest to a mood from 0 to 10."""
    if value is None:
        return ""
    return min(MOODS, key=lambda row: (abs(row[0] - value), row[0]))[1]


@dataclass(frozen=True)
class Concern:
    """Something in a check-in that a person must look at."""

    kind: str
    level: str
    words: str
    why: str


def concerns(
    *,
    safe: str,
    use: str,
    craving: int | None,
    earlier: Iterable[int],
    opioid: bool,
    craving_at: int = CRAVING_AT,
    craving_rise: int = CRAVING_RISE,
    mood: int | None = None,
    earlier_moods: Iterable[int | None] = (),
    mood_at: int = MOOD_AT,
    mood_drop: int = MOOD_DROP,
) -> list[Concern]:
    """What the answers ask for (program defaults throughout).

    `earlier` holds the cravings of the seven days before, `earlier_moods` the moods of those days, oldest first, with
    None where nothing was said.
    """
    found = []
    if safe == "no":
        found.append(Concern("unsafe-check-in", "urgent", "Check-in: does not feel safe", "“Do I feel safe?” No."))
    elif safe == "unsure":
        why = "“Do I feel safe?” Not sure."
        found.append(Concern("unsafe-check-in", "high", "Check-in: not sure they are safe", why))
    if use in {"alcohol", "drug", "behavior"}:
        grave = use == "drug" and opioid
        said = {"alcohol": "alcohol", "drug": "another substance", "behavior": "gambling or another behavior"}[use]
        why = (
            "With an active opioid diagnosis: ask about naloxone and overdose." if grave else "Reported by themselves."
        )
        found.append(Concern("use-reported", "high" if grave else "medium", f"Check-in: reports use, {said}", why))
    if craving is not None:
        before = list(earlier)
        usual = median(before) if before else None
        if craving >= craving_at:
            why = f"Craving {craving} of 10; looked at from {craving_at} on."
            found.append(Concern("craving", "medium", f"Check-in: craving {craving} of 10", why))
        elif usual is not None and craving - usual >= craving_rise:
            why = f"Craving {craving} of 10; the middle of the last 7 days was {usual:g}."
            found.append(Concern("craving", "medium", f"Check-in: craving up to {craving} of 10", why))
    if mood is not None:
        days = list(earlier_moods)
        told = [one for one in days if one is not None]
        yesterday = days[-1] if days else None
        usual = median(told) if told else None
        if mood <= mood_at and yesterday is not None and yesterday <= mood_at:
            why = f"Mood {mood} of 10 today and {yesterday} yesterday; looked at when {mood_at} or less on two days."
            found.append(Concern("low-mood", "medium", "Check-in: mood low on two days", why))
        elif usual is not None and usual - mood >= mood_drop:
            why = f"Mood {mood} of 10; the middle of the last 7 days was {usual:g}."
            found.append(Concern("low-mood", "medium", f"Check-in: mood down to {mood} of 10", why))
    return found


def silence(answered: Collection[date], on: date) -> date | None:
    """The last day of check-ins, where someone who usually answers has fallen silent; None where all is well.

    Usually: on at least 70 of 100 of the 14 days up to that last day. Silent: on none of the 3 full days before today,
    and not today.
    """
    last = max((day for day in answered if day <= on), default=None)
    if last is None or (on - last).days <= SILENT_DAYS:
        return None
    usual = {day for day in answered if 0 <= (last - day).days < USUAL_DAYS}
    return last if len(usual) >= USUAL_SHARE * USUAL_DAYS else None


def silence_words(last: date) -> str:
    """What the alert about a silence says; the day in it tells one silence from the next."""
    return f"No check-in since {last:%b} {last.day}"


@dataclass(frozen=True)
class Answer:
    """What the program says back: what was heard, and one next step (`step` names it for the page's link)."""

    heard: str
    next: str
    step: str


def said_back(
    *, mood: int | None, craving: int | None, safe: str, use: str, counselor: str, craving_at: int = CRAVING_AT
) -> Answer:
    """What was heard, in a sentence, and the one next step; safety comes before everything else."""
    who = counselor or "your care team"
    if safe in UNSAFE:
        asks = f"Do you want to talk with someone now? {who} is told right now."
        return Answer("Thank you for saying so.", asks, "help")
    if use in {"alcohol", "drug", "behavior"}:
        heard = "Thank you for saying so. This does not erase your work."
        return Answer(heard, "Let’s make the next hour safer.", "used")
    if craving is not None and craving >= craving_at:
        return Answer(f"I hear that craving is strong, {craving} of 10.", "One small thing can help it pass.", "tools")
    if mood is not None and mood <= 3:
        return Answer("It’s a hard day. You came here anyway.", f"Tell {who} how it is when you see them.", "words")
    if mood is not None and craving is not None and safe:
        return Answer("Got it. That’s your check-in for today.", "Nothing else is needed.", "done")
    return Answer("", "", "")


def complete(*, mood: int | None, craving: int | None, safe: str) -> bool:
    """Whether all three taps are in."""
    return mood is not None and craving is not None and bool(safe)
