"""Reads of a record, left on record; consents prepared, signed and ended."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.consents import rules
from openiop.consents.models import Consent, ConsentChange
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.models import Participant, Supporter
from openiop.programs.models import Membership


@transaction.atomic
def log_read(*, opened: Opened, page: str, by: Membership, at: datetime) -> Event:
    """That the viewer opened this part of the record, why they may, and when."""
    return audit.record(
        what="chart.opened",
        about=opened.participant,
        by=by,
        at=at,
        participant_id=opened.participant.id,
        kind=opened.kind,
        page=page,
        rule=opened.access.rule,
        consent=opened.access.consent_id,
    )


@transaction.atomic
def log_reads(*, people: Iterable[Participant], kind: Kind, page: str, by: Membership, at: datetime) -> int:
    """One event for each person a shared page (a roster, a group's notes) showed; returns how many."""
    return audit.record_many(
        what="chart.opened", about=list(people), by=by, at=at, facts={"kind": str(kind), "page": page}
    )


@transaction.atomic
def prepare_consent(
    *,
    participant: Participant,
    variant: str,
    kinds: Iterable[str],
    recipient: str,
    purpose: str,
    by: Membership,
    at: datetime,
    supporter: Supporter | None = None,
    expires_at: datetime | None = None,
    expires_when: str = "",
    information: str = "",
    discloser: str = "",
    redisclosure: str = rules.REDISCLOSURE_WORDS,
    if_declined: str = rules.IF_DECLINED_WORDS,
    right_to_revoke: str = rules.REVOKE_WORDS,
    language: str = "en",
) -> Consent:
    """A complete consent waits for the participant's signature, with the exact text they will be shown."""
    program = participant.program
    kinds = list(kinds)
    filled = {
        "variant": variant,
        "discloser": discloser or program.name,
        "recipient": supporter.name if supporter else recipient,
        "information": information or rules.information_of(kinds, program.name),
        "purpose": purpose,
        "right_to_revoke": right_to_revoke,
        "redisclosure": redisclosure,
        "if_declined": if_declined,
    }
    reasons = [
        rules.ELEMENTS[name]
        for name in rules.missing(given=filled, kinds=kinds, has_expiry=bool(expires_at or expires_when.strip()))
    ]
    if variant == rules.Variant.FAMILY and supporter is None:
        reasons.append("Choose the supporter it is for.")
    if supporter is not None and supporter.participant_id != participant.pk:
        reasons.append("This supporter belongs to another record.")
    if variant == rules.Variant.FAMILY and set(kinds) & rules.NEVER_FOR_FAMILY:
        reasons.append("Notes, questionnaires and check-ins are never shared with supporters.")
    if expires_at is not None and expires_at <= at:
        reasons.append("The end must lie ahead.")
    if reasons:
        raise Refused(reasons)
    day = expires_at.astimezone(ZoneInfo(program.zone)).date().isoformat() if expires_at else ""
    ends = " or ".join(part for part in (day, expires_when.strip()) if part)
    text = rules.text_of(participant=participant.legal_name, ends=ends, **filled)
    consent = Consent.objects.create(
        participant=participant,
        supporter=supporter,
        kinds=kinds,
        expires_at=expires_at,
        expires_when=expires_when,
        text_shown=text,
        text_version=rules.TEXT_VERSION,
        language=language,
        prepared_by=by,
        **filled,
    )
    _changed("prepared", consent, by, at)
    return consent


@transaction.atomic
def sign_consent(*, consent: Consent, signer_name: str, how: str, by: Membership, at: datetime) -> Consent:
    """The consent is in force from now on, signed by the participant under the text they saw."""
    consent = Consent.objects.select_for_update().select_related("participant").get(pk=consent.pk)
    if reasons := rules.why_not_sign(
        status=consent.status,
        lacking=(),
        signer_name=signer_name,
        legal_name=consent.participant.legal_name,
        expired=consent.expires_at is not None and consent.expires_at <= at,
    ):
        raise Refused(reasons)
    consent.status, consent.signed_at, consent.signed_by = Consent.Status.ACTIVE, at, by
    consent.signer_name, consent.signed_how = signer_name.strip(), how
    consent.save(update_fields=["status", "signed_at", "signed_by", "signer_name", "signed_how"])
    _changed("signed", consent, by, at)
    return consent


@transaction.atomic
def revoke_consent(*, consent: Consent, how: str, by: Membership, at: datetime) -> Consent:
    """The consent has ended from the next read on; that it was once in force stays on record."""
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if reasons := rules.why_not_revoke(status=consent.status):
        raise Refused(reasons)
    consent.status, consent.revoked_at, consent.revoked_by = Consent.Status.REVOKED, at, by
    consent.revoked_how = how
    consent.save(update_fields=["status", "revoked_at", "revoked_by", "revoked_how"])
    _changed("revoked", consent, by, at)
    return consent


def _changed(to: str, consent: Consent, by: Membership, at: datetime) -> None:
    ConsentChange.objects.create(consent=consent, to=to, at=at, by=by)
    audit.record(
        what=f"consent.{to}",
        about=consent,
        by=by,
        at=at,
        participant_id=consent.participant_id,
        variant=consent.variant,
        kinds=consent.kinds,
    )
