"""Reads of a record, left on record; consents prepared, signed, ended and announced; items marked as sensitive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.audit import actions as audit
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.consents import queries, rules
from openiop.consents.models import Consent, ConsentChange, ConsentNotice, ItemLabel
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.outbox import actions as outbox
from openiop.participants import actions as participants
from openiop.participants import queries as people
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
        purpose=opened.access.purpose or "",
        rule=opened.access.rule,
        rule_id=opened.access.rule_id,
        consent=opened.access.consent_id,
        **({"emergency": str(opened.emergency.pk)} if opened.emergency else {}),
    )


@transaction.atomic
def log_sheet(*, opened: Opened, by: Membership, at: datetime) -> Event:
    """That the sheet of an emergency was shown, with every kind of information it held."""
    assert opened.emergency is not None
    return audit.record(
        what="emergency.sheet-shown",
        about=opened.emergency,
        by=by,
        at=at,
        participant_id=opened.participant.id,
        kinds=opened.emergency.kinds,
        emergency=str(opened.emergency.pk),
    )


@transaction.atomic
def log_reads(
    *, people: Iterable[Participant], kind: Kind, page: str, permission: Permission, by: Membership, at: datetime
) -> int:
    """One event for each person a shared page (a roster, a group's notes) showed; returns how many.

    `permission`: that of the page, from which its purpose follows.
    """
    each = list({one.pk: one for one in people}.values())
    access = queries.in_program(by, kind, at, permission)
    if not access.allowed:  # whoever reads about their own team alone is shown no one else
        access = queries.in_program(by, kind, at, permission, team=True)
    facts = {
        "kind": str(kind),
        "page": page,
        "purpose": str(access.purpose or ""),
        "rule": access.rule,
        "rule_id": access.rule_id,
        "shared": True,
    }
    return audit.record_many(what="chart.opened", about=each, by=by, at=at, facts=facts)


@transaction.atomic
def log_own(*, participant_id: UUID, page: str, by: Membership, at: datetime) -> Event:
    """That someone looked at their own record, once for each page; lists of who looked leave it out."""
    facts = {"page": page, "purpose": rules.Purpose.OWN, "rule_id": "own"}
    return audit.record(what="record.opened-own", about=by, by=by, at=at, participant_id=participant_id, **facts)


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
    right_to_revoke: str | None = None,
    language: str = "en",
    initiated: bool = False,
    extra: dict[str, str] | None = None,
    revocable_on: date | None = None,
    document: UUID | None = None,
    renews: Consent | None = None,
) -> Consent:
    """A complete consent waits for the participant's signature, with the exact text they will be shown.

    The same one prepared twice waits once. `initiated`: the participant asked for it themselves. `extra` holds the
    elements that some forms ask for besides (`rules.EXTRA`). `document`: one that holds other consents already. Without
    `right_to_revoke` the form's own sentence stands.
    """
    kinds = list(kinds)
    right_to_revoke = rules.revoke_words(variant, language) if right_to_revoke is None else right_to_revoke
    extra = {name: words.strip() for name, words in (extra or {}).items() if name in rules.EXTRA and words.strip()}
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
        language=language,
        revocable_on=revocable_on,
        extra=extra,
    )
    reasons = list(composed.reasons)
    if supporter is not None and supporter.participant_id != participant.pk:
        reasons.append("This supporter belongs to another record.")
    if renews is not None and renews.participant_id != participant.pk:
        reasons.append("The consent before it belongs to another record.")
    Participant.objects.select_for_update().get(pk=participant.pk)
    beside = list(Consent.objects.filter(document=document).values_list("variant", flat=True)) if document else []
    if not rules.may_share_document([variant, *beside]):
        reasons.append(rules.ELEMENTS["alone"])
    if reasons:
        raise Refused(reasons)
    waiting = Consent.objects.filter(participant=participant, status=Consent.Status.DRAFT, supporter=supporter)
    if twice := waiting.filter(text_shown=composed.text).order_by("created_at", "pk").first():
        return twice
    apart = {"participant", *rules.EXTRA}
    filled = {name: words for name, words in composed.filled.items() if name not in apart}
    consent = Consent.objects.create(
        participant=participant,
        supporter=supporter,
        kinds=list(kinds),
        expires_at=expires_at,
        expires_when=expires_when.strip(),
        text_shown=composed.text,
        text_version=rules.TEXT_VERSION,
        language=language,
        text_checked=language in rules.CHECKED,
        extra={name: composed.filled[name] for name in rules.EXTRA if composed.filled[name]},
        revocable_on=revocable_on,
        renews=renews,
        prepared_by=by,
        **({"document": document} if document else {}),
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
def renew_consent(*, consent: Consent, expires_at: datetime | None, by: Membership, at: datetime) -> Consent:
    """The same consent waits for a new signature, until the day given; the one before holds on until its own end."""
    consent = Consent.objects.select_related("participant__program", "supporter").get(pk=consent.pk)
    if consent.status not in {Consent.Status.ACTIVE, Consent.Status.REVOKED}:
        raise Refused("Only a consent that was signed can be prepared again.")
    if waiting := consent.renewals.filter(status=Consent.Status.DRAFT).order_by("created_at", "pk").first():
        return waiting
    return prepare_consent(
        participant=consent.participant,
        supporter=consent.supporter,
        variant=consent.variant,
        kinds=consent.kinds,
        recipient=consent.recipient,
        purpose=consent.purpose,
        information=consent.information,
        discloser=consent.discloser,
        redisclosure=consent.redisclosure,
        if_declined=consent.if_declined,
        right_to_revoke=consent.right_to_revoke,
        expires_at=expires_at,
        expires_when=consent.expires_when,
        language=consent.language,
        initiated=consent.purpose.lower().startswith(rules.AT_REQUEST),
        extra=consent.extra,
        revocable_on=consent.revocable_on,
        renews=consent,
        by=by,
        at=at,
    )


@transaction.atomic
def sign_consent(
    *,
    consent: Consent,
    signer_name: str,
    how: str,
    by: Membership,
    at: datetime,
    capacity: str = rules.Capacity.SELF,
    second_name: str = "",
    basis: str = "",
    paper_on: date | None = None,
) -> Consent:
    """The consent is in force from now on, signed by the participant or whoever may sign for them, under its text.

    Someone who keeps consents is the witness of what is signed on the tablet, and enters what was signed on paper.
    """
    consent = Consent.objects.select_for_update().select_related("participant__program").get(pk=consent.pk)
    keeps = by.program_id == consent.participant.program_id and by.may(Permission.KEEP_CONSENTS)
    if reasons := rules.why_not_sign(
        status=consent.status,
        own=by.pk == consent.participant.membership_id,
        in_the_room=how == rules.Method.TABLET and keeps,
        paper=how == rules.Method.PAPER and keeps,
        paper_on=paper_on,
        today=local_day(at, consent.participant.program.zone),
        signer_name=signer_name,
        legal_name=consent.participant.legal_name,
        expired=consent.expires_at is not None and consent.expires_at <= at,
        capacity=capacity,
        second_name=second_name,
        basis=basis,
    ):
        raise Refused(reasons)
    consent.status, consent.signed_at, consent.signed_by = Consent.Status.ACTIVE, at, by
    consent.signer_name, consent.signed_how = signer_name.strip(), how
    consent.capacity, consent.paper_on = capacity, paper_on if how == rules.Method.PAPER else None
    consent.second_name = second_name.strip() if capacity == rules.Capacity.MINOR_AND_PARENT else ""
    consent.basis = basis.strip() if capacity == rules.Capacity.REPRESENTATIVE else ""
    consent.save(
        update_fields=[
            "status", "signed_at", "signed_by", "signer_name", "signed_how", "capacity", "basis", "second_name",
            "paper_on",
        ]
    )  # fmt: skip
    _changed("signed", consent, by, at, capacity=capacity, method=how)
    return consent


@transaction.atomic
def revoke_consent(
    *, consent: Consent, how: str, by: Membership, at: datetime, received_at: datetime | None = None
) -> Consent:
    """The consent has ended from the instant the program was told; that it was once in force stays on record.

    `received_at`: when a request in writing or by word reached the program, where that was before it is entered. What
    was read on the consent until then is kept as its reliance.
    """
    consent = Consent.objects.select_for_update().select_related("participant__program").get(pk=consent.pk)
    if reasons := rules.why_not_revoke(
        status=consent.status,
        at=at,
        received_at=received_at,
        signed_at=consent.signed_at,
        revocable_on=consent.revocable_on,
        today=local_day(at, consent.participant.program.zone),
    ):
        raise Refused(reasons)
    ends = received_at or at
    consent.status, consent.revoked_at, consent.revoked_by = Consent.Status.REVOKED, ends, by
    consent.revoked_how, consent.revocation_entered_at = how[:200], at
    consent.relied_reads, consent.relied_last_at = queries.relied_on(consent, at)
    consent.save(
        update_fields=[
            "status", "revoked_at", "revoked_by", "revoked_how", "revocation_entered_at", "relied_reads",
            "relied_last_at",
        ]
    )  # fmt: skip
    _changed("revoked", consent, by, at, received_at=ends.isoformat(), relied_reads=consent.relied_reads)
    return consent


# --- before a consent ends --------------------------------------------------------------------------------------------


@transaction.atomic
def announce_end(*, consent: Consent, at: datetime) -> ConsentNotice | None:
    """Whoever leads the person's care hears on Today that the consent will end; the person, by words that say nothing.

    The nearest notice alone, and each once; none where the next consent is prepared already.
    """
    consent = (
        Consent.objects.select_for_update(of=("self",))
        .select_related("participant__program", "participant__membership__user")
        .get(pk=consent.pk)
    )
    assert consent.expires_at is not None
    person, zone = consent.participant, consent.participant.program.zone
    last = queries.last_day(consent.expires_at, zone)
    given = consent.notices.values_list("days", flat=True)
    days = rules.notice_due(last=last, today=local_day(at, zone), given=given)
    if consent.status != Consent.Status.ACTIVE or days is None or queries.renewed(consent) is not None:
        return None
    episode = people.current_episode(person.pk)
    notice = ConsentNotice.objects.create(
        consent=consent, days=days, last_on=last, told_at=at, owner=episode.primary if episode else None
    )
    if person.membership is not None:
        outbox.queue_email(
            recipient=person.membership.user.email,
            recipient_id=person.membership.pk,
            program_id=person.program_id,
            kind="something-new",
            link=f"{settings.SITE}/",
            due_at=at,
            at=at,
        )
    audit.record(
        what="consent.end-announced",
        about=consent,
        by=None,
        at=at,
        participant_id=person.pk,
        program_id=person.program_id,
        days=days,
    )
    return notice


@transaction.atomic
def see_notice(*, notice: ConsentNotice, by: Membership, at: datetime) -> ConsentNotice:
    """The one who was told has seen it; sent twice, it was seen once."""
    notice = ConsentNotice.objects.select_for_update().select_related("consent").get(pk=notice.pk)
    if notice.seen_at is None:
        notice.seen_at, notice.seen_by = at, by
        notice.save(update_fields=["seen_at", "seen_by"])
        audit.record(
            what="consent.end-seen", about=notice.consent, by=by, at=at, participant_id=notice.consent.participant_id
        )
    return notice


# --- items marked as sensitive ----------------------------------------------------------------------------------------


@transaction.atomic
def label_item(
    *,
    item: models.Model,
    item_id: UUID | str,
    participant: Participant,
    word: str,
    reason: str,
    author: bool,
    by: Membership,
    at: datetime,
) -> ItemLabel | None:
    """The item is marked so from now on, as the next version of its mark; nothing where it is marked so already.

    `item_id` is the id that stays the same through all versions of the item. `author`: `by` wrote it.
    """
    Participant.objects.select_for_update().get(pk=participant.pk)
    rows = ItemLabel.objects.filter(item=item._meta.label_lower, item_id=str(item_id)).order_by("-version", "pk")
    newest = rows.first()
    if (newest.word if newest else "") == word:
        return newest
    if reasons := rules.why_not_label(
        word=word,
        known=[one.value for one in rules.Label],
        reason=reason,
        first=newest is None,
        author=author,
        supervises=by.program_id == participant.program_id and Role.SUPERVISOR in by.roles,
    ):
        raise Refused(reasons)
    made = ItemLabel.objects.create(
        participant=participant,
        item=item._meta.label_lower,
        item_id=str(item_id),
        version=newest.version + 1 if newest else 1,
        word=word,
        reason=reason.strip()[:300],
        at=at,
        by=by,
    )
    audit.record(
        what="item.labelled",
        about=item,
        by=by,
        at=at,
        participant_id=participant.pk,
        version=made.version,
        sensitive=bool(word),
    )
    return made


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


def _changed(to: str, consent: Consent, by: Membership, at: datetime, **facts: Any) -> None:
    ConsentChange.objects.create(consent=consent, to=to, at=at, by=by)
    audit.record(
        what=f"consent.{to}",
        about=consent,
        by=by,
        at=at,
        participant_id=consent.participant_id,
        variant=consent.variant,
        kinds=consent.kinds,
        **facts,
    )
