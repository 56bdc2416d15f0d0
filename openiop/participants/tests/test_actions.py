"""People, their care and their team over time; nothing of it is ever removed."""

from datetime import date, timedelta

import pytest

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants import actions, queries
from openiop.participants.models import Diagnosis, Episode, LevelOfCare, Participant, Supporter, TeamPlace
from tests import make

ROWS = (Participant, Supporter, Diagnosis, Episode, LevelOfCare, TeamPlace, Event)


def refused(sentence, action, **given):
    before = [model.objects.count() for model in ROWS]
    with pytest.raises(Refused) as refusal:
        action(**given)
    assert any(sentence in reason for reason in refusal.value.reasons), refusal.value.reasons
    assert before == [model.objects.count() for model in ROWS]


@pytest.fixture
def by(counselor):
    return {"by": counselor, "at": NOW}


def test_everyone_known_has_a_name_and_the_next_record_number(program, by):
    refused("A name is needed", actions.register_participant, program=program, legal_name=" ", **by)
    first = actions.register_participant(program=program, legal_name="Ada", **by)
    second = actions.register_participant(program=program, legal_name="Ben", **by)
    assert second.number == first.number + 1


def test_a_birth_date_that_lies_ahead_is_neither_registered_nor_corrected_to(program, ada, by):
    ahead = {"birth_on": TODAY + timedelta(1)}
    refused("lies ahead", actions.register_participant, program=program, legal_name="Cy", **ahead, **by)
    refused("lies ahead", actions.correct_participant, participant=ada, **ahead, **by)
    long_ago = {"birth_on": date(1850, 1, 1)}
    refused("years ago", actions.register_participant, program=program, legal_name="Cy", **long_ago, **by)
    was = ada.birth_on
    ada.refresh_from_db()
    assert ada.birth_on == was


def test_what_changed_in_the_particulars_is_on_record_but_not_the_words(ada, by):
    actions.correct_participant(participant=ada, phone="555-0100", legal_name="Ada Alderquist", **by)
    event = Event.objects.get(what="participant.corrected")
    assert event.facts["fields"] == ["phone"]
    actions.correct_participant(participant=ada, phone="555-0100", **by)
    assert Event.objects.filter(what="participant.corrected").count() == 1
    refused("A name is needed", actions.correct_participant, participant=ada, legal_name=" ", **by)


def test_a_supporter_is_named_once_and_taken_off_once(ada, by):
    refused("A name is needed", actions.add_supporter, participant=ada, name=" ", relation="Sister", **by)
    row = actions.add_supporter(participant=ada, name="Rosa", relation="Sister", **by)
    assert actions.add_supporter(participant=ada, name="Rosa ", relation="Sister", **by) == row
    actions.end_supporter(supporter=row, **by)
    assert actions.end_supporter(supporter=row, **by).ended_at == NOW
    assert actions.add_supporter(participant=ada, name="Rosa", relation="Sister", **by) != row


def test_a_diagnosis_stands_once_and_ends_with_a_reason(ada, by):
    given = {"participant": ada, "code": "f32.1", "words": "Depression"}
    row = actions.add_diagnosis(**given, **by)
    assert (row.code, row.family) == ("F32.1", "mental-health")
    refused("active already", actions.add_diagnosis, **given, **by)
    refused("such as F32.1", actions.add_diagnosis, **(given | {"code": "sad"}), **by)
    refused("its code and its words", actions.add_diagnosis, **(given | {"code": ""}), source="import", **by)
    assert actions.add_diagnosis(participant=ada, code="66590003", words="x", system="snomed", family="substance", **by)
    assert queries.families(ada.pk) == {"addiction", "mental-health"}
    refused("Say why", actions.end_diagnosis, diagnosis=row, on=TODAY, reason=" ", **by)
    actions.end_diagnosis(diagnosis=row, on=TODAY, reason="Low for six weeks", **by)
    refused("ended already", actions.end_diagnosis, diagnosis=row, on=TODAY, reason="x", **by)
    assert queries.families(ada.pk) == {"addiction"}
    assert [one.code for one in queries.diagnoses(ada.pk)] == ["66590003", "F32.1"]


def test_care_opens_once_with_its_team_and_changes_level_in_the_same_episode(ada, counselor, prescriber, by):
    refused(
        "already in care", actions.open_episode, participant=ada, level="2.1", starts_on=TODAY,
        review_on=TODAY + timedelta(30), primary=counselor, team=[], reason="x", **by,
    )  # fmt: skip
    change = {"episode": ada.episode, "from_on": TODAY, "reason": "step-down"}
    refused("in already", actions.change_level, **change, to="2.1", **by)
    actions.change_level(**change, to="1.5", **by)
    assert [(row.level, row.until_on) for row in ada.episode.levels.order_by("from_on", "pk")] == [
        ("2.1", TODAY),
        ("1.5", None),
    ]
    assert queries.census(ada.program_id, TODAY) == {"1.5": 1}


def test_a_mistyped_first_day_is_corrected_with_its_level_and_team_and_the_old_day_is_on_record(
    ada, counselor, prescriber, by
):
    episode = ada.episode
    was, day = episode.started_on, episode.started_on + timedelta(2)
    joined = actions.join_team(episode=episode, member=prescriber, part="Prescriber", on=TODAY, **by)
    given = {"episode": episode, "starts_on": day, "review_on": day + timedelta(60)}
    refused("Say what was wrong", actions.correct_first_day, **given, words=" ", **by)
    actions.correct_first_day(**given, words=" The 14th was typed. ", **by)
    episode.refresh_from_db()
    assert (episode.started_on, episode.review_on) == (day, day + timedelta(60))
    assert LevelOfCare.objects.get(episode=episode).from_on == day
    assert TeamPlace.objects.get(episode=episode, member=counselor).from_on == day
    joined.refresh_from_db()
    assert joined.from_on == TODAY
    event = Event.objects.get(what="episode.first-day-corrected")
    assert (event.facts["was"], event.facts["to"], event.facts["why"]) == (str(was), str(day), "The 14th was typed.")
    refused("first day already", actions.correct_first_day, **given, words="Again", **by)


def test_the_next_review_lies_ahead(ada, by):
    refused("lie ahead", actions.set_review, episode=ada.episode, on=TODAY, **by)
    assert actions.set_review(episode=ada.episode, on=TODAY + timedelta(9), **by).review_on == TODAY + timedelta(9)


def test_a_team_changes_and_the_primary_counselor_is_handed_over(ada, counselor, supervisor, prescriber, by):
    place = actions.join_team(episode=ada.episode, member=prescriber, part="Prescriber", on=TODAY, **by)
    refused("already", actions.join_team, episode=ada.episode, member=prescriber, part="Prescriber", on=TODAY, **by)
    actions.leave_team(place=place, on=TODAY, **by)
    refused("left the team already", actions.leave_team, place=place, on=TODAY + timedelta(1), **by)
    primary = ada.episode.team.get(member=counselor)
    refused("Name another", actions.leave_team, place=primary, on=TODAY, **by)
    refused("already", actions.hand_over, episode=ada.episode, to=counselor, on=TODAY, **by)
    actions.hand_over(episode=ada.episode, to=supervisor, on=TODAY, **by)
    actions.hand_over(episode=ada.episode, to=counselor, on=TODAY, **by)
    assert ada.episode.team.filter(until_on__isnull=True).count() == 2


def test_care_ends_once_for_a_reason_that_can_be_counted(ada, by):
    given = {"episode": ada.episode, "on": TODAY, "reason": "1", "last_contact_on": TODAY}
    refused("from the list", actions.end_episode, **(given | {"reason": "9"}), **by)
    refused("before it began", actions.end_episode, **(given | {"on": TODAY - timedelta(90)}), **by)
    actions.end_episode(**given, **by)
    refused("ended already", actions.end_episode, **given, **by)
    refused("has ended", actions.set_review, episode=ada.episode, on=TODAY + timedelta(9), **by)
    assert queries.current_episode(ada.pk) == ada.episode


def test_the_list_of_conditions_holds_only_codes_of_the_right_shape():
    for code, words in queries.conditions().items():
        assert actions.rules.why_not_diagnosis(code=code, words=words, on=TODAY) == []


def test_people_in_care_are_listed_for_those_who_treat_them(ada, ben, counselor, supervisor):
    make.supporter(ada, counselor)
    assert [row.participant for row in queries.caseload(counselor)] == [ada, ben]
    assert list(queries.caseload(supervisor)) == []
    assert queries.people(ada.program_id).count() == 2
    assert queries.supporters(ada.pk).count() == 1
