"""When an emergency is reviewed, which looks are unusual and why, and how a look is explained. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from openiop.consents.rules import KIND_WORDS, Kind
from openiop.programs.rules import Role

# --- emergency access -------------------------------------------------------------------------------------------------

# A second person looks at every emergency access (program rule; 45 CFR 164.308(a)(1)(ii)(D): review of activity).
REVIEW_WITHIN = timedelta(hours=72)
FOLLOW_UP_WITHIN = timedelta(days=7)  # program default
OUTCOMES = {
    "justified": "Justified",
    "not-justified": "Not justified: it is followed up",
}
HOW_TOLD = {
    "in-person": "In person",
    "phone": "By phone",
    "letter": "By letter",
    "read": "They read it on their own page",
}


def why_not_review(*, reviewed: bool, own: bool, still_open: bool, outcome: str, words: str) -> list[str]:
    """Every reason this emergency access may not be reviewed so."""
    if reviewed:
        return ["This emergency access was reviewed already."]
    reasons = []
    if own:
        reasons.append("You opened it yourself. Someone else reviews it.")
    if still_open:
        reasons.append("It is still open. Review it when it has closed.")
    if outcome not in OUTCOMES:
        reasons.append("Choose how it is judged.")
    if not words.strip():
        reasons.append("Write what you looked at and why you judge so.")
    return reasons


def why_not_tell(*, told: bool, how: str) -> list[str]:
    """Every reason it may not be noted that the person was told."""
    if told:
        return ["They were told already."]
    return [] if how in HOW_TOLD else ["Choose how they were told."]


# --- questions about a look -------------------------------------------------------------------------------------------


def why_not_ask(*, looked: bool, words: str, waiting: bool) -> list[str]:
    """Every reason a person may not ask about this look."""
    reasons = [] if looked else ["Nobody looked on that day."]
    if waiting:
        reasons.append("Your question about this look is waiting for its answer.")
    return reasons if words.strip() else [*reasons, "Write your question."]


def why_not_answer(*, answered: bool, words: str) -> list[str]:
    """Every reason a question may not be answered so."""
    if answered:
        return ["This question was answered already."]
    return [] if words.strip() else ["Write the answer."]


# --- a look in words --------------------------------------------------------------------------------------------------

PAGES = {
    "desk:chart": "Overview",
    "desk:today": "Today",
    "desk:people": "People",
    "desk:find": "Search",
    "desk:who_looked": "Who looked",
    "alerts:list": "Alerts",
    "alerts:alert": "One alert",
    "attendance:session": "A session",
    "continuing:review": "Review",
    "plans:plan": "Plan",
    "notes:list": "Notes",
    "questionnaires:measures": "Measures",
    "admissions:placement": "Placement",
    "consents:list": "Consents",
    "privacy:emergency": "Emergency",
    "privacy:sheet": "Emergency sheet",
    "privacy:looks": "Looks",
}


def page_words(name: str) -> str:
    """The page a look was at, by the name on it."""
    return PAGES.get(name, name.split(":")[-1].replace("_", " "))


def kind_words(facts: Mapping[str, Any]) -> list[str]:
    """The kinds of information an event of a look names, in words."""
    named = facts.get("kinds") or [facts.get("kind", "")]
    known = set(Kind)
    return [KIND_WORDS[Kind(kind)] if kind in known else str(kind) for kind in named if kind]


def plain_why(facts: Mapping[str, Any], role: str) -> str:
    """Why someone looked, as it is said to the person whose record it is."""
    rule = str(facts.get("rule", ""))
    if facts.get("emergency"):
        return "A medical emergency"
    if facts.get("consent"):
        return "You agreed to share it"
    if facts.get("shared") and facts.get("kind") == Kind.ACCESS_LOG:
        return "Checking who looked at records"
    if "care team" in rule:
        return "Part of your care team"
    if facts.get("shared") or not rule:
        return "On a list or a group page they work with"
    return f"Their work in the program: {role}" if role else "Their work in the program"


# --- unusual looks ----------------------------------------------------------------------------------------------------


class Rule(StrEnum):
    """Why a look is asked about. None of them says that anything was wrong."""

    NO_TIE = "no-tie"
    SAME_NAME = "same-name"
    SAME_HOME = "same-home"
    COLLEAGUE = "colleague"
    ODD_HOURS = "odd-hours"
    MANY = "many"
    AFTER_CARE = "after-care"


@dataclass(frozen=True)
class Bounds:
    """What a program sets: days around a tie, people in an hour, days after care, days that make a habit."""

    tie_days: int = 7
    people_hour: int = 15
    after_days: int = 30
    habit_days: int = 28


RULE_WORDS = {
    Rule.NO_TIE: "No shared work on record",
    Rule.SAME_NAME: "Same last name",
    Rule.SAME_HOME: "Same phone, email or address",
    Rule.COLLEAGUE: "Record of someone who works here",
    Rule.ODD_HOURS: "Outside their usual hours",
    Rule.MANY: "Many records in an hour",
    Rule.AFTER_CARE: "After care had ended",
}
CLOSINGS = {
    "explained": "Explained: it was for their work",
    "false-alarm": "False alarm: the rule did not fit here",
    "follow-up": "Not explained: followed up outside this page",
}
# Five days of work make a habit to compare with; fewer say nothing (program default).
LEAST_DAYS = 5
WIDER = 1.5  # so much above a person's own busiest hour is more than a busy day (program default)
_TREATING = frozenset({Role.COUNSELOR, Role.PRESCRIBER, Role.NURSE, Role.PEER})


@dataclass(frozen=True)
class Look:
    """One opening of one record, not of a list: when, by whom, of whom."""

    at: datetime
    viewer: str
    person: str


@dataclass(frozen=True)
class Marks:
    """What two people are compared by, without being shown: last name, and ways to reach them made plain."""

    last_name: str = ""
    reach: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Viewer:
    """Someone who looked: roles, marks, the hours they usually look at records in, and their busiest hour so far."""

    roles: frozenset[str]
    marks: Marks
    hours: frozenset[int] = frozenset()
    days: int = 0
    busiest: int = 0


@dataclass(frozen=True)
class Person:
    """Whose record it is: marks, whether they work here, and where their care stands on the day."""

    marks: Marks
    works_here: bool = False
    expected: bool = False  # a session or an appointment within the days of a tie
    care: str = "before"  # before, in, after
    ended_on: date | None = None


@dataclass(frozen=True)
class Found:
    """One reason to ask, with its numbers. `person` is empty where it is about a viewer's day as a whole."""

    rule: Rule
    viewer: str
    person: str = ""
    facts: Mapping[str, int] = field(default_factory=dict)


def plain_phone(words: str) -> str:
    """The last ten digits of a number; nothing where there are fewer than seven."""
    digits = "".join(sign for sign in words if sign.isdecimal())
    return f"tel:{digits[-10:]}" if len(digits) >= 7 else ""


def plain_address(address: str, postal_code: str) -> str:
    """An address without spaces and signs; nothing where street or postal code is missing."""
    street, code = ("".join(sign for sign in part.casefold() if sign.isalnum()) for part in (address, postal_code))
    return f"home:{street}:{code[:5]}" if street and code else ""


def plain_email(words: str) -> str:
    """An address of email in lower case; nothing where there is none."""
    return f"mail:{words.strip().casefold()}" if words.strip() else ""


def last_name(name: str) -> str:
    """The last word of a name, in lower case."""
    return name.split()[-1].casefold() if name.split() else ""


def tied(viewer: Viewer, person: Person, *, works_with: bool) -> bool:
    """Whether something on record lets this viewer's work lead to this record.

    `works_with`: on the care team, a session, an appointment, an alert, or written work within the days of a tie.
    Each role's own work counts: the desk expects people, intake brings them in, billing follows their care.
    """
    roles = viewer.roles
    if works_with or roles & {Role.SUPERVISOR, Role.PRIVACY}:
        return True
    if Role.FRONT_DESK in roles and person.expected:
        return True
    if Role.INTAKE in roles and person.care == "before":
        return True
    return Role.BILLER in roles and person.care != "before"


def unusual(
    looks: Sequence[Look],
    viewers: Mapping[str, Viewer],
    people: Mapping[str, Person],
    ties: Iterable[tuple[str, str]],
    *,
    on: date,
    zone: str,
    bounds: Bounds,
) -> list[Found]:
    """Every reason to ask about the looks of one local day; each stands once for a viewer and a person."""
    tied_pairs = set(ties)
    found: dict[tuple[Rule, str, str], Found] = {}

    def add(rule: Rule, viewer: str, person: str = "", **facts: int) -> None:
        found.setdefault((rule, viewer, person), Found(rule, viewer, person, facts))

    for look in looks:
        viewer, person = viewers.get(look.viewer), people.get(look.person)
        if viewer is None or person is None:
            continue
        works_with = (look.viewer, look.person) in tied_pairs
        if not tied(viewer, person, works_with=works_with):
            add(Rule.NO_TIE, look.viewer, look.person, days=bounds.tie_days)
        if viewer.marks.last_name and viewer.marks.last_name == person.marks.last_name:
            add(Rule.SAME_NAME, look.viewer, look.person)
        if viewer.marks.reach & person.marks.reach:
            add(Rule.SAME_HOME, look.viewer, look.person)
        if person.works_here:
            add(Rule.COLLEAGUE, look.viewer, look.person)
        gone = (on - person.ended_on).days if person.care == "after" and person.ended_on else 0
        if gone > bounds.after_days and not works_with:
            add(Rule.AFTER_CARE, look.viewer, look.person, days=gone)
    for name in sorted({look.viewer for look in looks} & set(viewers)):
        mine = [look for look in looks if look.viewer == name]
        hours = [look.at.astimezone(ZoneInfo(zone)).hour for look in mine]
        near = {(hour + step) % 24 for hour in viewers[name].hours for step in (-1, 0, 1)}
        odd = [hour for hour in hours if hour not in near]
        if odd and viewers[name].days >= LEAST_DAYS:
            add(Rule.ODD_HOURS, name, hour=odd[0], looks=len(odd))
        most = busiest_hour((look.at, look.person) for look in mine)
        usual = viewers[name].busiest if viewers[name].days >= LEAST_DAYS else 0
        if most > max(bounds.people_hour, int(usual * WIDER)):
            add(Rule.MANY, name, people=most, usual=usual)
    return list(found.values())


def busiest_hour(looks: Iterable[tuple[datetime, str]]) -> int:
    """The most different people within one hour of the clock."""
    pairs = {(at.replace(minute=0, second=0, microsecond=0), person) for at, person in looks}
    counted = Counter(hour for hour, _ in pairs)
    return max(counted.values(), default=0)


def because(rule: str, facts: Mapping[str, int]) -> str:
    """Why a look is asked about, in one sentence."""
    return {
        Rule.NO_TIE: (
            f"Not on the care team, and no session, appointment, alert or work within {facts.get('days', 0)} days."
        ),
        Rule.SAME_NAME: "The person and the viewer have the same last name. They may be related, or not.",
        Rule.SAME_HOME: "A phone number, email or address on record is the same for both.",
        Rule.COLLEAGUE: "The record is that of someone who works in this program.",
        Rule.ODD_HOURS: (
            f"{facts.get('looks', 0)} looks around {_hour(facts.get('hour', 0))}, when they usually open no record."
        ),
        Rule.MANY: (
            f"{facts.get('people', 0)} people in one hour; their busiest hour before held {facts.get('usual', 0)}."
        ),
        Rule.AFTER_CARE: f"Care had ended {facts.get('days', 0)} days before, and no work is on record.",
    }[Rule(rule)]


def _hour(hour: int) -> str:
    return f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}"


def why_not_ask_viewer(*, status: str, own: bool) -> list[str]:
    """Every reason the viewer may not be asked about this look."""
    if own:
        return ["These are your own looks. Someone else asks about them."]
    return [] if status == "open" else ["They were asked already, or it is closed."]


def why_not_explain(*, status: str, own: bool, words: str) -> list[str]:
    """Every reason a look may not be explained so."""
    if not own:
        return ["Only who looked can say why."]
    if status != "asked":
        return ["This was explained already, or is closed."]
    return [] if words.strip() else ["Write why you opened it."]


def why_not_close(*, status: str, own: bool, outcome: str, words: str) -> list[str]:
    """Every reason a look may not be closed so. What was not explained is never closed without words."""
    if status == "closed":
        return ["This is closed already."]
    reasons = ["These are your own looks. Someone else closes this."] if own else []
    if outcome not in CLOSINGS:
        reasons.append("Choose how it ended.")
    if outcome == "explained" and status != "answered" and not words.strip():
        reasons.append("They have not answered. Write what explains it.")
    if outcome == "follow-up" and not words.strip():
        reasons.append("Write what is done about it.")
    return reasons
