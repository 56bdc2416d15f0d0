"""Roles, permissions, and which role grants what. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a member of a program does there. One person may hold several."""

    COUNSELOR = "counselor"
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    INTAKE = "intake"
    BILLER = "biller"
    FRONT_DESK = "front-desk"
    PEER = "peer"
    PRIVACY = "privacy"
    PARTICIPANT = "participant"
    FAMILY = "family"


STAFF = frozenset(Role) - {Role.PARTICIPANT, Role.FAMILY}
# Who treats: the others keep the house and are responsible for nobody's treatment.
TREATING = frozenset({Role.COUNSELOR, Role.SUPERVISOR, Role.PRESCRIBER, Role.NURSE, Role.PEER})


class Permission(StrEnum):
    """One for each thing a page lets a person do."""

    SIGNED_IN = "signed-in"
    # Reading
    READ_TODAY = "read-today"
    READ_CASELOAD = "read-caseload"
    OPEN_RECORD = "open-record"  # its first page; what stands there is for the guard to say, kind by kind
    READ_CHART = "read-chart"
    READ_NOTES = "read-notes"
    READ_SCHEDULE = "read-schedule"
    READ_DIRECTOR = "read-director"
    READ_ACCESS_LOG = "read-access-log"
    SEE_AS = "see-as"  # check what someone else would see of a record
    KEEP_PRIVACY = "keep-privacy"  # who saw what and why, unusual looks, questions about them
    # Doing
    IMPORT_REFERRALS = "import-referrals"
    WORK_ENQUIRIES = "work-enquiries"
    ASSESS = "assess"
    CHOOSE_LEVEL = "choose-level"
    ADMIT = "admit"
    KEEP_CONSENTS = "keep-consents"
    WRITE_PLANS = "write-plans"
    PRESCRIBE_HOURS = "prescribe-hours"
    KEEP_SCHEDULE = "keep-schedule"
    COVER_DAY = "cover-day"  # note who is out, give away or cancel the sessions of a day; no more of the week
    RECORD_ATTENDANCE = "record-attendance"
    WRITE_NOTES = "write-notes"
    WRITE_COUNSELING_NOTES = "write-counseling-notes"  # one's own; nobody reads another's (42 CFR 2.11)
    ASSIGN_MEASURES = "assign-measures"
    WORK_ALERTS = "work-alerts"
    REVIEW = "review"
    EMERGENCY_ACCESS = "emergency-access"  # opened in the hurry, on record, reviewed by someone else (42 CFR 2.51)
    REVIEW_EMERGENCY = "review-emergency"
    MERGE_RECORDS = "merge-records"
    KEEP_PROGRAM = "keep-program"
    KEEP_MEMBERS = "keep-members"
    # What leaves the program
    DISCLOSE = "disclose"
    EXPORT_DATA = "export-data"
    WORK_LEGAL = "work-legal"
    KEEP_AGREEMENTS = "keep-agreements"
    ANSWER_CALLS = "answer-calls"
    # A participant's own, and a supporter's
    OWN_RECORD = "own-record"
    SUPPORT = "support"


# Pages of a participant's or a supporter's own: a colleague cannot be given these, so to staff they do not exist.
PERSONAL = frozenset({Permission.OWN_RECORD, Permission.SUPPORT})

_READING = {
    Permission.EMERGENCY_ACCESS,
    Permission.READ_TODAY,
    Permission.READ_CASELOAD,
    Permission.OPEN_RECORD,
    Permission.READ_CHART,
    Permission.READ_SCHEDULE,
    Permission.WORK_ALERTS,
}
_CLINICAL = _READING | {
    Permission.READ_NOTES,
    Permission.ASSESS,
    Permission.CHOOSE_LEVEL,
    Permission.ADMIT,
    Permission.KEEP_CONSENTS,
    Permission.WRITE_PLANS,
    Permission.PRESCRIBE_HOURS,
    Permission.KEEP_SCHEDULE,
    Permission.COVER_DAY,
    Permission.RECORD_ATTENDANCE,
    Permission.WRITE_NOTES,
    Permission.WRITE_COUNSELING_NOTES,
    Permission.ASSIGN_MEASURES,
    Permission.REVIEW,
}

# Billing sees service codes, dates and diagnoses, not notes; the front desk sees the schedule;
# peers see their people without notes (least privilege by task, 45 CFR 164.502(b), 42 CFR 2.12(c)(3)).
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.COUNSELOR: frozenset(_CLINICAL | {Permission.WORK_ENQUIRIES}),
    Role.SUPERVISOR: frozenset(
        _CLINICAL
        | {
            Permission.WORK_ENQUIRIES,
            Permission.IMPORT_REFERRALS,
            Permission.READ_DIRECTOR,
            Permission.READ_ACCESS_LOG,
            Permission.SEE_AS,
            Permission.REVIEW_EMERGENCY,
            Permission.MERGE_RECORDS,
            Permission.DISCLOSE,
            Permission.ANSWER_CALLS,
        }
    ),
    Role.DIRECTOR: frozenset(
        {
            Permission.READ_TODAY,
            Permission.READ_DIRECTOR,
            Permission.READ_SCHEDULE,
            Permission.KEEP_PROGRAM,
            Permission.KEEP_MEMBERS,
            Permission.KEEP_SCHEDULE,
            Permission.EXPORT_DATA,
            Permission.KEEP_AGREEMENTS,
            Permission.COVER_DAY,
        }
    ),
    Role.PRESCRIBER: frozenset(_CLINICAL),
    Role.NURSE: frozenset(
        _READING
        | {Permission.READ_NOTES, Permission.RECORD_ATTENDANCE, Permission.WRITE_NOTES, Permission.ASSIGN_MEASURES}
    ),
    Role.INTAKE: frozenset(
        {
            Permission.EMERGENCY_ACCESS,
            Permission.MERGE_RECORDS,
            Permission.READ_TODAY,
            Permission.READ_CASELOAD,
            Permission.OPEN_RECORD,
            Permission.READ_CHART,
            Permission.READ_SCHEDULE,
            Permission.WORK_ALERTS,
            Permission.IMPORT_REFERRALS,
            Permission.WORK_ENQUIRIES,
            Permission.ASSESS,
            Permission.ADMIT,
            Permission.KEEP_CONSENTS,
            Permission.PRESCRIBE_HOURS,
            Permission.KEEP_SCHEDULE,
            Permission.DISCLOSE,
            Permission.ANSWER_CALLS,
            Permission.COVER_DAY,
        }
    ),
    Role.BILLER: frozenset(
        {
            Permission.READ_TODAY,
            Permission.READ_CASELOAD,
            Permission.OPEN_RECORD,
            Permission.READ_SCHEDULE,
            Permission.EMERGENCY_ACCESS,
        }
    ),
    Role.FRONT_DESK: frozenset(
        {
            Permission.READ_TODAY,
            Permission.OPEN_RECORD,
            Permission.READ_SCHEDULE,
            Permission.EMERGENCY_ACCESS,
            Permission.ANSWER_CALLS,
            Permission.COVER_DAY,  # who answers the phone when someone calls in sick; of the week no more than that day
        }
    ),
    Role.PEER: frozenset(_READING),
    Role.PRIVACY: frozenset(
        {
            Permission.READ_TODAY,
            Permission.OPEN_RECORD,
            Permission.READ_ACCESS_LOG,
            Permission.SEE_AS,
            Permission.READ_CHART,
            Permission.KEEP_CONSENTS,
            Permission.KEEP_PRIVACY,
            Permission.REVIEW_EMERGENCY,
            Permission.MERGE_RECORDS,
            Permission.DISCLOSE,
            Permission.ANSWER_CALLS,
            Permission.EXPORT_DATA,
            Permission.WORK_LEGAL,
            Permission.KEEP_AGREEMENTS,
        }
    ),
    Role.PARTICIPANT: frozenset({Permission.OWN_RECORD}),
    Role.FAMILY: frozenset({Permission.SUPPORT}),
}


def may(roles: Iterable[str], permission: Permission) -> bool:
    """Whether any of the roles grants the permission; deny by default."""
    return permission is Permission.SIGNED_IN or any(permission in GRANTS[Role(role)] for role in roles)


# --- Policies ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PolicyKind:
    """One bound a program can set: its words, its parts as (key, label, unit), what counts until it is set, and why.

    Without parts the value is one number; `days` holds a list of days with their reasons instead.
    """

    name: str
    title: str
    says: str
    default: Any
    source: str
    parts: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    days: bool = False
    choices: tuple[tuple[int, str], ...] = ()  # the value is one of these numbers, shown by its words


POLICIES: dict[str, PolicyKind] = {
    kind.name: kind
    for kind in (
        PolicyKind(
            "week-hours",
            "Hours a week by level of care",
            "Prescribing or planning outside these bounds warns with the reason.",
            {"low": 6, "least": 9, "next": 20},
            "ASAM Criteria 3rd ed. (2013): 9 to 19 hours a week for adults at level 2.1, 20 or more at 2.5; "
            "SAMHSA Advisory PEP20-02-01-021 (2021)",
            (("low", "Below intensive outpatient under"), ("least", "Adult minimum"), ("next", "Next level from")),
            "hours a week",
        ),
        PolicyKind(
            "week-days",
            "Days a week",
            "Prescribing outside these bounds warns.",
            {"least": 3, "most": 5},
            "Program default, configurable",
            (("least", "At least"), ("most", "At most")),
            "days a week",
        ),
        PolicyKind(
            "level-hours",
            "Hours a week to begin with, by level of care",
            "Offered when someone’s level has changed; what is prescribed is decided for each person.",
            {"1.5": 4, "2.1": 9, "2.5": 20},
            "Levels 2.1 and 2.5: the least hours of ASAM Criteria 3rd ed. (2013); level 1.5: program default",
            (("1.5", "Level 1.5"), ("2.1", "Level 2.1"), ("2.5", "Level 2.5")),
            "hours a week",
        ),
        PolicyKind(
            "level-days",
            "Days a week to begin with, by level of care",
            "Offered when someone’s level has changed.",
            {"1.5": 2, "2.1": 3, "2.5": 5},
            "Program default, configurable",
            (("1.5", "Level 1.5"), ("2.1", "Level 2.1"), ("2.5", "Level 2.5")),
            "days a week",
        ),
        PolicyKind(
            "day-hours",
            "Hours on a day of treatment",
            "Prescribing outside these bounds warns.",
            {"least": 2, "most": 4},
            "Program default, configurable",
            (("least", "At least"), ("most", "At most")),
            "hours a day",
        ),
        PolicyKind(
            "group-seats",
            "Seats of a new group",
            "Offered when a group is added; each group has its own.",
            12,
            "Program default, configurable",
            unit="seats",
        ),
        PolicyKind(
            "facilitator-hours",
            "Hours a week with people, for one facilitator",
            "The timetable marks who comes near it.",
            24,
            "Program default, configurable",
            unit="hours a week",
        ),
        PolicyKind(
            "room-hours",
            "Hours a week a room is open",
            "The timetable shows use against it.",
            45,
            "Program default, configurable",
            unit="hours a week",
        ),
        PolicyKind(
            "weeks-ahead",
            "Weeks for which sessions are made ahead",
            "The worker keeps them made.",
            6,
            "Program default, configurable",
            unit="weeks",
        ),
        PolicyKind(
            "attendance-grace-minutes",
            "Minutes after the start before someone is late",
            "Arriving later is recorded as late.",
            10,
            "Program default, configurable",
            unit="minutes",
        ),
        PolicyKind(
            "note-due-hours",
            "Hours until a session’s notes are signed",
            "Notes not signed by then are overdue.",
            72,
            "Program default, configurable; payers and states set their own",
            unit="hours",
        ),
        PolicyKind(
            "plan-review-days",
            "Days until a plan is reviewed",
            "No plan may be signed with a later review.",
            30,
            "Program default, configurable; payers and states set their own",
            unit="days",
        ),
        PolicyKind(
            "review-days-longest",
            "Days until the next review of care, at most",
            "No review of continued stay lies further off.",
            90,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "admission-days-ahead",
            "Days until a first day of care, at most",
            "No one is admitted to begin later than this.",
            60,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "minimum-age",
            "Youngest age admitted",
            "Someone younger needs a program licensed for adolescents.",
            18,
            "The program’s license",
            unit="years",
        ),
        PolicyKind(
            "measures_every_days",
            "Days between two measures of a kind",
            "The protocol asks at this pace.",
            14,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "measures_open_days",
            "Days a measure stays open",
            "One not answered lapses after that.",
            3,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "alert_craving_at",
            "Craving that raises an alert",
            "From this value on, of 10.",
            8,
            "Program default, configurable",
            unit="of 10",
        ),
        PolicyKind(
            "alert_craving_rise",
            "Rise of craving that raises an alert",
            "Above the median of the seven days before.",
            3,
            "Program default, configurable",
            unit="points",
        ),
        PolicyKind(
            "alert_mood_at",
            "Mood that raises an alert",
            "At or under this value, of 10, on two days in a row.",
            2,
            "Program default, configurable",
            unit="of 10",
        ),
        PolicyKind(
            "alert_mood_drop",
            "Drop of mood that raises an alert",
            "Under the median of the seven days before.",
            4,
            "Program default, configurable",
            unit="points",
        ),
        PolicyKind(
            "unusual-tie-days",
            "Days around shared work",
            "A look at a record with no work on record within these days, before or after, is asked about.",
            7,
            "Program default, configurable; review of activity, 45 CFR 164.308(a)(1)(ii)(D)",
            unit="days",
        ),
        PolicyKind(
            "unusual-people-hour",
            "Different records opened in an hour",
            "Above it, and above the viewer’s own habit, they are asked about.",
            15,
            "Program default, configurable",
            unit="records an hour",
        ),
        PolicyKind(
            "unusual-after-days",
            "Days after care ended",
            "A look later than this, without work on record, is asked about.",
            30,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "unusual-habit-days",
            "Days that make a habit",
            "Usual hours and the busiest hour are taken from these days before.",
            28,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "question-days",
            "Days to answer a participant’s question about a look",
            "The answer is due by then.",
            14,
            "Program default, configurable",
            unit="days",
        ),
        PolicyKind(
            "looks-names",
            "What participants read of who looked",
            "Each look at their record is listed for them, with its reason.",
            1,
            "Program default, configurable",
            choices=((1, "name and role"), (2, "role alone")),
        ),
        PolicyKind(
            "small-cells",
            "Smallest count that is shown",
            "Counts of fewer people than this are hidden in what leaves the program.",
            11,
            "CMS cell size suppression policy: no cell of 1 to 10",
            unit="people",
        ),
        PolicyKind(
            "retention-years",
            "Years a record is kept after the last day of care",
            "The longer of this and what your state asks for.",
            7,
            "45 CFR 164.316(b)(2): 6 years for policies; states ask for 5 to 10. Set what your state says",
            unit="years",
        ),
        PolicyKind(
            "retention-minor-age",
            "Age until which a minor’s record is kept, at least",
            "For someone who was under 18 on their last day.",
            25,
            "Program default: 7 years after 18. Set what your state says",
            unit="years",
        ),
        PolicyKind(
            "closed-days",
            "Days the program is closed",
            "No session is made on these days; those made before are cancelled with the reason.",
            [],
            "Set by the program",
            days=True,
        ),
    )
}


def policy_words(kind: PolicyKind, value: Any) -> str:
    """The value of a policy in one line."""
    if kind.days:
        return f"{len(value)} {'day' if len(value) == 1 else 'days'}" if value else "none"
    if kind.choices:
        return dict(kind.choices)[value]
    if kind.parts:
        return ", ".join(f"{label.lower()} {value[key]:g}" for key, label in kind.parts) + f" {kind.unit}"
    return f"{value:g} {kind.unit}"


def why_not_policy(kind: PolicyKind, value: Any) -> list[str]:
    """Every reason the value cannot stand: a number below zero, or bounds that cross."""
    if kind.days:
        named = [entry["on"] for entry in value]
        reasons = ["Say why the program is closed on each day."] if any(not entry["why"] for entry in value) else []
        return [*reasons, "Each day can stand once."] if len(set(named)) < len(named) else reasons
    if kind.choices:
        return [] if value in dict(kind.choices) else ["Choose one of the two."]
    numbers = [value[key] for key, _ in kind.parts] if kind.parts else [value]
    if any(number < 0 for number in numbers):
        return ["A bound cannot be less than zero."]
    if not kind.parts and numbers[0] == 0:
        return ["Give a number above zero."]
    return ["Each bound must be at least the one before it."] if sorted(numbers) != numbers else []
