"""What stands for and against a release, what left, and which papers bind."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.http import Http404

from openiop.base.rules import local_day
from openiop.consents.models import Consent
from openiop.consents.rules import in_force
from openiop.disclosures.models import (
    Agreement,
    Disclosure,
    LegalHold,
    LegalProcess,
    LegalStep,
    Restriction,
    RightsRequest,
    Seal,
)
from openiop.disclosures.rules import papers, release
from openiop.participants.models import Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program

DATA = Path(__file__).parent / "data"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Notices:
    """The notices of 42 CFR 2.32(a) as they are attached, with their version."""

    version: str
    options: dict[str, str]

    def words(self, option: str) -> str:
        """The text of one option, or nothing where none goes with it."""
        return self.options.get(option, "")


def read_notices(data: dict[str, Any]) -> Notices:
    """The notices of a data file; a text that the rule of today does not know stops the start."""
    options = {str(name): str(words) for name, words in data["options"].items()}
    wrong = [f"{name}: {why}" for name, words in options.items() for why in release.why_not_notice(name, words)]
    if wrong or set(options) != {"A", "B"}:
        raise ValueError("; ".join(wrong) or "The notices are A and B.")
    return Notices(str(data["version"]), options)


@cache
def notices() -> Notices:
    """The notices in force."""
    return read_notices(_read("notices.toml"))


@cache
def integrations() -> dict[str, papers.Integration]:
    """Everything outside that could be switched on, by name."""
    return {
        name: papers.Integration(
            name=name,
            words=row["words"],
            needs=frozenset(row["needs"]),
            local=row.get("local", False),
            consent=row.get("consent", False),
        )
        for name, row in _read("integrations.toml").items()
    }


def sparse_zips(on: date) -> frozenset[str]:
    """Three-digit ZIP areas with too few people on the day: the newest table that had come out by then."""
    tables = [row for row in _read("sparse_zip3.toml")["table"] if date.fromisoformat(row["from"]) <= on]
    newest = max(tables, key=lambda row: str(row["from"]))
    return frozenset(newest["prefixes"])


# --- what stands for and against a release ----------------------------------------------------------------------------


def grant(consent: Consent, at: datetime) -> release.Grant:
    """The consent as release needs it, as it stands at this instant."""
    return release.Grant(
        id=str(consent.pk),
        variant=consent.variant,
        kinds=frozenset(consent.kinds),
        recipient=consent.recipient,
        holds=in_force(consent.terms(), at),
    )


def grants(participant_id: UUID, at: datetime) -> list[tuple[Consent, release.Grant]]:
    """Every signed consent of the person with how it stands now, the newest first."""
    rows = Consent.objects.filter(participant_id=participant_id, signed_at__isnull=False).select_related("supporter")
    return [(row, grant(row, at)) for row in rows.order_by("-signed_at", "pk")]


def standing(participant_id: UUID, *, officer: bool) -> release.Standing:
    """What stands against a release of this record now."""
    agreed = Restriction.objects.filter(participant_id=participant_id, status=Restriction.Status.AGREED)
    limits = tuple(release.Limit(frozenset(row.kinds), row.receiver) for row in agreed.order_by("asked_at", "pk"))
    open_ = LegalProcess.objects.filter(participant_id=participant_id, status=LegalProcess.Status.OPEN)
    return release.Standing(
        limits=limits,
        process_open=open_.exists(),
        on_hold=LegalHold.objects.filter(participant_id=participant_id, lifted_at__isnull=True).exists(),
        sealed=Seal.objects.filter(participant_id=participant_id).exists(),
        officer=officer,
    )


def ordered(process: LegalProcess, today: date) -> release.Ordered:
    """A court's order as release needs it."""
    legal = process.legal()
    return release.Ordered(tuple(papers.why_not_answer(legal, today)), legal.kinds)


# --- what left --------------------------------------------------------------------------------------------------------


def disclosures_of(participant_id: UUID) -> QuerySet[Disclosure]:
    """Everything that left about the person, newest first."""
    rows = Disclosure.objects.filter(participant_id=participant_id).select_related("made_by")
    return rows.order_by("-made_at", "-created_at", "pk")


def accounting(participant_id: UUID, at: datetime) -> list[Disclosure]:
    """Who received this record, as an accounting asked for now lists it (42 CFR 2.25, 45 CFR 164.528)."""
    since = release.years_before(at, release.YEARS_HIPAA)
    rows = disclosures_of(participant_id).filter(made_at__gte=since)
    return [row for row in rows if release.is_accounted(row.sent(), at)]


def intermediary_list(participant_id: UUID, at: datetime) -> list[Disclosure]:
    """Who got this record through an exchange or an app in three years (42 CFR 2.24)."""
    through = {release.Receiver.INTERMEDIARY, release.Receiver.APP}
    rows = disclosures_of(participant_id).filter(receiver__in=through)
    return list(rows.filter(made_at__gte=release.years_before(at, release.YEARS)))


def disclosure_of(participant_id: UUID, disclosure_id: UUID, *, basis: str = "") -> Disclosure:
    """One disclosure about this person, on this basis where one is given, with what went out; 404 for any other."""
    rows = Disclosure.objects.filter(participant_id=participant_id, pk=disclosure_id)
    rows = rows.filter(basis=basis) if basis else rows
    row = rows.select_related("packet", "consent", "process", "agreement", "made_by", "program", "participant").first()
    if row is None:
        raise Http404
    return row


def exports(program_id: UUID) -> QuerySet[Disclosure]:
    """Every de-identified set the program gave out, newest first."""
    rows = Disclosure.objects.filter(program_id=program_id, basis=release.Basis.DEIDENTIFIED)
    return rows.select_related("made_by").order_by("-made_at", "pk")


def export_for(viewer: Membership, disclosure_id: UUID) -> Disclosure:
    """One de-identified set of the viewer's program; 404 for any other."""
    row = exports(viewer.program_id).select_related("packet").filter(pk=disclosure_id).first()
    if row is None:
        raise Http404
    return row


# --- what was asked ---------------------------------------------------------------------------------------------------


def restrictions_of(participant_id: UUID) -> QuerySet[Restriction]:
    """What the person asked to have held back, newest first."""
    rows = Restriction.objects.filter(participant_id=participant_id).select_related("asked_by", "decided_by")
    return rows.order_by("-asked_at", "pk")


def restriction_of(participant_id: UUID, restriction_id: UUID) -> Restriction:
    """One of this person's; 404 for any other."""
    row = restrictions_of(participant_id).filter(pk=restriction_id).first()
    if row is None:
        raise Http404
    return row


def requests_of(participant_id: UUID) -> QuerySet[RightsRequest]:
    """The lists the person asked for, newest first."""
    rows = RightsRequest.objects.filter(participant_id=participant_id).select_related("answered_by")
    return rows.order_by("-asked_at", "pk")


def request_of(participant_id: UUID, request_id: UUID) -> RightsRequest:
    """One of this person's; 404 for any other."""
    row = requests_of(participant_id).filter(pk=request_id).first()
    if row is None:
        raise Http404
    return row


def requests_waiting(program_id: UUID) -> QuerySet[RightsRequest]:
    """Lists asked for and not yet given, the soonest due first."""
    rows = RightsRequest.objects.filter(participant__program_id=program_id, answered_at__isnull=True)
    return rows.select_related("participant").order_by("due_on", "pk")


def restrictions_waiting(program_id: UUID) -> QuerySet[Restriction]:
    """Requests to hold something back that nobody has answered, oldest first."""
    rows = Restriction.objects.filter(participant__program_id=program_id, status=Restriction.Status.ASKED)
    return rows.select_related("participant").order_by("asked_at", "pk")


# --- papers -----------------------------------------------------------------------------------------------------------


def agreements(program_id: UUID) -> QuerySet[Agreement]:
    """Every agreement of the program: those not ended first, then by counterpart."""
    rows = Agreement.objects.filter(program_id=program_id).select_related("recorded_by", "ended_by")
    return rows.order_by(F("ended_on").asc(nulls_first=True), "counterpart", "pk")


def papers_of(program_id: UUID) -> list[papers.Paper]:
    """Every agreement of the program as the rules need it."""
    return [row.paper() for row in agreements(program_id)]


def agreement_for(viewer: Membership, agreement_id: UUID) -> Agreement:
    """One agreement of the viewer's program; 404 for any other."""
    row = agreements(viewer.program_id).filter(pk=agreement_id).first()
    if row is None:
        raise Http404
    return row


def audit_agreement(program_id: UUID, counterpart: str, on: date) -> Agreement | None:
    """The audit agreement in force with this counterpart, or None."""
    return next((row for row in agreements(program_id) if papers.audits([row.paper()], counterpart, on)), None)


def why_off(program: Program, name: str, at: datetime, *, consented: bool = False) -> list[str]:
    """Every reason this integration may not be on for the program now."""
    today = local_day(at, program.zone)
    return papers.why_not_switch_on(integrations()[name], papers_of(program.pk), today, consented=consented)


# Backends of Django's own that hand nothing to anyone: a file, the console, memory, nothing.
STAYS_HERE = ("filebased", "console", "locmem", "dummy")


def email_leaves() -> bool:
    """Whether outgoing email passes through someone else's server."""
    return not any(f".{one}." in settings.EMAIL_BACKEND for one in STAYS_HERE)


def programs_without_email(at: datetime) -> frozenset[str]:
    """The programs whose messages wait: their email would leave, and no agreement covers it."""
    if not email_leaves():
        return frozenset()
    return frozenset(str(one.pk) for one in programs.all_programs() if why_off(one, "smtp", at))


def processes(program_id: UUID, *, open_: bool) -> QuerySet[LegalProcess]:
    """Legal papers of the program, open or closed, the newest first."""
    status = LegalProcess.Status.OPEN if open_ else LegalProcess.Status.CLOSED
    rows = LegalProcess.objects.filter(program_id=program_id, status=status).select_related("participant")
    return rows.order_by("-received_on", "-created_at", "pk")


def process_for(viewer: Membership, process_id: UUID) -> LegalProcess:
    """One legal paper of the viewer's program; 404 for any other."""
    rows = LegalProcess.objects.filter(program_id=viewer.program_id, pk=process_id)
    row = rows.select_related("participant", "received_by", "program").first()
    if row is None:
        raise Http404
    return row


def orders_about(participant_id: UUID) -> QuerySet[LegalProcess]:
    """Open papers about the person that hold a court's order, the newest first."""
    rows = LegalProcess.objects.filter(participant_id=participant_id, status=LegalProcess.Status.OPEN)
    return rows.exclude(statute="").order_by("-received_on", "pk")


def steps_of(process: LegalProcess) -> QuerySet[LegalStep]:
    """What happened to a legal paper, newest first."""
    return LegalStep.objects.filter(process=process).select_related("by").order_by("-at", "-created_at", "pk")


def holds(program_id: UUID) -> QuerySet[LegalHold]:
    """Every hold of the program, those in force first, the newest first."""
    rows = LegalHold.objects.filter(participant__program_id=program_id)
    return rows.select_related("participant", "placed_by", "lifted_by").order_by(
        F("lifted_at").asc(nulls_first=True), "-from_at", "pk"
    )


def hold_for(viewer: Membership, hold_id: UUID) -> LegalHold:
    """One hold of the viewer's program; 404 for any other."""
    row = holds(viewer.program_id).filter(pk=hold_id).first()
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True)
class Keeping:
    """How the record of someone who left stands."""

    participant: Participant
    last_on: date
    until: date
    state: str


def keeping(program: Program, today: date, people: Iterable[Participant] | None = None) -> list[Keeping]:
    """Everyone not in care any more, with how long their record is kept, the first to run out first; five queries."""
    rows = Participant.objects.filter(program=program, episodes__isnull=False).distinct()
    if people is not None:
        rows = rows.filter(pk__in=[one.pk for one in people])
    policy = programs.policy_values(program.pk, today, {"retention-years": 7, "retention-minor-age": 25})
    held = set(
        LegalHold.objects.filter(participant__program=program, lifted_at__isnull=True).values_list(
            "participant_id", flat=True
        )
    )
    sealed = set(Seal.objects.filter(participant__program=program).values_list("participant_id", flat=True))
    found = []
    for person in rows.prefetch_related("episodes").order_by("number", "pk"):
        ends = [one.ended_on for one in person.episodes.all()]
        last = max((one for one in ends if one is not None), default=None)
        if last is None or None in ends:
            continue
        until = papers.kept_until(
            last_on=last,
            born_on=person.birth_on,
            years=policy["retention-years"],
            minor_until=policy["retention-minor-age"],
        )
        state = papers.keeping(today=today, until=until, held=person.pk in held, sealed=person.pk in sealed)
        found.append(Keeping(person, last, until, state))
    return sorted(found, key=lambda one: (one.until, one.participant.number))
