"""The one guard: every read of a person's record starts here, from the viewer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from openiop.base.rules import local_day
from openiop.consents.models import Consent
from openiop.consents.rules import (
    KIND_WORDS,
    VARIANT_WORDS,
    Access,
    Composed,
    Kind,
    Relation,
    Variant,
    compose,
    decide,
    in_force,
    is_far,
    state_of,
)
from openiop.participants import queries as participants
from openiop.participants.models import Episode, Participant, Supporter
from openiop.programs.models import Membership


@dataclass(frozen=True)
class Opened:
    """A record as this viewer may see it, with the rule that let them in."""

    participant: Participant
    episode: Episode | None
    kind: Kind
    access: Access
    relation: Relation


def relation(viewer: Membership, participant: Participant, episode: Episode | None) -> Relation:
    """How the viewer stands to the person."""
    if participant.program_id != viewer.program_id:
        return Relation.STRANGER
    if participant.membership_id == viewer.pk:
        return Relation.SELF
    if Supporter.objects.filter(participant=participant, membership=viewer, ended_at__isnull=True).exists():
        return Relation.SUPPORTER
    if not viewer.is_staff:
        return Relation.STRANGER
    on_team = episode is not None and (
        episode.primary_id == viewer.pk or episode.team.filter(member=viewer, until_on__isnull=True).exists()
    )
    return Relation.TEAM if on_team else Relation.STAFF


def ask(viewer: Membership, participant: Participant, kind: Kind, at: datetime) -> Opened:
    """The guard's answer for a person already at hand; it raises nothing."""
    episode = (
        Episode.objects.filter(participant=participant).select_related("primary").order_by("-started_on", "pk").first()
    )
    stands = relation(viewer, participant, episode)
    terms = []
    supporter_id = ""
    if stands is Relation.SUPPORTER:
        supporter_id = str(viewer.supporter.pk)
        terms = [
            consent.terms() for consent in Consent.objects.filter(participant=participant, supporter=viewer.supporter)
        ]
    access = decide(relation=stands, roles=viewer.roles, kind=kind, at=at, consents=terms, supporter_id=supporter_id)
    return Opened(participant=participant, episode=episode, kind=kind, access=access, relation=stands)


def open_record(viewer: Membership, participant_id: UUID, kind: Kind, at: datetime) -> Opened:
    """The person's record for this viewer; a stranger gets 404, a colleague without the permission 403."""
    participant = Participant.objects.select_related("program", "membership").filter(pk=participant_id).first()
    if participant is None:
        raise Http404
    opened = ask(viewer, participant, kind, at)
    if opened.access.status == 404:
        raise Http404
    if not opened.access.allowed:
        raise PermissionDenied(opened.access.rule)
    return opened


def consents_of(participant_id: UUID) -> QuerySet[Consent]:
    """All consents of the person that were not set aside before signing, newest first."""
    rows = Consent.objects.filter(participant_id=participant_id).exclude(status=Consent.Status.WITHDRAWN)
    return rows.select_related("supporter", "prepared_by").order_by("-created_at", "pk")


def composed(
    *,
    participant: Participant,
    kinds: Iterable[str],
    supporter: Supporter | None,
    expires_at: datetime | None,
    expires_when: str,
    initiated: bool,
    at: datetime,
    **given: str,
) -> Composed:
    """The consent these entries would make, word for word, with every reason it may not stand; nothing is kept."""
    program = participant.program
    recipient = supporter.name if supporter else given["recipient"]
    day, far = "", False
    if expires_at:
        last = last_day(expires_at, program.zone)
        far = is_far(last, local_day(at, program.zone))
        day = f"{last:%B} {last.day}, {last.year}"
    return compose(
        program=program.name,
        kinds=kinds,
        given=given | {"participant": participant.legal_name, "recipient": recipient},
        ends_on=day,
        ends_when=expires_when,
        past=expires_at is not None and expires_at <= at,
        far=far,
        supported=supporter is not None,
        initiated=initiated,
    )


def consent_of(participant_id: UUID, consent_id: UUID) -> Consent:
    """One consent of this person with those who prepared, signed and ended it; 404 for any other."""
    rows = Consent.objects.filter(participant_id=participant_id, pk=consent_id)
    row = rows.select_related("supporter", "prepared_by", "signed_by", "revoked_by", "participant__program").first()
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True)
class Held:
    """One consent as it stands now, and what it opens at this instant, in words."""

    consent: Consent
    state: str
    words: str
    opens: list[str]
    covers: list[str]
    last_on: date | None


def held(consent: Consent, zone: str, at: datetime) -> Held:
    """How a consent stands. What it opens is the guard's own answer, kind by kind; a disclosure opens no page."""
    terms = consent.terms()
    opens = [
        KIND_WORDS[kind]
        for kind in Kind
        if decide(
            relation=Relation.SUPPORTER,
            roles=(),
            kind=kind,
            at=at,
            consents=[terms],
            supporter_id=str(consent.supporter_id or ""),
        ).allowed
    ]
    return Held(
        consent=consent,
        state=state_of(status=consent.status, expires_at=consent.expires_at, at=at),
        words=VARIANT_WORDS[Variant(consent.variant)],
        opens=opens,
        covers=[KIND_WORDS[Kind(kind)] for kind in consent.kinds],
        last_on=last_day(consent.expires_at, zone) if consent.expires_at else None,
    )


def last_day(expires_at: datetime, zone: str) -> date:
    """The last day on which a consent still holds: it ends with that day, or within it."""
    return local_day(expires_at - timedelta(seconds=1), zone)


@dataclass(frozen=True)
class Sight:
    """What one supporter would get for one kind of information, and the rule that says so."""

    kind: Kind
    words: str
    access: Access


def sight_of(supporter: Supporter, at: datetime) -> list[Sight]:
    """Kind by kind, what the guard would answer this supporter now."""
    terms = [row.terms() for row in Consent.objects.filter(supporter=supporter).order_by("created_at", "pk")]
    ended = supporter.ended_at is not None and at >= supporter.ended_at
    stands = Relation.STRANGER if ended else Relation.SUPPORTER
    return [
        Sight(
            kind=kind,
            words=KIND_WORDS[kind],
            access=decide(relation=stands, roles=(), kind=kind, at=at, consents=terms, supporter_id=str(supporter.pk)),
        )
        for kind in Kind
    ]


@dataclass(frozen=True)
class Seen:
    """One supporter and, in words, what they see now."""

    supporter: Supporter
    sees: list[str]


def sights(participant_id: UUID, at: datetime) -> list[Seen]:
    """Everyone still named, by name, each with what the guard lets them see now."""
    by_supporter: dict[UUID, list[Consent]] = {}
    for row in Consent.objects.filter(participant_id=participant_id, supporter__isnull=False).order_by("pk"):
        by_supporter.setdefault(row.supporter_id, []).append(row)  # type: ignore[arg-type]
    found = []
    for supporter in participants.supporters(participant_id):
        if supporter.ended_at:
            continue
        terms = [row.terms() for row in by_supporter.get(supporter.pk, [])]
        sees = [
            KIND_WORDS[kind]
            for kind in Kind
            if decide(
                relation=Relation.SUPPORTER, roles=(), kind=kind, at=at, consents=terms, supporter_id=str(supporter.pk)
            ).allowed
        ]
        found.append(Seen(supporter, sees))
    return found


def supporter_of(participant_id: UUID, supporter_id: UUID) -> Supporter:
    """One supporter of this person; 404 for any other."""
    row = participants.supporters(participant_id).filter(pk=supporter_id).first()
    if row is None:
        raise Http404
    return row


def has_tpo(participant_id: UUID, at: datetime) -> bool:
    """Whether a consent for treatment, payment and operations is in force at the instant."""
    rows = Consent.objects.filter(participant_id=participant_id, variant="tpo_single")
    return any(in_force(consent.terms(), at) for consent in rows)


def supporters_who_see(participant_id: UUID, kind: Kind, at: datetime) -> list[Supporter]:
    """Supporters a consent in force lets see this kind of information, by name."""
    rows = Consent.objects.filter(
        participant_id=participant_id, supporter__isnull=False, supporter__ended_at__isnull=True
    )
    return _let_in(rows.select_related("supporter"), kind, at)


def _let_in(rows: Iterable[Consent], kind: Kind, at: datetime) -> list[Supporter]:
    """Those of the consents' supporters, still named, whom one in force lets see this, by name."""
    seen: dict[UUID, Supporter] = {}
    for consent in rows:
        if consent.supporter is None or consent.supporter.ended_at is not None:
            continue
        terms = consent.terms()
        opened = decide(
            relation=Relation.SUPPORTER, roles=(), kind=kind, at=at, consents=[terms], supporter_id=terms.supporter_id
        )
        if opened.allowed:
            seen[consent.supporter.pk] = consent.supporter
    return sorted(seen.values(), key=lambda supporter: (supporter.name, str(supporter.pk)))


def who_line(participant: Participant, kind: Kind, at: datetime) -> str:
    """The sentence a page shows where someone writes: who can read this, computed from roles and consents."""
    rows = list(Consent.objects.filter(participant_id=participant.pk).select_related("supporter").order_by("pk"))
    named = [supporter.name for supporter in _let_in(rows, kind, at)]
    line = "Your care team can see this"
    line = f"{line}, and {', '.join(named)} by your consent." if named else f"{line}."
    if any(not row.supporter_id and kind in row.kinds and in_force(row.terms(), at) for row in rows):
        return f"{line} Others only as a consent you signed says."
    return line if named else f"{line} No one outside the program can."
