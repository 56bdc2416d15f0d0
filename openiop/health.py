"""Whether the house is well, for whoever watches the machine: no names, no counts of people, no clinical word."""

import hmac
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from openiop.audit import queries as audit
from openiop.backups import queries as backups
from openiop.disclosures import queries as disclosures
from openiop.outbox import queries as outbox
from openiop.outbox.models import Message
from openiop.programs.access import public

STILL = 60  # seconds after which a worker that has not gone its round counts as standing still


def beat() -> None:
    """The worker has gone a round: its file is as new as now."""
    Path(settings.VAR, "worker").touch(mode=0o600)


def since_beat() -> float | None:
    """Seconds since the worker's last round; none where there never was one."""
    file = Path(settings.VAR, "worker")
    return max(0.0, time.time() - file.stat().st_mtime) if file.exists() else None


@public
def live(request: HttpRequest) -> HttpResponse:
    """The server answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
def ready(request: HttpRequest) -> HttpResponse:
    """Each part that people depend on, well or not; 503 where one is not."""
    parts = {"database": _database(), "tables": False, "worker": False}
    said: dict[str, bool] = {}
    if parts["database"]:
        executor = MigrationExecutor(connection)
        parts["tables"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        rested = since_beat()
        parts["worker"] = rested is not None and rested < STILL
        # Told and no more: people can work while email waits for an agreement.
        said = {"email": not disclosures.programs_without_email(timezone.now())} if parts["tables"] else {}
    return JsonResponse(parts | said, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of the machine in Prometheus' text form, for the bearer of OPENIOP_METRICS_TOKEN; to others, nothing."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    lines = [f"# TYPE openiop_{name} gauge\nopeniop_{name} {value}" for name, value in _figures()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _figures() -> Iterator[tuple[str, float]]:
    now = timezone.now()
    yield "worker_rest_seconds", round(rested, 1) if (rested := since_beat()) is not None else -1
    yield "messages_due", outbox.due(now).count()
    yield "messages_failed", outbox.count(Message.Status.FAILED)
    yield "messages_unsure", outbox.count(Message.Status.UNSURE)
    yield "messages_waiting_for_agreement", outbox.waiting(now, disclosures.programs_without_email(now))
    yield "audit_events_chained", audit.chained()
    for kind in ("backup", "drill"):
        held = backups.last_that_held(kind)
        yield f"{kind}_age_seconds", round((now - held.at).total_seconds()) if held else -1
        newest = backups.last(kind)
        yield f"{kind}_failed", int(newest is not None and bool(newest.trouble))


urlpatterns = [
    path("health/live/", live, name="health-live"),
    path("health/ready/", ready, name="health-ready"),
    path("metrics/", metrics, name="metrics"),
]
