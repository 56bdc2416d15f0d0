"""The chart's door: permission, guard and the record of the read, in one decorator."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from uuid import UUID

from django.http import HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from openiop.consents import actions, queries
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.participants.models import Participant
from openiop.programs.access import Request, View, require
from openiop.programs.rules import Permission


def _log(request: Request, opened: Opened, at: datetime) -> None:
    page = request.resolver_match.view_name if request.resolver_match else ""
    actions.log_read(opened=opened, page=page, by=request.viewer, at=at)


def opens(permission: Permission, kind: Kind) -> Callable[[View], View]:
    """Turn `view(request, opened, …)` into a page at `<uuid:participant_id>`: guarded, and its read on record."""

    def decorate(view: View) -> View:
        @require(permission, Participant)
        @wraps(view)
        def guarded(request: Request, participant_id: UUID, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method not in {"GET", "HEAD", "POST"}:
                return HttpResponseNotAllowed(["GET", "POST"])
            at = timezone.now()
            opened = queries.open_record(request.viewer, participant_id, kind, at)
            if request.method in {"GET", "HEAD"}:
                _log(request, opened, at)
            answer = view(request, opened, *args, **kwargs)
            if request.method == "POST" and answer.status_code == 200:  # a page shown in answer is a look as well
                _log(request, opened, at)
            return answer

        guarded.kind = kind  # type: ignore[attr-defined]
        return guarded

    return decorate
