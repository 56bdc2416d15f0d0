"""Emergency accesses: the sheet they open, what was looked at under them, and which wait for a review."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from openiop.admissions.models import Referral
from openiop.alerts import queries as alerts
from openiop.audit.models import Event
from openiop.base.rules import local_day
from openiop.consents.models import Emergency
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants import queries as participants
from openiop.participants.models import Diagnosis, Participant, Supporter
from openiop.participants.rules import LEVEL_WORDS, Level
from openiop.privacy import rules
from openiop.privacy.models import EmergencyTold
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Role


def _rows() -> QuerySet[Emergency]:
    also = ("participant__program", "opened_by", "ended_by", "review__by", "told__by")
    return Emergency.objects.select_related(*also)


def emergency_for(viewer: Membership, emergency_id: UUID) -> Emergency:
    """The emergency access, in the viewer's own program; 404 for everyone else."""
    row = _rows().filter(pk=emergency_id, participant__program_id=viewer.program_id).first()
    if row is None:
        raise Http404
    return row


def waiting_review(program_id: UUID) -> QuerySet[Emergency]:
    """Every emergency access nobody has judged, the oldest first: it stands here until someone has."""
    return _rows().filter(participant__program_id=program_id, review__isnull=True).order_by("opened_at", "pk")


def reviewer_for(emergency: Emergency, at: datetime) -> Membership:
    """Who the review falls to: a supervisor, else the privacy officer, never who opened it where there is another."""
    program_id = emergency.participant.program_id
    on = local_day(at, "UTC")
    for role in (Role.SUPERVISOR, Role.PRIVACY):
        rows = programs.staff(program_id, on, role).exclude(pk=emergency.opened_by_id).select_related("program")
        if (member := rows.first()) is not None:
            return member
    return alerts.duty(program_id, at)


def officer(program_id: UUID, at: datetime, *, but: Membership | None = None) -> Membership:
    """Who answers for privacy: the privacy officer, else a supervisor; not whom it is about where there is another."""
    on = local_day(at, "UTC")
    for role in (Role.PRIVACY, Role.SUPERVISOR):
        rows = programs.staff(program_id, on, role).select_related("program")
        if (member := rows.exclude(pk=but.pk).first() if but else rows.first()) is not None:
            return member
    return alerts.duty(program_id, at)


@dataclass(frozen=True)
class Seen:
    """One thing looked at under an emergency access."""

    at: datetime
    page: str
    kinds: list[str]


def looks_under(emergency: Emergency) -> list[Seen]:
    """Everything its opener looked at in this record while it was open, in order; from the log."""
    rows = Event.objects.about_person(emergency.participant_id).filter(
        what="chart.opened",
        by_id=str(emergency.opened_by_id),
        at__gte=emergency.opened_at,
        at__lte=emergency.ended_at or emergency.closes_at,
    )
    found = [
        (at, facts)
        for at, facts in rows.order_by("at", "pk").values_list("at", "facts")
        if facts.get("emergency") == str(emergency.pk)
    ]
    return [Seen(at, rules.page_words(facts.get("page", "")), rules.kind_words(facts)) for at, facts in found]


def untold(participant_id: UUID) -> list[Emergency]:
    """Emergency accesses the person has not been told of, oldest first."""
    ids = participants.ids_together(participant_id)
    return list(_rows().filter(participant_id__in=ids, told__isnull=True).order_by("opened_at", "pk"))


def told_of(participant_id: UUID) -> dict[str, EmergencyTold]:
    """When the person was told, by the id of the emergency access."""
    ids = participants.ids_together(participant_id)
    rows = EmergencyTold.objects.filter(emergency__participant_id__in=ids)
    return {str(row.emergency_id): row for row in rows.order_by("at", "pk")}


# --- the sheet --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One allergy or medication as a referral told of it."""

    words: str
    detail: str


@dataclass(frozen=True)
class Sheet:
    """What medical personnel are shown, no more than was chosen; None where a part was not."""

    person: Participant
    age: int | None
    allergies: list[Told] | None
    medications: list[Told] | None
    diagnoses: list[Diagnosis] | None
    contacts: list[Supporter] | None
    level: str | None
    since: datetime | None
    sources: list[Referral]


def _told(referrals: list[Referral], kind: str) -> list[Told]:
    """What the referrals joined to the record told of, each once; those ended or entered in error left out."""
    found: dict[str, Told] = {}
    for facts in (fact for row in referrals for fact in row.facts if fact.get("kind") == kind):
        gone = {"inactive", "resolved", "entered-in-error", "refuted", "stopped", "completed", "cancelled"}
        if {facts.get("clinical_status"), facts.get("verification"), facts.get("status")} & gone:
            continue
        words = str(facts.get("text") or "")
        if words:
            found.setdefault(words.casefold(), Told(words, _detail(facts)))
    return sorted(found.values(), key=lambda one: one.words.casefold())


def _detail(facts: dict[str, Any]) -> str:
    parts = [facts.get("criticality"), *(facts.get("reactions") or ()), facts.get("dosage")]
    return ", ".join(str(part) for part in parts if part)


def sheet(opened: Opened, at: datetime) -> Sheet:
    """The face sheet of an emergency: only the kinds that were chosen; the same few queries for any record."""
    person, kinds = opened.participant, opened.emergency_kinds
    episode = opened.episode
    today = local_day(at, person.program.zone)
    born, ids = person.birth_on, participants.ids_together(person.pk)
    rows = Referral.objects.filter(participant__in=ids, status=Referral.Status.TAKEN).defer("person", "report")
    referrals = list(rows.order_by("-received_at", "pk")) if Kind.MEDICATIONS in kinds else []
    named = Supporter.objects.filter(participant__in=ids, emergency=True, ended_at__isnull=True)
    open_level = episode.level if episode and episode.ended_on is None else ""
    words = f"{open_level} {LEVEL_WORDS[Level(open_level)].lower()}" if open_level else "Not in care now"
    return Sheet(
        person=person,
        age=today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None,
        allergies=_told(referrals, "allergy") if Kind.MEDICATIONS in kinds else None,
        medications=_told(referrals, "medication") if Kind.MEDICATIONS in kinds else None,
        diagnoses=list(participants.active_together(ids)) if Kind.DIAGNOSES in kinds else None,
        contacts=list(named.order_by("name", "pk")) if Kind.CONTACT in kinds else None,
        level=words if Kind.PLACEMENT in kinds else None,
        since=referrals[0].received_at if referrals else None,
        sources=referrals,
    )
