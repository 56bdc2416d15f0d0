"""Alerts as their owners, and those who stand behind them, need to see them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import Http404
from django.urls import reverse

from openiop.alerts import rules
from openiop.alerts.models import Alert, AlertStep
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.rules import Kind, own_team_only
from openiop.participants import queries as participants
from openiop.participants.models import Episode, Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import STAFF, Permission, Role


def _loaded(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    ranks = [When(level=level, then=Value(rank)) for level, rank in rules.RANKS.items()]
    ranked = rows.annotate(rank=Case(*ranks, output_field=IntegerField()))
    return ranked.select_related("participant", "owner", "escalated_to", "program").order_by("rank", "due_at", "pk")


def open_in(program_id: UUID) -> QuerySet[Alert]:
    """Every open alert of the program, the most serious first, then the soonest due."""
    return _loaded(Alert.objects.open().filter(program_id=program_id))


def open_for(member: Membership) -> QuerySet[Alert]:
    """Open alerts the member owns, backs, or was escalated; the most serious first, then the soonest due."""
    mine = Q(owner=member) | Q(escalated_to=member) | Q(backup=member, escalated_at__isnull=False)
    return open_in(member.program_id).filter(mine)


def open_about(participant_id: UUID) -> QuerySet[Alert]:
    """Open alerts about one person, the most serious first, then the soonest due."""
    return _loaded(Alert.objects.open().filter(participant_id=participant_id))


def overdue(program_id: UUID, at: datetime) -> QuerySet[Alert]:
    """Open alerts of the program whose due time has passed."""
    return open_in(program_id).filter(due_at__lt=at)


def about(source: str, source_id: object, kind: str) -> Alert | None:
    """The alert a cause raised, or None."""
    return Alert.objects.filter(source=source, source_id=str(source_id), kind=kind).first()


def linked_to(link: str, kind: str) -> list[Alert]:
    """Alerts of the kind still open that lead to this address, oldest first."""
    return list(Alert.objects.filter(link=link, kind=kind, closed_at__isnull=True).order_by("raised_at", "pk"))


def alert_for(viewer: Membership, alert_id: UUID, at: datetime) -> Alert:
    """The alert, if it is this program's and the viewer may read alerts about the person; else 404 or 403."""
    alert = _loaded(Alert.objects.filter(pk=alert_id, program_id=viewer.program_id)).first()
    if alert is None:
        raise Http404
    if alert.participant_id is not None:
        consents.open_record(viewer, alert.participant_id, Kind.ALERTS, at, Permission.WORK_ALERTS)
    return alert


def owner_for(participant: Participant, at: datetime) -> Membership:
    """Who an alert about the person falls to: the primary counselor, else intake, else a supervisor."""
    episode = Episode.objects.open().filter(participant=participant).select_related("primary__program").first()
    return episode.primary if episode else duty(participant.program_id, at)


def duty(program_id: UUID, at: datetime) -> Membership:
    """Who answers for what has no counselor yet: intake first, then supervisors; a program without either is broken."""
    for role in (Role.INTAKE, Role.SUPERVISOR, Role.COUNSELOR):
        member = programs.staff(program_id, local_day(at, "UTC"), role).select_related("program").first()
        if member is not None:
            return member
    raise LookupError("This program has nobody to own an alert.")


def supervisor(program_id: UUID, at: datetime) -> Membership | None:
    """The first supervisor, who sees what is overdue."""
    return programs.staff(program_id, local_day(at, "UTC"), Role.SUPERVISOR).select_related("program").first()


def waiting_to_escalate(at: datetime) -> QuerySet[Alert]:
    """Overdue alerts of every program that nobody above their owner has seen yet."""
    rows = Alert.objects.overdue(at).filter(escalated_at__isnull=True)
    return rows.select_related("owner", "backup", "program").order_by("due_at", "pk")


@dataclass(frozen=True)
class Entry:
    """One alert as a list shows it: due time first, then who, what and why."""

    id: UUID
    tone: str
    word: str
    due: str
    left: str
    owner: str
    name: str
    participant_id: UUID | None
    says: str
    because: str
    act: str
    link: str
    overdue: bool
    danger: bool
    outreach: bool
    closed: bool

    def first(self, leads_to: Callable[[str], bool]) -> tuple[str, str]:
        """What to do first, and where; the same words lead to the same place on every list."""
        own = reverse("alerts:alert", args=[self.id])
        if self.closed:
            return "Open", own
        if self.danger:
            return "See what to do", own
        if self.outreach:
            return rules.CALL, f"{own}#call"
        return (self.act, self.link) if self.link and leads_to(self.link) else ("Open", own)


def entry(alert: Alert, viewer: Membership, at: datetime) -> Entry:
    """The alert as this viewer's list shows it, times in the program's zone."""
    zone = alert.program.zone
    person = alert.participant
    about = rules.ABOUT.get(alert.source)
    day = rules.day_words(alert.raised_at, zone)
    asked = f"{about} of {day}" if about else alert.program.name
    return Entry(
        id=alert.pk,
        tone=rules.TONES[alert.level],
        word=rules.TONE_WORDS[alert.level],
        due=rules.due_words(alert.due_at, at, zone),
        left=rules.left_words(alert.due_at, at, zone),
        owner="You" if alert.owner_id == viewer.pk else alert.owner.name,
        name=person.name if person else asked,
        participant_id=person.pk if person else None,
        says=alert.words,
        because=alert.why,
        act=rules.link_words(alert.kind, alert.link),
        link=alert.link,
        overdue=alert.closed_at is None and alert.due_at < at,
        danger=alert.kind in rules.SAFETY,
        outreach=person is not None and alert.kind in rules.OUTREACH,
        closed=alert.closed_at is not None,
    )


@dataclass(frozen=True)
class Contact:
    """Someone to call about a danger; `may_know` is what a consent in force lets them be told, empty for nothing."""

    name: str
    relation: str
    phone: str
    may_know: tuple[str, ...]


def phone(viewer: Membership, participant: Participant, at: datetime) -> str:
    """The person's number, where the guard lets the viewer's roles read how to reach them; else nothing."""
    opened = consents.ask(viewer, participant, Kind.CONTACT, at, Permission.WORK_ALERTS)
    return participant.phone if opened.shows("phone") else ""


def contacts(participant: Participant, at: datetime) -> list[Contact]:
    """Whom the person named to be called in an emergency. Without a consent in force no number is given.

    A call tells of the care itself (42 CFR 2.12(a)); the medical emergency of 42 CFR 2.51 is for medical personnel.
    """
    found = []
    for one in consents.sights(participant.pk, at):
        who, told = one.supporter, tuple(dict.fromkeys([*one.sees, *one.told]))
        if who.emergency or one.told:
            found.append(Contact(who.name, who.relation, who.phone if told else "", told))
    return found


def _readable(rows: QuerySet[Alert], viewer: Membership) -> QuerySet[Alert]:
    """Those about people the viewer may read about: a peer's own team, and no one else."""
    if not own_team_only(viewer.roles & STAFF):
        return rows
    return rows.filter(participant__in=participants.caseload(viewer).order_by().values("participant_id"))


def raised_by(kind: str, source: str, source_ids: Iterable[object]) -> list[tuple[Alert, AlertStep | None]]:
    """The alerts of one kind these causes raised, each with the last call made about it; two queries."""
    rows = Alert.objects.filter(kind=kind, source=source, source_id__in=[str(one) for one in source_ids])
    found = list(rows.select_related("owner").order_by("raised_at", "pk"))
    calls = AlertStep.objects.filter(alert__in=found, what__in=rules.CALLS).order_by("at", "created_at", "pk")
    last = {step.alert_id: step for step in calls}
    return [(alert, last.get(alert.pk)) for alert in found]


def due_for(owner: Membership, before: datetime) -> int:
    """How many open alerts of one owner are due before the instant."""
    return Alert.objects.open().filter(owner=owner, due_at__lt=before).count()


def shown(viewer: Membership, which: str, at: datetime, owner: Membership | None = None) -> list[Alert]:
    """The alerts of one list: mine, team, overdue or closed; at most 200, the most serious (or last closed) first.

    With an owner, that colleague's open ones.
    """
    if owner is not None:
        rows = open_in(viewer.program_id).filter(owner=owner)
    elif which == "team":
        rows = open_in(viewer.program_id)
    elif which == "overdue":
        rows = overdue(viewer.program_id, at)
    elif which == "closed":
        since = at - timedelta(days=14)
        done = Alert.objects.filter(program_id=viewer.program_id, closed_at__gte=since)
        rows = _loaded(done).order_by("-closed_at", "pk")
    else:
        rows = open_for(viewer)
    return list(_readable(rows, viewer)[:200])


def counts(viewer: Membership, at: datetime) -> dict[str, int]:
    """How many alerts each list holds."""
    open_ids = _readable(Alert.objects.open().filter(program_id=viewer.program_id), viewer)
    return {
        "mine": _readable(open_for(viewer), viewer).count(),
        "team": open_ids.count(),
        "overdue": open_ids.filter(due_at__lt=at).count(),
    }


def steps(alert: Alert) -> QuerySet[AlertStep]:
    """Everything that happened to the alert, newest first."""
    return AlertStep.objects.filter(alert=alert).select_related("by", "to").order_by("-at", "-created_at", "pk")
