"""Referrals come in once, whole, and a likely double waits for a person."""

import copy
import json
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from conftest import NOW
from openiop.admissions import actions, queries, reading
from openiop.admissions.models import Referral
from openiop.admissions.rules import matching
from openiop.admissions.rules import referral as rules
from openiop.alerts.models import Alert, AlertStep
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants import actions as people
from openiop.participants.models import Diagnosis, Participant
from tests import make

LATER = NOW + timedelta(hours=2)

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


# Whose record it joins


def renamed(data):
    """Another person under the number of the first."""
    person = patient(data)
    person["name"] = [{"use": "official", "family": "Wintergreen", "given": ["Tamsin"]}]
    person["telecom"] = [{"system": "phone", "value": "614-555-0771"}]


def born(day):
    def change(data):
        patient(data)["birthDate"] = day

    return change


@pytest.mark.parametrize("change", [renamed, born("1951-11-30")])
def test_a_senders_number_used_again_for_someone_else_waits_for_a_person(program, intake, change):
    first = taken_in(program, intake)
    held = taken_in(program, intake, change=change)
    assert (held.status, held.participant, held.likely) == ("held", None, first.participant)
    assert "sender's number" in held.likely_reasons[0]
    assert Participant.objects.count() == 1
    again = taken_in(program, intake, change=change)
    assert again.pk == held.pk


def test_news_joins_the_same_person_after_their_name_was_corrected_here(program, intake):
    first = taken_in(program, intake)
    people.correct_participant(participant=first.participant, legal_name="Wynn Otherby", by=intake, at=NOW)
    assert taken_in(program, intake).pk == first.pk

    def news(data):
        patient(data)["telecom"] = [{"system": "phone", "value": "614-555-0100"}]

    assert taken_in(program, intake, change=news).participant == first.participant


def test_news_under_the_number_of_a_referral_that_still_waits_waits_too(program, intake):
    def died(data):
        patient(data)["deceasedBoolean"] = True

    taken_in(program, intake, change=died)
    assert taken_in(program, intake).status == "held"
    assert not Participant.objects.exists()


def particulars(row):
    return {name: rules.fields_of(row.person)[name] for name in ("legal_name", "phone", "birth_on")}


def test_a_record_of_a_phone_call_without_a_birth_date_is_offered_first_and_all_are_shown(program, intake, db):
    told = particulars(taken_in(program, intake))
    elsewhere = make.program(name="Fernhollow")
    office = make.member(elsewhere, "intake")
    family = told["legal_name"].split()[-1]
    make.participant(elsewhere, f"Wren {family}", birth_on=told["birth_on"])
    called = make.participant(elsewhere, told["legal_name"], phone=told["phone"], birth_on=None)
    held = taken_in(elsewhere, office)
    assert (held.status, held.likely) == ("held", called)
    shown = queries.candidates(held)
    assert shown[0].participant == called
    assert len(shown) == 2


@pytest.mark.parametrize("slip", ["digit", "exchanged", "year", "two digits"])
def test_the_same_name_with_a_mistyped_birth_date_is_never_a_silent_second_record(program, intake, slip):
    def on_4_march(data):
        patient(data)["birthDate"] = "1984-03-04"

    typed = {"digit": date(1984, 3, 5), "exchanged": date(1984, 4, 3), "year": date(1948, 3, 4),
             "two digits": date(1984, 3, 21)}[slip]  # fmt: skip
    name = rules.fields_of({**NOBODY, "names": _names(OWN[0])})["legal_name"]
    make.participant(program, name, birth_on=typed, phone="")
    held = taken_in(program, intake, change=on_4_march)
    assert held.status == "held"
    assert Participant.objects.count() == 1


NOBODY = {"addresses": [], "phones": [], "emails": [], "language": None, "birth": "1980", "gender": "unknown"}


def _names(path):
    given = patient(json.loads(path.read_text()))["name"]
    blank = {"use": None, "family": None, "given": [], "text": "", "ended": False}
    return [blank | {key: value for key, value in name.items() if key in blank} for name in given]


def test_the_same_number_and_agreement_in_nothing_else_is_refused_by_the_rule():
    told = reading.Known(family="Alder", given="Robin", born_on=date(1990, 2, 3), identifiers=frozenset({("a", "1")}))
    other = reading.Known(family="Moss", given="Theo", born_on=date(1990, 2, 3), identifiers=frozenset({("a", "1")}))
    earlier = [matching.Earlier(told=told, record="r1", reads=told)]
    assert matching.joining(told, earlier=earlier, alike=[]) == matching.Joining(record="r1")
    assert matching.joining(other, earlier=earlier, alike=[]).look_at == "r1"
    assert matching.joining(other, earlier=earlier, alike=[]).record is None
    assert "The name is another." in matching.joining(other, earlier=earlier, alike=[]).held_for
    two = [*earlier, matching.Earlier(told=told, record="r2")]
    assert matching.joining(told, earlier=two, alike=[]).held_for
    assert matching.joining(told, earlier=[], alike=[]) == matching.Joining()


# Taken back


def test_a_referral_on_the_wrong_record_is_taken_back_and_nothing_is_removed(program, intake):
    known = make.participant(program, "Robin Alder")
    people.add_diagnosis(participant=known, code="F32.1", words="Their own", by=intake, at=NOW)
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    actions.decide_referral(referral=held, decision="same", same_as=known, words="", by=intake, at=LATER)
    brought = Diagnosis.objects.filter(participant=known, source="referral")
    count = brought.count()
    assert count
    back = actions.take_back_referral(referral=held, words="Another person", by=intake, at=LATER)
    assert (back.status, back.participant, back.taken_from, back.decision) == ("held", None, known, "")
    assert back.taken_back_reason == "Another person"
    assert brought.count() == count
    assert not brought.filter(ended_on__isnull=True).exists()
    assert all("error" in row.ended_reason for row in brought)
    assert Diagnosis.objects.get(participant=known, source="clinician").ended_on is None
    event = Event.objects.get(what="referral.taken-back")
    assert (event.participant_id, event.facts["was"]) == (str(known.pk), "same")
    assert Alert.objects.filter(kind="referral-held", closed_at__isnull=True).count() == 1
    with pytest.raises(Refused, match="on no record"):
        actions.take_back_referral(referral=back, words="Again", by=intake, at=LATER)
    right = actions.decide_referral(referral=back, decision="new", words="", by=intake, at=LATER)
    assert right.participant not in {None, known}
    right.refresh_from_db()
    assert right.taken_from == known


def test_taking_back_needs_a_reason_and_leaves_what_another_referral_told(program, intake):
    first = taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    actions.decide_referral(referral=held, decision="same", words="", by=intake, at=LATER)
    with pytest.raises(Refused, match="Say why"):
        actions.take_back_referral(referral=held, words=" ", by=intake, at=LATER)
    active = Diagnosis.objects.filter(participant=first.participant, ended_on__isnull=True).count()
    actions.take_back_referral(referral=held, words="Another person", by=intake, at=LATER)
    assert Diagnosis.objects.filter(participant=first.participant, ended_on__isnull=True).count() == active


def joined_with_item_9(program, intake):
    """A referral that told of an item 9 answer, joined to the record of the first; returns it and its alert."""
    row = taken_in(program, intake)
    facts = [{"kind": "measure", "instrument": "phq-9-item-9", "score": 2, "taken": "2026-10-01T10:00:00+00:00"}]
    told = {"facts": facts, "status": "held", "participant": None, "digest": "other", "likely": row.participant}
    for name, value in told.items():
        setattr(row, name, value)
    row.pk = uuid4()
    row.save(force_insert=True)
    actions.decide_referral(referral=row, decision="same", words="", by=intake, at=NOW)
    row.refresh_from_db()
    return row, Alert.objects.get(kind="phq9-item9")


def test_an_item_9_answer_follows_the_referral_to_the_right_record(program, intake, counselor):
    row, wrong = joined_with_item_9(program, intake)
    actions.take_back_referral(referral=row, words="Another person", by=counselor, at=LATER)
    wrong.refresh_from_db()
    assert (wrong.outcome, wrong.closed_by) == ("raised-in-error", counselor)
    assert Alert.objects.get(kind="referral-held", source_id=str(row.pk)).level == "urgent"
    right = actions.decide_referral(referral=row, decision="new", words="", by=intake, at=LATER)
    assert Alert.objects.get(kind="phq9-item9", closed_at__isnull=True).participant == right.participant


def test_whoever_is_no_clinician_takes_a_referral_back_and_leaves_its_danger_for_a_clinician_to_end(program, intake):
    row, wrong = joined_with_item_9(program, intake)
    back = actions.take_back_referral(referral=row, words="Another person", by=intake, at=LATER)
    assert (back.status, back.participant) == ("held", None)
    wrong.refresh_from_db()
    assert (wrong.closed_at, wrong.level) == (None, "urgent")
    told = AlertStep.objects.get(alert=wrong, what="fact")
    assert (told.by, told.words) == (intake, rules.IN_ERROR)
    assert Event.objects.filter(what="alert.fact-added", facts__kind="phq9-item9").count() == 1
    right = actions.decide_referral(referral=back, decision="new", words="", by=intake, at=LATER)
    assert Alert.objects.filter(kind="phq9-item9", closed_at__isnull=True, participant=right.participant).exists()


def test_a_danger_moved_twice_stands_where_the_referral_stands_and_ends_where_it_was(program, intake, counselor):
    row, first = joined_with_item_9(program, intake)
    person = first.participant
    for turn in range(1, 3):  # away and back to the same record: what was closed as an error is raised anew
        back = actions.take_back_referral(referral=row, words="Another person", by=counselor, at=LATER)
        assert not Alert.objects.filter(kind="phq9-item9", closed_at__isnull=True).exists()
        row = actions.decide_referral(
            referral=back, decision="same", same_as=person, words="", by=intake, at=LATER + timedelta(minutes=turn)
        )
        row.refresh_from_db()
        standing = Alert.objects.get(kind="phq9-item9", closed_at__isnull=True)
        assert (standing.participant, standing.level) == (person, "urgent")
    assert Alert.objects.filter(kind="phq9-item9", outcome="raised-in-error").count() == 2


def test_a_referral_is_never_joined_to_someone_of_another_program(program, intake, db):
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    stranger = make.participant(make.program(name="Fernhollow"), "Otto Farfield")
    events = Event.objects.count()
    with pytest.raises(Refused, match="of this program"):
        actions.decide_referral(referral=held, decision="same", same_as=stranger, words="", by=intake, at=LATER)
    held.refresh_from_db()
    assert (held.status, held.participant, held.decided_at) == ("held", None, None)
    assert not Diagnosis.objects.filter(participant=stranger).exists()
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1, 0, 0), "1 person was brought in."),
        ((2, 1, 1), "2 people were brought in. 1 waits for a decision. 1 came in before: nothing changed."),
        ((0, 0, 3), "0 people were brought in. 3 wait for a decision."),
    ],
)
def test_what_was_done_with_the_files_is_said_in_sentences(counts, said):
    new, known, waiting = counts
    assert rules.said_of(new=new, known=known, waiting=waiting) == said


@pytest.mark.parametrize("day", ["2031-01-01", "1850-01-01"])
def test_an_impossible_birth_date_waits_for_a_person(program, intake, day):
    held = taken_in(program, intake, change=born(day))
    assert held.status == "held"
    assert "birth date" in " ".join(held.likely_reasons)


def test_someone_referred_waits_in_intake_from_the_hour_it_came_until_they_are_reached(program, intake):
    referral = taken_in(program, intake)
    enquiry = queries.enquiries(program.pk, ended=False).get()
    assert (enquiry.participant, enquiry.referral, enquiry.channel) == (referral.participant, referral, "referral")
    assert (enquiry.received_at, enquiry.status, enquiry.contacted_at) == (NOW, "new", None)
    assert [step.what for step in queries.steps(enquiry)] == ["received"]
    assert Event.objects.filter(what="enquiry.received").count() == 1
    actions.log_contact(enquiry=enquiry, reached=True, words="She comes on Friday.", by=intake, at=LATER)
    enquiry.refresh_from_db()
    assert (enquiry.status, enquiry.contacted_at) == ("contacted", LATER)


def test_a_second_referral_of_someone_under_way_or_in_care_begins_nothing(program, intake, counselor):
    def news(number):
        return lambda data: patient(data).update(telecom=[{"system": "phone", "value": number}])

    first = taken_in(program, intake)
    taken_in(program, intake, change=news("555-0100"))
    assert queries.enquiries(program.pk, ended=False).count() == 1
    actions.close_enquiry(enquiry=first.enquiries.get(), reason="not-now", words="", by=intake, at=LATER)
    again = taken_in(program, intake, change=news("555-0101"))
    assert queries.enquiries(program.pk, ended=False).get().referral == again
    actions.close_enquiry(enquiry=again.enquiries.get(), reason="not-now", words="", by=intake, at=LATER)
    people.open_episode(
        participant=first.participant, level="2.1", starts_on=NOW.date(), review_on=NOW.date() + timedelta(days=30),
        primary=counselor, team=[], reason="admission", words="", by=counselor, at=NOW,
    )  # fmt: skip
    taken_in(program, intake, change=news("555-0102"))
    assert not queries.enquiries(program.pk, ended=False).exists()


def test_a_referral_that_waits_is_in_intake_once_it_is_decided_and_its_clock_ran_all_the_time(program, intake):
    taken_in(program, intake)
    held = taken_in(program, intake, change=as_stranger)
    assert not held.enquiries.exists()
    actions.decide_referral(referral=held, decision="new", words="", by=intake, at=LATER)
    assert held.enquiries.get().received_at == held.received_at


def test_a_referral_taken_back_ends_what_intake_began_and_its_next_record_begins_it_anew(program, intake):
    referral = taken_in(program, intake)
    first = referral.enquiries.get()
    actions.log_contact(enquiry=first, reached=True, words="", by=intake, at=LATER)
    actions.take_back_referral(referral=referral, words="Another person.", by=intake, at=LATER)
    first.refresh_from_db()
    assert (first.status, first.closed_reason) == ("closed", "other")
    assert not queries.enquiries(program.pk, ended=False).exists()
    actions.decide_referral(referral=referral, decision="new", words="", by=intake, at=LATER)
    again = queries.enquiries(program.pk, ended=False).get()
    assert (again.participant != first.participant, again.received_at) == (True, NOW)
    assert (again.status, again.contacted_at, again.contacted_by) == ("contacted", LATER, intake)
