"""Writing down what leaves, what holds it back, and the papers that bind. Nothing here is ever rewritten."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents.models import Consent
from openiop.disclosures import queries
from openiop.disclosures.models import (
    Agreement,
    Disclosure,
    LegalHold,
    LegalProcess,
    LegalStep,
    Packet,
    Restriction,
    RightsRequest,
    Seal,
)
from openiop.disclosures.rules import figures, papers, release
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program


def _refuse(reasons: Iterable[str]) -> None:
    if found := list(reasons):
        raise Refused(found)


def _grant_now(consent: Consent | None, at: datetime) -> release.Grant | None:
    """The consent read again under a lock: what was in force when the page was shown may have ended since."""
    return queries.grant(Consent.objects.select_for_update().get(pk=consent.pk), at) if consent else None


@transaction.atomic
def disclose(
    *,
    participant: Participant,
    ask: release.Ask,
    content: dict[str, Any],
    description: str,
    readable: frozenset[str],
    by: Membership,
    at: datetime,
    officer: bool = False,
    consent: Consent | None = None,
    agreement: Agreement | None = None,
    process: LegalProcess | None = None,
    purpose: str = "",
    address: str = "",
    first_on: date | None = None,
    last_on: date | None = None,
    scope: str = "",
) -> Disclosure:
    """It has left: what went out, on which one basis, with which notice, in one write. Asked again at this instant."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    today = local_day(at, participant.program.zone)
    found = release.decide_release(
        ask,
        standing=queries.standing(participant.pk, officer=officer),
        readable=readable,
        grant=_grant_now(consent, at),
        agreed=agreement is not None and papers.audits([agreement.paper()], ask.recipient, today),
        order=queries.ordered(process, today) if process else None,
    )
    _refuse(found.reasons)
    if {section["kind"] for section in content["sections"]} - set(found.kinds):
        raise Refused("What was put together holds more than may go out.")
    return _written(
        Disclosure(
            program=participant.program,
            participant=participant,
            basis=ask.basis,
            consent=consent,
            agreement=agreement,
            process=process,
            receiver=ask.receiver,
            recipient=ask.recipient.strip(),
            address=address.strip(),
            use=ask.use,
            purpose=purpose.strip() or release.USE_WORDS[release.Use(ask.use)],
            kinds=list(found.kinds),
            description=description[:500],
            first_on=first_on,
            last_on=last_on,
            notice=found.notice,
            scope=(consent.text_shown if found.accompany == "consent" and consent else scope),
            how=ask.how,
            made_at=at,
            made_by=by,
        ),
        content,
    )


@transaction.atomic
def record_emergency(
    *,
    participant: Participant,
    recipient: str,
    address: str,
    kinds: Iterable[str],
    nature: str,
    how: str,
    by: Membership,
    at: datetime,
) -> Disclosure:
    """What medical personnel were told in an emergency, right after it (42 CFR 2.51(c))."""
    reasons = [] if recipient.strip() and address.strip() else ["Name who was told, and where they work."]
    if not nature.strip():
        reasons.append("Write what the emergency was.")
    if not list(kinds):
        reasons.append("Choose what they were told.")
    _refuse(reasons)
    return _written(
        Disclosure(
            program=participant.program,
            participant=participant,
            basis=release.Basis.EMERGENCY,
            receiver=release.Receiver.PROVIDER,
            recipient=recipient.strip(),
            address=address.strip(),
            use=release.Use.TREATMENT,
            purpose=nature.strip()[:300],
            kinds=sorted(kinds),
            description="What the emergency needed",
            notice=release.notice_for(release.Basis.EMERGENCY, how),
            how=how,
            by_software=False,
            made_at=at,
            made_by=by,
        ),
        {"sections": []},
    )


@transaction.atomic
def disclose_figures(
    *, program: Program, content: dict[str, Any], recipient: str, purpose: str, description: str, by: Membership,
    at: datetime,
) -> Disclosure:  # fmt: skip
    """A set that names nobody has left. Its columns and cells are looked through first."""
    reasons = [] if recipient.strip() else ["Name the receiver."]
    if not purpose.strip():
        reasons.append("Say what it is for.")
    reasons += figures.why_not_deidentified(content["columns"], content["rows"])
    _refuse(reasons)
    return _written(
        Disclosure(
            program=program,
            basis=release.Basis.DEIDENTIFIED,
            receiver=release.Receiver.OTHER,
            recipient=recipient.strip(),
            use=release.Use.RESEARCH,
            purpose=purpose.strip(),
            description=description,
            how=release.How.DOWNLOAD,
            made_at=at,
            made_by=by,
        ),
        content,
    )


def _written(row: Disclosure, content: dict[str, Any]) -> Disclosure:
    """The disclosure, exactly what went out, and the event that says so."""
    told = queries.notices()
    if row.notice:
        row.notice_version, row.notice_words = told.version, told.words(row.notice)
    row.digest = release.digest_of(content)
    row.save(force_insert=True)
    Packet.objects.create(disclosure=row, content=content)
    audit.record(
        what="record.disclosed",
        about=row,
        by=row.made_by,
        at=row.made_at,
        participant_id=row.participant_id,
        program_id=row.program_id,
        basis=row.basis,
        consent=str(row.consent_id or ""),
        receiver=row.receiver,
        kinds=row.kinds,
        notice=row.notice,
        how=row.how,
        digest=row.digest,
    )
    return row


@transaction.atomic
def log_opened(*, disclosure: Disclosure, how: str, by: Membership, at: datetime) -> None:
    """What went out was opened again, or its file taken."""
    audit.record(
        what="packet.opened",
        about=disclosure,
        by=by,
        at=at,
        participant_id=disclosure.participant_id,
        how=how,
        kinds=disclosure.kinds,
    )


# --- what the participant asks for ------------------------------------------------------------------------------------


@transaction.atomic
def ask_restriction(
    *, participant: Participant, words: str, receiver: str, paid_in_full: bool, by: Membership, at: datetime
) -> Restriction:
    """The participant asks to hold something back; asked twice in the same words, it waits once."""
    _refuse(papers.why_not_ask_restriction(words=words))
    Participant.objects.select_for_update().get(pk=participant.pk)
    waiting = Restriction.objects.filter(
        participant=participant, status="asked", words=words.strip(), receiver=receiver
    )
    if twice := waiting.order_by("asked_at", "pk").first():
        return twice
    row = Restriction.objects.create(
        participant=participant,
        receiver=receiver,
        words=words.strip(),
        paid_in_full=paid_in_full,
        asked_at=at,
        asked_by=by,
    )
    _event("restriction.asked", row, participant, by, at, receiver=receiver, paid_in_full=paid_in_full)
    return row


@transaction.atomic
def decide_restriction(
    *, restriction: Restriction, agree: bool, kinds: Iterable[str], reason: str, by: Membership, at: datetime
) -> Restriction:
    """The program answered. What it agreed to hold back stays out of every release from now on."""
    row = Restriction.objects.select_for_update().select_related("participant").get(pk=restriction.pk)
    _refuse(
        papers.why_not_decide_restriction(
            status=row.status, agree=agree, reason=reason, receiver=row.receiver, paid_in_full=row.paid_in_full
        )
    )
    row.status = Restriction.Status.AGREED if agree else Restriction.Status.DECLINED
    row.kinds, row.reason, row.decided_at, row.decided_by = sorted(kinds) if agree else [], reason.strip(), at, by
    row.save(update_fields=["status", "kinds", "reason", "decided_at", "decided_by"])
    _event(f"restriction.{row.status}", row, row.participant, by, at, kinds=row.kinds)
    return row


@transaction.atomic
def end_restriction(*, restriction: Restriction, by: Membership, at: datetime) -> Restriction:
    """The participant no longer wants it held back."""
    row = Restriction.objects.select_for_update().select_related("participant").get(pk=restriction.pk)
    if row.status != Restriction.Status.AGREED:
        raise Refused("Only something that is held back can be let go.")
    row.status, row.ended_at = Restriction.Status.ENDED, at
    row.save(update_fields=["status", "ended_at"])
    _event("restriction.ended", row, row.participant, by, at)
    return row


@transaction.atomic
def ask_list(*, participant: Participant, kind: str, by: Membership, at: datetime) -> RightsRequest:
    """The participant asks for a list of who received their records; it is due within thirty days, and waits once."""
    if kind not in set(release.Asked):
        raise Refused("Choose which list.")
    Participant.objects.select_for_update().get(pk=participant.pk)
    waiting = RightsRequest.objects.filter(participant=participant, kind=kind, answered_at__isnull=True)
    if twice := waiting.first():
        return twice
    row = RightsRequest.objects.create(
        participant=participant,
        kind=kind,
        asked_at=at,
        asked_by=by,
        due_on=local_day(at, participant.program.zone) + timedelta(days=release.ANSWER_DAYS),
    )
    _event("list.asked", row, participant, by, at, kind=kind)
    return row


@transaction.atomic
def answer_list(*, request: RightsRequest, how: str, by: Membership, at: datetime) -> RightsRequest:
    """The list was given."""
    row = RightsRequest.objects.select_for_update().select_related("participant").get(pk=request.pk)
    if row.answered_at is not None:
        raise Refused("This list was given already.")
    row.answered_at, row.answered_by, row.how = at, by, how
    row.save(update_fields=["answered_at", "answered_by", "how"])
    _event("list.given", row, row.participant, by, at, kind=row.kind, how=how)
    return row


# --- agreements -------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_agreement(
    *, program: Program, kind: str, counterpart: str, covers: Iterable[str], words: str, signed_on: date,
    ends_on: date | None, by: Membership, at: datetime,
) -> Agreement:  # fmt: skip
    """A signed agreement stands in the register; what it covers may be switched on while it binds."""
    covers = sorted(covers)
    today = local_day(at, program.zone)
    _refuse(
        papers.why_not_agreement(
            counterpart=counterpart, kind=kind, covers=covers, signed_on=signed_on, ends_on=ends_on, today=today
        )
    )
    row = Agreement.objects.create(
        program=program,
        kind=kind,
        counterpart=counterpart.strip(),
        covers=covers,
        words=words.strip(),
        signed_on=signed_on,
        ends_on=ends_on,
        recorded_at=at,
        recorded_by=by,
    )
    audit.record(what="agreement.recorded", about=row, by=by, at=at, kind=kind, covers=covers)
    return row


@transaction.atomic
def end_agreement(*, agreement: Agreement, reason: str, by: Membership, at: datetime) -> Agreement:
    """The agreement binds no longer from today on, and what it covered is off."""
    row = Agreement.objects.select_for_update().select_related("program").get(pk=agreement.pk)
    _refuse(papers.why_not_end_agreement(ended=row.ended_on is not None, reason=reason))
    row.ended_on, row.ended_by, row.ended_reason = local_day(at, row.program.zone), by, reason.strip()
    row.save(update_fields=["ended_on", "ended_by", "ended_reason"])
    audit.record(what="agreement.ended", about=row, by=by, at=at, kind=row.kind)
    return row


# --- legal papers, holds, seals ---------------------------------------------------------------------------------------


@transaction.atomic
def take_in(
    *, program: Program, kind: str, from_whom: str, about: str, participant: Participant | None, asks: str,
    received_on: date, answer_by: date | None, by: Membership, at: datetime,
) -> LegalProcess:  # fmt: skip
    """A legal paper came in: release by hand stops for the person it is about, and their record is held."""
    today = local_day(at, program.zone)
    _refuse(papers.why_not_take_in(from_whom=from_whom, asks=asks, received_on=received_on, today=today))
    if participant is not None and participant.program_id != program.pk:
        raise Refused("There is no such record here.")
    row = LegalProcess.objects.create(
        program=program,
        kind=kind,
        from_whom=from_whom.strip(),
        about=about.strip(),
        participant=participant,
        asks=asks.strip(),
        received_on=received_on,
        answer_by=answer_by,
        received_by=by,
    )
    _step(row, "taken-in", "", by, at)
    if participant is not None:
        _hold(participant, papers.PAPER_WORDS[papers.PaperKind(kind)], row, by, at)
    return row


@transaction.atomic
def tie_process(*, process: LegalProcess, participant: Participant, by: Membership, at: datetime) -> LegalProcess:
    """It is known whose record the paper asks for: from now on that record is held."""
    row = _open(process)
    if row.participant_id is not None or participant.program_id != row.program_id:
        raise Refused("This paper cannot be tied to that record.")
    row.participant = participant
    row.save(update_fields=["participant"])
    _step(row, "tied", "", by, at)
    _hold(participant, papers.PAPER_WORDS[papers.PaperKind(row.kind)], row, by, at)
    return row


@transaction.atomic
def record_order(
    *, process: LegalProcess, statute: str, order_on: date | None, with_mandate: bool, kinds: Iterable[str],
    by: Membership, at: datetime,
) -> LegalProcess:  # fmt: skip
    """What the court ordered, under which section, and which kinds it names."""
    row = _open(process)
    today = local_day(at, row.program.zone)
    _refuse(papers.why_not_order(open_=row.status == "open", statute=statute, order_on=order_on, today=today))
    row.statute, row.order_on, row.with_mandate, row.kinds = statute, order_on, with_mandate, sorted(kinds)
    row.save(update_fields=["statute", "order_on", "with_mandate", "kinds"])
    _step(row, "order", papers.STATUTES[statute], by, at)
    return row


@transaction.atomic
def record_notice(
    *, process: LegalProcess, told_on: date | None, heard_on: date | None, by: Membership, at: datetime
) -> LegalProcess:
    """When the participant was told of it, and when there was a chance to answer or be heard."""
    row = _open(process)
    if told_on is None and heard_on is None:
        raise Refused("Give at least one day.")
    if told_on is not None and told_on > local_day(at, row.program.zone):
        raise Refused("They were told today or earlier, not later.")
    row.told_on, row.heard_on = told_on or row.told_on, heard_on or row.heard_on
    row.save(update_fields=["told_on", "heard_on"])
    _step(row, "notice", "", by, at)
    return row


@transaction.atomic
def close_process(*, process: LegalProcess, outcome: str, by: Membership, at: datetime) -> LegalProcess:
    """The paper is answered or withdrawn; its holds stay until someone lifts them."""
    row = LegalProcess.objects.select_for_update().get(pk=process.pk)
    _refuse(papers.why_not_close(open_=row.status == "open", words=outcome))
    row.status, row.closed_at, row.outcome = LegalProcess.Status.CLOSED, at, outcome.strip()
    row.save(update_fields=["status", "closed_at", "outcome"])
    _step(row, "closed", outcome.strip(), by, at)
    return row


def _open(process: LegalProcess) -> LegalProcess:
    row = LegalProcess.objects.select_for_update().select_related("program").get(pk=process.pk)
    if row.status != LegalProcess.Status.OPEN:
        raise Refused("This paper is closed.")
    return row


def _step(process: LegalProcess, what: str, words: str, by: Membership, at: datetime) -> None:
    LegalStep.objects.create(process=process, what=what, words=words[:300], at=at, by=by)
    audit.record(
        what=f"legal-process.{what}",
        about=process,
        by=by,
        at=at,
        participant_id=process.participant_id,
        kind=process.kind,
    )


def _hold(
    participant: Participant, reason: str, process: LegalProcess | None, by: Membership, at: datetime
) -> LegalHold:
    row = LegalHold.objects.create(
        participant=participant, process=process, reason=reason.strip()[:200], from_at=at, placed_by=by
    )
    _event("legal-hold.placed", row, participant, by, at)
    return row


@transaction.atomic
def place_hold(*, participant: Participant, reason: str, by: Membership, at: datetime) -> LegalHold:
    """Nothing of this record is sealed or destroyed until the hold is lifted; the same hold stands once."""
    _refuse(papers.why_not_hold(reason))
    Participant.objects.select_for_update().get(pk=participant.pk)
    standing = LegalHold.objects.filter(participant=participant, lifted_at__isnull=True, reason=reason.strip())
    return standing.order_by("from_at", "pk").first() or _hold(participant, reason, None, by, at)


@transaction.atomic
def lift_hold(*, hold: LegalHold, reason: str, by: Membership, at: datetime) -> LegalHold:
    """The record is kept as any other again."""
    row = LegalHold.objects.select_for_update().select_related("participant").get(pk=hold.pk)
    _refuse(papers.why_not_lift(released=row.lifted_at is not None, reason=reason))
    row.lifted_at, row.lifted_by, row.lifted_reason = at, by, reason.strip()
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    _event("legal-hold.lifted", row, row.participant, by, at)
    return row


@transaction.atomic
def seal_record(*, participant: Participant, by: Membership, at: datetime) -> Seal:
    """A record kept long enough is closed. Nothing is destroyed: that is for whoever keeps the database (ADR 14)."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    today = local_day(at, participant.program.zone)
    stands = next(iter(queries.keeping(participant.program, today, [participant])), None)
    if stands is None:
        raise Refused("This person is in care, or never was.")
    _refuse(papers.why_not_seal(stands.state))
    row = Seal.objects.create(participant=participant, kept_until=stands.until, sealed_at=at, sealed_by=by)
    _event("record.sealed", row, participant, by, at)
    return row


def _event(what: str, row: models.Model, participant: Participant, by: Membership, at: datetime, **facts: Any) -> None:
    audit.record(what=what, about=row, by=by, at=at, participant_id=participant.pk, **facts)
