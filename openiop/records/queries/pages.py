"""What the pages of this room show: the bases to choose from, a decision with its parts, and a caller's answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from openiop.base.rules import local_day
from openiop.consents.models import Consent
from openiop.consents.rules import KIND_WORDS, READERS, VARIANT_WORDS, Kind, Variant
from openiop.disclosures import queries as disclosures
from openiop.disclosures.models import Agreement, Disclosure, LegalProcess
from openiop.disclosures.rules import release
from openiop.participants import queries as participants
from openiop.participants.models import Participant
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.records import rules
from openiop.records.queries import packet


def officer(viewer: Membership) -> bool:
    """Whether the viewer works on legal papers, and so releases where others must not."""
    return viewer.may(Permission.WORK_LEGAL)


def readable(viewer: Membership) -> frozenset[str]:
    """The kinds this viewer may hand out: those a role of theirs reads; all, for the privacy officer and the person."""
    if officer(viewer) or viewer.may(Permission.OWN_RECORD):
        return frozenset(kind.value for kind in Kind)
    return frozenset(kind.value for kind in Kind if viewer.roles & READERS[kind])


@dataclass(frozen=True)
class Ground:
    """One thing a release can rest on, with what it limits."""

    on: str
    basis: release.Basis
    title: str
    says: str
    consent: Consent | None = None
    process: LegalProcess | None = None

    @property
    def receivers(self) -> tuple[release.Receiver, ...]:
        """Whom it can reach."""
        if self.consent is not None:
            return rules.receivers_for(self.consent.variant)
        return {
            release.Basis.AUDIT: (release.Receiver.AUDITOR,),
            release.Basis.CHILD_REPORT: (release.Receiver.AUTHORITY,),
            release.Basis.OWN: (release.Receiver.SELF,),
        }.get(self.basis, (release.Receiver.COURT, release.Receiver.ATTORNEY, release.Receiver.AUTHORITY))

    @property
    def uses(self) -> tuple[release.Use, ...]:
        """What it can be for."""
        if self.consent is not None:
            return rules.uses_for(self.consent.variant)
        return {
            release.Basis.AUDIT: (release.Use.AUDIT,),
            release.Basis.CHILD_REPORT: (release.Use.REPORT,),
            release.Basis.OWN: (release.Use.OWN,),
        }.get(self.basis, (release.Use.PROCEEDINGS,))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What it covers, of what can be put together here."""
        if self.consent is not None:
            return tuple(kind for kind in rules.RELEASABLE if kind in self.consent.kinds)
        if self.process is not None:
            return tuple(kind for kind in rules.RELEASABLE if kind in self.process.kinds)
        if self.basis is release.Basis.CHILD_REPORT:
            return (Kind.CONTACT,)
        return rules.OWN_COPY if self.basis is release.Basis.OWN else rules.RELEASABLE

    @property
    def recipient(self) -> str:
        """The receiver it names, to begin with."""
        if self.consent is None or any(release.names_class(self.consent.recipient, one) for one in self.receivers):
            return ""
        return self.consent.recipient.split(";")[0].strip()


def _variant_words(variant: str) -> str:
    return VARIANT_WORDS[Variant(variant)] if variant in set(Variant) else variant.replace("_", " ")


def grounds(participant: Participant, at: datetime) -> list[Ground]:
    """Everything a release about this person could rest on now: consents in force, orders, and what the law allows."""
    found = [
        Ground(
            f"consent:{consent.pk}",
            release.Basis.CONSENT,
            _variant_words(consent.variant),
            consent.recipient,
            consent=consent,
        )
        for consent, grant in disclosures.grants(participant.pk, at)
        if grant.holds
    ]
    found += [
        Ground(
            f"court-order:{process.pk}",
            release.Basis.COURT_ORDER,
            release.BASIS_WORDS[release.Basis.COURT_ORDER],
            f"Signed {release.day_words(process.order_on)}" if process.order_on else "",
            process=process,
        )
        for process in disclosures.orders_about(participant.pk)
    ]
    says = {
        release.Basis.AUDIT: "To an auditor with an agreement in force",
        release.Basis.CHILD_REPORT: "Who it is about and how to reach them; nothing of the record",
        release.Basis.OWN: "Everything on record, on paper or as a file",
    }
    return found + [Ground(basis.value, basis, release.BASIS_WORDS[basis], words) for basis, words in says.items()]


def ground_for(participant: Participant, on: str, at: datetime) -> Ground:
    """The ground at this address; 404 for one that does not stand now."""
    found = next((one for one in grounds(participant, at) if one.on == on), None)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Drawn:
    """A release as it would go: the answer, the parts, and what goes with it."""

    found: release.Release
    content: dict[str, Any]
    description: str
    scope: str
    agreement: Agreement | None


def drawn(
    participant: Participant, ground: Ground, ask: release.Ask, *, first: date | None, last: date | None,
    viewer: Membership, at: datetime,
) -> Drawn:  # fmt: skip
    """What this release would hold now; nothing is kept."""
    today = local_day(at, participant.program.zone)
    agreement = None
    if ask.basis == release.Basis.AUDIT:
        agreement = disclosures.audit_agreement(participant.program_id, ask.recipient, today)
    found = release.decide_release(
        ask,
        standing=disclosures.standing(participant.pk, officer=officer(viewer)),
        readable=readable(viewer),
        grant=disclosures.grant(ground.consent, at) if ground.consent else None,
        agreed=agreement is not None,
        order=disclosures.ordered(ground.process, today) if ground.process else None,
    )
    about = packet.About(participant, ask.receiver, first, last, at)
    content = rules.content_of(packet.sections(about, found.kinds))
    scope = ""
    if ground.consent is not None:
        consent = ground.consent
        scope = release.scope_words(
            signed=about.day(consent.signed_at),
            kinds=[_plain_kind(kind) for kind in found.kinds],
            use=release.USE_WORDS[release.Use(ask.use)].lower(),
            ends=about.day(consent.expires_at) or consent.expires_when,
        )
    return Drawn(found, content, rules.described(found.kinds, first, last)[:500], scope, agreement)


def _plain_kind(kind: str) -> str:
    """A kind as a receiver who is not told may read it."""
    return {"diagnoses": "conditions"}.get(kind, KIND_WORDS[Kind(kind)])


def still(disclosure: Disclosure, viewer: Membership, at: datetime) -> list[str]:
    """Why what went out may not go out again from this page now; nothing while its basis still stands."""
    row = disclosure
    assert row.participant is not None
    today = local_day(at, row.program.zone)
    ask = release.Ask(row.basis, row.receiver, row.recipient, row.use, tuple(row.kinds), row.how)
    if row.basis == release.Basis.EMERGENCY:
        return ["What was told in an emergency is not sent again from here."]
    found = release.decide_release(
        ask,
        standing=disclosures.standing(row.participant.pk, officer=officer(viewer)),
        readable=readable(viewer),
        grant=disclosures.grant(row.consent, at) if row.consent else None,
        agreed=row.agreement is not None
        and disclosures.audit_agreement(row.program_id, row.recipient, today) is not None,
        order=disclosures.ordered(row.process, today) if row.process else None,
    )
    lacking = set(row.kinds) - set(found.kinds)
    if found.allowed and lacking:
        return ["Part of it may not go out any more, or none of your roles reads it. Make a new packet."]
    return list(found.reasons)


def own_participant(viewer: Membership) -> Participant:
    """The viewer's own record; 404 for a sign-in that is nobody's yet."""
    mine: Participant | None = getattr(viewer, "participant", None)
    if mine is None:
        raise Http404
    return mine


def person_for(viewer: Membership, participant_id: UUID) -> Participant:
    """Someone of the viewer's program; 404 for everyone else."""
    row = participants.people(viewer.program_id).filter(pk=participant_id).select_related("program").first()
    if row is None:
        raise Http404
    return row


def facts_of(row: Disclosure) -> dict[str, str]:
    """What stands around a packet in its file: from where, for whom, on which basis, with which notice and scope."""
    return {
        "from": row.program.name,
        "recipient": row.recipient,
        "basis": release.BASIS_WORDS[release.Basis(row.basis)],
        "purpose": row.purpose,
        "made": row.made_at.isoformat(),
        "notice": row.notice_words,
        "scope": row.scope,
        "digest": row.digest,
    }


def person_called(viewer: Membership, words: str) -> Participant | None:
    """The one person of the program with this record number or this full name; None for none and for several."""
    said = words.strip()
    rows = participants.people(viewer.program_id)
    number = Q(number=int(said)) if said.isascii() and said.isdecimal() and len(said) < 9 else Q(pk__in=[])
    found = list(
        rows.filter(number | Q(legal_name__iexact=said)).select_related("program").order_by("number", "pk")[:2]
    )
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Answered:
    """What may be said to a caller about someone."""

    participant: Participant | None
    sentence: str
    kinds: tuple[str, ...]


def caller(viewer: Membership, about: str, who: str, at: datetime) -> Answered:
    """The neutral sentence, and what a consent in force lets this caller be told and this viewer say."""
    person = person_called(viewer, about)
    grants: list[release.Grant] = []
    if person is not None:
        grants = [grant for _, grant in disclosures.grants(person.pk, at)]
    found = release.answer_caller(who, grants)
    may_say = readable(viewer)
    told = tuple(KIND_WORDS[Kind(kind)] for kind in found.kinds if kind in may_say)
    return Answered(person if told else None, found.sentence, told)
