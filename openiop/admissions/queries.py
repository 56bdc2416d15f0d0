"""Enquiries, assessments and what admission rests on, always inside the viewer's program."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from openiop.admissions import rules
from openiop.admissions.models import Assessment, Enquiry, EnquiryStep, HardStop, Rating, Referral
from openiop.admissions.reading.likeness import Known, Verdict, compare, known_by, known_from
from openiop.admissions.rules import Stage
from openiop.admissions.rules import doubles as pairs
from openiop.admissions.rules import referral as telling
from openiop.admissions.rules.matching import Earlier
from openiop.alerts.models import Alert
from openiop.alerts.rules import SAFETY
from openiop.audit.models import Event
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.models import Consent
from openiop.consents.rules import VARIANT_WORDS, Kind, Variant, in_force
from openiop.participants import queries as participants
from openiop.participants.models import Episode, Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Permission, Role
from openiop.questionnaires import queries as questionnaires

TWICE = timedelta(minutes=10)
ENDED = (Stage.ADMITTED, Stage.CLOSED)


# Enquiries


def enquiry_for(viewer: Membership, enquiry_id: UUID) -> Enquiry:
    """The enquiry, if it is of the viewer's program; else 404."""
    rows = Enquiry.objects.filter(pk=enquiry_id, program_id=viewer.program_id)
    row = rows.select_related(
        "program", "participant", "referral", "received_by", "contacted_by", "overridden_by", "chosen_with"
    ).first()
    if row is None:
        raise Http404
    return row


def just_received(program_id: UUID, name: str, phone: str, answers: dict[str, str], at: datetime) -> Enquiry | None:
    """The enquiry of the last ten minutes with the same name, phone and answers: the same form, sent twice."""
    recent = Enquiry.objects.filter(program_id=program_id, name=name, phone=phone, received_at__gt=at - TWICE)
    rows = recent.filter(received_at__lte=at).order_by("received_at", "pk")
    return next((row for row in rows if row.answers == answers), None)


def enquiries(program_id: UUID, *, ended: bool) -> QuerySet[Enquiry]:
    """Enquiries under way, longest waiting first; or those that ended, newest first."""
    rows = Enquiry.objects.filter(program_id=program_id).select_related("participant", "contacted_by")
    if ended:
        return rows.filter(status__in=ENDED).order_by("-received_at", "pk")
    return rows.exclude(status__in=ENDED).order_by("received_at", "pk")


def is_known_to_intake(participant_id: UUID) -> bool:
    """Whether the person is in care, or an enquiry of theirs is under way."""
    asked = Enquiry.objects.filter(participant_id=participant_id).exclude(status__in=ENDED)
    return asked.exists() or Episode.objects.open().filter(participant_id=participant_id).exists()


def begun_by(referral: Referral) -> Enquiry | None:
    """The enquiry under way of the person referred, or None."""
    if referral.participant_id is None:
        return None
    rows = Enquiry.objects.filter(participant_id=referral.participant_id)
    return rows.exclude(status__in=ENDED).order_by("received_at", "pk").first()


def dangers(rows: Iterable[Enquiry]) -> dict[UUID, list[str]]:
    """What is open and comes before any result, in words, for each enquiry it is true of: hard stops, danger alerts."""
    enquiries = list(rows)
    people = {row.participant_id for row in enquiries if row.participant_id is not None}
    said: dict[object, list[str]] = {}
    stops = HardStop.objects.filter(assessment__participant_id__in=people, closed_at__isnull=True)
    for person, code in stops.order_by("code", "pk").values_list("assessment__participant_id", "code"):
        said.setdefault(person, []).append(rules.STOPS[code].words)
    asked = Q(source="admissions.enquiry", source_id__in=[str(row.pk) for row in enquiries])
    open_alerts = Alert.objects.open().filter(Q(participant_id__in=people) | asked, kind__in=SAFETY)
    for alert in open_alerts.order_by("due_at", "pk"):
        said.setdefault(alert.participant_id or alert.source_id, []).append(alert.words)
    found = {row.pk: said.get(row.participant_id) or said.get(str(row.pk)) or [] for row in enquiries}
    return {key: list(dict.fromkeys(words)) for key, words in found.items() if words}


def stage_counts(program_id: UUID) -> dict[str, int]:
    """How many enquiries stand at each stage."""
    rows = Enquiry.objects.filter(program_id=program_id).order_by()
    return dict(rows.values_list("status").annotate(count=Count("pk")))


def referral_count(program_id: UUID) -> int:
    """How many referrals ever came in."""
    return Referral.objects.filter(program_id=program_id).count()


def held_referrals(program_id: UUID) -> int:
    """How many referrals wait for a person to decide."""
    return Referral.objects.filter(program_id=program_id, status=Referral.Status.HELD).count()


def steps(enquiry: Enquiry) -> QuerySet[EnquiryStep]:
    """What happened to the enquiry, newest first."""
    return enquiry.steps.select_related("by").order_by("-at", "-created_at", "pk")


@dataclass(frozen=True)
class Alike:
    """Someone already known who may be the person who asked, and why."""

    participant: Participant
    reasons: tuple[str, ...]


def alike(enquiry: Enquiry, *, name: str, birth_on: date | None = None, phone: str = "") -> list[Alike]:
    """People of the program who may be the same person, the most alike first: for a person to decide."""
    return alike_known(enquiry.program_id, known_by(name, born_on=birth_on, phone=phone))


# Assessments


def ratings(assessment_id: UUID) -> dict[int, Rating]:
    """The newest rating of each dimension rated so far."""
    rows = Rating.objects.filter(assessment_id=assessment_id).select_related("rated_by")
    return {row.dimension: row for row in rows.order_by("dimension", "version", "pk")}


def seen(rated: Mapping[int, Rating], open_stops: Collection[str]) -> str:
    """What a person deciding has before them, in one line, so that a stale page is noticed."""
    values = ",".join(f"{number}={rating.value}" for number, rating in sorted(rated.items()))
    return f"{values};{','.join(sorted(open_stops))}"


def last_decided(participant_id: UUID) -> Assessment | None:
    """The newest decided assessment of the person, with its decider; or None."""
    rows = Assessment.objects.filter(participant_id=participant_id, status=Assessment.Status.DECIDED)
    return rows.select_related("decided_by").order_by("-decided_at", "pk").first()


def draft(participant_id: UUID) -> Assessment | None:
    """The assessment being rated now, or None."""
    rows = Assessment.objects.filter(participant_id=participant_id, status=Assessment.Status.DRAFT)
    return rows.select_related("started_by", "safety_by", "previous").first()


def history(participant_id: UUID) -> QuerySet[Assessment]:
    """Every decided assessment of the person, newest first."""
    rows = Assessment.objects.filter(participant_id=participant_id, status=Assessment.Status.DECIDED)
    return rows.select_related("decided_by").order_by("-decided_at", "pk")


def assessment_of(participant_id: UUID, assessment_id: UUID) -> Assessment:
    """The person's assessment; else 404."""
    row = Assessment.objects.filter(pk=assessment_id, participant_id=participant_id).first()
    if row is None:
        raise Http404
    return row


def stops_of(participant_id: UUID) -> QuerySet[HardStop]:
    """Every hard stop ever found for the person, open ones first, then newest."""
    rows = HardStop.objects.filter(assessment__participant_id=participant_id).select_related("owner", "closed_by")
    return rows.order_by("closed_at", "-found_at", "code", "pk")


def open_stops(participant_id: UUID) -> QuerySet[HardStop]:
    """Hard stops of the person that nobody has closed in writing."""
    return stops_of(participant_id).filter(closed_at__isnull=True)


def stop_of(participant_id: UUID, stop_id: UUID) -> HardStop:
    """The person's hard stop; else 404."""
    row = HardStop.objects.filter(pk=stop_id, assessment__participant_id=participant_id).first()
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True)
class Line:
    """One dimension as the page shows it: what it is, how it is rated, and how it was."""

    dimension: rules.Dimension
    value: int | None
    evidence: str
    source: str
    was: int | None
    by: str

    @property
    def word(self) -> str:
        """The rating in a word."""
        return "Not rated" if self.value is None else rules.RATING_WORDS[self.value]

    @property
    def moved(self) -> str:
        """How it stands to last time."""
        if self.was is None or self.value is None:
            return "" if self.was is None else f"was {self.was}"
        return "same" if self.was == self.value else f"was {self.was}"


@dataclass(frozen=True)
class Board:
    """An assessment with its six lines, what they point to, and what would change that."""

    assessment: Assessment
    lines: tuple[Line, ...]
    open_stops: tuple[str, ...]
    suggestion: rules.Suggestion | None
    reasons: tuple[rules.Reason, ...]
    changes: tuple[rules.Change, ...]
    seen: str

    @property
    def shifts(self) -> list[tuple[str, str, str]]:
        """What would change it as (dimension, ratings, level), ratings with the same outcome in one line."""
        together: dict[tuple[int, str], list[int]] = {}
        for change in self.changes:
            together.setdefault((change.dimension, change.suggestion.text), []).append(change.value)
        return [
            (self.lines[dimension - 1].dimension.name, " or ".join(map(str, sorted(values))), text)
            for (dimension, text), values in together.items()
        ]

    @property
    def rated(self) -> int:
        """How many dimensions are rated."""
        return sum(line.value is not None for line in self.lines)

    @property
    def unrated(self) -> list[str]:
        """The dimensions still to rate, by name."""
        return [line.dimension.name for line in self.lines if line.value is None]


def board(assessment: Assessment) -> Board:
    """Everything the placement page says about one assessment, in three reads."""
    rated = ratings(assessment.pk)
    before = {n: row.value for n, row in (ratings(assessment.previous_id) if assessment.previous_id else {}).items()}
    stops = tuple(open_stops(assessment.participant_id).values_list("code", flat=True))
    lines = []
    for one in rules.DIMENSIONS:
        row = rated.get(one.number)
        lines.append(
            Line(
                dimension=one,
                value=row.value if row else None,
                evidence=row.evidence if row else "",
                source=row.source if row else "interview",
                was=before.get(one.number),
                by=row.rated_by.label if row else "",
            )
        )
    values = [line.value for line in lines if line.value is not None]
    full = len(values) == len(rules.DIMENSIONS)
    suggestion = rules.suggest(values, stops) if full else None
    return Board(
        assessment=assessment,
        lines=tuple(lines),
        open_stops=stops,
        suggestion=suggestion,
        reasons=tuple(rules.because(values, before)) if suggestion else (),
        changes=tuple(rules.changes(values)) if suggestion else (),
        seen=seen(rated, stops),
    )


@dataclass(frozen=True)
class Waiting:
    """One person on the placement list: why they stand there, how far it is, and by when."""

    participant: Participant
    kind: str
    rated: int
    stops: int
    level: str
    since: datetime | None
    due_on: date | None


def waiting(program_id: UUID, today: date, until: date) -> list[Waiting]:
    """Who is being rated, who waits for admission, and whose review falls due, in two reads."""
    stops = Count("stops", filter=Q(stops__closed_at__isnull=True), distinct=True)
    rated = Count("ratings__dimension", distinct=True)
    newest = Assessment.objects.filter(participant=OuterRef("participant")).order_by("-started_at", "pk").values("pk")
    rows = Assessment.objects.filter(participant__program_id=program_id, pk=Subquery(newest[:1]))
    rows = rows.select_related("participant", "episode").annotate(open_stops=stops, rated=rated)
    care = {
        episode.participant_id: episode
        for episode in participants.open_episodes(program_id).filter(review_on__lte=until)
    }
    in_care = set(participants.open_episodes(program_id).order_by().values_list("participant_id", flat=True))
    found = []
    drafts = set()
    for row in rows.order_by("started_at", "pk"):
        episode = care.get(row.participant_id)
        due = episode.review_on if episode else None
        if not row.decided:
            drafts.add(row.participant_id)
            found.append(Waiting(row.participant, "rating", row.rated, row.open_stops, "", row.started_at, due))
        elif row.participant_id not in in_care and row.episode_id is None:
            found.append(
                Waiting(row.participant, "decided", row.rated, row.open_stops, row.selected, row.decided_at, None)
            )
    for participant_id, episode in care.items():
        if participant_id not in drafts:
            found.append(Waiting(episode.participant, "review", 0, 0, episode.level, None, episode.review_on))
    return sorted(found, key=lambda one: (-one.stops, one.due_on or date.max, one.participant.number))


@dataclass(frozen=True)
class Measure:
    """The newest total of one questionnaire, as evidence beside the ratings."""

    name: str
    total: int
    before: int | None
    on: date


def measures(participant_id: UUID) -> list[Measure]:
    """The newest totals the person gave, for whoever rates."""
    found = []
    for code, instrument in questionnaires.instruments().items():
        if one := questionnaires.latest([participant_id], code).get(participant_id):
            found.append(Measure(instrument.name, one.total, one.previous, one.on))
    return found


# Admission


@dataclass(frozen=True)
class Readiness:
    """What admission rests on for one person, and what is missing."""

    assessment: Assessment | None
    missing: tuple[rules.Missing, ...]


def readiness(participant: Participant, at: datetime) -> Readiness:
    """Whether the person can be admitted now, with everything that stands in the way."""
    decided = last_decided(participant.pk)
    return Readiness(
        assessment=decided,
        missing=tuple(
            rules.missing_for_admission(
                decided=decided is not None,
                rating_again=draft(participant.pk) is not None,
                open_stops=open_stops(participant.pk).count(),
                level=decided.selected if decided else "",
                has_tpo=consents.has_tpo(participant.pk, at),
                in_care=Episode.objects.open().filter(participant=participant).exists(),
            )
        ),
    )


def counselors(program_id: UUID, on: date) -> list[Membership]:
    """Who may be a primary counselor on the day, by name."""
    return list(programs.staff(program_id, on, Role.COUNSELOR, Role.SUPERVISOR))


def team_choices(program_id: UUID, on: date) -> list[Membership]:
    """Who may stand on a care team on the day, by name."""
    roles = (Role.COUNSELOR, Role.SUPERVISOR, Role.PRESCRIBER, Role.NURSE, Role.PEER)
    return list(programs.staff(program_id, on, *roles))


def days_ahead(program_id: UUID, on: date) -> int:
    """How many days ahead a first day of care may lie."""
    return int(programs.policy_value(program_id, rules.AHEAD_POLICY, on, rules.AHEAD))


def review_days(program_id: UUID, on: date) -> dict[str, int] | None:
    """The program's own days until a first review, by level; None where it set none."""
    value: dict[str, int] | None = programs.policy_value(program_id, "first-review-days", on, None)
    return value


def today(viewer: Membership, at: datetime) -> date:
    """The local day at the viewer's program."""
    return local_day(at, viewer.program.zone)


# Referrals


def _reads(person: Participant) -> Known:
    """What to compare of a record as it reads now."""
    return known_by(
        person.legal_name,
        preferred_name=person.preferred_name,
        born_on=person.birth_on,
        postal_code=person.postal_code,
        phone=person.phone,
    )


def alike_known(program_id: UUID, asked: Known) -> list[Alike]:
    """People of the program who may be the person asked about, the most alike first.

    Each is compared as their record reads now, and as every referral joined to it told of them.
    """
    told = _told_of(Referral.objects.filter(program_id=program_id))
    found = []
    for person in participants.people(program_id).order_by("number", "pk"):
        sides = [compare(asked, side) for side in (_reads(person), *told.get(person.pk, ()))]
        sides = [side for side in sides if side.verdict is not Verdict.DIFFERENT]
        if sides:
            best = max(sides, key=lambda side: (side.verdict is Verdict.SAME, side.weight))
            found.append(((best.verdict is Verdict.SAME, best.weight), Alike(person, best.reasons)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def candidates(referral: Referral) -> list[Alike]:
    """Who a referral that waits may be, as the records read now, the most alike first."""
    found = alike_known(referral.program_id, known_from(referral.person))
    if referral.likely is not None and referral.likely not in [one.participant for one in found]:
        found.append(Alike(referral.likely, tuple(referral.likely_reasons)))
    return found


def earlier_referrals(program_id: UUID, source_system: str, source_id: str) -> list[Earlier]:
    """What came before under the sender's number, newest first; nothing where the sender does not say who it is."""
    if source_system == "unknown":
        return []
    rows = Referral.objects.filter(program_id=program_id, source_system=source_system, source_id=source_id)
    return [
        Earlier(
            told=known_from(row.person),
            record=row.participant,
            reads=_reads(row.participant) if row.participant else None,
        )
        for row in rows.select_related("participant").order_by("-received_at", "pk")
    ]


def sole_source_of(referral: Referral) -> set[tuple[str, str]]:
    """Conditions (system, code) that this referral told of and no other referral joined to the same record did."""
    others = Referral.objects.filter(participant=referral.participant, status=Referral.Status.TAKEN).exclude(
        pk=referral.pk
    )
    also = {(found.system, found.code) for row in others for found in telling.problems_of(row.facts)}
    return {(found.system, found.code) for found in telling.problems_of(referral.facts)} - also


def referrals(program_id: UUID, *, waiting: bool) -> QuerySet[Referral]:
    """Referrals waiting for a decision, oldest first; or the last two hundred decided, newest first."""
    rows = Referral.objects.filter(program_id=program_id).select_related("participant", "likely", "received_by")
    if waiting:
        return rows.filter(status=Referral.Status.HELD).order_by("received_at", "pk")
    return rows.exclude(status=Referral.Status.HELD).order_by("-received_at", "pk")[:200]


def referral_for(viewer: Membership, referral_id: UUID, at: datetime) -> Referral:
    """The referral, if it is of the viewer's program and they may read referral records; else 404 or 403."""
    rows = Referral.objects.filter(pk=referral_id, program_id=viewer.program_id)
    also = ("program", "participant", "likely", "received_by", "decided_by", "taken_from", "taken_back_by")
    row = rows.select_related(*also).first()
    if row is None:
        raise Http404
    if row.participant_id is not None:
        consents.open_record(viewer, row.participant_id, Kind.REFERRAL, at, Permission.IMPORT_REFERRALS)
    return row


# --- records that may be one person -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Double:
    """Two records that may be one person, what is alike, and how much agrees."""

    one: Participant
    other: Participant
    reasons: tuple[str, ...]
    weight: int
    sure: bool


def _record_of(person: Participant, told: Iterable[Known]) -> pairs.Record:
    return pairs.Record(person.pk, (_reads(person), *told), person.email)


def _told_of(rows: QuerySet[Referral]) -> dict[UUID, list[Known]]:
    """What referrals joined to records told of their people."""
    found: dict[UUID, list[Known]] = {}
    taken = rows.filter(status=Referral.Status.TAKEN, participant__isnull=False).order_by("received_at", "pk")
    for participant_id, kept in taken.values_list("participant_id", "person"):
        found.setdefault(participant_id, []).append(known_from(kept))
    return found


def doubles(program_id: UUID) -> list[Double]:
    """Pairs of records that may be one person, the most alike first; three queries for any number of people."""
    people = {person.pk: person for person in participants.people(program_id).order_by("number", "pk")}
    told = _told_of(Referral.objects.filter(program_id=program_id))
    records = [_record_of(person, told.get(person.pk, ())) for person in people.values()]
    return [
        Double(people[pair.one], people[pair.other], pair.reasons, pair.weight, pair.sure)  # type: ignore[index]
        for pair in pairs.doubles(records, participants.two_people(program_id))
    ]


def signs_of(one: Participant, other: Participant) -> tuple[str, ...]:
    """What is alike in these two records, in sentences without anyone's data."""
    told = _told_of(Referral.objects.filter(participant__in=[one, other]))
    return pairs.alike(_record_of(one, told.get(one.pk, ())), _record_of(other, told.get(other.pk, ()))).reasons


def consent_conflicts(one_id: UUID, other_id: UUID, at: datetime) -> list[str]:
    """Consents in force on both records, of one form and for one receiver, that say different things."""
    held: dict[UUID, dict[tuple[str, str], Consent]] = {one_id: {}, other_id: {}}
    for row in Consent.objects.filter(participant_id__in=held).order_by("signed_at", "pk"):
        if in_force(row.terms(), at):
            held[row.participant_id][(row.variant, row.recipient.casefold())] = row
    both = held[one_id].keys() & held[other_id].keys()
    return [
        VARIANT_WORDS[Variant(key[0])].lower()
        for key in sorted(both)
        if (set(held[one_id][key].kinds), held[one_id][key].expires_at)
        != (set(held[other_id][key].kinds), held[other_id][key].expires_at)
    ]


@dataclass(frozen=True)
class Holds:
    """How much one record holds, in plain counts."""

    stays: int
    open_stay: bool
    diagnoses: int
    consents: int
    referrals: int
    assessments: int


def held_by(participant_id: UUID) -> Holds:
    """What a record holds; five queries."""
    stays = list(Episode.objects.filter(participant_id=participant_id).values_list("ended_on", flat=True))
    return Holds(
        stays=len(stays),
        open_stay=None in stays,
        diagnoses=participants.active_diagnoses(participant_id).count(),
        consents=Consent.objects.filter(participant_id=participant_id, status=Consent.Status.ACTIVE).count(),
        referrals=Referral.objects.filter(participant_id=participant_id).count(),
        assessments=Assessment.objects.filter(participant_id=participant_id).count(),
    )


def written_between(participant_id: UUID, since: datetime, until: datetime) -> list[tuple[str, int]]:
    """What was written on a record in that time, by the name of what happened, with how often; one query."""
    rows = Event.objects.about_person(participant_id).filter(at__gt=since, at__lte=until)
    rows = rows.exclude(what__in=("chart.opened", "record.opened-own", "referral.opened", "record.merged"))
    counted = rows.exclude(what="record.parted").values("what").annotate(times=Count("pk")).order_by("what")
    return [(row["what"].replace(".", ": ").replace("-", " "), row["times"]) for row in counted]
