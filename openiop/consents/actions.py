"""Reads of a record, left on record; consents prepared, signed and ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import queries, rules
from openiop.consents.models import Consent, ConsentChange
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.outbox import actions as outbox
from openiop.participants import actions as participants
from openiop.participants.models import Participant, Supporter
from openiop.programs import actions as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Permission, Role


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
    each = list({one.pk: one for one in people}.values())
    return audit.record_many(what="chart.opened", about=each, by=by, at=at, facts={"kind": str(kind), "page": page})


@transaction.atomic
def log_own(*, participant_id: UUID, page: str, by: Membership, at: datetime) -> Event:
    """That someone looked at their own record, once for each page; lists of who looked leave it out."""
    return audit.record(what="record.opened-own", about=by, by=by, at=at, participant_id=participant_id, page=page)


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
    initiated: bool = False,
) -> Consent:
    """A complete consent waits for the participant's signature, with the exact text they will be shown.

    The same one prepared twice waits once. `initiated`: the participant asked for it themselves.
    """
    kinds = list(kinds)
    composed = queries.composed(
        participant=participant,
        kinds=kinds,
        supporter=supporter,
        expires_at=expires_at,
        expires_when=expires_when,
        initiated=initiated,
        at=at,
        variant=variant,
        recipient=recipient,
        purpose=purpose,
        information=information,
        discloser=discloser,
        redisclosure=redisclosure,
        if_declined=if_declined,
        right_to_revoke=right_to_revoke,
    )
    reasons = list(composed.reasons)
    if supporter is not None and supporter.participant_id != participant.pk:
        reasons.append("This supporter belongs to another record.")
    if reasons:
        raise Refused(reasons)
    Participant.objects.select_for_update().get(pk=participant.pk)
    waiting = Consent.objects.filter(participant=participant, status=Consent.Status.DRAFT, supporter=supporter)
    if twice := waiting.filter(text_shown=composed.text).order_by("created_at", "pk").first():
        return twice
    filled = {name: words for name, words in composed.filled.items() if name != "participant"}
    consent = Consent.objects.create(
        participant=participant,
        supporter=supporter,
        kinds=list(kinds),
        expires_at=expires_at,
        expires_when=expires_when.strip(),
        text_shown=composed.text,
        text_version=rules.TEXT_VERSION,
        language=language,
        prepared_by=by,
        **filled,
    )
    _changed("prepared", consent, by, at)
    return consent


@transaction.atomic
def prepare_for(
    *,
    participant: Participant,
    supporter: Supporter | None,
    new_name: str,
    new_relation: str,
    given: dict[str, Any],
    by: Membership,
    at: datetime,
) -> Consent:
    """A consent waits for signature, and the supporter it is for is named where they were not yet."""
    if new_name:
        supporter = participants.add_supporter(
            participant=participant, name=new_name, relation=new_relation, by=by, at=at
        )
    return prepare_consent(participant=participant, supporter=supporter, by=by, at=at, **given)


@transaction.atomic
def withdraw_consent(*, consent: Consent, by: Membership, at: datetime) -> Consent:
    """A consent nobody signed is set aside; it never held."""
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if consent.status != Consent.Status.DRAFT:
        raise Refused("Only a consent that is not signed can be set aside.")
    consent.status = Consent.Status.WITHDRAWN
    consent.save(update_fields=["status"])
    _changed("withdrawn", consent, by, at)
    return consent


@transaction.atomic
def sign_consent(*, consent: Consent, signer_name: str, how: str, by: Membership, at: datetime) -> Consent:
    """The consent is in force from now on, signed by the participant under the text they saw."""
    consent = Consent.objects.select_for_update().select_related("participant").get(pk=consent.pk)
    if reasons := rules.why_not_sign(
        status=consent.status,
        own=by.pk == consent.participant.membership_id,
        in_the_room=how == "tablet"
        and by.program_id == consent.participant.program_id
        and by.may(Permission.KEEP_CONSENTS),
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
    consent.revoked_how = how[:200]
    consent.save(update_fields=["status", "revoked_at", "revoked_by", "revoked_how"])
    _changed("revoked", consent, by, at)
    return consent


@dataclass(frozen=True)
class Invitation:
    """A sign-in that waits to be set up, and its one-time link, shown once."""

    member: Membership
    link: str


@transaction.atomic
def invite_supporter(*, supporter: Supporter, email: str, site: str, by: Membership, at: datetime) -> Invitation:
    """The supporter can set up a sign-in by a one-time link, which also leaves by email in words that say nothing.

    What they then see is for consents to say. A second invitation makes a new link for the same sign-in.
    """
    supporter = Supporter.objects.select_for_update().get(pk=supporter.pk)
    if supporter.ended_at:
        raise Refused("This supporter is no longer named.")
    program = supporter.participant.program
    member = supporter.membership
    if member is None:
        if not email.strip():
            raise Refused("Give the email address they want to sign in with.")
        user = accounts.create_user(email=email, name=supporter.name, password=None, at=at)
        member = programs.add_member(
            program=program,
            user=user,
            name=supporter.name,
            roles=[Role.FAMILY],
            from_on=local_day(at, program.zone),
            by=by,
            at=at,
        )
        participants.give_supporter_sign_in(supporter=supporter, member=member, by=by, at=at)
    link = site.rstrip("/") + reverse("accounts:set-up", args=[member.user_id, sign_ins.token_for(member.user)])
    outbox.queue_email(
        recipient=member.user.email,
        recipient_id=member.pk,
        program_id=program.pk,
        kind="set-password",
        link=link,
        due_at=at,
        at=at,
    )
    audit.record(what="supporter.invited", about=supporter, by=by, at=at, participant_id=supporter.participant_id)
    # A sign-in in use is its owner's alone: a new link goes to their own address and is shown to nobody here.
    return Invitation(member=member, link="" if member.user.has_usable_password() else link)


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
