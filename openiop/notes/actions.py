"""Writing, signing and adding to notes. What is signed is never changed again."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openiop.alerts import actions as alerts
from openiop.alerts import queries as open_alerts
from openiop.alerts import rules as alert_rules
from openiop.attendance import actions as attending
from openiop.attendance import queries as attendance
from openiop.attendance.models import Presence
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.notes import queries, rules
from openiop.notes.models import Addendum, PersonNote, SessionNote, Tie
from openiop.participants.models import Episode
from openiop.plans import queries as plans
from openiop.programs.models import Membership
from openiop.schedule.models import Session

OVERDUE = "note-overdue"
DISAGREE = "note-and-attendance"


class Stale(Refused):
    """Someone else wrote since the text was opened; `standing` is what they wrote."""

    def __init__(self, standing: SessionNote | PersonNote | None) -> None:
        super().__init__("This was changed since you opened it. Nothing is lost: both are below.")
        self.standing = standing


class Alike(Refused):
    """Own texts of several people are nearly the same, and the signer has not been asked about them."""


class Named(Refused):
    """A member is named where they may not be; `fields` has the sentence for each field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(list(fields.values()))
        self.fields = dict(fields)


@dataclass(frozen=True)
class NotReady:
    """One person whose note was not signed, and why; `away` needs none."""

    episode_id: UUID
    name: str
    reasons: tuple[str, ...]
    away: bool = False


@dataclass(frozen=True)
class SignResult:
    """What one signing signed and what it left."""

    signed: list[PersonNote]
    not_ready: list[NotReady]


def _locked(session: Session) -> Session:
    """The session as it stands; until the transaction ends nobody else writes or signs its notes."""
    rows = Session.objects.select_related("program", "place", "facilitator", "co_facilitator", "topic")
    return rows.select_for_update(of=("self",)).get(pk=session.pk)


def _note(session: Session, by: Membership, at: datetime) -> SessionNote:
    found = SessionNote.objects.filter(session=session).first()
    return found or SessionNote.objects.create(session=session, revision=0, changed_at=at, changed_by=by)


@transaction.atomic
def save_group_part(
    *, session: Session, topic: str, did: str, mood: str, revision: int, by: Membership, at: datetime
) -> SessionNote:
    """The group part stands as given. Words that name a member, and a stale revision, are refused and change nothing.

    `revision` is the one the writer had open, 0 for none. The same words again change nothing.
    """
    session = _locked(session)
    note = SessionNote.objects.filter(session=session).select_related("changed_by").first()
    given = {"topic": topic.strip()[:120], "did": did.strip(), "mood": mood.strip()}
    if note is not None and all(getattr(note, name) == value for name, value in given.items()):
        return note
    if note is not None and note.frozen_at is not None:
        raise Refused("A note with this group part is signed, so it stays as it is. Write an addendum instead.")
    if revision != (note.revision if note else 0):
        raise Stale(note)
    rows = attendance.sheet(session)
    names = [name for row in rows for name in (row.participant.name, row.participant.legal_name)]
    if queries.is_several(session, rows) and (faults := rules.why_not_shared(given, names)):
        raise Named(faults)
    note = note or _note(session, by, at)
    note.topic, note.did, note.mood = given["topic"], given["did"], given["mood"]
    note.revision, note.changed_at, note.changed_by = note.revision + 1, at, by
    note.save(update_fields=["topic", "did", "mood", "revision", "changed_at", "changed_by"])
    audit.record(what="note.group-part-saved", about=note, by=by, at=at, session=session.pk, revision=note.revision)
    return note


@dataclass(frozen=True)
class Given:
    """One person's own part as typed; `revision` is the one the writer had open, 0 for none."""

    episode: Episode
    objectives: Collection[UUID]
    took_part: str
    words: str
    revision: int = 0


@transaction.atomic
def save_part(
    *,
    session: Session,
    episode: Episode,
    objectives: Collection[UUID],
    took_part: str,
    words: str,
    revision: int,
    by: Membership,
    at: datetime,
) -> PersonNote:
    """One person's own part stands as given, tied to these objectives of their plan in force.

    A stale revision, another member's name, or an objective that is not theirs is refused and changes nothing.
    """
    given = Given(episode=episode, objectives=objectives, took_part=took_part, words=words, revision=revision)
    return save_parts(session=session, given=[given], by=by, at=at)[0]


@transaction.atomic
def save_parts(*, session: Session, given: Sequence[Given], by: Membership, at: datetime) -> list[PersonNote]:
    """Several people's own parts stand as given, all of them or none; each is held to what one alone is held to."""
    session = _locked(session)
    rows = attendance.sheet(session)
    ids = [one.episode.pk for one in given]
    kept = PersonNote.objects.filter(note__session=session, episode__in=ids)
    parts = {part.episode_id: part for part in kept.select_related("changed_by", "note").prefetch_related("ties")}
    steps = plans.active_objectives_of(ids)
    note: SessionNote | None = next((part.note for part in parts.values()), None)
    saved: list[PersonNote] = []
    ties: list[Tie] = []
    for one in given:
        theirs = {step.thread for step in steps.get(one.episode.pk, [])}
        part = _save_part(session, rows, note, parts.get(one.episode.pk), theirs, one, ties, by, at)
        note = note or part.note
        saved.append(part)
    Tie.objects.bulk_create(ties)
    return saved


def _save_part(
    session: Session,
    rows: list[attendance.Row],
    note: SessionNote | None,
    part: PersonNote | None,
    theirs: set[UUID],
    given: Given,
    ties: list[Tie],
    by: Membership,
    at: datetime,
) -> PersonNote:
    """The part as given is written; what it ties to newly is added to `ties`, for the caller to write."""
    mine = next((row for row in rows if row.episode.pk == given.episode.pk), None)
    if mine is None:
        raise Refused("They are not on this roster. Add them first.")
    wanted, words = set(given.objectives), given.words.strip()
    tied = {tie.objective for tie in part.ties.all()} if part else set()
    if part is not None and (part.took_part, part.words, tied) == (given.took_part, words, wanted):
        return part
    if part is not None and part.status == PersonNote.Status.SIGNED:
        raise Refused("This note is signed, so it stays as it is. Write an addendum instead.")
    if mine.away:
        raise Refused("They are marked away, so there is no note.")
    if given.revision != (part.revision if part else 0):
        raise Stale(part)
    if given.took_part and given.took_part not in rules.TOOK_PART:
        raise Refused("Choose listened, spoke or led.")
    others = [name for row in rows if row is not mine for name in (row.participant.name, row.participant.legal_name)]
    if faults := rules.why_not_own(words, f"{mine.participant.name} {mine.participant.legal_name}", others):
        raise Named({"words": faults[0]})
    if wanted - theirs:
        raise Refused("One of these objectives is no longer in their plan. Choose again.")
    if part is None:
        part = PersonNote(note=note or _note(session, by, at), episode=given.episode, revision=0)
    part.took_part, part.words = given.took_part, words
    part.revision, part.changed_at, part.changed_by = part.revision + 1, at, by
    part.save()
    if tied - wanted:
        part.ties.exclude(objective__in=wanted).delete()
    ties += [Tie(part=part, objective=thread) for thread in sorted(wanted - tied)]
    audit.record(
        what="note.part-saved",
        about=part,
        by=by,
        at=at,
        participant_id=given.episode.participant_id,
        session=session.pk,
        revision=part.revision,
    )
    return part


@transaction.atomic
def sign_parts(
    *,
    session: Session,
    by: Membership,
    at: datetime,
    seen: Mapping[UUID, int] | None = None,
    group_seen: int | None = None,
    asked: bool | None = None,
) -> SignResult:
    """Every note that is ready is signed and frozen; the rest is named with what it lacks. All or nothing.

    `seen` holds the revision of each part the signer read, by episode, and `group_seen` that of the group part: what
    changed since is not signed unread. A part someone signed a moment before is left as they signed it.
    `asked` says whether the signer was told of nearly equal texts; False refuses those, True leaves an event of them.
    """
    session = _locked(session)
    if reasons := queries.why_not_sign(session, by):
        raise Refused(reasons)
    note = queries.session_note(session.pk)
    people = queries.people(session, note, at)
    several = queries.is_several(session, [person.row for person in people])
    alike = queries.alike([person for person in people if person.ready]) if asked is not None else []
    if alike and not asked:
        raise Alike("Some of these notes say nearly the same. Look at them once more, then sign.")
    signed: list[PersonNote] = []
    left: list[NotReady] = []
    for person in people:
        if person.signed:
            continue
        reasons = list(person.lacks)
        if not reasons and note is not None:
            changed = seen is not None and seen.get(person.episode_id, 0) != person.revision
            if changed or (group_seen is not None and group_seen != note.revision):
                reasons = ["was changed since you opened the page: read it again"]
        if reasons or note is None or person.part is None:
            away = person.row.presence is not None and not person.row.here
            left.append(NotReady(person.episode_id, person.name, tuple(reasons), away))
            continue
        signed.append(_sign(session, note, person, several=several, by=by, at=at))
    if signed and alike and note is not None:
        audit.record(
            what="note.alike-signed", about=note, by=by, at=at, session=session.pk, groups=[len(one) for one in alike]
        )
    if signed and note is not None and note.frozen_at is None:
        SessionNote.objects.filter(pk=note.pk, frozen_at__isnull=True).update(frozen_at=at)
    if signed and all(one.away for one in left):
        overdue = open_alerts.about("schedule.session", session.pk, OVERDUE)
        if overdue is not None and overdue.closed_at is None:
            alerts.add_fact(alert=overdue, words="All notes of this session are signed now.", by=by, at=at)
    return SignResult(signed, left)


def _sign(
    session: Session, note: SessionNote, person: queries.Person, *, several: bool, by: Membership, at: datetime
) -> PersonNote:
    part, presence = person.part, person.row.presence
    assert part is not None  # readiness has said so
    assert presence is not None
    facts = queries.content(session, note, person, several=several)
    text = rules.frozen(facts, signer=by.label, signed=at)
    signed = {
        "status": PersonNote.Status.SIGNED,
        "signed_at": at,
        "signed_by": by,
        "presence": presence,
        "started_at": facts.started,
        "stopped_at": facts.stopped,
        "minutes": presence.minutes,
        "frozen_text": text,
    }
    PersonNote.objects.filter(pk=part.pk, status=PersonNote.Status.DRAFT).update(**signed)
    audit.record(
        what="note.signed",
        about=part,
        by=by,
        at=at,
        participant_id=person.row.participant.pk,
        session=session.pk,
        minutes=presence.minutes,
        digest=hashlib.sha256(json.dumps(text, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
    )
    for name, value in signed.items():
        setattr(part, name, value)
    return part


@transaction.atomic
def record_presence(
    *, session: Session, episode: Episode, why: str, by: Membership, at: datetime, **facts: Any
) -> Presence:
    """Presence stands as given. Beneath a signed note it changes only for a reason, and a task says both disagree."""
    part = queries.signed_part(session.pk, episode.pk)
    before = attendance.presence(session.pk, episode.pk)
    if part is not None and not facts.get("reason"):
        facts["reason"] = why
    row = attending.record_presence(session=session, episode=episode, by=by, at=at, **facts)
    if part is None or (before is not None and row.pk == before.pk):
        return row
    if reasons := rules.why_not_correct(signed=True, why=why):
        raise Refused(reasons)
    audit.record(
        what="presence.corrected-after-signing", about=row, by=by, at=at, participant_id=episode.participant_id,
        session=session.pk, part=part.pk, version=row.version,
    )  # fmt: skip
    assert part.signed_by is not None
    now = f"{row.minutes} minutes" if row.here else f"away, {row.get_away_display().lower()}"
    alerts.raise_alert(
        participant=episode.participant,
        program=session.program,
        kind=DISAGREE,
        level="admin",
        words=f"Note and attendance disagree: {session.title}, {session.on:%b} {session.on.day}.",
        why=f"Signed: {part.minutes} minutes. Attendance now: {now}. {why.strip()}"[:300],
        source=part,
        due_at=alert_rules.due_for("admin", at, session.program.zone),
        owner=part.signed_by,
        link=f"/notes/{part.pk}/",
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def take_back(*, session: Session, presence_id: UUID, by: Membership, at: datetime) -> int:
    """The mark is taken back, and with it those of the same tap; not one that a signed note rests on."""
    if PersonNote.objects.filter(presence=presence_id, status=PersonNote.Status.SIGNED).exists():
        raise Refused("Their note is signed on this mark. Change the mark instead, and say why.")
    return attending.undo(session=session, presence_id=presence_id, by=by, at=at)


@transaction.atomic
def mark_part(*, part: PersonNote, word: str, reason: str, by: Membership, at: datetime) -> None:
    """One person's note is marked as sensitive, or no longer, signed or not; the note itself stays as it is."""
    consents.label_item(
        item=part,
        item_id=part.pk,
        participant=part.episode.participant,
        word=word,
        reason=reason,
        author=queries.wrote(part, by),
        by=by,
        at=at,
    )


@transaction.atomic
def write_part(
    *,
    session: Session,
    episode: Episode,
    objectives: Collection[UUID],
    took_part: str,
    words: str,
    revision: int,
    label: str,
    reason: str,
    by: Membership,
    at: datetime,
) -> PersonNote:
    """One person's own part stands as given and marked as said, both or neither."""
    part = save_part(
        session=session,
        episode=episode,
        objectives=objectives,
        took_part=took_part,
        words=words,
        revision=revision,
        by=by,
        at=at,
    )
    mark_part(part=part, word=label, reason=reason, by=by, at=at)
    return part


@transaction.atomic
def add_addendum(*, part: PersonNote, words: str, by: Membership, at: datetime) -> Addendum:
    """Dated words stand under the signed note, which stays as it was. The same words sent twice stand once."""
    part = PersonNote.objects.select_for_update().get(pk=part.pk)
    words = words.strip()
    if reasons := rules.why_not_add(signed=part.status == PersonNote.Status.SIGNED, words=words):
        raise Refused(reasons)
    rows = attendance.sheet(part.note.session)
    mine = next((row.participant for row in rows if row.episode.pk == part.episode_id), part.episode.participant)
    others = [row.participant.name for row in rows if row.participant.pk != mine.pk]
    if faults := rules.why_not_own(words, f"{mine.name} {mine.legal_name}", others):
        raise Refused(faults)
    last = part.addenda.order_by("-signed_at", "-pk").first()
    if last is not None and last.words == words and last.signed_by_id == by.pk:
        return last
    row = Addendum.objects.create(part=part, words=words, signed_at=at, signed_by=by)
    task = open_alerts.about("notes.personnote", part.pk, DISAGREE)
    if task is not None and task.closed_at is None:
        alerts.close(alert=task, outcome="task-done", words="An addendum was signed.", by=by, at=at)
    audit.record(
        what="note.addendum-signed", about=row, by=by, at=at, participant_id=part.episode.participant_id, part=part.pk
    )
    return row


@transaction.atomic
def raise_overdue(*, session: Session, by: Membership | None, at: datetime) -> None:
    """An admin alert stands for the session's unsigned notes, owned by whoever led it; one for each session."""
    alerts.raise_alert(
        participant=None,
        program=session.program,
        kind=OVERDUE,
        level="admin",
        words=f"Notes are not signed: {session.title}, {session.on:%b} {session.on.day}.",
        why="Their due time has passed (program policy).",
        source=session,
        due_at=alert_rules.due_for("admin", at, session.program.zone),
        owner=session.facilitator,
        link=f"/sessions/{session.pk}/",
        by=by,
        at=at,
    )
