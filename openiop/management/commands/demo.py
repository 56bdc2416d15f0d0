"""Serve a demo program on this machine alone: migrate, build when empty, run the server and the worker."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from rich.console import Console
from rich.table import Table

from openiop.programs.models import Membership
from openiop.programs.rules import Role

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PATIENCE = 60  # seconds the server may take to answer its first request


def answers(address: str) -> bool:
    """True once the server has answered anything at all, be it a redirect to the sign-in page or an apology."""
    try:
        urllib.request.urlopen(address, timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def sign_ins() -> list[tuple[str, str, str]]:
    """One demo account for each role: role, name, email."""
    rows = Membership.objects.filter(user__demo=True, role_rows__until_at__isnull=True)
    rows = rows.exclude(user__password__startswith="!")  # made without a password: not set up yet
    found = rows.order_by("created_at", "pk").values_list("role_rows__role", "name", "user__email")
    first = {role: (name, email) for role, name, email in reversed(list(found))}
    return [(role.value.replace("-", " "), *first[role]) for role in Role if role in first]


def ends_with(parent: int) -> Callable[[], None]:
    """What a child does first: on Linux it is told to stop once its parent is gone, however that went (prctl(2))."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it was gone before it could be asked for
                os._exit(1)

    return ask


def stop(*_: object) -> None:
    """End as if by Ctrl-C, so that one way out serves both."""
    raise KeyboardInterrupt


class Command(BaseCommand):
    """`manage.py demo`: everything a newcomer needs to look around; one Ctrl-C ends it all."""

    help = "Migrate, build the demo program when there is none, and serve it on this machine alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """How large a program is built where there is none."""
        parser.add_argument("--size", choices=("usual", "full"), default="usual", help="full takes several minutes")

    def handle(self, *args: Any, size: str = "usual", **options: Any) -> None:
        """Serve until Ctrl-C, or until the server or the worker ends by itself."""
        if not settings.DEMO_SIGN_IN:
            raise CommandError("The demo runs only with OPENIOP_DEBUG=on and OPENIOP_BIND=127.0.0.1.")
        known = get_commands()
        address = f"http://{settings.BIND}:{settings.PORT}/"
        if answers(address):
            raise CommandError(f"Something already answers at {address}; stop it, or set OPENIOP_PORT.")
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        if "build_demo" in known and not sign_ins():
            with transaction.atomic():  # all of it or, when interrupted, nothing
                call_command("build_demo", size=size)
        for number in (signal.SIGINT, signal.SIGTERM):  # named, since a shell starts what runs behind it deaf to Ctrl-C
            signal.signal(number, stop)
        first = ends_with(os.getpid())
        children = [subprocess.Popen([sys.executable, "-m", "granian", *self.server()], preexec_fn=first)]
        if "work" in known:
            children.append(
                subprocess.Popen([sys.executable, "manage.py", "work"], cwd=settings.ROOT, preexec_fn=first)
            )
        try:
            self.wait_for(address, children)
            self.tell(address)
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
            raise CommandError("The server or the worker has ended; what it said stands above.")
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. The demo program is kept in var/ for the next time.")
        finally:
            self.end(children)

    def tell(self, address: str) -> None:
        """The address, and who may sign in there, stand on the terminal."""
        console = Console()
        accounts = sign_ins()
        if accounts:
            table = Table("Role", "Name", "Email", title="Who may sign in (demo only: made-up people)")
            for row in accounts:
                table.add_row(*row)
            console.print("\n", table)
            console.print(f"Password for everyone, demo only: [bold]{settings.DEMO_PASSWORD}[/bold]")
            console.print("It is public, and works on this machine alone. Put no real record here.")
        console.print(f"\nReady: {address}   (Ctrl-C ends it)\n")

    def server(self) -> list[str]:
        """What granian is told: one process, this machine alone, and only what went wrong in its log."""
        where = ["--host", settings.BIND, "--port", str(settings.PORT)]
        return [
            "--interface",
            "wsgi",
            *where,
            "--workers",
            "1",
            "--blocking-threads",
            "4",
            "--log-level",
            "warning",
            "openiop.wsgi:application",
        ]

    def wait_for(self, address: str, children: list[subprocess.Popen[bytes]]) -> None:
        """Return once the server answers; a child that ends first, or too long a wait, is an error."""
        until = time.monotonic() + PATIENCE
        while not answers(address):
            if any(child.poll() is not None for child in children) or time.monotonic() > until:
                raise CommandError("The server did not start; what it said stands above.")
            time.sleep(0.1)

    def end(self, children: list[subprocess.Popen[bytes]]) -> None:
        """Ask every child to stop, wait, and insist after ten seconds."""

        def ignore(_number: int, _frame: FrameType | None) -> None:
            """A second Ctrl-C changes nothing: the children are ending already."""

        signal.signal(signal.SIGINT, ignore)
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
