"""People and their care, always inside one program."""

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from openiop.participants import rules
from openiop.participants.models import Diagnosis, Episode, LevelOfCare, Merge, NotSame, Participant, Supporter
from openiop.participants.rules import ADDICTION, Family
from openiop.programs.models import Membership


def people(program_id: UUID) -> QuerySet[Participant]:
    """Everyone known to the program who was not merged into another record."""
    return Participant.objects.filter(program_id=program_id, merged_into__isnull=True)


def absorbed_by(participant_id: UUID) -> list[Participant]:
    """Records that are read together with this one, by number; one query."""
    return list(Participant.objects.filter(merged_into_id=participant_id).order_by("number", "pk"))


def ids_together(participant_id: UUID) -> list[UUID]:
    """The ids of this record and of those read with it; one query.

    Only for staff and for the person themselves: a consent covers the record it was signed on, and nothing of another.
    """
    return [participant_id, *(one.pk for one in absorbed_by(participant_id))]


def merges(program_id: UUID) -> QuerySet[Merge]:
    """Every merge of the program, those in force first, then the newest."""
    rows = Merge.objects.filter(kept__program_id=program_id).select_related("kept", "absorbed", "by", "undone_by")
    return rows.order_by(F("undone_at").desc(nulls_first=True), "-at", "pk")


def merge_for(viewer: Membership, merge_id: UUID) -> Merge:
    """The merge, in the viewer's own program; 404 for everyone else."""
    row = merges(viewer.program_id).select_related("kept__program", "absorbed", "by", "undone_by").filter(pk=merge_id)
    found = row.first()
    if found is None:
        raise Http404
    return found


def two_people(program_id: UUID) -> set[tuple[UUID, UUID]]:
    """Pairs that were looked at and are two people, the smaller id first."""
    rows = NotSame.objects.filter(one__program_id=program_id)
    return {(min(pair), max(pair)) for pair in rows.order_by().values_list("one_id", "other_id")}


def side_of(participant: Participant) -> rules.Side:
    """The record as the rules of merging need it; two queries."""
    return rules.Side(
        program_id=str(participant.program_id),
        number=participant.number,
        absorbed=participant.merged_into_id is not None,
        absorbs=Participant.objects.filter(merged_into=participant).exists(),
        in_care=Episode.objects.open().filter(participant=participant).exists(),
        signs_in=participant.membership_id is not None,
    )


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


def active_together(participant_ids: Iterable[UUID]) -> QuerySet[Diagnosis]:
    """Conditions active now in the records of one person that are read together, oldest first."""
    rows = Diagnosis.objects.filter(participant_id__in=list(participant_ids), ended_on__isnull=True)
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
