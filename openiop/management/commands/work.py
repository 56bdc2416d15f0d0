"""The worker: every few seconds, each room does what has fallen due."""

import logging
import signal
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from openiop import health
from openiop.alerts import jobs as alerts
from openiop.attendance import jobs as attendance
from openiop.audit import jobs as audit
from openiop.consents import jobs as consents
from openiop.consents import queries as consented
from openiop.continuing import jobs as continuing
from openiop.disclosures import queries as disclosures
from openiop.notes import jobs as notes
from openiop.outbox import jobs as outbox
from openiop.privacy import jobs as privacy
from openiop.questionnaires import jobs as questionnaires
from openiop.recovery import jobs as recovery
from openiop.schedule import jobs as schedule


def send_mail(now: datetime) -> int:
    """What is due has left, but for programs whose email would pass through a server that no agreement covers.

    What a message rests on is asked again at the moment of sending.
    """
    return outbox.run_due(now, consented.basis_holds, disclosures.programs_without_email(now))


# Every room with work for later, in the order it is done; a house test keeps the list complete.
ROOMS: dict[str, Callable[[datetime], int]] = {
    "schedule": schedule.run_due,
    "consents": consents.run_due,
    "questionnaires": questionnaires.run_due,
    "recovery": recovery.run_due,
    "attendance": attendance.run_due,
    "notes": notes.run_due,
    "continuing": continuing.run_due,
    "privacy": privacy.run_due,
    "alerts": alerts.run_due,
    "outbox": send_mail,
    "audit": audit.run_due,  # last, so that it seals what the others left
}
PAUSE = 5  # seconds between two rounds

log = logging.getLogger("openiop.work")


def one_round(now: datetime) -> dict[str, int]:
    """Each room has done what was due by now; how many things, by room. A room that fails does not stop the others."""
    done = {}
    for room, run_due in ROOMS.items():
        try:
            done[room] = run_due(now)
        except Exception:  # the next room's work is as urgent; what failed is still due at the next round
            log.exception("The work of %s failed and will be tried again.", room)
    return done


def rest(seconds: float, asked: list[int]) -> None:
    """Return after that long, or at once when asked to stop."""
    until = time.monotonic() + seconds
    while not asked and time.monotonic() < until:
        time.sleep(min(0.2, seconds))


class Command(BaseCommand):
    """`manage.py work`: run beside the server, as long as the server runs."""

    help = "Do what has fallen due, room by room, every few seconds until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        """One round is enough for a timer of the system's own, and for tests."""
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--pause", type=float, default=PAUSE, help=f"seconds between two rounds ({PAUSE})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until asked to stop; a round that has begun is finished first."""
        asked: list[int] = []
        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda received, _: asked.append(received))
        while not asked:
            close_old_connections()
            health.beat()
            done = {room: count for room, count in one_round(timezone.now()).items() if count}
            if done:
                self.stdout.write(", ".join(f"{room}: {count}" for room, count in done.items()))
            if options["once"]:
                return
            rest(options["pause"], asked)
