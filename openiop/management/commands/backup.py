"""Make a copy of everything while people work, and prove it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from openiop.backups import actions, queries
from openiop.base.errors import Refused


class Command(BaseCommand):
    """`manage.py backup`: run it every night, and keep its files on another machine."""

    help = "Write an encrypted copy of everything, check it by restoring it, and let old copies go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Another folder than the usual one."""
        parser.add_argument("--folder", type=Path, default=settings.BACKUP_FOLDER)
        parser.add_argument("--new-key", action="store_true", help="first make a new key; older copies keep theirs")

    def handle(self, *args: Any, folder: Path, new_key: bool, **options: Any) -> None:
        """One copy, proved, or a sentence that says why there is none."""
        recipients = list(settings.BACKUP_RECIPIENTS)
        try:
            if not recipients:
                if new_key or not settings.BACKUP_KEY.exists():
                    actions.make_key(file=settings.BACKUP_KEY, at=timezone.now())
                    self.stdout.write(f"A key was made: {settings.BACKUP_KEY}. Without it no copy can be read.")
                    self.stdout.write("Keep it where this machine is not, and then set OPENIOP_BACKUP_RECIPIENTS.")
                recipients = [str(queries.identities(settings.BACKUP_KEY)[0].to_public())]
            run = actions.back_up(folder=folder, recipients=recipients, at=timezone.now())
        except Refused as refusal:
            raise CommandError(" ".join(refusal.reasons)) from refusal
        if connection.vendor == "sqlite":  # PostgreSQL does this by itself: the planner knows how large each table is
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA analysis_limit = 1000")
                cursor.execute("ANALYZE")
        self.stdout.write(f"{folder / run.file}: {run.rows} rows, {run.size} bytes, proved in {run.seconds:.1f} s")
