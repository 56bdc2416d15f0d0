"""The product beside its independent oracles of privacy: each adapter asks the oracle's question in our own terms."""

from datetime import UTC, datetime, time, timedelta

import pytest

from conftest import NOW, TODAY
from openiop.base.errors import Refused
from openiop.consents import rules as consents
from openiop.consents.rules import Kind, Purpose, Relation, Variant
from openiop.disclosures import queries as disclosures
from openiop.disclosures.rules import figures, papers, release
from openiop.privacy import rules as privacy
from openiop.programs.rules import Permission, may
from openiop.records import rules as records
from tests.oracles import ORACLES, disagreements

BEFORE, AFTER = NOW - timedelta(days=9), NOW + timedelta(days=9)
LIFE = {  # how a consent stands at NOW: signed, ends, ended
    "draft": (None, AFTER, None),
    "active": (BEFORE, AFTER, None),
    "expired": (BEFORE, NOW, None),
    "revoked": (BEFORE, AFTER, NOW),
}
EVERY = frozenset(Kind)


def _terms(state, kinds, variant="family_person"):
    signed, ends, ended = LIFE[state]
    return consents.Terms("c", variant, frozenset(kinds), "s", signed, ends, ended)


# --- within the program -----------------------------------------------------------------------------------------------


def _read(*, roles, relation, purpose, kind, label, family_scope, consent_state, emergency_open):
    stands = {
        "self": Relation.SELF,
        "supporter": Relation.SUPPORTER,
        "team": Relation.TEAM,
        "staff": Relation.STAFF if roles - {"participant", "family"} else Relation.STRANGER,
    }.get(relation, Relation.STRANGER)
    opened = emergency_open and may(roles, Permission.EMERGENCY_ACCESS)
    emergency = consents.EmergencyTerms(NOW - timedelta(minutes=5), NOW + timedelta(minutes=55)) if opened else None
    found = consents.decide(
        relation=stands, roles=roles, kind=Kind(kind), purpose=Purpose(purpose), at=NOW, supporter_id="s",
        consents=[] if consent_state == "none" else [_terms(consent_state, family_scope)], emergency=emergency,
    )  # fmt: skip
    if label == "none" or not found.allowed or consents.opens_labelled(found):
        return found.status
    return 404 if stands is Relation.SUPPORTER else 403  # the item is kept back


def _emergency(*, given, asked_at, at):
    ids = {
        "personnel": "medical_personnel", "facility": "facility", "discloser": "discloser", "nature": "nature",
        "why": "justification",
    }  # fmt: skip
    reasons = consents.why_not_open(
        given={ours: given[theirs] for ours, theirs in ids.items()}, ground="no-consent", kinds=["medications"],
        minimum=given["minimum_necessary"], already=False,
    )  # fmt: skip
    lacking = {theirs for ours, theirs in ids.items() if consents.EMERGENCY_ELEMENTS[ours] in reasons}
    lacking |= {"minimum_necessary"} & ({"minimum_necessary"} if consents.ONLY_NECESSARY in reasons else set())
    assert len(reasons) == len(lacking)
    if given["opened_at"] is None:
        lacking.add("opened_at")  # opening writes the instant itself
    if lacking:
        return lacking
    terms = consents.EmergencyTerms(asked_at, asked_at + consents.EMERGENCY_LASTS)
    return "open" if terms.open(at) else "closed"


def _expiry_notices(*, expires_on, today, sent):
    due = consents.notice_due(last=expires_on, today=today, given=sent)
    return [] if due is None else [due]


def _recipient_reply(*, asker, consent_covers):
    names = asker if consent_covers else "Dr. Elm"
    grant = release.Grant("c", "named_disclosure", frozenset({"schedule"}), names, holds=True)
    said = release.answer_caller(asker, [grant])
    assert said.sentence == release.NEUTRAL_SENTENCE
    return "may-confirm" if said.kinds else "neutral"


# --- a consent --------------------------------------------------------------------------------------------------------


def _missing(*, variant, given, covered_recipient):
    def words(name, text):
        return text if given[name] else ""

    information = given["information"].strip()
    if given["sud_explicit"]:
        information = information and f"{information}, from my substance use disorder treatment"
    else:
        information = information.replace("substance use disorder treatment", "treatment")
    onward = words("hipaa_redisclosure_statement", "May be shared on under HIPAA, except in proceedings against me.")
    onward += words("redisclosure_statement", "These rules may no longer protect it.")
    group = given["member_class"]  # in the product its words say the limit, or do not
    if given["treating_relationship_only"]:
        group = group and f"{group} who have a treating relationship with me"
    else:
        group = group.replace("treating ", "")
    form = consents.FORMS[Variant(variant)]
    # What the product asks of a form beyond the oracle's elements is given: study, proceeding, app, and the day or
    # event from which a consent for criminal justice can be ended (42 CFR 2.35(c)).
    lacking = consents.missing(
        given={
            "variant": variant,
            "participant": given["patient_name"],
            "discloser": given["discloser"],
            "recipient": given["recipient"],
            "information": information,
            "purpose": given["purpose"],
            "right_to_revoke": words("right_to_revoke", "In writing, at any time."),
            "redisclosure": onward,
            "if_declined": words("refusal_consequences", "Then I may pay myself."),
            "members": given["member_participants"] or group,
            "study": "Recovery at home, approved by the board of Elm University",
            "proceeding": "State v. Ashgrove",
            "revocable_from": given["revocable_from"] or "The final decision",
            "app": consents.APP_WORDS,
            "opt_out": words("opt_out_statement", consents.OPT_OUT_WORDS),
            "no_condition": "" if given["condition_of_treatment"] else consents.NO_CONDITION_WORDS,
        },
        kinds=[form.kinds[0]],
        has_expiry=consents.says_when_it_ends(variant=variant, day=False, event=given["expiry"]),
        covered_recipient=covered_recipient,
        initiated=given["patient_initiated"],
    )
    ids = {
        "participant": "1", "discloser": "2", "information": "3", "recipient": "4", "members": "4i", "hipaa": "4ii",
        "purpose": "5", "opt_out": "5f", "right_to_revoke": "6", "expiry": "7", "redisclosure": "10i",
        "if_declined": "10ii", "no_condition": "unconditioned", "alone": "single",
    }  # fmt: skip
    unsigned = consents.why_not_sign(
        status="draft", signer_name=given["signature"], legal_name="Robin Ashgrove", expired=False, own=True,
        in_the_room=False,
    )  # fmt: skip
    found = {ids[name] for name in lacking} | ({"8"} if unsigned else set())
    if not consents.may_share_document([variant, *given["combined_with"]]):
        found.add("single")
    return found | (set() if given["date_signed"].strip() else {"9"})  # signing writes the instant itself


# --- what leaves ------------------------------------------------------------------------------------------------------

RECEIVERS = {
    "provider": release.Receiver.PROVIDER,
    "hospital": release.Receiver.PROVIDER,
    "payer": release.Receiver.HEALTH_PLAN,
    "family": release.Receiver.FAMILY,
    "employer": release.Receiver.EMPLOYER,
    "court": release.Receiver.COURT,
    "probation": release.Receiver.CRIMINAL_JUSTICE,
    "school": release.Receiver.SCHOOL,
    "auditor": release.Receiver.AUDITOR,
    "vendor": release.Receiver.OPERATIONS,
    "colleague": release.Receiver.OTHER,
    "child-protection": release.Receiver.AUTHORITY,
    "the-person": release.Receiver.SELF,
}
BASES = {
    "consent": release.Basis.CONSENT,
    "audit-2.53": release.Basis.AUDIT,
    "qsoa": release.Basis.QSO,
    "court-order": release.Basis.COURT_ORDER,
    "own-access": release.Basis.OWN,
    "child-abuse": release.Basis.CHILD_REPORT,
}
USES = {
    "audit-2.53": release.Use.AUDIT,
    "court-order": release.Use.PROCEEDINGS,
    "own-access": release.Use.OWN,
    "child-abuse": release.Use.REPORT,
}


def _receiver(basis, variant, recipient):
    """The class someone receives as: whoever audits as an auditor, the maker of an app as one."""
    if basis == "audit-2.53" and recipient == "payer":
        return release.Receiver.AUDITOR
    return RECEIVERS[recipient]


def _use(basis, variant, recipient, proceedings):
    if proceedings:
        return release.Use.PROCEEDINGS
    if variant in ("tpo_single", "payer_only"):
        return release.Use.REVIEW if recipient == "payer" else release.Use.TREATMENT
    return USES.get(basis, release.Use.AT_REQUEST)


def _in_emergency(recipient, requested, proceedings):
    """The emergency page sends to medical personnel alone, for treatment, what the form may name."""
    if recipient not in ("hospital", "provider") or proceedings:
        return set()  # there is no such way out
    terms = consents.EmergencyTerms(NOW, NOW + consents.EMERGENCY_LASTS)
    return {
        kind
        for kind in requested
        if consents.decide(
            relation=Relation.STAFF, roles=["nurse"], kind=Kind(kind), purpose=Purpose.EMERGENCY, at=NOW,
            emergency=terms,
        ).allowed
    }  # fmt: skip


def _within(recipient, requested, proceedings, restricted):
    """Inside, nothing leaves: the guard answers a colleague, for the purposes there are."""
    if recipient != "colleague" or proceedings or restricted:
        return set()  # there is no such way out
    return {
        kind
        for kind in requested
        if consents.first(
            purposes=list(Purpose), relation=Relation.TEAM, roles=["supervisor"], kind=Kind(kind), at=NOW
        ).allowed
    }


def _release(
    *, basis, variant, consent_state, consent_recipients, consent_kinds, recipient, requested, restricted, legal_hold,
    agreement_active, proceedings,
):  # fmt: skip
    if basis == "emergency-2.51":
        return _in_emergency(recipient, requested, proceedings)
    if basis == "internal":
        return _within(recipient, requested, proceedings, restricted)
    receiver = _receiver(basis, variant, recipient)
    grant, order, agreed = None, None, False
    if basis == "consent" and consent_state != "none":
        holds = consents.in_force(_terms(consent_state, consent_kinds, variant), NOW)
        grant = release.Grant("c", variant, consent_kinds, "; ".join(sorted(consent_recipients)), holds)
    if basis == "court-order" and recipient == "court":
        heard = None if legal_hold else TODAY - timedelta(days=1)
        legal = papers.Legal("2.64", with_mandate=True, told_on=heard, heard_on=heard, kinds=requested)
        order = release.Ordered(tuple(papers.why_not_answer(legal, TODAY)), legal.kinds)
    if basis == "audit-2.53":
        ends = None if agreement_active else TODAY - timedelta(days=1)
        paper = papers.Paper("audit", recipient, frozenset(), TODAY - timedelta(days=90), ends)
        agreed = papers.audits([paper], recipient, TODAY)
    found = release.decide_release(
        release.Ask(
            basis=BASES.get(basis, basis),
            receiver=receiver,
            recipient=recipient,
            use=_use(basis, variant, recipient, proceedings),
            kinds=tuple(sorted(requested)),
        ),
        standing=release.Standing(
            limits=(release.Limit(receiver=receiver),) if restricted else (), process_open=legal_hold
        ),
        readable=EVERY,
        grant=grant,
        agreed=agreed,
        order=order,
    )
    return found.kinds


def _attached(*, basis, variant, consent_state):
    if basis == "consent" and (consent_state == "none" or not consents.in_force(_terms(consent_state, ()), NOW)):
        raise Refused("This consent is not in force.")
    ours = BASES.get(basis) or {"internal": release.Basis.INTERNAL, "emergency-2.51": release.Basis.EMERGENCY}[basis]
    along = set()
    for how in release.How:
        for receiver in release.Receiver:
            along |= {"notice"} if release.notice_for(ours, how) else set()
            along |= {"consent-copy"} if release.accompany_for(ours, receiver) else set()
            if basis == "consent":
                assert release.notice_for(ours, how), how
                assert release.accompany_for(ours, receiver), receiver
    return along


def _listed(*, at_day, disclosures):
    """The whole list the product gives: what 42 CFR 2.25 asks for and, without consent, what 45 CFR 164.528 does."""
    at = datetime.combine(at_day, time(12), UTC)
    bases = BASES | {"internal": release.Basis.INTERNAL, "emergency-2.51": release.Basis.EMERGENCY}
    return [
        place
        for place, (day, basis, variant, by_software) in enumerate(disclosures)
        if release.is_accounted(
            release.Sent(
                made_at=datetime.combine(day, time(12), UTC),
                basis=bases[basis],
                tpo=variant in ("tpo_single", "payer_only"),
                by_software=by_software,
            ),
            at,
        )
    ]


def _accounting(*, at_day, disclosures):
    """Of the product's list, what left with consent: that is the accounting of 2.25."""
    return [
        place for place in _listed(at_day=at_day, disclosures=disclosures) if disclosures[place][1] == "consent"
    ]  # fmt: skip


# --- figures ----------------------------------------------------------------------------------------------------------


def _small_cells(*, counts, threshold):
    found = figures.suppressed({str(place): count for place, count in enumerate(counts)}, threshold)
    return [found[str(place)] for place in range(len(counts))]


COLUMN_OF = {
    "admission_date": "year_admitted",
    "discharge_date": "year_ended",
    "age": "age",
    "zip": "zip3",
    "sex": "gender",
    "level_of_care": "level",
    "sessions_attended": "sessions_attended",
    "phq9_total": "phq9_first",
}


def _deidentified(*, record):
    """What the columns of the product's set say of it; what no column holds stays out."""
    kept = {}
    for name, value in record.items():
        column = COLUMN_OF.get(name, "")
        if column.startswith("year"):
            kept[name] = figures.year_of(value)
        elif column == "zip3":
            kept[name] = figures.zip3(value, disclosures.sparse_zips(TODAY))
        elif column == "age":
            kept[name] = figures.age_words(TODAY.replace(year=TODAY.year - value), TODAY).replace(figures.OLD, "90+")
        elif column:
            kept[name] = str(value)
    columns = [COLUMN_OF[name] for name in kept]
    assert figures.why_not_deidentified(columns, [list(kept.values())]) == []
    return kept


ADAPTERS = {
    "privacy.read": _read,
    "privacy.recipient_reply": _recipient_reply,
    "privacy.missing": _missing,
    "privacy.release": _release,
    "privacy.attached": _attached,
    "privacy.accounting": _accounting,
    "privacy.notice_ok": lambda *, text: not release.why_not_notice("B", text),
    "privacy.emergency": _emergency,
    "privacy.review_due": lambda *, opened_at: opened_at.astimezone(UTC) + privacy.REVIEW_WITHIN,
    "privacy.small_cells": _small_cells,
    "privacy.deidentified": _deidentified,
    "privacy.expiry_notices": _expiry_notices,
}


# --- where product and oracle part ------------------------------------------------------------------------------------

# Readings of the source which the product takes otherwise, by the oracle's own words, and on what ground.
OTHER_READINGS = {
    "privacy.read": {
        "who may open an emergency access, and whether the team needs one":
            "Whoever works with records opens one; 2.51(c) asks what is written down, and someone else reviews it.",
        "a clinician of the same program who is not on the team":
            "Cover, groups and crises are duties too (2.12(c)(3)). Each look is on record, and looks without a tie "
            "are asked about.",
        "a consent names a kind which the program may never offer to family":
            "A supporter's page has no place for an assessment, so no form offers it (program rule).",
    },
    "privacy.missing": {
        "who may end with a study": "2.31(a)(7) lets any event end a consent: the form takes the one they agree on.",
        "an event that ends nothing between these two": "The same; which event ends it is theirs to choose.",
    },
    "privacy.release": {
        "how far an agreed restriction reaches beyond treatment, payment and operations":
            "Not to an emergency; what stays behind there is what 2.51 has no need of.",
        "a consent for legal proceedings used elsewhere":
            "It serves the one proceeding it names and reaches a court or a lawyer alone (2.31(d)).",
    },
    "privacy.accounting": {
        "the very day three years ago": "Three years before February 29 is February 28, which is still listed.",
    },
    "privacy.small_cells": {"whether zero is a small cell": "Cells of 1 to 10 are hidden; a zero tells of nobody."},
}  # fmt: skip


def _labelled_in_emergency(one):
    given = one.given
    return (given["purpose"], one.answered) == ("emergency", 403) and given["label"] in ("trauma", "family-conflict")


def _beyond_the_need(one):
    given = one.given
    return (given["purpose"], one.answered) == ("emergency", 403) and given["kind"] not in consents.EMERGENCY_KINDS


def _for_operations(one):
    return (one.given["purpose"], one.answered) == ("operations", 403) and "supervisor" in one.given["roles"]


def _marked_counseling(one):
    given = one.given
    mark = given["label"] == "counseling" and given["kind"] != "counseling-notes" and given["purpose"] == "treatment"
    return mark and one.answered == 200 and (given["relation"] == "team" or "supervisor" in given["roles"])


def _class_of_receiver(one):
    given = one.given
    ours = _receiver(given["basis"], given["variant"], given["recipient"])
    return given["basis"] == "consent" and not one.answered and ours not in release.RECEIVERS[given["variant"]]


def _least_for_payment(one):
    given = one.given
    least = release.MINIMUM[release.Use.REVIEW]
    for_payment = (given["variant"], given["recipient"]) in {("tpo_single", "payer"), ("payer_only", "payer")}
    return for_payment and one.answered == one.expected & least - release.NEVER_OUT


def _house_work(one):
    return one.answered == one.expected - release.NEVER_OUT


def _dropped(one):
    other = one.given["given"]["revocable_from"] and one.given["variant"] != Variant.CRIMINAL_JUSTICE
    return other and one.answered == one.expected - {"6"}


def _hidden_together(one):
    hidden = [count for count in one.given["counts"] if 0 < count < one.given["threshold"]]
    shown = all(ours in (None, theirs) for ours, theirs in zip(one.answered, one.expected, strict=True))
    return shown and len(hidden) > 1 and sum(hidden) < one.given["threshold"]


# Rows on which the source allows no other reading, and the product gives less than the oracle would let it, or more
# for a reason that is said. Each is one named kind of row; what fits none of them fails.
PARTED = {
    "privacy.read": {
        "An emergency opens what medical personnel need, and no session note or plan (2.51(a)).": _beyond_the_need,
        "An item marked as sensitive stays back in an emergency; the team reads it to treat.": _labelled_in_emergency,
        "A supervisor reads to treat and to oversee; no page is for operations alone.": _for_operations,
        "A mark on an item of the record makes it no counseling note: such a note is kept apart (2.11), in a table of "
        "its own that opens to its author alone.": _marked_counseling,
        "No page shows family a medication, so no consent offers it (program rule).":
            lambda one: (one.given["relation"], one.given["kind"], one.answered) == ("supporter", "medications", 404),
    },
    "privacy.missing": {
        "Only the form of 2.35 carries a time from which it can be ended; on any other it is not taken over, and the "
        "right to end it at any time stands.": _dropped,
    },
    "privacy.release": {
        "Each form of consent reaches its own class of receivers (traps 29 and 30).": _class_of_receiver,
        "A payer gets the least that serves (P18, 45 CFR 164.502(b)).": _least_for_payment,
        "Alerts and who looked are work of the house, and no form names them.": _house_work,
        "An emergency sends what medical personnel need (2.51(a)).":
            lambda one: one.given["basis"] == "emergency-2.51"
            and one.answered == one.expected & set(consents.EMERGENCY_KINDS),
        "No record is sent to a service organization: what passes one is a message that says nothing.":
            lambda one: one.given["basis"] == "qsoa" and not one.answered,
    },
    "privacy.small_cells": {
        "Cells hidden together amount to the bound too, or their sum would be a small cell.": _hidden_together,
    },
    "privacy.deidentified": {
        "The set has twelve columns; a field without one stays out.":
            lambda one: one.answered == {name: said for name, said in one.expected.items() if name in COLUMN_OF},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_the_product_answers_as_an_independent_oracle_of_privacy_does(name):
    """Every row, those with another reading too: each difference has its name and its ground, and each is met."""
    taken, met, unnamed = set(), set(), []
    for one in disagreements(name, ADAPTERS[name], limit=10_000):
        if one.reading:
            taken.add(one.reading)
            continue
        why = next((why for why, fits in PARTED.get(name, {}).items() if fits(one)), "")
        met.add(why)
        if not why:
            unnamed.append(str(one))
    assert unnamed == []
    assert taken == set(OTHER_READINGS.get(name, {}))
    assert met == set(PARTED.get(name, {}))


def test_what_is_said_of_the_rows_that_part_is_so():
    both = {Purpose.OPERATIONS, Purpose.TREATMENT}
    alone = {
        permission
        for permission, purposes in consents.PURPOSES.items()
        if Purpose.OPERATIONS in purposes and not both <= {*purposes}
    }
    assert alone == set()
    assert set(COLUMN_OF.values()) <= set(records.COLUMNS)
    named = {kind for form in consents.FORMS.values() for kind in form.kinds}
    assert not named & consents.BOOKS
    given = {
        "variant": "named_disclosure", "discloser": "", "recipient": "Dr. Elm", "information": "", "purpose": "Work",
        "participant": "Robin Ashgrove", "right_to_revoke": consents.REVOKE_WORDS, "revocable_from": "next year",
    }  # fmt: skip
    found = consents.compose(
        program="Larkmeadow", kinds=["plan"], given=given, ends_on="May 1, 2027", ends_when="", past=False, far=False,
        supported=False, initiated=False,
    )  # fmt: skip
    assert not found.reasons
    assert "next year" not in found.text


def test_without_consent_a_list_holds_six_years_of_what_the_hipaa_rule_lists():
    """45 CFR 164.528: never one's own copy, nor what stays inside."""
    for row in ORACLES["privacy.accounting"].cases():
        at_day, lines = row.given["at_day"], row.given["disclosures"]
        rest = [lines[place] for place in _listed(**row.given) if lines[place][1] != "consent"]
        assert {basis for _, basis, *_ in rest}.isdisjoint({"own-access", "internal"})
        assert rest == [
            line for line in lines
            if line[1] not in ("consent", "own-access", "internal") and line[0] <= at_day
            and (at_day.year - line[0].year, at_day.month, at_day.day) <= (6, line[0].month, line[0].day)
        ]  # fmt: skip
