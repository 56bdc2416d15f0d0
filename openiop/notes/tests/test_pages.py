"""The session page and the notes in the chart, as the cast meets them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from openiop.alerts import actions as alerts
from openiop.alerts.models import Alert
from openiop.attendance import queries as attendance
from openiop.attendance.models import Presence
from openiop.audit.models import Event
from openiop.consents import queries as guard
from openiop.notes import actions, queries
from openiop.notes.models import PersonNote, SessionNote
from openiop.plans import actions as plan_actions
from openiop.plans.models import Goal
from openiop.schedule import actions as plan_week
from openiop.schedule.models import Session
from openiop.ui import actions as drafts
from tests import make
from tests.make import session as stage

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.AFTER)


@pytest.fixture
def hollis(program):
    return make.member(program, "counselor", name="Hollis Grovewright", credential="LCSW")


@pytest.fixture
def group(program, counselor, hollis, ada, ben):
    return stage.session(program, counselor, ada, ben, co=hollis)


@pytest.fixture
def signed_in(client, counselor):
    client.force_login(counselor.user)
    return client


def at(group, tail=""):
    return f"/sessions/{group.pk}/{tail}"


def tap(client, group, person, what, **more):
    return client.post(at(group, "mark/"), {"episode": person.episode.pk, "tap": what} | more)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def standing(group, person):
    return attendance.presence(group.pk, person.episode.pk)


def test_each_page_is_for_its_own_program_and_for_those_whose_work_it_is(
    client, group, ada, counselor, hollis, supervisor, biller, front_desk, outsider
):
    [signed] = stage.signed(group, counselor, ada)
    pages = {
        at(group): {counselor: 200, supervisor: 200, biller: 403, front_desk: 403, outsider: 404},
        at(group, "door/"): {counselor: 200, front_desk: 200, outsider: 404},
        at(group, "roster/"): {counselor: 200, biller: 403, front_desk: 403, outsider: 404},
        at(group, f"part/{ada.episode.pk}/preview/"): {counselor: 302, biller: 403, outsider: 404},
        f"/people/{ada.pk}/notes/": {counselor: 200, biller: 403, front_desk: 403, outsider: 404},
        f"/notes/{signed.pk}/": {counselor: 200, biller: 403, front_desk: 403, outsider: 404},
    }
    for url, cast in pages.items():
        for viewer, status in cast.items():
            client.force_login(viewer.user)
            assert client.get(url).status_code == status, (url, viewer.name)


def test_a_session_called_off_offers_nothing_to_fill_in_and_the_way_back(signed_in, group, ada, counselor):
    Session.objects.filter(pk=group.pk).update(starts_at=stage.AFTER, ends_at=stage.AFTER + timedelta(hours=1))
    plan_week.cancel_session(session=group, reason="Heating is out", by=counselor, at=stage.AFTER)
    shown = signed_in.get(at(group)).content.decode()
    assert "Heating is out" in shown
    assert ada.name in shown
    assert "Let it take place" in shown
    assert reverse("schedule:plan", args=[group.pk]) in shown
    for form in ("data-roster", 'id="group-part"', "Mark the rest here", "Someone else came"):
        assert form not in shown, form


def test_a_participant_does_not_open_the_roster(client, group, ada):
    client.force_login(ada.membership.user)
    assert client.get(at(group)).status_code == 404


def test_what_only_writes_is_closed_to_strangers_and_colleagues_too(client, group, ada, biller, outsider):
    tails = ["mark/", "rest/", f"undo/{group.pk}/", "seat/", "group-part/", f"part/{ada.episode.pk}/", "sign/"]
    for viewer, status in ((biller, 403), (outsider, 404)):
        client.force_login(viewer.user)
        for tail in tails:
            assert client.post(at(group, tail), {}).status_code == status, tail
    assert not Presence.objects.exists()
    assert not SessionNote.objects.exists()


def test_unknown_ids_are_not_found(signed_in, group, ada):
    for url in ("/sessions/00000000-0000-4000-8000-000000000000/", "/notes/00000000-0000-4000-8000-000000000000/"):
        assert signed_in.get(url).status_code == 404
    missing = "00000000-0000-4000-8000-000000000000"
    assert signed_in.post(at(group, "mark/"), {"episode": missing, "tap": "here"}).status_code == 404
    assert signed_in.post(at(group, f"part/{missing}/"), {}).status_code == 404
    assert signed_in.get(at(group, f"part/{missing}/preview/")).status_code == 404
    assert signed_in.get(at(group, "?person=nonsense")).status_code == 200


def test_opening_the_page_leaves_one_read_for_each_person_shown(signed_in, group, ada, ben):
    signed_in.get(at(group))
    reads = Event.objects.filter(what="chart.opened")
    assert sorted(reads.values_list("participant_id", flat=True)) == sorted([str(ada.pk), str(ben.pk)])
    signed_in.get(at(group, f"?person={ben.episode.pk}"), headers={"HX-Request": "true", "HX-Target": "person"})
    assert reads.filter(participant_id=str(ben.pk)).count() == 2
    assert reads.filter(participant_id=str(ada.pk)).count() == 1


def test_the_title_of_the_page_names_nobody(signed_in, group):
    title = re.search(r"<title>(.*?)</title>", signed_in.get(at(group)).content.decode(), re.S)[1]
    assert "Alderquist" not in title
    assert "Oct 14" in title


# --- Attendance -------------------------------------------------------------------------------------------------------


def test_a_roster_takes_two_clicks_when_everyone_came(signed_in, group, ada, ben):
    assert signed_in.get(at(group)).status_code == 200  # the first click opens it
    signed_in.post(at(group, "rest/"))  # the second marks everyone
    assert standing(group, ada).here
    assert standing(group, ben).here
    assert attendance.to_mark([group.pk]) == {}


def test_each_tap_saves_at_once_and_late_and_left_early_may_both_be_true(signed_in, group, ada):
    assert tap(signed_in, group, ada, "here").status_code == 302
    tap(signed_in, group, ada, "late")
    tap(signed_in, group, ada, "left")
    row = standing(group, ada)
    assert (row.late, row.left_early, row.version) == (True, True, 3)
    shown = text(signed_in.get(at(group)))
    assert '<b class="ink">1</b> late' in shown
    assert '<b class="ink">1</b> left early' in shown


def test_the_head_of_the_roster_adds_up_and_what_it_changes_beside_it_is_drawn_anew(signed_in, group, ada, ben):
    assert "Goes to 2 records" in text(signed_in.get(at(group)))
    tap(signed_in, group, ada, "late")
    tap(signed_in, group, ada, "left")
    headers = {"HX-Request": "true", "HX-Target": "roster"}
    drawn = text(signed_in.get(tap(signed_in, group, ben, "no-contact")["Location"], headers=headers))
    assert '<b class="ink">1</b> here (<b class="ink">1</b> late, <b class="ink">1</b> left early), ' in drawn
    assert '<b class="ink">1</b> away' in drawn
    assert re.search(r'id="goes"[^>]*hx-swap-oob="true"[^>]*>Goes to 1 record<', drawn)


def two_days_later(client, counselor, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.AFTER + timedelta(days=2))
    client.force_login(counselor.user)


def test_a_page_opened_later_says_the_day_of_what_it_tells(signed_in, group, ada, counselor, monkeypatch):
    signed_in.post(at(group, "rest/"))
    signed_in.post(at(group, "group-part/"), GROUP_PART)
    assert "In the record 7:04 PM" in text(signed_in.get(at(group)))
    two_days_later(signed_in, counselor, monkeypatch)
    assert "In the record Oct 14, 7:04 PM" in text(signed_in.get(at(group)))


def test_the_last_note_of_the_same_day_has_its_date_once_the_day_is_over(
    signed_in, program, group, ada, counselor, monkeypatch
):
    [thread] = stage.objectives(ada, counselor, "Walks home another way")
    stage.written(group, counselor)
    actions.save_part(
        session=group, episode=ada.episode, objectives=[thread], took_part="spoke", words="Walked by the river.",
        revision=0, by=counselor, at=stage.AFTER,
    )  # fmt: skip
    assert actions.sign_parts(session=group, by=counselor, at=stage.AFTER).signed
    second = stage.session(program, counselor, ada, starts=stage.AFTER, group=False, title="Individual")
    assert "last note today" in text(signed_in.get(at(second)))
    two_days_later(signed_in, counselor, monkeypatch)
    shown = text(signed_in.get(at(second)))
    assert "last note today" not in shown
    assert "last note Oct 14" in shown


def test_the_foot_of_one_persons_note_speaks_of_no_group(signed_in, program, counselor, ada):
    visit = stage.session(program, counselor, ada, group=False, title="Individual")
    restored(counselor, f"notes.group:{visit.pk}:did")
    shown = text(signed_in.get(at(visit)))
    assert "You typed words under “What we did” that are not saved yet." in shown
    assert "group part" not in shown


def test_away_asks_why_and_writes_nothing_until_it_is_said(signed_in, group, ada):
    asked = tap(signed_in, group, ada, "away")
    assert not Presence.objects.exists()
    shown = text(signed_in.get(asked["Location"]))
    for words in ("Called ahead", "No contact", "Program cancelled"):
        assert words in shown
    tap(signed_in, group, ada, "no-contact", reason="Voicemail at 5:40")
    assert standing(group, ada).reason == "Voicemail at 5:40"
    assert Alert.objects.get().kind == "missed-session"
    assert "Joan will call" in text(signed_in.get(at(group)))


def test_the_page_says_what_came_of_an_absence_and_no_longer_who_will_call(signed_in, group, ada, counselor):
    tap(signed_in, group, ada, "away")
    tap(signed_in, group, ada, "no-contact")
    alert = Alert.objects.get()
    calls = {"alert": alert, "by": counselor, "words": "His bus broke down."}
    alerts.log_call(**calls, at=stage.AFTER, went="call-missed")
    shown = text(signed_in.get(at(group, f"?person={ada.episode.pk}")))
    assert shown.count("Called 7:04 PM: not reached") == 3  # the roster, their part, the foot
    alerts.log_call(**calls, at=stage.AFTER + timedelta(days=1), went="call-reached", outcome="reached")
    shown = text(signed_in.get(at(group, f"?person={ada.episode.pk}")))
    assert shown.count("Reached; agreed the next step, Oct 15, 7:04 PM") == 3
    assert "will call" not in shown


def test_the_person_asked_about_is_left_out_when_the_rest_is_marked(signed_in, group, ada, ben):
    assert 'name="except_for"' not in text(signed_in.get(at(group)))
    asked = text(signed_in.get(tap(signed_in, group, ada, "away")["Location"]))
    assert f'name="except_for" value="{ada.episode.pk}" form="rest-form"' in asked
    assert 'id="rest-form"' in asked
    answer = signed_in.post(at(group, "rest/"), {"except_for": ada.episode.pk})
    assert standing(group, ada) is None
    assert standing(group, ben).here
    shown = text(signed_in.get(answer["Location"]))
    assert "Marked 1 here." in shown
    assert '<span class="pn">Ada</span> was left out: say why they are away.' in shown
    assert signed_in.post(at(group, "rest/"), {"except_for": "nonsense"}).status_code == 302


def test_a_question_goes_on_being_asked_while_someone_else_is_marked(signed_in, group, ada, ben):
    answer = tap(signed_in, group, ben, "here", asking=ada.episode.pk)
    shown = text(signed_in.get(answer["Location"]))
    assert f'id="a-{ada.episode.pk}"' in shown
    assert f'name="except_for" value="{ada.episode.pk}"' in shown
    refused = tap(signed_in, group, ben, "times", arrived="25:99", asking=ada.episode.pk)
    assert f'id="a-{ada.episode.pk}"' in text(refused)
    answered = tap(signed_in, group, ada, "called-ahead", asking=ada.episode.pk)
    assert "Why is this person away?" not in text(signed_in.get(answered["Location"]))


def test_times_far_outside_the_session_are_refused_and_stay_typed(signed_in, group, ada):
    for typed, said in (
        ({"arrived": "3:10", "left": "7:00"}, "more than an hour before the start"),
        ({"arrived": "5:30", "left": "9:30"}, "more than an hour after the end"),
        ({"arrived": "5:30", "left": "7:20"}, "still to come"),
    ):
        refused = tap(signed_in, group, ada, "times", **typed)
        assert refused.status_code == 422
        assert said in text(refused)
        assert all(f'value="{value}"' in text(refused) for value in typed.values())
    assert not Presence.objects.exists()


def test_a_time_in_that_is_still_to_come_is_refused_beside_it_and_stays_typed(signed_in, group, ada, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.STARTS + 2 * MINUTE)
    refused = tap(signed_in, group, ada, "times", arrived="6:10", left="7:00")
    assert refused.status_code == 422
    assert "The time in is still to come. Write it when they arrive." in text(refused)
    field, other = (re.search(f'<input[^>]*id="{name}-[^>]*>', text(refused))[0] for name in ("arrived", "left"))
    assert [one in field for one in ('value="6:10"', 'aria-invalid="true"')] == [True, True]
    assert ['value="7:00"' in other, "aria-invalid" in other] == [True, False]
    assert standing(group, ada) is None
    assert tap(signed_in, group, ada, "here").status_code == 302


def test_times_are_typed_as_on_paper(signed_in, group, ada):
    tap(signed_in, group, ada, "times", arrived="5:52", left="6:30")
    assert standing(group, ada).minutes == 38


def test_a_time_that_cannot_be_read_is_refused_beside_it_and_stays_typed(signed_in, group, ada):
    for typed, said in (
        ({"arrived": "soonish"}, "Write a time"),
        ({"arrived": "6:50", "left": "6:10"}, "after the time in"),
    ):
        refused = tap(signed_in, group, ada, "times", **typed)
        assert refused.status_code == 422
        assert said in text(refused)
        assert f'value="{typed["arrived"]}"' in text(refused)
    assert not Presence.objects.exists()


def test_a_call_after_the_start_is_not_ahead_and_the_reason_stays_typed(signed_in, group, ada):
    refused = tap(signed_in, group, ada, "called-ahead", called="5:45", reason="Childcare fell through")
    assert refused.status_code == 422
    assert "not ahead" in text(refused)
    assert "Childcare fell through" in text(refused)
    assert tap(signed_in, group, ada, "called-ahead", called="4:45").status_code == 302
    assert not Alert.objects.exists()


def test_a_nonsense_tap_is_refused_and_not_an_error(signed_in, group, ada):
    assert tap(signed_in, group, ada, "dancing").status_code == 422
    assert tap(signed_in, group, ada, "called-ahead", called="noonish").status_code == 422


def test_a_tap_can_be_undone_from_the_message(signed_in, group, ada):
    tap(signed_in, group, ada, "here")
    shown = text(signed_in.get(at(group)))
    undo = re.search(rf"/sessions/{group.pk}/undo/[0-9a-f-]+/", shown)[0]
    signed_in.post(undo)
    assert standing(group, ada) is None
    again = signed_in.post(undo)
    assert again.status_code == 302
    assert "changed again" in text(signed_in.get(again["Location"]))


def test_marking_the_rest_can_be_undone_as_one(signed_in, group, ada, ben):
    signed_in.post(at(group, "rest/"))
    undo = re.search(rf"/sessions/{group.pk}/undo/[0-9a-f-]+/", text(signed_in.get(at(group))))[0]
    signed_in.post(undo)
    assert attendance.to_mark([group.pk]) == {group.pk: 2}


def test_a_double_tap_on_here_stands_once(signed_in, group, ada):
    tap(signed_in, group, ada, "here")
    tap(signed_in, group, ada, "here")
    assert Presence.objects.count() == 1


def test_someone_who_joined_by_video_is_marked_so(signed_in, group, ada):
    tap(signed_in, group, ada, "late")
    tap(signed_in, group, ada, "video")
    assert (standing(group, ada).remote, standing(group, ada).late) == (True, True)
    tap(signed_in, group, ada, "video")
    assert not standing(group, ada).remote


def test_someone_else_came_and_is_added(signed_in, program, counselor, group):
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    assert "Cleo Cloverdell" not in text(signed_in.get(at(group)))  # nobody is named who is not asked for
    looks = Event.objects.filter(what="chart.opened", participant_id=cleo.pk)
    assert not looks.exists()
    assert "Cleo Cloverdell" in text(signed_in.get(at(group, "?joining=1")))
    assert looks.count() == 1
    signed_in.post(at(group, "seat/"), {"episode": cleo.episode.pk})
    assert "walked in" in text(signed_in.get(at(group)))
    refused = signed_in.post(at(group, "seat/"), {"episode": cleo.episode.pk})
    assert refused.status_code == 422
    assert "not on this roster yet" in text(refused)
    assert "Choose a person." in text(signed_in.post(at(group, "seat/"), {"episode": ""}))


def test_htmx_gets_the_roster_and_the_sign_bar_and_no_more(signed_in, group, ada):
    headers = {"HX-Request": "true", "HX-Target": "roster"}
    sent = {"episode": ada.episode.pk, "tap": "here", "person": ada.episode.pk}
    part = text(signed_in.post(at(group, "mark/"), sent, headers=headers, follow=True))
    assert part.lstrip().startswith('<section id="roster"')
    assert 'id="signbar"' in part
    assert "Undo" in part
    assert "<html" not in part
    assert 'id="person"' not in part


def test_whoever_turns_out_to_be_away_loses_the_form_beside_the_roster(signed_in, group, ada):
    headers = {"HX-Request": "true", "HX-Target": "roster"}
    sent = {"episode": ada.episode.pk, "tap": "no-contact", "person": ada.episode.pk}
    part = text(signed_in.post(at(group, "mark/"), sent, headers=headers, follow=True))
    assert "There is no note and nothing to bill" in part


def test_a_refused_time_swaps_only_the_roster(signed_in, group, ada):
    refused = signed_in.post(
        at(group, "mark/"),
        {"episode": ada.episode.pk, "tap": "times", "arrived": "soon"},
        headers={"HX-Request": "true", "HX-Target": "roster"},
    )
    assert refused.status_code == 422
    assert "<html" not in text(refused)
    assert "Write a time" in text(refused)


# --- Writing ----------------------------------------------------------------------------------------------------------

GROUP_PART = {"topic": "Triggers", "did": "Each named one trigger.", "mood": "Warm.", "revision": "0"}
OWN = {"took_part": "spoke", "words": "Named payday.", "revision": "0"}


def test_the_group_part_is_saved_and_its_draft_ends(signed_in, counselor, group):
    key = f"notes.group:{group.pk}:did"
    drafts.save_draft(owner_id=str(counselor.user_id), key=key, text="Each", version=0, at=stage.AFTER)
    assert signed_in.post(at(group, "group-part/"), GROUP_PART).status_code == 302
    assert SessionNote.objects.get().did == "Each named one trigger."
    assert "Restore" not in text(signed_in.get(at(group)))


def test_a_draft_typed_before_the_lights_went_out_is_offered_back(signed_in, counselor, group):
    key = f"notes.group:{group.pk}:did"
    drafts.save_draft(owner_id=str(counselor.user_id), key=key, text="Half a sentence", version=0, at=stage.AFTER)
    shown = text(signed_in.get(at(group)))
    assert "Restore" in shown
    assert "Half a sentence" in shown


def test_a_name_in_the_group_part_is_refused_beside_the_field_and_all_stays_typed(signed_in, group):
    refused = signed_in.post(at(group, "group-part/"), GROUP_PART | {"did": "Paired Ada with a new member."})
    assert refused.status_code == 422
    assert "Please take out: Ada." in text(refused)
    assert "Paired Ada with a new member." in text(refused)
    assert "Warm." in text(refused)
    assert not SessionNote.objects.exists()


def test_two_facilitators_see_both_texts_and_lose_neither(signed_in, group, hollis, ada):
    signed_in.post(at(group, "group-part/"), GROUP_PART)
    actions.save_group_part(
        session=group, topic="", did="Hollis wrote this.", mood="", revision=1, by=hollis, at=stage.AFTER
    )
    refused = signed_in.post(at(group, "group-part/"), GROUP_PART | {"did": "Joan wrote this.", "revision": "1"})
    assert refused.status_code == 422
    assert "Hollis wrote this." in text(refused)
    assert "Joan wrote this." in text(refused)
    assert SessionNote.objects.get().did == "Hollis wrote this."
    revision = re.search(r'id="group-state".*?name="revision" value="(\d+)"', text(refused))[1]
    signed_in.post(at(group, "group-part/"), GROUP_PART | {"did": "Both wrote this.", "revision": revision})
    assert SessionNote.objects.get().did == "Both wrote this."


def test_two_screens_of_one_person_are_called_so_and_nothing_is_saved_and_changed_at_once(
    signed_in, counselor, group, ada
):
    signed_in.post(at(group, "group-part/"), GROUP_PART)
    signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN)
    owner = str(counselor.user_id)
    for key in (f"notes.group:{group.pk}:did", f"notes.part:{group.pk}:{ada.episode.pk}:words"):
        drafts.save_draft(owner_id=owner, key=key, text="On this screen.", version=0, at=stage.AFTER)
    for url, given in (
        ("group-part/", GROUP_PART | {"did": "On this screen."}),
        (f"part/{ada.episode.pk}/", OWN | {"words": "On this screen."}),
    ):
        refused = signed_in.post(at(group, url), given, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="group-state")
        assert refused.status_code == 422
        shown = text(refused)
        assert "You changed this on another screen at 7:04 PM." in shown
        assert "Kept 7:04 PM. Not in the record yet." in shown
        assert [words for words in ("Theirs", "Take theirs", "Saved", "In the record") if words in shown] == []


def test_restored_text_is_kept_and_not_said_to_be_in_the_record(signed_in, counselor, group):
    signed_in.post(at(group, "group-part/"), GROUP_PART)
    key = f"notes.group:{group.pk}:did"
    draft = drafts.save_draft(owner_id=str(counselor.user_id), key=key, text="Typed later.", version=0, at=stage.AFTER)
    drafts.restore_draft(owner_id=str(counselor.user_id), draft_id=draft.pk, at=stage.AFTER)
    shown = text(signed_in.get(at(group)))
    assert "Kept 7:04 PM. Not in the record yet." in shown
    assert "Saved 7:04" not in shown
    assert "What is in the record" in shown
    assert "Each named one trigger." in shown


def restored(counselor, key, words="Typed later."):
    draft = drafts.save_draft(owner_id=str(counselor.user_id), key=key, text=words, version=0, at=stage.AFTER)
    drafts.restore_draft(owner_id=str(counselor.user_id), draft_id=draft.pk, at=stage.AFTER)


def test_restored_text_is_saved_by_a_button_of_its_own_with_or_without_script(signed_in, counselor, group, ada):
    shown = text(signed_in.get(at(group)))
    assert "data-restored>Save</button>" not in shown
    restored(counselor, f"notes.group:{group.pk}:did", "Restored for all.")
    restored(counselor, f"notes.part:{group.pk}:{ada.episode.pk}:words", "Restored for one.")
    shown = text(signed_in.get(at(group)))
    assert shown.count("data-restored>Save</button>") == 2
    assert "not saved yet" in shown
    signed_in.post(at(group, "group-part/"), GROUP_PART | {"did": "Restored for all."})
    signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN | {"words": "Restored for one."})
    shown = text(signed_in.get(at(group)))
    assert "data-restored" not in shown
    assert "not saved yet" not in shown
    assert SessionNote.objects.get().did == "Restored for all."


def test_saving_one_field_does_not_take_back_what_is_offered_for_the_other(signed_in, counselor, group):
    restored(counselor, f"notes.group:{group.pk}:did", "Restored.")
    mood = f"notes.group:{group.pk}:mood"
    drafts.save_draft(owner_id=str(counselor.user_id), key=mood, text="Warm, then tired.", version=0, at=stage.AFTER)
    assert f'name="offered" value="{mood}"' in text(signed_in.get(at(group)))
    signed_in.post(at(group, "group-part/"), GROUP_PART | {"did": "Restored.", "mood": "", "offered": mood})
    shown = text(signed_in.get(at(group)))
    assert "Warm, then tired." in shown
    assert "Restore</button>" in shown


def test_the_same_clash_is_shown_for_one_persons_part(signed_in, group, hollis, ada):
    url = at(group, f"part/{ada.episode.pk}/")
    signed_in.post(url, OWN)
    actions.save_part(
        session=group, episode=ada.episode, objectives=[], took_part="led", words="Hollis wrote this.", revision=1,
        by=hollis, at=stage.AFTER,
    )  # fmt: skip
    refused = signed_in.post(url, OWN | {"words": "Joan wrote this.", "revision": "1"})
    assert refused.status_code == 422
    assert "Hollis wrote this." in text(refused)
    assert "Joan wrote this." in text(refused)
    headers = {"HX-Request": "true", "HX-Target": "person-state"}
    part = signed_in.post(url, OWN | {"words": "Joan wrote this.", "revision": "1"}, headers=headers)
    assert part.headers["HX-Retarget"] == "#person"
    assert part.content.decode().lstrip().startswith('<section id="person"')


def test_a_part_ties_to_objectives_and_says_how_long_one_had_no_note(signed_in, counselor, group, ada, ben):
    [first, second] = stage.objectives(ada, counselor, "Two planned outings", "Call before Friday")
    shown = text(signed_in.get(at(group, f"?person={ada.episode.pk}")))
    assert "Two planned outings" in shown
    assert "no note yet" in shown
    signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN | {"objectives": [str(first)]})
    part = PersonNote.objects.get()
    assert [tie.objective for tie in part.ties.all()] == [first]
    other = signed_in.post(
        at(group, f"part/{ben.episode.pk}/"), OWN | {"objectives": [str(second)], "words": "Slept well."}
    )
    assert other.status_code == 422


def test_another_members_name_in_a_persons_part_is_refused_and_stays_typed(signed_in, group, ada):
    refused = signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN | {"words": "Rehearsed with Ben."})
    assert refused.status_code == 422
    assert "Please take out: Ben." in text(refused)
    assert "Rehearsed with Ben." in text(refused)


def test_saving_a_part_tells_htmx_only_what_changed(signed_in, group, ada):
    headers = {"HX-Request": "true", "HX-Target": "person-state"}
    part = text(signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN, headers=headers, follow=True))
    assert part.lstrip().startswith('<div id="person-state"')
    assert 'name="revision" value="1"' in part
    assert "<textarea" not in part
    assert 'id="signbar"' in part


def test_an_absent_persons_part_is_refused(signed_in, group, ada):
    tap(signed_in, group, ada, "called-ahead")
    refused = signed_in.post(at(group, f"part/{ada.episode.pk}/"), OWN)
    assert refused.status_code == 422
    assert not PersonNote.objects.exists()


def test_a_form_without_a_revision_is_refused_and_not_an_error(signed_in, group, ada):
    assert signed_in.post(at(group, "group-part/"), {"did": "x"}).status_code == 422
    assert signed_in.post(at(group, f"part/{ada.episode.pk}/"), {"words": "x"}).status_code == 422


# --- Signing ----------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_ready_and_what_is_not_and_signs_the_first(signed_in, group, ada, ben, counselor):
    stage.written(group, counselor, ada)
    shown = text(signed_in.get(at(group)))
    assert "1 of 2 notes is ready." in shown
    assert "Ben Barleyfield</span> needs a line." in shown
    signed = signed_in.post(at(group, "sign/"), {f"seen-{ada.episode.pk}": "1", "group_seen": "1"}, follow=True)
    assert "1 note signed. 1 is not ready yet." in text(signed)
    assert PersonNote.objects.get().signed_by == counselor


def test_words_typed_and_not_saved_keep_a_note_from_being_signed_without_them(signed_in, group, ada, counselor):
    stage.written(group, counselor, ada)
    own = {"owner_id": str(counselor.user_id), "version": 0, "at": stage.AFTER}
    sent = {f"seen-{ada.episode.pk}": "1", "group_seen": "1"}
    drafts.save_draft(key=f"notes.part:{group.pk}:{ada.episode.pk}:words", text="One more line.", **own)
    assert "are not saved yet" in text(signed_in.get(at(group)))
    signed_in.post(at(group, "sign/"), sent)
    drafts.save_draft(key=f"notes.group:{group.pk}:did", text="Other words.", **own)
    assert "not saved yet" in text(signed_in.post(at(group, "sign/"), sent, follow=True))
    assert PersonNote.objects.get().status == "draft"
    drafts.end_drafts(owner_id=str(counselor.user_id), key_prefix=f"notes.group:{group.pk}", at=stage.AFTER)
    drafts.end_drafts(owner_id=str(counselor.user_id), key_prefix=f"notes.part:{group.pk}", at=stage.AFTER)
    signed_in.post(at(group, "sign/"), sent)
    assert PersonNote.objects.get().status == "signed"


def test_signing_twice_says_so_and_does_nothing(signed_in, group, ada, counselor):
    stage.written(group, counselor, ada)
    sent = {f"seen-{ada.episode.pk}": "1", "group_seen": "1"}
    signed_in.post(at(group, "sign/"), sent)
    again = signed_in.post(at(group, "sign/"), sent, follow=True)
    assert "Nothing was signed" in text(again)
    assert Event.objects.filter(what="note.signed").count() == 1


def test_what_changed_since_the_page_was_opened_is_not_signed(signed_in, group, ada, counselor, hollis):
    stage.written(group, counselor, ada)
    actions.save_part(
        session=group, episode=ada.episode, objectives=[], took_part="led", words="Other.", revision=1, by=hollis,
        at=stage.AFTER,
    )  # fmt: skip
    stale = signed_in.post(at(group, "sign/"), {f"seen-{ada.episode.pk}": "1", "group_seen": "1"}, follow=True)
    assert "Read it again" in text(stale)
    assert PersonNote.objects.get().status == "draft"


def test_a_colleague_who_did_not_lead_sees_why_they_do_not_sign(client, program, group):
    other = make.member(program, "counselor", name="Ira Meadow")
    client.force_login(other.user)
    shown = text(client.get(at(group)))
    assert "Whoever led the session signs" in shown
    assert "data-sign" not in shown
    assert client.post(at(group, "sign/")).status_code == 409


def test_a_signed_note_is_shown_as_it_was_and_a_later_correction_beside_it(signed_in, group, ada, ben, counselor):
    [signed] = stage.signed(group, counselor, ada)
    refused = tap(signed_in, group, ada, "times", left="6:30")
    assert refused.status_code == 422
    assert "Say why the attendance changes" in text(refused)
    assert 'name="left" value="6:30"' in text(refused)
    assert f"/notes/{signed.pk}/" in text(refused)
    assert text(refused).count('aria-invalid="true"') == 1, "the reason is missing, the times are well"
    assert Alert.objects.count() == 0
    tap(signed_in, group, ada, "times", left="6:30", why="Left at half past")
    task = Alert.objects.get(kind="note-and-attendance")
    assert (task.owner, task.link) == (counselor, f"/notes/{signed.pk}/")
    assert "Attendance now: 60 minutes. Left at half past" in task.why
    assert Event.objects.filter(what="presence.corrected-after-signing").count() == 1
    assert "Signed, then corrected" in text(signed_in.get(at(group)))
    page = text(signed_in.get(f"/notes/{signed.pk}/"))
    assert "Presence was corrected after this note was signed." in page
    assert "90 minutes" in page
    assert "60 minutes" in page
    asking = text(signed_in.get(at(group) + f"?asking={ada.episode.pk}"))
    assert "Their note is signed, and stays as it is:" in asking
    assert tap(signed_in, group, ada, "called-ahead").status_code == 422
    tap(signed_in, group, ada, "called-ahead", why="Was marked for someone else")
    assert "It now reads: away, called ahead" in text(signed_in.get(f"/notes/{signed.pk}/"))
    signed_in.post(f"/notes/{signed.pk}/", {"words": "She was not there; the note was meant for the week before."})
    task.refresh_from_db()
    assert task.status == "closed"


def test_a_mark_a_signed_note_rests_on_is_not_simply_taken_back(signed_in, group, ada, counselor):
    [signed] = stage.signed(group, counselor, ada)
    signed_in.post(at(group, f"undo/{signed.presence_id}/"))
    assert Presence.objects.get(pk=signed.presence_id).replaced_at is None


def test_nearly_equal_own_texts_are_asked_about_by_name_before_they_are_signed(signed_in, group, ada, ben, counselor):
    for number, person in enumerate((ada, ben)):
        stage.written(group, counselor, person)
        PersonNote.objects.filter(episode=person.episode).update(words=f"Named payday as trigger number {number}.")
    page = text(signed_in.get(at(group)))
    assert "Nearly the same words for 2 people." in page
    sent = {f"seen-{part.episode_id}": part.revision for part in PersonNote.objects.all()}
    sent["group_seen"] = SessionNote.objects.get().revision
    unasked = signed_in.post(at(group, "sign/"), sent, follow=True)
    assert "Some of these notes say nearly the same." in text(unasked)
    assert PersonNote.objects.filter(status="signed").count() == 0
    signed_in.post(at(group, "sign/"), sent | {"alike_seen": "1"})
    assert PersonNote.objects.filter(status="signed").count() == 2
    assert Event.objects.get(what="note.alike-signed").facts["groups"] == [2]


def test_a_page_left_open_saves_nothing_over_a_signed_note(signed_in, group, ada, counselor):
    stage.signed(group, counselor, ada)
    for url, sent in (
        (at(group, f"part/{ada.episode.pk}/"), OWN | {"revision": "1", "words": "Later words."}),
        (at(group, "group-part/"), GROUP_PART | {"revision": "1", "did": "Later words."}),
    ):
        stale = signed_in.post(url, sent)
        assert stale.status_code == 422
        assert "Later words." in text(stale)
    assert PersonNote.objects.get().words != "Later words."


def test_the_preview_is_the_text_that_will_be_signed(signed_in, group, ada, counselor):
    stage.written(group, counselor, ada)
    shown = text(signed_in.get(at(group, f"part/{ada.episode.pk}/preview/")))
    [signed] = actions.sign_parts(session=group, by=counselor, at=stage.AFTER).signed
    for line in signed.frozen_text["text"].split("\n")[:-1]:
        assert line.replace("'", "&#39;") in shown


def test_a_visit_of_one_uses_the_same_page_without_a_group_part(signed_in, program, counselor, ada):
    visit = stage.session(program, counselor, ada, group=False, title="Individual session", minutes=50)
    shown = text(signed_in.get(at(visit)))
    assert "How the group was" not in shown
    assert "Took part" not in shown
    signed_in.post(at(visit, "rest/"))
    signed_in.post(at(visit, "group-part/"), {"did": "Read Ada's week together.", "revision": "0"})
    signed_in.post(at(visit, f"part/{ada.episode.pk}/"), {"words": "Chose two outings.", "revision": "0"})
    signed_in.post(at(visit, "sign/"), {f"seen-{ada.episode.pk}": "1", "group_seen": "1"})
    assert PersonNote.objects.get().status == "signed"


# --- The chart --------------------------------------------------------------------------------------------------------


def test_nobodys_note_holds_another_members_name_or_part(signed_in, group, ada, ben, counselor):
    stage.written(group, counselor, ada)
    actions.save_part(
        session=group, episode=ben.episode, objectives=[], took_part="led", words="Led the breathing.", revision=0,
        by=counselor, at=stage.AFTER,
    )  # fmt: skip
    for part in actions.sign_parts(session=group, by=counselor, at=stage.AFTER).signed:
        other, words = ("Barleyfield", "Led the breathing") if part.episode == ada.episode else ("Alderquist", "payday")
        page = text(signed_in.get(f"/notes/{part.pk}/"))
        listed = text(signed_in.get(f"/people/{part.episode.participant_id}/notes/"))
        for shown in (page, listed, part.frozen_text["text"]):
            assert other not in shown
            assert words not in shown


def test_an_addendum_is_signed_under_the_note(signed_in, group, ada, counselor):
    [signed] = stage.signed(group, counselor, ada)
    url = f"/notes/{signed.pk}/"
    refused = signed_in.post(url, {"words": "  "})
    assert refused.status_code == 422
    assert "Write what you want to add." in text(refused)
    named = signed_in.post(url, {"words": "Sat beside Ben."})
    assert named.status_code == 422
    assert "Sat beside Ben." in text(named)
    signed_in.post(url, {"words": "Called on Friday."})
    signed_in.post(url, {"words": "Called on Friday."})
    shown = text(signed_in.get(url))
    assert shown.count("Called on Friday.") == 1
    assert "1 addendum" in text(signed_in.get(f"/people/{ada.pk}/notes/"))


def test_a_draft_is_finished_on_the_sessions_page(signed_in, group, ada, counselor):
    stage.written(group, counselor, ada)
    draft = PersonNote.objects.get()
    assert "Finish it" in text(signed_in.get(f"/notes/{draft.pk}/"))
    assert "Draft, not signed" in text(signed_in.get(f"/people/{ada.pk}/notes/"))
    assert signed_in.post(f"/notes/{draft.pk}/", {"words": "x"}).status_code == 422


def test_reading_a_note_is_on_record(signed_in, group, ada, counselor):
    [signed] = stage.signed(group, counselor, ada)
    signed_in.get(f"/notes/{signed.pk}/")
    assert Event.objects.filter(what="chart.opened", participant_id=str(ada.pk)).count() == 1


def test_the_door_sheet_shows_first_names_and_initials_and_the_roster_no_diagnosis(signed_in, group, ada):
    door = text(signed_in.get(at(group, "door/")))
    assert "Ada A." in door
    assert "Alderquist" not in door
    roster = text(signed_in.get(at(group, "roster/")))
    assert "Ada Alderquist" in roster
    assert "2.1" not in roster


def questions(client, url, **headers):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url, headers=headers).status_code == 200
    return len(asked)


def test_the_page_asks_the_same_number_of_questions_however_long_the_roster(signed_in, program, counselor):
    signed_in.get("/alerts/")  # the first page after signing in also writes the session
    counts = []
    for size in (2, 6):
        people = [make.person_in_care(program, counselor, name=f"Person{size} {n}x Alder") for n in range(size)]
        for person in people:
            stage.objectives(person, counselor, "Two planned outings")
        long = stage.session(program, counselor, *people, title=f"Group of {size}", capacity=20)
        stage.written(long, counselor, *people[:2])
        last = f"?person={people[-1].episode.pk}"
        counts.append(
            (
                questions(signed_in, at(long, last)),
                questions(signed_in, at(long, last), **{"HX-Request": "true", "HX-Target": "roster"}),
                questions(signed_in, at(long, "roster/")),
                questions(signed_in, at(long, "door/")),
                len(queries.people(long, queries.session_note(long.pk), stage.AFTER)),
            )
        )
    assert counts[0][:4] == counts[1][:4]
    assert [count[4] for count in counts] == [2, 6]


def test_the_list_of_notes_asks_the_same_number_of_questions_however_many(signed_in, program, counselor, ada):
    signed_in.get("/alerts/")
    found = []
    for n in range(4):
        made = stage.session(program, counselor, ada, starts=stage.STARTS - timedelta(days=n), title=f"Group {n}")
        stage.signed(made, counselor, ada)
        found.append(questions(signed_in, f"/people/{ada.pk}/notes/"))
    assert found[0] == found[3]


# --- What is marked as sensitive --------------------------------------------------------------------------------------


def test_a_part_is_marked_while_it_is_written_and_later_with_a_reason(signed_in, group, ada, ben, counselor):
    stage.written(group, counselor, ada)
    part = PersonNote.objects.get(episode=ada.episode)
    there = at(group, f"part/{ada.episode.pk}/")
    given = {"took_part": "spoke", "words": "Spoke of the fire.", "revision": "1"}
    assert signed_in.post(there, given | {"label": "trauma"}).status_code == 302
    assert [one.word for one in guard.label_history(queries.ITEM, part.pk)] == ["trauma"]
    given |= {"words": "Spoke of the fire again.", "revision": "2"}
    refused = signed_in.post(there, given | {"label": "counseling"})
    assert refused.status_code == 422
    assert "Say why the mark changes." in text(refused)
    part.refresh_from_db()
    assert part.words == "Spoke of the fire."  # both or neither
    assert signed_in.post(there, given).status_code == 302  # a form without the mark leaves it alone
    assert guard.labels(queries.ITEM, [part.pk]) == {str(part.pk): "trauma"}


def test_a_signed_note_is_marked_and_stays_as_it_was(client, signed_in, group, ada, counselor, program, supervisor):
    [part] = stage.signed(group, counselor, ada)
    mark = f"/notes/{part.pk}/mark/"
    assert signed_in.post(mark, {"label": "loud"}).status_code == 422
    assert signed_in.post(mark, {"label": "family-conflict"}).status_code == 302
    assert "Say why the mark changes." in text(signed_in.post(mark, {"label": ""}))
    assert "Sensitive: family conflict" in text(signed_in.get(f"/notes/{part.pk}/"))
    other = make.member(program, "counselor", name="Sol Fieldmoor")
    client.force_login(other.user)
    assert client.post(mark, {"label": "", "reason": "x"}).status_code == 403
    assert "One item is kept back." in text(client.get(f"/notes/{part.pk}/"))
    client.post(f"/notes/{part.pk}/", {"words": "An addendum."})
    part.refresh_from_db()
    assert not part.addenda.exists()
    client.force_login(supervisor.user)
    assert client.post(mark, {"label": "", "reason": "No longer."}).status_code == 302


def test_a_note_that_serves_a_sensitive_goal_is_kept_back_with_it(client, group, ada, counselor, program):
    [thread] = stage.objectives(ada, counselor, "Call the brother")
    stage.written(group, counselor)
    actions.save_part(
        session=group, episode=ada.episode, objectives=[thread], took_part="spoke", words="Called.", revision=0,
        by=counselor, at=stage.AFTER,
    )  # fmt: skip
    goal = Goal.objects.get(problem__plan__episode=ada.episode)
    plan_actions.mark_row(row=goal, word="family-conflict", reason="", by=counselor, at=stage.AFTER)
    client.force_login(make.member(program, "counselor", name="Sol Fieldmoor").user)
    assert "Call the brother" not in text(client.get(f"/people/{ada.pk}/notes/"))
    assert "Call the brother" not in text(client.get(f"{at(group)}?person={ada.episode.pk}"))
    client.force_login(counselor.user)
    assert "Call the brother" in text(client.get(f"{at(group)}?person={ada.episode.pk}"))


def test_notes_come_in_pages_newest_first(signed_in, ada, counselor):
    for day in range(41):
        held = stage.session(
            ada.program, counselor, ada, starts=stage.AFTER - timedelta(days=day, hours=2), title=f"Day {day}"
        )
        stage.signed(held, counselor, ada, at=stage.AFTER - timedelta(days=day))
    first = text(signed_in.get(f"/people/{ada.pk}/notes/"))
    assert "Day 0" in first
    assert "Day 39" in first
    assert "Day 40" not in first
    second = text(signed_in.get(f"/people/{ada.pk}/notes/?page=2"))
    assert "Day 40" in second
    assert "Page 2 of 2" in second


def test_restoring_a_text_comes_back_to_the_person_it_is_about(signed_in, group, ada, ben):
    page = text(signed_in.get(f"{at(group)}?person={ben.episode.pk}"))
    assert f'name="back_to" value="person={ben.episode.pk}"' in page
