"""What a person's own pages and a supporter's page show; every read begins with the viewer and the guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import Http404

from openiop.attendance.models import Presence
from openiop.base.rules import Period, local_day, week_of
from openiop.consents import queries as consents
from openiop.consents.models import Consent
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind, in_force
from openiop.participants import queries as participants
from openiop.participants.models import Participant, Supporter
from openiop.plans import queries as plans
from openiop.plans.models import Plan
from openiop.portal import rules
from openiop.privacy import queries as privacy
from openiop.programs.models import Membership
from openiop.programs.rules import Permission
from openiop.questionnaires import queries as questionnaires
from openiop.questionnaires.models import Assignment, Response
from openiop.questionnaires.rules import change
from openiop.recovery import queries as recovery
from openiop.recovery.models import CheckIn
from openiop.schedule import queries as schedule
from openiop.schedule.models import Elsewhere, Session


def own(viewer: Membership, kind: Kind, at: datetime) -> Opened:
    """The viewer's own record; 404 for a sign-in that is nobody's yet."""
    mine: Participant | None = getattr(viewer, "participant", None)  # read once for each request
    if mine is None:
        raise Http404
    return consents.open_record(viewer, mine.pk, kind, at, Permission.OWN_RECORD)


def own_assignment(viewer: Membership, assignment_id: UUID, at: datetime) -> Assignment:
    """The questionnaire asked of the viewer; 404 where it was asked of anyone else."""
    return questionnaires.assignment_for(viewer, assignment_id, at)


def own_consent(opened: Opened, consent_id: UUID) -> Consent:
    """One consent of the opened record; 404 for another person's."""
    rows = Consent.objects.filter(pk=consent_id, participant=opened.participant)
    row = rows.select_related("supporter", "prepared_by", "signed_by").first()
    if row is None:
        raise Http404
    return row


# --- the week ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One session as its participant sees it, with what came of it."""

    session: Session
    presence: Presence | None
    over: bool
    first: bool
    join: str
    starts_in: str

    @property
    def minutes(self) -> int:
        """How long it is planned to take."""
        return int((self.session.ends_at - self.session.starts_at).total_seconds() // 60)

    @property
    def cancelled(self) -> bool:
        """Whether the program called it off."""
        return self.session.status == Session.Status.CANCELLED

    @property
    def called_off(self) -> bool:
        """Whether the program called it off, ahead or on the day."""
        return self.cancelled or (self.presence is not None and self.presence.away == Presence.Away.PROGRAM)

    @property
    def came(self) -> bool:
        """Whether they were there."""
        return self.presence is not None and self.presence.here


def sessions(episode_id: UUID, days: Period, at: datetime) -> list[Seen]:
    """The person's sessions on these local days, each with the presence in force; two queries."""
    until = days.until or days.first + timedelta(days=1)
    wanted = schedule.person_sessions(episode_id, days.first, until)
    rows = list(wanted.select_related(None).select_related("place", "facilitator"))  # no more is shown
    kept = Presence.objects.filter(episode_id=episode_id, session__in=rows, replaced_at__isnull=True)
    presences = {row.session_id: row for row in kept.order_by("pk")}
    return [_seen(row, presences.get(row.pk), at) for row in rows]


def _seen(row: Session, presence: Presence | None, at: datetime) -> Seen:
    planned = row.status == Session.Status.PLANNED
    opened = planned and rules.joinable(row.starts_at, row.ends_at, at)
    return Seen(
        session=row,
        presence=presence,
        over=row.ends_at <= at,
        first=planned and rules.stands_first(row.starts_at, row.ends_at, at),
        join=row.place.join_url if row.place.virtual and opened else "",
        starts_in=rules.starts_in(row.starts_at, at),
    )


@dataclass(frozen=True)
class Week:
    """One service week of a person: its knots, its sessions, and the hours prescribed, planned and attended."""

    knots: list[rules.Knot]
    sessions: list[Seen]
    prescribed: int | None
    planned: int
    attended: int


def week(opened: Opened, at: datetime, monday: date | None = None) -> Week:
    """The week that holds the day `monday`, else the present one."""
    today = local_day(at, opened.participant.program.zone)
    days = week_of(monday or today)
    if opened.episode is None:
        return Week(rules.knots(days.first, today, ()), [], None, 0, 0)
    rows = sessions(opened.episode.pk, days, at)
    kept = [row for row in rows if not row.cancelled]
    meetings = [
        rules.Meeting(
            row.session.on,
            row.minutes,
            row.presence.minutes if row.presence is not None else None,
            row.over,
            row.called_off,
        )
        for row in rows
    ]
    asked = schedule.prescription(opened.episode.pk, days.first + timedelta(days=6))
    uncounted = schedule.uncounted(opened.participant.program_id, days.first)
    return Week(
        knots=rules.knots(days.first, today, meetings),
        sessions=rows,
        prescribed=asked.minutes_a_week if asked else None,
        planned=sum(row.minutes for row in kept if row.session.service not in uncounted),
        attended=sum(row.presence.minutes for row in kept if row.presence is not None),
    )


def next_up(opened: Opened, at: datetime, this_week: Sequence[Seen] = ()) -> Seen | None:
    """The session the person is in, else their next one, else None; mostly one of the present week at hand."""
    if opened.episode is None:
        return None
    today = local_day(at, opened.participant.program.zone)
    if today > week_of(today).first:  # on its first day, one that began the evening before may still go on
        for seen in this_week:
            if not seen.over and not seen.cancelled:
                return _seen(seen.session, None, at)
    found = schedule.next_session(opened.episode.pk, at)
    return _seen(found, None, at) if found else None


def called_off(opened: Opened, at: datetime) -> list[Session]:
    """The person's sessions of the coming seven days that the program called off, soonest first."""
    if opened.episode is None:
        return []
    today = local_day(at, opened.participant.program.zone)
    rows = schedule.person_sessions(opened.episode.pk, today, today + timedelta(days=8))
    return list(rows.filter(status=Session.Status.CANCELLED, ends_at__gt=at))


def elsewhere(opened: Opened, since: datetime, days: int) -> list[Elsewhere]:
    """The person's appointments outside the program in so many days, soonest first."""
    if opened.episode is None:
        return []
    return schedule.elsewhere(opened.episode.pk, since, since + timedelta(days=days))


# --- today ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """One thing that waits for the person, in neutral words."""

    words: str
    detail: str
    url: str
    args: tuple[UUID, ...] = ()


def waiting(opened: Opened, at: datetime) -> list[Due]:
    """Questions to answer, a plan to sign, consents to sign."""
    found = []
    for row in questionnaires.due(opened.participant.pk, at):
        read = questionnaires.instrument(row.instrument)
        begun = "Go on where you left off" if row.status == "started" else f"About {read.minutes} minutes"
        found.append(Due(f"{read.about} questions", begun, "portal:measure", (row.pk,)))
    if opened.episode and to_sign(opened.episode.pk):
        found.append(Due("My plan", "Ready to read and sign", "portal:plan"))
    for consent in Consent.objects.filter(participant=opened.participant, status="draft").order_by("created_at", "pk"):
        found.append(Due("A permission to share", "Ready to read and sign", "portal:consent", (consent.pk,)))
    for one in consents.ending_for(opened.participant.pk, at):
        last = f"{one.last_on:%B} {one.last_on.day}"
        found.append(Due("A permission ends soon", f"Its last day is {last}", "portal:consent", (one.consent_id,)))
    return found


def lately(participant_id: UUID, today: date) -> tuple[CheckIn | None, int]:
    """Today's check-in, and on how many of the last seven days, today among them, the person checked in."""
    week = recovery.check_ins(participant_id).filter(on__gt=today - timedelta(days=7), on__lte=today)
    days = {row.on: row for row in week}
    told = [row for row in days.values() if row.mood is not None or row.craving is not None or row.safe]
    return days.get(today), len(told)


# --- my plan, my consents, who looked ---------------------------------------------------------------------------------


def to_sign(episode_id: UUID) -> Plan | None:
    """The version a clinician signed and the person has not, or None."""
    draft = plans.draft(episode_id)
    if draft is None:
        return None
    signed = plans.standing(plans.tree(draft))
    return draft if "clinician" in signed and "participant" not in signed else None


@dataclass(frozen=True)
class Held:
    """One consent with whether it holds now."""

    consent: Consent
    holds: bool


def own_consents(opened: Opened, at: datetime) -> list[Held]:
    """Every consent of the person, those to sign first, then those in force, then the ended ones."""
    rows = [Held(row, in_force(row.terms(), at)) for row in consents.consents_of(opened.participant.pk)]
    return sorted(rows, key=lambda row: (row.consent.status != "draft", not row.holds))


def looks(opened: Opened, page: int, at: datetime) -> tuple[list[privacy.Day], bool]:
    """One page of who opened this record, by day and person, newest first, and whether there are earlier ones."""
    return privacy.days(opened.participant, page, at)


def looker(opened: Opened, key: UUID | None) -> Membership | None:
    """The colleague whose look is asked about; none for the program itself, 404 for someone of another program."""
    if key is None:
        return None
    row = Membership.objects.filter(pk=key, program_id=opened.participant.program_id).first()
    if row is None:
        raise Http404
    return row


# --- my answers -------------------------------------------------------------------------------------------------------


def response(assignment: Assignment) -> Response | None:
    """What the person has answered so far, or None."""
    return Response.objects.filter(assignment=assignment).first()


def moved(row: Response) -> str:
    """How the total moved since the one before: 'better', 'worse', or nothing where it is within the noise."""
    line = questionnaires.trend(row.participant_id, row.instrument)
    if len(line) < 2 or row.total is None:
        return ""
    step = change(questionnaires.instrument(row.instrument), line[-2][1], line[-1][1])
    return ("better" if step.better else "worse") if step.reliable else ""


# --- a supporter ------------------------------------------------------------------------------------------------------

FAMILY_KINDS = {
    Kind.SCHEDULE: "sessions",
    Kind.ATTENDANCE: "attendance",
    Kind.PLAN: "goals of the plan",
    Kind.DIAGNOSES: "diagnoses",
    Kind.CONTACT: "contact details",
}


@dataclass(frozen=True)
class Support:
    """What a supporter may see now, kind by kind; nothing is loaded that the guard does not allow."""

    supporter: Supporter
    opened: dict[Kind, Opened]
    line: str
    week: Week | None
    coming: list[Seen]
    goals: list[str]
    diagnoses: list[str]
    contact: list[tuple[str, str]]


def support(viewer: Membership, at: datetime) -> Support:
    """The supporter's page; 404 for a sign-in that is nobody's supporter, or no longer is."""
    found = Supporter.objects.filter(membership=viewer, ended_at__isnull=True)
    row = found.select_related("participant__program", "participant__membership").first()
    if row is None:
        raise Http404
    asked = {kind: consents.ask(viewer, row.participant, kind, at, Permission.SUPPORT) for kind in FAMILY_KINDS}
    opened = {kind: answer for kind, answer in asked.items() if answer.access.allowed}
    line = rules.shared_line(row.participant.first_name, [FAMILY_KINDS[kind] for kind in opened]) if opened else ""
    one = next(iter(opened.values()), None)
    episode = one.episode if one else None
    return Support(
        supporter=row,
        opened=opened,
        line=line,
        week=week(one, at) if one and episode and Kind.ATTENDANCE in opened else None,
        coming=_coming(one, at) if one and Kind.SCHEDULE in opened else [],
        goals=_goals(episode.pk) if episode and Kind.PLAN in opened else [],
        diagnoses=_diagnoses(row.participant.pk) if Kind.DIAGNOSES in opened else [],
        contact=_contact(row.participant) if Kind.CONTACT in opened else [],
    )


def _coming(opened: Opened, at: datetime) -> list[Seen]:
    if opened.episode is None:
        return []
    today = local_day(at, opened.participant.program.zone)
    rows = sessions(opened.episode.pk, Period(today, today + timedelta(days=7)), at)
    return [row for row in rows if not row.over]


def _diagnoses(participant_id: UUID) -> list[str]:
    """Conditions active now, in words; no code, no one who recorded it."""
    return [row.words for row in participants.active_diagnoses(participant_id)]


def _contact(person: Participant) -> list[tuple[str, str]]:
    """The name and the ways to reach the person that are on record."""
    lines = {
        "Name": person.legal_name,
        "Phone": person.phone,
        "Email": person.email,
        "Address": " ".join(part for part in (person.address, person.postal_code) if part),
    }
    return [(label, said) for label, said in lines.items() if said]


def _goals(episode_id: UUID) -> list[str]:
    """The goals of the plan in force; one marked as sensitive is never shared."""
    plan = plans.plan_in_force(episode_id)
    if plan is None:
        return []
    return [
        goal.words
        for problem in plans.tree(plan, frozenset(plans.marks(plan))).problems
        for goal in problem.goals.all()
        if problem.status == goal.status == "active"
    ]
