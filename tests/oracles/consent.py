"""Consent elements, consent in time, release within scope, and who may open what.

Sources: 42 CFR 2.31(a)(1) to (a)(9) and (a)(10) with (a)(4)(ii) for the elements; 42 CFR 2.31(c) for consents that do
not hold; 42 CFR 2.13 (confirming that someone is a participant is itself a disclosure); 42 CFR 2.23 (a person may see
their own record); 42 CFR 2.12(c)(3) (within the program, by need of duty). Program rules: strangers get 404,
colleagues without the permission 403, family sees nothing without a consent and never clinical notes; a consent ends
in the very second of its expiry or revocation.

Style: elements are tick marks in a printed matrix; time is a strip of seconds painted one by one; access is a printed
table.

Signatures an adapter must offer:

``consent.missing``  (*, kind: "tpo_single" | "named_disclosure" | "family_person", given: Mapping,
                     recipient_is_covered_entity: bool) -> iterable of missing element ids (keys of ``ELEMENTS``)
                     given has the keys of ``FULL``; an element is given when it is neither blank nor False. Further:
                     information that is only "everything" or "all records", or does not name substance use
                     (sud_explicit False), leaves "3" missing; purpose "at the request of the patient" stands only if
                     patient_initiated; expiry "none" stands only for tpo_single.
``consent.active``   (*, signed_at: datetime | None, revoked_at: datetime | None, expires_at: datetime | None, at:
                     datetime) -> bool
``consent.release``  (*, consented_recipients: frozenset[str], consented_kinds: frozenset[str], active: bool,
                     recipient: str, requested: frozenset[str]) -> iterable of the kinds that may go out (a kind out
                     of scope is taken out, the rest goes; a recipient out of scope gets nothing).
``consent.access``   (*, viewer: str, kind: str, scope: frozenset[str]) -> 200 | 403 | 404
                     viewer in ``VIEWERS``, kind in ``KINDS``; scope is what the family consent covers (empty for
                     others).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

from .comparison import Given, OneOf, Oracle, Row

# element id -> (field of the form, kinds that need it: T tpo_single, N named_disclosure, F family_person; lower case
# only where the recipient is a covered entity or business associate)
ELEMENTS: dict[str, tuple[str, str]] = {
    "1": ("patient_name", "TNF"),
    "2": ("discloser", "TNF"),
    "3": ("information", "TNF"),
    "4": ("recipient", "TNF"),
    "4ii": ("hipaa_redisclosure_statement", "t"),
    "5": ("purpose", "TNF"),
    "6": ("right_to_revoke", "TNF"),
    "7": ("expiry", "TNF"),
    "8": ("signature", "TNF"),
    "9": ("date_signed", "TNF"),
    "10i": ("redisclosure_statement", "T"),
    "10ii": ("refusal_consequences", "T"),
}
LETTER = {"tpo_single": "T", "named_disclosure": "N", "family_person": "F"}
TPO = "treatment, payment and health care operations"
AT_REQUEST = "at the request of the patient"

FULL: dict[str, Any] = {
    "patient_name": "Robin Ashgrove",
    "discloser": "Larkmeadow",
    "information": "attendance and treatment plan, including substance use disorder treatment",
    "sud_explicit": True,
    "recipient": "my treating providers, health plans and people helping to operate this program",
    "hipaa_redisclosure_statement": True,
    "purpose": TPO,
    "patient_initiated": False,
    "right_to_revoke": True,
    "expiry": "2027-10-14",
    "signature": "Robin Ashgrove",
    "date_signed": "2026-10-14",
    "redisclosure_statement": True,
    "refusal_consequences": True,
}


def missing(*, kind: str, given: Given, recipient_is_covered_entity: bool) -> frozenset[str]:
    """The ids of the elements this form still lacks: the column of the matrix minus the ticks."""
    letters = LETTER[kind] + (LETTER[kind].lower() if recipient_is_covered_entity else "")
    needed = {element for element, (_, kinds) in ELEMENTS.items() if set(kinds) & set(letters)}
    ticked = {
        element for element, (name, _) in ELEMENTS.items() if str(given[name]).strip() not in ("", "False", "None")
    }
    text = {name: str(value).strip().lower() for name, value in given.items()}
    struck = set()
    if text["information"] in ("everything", "all records") or text["sud_explicit"] != "true":
        struck.add("3")
    if text["purpose"] == AT_REQUEST and text["patient_initiated"] != "true":
        struck.add("5")
    if text["expiry"] == "none" and letters[0] != "T":
        struck.add("7")
    return frozenset(needed - (ticked - struck))


START = datetime(2026, 10, 14, 18, 0, 0, tzinfo=UTC)


def active(
    *, signed_at: datetime | None, revoked_at: datetime | None, expires_at: datetime | None, at: datetime
) -> bool:
    """Whether the second ``at`` is still painted after signing paints and ending wipes."""
    strip = dict.fromkeys(range(-120, 121), False)

    def place(moment: datetime) -> int:
        return int((moment - START).total_seconds())

    for second in strip:
        if signed_at is not None and second in range(place(signed_at), 121):
            strip[second] = True
        for end in (revoked_at, expires_at):
            if end is not None and second in range(place(end), 121):
                strip[second] = False
    return strip[place(at)]


def release(
    *,
    consented_recipients: frozenset[str],
    consented_kinds: frozenset[str],
    active: bool,
    recipient: str,
    requested: frozenset[str],
) -> frozenset[str]:
    """The kinds that may go to this recipient now, each one judged alone."""
    allowed = {(r, k) for r in consented_recipients for k in consented_kinds} if active else set()
    return frozenset(kind for kind in requested if (recipient, kind) in allowed)


# Columns in the order of KINDS. Y 200, 3 403, 4 404, x 403 or 404, y 200 or 403 (the source leaves it to the program),
# - anything (not compared), s: 200 if in the consent's scope, else 403 or 404.
KINDS = ("schedule", "plan", "measures", "notes", "attendance", "check_ins", "medications", "contact")
PRINTED = """
treating_staff             Y Y Y Y Y Y Y Y
program_staff_permitted    Y Y Y Y Y Y Y Y
program_staff_unpermitted  3 3 3 3 3 3 3 3
front_desk                 Y 3 3 3 y 3 3 y
billing                    y y 3 3 y 3 y y
outsider_staff             4 4 4 4 4 4 4 4
self                       Y Y Y - Y Y Y Y
other_participant          4 4 4 4 4 4 4 4
family_active              s s s x s s s s
family_none                4 4 4 4 4 4 4 4
family_expired             4 4 4 4 4 4 4 4
family_revoked             4 4 4 4 4 4 4 4
"""
SIGNS = {"Y": {200}, "3": {403}, "4": {404}, "x": {403, 404}, "y": {200, 403}, "-": {200, 403, 404}}
GRID = {
    (viewer, kind): sign
    for viewer, *signs in (line.split() for line in PRINTED.strip().splitlines())
    for kind, sign in zip(KINDS, signs, strict=True)
}
VIEWERS = tuple(dict.fromkeys(viewer for viewer, _ in GRID))


def access(*, viewer: str, kind: str, scope: frozenset[str] = frozenset()) -> OneOf:
    """The statuses that may answer this viewer for this kind of information."""
    sign = GRID[viewer, kind]
    if sign == "s":
        sign = "Y" if kind in scope else "x"
    return OneOf(SIGNS[sign])


def _form(kind: str, lacking: str, *, entity: bool = False, reading: str = "", **changed: Any) -> Row:
    purpose = TPO if kind == "tpo_single" else "help with my appointments"
    given = {"kind": kind, "given": {**FULL, "purpose": purpose, **changed}, "recipient_is_covered_entity": entity}
    return Row("consent.missing", given, frozenset(lacking.split()), reading)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


SAME_SECOND = "whether a consent holds in the very second of its signing"


def _when(
    expected: bool, signed: int | None, revoked: int | None, expires: int | None, at: int, reading: str = ""
) -> Row:
    given = {
        "signed_at": _moment(signed),
        "revoked_at": _moment(revoked),
        "expires_at": _moment(expires),
        "at": _moment(at),
    }
    return Row("consent.active", given, expected, reading)


def _goes(
    expected: str, recipient: str, requested: str, *, active: bool = True, kinds: str = "attendance schedule"
) -> Row:
    given = {
        "consented_recipients": frozenset({"Dr. Alder", "County court"}),
        "consented_kinds": frozenset(kinds.split()),
        "active": active,
        "recipient": recipient,
        "requested": frozenset(requested.split()),
    }
    return Row("consent.release", given, frozenset(expected.split()))


def _may(expected: set[int], viewer: str, kind: str, *scope: str) -> Row:
    return Row("consent.access", {"viewer": viewer, "kind": kind, "scope": frozenset(scope)}, OneOf(expected))


NO_STATEMENTS = {"redisclosure_statement": False, "refusal_consequences": False, "hipaa_redisclosure_statement": False}

TABLE: tuple[Row, ...] = (
    _form("tpo_single", ""),
    _form("tpo_single", "", entity=True),
    _form("tpo_single", "10i 10ii", **NO_STATEMENTS),
    _form("tpo_single", "4ii 10i 10ii", entity=True, **NO_STATEMENTS),
    _form("tpo_single", "4ii", entity=True, hipaa_redisclosure_statement=False),
    _form("tpo_single", "", expiry="none"),
    _form("tpo_single", "7", expiry=""),
    _form("tpo_single", "7", expiry="   "),
    _form("tpo_single", "3", information="everything"),
    _form("tpo_single", "3", sud_explicit=False),
    _form("tpo_single", "8 9", signature="", date_signed=""),
    _form("named_disclosure", "", **NO_STATEMENTS),
    _form("named_disclosure", "7", expiry="none"),
    _form("named_disclosure", "", expiry="end of treatment"),
    _form("named_disclosure", "1", patient_name=""),
    _form("named_disclosure", "2", discloser=" "),
    _form("named_disclosure", "3", information="all records"),
    _form("named_disclosure", "4", recipient=""),
    _form("named_disclosure", "5", purpose=""),
    _form("named_disclosure", "5", purpose=AT_REQUEST),
    _form("named_disclosure", "", purpose=AT_REQUEST, patient_initiated=True),
    _form("named_disclosure", "6", right_to_revoke=False),
    _form("named_disclosure", "8", signature=""),
    _form("named_disclosure", "9", date_signed=""),
    _form("family_person", "", **NO_STATEMENTS),
    _form("family_person", "7", expiry="none"),
    _form("family_person", "3", sud_explicit=False),
    _form("family_person", "4 6", recipient="", right_to_revoke=False, **NO_STATEMENTS),
    _when(True, 0, None, None, 60),
    _when(False, None, None, None, 60),
    _when(False, 10, None, None, 9),
    _when(True, 10, None, None, 10, SAME_SECOND),
    _when(True, 0, 30, None, 29),
    _when(False, 0, 30, None, 30),
    _when(False, 0, 30, None, 31),
    _when(True, 0, None, 30, 29),
    _when(False, 0, None, 30, 30),
    _when(False, 0, 40, 30, 35),
    _when(False, 0, 30, 40, 35),
    _goes("attendance", "Dr. Alder", "attendance"),
    _goes("attendance schedule", "Dr. Alder", "attendance schedule"),
    _goes("attendance", "County court", "attendance notes"),
    _goes("", "Dr. Elm", "attendance"),
    _goes("", "Dr. Alder", "notes"),
    _goes("", "Dr. Alder", "attendance", active=False),
    _may({200}, "treating_staff", "notes"),
    _may({403}, "program_staff_unpermitted", "schedule"),
    _may({403}, "front_desk", "notes"),
    _may({403}, "billing", "notes"),
    _may({404}, "outsider_staff", "contact"),
    _may({200}, "self", "measures"),
    _may({404}, "other_participant", "schedule"),
    _may({200}, "family_active", "schedule", "schedule", "attendance"),
    _may({403, 404}, "family_active", "measures", "schedule", "attendance"),
    _may({403, 404}, "family_active", "notes", "schedule", "notes"),
    _may({404}, "family_none", "schedule"),
    _may({404}, "family_expired", "schedule", "schedule"),
    _may({404}, "family_revoked", "attendance", "attendance"),
)


def _forms() -> Iterator[tuple[Given, str]]:
    names = sorted({name for name, _ in ELEMENTS.values()} | {"sud_explicit"})
    dice = random.Random(31)
    leave_out = [
        *combinations(names, 0),
        *combinations(names, 1),
        *combinations(names, 2),
        *(tuple(dice.sample(names, dice.randint(3, 11))) for _ in range(60)),
    ]
    for kind, entity, out in product(LETTER, (False, True), leave_out):
        blank = {name: dice.choice(["", "  "]) if isinstance(FULL[name], str) else False for name in out}
        purpose = TPO if kind == "tpo_single" else "help with my appointments"
        form = {**FULL, "purpose": purpose, **blank}
        yield {"kind": kind, "given": form, "recipient_is_covered_entity": entity and kind == "tpo_single"}, ""
    for kind, information, expiry, initiated in product(
        LETTER, ("everything", "Everything", "all records", "attendance"), ("none", "end of treatment"), (False, True)
    ):
        form = {
            **FULL,
            "information": information,
            "expiry": expiry,
            "purpose": AT_REQUEST,
            "patient_initiated": initiated,
        }
        yield {"kind": kind, "given": form, "recipient_is_covered_entity": False}, ""


def _moments() -> Iterator[tuple[Given, str]]:
    for signed, revoked, expires, at in product((None, 0, 2), (None, 2, 4), (None, 3, 4), (-1, 0, 1, 2, 3, 4, 5)):
        yield _when(True, signed, revoked, expires, at).given, SAME_SECOND if signed == at else ""


def _releases() -> Iterator[tuple[Given, str]]:
    dice = random.Random(13)
    for _ in range(150):
        kinds, asked = (" ".join(dice.sample(KINDS, dice.randint(1, 6))) for _ in range(2))
        recipient = dice.choice(["Dr. Alder", "County court", "Dr. Elm", "dr. alder's office"])
        yield _goes("", recipient, asked, active=dice.random() < 0.8, kinds=kinds).given, ""


def _every_door() -> Iterator[tuple[Given, str]]:
    scopes = (frozenset[str](), frozenset(KINDS), frozenset({"schedule", "attendance"}), frozenset({"notes"}))
    for viewer, kind, scope in product(VIEWERS, KINDS, scopes):
        if not scope or (viewer.startswith("family_") and viewer != "family_none"):
            yield {"viewer": viewer, "kind": kind, "scope": scope}, ""


def _set(given: Given, said: Any) -> Any:
    return frozenset(map(str, said))


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "consent.missing",
        "(*, kind, given: Mapping, recipient_is_covered_entity: bool) -> iterable[element id]",
        missing,
        _rows("consent.missing"),
        _forms,
        _set,
    ),
    Oracle(
        "consent.active",
        "(*, signed_at, revoked_at, expires_at, at) -> bool",
        active,
        _rows("consent.active"),
        _moments,
    ),
    Oracle(
        "consent.release",
        "(*, consented_recipients, consented_kinds, active, recipient, requested) -> iterable[kind]",
        release,
        _rows("consent.release"),
        _releases,
        _set,
    ),
    Oracle(
        "consent.access", "(*, viewer, kind, scope) -> 200 | 403 | 404", access, _rows("consent.access"), _every_door
    ),
)
