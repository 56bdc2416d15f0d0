"""Prove that no event was changed, taken out or put in behind the application's back."""

from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from openiop.audit import queries


class Command(BaseCommand):
    """`manage.py verify_audit`: ends with 1, and names the first broken event, where the record does not hold."""

    help = "Check every event against its mark and its place in the chain, and the chain against its noted ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many breaks to name, and what was kept elsewhere."""
        parser.add_argument("--most", type=int, default=1, help="name this many breaks, not the first alone")
        parser.add_argument("--anchor", type=Path, help="a copy of the anchor file that was kept elsewhere")

    def handle(self, *args: Any, most: int, anchor: Path | None, **options: Any) -> None:
        """A line that says how much holds, or the breaks."""
        now = timezone.now()
        if anchor is not None and not anchor.is_file():
            raise CommandError(f"There is no file {anchor}. Give the copy of the anchor that you keep elsewhere.")
        found = list(islice(queries.breaks(now, anchor), most))
        if found:
            raise CommandError("\n".join(f"{one.name}: {one.what}" for one in found))
        self.stdout.write(f"{queries.chained()} events hang in the chain, and every one is as it was written.")
        if anchor is not None:
            self.stdout.write(queries.behind(anchor))
