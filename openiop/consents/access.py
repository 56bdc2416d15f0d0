"""The chart's door: permission, guard and the record of the read, in one decorator."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from openiop.base.errors import Refused
from openiop.consents import actions, queries
from openiop.consents.rules import PURPOSES, Kind
from openiop.participants.models import Participant
from openiop.participants.rules import MERGED_AWAY
from openiop.programs.access import Request, View, require
from openiop.programs.models import Membership
from openiop.programs.rules import Permission

# Answers that show nothing of a record: nothing at all, another address, not for you, not here, not that way.
BLANK = frozenset({204, 301, 302, 303, 307, 308, 401, 403, 404, 405})


def _page(request: Request) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def shows(answer: HttpResponseBase) -> bool:
    """Whether an answer shows what its page is about: a refused form shows the record as much as a page asked for."""
    return answer.status_code not in BLANK


def opens(permission: Permission, kind: Kind) -> Callable[[View], View]:
    """Turn `view(request, opened, …)` into a page at `<uuid:participant_id>`: guarded, and its read on record.

    What the page is for follows from its permission (`PURPOSES`); one whose permission names no purpose does not start.
    """
    purposes = PURPOSES[permission]

    def decorate(view: View) -> View:
        @wraps(view)
        def inside(request: Request, participant_id: UUID, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method not in {"GET", "HEAD", "POST"}:
                return HttpResponseNotAllowed(["GET", "POST"])
            at = timezone.now()
            opened = queries.open_record(request.viewer, participant_id, kind, at, permission)
            request.emergency = opened.emergency  # type: ignore[attr-defined]
            if request.method == "POST" and opened.participant.merged_into_id is not None:
                raise Refused(MERGED_AWAY)
            try:
                answer = view(request, opened, *args, **kwargs)
            except Refused:  # its reasons speak of the record
                actions.log_read(opened=opened, page=_page(request), by=request.viewer, at=at)
                raise
            if shows(answer):
                actions.log_read(opened=opened, page=_page(request), by=request.viewer, at=at)
            return answer

        permitted = require(permission, Participant)(inside)

        @wraps(permitted)
        def guarded(request: Request, participant_id: UUID, **kwargs: object) -> HttpResponseBase:
            enter: View = inside if _in_emergency(request, participant_id, permission, kind) else permitted
            return enter(request, participant_id=participant_id, **kwargs)

        guarded.kind, guarded.purposes = kind, purposes  # type: ignore[attr-defined]
        return guarded

    return decorate


def _in_emergency(request: Request, participant_id: UUID, permission: Permission, kind: Kind) -> bool:
    """Whether a page that is only read opens to someone whose role does not open it: their emergency access covers it.

    Nothing is ever written on the strength of an emergency.
    """
    viewer: Membership | None = getattr(request, "viewer", None)
    if viewer is None or not viewer.may(Permission.EMERGENCY_ACCESS) or viewer.may(permission):
        return False
    if request.method not in {"GET", "HEAD"} or permission is not Permission.READ_CHART:
        return False
    emergency = queries.emergency_open(viewer, participant_id, timezone.now())
    return emergency is not None and emergency.covers(kind)


def own(view: View) -> View:
    """A page of one's own record: for its participant alone, and its read on record, once."""

    @require(Permission.OWN_RECORD)
    @wraps(view)
    def guarded(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        participant: Participant | None = getattr(request.viewer, "participant", None)
        if shows(answer) and participant is not None:
            actions.log_own(participant_id=participant.pk, page=_page(request), by=request.viewer, at=timezone.now())
        return answer

    return guarded
