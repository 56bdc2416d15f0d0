"""Notes as the session page, the chart and the worklists read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from openiop.alerts import queries as alerts
from openiop.alerts.rules import CALLS, OUTCOMES
from openiop.attendance import queries as attendance
from openiop.attendance.models import Presence
from openiop.attendance.queries import Row
from openiop.base.rules import local_day
from openiop.consents import queries as consents
from openiop.consents.queries import Opened
from openiop.consents.rules import Access, Kind, Label, opens_labelled
from openiop.curriculum.models import Topic
from openiop.notes import rules
from openiop.notes.models import Addendum, PersonNote, SessionNote, Tie
from openiop.plans import queries as plans
from openiop.plans.models import Objective
from openiop.plans.queries import ObjectiveRow
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Permission, Role
from openiop.schedule.models import Seat, Session


@dataclass(frozen=True)
class Person:
    """One person of the session: their presence, their part so far, and what it still lacks."""

    row: Row
    part: PersonNote | None
    ties: frozenset[UUID]
    objectives: tuple[ObjectiveRow, ...]
    lacks: list[str]
    outreach: str = ""  # of someone away without contact: who will call, or what came of it
    label: Label = Label.NONE
    kept: bool = False  # marked as sensitive, and not for this viewer

    @property
    def episode_id(self) -> UUID:
        """The episode the part belongs to."""
        return self.row.episode.pk

    @property
    def name(self) -> str:
        """The name they go by."""
        return self.row.participant.name

    @property
    def signed(self) -> bool:
        """Whether their note is signed."""
        return self.part is not None and self.part.status == PersonNote.Status.SIGNED

    @property
    def ready(self) -> bool:
        """Whether their note may be signed now."""
        return not self.signed and not self.lacks

    @property
    def revision(self) -> int:
        """The revision of their part that stands; 0 where none was written."""
        return self.part.revision if self.part else 0

    @property
    def corrected(self) -> bool:
        """Whether presence was corrected after the note was signed."""
        if not self.signed or self.part is None:
            return False
        return self.row.presence is None or self.row.presence.pk != self.part.presence_id


@dataclass(frozen=True)
class Unsigned:
    """One session whose notes are not all signed."""

    session: Session
    notes: int
    to_mark: int
    due_at: datetime
    overdue: bool


def session_note(session_id: UUID) -> SessionNote | None:
    """The group part as it stands, or None."""
    return SessionNote.objects.select_related("changed_by").filter(session_id=session_id).first()


def is_several(session: Session, rows: Iterable[Row]) -> bool:
    """Whether the session is a group: its notes have a shared part, and each person a part of their own."""
    return session.group_id is not None or len(list(rows)) > 1


ITEM = PersonNote._meta.label_lower


def _sensitive(viewer: Membership | None, session: Session, ids: list[UUID]) -> frozenset[UUID]:
    """Whose sensitive items open here: to those who lead the session all, else as the guard says."""
    if viewer is None or viewer.pk in {session.facilitator_id, session.co_facilitator_id}:
        return frozenset(ids)
    return consents.opens_sensitive(viewer, ids)


def people(session: Session, note: SessionNote | None, at: datetime, viewer: Membership | None = None) -> list[Person]:
    """Everyone on the roster with their part and what it lacks, by name; a fixed number of queries.

    `viewer`: who will see it; a part marked as sensitive is kept back from whoever neither leads nor treats. None: the
    program at work, which shows it to nobody.
    """
    rows = attendance.sheet(session)
    ids = [row.episode.pk for row in rows]
    parts: dict[UUID, PersonNote] = {}
    if note is not None:
        written = note.parts.select_related("changed_by", "signed_by").prefetch_related("ties").order_by("pk")
        parts = {part.episode_id: part for part in written}
    objectives = plans.active_objectives_of(ids)
    open_to = _sensitive(viewer, session, ids)
    marks = consents.labels(ITEM, [part.pk for part in parts.values()])
    aside = plans.sensitive_steps(ids) if len(open_to) < len(ids) else frozenset[UUID]()
    told = _outreach(session, rows)
    names = [row.participant.name for row in rows] + [row.participant.legal_name for row in rows]
    texts = {"topic": note.topic, "did": note.did, "mood": note.mood} if note else {}
    several = is_several(session, rows)
    faults = tuple(rules.why_not_shared(texts, names).values()) if several else ()
    shared = rules.Shared(did=note.did if note else "", several=several, faults=faults)
    found = []
    for row in rows:
        part = parts.get(row.episode.pk)
        ties = frozenset(tie.objective for tie in part.ties.all()) if part else frozenset()
        aims = tuple(objectives.get(row.episode.pk, []))
        signed = part is not None and part.status == PersonNote.Status.SIGNED
        facts = rules.Part(
            name=row.participant.name,
            marked=row.presence is not None,
            here=row.here,
            left=row.presence.left_at if row.presence else None,
            signed=signed,
            words=part.words if part else "",
            took_part=part.took_part if part else "",
            ties=len(ties),
            objectives=len(aims),
            others=tuple(other.participant.name for other in rows if other is not row),
        )
        lacks = [] if signed else rules.why_not_ready(facts, shared, at)
        label = marks.get(str(part.pk), Label.NONE) if part else Label.NONE
        kept = row.episode.pk not in open_to and (
            label is not Label.NONE or any(aim.thread in aside for aim in aims) or bool(ties & aside)
        )
        found.append(Person(row, part, ties, aims, lacks, told.get(row.episode.pk, ""), label, kept))
    return found


def _outreach(session: Session, rows: Iterable[Row]) -> dict[UUID, str]:
    """What came of an absence without contact, or who will call, for each it is true of; one day missed is one call."""
    away = {row.episode.pk: row for row in rows if row.away == Presence.Away.NO_CONTACT}
    if not away:
        return {}
    seats = dict(
        Seat.objects.filter(episode_id__in=away, session__on=session.on).order_by("pk").values_list("pk", "episode_id")
    )
    zone = session.program.zone
    found = {}
    for alert, call in alerts.raised_by("missed-session", "schedule.seat", seats):
        last = alert.closed_at or (call.at if call else None)
        found[seats[UUID(alert.source_id)]] = rules.outreach(
            caller=alert.owner.name.split()[0],
            ended=OUTCOMES.get(alert.outcome, ""),
            called=CALLS[call.what] if call else "",
            when=rules.moment(last, session.on, zone) if last else "",
        )
    return found


def content(session: Session, note: SessionNote, person: Person, *, several: bool) -> rules.Content:
    """What this person's note says as it stands; only for someone marked as here."""
    presence, part = person.row.presence, person.part
    assert presence is not None
    assert presence.arrived_at is not None
    assert presence.left_at is not None
    leaders = [session.facilitator, session.co_facilitator]
    return rules.Content(
        program=session.program.name,
        title=session.title,
        service=session.get_service_display(),
        on=f"{session.on:%A, %B} {session.on.day}, {session.on.year}",
        place=session.place.name,
        remote=presence.remote,
        led_by=tuple(leader.label for leader in leaders if leader),
        topic=note.topic,
        did=note.did,
        mood=note.mood if several else "",
        several=several,
        started=max(presence.arrived_at, session.starts_at),
        stopped=min(presence.left_at, session.ends_at),
        minutes=presence.minutes,
        zone=session.program.zone,
        objectives=tuple((str(aim.thread), aim.words) for aim in person.objectives if aim.thread in person.ties),
        took_part=part.took_part if part and several else "",
        words=part.words if part else "",
    )


def topics(program_id: UUID) -> list[str]:
    """Titles of the topics the program teaches, to choose from while writing."""
    rows = Topic.objects.filter(program_id=program_id, ended_on__isnull=True)
    return list(rows.order_by("title", "pk").values_list("title", flat=True))


def why_not_sign(session: Session, member: Membership) -> list[str]:
    """Why this member may not sign notes of the session; empty where they may."""
    return rules.why_not_sign(
        leads=member.pk in {session.facilitator_id, session.co_facilitator_id},
        supervises=Role.SUPERVISOR in member.roles,
        cancelled=session.status == Session.Status.CANCELLED,
    )


def last_for_objective(episode_id: UUID) -> dict[UUID, date]:
    """The local day of the last signed note for each objective, by its thread."""
    rows = Tie.objects.filter(part__episode_id=episode_id, part__status=PersonNote.Status.SIGNED)
    return dict(rows.values_list("objective").annotate(last=Max("part__note__session__on")).order_by("objective"))


def notes_of(episode_id: UUID | None) -> QuerySet[PersonNote]:
    """Signed notes and drafts of one episode with session and signer, newest session first; none where none began."""
    rows = PersonNote.objects.none() if episode_id is None else PersonNote.objects.filter(episode_id=episode_id)
    rows = rows.select_related("note__session__place", "presence", "signed_by", "changed_by")
    return rows.prefetch_related("ties", "addenda").order_by("-note__session__starts_at", "pk")


def kept_back(access: Access, notes: Iterable[PersonNote]) -> frozenset[UUID]:
    """Those of the notes that are marked as sensitive, or tie to something that is, and do not open to the viewer."""
    if opens_labelled(access):
        return frozenset()
    notes = list(notes)
    marked = consents.kept_back(access, ITEM, [note.pk for note in notes])
    aside = plans.sensitive_steps({note.episode_id for note in notes})
    return frozenset(
        note.pk for note in notes if str(note.pk) in marked or any(tie.objective in aside for tie in note.ties.all())
    )


def wrote(part: PersonNote, by: Membership) -> bool:
    """Whether the member wrote, signed or led what this part is about, so that they may mark it."""
    session = part.note.session
    return by.pk in {part.changed_by_id, part.signed_by_id, session.facilitator_id, session.co_facilitator_id}


def words_of_ties(notes: Iterable[PersonNote]) -> dict[UUID, str]:
    """The words of the objectives these notes tie to, by thread, as the newest plan version says them."""
    threads = {tie.objective for note in notes for tie in note.ties.all()}
    rows = Objective.objects.filter(thread__in=threads).order_by("goal__problem__plan__version", "pk")
    return dict(rows.values_list("thread", "words"))


def note_for(viewer: Membership, part_id: UUID, at: datetime) -> tuple[PersonNote, Opened]:
    """One person's note and the guard's answer; another program's is 404, a role that reads no notes gets 403."""
    addenda = Addendum.objects.select_related("signed_by").order_by("signed_at", "pk")
    rows = PersonNote.objects.select_related(
        "note__session__place", "note__session__program", "note__session__facilitator", "episode__participant",
        "presence", "signed_by",
    )  # fmt: skip
    part = rows.prefetch_related("ties", Prefetch("addenda", addenda)).filter(pk=part_id).first()
    if part is None or part.episode.participant.program_id != viewer.program_id:
        raise Http404
    return part, consents.open_record(viewer, part.episode.participant_id, Kind.NOTES, at, Permission.READ_NOTES)


def signed_part(session_id: UUID, episode_id: UUID | None) -> PersonNote | None:
    """The person's signed note of the session, or None."""
    if episode_id is None:
        return None
    rows = PersonNote.objects.filter(note__session_id=session_id, episode_id=episode_id)
    return rows.filter(status=PersonNote.Status.SIGNED).select_related("signed_by", "presence").first()


def alike(ready: Iterable[Person]) -> list[list[Person]]:
    """Those whose own texts are the same or nearly so, among the notes about to be signed."""
    people = {str(one.episode_id): one for one in ready if one.part is not None}
    texts = {key: one.part.words for key, one in people.items() if one.part is not None}
    return [[people[key] for key in group] for group in rules.similar(texts)]


def _unsigned(at: datetime, of: Q | None = None) -> QuerySet[Presence]:
    """Presences in force of sessions that are over, of people who were there, without a signed note; of late."""
    signed = PersonNote.objects.filter(
        note__session=OuterRef("session"), episode=OuterRef("episode"), status=PersonNote.Status.SIGNED
    )
    rows = Presence.objects.filter(
        ~Exists(signed), replaced_at__isnull=True, here=True, session__in=_held(at).filter(of or Q())
    )
    return rows.order_by()


def _held(at: datetime) -> QuerySet[Session]:
    """Sessions that are over and were not cancelled, as far back as lists look."""
    over = Session.objects.filter(ends_at__lte=at, ends_at__gt=at - rules.LOOK_BACK)
    return over.exclude(status=Session.Status.CANCELLED)


def sessions_to_sign(member: Membership, at: datetime) -> int:
    """How many sessions the member led are over and hold a note that waits to be signed; one query."""
    return _unsigned(at, _led(member)).values("session_id").distinct().count()


def _led(member: Membership) -> Q:
    return Q(facilitator=member) | Q(co_facilitator=member)


def unsigned_count(program_id: UUID, at: datetime) -> int:
    """How many notes of the program wait to be signed: people who were there, without a signed note."""
    return _unsigned(at, Q(program_id=program_id)).count()


def due_hours(program_id: UUID, on: date) -> int:
    """Hours after a session by which its notes are signed, by the policy in force on the day."""
    return int(programs.policy_value(program_id, rules.DUE_POLICY, on, rules.DUE_HOURS))


def unsigned_sessions(member: Membership, at: datetime) -> list[Unsigned]:
    """Sessions the member led that are over and hold an unsigned note or someone unmarked; the oldest first."""
    hours = due_hours(member.program_id, local_day(at, member.program.zone))
    waiting: dict[UUID, int] = {}
    mine = _unsigned(at, _led(member))
    for key in mine.order_by("pk").values_list("session_id", flat=True):
        waiting[key] = waiting.get(key, 0) + 1
    over = _held(at).filter(_led(member), status=Session.Status.PLANNED)
    unmarked = attendance.to_mark(over.order_by("pk").values_list("pk", flat=True))
    rows = Session.objects.filter(pk__in={*waiting, *unmarked}).select_related("place", "group__track")
    found = []
    for session in rows.order_by("starts_at", "pk"):
        due = rules.due_at(session.ends_at, hours)
        found.append(Unsigned(session, waiting.get(session.pk, 0), unmarked.get(session.pk, 0), due, due < at))
    return found


def sessions_overdue(at: datetime) -> list[tuple[Session, int]]:
    """Sessions of every program with notes unsigned past their due time, each with how many; oldest first."""
    counts: dict[UUID, int] = {}
    for key in _unsigned(at).order_by("pk").values_list("session_id", flat=True):
        counts[key] = counts.get(key, 0) + 1
    hours: dict[UUID, int] = {}
    found = []
    rows = Session.objects.filter(pk__in=list(counts)).select_related("program", "facilitator__program")
    for session in rows.order_by("ends_at", "pk"):
        if session.program_id not in hours:
            hours[session.program_id] = due_hours(session.program_id, local_day(at, session.program.zone))
        if rules.due_at(session.ends_at, hours[session.program_id]) < at:
            found.append((session, counts[session.pk]))
    return found
