"""Kinds of information, the fields of each, and what the program keeps from whom. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of information, as a consent names them and the guard asks for them."""

    CONTACT = "contact"
    SCHEDULE = "schedule"
    ATTENDANCE = "attendance"
    DIAGNOSES = "diagnoses"
    REFERRAL = "referral"
    PLACEMENT = "placement"
    PLAN = "plan"
    NOTES = "notes"
    MEASURES = "measures"
    CHECKINS = "check-ins"
    MEDICATIONS = "medications"
    CONSENTS = "consents"
    ALERTS = "alerts"
    ACCESS_LOG = "access-log"
    DISCLOSURES = "disclosures"
    COUNSELING_NOTES = "counseling-notes"


KIND_WORDS: Mapping[Kind, str] = {
    Kind.CONTACT: "name and contact details",
    Kind.SCHEDULE: "sessions and schedule",
    Kind.ATTENDANCE: "attendance",
    Kind.DIAGNOSES: "diagnoses, including substance use disorder",
    Kind.REFERRAL: "referral records",
    Kind.PLACEMENT: "assessment and level of care",
    Kind.PLAN: "treatment plan and progress",
    Kind.NOTES: "session notes",
    Kind.MEASURES: "questionnaire results",
    Kind.CHECKINS: "daily check-ins",
    Kind.MEDICATIONS: "medication",
    Kind.CONSENTS: "consents",
    Kind.ALERTS: "alerts",
    Kind.ACCESS_LOG: "who opened the record",
    Kind.DISCLOSURES: "what left the program",
    Kind.COUNSELING_NOTES: "substance use counseling notes",
}
# The fields of each kind, in the order a page shows them. A field a role does not need is left out of its page.
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONTACT: (
        "name", "preferred name", "pronouns", "record number", "birth date", "phone", "email", "address", "language",
        "emergency contact", "strengths",
    ),
    Kind.SCHEDULE: ("name", "session", "day", "time", "place", "leader"),
    Kind.ATTENDANCE: ("session", "day", "minutes", "status", "reason"),
    Kind.DIAGNOSES: ("code", "words", "since", "recorded by"),
    Kind.REFERRAL: ("sender", "reason", "documents"),
    Kind.PLACEMENT: ("level", "dates", "ratings", "evidence", "decision"),
    Kind.PLAN: ("problems", "goals", "objectives", "services", "own words", "signatures"),
    Kind.NOTES: ("session", "objectives", "words", "signature"),
    Kind.MEASURES: ("questionnaire", "day", "score", "answers"),
    Kind.CHECKINS: ("day", "mood", "craving", "safety", "use", "words"),
    Kind.MEDICATIONS: ("medication", "dose", "prescriber", "use"),
    Kind.CONSENTS: ("form", "receiver", "kinds", "dates", "text"),
    Kind.ALERTS: ("level", "words", "due time", "owner", "outcome"),
    Kind.ACCESS_LOG: ("who", "time", "kind", "rule"),
    Kind.DISCLOSURES: ("receiver", "day", "what", "purpose", "basis"),
    Kind.COUNSELING_NOTES: ("words",),
}  # fmt: skip
# What a clinician never shares by role and no ordinary consent names (42 CFR 2.11, 2.31(b)).
SEPARATE = frozenset({Kind.COUNSELING_NOTES})
# The program's own books about a record: no one outside is sent them as records of care.
BOOKS = frozenset({Kind.ALERTS, Kind.ACCESS_LOG, Kind.CONSENTS, Kind.DISCLOSURES})
# A supporter never sees these, whatever a consent says (program rule; notes stay in the room they were written for).
NEVER_FOR_FAMILY = frozenset({Kind.NOTES, Kind.MEASURES, Kind.CHECKINS, Kind.REFERRAL}) | BOOKS | SEPARATE
# What a supporter's own page has a place for: this is offered, opened and shown, and no other kind is any of the three.
SHAREABLE_WITH_FAMILY = (Kind.SCHEDULE, Kind.ATTENDANCE, Kind.PLAN, Kind.DIAGNOSES, Kind.CONTACT)
# Of these, the fields a supporter's page shows; a goal marked sensitive is left out of it.
FAMILY_FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.SCHEDULE: frozenset({"session", "day", "time"}),
    Kind.ATTENDANCE: frozenset({"minutes"}),
    Kind.PLAN: frozenset({"goals"}),
    Kind.DIAGNOSES: frozenset({"words"}),
    Kind.CONTACT: frozenset({"name", "phone", "email", "address"}),
}
# The least a payer needs to pay or to authorize (45 CFR 164.502(b), 42 CFR 2.13(a)); no narrative, no reasons.
PAYER_FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.CONTACT: frozenset({"name", "record number", "birth date", "address"}),
    Kind.ATTENDANCE: frozenset({"session", "day", "minutes"}),
    Kind.DIAGNOSES: frozenset({"code", "words"}),
    Kind.PLACEMENT: frozenset({"level", "dates"}),
    Kind.PLAN: frozenset({"problems", "goals", "objectives", "services"}),
    Kind.MEASURES: frozenset({"questionnaire", "day", "score"}),
}
# Emergency access: what may be opened for medical personnel, to the extent necessary (42 CFR 2.51(a)). Session notes,
# check-ins, consents and who looked are never among it.
EMERGENCY_KINDS = (Kind.CONTACT, Kind.DIAGNOSES, Kind.MEDICATIONS, Kind.PLACEMENT, Kind.MEASURES, Kind.ALERTS)


# Where items stand that can be marked as sensitive.
LABELLED = frozenset({Kind.NOTES, Kind.PLAN})


class Label(StrEnum):
    """What makes one item of a record sensitive, so that it opens to fewer people than the kind it belongs to."""

    NONE = ""
    TRAUMA = "trauma"
    FAMILY = "family-conflict"
    COUNSELING = "counseling"


LABEL_WORDS: Mapping[Label, str] = {
    Label.NONE: "Not sensitive",
    Label.TRAUMA: "Sensitive: trauma",
    Label.FAMILY: "Sensitive: family conflict",
    Label.COUNSELING: "Sensitive: talk in counseling",
}
LABEL_HINT = "Sensitive items open to the care team and supervisors alone. They stay out of what is shared or printed."
