"""Papers for the door: a sheet with first names, and the roster without diagnoses."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from openiop.attendance import queries, rules
from openiop.consents import actions as consents
from openiop.consents.rules import Kind
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.schedule import queries as schedule
from openiop.schedule.models import Session
from openiop.ui.pages import page


@require(Permission.READ_SCHEDULE, Session)
@require_safe
def door(request: Request, session_id: UUID) -> HttpResponse:
    """A sheet to hang at the door: first names with an initial, nothing else about anyone."""
    at = timezone.now()
    session = schedule.session_for(request.viewer, session_id)
    queries.may_read(request.viewer, at, Permission.READ_SCHEDULE, Kind.SCHEDULE)
    people = [seat.episode.participant for seat in schedule.roster(session)]
    consents.log_reads(
        people=people,
        kind=Kind.SCHEDULE,
        page="attendance:door",
        permission=Permission.READ_SCHEDULE,
        by=request.viewer,
        at=at,
    )
    names = rules.door_names([(one.first_name, one.legal_name) for one in people])
    return page(request, "attendance/door.html", {"session": session, "names": names})


@require(Permission.RECORD_ATTENDANCE, Session)
@require_safe
def roster(request: Request, session_id: UUID) -> HttpResponse:
    """The roster on paper: who, from when to when, without level, diagnosis or note."""
    at = timezone.now()
    session = schedule.session_for(request.viewer, session_id)
    queries.may_read(request.viewer, at, Permission.RECORD_ATTENDANCE, Kind.ATTENDANCE)
    rows = queries.sheet(session)
    people = [row.participant for row in rows]
    consents.log_reads(
        people=people,
        kind=Kind.ATTENDANCE,
        page="attendance:roster",
        permission=Permission.RECORD_ATTENDANCE,
        by=request.viewer,
        at=at,
    )
    context = {"session": session, "rows": rows, "words": rules.STATUS_WORDS}
    return page(request, "attendance/roster.html", context)
