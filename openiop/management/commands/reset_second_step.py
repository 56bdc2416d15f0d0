"""Let in again someone who lost their second step and whom nobody in the program can help: its only director."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.base.errors import Refused


class Command(BaseCommand):
    """`manage.py reset_second_step`: for the keeper of the machine, after making sure who asks."""

    help = "End someone's passkeys, code app and recovery codes, and sign them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Their password alone lets them in again; staff then set up a new second step before anything opens."""
        user = sign_ins.user_by_email(email)
        if user is None:
            raise CommandError("Nobody signs in with this address.")
        try:
            accounts.reset_factors(user=user, by=None, at=timezone.now())
        except Refused as refusal:
            raise CommandError(" ".join(refusal.reasons)) from refusal
        self.stdout.write("Their second step is reset, and they are signed out everywhere.")
