"""What is written, what is refused, which event is left; nothing remains after a refusal."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from conftest import NOW
from openiop.accounts import actions as accounts
from openiop.admissions import actions, queries
from openiop.admissions.models import Assessment, Enquiry, EnquiryStep, HardStop, Rating
from openiop.alerts import queries as alerts
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.participants.models import Episode, Participant
from tests import make
from tests.make import admissions as build
from tests.make.admissions import AT, FITS

DANGER = FITS | {"suicidal_thoughts": "yes"}
LATER = AT + timedelta(hours=3)


def events(what):
    return Event.objects.filter(what=what).count()


# Enquiries


def test_a_web_enquiry_is_kept_with_its_pre_screen_and_waits_for_a_call(program):
    enquiry = build.enquiry(program)
    assert (enquiry.result, enquiry.status, enquiry.contacted_at) == ("fit", "new", None)
    assert enquiry.concerns == ["alcohol"]
    assert events("enquiry.received") == 1
    assert not Alert.objects.exists()


def test_an_enquiry_without_a_name_leaves_nothing(program):
    with pytest.raises(Refused, match="nothing is kept"):
        build.enquiry(program, name=" ")
    assert not Enquiry.objects.exists()
    assert not EnquiryStep.objects.exists()
    assert events("enquiry.received") == 0


def test_the_same_form_sent_twice_is_one_enquiry_and_a_new_answer_is_not_lost(program, intake):
    one = build.enquiry(program)
    assert build.enquiry(program, at=AT + timedelta(minutes=1)) == one
    assert build.enquiry(program, at=AT + timedelta(minutes=1), answers=DANGER) != one
    assert Alert.objects.count() == 1


def test_a_danger_named_with_a_name_raises_an_urgent_alert_for_whoever_is_on_intake(program, intake, supervisor):
    enquiry = build.enquiry(program, answers=DANGER)
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.owner, alert.backup) == ("pre-screen-danger", "urgent", intake, supervisor)
    assert (alert.participant, alert.source_id) == (None, str(enquiry.pk))
    assert alert.due_at == AT + timedelta(hours=2)
    assert "Rue" not in alert.words + alert.why + alert.link


def test_not_being_sure_of_a_danger_raises_an_alert_too(program, intake):
    build.enquiry(program, answers=FITS | {"withdrawal_danger": "unsure"})
    assert Alert.objects.get().level == "high"


def test_taking_a_call_down_is_the_first_contact(program, intake):
    enquiry = build.enquiry(program, by=intake)
    assert (enquiry.status, enquiry.contacted_at, enquiry.contacted_by) == ("screened", AT, intake)
    assert build.enquiry(program, by=intake, answers=None).status == "contacted"


def test_a_danger_heard_by_staff_is_theirs_to_act_on(program, intake, counselor):
    enquiry = build.enquiry(program, by=counselor, answers=None)
    actions.screen_enquiry(enquiry=enquiry, answers=DANGER, concerns=["gambling"], by=counselor, at=LATER)
    alert = Alert.objects.get()
    assert (alert.owner, alert.level) == (counselor, "urgent")
    assert events("enquiry.screened") == 1


def test_screening_is_a_contact_and_clears_an_earlier_override(program, intake, counselor):
    enquiry = build.enquiry(program)
    actions.override_result(enquiry=enquiry, to="not-yet", words="Starts in spring.", by=counselor, at=AT)
    enquiry = actions.screen_enquiry(enquiry=enquiry, answers=FITS, concerns=[], by=intake, at=LATER)
    assert (enquiry.override, enquiry.decided_result, enquiry.status) == ("", "fit", "screened")
    assert enquiry.contacted_at == LATER


def test_a_clinician_overrides_with_a_reason_and_may_take_it_back(program, counselor):
    enquiry = build.enquiry(program)
    enquiry = actions.override_result(enquiry=enquiry, to="not-yet", words="Starts in spring.", by=counselor, at=AT)
    assert (enquiry.result, enquiry.decided_result, enquiry.overridden_by) == ("fit", "not-yet", counselor)
    enquiry = actions.override_result(enquiry=enquiry, to="fit", words="Can come now.", by=counselor, at=LATER)
    assert (enquiry.override, enquiry.decided_result) == ("", "fit")
    assert events("enquiry.overridden") == 2


def test_an_override_by_intake_or_without_a_reason_leaves_nothing(program, intake, counselor):
    enquiry = build.enquiry(program)
    with pytest.raises(Refused, match="Only a clinician"):
        actions.override_result(enquiry=enquiry, to="not-yet", words="Because.", by=intake, at=AT)
    with pytest.raises(Refused, match="in words"):
        actions.override_result(enquiry=enquiry, to="not-yet", words="", by=counselor, at=AT)
    enquiry.refresh_from_db()
    assert enquiry.override == ""
    assert events("enquiry.overridden") == 0


def test_a_call_not_answered_leaves_the_clock_running_and_the_first_answered_one_stops_it(program, intake):
    enquiry = build.enquiry(program)
    enquiry = actions.log_contact(enquiry=enquiry, reached=False, words="", by=intake, at=AT)
    assert (enquiry.contacted_at, enquiry.status) == (None, "new")
    enquiry = actions.log_contact(enquiry=enquiry, reached=True, words="Comes Tuesday.", by=intake, at=LATER)
    enquiry = actions.log_contact(enquiry=enquiry, reached=True, words="", by=intake, at=LATER + timedelta(hours=1))
    assert (enquiry.contacted_at, enquiry.status) == (LATER, "screened")
    plain = build.enquiry(program, answers=None)
    assert actions.log_contact(enquiry=plain, reached=True, words="", by=intake, at=LATER).status == "contacted"
    assert events("enquiry.tried") == 1


def test_what_the_person_chose_is_kept_with_whom_and_a_later_choice_counts_instead(program, intake, counselor):
    given = {"enquiry": build.enquiry(program), "discussed_with": counselor, "by": intake}
    actions.choose_option(**given, option="undecided", words="", at=AT)
    enquiry = actions.choose_option(**given, option="inpatient", words="Starts Monday.", at=LATER)
    enquiry.refresh_from_db()
    assert (enquiry.chosen, enquiry.chosen_with, enquiry.chosen_at) == ("inpatient", counselor, LATER)
    steps = EnquiryStep.objects.filter(enquiry=enquiry, what="chosen").order_by("at", "pk")
    assert [step.words for step in steps] == [
        "Not decided yet, talked through with Joan Birchwell.",
        "Inpatient care, talked through with Joan Birchwell. Starts Monday.",
    ]
    left = Event.objects.filter(what="enquiry.option-chosen").order_by("at", "pk")
    assert [event.facts["option"] for event in left] == ["undecided", "inpatient"]


def test_a_choice_not_on_the_list_or_talked_through_with_someone_elsewhere_leaves_nothing(
    program, intake, counselor, outsider, ada
):
    enquiry = build.enquiry(program)
    steps = EnquiryStep.objects.count()
    given = {"enquiry": enquiry, "words": "", "by": intake, "at": LATER}
    with pytest.raises(Refused, match="what they decided"):
        actions.choose_option(**given, option="maybe", discussed_with=counselor)
    for member in (outsider, ada.membership):
        with pytest.raises(Refused, match="who talked it through"):
            actions.choose_option(**given, option="here", discussed_with=member)
    enquiry.refresh_from_db()
    assert (enquiry.chosen, enquiry.chosen_with, enquiry.chosen_at) == ("", None, None)
    assert EnquiryStep.objects.count() == steps
    assert events("enquiry.option-chosen") == 0


def test_an_enquiry_becomes_a_record_once(program, intake):
    enquiry = build.enquiry(program)
    person = actions.make_record(enquiry=enquiry, birth_on=date(1990, 4, 1), by=intake, at=AT)
    assert (person.legal_name, person.phone) == ("Rue Fennimore", "555-0148")
    with pytest.raises(Refused, match="a record already"):
        actions.make_record(enquiry=enquiry, by=intake, at=AT)
    assert Participant.objects.count() == 1
    assert events("enquiry.led-to-record") == 1


def test_the_alert_of_an_enquiry_is_about_the_person_once_there_is_a_record(program, intake):
    enquiry = build.enquiry(program, answers=DANGER)
    before = Alert.objects.get()
    other = build.enquiry(program, answers=DANGER, name="Wynn Aldercote", phone="555-0199", at=LATER)
    person = actions.make_record(enquiry=enquiry, by=intake, at=LATER)
    after = Alert.objects.get(pk=before.pk)
    assert after.participant == person
    for name in ("level", "due_at", "raised_at", "owner", "status", "words", "why"):
        assert getattr(after, name) == getattr(before, name)
    assert list(after.steps.order_by("at", "pk").values_list("what", flat=True)) == ["raised", "tied"]
    assert Event.objects.get(what="alert.tied").participant_id == str(person.pk)
    assert list(alerts.open_about(person.pk)) == [after]
    assert Alert.objects.get(source_id=str(other.pk)).participant is None


def test_a_likely_duplicate_is_for_a_person_to_decide(program, intake):
    known = make.participant(program, "Rue Fennimore", phone="555-0148")
    make.participant(make.program(name="Fernhollow"), "Rue Fennimore")
    enquiry = build.enquiry(program)
    assert [one.participant for one in queries.alike(enquiry, name="Rue Fennimore", phone="555-0148")] == [known]
    with pytest.raises(Refused, match="may be the same person"):
        actions.make_record(enquiry=enquiry, by=intake, at=AT)
    assert actions.make_record(enquiry=enquiry, same_as=known, by=intake, at=AT) == known
    again = build.enquiry(program, at=LATER)
    other = actions.make_record(enquiry=again, another_person=True, by=intake, at=LATER)
    assert other != known


def test_a_record_of_another_program_is_never_joined(program, intake):
    stranger = make.participant(make.program(name="Fernhollow"), "Rue Fennimore")
    with pytest.raises(Refused, match="of this program"):
        actions.make_record(enquiry=build.enquiry(program), same_as=stranger, by=intake, at=AT)


def test_a_closed_enquiry_stays_closed_and_readable(program, intake):
    enquiry = actions.close_enquiry(enquiry=build.enquiry(program), reason="elsewhere", words="", by=intake, at=AT)
    assert (enquiry.status, enquiry.closed_reason) == ("closed", "elsewhere")
    for again in (
        lambda: actions.log_contact(enquiry=enquiry, reached=True, words="", by=intake, at=LATER),
        lambda: actions.close_enquiry(enquiry=enquiry, reason="cost", words="", by=intake, at=LATER),
        lambda: actions.make_record(enquiry=enquiry, by=intake, at=LATER),
    ):
        with pytest.raises(Refused):
            again()
    assert events("enquiry.closed") == 1


# Assessment and placement


def test_starting_twice_gives_the_same_assessment(program, counselor):
    person = build.newcomer(program)
    one = actions.start_assessment(participant=person, by=counselor, at=AT)
    assert actions.start_assessment(participant=person, by=counselor, at=LATER) == one
    assert events("assessment.started") == 1


def test_a_new_rating_is_a_new_row_and_the_same_again_writes_nothing(program, counselor):
    assessment = actions.start_assessment(participant=build.newcomer(program), by=counselor, at=AT)
    facts = {"assessment": assessment, "dimension": 5, "by": counselor}
    actions.rate(**facts, value=2, evidence="Cravings 4 of 10.", at=AT)
    actions.rate(**facts, value=2, evidence="Cravings 4 of 10. ", at=LATER)
    actions.rate(**facts, value=3, evidence="Cravings 8 of 10.", at=LATER)
    assert Rating.objects.filter(assessment=assessment).count() == 2
    assert queries.ratings(assessment.pk)[5].value == 3
    assert events("dimension.rated") == 2


def test_a_rating_off_the_scale_leaves_nothing(program, counselor):
    assessment = actions.start_assessment(participant=build.newcomer(program), by=counselor, at=AT)
    with pytest.raises(Refused):
        actions.rate(assessment=assessment, dimension=1, value=5, evidence="", by=counselor, at=AT)
    assert not Rating.objects.exists()


def test_the_decision_keeps_the_suggestion_beside_it_and_freezes_the_assessment(program, counselor):
    person = build.newcomer(program)
    done = build.decided(person, counselor)
    assert (done.rule, done.suggested, done.selected, done.decided_by) == ("R9", "2.1", "2.1", counselor)
    for again in (
        lambda: actions.rate(assessment=done, dimension=1, value=1, evidence="x", by=counselor, at=LATER),
        lambda: actions.check_safety(assessment=done, facts={}, by=counselor, at=LATER),
        lambda: actions.keep_own_view(assessment=done, words="Less, please.", by=counselor, at=LATER),
        lambda: actions.decide(assessment=done, level="2.5", difference="safety", words="x", by=counselor, at=LATER),
    ):
        with pytest.raises(Refused, match="decided"):
            again()
    done.refresh_from_db()
    assert done.selected == "2.1"
    assert events("assessment.decided") == 1


def test_rating_again_starts_a_new_assessment_with_the_last_one_as_reference(program, counselor):
    person = build.newcomer(program)
    first = build.decided(person, counselor)
    second = actions.start_assessment(participant=person, by=counselor, at=LATER)
    assert second.previous == first
    assert [line.was for line in queries.board(second).lines] == [0, 0, 2, 1, 2, 1]
    assert [line.value for line in queries.board(second).lines] == [None] * 6


def test_another_level_than_the_suggested_needs_its_coded_reason(program, counselor):
    assessment = build.rated(build.newcomer(program), counselor)
    with pytest.raises(Refused, match="choose the reason"):
        actions.decide(assessment=assessment, level="2.5", difference="", words="More.", by=counselor, at=LATER)
    done = actions.decide(
        assessment=assessment, level="2.5", difference="safety", words="More.", by=counselor, at=LATER
    )
    assert (done.suggested, done.selected, done.difference) == ("2.1", "2.5", "safety")


def test_intake_rates_but_a_clinician_decides(program, intake):
    assessment = build.rated(build.newcomer(program), intake)
    with pytest.raises(Refused, match="Only a clinician"):
        actions.decide(assessment=assessment, level="2.1", difference="", words="Fine.", by=intake, at=LATER)
    assessment.refresh_from_db()
    assert not assessment.decided


def test_deciding_on_ratings_that_changed_meanwhile_is_refused(program, counselor, supervisor):
    assessment = build.rated(build.newcomer(program), counselor)
    seen = queries.board(assessment).seen
    actions.rate(assessment=assessment, dimension=3, value=3, evidence="Worse today.", by=supervisor, at=LATER)
    facts = {"assessment": assessment, "level": "2.1", "difference": "", "words": "Fine.", "by": counselor}
    with pytest.raises(Refused, match="changed since you opened"):
        actions.decide(**facts, at=LATER, seen=seen)
    with pytest.raises(Refused, match="choose the reason"):
        actions.decide(**facts, at=LATER, seen=queries.board(assessment).seen)


def test_two_clinicians_deciding_at_once_leave_one_decision(committed, program, counselor, supervisor):
    assessment = build.rated(build.newcomer(program), counselor)
    told, ready = [], Barrier(2)

    def decides(member):
        ready.wait()
        try:
            actions.decide(assessment=assessment, level="2.1", difference="", words="Fine.", by=member, at=LATER)
            told.append("decided")
        except Refused as refusal:
            told.append(refusal.reasons[0])
        finally:
            connection.close()

    both = [Thread(target=decides, args=(member,)) for member in (counselor, supervisor)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["This assessment is decided already.", "decided"]
    assert events("assessment.decided") == 1


def test_a_decision_moves_the_enquiry_on(program, counselor):
    enquiry = build.enquiry(program)
    person = actions.make_record(enquiry=enquiry, by=counselor, at=AT)
    build.decided(person, counselor)
    enquiry.refresh_from_db()
    assert enquiry.status == "assessed"


# Hard stops


def test_a_hard_stop_is_owned_alerted_and_ends_the_automatic_result(program, counselor, intake):
    assessment = build.rated(build.newcomer(program), counselor, facts=["cssrs_intent"])
    stop = HardStop.objects.get()
    assert (stop.code, stop.owner, stop.found_at) == ("HS4", intake, AT)
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.source_id) == ("hard-stop", "urgent", str(stop.pk))
    board = queries.board(assessment)
    assert (board.suggestion, board.open_stops) == (None, ("HS4",))


def test_asking_again_with_the_same_answers_opens_nothing_twice(program, counselor, intake):
    assessment = build.rated(build.newcomer(program), counselor, facts=["cssrs_intent"])
    stop = HardStop.objects.get()
    facts = {"cssrs_intent": True}
    assert actions.check_safety(assessment=assessment, facts=facts, by=counselor, at=LATER) == []
    actions.close_stop(stop=stop, disposition="Safety plan made, sister stays over.", by=counselor, at=LATER)
    assert actions.check_safety(assessment=assessment, facts=facts, by=counselor, at=LATER) == []
    assert actions.check_safety(assessment=assessment, facts={}, by=counselor, at=LATER) == []
    assert len(actions.check_safety(assessment=assessment, facts=facts, by=counselor, at=LATER)) == 1
    found = actions.find_stop(assessment=assessment, code="HS4", owner=counselor, by=counselor, at=LATER)
    assert HardStop.objects.filter(closed_at__isnull=True).get() == found


def test_an_answer_taken_back_never_closes_a_stop(program, counselor, intake):
    assessment = build.rated(build.newcomer(program), counselor, facts=["home_unsafe"])
    actions.check_safety(assessment=assessment, facts={}, by=counselor, at=LATER)
    assert [stop.code for stop in queries.open_stops(assessment.participant_id)] == ["HS8"]


def test_a_stop_closes_only_in_writing_by_a_clinician_and_its_alert_stays_for_its_owner(program, counselor, intake):
    build.rated(build.newcomer(program), counselor, facts=["cssrs_intent"])
    stop = HardStop.objects.get()
    with pytest.raises(Refused, match="in a sentence"):
        actions.close_stop(stop=stop, disposition="ok", by=counselor, at=LATER)
    with pytest.raises(Refused, match="Only a clinician"):
        actions.close_stop(stop=stop, disposition="Seen and safe at home now.", by=intake, at=LATER)
    stop.refresh_from_db()
    assert stop.closed_at is None
    stop = actions.close_stop(stop=stop, disposition="Seen and safe at home now.", by=counselor, at=LATER)
    assert (stop.closed_by, stop.closed_at) == (counselor, LATER)
    assert Alert.objects.get().closed_at is None
    with pytest.raises(Refused, match="closed already"):
        actions.close_stop(stop=stop, disposition="Seen and safe at home now.", by=counselor, at=LATER)
    assert events("hard-stop.closed") == 1


def test_a_stop_can_close_after_its_alert_was_closed(program, counselor, intake):
    build.rated(build.newcomer(program), counselor, facts=["cssrs_intent"])
    Alert.objects.update(status="closed", closed_at=LATER, closed_by=counselor, outcome="spoke-safe")
    stop = actions.close_stop(
        stop=HardStop.objects.get(), disposition="Seen and safe at home now.", by=counselor, at=LATER
    )
    assert stop.closed_at == LATER


def test_while_a_stop_is_open_only_24_hour_care_can_be_decided(program, counselor, intake):
    assessment = build.rated(build.newcomer(program), counselor, facts=["physical_emergency"])
    facts = {"assessment": assessment, "words": "Ambulance called.", "by": counselor, "at": LATER, "difference": ""}
    with pytest.raises(Refused, match="24-hour care"):
        actions.decide(**facts, level="2.1")
    assert actions.decide(**facts, level="4").selected == "4"


def test_someone_under_the_programs_minimum_age_is_stopped(program, counselor, intake):
    person = make.participant(program, "Kit Young", birth_on=date(2010, 1, 1))
    assessment = actions.start_assessment(participant=person, by=counselor, at=AT)
    found = actions.check_safety(assessment=assessment, facts={}, by=counselor, at=AT)
    assert [stop.code for stop in found] == ["HS7"]


def test_there_is_no_ninth_hard_stop(program, counselor):
    assessment = actions.start_assessment(participant=build.newcomer(program), by=counselor, at=AT)
    with pytest.raises(Refused, match="no such"):
        actions.find_stop(assessment=assessment, code="HS9", owner=counselor, by=counselor, at=AT)


def test_the_persons_own_view_is_kept_in_their_words(program, counselor):
    assessment = actions.start_assessment(participant=build.newcomer(program), by=counselor, at=AT)
    for _ in range(2):
        kept = actions.keep_own_view(assessment=assessment, words="Evenings only.", by=counselor, at=AT)
    assert kept.own_view == "Evenings only."
    assert events("assessment.own-view-kept") == 1


# Admission


def starting(person, counselor, assessment, **changed):
    facts = {
        "participant": person,
        "assessment": assessment,
        "level": "2.1",
        "starts_on": date(2026, 10, 14),
        "review_on": date(2026, 10, 28),
        "primary": counselor,
        "team": [],
        "by": counselor,
        "at": LATER,
    }
    return actions.admit(**(facts | changed))


def test_care_begins_on_a_decided_assessment_with_consent_and_a_team(program, counselor, prescriber):
    enquiry = build.enquiry(program)
    person = actions.make_record(enquiry=enquiry, by=counselor, at=AT)
    done = build.decided(person, counselor)
    build.tpo(person, counselor)
    episode = starting(person, counselor, done, team=[(prescriber, "Prescriber")])
    done.refresh_from_db()
    enquiry.refresh_from_db()
    assert (episode.level, episode.review_on, done.episode) == ("2.1", date(2026, 10, 28), episode)
    assert enquiry.status == "admitted"
    assert {place.member for place in episode.team.all()} == {counselor, prescriber}
    assert events("participant.admitted") == 1


def test_without_assessment_and_consent_nobody_is_admitted(program, counselor):
    person = build.newcomer(program)
    with pytest.raises(Refused) as refusal:
        starting(person, counselor, None)
    assert len(refusal.value.reasons) == 2
    assert not Episode.objects.exists()


def test_a_hard_stop_found_after_the_decision_holds_admission_back(program, counselor, intake):
    person = build.newcomer(program)
    done = build.decided(person, counselor)
    build.tpo(person, counselor)
    actions.find_stop(assessment=done, code="HS8", owner=counselor, by=counselor, at=LATER)
    with pytest.raises(Refused, match="hard stop is open"):
        starting(person, counselor, done)
    assert not Episode.objects.exists()


def test_admission_rests_on_the_newest_assessment(program, counselor):
    person = build.newcomer(program)
    first = build.decided(person, counselor)
    newer = build.decided(person, counselor, at=AT + timedelta(hours=1))
    build.tpo(person, counselor)
    with pytest.raises(Refused, match="Another assessment"):
        starting(person, counselor, first)
    starting(person, counselor, newer)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"level": "2.5"}, "a clinician decided"), ({"review_on": None}, "date of the first review")],
)
def test_admission_is_refused_with_its_reason_and_leaves_nothing(program, counselor, changed, reason):
    person = build.newcomer(program)
    done = build.decided(person, counselor)
    build.tpo(person, counselor)
    with pytest.raises(Refused, match=reason):
        starting(person, counselor, done, **changed)
    assert not Episode.objects.exists()
    assert events("participant.admitted") == 0


def test_the_care_team_works_in_this_program(program, counselor, outsider):
    person = build.newcomer(program)
    done = build.decided(person, counselor)
    build.tpo(person, counselor)
    with pytest.raises(Refused, match="works in this program"):
        starting(person, counselor, done, primary=outsider)


def test_nobody_is_admitted_twice(ada, counselor):
    done = build.decided(ada, counselor)
    build.tpo(ada, counselor)
    with pytest.raises(Refused, match="already in care"):
        starting(ada, counselor, done)
    assert Assessment.objects.get().episode == ada.episode


# The sign-in


def test_an_invitation_needs_an_address_and_keeps_the_one_on_record(program, counselor):
    person = make.participant(program, "Noor Linden", email="noor@example.org")
    facts = {"participant": person, "site": "https://example.org/", "by": counselor, "at": AT}
    with pytest.raises(Refused, match="email address"):
        actions.invite(**facts, email=" ")
    assert events("participant.invited") == 0
    invitation = actions.invite(**facts, email="n.linden@example.org")
    person.refresh_from_db()
    assert (person.email, person.membership) == ("noor@example.org", invitation.member)
    assert invitation.link.startswith("https://example.org/set-up/")
    assert events("participant.invited") == 1
    again = actions.invite(**facts | {"participant": person}, email="other@example.org")
    assert again.member == invitation.member  # whoever has a sign-in keeps it, and gets a new link
    bare = make.participant(program, "Una Alder")
    actions.invite(**facts | {"participant": bare}, email="una@example.org")
    bare.refresh_from_db()
    assert bare.email == "una@example.org"


def test_a_second_step_that_was_lost_is_reset_and_stands_in_the_persons_log(program, counselor, ada):
    bare = make.participant(program, "Una Reedsong", by=counselor)
    for person in (bare, ada):  # neither has anything to reset
        with pytest.raises(Refused):
            actions.reset_second_step(participant=person, by=counselor, at=NOW)
    accounts.add_passkey(user=ada.membership.user, name="Phone", credential={}, at=NOW)
    actions.reset_second_step(participant=ada, by=counselor, at=NOW)
    event = Event.objects.get(what="participant.second-step-reset")
    assert (event.participant_id, event.by_id) == (str(ada.pk), str(counselor.pk))
