"""People and their care, always inside one program."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from openiop.participants.models import Diagnosis, Episode, LevelOfCare, Participant, Supporter
from openiop.participants.rules import ADDICTION, Family
from openiop.programs.models import Membership


def people(program_id: UUID) -> QuerySet[Participant]:
    """Everyone known to the program who was not merged into another record."""
    return Participant.objects.filter(program_id=program_id, merged_into__isnull=True)


def numbered(program_id: UUID, number: int) -> Participant | None:
    """The record of this number in the program, or None."""
    return Participant.objects.filter(program_id=program_id, number=number).first()


def open_episodes(program_id: UUID) -> QuerySet[Episode]:
    """Everyone in care, with person and primary counselor loaded, by record number."""
    rows = Episode.objects.open().filter(participant__program_id=program_id)
    return rows.select_related("participant", "primary").order_by("participant__number", "pk")


def caseload(member: Membership) -> QuerySet[Episode]:
    """Those in care whom the member treats, by record number."""
    mine = Q(primary=member) | Q(team__member=member, team__until_on__isnull=True)
    return open_episodes(member.program_id).filter(mine).distinct()


def current_episode(participant_id: UUID) -> Episode | None:
    """The open episode, else the last one, else None."""
    rows = Episode.objects.filter(participant_id=participant_id).select_related("participant__program", "primary")
    return rows.order_by("-started_on", "pk").first()


def active_diagnoses(participant_id: UUID) -> QuerySet[Diagnosis]:
    """Conditions active now, addiction and mental health side by side, oldest first."""
    rows = Diagnosis.objects.filter(participant_id=participant_id, ended_on__isnull=True)
    return rows.order_by("family", "recorded_at", "pk")


def families(participant_id: UUID) -> frozenset[str]:
    """The problem families with an active diagnosis: 'addiction', 'mental-health'."""
    found = set(active_diagnoses(participant_id).order_by().values_list("family", flat=True))
    named = {"addiction"} if found & {family.value for family in ADDICTION} else set()
    return frozenset(named | ({"mental-health"} if Family.MENTAL_HEALTH in found else set()))


def census(program_id: UUID, on: date) -> dict[str, int]:
    """How many are in care at each level of care on the day."""
    live = Q(from_on__lte=on) & (Q(until_on__isnull=True) | Q(until_on__gt=on))
    rows = LevelOfCare.objects.filter(live, episode__participant__program_id=program_id)
    return dict(rows.values_list("level").annotate(count=Count("pk")).order_by("level"))


@cache
def conditions() -> dict[str, str]:
    """The conditions to choose from: words by ICD-10-CM code, as the data file has them."""
    data = tomllib.loads((Path(__file__).parent / "conditions.toml").read_text(encoding="utf-8"))
    return {str(code): str(words) for code, words in data["codes"].items()}


def diagnoses(participant_id: UUID) -> QuerySet[Diagnosis]:
    """Every condition on record, active ones first, then by family and code."""
    rows = Diagnosis.objects.filter(participant_id=participant_id).select_related("recorded_by")
    return rows.order_by(F("ended_on").desc(nulls_first=True), "family", "code", "pk")


def supporters(participant_id: UUID) -> QuerySet[Supporter]:
    """Family and others the person named, those still named first, by name."""
    rows = Supporter.objects.filter(participant_id=participant_id).select_related("membership")
    return rows.order_by(F("ended_at").asc(nulls_first=True), "name", "pk")
