"""What grows: the same pages in a program of 100 people, in one of 10,000, and for one person of five years.

`python -m benchmarks.scale --help`. Three programs stand in databases of their own, each behind a process; a page is
asked of all three in turn, so that whatever else the machine does hits them alike, and the ratios are told.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from benchmarks.run import ANCHOR, machine, marked, progress, share, signed_in

ROOT = Path(__file__).parents[1]
IN_CARE, LEFT, WEEKS = 40, 60, 8
STEP = 56  # days by which each further copy of those who left lies earlier: as many leave in any year
SPAN = 63  # days of a life, all of it so far, that are repeated over the years
AIMS = {"large": 1.2, "long": 1.5}
# What copies share: the house itself, its staff, and what is no part of a record.
SHARED = {
    "ui.draft", "ui.heldform", "ui.sent", "audit.event", "audit.link", "outbox.message", "backups.run",
    "programs.program", "programs.place", "programs.policy", "curriculum.topic", "schedule.track",
    "admissions.referral", "admissions.enquiry", "admissions.enquirystep",
}  # fmt: skip
WHO = {"programs.membership", "accounts.user"}  # a key to one of these does not make a row a part of someone's record
OWN_DAYS = {"recovery.checkin": "on", "schedule.session": "on"}


# --- many people, and many years, in few statements -----------------------------------------------------------------


class Copies:
    """Rows that belong together, written again and again, each time under new keys and so many days earlier."""

    def __init__(self, chosen: dict[Any, set[Any]], *, threads: bool) -> None:
        """`threads`: the plans are among them, so what ties to a thread of a plan ties to the copy's."""
        from django.db import connection

        self.chosen, self.threads, self.lite = chosen, threads, connection.vendor == "sqlite"

    def write(self, waves: int, step: int) -> int:
        """So many copies stand; returns how many rows were written."""
        from importlib import import_module

        from django.db import connection, transaction

        from openiop.base import frozen

        rooms = sorted(path.parent.name for path in ROOT.glob("openiop/*/triggers.py"))
        kept = [keep for room in rooms for keep in import_module(f"openiop.{room}.triggers").KEPT]
        frozen.remove(connection, kept)
        written = 0
        with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE waves (w integer)")
            cursor.executemany("INSERT INTO waves VALUES (%s)", [(wave,) for wave in range(1, waves + 1)])
            kind = "char(32)" if self.lite else "uuid"
            for model, ids in self.chosen.items():
                cursor.execute(f"CREATE TEMPORARY TABLE chosen_{model._meta.db_table} (id {kind} PRIMARY KEY)")
                cursor.executemany(
                    f"INSERT INTO chosen_{model._meta.db_table} VALUES (%s)",
                    [(one.hex if self.lite else one,) for one in ids],
                )
            for model, ids in self.chosen.items():
                if ids:
                    cursor.execute(self._statement(model, step))
                    written += cursor.rowcount
            for model in self.chosen:
                cursor.execute(f"DROP TABLE chosen_{model._meta.db_table}")
            cursor.execute("DROP TABLE waves")
        frozen.install(connection, kept)
        return written

    def _statement(self, model: Any, step: int) -> str:
        table = model._meta.db_table
        fields = model._meta.concrete_fields
        names = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(self._value(model, field, step) for field in fields)
        return (
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" t CROSS JOIN waves '
            f"WHERE t.id IN (SELECT id FROM chosen_{table})"
        )

    def _value(self, model: Any, field: Any, step: int) -> str:
        from django.db import models

        column, name = f't."{field.column}"', f"{model._meta.label_lower}.{field.name}"
        if field.is_relation and field.related_model in self.chosen:
            there = f"chosen_{field.related_model._meta.db_table}"
            return f"CASE WHEN {column} IN (SELECT id FROM {there}) THEN {self._key(column)} ELSE {column} END"
        if field.primary_key or (isinstance(field, models.UUIDField) and self.threads and not field.is_relation):
            return self._key(column)
        if name == "accounts.user.email":
            return f"'w' || w || '.' || {column}"
        if name == "participants.participant.number":
            return f"{column} + w * 1000"
        if name == "alerts.alert.source_id":
            return f"w || 'w' || substr({column}, 1, 35)"
        if name == "schedule.group.until_on":
            column = f"COALESCE({column}, {self._quoted_day()})"
        if isinstance(field, models.DateField):  # and instants, which are days to Django
            return self._earlier(column, step, day=not isinstance(field, models.DateTimeField))
        return column

    def _quoted_day(self) -> str:
        day = datetime.fromisoformat(ANCHOR).date().isoformat()
        return f"'{day}'" if self.lite else f"DATE '{day}'"

    def _key(self, column: str) -> str:
        """Of another version than any key the program draws, and told apart by the copy's number."""
        text, at = (column, 13) if self.lite else (f"{column}::text", 15)
        wave = "printf('%04x', w)" if self.lite else "lpad(to_hex(w), 4, '0')"
        made = f"{wave} || substr({text}, 5, {at - 5}) || '8' || substr({text}, {at + 1})"
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {made} END" if self.lite else f"({made})::uuid"

    def _earlier(self, column: str, step: int, *, day: bool) -> str:
        if self.lite:
            return (
                f"CASE WHEN {column} IS NULL THEN NULL ELSE date(substr({column}, 1, 10), "
                f"'-' || (w * {step}) || ' days') || substr({column}, 11) END"
            )
        return f"({column} - w * {step})" if day else f"({column} - make_interval(days => w * {step}))"


def ours() -> list[Any]:
    """Every table that copies may hold, those that others point at first."""
    from django.apps import apps

    rest = [m for m in apps.get_models() if m.__module__.startswith("openiop.") and m._meta.label_lower not in SHARED]
    found: list[Any] = []
    while rest:
        free = [
            m
            for m in rest
            if not any(f.is_relation and f.related_model in rest and f.related_model is not m for f in keys(m))
        ]
        found += sorted(free, key=lambda m: m._meta.label_lower)
        rest = [m for m in rest if m not in free]
    return found


def keys(model: Any) -> list[Any]:
    """Its columns that point at other rows."""
    return [field for field in model._meta.concrete_fields if field.is_relation]


def belonging(roots: dict[str, set[Any]], only: dict[str, set[Any]] | None = None) -> dict[Any, set[Any]]:
    """Beginning with these rows, all rows that stand under them alone; `only` limits some tables further."""
    chosen: dict[Any, set[Any]] = {}
    for model in ours():
        label = model._meta.label_lower
        if label in roots:
            chosen[model] = set(roots[label])
            continue
        rows = model._base_manager.all()
        above = [f for f in keys(model) if f.related_model in chosen and f.related_model._meta.label_lower not in WHO]
        if not above:
            chosen[model] = set()
            continue
        names = [field.attname for field in above]
        found = set()
        for pk, *parents in rows.values_list("pk", *names):
            told = [
                (parent, field.related_model)
                for parent, field in zip(parents, above, strict=True)
                if parent is not None
            ]
            if told and all(parent in chosen[of] for parent, of in told):
                found.add(pk)
        chosen[model] = found & only[label] if only and label in only else found
    return chosen


def many(people: int) -> str:
    """So many people are on record: those who left, again and again, two weeks earlier each time."""
    from openiop.participants.models import Episode, Participant, Supporter
    from openiop.programs.models import Membership
    from openiop.schedule.models import Group, Seat

    gone = set(Participant.objects.filter(episodes__isnull=False).values_list("pk", flat=True))
    gone -= set(Episode.objects.filter(ended_on__isnull=True).values_list("participant_id", flat=True))
    members = set(
        Participant.objects.filter(pk__in=gone, membership__isnull=False).values_list("membership", flat=True)
    )
    members |= set(
        Supporter.objects.filter(participant__in=gone, membership__isnull=False).values_list("membership", flat=True)
    )
    roots = {
        "participants.participant": gone,
        "programs.membership": members,
        "accounts.user": set(Membership.objects.filter(pk__in=members).values_list("user", flat=True)),
        "schedule.group": set(Group.objects.values_list("pk", flat=True)),
        "schedule.session": set(Seat.objects.filter(episode__participant__in=gone).values_list("session", flat=True)),
    }
    waves = -(-(people - Participant.objects.count()) // len(gone))
    from openiop.alerts.models import Alert

    closed = set(Alert.objects.filter(closed_at__isnull=False).values_list("pk", flat=True))
    chosen = belonging(roots, {"alerts.alert": closed})  # nobody leaves one open for years
    from openiop.programs.models import RoleHeld

    chosen[RoleHeld] = set(RoleHeld.objects.filter(membership__in=members).values_list("pk", flat=True))
    rows = Copies(chosen, threads=True).write(waves, STEP)
    return f"{Participant.objects.count()} people, {rows} rows more"


def years(sessions: int) -> str:
    """The first person of `cases` has been here for years: what they lived so far, again and again."""
    from openiop.attendance.models import Presence
    from openiop.continuing.models import Review
    from openiop.notes.models import Addendum, PersonNote, SessionNote, Tie
    from openiop.participants.models import Episode, LevelOfCare
    from openiop.questionnaires.models import Assignment, Response
    from openiop.recovery.models import CheckIn
    from openiop.schedule.models import Group, Seat, Session

    episode = first_episode()
    now = datetime.fromisoformat(ANCHOR)
    since, today = now - timedelta(days=SPAN), now.date()
    mine = Session.objects.filter(seats__episode=episode, starts_at__lt=now, starts_at__gte=since)
    held = set(mine.values_list("pk", flat=True))
    notes = set(SessionNote.objects.filter(session__in=held).values_list("pk", flat=True))
    parts = set(PersonNote.objects.filter(note__in=notes, episode=episode).values_list("pk", flat=True))
    answered = Response.objects.filter(participant=episode.participant, completed_at__gte=since)
    chosen = {
        Group: set(Session.objects.filter(pk__in=held, group__isnull=False).values_list("group", flat=True)),
        Session: held,
        Seat: set(Seat.objects.filter(session__in=held, episode=episode).values_list("pk", flat=True)),
        Presence: set(Presence.objects.filter(session__in=held, episode=episode).values_list("pk", flat=True)),
        SessionNote: notes,
        PersonNote: parts,
        Tie: set(Tie.objects.filter(part__in=parts).values_list("pk", flat=True)),
        Addendum: set(Addendum.objects.filter(part__in=parts).values_list("pk", flat=True)),
        CheckIn: set(
            CheckIn.objects.filter(
                participant=episode.participant, on__gt=today - timedelta(days=SPAN), on__lte=today
            ).values_list("pk", flat=True)
        ),
        Assignment: set(answered.filter(assignment__isnull=False).values_list("assignment", flat=True)),
        Response: set(answered.values_list("pk", flat=True)),
        Review: set(Review.objects.filter(episode=episode).values_list("pk", flat=True)),
    }
    waves = -(-sessions // max(len(held), 1))
    rows = Copies(chosen, threads=False).write(waves, SPAN)
    began = episode.started_on - timedelta(days=waves * SPAN)
    _unguarded_update(Episode, episode.pk, started_on=began)
    _unguarded_update(LevelOfCare, LevelOfCare.objects.filter(episode=episode).earliest("from_on").pk, from_on=began)
    told = Seat.objects.filter(episode=episode).count()
    return f"{told} sessions over {waves * SPAN / 365:.1f} years, {rows} rows more"


def _unguarded_update(model: Any, key: Any, **values: Any) -> None:
    from importlib import import_module

    from django.db import connection

    from openiop.base import frozen

    kept = import_module(f"openiop.{model._meta.app_label}.triggers").KEPT
    frozen.remove(connection, kept)
    model._base_manager.filter(pk=key).update(**values)
    frozen.install(connection, kept)


def first_episode() -> Any:
    """Whose pages are measured: who has been in care longest and can sign in."""
    from openiop.participants.models import Episode

    own = Episode.objects.filter(ended_on__isnull=True, participant__membership__user__is_active=True)
    rows = own.select_related("primary__user", "participant__membership__user")
    return rows.order_by("participant__number")[0]


# --- one program behind a process -------------------------------------------------------------------------------------


def pages() -> dict[str, tuple[str, Any]]:
    """What is asked for: name, address and who opens it."""
    from django.urls import reverse

    from openiop.schedule.models import Session

    episode = first_episode()
    counselor, ada = episode.primary, episode.participant
    until = datetime.fromisoformat(ANCHOR) - timedelta(days=1)
    session = Session.objects.filter(starts_at__lt=until, seats__episode=episode, group__isnull=False)
    session = session.order_by("-starts_at", "pk")[0]
    return {
        "chart": (reverse("desk:chart", args=[ada.pk]), counselor.user),
        "caseload": (reverse("desk:people") + "?show=all", counselor.user),
        "session": (reverse("attendance:session", args=[session.pk]), session.facilitator.user),
        "participant home": (reverse("portal:home"), ada.membership.user),
        "notes": (reverse("notes:list", args=[ada.pk]), counselor.user),
        "today": (reverse("desk:today"), counselor.user),
    }


def serve(options: argparse.Namespace) -> None:
    """Make the program what it is to be, then answer one page for each line, and say how long it took."""
    import gc
    import logging

    import django
    from django.test.utils import setup_test_environment

    django.setup()
    logging.disable(logging.WARNING)
    setup_test_environment(debug=False)
    from django.core.management import call_command
    from django.db import connection, reset_queries, transaction
    from django.test.utils import CaptureQueriesContext

    with mock.patch("django.utils.timezone.now", return_value=datetime.fromisoformat(ANCHOR)):
        told = ""
        if options.build == "small":
            from django.contrib.auth import get_user_model

            from openiop.demo.world import World

            call_command("migrate", interactive=False, verbosity=0)
            with transaction.atomic():
                size = {"weeks": WEEKS, "current": IN_CARE, "past": LEFT}
                World(now=datetime.fromisoformat(ANCHOR), seed=2026, password=None, **size).build(progress())
                get_user_model().objects.update(demo=False)
        call_command("migrate", interactive=False, verbosity=0)  # a small program that was kept may be older
        if options.build == "large":
            told = many(options.people)
        elif options.build == "long":
            told = years(options.sessions)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if options.build == "small":
            connection.close()
            print(json.dumps({"ready": "built", "machine": machine()}), flush=True)
            return
        clients = {name: (url, signed_in(user)) for name, (url, user) in pages().items()}
        print(json.dumps({"ready": told, "machine": machine()}), flush=True)
        gc.collect()
        gc.freeze()
        for line in sys.stdin:
            name, _, how = line.strip().partition(":")
            url, client = clients[name]
            if how == "profile":
                with CaptureQueriesContext(connection) as seen:
                    client.get(url, secure=True)
                found = sorted(((float(one["time"]), one["sql"][:600]) for one in seen.captured_queries), reverse=True)
                print(json.dumps({"slow": found[:8]}), flush=True)
                continue
            reset_queries()
            wall, cpu = time.perf_counter(), time.process_time()
            response = client.get(url, secure=True)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            answer = {
                "status": response.status_code,
                "wall": wall * 1000,
                "cpu": cpu * 1000,
                "size": len(response.content),
            }
            print(json.dumps(answer), flush=True)


class Program:
    """A program in a database of its own, and the process that answers for it."""

    def __init__(self, name: str, folder: Path, url: str, options: argparse.Namespace) -> None:
        self.name, self.folder = name, folder
        environment = os.environ | {
            "OPENIOP_VAR": str(folder), "OPENIOP_DEBUG": "off", "DJANGO_SETTINGS_MODULE": "openiop.settings",
            "OPENIOP_STAFF_SECOND_FACTOR": "offered",
        }  # fmt: skip
        if url:
            environment["DATABASE_URL"] = url
        asked = ["--build", name, "--people", str(options.people), "--sessions", str(options.sessions)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scale", *asked], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.facts = self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The program {self.name} ended by itself.")
        return dict(json.loads(line))

    def ask(self, page: str) -> dict[str, Any]:
        """One page."""
        assert self.process.stdin
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        return self.read()

    def end(self) -> None:
        """The process is gone."""
        self.process.communicate()


def databases(home: Path, options: argparse.Namespace) -> dict[str, Program]:
    """The small program built through actions, and the copies of it that are made large, long, or left alone."""
    address = os.environ.get("DATABASE_URL", "")
    names = ["base", "large", "long"]
    if not address:
        kept = options.keep or home / "small"
        if not (kept / "built").exists():
            shutil.rmtree(kept, ignore_errors=True)
            (kept / "static").mkdir(parents=True)
            Program("small", kept, "", options).end()
            (kept / "built").touch()
        for name in names:
            (home / name / "static").mkdir(parents=True)
            for file in ("openiop.sqlite3", "secret_key", "audit_key"):
                shutil.copyfile(kept / file, home / name / file)
        return {name: Program(name, home / name, "", options) for name in names}
    import psycopg

    parts = urlsplit(address)

    def url(name: str) -> str:
        return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"

    for name in ["small", *names]:
        (home / name / "static").mkdir(parents=True)
    with psycopg.connect(address, autocommit=True) as line:
        line.execute("CREATE DATABASE small")
        Program("small", home / "small", url("small"), options).end()
        for name in names:
            line.execute(f"CREATE DATABASE {name} TEMPLATE small")  # type: ignore[arg-type]
            for file in ("secret_key", "audit_key"):
                shutil.copyfile(home / "small" / file, home / name / file)
    return {name: Program(name, home / name, url(name), options) for name in names}


NAMES = ("chart", "caseload", "session", "participant home", "notes", "today")


def main() -> None:
    """Build, ask in turn, report."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--people", type=int, default=10_000, help="people on record in the large program (10000)")
    reader.add_argument("--sessions", type=int, default=1000, help="sessions of the one person (1000)")
    reader.add_argument("--requests", type=int, default=60, help="requests for each page of each program (60)")
    reader.add_argument("--warm", type=int, default=4, help="requests before the clock counts (4)")
    reader.add_argument("--keep", type=Path, help="a folder to keep the small SQLite program in, and to take it from")
    reader.add_argument("--only", action="append", choices=NAMES, help="one page; may be given several times")
    reader.add_argument("--profile", action="store_true", help="also show the slowest questions of each page")
    reader.add_argument("--write", type=Path, help="a file for the table, in Markdown")
    reader.add_argument("--build", help=argparse.SUPPRESS)
    options = reader.parse_args()
    warnings.simplefilter("ignore")
    if options.build:
        serve(options)
        return
    with tempfile.TemporaryDirectory(prefix="openiop-scale-") as folder:
        programs = databases(Path(folder), options)
        for name, program in programs.items():
            print(f"  {name}: {program.facts['ready'] or 'as built'}", file=sys.stderr, flush=True)
        rows = []
        for page in options.only or NAMES:
            times: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
            for turn in range(options.warm + options.requests):
                for name, program in programs.items():
                    answer = program.ask(page)
                    if answer["status"] != 200:
                        raise SystemExit(f"{page} of {name} answered {answer['status']}")
                    if turn >= options.warm:
                        times[name].append(answer)
            rows.append(figures(page, times))
            if options.profile:
                for name, program in programs.items():
                    for took, sql in program.ask(f"{page}:profile")["slow"]:
                        print(f"{page} {name} {took:.3f}  {sql}")
        facts = {
            "date": f"{datetime.now().astimezone():%Y-%m-%d}",
            "machine": programs["base"].facts["machine"] + f" at the start, {os.getloadavg()[0]:.1f} at the end",
            "base": f"{IN_CARE + LEFT} people, {IN_CARE} of them in care, {WEEKS} weeks",
            "large": programs["large"].facts["ready"] + f", {IN_CARE} in care",
            "long": programs["long"].facts["ready"],
            "requests": f"{options.requests} of each page and program, in turn",
        }
        for program in programs.values():
            program.end()
    told = marked(rows, facts)
    print(told)
    if options.write:
        options.write.write_text(told + "\n")


def figures(page: str, times: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Milliseconds of the base, and how many times that the others take: by the clock, and of the processor."""

    def p50(name: str, what: str) -> float:
        return share([one[what] for one in times[name]], 0.5)

    found: dict[str, Any] = {"page": page, "base p50 ms": round(p50("base", "wall"), 1)}
    for name in ("large", "long"):
        found[f"{name} ratio"] = round(p50(name, "wall") / p50("base", "wall"), 2)
        found[f"{name} ratio cpu"] = round(p50(name, "cpu") / p50("base", "cpu"), 2)
        found[f"{name} kB"] = round(statistics.median(one["size"] for one in times[name]) / 1000)
    found["base kB"] = round(statistics.median(one["size"] for one in times["base"]) / 1000)
    over = [name for name, most in AIMS.items() if found[f"{name} ratio"] > most]
    found["above the aim"] = ", ".join(over)
    return found


if __name__ == "__main__":
    main()
