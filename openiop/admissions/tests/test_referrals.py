"""Referrals come in once, whole, and a likely double waits for a person."""

import copy
import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from conftest import NOW
from openiop.admissions import actions, queries
from openiop.admissions.models import Referral
from openiop.admissions.rules import referral as rules
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants.models import Diagnosis, Participant

OWN = sorted((Path(__file__).parents[1] / "bundles").glob("*.json"))
SHARED = sorted((Path(__file__).parents[4] / "shared/data/fhir-patients/synthea-bundles").glob("*.json.gz"))


def taken_in(program, by, path=OWN[0], change=None, at=NOW):
    data = json.loads(path.read_text())
    if change:
        change(data)
    files = {path.name: json.dumps(data).encode()}
    return actions.import_referrals(program=program, files=files, by=by, at=at).rows[0]


def patient(data):
    return next(entry["resource"] for entry in data["entry"] if entry["resource"]["resourceType"] == "Patient")


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_a_referral_becomes_a_record_with_what_the_sender_told(program, intake, path):
    referral = taken_in(program, intake, path)
    assert referral.status == "taken"
    families = set(Diagnosis.objects.filter(participant=referral.participant).values_list("family", flat=True))
    assert families & {"substance", "behavior"}
    assert "mental-health" in families
    assert '"file"' not in json.dumps([referral.person, referral.facts, referral.report])


def test_the_same_file_comes_in_only_once(program, intake):
    first = taken_in(program, intake)
    events = Event.objects.count()
    assert taken_in(program, intake).pk == first.pk
    assert (Referral.objects.count(), Participant.objects.count(), Event.objects.count()) == (1, 1, events)


def test_news_from_the_same_sender_joins_the_same_person(program, intake):
    first = taken_in(program, intake)

    def news(data):
        patient(data)["telecom"] = [{"system": "phone", "value": "555-0100"}]

    second = taken_in(program, intake, change=news)
    assert second.pk != first.pk
    assert second.participant == first.participant
    assert Participant.objects.count() == 1


def as_stranger(data):
    """The same person from another sender."""
    old = patient(data)["id"]
    text = json.dumps(data).replace(old, "ffffffff-0000-4000-8000-000000000001")
    data.clear()
    data.update(json.loads(text))
    patient(data)["identifier"] = [{"system": "urn:other", "value": "77"}]


@pytest.mark.parametrize(("decision", "people"), [("same", 1), ("new", 2), ("set-aside", 1)])
def test_a_likely_double_waits_and_is_decided_once(program, intake, decision, people):
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    assert held.status == "held"
    assert held.participant is None
    assert held.likely_reasons
    alert = Alert.objects.get(kind="referral-held")
    decided = actions.decide_referral(referral=held, decision=decision, words="Checked by phone", by=intake, at=NOW)
    assert decided.status == ("discarded" if decision == "set-aside" else "taken")
    assert Participant.objects.count() == people
    alert.refresh_from_db()
    assert alert.status == "closed"
    with pytest.raises(Refused):
        actions.decide_referral(referral=held, decision="new", words="", by=intake, at=NOW)


@pytest.mark.parametrize(("decision", "words"), [("", "x"), ("maybe", "x"), ("set-aside", " ")])
def test_a_decision_is_one_of_three_and_setting_aside_has_a_reason(program, intake, decision, words):
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    with pytest.raises(Refused):
        actions.decide_referral(referral=held, decision=decision, words=words, by=intake, at=NOW)
    held.refresh_from_db()
    assert held.status == "held"


def test_someone_the_sender_says_has_died_waits_for_a_person(program, intake):
    def died(data):
        patient(data)["deceasedBoolean"] = True

    held = taken_in(program, intake, change=died)
    assert held.status == "held"
    with pytest.raises(Refused):
        actions.decide_referral(referral=held, decision="same", words="", by=intake, at=NOW)


def test_a_fresh_item_9_of_the_sender_is_answered_like_our_own(program, intake):
    facts = [{"kind": "measure", "instrument": "phq-9-item-9", "score": 2, "taken": "2026-10-01T10:00:00+00:00"}]
    assert rules.item_9(facts)[0] == 2
    assert rules.item_9([]) == (None, None)
    referral = taken_in(program, intake)
    told = {"facts": facts, "status": "held", "participant": None, "digest": "other"}
    for name, value in told.items():
        setattr(referral, name, value)
    referral.pk = uuid4()
    referral.save(force_insert=True)
    actions.decide_referral(referral=referral, decision="new", words="", by=intake, at=NOW)
    alert = Alert.objects.get(kind="phq9-item9")
    assert alert.level == "urgent"


def test_only_its_own_program_reads_a_referral(program, intake, outsider, biller):
    referral = taken_in(program, intake)
    assert queries.referral_for(intake, referral.pk, NOW) == referral
    with pytest.raises(queries.Http404):
        queries.referral_for(outsider, referral.pk, NOW)
    assert list(queries.referrals(program.pk, waiting=True)) == []
    assert list(queries.referrals(program.pk, waiting=False)) == [referral]


def test_particulars_of_little_are_still_a_record():
    person = {
        "names": [{"use": None, "family": None, "given": [], "text": "Only Text", "ended": True}],
        "addresses": [], "phones": [], "emails": [], "language": None, "birth": "1980", "gender": "unknown",
    }  # fmt: skip
    assert rules.fields_of(person)["legal_name"] == "Only Text"
    assert rules.fields_of(person)["birth_on"] is None


def test_conditions_that_are_over_refuted_or_uncoded_stay_on_the_referral():
    base = {
        "kind": "problem", "family": "substance", "clinical_status": "active", "verification": "confirmed",
        "abatement": None, "code": {"system": "http://snomed.info/sct", "code": "7200002", "display": "Alcoholism"},
        "text": "", "onset": None,
    }  # fmt: skip
    assert [found.words for found in rules.problems_of([base])] == ["Alcoholism"]
    for change in (
        {"clinical_status": "resolved"}, {"verification": "refuted"}, {"abatement": "2020-01-01"}, {"code": None},
        {"family": "other"}, {"kind": "request"},
    ):  # fmt: skip
        assert rules.problems_of([copy.deepcopy(base) | change]) == []


def test_the_command_imports_reports_and_refuses_a_broken_file_whole(program, intake, tmp_path, capsys):
    call_command("import_referrals", str(OWN[0]), str(OWN[1]))
    assert Referral.objects.count() == 2
    assert "entries used" in capsys.readouterr().out
    broken = tmp_path / "broken.json"
    broken.write_text(
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient"}}]}'
    )
    with pytest.raises(CommandError, match="could not be read"):
        call_command("import_referrals", str(broken), str(OWN[2]))
    said = capsys.readouterr().err
    assert "broken.json" in said
    assert "/entry/0/resource" in said
    assert Referral.objects.count() == 3
    with pytest.raises(CommandError):
        call_command("import_referrals", str(tmp_path / "missing.json"))
    with pytest.raises(CommandError, match="Name a member"):
        call_command("import_referrals", str(OWN[0]), "--as", "nobody@example.org")
    call_command("import_referrals", str(OWN[0]), str(OWN[1]), "--together")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED, reason="the shared data is not beside this checkout")
def test_every_real_bundle_imports_and_comes_in_only_once(program, intake):
    for _ in range(2):
        for path in SHARED:
            actions.import_referrals(program=program, files={path.name: path.read_bytes()}, by=intake, at=NOW)
    assert Referral.objects.count() == len(SHARED)
    held = Referral.objects.filter(status="held")
    assert all("died" in " ".join(row.likely_reasons) for row in held)
    assert Participant.objects.count() == len(SHARED) - held.count()
