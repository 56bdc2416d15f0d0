"""What may leave the program, on which basis, with what attached, and what is accounted for later.

Sources: 42 CFR 2.31(a) (elements of a consent; intermediaries (a)(4)(i)), 2.31(b) (counseling notes apart and never a
condition of treatment), 2.31(c) (consents that do not hold), 2.35 (criminal justice), 2.32 (the notice and the consent
go along), 2.25 (accounting), 2.26 (restriction), 2.51 (emergency), 2.53 (audit), 2.12(c)(3) and (4) (inside, qualified
service organization), 2.12(c)(6) (child abuse), 2.12(d) (no use against the person), 2.61 (a subpoena alone opens
nothing). Program rules P01 to P10, P19, P25; traps 28 to 32 and 34.

Style: a printed matrix of elements; a printed table of bases and the sieves each passes; ledgers read line by line.

Signatures an adapter must offer:

``privacy.missing``     (*, variant: str, given: Mapping, covered_recipient: bool) -> iterable of missing element ids
                        variant in ``VARIANTS``; given has the keys of ``FORM``; ids are those of ``consent.missing``
                        and further: "4i" an intermediary's member participants, named, or a general class limited to
                        those with a treating relationship; "5f" fundraising without an opt-out statement; "single" a
                        document shared that must stand alone (combined_with lists the other variants in the same
                        document); "unconditioned" counseling notes made a condition of treatment. A revocable_from (the
                        time from which it can be revoked) stands only for criminal_justice_2_35; elsewhere it leaves
                        "6" missing.
``privacy.release``     (*, basis: str, variant: str | None, consent_state: str, consent_recipients: frozenset[str],
                        consent_kinds: frozenset[str], recipient: str, requested: frozenset[str], restricted: bool,
                        legal_hold: bool, agreement_active: bool, proceedings: bool) -> iterable of kinds that may go
                        basis in ``BASES``; recipient in ``RECIPIENTS``; restricted: an agreed restriction covers this
                        recipient; legal_hold: an unanswered subpoena or court process; agreement_active: a written
                        agreement with this recipient is in force; proceedings: for use in a proceeding against the
                        person. A basis that is none may also be refused.
``privacy.attached``    (*, basis: str, variant: str | None, consent_state: str) -> iterable of "notice", "consent-copy"
                        what must accompany the disclosure; "consent-copy" stands for the copy or the text of its scope.
``privacy.accounting``  (*, at_day: date, disclosures: tuple[(day: date, basis, variant | None, by_software), ...])
                        -> iterable of the indexes listed
``privacy.notice_ok``   (*, text: str) -> bool, whether this text may serve as the notice of 2.32
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from typing import Any

from . import consent
from .comparison import REFUSED, Given, OneOf, Oracle, Row
from .privacy import KINDS, STATES, words

# Which further elements each variant needs: i 4i, c 4ii where the recipient is covered, m must be in a document of its
# own, u must not be a condition of treatment, v may name the time from which it can be revoked, e may end with the
# research study.
VARIANT_NEEDS = """
tpo_single               -
named_disclosure         -
intermediary             i
sud_counseling_notes     mu
legal_proceedings        m
criminal_justice_2_35    v
research                 e
payer_only               c
family_person            -
emergency_contact        -
app_vendor               -
"""
NEEDS = dict(line.split() for line in VARIANT_NEEDS.strip().splitlines())
VARIANTS = tuple(NEEDS)
ALONE = frozenset(variant for variant, needs in NEEDS.items() if "m" in needs)
STUDY = "end of the research study"
FUNDRAISING = "fundraising"

FORM: dict[str, Any] = {
    **consent.FULL,
    "purpose": "help with my appointments",
    "member_participants": "Dr. Alder and Riverside Clinic",
    "member_class": "",
    "treating_relationship_only": False,
    "opt_out_statement": False,
    "combined_with": (),
    "condition_of_treatment": False,
    "revocable_from": "",
}


def _ticked(value: Any) -> bool:
    return str(value).strip() not in ("", "False", "None", "()", "[]")


def missing(*, variant: str, given: Given, covered_recipient: bool) -> frozenset[str]:
    """What the common form lacks, and what this variant asks beyond it."""
    needs = NEEDS[variant]
    common = "tpo_single" if variant == "tpo_single" else "named_disclosure"
    lacking = set(consent.missing(kind=common, given=given, recipient_is_covered_entity=covered_recipient))
    tick = {name: _ticked(value) for name, value in given.items()}
    limited = (tick["member_class"], tick["treating_relationship_only"]) == (True, True)
    document = {variant, *given["combined_with"]}
    marks = {
        "4i": "i" in needs and not (tick["member_participants"] or limited),
        "4ii": "c" in needs and covered_recipient and not tick["hipaa_redisclosure_statement"],
        "5f": FUNDRAISING in given["purpose"].lower() and not tick["opt_out_statement"],
        "6": tick["revocable_from"] and "v" not in needs,
        "7": given["expiry"].strip().lower() == STUDY and "e" not in needs,
        "single": len(document) > 1 and bool(document & ALONE),
        "unconditioned": "u" in needs and tick["condition_of_treatment"],
    }
    return frozenset(lacking | {element for element, marked in marks.items() if marked})


# --- release ----------------------------------------------------------------------------------------------------------

RECIPIENTS = words(
    "provider payer hospital family employer court probation school auditor vendor colleague child-protection"
    " the-person"
)
# For each basis: who may receive (* whoever the consent names), and what stops it: a no agreement, p use against the
# person, r an agreed restriction, h a legal hold; then what may go: scope (the consent's kinds), all, report (the
# report alone, no record), nothing.
BASE_SIEVES = """
consent         *                 prh scope
emergency-2.51  hospital,provider p   all
audit-2.53      auditor,payer     aph all
qsoa            vendor            aprh all
court-order     court             h   all
own-access      the-person        -   all
child-abuse     child-protection  p   report
internal        colleague         pr  all
subpoena        -                 -   nothing
duty-to-warn    -                 -   nothing
hipaa-authorization -             -   nothing
"""
BASES = {name: rest for name, *rest in (line.split() for line in BASE_SIEVES.strip().splitlines())}
NO_BASIS = frozenset(name for name, rest in BASES.items() if rest[2] == "nothing")
REPORT = frozenset({"contact"})
NEVER_BY_TPO = frozenset({"family", "employer", "court", "probation", "school"})
NOTES = frozenset({"counseling-notes"})


def release(
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
) -> Any:
    """What is left in the last sieve."""
    to, stops, what = BASES[basis]
    if what == "nothing":
        return OneOf({frozenset(), REFUSED})
    named = consent_recipients if to == "*" else frozenset(to.split(","))
    if variant == "tpo_single" and to == "*":
        named -= NEVER_BY_TPO
    letters = {
        "a": not agreement_active,
        "p": proceedings and variant != "legal_proceedings",
        "r": restricted,
        "h": legal_hold,
    }
    shut = any(letters[letter] for letter in stops if letter in letters)
    if recipient not in named or shut or (what == "scope" and consent_state != "active"):
        return frozenset()
    apart = variant == "sud_counseling_notes" and what == "scope"
    heap = {"scope": requested & consent_kinds, "all": requested, "report": requested & REPORT}[what]
    return frozenset(kind for kind in heap if (kind in NOTES) == apart)


def _doubt(given: Given) -> str:
    """Why the source may be read otherwise in this case."""
    basis, variant = given["basis"], given["variant"]
    of_consent = basis == "consent"
    if given["restricted"] and not (basis == "qsoa" or (of_consent and variant in ("tpo_single", "payer_only"))):
        return "how far an agreed restriction reaches beyond treatment, payment and operations"
    if given["legal_hold"] and not (
        basis in ("court-order", "emergency-2.51") or (of_consent and variant == "legal_proceedings")
    ):
        return "what a legal hold blocks beside the answer to the court"
    if basis == "child-abuse" and given["requested"] - REPORT:
        return "what belongs to the initial report"
    if of_consent and variant == "tpo_single" and given["consent_recipients"] & NEVER_BY_TPO & {given["recipient"]}:
        return "a consent for treatment, payment and operations that names family, employer, court or school"
    if of_consent and variant == "sud_counseling_notes" and given["consent_kinds"] - NOTES:
        return "a consent for counseling notes that names other kinds too"
    if of_consent and variant == "legal_proceedings" and not given["proceedings"]:
        return "a consent for legal proceedings used elsewhere"
    if of_consent and variant in ("app_vendor", "intermediary") and not given["agreement_active"]:
        return "whether an app the person chose needs an agreement with the program"
    return ""


# --- what goes along, and what is told later --------------------------------------------------------------------------

BOTH = frozenset({"notice", "consent-copy"})
NOTHING: frozenset[str] = frozenset()
# own: nothing goes along; free: the source asks for nothing, and a notice does no harm.
ALONG = {
    "own-access": "own",
    "internal": "own",
    "emergency-2.51": "free",
    "audit-2.53": "free",
    "qsoa": "free",
    "court-order": "free",
    "child-abuse": "free",
}


def attached(*, basis: str, variant: str | None, consent_state: str) -> Any:
    """The notice and the consent (or its scope) with each consented disclosure, whatever its variant."""
    if basis == "consent":
        return BOTH if consent_state == "active" else OneOf({NOTHING, REFUSED})
    return NOTHING if ALONG[basis] == "own" else OneOf({NOTHING, frozenset({"notice"})})


def accounting(*, at_day: date, disclosures: tuple[tuple[date, str, str | None, bool], ...]) -> tuple[int, ...]:
    """The lines of the ledger that bear the right marks; dates are compared as they are written."""
    written = at_day.isoformat()
    listed = []
    for line, (day, basis, variant, by_software) in enumerate(disclosures):
        three_years_on = f"{day.year + 3:04}{day.isoformat()[4:]}"
        marks = {
            "consented": basis == "consent",
            "not too old": three_years_on >= written,
            "made": day.isoformat() <= written,
            "ours": by_software or variant not in ("tpo_single", "payer_only"),
        }
        if all(marks.values()):
            listed.append(line)
    return tuple(listed)


def _edge(given: Given) -> str:
    at_day: date = given["at_day"]
    for day, basis, variant, by_software in given["disclosures"]:
        if basis == "consent" and variant == "payer_only" and not by_software:
            return "whether a consent for payment alone counts among treatment, payment and operations"
        if (at_day.year - day.year, at_day.month) == (3, day.month) and (
            at_day.day == day.day or {at_day.day, day.day} == {28, 29}
        ):
            return "the very day three years ago"
    return ""


OPTION_A = (
    "This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2). These"
    " rules prohibit you from using or disclosing this record, or testimony that describes the information contained in"
    " this record, in any civil, criminal, administrative, or legislative proceedings by any Federal, State, or local"
    " authority, against the patient, unless authorized by the consent of the patient, except as provided at 42 CFR"
    " 2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, the Federal rules"
    " prohibit you from making any other use or disclosure of this record unless at least one of the following applies:"
    " further use or disclosure is expressly permitted by the written consent of the individual; you are a covered"
    " entity or business associate and have received the record for treatment, payment, or health care operations; or"
    " you have received the record from a covered entity or business associate as permitted by 45 CFR part 164,"
    " subparts A and E. A general authorization for the release of medical or other information is NOT sufficient."
)
OPTION_B = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
OLD_SHORT = "42 CFR part 2 prohibits unauthorized disclosure of these records."
OLD_LONG = (
    "This record which has been disclosed to you is protected by federal confidentiality rules (42 CFR part 2). The"
    " federal rules prohibit you from making any further disclosure of this record unless further disclosure is"
    " expressly permitted by the written consent of the individual whose information is being disclosed in this record"
    " or, is otherwise permitted by 42 CFR part 2. A general authorization for the release of medical or other"
    " information is NOT sufficient for this purpose (see 2.31). The federal rules restrict any use of the information"
    " to investigate or prosecute with regard to a crime any patient with a substance use disorder."
)
OLDEST_LONG = (
    "This information has been disclosed to you from records protected by federal confidentiality rules (42 CFR part"
    " 2). The federal rules prohibit you from making any further disclosure of information in this record that"
    " identifies a patient as having or having had a substance use disorder unless expressly permitted by written"
    " consent."
)
HIDDEN = "42 CFR part 2 prohibits unauthorized disclosure of these records, because orders of a court are needed."


def notice_ok(*, text: str) -> bool:
    """Whether the word "use" is followed by the word "or" in a text that names the rule."""
    spoken = "".join(one if one.isalnum() else " " for one in text.lower()).split()
    pairs = set(pairwise(spoken))
    return {("use", "or"), ("part", "2"), ("42", "cfr")} <= pairs


# --- cases -----------------------------------------------------------------------------------------------------------


def _form(variant: str, lacking: str, *, covered: bool = False, reading: str = "", **changed: Any) -> Row:
    purpose = consent.TPO if variant == "tpo_single" else FORM["purpose"]
    form = {**FORM, "purpose": purpose, **changed}
    given = {"variant": variant, "given": form, "covered_recipient": covered}
    return Row("privacy.missing", given, frozenset(lacking.split()), reading)


def _case(basis: str, recipient: str, requested: str, **other: Any) -> Given:
    by_consent = basis == "consent"
    return {
        "basis": basis,
        "variant": other.get("variant", "named_disclosure" if by_consent else None),
        "consent_state": other.get("state", "active" if by_consent else "none"),
        "consent_recipients": frozenset(other.get("to", "provider payer" if by_consent else "").split()),
        "consent_kinds": frozenset(other.get("kinds", "attendance plan" if by_consent else "").split()),
        "recipient": recipient,
        "requested": frozenset(requested.split()),
        "restricted": other.get("restricted", False),
        "legal_hold": other.get("hold", False),
        "agreement_active": other.get("agreement", True),
        "proceedings": other.get("proceedings", False),
    }


def _goes(expected: str, basis: str, recipient: str, requested: str, **other: Any) -> Row:
    given = _case(basis, recipient, requested, **other)
    answer: Any = frozenset(expected.split())
    return Row("privacy.release", given, OneOf({answer, REFUSED}) if basis in NO_BASIS else answer, _doubt(given))


def _along(expected: Any, basis: str, variant: str | None = None, state: str = "none") -> Row:
    given = {"basis": basis, "variant": variant, "consent_state": state}
    doubt = "nothing goes, so nothing goes along" if basis == "consent" and state != "active" else ""
    return Row("privacy.attached", given, expected, doubt)


TODAY = date(2026, 10, 14)


def _ledger(expected: tuple[int, ...], *lines: tuple[date, str, str | None, bool], at_day: date = TODAY) -> Row:
    given = {"at_day": at_day, "disclosures": lines}
    return Row("privacy.accounting", given, expected, _edge(given))


def _line(day: date, basis: str = "consent", variant: str | None = "named_disclosure", ours: bool = True) -> Any:
    return day, basis, variant if basis == "consent" else None, ours


def _says(expected: bool, text: str, reading: str = "") -> Row:
    return Row("privacy.notice_ok", {"text": text}, expected, reading)


CLASS = {"member_participants": "", "member_class": "my treating providers"}
LEGAL_TWICE = "two consents for legal proceedings in one document are of one type"
DELAYED = "whether a time from which it can be revoked also states the right"
UNNAMED = "whether a text with the words that names no rule may serve"

TABLE: tuple[Row, ...] = (
    *(_form(variant, "") for variant in VARIANTS),
    _form("tpo_single", "4ii", covered=True, hipaa_redisclosure_statement=False),
    _form("tpo_single", "10i 10ii", redisclosure_statement=False, refusal_consequences=False),
    _form("tpo_single", "", expiry="none"),
    _form("payer_only", "7", expiry="none"),
    _form("payer_only", "4ii", covered=True, hipaa_redisclosure_statement=False, reading="payment alone"),
    _form("intermediary", "4i", member_participants=""),
    _form("intermediary", "4i", **CLASS),
    _form("intermediary", "", **CLASS, treating_relationship_only=True),
    _form("named_disclosure", "", member_participants=""),
    _form("named_disclosure", "5f", purpose="Fundraising by the program"),
    _form("named_disclosure", "", purpose="Fundraising by the program", opt_out_statement=True),
    _form("sud_counseling_notes", "single", combined_with=("tpo_single",)),
    _form("sud_counseling_notes", "", combined_with=("sud_counseling_notes",)),
    _form("sud_counseling_notes", "unconditioned", condition_of_treatment=True),
    _form("tpo_single", "", condition_of_treatment=True),
    _form("tpo_single", "single", combined_with=("sud_counseling_notes",)),
    _form("family_person", "single", combined_with=("emergency_contact", "legal_proceedings")),
    _form("family_person", "", combined_with=("emergency_contact",)),
    _form("legal_proceedings", "single", combined_with=("named_disclosure",)),
    _form("legal_proceedings", "single", combined_with=("sud_counseling_notes",)),
    _form("legal_proceedings", "", combined_with=("legal_proceedings",), reading=LEGAL_TWICE),
    _form("criminal_justice_2_35", "", revocable_from="the end of my conditional release"),
    _form("named_disclosure", "6", revocable_from="next year"),
    _form("criminal_justice_2_35", "6", right_to_revoke=False, revocable_from="next year", reading=DELAYED),
    _form("research", "", expiry=STUDY),
    _form("research", "7", expiry="none"),
    _form("family_person", "7", expiry=STUDY, reading="an event that ends nothing between these two"),
    _form("app_vendor", "3 8", sud_explicit=False, signature=" "),
    _goes("attendance plan", "consent", "provider", "attendance plan"),
    _goes("attendance", "consent", "provider", "attendance notes"),
    _goes("", "consent", "employer", "attendance"),
    _goes("", "consent", "provider", "attendance", state="revoked"),
    _goes("", "consent", "provider", "attendance", state="draft"),
    _goes("", "consent", "provider", "attendance", state="expired"),
    _goes("", "consent", "family", "attendance", variant="tpo_single"),
    _goes("", "consent", "family", "attendance", variant="tpo_single", to="provider family"),
    _goes("attendance", "consent", "family", "attendance", variant="family_person", to="family"),
    _goes("", "consent", "provider", "counseling-notes", kinds="counseling-notes plan", variant="tpo_single"),
    _goes(
        "counseling-notes",
        "consent",
        "provider",
        "counseling-notes plan",
        kinds="counseling-notes",
        variant="sud_counseling_notes",
    ),
    _goes("", "consent", "payer", "attendance", variant="payer_only", restricted=True),
    _goes("", "consent", "court", "attendance", to="court", proceedings=True),
    _goes("", "consent", "probation", "plan", to="probation", proceedings=True, variant="criminal_justice_2_35"),
    _goes("plan", "consent", "probation", "plan", to="probation", variant="criminal_justice_2_35"),
    _goes("plan", "consent", "court", "plan", to="court", proceedings=True, variant="legal_proceedings"),
    _goes("", "consent", "court", "plan", to="court", proceedings=True, variant="legal_proceedings", hold=True),
    _goes("medications diagnoses", "emergency-2.51", "hospital", "medications diagnoses counseling-notes"),
    _goes("medications", "emergency-2.51", "hospital", "medications", state="revoked", hold=True),
    _goes("", "emergency-2.51", "employer", "medications"),
    _goes("plan", "audit-2.53", "auditor", "plan counseling-notes"),
    _goes("", "audit-2.53", "auditor", "plan", agreement=False),
    _goes("schedule", "qsoa", "vendor", "schedule"),
    _goes("", "qsoa", "vendor", "schedule", agreement=False),
    _goes("", "qsoa", "vendor", "schedule", restricted=True),
    _goes("notes", "court-order", "court", "notes", proceedings=True),
    _goes("", "court-order", "court", "notes", proceedings=True, hold=True),
    _goes("", "subpoena", "court", "notes attendance", proceedings=True),
    _goes("", "duty-to-warn", "family", "contact"),
    _goes("notes plan", "own-access", "the-person", "notes plan counseling-notes"),
    _goes("contact", "child-abuse", "child-protection", "contact"),
    _goes("plan", "internal", "colleague", "plan"),
    _goes("", "internal", "provider", "plan"),
    _along(BOTH, "consent", "tpo_single", "active"),
    _along(BOTH, "consent", "family_person", "active"),
    _along(NOTHING, "own-access"),
    _along(NOTHING, "internal"),
    _ledger((0,), _line(TODAY), _line(TODAY, "own-access"), _line(TODAY, "emergency-2.51")),
    _ledger((0, 2), _line(date(2023, 10, 15)), _line(date(2023, 10, 13)), _line(date(2024, 2, 29))),
    _ledger((1,), _line(TODAY, variant="tpo_single", ours=False), _line(TODAY, variant="tpo_single")),
    _ledger((0,), _line(TODAY, variant="research", ours=False), _line(TODAY + timedelta(1))),
    _ledger((0,), _line(date(2023, 10, 14))),
    _ledger((), _line(date(2025, 2, 28)), at_day=date(2028, 2, 29)),
    _ledger((), at_day=TODAY),
    _says(True, OPTION_A),
    _says(True, OPTION_B),
    _says(False, OLD_SHORT),
    _says(False, OLD_LONG),
    _says(False, OLDEST_LONG),
    _says(False, HIDDEN),
    _says(False, ""),
    _says(False, "   "),
    _says(True, OPTION_B.replace(" use or ", "\nuse  or\n")),
    _says(True, OPTION_B.upper()),
    _says(True, f"Please note: {OPTION_B} A copy of the consent is attached."),
    _says(False, "Ask before any use or sale.", UNNAMED),
)


def _forms() -> Iterator[tuple[Given, str]]:
    dice = random.Random(231)
    elements = sorted({name for name, _ in consent.ELEMENTS.values()} | {"sud_explicit"})
    statements = ("hipaa_redisclosure_statement", "redisclosure_statement", "refusal_consequences")
    for variant, covered in product(VARIANTS, (False, True)):
        names = [name for name in elements if variant != "payer_only" or name not in statements]
        outs = [*combinations(names, 1), *(tuple(dice.sample(names, dice.randint(2, 6))) for _ in range(12))]
        for out in outs:
            blank = {name: dice.choice(["", "  "]) if isinstance(FORM[name], str) else False for name in out}
            yield _form(variant, "", covered=covered, **blank).given, ""
    for variant, expiry in product(VARIANTS, ("none", "end of treatment", STUDY, "2027-01-01")):
        odd = expiry == STUDY and variant != "research"
        yield _form(variant, "", expiry=expiry).given, "who may end with a study" if odd else ""
    for variant, other in product(VARIANTS, VARIANTS):
        twice = variant == other == "legal_proceedings"
        yield _form(variant, "", combined_with=(other,)).given, LEGAL_TWICE if twice else ""
    for variant, named, group, treating in product(VARIANTS, ("", "Dr. Elm"), ("", "my providers"), (False, True)):
        members = {"member_participants": named, "member_class": group, "treating_relationship_only": treating}
        yield _form(variant, "", **members).given, ""
    for variant, out, start, bound in product(VARIANTS, (False, True), ("", "in a month"), (False, True)):
        if not (variant == "legal_proceedings" and bound):  # the source names counseling notes alone
            changed = {"opt_out_statement": out, "revocable_from": start, "condition_of_treatment": bound}
            yield _form(variant, "", purpose="fundraising", **changed).given, ""


def _releases() -> Iterator[tuple[Given, str]]:
    dice = random.Random(2333)
    for basis, recipient, proceedings, agreement in product(BASES, RECIPIENTS, (False, True), (False, True)):
        if basis not in ("consent", "own-access") or not proceedings:
            asked = " ".join(sorted({"contact", "counseling-notes", *dice.sample(KINDS, 3)}))
            if basis == "child-abuse":
                asked = "contact"
            other = {"proceedings": proceedings, "agreement": agreement, "state": dice.choice(STATES)}
            given = _case(basis, recipient, asked, **other)
            yield given, _doubt(given)
    for variant, state, recipient in product(VARIANTS, STATES, RECIPIENTS):
        for proceedings in (False, True):
            apart = variant == "sud_counseling_notes"
            kinds = "counseling-notes" if apart else " ".join(dice.sample(KINDS, 5))
            asked = " ".join({"counseling-notes", *dice.sample(KINDS, 5), *kinds.split()[:2]})
            to = " ".join(dice.sample(RECIPIENTS, 4)) + ("" if variant == "tpo_single" else f" {recipient}")
            other = {"variant": variant, "state": state, "to": to, "kinds": kinds, "proceedings": proceedings}
            given = _case("consent", recipient, asked, **other)
            yield given, _doubt(given)
    for basis, restricted, hold in product(BASES, (False, True), (False, True)):
        for variant in VARIANTS if basis == "consent" else (None,):
            first = {"consent": "payer", "qsoa": "vendor"}.get(basis, BASES[basis][0].split(",")[0])
            other = {"restricted": restricted, "hold": hold, "variant": variant}
            given = _case(basis, first, "attendance plan", proceedings=variant == "legal_proceedings", **other)
            yield given, _doubt(given)


def _everything_attached() -> Iterator[tuple[Given, str]]:
    for variant, state in product(VARIANTS, STATES):
        row = _along(None, "consent", variant, state)
        yield row.given, row.reading
    for basis, state in product(ALONG, STATES):
        yield _along(None, basis, None, state).given, ""


def _ledgers() -> Iterator[tuple[Given, str]]:
    dice = random.Random(225)
    for at_day in (TODAY, date(2028, 2, 29), date(2027, 3, 1), date(2027, 2, 28), date(2026, 1, 1)):
        for back in (0, 1, 365, 1079, 1081, 1090, 1094, 1095, 1096, 1097, 1100, 2190, 2192, -1, -30):
            row = _ledger((), _line(at_day - timedelta(back)), at_day=at_day)
            yield row.given, row.reading
        for _ in range(20):
            lines = [
                _line(
                    at_day - timedelta(dice.randint(-40, 1500)),
                    dice.choice(["consent", "consent", *ALONG]),
                    dice.choice(VARIANTS),
                    dice.random() < 0.6,
                )
                for _ in range(dice.randint(1, 6))
            ]
            row = _ledger((), *lines, at_day=at_day)
            yield row.given, row.reading


def _set(given: Given, said: Any) -> Any:
    return frozenset(map(str, said))


def _indexes(given: Given, said: Any) -> Any:
    return tuple(sorted(map(int, said)))


def _rows(name: str) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.oracle == name)


ORACLES = (
    Oracle(
        "privacy.missing",
        "(*, variant, given: Mapping, covered_recipient: bool) -> iterable[element id]",
        missing,
        _rows("privacy.missing"),
        _forms,
        _set,
    ),
    Oracle(
        "privacy.release",
        "(*, basis, variant, consent_state, consent_recipients, consent_kinds, recipient, requested, restricted,"
        " legal_hold, agreement_active, proceedings) -> iterable[kind]",
        release,
        _rows("privacy.release"),
        _releases,
        _set,
    ),
    Oracle(
        "privacy.attached",
        '(*, basis, variant, consent_state) -> iterable["notice" | "consent-copy"]',
        attached,
        _rows("privacy.attached"),
        _everything_attached,
        _set,
    ),
    Oracle(
        "privacy.accounting",
        "(*, at_day: date, disclosures: tuple[(day, basis, variant, by_software), ...]) -> iterable[index]",
        accounting,
        _rows("privacy.accounting"),
        _ledgers,
        _indexes,
    ),
    Oracle("privacy.notice_ok", "(*, text: str) -> bool", notice_ok, _rows("privacy.notice_ok")),
)
