"""The review page, as the cast meets it."""

import re
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from openiop.audit.models import Event
from openiop.continuing import actions, queries
from openiop.continuing.models import Appointment, Review
from openiop.recovery import actions as recovery
from openiop.schedule import actions as plan_week
from openiop.schedule.rules import Block
from openiop.ui import actions as drafts
from tests.make import admissions, questionnaires
from tests.make import schedule as week
from tests.make import session as sessions
from tests.make.continuing import booking, reviewed


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def page(person):
    return f"/people/{person.pk}/review/"


def sent(person, end="continue", **more):
    """A decision as the form sends it."""
    person.episode.refresh_from_db()
    last = queries.last_review(person.episode.pk)
    return {
        "end": end, "words": "Evenings are calmer and she asks for more.", "despite": "Talked through in team.",
        "next_review_on": "2026-10-28", "seen": queries.seen(last, person.episode),
    } | more  # fmt: skip


VISIT = {"on": "2026-10-16", "starts": "10:00", "with_whom": "Dr. Fenwick, outpatient clinic", "where": "Mill Street"}


def test_the_review_is_for_clinicians_of_the_program(
    client, ada, counselor, prescriber, biller, intake, director, outsider
):
    for viewer, status in (
        (counselor, 200), (prescriber, 200), (biller, 403), (intake, 403), (director, 403), (outsider, 404),
        (ada.membership, 404),
    ):  # fmt: skip
        client.force_login(viewer.user)
        assert client.get(page(ada)).status_code == status
    assert Event.objects.filter(what="chart.opened", participant_id=str(ada.pk)).count() == 2


def test_everything_since_the_last_review_stands_on_one_page(client, ada, counselor):
    sessions.objectives(ada, counselor, "One planned evening")
    sessions.signed(
        sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=1)), counselor, ada, at=NOW
    )
    questionnaires.answered(ada, total=18, at=NOW - timedelta(days=20))
    questionnaires.answered(ada, total=9, at=NOW - timedelta(days=1))
    recovery.check_in(
        participant=ada, on=date(2026, 10, 13), mood=5, craving=6, safe="yes", use="alcohol",
        by=ada.membership, at=NOW - timedelta(days=1),
    )  # fmt: skip
    admissions.decided(ada, counselor, at=NOW - timedelta(days=1))
    client.force_login(counselor.user)
    shown = client.get(page(ada)).content.decode()
    for words in (
        "100%",
        "9 points down, reliably better",
        "One planned evening",
        "Oct 13 alcohol",
        "point to level 2.1",
    ):
        assert words in shown


def test_deciding_to_continue_stores_the_decision_and_shows_it(client, ada, counselor):
    client.force_login(counselor.user)
    said = client.post(page(ada), sent(ada))
    assert (said.status_code, said["Location"]) == (302, page(ada))
    review = Review.objects.get()
    shown = client.get(f"{page(ada)}{review.pk}/")
    assert "Evenings are calmer" in shown.content.decode()
    assert "Talked through in team." in shown.content.decode()
    assert "Earlier reviews" in client.get(page(ada)).content.decode()


def test_stepping_down_books_the_visit_and_changes_the_level_at_once(client, ada, counselor):
    client.force_login(counselor.user)
    said = client.post(page(ada), sent(ada, "step-down", level_down="1.5", prepared="on", **VISIT))
    assert said.status_code == 302
    ada.episode.refresh_from_db()
    assert ada.episode.level == "1.5"
    assert Appointment.objects.get().at.isoformat() == "2026-10-16T14:00:00+00:00"
    assert "10:00 AM" in client.get(page(ada)).content.decode()


def test_a_step_up_and_a_discharge_from_the_page(client, ada, ben, counselor):
    client.force_login(counselor.user)
    assert client.post(page(ada), sent(ada, "step-up", level_up="2.5")).status_code == 302
    left = sent(ben, "discharge", reason_code="2", last_contact_on="2026-10-12", next_review_on="", despite="")
    assert client.post(page(ben), left).status_code == 302
    ben.episode.refresh_from_db()
    assert (ben.episode.ended_reason, ben.episode.last_contact_on) == ("2", date(2026, 10, 12))
    assert "Care ended" in client.get(page(ben)).content.decode()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"end": ""}, "Choose how the review ends."),
        ({"words": ""}, "Write the reasons"),
        ({"next_review_on": ""}, "Set the date of the next review."),
        ({"next_review_on": "2026-10-14"}, "must lie ahead"),
        ({"next_review_on": "soon"}, "Write a day"),
        ({"despite": ""}, "Say why you decide without it."),
        ({"end": "discharge"}, "Choose the reason from the list."),
        ({"end": "step-down"}, "Choose the new level."),
        ({"end": "step-down", "level_down": "1.5", "with_whom": "Dr. Fenwick"}, "Choose the day."),
        ({"end": "step-down", "level_down": "1.5", **VISIT, "with_whom": ""}, "Say with whom"),
        ({"end": "step-down", "level_down": "1.5", **VISIT, "on": "2026-10-01"}, "must lie ahead"),
        ({"end": "step-down", "level_down": "1.5", **VISIT, "on": "2026-10-14", "starts": "09:00"}, "must lie ahead"),
    ],
)
def test_a_decision_turned_down_says_why_and_keeps_what_was_typed(client, ada, counselor, more, says):
    client.force_login(counselor.user)
    said = client.post(page(ada), sent(ada) | more)
    assert said.status_code == 422
    assert says in said.content.decode()
    if more.get("words") != "":
        assert "Evenings are calmer" in said.content.decode()
    assert not Review.objects.exists()


def test_someone_who_decided_meanwhile_is_named_and_the_text_is_kept(client, ada, counselor, supervisor):
    typed = sent(ada)
    reviewed(ada.episode, supervisor, NOW)
    client.force_login(counselor.user)
    said = client.post(page(ada), typed)
    assert said.status_code == 409
    shown = said.content.decode()
    assert "Celia Rowanfield, LCSW decided this review meanwhile." in shown
    assert "Evenings are calmer" in shown
    assert Review.objects.count() == 1


def test_sending_the_same_decision_twice_writes_it_once(client, ada, counselor):
    client.force_login(counselor.user)
    typed = sent(ada)
    assert client.post(page(ada), typed).status_code == 302
    assert client.post(page(ada), typed).status_code == 409
    assert Review.objects.count() == 1


def test_text_typed_about_someone_discharged_meanwhile_is_not_lost(client, ada, counselor, supervisor):
    typed = sent(ada)
    reviewed(ada.episode, supervisor, NOW, "discharge")
    client.force_login(counselor.user)
    said = client.post(page(ada), typed)
    assert said.status_code == 409
    assert "Evenings are calmer" in said.content.decode()


def test_a_draft_of_the_reasons_is_offered_and_ends_with_the_decision(client, ada, counselor):
    key = f"continuing.review:{ada.episode.pk}:words"
    drafts.save_draft(owner_id=str(counselor.user_id), key=key, text="Half a thought", version=0, at=NOW)
    client.force_login(counselor.user)
    assert "Half a thought" in client.get(page(ada)).content.decode()
    client.post(page(ada), sent(ada))
    assert "Half a thought" not in client.get(page(ada)).content.decode()


def test_appointments_are_booked_kept_missed_and_called_off_from_the_page(
    client, ada, counselor, outsider, monkeypatch
):
    client.force_login(counselor.user)
    assert client.post(f"{page(ada)}appointments/", VISIT).status_code == 302
    assert client.post(f"{page(ada)}appointments/", VISIT | {"on": "2026-10-20"}).status_code == 302
    assert client.post(f"{page(ada)}appointments/", VISIT | {"on": "2026-10-21"}).status_code == 302
    first, second, third = Appointment.objects.order_by("at", "pk")
    early = client.post(f"{page(ada)}appointments/{first.pk}/kept/")
    assert early.status_code == 409
    assert client.post(f"{page(ada)}appointments/{third.pk}/called-off/").status_code == 302
    monkeypatch.setattr("django.utils.timezone.now", lambda: second.at + timedelta(hours=1))
    client.force_login(counselor.user)
    assert "Missed" in client.get(page(ada)).content.decode()
    assert client.post(f"{page(ada)}appointments/{first.pk}/kept/").status_code == 302
    assert client.post(f"{page(ada)}appointments/{second.pk}/missed/").status_code == 302
    assert [row.status for row in Appointment.objects.order_by("at", "pk")] == ["kept", "missed", "cancelled"]
    client.force_login(outsider.user)
    assert client.post(f"{page(ada)}appointments/{first.pk}/missed/").status_code == 404


def test_a_booking_turned_down_keeps_what_was_typed(client, ada, counselor):
    client.force_login(counselor.user)
    said = client.post(f"{page(ada)}appointments/", VISIT | {"on": ""})
    assert said.status_code == 422
    assert "Dr. Fenwick" in said.content.decode()
    past = client.post(f"{page(ada)}appointments/", VISIT | {"on": "2026-10-01"})
    assert past.status_code == 422
    assert "must lie ahead" in past.content.decode()


def test_the_next_appointment_with_one_of_us_stands_in_everyones_week(client, ada, counselor, program):
    room = week.place(program, "Fern")
    given = {"on": "2026-10-16", "starts": "10:00", "minutes": "45", "facilitator": counselor.pk}
    client.force_login(counselor.user)
    refused = client.post(f"{page(ada)}appointments/", given)
    assert (refused.status_code, "Choose the room" in refused.content.decode()) == (422, True)
    assert client.post(f"{page(ada)}appointments/", given | {"place": room.pk}).status_code == 302
    for url in ("/sessions/", "/week/?on=2026-10-16", f"/people/{ada.pk}/week/", page(ada)):
        shown = client.get(url).content.decode()
        assert "Individual" in shown or "1 visit" in shown or "Fern" in shown, url
    client.force_login(ada.membership.user)
    for url in ("/my/", "/my/week/"):
        assert "10:00 AM" in client.get(url).content.decode(), url


def test_what_is_in_the_way_is_said_before_it_is_booked_and_may_be_agreed(client, ada, counselor, program):
    plan_week.set_busy(
        episode=ada.episode, blocks=[Block(4, time(9), time(12), "childcare")], from_on=TODAY, by=counselor, at=NOW
    )
    given = {"on": "2026-10-16", "starts": "10:00", "facilitator": counselor.pk}
    given |= {"place": week.place(program, "Fern").pk}
    client.force_login(counselor.user)
    for url, sent_there in (
        (f"{page(ada)}appointments/", given),
        (page(ada), sent(ada, "step-down", level_down="1.5", prepared="on", **given)),
        (f"{page(ada)}appointments/", VISIT | {"starts": "11:00"}),
    ):
        asked = client.post(url, sent_there)
        shown = asked.content.decode()
        assert asked.status_code == 422
        assert "childcare 9:00 AM – 12:00 PM overlaps" in shown
        (agreed,) = re.findall(r'name="anyway" value="([^"]+)"', shown)
        before = Appointment.objects.count()
        answer = client.post(url, sent_there | {"anyway": agreed})
        if sent_there is given or "end" not in sent_there:
            assert (answer.status_code, Appointment.objects.count()) == (302, before + 1)
        else:  # the counselor sees someone then: that is not to be agreed away
            assert answer.status_code == 422
            assert "already leads Individual" in answer.content.decode()
    client.force_login(ada.membership.user)
    for url in ("/my/", "/my/week/"):
        assert "With Dr. Fenwick, outpatient clinic" in client.get(url).content.decode()
    client.force_login(counselor.user)
    assert "Elsewhere, with Dr. Fenwick" in client.get(f"/people/{ada.pk}/week/").content.decode()


def test_after_discharge_nothing_is_planned_here_and_a_colleague_is_not_elsewhere(client, ada, counselor, program):
    given = {"on": "2026-10-16", "starts": "10:00", "facilitator": counselor.pk}
    client.force_login(counselor.user)
    ended = client.post(page(ada), sent(ada, "discharge", reason_code="1", **given))
    assert (ended.status_code, "After discharge nothing" in ended.content.decode()) == (422, True)
    down = client.post(page(ada), sent(ada, "step-down", level_down="1.5", prepared="on", **given))
    assert (down.status_code, "Choose the room" in down.content.decode()) == (422, True)
    ours = client.post(f"{page(ada)}appointments/", VISIT | {"with_whom": counselor.name})
    assert (ours.status_code, "They work here" in ours.content.decode()) == (422, True)


def test_another_persons_review_or_appointment_is_not_found(client, ada, ben, counselor):
    review = reviewed(ada.episode, counselor, NOW)
    visit = actions.book_appointment(episode=ada.episode, booking=booking(NOW), by=counselor, at=NOW)
    client.force_login(counselor.user)
    assert client.get(f"{page(ben)}{review.pk}/").status_code == 404
    assert client.post(f"{page(ben)}appointments/{visit.pk}/called-off/").status_code == 404


def test_someone_not_yet_in_care_has_no_review(client, program, counselor):
    person = admissions.newcomer(program)
    client.force_login(counselor.user)
    assert "Not yet in care." in client.get(page(person)).content.decode()


def test_the_page_costs_the_same_however_long_the_history(client, ada, counselor):
    client.force_login(counselor.user)
    sessions.objectives(ada, counselor, "One planned evening", "Two calls")
    client.get(page(ada))
    with CaptureQueriesContext(
        connection,
    ) as small:
        client.get(page(ada))
    reviewed(ada.episode, counselor, NOW)
    with CaptureQueriesContext(connection) as one:
        client.get(page(ada))
    for n in range(4):
        reviewed(ada.episode, counselor, NOW + timedelta(minutes=n + 1))
        actions.book_appointment(episode=ada.episode, booking=booking(NOW, n + 1), by=counselor, at=NOW)
        questionnaires.answered(ada, total=n, at=NOW - timedelta(hours=n + 1))
    with CaptureQueriesContext(connection) as many:
        client.get(page(ada))
    assert len(many) == len(one) <= len(small) + 2


def test_a_mistyped_first_day_is_corrected_while_nothing_happened(client, ada, intake, counselor, biller):
    url = f"/people/{ada.pk}/first-day/"
    starts, review = NOW.date() + timedelta(days=7), NOW.date() + timedelta(days=21)
    typed = {"starts_on": starts.isoformat(), "review_on": review.isoformat(), "words": "The year was mistyped"}
    client.force_login(biller.user)
    assert client.post(url, typed).status_code == 403
    client.force_login(intake.user)
    assert client.get(url).status_code == 200
    far = client.post(url, typed | {"starts_on": "2031-01-01", "review_on": "2031-01-10"})
    assert far.status_code == 422
    assert "Look at the year" in far.content.decode()
    assert client.post(url, typed | {"words": ""}).status_code == 422
    was = ada.episode.started_on
    assert client.post(url, typed).status_code == 302
    ada.episode.refresh_from_db()
    assert (ada.episode.started_on, ada.episode.review_on) == (starts, review)
    assert ada.episode.levels.get().from_on == starts
    event = Event.objects.get(what="episode.first-day-corrected")
    assert (event.facts["was"], event.facts["why"]) == (str(was), "The year was mistyped")


def test_a_first_day_stands_once_something_happened(client, ada, counselor, intake):
    sessions.signed(
        sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(days=1)), counselor, ada, at=NOW
    )
    was = ada.episode.started_on
    client.force_login(intake.user)
    url = f"/people/{ada.pk}/first-day/"
    assert "Attendance is on record" in client.get(url).content.decode()
    typed = {"starts_on": "2026-10-20", "review_on": "2026-10-28", "words": "Mistyped"}
    assert client.post(url, typed).status_code == 422
    ada.episode.refresh_from_db()
    assert ada.episode.started_on == was
