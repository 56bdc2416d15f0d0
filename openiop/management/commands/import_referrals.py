"""Take in FHIR R4 referrals from files, and say what was used and what was left."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from openiop.admissions import actions
from openiop.admissions.models import Referral
from openiop.base.rules import local_day
from openiop.programs import queries as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Permission


class Command(BaseCommand):
    """`manage.py import_referrals FILE…`: each file is taken in whole, or not at all."""

    help = "Import FHIR R4 referrals (Bundle, NDJSON export or loose resources; JSON or XML, gzipped or not)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, and on whose behalf."""
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--as", dest="email", help="Sign-in email of the member of staff who imports.")
        parser.add_argument(
            "--together", action="store_true", help="Read all files as one export, joined by reference."
        )

    def handle(self, *args: Any, files: list[Path], email: str | None, together: bool, **options: Any) -> None:
        """Import, report, and end with an error where a file was refused."""
        by = self._member(email)
        refused = 0
        for batch in [files] if together else [[file] for file in files]:
            held = self._read(batch)
            try:
                done = actions.import_referrals(
                    program=by.program, files=held, together=together, by=by, at=timezone.now()
                )
            except actions.Unreadable as unreadable:
                refused += 1
                self.stderr.write(f"{unreadable.file}: {unreadable.where}: {' '.join(unreadable.reasons)}")
                continue
            waiting = sum(row.status == Referral.Status.HELD for row in done.rows)
            self.stdout.write(
                f"{len(batch)} file(s): {len(done.rows)} people, {waiting} held for a decision, "
                f"{done.used} entries used, {done.left} left"
            )
            for sentence in done.sentences if options["verbosity"] > 1 or not done.rows else ():
                self.stdout.write(f"  {sentence}")
        if refused:
            raise CommandError(f"{refused} of {len(files)} files could not be read; nothing of them was kept.")

    def _read(self, batch: list[Path]) -> dict[str, bytes]:
        try:
            return {str(path): path.read_bytes() for path in batch}
        except OSError as trouble:
            raise CommandError(f"{trouble.filename}: {trouble.strerror}") from trouble

    def _member(self, email: str | None) -> Membership:
        programs_here = list(Program.objects.order_by("created_at", "pk")[:2])
        day = local_day(timezone.now(), "UTC")
        for program in programs_here:
            for member in programs.staff(program.pk, day).select_related("user", "program"):
                if member.may(Permission.IMPORT_REFERRALS) and (email is None or member.user.email == email.lower()):
                    return member
        raise CommandError("Name a member of staff who may import referrals, with --as EMAIL.")
