"""Cause and effect: one fact changes, and every page, alert, gate and number that rests on it changes with it.

`TABLE` is the table. A cause sets its scene, stops, and then does the one thing; each effect is read before and after,
on the page of the person whose page it is, through the gate itself, or from the alert, and must read as the row says.
"""

import html
import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.test import Client

from conftest import NOW
from openiop.admissions import actions as admissions
from openiop.admissions.models import HardStop
from openiop.alerts import actions as alerts
from openiop.alerts import jobs as alert_jobs
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.continuing import actions as continuing
from openiop.continuing import jobs as review_jobs
from openiop.continuing.models import Appointment
from openiop.notes import actions as notes
from openiop.participants import actions as participants
from openiop.plans import actions as plans
from openiop.programs import actions as programs
from openiop.programs.rules import Permission, Role
from openiop.questionnaires import actions as questionnaires
from openiop.recovery import actions as recovery
from openiop.recovery import jobs as recovery_jobs
from openiop.schedule import actions as schedule
from openiop.schedule.models import Session
from openiop.schedule.rules import Block
from tests import make
from tests.make import BEGAN
from tests.make import admissions as intake_made
from tests.make import alerts as alerts_made
from tests.make import continuing as reviews_made
from tests.make import plans as plans_made
from tests.make import questionnaires as measures_made
from tests.make import schedule as week_made
from tests.make import session as session_made

TODAY = date(2026, 10, 14)
MONDAY = date(2026, 10, 12)
YESTERDAY = datetime(2026, 10, 13, 21, 30, tzinfo=UTC)  # Tuesday 5:30 PM in New York
MIX = {"skills": 6}


class World:
    """The cast, the clock, and what each person is shown of them."""

    def __init__(self, **cast):
        self.now = NOW
        self.browsers = {}
        self.__dict__.update(cast)

    def page(self, member, path):
        """The status and the page as this person is shown it."""
        browser = self.browsers.setdefault(member.pk, Client())
        browser.force_login(member.user)
        said = browser.get(path)
        return said.status_code, said.content.decode()

    def read(self, member, path, pattern):
        """What the pattern finds in the words of the page: its group, else all of it; nothing where it is not there."""
        status, text = self.page(member, path)
        text = re.sub(r'<svg[^>]*aria-label="([^"]*)"[^>]*>', r" \1 ", text)  # what a drawing says to who hears it
        text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text))).strip()
        assert status == 200, (status, path)
        hit = re.search(pattern, text)
        return (hit[1] if hit.re.groups else hit[0]) if hit else ""

    def why_not(self, act):
        """What the gate says to this action, which is then undone; nothing where it lets it through."""
        try:
            with transaction.atomic():
                act()
                transaction.set_rollback(True)
        except Refused as refusal:
            return " ".join(refusal.reasons)
        return ""


# Causes: everything up to the yield is the scene, what follows is the one fact that changes


def a_dimension_is_rated_higher(w):
    w.noor = make.participant(w.program, "Noor Linden")
    w.assessment = intake_made.rated(w.noor, w.counselor)
    yield
    admissions.rate(
        assessment=w.assessment, dimension=3, value=3, evidence="Not slept for a week.", by=w.counselor, at=w.now
    )


def a_hard_stop_is_found(w):
    w.noor = make.participant(w.program, "Noor Linden")
    w.assessment = intake_made.rated(w.noor, w.counselor)
    yield
    admissions.check_safety(assessment=w.assessment, facts={"cssrs_intent": True}, by=w.counselor, at=w.now)


def a_hard_stop_is_closed(w):
    w.noor = make.participant(w.program, "Noor Linden")
    w.assessment = intake_made.rated(w.noor, w.counselor, facts=["cssrs_intent"])
    w.alert = Alert.objects.get()
    yield
    admissions.close_stop(
        stop=HardStop.objects.get(), disposition="Seen by the crisis team, safety plan written.", by=w.counselor,
        at=w.now,
    )  # fmt: skip


def _decided(w):
    w.noor = make.participant(w.program, "Noor Linden")
    participants.give_sign_in(
        participant=w.noor, member=make.member(w.program, "participant", name="Noor Linden"), by=None, at=BEGAN
    )
    w.assessment = intake_made.decided(w.noor, w.counselor)
    w.consent = consents.prepare_consent(
        participant=w.noor, variant="tpo_single", kinds=["plan", "attendance"], recipient="Treating providers",
        purpose="Treatment, payment and operations", expires_at=w.now + timedelta(days=365), by=w.intake, at=w.now,
    )  # fmt: skip


def _sign(w):
    consents.sign_consent(consent=w.consent, signer_name="Noor Linden", how="screen", by=w.noor.membership, at=w.now)


def the_treatment_consent_is_signed(w):
    _decided(w)
    yield
    _sign(w)


def the_treatment_consent_is_ended(w):
    _decided(w)
    _sign(w)
    yield
    consents.revoke_consent(consent=w.consent, how="in writing", by=w.noor.membership, at=w.now)


def admission_gate(w):
    """Whether Noor can be admitted now."""
    return w.why_not(
        lambda: admissions.admit(
            participant=w.noor, assessment=w.assessment, level="2.1", starts_on=TODAY, review_on=date(2026, 11, 11),
            primary=w.counselor, team=[], by=w.intake, at=w.now,
        )
    )  # fmt: skip


def _family(w):
    w.rosa = make.supporter(w.ada, w.counselor)
    plans_made.signed(w.ada.episode, w.counselor)
    w.consent = consents.prepare_consent(
        participant=w.ada, variant="family_person", kinds=["schedule", "plan"], recipient="", supporter=w.rosa,
        purpose="To support me at home", expires_at=w.now + timedelta(days=30), by=w.counselor, at=w.now,
    )  # fmt: skip


def _sign_family(w):
    consents.sign_consent(consent=w.consent, signer_name="Ada Alderquist", how="phone", by=w.ada.membership, at=w.now)


def a_family_consent_is_signed(w):
    _family(w)
    yield
    _sign_family(w)


def a_family_consent_is_ended(w):
    _family(w)
    _sign_family(w)
    yield
    consents.revoke_consent(consent=w.consent, how="on their phone", by=w.ada.membership, at=w.now)


def a_family_consent_runs_out(w):
    _family(w)
    _sign_family(w)
    yield
    w.now += timedelta(days=30)


def _week(w):
    """Three evenings of two groups each week; Ada in all of them, with 9 hours prescribed."""
    w.groups = week_made.evening_week(w.program, w.counselor)
    week_made.sessions(w.program, MONDAY, MONDAY + timedelta(days=14))
    schedule.prescribe(
        episode=w.ada.episode, from_on=MONDAY, minutes_a_week=540, days_a_week=3, mix=MIX, by=w.counselor, at=BEGAN
    )
    schedule.enroll_all(groups=w.groups, episode=w.ada.episode, from_on=MONDAY, by=w.counselor, at=w.now)


def a_time_they_cannot_come_is_noted(w):
    _week(w)
    yield
    schedule.set_busy(
        episode=w.ada.episode, blocks=[Block(0, time(16, 0), time(18, 0), "work", 15)], from_on=MONDAY,
        by=w.counselor, at=w.now,
    )  # fmt: skip


def more_hours_are_prescribed(w):
    _week(w)
    yield
    schedule.prescribe(
        episode=w.ada.episode, from_on=MONDAY, minutes_a_week=1320, days_a_week=5, mix=MIX, reason="More support.",
        by=w.counselor, at=w.now,
    )  # fmt: skip


def the_program_sets_another_bound_for_a_week(w):
    _week(w)
    yield
    programs.set_policy(
        program=w.program, name="week-hours", value={"low": 6, "least": 10, "next": 20}, source="State license",
        from_on=MONDAY, by=w.director, at=w.now,
    )  # fmt: skip


def someone_joins_a_group(w):
    room, evening = week_made.place(w.program), week_made.track(w.program)
    w.group = week_made.group(evening, room, w.counselor, "Skills", 2, time(17, 30))
    week_made.sessions(w.program, MONDAY, MONDAY + timedelta(days=14))
    w.session = Session.objects.get(on=TODAY)
    yield
    schedule.enroll(group=w.group, episode=w.ada.episode, from_on=TODAY, by=w.counselor, at=w.now)


def someone_leaves_a_group(w):
    scene = someone_joins_a_group(w)
    next(scene)
    row = schedule.enroll(group=w.group, episode=w.ada.episode, from_on=TODAY, by=w.counselor, at=w.now)
    yield
    schedule.leave_group(enrollment=row, on=TODAY, by=w.counselor, at=w.now)


def a_session_is_cancelled(w):
    _week(w)
    w.session = Session.objects.filter(on=TODAY).order_by("starts_at").first()
    yield
    schedule.cancel_session(session=w.session, reason="The heating is out", by=w.supervisor, at=w.now)


def _over(w, **facts):
    """A session of 90 minutes that ended yesterday evening, Ada and Ben on its roster."""
    w.session = session_made.session(w.program, w.counselor, w.ada, w.ben, starts=YESTERDAY, **facts)


def _marked(w, person, **facts):
    given = {"here": True, "by": w.counselor, "at": w.now} | facts
    return attendance.record_presence(session=w.session, episode=person.episode, **given)


def the_time_of_arrival_is_corrected(w):
    _over(w)
    _marked(w, w.ada)
    yield
    _marked(w, w.ada, arrived=YESTERDAY + timedelta(minutes=30), reason="Came at six.")


def someone_misses_a_session_without_a_word(w):
    _over(w)
    yield
    _marked(w, w.ada, here=False, away="no-contact")


def someone_misses_a_second_day(w):
    _over(w)
    _marked(w, w.ada, here=False, away="no-contact")
    w.session = session_made.session(w.program, w.counselor, w.ada, starts=NOW - timedelta(hours=3), title="Process")
    yield
    _marked(w, w.ada, here=False, away="no-contact")


def an_absence_is_corrected(w):
    _over(w)
    _marked(w, w.ada, here=False, away="no-contact")
    w.alert = Alert.objects.get()
    yield
    _marked(w, w.ada, here=False, away="called-ahead")


def an_absence_was_the_programs_own(w):
    _over(w)
    _marked(w, w.ada)
    w.session = session_made.session(w.program, w.counselor, w.ada, starts=YESTERDAY - timedelta(days=1))
    _marked(w, w.ada, here=False, away="no-contact")
    yield
    _marked(w, w.ada, here=False, away="program-cancelled")


def a_note_is_signed(w):
    w.thread = session_made.objectives(w.ada, w.counselor, "One planned evening")
    w.session = session_made.session(w.program, w.counselor, w.ada, starts=YESTERDAY)
    session_made.written(w.session, w.counselor, at=w.now)
    notes.save_part(
        session=w.session, episode=w.ada.episode, objectives=w.thread, took_part="spoke", words="Named payday.",
        revision=0, by=w.counselor, at=w.now,
    )  # fmt: skip
    yield
    notes.sign_parts(session=w.session, by=w.counselor, at=w.now)


def someone_here_turns_out_to_have_been_away(w):
    _over(w)
    session_made.written(w.session, w.counselor, w.ada, w.ben, at=w.now)
    yield
    _marked(w, w.ada, here=False, away="called-ahead")


def sign_gate(w):
    """How many notes of the session signing would sign, and who is left; undone at once."""
    with transaction.atomic():
        done = notes.sign_parts(session=w.session, by=w.counselor, at=w.now)
        transaction.set_rollback(True)
    return len(done.signed), [(one.name, one.away) for one in done.not_ready]


def _answer(w, value, item=9):
    questionnaires.answer(assignment=w.asked, item=item, value=value, by=w.ada.membership, at=w.now)


def _asked(w):
    w.asked = measures_made.assignment(w.ada, at=w.now)


def item_9_is_answered_with_1(w):
    _asked(w)
    yield
    _answer(w, 1)


def item_9_is_changed_from_1_to_2(w):
    _asked(w)
    _answer(w, 1)
    yield
    _answer(w, 2)


def item_9_is_taken_back(w):
    _asked(w)
    _answer(w, 2)
    w.alert = Alert.objects.get()
    yield
    _answer(w, 0)


def _drafted(w):
    """A plan for the addiction alone, with its review date."""
    w.plan = plans_made.draft(w.ada.episode, w.counselor)
    plans.set_own_words(plan=w.plan, words="I want my evenings back.", by=w.counselor, at=w.now)
    plans_made.objective(w.plan, w.counselor, w.now)
    plans.set_review_on(plan=w.plan, review_on=date(2026, 11, 4), by=w.counselor, at=w.now)


def plan_gate(w):
    """Whether the counselor can sign the plan as it stands."""
    return w.why_not(lambda: plans_made.sign(w.plan, w.counselor, w.now))


def the_phq_9_comes_to_12(w):
    _drafted(w)
    yield
    measures_made.answered(w.ada, total=12, at=w.now)


def a_diagnosis_is_added(w):
    _drafted(w)
    yield
    participants.add_diagnosis(
        participant=w.ada, code="F32.1", words="Major depression, moderate", by=w.counselor, at=w.now
    )


def a_diagnosis_ends(w):
    _drafted(w)
    row = plans_made.diagnoses(w.ada, w.counselor)[1]
    yield
    participants.end_diagnosis(diagnosis=row, on=TODAY, reason="In remission", by=w.counselor, at=w.now)


def a_family_of_problems_is_deferred(w):
    _drafted(w)
    plans_made.diagnoses(w.ada, w.counselor)
    yield
    plans.defer_family(
        plan=w.plan, family="mental-health", reason="First two weeks without drinking.", review_on=date(2026, 10, 28),
        by=w.counselor, at=w.now,
    )  # fmt: skip


def _checked_in(w, **answers):
    recovery.check_in(participant=w.ada, on=TODAY, at=w.now, by=w.ada.membership, **answers)


def craving_is_9_today(w):
    yield
    _checked_in(w, craving=9)


def mood_is_low_for_a_second_day(w):
    before = w.now - timedelta(days=1)
    recovery.check_in(participant=w.ada, on=before.date(), at=before, by=w.ada.membership, mood=1)
    yield
    _checked_in(w, mood=1)


def a_measure_is_reliably_worse(w):
    measures_made.answered(w.ada, total=8, at=w.now - timedelta(days=14))
    yield
    measures_made.answered(w.ada, total=15, at=w.now)


def three_days_pass_without_a_check_in(w):
    for days in range(18, 3, -1):
        then = w.now - timedelta(days=days)
        recovery.check_in(participant=w.ada, on=then.date(), at=then, by=w.ada.membership, mood=5)
    yield
    recovery_jobs.run_due(w.now)


def someone_does_not_feel_safe(w):
    yield
    _checked_in(w, safe="no")


def an_alert_is_closed(w):
    w.alert = alerts_made.alert(w.ada, w.counselor)
    yield
    alerts.close(
        alert=w.alert, outcome="reached", words="Talked for ten minutes; a plan for tonight.", by=w.counselor,
        at=w.now,
    )  # fmt: skip


def an_alert_is_overdue(w):
    w.alert = alerts_made.alert(w.ada, w.counselor)
    yield
    w.now = w.alert.due_at + timedelta(minutes=1)
    alert_jobs.run_due(w.now)


def a_review_steps_someone_down(w):
    _week(w)
    yield
    reviews_made.reviewed(w.ada.episode, w.counselor, w.now, "step-down")


def a_review_date_passes(w):
    yield
    w.now = datetime(2026, 11, 10, 14, 0, tzinfo=UTC)
    review_jobs.run_due(w.now)


def the_first_visit_after_is_missed(w):
    reviews_made.reviewed(w.ada.episode, w.counselor, w.now, "step-down")
    w.visit = Appointment.objects.get()
    w.now += timedelta(days=2, hours=2)
    yield
    continuing.miss_appointment(appointment=w.visit, by=w.counselor, at=w.now)


def someone_is_discharged(w):
    _week(w)
    w.session = Session.objects.filter(on=TODAY + timedelta(days=1)).order_by("starts_at").first()
    yield
    reviews_made.reviewed(w.ada.episode, w.counselor, w.now, "discharge")


def another_counselor_takes_over(w):
    w.lee = make.member(w.program, "counselor", name="Lee Fernwood")
    yield
    participants.hand_over(episode=w.ada.episode, to=w.lee, on=TODAY, by=w.supervisor, at=w.now)


def owner_of_the_next_alert(w):
    """Who a check-in of Ada's that is not safe would fall to; undone at once."""
    with transaction.atomic():
        _checked_in(w, safe="no")
        name = Alert.objects.get(kind="unsafe-check-in").owner.name
        transaction.set_rollback(True)
    return name


def a_role_ends(w):
    w.lee = make.member(w.program, "counselor", "biller", name="Lee Fernwood")
    yield
    programs.end_role(member=w.lee, role=Role.COUNSELOR, by=w.director, at=w.now)


def someone_is_called_another_name(w):
    _over(w)
    yield
    participants.correct_participant(participant=w.ada, preferred_name="Addie", by=w.front_desk, at=w.now)


def another_facilitator_leads_today(w):
    _week(w)
    w.session = Session.objects.filter(on=TODAY).order_by("starts_at").first()
    yield
    schedule.change_facilitator(session=w.session, to=w.supervisor, by=w.supervisor, at=w.now)


def the_threshold_for_craving_is_lowered(w):
    yield
    programs.set_policy(
        program=w.program, name="alert_craving_at", value=6, source="Clinical team", from_on=TODAY, by=w.director,
        at=w.now,
    )  # fmt: skip


def alerts_of_a_check_in_with_craving_6(w):
    with transaction.atomic():
        _checked_in(w, craving=6)
        words = [row.words for row in Alert.objects.order_by("pk")]
        transaction.set_rollback(True)
    return words


def shown(who, path, pattern):
    """What the person reads there; `path` may name people and things of the world."""

    def probe(w):
        member = w.__dict__[who]
        return w.read(getattr(member, "membership", member), path.format(w=w), pattern)

    return probe


def status(who, path):
    def probe(w):
        member = w.__dict__[who]
        return w.page(getattr(member, "membership", member), path.format(w=w))[0]

    return probe


# Where things show; `{w.…}` names a person or a thing of the scene
PLACEMENT, ADMIT = "/people/{w.noor.pk}/placement/", "/people/{w.noor.pk}/admit/"
CHART, NEEDS, PLAN = "/people/{w.ada.pk}/", "/people/{w.ada.pk}/week/", "/people/{w.ada.pk}/plan/"
SESSION, ALERT = "/sessions/{w.session.pk}/", "/alerts/{w.alert.pk}/"
DAY, CASELOAD, PROGRAM, ALERTS = "/today/", "/people/?show=mine", "/program/", "/alerts/"
HOME, MY_WEEK, MY_PLAN, MY_CONSENTS = "/my/", "/my/week/", "/my/plan/", "/my/consents/"

# What is read there
SUGGESTED = r"What this points to updates as you rate (.*?)(?: rule \w+)? 4 Inpatient"
CONSENT_STATE = r"Treatment, payment and operations .*?(Not yet signed|In force|Ended|Run out)"
SHARED = r"Nothing is shared with you right now|Ada shares this with you: [^.]*"
WHO = r"Your care team can see this.*?\."
SIGHT = r"Rosa Alderquist , Sister (.*?) (?:See as they do|Everyone else)"
IN_FORCE = r"Consents (\d) in force"
NEXT = r"Next (?:Called off .*? count as missed\. )?(Nothing is planned for you|\d+:\d+ PM – \d+:\d+ PM)"
FILL = r"Skills Evening Wed 5:30 PM (\d+ / \d+)"
EXPECTED = r"Who is here (.*?) (?:Nobody is on|Mark the rest|Roster)"
DELIVERED, MARKED = r"Delivered ([\d.]+) h", r"of ([\d.]+) h in sessions marked"
UNSIGNED, OPEN_ALERTS = r"Notes unsigned over 24 h \d+ of (\d+) waiting", r"Alerts overdue \d+ of (\d+) open"
ATTENTION = r"Attention (Steady|Watch|Raised|Urgent)"
SHAPE, ROW = r"Next seen (.*?) Ada Alderquist", r"Ada Alderquist (.*?) [A-Z]\w+(?:: .*?)? Ben Barleyfield"
GAPS = r"This plan does not answer everything yet\. (.*?) Golden thread"
NO_TPO = "No consent for treatment, payment and operations is in force."
NEEDS_GOAL = "Mental health needs a goal, or a signed deferral with the date it is looked at again."
NOTHING = "Nothing needs you now"


def guard_for_rosa(w):
    """The guard's answer, should Rosa ask for Ada's plan."""
    return guard.ask(w.rosa.membership, w.ada, Kind.PLAN, w.now, Permission.SUPPORT).access.status


def deciding_gate(w):
    """Whether level 2.1 can be decided for Noor now."""
    return w.why_not(
        lambda: admissions.decide(
            assessment=w.assessment, level="2.1", difference="", words="Steady enough.", by=w.counselor, at=w.now
        )
    )


def marking_gate(w):
    """Whether the roster can be marked once the session has begun."""
    late = w.now + timedelta(hours=1)
    return w.why_not(lambda: attendance.mark_rest_here(session=w.session, by=w.counselor, at=late))


def prescribing_gate(w):
    """Whether a week can be prescribed for Ada now."""
    w.ada.episode.refresh_from_db()
    return w.why_not(
        lambda: schedule.prescribe(
            episode=w.ada.episode, from_on=TODAY, minutes_a_week=540, days_a_week=3, mix=MIX, by=w.counselor, at=w.now
        )
    )


def warnings_of_nine_hours(w):
    """What prescribing 9 hours a week for Ada would warn of; undone at once."""
    with transaction.atomic():
        row = schedule.prescribe(
            episode=w.ada.episode, from_on=TODAY, minutes_a_week=540, days_a_week=3, mix=MIX, by=w.counselor, at=w.now,
            reason="Agreed with her",
        )  # fmt: skip
        transaction.set_rollback(True)
    return row.warnings


def alerts_standing(w):
    return sorted((one.kind, one.level) for one in Alert.objects.open())


def due_time(w):
    return Alert.objects.get().due_at - NOW


def levels(w):
    rows = w.ada.episode.levels.order_by("from_on", "pk")
    return [(row.level, str(row.from_on), str(row.until_on)) for row in rows]


# fmt: off
# Each cause with its effects: what changes, where it is read, what it reads before and after.
TABLE = [
    (a_dimension_is_rated_higher, [
        ("the suggested level", shown("counselor", PLACEMENT, SUGGESTED), "2.1", "2.5 co-occurring enhanced"),
        ("what would change it", shown("counselor", PLACEMENT,
               r"What would change it .*?(Mind, mood and thinking at .*?) Mind"),
         "Mind, mood and thinking at 3 2.5 co-occurring enhanced", "Mind, mood and thinking at 0 or 1 or 2 2.1"),
        ("deciding the level of before", deciding_gate, "",
         "Your level differs from the suggestion: choose the reason."),
    ]),
    (a_hard_stop_is_found, [
        ("the suggested level", shown("counselor", PLACEMENT, SUGGESTED),
         "2.1", "No automatic result while a hard stop is open: HS4."),
        ("deciding the level", deciding_gate,
         "", "While a hard stop is open, only 24-hour care can be chosen. Close it in writing first."),
        ("the day of who is on duty", shown("intake", DAY, f"{NOTHING}|Imminent risk of suicide or violence"),
         NOTHING, "Imminent risk of suicide or violence"),
        ("alerts of the program", shown("director", PROGRAM, OPEN_ALERTS), "0", "1"),
    ]),
    (a_hard_stop_is_closed, [
        ("the suggested level", shown("counselor", PLACEMENT, SUGGESTED),
         "No automatic result while a hard stop is open: HS4.", "2.1"),
        ("deciding the level", deciding_gate,
         "While a hard stop is open, only 24-hour care can be chosen. Close it in writing first.", ""),
        ("its alert, which stays open", shown("counselor", ALERT,
               "The hard stop was closed with a written disposition"),
         "", "The hard stop was closed with a written disposition"),
    ]),
    (the_treatment_consent_is_signed, [
        ("admission", admission_gate, NO_TPO, ""),
        ("the admission page", shown("intake", ADMIT, f"{NO_TPO}|Admit and plan the week"),
         NO_TPO, "Admit and plan the week"),
        ("the consents page", shown("intake", "/people/{w.noor.pk}/consents/", CONSENT_STATE),
         "Not yet signed", "In force"),
        ("what I share", shown("noor", MY_CONSENTS, r"operations (Ready to read and sign|In force)"),
         "Ready to read and sign", "In force"),
        ("what waits for me", shown("noor", HOME, "A permission to share"), "A permission to share", ""),
    ]),
    (the_treatment_consent_is_ended, [
        ("admission", admission_gate, "", NO_TPO),
        ("the admission page", shown("intake", ADMIT, f"{NO_TPO}|Admit and plan the week"),
         "Admit and plan the week", NO_TPO),
        ("the consents page", shown("intake", "/people/{w.noor.pk}/consents/", CONSENT_STATE), "In force", "Ended"),
        ("what I share", shown("noor", MY_CONSENTS, r"operations (In force|You ended it)"), "In force", "You ended it"),
    ]),
    (a_family_consent_is_signed, [
        ("the supporter's page", shown("rosa", "/support/", SHARED),
         "Nothing is shared with you right now", "Ada shares this with you: sessions and goals of the plan"),
        ("the guard", guard_for_rosa, 404, 200),
        ("who can see my plan", shown("ada", MY_PLAN, WHO),
         "Your care team can see this.", "Your care team can see this, and Rosa Alderquist by your consent."),
        ("who sees what", shown("counselor", "/people/{w.ada.pk}/consents/", SIGHT),
         "Nothing", "Sessions and schedule, treatment plan and progress"),
        ("the record's first page", shown("counselor", CHART, IN_FORCE), "0", "1"),
    ]),
    (a_family_consent_is_ended, [
        ("the supporter's page", shown("rosa", "/support/", SHARED),
         "Ada shares this with you: sessions and goals of the plan", "Nothing is shared with you right now"),
        ("the guard", guard_for_rosa, 200, 404),
        ("who can see my plan", shown("ada", MY_PLAN, WHO),
         "Your care team can see this, and Rosa Alderquist by your consent.", "Your care team can see this."),
        ("who sees what", shown("counselor", "/people/{w.ada.pk}/consents/", SIGHT),
         "Sessions and schedule, treatment plan and progress", "Nothing"),
    ]),
    (a_family_consent_runs_out, [
        ("the supporter's page", shown("rosa", "/support/", SHARED),
         "Ada shares this with you: sessions and goals of the plan", "Nothing is shared with you right now"),
        ("the guard", guard_for_rosa, 200, 404),
        ("who can see my plan", shown("ada", MY_PLAN, WHO),
         "Your care team can see this, and Rosa Alderquist by your consent.", "Your care team can see this."),
        ("what I share", shown("ada", MY_CONSENTS, r"support me at home (In force|Over)"), "In force", "Over"),
        ("the record's first page", shown("counselor", CHART, IN_FORCE), "1", "0"),
    ]),
    (a_time_they_cannot_come_is_noted, [
        ("clashes with their groups", shown("counselor", NEEDS, r"No clash|overlaps by 45 minutes"),
         "No clash", "overlaps by 45 minutes"),
        ("when they cannot come", shown("counselor", NEEDS,
               r"Work, Mon, 4:00 PM – 6:00 PM, 15 minutes of travel each way"),
         "", "Work, Mon, 4:00 PM – 6:00 PM, 15 minutes of travel each way"),
    ]),
    (more_hours_are_prescribed, [
        ("planned against prescribed", shown("counselor", NEEDS, r"A week holds (.*?) hours prescribed"),
         "9.0 of 9.0", "9.0 of 22.0"),
        ("what the week lacks", shown("counselor", NEEDS,
               r"The prescribed hours are met|\d+ hours fewer than prescribed"),
         "The prescribed hours are met", "13 hours fewer than prescribed"),
        ("the warning of the band", shown("counselor", NEEDS, r"22 hours a week is level 2\.5"),
         "", "22 hours a week is level 2.5"),
        ("hours on the caseload", shown("counselor", CASELOAD, r"Evening \d+ ([\d.]+ / [\d.]+)"),
         "0.0 / 9.0", "0.0 / 22.0"),
        ("hours prescribed in the program", shown("director", PROGRAM, r"Prescribed ([\d.]+) h"), "9.0", "22.0"),
        ("my week", shown("ada", MY_WEEK, r"Prescribed (\d+) h"), "9", "22"),
        ("my home page", shown("ada", HOME, r"\d of (\d+) hours so far"), "9", "22"),
        ("the record's first page", shown("counselor", CHART, r"Hours this week 0.0 of ([\d.]+)"), "9.0", "22.0"),
    ]),
    (the_program_sets_another_bound_for_a_week, [
        ("the warning beside the week", shown("counselor", NEEDS, r"does not meet the adult minimum of 10 hours"),
         "", "does not meet the adult minimum of 10 hours"),
        ("prescribing 9 hours", warnings_of_nine_hours,
         [], ["9 hours a week does not meet the adult minimum of 10 hours for level 2.1."]),
    ]),
    (someone_joins_a_group, [
        ("the roster", shown("counselor", SESSION, EXPECTED), "Nobody is expected", "1 not marked yet"),
        ("my next session", shown("ada", HOME, NEXT), "Nothing is planned for you", "5:30 PM – 7:00 PM"),
        ("my week", shown("ada", MY_WEEK, r"Planned ([\d.]+) h"), "0", "1.5"),
        ("seats in the group", shown("counselor", NEEDS, r"(\d+/\d+) none"), "0/10", "1/10"),
        ("group fill in the program", shown("director", PROGRAM, FILL), "0 / 10", "1 / 10"),
        ("next seen, on the caseload", shown("counselor", CASELOAD, r"Level review, Nov 9 (–|Today 5:30 PM)"),
         "–", "Today 5:30 PM"),
    ]),
    (someone_leaves_a_group, [
        ("the roster", shown("counselor", SESSION, EXPECTED), "1 not marked yet", "Nobody is expected"),
        ("my next session", shown("ada", HOME, NEXT), "5:30 PM – 7:00 PM", "Nothing is planned for you"),
        ("group fill in the program", shown("director", PROGRAM, FILL), "1 / 10", "0 / 10"),
    ]),
    (a_session_is_cancelled, [
        ("the session's page", shown("counselor", SESSION, "This session was cancelled. The heating is out"),
         "", "This session was cancelled. The heating is out"),
        ("marking who is here", marking_gate, "", "This session was cancelled, so nobody is marked."),
        ("my next session", shown("ada", HOME, NEXT), "5:30 PM – 7:00 PM", "7:15 PM – 8:45 PM"),
        ("my week", shown("ada", MY_WEEK, "Called off by the program"), "", "Called off by the program"),
        ("my first page", shown("ada", HOME, "Called off by the program"), "", "Called off by the program"),
        ("the counselor's day", shown("counselor", DAY, r"5:30 PM Skills (.*?) 7:15 PM"),
         "1 person, Willow", "Cancelled: The heating is out"),
    ]),
    (another_facilitator_leads_today, [
        ("my next session", shown("ada", HOME, r"With (.*?)\."), "Joan Birchwell", "Celia Rowanfield"),
        ("the day of who leads it now", shown("supervisor", DAY, "No session today|5:30 PM Skills"),
         "No session today", "5:30 PM Skills"),
        ("the day of who led it", shown("counselor", DAY, "5:30 PM Skills"), "5:30 PM Skills", ""),
    ]),
    (the_time_of_arrival_is_corrected, [
        ("hours on the session's page", shown("counselor", SESSION, r"Ada Alderquist Save times .*? Away ([\d.]+)"),
         "1.5", "1.0"),
        ("hours on the caseload", shown("counselor", CASELOAD, r"No group 5 ([\d.]+) /"), "1.5", "1.0"),
        ("hours delivered by the program", shown("director", PROGRAM, DELIVERED), "1.5", "1.0"),
        ("the program's attendance", shown("director", PROGRAM, r"Attendance (\d+%)"), "50%", "33%"),
        ("my week", shown("ada", MY_WEEK, r"Attended ([\d.]+) h"), "1.5", "1"),
        ("the record's first page", shown("counselor", CHART, r"(\d+%) attended in 4 weeks"), "100%", "67%"),
    ]),
    (someone_misses_a_session_without_a_word, [
        ("alerts", alerts_standing, [], [("missed-session", "high")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Missed a session without contact"),
         NOTHING, "Missed a session without contact"),
        ("the session's page", shown("counselor", SESSION,
               r"Ada Alderquist Save times .*? Away .*? (Not marked|Joan will call)"),
         "Not marked", "Joan will call"),
        ("attention on the record", shown("counselor", CHART, ATTENTION), "Steady", "Raised"),
    ]),
    (someone_misses_a_second_day, [
        ("alerts", alerts_standing, [("missed-session", "high")],
         [("attendance-pattern", "medium"), ("missed-session", "high"), ("missed-session", "high")]),
        ("the counselor's day", shown("counselor", DAY, r"Missed 2 days in 7 without contact\. Look at the plan"),
         "", "Missed 2 days in 7 without contact. Look at the plan"),
    ]),
    (an_absence_is_corrected, [
        ("its alert, which stays open", shown("counselor", ALERT,
               "Attendance was corrected: Skills group, called ahead"),
         "", "Attendance was corrected: Skills group, called ahead"),
        ("the timeline", shown("counselor", CHART, r"Skills group missed (No contact|Called ahead)"),
         "No contact", "Called ahead"),
        ("my week", shown("ada", MY_WEEK, "(We missed you|You told us ahead)"),
         "We missed you", "You told us ahead"),
    ]),
    (an_absence_was_the_programs_own, [
        ("attendance on the record", shown("counselor", CHART, r"(\d+%) attended in 4 weeks"), "50%", "100%"),
        ("the program's attendance", shown("director", PROGRAM, r"Attendance (\d+%)"), "33%", "50%"),
        ("hours that count as due", shown("director", PROGRAM, MARKED), "3.0", "1.5"),
    ]),
    (a_note_is_signed, [
        ("notes to sign, on the day", shown("counselor", DAY, r"Notes to sign (1 Skills group|Every note is signed)"),
         "1 Skills group", "Every note is signed"),
        ("notes unsigned in the program", shown("director", PROGRAM, UNSIGNED), "1", "0"),
        ("the golden thread", shown("counselor", CHART, r"No signed note yet|1 note, last Oct 13"),
         "No signed note yet", "1 note, last Oct 13"),
        ("the session's page", shown("counselor", SESSION, r"Away 1\.5 (1 objective|Signed)"), "1 objective", "Signed"),
        ("the record's notes", shown("counselor", "/people/{w.ada.pk}/notes/",
               r"Draft, not signed|signed by Joan Birchwell"),
         "Draft, not signed", "signed by Joan Birchwell"),
    ]),
    (someone_here_turns_out_to_have_been_away, [
        ("signing the notes", sign_gate, (2, []), (1, [("Ada Alderquist", True)])),
        ("notes unsigned in the program", shown("director", PROGRAM, UNSIGNED), "2", "1"),
        ("the session's page", shown("counselor", SESSION,
               r"Ada Alderquist Save times .*? Away [\d.]+ (Ready|Called ahead)"),
         "Ready", "Called ahead"),
        ("hours delivered by the program", shown("director", PROGRAM, DELIVERED), "3.0", "1.5"),
    ]),
    (item_9_is_answered_with_1, [
        ("alerts", alerts_standing, [], [("phq9-item9", "high")]),
        ("what the person is shown", shown("ada", "/my/measures/{w.asked.pk}/?item=10&help=1", "Question 10|Call 988"),
         "Question 10", "Call 988"),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|PHQ-9 item 9: several days"),
         NOTHING, "PHQ-9 item 9: several days"),
        ("the shape on the caseload", shown("counselor", CASELOAD, SHAPE),
         "Steady", "Raised: PHQ-9 item 9: several days"),
        ("alerts of the program", shown("director", PROGRAM, OPEN_ALERTS), "0", "1"),
    ]),
    (item_9_is_changed_from_1_to_2, [
        ("alerts", alerts_standing, [("phq9-item9", "high")], [("phq9-item9", "urgent")]),
        ("when it is due", due_time, timedelta(hours=3, minutes=12), timedelta(hours=2)),
        ("the counselor's day", shown("counselor", DAY, r"PHQ-9 item 9: (.*?) “"),
         "several days", "more than half the days"),
        ("urgent alerts of the program", shown("director", PROGRAM, r"open, (\d+) urgent"), "0", "1"),
    ]),
    (item_9_is_taken_back, [
        ("its alert, which stays open", shown("counselor", ALERT, "The answer to item 9 was changed to “Not at all”"),
         "", "The answer to item 9 was changed to “Not at all”"),
        ("what the person is shown", shown("ada", "/my/measures/{w.asked.pk}/?item=10&help=1", "Question 10|Call 988"),
         "Call 988", "Question 10"),
    ]),
    (the_phq_9_comes_to_12, [
        ("signing the plan", plan_gate, "", NEEDS_GOAL),
        ("what the plan lacks", shown("counselor", PLAN, GAPS), "", "Mental health: a positive screen"),
        ("PHQ-9 on the caseload", shown("counselor", CASELOAD, r"No check-in (Not yet|\d+ first)"),
         "Not yet", "12 first"),
        ("the record's first page", shown("counselor", CHART, "PHQ-9 Oct 14, 2026 12"), "", "PHQ-9 Oct 14, 2026 12"),
        ("the measures page", shown("counselor", "/people/{w.ada.pk}/measures/", "12 moderate"), "", "12 moderate"),
    ]),
    (a_diagnosis_is_added, [
        ("signing the plan", plan_gate, "", NEEDS_GOAL),
        ("what the plan lacks", shown("counselor", PLAN, GAPS),
         "", "Mental health: Major depression, moderate (F32.1)"),
        ("the record's first page", shown("counselor", CHART, r"Diagnoses active (.*?) How to"),
         "None on record.", "Major depression, moderate F32.1"),
    ]),
    (a_diagnosis_ends, [
        ("signing the plan", plan_gate, NEEDS_GOAL, ""),
        ("what the plan lacks", shown("counselor", PLAN, GAPS),
         "Mental health: Major depression, moderate (F32.1)", ""),
        ("the record's first page", shown("counselor", CHART, "F32.1"), "F32.1", ""),
    ]),
    (a_family_of_problems_is_deferred, [
        ("signing the plan", plan_gate, NEEDS_GOAL, ""),
        ("the plan page", shown("counselor", PLAN, r"This plan does not answer everything yet|Waits Mental health"),
         "This plan does not answer everything yet", "Waits Mental health"),
    ]),
    (craving_is_9_today, [
        ("alerts", alerts_standing, [], [("craving", "medium")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Check-in: craving 9 of 10"),
         NOTHING, "Check-in: craving 9 of 10"),
        ("craving on the caseload", shown("counselor", CASELOAD, r"None prescribed (No check-in|\d+)"),
         "No check-in", "9"),
        ("attention on the record", shown("counselor", CHART, ATTENTION), "Steady", "Watch"),
        ("the record's check-ins", shown("counselor", "/people/{w.ada.pk}/check-ins/", r"Oct 14 – (\d+)"), "", "9"),
    ]),
    (mood_is_low_for_a_second_day, [
        ("alerts", alerts_standing, [], [("low-mood", "medium")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Check-in: mood low on two days"),
         NOTHING, "Check-in: mood low on two days"),
        ("attention on the record", shown("counselor", CHART, ATTENTION), "Steady", "Watch"),
    ]),
    (a_measure_is_reliably_worse, [
        ("alerts", alerts_standing, [], [("measure-worse", "medium")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|PHQ-9: 7 points up, reliably worse"),
         NOTHING, "PHQ-9: 7 points up, reliably worse"),
    ]),
    (three_days_pass_without_a_check_in, [
        ("alerts", alerts_standing, [], [("check-in-silence", "low")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|No check-in since Oct 10"),
         NOTHING, "No check-in since Oct 10"),
    ]),
    (someone_does_not_feel_safe, [
        ("alerts", alerts_standing, [], [("unsafe-check-in", "urgent")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Check-in: does not feel safe"),
         NOTHING, "Check-in: does not feel safe"),
        ("the shape on the caseload", shown("counselor", CASELOAD, SHAPE),
         "Steady", "Urgent: Check-in: does not feel safe"),
        ("attention on the record", shown("counselor", CHART, ATTENTION), "Steady", "Urgent"),
    ]),
    (the_threshold_for_craving_is_lowered, [
        ("a check-in with craving 6", alerts_of_a_check_in_with_craving_6, [], ["Check-in: craving 6 of 10"]),
        ("the page of bounds", shown("director", "/program/policies/", r"From this value on, of 10\. (\d) of 10"),
         "8", "6"),
    ]),
    (an_alert_is_closed, [
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Craving 9 today"), "Craving 9 today", NOTHING),
        ("the list of alerts", shown("counselor", ALERTS, r"(\d) yours, \d open in all"), "1", "0"),
        ("alerts of the program", shown("director", PROGRAM, OPEN_ALERTS), "1", "0"),
        ("attention on the record", shown("counselor", CHART, ATTENTION), "Watch", "Steady"),
        ("the shape on the caseload", shown("counselor", CASELOAD, SHAPE), "Watch: Craving 9 today", "Steady"),
    ]),
    (an_alert_is_overdue, [
        ("the supervisor's day", shown("supervisor", DAY, f"{NOTHING}|Craving 9 today"), NOTHING, "Craving 9 today"),
        ("the supervisor's alerts", shown("supervisor", ALERTS, r"(\d) yours"), "0", "1"),
        ("alerts overdue in the program", shown("director", PROGRAM, r"Alerts overdue (\d)"), "0", "1"),
    ]),
    (a_review_steps_someone_down, [
        ("the level in the record's head", shown("counselor", CHART, r"Level ([\d.]+), Joan"), "2.1", "1.5"),
        ("the dated levels", levels,
         [("2.1", "2026-09-14", "None")], [("2.1", "2026-09-14", "2026-10-14"), ("1.5", "2026-10-14", "None")]),
        ("the census, where they were", shown("director", PROGRAM, r"2\.1 Intensive outpatient (\d)"), "2", "1"),
        ("the census, where they are", shown("director", PROGRAM, r"1\.5 Outpatient therapy (\d)"), "0", "1"),
        ("the week beside the level", shown("counselor", NEEDS, r"and this person is at level 1\.5"),
         "", "and this person is at level 1.5"),
        ("the next review, on the caseload", shown("counselor", CASELOAD, r"Level review, (\w+ \d+)"),
         "Nov 9", "Oct 28"),
    ]),
    (a_review_date_passes, [
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Level review was due Nov 9"),
         NOTHING, "Level review was due Nov 9"),
        ("the caseload", shown("counselor", CASELOAD, "Level review, Nov 9, past"), "", "Level review, Nov 9, past"),
        ("reviews past in the program", shown("director", PROGRAM, r"Level reviews past their day (\d)"), "0", "2"),
    ]),
    (the_first_visit_after_is_missed, [
        ("alerts", alerts_standing, [], [("appointment-missed", "medium")]),
        ("the counselor's day", shown("counselor", DAY, f"{NOTHING}|Missed the first visit after a change of level"),
         NOTHING, "Missed the first visit after a change of level"),
        ("the review page", shown("counselor", "/people/{w.ada.pk}/review/", r"12 Mill Street (Booked|Missed)"),
         "Booked", "Missed"),
    ]),
    (someone_is_discharged, [
        ("the record's head", shown("counselor", CHART, r"Level 2\.1, Joan|Care ended Oct 14, 2026"),
         "Level 2.1, Joan", "Care ended Oct 14, 2026"),
        ("the census", shown("director", PROGRAM, r"All levels (\d)"), "2", "1"),
        ("the roster of tomorrow", shown("counselor", SESSION, EXPECTED), "1 not marked yet", "Nobody is expected"),
        ("group fill in the program", shown("director", PROGRAM, FILL), "1 / 10", "0 / 10"),
        ("the caseload", shown("counselor", CASELOAD, "Ada Alderquist"), "Ada Alderquist", ""),
        ("my next session", shown("ada", HOME, NEXT), "5:30 PM – 7:00 PM", "Nothing is planned for you"),
        ("hours prescribed in the program", shown("director", PROGRAM, r"Prescribed ([\d.]+) h"), "9.0", "0.0"),
        ("prescribing a week", prescribing_gate, "", "This episode has ended."),
    ]),
    (another_counselor_takes_over, [
        ("the caseload of before", shown("counselor", CASELOAD, "Ada Alderquist"), "Ada Alderquist", ""),
        ("the caseload of now", shown("lee", CASELOAD, "Ada Alderquist"), "", "Ada Alderquist"),
        ("who owns the next alert", owner_of_the_next_alert, "Joan Birchwell", "Lee Fernwood"),
        ("the record's head", shown("supervisor", CHART, r"Level 2\.1, (.*?)\."), "Joan Birchwell", "Lee Fernwood"),
        ("people by counselor", shown("director", PROGRAM, r"Lee Fernwood (\d)"), "", "1"),
    ]),
    (a_role_ends, [
        ("the plan", status("lee", PLAN), 200, 403),
        ("the notes", status("lee", "/people/{w.ada.pk}/notes/"), 200, 403),
        ("what the record's first page leaves out", shown("lee", CHART, r"Not shown to your role: .*?(session notes)"),
         "", "session notes"),
    ]),
    (someone_is_called_another_name, [
        ("the record's head", shown("counselor", CHART, r"Ada Alderquist|Addie Alderquist"),
         "Ada Alderquist", "Addie Alderquist"),
        ("the roster", shown("counselor", SESSION, r"Their note (\w+)"), "Ada", "Addie"),
        ("my home page", shown("ada", HOME, r"Good afternoon, (\w+)"), "Ada", "Addie"),
    ]),
]
# fmt: on


@pytest.mark.parametrize(("cause", "effects"), TABLE, ids=[cause.__name__ for cause, _ in TABLE])
def test_one_fact_changes_everything_that_rests_on_it(
    monkeypatch, program, counselor, supervisor, director, intake, front_desk, ada, ben, cause, effects
):
    w = World(
        program=program, counselor=counselor, supervisor=supervisor, director=director, intake=intake,
        front_desk=front_desk, ada=ada, ben=ben,
    )  # fmt: skip
    monkeypatch.setattr("django.utils.timezone.now", lambda: w.now)
    change = cause(w)
    next(change)
    assert {effect: probe(w) for effect, probe, _, _ in effects} == {effect: was for effect, _, was, _ in effects}
    assert next(change, "done") == "done"
    assert {effect: probe(w) for effect, probe, _, _ in effects} == {effect: now for effect, _, _, now in effects}


def test_the_table_holds_no_pair_that_stays_as_it_was_and_is_long_enough():
    rows = [(cause.__name__, *row) for cause, effects in TABLE for row in effects]
    assert [row[:2] for row in rows if row[3] == row[4]] == []
    assert len({row[:2] for row in rows}) == len(rows) >= 100
    assert len(TABLE) >= 32
