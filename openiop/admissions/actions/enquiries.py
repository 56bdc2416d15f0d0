"""Receiving an enquiry, screening it, calling back, making a record of it, closing it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from openiop.admissions import queries, rules
from openiop.admissions.models import Enquiry, EnquiryStep, Referral
from openiop.admissions.rules import Stage
from openiop.alerts import actions as alerts
from openiop.alerts import queries as duty
from openiop.alerts.rules import due_for
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.participants import actions as participants
from openiop.participants.models import Participant
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission


def _step(enquiry: Enquiry, what: str, *, by: Membership | None, at: datetime, words: str = "") -> EnquiryStep:
    return EnquiryStep.objects.create(enquiry=enquiry, what=what, words=words, by=by, at=at)


def _record(what: str, enquiry: Enquiry, by: Membership | None, at: datetime, **facts: object) -> None:
    audit.record(
        what=what,
        about=enquiry,
        by=by,
        at=at,
        participant_id=enquiry.participant_id,
        program_id=enquiry.program_id,
        **facts,
    )


def _locked(enquiry: Enquiry) -> Enquiry:
    row = Enquiry.objects.select_for_update().select_related("program").get(pk=enquiry.pk)
    if row.status == Stage.CLOSED:
        raise Refused("This enquiry is closed.")
    return row


def _put_answers(
    enquiry: Enquiry, answers: Mapping[str, str], concerns: Collection[str], by: Membership | None, at: datetime
) -> rules.Screen:
    """The enquiry carries the answers and what they say; an earlier override no longer holds."""
    found = rules.screen(rules.with_concerns(answers, concerns))
    enquiry.answers, enquiry.concerns = dict(answers), sorted(concerns)
    enquiry.result, enquiry.hard_stops = found.result, list(found.hard_stops)
    enquiry.reasons = [{"side": point.side, "code": point.code, "words": point.words} for point in found.points]
    enquiry.override, enquiry.override_reason, enquiry.overridden_by = "", "", None
    enquiry.screened_at = at
    return found


def _alert(enquiry: Enquiry, found: rules.Screen, by: Membership | None, at: datetime) -> None:
    """Someone must call, soon: an answer named a danger, or was not sure of one."""
    level = "urgent" if found.hard_stops else "high"
    against = [point.words for point in found.side("against")]
    alerts.raise_alert(
        participant=enquiry.participant,
        program=enquiry.program,
        kind="pre-screen-danger",
        level=level,
        words="An enquiry named a danger" if found.hard_stops else "An enquiry was not sure about a danger",
        why=". ".join([rules.FOR_WHOM[enquiry.for_whom], *against])[:300],
        source=enquiry,
        due_at=due_for(level, at, enquiry.program.zone),
        owner=by if by is not None else duty.duty(enquiry.program_id, at),
        backup=duty.supervisor(enquiry.program_id, at),
        link=f"/intake/{enquiry.pk}/",
        by=by,
        at=at,
    )


@transaction.atomic
def receive_enquiry(
    *,
    program: Program,
    name: str,
    channel: str,
    by: Membership | None,
    at: datetime,
    phone: str = "",
    email: str = "",
    for_whom: str = "self",
    words: str = "",
    message_ok: bool = False,
    answers: Mapping[str, str] | None = None,
    concerns: Collection[str] = (),
) -> Enquiry:
    """An enquiry stands, with its pre-screen if there was one; a named danger raises an alert. Twice sent is one."""
    if reasons := rules.why_not_receive(name=name, phone=phone, email=email, by_staff=by is not None):
        raise Refused(reasons)
    Program.objects.select_for_update().get(pk=program.pk)  # the same form sent twice at once is one enquiry
    if twice := queries.just_received(program.pk, name.strip(), phone.strip(), dict(answers or {}), at):
        return twice
    enquiry = Enquiry(
        program=program,
        name=name.strip(),
        phone=phone.strip(),
        email=email.strip(),
        channel=channel,
        for_whom=for_whom,
        words=words.strip(),
        message_ok=message_ok,
        received_at=at,
        received_by=by,
        status=Stage.NEW,
    )
    spoken = by is not None and channel in rules.SPOKEN
    if spoken:
        enquiry.contacted_at, enquiry.contacted_by, enquiry.status = at, by, Stage.CONTACTED
    found = _put_answers(enquiry, answers, concerns, by, at) if answers else None
    if found and spoken:
        enquiry.status = Stage.SCREENED
    enquiry.save(force_insert=True)
    _step(enquiry, "received", by=by, at=at)
    if found:
        _step(enquiry, "screened", by=by, at=at, words=rules.RESULT_WORDS[found.result])
    _record("enquiry.received", enquiry, by, at, channel=channel, result=enquiry.result)
    if found and found.crisis:
        _alert(enquiry, found, by, at)
    return enquiry


@transaction.atomic
def begin_from_referral(
    *, referral: Referral, participant: Participant, by: Membership, at: datetime
) -> Enquiry | None:
    """Someone referred, and neither in care nor asking already, waits in intake from the hour the referral came in.

    A referral moved from a wrong record goes on: whoever was reached for it has been reached.
    """
    if queries.is_known_to_intake(participant.pk):
        return None
    before = referral.enquiries.filter(contacted_at__isnull=False).order_by("contacted_at", "pk").first()
    enquiry = Enquiry.objects.create(
        program=referral.program,
        participant=participant,
        referral=referral,
        name=participant.legal_name[:120],
        phone=participant.phone,
        email=participant.email,
        channel="referral",
        for_whom="professional",
        received_at=referral.received_at,
        received_by=by,
        contacted_at=before.contacted_at if before else None,
        contacted_by=before.contacted_by if before else None,
        status=Stage.CONTACTED if before else Stage.NEW,
    )
    _step(enquiry, "received", by=by, at=at)
    _record("enquiry.received", enquiry, by, at, channel=enquiry.channel, result="")
    return enquiry


@transaction.atomic
def screen_enquiry(
    *, enquiry: Enquiry, answers: Mapping[str, str], concerns: Collection[str], by: Membership, at: datetime
) -> Enquiry:
    """The enquiry carries this pre-screen and its result; a danger named in it raises an alert at once."""
    enquiry = _locked(enquiry)
    found = _put_answers(enquiry, answers, concerns, by, at)
    enquiry.status = rules.furthest(enquiry.status, Stage.SCREENED)
    if enquiry.contacted_at is None:
        enquiry.contacted_at, enquiry.contacted_by = at, by
    enquiry.save()
    _step(enquiry, "screened", by=by, at=at, words=rules.RESULT_WORDS[found.result])
    _record("enquiry.screened", enquiry, by, at, result=found.result, hard_stops=enquiry.hard_stops)
    if found.crisis:
        _alert(enquiry, found, by, at)
    return enquiry


@transaction.atomic
def override_result(*, enquiry: Enquiry, to: str, words: str, by: Membership, at: datetime) -> Enquiry:
    """A clinician's own result counts instead, with their reason; the pre-screen's stays beside it."""
    enquiry = _locked(enquiry)
    reasons = rules.why_not_override(was=enquiry.decided_result, to=to, hard_stops=enquiry.hard_stops, words=words)
    if not by.may(Permission.CHOOSE_LEVEL):
        reasons.insert(0, "Only a clinician may decide another result.")
    if reasons:
        raise Refused(reasons)
    if to == enquiry.result:
        enquiry.override, enquiry.override_reason, enquiry.overridden_by = "", "", None
    else:
        enquiry.override, enquiry.override_reason, enquiry.overridden_by = to, words.strip(), by
    enquiry.save(update_fields=["override", "override_reason", "overridden_by"])
    _step(enquiry, "overridden", by=by, at=at, words=f"{rules.RESULT_WORDS[rules.Result(to)]}: {words.strip()}")
    _record("enquiry.overridden", enquiry, by, at, was=enquiry.result, to=to)
    return enquiry


@transaction.atomic
def log_contact(*, enquiry: Enquiry, reached: bool, words: str, by: Membership, at: datetime) -> Enquiry:
    """That someone tried to reach the person, or did; the first time they were reached stops the clock."""
    enquiry = _locked(enquiry)
    if reached and enquiry.contacted_at is None:
        enquiry.contacted_at, enquiry.contacted_by = at, by
    if reached:
        enquiry.status = rules.furthest(enquiry.status, Stage.CONTACTED)
        if enquiry.screened_at is not None:
            enquiry.status = rules.furthest(enquiry.status, Stage.SCREENED)
    enquiry.save(update_fields=["contacted_at", "contacted_by", "status"])
    _step(enquiry, "reached" if reached else "tried", by=by, at=at, words=words.strip())
    _record("enquiry.reached" if reached else "enquiry.tried", enquiry, by, at)
    return enquiry


@transaction.atomic
def choose_option(
    *, enquiry: Enquiry, option: str, discussed_with: Membership, words: str, by: Membership, at: datetime
) -> Enquiry:
    """What the person chose once the ways of care were talked through, and with whom; a later choice counts instead."""
    enquiry = _locked(enquiry)
    same = discussed_with.program_id == enquiry.program_id and discussed_with.is_staff
    if reasons := rules.why_not_choose(option=option, same_program=same):
        raise Refused(reasons)
    enquiry.chosen, enquiry.chosen_with, enquiry.chosen_at = option, discussed_with, at
    enquiry.save(update_fields=["chosen", "chosen_with", "chosen_at"])
    said = f"{rules.OPTIONS[option]}, talked through with {discussed_with.name}. {words.strip()}".strip()
    _step(enquiry, "chosen", by=by, at=at, words=said)
    _record("enquiry.option-chosen", enquiry, by, at, option=option, discussed_with=discussed_with.pk)
    return enquiry


@transaction.atomic
def make_record(
    *,
    enquiry: Enquiry,
    by: Membership,
    at: datetime,
    same_as: Participant | None = None,
    another_person: bool = False,
    legal_name: str = "",
    preferred_name: str = "",
    birth_on: date | None = None,
    phone: str = "",
    email: str = "",
) -> Participant:
    """The enquiry leads to a participant's record: a known one, or a new one where nobody is likely the same."""
    enquiry = _locked(enquiry)
    if enquiry.participant is not None:
        raise Refused("This enquiry has a record already.")
    if same_as is not None:
        if same_as.program_id != enquiry.program_id:
            raise Refused("Choose someone of this program.")
        person = same_as
    else:
        name = legal_name.strip() or enquiry.name
        if not another_person and queries.alike(enquiry, name=name, birth_on=birth_on, phone=phone or enquiry.phone):
            raise Refused("Someone here may be the same person. Choose them, or say that this is another person.")
        person = participants.register_participant(
            program=enquiry.program,
            legal_name=name,
            preferred_name=preferred_name.strip(),
            birth_on=birth_on,
            phone=phone or enquiry.phone,
            email=email or enquiry.email,
            by=by,
            at=at,
        )
    enquiry.participant = person
    enquiry.save(update_fields=["participant"])
    alerts.tie(cause=enquiry, participant=person, by=by, at=at)
    _step(enquiry, "record", by=by, at=at)
    _record("enquiry.led-to-record", enquiry, by, at, new=same_as is None)
    return person


@transaction.atomic
def close_enquiry(*, enquiry: Enquiry, reason: str, words: str, by: Membership, at: datetime) -> Enquiry:
    """The enquiry has ended without admission, for a coded reason; it stays readable."""
    row = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    if reasons := rules.why_not_close_enquiry(status=row.status, reason=reason, words=words):
        raise Refused(reasons)
    row.status, row.closed_reason = Stage.CLOSED, reason
    row.save(update_fields=["status", "closed_reason"])
    _step(row, "closed", by=by, at=at, words=f"{rules.CLOSING[reason]}. {words.strip()}".strip())
    _record("enquiry.closed", row, by, at, reason=reason)
    return row
