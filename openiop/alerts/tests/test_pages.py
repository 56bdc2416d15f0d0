"""The alert list and one alert, as the cast meets them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW
from openiop.alerts import rules
from openiop.audit.models import Event
from openiop.participants import actions as participants
from openiop.ui.models import Draft
from tests import make
from tests.make import admissions as build
from tests.make import consents
from tests.make.alerts import alert as make_alert

ZONE = "America/New_York"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_the_list_is_for_those_who_work_alerts(client, ada, counselor, biller, outsider):
    make_alert(ada, counselor)
    for viewer, status, named in ((counselor, 200, True), (biller, 403, False), (outsider, 200, False)):
        client.force_login(viewer.user)
        shown = client.get("/alerts/?show=team")
        assert shown.status_code == status
        assert ("Alderquist" in shown.content.decode()) is named


def test_one_alert_is_seen_by_its_own_program_only_and_the_look_is_on_record(client, ada, counselor, biller, outsider):
    row = make_alert(ada, counselor)
    for viewer, status in ((counselor, 200), (outsider, 404), (biller, 403)):
        client.force_login(viewer.user)
        assert client.get(f"/alerts/{row.pk}/").status_code == status
    assert Event.objects.filter(what="chart.opened", participant_id=str(ada.pk)).count() == 1


def test_a_refused_closing_keeps_what_was_typed_and_says_why(client, ada, counselor):
    row = make_alert(ada, counselor, kind="phq9-item9", level="high")
    client.force_login(counselor.user)
    said = client.post(f"/alerts/{row.pk}/close/", {"close-outcome": "spoke-safe", "close-words": " "})
    assert said.status_code == 422
    assert "Write what was done" in said.content.decode()
    said = client.post(f"/alerts/{row.pk}/close/", {"close-outcome": "", "close-words": "We spoke for an hour"})
    assert "We spoke for an hour" in said.content.decode()


def test_only_those_who_work_on_alerts_are_offered_one(client, ada, counselor, supervisor, biller, director):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    said = client.get(f"/alerts/{row.pk}/").content.decode()
    assert f'value="{supervisor.pk}"' in said
    assert f'value="{biller.pk}"' not in said
    assert f'value="{director.pk}"' not in said
    assert client.post(f"/alerts/{row.pk}/hand-over/", {"hand_over-to": str(biller.pk)}).status_code == 422


def test_an_alert_is_seen_acted_on_handed_over_and_closed(client, ada, counselor, supervisor):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    page = f"/alerts/{row.pk}/"
    assert client.post(page + "seen/").status_code == 302
    assert client.post(page + "act/", {"act-words": "Called, voicemail"}).status_code == 302
    assert (
        client.post(page + "put-off/", {"snooze-until": "2026-10-16T10:00", "snooze-reason": "On leave"}).status_code
        == 302
    )
    assert (
        client.post(page + "hand-over/", {"hand_over-to": str(supervisor.pk), "hand_over-words": ""}).status_code == 302
    )
    assert client.post(page + "close/", {"close-outcome": "reached", "close-words": ""}).status_code == 302
    again = client.post(page + "close/", {"close-outcome": "reached", "close-words": ""})
    assert again.status_code == 422
    assert "closed already" in again.content.decode()
    row.refresh_from_db()
    assert (row.status, row.owner, row.outcome) == ("closed", supervisor, "reached")
    for show in ("mine", "team", "overdue", "closed", "nonsense"):
        assert client.get(f"/alerts/?show={show}").status_code == 200


def test_the_page_contradicts_itself_nowhere_and_its_controls_look_like_controls(client, ada, counselor):
    row = make_alert(ada, counselor, level="high")
    client.force_login(counselor.user)
    client.post(f"/alerts/{row.pk}/seen/")
    said = " ".join(client.get(f"/alerts/{row.pk}/").content.decode().split())
    assert re.search(r"<dt>State</dt>\s*<dd[^>]*>Seen", said)
    assert re.search(r"<dt>Level</dt>.{0,300}?High", said)
    assert "– Joan" not in said
    assert '<summary class="btn">Hand it over</summary>' in said


def test_an_alert_about_an_enquiry_is_called_by_its_day(client, program, intake):
    build.enquiry(program, answers={"withdrawal_danger": "yes"}, at=NOW)
    client.force_login(intake.user)
    said = client.get("/alerts/").content.decode()
    assert "Enquiry of Oct 14" in said
    assert "For themselves" in said


@pytest.mark.parametrize("path", ["act/", "close/", "hand-over/", "put-off/"])
def test_an_empty_form_is_refused_beside_its_fields(client, ada, counselor, path):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    said = client.post(f"/alerts/{row.pk}/{path}", {})
    assert said.status_code == 422
    assert 'aria-invalid="true"' in said.content.decode()


def test_the_list_asks_the_same_number_of_questions_however_long(client, program, ada, counselor):
    make_alert(ada, counselor)
    client.force_login(counselor.user)
    client.get("/alerts/")
    counted = []
    for more in (0, 8):
        for n in range(more):
            make_alert(make.participant(program, f"Person Number{n}"), counselor)
        with CaptureQueriesContext(connection) as seen:
            client.get("/alerts/")
        counted.append(len(seen))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("minutes", "due", "left"),
    [(12, "5:00 PM", "in 12 min"), (-30, "4:18 PM", "30 min overdue"), (119.9, "6:47 PM", "in 2 h"),
     (105, "6:33 PM", "in 1 h 45 min"), (-90.5, "3:17 PM", "1 h 30 min overdue"),
     (19 * 60 + 12, "Thu 12:00 PM", "in 19 h"),
     (48 * 60, "Fri 4:48 PM", "in 2 days"), (24 * 60, "Thu 4:48 PM", "in 1 day"), (24 * 60 * 9, "Oct 23", "in 9 days")],
)  # fmt: skip
def test_due_times_read_as_people_say_them(minutes, due, left):
    at = NOW + timedelta(minutes=minutes)
    assert rules.due_words(at, NOW, ZONE) == due
    assert rules.left_words(at, NOW, ZONE) == left


def test_the_most_serious_stands_first_however_old_the_others_are(client, program, ada, ben, counselor):
    for number, days in enumerate((9, 8)):
        someone = make.participant(program, f"Person Number{number}")
        make_alert(someone, counselor, kind="missed-session", level="medium", at=NOW - timedelta(days=days))
    make_alert(ada, counselor, kind="craving", level="high", words="Craving 9 today")
    make_alert(ben, counselor, kind="phq9-item9", level="urgent", words="PHQ-9 item 9: nearly every day")
    client.force_login(counselor.user)
    for page in ("/alerts/", "/today/"):
        said = client.get(page).content.decode()
        assert said.index("PHQ-9 item 9") < said.index("Craving 9 today") < said.index("Person Number0"), page


def test_a_danger_says_what_to_do_whom_to_call_and_who_may_be_told(client, program, ada, counselor):
    ada.phone = "555-0142"
    ada.save(update_fields=["phone"])
    sister = make.supporter(ada, counselor)
    sister.phone, sister.emergency = "555-0177", True
    sister.save(update_fields=["phone", "emergency"])
    row = make_alert(ada, counselor, kind="phq9-item9", level="urgent")
    client.force_login(counselor.user)
    page = f"/alerts/{row.pk}/"
    said = client.get(page).content.decode()
    assert 'href="tel:555-0142"' in said
    assert "safety plan" in said
    assert "555-0177" not in said
    assert "No consent in force names them" in said
    consents.shared(sister, counselor, "schedule")
    assert 'href="tel:555-0177"' in client.get(page).content.decode()
    calm = make_alert(ada, counselor, kind="note-overdue")
    assert "tel:" not in client.get(f"/alerts/{calm.pk}/").content.decode()


def test_who_is_no_clinician_acts_and_hands_a_danger_over_but_does_not_close_it(client, program, ada, counselor):
    peer = make.member(program, "peer", name="Perry Peerfield")
    row = make_alert(ada, counselor, kind="unsafe-check-in", level="urgent")
    client.force_login(peer.user)
    assert client.get(f"/alerts/{row.pk}/").status_code == 403  # about someone whose team they are not on
    assert str(row.pk) not in client.get("/alerts/?show=team").content.decode()
    participants.join_team(episode=ada.episode, member=peer, part="peer", on=NOW.date(), by=counselor, at=NOW)
    assert str(row.pk) in client.get("/alerts/?show=team").content.decode()
    client.force_login(peer.user)
    page = f"/alerts/{row.pk}/"
    said = client.get(page).content.decode()
    assert "A clinician closes this alert." in said
    assert "Close this alert" not in said
    sent = {"close-outcome": "spoke-safe", "close-words": "We spoke, they are safe."}
    assert client.post(page + "close/", sent).status_code == 422
    row.refresh_from_db()
    assert row.closed_at is None
    assert client.post(page + "act/", {"act-words": "Called, they answered"}).status_code == 302


def test_seen_is_marked_without_leaving_the_page(client, ada, counselor):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    said = client.get(f"/alerts/{row.pk}/").content.decode()
    assert f'hx-post="/alerts/{row.pk}/seen/"' in said
    assert 'hx-target="#steps"' in said


def test_what_is_typed_on_an_alert_is_saved_and_forgotten_once_it_is_written_down(client, ada, counselor):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    page = f"/alerts/{row.pk}/"
    said = client.get(page).content.decode()
    key = re.search(r'data-key="([^"]*act-words)"', said).group(1)
    client.post("/drafts/", {"key": key, "version": 0, "text": "Left a voicemail"})
    assert "Left a voicemail" in client.get(page).content.decode()
    assert client.post(page + "act/", {"act-words": "", "typed": key}).status_code == 422
    assert Draft.objects.filter(ended_at__isnull=True).count() == 1
    assert client.post(page + "act/", {"act-words": "Left a voicemail", "typed": key}).status_code == 302
    assert Draft.objects.filter(ended_at__isnull=True).count() == 0


@pytest.mark.parametrize("kind", sorted(rules.OUTREACH))
def test_what_asks_for_a_call_leads_to_the_number_and_the_form_from_every_list(client, ada, counselor, kind):
    ada.phone = "555-0142"
    ada.save(update_fields=["phone"])
    row = make_alert(ada, counselor, kind=kind)
    client.force_login(counselor.user)
    for page in ("/today/", "/alerts/"):
        said = client.get(page).content.decode()
        assert re.search(rf'href="/alerts/{row.pk}/#call"[^>]*>Log a call</a>', said), page
        assert "Reach out</a>" not in said
    said = client.get(f"/alerts/{row.pk}/").content.decode()
    assert 'href="tel:555-0142"' in said
    assert 'id="call"' in said
    assert f'href="/people/{ada.pk}/week/visit/"' in said
    assert "Not reached</button>" in said


def test_a_call_is_written_down_and_ends_the_alert_with_the_same_click(client, ada, counselor):
    row = make_alert(ada, counselor, kind="missed-session")
    client.force_login(counselor.user)
    page = f"/alerts/{row.pk}/"
    sent = {"call-words": "His bus broke down.", "call-next_step": "", "call-outcome": ""}
    assert client.post(page + "call/", sent | {"call-went": "call-message"}).status_code == 302
    row.refresh_from_db()
    assert row.status == "acknowledged"
    assert "Called: left a neutral message" in client.get(page).content.decode()
    assert client.post(page + "call/", sent | {"call-went": "reached-and-closed"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.outcome, row.outcome_words) == ("closed", "reached", "His bus broke down.")


def test_a_call_without_words_or_without_its_button_is_refused_and_stays_typed(client, ada, counselor):
    row = make_alert(ada, counselor, kind="craving")
    client.force_login(counselor.user)
    for sent, says in (
        ({"call-went": "call-reached", "call-next_step": "He comes on Monday."}, "Write what was said"),
        ({"call-words": "Rang twice.", "call-next_step": "He comes on Monday."}, "Say how the call went."),
        ({"call-words": "Rang", "call-went": "nonsense", "call-next_step": "He comes on Monday."}, "Say how the call"),
    ):
        said = client.post(f"/alerts/{row.pk}/call/", sent)
        assert said.status_code == 422
        assert says in said.content.decode()
        assert "He comes on Monday." in said.content.decode()
    assert row.steps.count() == 1


def test_what_asks_for_no_call_opens_what_it_is_about_with_the_same_words_on_every_list(client, ada, counselor):
    link = f"/people/{ada.pk}/plan/"
    make_alert(ada, counselor, kind="note-overdue", link=link)
    bare = make_alert(ada, counselor, kind="review-due")
    client.force_login(counselor.user)
    for page in ("/today/", "/alerts/"):
        assert re.search(rf'href="{link}"[^>]*>Open the note</a>', client.get(page).content.decode()), page
        assert re.search(rf'href="/alerts/{bare.pk}/"[^>]*>Open</a>', client.get(page).content.decode()), page


def test_who_may_not_end_a_danger_logs_a_call_and_is_offered_no_end(client, program, ada, counselor):
    peer = make.member(program, "peer", name="Perry Peerfield")
    participants.join_team(episode=ada.episode, member=peer, part="peer", on=NOW.date(), by=counselor, at=NOW)
    row = make_alert(ada, counselor, kind="unsafe-check-in", level="urgent")
    client.force_login(peer.user)
    page = f"/alerts/{row.pk}/"
    said = client.get(page).content.decode()
    assert "Close it:" not in said
    assert "reached-and-closed" not in said
    sent = {"call-words": "They answered.", "call-went": "call-reached"}
    assert client.post(page + "call/", sent | {"call-outcome": "spoke-safe"}).status_code == 422
    assert client.post(page + "call/", sent | {"call-went": "reached-and-closed"}).status_code == 422
    assert client.post(page + "call/", sent).status_code == 302
    row.refresh_from_db()
    assert row.closed_at is None


def test_a_page_shown_again_with_a_refused_form_still_says_what_waits(client, ada, counselor):
    row = make_alert(ada, counselor)
    client.force_login(counselor.user)
    shown = (client.get(f"/alerts/{row.pk}/"), client.post(f"/alerts/{row.pk}/close/", {}))
    assert [said.status_code for said in shown] == [200, 422]
    for said in shown:
        assert re.search(r'Alerts</span><span class="count">1<', said.content.decode())


def test_a_danger_speaks_of_no_safety_plan_that_is_kept_nowhere_here(client, ada, counselor):
    row = make_alert(ada, counselor, kind="phq9-item9", level="urgent")
    client.force_login(counselor.user)
    said = client.get(f"/alerts/{row.pk}/").content.decode()
    assert "on your program" in said
    assert "It is not kept here" in said
