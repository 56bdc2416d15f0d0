"""When an alert is due, who may close it and with what. Pure."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

# Hours to act in, by level (program defaults, changeable as the policy `alert-hours`). "same-day" means by 8 PM there.
HOURS: dict[str, float | str] = {"urgent": 2, "high": "same-day", "medium": 24, "low": 48, "admin": 24}
DAY_ENDS = time(20, 0)
AT_LEAST = timedelta(hours=2)
LEVELS = ("admin", "low", "medium", "high", "urgent")
RANKS = {"urgent": 0, "high": 1, "medium": 2, "low": 2, "admin": 3}  # the most serious stands first, then the due time
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
# Who may say that a danger is over. Program rule: weighing the risk that someone may die is a clinician's act (the
# Columbia protocol's triage and the safety plan of Stanley & Brown 2012 are done by one); others act and hand over.
CLINICIANS = frozenset({"counselor", "supervisor", "prescriber", "nurse"})
NOT_A_CLINICIAN = "A clinician closes this alert. Write down what you did, then hand it over to one."
# These tasks end on a page of their own, with its outcome; closing the alert alone would let them vanish.
ENDS_ELSEWHERE = {
    "emergency-review": "This task ends when the emergency access is reviewed. Open the review, or hand the task over.",
}
_TALK = (
    "Call now. In danger at this moment: 911, and stay on the line until help is there.",
    "Ask directly about thoughts of suicide, then about a method, intent, a plan, and any attempt and when it was.",
    "Intent, a plan, or an attempt within three months: they stay with someone, and go to an emergency evaluation.",
    "Else make or renew the safety plan together, on your program's own form: warning signs; what helps alone; people "
    "and places; whom to ask for help; professionals, the emergency department and 988; a safer home. It is not kept "
    "here: write below that it was made, and where it is.",
    "Write down what you did. The alert ends with an outcome.",
)
_DANGER = (
    "Call now. In danger at this moment: 911, and stay on the line until help is there.",
    "Ask what the danger is, who is with them, and where they are.",
    "Withdrawal or another bodily danger: medical care before anything else. Thoughts of suicide: ask about a method, "
    "intent, a plan and attempts; with any of these, an emergency evaluation now.",
    "Write down what you did. The alert ends with an outcome.",
)
# What to do about each danger, in order. Own words, after the Columbia protocol's screener and triage (Posner 2011)
# and the six parts of the safety plan of Stanley & Brown (Cogn Behav Pract 2012;19:256-264).
STEPS = {"phq9-item9": _TALK, "unsafe-check-in": _TALK, "hard-stop": _DANGER, "pre-screen-danger": _DANGER}
TOLD = "handed-over-ended"
# These ask for a call: what is done first about them is done on the alert's own page, which has the number.
OUTREACH = frozenset(
    {
        "missed-session", "attendance-pattern", "use-reported", "craving", "low-mood", "check-in-silence",
        "appointment-missed",
    }
)  # fmt: skip
CALL = "Log a call"
# How a call went. A neutral message names neither the program nor care (42 CFR 2.11, patient identifying information).
REACHED = "call-reached"
CALLS = {REACHED: "Reached", "call-message": "Left a neutral message", "call-missed": "Not reached"}
# What an alert's link opens.
NEXT_ACT = {
    "phq9-item9": "Read the answers",
    "unsafe-check-in": "Read the check-in",
    "hard-stop": "Open the assessment",
    "pre-screen-danger": "Open what they sent",
    TOLD: "Read how it ended",
    "missed-session": "Open the session",
    "attendance-pattern": "Open the plan",
    "use-reported": "Read the check-ins",
    "craving": "Read the check-ins",
    "low-mood": "Read the check-ins",
    "check-in-silence": "Read the check-ins",
    "measure-worse": "Look at the answers",
    "note-overdue": "Open the note",
    "note-and-attendance": "Add to the note",
    "review-due": "Open the review",
    "no-next-appointment": "Book the next visit",
    "appointment-missed": "Open the review",
    "appointment-open": "Say how it went",
    "referral-held": "Decide",
    "emergency-review": "Review the access",
    "emergency-follow-up": "Read the review",
    "record-request": "Answer it",
    "legal-process": "Read what to say",
}


# What stands for a person of whom there is no record yet; the day tells two of them apart.
ABOUT = {"admissions.enquiry": "Enquiry", "admissions.referral": "Referral"}


def link_words(kind: str, link: str) -> str:
    """What an alert's link opens, in words; absences lead to the plan or, after a silence, to the record."""
    if kind == "attendance-pattern" and not link.endswith("/plan/"):
        return "Open the record"
    return NEXT_ACT.get(kind, "Open")


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


def may_end(kind: str, roles: Iterable[str]) -> bool:
    """Whether someone with these roles may close an alert of this kind; a danger only as a clinician."""
    return kind not in SAFETY or bool(CLINICIANS & set(roles))


def who_ends(kind: str) -> str:
    """Why an alert of this kind is not closed on its own page by someone who may not end it there."""
    return ENDS_ELSEWHERE.get(kind, NOT_A_CLINICIAN)


def why_not_close(
    *, closed: bool, kind: str, outcome: str, words: str, roles: Iterable[str], settled: bool = False
) -> list[str]:
    """Every reason this alert may not be closed so by someone with these roles.

    `settled`: what it stands for has ended on a page of its own, which closes it.
    """
    reasons = []
    if closed:
        reasons.append("This alert is closed already.")
    elif kind in ENDS_ELSEWHERE and not settled:
        return [ENDS_ELSEWHERE[kind]]
    elif not may_end(kind, roles):
        return [NOT_A_CLINICIAN]
    if outcome not in outcomes_for(kind):
        reasons.append("Choose how it ended.")
    if (kind in SAFETY or outcome in {"raised-in-error", "no-action"}) and not words.strip():
        reasons.append("Write what was done, in a sentence.")
    return reasons


def is_graver(one: str, other: str) -> bool:
    """Whether the first level is more serious than the other."""
    return LEVELS.index(one) > LEVELS.index(other)


def why_not_log_call(*, closed: bool, went: str, words: str) -> list[str]:
    """Every reason this call may not be written down so."""
    reasons = []
    if closed:
        return ["This alert is closed already."]
    if went not in CALLS:
        reasons.append("Say how the call went.")
    if not words.strip():
        reasons.append("Write what was said, or what you tried.")
    return reasons


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
    """How long is left, or how long it is overdue: minutes for some hours, then the largest fitting unit.

    A minute that has begun still counts as left: two hours given are two hours.
    """
    span = due - at
    late = span < timedelta()
    seconds = abs(span).total_seconds()
    minutes = int(seconds // 60) if late else ceil(seconds / 60)
    if minutes < 60:
        size = f"{minutes} min"
    elif minutes < 4 * 60:
        size = f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    elif minutes < 24 * 60:
        size = f"{minutes // 60} h"
    else:
        days = minutes // (24 * 60)
        size = f"{days} day" if days == 1 else f"{days} days"
    return f"{size} overdue" if late else f"in {size}"
