"""When an alert is due, who may close it and with what. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# Hours to act in, by level (program defaults, changeable as the policy `alert-hours`). "same-day" means by 8 PM there.
HOURS: dict[str, float | str] = {"urgent": 2, "high": "same-day", "medium": 24, "low": 48, "admin": 24}
DAY_ENDS = time(20, 0)
AT_LEAST = timedelta(hours=2)
LEVELS = ("admin", "low", "medium", "high", "urgent")
TONES = {"urgent": "urgent", "high": "raised", "medium": "watch", "low": "watch", "admin": "none"}
LEVEL_WORDS = {"urgent": "Urgent", "high": "High", "medium": "Medium", "low": "Low", "admin": "Task"}
TONE_WORDS = {"urgent": "Urgent", "high": "Raised", "medium": "Watch", "low": "Watch", "admin": "Task"}

# How an alert may end, as coded outcomes with their words.
OUTCOMES = {
    "spoke-safe": "Spoke with them; safe for now",
    "safety-plan": "Safety plan made or renewed",
    "more-care": "Brought to more care",
    "reached": "Reached; agreed the next step",
    "not-reached": "Not reached; next try planned",
    "plan-changed": "Plan or schedule changed",
    "task-done": "Done",
    "no-action": "Looked at; nothing needed",
    "raised-in-error": "Raised in error",
}
# These answers mean someone may die: "nothing needed" and silence are no outcomes for them.
SAFETY = frozenset({"phq9-item9", "unsafe-check-in", "hard-stop", "pre-screen-danger"})
SAFETY_OUTCOMES = ("spoke-safe", "safety-plan", "more-care", "raised-in-error")
NEXT_ACT = {
    "phq9-item9": "Start the safety talk",
    "unsafe-check-in": "Call now",
    "hard-stop": "Open the assessment",
    "pre-screen-danger": "Call now",
    "missed-session": "Log a call",
    "attendance-pattern": "Open the plan",
    "use-reported": "Reach out",
    "craving": "Reach out",
    "low-mood": "Reach out",
    "check-in-silence": "Reach out",
    "measure-worse": "Look at the answers",
    "note-overdue": "Open the note",
    "review-due": "Open the review",
    "no-next-appointment": "Book the next visit",
    "appointment-missed": "Reach out",
    "appointment-open": "Say how it went",
    "referral-held": "Decide",
}


# What stands for a person of whom there is no record yet; the day tells two of them apart.
ABOUT = {"admissions.enquiry": "Enquiry", "admissions.referral": "Referral"}


def day_words(at: datetime, zone: str) -> str:
    """The local day of an instant: Oct 14."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day}"


def due_for(level: str, at: datetime, zone: str, hours: dict[str, float | str] | None = None) -> datetime:
    """The instant by which someone must have acted; the same local day, where that still leaves two hours."""
    span = (hours or HOURS)[level]
    if span != "same-day":
        return at + timedelta(hours=float(span))
    local = at.astimezone(ZoneInfo(zone))
    evening = datetime.combine(local.date(), DAY_ENDS, tzinfo=ZoneInfo(zone))
    return max(evening, at + AT_LEAST)


def outcomes_for(kind: str) -> dict[str, str]:
    """The ways an alert of this kind may end."""
    allowed = SAFETY_OUTCOMES if kind in SAFETY else tuple(OUTCOMES)
    return {code: OUTCOMES[code] for code in allowed}


def why_not_close(*, closed: bool, kind: str, outcome: str, words: str) -> list[str]:
    """Every reason this alert may not be closed so."""
    reasons = []
    if closed:
        reasons.append("This alert is closed already.")
    if outcome not in outcomes_for(kind):
        reasons.append("Choose how it ended.")
    if (kind in SAFETY or outcome in {"raised-in-error", "no-action"}) and not words.strip():
        reasons.append("Write what was done, in a sentence.")
    return reasons


def higher(one: str, other: str) -> str:
    """The more serious of two levels."""
    return max(one, other, key=LEVELS.index)


def _clock(local: datetime) -> str:
    return local.strftime("%I:%M %p").lstrip("0")


def due_words(due: datetime, at: datetime, zone: str) -> str:
    """The due time as the first column shows it: 5:00 PM today, Thu 12:00 PM this week, else Oct 16."""
    local, now = due.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    away = (local.date() - now.date()).days
    if away == 0:
        return _clock(local)
    if 0 < away < 7:
        return f"{local:%a} {_clock(local)}"
    return f"{local:%b} {local.day}"


def left_words(due: datetime, at: datetime, zone: str) -> str:
    """How long is left, or how long it is overdue, in the largest fitting unit."""
    span = due - at
    late = span < timedelta()
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        size = f"{minutes} min"
    elif minutes < 24 * 60:
        size = f"{minutes // 60} h"
    else:
        days = minutes // (24 * 60)
        size = f"{days} day" if days == 1 else f"{days} days"
    return f"{size} overdue" if late else f"in {size}"
