"""Figures of a program that name nobody: one row a stay, and counts."""

from collections import Counter, defaultdict
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, Sum

from openiop.disclosures import queries as disclosures
from openiop.disclosures.rules import figures
from openiop.participants.models import Diagnosis, Episode
from openiop.participants.rules import LEVEL_WORDS, TEDS_REASONS, Level
from openiop.programs import queries as programs
from openiop.questionnaires.models import Response
from openiop.records.rules import COLUMNS, GENDERS, conditions_class


def _episodes(program_id: UUID) -> list[Episode]:
    rows = Episode.objects.filter(participant__program_id=program_id, participant__merged_into__isnull=True)
    here = Q(presences__replaced_at__isnull=True, presences__here=True)
    rows = rows.annotate(came=Count("presences", filter=here), minutes=Sum("presences__minutes", filter=here))
    return list(rows.select_related("participant").order_by("started_on", "pk"))


def _families(program_id: UUID) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = Diagnosis.objects.filter(participant__program_id=program_id)
    for person, family in rows.values_list("participant_id", "family"):
        found[person].add(family)
    return found


def _phq9(program_id: UUID) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    rows = Response.objects.filter(participant__program_id=program_id, instrument="phq9", total__isnull=False)
    for person, total in rows.order_by("completed_at", "pk").values_list("participant_id", "total"):
        found[person].append(total or 0)
    return found


def rows(program_id: UUID, today: date) -> tuple[tuple[str, ...], list[list[str]]]:
    """One row a stay, of years, classes and numbers alone; sorted by what they say, so that no order tells who."""
    sparse = disclosures.sparse_zips(today)
    families, scores = _families(program_id), _phq9(program_id)
    found = []
    for one in _episodes(program_id):
        person = one.participant
        line = scores.get(person.pk, [])
        found.append(
            [
                figures.year_of(one.started_on),
                figures.year_of(one.ended_on),
                figures.age_words(person.birth_on, one.started_on),
                figures.zip3(person.postal_code, sparse),
                person.gender if person.gender in GENDERS else "",
                one.level,
                conditions_class(families.get(person.pk, ())),
                str(one.came),  # type: ignore[attr-defined]
                str(round((one.minutes or 0) / 60)),  # type: ignore[attr-defined]
                str(line[0]) if line else "",
                str(line[-1]) if line else "",
                TEDS_REASONS.get(one.ended_reason, ""),
            ]
        )
    return COLUMNS, sorted(found)


def tables(program_id: UUID) -> dict[str, dict[str, int]]:
    """How many stays by level, by year, by conditions and by how they ended; every stay stands once in each table."""
    families = _families(program_id)
    found: dict[str, Counter[str]] = {
        name: Counter() for name in ("level", "year admitted", "conditions", "how it ended")
    }
    for one in _episodes(program_id):
        found["level"][LEVEL_WORDS[Level(one.level)]] += 1
        found["year admitted"][str(one.started_on.year)] += 1
        found["conditions"][conditions_class(families.get(one.participant_id, ()))] += 1
        found["how it ended"][TEDS_REASONS.get(one.ended_reason, "still in care")] += 1
    return {name: dict(sorted(cells.items())) for name, cells in found.items()}


def small(program_id: UUID, today: date) -> int:
    """The smallest count the program shows."""
    return int(programs.policy_value(program_id, "small-cells", today, figures.SMALL))
