"""Build the demo program: synthetic people, months of work, every page with something on it."""

import gc
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from openiop.demo.world import SIZES, World
from openiop.programs.models import Program


class Command(BaseCommand):
    """`manage.py build_demo`: the same seed and anchor give the same program."""

    help = "Build the synthetic demo program into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        """The seed, and the instant that counts as now."""
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument(
            "--size", choices=SIZES, default="usual", help="full: nine months, 60 in care, 200 who left"
        )
        parser.add_argument("--anchor", type=datetime.fromisoformat, help="An instant such as 2026-10-14T16:48-04:00.")

    def handle(self, *args: Any, seed: int, size: str, anchor: datetime | None, **options: Any) -> None:
        """Build, with a bar that moves."""
        if anchor is not None and anchor.tzinfo is None:
            raise CommandError("Give the anchor with its zone, such as 2026-10-14T16:48-04:00.")
        if Program.objects.exists():
            raise CommandError("This database holds a program already. The demo is built into an empty one.")
        weeks, current, past = SIZES[size]
        world = World(
            now=anchor or timezone.now(), seed=seed, password=settings.DEMO_PASSWORD, weeks=weeks, current=current,
            past=past,
        )  # fmt: skip
        columns = (
            TextColumn("{task.description:<44}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        gc.freeze()  # what is loaded stays; the collector walks through what the building makes, and less often
        gc.set_threshold(20_000, 50, 100)
        # On a debug server each statement would be kept, and asked of the database a second time to be kept readable.
        quiet = override_settings(DEBUG=False)
        with quiet, Progress(*columns, refresh_per_second=2) as bar, transaction.atomic():
            task = bar.add_task("Building the demo program", total=1.0)
            world.build(lambda share, what: bar.update(task, completed=share, description=what))
