"""Taking in a referral: once, whole or not at all, and a likely double only after a person decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from openiop.admissions import queries, reading
from openiop.admissions.models import Referral
from openiop.admissions.rules import referral as rules
from openiop.alerts import actions as alerts
from openiop.alerts import queries as duty
from openiop.alerts.rules import due_for
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants import actions as participants
from openiop.participants.models import Diagnosis, Participant
from openiop.programs.models import Membership, Program


def _alert(
    referral: Referral, participant: Participant | None, kind: str, level: str, words: str, why: str, at: datetime
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
        source=referral,
        due_at=due_for(level, at, program.zone),
        owner=owner,
        backup=duty.supervisor(program.pk, at),
        link=f"/intake/referrals/{referral.pk}/",
        at=at,
    )


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
    mark = {
        "program": program,
        "source_system": person.source_system[:200],
        "source_id": person.source_id[:120],
        "digest": reading.digest(person),
    }
    Program.objects.select_for_update().get(pk=program.pk)  # two imports of one file never both take it in
    if again := Referral.objects.filter(**mark).first():
        return again
    before = _before(mark)
    likely = [] if before else queries.alike_known(program.pk, reading.known(person))
    held_for = [reason for one in likely[:1] for reason in one.reasons]
    if person.deceased:
        held_for.append("The sender says this person has died.")
    referral = Referral.objects.create(
        **mark,
        status=Referral.Status.HELD if held_for else Referral.Status.TAKEN,
        likely=likely[0].participant if likely else None,
        likely_reasons=held_for,
        received_at=at,
        received_by=by,
        person=rules.without_files(reading.plain_person(person)),
        facts=rules.without_files(reading.plain_facts(person)),
        report=report,
    )
    _record("referral.received", referral, by, at, status=referral.status)
    if held_for:
        words = "A referral waits: is this someone we know?" if likely else "A referral waits for a decision"
        _alert(referral, None, "referral-held", "admin", words, " ".join(held_for)[:300], at)
    else:
        _take_in(referral, before, by, at)
    return referral


def _before(mark: dict[str, Any]) -> Participant | None:
    rows = Referral.objects.filter(
        program=mark["program"], source_system=mark["source_system"], source_id=mark["source_id"],
        participant__isnull=False,
    )  # fmt: skip
    found = rows.select_related("participant").order_by("-received_at", "pk").first()
    return found.participant if found else None


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
    _record("referral.taken-in", referral, by, at)
    _watch_item_9(referral, person, at)
    return person


def _watch_item_9(referral: Referral, person: Participant, at: datetime) -> None:
    """A sender's fresh PHQ-9 item 9 above zero is answered like one of our own."""
    since = local_day(at, referral.program.zone) - timedelta(days=rules.FRESH_DAYS)
    value, on = rules.item_9(referral.facts)
    if value and on is not None and on >= since:
        level = "urgent" if value >= 2 else "high"
        words = "PHQ-9 item 9 above zero, in the referral"
        _alert(referral, person, "phq9-item9", level, words, f"Answered {on:%b} {on.day} at the sender’s.", at)


@transaction.atomic
def decide_referral(*, referral: Referral, decision: str, words: str, by: Membership, at: datetime) -> Referral:
    """A held referral is this known person's, a new person's, or set aside; decided once, by name."""
    referral = Referral.objects.select_for_update().select_related("program").get(pk=referral.pk)
    if referral.status != Referral.Status.HELD:
        raise Refused("Someone decided this referral already.")
    if decision not in rules.DECISIONS:
        raise Refused("Choose what this referral is.")
    if decision == "same" and referral.likely is None:
        raise Refused("There is no known person to join it to.")
    if decision == "set-aside" and not words.strip():
        raise Refused("Say why it is set aside.")
    referral.decided_at, referral.decided_by, referral.decision = at, by, decision
    if decision == "set-aside":
        referral.status = Referral.Status.DISCARDED
    else:
        _take_in(referral, referral.likely if decision == "same" else None, by, at)
    referral.save(update_fields=["decided_at", "decided_by", "decision", "status"])
    _record("referral.decided", referral, by, at, decision=decision)
    waiting = duty.about("admissions.referral", referral.pk, "referral-held")
    if waiting is not None and waiting.closed_at is None:
        said = words.strip() or rules.DECISIONS[decision]
        alerts.close(alert=waiting, outcome="task-done", words=said, by=by, at=at)
    return referral


def _record(what: str, referral: Referral, by: Membership, at: datetime, **facts: object) -> None:
    audit.record(
        what=what, about=referral, by=by, at=at, participant_id=referral.participant_id,
        program_id=referral.program_id, **facts,
    )  # fmt: skip
