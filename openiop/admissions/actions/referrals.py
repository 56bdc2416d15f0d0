"""Taking in a referral: once, whole or not at all, and a likely double only after a person decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from openiop.admissions import queries, reading
from openiop.admissions.actions.enquiries import begin_from_referral, close_enquiry
from openiop.admissions.models import Referral
from openiop.admissions.rules import matching
from openiop.admissions.rules import referral as rules
from openiop.alerts import actions as alerts
from openiop.alerts import queries as duty
from openiop.alerts.models import Alert
from openiop.alerts.rules import due_for, may_end
from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants import actions as participants
from openiop.participants.models import Diagnosis, Participant
from openiop.programs.models import Membership, Program


def _alert(
    referral: Referral,
    participant: Participant | None,
    kind: str,
    level: str,
    words: str,
    why: str,
    at: datetime,
    source: Referral | Event | None = None,
) -> None:
    program = referral.program
    owner = duty.owner_for(participant, at) if participant else duty.duty(program.pk, at)
    alerts.raise_alert(
        participant=participant,
        program=program,
        kind=kind,
        level=level,
        words=words,
        why=why,
        source=source or referral,
        due_at=due_for(level, at, program.zone),
        owner=owner,
        backup=duty.supervisor(program.pk, at),
        link=_address(referral),
        at=at,
    )


def _address(referral: Referral) -> str:
    return f"/intake/referrals/{referral.pk}/"


class Unreadable(Refused):
    """A file that is no referral we can read: which file, where in it (a JSON pointer or a line), and why."""

    def __init__(self, why: reading.Unreadable) -> None:
        self.file = why.file
        self.where = why.pointer or (f"line {why.line}" if why.line else "the file")
        super().__init__(why.sentence)


@dataclass(frozen=True)
class Imported:
    """What became of the people in what was read, and the report on every entry."""

    rows: list[Referral]
    used: int
    left: int
    sentences: list[str]


@transaction.atomic
def import_referrals(
    *, program: Program, files: Mapping[str, bytes], by: Membership, at: datetime, together: bool = False
) -> Imported:
    """Everyone in one file (or in the files of one export) is taken in or held, once; a broken file leaves nothing."""
    try:
        if together:
            read = reading.read_export(files)
        else:
            [(name, data)] = files.items()
            read = reading.read(name, data, several=True)
    except reading.Unreadable as why:
        raise Unreadable(why) from why
    report = rules.without_files(reading.plain_report(read.report))
    rows = [_import(program, person, report, by, at) for person in read.people]
    return Imported(rows=rows, used=read.report.used, left=read.report.left, sentences=read.report.sentences())


def _import(program: Program, person: reading.Person, report: dict[str, Any], by: Membership, at: datetime) -> Referral:
    mark: dict[str, Any] = {
        "program": program,
        "source_system": person.source_system[:200],
        "source_id": person.source_id[:120],
        "digest": reading.digest(person),
    }
    Program.objects.select_for_update().get(pk=program.pk)  # two imports of one file never both take it in
    if again := Referral.objects.filter(**mark).first():
        return again
    asked = reading.known(person)
    likely = queries.alike_known(program.pk, asked)
    found = matching.joining(
        asked,
        earlier=queries.earlier_referrals(program.pk, mark["source_system"], mark["source_id"]),
        alike=[(one.participant, one.reasons) for one in likely],
    )
    held_for = list(found.held_for)
    held_for += rules.why_held(deceased=person.deceased, born_on=person.born_on, today=local_day(at, program.zone))
    looked_at = found.look_at if found.look_at is not None else found.record if held_for else None
    assert looked_at is None or isinstance(looked_at, Participant)
    referral = Referral.objects.create(
        **mark,
        status=Referral.Status.HELD if held_for else Referral.Status.TAKEN,
        likely=looked_at,
        likely_reasons=held_for,
        received_at=at,
        received_by=by,
        person=rules.without_files(reading.plain_person(person)),
        facts=rules.without_files(reading.plain_facts(person)),
        report=report,
    )
    _record("referral.received", referral, by, at, status=referral.status)
    if held_for:
        words = "A referral waits: is this someone we know?" if looked_at else "A referral waits for a decision"
        _alert(referral, None, "referral-held", "admin", words, " ".join(held_for)[:300], at)
    else:
        assert found.record is None or isinstance(found.record, Participant)
        _take_in(referral, found.record, by, at)
    return referral


def _take_in(referral: Referral, known: Participant | None, by: Membership, at: datetime) -> Participant:
    """The referral is this person's: theirs already, or a new record with what the sender told of them."""
    fields = rules.fields_of(referral.person)
    person = known or participants.register_participant(program=referral.program, by=by, at=at, **fields)
    referral.participant, referral.status = person, Referral.Status.TAKEN
    referral.save(update_fields=["participant", "status"])
    active = set(Diagnosis.objects.filter(participant=person, ended_on__isnull=True).values_list("system", "code"))
    for problem in rules.problems_of(referral.facts):
        if (problem.system, problem.code) in active:
            continue
        active.add((problem.system, problem.code))
        participants.add_diagnosis(
            participant=person,
            code=problem.code,
            words=problem.words,
            family=problem.family,
            system=problem.system,
            source="referral",
            onset_on=problem.onset_on,
            by=by,
            at=at,
        )
    taken_in = _record("referral.taken-in", referral, by, at)
    _watch_item_9(referral, person, taken_in, at)
    begin_from_referral(referral=referral, participant=person, by=by, at=at)
    return person


def _watch_item_9(referral: Referral, person: Participant, taken_in: Event, at: datetime) -> None:
    """A sender's fresh PHQ-9 item 9 above zero is answered like one of our own, also on the record it is moved to.

    The alert it raised before is about another record, or was ended as an error: each move is a cause of its own.
    """
    level = rules.danger(referral.facts, local_day(at, referral.program.zone))
    if level:
        on = rules.item_9(referral.facts)[1]
        assert on is not None
        moved = referral.taken_back_at is not None
        words = "PHQ-9 item 9 above zero, in " + ("a referral moved to this record" if moved else "the referral")
        why = f"Answered {on:%b} {on.day} at the sender’s."
        _alert(referral, person, "phq9-item9", level, words, why, at, source=taken_in if moved else referral)


@transaction.atomic
def decide_referral(
    *,
    referral: Referral,
    decision: str,
    words: str,
    by: Membership,
    at: datetime,
    same_as: Participant | None = None,
) -> Referral:
    """A held referral is this known person's (`same_as`, else the likely one), a new person's, or set aside; once."""
    referral = Referral.objects.select_for_update(of=("self",)).select_related("program", "likely").get(pk=referral.pk)
    if referral.status != Referral.Status.HELD:
        raise Refused("Someone decided this referral already.")
    if decision not in rules.DECISIONS:
        raise Refused("Choose what this referral is.")
    same_as = same_as or referral.likely
    if decision == "same" and same_as is None:
        raise Refused("There is no known person to join it to.")
    if same_as is not None and same_as.program_id != referral.program_id:
        raise Refused("Choose someone of this program.")
    if decision == "set-aside" and not words.strip():
        raise Refused("Say why it is set aside.")
    referral.decided_at, referral.decided_by, referral.decision = at, by, decision
    if decision == "set-aside":
        referral.status = Referral.Status.DISCARDED
    else:
        _take_in(referral, same_as if decision == "same" else None, by, at)
    referral.save(update_fields=["decided_at", "decided_by", "decision", "status"])
    _record("referral.decided", referral, by, at, decision=decision)
    _close(referral, "referral-held", "task-done", words.strip() or rules.DECISIONS[decision], by, at)
    return referral


@transaction.atomic
def take_back_referral(*, referral: Referral, words: str, by: Membership, at: datetime) -> Referral:
    """A referral joined to the wrong record stands on none and waits for a decision again; nothing is removed.

    The conditions it brought, which no other referral of the record told of, are ended there as entered in error; an
    alert its answers raised about the wrong person is closed so too by a clinician, and by anyone else told so and left
    for a clinician to close. Particulars it began the record with stay for a person to correct. The decision it had is
    kept in the event. What intake began for it ends; a new decision begins it anew.
    """
    referral = (
        Referral.objects.select_for_update(of=("self",)).select_related("program", "participant").get(pk=referral.pk)
    )
    person = referral.participant
    if reasons := rules.why_not_take_back(taken=person is not None, words=words):
        raise Refused(reasons)
    assert person is not None
    today, joined_at = local_day(at, referral.program.zone), referral.decided_at or referral.received_at
    brought = Diagnosis.objects.filter(
        participant=person, source="referral", recorded_at=joined_at, ended_on__isnull=True
    )
    alone = queries.sole_source_of(referral)
    ended = 0
    for row in brought.order_by("pk"):
        if (row.system, row.code) in alone:
            participants.end_diagnosis(diagnosis=row, on=today, reason=rules.IN_ERROR, by=by, at=at)
            ended += 1
    _record(
        "referral.taken-back", referral, by, at, was=referral.decision, decided_at=str(referral.decided_at or ""),
        decided_by=str(referral.decided_by_id or ""), conditions_ended=ended,
    )  # fmt: skip
    for alert in duty.linked_to(_address(referral), "phq9-item9"):  # of this record, and of any it was moved from
        _end(alert, "raised-in-error", rules.IN_ERROR, by, at)
    referral.participant, referral.status, referral.taken_from = None, Referral.Status.HELD, person
    referral.decided_at, referral.decided_by, referral.decision = None, None, ""
    referral.taken_back_at, referral.taken_back_by, referral.taken_back_reason = at, by, words.strip()
    referral.save(
        update_fields=[
            "participant", "status", "taken_from", "decided_at", "decided_by", "decision", "taken_back_at",
            "taken_back_by", "taken_back_reason",
        ]
    )  # fmt: skip
    for enquiry in referral.enquiries.exclude(status__in=queries.ENDED).order_by("pk"):
        close_enquiry(enquiry=enquiry, reason="other", words=rules.MOVED, by=by, at=at)
    level = rules.danger(referral.facts, today) or "admin"
    _alert(referral, None, "referral-held", level, f"A referral taken back {today:%b} {today.day} waits", "", at)
    return referral


def _close(referral: Referral, kind: str, outcome: str, words: str, by: Membership, at: datetime) -> None:
    alert = duty.about("admissions.referral", referral.pk, kind)
    if alert is not None and alert.closed_at is None:
        _end(alert, outcome, words, by, at)


def _end(alert: Alert, outcome: str, words: str, by: Membership, at: datetime) -> None:
    """Close it, where the role may; else the facts are told to whoever may."""
    if may_end(alert.kind, by.roles):
        alerts.close(alert=alert, outcome=outcome, words=words, by=by, at=at)
    else:
        alerts.add_fact(alert=alert, words=words, by=by, at=at)


def _record(what: str, referral: Referral, by: Membership, at: datetime, **facts: object) -> Event:
    return audit.record(
        what=what, about=referral, by=by, at=at, participant_id=referral.participant_id,
        program_id=referral.program_id, **facts,
    )  # fmt: skip
