"""The chart's door: permission, guard and the record of the read, in one decorator."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpResponseBase
from django.utils import timezone

from openiop.consents import actions, queries
from openiop.consents.queries import Opened
from openiop.consents.rules import Kind
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission

P = ParamSpec("P")


def opens(
    permission: Permission, kind: Kind
) -> Callable[
    [Callable[Concatenate[Request, Opened, P], HttpResponseBase]],
    Callable[Concatenate[Request, UUID, P], HttpResponseBase],
]:
    """Turn `view(request, opened, …)` into a page at `<uuid:participant_id>`: guarded, and its read on record."""

    def decorate(
        view: Callable[Concatenate[Request, Opened, P], HttpResponseBase],
    ) -> Callable[Concatenate[Request, UUID, P], HttpResponseBase]:
        @require(permission)
        @wraps(view)
        def guarded(request: Request, participant_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            at = timezone.now()
            opened = queries.open_record(request.viewer, participant_id, kind, at)
            if request.method == "GET":
                actions.log_read(opened=opened, page=request.resolver_match.view_name, by=request.viewer, at=at)  # type: ignore[union-attr]
            return view(request, opened, *args, **kwargs)

        guarded.kind = kind  # type: ignore[attr-defined]
        return guarded

    return decorate
