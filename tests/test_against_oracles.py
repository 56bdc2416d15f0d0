"""The product beside its independent oracles: each adapter asks the product the oracle's question in its own terms."""

from datetime import UTC, date, datetime, timedelta

import pytest

from openiop.admissions import rules as admissions_rules
from openiop.consents import rules as consent_rules
from openiop.consents.rules import Relation
from openiop.plans import rules as plan_rules
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires import rules as questionnaire_rules
from tests.oracles import disagreements


def _scores(*, instrument, answers):
    read = questionnaires.instrument({"PHQ-9": "phq9", "GAD-7": "gad7"}[instrument])
    for number, value in enumerate(answers, 1):
        if questionnaire_rules.why_not_answer(
            instrument=read, version=read.version, status="started", item=number, value=value
        ):
            raise ValueError(number)
    given = {str(number): value for number, value in enumerate(answers, 1)}
    points = questionnaire_rules.total(read, given)
    found = questionnaire_rules.band(read, points)
    item9 = None
    if read.critical_items:
        asks = "9" not in given or given["9"] is None
        item9 = "ask" if asks else questionnaire_rules.critical_level(read, 9, given["9"]) or "none"
        refused = questionnaire_rules.why_not_complete(instrument=read, status="started", answers=given)
        assert bool(refused) is asks, "a form is handed in with item 9 open, or kept back without need"
    return {
        "total": points,
        "band": found.name if found else None,
        "positive": None if points is None else questionnaire_rules.positive(read, points),
        "item9": item9,
    }


def _code(*, meaning):
    name, _, part = meaning.partition(" ")
    read = {row.name: row for row in questionnaires.instruments().values()}.get(name)
    if read is None:
        return None
    if part == "panel":
        return read.panel
    if part == "total":
        return read.total_code
    number = 10 if part == "difficulty" else int(part.removeprefix("item "))
    return read.item(number).loinc


def _placement(*, ratings, hard_stops):
    found = admissions_rules.suggest(ratings, hard_stops)
    return (found.rule, found.words, found.residence) if found else (None, None, False)


def _placement_changes(*, ratings):
    return [(one.dimension, one.value, one.suggestion.words) for one in admissions_rules.changes(ratings)]


def _suitability(*, answers):
    found = admissions_rules.screen(answers)
    return found.result.value.replace("-", "_"), found.crisis


def _golden(*, diagnoses, phq9, gad7, goals, deferrals):
    half = {"substance_or_behavior": plan_rules.Family.ADDICTION, "mental_health": plan_rules.Family.MENTAL_HEALTH}
    screens = {
        questionnaires.instrument(code).family
        for code, total in (("phq9", phq9), ("gad7", gad7))
        if total is not None and questionnaire_rules.positive(questionnaires.instrument(code), total)
    }
    lacking = plan_rules.families_missing(
        needed=plan_rules.families_needing_a_goal(
            active_diagnoses=[half[family] for family, active in diagnoses if active], positive_screens=screens
        ),
        with_goal=[half[family] for family, status in goals if status == "active"],
        # The product keeps no deferral without its signature and its date.
        deferred={half[family]: day for family, signed, day in deferrals if signed and day},
        on=date(2026, 10, 14),
    )
    back = {value: name for name, value in half.items()}
    return [back[family] for family in lacking]


def _consent_missing(*, kind, given, recipient_is_covered_entity):
    def words(name, text):
        return text if given[name] else ""

    information = given["information"].strip()
    if given["sud_explicit"]:
        information = information and f"{information}, from my substance use disorder treatment"
    else:
        information = information.replace("substance use disorder treatment", "treatment")
    onward = words("hipaa_redisclosure_statement", "May be shared on under HIPAA, except in proceedings against me.")
    onward += words("redisclosure_statement", "These rules may no longer protect it.")
    lacking = consent_rules.missing(
        given={
            "variant": kind,
            "participant": given["patient_name"],
            "discloser": given["discloser"],
            "recipient": given["recipient"],
            "information": information,
            "purpose": given["purpose"],
            "right_to_revoke": words("right_to_revoke", "In writing, at any time."),
            "redisclosure": onward,
            "if_declined": words("refusal_consequences", "Then I may pay myself."),
        },
        kinds=["plan"],
        has_expiry=consent_rules.says_when_it_ends(variant=kind, day=False, event=given["expiry"]),
        covered_recipient=recipient_is_covered_entity,
        initiated=given["patient_initiated"],
    )
    ids = {
        "participant": "1", "discloser": "2", "information": "3", "recipient": "4", "hipaa": "4ii", "purpose": "5",
        "right_to_revoke": "6", "expiry": "7", "redisclosure": "10i", "if_declined": "10ii",
    }  # fmt: skip
    unsigned = consent_rules.why_not_sign(
        status="draft", signer_name=given["signature"], legal_name="Robin Ashgrove", expired=False, own=True,
        in_the_room=False,
    )  # fmt: skip
    found = {ids[name] for name in lacking} | ({"8"} if unsigned else set())
    return found | (set() if given["date_signed"].strip() else {"9"})  # signing writes the instant itself


def _terms(signed_at, revoked_at, expires_at, kinds=frozenset()):
    return consent_rules.Terms(
        id="c", variant="family_person", kinds=kinds, supporter_id="s", signed_at=signed_at, expires_at=expires_at,
        revoked_at=revoked_at,
    )  # fmt: skip


def _consent_active(*, signed_at, revoked_at, expires_at, at):
    return consent_rules.in_force(_terms(signed_at, revoked_at, expires_at), at)


def _consent_access(*, viewer, kind, scope):
    now = datetime(2026, 10, 14, 18, tzinfo=UTC)
    before, after = now - timedelta(days=9), now + timedelta(days=9)
    relation, roles = {
        "treating_staff": (Relation.TEAM, {"counselor"}),
        "program_staff_permitted": (Relation.STAFF, {"supervisor"}),
        "program_staff_unpermitted": (Relation.STAFF, {"director"}),
        "front_desk": (Relation.STAFF, {"front-desk"}),
        "billing": (Relation.STAFF, {"biller"}),
        "outsider_staff": (Relation.STRANGER, {"counselor"}),
        "self": (Relation.SELF, {"participant"}),
        "other_participant": (Relation.STRANGER, {"participant"}),
    }.get(viewer, (Relation.SUPPORTER, {"family"}))
    shared = frozenset(one.replace("_", "-") for one in scope)
    terms = {
        "family_active": [_terms(before, None, after, shared)],
        "family_expired": [_terms(before, None, now, shared)],
        "family_revoked": [_terms(before, now, after, shared)],
    }.get(viewer, [])
    asked = consent_rules.Kind(kind.replace("_", "-"))
    return consent_rules.first(
        purposes=tuple(consent_rules.Purpose), relation=relation, roles=roles, kind=asked, at=now, consents=terms,
        supporter_id="s",
    ).status  # fmt: skip


ADAPTERS = {
    "golden": _golden,
    "consent.missing": _consent_missing,
    "consent.active": _consent_active,
    "placement": _placement,
    "placement.changes": _placement_changes,
    "placement.hard_stops": lambda *, facts: admissions_rules.stops_for(facts),
    "suitability": _suitability,
    "scores": _scores,
    "scores.loinc": lambda *, code: questionnaire_rules.loinc_holds(code),
    "scores.codes": _code,
}


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_the_product_answers_as_an_independent_oracle_does(name):
    assert [str(one) for one in disagreements(name, ADAPTERS[name])] == []


def test_who_may_open_what_is_as_the_oracle_says_save_where_the_program_shares_less_with_family():
    """The law lets a person share more with family; this program offers no consent for what no page shows."""
    other = disagreements("consent.access", _consent_access, limit=1000)
    assert {(one.given["viewer"], one.given["kind"]) for one in other} == {
        ("family_active", "measures"),
        ("family_active", "check_ins"),
        ("family_active", "medications"),
    }
    assert {one.answered for one in other} == {404}
    assert {"measures", "check-ins", "notes"} <= consent_rules.NEVER_FOR_FAMILY
