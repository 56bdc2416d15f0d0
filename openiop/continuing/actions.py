"""Deciding a review, and booking, keeping and missing what comes next."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from openiop.admissions import queries as admissions
from openiop.admissions import rules as placement
from openiop.alerts import actions as alerts
from openiop.alerts import queries as open_alerts
from openiop.alerts import rules as alert_rules
from openiop.alerts.models import Alert
from openiop.attendance import actions as attendance
from openiop.attendance.models import Presence
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.continuing import queries, rules
from openiop.continuing.models import Appointment, Review
from openiop.continuing.rules import Booking, End
from openiop.participants import actions as participants
from openiop.participants.models import Episode
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Place
from openiop.programs.rules import Permission
from openiop.schedule import actions as schedule
from openiop.ui import actions as ui


class Stale(Refused):
    """Someone decided meanwhile; what was typed is kept and nothing was written."""


def _locked(episode: Episode) -> Episode:
    """The episode as it stands now; until the transaction ends nobody else decides about it."""
    Episode.objects.select_for_update().get(pk=episode.pk)
    return Episode.objects.select_related("participant__program", "primary__program").get(pk=episode.pk)


def _link(episode: Episode) -> str:
    return reverse("continuing:review", args=[episode.participant_id])


def _raise(
    kind: str, level: str, words: str, why: str, *, source: Review | Appointment | Episode, episode: Episode,
    at: datetime, by: Membership | None,
) -> Alert:  # fmt: skip
    program = episode.participant.program
    hours = programs.policy_value(program.pk, "alert-hours", local_day(at, program.zone), None)
    span = "admin" if level == "admin" else "high"  # before the person leaves, or on the day they stayed away
    return alerts.raise_alert(
        participant=episode.participant,
        program=program,
        kind=kind,
        level=level,
        words=words,
        why=why,
        source=source,
        due_at=alert_rules.due_for(span, at, program.zone, hours),
        owner=episode.primary,
        backup=open_alerts.supervisor(program.pk, at),
        link=_link(episode),
        by=by,
        at=at,
    )


@transaction.atomic
def decide_review(
    *,
    episode: Episode,
    end: str,
    words: str,
    by: Membership,
    at: datetime,
    level_to: str = "",
    next_review_on: date | None = None,
    reason_code: str = "",
    appointment: Booking | None = None,
    despite: str = "",
    prepared: bool = False,
    last_contact_on: date | None = None,
    seen: str | None = None,
    facilitator: Membership | None = None,
    place: Place | None = None,
) -> Review:
    """The review has ended in one of four ways, with the evidence as it stood; what follows from it is done with it.

    A step changes the dated level of the same episode; a discharge ends it and frees its seats ahead. `despite` says
    why evidence that is not on record was not waited for; `prepared`, that prevention and safety plan were gone
    through; `facilitator` and `place` make the appointment a visit here; `seen` is what the person deciding had before
    them (queries.seen).
    """
    episode = _locked(episode)
    zone = episode.participant.program.zone
    today = local_day(at, zone)
    last = queries.last_review(episode.pk)
    if not by.may(Permission.REVIEW):
        raise Refused("Only a clinician may decide a review.")
    if episode.ended_on is not None:
        raise Stale("This episode has ended.")
    if seen is not None and seen != queries.seen(last, episode):
        told = f"{last.decided_by.label} decided this review meanwhile." if last else "The record changed meanwhile."
        raise Stale([told, "Look at the decision first. Your text is kept below."])
    found = queries.evidence(episode, queries.since_of(episode, last, zone), at, prepared=prepared)
    days = (local_day(appointment["at"], zone) - today).days if appointment else None
    missing = rules.lacking(rules.needs(end, found.facts, appointment_in=days, reason_code=reason_code))
    reasons = rules.why_not_decide(
        end=end,
        level=episode.level,
        words=words,
        on=today,
        level_to=level_to,
        next_review_on=next_review_on,
        reason_code=reason_code,
        missing=missing,
        despite=despite,
        appointment_on=local_day(appointment["at"], zone) if appointment else None,
        with_whom=appointment["with_whom"] if appointment else "",
        last_contact_on=last_contact_on,
        since_on=episode.started_on,
        longest=programs.policy_value(episode.participant.program_id, rules.LONGEST_POLICY, today, rules.LONGEST),
    )
    if reasons:
        raise Refused(reasons.values())
    discharged, stepped = end == End.DISCHARGE, end in {End.STEP_UP, End.STEP_DOWN}
    review = Review.objects.create(
        episode=episode,
        since_on=found.since,
        evidence=found.snapshot() | {"missing": missing, "despite": despite.strip(), "prepared": prepared},
        end=end,
        words=words.strip(),
        level_from=episode.level,
        level_to=level_to if stepped else episode.level,
        next_review_on=None if discharged else next_review_on,
        reason_code=reason_code if discharged else "",
        decided_at=at,
        decided_by=by,
    )
    audit.record(
        what="review.decided", about=review, by=by, at=at, participant_id=episode.participant_id,
        program_id=episode.participant.program_id, end=end, was=review.level_from, to=review.level_to,
        missing=len(missing),
    )  # fmt: skip
    if stepped:
        participants.change_level(
            episode=episode, to=level_to, from_on=today, reason=end, words=words.strip(), by=by, at=at
        )
    if discharged:
        schedule.leave_all(episode=episode, on=today, by=by, at=at)
        participants.end_episode(
            episode=episode, on=today, reason=reason_code, last_contact_on=last_contact_on, by=by, at=at
        )
    if next_review_on is not None and not discharged:
        participants.set_review(episode=episode, on=next_review_on, by=by, at=at)
    if appointment:
        book_appointment(
            episode=episode, review=review, booking=appointment, facilitator=facilitator, place=place, by=by, at=at
        )
    booked = queries.booked_ahead(episode.pk, at)
    if rules.leaves_uncovered(end, reason_code, booked=booked):
        said = "Discharged" if discharged else "Stepped down"
        _raise(
            "no-next-appointment", "medium", f"{said} without a next appointment", "Book one before they leave.",
            source=review, episode=episode, at=at, by=by,
        )  # fmt: skip
    due = open_alerts.about("participants.episode", episode.pk, "review-due")
    if due is not None and due.closed_at is None:
        alerts.close(alert=due, outcome="task-done", words=f"Reviewed: {rules.END_WORDS[End(end)]}.", by=by, at=at)
    ui.end_drafts(owner_id=str(by.user_id), key_prefix=f"continuing.review:{episode.pk}", at=at)
    return review


@transaction.atomic
def correct_first_day(
    *, episode: Episode, starts_on: date, review_on: date, words: str, by: Membership, at: datetime
) -> Episode:
    """A first day mistyped at admission is the one meant, where nothing happened in the stay so far."""
    episode = _locked(episode)
    program = episode.participant.program
    today = local_day(at, program.zone)
    reasons = queries.happened(episode)
    reasons += placement.why_not_first_day(starts_on, today, admissions.days_ahead(program.pk, today))
    decided = admissions.last_decided(episode.participant_id)
    if decided is not None and decided.decided_at and starts_on < local_day(decided.decided_at, program.zone):
        reasons.append("Care cannot begin before its level was decided.")
    if reasons:
        raise Refused(reasons)
    return participants.correct_first_day(
        episode=episode, starts_on=starts_on, review_on=review_on, words=words, by=by, at=at
    )


@transaction.atomic
def book_appointment(
    *,
    episode: Episode,
    booking: Booking,
    by: Membership,
    at: datetime,
    review: Review | None = None,
    facilitator: Membership | None = None,
    place: Place | None = None,
) -> Appointment:
    """The person has an appointment; an alert that none was booked learns of it and waits for its owner.

    With someone of this program it is a visit of the week, for which person, room and facilitator must be free;
    elsewhere it takes the person's time on their own week.
    """
    if reasons := rules.why_not_book(
        booking_at=booking["at"],
        with_whom=booking["with_whom"],
        at=at,
        here=facilitator is not None,
        room=place is not None,
        works_here=queries.works_here(episode, booking["with_whom"], at),
    ):
        raise Refused(reasons)
    minutes = booking.get("minutes", 50)
    visit = elsewhere = None
    if facilitator is not None and place is not None:
        local = booking["at"].astimezone(ZoneInfo(episode.participant.program.zone))
        visit = schedule.plan_visit(
            episode=episode, service="individual", on=local.date(), starts=local.time(), minutes=minutes, place=place,
            facilitator=facilitator, by=by, at=at,
        )  # fmt: skip
    else:
        elsewhere = schedule.note_elsewhere(
            episode=episode, starts_at=booking["at"], minutes=minutes, with_whom=booking["with_whom"],
            where=booking.get("where", ""), by=by, at=at,
        )  # fmt: skip
    row = Appointment.objects.create(
        episode=episode,
        review=review,
        visit=visit,
        elsewhere=elsewhere,
        at=booking["at"],
        minutes=minutes,
        with_whom=facilitator.label if facilitator else booking["with_whom"].strip(),
        where=place.name if place else booking.get("where", "").strip(),
        booked_at=at,
        booked_by=by,
    )
    audit.record(what="appointment.booked", about=row, by=by, at=at, participant_id=episode.participant_id)
    sources = [str(pk) for pk in Review.objects.filter(episode=episode).values_list("pk", flat=True)]
    sources += [str(pk) for pk in Appointment.objects.filter(episode=episode).values_list("pk", flat=True)]
    waiting = Alert.objects.open().filter(
        participant=episode.participant_id, kind="no-next-appointment", source_id__in=sources
    )
    for alert in waiting.order_by("due_at", "pk"):
        alerts.add_fact(alert=alert, words="An appointment is booked now.", by=by, at=at)
    return row


def _close(appointment: Appointment, to: Appointment.Status, *, by: Membership, at: datetime) -> Appointment:
    row = Appointment.objects.select_for_update().get(pk=appointment.pk)
    if reasons := rules.why_not_close(status=row.status, starts=row.at, at=at, to=to):
        raise Refused(reasons)
    row.status, row.closed_at, row.closed_by = to, at, by
    row.save(update_fields=["status", "closed_at", "closed_by"])
    row.episode = Episode.objects.select_related("participant__program", "primary__program").get(pk=row.episode_id)
    audit.record(what=f"appointment.{to}", about=row, by=by, at=at, participant_id=row.episode.participant_id)
    asked = open_alerts.about("continuing.appointment", row.pk, "appointment-open")
    if asked is not None and asked.closed_at is None:
        alerts.close(
            alert=asked, outcome="task-done", words=f"Marked as {row.get_status_display().lower()}.", by=by, at=at
        )
    return row


def _mark(appointment: Appointment, *, here: bool, by: Membership, at: datetime) -> Appointment:
    """What came of a visit here is attendance: written there once, and read from there."""
    if reasons := rules.why_not_close(
        status=queries.booked(appointment).status, starts=appointment.at, at=at, to="kept" if here else "missed"
    ):
        raise Refused(reasons)
    assert appointment.visit is not None
    away = "" if here else Presence.Away.NO_CONTACT
    attendance.record_presence(
        session=appointment.visit, episode=appointment.episode, here=here, away=away, by=by, at=at
    )
    return appointment


@transaction.atomic
def keep_appointment(*, appointment: Appointment, by: Membership, at: datetime) -> Appointment:
    """The person came; for a visit here their presence stands as well."""
    if appointment.visit_id is not None:
        return _mark(appointment, here=True, by=by, at=at)
    return _close(appointment, Appointment.Status.KEPT, by=by, at=at)


@transaction.atomic
def miss_appointment(*, appointment: Appointment, by: Membership, at: datetime) -> Appointment:
    """The person did not come; someone is asked to reach them today, for a visit here by the alert of attendance."""
    if appointment.visit_id is not None:
        return _mark(appointment, here=False, by=by, at=at)
    row = _close(appointment, Appointment.Status.MISSED, by=by, at=at)
    _raise(
        "appointment-missed", "medium", "Missed the first visit after a change of level", "Reach out the same day.",
        source=row, episode=row.episode, at=at, by=by,
    )  # fmt: skip
    return row


@transaction.atomic
def call_off_appointment(*, appointment: Appointment, by: Membership, at: datetime) -> Appointment:
    """It will not take place; where no other is booked, someone is asked to book one."""
    if appointment.visit is not None:
        schedule.cancel_session(session=appointment.visit, reason="The visit was called off", by=by, at=at)
        row = appointment
    else:
        row = _close(appointment, Appointment.Status.CANCELLED, by=by, at=at)
        assert row.elsewhere is not None  # what is booked is a visit here or time elsewhere
        schedule.end_elsewhere(elsewhere=row.elsewhere, by=by, at=at)
    if not queries.booked_ahead(row.episode_id, at):
        raise_none_booked(appointment=row, by=by, at=at)
    return row


@transaction.atomic
def raise_none_booked(*, appointment: Appointment, by: Membership | None, at: datetime) -> Alert:
    """The next appointment does not take place and no other is booked: someone is asked to book one."""
    return _raise(
        "no-next-appointment", "medium", "The next appointment was called off", "Book another one.",
        source=appointment, episode=appointment.episode, at=at, by=by,
    )  # fmt: skip


@transaction.atomic
def raise_review_due(*, episode: Episode, at: datetime) -> Alert:
    """A review past its day stands before the primary counselor as a task."""
    return _raise(
        "review-due", "admin", queries.due_words(episode), "No stay goes on without a review date that lies ahead.",
        source=episode, episode=episode, at=at, by=None,
    )  # fmt: skip


@transaction.atomic
def raise_appointment_open(*, appointment: Appointment, at: datetime) -> Alert:
    """Whether an appointment was kept stands before the primary counselor as a question."""
    return _raise(
        "appointment-open", "admin", "Was the next appointment kept?", "It has passed and nobody has marked it.",
        source=appointment, episode=appointment.episode, at=at, by=None,
    )  # fmt: skip
