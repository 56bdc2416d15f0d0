"""The facts unusual looks are found by, from one day of the log; and those that wait for someone."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour
from django.http import Http404

from openiop.alerts.models import Alert
from openiop.audit.models import Event
from openiop.base.rules import day_starts, local_day
from openiop.consents.models import Emergency
from openiop.continuing.models import Appointment
from openiop.participants.models import Episode, Participant, Supporter, TeamPlace
from openiop.privacy import rules
from openiop.privacy.models import Examined, Question, Unusual
from openiop.privacy.rules import Bounds, Found, Look, Marks, Person, Viewer
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission
from openiop.schedule.models import Seat

BACK = 14  # days the worker goes back for days nobody went through
READ = "chart.opened"
_READS = ("chart.opened", "record.opened-own", "enquiry.opened", "referral.opened")


def to_examine(at: datetime) -> list[tuple[Program, date]]:
    """Each program's local days that are over and were not gone through, oldest first; two queries for all."""
    done = set(Examined.objects.filter(at__gte=at - timedelta(days=BACK + 2)).values_list("program_id", "on"))
    found = []
    for program in programs.all_programs():
        today = local_day(at, program.zone)
        days = [today - timedelta(days=back) for back in range(BACK, 0, -1)]
        found += [(program, day) for day in days if (program.pk, day) not in done]
    return found


def bounds_for(program_id: UUID, on: date) -> Bounds:
    """The bounds in force on the day."""
    names = {
        "unusual-tie-days": "tie_days",
        "unusual-people-hour": "people_hour",
        "unusual-after-days": "after_days",
        "unusual-habit-days": "habit_days",
    }
    start = Bounds()
    kept = programs.policy_values(program_id, on, {name: getattr(start, part) for name, part in names.items()})
    return Bounds(**{part: int(kept[name]) for name, part in names.items()})


def _looks(program: Program, on: date) -> list[Look]:
    """Looks at one record each, not at lists and not under an emergency, which has its own review."""
    rows = Event.objects.filter(
        program_id=str(program.pk),
        what=READ,
        at__gte=day_starts(on, program.zone),
        at__lt=day_starts(on + timedelta(days=1), program.zone),
    ).exclude(participant_id="")
    return [
        Look(at, by_id, person)
        for at, by_id, person, facts in rows.order_by("at", "pk").values_list("at", "by_id", "participant_id", "facts")
        if facts.get("rule") and not facts.get("shared") and not facts.get("emergency") and not facts.get("consent")
    ]


def unusual_on(program: Program, on: date) -> tuple[int, list[Found]]:
    """How many looks at single records the local day held, and every reason to ask; a constant number of queries."""
    looks = _looks(program, on)
    if not looks:
        return 0, []
    bounds = bounds_for(program.pk, on)
    who, whom = {look.viewer for look in looks}, {look.person for look in looks}
    members = list(Membership.objects.filter(pk__in=who).select_related("user").prefetch_related("role_rows"))
    members = [row for row in members if row.is_staff]
    found = rules.unusual(
        looks,
        _viewers(program, members, on, bounds),
        _people(program, whom, on, bounds),
        _ties(program, members, whom, on, bounds),
        on=on,
        zone=program.zone,
        bounds=bounds,
    )
    return len(looks), found


def _viewers(program: Program, members: list[Membership], on: date, bounds: Bounds) -> dict[str, Viewer]:
    """Who looked, with what they are compared by and their habit in the days before."""
    users = [row.user_id for row in members]
    reach: dict[Any, set[str]] = {row.user_id: {rules.plain_email(row.user.email)} for row in members}
    for person in Participant.objects.filter(membership__user__in=users).select_related("membership"):
        assert person.membership is not None
        reach[person.membership.user_id] |= _reach(person)
    for supporter in Supporter.objects.filter(membership__user__in=users).select_related("membership"):
        assert supporter.membership is not None
        reach[supporter.membership.user_id] |= {
            rules.plain_phone(supporter.phone),
            rules.plain_email(supporter.email),
        }
    until = day_starts(on, program.zone)
    past = Event.objects.filter(
        by_id__in=[str(row.pk) for row in members],
        what=READ,
        at__gte=until - timedelta(days=bounds.habit_days),
        at__lt=until,
        facts__shared__isnull=True,
    )
    hours: dict[str, dict[datetime, int]] = {}
    each = past.annotate(hour=TruncHour("at", tzinfo=ZoneInfo(program.zone))).values("by_id", "hour")
    for row in each.annotate(people=Count("participant_id", distinct=True)).order_by("by_id", "hour"):
        hours.setdefault(row["by_id"], {})[row["hour"]] = row["people"]
    return {
        str(row.pk): Viewer(
            roles=row.roles,
            marks=Marks(rules.last_name(row.name), frozenset(reach[row.user_id] - {""})),
            hours=frozenset(hour.hour for hour in hours.get(str(row.pk), {})),
            days=len({hour.date() for hour in hours.get(str(row.pk), {})}),
            busiest=max(hours.get(str(row.pk), {}).values(), default=0),
        )
        for row in members
    }


def _reach(person: Participant) -> set[str]:
    return {
        rules.plain_phone(person.phone),
        rules.plain_email(person.email),
        rules.plain_address(person.address, person.postal_code),
    }


def _people(program: Program, keys: set[str], on: date, bounds: Bounds) -> dict[str, Person]:
    """Whose records were opened, with where their care stood and whether they are expected here."""
    rows = list(Participant.objects.filter(pk__in=keys, program=program).select_related("membership__user"))
    staff = programs.staff(program.pk, on).select_related("user")
    colleagues = [
        (row.user_id, rules.plain_email(row.user.email), " ".join(row.name.casefold().split())) for row in staff
    ]
    users, emails, names = ({row[part] for row in colleagues} for part in range(3))
    care: dict[UUID, tuple[str, date | None]] = {}
    for episode in Episode.objects.filter(participant__in=rows, started_on__lte=on).order_by("started_on", "pk"):
        over = episode.ended_on is not None and episode.ended_on < on
        care[episode.participant_id] = ("after", episode.ended_on) if over else ("in", None)
    first, last = on - timedelta(days=bounds.tie_days), on + timedelta(days=bounds.tie_days)
    seats = Seat.objects.filter(
        episode__participant__in=rows, session__on__gte=first, session__on__lte=last, dropped_at__isnull=True
    )
    visits = Appointment.objects.filter(
        episode__participant__in=rows,
        at__gte=day_starts(first, program.zone),
        at__lt=day_starts(last + timedelta(days=1), program.zone),
    )
    expected = set(seats.order_by().values_list("episode__participant_id", flat=True))
    expected |= set(visits.order_by().values_list("episode__participant_id", flat=True))
    return {
        str(row.pk): Person(
            marks=Marks(rules.last_name(row.legal_name), frozenset(_reach(row) - {""})),
            works_here=(row.membership is not None and row.membership.user_id in users)
            or (bool(row.email) and rules.plain_email(row.email) in emails)
            or " ".join(row.legal_name.casefold().split()) in names,
            expected=row.pk in expected,
            care=care.get(row.pk, ("before", None))[0],
            ended_on=care.get(row.pk, ("before", None))[1],
        )
        for row in rows
    }


def _ties(
    program: Program, members: list[Membership], keys: set[str], on: date, bounds: Bounds
) -> set[tuple[str, str]]:
    """Pairs of viewer and person with shared work near the day: team, session, appointment, alert, writing."""
    ids, people = [row.pk for row in members], [UUID(key) for key in keys]
    first, last = on - timedelta(days=bounds.tie_days), on + timedelta(days=bounds.tie_days)
    since, until = day_starts(first, program.zone), day_starts(last + timedelta(days=1), program.zone)
    pairs: set[tuple[Any, Any]] = set()
    lasting = Q(ended_on__isnull=True) | Q(ended_on__gte=first)
    stays = Episode.objects.filter(lasting, participant__in=people, primary__in=ids, started_on__lte=last)
    pairs |= set(stays.order_by().values_list("primary_id", "participant_id"))
    there = Q(until_on__isnull=True) | Q(until_on__gte=first)
    team = TeamPlace.objects.filter(there, episode__participant__in=people, member__in=ids, from_on__lte=last)
    pairs |= set(team.order_by().values_list("member_id", "episode__participant_id"))
    seats = Seat.objects.filter(episode__participant__in=people, session__on__gte=first, session__on__lte=last)
    led = Q(session__facilitator__in=ids) | Q(session__co_facilitator__in=ids)
    for lead, other, person in (
        seats.filter(led)
        .order_by()
        .values_list("session__facilitator_id", "session__co_facilitator_id", "episode__participant_id")
    ):
        pairs |= {(lead, person), (other, person)}
    visits = Appointment.objects.filter(episode__participant__in=people, at__gte=since, at__lt=until, booked_by__in=ids)
    pairs |= set(visits.order_by().values_list("booked_by_id", "episode__participant_id"))
    alive = Q(closed_at__isnull=True) | Q(closed_at__gte=since)
    owned = Q(owner__in=ids) | Q(backup__in=ids) | Q(escalated_to__in=ids)
    tasks = Alert.objects.filter(alive, owned, participant__in=people, raised_at__lt=until)
    for owner, backup, above, person in tasks.order_by().values_list(
        "owner_id", "backup_id", "escalated_to_id", "participant_id"
    ):
        pairs |= {(owner, person), (backup, person), (above, person)}
    written = Event.objects.filter(
        by_id__in=[str(one) for one in ids], participant_id__in=keys, at__gte=since, at__lt=until
    ).exclude(what__in=_READS)
    pairs |= set(written.exclude(what__startswith="emergency.").order_by().values_list("by_id", "participant_id"))
    return {(str(viewer), str(person)) for viewer, person in pairs if viewer}


# --- who has to do something ------------------------------------------------------------------------------------------


def _rows() -> QuerySet[Unusual]:
    return Unusual.objects.select_related("participant", "viewer", "program", "asked_by", "closed_by")


def open_unusual(program_id: UUID, *, closed: bool = False) -> QuerySet[Unusual]:
    """Looks that wait, answered ones first, then the newest day; or those closed, newest first."""
    rows = _rows().filter(program_id=program_id)
    if closed:
        return rows.filter(status=Unusual.Status.CLOSED).order_by("-closed_at", "pk")
    return rows.exclude(status=Unusual.Status.CLOSED).order_by("status", "-on", "rule", "pk")


def unusual_for(viewer: Membership, unusual_id: UUID) -> Unusual:
    """Looks someone may be asked about, in the viewer's own program; 404 for everyone else."""
    row = _rows().filter(pk=unusual_id, program_id=viewer.program_id).first()
    if row is None:
        raise Http404
    return row


def explaining_for(viewer: Membership, unusual_id: UUID) -> Unusual:
    """Looks the viewer was asked to explain; 404 for anyone else's, and before they are asked."""
    row = unusual_for(viewer, unusual_id)
    if row.viewer_id != viewer.pk or row.asked_at is None:
        raise Http404
    return row


def asked_of(viewer: Membership) -> list[Unusual]:
    """Looks the viewer was asked to explain and has not, oldest first."""
    rows = _rows().filter(viewer=viewer, status=Unusual.Status.ASKED)
    return list(rows.order_by("asked_at", "pk")[:20])


def waiting(viewer: Membership) -> int:
    """How many things wait on the privacy page for someone who keeps it; three queries."""
    if not viewer.may(Permission.KEEP_PRIVACY):
        return 0
    program = viewer.program_id
    reviews = Emergency.objects.filter(participant__program_id=program, review__isnull=True).count()
    asked = Question.objects.filter(participant__program_id=program, answered_at__isnull=True).count()
    unsettled = Unusual.objects.filter(program_id=program, status__in=[Unusual.Status.OPEN, Unusual.Status.ANSWERED])
    return reviews + asked + unsettled.count()
