"""Opening, ending and reviewing emergency access; asking about looks, explaining and closing them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from openiop.alerts import actions as alerts
from openiop.alerts import queries as alert_rows
from openiop.alerts.models import Alert
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import queries as guard
from openiop.consents import rules as access
from openiop.consents.models import Emergency
from openiop.participants.models import Participant
from openiop.privacy import queries, rules
from openiop.privacy.models import EmergencyReview, EmergencyTold, Examined, Question, Unusual
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program

REVIEW, FOLLOW_UP = "emergency-review", "emergency-follow-up"
TEXTS = tuple(access.EMERGENCY_ELEMENTS)


@transaction.atomic
def open_emergency(
    *,
    participant: Participant,
    ground: str,
    kinds: Iterable[str],
    minimum: bool,
    by: Membership,
    at: datetime,
    **given: str,
) -> Emergency:
    """The record is open to them for an hour at most, for medical personnel; its review is due within 72 hours.

    `given` holds the texts 42 CFR 2.51(c) asks for, and why: `consents.rules.EMERGENCY_ELEMENTS`.
    """
    Participant.objects.select_for_update().get(pk=participant.pk)
    wanted = sorted(set(kinds))
    given = {name: given[name].strip() for name in TEXTS}
    already = guard.emergency_open(by, participant.pk, at) is not None
    if reasons := access.why_not_open(given=given, ground=ground, kinds=wanted, minimum=minimum, already=already):
        raise Refused(reasons)
    emergency = Emergency.objects.create(
        participant=participant,
        ground=ground,
        kinds=wanted,
        minimum=minimum,
        opened_by=by,
        opened_at=at,
        closes_at=at + access.EMERGENCY_LASTS,
        **given,
    )
    audit.record(
        what="emergency.opened", about=emergency, by=by, at=at, participant_id=participant.pk, kinds=wanted,
        ground=ground, emergency=str(emergency.pk),
    )  # fmt: skip
    owner = queries.reviewer_for(emergency, at)
    alerts.raise_alert(
        participant=participant,
        kind=REVIEW,
        level=Alert.Level.ADMIN,
        words="Emergency access to review",
        why=f"Opened by {by.label} for medical personnel (42 CFR 2.51).",
        source=emergency,
        due_at=at + rules.REVIEW_WITHIN,
        owner=owner,
        at=at,
        by=by,
        program=participant.program,
        link=reverse("privacy:review", args=[emergency.pk]),
    )
    return emergency


@transaction.atomic
def end_emergency(*, emergency: Emergency, by: Membership, at: datetime) -> Emergency:
    """It is over from this second; one that has run out stays as it ran."""
    emergency = Emergency.objects.select_for_update().get(pk=emergency.pk)
    if not emergency.terms().open(at):
        return emergency
    if emergency.opened_by_id != by.pk:
        raise Refused("Only who opened it ends it. It closes by itself.")
    emergency.ended_at, emergency.ended_by = at, by
    emergency.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        what="emergency.ended", about=emergency, by=by, at=at, participant_id=emergency.participant_id,
        emergency=str(emergency.pk),
    )  # fmt: skip
    return emergency


@transaction.atomic
def review_emergency(
    *, emergency: Emergency, outcome: str, words: str, by: Membership, at: datetime
) -> EmergencyReview:
    """A second person has judged it; its task ends with the outcome, and what was not justified is followed up."""
    emergency = Emergency.objects.select_for_update().get(pk=emergency.pk)
    if reasons := rules.why_not_review(
        reviewed=EmergencyReview.objects.filter(emergency=emergency).exists(),
        own=emergency.opened_by_id == by.pk,
        still_open=emergency.terms().open(at),
        outcome=outcome,
        words=words,
    ):
        raise Refused(reasons)
    review = EmergencyReview.objects.create(emergency=emergency, outcome=outcome, words=words.strip(), by=by, at=at)
    audit.record(
        what="emergency.reviewed", about=review, by=by, at=at, participant_id=emergency.participant_id,
        outcome=outcome, emergency=str(emergency.pk),
    )  # fmt: skip
    task = alert_rows.about(emergency._meta.label_lower, emergency.pk, REVIEW)
    if task is not None and task.closed_at is None:
        alerts.close(
            alert=task, outcome="task-done", words=rules.OUTCOMES[outcome], by=by, at=at, settled=True,
        )  # fmt: skip
    if outcome == "not-justified":
        alerts.raise_alert(
            participant=emergency.participant,
            kind=FOLLOW_UP,
            level=Alert.Level.ADMIN,
            words="An emergency access was not justified",
            why="Decide whether it is a breach (42 CFR 2.16(b)), who is told, and what changes.",
            source=review,
            due_at=at + rules.FOLLOW_UP_WITHIN,
            owner=queries.reviewer_for(emergency, at),
            at=at,
            by=by,
            program=emergency.participant.program,
            link=reverse("privacy:review", args=[emergency.pk]),
        )
    return review


@transaction.atomic
def note_told(*, emergency: Emergency, how: str, by: Membership, at: datetime) -> EmergencyTold:
    """The person knows of the emergency access: by whom, how and when is on record."""
    Emergency.objects.select_for_update().get(pk=emergency.pk)
    told = EmergencyTold.objects.filter(emergency=emergency).first()
    if told is not None and how == "read":
        return told
    if reasons := rules.why_not_tell(told=told is not None, how=how):
        raise Refused(reasons)
    told = EmergencyTold.objects.create(emergency=emergency, how=how, by=by, at=at)
    audit.record(what="emergency.told", about=told, by=by, at=at, participant_id=emergency.participant_id, how=how)
    return told


@transaction.atomic
def log_people(*, participants: Iterable[Participant], page: str, rule: str, by: Membership, at: datetime) -> int:
    """That a page of this room named these people, and why it may; returns how many."""
    each = list({one.pk: one for one in participants}.values())
    facts: dict[str, Any] = {"kind": access.Kind.ACCESS_LOG.value, "page": page, "rule": rule, "shared": True}
    return audit.record_many(what="chart.opened", about=each, by=by, at=at, facts=facts)


@transaction.atomic
def ask_question(
    *, participant: Participant, on: date, looker: Membership | None, words: str, by: Membership, at: datetime
) -> Question:
    """The person's question has an owner and a due day, and its answer comes back to their own page."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    same = Question.objects.filter(participant=participant, on=on, looker=looker, answered_at__isnull=True)
    zone = participant.program.zone
    if reasons := rules.why_not_ask(looked=queries.looked(participant, looker, on), words=words, waiting=same.exists()):
        raise Refused(reasons)
    days = programs.policy_value(participant.program_id, "question-days", local_day(at, zone), queries.QUESTION_DAYS)
    question = Question.objects.create(
        participant=participant,
        looker=looker,
        on=on,
        words=words.strip(),
        asked_by=by,
        asked_at=at,
        owner=queries.officer(participant.program_id, at, but=looker),
        due_at=at + timedelta(days=float(days)),
    )
    audit.record(what="look.asked-about", about=question, by=by, at=at, participant_id=participant.pk)
    return question


@transaction.atomic
def answer_question(*, question: Question, words: str, by: Membership, at: datetime) -> Question:
    """The person reads the answer on their own page."""
    question = Question.objects.select_for_update().get(pk=question.pk)
    if reasons := rules.why_not_answer(answered=question.answered_at is not None, words=words):
        raise Refused(reasons)
    question.answer, question.answered_by, question.answered_at = words.strip(), by, at
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(what="look.question-answered", about=question, by=by, at=at, participant_id=question.participant_id)
    return question


@transaction.atomic
def examine(*, program: Program, on: date, at: datetime) -> int:
    """The looks of one local day are gone through once; returns how many reasons to ask were found."""
    Program.objects.select_for_update().get(pk=program.pk)
    if Examined.objects.filter(program=program, on=on).exists():
        return 0
    looks, found = queries.unusual_on(program, on)
    rows = [
        Unusual(
            program=program,
            rule=one.rule,
            viewer_id=one.viewer,
            participant_id=one.person or None,
            on=on,
            facts=dict(one.facts),
            found_at=at,
        )
        for one in found
    ]
    Unusual.objects.bulk_create(rows)
    done = Examined.objects.create(program=program, on=on, looks=looks, found=len(rows), at=at)
    audit.record(
        what="looks.examined", about=done, by=None, at=at, program_id=program.pk, on=on, looks=looks, found=len(rows)
    )
    return len(rows)


def _look_step(unusual: Unusual, to: str, by: Membership, at: datetime, fields: list[str], **facts: Any) -> Unusual:
    unusual.status = to
    unusual.save(update_fields=["status", *fields])
    audit.record(
        what=f"unusual-look.{to}", about=unusual, by=by, at=at, participant_id=unusual.participant_id,
        rule=unusual.rule, **facts,
    )  # fmt: skip
    return unusual


def _unusual(unusual: Unusual) -> Unusual:
    return Unusual.objects.select_for_update().get(pk=unusual.pk)


@transaction.atomic
def ask_viewer(*, unusual: Unusual, by: Membership, at: datetime) -> Unusual:
    """Who looked is asked why, on their own Today."""
    unusual = _unusual(unusual)
    if reasons := rules.why_not_ask_viewer(status=unusual.status, own=unusual.viewer_id == by.pk):
        raise Refused(reasons)
    unusual.asked_by, unusual.asked_at = by, at
    return _look_step(unusual, Unusual.Status.ASKED, by, at, ["asked_by", "asked_at"])


@transaction.atomic
def explain(*, unusual: Unusual, words: str, by: Membership, at: datetime) -> Unusual:
    """Who looked has said why; the privacy officer reads it."""
    unusual = _unusual(unusual)
    if reasons := rules.why_not_explain(status=unusual.status, own=unusual.viewer_id == by.pk, words=words):
        raise Refused(reasons)
    unusual.answer, unusual.answered_at = words.strip(), at
    return _look_step(unusual, Unusual.Status.ANSWERED, by, at, ["answer", "answered_at"])


@transaction.atomic
def close_unusual(*, unusual: Unusual, outcome: str, words: str, by: Membership, at: datetime) -> Unusual:
    """It ended, in this way, and stays on record with who closed it."""
    unusual = _unusual(unusual)
    if reasons := rules.why_not_close(
        status=unusual.status, own=unusual.viewer_id == by.pk, outcome=outcome, words=words
    ):
        raise Refused(reasons)
    unusual.outcome, unusual.words, unusual.closed_by, unusual.closed_at = outcome, words.strip(), by, at
    return _look_step(
        unusual, Unusual.Status.CLOSED, by, at, ["outcome", "words", "closed_by", "closed_at"], outcome=outcome
    )
