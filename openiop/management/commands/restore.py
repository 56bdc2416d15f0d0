"""Put a copy back, or only prove that it could be."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from openiop.backups import actions, queries
from openiop.base.errors import Refused


class Command(BaseCommand):
    """`manage.py restore FILE`, with the service stopped; `--drill` proves and touches nothing."""

    help = "Prove a copy beside the database in service, and then put it in its place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The copy, the key, and what may be replaced."""
        parser.add_argument("file", type=Path, nargs="?", help="the copy; for a drill the newest, when left out")
        parser.add_argument("--key", type=Path, default=settings.BACKUP_KEY, help="the file with the age key")
        parser.add_argument("--replace", action="store_true", help="even though there are records here")
        parser.add_argument("--drill", action="store_true", help="restore beside, compare every row, throw away")

    def handle(self, *args: Any, file: Path | None, key: Path, replace: bool, drill: bool, **options: Any) -> None:
        """Proved, or proved and put back; or a sentence that says why not."""
        now = timezone.now()
        try:
            if file is None and drill:
                file = queries.newest(settings.BACKUP_FOLDER)
            if file is None or not file.is_file():
                raise Refused("There is no such copy." if file else "Say which copy.")
            opened = queries.identities(key)
            if drill:
                run = actions.drill(file=file, identities=opened, at=now)
            else:
                run = actions.restore(file=file, identities=opened, replace=replace, at=now)
        except Refused as refusal:
            raise CommandError(" ".join(refusal.reasons)) from refusal
        done = "could be restored" if drill else "is restored"
        self.stdout.write(f"{run.file} {done}: {run.rows} rows, every one compared, in {run.seconds:.1f} s")
