"""Turn the keys: new ones count from the next start on, and what the old ones signed or closed still opens."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from openiop.backups import actions

KEYS = ("secret", "audit", "backup")


class Command(BaseCommand):
    """`manage.py rotate_keys secret audit backup`; then start server and worker again."""

    help = "Make new keys; the old ones still open what they closed. Start server and worker again afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which keys, and whether what the old secret signed is to end."""
        parser.add_argument("keys", nargs="+", choices=KEYS, help="secret: sign-ins and links; audit; backup: copies")
        parser.add_argument("--forget", action="store_true", help="only for secret: older ones count no more")

    def handle(self, *args: Any, keys: list[str], forget: bool, **options: Any) -> None:
        """Each key turned, with a sentence on what to do."""
        if forget and set(keys) != {"secret"}:
            raise CommandError("Only older secrets can be forgotten: the record of events and old copies need theirs.")
        for key in dict.fromkeys(keys):
            self.stdout.write({"secret": self.secret, "audit": self.audit, "backup": self.backup}[key](forget))
        self.stdout.write("Now start server and worker again, and keep the changed files where you keep the others.")

    def secret(self, forget: bool) -> str:
        """What signs sessions, cookies and links."""
        if os.environ.get("OPENIOP_SECRET_KEY"):
            raise CommandError(
                "The secret is in OPENIOP_SECRET_KEY. Move it to the front of OPENIOP_OLD_SECRET_KEYS and put a new "
                "one in its place: openssl rand -base64 48."
            )
        file = Path(settings.VAR, "secret_key")
        if forget:
            gone = actions.forget_secrets(file=file, at=timezone.now())
            return f"{gone} older secrets count no more: who signed in under them signs in again, their links are dead."
        older = actions.turn_secret(file=file, at=timezone.now())
        return f"A new secret signs sessions and links; {older} older still count. After three days: --forget."

    def audit(self, _: bool) -> str:
        """What marks and seals events."""
        older = actions.turn_secret(file=Path(settings.VAR, "audit_key"), at=timezone.now())
        return f"A new key marks and seals events. Keep all {older + 1}: the chain is checked with every one of them."

    def backup(self, _: bool) -> str:
        """What opens copies."""
        if settings.BACKUP_RECIPIENTS:
            raise CommandError(
                "Copies are made for OPENIOP_BACKUP_RECIPIENTS. Make a new key on the other machine (age-keygen), put "
                "its public part there, and keep the old key as long as there are copies made for it."
            )
        public = actions.make_key(file=settings.BACKUP_KEY, at=timezone.now())
        return f"New copies are made for {public}. The old key stays in the file, and still opens old copies."
