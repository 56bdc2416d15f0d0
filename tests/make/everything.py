"""One thing of each kind that has an address, about people with names no page says by chance."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from conftest import NOW, TODAY
from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.admissions import actions as admissions
from openiop.consents import actions as consent_actions
from openiop.continuing import actions as continuing
from openiop.counseling import actions as counseling
from openiop.disclosures import actions as disclosures
from openiop.participants.models import Participant
from openiop.plans.models import Problem
from openiop.questionnaires.models import Assignment
from openiop.records import actions as way_out
from openiop.recovery import actions as recovery
from openiop.schedule import actions as schedule
from openiop.schedule.models import Seat
from tests import make
from tests.make import admissions as doors
from tests.make import alerts, consents, plans, privacy, questionnaires, records
from tests.make import continuing as reviews
from tests.make import schedule as weeks
from tests.make import session as stage

BUNDLES = Path(__file__).parents[2] / "openiop/admissions/bundles"
EARLIER = NOW - timedelta(days=2)


@dataclass
class World:
    """People and, under the names that addresses use, the key of one thing of each kind."""

    people: dict[str, Participant]
    supporter: object
    ids: dict[str, object] = field(default_factory=dict)

    def args(self, pattern, **other):
        """What this address needs, from the record of the first person."""
        names = pattern.pattern.converters
        return {name: (self.ids | other)[name] for name in names}


def _referral(program, by):
    [path] = sorted(BUNDLES.glob("*.json"))[:1]
    return admissions.import_referrals(
        program=program, files={path.name: json.dumps(json.loads(path.read_text())).encode()}, by=by, at=EARLIER
    ).rows[0]


def everything(program, counselor):
    """A program in full use at NOW: people in care and on their way in, and all that is kept about the first."""
    ada, ben, cleo = (
        make.person_in_care(program, counselor, name=name)
        for name in ("Adelheid Alderquist", "Benedek Barleyfield", "Cleophas Quillmarsh")
    )
    noor = doors.newcomer(program, "Noorjahan Lindenquist")
    plans.diagnoses(ada, counselor)
    plans.signed(ada.episode, counselor)
    consent = consents.prepared(ada, counselor, at=EARLIER)
    sister = make.supporter(ada, counselor, name="Rosamunde Zeltquist")
    consents.shared(sister, counselor, "schedule", "attendance", "plan")
    soon = consents.signed(
        ada, counselor, EARLIER, "named_disclosure", recipient="Dr. Elm", expires_at=NOW + timedelta(days=5)
    )
    notice = consent_actions.announce_end(consent=soon, at=EARLIER)
    private = counseling.write_note(
        participant=ada, words="What was said.", about_on=TODAY - timedelta(days=3), by=counselor, at=EARLIER
    )
    answered = questionnaires.answered(ada, total=12, at=EARLIER, by=counselor)
    asked = questionnaires.assignment(ada, "gad7", at=EARLIER, by=counselor)
    assert Assignment.objects.filter(pk=asked.pk).exists()
    recovery.check_in(
        participant=ada, on=TODAY - timedelta(days=1), at=NOW - timedelta(days=1), by=ada.membership, mood=2, craving=4
    )
    assessment = doors.rated(noor, counselor, at=EARLIER)
    doors.decided(ada, counselor, at=EARLIER)
    review = reviews.reviewed(ada.episode, counselor, EARLIER)
    visit = continuing.book_appointment(
        episode=ada.episode, booking=reviews.booking(NOW, days=3), by=counselor, at=EARLIER
    )
    for person in (ada, ben):
        schedule.prescribe(
            episode=person.episode, from_on=TODAY - timedelta(days=9), minutes_a_week=540, days_a_week=3, mix={},
            by=counselor, at=EARLIER,
        )  # fmt: skip
    group = weeks.group(
        weeks.track(program, "Morning", "day"), weeks.place(program, "Alder", 12), counselor, "Skills", TODAY.weekday()
    )
    weeks.sessions(program, TODAY - timedelta(days=14), TODAY + timedelta(days=14))
    schedule.enroll(group=group, episode=ada.episode, from_on=TODAY, by=counselor, at=EARLIER)
    held = stage.session(program, counselor, ada, ben, starts=NOW - timedelta(minutes=100), title="Process")
    [part] = stage.signed(held, counselor, ben, at=NOW - timedelta(minutes=5))[:1]
    enquiry = doors.enquiry(program, by=counselor, name="Ruefa Fennimoor", at=EARLIER)
    known = doors.enquiry(program, by=counselor, name="Theodrik Marshwidgeon", phone="555-0199", at=EARLIER)
    theo = admissions.make_record(
        enquiry=known, by=counselor, at=EARLIER, legal_name="Theodrik Marshwidgeon", phone="555-0199"
    )
    referral = _referral(program, counselor)
    alert = alerts.alert(ben, counselor, at=EARLIER)
    nurse = make.member(program, "nurse", name="Nepomuk Zinnwarter")
    emergency = privacy.emergency(ben, nurse, EARLIER)
    unusual = privacy.unusual(nurse, cleo, EARLIER)
    question = privacy.question(cleo, counselor, EARLIER)
    again = make.participant(program, "Wilhelmine Quarrelsby")
    merge = admissions.merge_records(kept=cleo, absorbed=again, reason="She has two names.", by=counselor, at=EARLIER)
    mine = {"user": counselor.user, "device": "Firefox on Linux", "shared": False}
    entered = accounts.begin_sign_in(**mine, how="password", at=EARLIER)
    for who in (counselor, ada.membership):
        accounts.add_passkey(user=who.user, name="Phone", credential={}, at=EARLIER)
    packet = records.sent(ada, counselor, EARLIER)
    asks = {"words": "Not to my plan", "receiver": "health-plan", "paid_in_full": True}
    held_back = way_out.ask_restriction(participant=ada, by=ada.membership, at=EARLIER, **asks)
    listed = way_out.ask_list(participant=ada, kind="accounting", by=ada.membership, at=EARLIER)
    paper = records.paper(program, counselor, EARLIER, cleo, received_on=TODAY - timedelta(days=2))
    hold = disclosures.place_hold(participant=ben, reason="A complaint", by=counselor, at=EARLIER)
    people = {"ada": ada, "ben": ben, "cleo": cleo, "noor": noor, "theo": theo, "sent": referral.participant}
    return World(
        people=people,
        supporter=sister,
        ids={
            "participant_id": ada.pk,
            "assessment_id": assessment.pk,
            "stop_id": assessment.pk,  # no hard stop is open: nothing stands at this address
            "consent_id": consent.pk,
            "supporter_id": sister.pk,
            "notice_id": notice.pk,
            "note_id": private.pk,
            "kind": "problem",
            "row_id": Problem.objects.filter(plan__episode=ada.episode).order_by("place", "pk").first().pk,
            "appointment_id": visit.pk,
            "review_id": review.pk,
            "response_id": answered.pk,
            "assignment_id": asked.pk,
            "diagnosis_id": ada.diagnoses.order_by("code").first().pk,
            "instrument": "phq9",
            "number": 1,
            "enquiry_id": enquiry.pk,
            "known_enquiry_id": known.pk,
            "referral_id": referral.pk,
            "alert_id": alert.pk,
            "session_id": held.pk,
            "presence_id": part.presence_id,
            "episode_id": ben.episode.pk,
            "part_id": part.pk,
            "group_id": group.pk,
            "seat_id": Seat.objects.filter(session=held, episode=ben.episode).get().pk,
            "topic_id": weeks_topic(program),
            "place_id": group.place_id,
            "member_id": counselor.pk,
            "away_id": out(program, counselor),
            "message_id": unsent(program),
            "disclosure_id": packet.pk,
            "restriction_id": held_back.pk,
            "request_id": listed.pk,
            "process_id": paper.pk,
            "hold_id": hold.pk,
            "agreement_id": records.agreement(program, counselor, EARLIER).pk,
            "role": "counselor",
            "sign_in_id": entered.pk,
            "factor_id": sign_ins.factors_of(counselor.user).passkeys[0].pk,
            "name": "group-seats",
            "emergency_id": emergency.pk,
            "unusual_id": unusual.pk,
            "question_id": question.pk,
            "one_id": ada.pk,
            "other_id": ben.pk,
            "merge_id": merge.pk,
        },
    )


def out(program, by):
    """The key of a time away of someone who leads nothing."""
    nurse = make.member(program, "nurse", name="Nell Larkwood")
    days = {"from_on": TODAY + timedelta(days=5), "until_on": TODAY + timedelta(days=7)}
    return schedule.note_away(member=nurse, why="leave", **days, by=by, at=NOW).pk


def weeks_topic(program):
    """The key of one topic."""
    from openiop.curriculum import actions as curriculum

    return curriculum.add_topic(program=program, title="Triggers", modality="cbt", objective="", by=None, at=EARLIER).pk


def unsent(program):
    """The key of a message of which nobody knows whether it left."""
    from openiop.outbox import actions as outbox

    message = outbox.queue_email(
        recipient="quillon@example.org", recipient_id="1", program_id=program.pk, kind="due", due_at=EARLIER, at=EARLIER
    )
    outbox.claim(message=message, at=EARLIER)
    outbox.own_up(message=message, at=EARLIER)
    return message.pk
