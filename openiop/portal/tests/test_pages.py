"""A person's own pages, and a supporter's, as the cast meets them."""

import re
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from openiop.alerts import actions as alerts
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.models import Consent
from openiop.consents.rules import NEVER_FOR_FAMILY, SHAREABLE_WITH_FAMILY, Kind
from openiop.participants import actions as participants
from openiop.plans import actions as plan_actions
from openiop.plans.models import Plan
from openiop.portal.queries import FAMILY_KINDS
from openiop.programs.rules import Permission
from openiop.questionnaires import actions as questionnaires
from openiop.questionnaires.models import Assignment, Response
from openiop.recovery import actions as recovery
from openiop.recovery.models import CheckIn
from openiop.schedule import actions as schedule
from openiop.schedule.models import Session
from tests import make
from tests.make import consents as made_consents
from tests.make import plans as made_plans
from tests.make import questionnaires as made
from tests.make import schedule as made_schedule
from tests.make import session as sessions

OWN = ("/my/", "/my/check-in/", "/my/plan/", "/my/week/", "/my/consents/", "/my/me/")


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def at_home(client, ada):
    """A browser in which Ada is signed in."""
    client.force_login(ada.membership.user)
    return client


def text(answer):
    return answer.content.decode()


def permission(ada, counselor, supporter=None, kinds=("schedule",), signed=True):
    row = consents.prepare_consent(
        participant=ada,
        variant="family_person" if supporter else "named_disclosure",
        kinds=list(kinds),
        recipient="Dr. Elm, primary care",
        purpose="To support me",
        expires_when="when care in this program ends",
        expires_at=NOW + timedelta(days=365),
        supporter=supporter,
        by=counselor,
        at=NOW - timedelta(hours=1),
    )
    if signed:
        consents.sign_consent(consent=row, signer_name=ada.legal_name, how="phone", by=ada.membership, at=NOW)
    return row


def meets_tonight(program, counselor, ada, starts=time(17, 0), **facts):
    """A group of Wednesday evening in which Ada has a seat; NOW is 4:48 PM."""
    room = made_schedule.place(program, **facts)
    group = made_schedule.group(
        made_schedule.track(program), room, counselor, name="Pause, notice, act", weekday=2, starts=starts
    )
    schedule.enroll(group=group, episode=ada.episode, from_on=TODAY, by=counselor, at=NOW - timedelta(days=1))
    made_schedule.sessions(program, TODAY, TODAY + timedelta(days=7))
    return group


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", OWN)
def test_own_pages_open_for_the_person_and_for_nobody_at_work(client, ada, counselor, outsider, biller, page):
    for viewer, status in {ada.membership: 200, counselor: 404, outsider: 404, biller: 404}.items():
        client.force_login(viewer.user)
        assert client.get(page).status_code == status


@pytest.mark.parametrize("page", OWN)
def test_a_look_at_ones_own_record_leaves_one_event_that_who_looked_leaves_out(at_home, ada, page):
    before = Event.objects.count()
    assert at_home.get(page).status_code == 200
    event = Event.objects.get(what="record.opened-own")
    assert Event.objects.count() == before + 1
    assert (event.participant_id, event.by_id) == (str(ada.pk), str(ada.membership.pk))
    assert event.facts["page"].startswith("portal:")


@pytest.mark.parametrize("page", OWN)
def test_a_page_of_ones_own_is_never_kept_by_the_browser_and_has_a_neutral_title(at_home, ada, page):
    answer = at_home.get(page)
    assert "no-store" in answer.headers["Cache-Control"]
    title = re.search(r"<title>(.*?)</title>", text(answer)).group(1)
    assert title.split(" · ")[0] in {"Today", "Plan", "Week", "Sharing", "Me"}
    assert "Ada" not in title


def test_another_persons_questions_and_permissions_are_not_found(at_home, ben, counselor):
    theirs = made.assignment(ben, at=NOW)
    row = permission(ben, counselor, signed=False)
    for page in (f"/my/measures/{theirs.pk}/", f"/my/consents/{row.pk}/"):
        assert at_home.get(page).status_code == 404
        assert at_home.post(page, {"item": 9, "value": 3, "name": "Ben Barleyfield"}).status_code == 404
    for page in (f"/my/measures/{uuid4()}/", f"/my/consents/{uuid4()}/"):
        assert at_home.get(page).status_code == 404
    assert not Response.objects.exists()
    assert Consent.objects.get().status == "draft"


def test_a_sign_in_that_is_nobodys_yet_finds_nothing(client, program):
    client.force_login(make.member(program, "participant", name="Nobody Yet").user)
    assert client.get("/my/").status_code == 404


def test_signing_in_greets_by_name_and_says_no_number_of_the_machine(client, ada):
    ada.membership.user.set_password("a long enough sentence")
    ada.membership.user.save()
    client.post("/sign-in/", {"login": ada.membership.user.email, "password": "a long enough sentence"})
    page = text(client.get("/my/"))
    assert "Good afternoon, Ada." in page
    assert str(ada.membership.user.pk) not in page


# --- today ------------------------------------------------------------------------------------------------------------


def test_a_day_with_nothing_planned_says_so_and_begins_with_the_check_in(at_home):
    page = text(at_home.get("/my/"))
    assert "Good afternoon, Ada." in page
    assert "Nothing is planned for you right now." in page
    assert page.index("How am I really doing?") < page.index("Nothing is planned")


def test_a_session_within_half_an_hour_stands_before_the_check_in(at_home, program, counselor, ada):
    meets_tonight(program, counselor, ada)
    page = text(at_home.get("/my/"))
    assert page.index("starts in 12 minutes") < page.index("How am I really doing?")
    assert "Pause, notice, act" in page
    assert "Willow" in page


def test_a_later_session_stands_after_the_check_in(at_home, program, counselor, ada):
    meets_tonight(program, counselor, ada, starts=time(17, 30))
    page = text(at_home.get("/my/"))
    assert page.index("How am I really doing?") < page.index("starts in 42 minutes")


def test_a_video_session_can_be_joined_ten_minutes_before(at_home, program, counselor, ada, monkeypatch):
    meets_tonight(program, counselor, ada, name="Video", virtual=True, join_url="https://video.example.org/room")
    assert "https://video.example.org/room" not in text(at_home.get("/my/"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=3))
    assert "https://video.example.org/room" in text(at_home.get("/my/"))


def test_what_waits_is_named_in_neutral_words(at_home, ada, counselor):
    made.assignment(ada, at=NOW)
    permission(ada, counselor, signed=False)
    page = text(at_home.get("/my/"))
    assert "Mood questions" in page
    assert "PHQ" not in page
    assert "A permission to share" in page


def test_the_earned_line_counts_from_own_data_and_is_silent_without_any(at_home, ada):
    assert "You earned this one" not in text(at_home.get("/my/"))
    for days in (2, 1, 0):
        recovery.check_in(
            participant=ada, on=TODAY - timedelta(days=days), at=NOW - timedelta(days=days), by=ada.membership, mood=5
        )
    assert "You checked in with yourself on 3 of the last 7 days." in text(at_home.get("/my/"))


def test_today_asks_the_same_number_of_questions_however_full_the_week(at_home, program, counselor, ada):
    at_home.get("/my/")
    counts = []
    for weekday in (0, 1):
        room = made_schedule.place(program, name=f"Room {weekday}")
        track = made_schedule.track(program, name=f"Track {weekday}")
        for n in range(1 + 3 * weekday):
            group = made_schedule.group(track, room, counselor, name=f"G{n}", weekday=weekday, starts=time(9 + 2 * n))
            schedule.enroll(
                group=group, episode=ada.episode, from_on=TODAY - timedelta(days=7), by=counselor,
                at=NOW - timedelta(days=9),
            )  # fmt: skip
        made_schedule.sessions(program, TODAY - timedelta(days=7), TODAY + timedelta(days=7))
        with CaptureQueriesContext(connection) as asked:
            at_home.get("/my/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- the check-in -----------------------------------------------------------------------------------------------------


def test_each_tap_is_kept_without_script_and_with_it(at_home, ada):
    assert at_home.post("/my/check-in/", {"mood": "5"}).status_code == 302
    answer = at_home.post("/my/check-in/", {"mood": "5", "craving": "4"}, headers={"HX-Request": "true"}, follow=True)
    assert text(answer).lstrip().startswith('<div id="heard"')
    assert "Saved 4:48" in text(answer)
    row = CheckIn.objects.get()
    assert (row.mood, row.craving, row.safe) == (5, 4, "")


def test_not_feeling_safe_opens_help_and_tells_the_counselor(at_home, counselor):
    at_home.post("/my/check-in/", {"safe": "no"})
    assert Alert.objects.get().level == "urgent"
    page = text(at_home.get("/my/check-in/"))
    assert "Do you want to talk with someone now?" in page
    assert 'href="/my/help/"' in page


def test_nobody_is_said_to_be_told_who_is_not_and_it_can_be_said_again(at_home, counselor):
    at_home.post("/my/check-in/", {"safe": "no"})
    assert "Joan is told right now" in text(at_home.get("/my/"))
    alerts.close(alert=Alert.objects.get(), outcome="spoke-safe", words="We talked.", by=counselor, at=NOW)
    for address in ("/my/", "/my/check-in/"):
        page = text(at_home.get(address))
        assert "Joan has read what you said before" in page
        assert "is told right now" not in page
    at_home.post("/my/check-in/", {"safe": "no", "again": "1"})
    assert Alert.objects.get().closed_at is None
    assert "Joan is told right now" in text(at_home.get("/my/check-in/"))


def test_more_is_kept_and_words_stay_private_unless_shared(at_home, ada):
    facts = {"more": "1", "sleep_hours": "6.5", "use": "none", "medication": "taken", "words": "A long day."}
    assert at_home.post("/my/check-in/", facts).status_code == 302
    row = CheckIn.objects.get()
    assert (str(row.sleep_hours), row.use, row.words, row.share_words) == ("6.5", "none", "A long day.", False)
    at_home.post("/my/check-in/", facts | {"share_words": "on"})
    assert CheckIn.objects.get().share_words


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"more": "1", "sleep_hours": "30", "words": "Kept here."}, "between 0 and 24 hours"),
        ({"more": "1", "sleep_hours": "lots", "words": "Kept here."}, "Write a number"),
        ({"mood": "12"}, "Choose one of the answers shown"),
    ],
)
def test_a_wrong_answer_is_refused_in_words_and_keeps_what_was_typed(at_home, facts, says):
    answer = at_home.post("/my/check-in/", facts)
    assert (answer.status_code, says in text(answer)) == (422, True)
    assert facts.get("words", "") in text(answer)
    assert not CheckIn.objects.exists()


def test_days_before_show_my_own_words_and_who_can_read_them(at_home, ada):
    yesterday = TODAY - timedelta(days=1)
    recovery.check_in(
        participant=ada, on=yesterday, at=NOW - timedelta(days=1), by=ada.membership, mood=3, words="Hard evening."
    )
    page = text(at_home.get("/my/check-in/"))
    assert "Hard evening." in page
    assert "Only I can read this" in page


# --- questions --------------------------------------------------------------------------------------------------------


def go(client, asked, item, **facts):
    return client.post(f"/my/measures/{asked.pk}/", {"item": item, **facts})


def test_questions_come_one_a_screen_and_go_on_where_they_were_left(at_home, ada):
    asked = made.assignment(ada, "gad7", at=NOW)
    here = f"/my/measures/{asked.pk}/"
    assert "Question 1 of 7" in text(at_home.get(here))
    assert go(at_home, asked, 1, value=2).headers["Location"] == f"{here}?item=2"
    assert go(at_home, asked, 2, skip="1").headers["Location"] == f"{here}?item=3"
    assert "Question 3 of 7" in text(at_home.get(here)), "it goes on where it was left"
    back = text(at_home.get(f"{here}?item=1"))
    assert 'aria-pressed="true"' in back
    for item in range(3, 8):
        answer = go(at_home, asked, item, value=0)
    assert answer.headers["Location"] == f"{here}?item=end"
    end = text(at_home.get(f"{here}?item=end"))
    assert "Not being able to stop or control worrying" in end
    assert "Hand in my answers" in end


def test_a_handed_in_form_is_said_in_plain_words_with_how_it_moved(at_home, ada):
    made.answered(ada, "gad7", total=12, at=NOW - timedelta(days=14))
    asked = made.assignment(ada, "gad7", at=NOW)
    for item in range(1, 8):
        go(at_home, asked, item, value=1)
    assert at_home.post(f"/my/measures/{asked.pk}/", {"hand-in": "1"}).status_code == 302
    page = text(at_home.get(f"/my/measures/{asked.pk}/"))
    assert "Your answers show some worry. That is less than last time." in page
    assert at_home.post(f"/my/measures/{asked.pk}/", {"hand-in": "1"}).status_code == 302, "sent twice is harmless"
    assert go(at_home, asked, 1, value=3).status_code == 409
    assert Response.objects.get(assignment=asked).answers["1"] == 1


@pytest.mark.parametrize(("value", "level"), [(1, "high"), (3, "urgent")])
def test_thoughts_of_dying_bring_help_at_once_and_never_a_score(at_home, ada, program, value, level):
    program.phone = "555 0100"
    program.save()
    asked = made.assignment(ada, at=NOW)
    for item in range(1, 9):
        go(at_home, asked, item, value=3)
    answer = go(at_home, asked, 9, value=value)
    assert Alert.objects.get().level == level
    shown = text(at_home.get(answer.headers["Location"]))
    assert "hold that alone" in shown
    assert 'href="tel:988"' in shown
    assert 'href="tel:5550100"' in shown
    go(at_home, asked, 10, value=1)
    at_home.post(f"/my/measures/{asked.pk}/", {"hand-in": "1"})
    done = text(at_home.get(f"/my/measures/{asked.pk}/"))
    assert 'href="tel:988"' in done
    assert "Your answers show" not in done
    assert "of 27" not in done


def test_a_skipped_item_9_is_asked_again_and_no_score_is_shown_before(at_home, ada):
    asked = made.assignment(ada, at=NOW)
    for item in range(1, 11):
        go(at_home, asked, item, **({"skip": "1"} if item == 9 else {"value": 0}))
    here = f"/my/measures/{asked.pk}/"
    assert "Question 9 of 10" in text(at_home.get(here))
    end = text(at_home.get(f"{here}?item=end"))
    assert "still open" in end
    assert "Hand in my answers" not in end
    assert at_home.post(here, {"hand-in": "1"}).status_code == 409
    assert Response.objects.get().total is None


def test_a_form_with_a_gap_has_no_score_and_that_is_all_right(at_home, ada):
    asked = made.assignment(ada, "gad7", at=NOW)
    go(at_home, asked, 1, value=1)
    at_home.post(f"/my/measures/{asked.pk}/", {"hand-in": "1"})
    assert "there is no score" in text(at_home.get(f"/my/measures/{asked.pk}/"))


@pytest.mark.parametrize("facts", [{"item": "x"}, {"item": 1}, {}])
def test_a_garbled_answer_changes_nothing(at_home, ada, facts):
    asked = made.assignment(ada, at=NOW)
    assert at_home.post(f"/my/measures/{asked.pk}/", facts).status_code == 302
    assert not Response.objects.exists()


@pytest.mark.parametrize("query", ["item=99", "item=%C2%B2", "item=-1", "help=1", "item=end"])
def test_an_odd_address_still_shows_a_question_or_the_end(at_home, ada, query):
    asked = made.assignment(ada, at=NOW)
    assert at_home.get(f"/my/measures/{asked.pk}/?{query}").status_code == 200


def test_questions_taken_back_say_so_kindly(at_home, ada, counselor):
    asked = made.assignment(ada, at=NOW)
    questionnaires.withdraw(assignment=asked, by=counselor, at=NOW)
    assert "You did nothing wrong." in text(at_home.get(f"/my/measures/{asked.pk}/"))
    assert Assignment.objects.get().status == "withdrawn"


# --- help now ---------------------------------------------------------------------------------------------------------


def test_help_opens_for_anyone_at_once_signed_in_or_not_locked_or_not(client, ada):
    for _ in ("signed out", "signed in", "locked"):
        page = client.get("/my/help/")
        assert page.status_code == 200
        assert 'href="tel:988"' in text(page)
        assert 'id="used"' in text(page)
        if "sessionid" not in client.cookies:
            client.force_login(ada.membership.user)
        else:
            client.post("/lock/", {"next": "/my/"})
    assert "Ada" not in text(page)
    assert client.get("/my/").status_code == 302, "everything else is locked"


def test_help_offers_the_check_in_to_those_alone_who_have_one(client, ada, counselor):
    for viewer, offered in ((ada.membership, True), (make.supporter(ada, counselor).membership, False)):
        client.force_login(viewer.user)
        assert ('href="/my/check-in/#more"' in text(client.get("/my/help/"))) is offered


def test_help_shows_the_lines_of_the_program_where_it_has_its_own(at_home, program):
    program.crisis_lines = [{"label": "Call the county line", "url": "tel:5550199", "icon": "phone"}]
    program.phone = "555 0100"
    program.save()
    page = text(at_home.get("/my/help/"))
    assert "Call the county line" in page
    assert 'href="tel:988"' not in page
    assert 'href="tel:5550100"' in page


# --- my plan ----------------------------------------------------------------------------------------------------------


def test_no_plan_yet_is_said_plainly(at_home):
    assert "No plan yet." in text(at_home.get("/my/plan/"))


def test_a_plan_signed_by_the_clinician_waits_for_my_signature(at_home, ada, counselor):
    plan = made_plans.whole(ada.episode, counselor, NOW - timedelta(days=1))
    assert "No plan yet." in text(at_home.get("/my/plan/")), "a draft nobody signed is not shown"
    made_plans.sign(plan, counselor, NOW)
    page = text(at_home.get("/my/plan/"))
    assert "Evenings without a bottle" in page
    assert "I want my evenings back." in page
    digest = re.search(r'name="digest" value="(\w+)"', page).group(1)
    wrong = at_home.post("/my/plan/", {"name": "Someone Else", "digest": digest})
    assert wrong.status_code == 422
    assert "Someone Else" in text(wrong)
    assert at_home.post("/my/plan/", {"name": "", "digest": digest}).status_code == 422
    assert at_home.post("/my/plan/", {"name": "ada alderquist", "digest": digest}).status_code == 302
    assert Plan.objects.get().status == "signed"
    assert at_home.post("/my/plan/", {"name": "ada alderquist", "digest": digest}).status_code == 302, "sent twice"
    assert "Ready to sign" not in text(at_home.get("/my/plan/"))


def test_a_plan_that_changed_since_it_was_opened_is_not_signed(at_home, ada, counselor):
    made_plans.sign(made_plans.whole(ada.episode, counselor, NOW), counselor, NOW)
    answer = at_home.post("/my/plan/", {"name": "Ada Alderquist", "digest": "0" * 64})
    assert answer.status_code == 422
    assert "The plan changed since you opened it." in text(answer)
    assert "Please read it again" in text(answer)
    assert 'value="Ada Alderquist"' in text(answer)
    assert Plan.objects.get().status == "draft"


def test_a_plan_taken_back_into_writing_is_not_just_gone(at_home, ada, counselor):
    plan = made_plans.whole(ada.episode, counselor, NOW)
    made_plans.sign(plan, counselor, NOW)
    digest = re.search(r'name="digest" value="(\w+)"', text(at_home.get("/my/plan/"))).group(1)
    plan_actions.set_own_words(plan=plan, words="I want my mornings back.", by=counselor, at=NOW)
    answer = at_home.post("/my/plan/", {"name": "Ada Alderquist", "digest": digest})
    assert answer.status_code == 422
    assert "The plan changed since you opened it." in text(answer)
    assert "still writing it" in text(answer)
    assert "No plan yet." not in text(answer)
    made_plans.sign(plan, counselor, NOW)
    again = text(at_home.post("/my/plan/", {"name": "Ada Alderquist", "digest": digest}))
    assert "mornings back" in again
    assert "Please read it again" in again


def test_a_plan_signed_on_another_screen_a_moment_before_is_simply_signed(at_home, ada, counselor, monkeypatch):
    plan = made_plans.whole(ada.episode, counselor, NOW)
    made_plans.sign(plan, counselor, NOW)
    digest = re.search(r'name="digest" value="(\w+)"', text(at_home.get("/my/plan/"))).group(1)
    signing = plan_actions.sign_plan

    def overtaken(**given):
        signing(**given)
        return signing(**given)

    monkeypatch.setattr("openiop.portal.views.plan_actions.sign_plan", overtaken)
    answer = at_home.post("/my/plan/", {"name": "Ada Alderquist", "digest": digest})
    assert answer.status_code == 302
    assert Plan.objects.get().status == "signed"


# --- my week ----------------------------------------------------------------------------------------------------------


def test_my_week_shows_sessions_and_hours_and_turns_its_pages(at_home, program, counselor, ada):
    meets_tonight(program, counselor, ada)
    page = text(at_home.get("/my/week/"))
    assert "Pause, notice, act" in page
    assert "1.5 h" in page
    assert "No sessions this week." in text(at_home.get("/my/week/?from=2026-11-02"))
    for odd in ("soon", "2026-02-31", ""):
        assert at_home.get(f"/my/week/?from={odd}").status_code == 200


def test_a_session_called_off_says_why_and_that_it_does_not_count_against_anyone(at_home, program, counselor, ada):
    meets_tonight(program, counselor, ada)
    schedule.cancel_session(session=Session.objects.get(on=TODAY), reason="Heating is out", by=counselor, at=NOW)
    page = text(at_home.get("/my/week/"))
    assert "Called off by the program: Heating is out. It does not count against you." in page
    home = text(at_home.get("/my/"))
    assert "Called off by the program" in home
    assert home.index('id="next"') < home.index("Called off by the program") < home.index("does not count as missed")
    assert "Heating is out" in home
    assert "called off by the program" in home[home.index("My week") :]


# --- my consents ------------------------------------------------------------------------------------------------------


def test_a_permission_is_read_signed_and_ended_by_the_person_alone(at_home, ada, counselor):
    row = permission(ada, counselor, signed=False)
    here = f"/my/consents/{row.pk}/"
    assert "Dr. Elm, primary care" in text(at_home.get("/my/consents/"))
    wrong = at_home.post(here, {"name": "Someone Else"})
    assert (wrong.status_code, "Someone Else" in text(wrong)) == (422, True)
    assert at_home.post(here, {"name": "Ada Alderquist"}).status_code == 302
    assert Consent.objects.get().status == "active"
    assert at_home.post(here, {"name": "Ada Alderquist"}).status_code == 302, "sent twice"
    assert "Yes, end it" not in text(at_home.get(here)), "the first tap only asks"
    assert "Yes, end it" in text(at_home.get(f"{here}?end=1"))
    assert at_home.post(here, {"end": "1"}).status_code == 302
    assert at_home.post(here, {"end": "1"}).status_code == 302
    ended = Consent.objects.get()
    assert (ended.status, ended.revoked_by, ended.revoked_at) == ("revoked", ada.membership, NOW)
    assert "You ended it on" in text(at_home.get("/my/consents/"))


def test_no_permission_yet_is_said_plainly(at_home):
    assert "Nothing is shared." in text(at_home.get("/my/consents/"))


# --- me ---------------------------------------------------------------------------------------------------------------


def test_i_see_who_looked_at_my_record_and_not_my_own_visits(at_home, ada, counselor):
    assert "Nobody has opened it yet." in text(at_home.get("/my/me/"))
    for kind in (Kind.NOTES, Kind.PLAN, Kind.PLAN):
        opened = guard.open_record(counselor, ada.pk, kind, NOW, Permission.READ_CHART)
        consents.log_read(opened=opened, page="notes:list", by=counselor, at=NOW)
    page = text(at_home.get("/my/me/"))
    assert "Joan Birchwell, LPC" in page
    assert "session notes" in page
    assert page.count("treatment plan and progress") == 1


def test_the_look_is_mine_to_choose(at_home, ada):
    assert at_home.post("/my/me/", {"theme": "dark"}).status_code == 302
    ada.membership.user.refresh_from_db()
    assert ada.membership.user.theme == "dark"
    assert at_home.post("/my/me/", {"theme": "neon"}).status_code == 422


# --- a supporter ------------------------------------------------------------------------------------------------------


def test_a_consent_set_aside_before_signing_says_so_at_its_old_address(at_home, ada, counselor):
    row = made_consents.prepared(ada, counselor, at=NOW)
    consents.withdraw_consent(consent=row, by=counselor, at=NOW)
    page = at_home.get(f"/my/consents/{row.pk}/")
    assert page.status_code == 200
    assert "Set aside before it was signed. Nothing is shared by it." in text(page)
    assert "End this permission" not in text(page)


@pytest.fixture
def sister(ada, counselor):
    return make.supporter(ada, counselor)


def test_family_sees_nothing_and_no_name_without_a_consent(client, ada, sister):
    client.force_login(sister.membership.user)
    page = text(client.get("/support/"))
    assert "Nothing is shared with you right now." in page
    assert "Ada" not in page
    assert client.get("/my/").status_code == 404


def test_family_sees_what_was_shared_until_the_very_next_read_after_it_is_ended(
    client, program, ada, counselor, sister
):
    meets_tonight(program, counselor, ada)
    row = permission(ada, counselor, sister, kinds=("schedule",))
    client.force_login(sister.membership.user)
    page = text(client.get("/support/"))
    assert "Ada shares this with you: sessions. Ada decides, and can end it at any time." in page
    assert "Wed Oct 14, 5 PM" in page or "5:00" in page
    assert "Goals" not in page
    assert "came for" not in page
    row.refresh_from_db()
    consents.revoke_consent(consent=row, how="by phone", by=ada.membership, at=NOW)
    again = text(client.get("/support/"))
    assert "Nothing is shared with you right now." in again
    assert "Ada" not in again


def test_family_sees_goals_and_attendance_only_where_each_was_shared(client, ada, counselor, sister):
    made_plans.signed(ada.episode, counselor)
    permission(ada, counselor, sister, kinds=("plan", "attendance"))
    client.force_login(sister.membership.user)
    page = text(client.get("/support/"))
    assert "Evenings without a bottle" in page
    assert "The next 7 days" not in page
    assert "Two planned outings" not in page, "goals, not the work beneath them"


def test_each_kind_a_consent_may_open_for_family_has_its_place_on_their_page(client, ada, counselor, sister):
    assert set(FAMILY_KINDS) == set(SHAREABLE_WITH_FAMILY)
    assert not set(SHAREABLE_WITH_FAMILY) & NEVER_FOR_FAMILY
    permission(ada, counselor, sister, kinds=[kind.value for kind in SHAREABLE_WITH_FAMILY])
    client.force_login(sister.membership.user)
    page = text(client.get("/support/"))
    words = "sessions, attendance, goals of the plan, diagnoses and contact details"
    assert f"Ada shares this with you: {words}." in page
    for heading in ("coming", "came", "goals", "diagnoses", "contact"):
        assert f'<h2 id="{heading}">' in page
    assert "Nothing on record." in page


def test_staff_and_family_are_told_the_same_of_a_consent_for_diagnoses_and_contact(client, ada, counselor, sister):
    participants.correct_participant(participant=ada, phone="555-0177", by=counselor, at=NOW)
    made_plans.diagnoses(ada, counselor)
    permission(ada, counselor, sister, kinds=("diagnoses", "contact"))
    opened = {one.kind for one in guard.sight_of(sister, NOW) if one.access.allowed}
    assert opened == {Kind.DIAGNOSES, Kind.CONTACT}
    client.force_login(sister.membership.user)
    page = text(client.get("/support/"))
    assert "Ada shares this with you: diagnoses and contact details." in page
    for row in ada.diagnoses.all():
        assert row.words in page
        assert row.code not in page
    assert "555-0177" in page
    assert "The next 7 days" not in page
    reads = Event.objects.filter(what="chart.opened", by_id=str(sister.membership.pk))
    assert {row.facts["kind"] for row in reads} == {"diagnoses", "contact"}


def test_what_a_supporters_page_has_no_place_for_is_neither_offered_nor_said_to_be_open(ada, counselor, sister):
    for kind in ("medications", "placement"):
        with pytest.raises(Refused) as refusal:
            permission(ada, counselor, sister, kinds=("plan", kind))
        assert "shows no medication" in " ".join(refusal.value.reasons)
    row = permission(ada, counselor, sister, kinds=("plan",))
    row.refresh_from_db()
    row.kinds = ["plan", "medications"]  # as signed before
    assert guard.held(row, "America/New_York", NOW).opens == ["treatment plan and progress"]


def test_a_supporter_who_is_no_longer_one_finds_nothing(client, ada, sister):
    sister.ended_at = NOW
    sister.save()
    client.force_login(sister.membership.user)
    assert client.get("/support/").status_code == 404


def test_the_supporters_page_is_for_supporters(client, ada, counselor, outsider):
    for viewer in (ada.membership, counselor, outsider):
        client.force_login(viewer.user)
        assert client.get("/support/").status_code == 404


def test_the_lines_are_called_by_what_they_do_and_the_program_only_where_it_has_a_number(client, program, ada, sister):
    client.force_login(sister.membership.user)
    type(program).objects.filter(pk=program.pk).update(phone="")
    page = text(client.get("/support/"))
    for words in ("Call 988", "Text 988", "Call 911"):
        assert re.search(rf"</svg>{words}\s*</a>", page), words
    assert ">Open</a>" not in page
    assert "call the program" not in page
    type(program).objects.filter(pk=program.pk).update(phone="555-0100")
    page = text(client.get("/support/"))
    assert 'href="tel:555-0100"' in page
    assert "Or call the program" in page


@pytest.mark.parametrize(
    ("away", "says"),
    [("no-contact", "We missed you."), ("called-ahead", "You told us ahead"), ("program-cancelled", "Called off by")],
)
def test_a_session_missed_is_said_kindly(at_home, ada, counselor, away, says):
    over = sessions.session(ada.program, counselor, ada, starts=NOW - timedelta(hours=4))
    attendance.record_presence(session=over, episode=ada.episode, here=False, away=away, by=counselor, at=NOW)
    page = text(at_home.get("/my/week/"))
    assert says in page
    assert "You were away" not in page


def test_what_the_questions_are_is_said_once_at_the_start(at_home, ada):
    asked = made.assignment(ada, "gad7", at=NOW)
    here = f"/my/measures/{asked.pk}/"
    assert "Not yet clinically reviewed" in text(at_home.get(f"{here}?item=1"))
    go(at_home, asked, 1, value=2)
    assert "Not yet clinically reviewed" not in text(at_home.get(f"{here}?item=2"))


def test_whoever_signs_sees_the_name_on_the_record(at_home, ada, counselor):
    row = permission(ada, counselor, signed=False)
    assert "Your name on the record: Ada Alderquist" in text(at_home.get(f"/my/consents/{row.pk}/"))
    draft = made_plans.whole(ada.episode, counselor, NOW)
    made_plans.sign(draft, counselor, NOW)
    assert "Your name on the record: Ada Alderquist" in text(at_home.get("/my/plan/"))
