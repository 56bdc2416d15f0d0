"""The parts of a packet, each read from the room that keeps it, for the days asked and no wider than the receiver."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q

from openiop.admissions.models import Assessment, Rating, Referral
from openiop.attendance.models import Presence
from openiop.attendance.rules import AWAY_WORDS
from openiop.audit.models import Event
from openiop.base.rules import day_starts, local_day
from openiop.consents import queries as consents
from openiop.consents.rules import KIND_WORDS, Kind
from openiop.disclosures import queries as disclosures
from openiop.disclosures.rules import release
from openiop.notes.models import Addendum, PersonNote
from openiop.participants.models import Diagnosis, LevelOfCare, Participant
from openiop.participants.rules import LEVEL_WORDS, Level
from openiop.plans import queries as plans
from openiop.plans.models import Plan
from openiop.programs.models import Membership
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires.models import Response
from openiop.records.rules import CONTACT_WORDS, RELEASABLE, Section, contact_fields, is_told
from openiop.recovery.models import CheckIn
from openiop.schedule.models import Seat, Session

ROW = tuple[str, ...]


@dataclass(frozen=True)
class About:
    """Whose packet it is, for whom, and for which days."""

    participant: Participant
    receiver: str
    first: date | None
    last: date | None
    at: datetime

    @property
    def zone(self) -> str:
        """The program's zone."""
        return self.participant.program.zone

    @property
    def own(self) -> bool:
        """Whether it is the person's own copy."""
        return self.receiver == release.Receiver.SELF

    @property
    def told(self) -> bool:
        """Whether words that tell what this place is may stand in it."""
        return is_told(self.receiver)

    def day(self, at: datetime | None) -> str:
        """A local day in words; blank for none."""
        return release.day_words(local_day(at, self.zone)) if at else ""

    def clock(self, at: datetime | None) -> str:
        """A local time of day; blank for none."""
        return f"{at.astimezone(ZoneInfo(self.zone)):%I:%M %p}".lstrip("0") if at else ""

    def days(self, field: str) -> Q:
        """The days asked for, over a field that holds days."""
        found = Q(**{f"{field}__gte": self.first}) if self.first else Q()
        return found & Q(**{f"{field}__lte": self.last}) if self.last else found

    def instants(self, field: str) -> Q:
        """The days asked for, over a field that holds instants."""
        found = Q(**{f"{field}__gte": day_starts(self.first, self.zone)}) if self.first else Q()
        return (
            found & Q(**{f"{field}__lt": day_starts(self.last + timedelta(days=1), self.zone)}) if self.last else found
        )


def _on(day: date | None) -> str:
    return release.day_words(day) if day else ""


def _contact(about: About) -> Section:
    rows = []
    for name in contact_fields(about.receiver):
        value = getattr(about.participant, name)
        if value:
            rows.append((CONTACT_WORDS[name], _on(value) if isinstance(value, date) else str(value)))
    return _section(Kind.CONTACT, ("What", "On record"), rows)


def _diagnoses(about: About) -> Section:
    found = Diagnosis.objects.filter(participant=about.participant).order_by("recorded_at", "code", "pk")
    rows = [(one.code, one.words, about.day(one.recorded_at), _on(one.ended_on)) for one in found]
    return _section(Kind.DIAGNOSES, ("ICD-10-CM", "Condition", "Recorded", "Ended"), rows)


def _placement(about: About) -> Section:
    levels = LevelOfCare.objects.filter(episode__participant=about.participant).select_related("decided_by")
    rows = [
        (
            _on(one.from_on),
            f"Level {one.level}, {LEVEL_WORDS[Level(one.level)].lower()}",
            one.words,
            one.decided_by.label,
        )
        for one in levels.order_by("from_on", "pk")
    ]
    ratings = Prefetch("ratings", Rating.objects.order_by("dimension", "version", "pk"))
    decided = Assessment.objects.filter(participant=about.participant, status=Assessment.Status.DECIDED)
    for one in decided.select_related("decided_by").prefetch_related(ratings).order_by("decided_at", "pk"):
        newest = {rating.dimension: rating for rating in one.ratings.all()}
        by = one.decided_by.label if one.decided_by else ""
        rows.append((about.day(one.decided_at), f"Assessment: level {one.selected}", one.words, by))
        rows += [("", f"Dimension {number}: {each.value}", each.evidence, "") for number, each in newest.items()]
    return _section(Kind.PLACEMENT, ("Day", "What", "Why", "By"), rows)


def _plan(about: About) -> Section:
    found = Plan.objects.filter(episode__participant=about.participant, status=Plan.Status.SIGNED)
    rows: list[ROW] = []
    for plan in found.order_by("-signed_at", "pk"):
        rows.append((f"Version {plan.version}, signed {about.day(plan.signed_at)}", plan.own_words, "", ""))
        for problem in plans.tree(plan).problems:
            for goal in problem.goals.all():
                for step in goal.objectives.all():
                    work = "; ".join(f"{one.words}, {one.frequency}" for one in step.interventions.all())
                    rows.append((problem.words, goal.words, f"{step.words} By {_on(step.target_on)}.", work))
    return _section(Kind.PLAN, ("Problem", "Goal", "Objective", "What is done"), rows)


def _attendance(about: About) -> Section:
    found = Presence.objects.filter(
        about.days("session__on"), episode__participant=about.participant, replaced_at__isnull=True
    )
    rows = [
        (
            _on(one.session.on),
            one.session.title if about.told else "Appointment",
            f"{about.clock(one.arrived_at)} to {about.clock(one.left_at)}" if one.here else "",
            f"{one.minutes} minutes" if one.here else AWAY_WORDS.get(one.away, one.away),
        )
        for one in found.select_related("session").order_by("session__starts_at", "pk")
    ]
    return _section(Kind.ATTENDANCE, ("Day", "What", "Time", "How long"), rows)


def _schedule(about: About) -> Section:
    found = Seat.objects.filter(
        about.days("session__on"),
        episode__participant=about.participant,
        dropped_at__isnull=True,
        session__status=Session.Status.PLANNED,
        session__starts_at__gt=about.at,
    )
    rows = [
        (
            _on(one.session.on),
            f"{about.clock(one.session.starts_at)} to {about.clock(one.session.ends_at)}",
            one.session.title if about.told else "Appointment",
        )
        for one in found.select_related("session").order_by("session__starts_at", "pk")
    ]
    return _section(Kind.SCHEDULE, ("Day", "Time", "What"), rows)


def _notes(about: About) -> Section:
    """Signed notes, each the person's own part; a draft is nobody's record yet, and nobody else's part is read."""
    later = Prefetch("addenda", Addendum.objects.select_related("signed_by").order_by("signed_at", "pk"))
    found = PersonNote.objects.filter(
        about.days("note__session__on"), episode__participant=about.participant, status=PersonNote.Status.SIGNED
    )
    rows: list[ROW] = []
    for one in found.select_related("note__session").prefetch_related(later).order_by("note__session__starts_at", "pk"):
        rows.append((_on(one.note.session.on), str(one.frozen_text.get("text", ""))))
        rows += [
            (about.day(more.signed_at), f"Added by {more.signed_by.label}: {more.words}") for more in one.addenda.all()
        ]
    return _section(Kind.NOTES, ("Day", "Note"), rows)


def _measures(about: About) -> Section:
    found = Response.objects.filter(
        about.instants("completed_at"), participant=about.participant, completed_at__isnull=False
    )
    known = questionnaires.instruments()
    rows = [
        (
            about.day(one.completed_at),
            known[one.instrument].name if one.instrument in known else one.instrument,
            "Incomplete, not scored" if one.total is None else str(one.total),
            one.band,
        )
        for one in found.order_by("completed_at", "instrument", "pk")
    ]
    return _section(Kind.MEASURES, ("Day", "Questionnaire", "Score", "Range"), rows)


def _check_ins(about: About) -> Section:
    found = CheckIn.objects.filter(about.days("on"), participant=about.participant).order_by("on", "pk")
    rows = [
        (
            _on(one.on),
            "" if one.mood is None else str(one.mood),
            "" if one.craving is None else str(one.craving),
            one.words if about.own or one.share_words else "",
        )
        for one in found
    ]
    return _section(Kind.CHECKINS, ("Day", "Mood, 0 to 10", "Craving, 0 to 10", "In their words"), rows)


def _consents(about: About) -> Section:
    rows = [
        (
            consents.held(one, about.zone, about.at).words,
            one.recipient,
            ", ".join(KIND_WORDS[Kind(kind)] for kind in one.kinds),
            about.day(one.signed_at),
            about.day(one.revoked_at or one.expires_at) or one.expires_when,
        )
        for one in consents.consents_of(about.participant.pk)
        if one.signed_at
    ]
    return _section(Kind.CONSENTS, ("Consent", "Receiver", "Covers", "Signed", "Ends or ended"), rows)


def _referral(about: About) -> Section:
    """What came from elsewhere, under its sender's name: it is theirs, and stays labelled so."""
    found = Referral.objects.filter(participant=about.participant, status=Referral.Status.TAKEN)
    rows = [
        (about.day(one.received_at), one.source_system, f"{len(one.facts)} entries, kept as received")
        for one in found.order_by("received_at", "pk")
    ]
    return _section(Kind.REFERRAL, ("Received", "Sender", "What"), rows)


def _section(kind: Kind, head: ROW, rows: Collection[ROW], title: str = "") -> Section:
    words = title or KIND_WORDS[kind]
    return Section(kind.value, words[:1].upper() + words[1:], head, tuple(rows))


PARTS: dict[Kind, Callable[[About], Section]] = {
    Kind.CONTACT: _contact,
    Kind.DIAGNOSES: _diagnoses,
    Kind.PLACEMENT: _placement,
    Kind.PLAN: _plan,
    Kind.ATTENDANCE: _attendance,
    Kind.SCHEDULE: _schedule,
    Kind.NOTES: _notes,
    Kind.MEASURES: _measures,
    Kind.CHECKINS: _check_ins,
    Kind.CONSENTS: _consents,
    Kind.REFERRAL: _referral,
}


def sections(about: About, kinds: Collection[str]) -> list[Section]:
    """The parts of these kinds in their order; kinds that no part is made of are left out."""
    found = [PARTS[kind](about) for kind in RELEASABLE if kind in kinds]
    if about.own and Kind.ACCESS_LOG in kinds:
        found += [_looks(about), _received(about)]
    return found


def _looks(about: About) -> Section:
    """Who opened the record, newest first; the person's own visits are left out."""
    rows = Event.objects.about_person(about.participant.pk).filter(what="chart.opened")
    rows = rows.exclude(by_id=str(about.participant.membership_id)).order_by("-at", "pk")
    events = list(rows.values_list("at", "by_id", "by_role", "facts"))
    names = {str(one.pk): one.label for one in Membership.objects.filter(pk__in={by for _, by, _, _ in events if by})}
    found = [
        (
            f"{about.day(at)}, {about.clock(at)}",
            names.get(by, "The program at work"),
            role.replace(",", ", "),
            ", ".join(_kind_words(facts.get("kinds") or [facts.get("kind", "")])),
        )
        for at, by, role, facts in events
    ]
    return _section(Kind.ACCESS_LOG, ("When", "Who", "As", "What"), found)


def _kind_words(kinds: Collection[str]) -> list[str]:
    return [KIND_WORDS.get(Kind(kind), "") if kind in set(Kind) else "the record" for kind in kinds]


def _received(about: About) -> Section:
    rows = [
        (about.day(one.made_at), one.recipient, one.address, one.description, one.purpose)
        for one in disclosures.accounting(about.participant.pk, about.at)
    ]
    head = ("Day", "Who received it", "Address", "What", "What for")
    return _section(Kind.ACCESS_LOG, head, rows, "Who received my information")
