"""The one guard: every read of a person's record starts here, from the viewer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.http import Http404

from openiop.audit.models import Event
from openiop.base.rules import local_day
from openiop.consents.models import Consent, ConsentChange, ConsentNotice, Emergency, ItemLabel
from openiop.consents.rules import (
    KIND_WORDS,
    NOTICE_DAYS,
    PURPOSES,
    VARIANT_WORDS,
    Access,
    Composed,
    Kind,
    Label,
    Purpose,
    Relation,
    Terms,
    Variant,
    compose,
    day_words,
    decide,
    first,
    in_force,
    is_far,
    notice_due,
    opens_labelled,
    state_of,
    why_not_in_force,
)
from openiop.participants import queries as participants
from openiop.participants.models import Episode, Participant, Supporter
from openiop.programs.models import Membership
from openiop.programs.rules import STAFF, Permission, Role


@dataclass(frozen=True)
class Opened:
    """A record as this viewer may see it, with the rule that let them in."""

    participant: Participant
    episode: Episode | None
    kind: Kind
    access: Access
    relation: Relation
    head: frozenset[str] = frozenset()  # what the head of every page of the record may say besides name and number
    emergency: Emergency | None = None

    def shows(self, name: str) -> bool:
        """Whether this field of the kind is for this viewer."""
        return name in self.access.fields

    @property
    def emergency_kinds(self) -> frozenset[Kind]:
        """What an emergency access, open now, lets the viewer read whatever their role."""
        return frozenset(Kind(kind) for kind in self.emergency.kinds) if self.emergency else frozenset()


def emergency_open(viewer: Membership, participant_id: UUID, at: datetime) -> Emergency | None:
    """The viewer's own emergency access to this record, if one is open at the instant."""
    rows = Emergency.objects.filter(
        opened_by=viewer, participant_id=participant_id, opened_at__lte=at, closes_at__gt=at
    )
    return rows.exclude(ended_at__lte=at).order_by("-opened_at", "pk").first()


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


def ask(
    viewer: Membership,
    participant: Participant,
    kind: Kind,
    at: datetime,
    page: Permission,
    *,
    author: bool = False,
) -> Opened:
    """The guard's answer for a person already at hand; it raises nothing.

    `page` is the permission of the page that asks, from which its purposes follow. `author`: the viewer wrote the one
    item asked for. An emergency access of this viewer to this record is the last thing the guard looks at.
    """
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
    staff = stands in {Relation.TEAM, Relation.STAFF}
    emergency = emergency_open(viewer, participant.pk, at) if staff else None
    access = first(
        purposes=(*PURPOSES[page], *([Purpose.EMERGENCY] if emergency else [])),
        relation=stands,
        roles=viewer.roles,
        kind=kind,
        at=at,
        consents=terms,
        supporter_id=supporter_id,
        author=author,
        emergency=emergency.terms() if emergency and emergency.covers(kind) else None,
    )
    also = partial(first, purposes=PURPOSES[page], relation=stands, roles=viewer.roles, at=at)
    head = (also(kind=Kind.CONTACT).fields & {"pronouns"}) | (also(kind=Kind.PLACEMENT).fields & {"level"})
    return Opened(
        participant=participant,
        episode=episode,
        kind=kind,
        access=access,
        relation=stands,
        head=head,
        emergency=emergency,
    )


def open_record(
    viewer: Membership,
    participant_id: UUID,
    kind: Kind,
    at: datetime,
    page: Permission,
    *,
    author: bool = False,
) -> Opened:
    """The person's record for this viewer; a stranger gets 404, a colleague without the permission 403."""
    participant = Participant.objects.select_related("program", "membership").filter(pk=participant_id).first()
    if participant is None:
        raise Http404
    opened = ask(viewer, participant, kind, at, page, author=author)
    if opened.access.status == 404:
        raise Http404
    if not opened.access.allowed:
        raise PermissionDenied(opened.access.rule)
    return opened


def in_program(viewer: Membership, kind: Kind, at: datetime, page: Permission, *, team: bool = False) -> Access:
    """The guard's answer for pages that show many people of the viewer's own program: the same for each of them.

    `team`: the page shows people of the viewer's own team alone.
    """
    stands = Relation.TEAM if team else Relation.STAFF
    return first(purposes=PURPOSES[page], relation=stands, roles=viewer.roles, kind=kind, at=at)


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
    language: str = "en",
    revocable_on: date | None = None,
    extra: Mapping[str, str] | None = None,
    **given: str,
) -> Composed:
    """The consent these entries would make, word for word, with every reason it may not stand; nothing is kept."""
    program = participant.program
    recipient = supporter.name if supporter else given["recipient"]
    day, far = "", False
    if expires_at:
        last = last_day(expires_at, program.zone)
        far = is_far(last, local_day(at, program.zone))
        day = day_words(last, language)
    return compose(
        program=program.name,
        kinds=kinds,
        given=given | dict(extra or {}) | {"participant": participant.legal_name, "recipient": recipient},
        ends_on=day,
        ends_when=expires_when,
        past=expires_at is not None and expires_at <= at,
        far=far,
        supported=supporter is not None,
        initiated=initiated,
        language=language,
        revocable_day=day_words(revocable_on, language) if revocable_on else "",
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
            purpose=Purpose.SUPPORT,
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
    """What one viewer would get for one kind of information, and the rule that says so."""

    kind: Kind
    words: str
    access: Access


def sight_of(supporter: Supporter, at: datetime) -> list[Sight]:
    """Kind by kind, what the guard would answer this supporter now."""
    terms = [row.terms() for row in Consent.objects.filter(supporter=supporter).order_by("created_at", "pk")]
    ended = supporter.ended_at is not None and at >= supporter.ended_at
    stands = Relation.STRANGER if ended else Relation.SUPPORTER
    return _sights(stands, [], (Purpose.SUPPORT,), at, terms, str(supporter.pk))


def sight_of_role(role: Role, on_team: bool, at: datetime) -> list[Sight]:
    """Kind by kind, what the guard would answer a colleague with this role alone, on the person's team or not."""
    purposes = (Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.OVERSIGHT)
    return _sights(Relation.TEAM if on_team else Relation.STAFF, [role], purposes, at, [], "")


def sight_of_payer(participant_id: UUID, at: datetime) -> list[Sight]:
    """Kind by kind, what may go to a payer now, on the consents in force."""
    rows = Consent.objects.filter(participant_id=participant_id, variant__in=[Variant.TPO, Variant.PAYER])
    terms = [row.terms() for row in rows.order_by("created_at", "pk")]
    return _sights(Relation.PAYER, [], (Purpose.PAYMENT,), at, terms, "")


def _sights(
    stands: Relation,
    roles: list[Role],
    purposes: Iterable[Purpose],
    at: datetime,
    terms: Iterable[Terms],
    supporter_id: str,
) -> list[Sight]:
    purposes, terms = tuple(purposes), list(terms)
    return [
        Sight(
            kind=kind,
            words=words,
            access=first(
                purposes=purposes,
                relation=stands,
                roles=roles,
                kind=kind,
                at=at,
                consents=terms,
                supporter_id=supporter_id,
            ),
        )
        for kind, words in KIND_WORDS.items()
    ]


@dataclass(frozen=True)
class SeenAs:
    """Whom the page speaks of, and what they would see of this record this minute, by the guard's own answer."""

    key: str
    words: str
    sights: list[Sight]
    supporter: Supporter | None = None


def see_as_choices(participant_id: UUID) -> list[tuple[str, str]]:
    """Everyone a record can be looked at as: supporters named, each role on the team or not, a payer."""
    named = [row for row in participants.supporters(participant_id) if row.ended_at is None]
    found = [(f"supporter:{row.pk}", f"{row.name}, {row.relation}") for row in named]
    for role in sorted(STAFF):
        found += [
            (f"team:{role}", f"{role.replace('-', ' ').capitalize()}, on the care team"),
            (f"staff:{role}", f"{role.replace('-', ' ').capitalize()}, not on the team"),
        ]
    return [*found, ("payer", "A payer")]


def see_as(participant_id: UUID, key: str, at: datetime) -> SeenAs:
    """The record as this viewer would see it, kind by kind; 404 for a viewer there is none of."""
    words = dict(see_as_choices(participant_id))
    if key not in words and not key.startswith("supporter:"):
        raise Http404
    sort, _, which = key.partition(":")
    if sort == "payer":
        return SeenAs(key, words[key], sight_of_payer(participant_id, at))
    if sort == "supporter":
        row = next((one for one in participants.supporters(participant_id) if str(one.pk) == which), None)
        if row is None:
            raise Http404
        return SeenAs(key, f"{row.name}, {row.relation}", sight_of(row, at), row)
    return SeenAs(key, words[key], sight_of_role(Role(which), sort == "team", at))


@dataclass(frozen=True)
class Seen:
    """One supporter and, in words, what they see now, and what they may be told in an emergency."""

    supporter: Supporter
    sees: list[str]
    told: list[str]


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
                relation=Relation.SUPPORTER,
                purpose=Purpose.SUPPORT,
                roles=(),
                kind=kind,
                at=at,
                consents=terms,
                supporter_id=str(supporter.pk),
            ).allowed
        ]
        named = [one for one in terms if one.variant == Variant.EMERGENCY_CONTACT and in_force(one, at)]
        told = [words for kind, words in KIND_WORDS.items() if any(kind in one.kinds for one in named)]
        found.append(Seen(supporter, sees, told))
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
            relation=Relation.SUPPORTER,
            purpose=Purpose.SUPPORT,
            roles=(),
            kind=kind,
            at=at,
            consents=[terms],
            supporter_id=terms.supporter_id,
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


# --- when a consent ends ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ending:
    """One consent in force that is about to end, with its last day and how many days are left."""

    consent: Consent
    words: str
    last_on: date
    days: int


def ending(program_id: UUID, within_days: int, at: datetime) -> list[Ending]:
    """Consents of the program in force now whose last day is at most so many days away, the nearest first."""
    rows = Consent.objects.filter(
        participant__program_id=program_id,
        status=Consent.Status.ACTIVE,
        expires_at__gt=at,
        expires_at__lte=at + timedelta(days=within_days + 2),
    )
    found = []
    for row in rows.select_related("participant__program", "supporter").order_by("expires_at", "pk"):
        assert row.expires_at is not None
        zone = row.participant.program.zone
        last = last_day(row.expires_at, zone)
        days = (last - local_day(at, zone)).days
        if days <= within_days:
            found.append(Ending(row, VARIANT_WORDS[Variant(row.variant)], last, days))
    return found


def to_announce(at: datetime) -> list[Consent]:
    """Consents of every program in force now for which a notice is due and that nothing follows yet."""
    latest = at + timedelta(days=max(NOTICE_DAYS) + 2)
    rows = Consent.objects.filter(status=Consent.Status.ACTIVE, expires_at__gt=at, expires_at__lte=latest)
    follows = Consent.objects.filter(renews=OuterRef("pk"), status__in=[Consent.Status.DRAFT, Consent.Status.ACTIVE])
    rows = rows.filter(~Exists(follows)).select_related("participant__program").prefetch_related("notices")
    found = []
    for row in rows.order_by("expires_at", "pk"):
        assert row.expires_at is not None
        zone = row.participant.program.zone
        given = [notice.days for notice in row.notices.all()]
        if notice_due(last=last_day(row.expires_at, zone), today=local_day(at, zone), given=given) is not None:
            found.append(row)
    return found


def renewed(consent: Consent) -> Consent | None:
    """The consent prepared to follow this one, waiting or in force, or None."""
    rows = consent.renewals.filter(status__in=[Consent.Status.DRAFT, Consent.Status.ACTIVE])
    return rows.order_by("-created_at", "pk").first()


def notices_for(member: Membership, at: datetime) -> list[ConsentNotice]:
    """What the member still has to hear about consents of their people that end soon, the nearest first."""
    return _nearest(ConsentNotice.objects.filter(owner=member, seen_at__isnull=True), at)


def ending_for(participant_id: UUID, at: datetime) -> list[ConsentNotice]:
    """The person's own consents that were announced to end, the nearest first; none that another follows."""
    return _nearest(ConsentNotice.objects.filter(consent__participant_id=participant_id), at)


def _nearest(rows: QuerySet[ConsentNotice], at: datetime) -> list[ConsentNotice]:
    rows = rows.filter(consent__status=Consent.Status.ACTIVE, consent__expires_at__gt=at)
    rows = rows.select_related("consent__participant", "consent__supporter").order_by("last_on", "days", "pk")
    nearest: dict[UUID, ConsentNotice] = {}
    for row in rows:
        nearest.setdefault(row.consent_id, row)
    followed = set(
        Consent.objects.filter(
            renews__in=list(nearest), status__in=[Consent.Status.DRAFT, Consent.Status.ACTIVE]
        ).values_list("renews_id", flat=True)
    )
    return [row for key, row in nearest.items() if key not in followed]


def notice_for(viewer: Membership, notice_id: UUID) -> ConsentNotice:
    """One notice of the viewer's program; 404 for another's."""
    rows = ConsentNotice.objects.filter(pk=notice_id, consent__participant__program_id=viewer.program_id)
    row = rows.select_related("consent").first()
    if row is None:
        raise Http404
    return row


def changes(consent: Consent) -> QuerySet[ConsentChange]:
    """Every step of the consent's life with who took it, oldest first."""
    return consent.changes.select_related("by").order_by("at", "created_at", "pk")


def next_last_day(consent: Consent, today: date) -> date | None:
    """The last day to offer for the consent that follows: as long again as this one was given; None without an end."""
    if consent.expires_at is None or consent.signed_at is None:
        return None
    zone = consent.participant.program.zone
    last = last_day(consent.expires_at, zone)
    return max(last, today) + (last - local_day(consent.signed_at, zone))


def basis_holds(basis_id: str, at: datetime) -> str:
    """Why a message that rests on this consent may not leave now; empty where it may (42 CFR 2.31(c))."""
    row = Consent.objects.filter(pk=basis_id).first()
    return why_not_in_force(row.terms() if row else None, at)


def relied_on(consent: Consent, until: datetime) -> tuple[int, datetime | None]:
    """How often the record was read on this consent before the instant, and when last: the reliance kept on ending."""
    rows = Event.objects.about_person(consent.participant_id).filter(
        what="chart.opened", at__lt=until, facts__consent=str(consent.pk)
    )
    found = rows.aggregate(last=Max("at"))
    return rows.count(), found["last"]


# --- items marked as sensitive ----------------------------------------------------------------------------------------


def labels(item: str, ids: Iterable[object]) -> dict[str, Label]:
    """How these items (of the model with this label) are marked now; those never marked are left out."""
    wanted = [str(one) for one in ids]
    rows = ItemLabel.objects.filter(item=item, item_id__in=wanted).order_by("version", "pk")
    return {item_id: Label(word) for item_id, word in rows.values_list("item_id", "word") if item_id}


def label_history(item: str, item_id: object) -> list[ItemLabel]:
    """Every way the item was marked, oldest first."""
    rows = ItemLabel.objects.filter(item=item, item_id=str(item_id)).select_related("by")
    return list(rows.order_by("version", "pk"))


def opens_sensitive(viewer: Membership, episode_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the stays whose sensitive items open to this colleague: a supervisor's all, else those of their team."""
    ids = list(episode_ids)
    if Role.SUPERVISOR in viewer.roles:
        return frozenset(ids)
    mine = Q(primary=viewer) | Q(team__member=viewer, team__until_on__isnull=True)
    return frozenset(Episode.objects.filter(mine, pk__in=ids).order_by("pk").values_list("pk", flat=True))


def kept_back(access: Access, item: str, ids: Iterable[object]) -> frozenset[str]:
    """Those of the items that are marked as sensitive and do not open to whoever got this answer."""
    if opens_labelled(access):
        return frozenset()
    return frozenset(item_id for item_id, word in labels(item, ids).items() if word is not Label.NONE)
