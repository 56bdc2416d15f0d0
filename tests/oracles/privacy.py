"""Who may open what: one kind of information, one page, and the question whether somebody is a participant at all.

Sources: 42 CFR 2.12(c)(3) (inside the program, by need of duty), 2.13(c) (confirming that someone is a participant is
itself a disclosure), 2.23 (a person may see their own record), 2.51 (medical emergency). Program rules P10 (counseling
notes appear nowhere), P11, P12, P15 (family only with an active family consent, within its scope), P17 (billing:
codes, dates, diagnoses; front desk: schedule; peers: items that are no notes, of people on their own team) and P28;
traps 27, 29, 30, 38, 40, 52. Deny by default: what no line of a table opens stays shut. Strangers and staff of another
program get 404, a colleague without the permission 403.

Style: printed tables of signs, joined by a table of how two signs meet.

Signatures an adapter must offer:

``privacy.read``   (*, roles: frozenset[str], relation: str, purpose: str, kind: str, label: str, family_scope:
                   frozenset[str], consent_state: str, emergency_open: bool) -> 200 | 403 | 404
                   roles from ``STAFF`` or participant or family; relation self | supporter | team | staff |
                   other-program | nobody; purpose in ``PURPOSES`` or own | support | emergency; kind in ``KINDS``;
                   label in ``LABELS``; consent_state in ``STATES`` and family_scope tell of the family consent that
                   names this supporter, and stop no one else; emergency_open says that this viewer has an unexpired
                   emergency access to this person. A participant or family member with relation "staff" or
                   "other-program" is somebody else's: a stranger.
``privacy.pages``  (*, page: str, role: str, relation: str, consent_state: str, family_scope: frozenset[str]) -> 200 |
                   302 | 403 | 404
                   page in ``PAGES``; one role ("" for nobody). 302 is the way to the sign-in page.
``privacy.recipient_reply``  (*, asker: str, consent_covers: bool) -> "neutral" | "may-confirm"
                   the reply at the front desk, on the telephone, by text message; asker in ``ASKERS``; consent_covers
                   says that an active consent names this asker for this.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from .comparison import Given, OneOf, Oracle, Row

# What each sign lets a viewer be answered. r, o, e, R and q are this table's reading where the source allows another.
SIGNS: dict[str, set[int]] = {
    "Y": {200},
    "n": {403},
    "4": {404},
    "?": {200, 403},  # the source leaves it to the program
    "x": {403, 404},
    "-": {200, 403, 404},  # which of their own items a person is shown later is the program's
    "r": {403},
    "o": {403},
    "e": {403},
    "R": {200},
    "q": {200},
    "s": {302},
}
READINGS = {
    "r": "denied by default; a program may find that the duty needs it",
    "o": "a clinician of the same program who is not on the team",
    "e": "who may open an emergency access, and whether the team needs one",
    "R": "the person's own record, unless the program holds the item back",
    "q": "a consent names a kind which the program may never offer to family",
}


def words(text: str) -> tuple[str, ...]:
    """A printed list."""
    return tuple(text.split())


KINDS = words(
    "contact schedule attendance diagnoses referral placement plan notes measures check-ins medications consents alerts"
    " access-log counseling-notes disclosures"
)
NARRATIVE = (*KINDS[3:11], "alerts")  # single items that may bear a label
LABELS = ("none", "trauma", "family-conflict", "counseling")
STATES = ("none", "draft", "active", "expired", "revoked")
PURPOSES = ("treatment", "payment", "operations", "oversight")

# In the order of KINDS. x: no role opens counseling notes, only their author does. s: in the consent's scope, else x.
KIND_SIGNS = """
counselor   Y Y Y Y Y Y Y Y Y Y Y Y Y ? x ?
supervisor  Y Y Y Y Y Y Y Y Y Y Y Y Y ? x ?
director    n n n n n n n n n n n n n n x n
prescriber  Y Y Y Y Y Y Y Y Y Y Y ? Y ? x ?
nurse       Y Y Y Y Y Y Y Y Y Y Y ? Y ? x ?
intake      Y Y ? Y Y Y ? ? ? ? ? Y ? ? x ?
biller      ? ? Y Y n ? n n n n n ? n n x n
front-desk  Y Y r n n n n n n n n n n n x n
peer        Y Y Y ? ? ? Y n Y Y ? ? ? n x n
privacy     ? n n n n n n n n n n Y n Y x Y
self        Y Y Y Y R R Y R Y Y Y Y - Y - Y
supporter   s s s s x q s x x x s x x x x x
"""
# In the order of PURPOSES.
PURPOSE_SIGNS = """
counselor   Y ? ? n
supervisor  Y ? Y ?
director    n n Y ?
prescriber  Y ? ? n
nurse       Y ? ? n
intake      Y ? ? n
biller      n Y ? n
front-desk  ? ? Y n
peer        Y n ? n
privacy     n n ? Y
"""
# Who keeps a door that the tables above open: for each role, off the team | a label, on the team | a label, off it.
DISTANCE_SIGNS = """
counselor   o Y n
supervisor  Y Y Y
director    Y n n
prescriber  o Y n
nurse       o Y n
intake      Y ? n
biller      Y n n
front-desk  Y n n
peer        n ? n
privacy     Y n n
"""


def _printed(text: str) -> dict[str, list[str]]:
    return {name: signs for name, *signs in (line.split() for line in text.strip().splitlines())}


BY_KIND = _printed(KIND_SIGNS)
BY_PURPOSE = _printed(PURPOSE_SIGNS)
BY_DISTANCE = _printed(DISTANCE_SIGNS)
STAFF = tuple(BY_PURPOSE)
CARE = ("counselor", "supervisor", "prescriber", "nurse")

# Every door a viewer passes in a row has a sign; the first of these letters that any door bears decides.
STRICTEST_FIRST = "4xnreo?RYq-s"
# Of several roles, the one that opens most decides.
WIDEST_FIRST = "YR?oernx4"


def _row(door: list[str]) -> str:
    return min(door, key=STRICTEST_FIRST.index)


def sign(
    *,
    roles: frozenset[str],
    relation: str,
    purpose: str,
    kind: str,
    label: str,
    family_scope: frozenset[str],
    consent_state: str,
    emergency_open: bool,
) -> str:
    """The sign over this door for this viewer."""
    column = KINDS.index(kind)
    fits = {"self": {"participant"}, "supporter": {"family"}, "team": {*STAFF}, "staff": {*STAFF}}
    viewers = sorted(roles & fits.get(relation, set()))
    if not viewers:
        return "4"
    closed = kind == "counseling-notes" or label == "counseling"
    if relation == "self":
        if purpose != "own":
            return "x"
        return "-" if closed else BY_KIND["self"][column].replace("Y", "Y" if label == "none" else "R")
    if relation == "supporter":
        if consent_state != "active" or not family_scope:
            return "4"
        named = BY_KIND["supporter"][column].replace("s", "Y")
        return named if kind in family_scope and label == "none" and purpose == "support" else "x"
    if closed:
        return "x"
    near, labelled = relation == "team", label != "none"
    signs = []
    for role in viewers:
        far = ("Y" if near else BY_DISTANCE[role][0], BY_DISTANCE[role][1 if near else 2] if labelled else "Y")
        care = BY_KIND["counselor"][column]
        if purpose == "emergency" and not emergency_open:
            signs.append("e" if near and role in CARE else "n")
        elif purpose == "emergency" and role in CARE:
            signs.append(_row([care, "?" if labelled and "n" in far else "Y"]))
        elif purpose == "emergency":
            signs.append("e")
        else:
            reason = BY_PURPOSE[role][PURPOSES.index(purpose)] if purpose in PURPOSES else "n"
            found = _row([BY_KIND[role][column], reason, *far])
            signs.append("?" if emergency_open and role in CARE and found == "o" else found)
    return min(signs, key=WIDEST_FIRST.index)


def read(**given: Any) -> OneOf:
    """The statuses that may answer this viewer for this kind of information."""
    return OneOf(SIGNS[sign(**given)])


# --- pages -----------------------------------------------------------------------------------------------------------

# What a page is about: person, session (a group of persons), item (an enquiry or referral: nobody's team yet), list
# (no one's address: the viewer's own program), own (a participant's own page), support, public. Then, for staff, one
# sign each for counselor supervisor director prescriber nurse intake biller front-desk peer privacy.
PAGE_SIGNS = """
attendance:door          session Y Y n ? ? ? ? ? ? n
attendance:roster        session Y Y n ? ? ? ? ? ? n
attendance:session       session Y Y n ? ? ? n n n n
notes:preview            person  Y Y n Y Y ? n n n n
notes:list               person  Y Y n Y Y ? n n n n
notes:note               person  Y Y n Y Y ? n n n n
consents:list            person  Y Y n ? ? Y ? n ? Y
consents:new             person  ? ? n ? ? ? n n n ?
consents:consent         person  Y Y n ? ? Y ? n ? Y
consents:supporters      person  Y Y n ? ? ? n n ? ?
consents:see_as          person  ? ? n ? ? ? n n ? ?
consents:particulars     person  Y Y n Y Y Y ? Y Y ?
alerts:list              list    Y Y n ? ? ? n n ? n
alerts:alert             person  Y Y n Y Y ? n n ? n
questionnaires:measures  person  Y Y n Y Y ? n n Y n
questionnaires:response  person  Y Y n Y Y ? n n ? n
admissions:intake        list    ? ? n ? ? Y ? ? n n
admissions:enquiry       item    ? ? n ? ? Y n n n n
admissions:referrals     list    ? ? n ? ? Y n n n n
admissions:referral      item    ? ? n ? ? Y n n ? n
admissions:placements    list    ? ? n ? ? Y ? n n n
admissions:placement     person  Y Y n Y ? Y n n ? n
admissions:admit         item    ? ? n ? ? ? n n n n
plans:plan               person  Y Y n Y Y ? n n Y n
plans:write              person  Y ? n ? ? ? n n ? n
plans:diagnoses          person  Y Y n Y Y ? ? n ? n
plans:print              person  Y Y n ? ? ? n n ? n
recovery:check_ins       person  Y Y n Y Y ? n n Y n
schedule:week            list    Y Y ? ? ? Y ? Y ? ?
schedule:groups          list    Y Y ? ? ? ? ? ? ? ?
schedule:needs           person  Y Y n ? ? Y ? ? ? n
schedule:letter          person  Y Y n ? ? ? ? ? ? n
continuing:review        person  Y Y n ? ? ? n n r n
desk:today               list    Y Y ? ? ? ? ? ? ? ?
desk:people              list    Y Y n Y Y ? ? ? Y ?
desk:find                list    Y Y n Y Y Y ? ? ? ?
desk:chart               person  Y Y n Y Y Y Y Y Y Y
desk:who_looked          person  ? ? n ? ? ? n n n Y
desk:director            list    ? ? Y ? ? ? ? ? ? ?
programs:staff           list    ? ? ? ? ? ? ? ? ? ?
programs:policies        list    ? ? ? ? ? ? ? ? ? ?
portal:home              own
portal:check_in          own
portal:plan              own
portal:week              own
portal:consents          own
portal:me                own
portal:support           support
portal:help              public
frontdoor:welcome        public
frontdoor:fit            public
"""
PAGES = _printed(PAGE_SIGNS)
STAFF_ABOUT = ("person", "session", "item", "list")
ELSEWHERE = "a page without anyone's address shows the viewer's own program"
# off the team, for the four roles whose duty follows the team: on a person's page, in a session
OFF_TEAM = {"counselor": "o?", "prescriber": "o?", "nurse": "o?", "peer": "n?"}


def page_sign(*, page: str, role: str, relation: str, consent_state: str, family_scope: frozenset[str]) -> str:
    """The sign over this page for this viewer."""
    about, *staff = PAGES[page]
    if about == "public":
        return "Y"
    if relation == "nobody":
        return "s"
    if role in STAFF and about in STAFF_ABOUT:
        if relation == "other-program" and about != "list":
            return "4"
        found = staff[STAFF.index(role)]
        if relation == "staff" and role in OFF_TEAM and about in ("person", "session"):
            found = _row([found, OFF_TEAM[role][about == "session"]])
        return found
    shown = {("own", "participant", "self"), ("support", "family", "supporter")}
    if (about, role, relation) not in shown:
        return "4"
    return "Y" if about == "own" or (consent_state == "active" and family_scope) else "4"


def pages(**given: Any) -> OneOf:
    """The statuses that may answer this viewer on this page."""
    return OneOf(SIGNS[page_sign(**given)])


# --- the question at the door -----------------------------------------------------------------------------------------

ASKERS = words(
    "caller employer police spouse parent-of-a-minor parent-of-an-adult school insurer probation-officer lawyer"
    " journalist landlord visitor text-message friend other-participant hospital process-server"
)
REPLIES = {False: "neutral", True: "may-confirm"}


def recipient_reply(*, asker: str, consent_covers: bool) -> str:
    """Who asks changes nothing; whether a consent covers them does."""
    return REPLIES[consent_covers]


# --- cases -----------------------------------------------------------------------------------------------------------


def _viewer(roles: str, relation: str, purpose: str, kind: str, **other: Any) -> Given:
    return {
        "roles": frozenset(roles.split()),
        "relation": relation,
        "purpose": purpose,
        "kind": kind,
        "label": other.get("label", "none"),
        "family_scope": frozenset(other.get("scope", "").split()),
        "consent_state": other.get("state", "none"),
        "emergency_open": other.get("emergency", False),
    }


def _may(expected: str, roles: str, relation: str, purpose: str, kind: str, **other: Any) -> Row:
    given = _viewer(roles, relation, purpose, kind, **other)
    return Row("privacy.read", given, OneOf(SIGNS[expected]), READINGS.get(expected, ""))


def _page(expected: str, page: str, role: str, relation: str, state: str = "none", scope: str = "") -> Row:
    given = {
        "page": page,
        "role": role,
        "relation": relation,
        "consent_state": state,
        "family_scope": frozenset(scope.split()),
    }
    return Row("privacy.pages", given, OneOf(SIGNS[expected]), READINGS.get(expected, ""))


def _asks(expected: str, asker: str, covers: bool, reading: str = "") -> Row:
    return Row("privacy.recipient_reply", {"asker": asker, "consent_covers": covers}, expected, reading)


TABLE: tuple[Row, ...] = (
    _may("Y", "counselor", "team", "treatment", "notes"),
    _may("Y", "counselor", "team", "treatment", "notes", label="trauma"),
    _may("Y", "counselor", "team", "treatment", "plan", state="revoked"),
    _may("o", "counselor", "staff", "treatment", "notes"),
    _may("n", "counselor", "staff", "treatment", "notes", label="family-conflict"),
    _may("4", "counselor", "other-program", "treatment", "contact"),
    _may("x", "counselor", "team", "treatment", "counseling-notes"),
    _may("x", "supervisor", "team", "treatment", "notes", label="counseling"),
    _may("Y", "supervisor", "staff", "treatment", "notes", label="trauma"),
    _may("n", "director", "team", "operations", "plan"),
    _may("n", "director", "staff", "operations", "contact"),
    _may("Y", "biller", "staff", "payment", "diagnoses"),
    _may("Y", "biller", "staff", "payment", "attendance"),
    _may("n", "biller", "staff", "payment", "notes"),
    _may("n", "biller", "team", "payment", "plan"),
    _may("n", "biller", "staff", "treatment", "diagnoses"),
    _may("n", "biller", "staff", "payment", "diagnoses", label="trauma"),
    _may("x", "biller counselor", "team", "payment", "notes", label="counseling"),
    _may("n", "biller peer", "team", "payment", "plan"),
    _may("Y", "biller peer", "team", "treatment", "plan"),
    _may("Y", "front-desk", "staff", "operations", "schedule"),
    _may("n", "front-desk", "staff", "operations", "diagnoses"),
    _may("n", "front-desk", "staff", "operations", "notes"),
    _may("Y", "peer", "team", "treatment", "check-ins"),
    _may("n", "peer", "team", "treatment", "notes"),
    _may("n", "peer", "team", "payment", "schedule"),
    _may("n", "peer", "staff", "treatment", "schedule"),
    _may("Y", "privacy", "staff", "oversight", "access-log"),
    _may("Y", "privacy", "staff", "oversight", "disclosures"),
    _may("n", "privacy", "staff", "oversight", "notes"),
    _may("n", "privacy", "staff", "treatment", "consents"),
    _may("Y", "nurse", "staff", "emergency", "medications", emergency=True),
    _may("n", "nurse", "staff", "emergency", "medications"),
    _may("x", "nurse", "staff", "emergency", "counseling-notes", emergency=True),
    _may("4", "", "nobody", "own", "schedule"),
    _may("4", "participant", "staff", "own", "schedule"),
    _may("4", "family", "staff", "support", "schedule", scope="schedule", state="active"),
    _may("Y", "participant", "self", "own", "access-log"),
    _may("Y", "participant counselor", "self", "own", "plan"),
    _may("x", "participant counselor", "self", "treatment", "plan"),
    _may("Y", "family", "supporter", "support", "schedule", scope="schedule", state="active"),
    _may("x", "family", "supporter", "support", "plan", scope="schedule", state="active"),
    _may("x", "family", "supporter", "support", "notes", scope="schedule notes", state="active"),
    _may("x", "family", "supporter", "support", "referral", scope="referral", state="active"),
    _may("x", "family", "supporter", "support", "plan", scope="plan", state="active", label="family-conflict"),
    _may("4", "family", "supporter", "support", "schedule", scope="schedule", state="revoked"),
    _may("4", "family", "supporter", "support", "schedule", scope="schedule", state="draft"),
    _may("4", "family", "supporter", "support", "schedule", state="active"),
    _page("Y", "notes:note", "counselor", "team"),
    _page("n", "notes:note", "biller", "staff"),
    _page("n", "notes:list", "peer", "team"),
    _page("4", "notes:list", "participant", "self"),
    _page("4", "desk:chart", "nurse", "other-program"),
    _page("Y", "desk:chart", "front-desk", "staff"),
    _page("n", "desk:chart", "director", "staff"),
    _page("n", "alerts:alert", "front-desk", "staff"),
    _page("n", "admissions:placement", "biller", "staff"),
    _page("s", "desk:people", "", "nobody"),
    _page("Y", "portal:help", "", "nobody"),
    _page("Y", "frontdoor:fit", "family", "supporter"),
    _page("Y", "portal:plan", "participant", "self"),
    _page("4", "portal:plan", "participant", "staff"),
    _page("4", "portal:plan", "counselor", "team"),
    _page("4", "portal:plan", "family", "supporter", "active", "plan"),
    _page("Y", "portal:support", "family", "supporter", "active", "schedule"),
    _page("4", "portal:support", "family", "supporter", "expired", "schedule"),
    _page("4", "portal:support", "family", "supporter"),
    _page("4", "consents:see_as", "family", "supporter", "active", "schedule"),
    _page("Y", "desk:who_looked", "privacy", "staff"),
    _page("Y", "desk:director", "director", "staff"),
    _asks("neutral", "employer", False),
    _asks("neutral", "police", False),
    _asks("neutral", "spouse", False),
    _asks("neutral", "parent-of-a-minor", False),
    _asks("neutral", "process-server", False),
    _asks("may-confirm", "spouse", True),
)


def _every_read() -> Iterator[tuple[Given, str]]:
    seen: list[Given] = []
    dice = random.Random(212)
    for role, relation, kind in product(STAFF, ("team", "staff"), KINDS):
        main = {"biller": "payment", "front-desk": "operations", "director": "operations", "privacy": "oversight"}
        why = main.get(role, "treatment")
        seen += [_viewer(role, relation, p, kind, state=dice.choice(STATES)) for p in (*PURPOSES, "own", "support")]
        seen += [_viewer(role, relation, "emergency", kind, emergency=e) for e in (False, True)]
        if kind in NARRATIVE:
            seen += [_viewer(role, relation, why, kind, label=label) for label in LABELS[1:]]
            seen += [_viewer(role, relation, "emergency", kind, label=label, emergency=True) for label in LABELS[1:]]
        if role in CARE and relation == "staff":
            seen.append(_viewer(role, relation, "treatment", kind, emergency=True))
    for role, kind in product((*STAFF, "participant", "family"), KINDS):
        for why in ("treatment", "own", "support"):
            seen.append(_viewer(role, "other-program", why, kind, scope=" ".join(KINDS), state="active"))
        if role not in STAFF:
            seen += [_viewer(role, "staff", why, kind, scope=kind, state="active") for why in ("treatment", "own")]
    for kind, why in product(KINDS, (*PURPOSES, "own", "emergency")):
        seen += [_viewer("", "nobody", why, kind), _viewer("participant", "self", why, kind)]
    for kind, label in product(NARRATIVE, LABELS[1:]):
        seen.append(_viewer("participant", "self", "own", kind, label=label))
        seen.append(_viewer("family", "supporter", "support", kind, label=label, scope=kind, state="active"))
    for kind, state in product(KINDS, STATES):
        for scope in ("", kind, " ".join(KINDS), "schedule attendance"):
            seen.append(_viewer("family", "supporter", "support", kind, scope=scope, state=state))
        seen.append(_viewer("family", "supporter", "treatment", kind, scope=kind, state=state))
    for _ in range(300):
        roles = " ".join(dice.sample(STAFF, dice.randint(2, 3)))
        relation, why = dice.choice(("team", "staff")), dice.choice(PURPOSES)
        seen.append(_viewer(roles, relation, why, dice.choice(KINDS[:13])))
    for given in seen:
        yield given, READINGS.get(sign(**given), "")
    for kind in KINDS:
        far = _viewer("nurse", "other-program", "emergency", kind, emergency=True)
        yield far, "an emergency access opens nothing of another program"


def _every_page() -> Iterator[tuple[Given, str]]:
    wide = " ".join(KINDS)
    for page, (about, *_) in PAGES.items():
        rows = [_page("Y", page, role, rel) for role, rel in product(STAFF, ("team", "staff", "other-program"))]
        rows += [_page("Y", page, "", "nobody")]
        for state, scope in product(STATES, ("", "schedule", wide)):
            rows.append(_page("Y", page, "family", "supporter", state, scope))
        for role, rel in product(("participant", "family"), ("staff", "other-program")):
            rows.append(_page("Y", page, role, rel, "active", wide))
        rows += [_page("Y", page, "participant", "self", state) for state in STATES]
        for row in rows:
            far = about == "list" and row.given["relation"] == "other-program" and row.given["role"] in STAFF
            yield row.given, ELSEWHERE if far else READINGS.get(page_sign(**row.given), "")


def _every_asker() -> Iterator[tuple[Given, str]]:
    for asker, covers in product(ASKERS, (False, True)):
        served = covers and asker == "process-server"
        yield _asks("", asker, covers).given, "whether a consent can cover whoever serves a subpoena" if served else ""


def _status(given: Given, said: Any) -> Any:
    return int(said)


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "privacy.read",
        "(*, roles, relation, purpose, kind, label, family_scope, consent_state, emergency_open) -> 200 | 403 | 404",
        read,
        _rows("privacy.read"),
        _every_read,
        _status,
    ),
    Oracle(
        "privacy.pages",
        "(*, page, role, relation, consent_state, family_scope) -> 200 | 302 | 403 | 404",
        pages,
        _rows("privacy.pages"),
        _every_page,
        _status,
    ),
    Oracle(
        "privacy.recipient_reply",
        '(*, asker, consent_covers) -> "neutral" | "may-confirm"',
        recipient_reply,
        _rows("privacy.recipient_reply"),
        _every_asker,
    ),
)
