"""The intake, placement and admission pages: who gets in, what they do, what they keep when a form is refused."""

from datetime import timedelta

import pytest
from django.urls import reverse

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.admissions import actions, queries
from openiop.admissions.models import Assessment, Enquiry, HardStop, Rating
from openiop.alerts import actions as alerts
from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.outbox.models import Message
from openiop.participants import actions as participants
from openiop.participants.models import Episode
from tests import make
from tests.make import admissions as build
from tests.make import questionnaires
from tests.make.admissions import AT, FITS

NOW = AT + timedelta(hours=3)
SHEET = {**FITS, "concerns": ["gambling"]}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def person(program):
    return build.newcomer(program)


@pytest.fixture
def open_as(client):
    def sign_in(member):
        client.force_login(member.user)
        return client

    return sign_in


# Who gets in


def test_the_enquiry_pages_are_for_those_who_work_intake(client, program, intake, counselor, biller, outsider, ada):
    enquiry = build.enquiry(program)
    for name in ("enquiry", "screen", "record"):
        url = reverse(f"admissions:{name}", args=[enquiry.pk])
        for viewer, status in {intake: 200, counselor: 200, outsider: 404, biller: 403, ada.membership: 404}.items():
            client.force_login(viewer.user)
            assert client.get(url).status_code == status, (name, viewer.role_text)
    for name in ("intake", "enquiry_new"):
        for viewer, status in {intake: 200, counselor: 200, biller: 403, ada.membership: 404}.items():
            client.force_login(viewer.user)
            assert client.get(reverse(f"admissions:{name}")).status_code == status


def test_placement_is_read_by_care_staff_and_rated_by_those_who_assess(
    client, program, person, intake, counselor, biller, outsider, ada
):
    build.rated(person, counselor)
    url = reverse("admissions:placement", args=[person.pk])
    for viewer, status in {intake: 200, counselor: 200, outsider: 404, biller: 403, ada.membership: 404}.items():
        client.force_login(viewer.user)
        assert client.get(url).status_code == status, viewer.role_text
    client.force_login(intake.user)
    assert "Your decision" not in client.get(url).text
    client.force_login(counselor.user)
    assert "Your decision" in client.get(url).text


def test_a_nurse_reads_the_placement_and_changes_nothing(client, program, person, counselor):
    nurse = make.member(program, "nurse", name="Nell Carewell", credential="RN")
    assessment = build.rated(person, counselor)
    client.force_login(nurse.user)
    page = client.get(reverse("admissions:placement", args=[person.pk]))
    assert page.status_code == 200
    assert "Said so in the interview." in page.text
    assert 'name="d1"' not in page.text
    for name in ("rate", "safety", "decide"):
        assert client.post(reverse(f"admissions:{name}", args=[person.pk, assessment.pk])).status_code == 403


@pytest.mark.parametrize("name", ["admit", "app"])
def test_admission_is_for_those_who_admit(client, person, intake, counselor, biller, outsider, name):
    for viewer, status in {intake: 200, counselor: 200, outsider: 404, biller: 403}.items():
        client.force_login(viewer.user)
        assert client.get(reverse(f"admissions:{name}", args=[person.pk])).status_code == status, viewer.role_text


def test_ids_of_nothing_are_not_found(open_as, program, person, counselor, outsider):
    client = open_as(counselor)
    nothing = "00000000-0000-4000-8000-000000000000"
    assert client.get(reverse("admissions:enquiry", args=[nothing])).status_code == 404
    assert client.get(reverse("admissions:placement", args=[nothing])).status_code == 404
    assert client.post(reverse("admissions:rate", args=[person.pk, nothing])).status_code == 404
    assert client.post(reverse("admissions:close_stop", args=[person.pk, nothing])).status_code == 404
    other = build.rated(build.newcomer(program, "Tam Otherwell"), counselor)
    assert client.post(reverse("admissions:rate", args=[person.pk, other.pk])).status_code == 404


# Enquiries


def test_an_enquiry_is_taken_down_with_its_pre_screen(open_as, intake):
    client = open_as(intake)
    typed = {"name": "Rue Fennimore", "phone": "555-0148", "channel": "phone", "for_whom": "self", **SHEET}
    answer = client.post(reverse("admissions:enquiry_new"), typed)
    enquiry = Enquiry.objects.get()
    assert answer.url == reverse("admissions:enquiry", args=[enquiry.pk])
    assert (enquiry.result, enquiry.concerns, enquiry.status) == ("fit", ["gambling"], "screened")
    client.post(reverse("admissions:enquiry_new"), typed)
    assert Enquiry.objects.count() == 1
    page = client.get(answer.url).text
    assert "May fit" in page
    assert "Gambling or betting" in page


def test_a_name_alone_is_enough_and_the_pre_screen_can_wait(open_as, intake):
    client = open_as(intake)
    client.post(reverse("admissions:enquiry_new"), {"name": "Rue", "channel": "walk-in", "for_whom": "self"})
    assert Enquiry.objects.get().result == ""


def test_a_half_answered_pre_screen_is_refused_beside_the_item_and_keeps_what_was_typed(open_as, intake):
    client = open_as(intake)
    typed = {"name": "Rue Fennimore", "channel": "phone", "for_whom": "self", "motivated": "yes"}
    page = client.post(reverse("admissions:enquiry_new"), typed)
    assert page.status_code == 422
    assert "Choose an answer" in page.text
    assert 'value="Rue Fennimore"' in page.text
    assert not Enquiry.objects.exists()


def test_a_danger_is_taken_at_once_however_much_is_unanswered(open_as, intake, supervisor):
    client = open_as(intake)
    typed = {"name": "Rue", "channel": "phone", "for_whom": "self", "suicidal_thoughts": "yes"}
    page = client.post(reverse("admissions:enquiry_new"), typed, follow=True)
    assert "A danger was named. Call now." in page.text
    assert Alert.objects.get().owner == intake
    assert Alert.objects.get().link == reverse("admissions:enquiry", args=[Enquiry.objects.get().pk])


def test_screening_an_enquiry_moves_it_on(open_as, program, intake):
    enquiry = build.enquiry(program, answers=None)
    client = open_as(intake)
    url = reverse("admissions:screen", args=[enquiry.pk])
    assert client.post(url, {"motivated": "yes"}).status_code == 422
    assert client.post(url, SHEET).status_code == 302
    enquiry.refresh_from_db()
    assert (enquiry.result, enquiry.status) == ("fit", "screened")


def test_calls_are_logged_until_someone_is_reached(open_as, program, intake):
    enquiry = build.enquiry(program)
    client = open_as(intake)
    url = reverse("admissions:contact", args=[enquiry.pk])
    assert client.post(url, {"reached": "perhaps", "words": "Rang twice."}).status_code == 422
    assert client.post(url, {"reached": "no", "words": ""}).status_code == 302
    assert "waiting 3 h" in client.get(reverse("admissions:intake")).text
    client.post(url, {"reached": "yes", "words": "Comes Tuesday."})
    assert "after 3 h" in client.get(reverse("admissions:intake")).text
    assert "Comes Tuesday." in client.get(reverse("admissions:enquiry", args=[enquiry.pk])).text


def test_what_they_chose_and_with_whom_it_was_talked_through_is_recorded(
    client, program, intake, counselor, biller, outsider
):
    enquiry = build.enquiry(program)
    own = reverse("admissions:enquiry", args=[enquiry.pk])
    url = reverse("admissions:choose", args=[enquiry.pk])
    for viewer, status in {outsider: 404, biller: 403}.items():
        client.force_login(viewer.user)
        assert client.post(url, {}).status_code == status
    client.force_login(intake.user)
    assert client.get(url).status_code == 302
    sent = {"option": "here", "discussed_with": str(counselor.pk), "words": "Home every night."}
    refused = client.post(url, sent | {"option": ""})
    assert refused.status_code == 422
    assert "Home every night." in refused.text
    stranger = client.post(url, sent | {"discussed_with": str(outsider.pk)})
    assert stranger.status_code == 422
    assert client.post(url, sent).status_code == 302
    enquiry.refresh_from_db()
    assert (enquiry.chosen, enquiry.chosen_with, enquiry.chosen_at) == ("here", counselor, NOW)
    assert "Talked through with Joan Birchwell" in " ".join(client.get(own).text.split())
    assert "Home every night." in client.get(own).text
    event = Event.objects.get(what="enquiry.option-chosen")
    assert (event.facts["option"], event.facts["discussed_with"]) == ("here", str(counselor.pk))
    actions.close_enquiry(enquiry=enquiry, reason="not-now", words="", by=intake, at=NOW)
    assert client.post(url, sent).status_code == 422


def test_an_override_needs_a_clinician_and_a_reason(client, program, intake, counselor):
    enquiry = build.enquiry(program)
    url = reverse("admissions:override", args=[enquiry.pk])
    client.force_login(intake.user)
    assert client.post(url, {"to": "not-yet", "words": "Later."}).status_code == 403
    client.force_login(counselor.user)
    refused = client.post(url, {"to": "fit", "words": "I think so."})
    assert refused.status_code == 422
    assert "This is the result already." in refused.text
    assert "I think so." in refused.text
    assert client.post(url, {"to": "not-yet", "words": "Starts in spring."}).status_code == 302
    assert "Starts in spring." in client.get(reverse("admissions:enquiry", args=[enquiry.pk])).text


def test_a_likely_duplicate_is_shown_before_a_record_is_made(open_as, program, counselor):
    known = make.participant(program, "Rue Fennimore", phone="555-0148")
    enquiry = build.enquiry(program)
    client = open_as(counselor)
    url = reverse("admissions:record", args=[enquiry.pk])
    page = client.get(url)
    assert f"Record {known.number}" in page.text
    assert "The phone number is the same." in page.text
    refused = client.post(url, {"legal_name": "Rue Fennimore", "phone": "555-0148"})
    assert refused.status_code == 422
    assert "may be the same person" in refused.text
    assert client.post(url, {"same_as": str(known.pk)}).url == reverse("admissions:placement", args=[known.pk])
    enquiry.refresh_from_db()
    assert enquiry.participant == known
    assert client.get(url).status_code == 302


def test_a_new_record_leads_to_the_placement(open_as, program, counselor):
    enquiry = build.enquiry(program)
    client = open_as(counselor)
    answer = client.post(reverse("admissions:record", args=[enquiry.pk]), {"legal_name": "Rue Fennimore"})
    enquiry.refresh_from_db()
    assert answer.url == reverse("admissions:placement", args=[enquiry.participant.pk])


def test_an_enquiry_is_closed_with_its_reason(open_as, program, intake):
    enquiry = build.enquiry(program)
    client = open_as(intake)
    url = reverse("admissions:close", args=[enquiry.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "elsewhere"}).url == reverse("admissions:intake")
    assert client.post(url, {"reason": "elsewhere"}).status_code == 422
    assert client.post(reverse("admissions:contact", args=[enquiry.pk]), {"reached": "yes"}).status_code == 422
    assert "Rue Fennimore" not in client.get(reverse("admissions:intake")).text
    assert "Rue Fennimore" in client.get(reverse("admissions:intake") + "?show=ended").text


# Placement

RATED = {f"d{n}": value for n, value in enumerate((0, 0, 2, 1, 2, 1), start=1)}
EVIDENCE = {f"e{n}": f"Line {n}" for n in range(1, 7)}


def test_someone_unassessed_gets_an_assessment_with_the_safety_check_first(open_as, person, counselor):
    client = open_as(counselor)
    url = reverse("admissions:placement", args=[person.pk])
    assert "Not assessed yet." in client.get(url).text
    for _ in range(2):
        assert client.post(reverse("admissions:start", args=[person.pk])).url == url
    assert Assessment.objects.count() == 1
    page = client.get(url).text
    assert "0 of 6 rated" in page
    assert "First, before any rating counts" in page


def test_rating_by_plain_form_and_by_htmx_gives_the_same_suggestion(open_as, person, counselor):
    client = open_as(counselor)
    assessment = actions.start_assessment(participant=person, by=counselor, at=AT)
    url = reverse("admissions:rate", args=[person.pk, assessment.pk])
    plain = client.post(url, RATED | EVIDENCE, follow=True)
    assert "2.1 <small>rule R9</small>" in plain.text
    assert "What would change it" in plain.text
    assert "not ASAM software" in plain.text
    part = client.post(url, RATED | EVIDENCE | {"d3": 3}, follow=True, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<section id="rec"')
    assert "2.5 co-occurring enhanced <small>rule R6</small>" in part.text
    assert 'id="word-3" hx-swap-oob="true"><b>Serious</b>' in part.text
    assert Rating.objects.filter(assessment=assessment).count() == 7


def test_a_rating_off_the_scale_is_refused_and_keeps_what_was_typed(open_as, person, counselor):
    client = open_as(counselor)
    assessment = actions.start_assessment(participant=person, by=counselor, at=AT)
    page = client.post(
        reverse("admissions:rate", args=[person.pk, assessment.pk]), {"d1": "9", "e1": "Shaky hands", "own_view": "Ok"}
    )
    assert page.status_code == 422
    assert "Shaky hands" in page.text
    assert not Rating.objects.exists()


def test_a_hard_stop_takes_the_result_away_until_a_clinician_closes_it_in_writing(open_as, person, counselor, intake):
    client = open_as(counselor)
    assessment = build.rated(person, counselor)
    placement = reverse("admissions:placement", args=[person.pk])
    safety = reverse("admissions:safety", args=[person.pk, assessment.pk])
    assert client.post(safety, {"facts": ["cssrs_intent"]}).status_code == 422
    assert client.post(safety, {"facts": ["cssrs_intent"], "asked": "on"}).status_code == 302
    page = client.get(placement).text
    assert "No automatic result while a hard stop is open" in page
    assert "rule R9" not in page
    stop = HardStop.objects.get()
    assert Alert.objects.get().link == placement
    close = reverse("admissions:close_stop", args=[person.pk, stop.pk])
    refused = client.post(close, {"disposition": "ok"})
    assert refused.status_code == 422
    assert "in a sentence" in refused.text
    assert client.post(close, {"disposition": "Safety plan made, sister stays over."}).status_code == 302
    page = client.get(placement).text
    assert "rule R9" in page
    assert "Safety plan made, sister stays over." in page


def test_the_decision_freezes_the_page_and_a_stale_form_changes_nothing(open_as, person, counselor):
    client = open_as(counselor)
    assessment = build.rated(person, counselor)
    decide = reverse("admissions:decide", args=[person.pk, assessment.pk])
    typed = {"level": "2.5", "difference": "", "words": "Needs more.", "seen": queries.board(assessment).seen}
    refused = client.post(decide, typed)
    assert refused.status_code == 422
    assert "choose the reason" in refused.text
    assert "Needs more." in refused.text
    assert client.post(decide, typed | {"seen": "1=0;", "difference": "safety"}).status_code == 422
    assert client.post(decide, typed | {"difference": "safety"}).status_code == 302
    page = client.get(reverse("admissions:placement", args=[person.pk])).text
    assert "2.5 High-intensity outpatient" in page
    assert "Needs more." in page
    assert 'name="d1"' not in page
    assert client.post(decide, typed).status_code == 422
    rate = reverse("admissions:rate", args=[person.pk, assessment.pk])
    assert client.post(rate, RATED).status_code == 422
    assert Rating.objects.count() == 6


def test_rating_again_shows_the_last_rating_beside_the_new_one(open_as, person, counselor):
    client = open_as(counselor)
    build.decided(person, counselor)
    client.post(reverse("admissions:start", args=[person.pk]))
    page = client.get(reverse("admissions:placement", args=[person.pk])).text
    assert page.count('class="was"') == 6
    assert "Earlier assessments" in page


def test_the_newest_questionnaire_totals_and_diagnoses_stand_beside_the_ratings(open_as, person, counselor):
    build.rated(person, counselor)
    questionnaires.answered(person, total=14, at=AT, by=counselor)
    participants.add_diagnosis(participant=person, code="F63.0", words="Gambling disorder", by=counselor, at=AT)
    page = open_as(counselor).get(reverse("admissions:placement", args=[person.pk])).text
    assert "<b>PHQ-9 14</b>" in page
    assert "Gambling disorder" in page


def test_the_placement_list_shows_who_waits(open_as, program, person, counselor, intake, ada):
    build.rated(person, counselor, facts=["home_unsafe"])
    build.decided(build.newcomer(program, "Tam Otherwell"), counselor)
    client = open_as(counselor)
    page = client.get(reverse("admissions:placements")).text
    assert "1 hard stop is open" in page
    assert "6 of 6" in page
    assert "Decided, not in care" in page


# Admission


def test_what_is_missing_is_shown_with_a_link_to_each(open_as, person, counselor):
    page = open_as(counselor).get(reverse("admissions:admit", args=[person.pk])).text
    assert "no decided assessment" in page
    assert reverse("admissions:placement", args=[person.pk]) in page
    assert "No consent for treatment" in page
    assert "Open the consents" in page
    assert 'name="starts_on"' not in page


def ready(person, counselor):
    build.decided(person, counselor)
    build.tpo(person, counselor)


def test_admission_begins_care_and_goes_on_to_the_week(open_as, person, counselor, prescriber):
    ready(person, counselor)
    client = open_as(counselor)
    url = reverse("admissions:admit", args=[person.pk])
    page = client.get(url).text
    assert 'value="2026-10-26"' in page
    typed = {
        "starts_on": "2026-10-14",
        "review_on": "2026-10-28",
        "primary": str(counselor.pk),
        "member1": str(prescriber.pk),
        "part1": "Prescriber",
    }
    assert client.post(url, typed).url == reverse("schedule:needs", args=[person.pk])
    episode = Episode.objects.get()
    assert (episode.level, str(episode.review_on)) == ("2.1", "2026-10-28")
    assert client.post(url, typed).status_code == 422
    assert Episode.objects.count() == 1
    assert "Invite to the app" in client.get(url).text


def test_an_admission_form_is_refused_beside_the_field_and_keeps_what_was_typed(open_as, person, counselor):
    ready(person, counselor)
    typed = {
        "starts_on": "2026-10-14",
        "review_on": "2026-10-01",
        "primary": str(counselor.pk),
        "member1": str(counselor.pk),
        "part1": "Nurse",
        "words": "Evenings suit.",
    }
    page = open_as(counselor).post(reverse("admissions:admit", args=[person.pk]), typed)
    assert page.status_code == 422
    assert "within 90 days" in page.text
    assert "on this team already" in page.text
    assert "Evenings suit." in page.text
    assert not Episode.objects.exists()


def test_an_invitation_makes_a_sign_in_and_shows_its_link_once(client, open_as, person, counselor):
    url = reverse("admissions:app", args=[person.pk])
    open_as(counselor)
    assert client.post(url, {"email": "not an address"}).status_code == 422
    page = client.post(url, {"email": "noor@example.org"})
    person.refresh_from_db()
    assert person.membership.roles == {"participant"}
    message = Message.objects.get()
    link = message.body.split("\n\n")[1]
    assert link in page.text
    assert "program" not in message.body + message.subject
    assert link not in client.get(url).text
    client.logout()
    assert client.get(link, follow=True).status_code == 200


def test_a_second_link_goes_to_the_same_sign_in(open_as, person, counselor):
    client = open_as(counselor)
    url = reverse("admissions:app", args=[person.pk])
    client.post(url, {"email": "noor@example.org"})
    assert "Their link, shown once" in client.post(url).text
    assert Message.objects.count() == 2


def test_a_second_step_that_was_lost_is_reset_by_who_may_admit_after_showing_who_they_are(
    client, open_as, ada, counselor, front_desk, outsider
):
    user = ada.membership.user
    url, page = reverse("admissions:reset-second-step", args=[ada.pk]), reverse("admissions:app", args=[ada.pk])
    open_as(counselor)
    assert "lost their phone" not in client.get(page).text
    accounts.add_passkey(user=user, name="Phone", credential={}, at=NOW)
    assert "lost their phone" in client.get(page).text
    for viewer, status in ((front_desk, 403), (outsider, 404), (ada.membership, 404)):
        open_as(viewer)
        assert client.post(url).status_code == status
    open_as(counselor)
    session = client.session
    del session["confirmed"]
    session.save()
    assert client.post(url)["Location"].startswith("/confirm/")
    assert sign_ins.has_factor(user)
    open_as(counselor)
    assert client.post(url)["Location"] == page
    assert not sign_ins.has_factor(user)


def test_an_address_that_is_taken_is_refused_and_nothing_is_made(open_as, person, counselor):
    page = open_as(counselor).post(reverse("admissions:app", args=[person.pk]), {"email": counselor.user.email})
    assert page.status_code == 422
    person.refresh_from_db()
    assert person.membership is None
    assert not Message.objects.exists()


def test_the_address_of_a_form_leads_back_to_its_page(open_as, program, person, counselor, intake):
    """After a refusal the browser stands there; a reload or a fresh sign-in must find the page."""
    client = open_as(counselor)
    assessment = build.rated(person, counselor, facts=["home_unsafe"])
    enquiry = build.enquiry(program)
    placement = reverse("admissions:placement", args=[person.pk])
    for name in ("rate", "safety", "decide"):
        assert client.get(reverse(f"admissions:{name}", args=[person.pk, assessment.pk])).url == placement
    assert client.get(reverse("admissions:start", args=[person.pk])).url == placement
    stop = HardStop.objects.get()
    assert client.get(reverse("admissions:close_stop", args=[person.pk, stop.pk])).url == placement
    for name in ("contact", "override", "close"):
        found = client.get(reverse(f"admissions:{name}", args=[enquiry.pk])).url
        assert found == reverse("admissions:enquiry", args=[enquiry.pk])


# Query counts


def grow_enquiries(program, intake, counselor, size):
    for number in range(size):
        enquiry = build.enquiry(program, name=f"Rue {size} {number}")
        actions.make_record(enquiry=enquiry, another_person=True, by=intake, at=AT)


def grow_placements(program, intake, counselor, size):
    for number in range(size):
        build.rated(build.newcomer(program, f"Noor {number}"), counselor)
        build.decided(build.newcomer(program, f"Tam {number}"), counselor)
        make.person_in_care(program, counselor, name=f"Cal {number}", weeks_to_review=4)


@pytest.mark.parametrize(("name", "grow"), [("intake", grow_enquiries), ("placements", grow_placements)])
def test_lists_ask_the_same_number_of_questions_however_long(
    open_as, program, intake, counselor, django_assert_max_num_queries, name, grow
):
    client = open_as(counselor)
    client.get(reverse(f"admissions:{name}"))
    asked = []
    for size in (2, 6):
        grow(program, intake, counselor, size)
        with django_assert_max_num_queries(60) as counted:
            assert client.get(reverse(f"admissions:{name}")).status_code == 200
        asked.append(len(counted))
    assert asked[0] == asked[1]


def test_the_placement_page_asks_the_same_however_often_it_was_rated(
    open_as, person, counselor, django_assert_max_num_queries
):
    client = open_as(counselor)
    url = reverse("admissions:placement", args=[person.pk])
    build.decided(person, counselor)
    build.rated(person, counselor, at=AT + timedelta(hours=1))
    client.get(url)
    with django_assert_max_num_queries(60) as few:
        client.get(url)
    for value in (3, 1, 2):
        actions.rate(
            assessment=Assessment.objects.get(status="draft"),
            dimension=3,
            value=value,
            evidence="x",
            by=counselor,
            at=NOW,
        )
    with django_assert_max_num_queries(60) as many:
        client.get(url)
    assert len(few) == len(many)


def test_titles_hold_no_name(open_as, program, person, counselor):
    client = open_as(counselor)
    enquiry = build.enquiry(program)
    for url in (
        reverse("admissions:placement", args=[person.pk]),
        reverse("admissions:admit", args=[person.pk]),
        reverse("admissions:enquiry", args=[enquiry.pk]),
    ):
        title = client.get(url).text.split("<title>")[1].split("</title>")[0]
        assert "Noor" not in title
        assert "Rue" not in title


def test_a_far_first_day_and_a_part_that_does_not_fit_are_refused_beside_the_field(open_as, person, counselor, program):
    nurse = make.member(program, "nurse")
    ready(person, counselor)
    typed = {
        "starts_on": "2031-01-01", "review_on": "2031-01-14", "primary": str(counselor.pk),
        "member1": str(nurse.pk), "part1": "Prescriber",
    }  # fmt: skip
    page = open_as(counselor).post(reverse("admissions:admit", args=[person.pk]), typed)
    assert page.status_code == 422
    assert "more than 60 days away" in page.text
    assert "do not work here as prescriber" in page.text
    assert not Episode.objects.exists()
    soon = typed | {"starts_on": "2026-10-20", "review_on": "2026-10-28", "part1": ""}
    client = open_as(counselor)
    done = client.post(reverse("admissions:admit", args=[person.pk]), soon)
    assert done.status_code == 302
    assert Episode.objects.get().team.get(member=nurse).part == "Nurse"
    assert "The first day is not today: October 20, 2026" in client.get(reverse("admissions:intake")).text


def test_words_typed_in_a_new_enquiry_are_kept_as_a_draft_and_a_phone_is_a_number(open_as, intake):
    client = open_as(intake)
    url = reverse("admissions:enquiry_new")
    assert "data-draft" in client.get(url).text
    sent = {"name": "Rue", "channel": "phone", "for_whom": "self", "phone": "call me"}
    page = client.post(url, sent)
    assert page.status_code == 422
    assert "Write a phone number" in page.text
    assert 'value="call me"' in page.text
    assert not Enquiry.objects.exists()


def test_make_a_record_finds_the_name_they_go_by_near_spellings_and_the_phone(open_as, intake, program):
    usual = make.participant(program, "Marguerite Fennimore", preferred_name="Rue")
    near = make.participant(program, "Rue Fenimore")
    called = make.participant(program, "Wynn Aldercote", phone="555-0148")
    make.participant(program, "Somebody Else", phone="555-0199")
    enquiry = build.enquiry(program)
    page = open_as(intake).get(reverse("admissions:record", args=[enquiry.pk])).text
    for person in (usual, near, called):
        assert f"Record {person.number}" in page
    assert "Somebody Else" not in page


def test_an_open_danger_stands_above_every_kind_word_of_the_pre_screen(open_as, program, intake, counselor):
    row = build.enquiry(program)
    person = actions.make_record(enquiry=row, another_person=True, by=intake, at=NOW)
    pages = ("/intake/", f"/intake/{row.pk}/")
    for page in pages:
        assert "May fit" in open_as(intake).get(page).content.decode()
    assessment = actions.start_assessment(participant=person, by=counselor, at=NOW)
    stop = actions.find_stop(assessment=assessment, code="HS2", owner=counselor, by=counselor, at=NOW)
    for page in pages:
        shown = open_as(intake).get(page).content.decode()
        assert "Severe or complicated alcohol withdrawal" in shown
        assert 'big-line">May fit' not in shown
        assert ("Danger open" in shown) is (page == "/intake/")
        assert "No sign of danger" not in shown
    actions.close_stop(stop=stop, disposition="Detox first, then here.", by=counselor, at=NOW)
    assert "Severe or complicated" in open_as(intake).get(pages[0]).content.decode()  # its alert is still open
    alerts.close(
        alert=Alert.objects.get(), outcome="more-care", words="In detox since noon.", by=counselor, at=NOW
    )  # fmt: skip
    assert "No sign of danger" in open_as(intake).get(pages[1]).content.decode()


def test_a_danger_named_before_there_is_a_record_is_open_until_its_alert_ends(program, intake, counselor):
    row = build.enquiry(program, answers=build.FITS | {"withdrawal_danger": "yes"})
    other = build.enquiry(program, name="Jun Applegarth")
    assert queries.dangers([row, other]) == {row.pk: ["An enquiry named a danger"]}
