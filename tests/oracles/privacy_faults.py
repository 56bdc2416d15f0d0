"""Plain implementations that agree with the privacy oracles, and the faults planted in them.

Written the straightforward way, apart from the oracles, with one keyword for each place where a mistake is easy. Taken
up by ``faults.py`` as all others are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Any


def _words(text: str) -> list[str]:
    return text.split()


CLINICIANS = {"counselor", "prescriber", "nurse"}
CARE = CLINICIANS | {"supervisor"}
STAFF = CARE | {"director", "intake", "biller", "front-desk", "peer", "privacy"}
CLINICAL = {"attendance", "diagnoses", "referral", "placement", "plan", "notes", "measures", "check-ins", "medications"}
EVERYDAY = {"contact", "schedule"}
READS: dict[str, set[str]] = {
    **dict.fromkeys(CARE, EVERYDAY | CLINICAL | {"consents", "alerts"}),
    "director": set(),
    "intake": {"contact", "schedule", "diagnoses", "referral", "placement", "consents"},
    "biller": {"attendance", "diagnoses"},
    "front-desk": EVERYDAY,
    "peer": {"contact", "schedule", "attendance", "plan", "measures", "check-ins"},
    "privacy": {"consents", "access-log", "disclosures"},
}
FOR: dict[str, set[str]] = {
    "counselor": {"treatment"},
    "prescriber": {"treatment"},
    "nurse": {"treatment"},
    "supervisor": {"treatment", "operations"},
    "director": {"operations"},
    "intake": {"treatment"},
    "biller": {"payment"},
    "front-desk": {"operations"},
    "peer": {"treatment"},
    "privacy": {"oversight"},
}
NOT_FOR_FAMILY = {
    "notes",
    "measures",
    "check-ins",
    "alerts",
    "consents",
    "access-log",
    "referral",
    "counseling-notes",
    "disclosures",
}


def reads(
    *,
    roles: frozenset[str],
    relation: str,
    purpose: str,
    kind: str,
    label: str,
    family_scope: frozenset[str],
    consent_state: str,
    emergency_open: bool,
    extra: tuple[str, str] = ("", ""),
    less: tuple[str, str] = ("", ""),
    holds: tuple[str, ...] = ("active",),
    scoped: bool = True,
    barred: bool = True,
    labels: bool = True,
    sealed: bool = True,
    sealed_in_emergency: bool = True,
    outsider: int = 404,
    unpermitted: int = 403,
    no_consent: int = 404,
    team_only: tuple[str, ...] = ("counselor", "prescriber", "nurse", "peer"),
    purposes: bool = True,
    mixed: bool = False,
    needs_opening: bool = True,
    emergency: bool = True,
    emergency_opens: tuple[str, ...] = ("counselor", "supervisor", "prescriber", "nurse"),
    consent_for_team: bool = False,
    strangers: bool = False,
    own: bool = True,
    empty_means_all: bool = False,
) -> int:
    """The door, rule by rule."""
    if relation == "nobody":
        return 404
    if relation == "other-program":
        return outsider
    secret = kind == "counseling-notes" or label == "counseling"
    if relation == "self" or (strangers and "participant" in roles):
        return 200 if own and "participant" in roles and purpose == "own" and not secret else 404
    if relation == "supporter":
        if "family" not in roles or consent_state not in holds or not (family_scope or empty_means_all):
            return no_consent
        if (barred and kind in NOT_FOR_FAMILY) or (labels and label != "none") or purpose != "support":
            return 404
        return 200 if kind in family_scope or not scoped or empty_means_all else 404
    staff = roles & STAFF
    if not staff:
        return 404
    if consent_for_team and consent_state in ("revoked", "expired"):
        return unpermitted
    if secret and (sealed if purpose != "emergency" else sealed_in_emergency):
        return unpermitted
    if purpose == "emergency":
        opened = (emergency_open or not needs_opening) and emergency and staff & set(emergency_opens)
        return 200 if opened and (kind in READS["counselor"] or secret) else unpermitted
    kept = labels and label in ("trauma", "family-conflict")
    every_purpose = set().union(*(FOR[role] for role in staff))
    for role in sorted(staff):
        kinds = READS[role] | ({extra[1]} if extra[0] == role else set())
        kinds = kinds - ({less[1]} if less[0] == role else set())
        if purposes and purpose not in (every_purpose if mixed else FOR[role]):
            continue
        if relation != "team" and role in team_only:
            continue
        if kept and role != "supervisor" and not (role in CLINICIANS and relation == "team"):
            continue
        if kind in kinds or (secret and not sealed):
            return 200
    return unpermitted


# A page of one person (or of a session) with all that must be readable for it.
ABOUT_A_PERSON: dict[str, tuple[str, ...]] = {
    "attendance:door": ("schedule",),
    "attendance:roster": ("schedule",),
    "attendance:session": ("schedule", "attendance", "notes"),
    "notes:preview": ("notes",),
    "notes:list": ("notes",),
    "notes:note": ("notes",),
    "consents:list": ("consents",),
    "consents:new": ("consents",),
    "consents:consent": ("consents",),
    "consents:supporters": ("consents",),
    "consents:see_as": ("consents", "plan"),
    "consents:particulars": ("contact",),
    "alerts:alert": ("alerts",),
    "questionnaires:measures": ("measures",),
    "questionnaires:response": ("measures",),
    "admissions:placement": ("placement",),
    "plans:plan": ("plan",),
    "plans:write": ("plan",),
    "plans:diagnoses": ("diagnoses",),
    "plans:print": ("plan",),
    "recovery:check_ins": ("check-ins",),
    "schedule:needs": ("schedule",),
    "schedule:letter": ("schedule",),
    "continuing:review": ("notes", "plan", "measures"),
    "desk:who_looked": ("access-log",),
}
BEFORE_ADMISSION = {"admissions:enquiry", "admissions:referral", "admissions:admit"}
LISTS: dict[str, set[str]] = {
    "alerts:list": CARE,
    "admissions:intake": {"intake"},
    "admissions:referrals": {"intake"},
    "admissions:placements": {"intake", "supervisor"},
    "schedule:week": STAFF,
    "schedule:groups": STAFF,
    "desk:today": STAFF,
    "desk:people": CARE | {"intake", "peer"},
    "desk:find": CARE | {"intake", "front-desk", "peer"},
    "desk:director": {"director"},
    "programs:staff": STAFF,
    "programs:policies": STAFF,
}
OPEN_TO_ALL = {"portal:help", "frontdoor:welcome", "frontdoor:fit"}


def page(
    *,
    page: str,
    role: str,
    relation: str,
    consent_state: str,
    family_scope: frozenset[str],
    holds: tuple[str, ...] = ("active",),
    own_for_staff: bool = False,
    own_for_family: bool = False,
    staff_pages: int = 404,
    sign_in: int = 302,
    open_to_all: tuple[str, ...] = ("portal:help", "frontdoor:welcome", "frontdoor:fit"),
    outsider: int = 404,
    for_all_staff: tuple[str, ...] = (),
    empty: bool = False,
    any_participant: bool = False,
    forgotten: tuple[str, ...] = (),
    **knobs: Any,
) -> int:
    """The page by what it shows."""
    if page in open_to_all:
        return 200
    if relation == "nobody" and page not in forgotten:
        return sign_in
    if page in forgotten:
        return 200
    if page == "portal:support":
        shared = role == "family" and relation == "supporter" and consent_state in holds and (family_scope or empty)
        return 200 if shared else 404
    if page.startswith("portal:"):
        mine = role == "participant" and (relation == "self" or any_participant)
        if (own_for_staff and role in STAFF) or (own_for_family and role == "family" and family_scope):
            return 200
        return 200 if mine else 404
    if role not in STAFF:
        return staff_pages
    if page in LISTS:
        return 200 if role in LISTS[page] else 403
    if relation == "other-program":
        return outsider
    if page in for_all_staff:
        return 200
    if page in BEFORE_ADMISSION:
        return 200 if role == "intake" else 403

    def opens(kind: str) -> bool:
        door = {
            "roles": frozenset({role}),
            "relation": relation,
            "purpose": sorted(FOR[role])[-1],
            "kind": kind,
            "label": "none",
            "family_scope": frozenset(),
            "consent_state": "none",
            "emergency_open": False,
        }
        return reads(**door, **knobs) == 200

    if page == "desk:chart":
        return 200 if any(opens(kind) for kind in set().union(*READS.values())) else 403
    return 200 if all(opens(kind) for kind in ABOUT_A_PERSON[page]) else 403


def reply(*, asker: str, consent_covers: bool, trusted: tuple[str, ...] = (), shy: bool = False) -> str:
    """Neutral, unless a consent covers whoever asks."""
    return "may-confirm" if (consent_covers and not shy) or asker in trusted else "neutral"


def lacks(
    *,
    variant: str,
    given: Any,
    covered_recipient: bool,
    ignore: str = "",
    any_class: bool = False,
    alone: tuple[str, ...] = ("sud_counseling_notes", "legal_proceedings"),
    both_ways: bool = True,
    notes_twice: bool = True,
    endless: tuple[str, ...] = ("tpo_single",),
    study: tuple[str, ...] = ("research",),
    deferred: tuple[str, ...] = ("criminal_justice_2_35",),
    bound: tuple[str, ...] = ("sud_counseling_notes",),
    tpo: tuple[str, ...] = ("tpo_single",),
    covered: bool = True,
    strip: bool = True,
    everything: bool = True,
    members_for: tuple[str, ...] = ("intermediary",),
) -> set[str]:
    """The form, field by field."""

    def blank(name: str) -> bool:
        value = given[name]
        return not (value.strip() if strip and isinstance(value, str) else value)

    fields = {
        "patient_name": "1",
        "discloser": "2",
        "information": "3",
        "recipient": "4",
        "purpose": "5",
        "right_to_revoke": "6",
        "expiry": "7",
        "signature": "8",
        "date_signed": "9",
    }
    found = {element for name, element in fields.items() if blank(name)}
    if not given["sud_explicit"] or (everything and given["information"].lower() in ("everything", "all records")):
        found.add("3")
    if given["purpose"] == "at the request of the patient" and not given["patient_initiated"]:
        found.add("5")
    if given["expiry"] == "none" and variant not in endless:
        found.add("7")
    if given["expiry"] == "end of the research study" and variant not in study:
        found.add("7")
    if not blank("revocable_from") and variant not in deferred:
        found.add("6")
    if variant in tpo:
        found |= {e for e, n in (("10i", "redisclosure_statement"), ("10ii", "refusal_consequences")) if blank(n)}
    if variant in (*tpo, "payer_only") and (covered_recipient or not covered) and blank("hipaa_redisclosure_statement"):
        found.add("4ii")
    if variant in members_for and blank("member_participants"):
        limited = not blank("member_class") and (given["treating_relationship_only"] or any_class)
        if not limited:
            found.add("4i")
    if "fundraising" in given["purpose"].lower() and blank("opt_out_statement"):
        found.add("5f")
    others = set(given["combined_with"]) - ({variant} if notes_twice else set())
    if others and (variant in alone or (both_ways and others & set(alone))):
        found.add("single")
    if variant in bound and given["condition_of_treatment"]:
        found.add("unconditioned")
    return found - {ignore}


def goes_out(
    *,
    basis: str,
    variant: str | None,
    consent_state: str,
    consent_recipients: frozenset[str],
    consent_kinds: frozenset[str],
    recipient: str,
    requested: frozenset[str],
    restricted: bool,
    legal_hold: bool,
    agreement_active: bool,
    proceedings: bool,
    holds: tuple[str, ...] = ("active",),
    tpo_opens: tuple[str, ...] = (),
    subpoena_is_order: bool = False,
    notes: bool = True,
    notes_in_emergency: bool = True,
    whole: bool = False,
    scoped: bool = True,
    named: bool = True,
    anyone_in_emergency: bool = False,
    agreements: tuple[str, ...] = ("audit-2.53", "qsoa"),
    restriction: bool = True,
    hold: bool = True,
    against: tuple[str, ...] = ("legal_proceedings",),
    proceedings_matter: bool = True,
    warn: bool = False,
    consent_for_emergency: bool = False,
    inside: tuple[str, ...] = ("colleague",),
    notes_with_rest: bool = False,
) -> set[str]:
    """What may go out, basis by basis."""
    rest = set(requested) - ({"counseling-notes"} if notes else set())
    if basis == "consent":
        if consent_state not in holds or (restricted and restriction) or (legal_hold and hold):
            return set()
        if proceedings and proceedings_matter and variant not in against:
            return set()
        tpo_never = {"family", "employer", "court", "probation", "school"}
        if variant == "tpo_single" and recipient in tpo_never:
            if recipient not in tpo_opens:
                return set()
        elif named and recipient not in consent_recipients:
            return set()
        if whole and not requested <= consent_kinds:
            return set()
        scope = set(requested & consent_kinds) if scoped else set(requested)
        if variant == "sud_counseling_notes":
            return scope if notes_with_rest else scope & {"counseling-notes"}
        return scope & rest
    if proceedings and proceedings_matter and basis not in ("court-order", "subpoena"):
        return set()
    if basis == "emergency-2.51":
        if consent_for_emergency and consent_state == "revoked":
            return set()
        medical = recipient in ("hospital", "provider") or anyone_in_emergency
        return (rest if notes_in_emergency else set(requested)) if medical else set()
    if basis in agreements and not agreement_active:
        return set()
    if basis == "audit-2.53":
        return rest if recipient in ("auditor", "payer") and not (legal_hold and hold) else set()
    if basis == "qsoa":
        stopped = (restricted and restriction) or (legal_hold and hold)
        return rest if recipient == "vendor" and not stopped else set()
    if basis == "court-order" or (basis == "subpoena" and subpoena_is_order):
        return rest if recipient == "court" and not (legal_hold and hold) else set()
    if basis == "own-access":
        return rest if recipient == "the-person" else set()
    if basis == "child-abuse":
        return rest & {"contact"} if recipient == "child-protection" else set()
    if basis == "internal":
        return rest if recipient in inside and not (restricted and restriction) else set()
    if basis == "duty-to-warn" and warn:
        return rest
    return set()


def along(
    *,
    basis: str,
    variant: str | None,
    consent_state: str,
    without_notice: tuple[str, ...] = (),
    copy: bool = True,
    always: bool = False,
) -> set[str]:
    """The notice and the consent."""
    if basis == "consent" and consent_state == "active":
        return ({"notice"} if variant not in without_notice else set()) | ({"consent-copy"} if copy else set())
    return {"notice"} if always else set()


def listed(
    *,
    at_day: date,
    disclosures: Any,
    days: int | None = None,
    years: int = 3,
    tpo: str = "ours",
    bases: tuple[str, ...] = ("consent",),
    ours_only: bool = False,
    future: bool = False,
) -> list[int]:
    """The accounting."""
    leap = (at_day.month, at_day.day) == (2, 29)
    since = date(at_day.year - years, 3, 1) if leap else at_day.replace(year=at_day.year - years)
    if days:
        since = at_day - timedelta(days=days)
    found = []
    for i, (day, basis, variant, by_software) in enumerate(disclosures):
        if basis not in bases or day < since or (day > at_day and not future):
            continue
        for_tpo = variant in ("tpo_single", "payer_only")
        if (for_tpo and (tpo == "never" or (tpo == "ours" and not by_software))) or (ours_only and not by_software):
            continue
        found.append(i)
    return found


def may_be_notice(
    *, text: str, pattern: str = r"\buse\s+or\b", rule: str = r"42\s+cfr\s+part\s+2\b", case: bool = False
) -> bool:
    """The words, by pattern."""
    flags = re.NOFLAG if case else re.IGNORECASE
    return bool(re.search(pattern, text, flags) and re.search(rule, text, flags))


def emergency_access(
    *,
    given: Any,
    asked_at: Any,
    at: Any,
    skip: str = "",
    minutes: int = 60,
    inclusive: bool = False,
    off: int = 0,
    strip: bool = True,
    first: bool = False,
    from_form: bool = False,
    early: bool = False,
    ask: bool = True,
) -> Any:
    """The emergency, field by field and minute by minute."""
    missing = {
        name
        for name, value in given.items()
        if name != skip and not (value.strip() if strip and isinstance(value, str) else value)
    }
    if missing and ask:
        return set(sorted(missing)[:1]) if first else missing
    start = given["opened_at"] if from_form and given["opened_at"] else asked_at
    end = start + timedelta(minutes=minutes, seconds=off)
    if at < start and not early:
        return "closed"
    return "open" if at < end or (inclusive and at == end) else "closed"


def review(*, opened_at: Any, hours: int = 72, wall: bool = False) -> Any:
    """72 hours later."""
    if wall:
        return opened_at + timedelta(hours=hours)
    return opened_at.astimezone(UTC) + timedelta(hours=hours)


def suppress(
    *,
    counts: Any,
    threshold: int,
    inclusive: bool = False,
    fixed: int = 0,
    complement: bool = True,
    zero: bool = True,
    blank: Any = None,
    whole: bool = False,
) -> list[Any]:
    """Small cells out, and the next smallest with a single one."""
    limit = fixed or threshold
    small = [i for i, n in enumerate(counts) if (n < limit or (inclusive and n == limit)) and (n or zero)]
    if complement and len(small) == 1 and len(counts) > 1:
        small.append(min((i for i in range(len(counts)) if i not in small), key=lambda i: counts[i]))
    if whole and small:
        return [blank] * len(counts)
    return [blank if i in small else n for i, n in enumerate(counts)]


SPARSE = _words("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893")
PLAIN_FIELDS = (
    "state",
    "sex",
    "diagnosis_code",
    "level_of_care",
    "phq9_total",
    "attendance_rate",
    "sessions_attended",
)


def strip_identifiers(
    *,
    record: Any,
    also: tuple[str, ...] = (),
    oldest: int = 89,
    exact_dates: bool = False,
    month: bool = False,
    zip_digits: int = 3,
    sparse: bool = True,
    old_birth_year: bool = False,
    deny: bool = True,
    drop_age: bool = False,
) -> dict[str, Any]:
    """The record without the 18 identifiers."""
    kept: dict[str, Any] = {}
    old = "age" in record and record["age"] > oldest
    for name, value in record.items():
        if name in PLAIN_FIELDS or name in also:
            kept[name] = value
        elif name.endswith("_date") or name == "session_start":
            if name == "birth_date" and old and not old_birth_year:
                continue
            kept[name] = value.isoformat()[: 10 if exact_dates else 7 if month else 4]
        elif name == "age" and not drop_age:
            kept[name] = "90+" if old else value
        elif name == "zip":
            kept[name] = "000" if sparse and value[:3] in SPARSE else value[:zip_digits]
        elif not deny and name in ("tattoo", "mothers_maiden_name", "nickname"):
            kept[name] = value
    return kept


def notices(
    *,
    expires_on: date,
    today: date,
    sent: frozenset[int],
    steps: tuple[int, ...] = (30, 14, 7),
    exact: bool = False,
    repeat: bool = False,
    all_due: bool = False,
    widest: bool = False,
    late: bool = False,
    off: int = 0,
) -> set[int]:
    """The nearest step that is reached."""
    left = (expires_on - today).days
    if left < 0 and not late:
        return set()
    reached = [step for step in steps if (left == step if exact else left <= step + off)]
    if not reached:
        return set()
    if all_due:
        return set(reached) - sent
    due = {max(reached) if widest else min(reached)}
    return due if repeat else due - sent


PLAIN: dict[str, Callable[..., Any]] = {
    "privacy.read": reads,
    "privacy.pages": page,
    "privacy.recipient_reply": reply,
    "privacy.missing": lacks,
    "privacy.release": goes_out,
    "privacy.attached": along,
    "privacy.accounting": listed,
    "privacy.notice_ok": may_be_notice,
    "privacy.emergency": emergency_access,
    "privacy.review_due": review,
    "privacy.small_cells": suppress,
    "privacy.deidentified": strip_identifiers,
    "privacy.expiry_notices": notices,
}

_FIELDS = (
    "medical_personnel",
    "facility",
    "discloser",
    "opened_at",
    "nature",
    "justification",
    "minimum_necessary",
)
_IDENTIFIERS = _words(
    "name relative_name employer_name street_address city county precinct phone fax email ssn record_number"
    " health_plan_number account_number license_number vehicle_plate device_serial url ip_address fingerprint photo"
    " participant_code note_text goal_text comment"
)

KNOBS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "privacy.read": (
        ("a peer reads notes", {"extra": ("peer", "notes")}),
        ("a biller reads notes", {"extra": ("biller", "notes")}),
        ("a biller reads the plan", {"extra": ("biller", "plan")}),
        ("the front desk reads diagnoses", {"extra": ("front-desk", "diagnoses")}),
        ("the front desk reads alerts", {"extra": ("front-desk", "alerts")}),
        ("the director reads plans", {"extra": ("director", "plan")}),
        ("the privacy officer reads notes", {"extra": ("privacy", "notes")}),
        ("the privacy officer cannot read the access log", {"less": ("privacy", "access-log")}),
        ("a biller cannot read diagnoses", {"less": ("biller", "diagnoses")}),
        ("a counselor cannot read medication", {"less": ("counselor", "medications")}),
        ("a revoked consent counts as active", {"holds": ("active", "revoked")}),
        ("an expired consent counts as active", {"holds": ("active", "expired")}),
        ("a draft counts as active", {"holds": ("active", "draft")}),
        ("no consent counts as active", {"holds": ("active", "none")}),
        ("the scope is ignored for family", {"scoped": False}),
        ("a consent without a kind names all", {"empty_means_all": True}),
        ("family reads notes in scope", {"barred": False}),
        ("labels are ignored", {"labels": False}),
        ("counseling notes open to the team", {"sealed": False}),
        ("counseling notes open in an emergency", {"sealed_in_emergency": False}),
        ("another program gets 403", {"outsider": 403}),
        ("another program gets in", {"outsider": 200}),
        ("an unpermitted colleague gets 404", {"unpermitted": 404}),
        ("family without a consent gets 403", {"no_consent": 403}),
        ("a peer reads beyond the team", {"team_only": ("counselor", "prescriber", "nurse")}),
        ("a clinician reads beyond the team", {"team_only": ("peer",)}),
        (
            "the supervisor reads the team alone",
            {"team_only": ("counselor", "prescriber", "nurse", "peer", "supervisor")},
        ),
        ("the purpose is ignored", {"purposes": False}),
        ("one role's purpose opens another's kinds", {"mixed": True}),
        ("an emergency needs no opening", {"needs_opening": False}),
        ("an emergency opens nothing", {"emergency": False}),
        ("a revoked consent shuts out the team", {"consent_for_team": True}),
        ("another participant reads as if it were their own", {"strangers": True}),
        ("the person cannot read their own record", {"own": False}),
    ),
    "privacy.pages": (
        ("a revoked consent still opens the supporter's page", {"holds": ("active", "revoked")}),
        ("an expired consent still opens the supporter's page", {"holds": ("active", "expired")}),
        ("a draft opens the supporter's page", {"holds": ("active", "draft")}),
        ("a consent without a kind opens the supporter's page", {"empty": True}),
        ("staff see the participant's own pages", {"own_for_staff": True}),
        ("family sees the participant's own pages", {"own_for_family": True}),
        ("another participant sees one's own pages", {"any_participant": True}),
        ("pages of staff answer 403 to participants", {"staff_pages": 403}),
        ("pages of staff open to participants", {"staff_pages": 200}),
        ("nobody gets 404 instead of the sign-in page", {"sign_in": 404}),
        ("help asks for a sign-in", {"open_to_all": ("frontdoor:welcome", "frontdoor:fit")}),
        ("another program gets 403", {"outsider": 403}),
        ("another program gets in", {"outsider": 200}),
        *(
            (f"the guard of {name} is forgotten for staff", {"for_all_staff": (name,)})
            for name in sorted({*ABOUT_A_PERSON, *BEFORE_ADMISSION, "desk:chart"})
        ),
        *(
            (f"the guard of {name} is forgotten", {"forgotten": (name,)})
            for name in sorted(
                {*ABOUT_A_PERSON, *BEFORE_ADMISSION, *LISTS, "desk:chart", "portal:me", "portal:support"}
            )
        ),
        ("a peer reads notes", {"extra": ("peer", "notes")}),
        ("a biller reads the plan", {"extra": ("biller", "plan")}),
        ("the front desk reads alerts", {"extra": ("front-desk", "alerts")}),
        ("a clinician reads beyond the team", {"team_only": ("peer",)}),
    ),
    "privacy.recipient_reply": (
        *(
            (f"the {asker} is told", {"trusted": (asker,)})
            for asker in ("police", "spouse", "parent-of-a-minor", "insurer", "process-server", "hospital", "employer")
        ),
        ("a consent does not help", {"shy": True}),
    ),
    "privacy.missing": (
        *(
            (f"element {e} is never asked", {"ignore": e})
            for e in _words("1 2 3 4 4i 4ii 5 5f 6 7 8 9 10i 10ii single unconditioned")
        ),
        ("a general class needs no treating relationship", {"any_class": True}),
        ("members are asked of an app too", {"members_for": ("intermediary", "app_vendor")}),
        ("notes may be merged", {"alone": ("legal_proceedings",)}),
        ("legal proceedings may be merged", {"alone": ("sud_counseling_notes",)}),
        ("merging is looked at from one side", {"both_ways": False}),
        ("two notes consents may not share", {"notes_twice": False}),
        ("payers' consents may be endless", {"endless": ("tpo_single", "payer_only")}),
        ("research may be endless", {"endless": ("tpo_single", "research")}),
        ("no consent may be endless", {"endless": ()}),
        ("research may not end with the study", {"study": ()}),
        ("any consent may put off its revocation", {"deferred": ("criminal_justice_2_35", "named_disclosure")}),
        ("criminal justice may not put off its revocation", {"deferred": ()}),
        ("no consent may be a condition of treatment", {"bound": ("sud_counseling_notes", "tpo_single")}),
        ("the two statements are asked of families", {"tpo": ("tpo_single", "family_person")}),
        ("whether the recipient is covered is ignored", {"covered": False}),
        ("blanks pass", {"strip": False}),
    ),
    "privacy.release": (
        ("a revoked consent counts as active", {"holds": ("active", "revoked")}),
        ("an expired consent counts as active", {"holds": ("active", "expired")}),
        ("a draft counts as active", {"holds": ("active", "draft")}),
        ("a TPO consent opens family", {"tpo_opens": ("family",)}),
        ("a TPO consent opens probation", {"tpo_opens": ("probation",)}),
        ("a TPO consent opens the school", {"tpo_opens": ("school",)}),
        ("a subpoena is treated as a court order", {"subpoena_is_order": True}),
        ("counseling notes go with the rest", {"notes": False}),
        ("counseling notes go in an emergency", {"notes_in_emergency": False}),
        ("one kind out of scope blocks all", {"whole": True}),
        ("the scope is ignored", {"scoped": False}),
        ("the recipient is ignored", {"named": False}),
        ("an emergency opens to anyone", {"anyone_in_emergency": True}),
        ("an audit needs no agreement", {"agreements": ("qsoa",)}),
        ("a service organization needs no agreement", {"agreements": ("audit-2.53",)}),
        ("a restriction is ignored", {"restriction": False}),
        ("a legal hold is ignored", {"hold": False}),
        ("any consent serves a proceeding", {"proceedings_matter": False}),
        (
            "a criminal-justice consent serves a proceeding",
            {"against": ("legal_proceedings", "criminal_justice_2_35")},
        ),
        ("a TPO consent serves a proceeding", {"against": ("legal_proceedings", "tpo_single")}),
        ("a duty to warn opens the record", {"warn": True}),
        ("a revoked consent stops an emergency", {"consent_for_emergency": True}),
        ("internal reaches an outside provider", {"inside": ("colleague", "provider")}),
    ),
    "privacy.attached": (
        ("no notice with a TPO consent", {"without_notice": ("tpo_single",)}),
        ("no notice to family", {"without_notice": ("family_person",)}),
        ("no notice to an app", {"without_notice": ("app_vendor",)}),
        ("no consent copy", {"copy": False}),
        ("a notice with one's own record", {"always": True}),
    ),
    "privacy.accounting": (
        ("3 years are 36 months of 30 days", {"days": 36 * 30}),
        ("3 years are 3 times 360 days", {"days": 3 * 360 + 8}),
        ("6 years", {"years": 6}),
        ("2 years", {"years": 2}),
        ("TPO disclosures are all listed", {"tpo": "always"}),
        ("TPO disclosures are never listed", {"tpo": "never"}),
        ("own access is listed", {"bases": ("consent", "own-access")}),
        ("emergencies are listed", {"bases": ("consent", "emergency-2.51")}),
        ("what was sent by hand is left out", {"ours_only": True}),
        ("what is still to be sent is listed", {"future": True}),
    ),
    "privacy.notice_ok": (
        ("the old short notice passes", {"pattern": "disclosure"}),
        ("the words are found inside others", {"pattern": r"use\s+or"}),
        ("a line break breaks the words", {"pattern": r"\buse or\b"}),
        ("only the short notice passes", {"pattern": "unauthorized use or"}),
        ("capitals do not pass", {"case": True}),
        ("anything passes", {"pattern": "", "rule": ""}),
        ("any text about the rule passes", {"pattern": ""}),
    ),
    "privacy.emergency": (
        *((f"{field} is not asked", {"skip": field}) for field in _FIELDS),
        ("open for 72 hours", {"minutes": 72 * 60}),
        ("open for a day", {"minutes": 24 * 60}),
        ("open for half an hour", {"minutes": 30}),
        ("one second too long", {"off": 2}),
        ("one second too short", {"off": -1}),
        ("open in the 3600th second", {"inclusive": True}),
        ("blanks pass", {"strip": False}),
        ("only the first blank is named", {"first": True}),
        ("the form sets the clock", {"from_form": True}),
        ("open before it was asked", {"early": True}),
        ("no field is asked", {"ask": False}),
    ),
    "privacy.review_due": (
        ("73 hours", {"hours": 73}),
        ("three days by the wall clock", {"wall": True}),
        ("at once", {"hours": 0}),
        ("a week", {"hours": 168}),
    ),
    "privacy.small_cells": (
        ("11 is small", {"inclusive": True}),
        ("the threshold cannot be set", {"fixed": 11}),
        ("a single small cell can be computed", {"complement": False}),
        ("zero is printed", {"zero": False}),
        ("small cells are printed as zero", {"blank": 0}),
        ("small cells are printed as text", {"blank": "<11"}),
        ("one small cell hides the whole row", {"whole": True}),
    ),
    "privacy.deidentified": (
        *((f"{field} stays", {"also": (field,)}) for field in _IDENTIFIERS),
        ("the exact age of somebody of 90", {"oldest": 90}),
        ("89 is already 90+", {"oldest": 88}),
        ("a very old person's exact age", {"oldest": 200}),
        ("exact dates stay", {"exact_dates": True}),
        ("the month stays", {"month": True}),
        ("five digits of the ZIP code", {"zip_digits": 5}),
        ("sparse ZIP prefixes stay", {"sparse": False}),
        ("the birth year tells of an age over 89", {"old_birth_year": True}),
        ("fields nobody knows stay", {"deny": False}),
        ("no age at all", {"drop_age": True}),
    ),
    "privacy.expiry_notices": (
        ("only on the very day", {"exact": True}),
        ("sent again each day", {"repeat": True}),
        ("all that are due at once", {"all_due": True}),
        ("the widest goes first", {"widest": True}),
        ("after the end", {"late": True}),
        ("one day too early", {"off": 1}),
        ("one day too late", {"off": -1}),
        ("no notice at 14 days", {"steps": (30, 7)}),
    ),
}
