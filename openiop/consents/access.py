"""The chart's door: permission, guard and the record of the read, in one decorator."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpResponseBase
from django.utils import timezone

from openiop.consents import actions, queries
from openiop.consents.rules import Kind
from openiop.programs.access import Request, View, require
from openiop.programs.rules import Permission


def opens(permission: Permission, kind: Kind) -> Callable[[View], View]:
    """Turn `view(request, opened, …)` into a page at `<uuid:participant_id>`: guarded, and its read on record."""

    def decorate(view: View) -> View:
        @require(permission)
        @wraps(view)
        def guarded(request: Request, participant_id: UUID, *args: object, **kwargs: object) -> HttpResponseBase:
            at = timezone.now()
            opened = queries.open_record(request.viewer, participant_id, kind, at)
            if request.method in {"GET", "HEAD"}:
                page = request.resolver_match.view_name if request.resolver_match else ""
                actions.log_read(opened=opened, page=page, by=request.viewer, at=at)
            return view(request, opened, *args, **kwargs)

        guarded.kind = kind  # type: ignore[attr-defined]
        return guarded

    return decorate
