"""The pages people wait for, each beside the same template drawn from constants: `python -m benchmarks.run --help`."""

import argparse
import gc
import inspect
import json
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

ANCHOR = "2026-10-14T16:48-04:00"  # the instant every page is asked for; the same one gives the same program
AIM = 3.0  # a page may take this many times its bare page


@dataclass
class Sample:
    """Times of one page, in milliseconds, one entry for each request."""

    name: str
    url: str
    queries: int = 0
    size: int = 0  # bytes
    page: list[float] = field(default_factory=list)  # the whole request, without the audit write
    audit: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    page_cpu: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """What is reported of this page: milliseconds with two digits, and how many times the bare page it takes."""
        with_audit = [a + b for a, b in zip(self.page, self.audit, strict=True)]
        found: dict[str, Any] = {"page": self.name, "queries": self.queries, "kilobytes": round(self.size / 1000)}
        for name, times in (("page", self.page), ("audit", self.audit), ("bare", self.bare)):
            found[f"{name} p50"], found[f"{name} p95"] = round(share(times, 0.5), 2), round(share(times, 0.95), 2)
        found["ratio p50"] = round(share(self.page, 0.5) / share(self.bare, 0.5), 2)
        found["ratio p95"] = round(share(self.page, 0.95) / share(self.bare, 0.95), 2)
        found["ratio cpu"] = round(share(self.page_cpu, 0.5) / share(self.bare_cpu, 0.5), 2)
        found["ratio with audit"] = round(share(with_audit, 0.5) / share(self.bare, 0.5), 2)
        return found


def share(times: Sequence[float], part: float) -> float:
    """The time that this part of the requests stayed within, by the nearest rank."""
    return sorted(times)[max(0, min(len(times), round(part * len(times) + 0.499)) - 1)]


class Audit:
    """The time the record of the read took, gathered while a page answers."""

    NAMES = (
        ("openiop.consents.actions", "log_read"),
        ("openiop.consents.actions", "log_reads"),
        ("openiop.desk.actions", "log_overview"),
    )

    def __init__(self) -> None:
        """Nothing has been written."""
        self.wall = self.cpu = 0.0

    def around(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """The same action, with the clock running; from the first statement to the end of its commit."""

        @wraps(write)
        def timed(*args: Any, **kwargs: Any) -> Any:
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return write(*args, **kwargs)
            finally:
                self.wall += time.perf_counter() - wall
                self.cpu += time.process_time() - cpu

        return timed

    def taken(self) -> tuple[float, float]:
        """Seconds since the last time this was asked, by the clock and of the processor; counting starts again."""
        found = self.wall, self.cpu
        self.wall = self.cpu = 0.0
        return found


class Switch:
    """One address, two views: the product's, or the same template drawn from what the product's last gave it."""

    def __init__(self, url: str) -> None:
        """Stand in for the view at this address; the address, its name and everything before the view stay."""
        from django.urls import get_resolver, resolve

        self.view = resolve(url).func
        self.inner = inspect.unwrap(self.view)
        self.bare = False
        self.template, self.context = "", {}
        self.pattern = next(one for one in leaves(get_resolver()) if one.callback is self.view)

        @wraps(self.view)
        def either(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not self.bare:
                return self.view(request, *args, **kwargs)
            from openiop.ui.pages import page

            return page(request, self.template, self.context)

        self.pattern.callback = either

    def undo(self) -> None:
        """The address has its own view again."""
        self.pattern.callback = self.view

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """While this lasts, what the view hands to its template is kept."""
        from openiop.ui.pages import page

        def spy(request: Any, template: str, context: Any = None, **kwargs: Any) -> Any:
            self.template, self.context = template, dict(context or {})
            return page(request, template, context, **kwargs)

        with mock.patch.dict(self.inner.__globals__, {"page": spy}):
            yield


def leaves(resolver: Any) -> Iterator[Any]:
    """Every pattern with a view, however deep it is included."""
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            yield from leaves(one)
        else:
            yield one


@contextmanager
def program(folder: Path, options: argparse.Namespace) -> Iterator[None]:
    """A database of its own with the demo program in it, at a standing clock; gone afterwards."""
    os.environ["OPENIOP_VAR"] = str(folder)
    os.environ["OPENIOP_DEBUG"] = "off"  # templates compiled once, as in service
    os.environ["OPENIOP_STAFF_SECOND_FACTOR"] = "offered"  # who asks here has none, and is let in
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openiop.settings")
    (folder / "static").mkdir(parents=True)
    import django
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"] = {"NAME": str(options.keep or folder / "bench.sqlite3")}
    built = bool(options.keep and options.keep.exists())
    django.setup()
    logging.disable(logging.WARNING)
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment(debug=False)
    kept = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, serialize=False, keepdb=built)
    now = datetime.fromisoformat(ANCHOR)
    try:
        with mock.patch("django.utils.timezone.now", return_value=now):
            if not built:
                build(now, options)
            if connection.vendor == "postgresql":  # which does this by itself in service; SQLite does not
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
            yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0, keepdb=bool(options.keep))
        teardown_test_environment()


def build(now: datetime, options: argparse.Namespace) -> None:
    """The demo program stands in the database, and its accounts may sign in."""
    from django.contrib.auth import get_user_model
    from django.db import transaction

    from openiop.demo.world import World

    people = options.people
    with transaction.atomic():
        world = World(now=now, seed=2026, password=None, weeks=options.weeks, current=people, past=people)
        world.build(progress())
        get_user_model().objects.update(demo=False)  # demo accounts sign in to debug servers only; this is none


def progress() -> Callable[[float, str], None]:
    """Says how far the program is built, at every tenth."""
    said = -1

    def say(part: float, what: str) -> None:
        nonlocal said
        if int(part * 10) > said:
            said = int(part * 10)
            print(f"  {part:4.0%}  {what}", file=sys.stderr, flush=True)

    return say


def cases() -> list[tuple[str, str, Any]]:
    """What is measured: name, address, and the user who opens it."""
    from django.db.models import Count
    from django.urls import reverse

    from openiop.participants.models import Episode
    from openiop.schedule.models import Session

    own = Episode.objects.filter(ended_on__isnull=True, participant__membership__user__is_active=True)
    episode = own.select_related("primary__user", "participant__membership__user").order_by(
        "started_on", "participant__number"
    )[0]
    counselor, ada = episode.primary, episode.participant
    recent = Session.objects.filter(starts_at__lt=datetime.fromisoformat(ANCHOR) - timedelta(days=1))
    session = recent.annotate(many=Count("seats")).order_by("-many", "-starts_at", "pk")[0]
    return [
        ("caseload", reverse("desk:people") + "?show=all", counselor.user),
        ("today", reverse("desk:today"), counselor.user),
        ("chart", reverse("desk:chart", args=[ada.pk]), counselor.user),
        ("session", reverse("attendance:session", args=[session.pk]), session.facilitator.user),
        ("participant home", reverse("portal:home"), ada.membership.user),
    ]


def signed_in(user: Any) -> Any:
    """A client with this person's session."""
    from django.test import Client

    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def ask(client: Any, url: str) -> tuple[float, float, Any]:
    """Milliseconds by the clock and of the processor, and the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    response = client.get(url, secure=True)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if response.status_code != 200:
        raise SystemExit(f"{url} answered {response.status_code} {response.headers.get('Location', '')}")
    return wall * 1000, cpu * 1000, response


def prepared(name: str, url: str, client: Any) -> tuple[Switch, Sample]:
    """The page answers, its bare page draws the same without one question to the database beyond the middleware's."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    switch = Switch(url.partition("?")[0])
    ask(client, url)  # what is loaded once is loaded now
    with switch.keeping(), CaptureQueriesContext(connection) as seen:
        whole = ask(client, url)[2]
    asked = len(seen)
    switch.bare = True
    ask(client, url)  # fills what the kept context still had to fetch
    with CaptureQueriesContext(connection) as beside:
        bare = ask(client, url)[2]
    statements = [one["sql"] for one in beside.captured_queries]
    switch.bare = False
    if abs(len(whole.content) - len(bare.content)) > 64:
        raise SystemExit(f"{name}: the bare page is not the page ({len(whole.content)} and {len(bare.content)} bytes)")
    early = middleware_alone(client, url, switch)
    if len(statements) > early:
        extra = "\n".join(statements[early:])
        raise SystemExit(f"{name}: its bare page asks the database:\n{extra}")
    return switch, Sample(name=name, url=url, queries=asked, size=len(whole.content))


def middleware_alone(client: Any, url: str, switch: Switch) -> int:
    """How many questions are asked around any view at this address."""
    from django.db import connection
    from django.http import HttpResponse
    from django.test.utils import CaptureQueriesContext

    kept, switch.view = switch.view, lambda request, *args, **kwargs: HttpResponse("")
    try:
        with CaptureQueriesContext(connection) as seen:
            ask(client, url)
    finally:
        switch.view = kept
    return len(seen)


def measure(options: argparse.Namespace) -> list[Sample]:
    """Every page and its bare page in turn, so that whatever else the machine does hits both alike."""
    audit = Audit()
    with ExitStack() as stack:
        for module, name in Audit.NAMES:
            __import__(module)
            stack.enter_context(
                mock.patch.object(sys.modules[module], name, audit.around(getattr(sys.modules[module], name)))
            )
        ready = []
        for name, url, user in cases():
            if options.only and name not in options.only:
                continue
            client = signed_in(user)
            ready.append((client, *prepared(name, url, client)))
        gc.collect()
        gc.freeze()
        for turn in range(options.warm + options.requests):
            for client, switch, sample in ready:
                for bare in (turn % 2 == 0, turn % 2 == 1):
                    switch.bare = bare
                    audit.taken()
                    wall, cpu, _ = ask(client, sample.url)
                    if turn < options.warm:
                        continue
                    if bare:
                        sample.bare.append(wall)
                        sample.bare_cpu.append(cpu)
                    else:
                        audit_wall, audit_cpu = audit.taken()
                        sample.page.append(wall - audit_wall * 1000)
                        sample.page_cpu.append(cpu - audit_cpu * 1000)
                        sample.audit.append(audit_wall * 1000)
        gc.unfreeze()
        if options.profile:
            profiled(ready, options.requests)
        for _, switch, _ in ready:
            switch.undo()
        return [sample for _, _, sample in ready]


def profiled(ready: list[tuple[Any, Switch, Sample]], requests: int) -> None:
    """Where the time of each page goes, function by function, and what it asks the database."""
    import cProfile
    import pstats

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for client, switch, sample in ready:
        switch.bare = False
        with CaptureQueriesContext(connection) as seen:
            ask(client, sample.url)
        for one in seen.captured_queries:
            print(f"{one['time']}  {one['sql'][:400]}")
        profile = cProfile.Profile()
        for _ in range(requests):
            profile.runcall(ask, client, sample.url)
        print(f"--- {sample.name}")
        pstats.Stats(profile).sort_stats("cumulative").print_stats("openiop|templates", 45)
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)


def machine() -> str:
    """What the figures were taken on."""
    from django.db import connection

    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return f"{connection.vendor}, Python {platform.python_version()}, {os.cpu_count()} cores, {load}"


def table(rows: list[dict[str, Any]], title: str) -> Any:
    """The figures as a table for the terminal."""
    from rich.table import Table

    found = Table(title=title, caption="milliseconds; ratio = page / bare, without the audit write")
    for name in rows[0]:
        found.add_column(name, justify="left" if name == "page" else "right")
    for row in rows:
        over = row["ratio p50"] > AIM
        found.add_row(*(str(value) for value in row.values()), style="bold red" if over else "")
    return found


def marked(rows: list[dict[str, Any]], facts: dict[str, Any]) -> str:
    """The figures in Markdown, to be pasted as they are."""
    lines = [f"{name}: {value}  " for name, value in facts.items()]
    lines += ["", "| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows])


def written(path: Path, rows: list[dict[str, Any]], facts: dict[str, Any]) -> None:
    """The figures stand in a file: JSON, or a Markdown table when its name ends in .md."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".md":
        path.write_text(marked(rows, facts) + "\n")
    else:
        path.write_text(json.dumps({"facts": facts, "pages": rows}, indent=2) + "\n")


def main() -> None:
    """Build, measure, report."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--requests", type=int, default=100, help="requests for each page and each bare page (100)")
    reader.add_argument("--warm", type=int, default=5, help="requests before the clock counts (5)")
    reader.add_argument("--repeats", type=int, default=3, help="whole measurements; the median of each is told (3)")
    reader.add_argument("--people", type=int, default=40, help="people in care, and as many who left (40)")
    reader.add_argument("--weeks", type=int, default=17, help="weeks of history (17)")
    reader.add_argument("--keep", type=Path, help="an SQLite file to keep the built program in, and to take it from")
    reader.add_argument("--only", action="append", help="one page by name; may be given several times")
    reader.add_argument("--write", type=Path, help="a file for the figures: .json or .md")
    reader.add_argument("--profile", action="store_true", help="also tell where the time of each page goes")
    options = reader.parse_args()
    warnings.simplefilter("ignore")
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 160)
    with tempfile.TemporaryDirectory(prefix="openiop-bench-") as folder, program(Path(folder) / "var", options):
        runs = []
        for turn in range(options.repeats):
            print(f"  Measurement {turn + 1} of {options.repeats}", file=sys.stderr, flush=True)
            options.profile = options.profile and turn == options.repeats - 1
            runs.append([sample.figures() for sample in measure(options)])
        rows = [
            {
                name: first if name == "page" else statistics.median(run[at][name] for run in runs)
                for name, first in row.items()
            }
            for at, row in enumerate(runs[0])
        ]
        facts = {
            "date": f"{datetime.now().astimezone():%Y-%m-%d}",
            "machine": machine(),
            "program": f"{options.people} in care, {options.people} who left, {options.weeks} weeks",
            "requests": f"{options.requests} of each, {options.repeats} measurements, their median",
        }
    console.print(table(rows, f"{facts['program']}; {facts['requests']}; {facts['machine']}"))
    over = [row["page"] for row in rows if row["ratio p50"] > AIM]
    told = (
        f"Above {AIM:g} times the bare page: {', '.join(over)}."
        if over
        else f"Every page stays within {AIM:g} times its bare page."
    )
    console.print(told)
    print(f"\n{marked(rows, facts)}\n")
    if options.write:
        written(options.write, rows, facts)
        console.print(f"Written to {options.write}")


if __name__ == "__main__":
    main()
