"""Check-ins as the person and their care team need to see them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from openiop.alerts.models import Alert
from openiop.alerts.queries import about
from openiop.base.rules import Period, local_day
from openiop.participants import queries as participants
from openiop.participants.models import Episode
from openiop.programs import queries as programs
from openiop.recovery import rules
from openiop.recovery.models import CheckIn


@dataclass(frozen=True)
class Day:
    """One day of the series; None where nothing was said (a gap stays a gap)."""

    on: date
    mood: int | None = None
    craving: int | None = None
    safe: str = ""


def today(participant_id: UUID, on: date) -> CheckIn | None:
    """The check-in of that local day, or None."""
    return CheckIn.objects.filter(participant_id=participant_id, on=on).first()


def is_answered(row: CheckIn | None) -> bool:
    """Whether someone of staff has closed what this check-in said about safety; what is said after that is new."""
    if row is None or row.safe not in rules.UNSAFE:
        return False
    standing = about(row._meta.label_lower, row.pk, "unsafe-check-in")
    return standing is not None and standing.closed_at is not None


def series_for(participant_ids: Collection[UUID], days: Period) -> dict[UUID, list[Day]]:
    """One entry for each local day of the period for each person, oldest first; one query for any number of people."""
    until = days.until or days.first + timedelta(days=1)
    rows = CheckIn.objects.filter(participant_id__in=participant_ids, on__gte=days.first, on__lt=until)
    found = {
        (person, on): Day(on, mood, craving, safe)
        for person, on, mood, craving, safe in rows.values_list("participant_id", "on", "mood", "craving", "safe")
    }
    span = [days.first + timedelta(days=n) for n in range((until - days.first).days)]
    return {person: [found.get((person, on), Day(on)) for on in span] for person in participant_ids}


def series(participant_id: UUID, days: Period) -> list[Day]:
    """One entry for each local day of the period, oldest first."""
    return series_for([participant_id], days)[participant_id]


def week_before(participant_id: UUID, on: date) -> list[Day]:
    """Each of the seven days before, oldest first."""
    return series(participant_id, Period(on - timedelta(days=rules.MEDIAN_DAYS), on))


def silent(at: datetime) -> list[tuple[Episode, date]]:
    """People in care of every program who usually check in and have fallen silent, with their last day of check-ins.

    Those whose alert says so already are left out.
    """
    found = []
    for program in programs.all_programs():
        today = local_day(at, program.zone)
        first = today - timedelta(days=rules.LOOK_BACK)
        answered: dict[UUID, set[date]] = defaultdict(set)
        rows = CheckIn.objects.filter(participant__program=program, on__gte=first)
        for person, on in rows.values_list("participant_id", "on").order_by("pk"):
            answered[person].add(on)
        for episode in participants.open_episodes(program.pk):
            last = rules.silence(answered.get(episode.participant_id, ()), today)
            if last is not None and last >= episode.started_on:
                found.append((episode, last))
    told = set(
        Alert.objects.filter(
            kind="check-in-silence", source_id__in=[str(episode.pk) for episode, _ in found]
        ).values_list("source_id", "words")
        if found
        else []
    )
    return [row for row in found if (str(row[0].pk), rules.silence_words(row[1])) not in told]


def opioid(participant_id: UUID) -> bool:
    """Whether an opioid diagnosis (ICD-10-CM F11) is active."""
    return participants.active_diagnoses(participant_id).filter(code__startswith="F11").exists()


@dataclass(frozen=True)
class Shared:
    """A check-in as staff may read it: words only where the person shared them."""

    on: date
    mood: int | None
    craving: int | None
    safe: str
    sleep_hours: object
    use: str
    medication: str
    words: str


def shared(participant_id: UUID) -> list[Shared]:
    """The person's check-ins as their care team may read them, newest first; private words are not even loaded."""
    rows = CheckIn.objects.filter(participant_id=participant_id).order_by("-on", "pk")
    fields = ("on", "mood", "craving", "safe", "sleep_hours", "use", "medication")
    words = dict(rows.filter(share_words=True).values_list("on", "words"))
    return [Shared(**row, words=words.get(row["on"], "")) for row in rows.values(*fields)]


def check_ins(participant_id: UUID) -> QuerySet[CheckIn]:
    """All check-ins of one person, newest first; for the person alone."""
    return CheckIn.objects.filter(participant_id=participant_id).order_by("-on", "pk")
