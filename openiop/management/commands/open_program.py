"""Open the program, with the one person who then lets everyone else in."""

from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from openiop.accounts import actions as accounts
from openiop.accounts import queries as sign_ins
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.programs import actions as programs
from openiop.programs.rules import Role

CRISIS = [
    {"label": "Call 988", "url": "tel:988", "icon": "phone"},
    {"label": "Text 988", "url": "sms:988", "icon": "text"},
    {"label": "Call 911", "url": "tel:911", "icon": "phone"},
]


class Command(BaseCommand):
    """`manage.py open_program`: once, at installation."""

    help = "Open a program and print the link with which its first member chooses a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The program, and who opens its doors."""
        parser.add_argument("--name", required=True, help="the program's name, as participants read it")
        parser.add_argument("--zone", required=True, help="its time zone, such as America/Chicago")
        parser.add_argument("--phone", default="", help="the number people call")
        parser.add_argument("--address", default="", help="where it is")
        parser.add_argument("--director", required=True, help="the first member's name")
        parser.add_argument("--email", required=True, help="the first member's address to sign in with")
        parser.add_argument("--site", required=True, help="where people reach it, such as https://openiop.example.org")

    def handle(self, *args: Any, name: str, zone: str, director: str, email: str, site: str, **options: Any) -> None:
        """The program stands, and the link is printed; or a sentence says why not, and nothing stands."""
        at = timezone.now()
        try:
            ZoneInfo(zone)
            validate_email(email)
            with transaction.atomic():
                where = {"phone": options["phone"], "address": options["address"], "crisis_lines": CRISIS}
                program = programs.open_program(name=name, zone=zone, at=at, **where)
                user = accounts.create_user(email=email, name=director, password=None, at=at)
                programs.add_member(
                    program=program, user=user, name=director, roles=[Role.DIRECTOR, Role.PRIVACY],
                    from_on=local_day(at, zone), by=None, at=at,
                )  # fmt: skip
        except (ZoneInfoNotFoundError, ValueError) as trouble:
            raise CommandError(f"There is no time zone {zone!r}; write it like America/Chicago.") from trouble
        except ValidationError as trouble:
            raise CommandError(f"{email!r} is no email address.") from trouble
        except Refused as refusal:
            raise CommandError(" ".join(refusal.reasons)) from refusal
        link = site.rstrip("/") + reverse("accounts:set-up", args=[user.pk, sign_ins.token_for(user)])
        self.stdout.write(f"{name} is open. {director} chooses a password here, within three days:\n{link}")
