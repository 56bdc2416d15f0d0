"""One person's way: referral, placement, consent, week, session, note, measures, alert, step-down, told in a row."""

import gzip
import json
import os
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from playwright.sync_api import expect

from openiop.admissions.models import Assessment, Enquiry, Referral
from openiop.admissions.rules import RATING_WORDS
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.attendance.models import Presence
from openiop.continuing.models import Appointment
from openiop.management.commands.work import one_round as work
from openiop.notes import actions as notes
from openiop.notes.models import PersonNote
from openiop.plans import queries as plans
from openiop.plans.models import Plan
from openiop.recovery import actions as recovery
from openiop.schedule import actions as schedule
from openiop.schedule.models import Session
from tests import make
from tests.journeys.conftest import PHONE
from tests.make import questionnaires as make_questionnaires
from tests.make import schedule as make_schedule

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OPENIOP_SHARED", ROOT.parent / "shared")) / "data/fhir-patients/synthea-bundles"
OWN = ROOT / "openiop/admissions/bundles/alcohol-and-depression.json"
PASSWORD = "the heron stands in the reeds"
NEW_YORK = ZoneInfo("America/New_York")
OTHERS = ("Ada Alderquist", "Ben Barleyfield", "Cleo Cedarwick")
LIVING_WITH = "Opioid abuse (disorder)"


def a_referral():
    """Someone alive with an addiction from the shared bundles; our own bundle where these are absent, and on tour."""
    if os.environ.get("OPENIOP_TOUR") != "on":
        for path in sorted(SHARED.glob("*.json.gz")):
            rows = [entry["resource"] for entry in json.loads(gzip.decompress(path.read_bytes()))["entry"]]
            alive = not any("deceasedDateTime" in row for row in rows if row["resourceType"] == "Patient")
            if alive and any(row.get("code", {}).get("text") == LIVING_WITH for row in rows):
                return path
    return OWN


@pytest.fixture
def clock(monkeypatch):
    """What time it is in New York for everyone: `clock(10, 5, 9, 10)` is October 5, 9:10 AM."""

    def clock(month, day, hour, minute=0):
        now = datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        return now

    return clock


@pytest.fixture
def read(flawless):
    """The page as it stands has no fault, in light and in dark."""

    def read(page):
        page.emulate_media(color_scheme="dark")
        flawless(page, colors=True)
        page.emulate_media(color_scheme="light")
        flawless(page)

    return read


@pytest.fixture
def story(visit, read, picture, clock, program, intake, counselor, supervisor, director, prescriber):
    """The people concerned and what they have at hand: three evenings of two groups, and three people in them."""
    now = clock(10, 5, 9, 10)
    room, evening = make_schedule.place(program), make_schedule.track(program)
    groups = [
        make_schedule.group(evening, room, counselor, name, weekday, starts, service=service)
        for weekday in (0, 2, 3)
        for name, starts, service in (("Skills", time(17, 30), "skills"), ("Process", time(19, 15), "group"))
    ]
    others = [make.person_in_care(program, counselor, name=name) for name in OTHERS]
    for other in others:
        schedule.enroll_all(groups=groups, episode=other.episode, from_on=now.date(), by=counselor, at=now)
    make_schedule.sessions(program, date(2026, 10, 5), date(2026, 11, 16), at=now)
    return SimpleNamespace(
        visit=visit, read=read, picture=picture, clock=clock, program=program, intake=intake, counselor=counselor,
        supervisor=supervisor, director=director, prescriber=prescriber, others=others, groups=groups,
    )  # fmt: skip


def press(page, words, **kind):
    page.get_by_role("button", name=words, **kind).first.click()


def answer(page, question, word):
    page.get_by_role("group", name=question, exact=True).get_by_text(word, exact=True).click()


def test_one_persons_way(story):
    the_referral_comes_in(story)
    a_visitor_leaves_nothing(story)
    an_enquiry_is_answered(story)
    placement(story)
    consents(story)
    admission(story)
    the_week_is_planned(story)
    a_plan_for_both(story)
    a_session(story)
    the_note(story)
    how_am_i(story)
    the_alert_is_worked(story)
    what_nobody_did_goes_up(story)
    four_weeks_pass(story)
    the_review(story)
    everyone_sees_where_it_stands(story)


def the_referral_comes_in(story):
    story.clock(10, 5, 9, 10)
    page = story.visit("/intake/", as_=story.intake)
    page.get_by_role("link", name="Referrals").click()
    page.wait_for_url("**/intake/referrals/")
    story.read(page)
    file = a_referral()
    page.get_by_label("Referral files").set_input_files(
        {"name": file.name, "mimeType": "application/json", "buffer": file.read_bytes()}
    )
    press(page, "Bring them in")
    expect(page.get_by_text("1 person was brought in.")).to_be_visible()
    row = Referral.objects.get()
    story.person = row.participant
    story.read(page)
    page.get_by_label("Referral files").set_input_files(
        {"name": file.name, "mimeType": "application/json", "buffer": file.read_bytes()}
    )
    press(page, "Bring them in")
    assert Referral.objects.count() == 1, "the same file comes in once"
    page.get_by_label("Referral files").set_input_files(
        {"name": "torn.json", "mimeType": "application/json", "buffer": file.read_bytes()[:-40]}
    )
    press(page, "Bring them in")
    expect(page.get_by_text("Nothing of it was kept.")).to_be_visible()
    assert Referral.objects.count() == 1
    page.get_by_role("link", name=story.person.legal_name).click()
    expect(page.get_by_role("heading", name="What was used and left")).to_be_visible()
    story.read(page)
    story.picture(page, "01-referral")


SAFE = {
    "When you stop or cut down": "No", "Do you have thoughts of ending": "No", "Does someone where you live": "No",
    "Do you need someone with you day": "No", "Do you have a steady place": "Yes",
    "Is there someone who supports": "Yes", "Can you get through most days": "Yes",
    "Do you want something to change": "Yes", "Is low mood": "Yes", "Have you tried weekly": "Yes",
    "Have you just finished": "No", "Is it early": "No",
}  # fmt: skip


def screen(page, **other):
    """Answer the pre-screen as it stands; what is not given otherwise is safe and fits."""
    page.get_by_text("Gambling or betting", exact=True).click()
    for words, word in SAFE.items():
        question = page.locator("fieldset").filter(has_text=words)
        question.get_by_text(other.get(words.split()[-1], word), exact=True).click()


def rows_of_everything():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def a_visitor_leaves_nothing(story):
    """Someone who gives no name is answered, gets help first where it is needed, and leaves no row and no cookie."""
    before = rows_of_everything()
    page = story.visit("/welcome/", at=PHONE)
    story.read(page)
    page.goto("/is-this-right-for-me/")
    story.read(page)
    screen(page, ending="Yes")
    press(page, "See my answer", exact=True)
    expect(page.get_by_role("heading", name="Please talk to a person first, today.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Call 988")).to_be_visible()
    story.read(page)
    story.picture(page, "02-first-answer")
    assert page.context.cookies() == []
    assert rows_of_everything() == before


def an_enquiry_is_answered(story):
    """Staff ask on the phone; a danger named shows help at once and becomes an alert."""
    story.clock(10, 5, 10, 30)
    page = story.visit("/intake/new/", as_=story.intake)
    page.get_by_label("Name", exact=True).fill("Rue Fennimore")
    page.get_by_label("Phone").fill("555-0148")
    screen(page, ending="Yes")
    story.read(page)
    press(page, "Keep this enquiry")
    expect(page.get_by_text("A danger was named. Call now.")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Call 988")).to_be_visible()
    story.read(page)
    assert Enquiry.objects.exclude(channel="referral").get().result == "needs-more-care"
    assert Alert.objects.get().level == "urgent"
    page.goto("/alerts/")
    story.read(page)


def check_safety(page):
    """Each danger was asked about; none is there."""
    page.get_by_label("I asked about each of these.").check()
    press(page, "Save the safety check")
    expect(page.get_by_text("Safety check saved.")).to_be_visible()


def rate(page, ratings, evidence):
    """Six ratings, each with the line that shows it."""
    for number, (value, words) in enumerate(zip(ratings, evidence, strict=True), start=1):
        page.locator(f"#id_e{number}").fill(words)
        page.locator(f"label:has(input[name=d{number}][value='{value}'])").click()
        expect(page.locator(f"#word-{number} b")).to_have_text(RATING_WORDS[value])


def placement(story):
    """Six ratings with their evidence, what they point to, what would change it, and a clinician's decision."""
    story.clock(10, 6, 14, 0)
    page = story.visit(f"/people/{story.person.pk}/placement/", as_=story.counselor)
    story.read(page)
    press(page, "Start an assessment")
    check_safety(page)
    evidence = [
        "No signs since August.", "Blood pressure treated by their doctor.", "PHQ-9 of 14, sleeps four hours.",
        "Came by themselves and asks for evenings.", "Used twice in three weeks, always after work.",
        "Lives with a sister who supports this.",
    ]  # fmt: skip
    rate(page, (0, 1, 2, 1, 2, 1), evidence)
    expect(page.get_by_role("heading", name="What would change it")).to_be_visible()
    story.read(page)
    story.picture(page, "03-placement")
    assert page.locator("#rec").get_by_text("Intensive outpatient").first.is_visible()
    page.get_by_label("Reason, in your words").fill("Steady enough for evenings; both halves treated together.")
    page.get_by_label("Level of care").select_option("1.5")
    press(page, "Decide this level")
    expect(page.locator(".err, [data-errors]").first).to_be_visible()
    story.read(page)
    page.get_by_label("Level of care").select_option("2.1")
    press(page, "Decide this level")
    expect(page.get_by_role("heading", name="Decision", exact=True)).to_be_visible()
    story.read(page)
    decided = Assessment.objects.get()
    assert (decided.selected, decided.suggested_level, decided.difference) == ("2.1", "2.1", "")


def given_back(page):
    """The tablet comes back signed, and is unlocked by whoever handed it over."""
    expect(page.get_by_text("Signed. Please give the tablet back.")).to_be_visible()
    press(page, "Give the tablet back")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, re.compile("^Unlock as"))


def consents(story):
    """Admission waits for a consent; what may be shared is signed on the screen under its exact text."""
    story.clock(10, 6, 15, 0)
    story.intake.user.set_password(PASSWORD)
    story.intake.user.save(update_fields=["password"])
    page = story.visit(f"/people/{story.person.pk}/admit/", as_=story.intake)
    story.read(page)
    page.get_by_role("link", name="Open the consents").click()
    page.get_by_role("link", name="New consent").click()
    page.get_by_role("link", name=re.compile("^Choose: Treatment, payment")).click()
    press(page, "Show the exact text")
    expect(page.locator(".exact")).to_contain_text(story.person.legal_name)
    story.read(page)
    press(page, "Prepare for signing")
    press(page, "Hand over the tablet")
    page.get_by_label("Your full legal name").fill(story.person.legal_name)
    story.picture(page, "04-consent")
    page.get_by_label("Your full legal name").fill("Someone Else")
    press(page, "Sign the consent")
    expect(page.locator(".err")).to_be_visible()
    story.read(page)
    page.get_by_label("Your full legal name").fill(story.person.legal_name)
    press(page, "Sign the consent")
    given_back(page)
    expect(page.get_by_text("In force").first).to_be_visible()
    page.goto(f"/people/{story.person.pk}/supporters/")
    page.get_by_label("Name", exact=True).fill("Rosa Reedling")
    page.get_by_label("How they belong").fill("Sister")
    press(page, "Add them")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("Email they sign in with").fill("rosa@example.org")
    press(page, "Make the link")
    expect(page.get_by_label("One-time link")).to_be_visible()
    story.read(page)
    story.sister = story.person.supporters.get().membership
    phone = story.visit("/support/", as_=story.sister, at=PHONE)
    expect(phone.get_by_text("Nothing is shared with you right now.")).to_be_visible()
    story.read(phone)
    page.get_by_role("link", name="New consent").click()
    page.get_by_role("checkbox", name="Sessions and schedule").check()
    page.get_by_label("What it is for").fill("To get me to group on time")
    press(page, "Prepare for signing")
    press(page, "Hand over the tablet")
    page.get_by_label("Your full legal name").fill(story.person.legal_name)
    press(page, "Sign the consent")
    given_back(page)
    expect(page.get_by_text("In force").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="The next 7 days")).to_be_visible()
    page.goto(f"/people/{story.person.pk}/consents/")
    story.read(page)


def admission(story):
    """What is missing is named until all is there; then care begins, with a team, a review and a sign-in."""
    story.clock(10, 6, 15, 20)
    page = story.visit(f"/people/{story.person.pk}/admit/", as_=story.intake)
    story.read(page)
    page.get_by_label("First day").fill("2026-10-07")
    page.get_by_label("First review").fill("2026-11-03")
    page.get_by_label("Primary counselor").select_option(label=story.counselor.label)
    page.get_by_label("Team member 1").select_option(label=story.prescriber.label)
    press(page, "Admit and plan the week")
    page.wait_for_url("**/week/")
    page.goto(f"/people/{story.person.pk}/app/")
    page.get_by_label("Email").fill("someone@example.org")
    press(page, "Invite")
    link = page.locator("code.kept").inner_text()
    story.read(page)
    story.person.refresh_from_db()
    phone = story.visit(link, at=PHONE)
    story.read(phone)
    phone.get_by_label("Password").fill(PASSWORD)
    press(phone, "Save password")
    phone.get_by_label("Email").fill("someone@example.org")
    phone.get_by_label("Password").fill(PASSWORD)
    press(phone, "Sign in")
    phone.wait_for_url("**/my/")
    story.read(phone)


def the_week_is_planned(story):
    """Hours prescribed with a warning out of bounds, times they cannot come, groups with every clash shown at once."""
    story.clock(10, 6, 15, 40)
    page = story.visit(f"/people/{story.person.pk}/week/", as_=story.counselor)
    page.get_by_label("Hours a week").fill("7.5")
    page.get_by_label("Days a week").fill("3")
    press(page, "Prescribe this week")
    expect(page.get_by_text("Outside the usual bounds", exact=True)).to_be_visible()
    story.read(page)
    page.get_by_label("Hours a week").fill("9")
    press(page, re.compile("^Prescribe"))
    expect(page.get_by_text("9 hours a week prescribed")).to_be_visible()
    page.get_by_role("link", name=re.compile("Note the times|Change these times")).click()
    line = page.get_by_role("group", name="Line 1")
    line.get_by_label("What").select_option("work")
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        line.get_by_text(day, exact=True).click()
    line.get_by_label("From").fill("09:00")
    line.get_by_label("To").fill("17:15")
    line.get_by_label("Way, each way").select_option("30")
    page.get_by_label("Holds from").fill("2026-10-07")
    story.read(page)
    press(page, "Save these times")
    page.wait_for_url("**/week/")
    sums = page.locator("#sums")
    for box in page.get_by_role("checkbox", name=re.compile("Skills|Process")).all():
        box.check()
    expect(sums).to_contain_text("The prescribed hours are met")
    expect(sums).to_contain_text("work")
    story.read(page)
    story.picture(page, "05-week-planned")
    page.get_by_label("From", exact=True).last.fill("2026-10-07")
    press(page, "Save groups")
    expect(page.get_by_text(re.compile("^Groups saved: 6 joined"))).to_be_visible()
    page.goto("/week/?on=2026-10-07")
    story.read(page)
    story.picture(page, "07-week")


THREADS = {
    "addiction": ("Evenings without using", "Use a go-to action in an evening craving", "Daily check-in, evenings"),
    "ental health": ("To sleep and see people again", "Two planned outings a week", "PHQ-9 total"),
}


def a_plan_for_both(story):
    """One plan for both halves: it cannot be signed before each has its goal; then both sign, she on her phone."""
    story.clock(10, 7, 9, 0)
    home = f"/people/{story.person.pk}"
    page = story.visit(f"{home}/conditions/", as_=story.counselor)
    page.get_by_label("ICD-10-CM code").fill("F41.1")
    page.get_by_label("Condition").fill("Generalized anxiety disorder")
    press(page, "Add the diagnosis")
    expect(page.get_by_role("main").get_by_text("F41.1").first).to_be_visible()
    story.read(page)
    page.goto(f"{home}/plan/")
    press(page, "Write a plan")
    page.get_by_label("In their own words").fill("I want my evenings back, and my sister to stop worrying.")
    press(page, "Keep these words")
    for half, (goal, step, measure) in THREADS.items():
        page.wait_for_load_state("networkidle")
        wanted = page.locator("#missing .notice").filter(has_text=half)
        wanted.get_by_role("link", name="Add a goal for it").click()
        page.get_by_label("Their goal").fill(goal)
        press(page, "Add", exact=True)
        page.get_by_role("link", name=re.compile(f"^Add an objective.*{goal}")).click()
        if half == "addiction":
            story.read(page)
        page.get_by_label("What they will do").fill(step)
        page.get_by_label("How it is measured").fill(measure)
        page.get_by_label("Where it stands now").fill("2 of 10")
        page.get_by_label("Where it should be").fill("8 of 10")
        page.get_by_label("By", exact=True).fill("2026-12-02")
        press(page, "Add", exact=True)
        page.get_by_role("link", name=re.compile(f"^Add what we do.*{step}")).click()
        page.get_by_label("What is done").fill("Skills group")
        page.get_by_label("How often").fill("Three times a week")
        press(page, "Add", exact=True)
        expect(page.get_by_text("Group: Skills group")).to_have_count(list(THREADS).index(half) + 1)
    page.get_by_label("Next review").fill("2026-11-05")
    press(page, "Set the review")
    page.get_by_role("link", name="Read and sign").click()
    story.read(page)
    page.get_by_role("region", name="Sign as clinician").get_by_label("Your full name").fill(story.counselor.name)
    press(page, "Sign the plan")
    expect(page.get_by_role("region", name="Sign as clinician")).to_have_count(0)
    phone = story.visit("/my/plan/", as_=story.person.membership, at=PHONE)
    story.read(phone)
    phone.get_by_label(re.compile("name", re.I)).fill(story.person.legal_name)
    press(phone, "Sign my plan")
    expect(phone.get_by_text("Version 1, signed Oct 7.")).to_be_visible()
    story.read(phone)
    page.goto(f"{home}/plan/")
    story.read(page)
    story.picture(page, "06-plan")
    assert Plan.objects.get(episode__participant=story.person).status == "signed"


def a_session(story):
    """Who is here in two clicks and the exceptions; each absence asks for what follows."""
    story.clock(10, 7, 17, 36)
    page = story.visit("/sessions/", as_=story.counselor)
    story.read(page)
    page.get_by_role("link", name="Skills").first.click()
    page.wait_for_url("**/sessions/*/")
    story.session = page.url
    late, absent, early = story.others
    roster = page.locator("#roster")

    def tap(name, word):
        page.get_by_role("group", name=f"Attendance, {name}").get_by_role("button", name=word).click()

    tap(late.name, "Late")
    expect(roster).to_contain_text("1 late")
    tap(absent.name, "Away")
    page.get_by_role("group", name=f"Away, {absent.name}").get_by_role("button", name="No contact").click()
    expect(roster).to_contain_text("1 away")
    press(page, "Mark the rest here")
    expect(roster).not_to_contain_text("not marked yet")
    tap(early.name, "Left early")
    expect(roster).to_contain_text("1 left early")
    story.read(page)
    alert = Alert.objects.get(participant=absent)
    assert (alert.owner, alert.due_at.astimezone(NEW_YORK).day) == (story.counselor, 7), "a call the same day"


def the_note(story):
    """The group part once, each person's own part beside the objective it serves; signed, frozen, then added to."""
    story.clock(10, 7, 19, 4)
    page = story.visit(story.session, as_=story.counselor)
    page.get_by_label("Topic").fill("Triggers after work")
    page.get_by_label("What we did").fill("Each named one trigger and chose a first action for it.")
    page.get_by_label("How the group was").fill("Warm, slow to start.")
    page.get_by_label("How the group was").press("Tab")
    expect(page.locator("#group-state")).to_contain_text("In the record 7:04 PM")
    page.get_by_role("link", name=story.person.name, exact=True).click()
    expect(page.get_by_role("heading", name=f"Only for {story.person.name}")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("Use a go-to action")).check()
    page.locator("#person").get_by_text("Spoke", exact=True).click()
    page.get_by_label("What was theirs today").fill("Named the walk home past the old corner; calls her sister first.")
    page.get_by_label("What was theirs today").press("Tab")
    expect(page.locator("#person-state")).to_contain_text("In the record 7:04 PM")
    expect(page.locator("#signbar")).to_contain_text("ready")
    story.read(page)
    story.picture(page, "08-session")
    page.locator("#signbar").get_by_role("button", name=re.compile("^Sign 1 note")).click()
    page.get_by_role("dialog").get_by_role("button", name="Sign 1 note").click()
    expect(page.get_by_text(re.compile("^1 note signed"))).to_be_visible()
    part = PersonNote.objects.get(episode__participant=story.person)
    frozen = dict(part.frozen_text)
    page.goto(f"/people/{story.person.pk}/notes/")
    story.read(page)
    page.goto(f"/notes/{part.pk}/")
    page.get_by_label("Addendum").fill("Called her sister from the door; they walk home together.")
    press(page, "Sign the addendum")
    expect(page.get_by_text("Called her sister from the door; they walk home together.")).to_be_visible()
    story.read(page)
    part.refresh_from_db()
    assert (part.status, part.frozen_text, part.addenda.count()) == ("signed", frozen, 1)
    assert not PersonNote.objects.filter(episode=story.others[1].episode).exists(), "no note for who was away"


def how_am_i(story):
    """Three taps and nine questions on the phone; item 9 brings help before any score, and an alert at once."""
    work(story.clock(10, 8, 7, 0))
    story.clock(10, 8, 7, 30)
    phone = story.visit("/my/", as_=story.person.membership, at=PHONE)
    answer(phone, "Right now I feel", "Low")
    phone.get_by_role("group", name="Craving today").get_by_text("6", exact=True).click()
    answer(phone, "Do I feel safe today?", "Yes")
    expect(phone.locator("#heard")).to_contain_text("Saved 7:30 AM")
    story.read(phone)
    story.picture(phone, "10-my-day")
    story.picture(phone, "10-my-day-dark", dark=True)
    phone.get_by_role("link", name="Open Mood questions").click()
    story.read(phone)
    for _ in range(8):
        press(phone, "More than half the days")
    before = Alert.objects.count()
    press(phone, "Several days")
    expect(phone.get_by_role("heading", name="Thank you for saying so.")).to_be_visible()
    expect(phone.get_by_role("link", name="Call 988")).to_be_visible()
    story.read(phone)
    story.picture(phone, "10-help")
    assert Alert.objects.count() == before + 1
    story.alert = Alert.objects.get(kind="phq9-item9")
    assert (story.alert.level, story.alert.owner) == ("high", story.counselor)
    phone.get_by_role("link", name="Go on with the questions").click()
    press(phone, "Somewhat difficult")
    press(phone, "Hand in my answers")
    expect(phone.get_by_role("heading", name="Thank you for answering.")).to_be_visible()
    assert "17" not in phone.get_by_role("main").inner_text(), "help, not a score"
    story.read(phone)


def the_alert_is_worked(story):
    """Seen, acted on, closed with an outcome; nothing else makes it go."""
    story.clock(10, 8, 8, 5)
    page = story.visit("/alerts/", as_=story.counselor)
    story.read(page)
    page.goto(f"/alerts/{story.alert.pk}/")
    press(page, "Mark as seen")
    page.get_by_label("What I did").fill("Called; she is at her sister's and agrees to come in at 10.")
    press(page, "Write it down")
    expect(page.get_by_text("Acted on").first).to_be_visible()
    press(page, "Close this alert")
    expect(page.get_by_text("Choose how it ended.").first).to_be_visible()
    story.read(page)
    page.get_by_label("How it ended").select_option(index=1)
    page.get_by_label("In a sentence").fill("Seen at 10; safety plan gone through together.")
    press(page, "Close this alert")
    expect(page.get_by_text(re.compile("^Closed: "))).to_be_visible()
    story.read(page)
    story.alert.refresh_from_db()
    assert [step.what for step in story.alert.steps.order_by("at", "pk")].count("closed") == 1
    assert story.alert.closed_at is not None


def what_nobody_did_goes_up(story):
    """An alert past its time goes to the supervisor, and stays open until someone closes it with an outcome."""
    work(story.clock(10, 9, 9, 0))
    absent = story.others[1]
    alert = Alert.objects.get(participant=absent, kind="missed-session")
    assert (alert.escalated_to, alert.closed_at) == (story.supervisor, None)
    page = story.visit("/alerts/?show=overdue", as_=story.supervisor)
    story.read(page)
    for alert in Alert.objects.filter(participant=absent):
        page.goto(f"/alerts/{alert.pk}/")
        page.get_by_label("How it ended").select_option(index=1)
        page.get_by_label("In a sentence").fill("Reached: his car broke down. He comes on Monday.")
        press(page, "Close this alert")
        expect(page.get_by_text(re.compile("^Closed: "))).to_be_visible()


def four_weeks_pass(story):
    """Groups, notes, check-ins and questionnaires up to the review, as the same people would have done them."""
    person, counselor = story.person, story.counselor
    episode = person.episodes.get()
    thread = next(iter(plans.active_objectives(episode.pk))).thread
    until = datetime(2026, 11, 3, tzinfo=NEW_YORK)
    for session in Session.objects.filter(program=story.program, ends_at__lt=until).order_by("starts_at", "pk"):
        at = session.ends_at + timedelta(minutes=5)
        attendance.mark_rest_here(session=session, by=counselor, at=at)
        if not hasattr(session, "note"):
            notes.save_group_part(
                session=session, topic="Triggers", did="Each chose a first action.", mood="Warm.", revision=0,
                by=counselor, at=at,
            )  # fmt: skip
        present = Presence.objects.filter(session=session, here=True, replaced_at__isnull=True)
        for seat in present.exclude(episode__notes__note__session=session).select_related("episode"):
            notes.save_part(
                session=session, episode=seat.episode, objectives=[thread] if seat.episode == episode else [],
                took_part="spoke", words="Named one evening that went well.", revision=0, by=counselor, at=at,
            )  # fmt: skip
        notes.sign_parts(session=session, by=counselor, at=at)
    for days in range(26):
        at = datetime(2026, 10, 9, 8, 0, tzinfo=NEW_YORK) + timedelta(days=days)
        taps = {"mood": 3 + days // 6, "craving": max(1, 6 - days // 5), "safe": "yes"}
        recovery.check_in(participant=person, on=at.date(), at=at, by=person.membership, **taps)
    ada = story.others[0]
    at = datetime(2026, 11, 4, 8, 12, tzinfo=NEW_YORK)
    recovery.check_in(participant=ada, on=at.date(), at=at, by=ada.membership, mood=3, craving=8, safe="yes")
    for day, total in ((21, 11), (31, 7)):
        at = datetime(2026, 10, day, 8, 5, tzinfo=NEW_YORK)
        make_questionnaires.answered(person, total=total, at=at)


def the_review(story):
    """Evidence on one page ends in a step down, with the next appointment; same episode, same chart."""
    work(story.clock(11, 3, 9, 0))
    home = f"/people/{story.person.pk}"
    page = story.visit(f"{home}/placement/", as_=story.counselor)
    press(page, "Rate again")
    check_safety(page)
    rate(page, (0, 0, 1, 1, 1, 1), ["Steady since October 7."] * 6)
    expect(page.locator("#rec")).to_contain_text("Here this is level 1.5")
    page.get_by_label("Reason, in your words").fill("Three weeks without using; sleeps; her sister is with her.")
    page.get_by_label("Level of care").select_option("1.5")
    press(page, "Decide this level")
    expect(page.get_by_role("heading", name="Decision", exact=True)).to_be_visible()
    page.goto(f"{home}/review/")
    story.read(page)
    story.picture(page, "12-review")
    answer(page, "The review ends in", "Step down")
    page.get_by_label("Reasons for this decision").fill("Goals are in reach and she asks for fewer evenings.")
    press(page, "Decide this review")
    expect(page.locator(".err").first).to_be_visible()
    expect(page.get_by_label("Reasons for this decision")).to_have_value(re.compile("^Goals are in reach"))
    story.read(page)
    page.get_by_label("New level").locator("visible=true").select_option("1.5")
    page.get_by_label("We went through the prevention plan").check()
    decide = page.get_by_role("region", name="Decision")
    decide.get_by_label("Day").fill("2026-11-06")
    decide.get_by_label("Time").fill("17:30")
    decide.get_by_label("With one of us").select_option(label=story.counselor.label)
    decide.get_by_label("Room").select_option(index=1)
    decide.get_by_label("Next review").fill("2026-12-01")
    decide.get_by_label("Why decide without").fill("This is the first review; the four weeks speak for it.")
    press(page, "Decide this review")
    expect(decide).to_contain_text("overlaps by 15 minutes")  # she works until 5:15 and is half an hour on the way
    story.read(page)
    decide.get_by_label("Time").fill("17:45")
    press(page, "Decide and book it all the same")
    expect(page.get_by_text("Review decided: step down").first).to_be_visible()
    story.read(page)
    episode = story.person.episodes.get()
    assert (episode.level, str(episode.review_on), episode.ended_on) == ("1.5", "2026-12-01", None)
    assert Appointment.objects.get().at == datetime(2026, 11, 6, 17, 45, tzinfo=NEW_YORK)


def everyone_sees_where_it_stands(story):
    """Today, the caseload, the chart and the program's page say what happened; a supporter sees until it is ended."""
    work(story.clock(11, 4, 16, 48))
    page = story.visit("/", as_=story.counselor)
    page.wait_for_url("**/today/")
    story.read(page)
    story.picture(page, "13-today")
    story.picture(page, "13-today-dark", dark=True)
    mine = page.get_by_role("row").filter(has_text=story.person.name)
    expect(mine).to_contain_text("Plan review, Nov 5")
    page.goto("/people/")
    story.read(page)
    page.get_by_role("link", name=story.person.name).click()
    expect(page.get_by_text("1.5").first).to_be_visible()
    story.read(page)
    story.picture(page, "13-chart")
    page = story.visit("/program/", as_=story.director)
    story.read(page)
    story.picture(page, "13-program")
    census = page.get_by_role("region", name="Census by level of care")
    expect(census).to_contain_text(re.compile(r"2\.1 .*?3 people.*1\.5 .*?1 person", re.S))
    expect(page.get_by_role("region", name="Hours this week")).to_contain_text("12.0 h")
    sister = story.visit("/support/", as_=story.sister, at=PHONE)
    expect(sister.get_by_text("Wed Nov 4, 5:30 PM")).to_be_visible()
    phone = story.visit("/my/consents/", as_=story.person.membership, at=PHONE)
    story.read(phone)
    phone.get_by_role("link", name="Open Rosa Reedling").click()
    phone.get_by_role("link", name="End this permission").click()
    press(phone, "Yes, end it")
    sister.reload()
    expect(sister.get_by_text("Nothing is shared with you right now.")).to_be_visible()
