"""The one guard: every read of a person's record starts here, from the viewer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from openiop.consents.models import Consent
from openiop.consents.rules import Access, Kind, Relation, decide, in_force
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
    """All consents of the person, newest first."""
    rows = Consent.objects.filter(participant_id=participant_id).select_related("supporter", "prepared_by")
    return rows.order_by("-created_at", "pk")


def has_tpo(participant_id: UUID, at: datetime) -> bool:
    """Whether a consent for treatment, payment and operations is in force at the instant."""
    rows = Consent.objects.filter(participant_id=participant_id, variant="tpo_single")
    return any(in_force(consent.terms(), at) for consent in rows)


def supporters_who_see(participant_id: UUID, kind: Kind, at: datetime) -> list[Supporter]:
    """Supporters a consent in force lets see this kind of information, by name."""
    rows = Consent.objects.filter(participant_id=participant_id, supporter__isnull=False).select_related("supporter")
    seen: dict[UUID, Supporter] = {}
    for consent in rows:
        terms = consent.terms()
        opened = decide(
            relation=Relation.SUPPORTER, roles=(), kind=kind, at=at, consents=[terms], supporter_id=terms.supporter_id
        )
        if opened.allowed and consent.supporter is not None:
            seen[consent.supporter.pk] = consent.supporter
    return sorted(seen.values(), key=lambda supporter: (supporter.name, str(supporter.pk)))


def who_line(participant: Participant, kind: Kind, at: datetime) -> str:
    """The sentence a page shows where someone writes: who can read this, computed from roles and consents."""
    named = [supporter.name for supporter in supporters_who_see(participant.pk, kind, at)]
    line = "Your care team can see this"
    return f"{line}, and {', '.join(named)} by your consent." if named else f"{line}. No one outside the program can."
