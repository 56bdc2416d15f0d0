"""Roles, permissions, and which role grants what. Pure."""

from collections.abc import Iterable
from enum import StrEnum


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


class Permission(StrEnum):
    """One for each thing a page lets a person do."""

    SIGNED_IN = "signed-in"
    # Reading
    READ_TODAY = "read-today"
    READ_CASELOAD = "read-caseload"
    READ_CHART = "read-chart"
    READ_NOTES = "read-notes"
    READ_SCHEDULE = "read-schedule"
    READ_DIRECTOR = "read-director"
    READ_ACCESS_LOG = "read-access-log"
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
    RECORD_ATTENDANCE = "record-attendance"
    WRITE_NOTES = "write-notes"
    ASSIGN_MEASURES = "assign-measures"
    WORK_ALERTS = "work-alerts"
    REVIEW = "review"
    KEEP_PROGRAM = "keep-program"
    KEEP_MEMBERS = "keep-members"
    # A participant's own, and a supporter's
    OWN_RECORD = "own-record"
    SUPPORT = "support"


_READING = {
    Permission.READ_TODAY,
    Permission.READ_CASELOAD,
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
    Permission.RECORD_ATTENDANCE,
    Permission.WRITE_NOTES,
    Permission.ASSIGN_MEASURES,
    Permission.REVIEW,
}

# Billing sees service codes, dates and diagnoses, not notes; the front desk sees the schedule;
# peers see their people without notes (least privilege by task, 45 CFR 164.502(b), 42 CFR 2.12(c)(3)).
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.COUNSELOR: frozenset(_CLINICAL | {Permission.WORK_ENQUIRIES}),
    Role.SUPERVISOR: frozenset(
        _CLINICAL
        | {Permission.WORK_ENQUIRIES, Permission.IMPORT_REFERRALS, Permission.READ_DIRECTOR, Permission.READ_ACCESS_LOG}
    ),
    Role.DIRECTOR: frozenset(
        {
            Permission.READ_TODAY,
            Permission.READ_DIRECTOR,
            Permission.READ_SCHEDULE,
            Permission.KEEP_PROGRAM,
            Permission.KEEP_MEMBERS,
            Permission.KEEP_SCHEDULE,
        }
    ),
    Role.PRESCRIBER: frozenset(_CLINICAL),
    Role.NURSE: frozenset(
        _READING
        | {Permission.READ_NOTES, Permission.RECORD_ATTENDANCE, Permission.WRITE_NOTES, Permission.ASSIGN_MEASURES}
    ),
    Role.INTAKE: frozenset(
        {
            Permission.READ_TODAY,
            Permission.READ_CASELOAD,
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
        }
    ),
    Role.BILLER: frozenset({Permission.READ_TODAY, Permission.READ_CASELOAD, Permission.READ_SCHEDULE}),
    Role.FRONT_DESK: frozenset({Permission.READ_TODAY, Permission.READ_SCHEDULE}),
    Role.PEER: frozenset(_READING),
    Role.PRIVACY: frozenset(
        {Permission.READ_TODAY, Permission.READ_ACCESS_LOG, Permission.READ_CHART, Permission.KEEP_CONSENTS}
    ),
    Role.PARTICIPANT: frozenset({Permission.OWN_RECORD}),
    Role.FAMILY: frozenset({Permission.SUPPORT}),
}


def may(roles: Iterable[str], permission: Permission) -> bool:
    """Whether any of the roles grants the permission; deny by default."""
    return permission is Permission.SIGNED_IN or any(permission in GRANTS[Role(role)] for role in roles)
