"""Server and worker are killed at random under load, and what they had acknowledged is looked for.

`python -m benchmarks.kills --rounds 1000` goes on where it stopped: one line a round in a file of results. Whatever is
killed gets SIGKILL, so nothing of ours has a last word. `--report` says what the file holds.
"""

import argparse
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "var" / "kills.jsonl"
PASSWORD = "a long quiet sentence"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
REVISION = re.compile(r'name="revision" value="(\d+)"')
AGAIN = 62.0  # seconds after which a form that was never answered is sent again: the server lets it in by then
PATIENCE = 30.0  # seconds to wait for those forms on a machine that is busy
THINK = (0.005, 0.04)  # seconds between two forms of one person

# --- the mail server -------------------------------------------------------------------------------------------------


class Sink(socketserver.ThreadingTCPServer):
    """Takes mail by SMTP and remembers which message it was; it takes a moment before it says so."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.taken: Counter[str] = Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Mail(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        with suppress(OSError):  # the sender was killed
            self._talk()

    def _talk(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            verb = line.strip().upper()[:4]
            if verb == b"DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                mark = next((one for one in lines if one.lower().startswith(b"message-id:")), b"")
                for one in lines:
                    if not one:
                        return  # the sender died before the end: nothing was taken
                self.server.taken[mark.decode().partition("<")[2].partition("@")[0]] += 1
                time.sleep(random.uniform(0, 0.03))
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def finish(self) -> None:
        with suppress(OSError):  # the sender was killed
            super().finish()


# --- the processes ---------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Own:
    """Server and worker as they are started in service, each a session of its own, so that all of it is killed."""

    def __init__(self, log: Path) -> None:
        self.log = log.open("ab")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, port: int) -> None:
        """The process runs; the server listens on the port."""
        from openiop.management.commands.demo import ends_with

        command = {
            "server": [
                *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
                *("--workers", "1", "--blocking-threads", "4", "--log-level", "error", "openiop.wsgi:application"),
            ],
            "worker": ["manage.py", "work", "--pause", "0.2"],
        }[name]
        self.running[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True,
            preexec_fn=ends_with(os.getpid()),
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all it started; back when it is gone."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Nothing runs any more."""
        for name in list(self.running):
            self.kill(name)
        self.log.close()


class Forked:
    """The same, forked from a process that has loaded the program already: what a test can afford twenty times."""

    def __init__(self, log: Path) -> None:
        self.log = log.open("ab")
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.kills", "--nursery"], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        self.running: dict[str, int] = {}

    def start(self, name: str, port: int) -> None:
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write(f"{name} {port}\n")
        self.nursery.stdin.flush()
        # A handle and not the number: a number may be another's by the time it is used.
        self.running[name] = os.pidfd_open(int(self.nursery.stdout.readline()))

    def kill(self, name: str) -> None:
        handle = self.running.pop(name)
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [])  # readable once it is gone
        os.close(handle)

    def end(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.nursery.communicate()
        self.log.close()


def nursery() -> None:
    """Load the program once, and fork a server or a worker whenever a line asks for one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openiop.settings")
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from openiop.wsgi import application  # before the rest, which needs a program that is set up

    from django.core.management import call_command  # isort: skip
    from django.urls import get_resolver

    from openiop.management.commands import work
    from openiop.management.commands.demo import ends_with

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    assert get_resolver().url_patterns
    assert work.ROOMS
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what was killed is gone at once
    first = ends_with(os.getpid())
    for line in sys.stdin:
        name, port = line.split()
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        first()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        if name == "worker":
            call_command("work", pause=0.2)
        else:
            make_server("127.0.0.1", int(port), application, Server, Quiet).serve_forever()
        os._exit(0)


# --- the people at work ----------------------------------------------------------------------------------------------


@dataclass
class Form:
    """One form that was sent: what must be there when it was acknowledged, and at most once when it was not."""

    kind: str
    key: str
    value: str
    acknowledged: bool = False
    sent: float = 0.0
    again: tuple[str, dict[str, str]] | None = None  # what to send once more, where that makes nothing new


class Gone(Exception):
    """The server went away before it answered."""


@dataclass
class Town:
    """What the clients share: where the server is, whether they may go on, and all they have sent."""

    draw: random.Random
    journal: Path
    port: int = 0
    going: threading.Event = field(default_factory=threading.Event)
    over: bool = False
    sent: list[Form] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    odd: list[str] = field(default_factory=list)

    def write(self, form: Form, what: str) -> None:
        """A line of the journal: that it is sent, and that it was acknowledged."""
        with self.lock:
            if what == "sent":
                self.sent.append(form)
            with self.journal.open("a") as out:
                out.write(json.dumps([what, form.kind, form.key, form.value]) + "\n")


class Client(threading.Thread):
    """One person with a browser: signs in once, and then sends one form after another."""

    def __init__(self, town: Town, email: str, acts: list[Callable[["Client"], None]], seed: int) -> None:
        super().__init__(daemon=True)
        self.town, self.email, self.acts = town, email, acts
        self.draw = random.Random(seed)
        self.cookies: dict[str, str] = {}
        self.line: HTTPConnection | None = None
        self.number = 0
        self.idle = threading.Event()
        self.waiting: list[Form] = []
        self.drafts: dict[str, tuple[str, int]] = {}

    def ask(self, method: str, path: str, sent: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
        """Status, where to, and the page; Gone when there was no answer."""
        port = self.town.port
        head = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
            "Origin": f"https://127.0.0.1:{port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **headers,
        }
        if sent is not None:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request(method, path, urlencode(sent) if sent is not None else None, head)
            answer: HTTPResponse = line.getresponse()
            body = answer.read().decode()
        except (OSError, HTTPException) as trouble:
            raise Gone from trouble
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), body

    def open(self, path: str) -> str:
        """The page."""
        status, where, body = self.ask("GET", path)
        if status != 200:
            self.town.odd.append(f"GET {urlsplit(path).path} answered {status} {where}")
            raise Gone
        return body

    def sign_in(self) -> None:
        """The person is known from now on."""
        page = self.open("/sign-in/")
        given = {"login": self.email, "password": PASSWORD, "csrfmiddlewaretoken": _token(page)}
        status, _, body = self.ask("POST", "/sign-in/", given)
        if status != 302:
            raise SystemExit(f"{self.email} could not sign in: {status} {body[:2000]}")

    def token(self) -> str:
        """A value no other form has."""
        self.number += 1
        return f"{self.email.partition('@')[0]}n{self.number}x{self.draw.randrange(10**6)}"

    def send(self, path: str, given: dict[str, str], form: Form, *, once: bool = False) -> None:
        """Send it; 302 acknowledges it, anything else is told."""
        form.sent = time.monotonic()
        form.again = (path, given) if once else None
        self.town.write(form, "sent")
        try:
            status, _, body = self.ask("POST", path, given)
        except Gone:
            if once:
                self.waiting.append(form)
            raise
        if status not in (200, 302):
            self.town.odd.append(f"POST {form.kind} answered {status}: {' '.join(re.findall('<li>(.*?)</li>', body))}")
            return
        self.taken(form)

    def taken(self, form: Form) -> None:
        form.acknowledged = True
        self.town.write(form, "acknowledged")

    def send_again(self) -> None:
        """What was never answered is sent once more, as a person does who looks at an error page and tries again."""
        for form in [one for one in self.waiting if time.monotonic() - one.sent > AGAIN]:
            assert form.again
            form.sent = time.monotonic()
            status, _, _ = self.ask("POST", *form.again)
            self.waiting.remove(form)
            if status in (200, 302):
                self.taken(form)

    def run(self) -> None:
        while not self.town.over:
            self.idle.set()
            self.town.going.wait()
            if self.town.over:
                return
            self.idle.clear()
            try:
                self.send_again()
                self.draw.choice(self.acts)(self)
            except Gone:
                time.sleep(0.02)
            except Exception as trouble:  # a client that ends would be waited for without end
                self.town.odd.append(f"A client failed: {trouble!r}")
            time.sleep(self.draw.uniform(*THINK))


def _token(page: str) -> str:
    found = TOKEN.search(page)
    if not found:
        raise Gone
    return found[1]


def check_in(client: Client) -> None:
    """A participant says how today is."""
    page, words = client.open("/my/check-in/"), client.token()
    given = {"more": "1", "words": words, "sleep_hours": "7", "csrfmiddlewaretoken": _token(page)}
    client.send("/my/check-in/", given, Form("check-in", client.email, words))


def draft(client: Client) -> None:
    """Someone types, and what is typed is kept."""
    if not client.drafts or client.draw.random() < 0.2:
        client.drafts = {f"bench.text:{client.token()}": ("", 0)}
    [(key, (text, version))] = client.drafts.items()
    text = f"{text} {client.token()}"[-2000:]
    page = client.open("/me/")
    form = Form("draft", key, text)
    form.sent = time.monotonic()
    client.town.write(form, "sent")
    client.drafts = {}  # without an answer, another text is begun
    given = {"key": key, "text": text, "version": str(version), "csrfmiddlewaretoken": _token(page)}
    status, _, body = client.ask("POST", "/drafts/", given, Accept="application/json")
    if status != 200:
        client.town.odd.append(f"POST draft answered {status}")
        return
    try:
        version = json.loads(body)["version"]
    except ValueError:  # the answer was cut off, so nobody was told
        raise Gone from None
    client.taken(form)
    client.drafts = {key: (text, version)}


def to_mark(places: list[tuple[str, str]]) -> Callable[[Client], None]:
    """Attendance of one person in one session is marked, with a reason of its own."""

    def mark(client: Client) -> None:
        session, episode = client.draw.choice(places)
        page, reason = client.open(f"/sessions/{session}/"), client.token()
        given = {"episode": episode, "tap": "no-contact", "reason": reason, "csrfmiddlewaretoken": _token(page)}
        client.send(f"/sessions/{session}/mark/", given, Form("mark", "", reason), once=True)

    return mark


def to_write(places: list[tuple[str, str]]) -> Callable[[Client], None]:
    """One person's part of a session note is saved."""

    def write(client: Client) -> None:
        session, episode = client.draw.choice(places)
        page, words = client.open(f"/sessions/{session}/?person={episode}"), client.token()
        revision = REVISION.findall(page.partition('id="person"')[2])
        given = {"took_part": "spoke", "words": words, "revision": (revision or ["0"])[0]}
        given["csrfmiddlewaretoken"] = _token(page)
        client.send(f"/sessions/{session}/part/{episode}/", given, Form("part", f"{session} {episode}", words))

    return write


def to_add(parts: list[str]) -> Callable[[Client], None]:
    """Words are added under a signed note."""

    def add(client: Client) -> None:
        part = client.draw.choice(parts)
        page, words = client.open(f"/notes/{part}/"), client.token()
        given = {"words": words, "csrfmiddlewaretoken": _token(page)}
        client.send(f"/notes/{part}/", given, Form("addendum", "", words), once=True)

    return add


def to_act(alerts: list[str]) -> Callable[[Client], None]:
    """Something was done about an alert."""

    def act(client: Client) -> None:
        alert = client.draw.choice(alerts)
        page, words = client.open(f"/alerts/{alert}/"), client.token()
        given = {"act-words": words, "csrfmiddlewaretoken": _token(page)}
        client.send(f"/alerts/{alert}/act/", given, Form("act", "", words), once=True)

    return act


def invite(client: Client) -> None:
    """Someone new is let in, and a message with their link is due."""
    page, name = client.open("/program/staff/"), client.token()
    given = {"name": name, "credential": "", "email": f"{name}@example.org", "roles": "counselor"}
    client.send("/program/staff/", given | {"csrfmiddlewaretoken": _token(page)}, Form("invite", "", name), once=True)


# --- what is looked for ----------------------------------------------------------------------------------------------


def rows_of(kind: str) -> Any:
    """Where the values of a kind of form stand that makes a row each time: the rows, and the column."""
    from openiop.alerts.models import AlertStep
    from openiop.attendance.models import Presence
    from openiop.notes.models import Addendum
    from openiop.programs.models import Membership

    return {
        "mark": (Presence, "reason"),
        "addendum": (Addendum, "words"),
        "act": (AlertStep, "words"),
        "invite": (Membership, "name"),
    }[kind]


def latest() -> dict[str, dict[str, str]]:
    """What stands now, of the kinds that change one row: by kind and key."""
    from openiop.notes.models import PersonNote
    from openiop.recovery.models import CheckIn
    from openiop.ui.models import Draft

    told = CheckIn.objects.order_by("on").values_list("participant__membership__user__email", "words")
    parts = PersonNote.objects.values_list("note__session_id", "episode_id", "words")
    return {
        "check-in": dict(told),
        "part": {f"{session} {episode}": words for session, episode, words in parts},
        "draft": dict(Draft.objects.filter(key__startswith="bench.text:").values_list("key", "text")),
    }


def troubles(sent: list[Form], mail: Counter[str]) -> Iterator[str]:
    """Whatever is not as it was acknowledged, half there, there twice, or broken in the record of events."""
    from django.utils import timezone

    from openiop.audit import queries as audit
    from openiop.audit.models import Event

    by_kind: dict[str, list[Form]] = {}
    for form in sent:
        by_kind.setdefault(form.kind, []).append(form)
    now = latest()
    for kind, forms in by_kind.items():
        if kind in now:
            yield from _changed(kind, forms, now[kind])
        else:
            yield from _made(kind, forms)
    yield from _halves()
    yield from _messages(mail)
    for one in audit.breaks(timezone.now()):
        yield f"{one.name}: {one.what}"
    if not Event.objects.exists():
        yield "There is no event."


def _changed(kind: str, forms: list[Form], stands: dict[str, str]) -> Iterator[str]:
    by_key: dict[str, list[Form]] = {}
    for form in forms:
        by_key.setdefault(form.key, []).append(form)
    for key, mine in by_key.items():
        last = max((place for place, form in enumerate(mine) if form.acknowledged), default=-1)
        allowed = {form.value.strip() for form in mine[max(last, 0) :]}
        found = stands.get(key)
        if last >= 0 and (found is None or found.strip() not in allowed):
            yield f"{kind} {key}: {mine[last].value!r} was acknowledged, and {found!r} stands."
        if found and found.strip() not in {form.value.strip() for form in mine}:
            yield f"{kind} {key}: {found!r} stands, which nobody sent."


def _made(kind: str, forms: list[Form]) -> Iterator[str]:
    model, column = rows_of(kind)
    values = {form.value for form in forms}
    found = Counter(value for value in model.objects.values_list(column, flat=True) if value in values)
    for form in forms:
        if found[form.value] > 1:
            yield f"{kind} {form.value} stands {found[form.value]} times."
        elif form.acknowledged and not found[form.value]:
            yield f"{kind} {form.value} was acknowledged and is not there."


def _halves() -> Iterator[str]:
    """Each row has its event, and each event its row: they are written together or not at all."""
    from openiop.alerts.models import AlertStep
    from openiop.attendance.models import Presence
    from openiop.audit.models import Event
    from openiop.notes.models import Addendum
    from openiop.outbox.models import Message
    from openiop.programs.models import Membership

    for model, whats in (
        (Presence, ("presence.recorded", "presence.corrected")),
        (Addendum, ("note.addendum-signed",)),
        (Membership, ("member.added",)),
        (Message, ("message.queued",)),
    ):
        rows = {str(key) for key in model.objects.values_list("pk", flat=True)}
        about = Event.objects.filter(about=model._meta.label_lower)
        events = set(about.filter(what__in=whats).values_list("about_id", flat=True))
        if rows != events:
            yield f"{model._meta.label}: {len(rows - events)} rows without event, {len(events - rows)} the other way."
    steps, events = AlertStep.objects.filter(what="acted"), Event.objects.filter(what="alert.acted-on")
    if (made := steps.count()) != (told := events.count()):
        yield f"{made} steps of alerts and {told} events."
    invited = set(Event.objects.filter(what="member.invited").values_list("about_id", flat=True))
    queued = set(Message.objects.values_list("recipient_id", flat=True))
    if invited != queued:
        yield f"{len(invited ^ queued)} people were invited without a message, or the other way."


def _messages(mail: Counter[str]) -> Iterator[str]:
    """Nothing is sent twice; what is sent has left once, and what is due or given up on has not."""
    from openiop.outbox.models import Message

    for message in Message.objects.order_by("pk").iterator():
        times = mail[str(message.pk)]
        if times > 1:
            yield f"message {message.pk} was sent {times} times."
        elif message.status == Message.Status.SENT and not times:
            yield f"message {message.pk} counts as sent and never left."
        elif times and message.status == Message.Status.DUE and message.claimed_at is None:
            yield f"message {message.pk} left, and would be sent again."
        elif times and message.status == Message.Status.FAILED:
            yield f"message {message.pk} left, and counts as not sent."


# --- the rounds ------------------------------------------------------------------------------------------------------


def build() -> list[tuple[str, list[Callable[[Client], None]]]]:
    """A program with people in care, sessions, signed notes and alerts; who works there, and what each does."""
    from django.contrib.auth.hashers import make_password
    from django.db import transaction
    from django.utils import timezone

    from openiop.accounts.models import User
    from openiop.schedule.models import Seat
    from tests import make
    from tests.make import alerts as danger
    from tests.make import records
    from tests.make import session as stage

    now = timezone.now()
    with transaction.atomic():
        program = make.program()
        director = make.member(program, "director", name="Hollis Grovewright")
        today = now.date()
        bound = {"signed_on": today - timedelta(days=30), "ends_on": today + timedelta(days=300)}
        records.agreement(program, director, now, **bound)  # without it no email leaves
        counselors = [make.member(program, "counselor", name=name) for name in ("Joan Birchwell", "Piet Rowanfield")]
        people = [make.person_in_care(program, counselors[0], name=f"Person {number}") for number in range(8)]
        held = stage.session(program, counselors[0], *people, starts=now - timedelta(days=1), title="Yesterday")
        parts = stage.signed(held, counselors[0], *people, at=now - timedelta(hours=20))
        open_ones = [
            stage.session(program, who, *people, starts=now - timedelta(minutes=80), title=f"Today {place}")
            for place, who in enumerate(counselors * 2)
        ]
        alerts = [
            str(danger.alert(one, who, words=f"Craving 9 today, {place}", at=now).pk)
            for place, one in enumerate(people)
            for who in counselors[place % 2 : place % 2 + 1]
        ]
        marked, written = open_ones[:2], open_ones[2:]
        for session, who in zip(written, counselors, strict=True):
            stage.written(session, who, at=now)
        User.objects.update(password=make_password(PASSWORD))

    def seats(session: Any) -> list[tuple[str, str]]:
        return [(str(session.pk), str(seat.episode_id)) for seat in Seat.objects.filter(session=session)]

    acts = [[to_mark(seats(marked[at])), to_write(seats(written[at])), to_act(alerts[at::2]), draft] for at in range(2)]
    acts[0].append(to_add([str(part.pk) for part in parts]))
    return [
        (director.user.email, [invite]),
        *((who.user.email, acts[at]) for at, who in enumerate(counselors)),
        *((person.membership.user.email, [check_in, draft]) for person in people[:3]),
    ]


class Campaign:
    """Some rounds against one program."""

    def __init__(self, options: argparse.Namespace, mail: Sink) -> None:
        from django.conf import settings

        self.options, self.mail = options, mail
        folder = Path(settings.VAR)
        self.draw = random.Random(f"{options.seed}-{options.first}")
        self.town = Town(draw=self.draw, journal=folder / "journal.jsonl")
        self.clients = [
            Client(self.town, email, acts, self.draw.randrange(2**32)) for email, acts in build()[: options.clients]
        ]
        self.processes: Own | Forked = (Forked if options.forked else Own)(folder / "log")

    def start(self, names: list[str]) -> None:
        """These run again, and the server answers."""
        for name in names:
            self.town.port = free_port() if name == "server" else self.town.port
            self.processes.start(name, self.town.port)
        until = time.monotonic() + 120
        while "server" in names:
            try:
                line = HTTPConnection("127.0.0.1", self.town.port, timeout=10)
                line.request("GET", "/health/live/")
                if line.getresponse().read() == b"ok\n":
                    return
            except (OSError, HTTPException):
                time.sleep(0.03)
            if time.monotonic() > until:
                raise SystemExit("The server did not start; see the log.")

    def run(self) -> bool:
        """The rounds, each a line of the results; true when every one of them held."""
        try:
            self.start(["server", "worker"])
            for client in self.clients:
                client.sign_in()
                client.start()
            held = [self.round(number) for number in range(self.options.first, self.options.until)]
            return all(held)
        finally:
            self.town.over = True
            self.town.going.set()
            self.processes.end()

    def round(self, number: int) -> bool:
        """Load, a kill at a random instant, a new start, and a look at everything."""
        names = self.draw.choice((["server"], ["worker"], ["server", "worker"]))
        before, began = len(self.town.sent), time.monotonic()
        many, wait = self.draw.randint(1, self.options.load), self.draw.uniform(0, 0.15)
        self.town.going.set()
        while sum(form.acknowledged for form in self.town.sent[before:]) < many and time.monotonic() < began + PATIENCE:
            time.sleep(0.005)
        time.sleep(wait)
        for name in names:
            self.processes.kill(name)
        self.town.going.clear()
        for client in self.clients:
            if not client.idle.wait(4 * PATIENCE):
                self.town.odd.append("A client did not come back.")
        self.start(names)
        found = [*troubles(self.town.sent, self.mail.taken), *self.town.odd]
        self.town.odd.clear()
        forms = self.town.sent[before:]
        from openiop.audit.queries import chained
        from openiop.outbox.models import Message

        told = {
            "round": number,
            "seed": self.options.seed,
            "killed": names,
            "after": [many, round(wait, 3)],
            "acknowledged": sum(form.acknowledged for form in forms),
            "unanswered": sum(not form.acknowledged for form in forms),
            "kinds": dict(Counter(form.kind for form in forms if form.acknowledged)),
            "forms": len(self.town.sent),
            "chained": chained(),
            "sent": self.mail.taken.total(),
            "maybe sent": Message.objects.filter(status=Message.Status.DUE, claimed_at__isnull=False).count()
            + Message.objects.filter(status=Message.Status.UNSURE).count(),
            "database": self.options.vendor,
            "server": "forked" if self.options.forked else "granian",
            "seconds": round(time.monotonic() - began, 2),
            "at": f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}",
            "troubles": found[:20],
        }
        with self.options.results.open("a") as out:
            out.write(json.dumps(told) + "\n")
        for one in found[:20]:
            print(f"round {number}: {one}", file=sys.stderr, flush=True)
        return not found


def campaign(options: argparse.Namespace, folder: Path) -> int:
    """A program of its own in the folder, its rounds, and an exit code."""
    mail = Sink()
    os.environ.update(
        OPENIOP_VAR=str(folder), OPENIOP_PROXIES="1", OPENIOP_HOSTS="127.0.0.1", OPENIOP_IDLE_MINUTES="600",
        OPENIOP_STAFF_SECOND_FACTOR="offered", OPENIOP_CONFIRM_MINUTES="600",
        OPENIOP_EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", OPENIOP_EMAIL_HOST="127.0.0.1",
        OPENIOP_EMAIL_PORT=str(mail.server_address[1]), DJANGO_SETTINGS_MODULE="openiop.settings",
    )  # fmt: skip
    os.environ.pop("OPENIOP_DEBUG", None)
    (folder / "static").mkdir()
    made = _own_database(os.environ.get("DATABASE_URL", ""), options.first)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    options.vendor = connection.vendor
    if made is None:
        _migrated(options.empty, folder / "openiop.sqlite3")
    call_command("migrate", interactive=False, verbosity=0)
    return 0 if Campaign(options, mail).run() else 1


def _migrated(empty: Path, home: Path) -> None:
    """SQLite: a file with this release's tables, made once, is where every campaign begins."""
    from openiop.backups.tables import release

    kept = empty / f"empty-{release()}.sqlite3"
    if kept.exists():
        shutil.copyfile(kept, home)
        return
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    made = kept.with_name(f".{kept.name}.{os.getpid()}")
    shutil.copyfile(home, made)
    os.replace(made, kept)


def _own_database(url: str, number: int) -> str | None:
    """PostgreSQL: a database of this campaign's own beside the one given; nothing on SQLite."""
    if not url:
        return None
    import psycopg

    parts = urlsplit(url)
    name = f"kills_{number}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    os.environ["DATABASE_URL"] = f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"
    return name


def done(results: Path) -> list[dict[str, Any]]:
    """The rounds in the file; a line that was cut off is none."""
    rows = []
    for line in results.read_text().splitlines() if results.exists() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def report(rows: list[dict[str, Any]]) -> str:
    """What the file of results holds, in a few lines."""
    if not rows:
        return "No round yet."
    killed = Counter(" and ".join(row["killed"]) for row in rows)
    kinds: Counter[str] = Counter()
    for row in rows:
        kinds.update(row["kinds"])
    broken = [row["round"] for row in rows if row["troubles"]]
    kills = sum(len(row["killed"]) for row in rows)
    begun = sum(row["forms"] == row["acknowledged"] + row["unanswered"] for row in rows)
    return "\n".join(
        [
            f"{len(rows)} rounds, {kills} processes killed: {', '.join(f'{n} {what}' for what, n in killed.items())}.",
            f"{sum(row['acknowledged'] for row in rows)} forms acknowledged ("
            + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
            + f"), {sum(row['unanswered'] for row in rows)} cut off; {begun} programs.",
            f"{rows[0]['at']} to {rows[-1]['at']}; {', '.join(sorted({row['database'] for row in rows}))}; "
            f"{', '.join(sorted({row['server'] for row in rows}))}.",
            f"Rounds in which something was missing, half there, twice there or broken: {broken or 'none'}.",
        ]
    )


def main() -> int:
    """Go on where the results end, campaign by campaign, each in a process of its own."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rounds", type=int, default=1000, help="rounds the file of results is to hold (1000)")
    reader.add_argument("--results", type=Path, default=RESULTS, help="one line a round (var/kills.jsonl)")
    reader.add_argument("--campaign", type=int, default=50, help="rounds against one program before a new one (50)")
    reader.add_argument("--clients", type=int, default=6, help="people at work at once, up to 6 (6)")
    reader.add_argument("--load", type=int, default=20, help="most forms acknowledged before a kill (20)")
    reader.add_argument("--seed", type=int, default=2026)
    reader.add_argument("--forked", action="store_true", help="fork what is killed from a loaded process: faster")
    reader.add_argument("--empty", type=Path, default=ROOT / "var", help="where a file with empty tables is kept")
    reader.add_argument("--report", action="store_true", help="say what the file of results holds, and do nothing")
    for hidden in ("--nursery", "--first", "--until", "--folder"):
        kind: dict[str, Any] = {"action": "store_true"} if hidden == "--nursery" else {"type": int}
        reader.add_argument(hidden, help=argparse.SUPPRESS, **({"type": Path} if hidden == "--folder" else kind))
    options = reader.parse_args()
    if options.nursery:
        nursery()
        return 0
    if options.folder:
        return campaign(options, options.folder)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    code = 0
    while not options.report and (first := len(done(options.results))) < options.rounds:
        until = min(options.rounds, first - first % options.campaign + options.campaign)
        print(f"Seed {options.seed}, rounds {first + 1} to {until}", flush=True)
        folder = Path(tempfile.mkdtemp(prefix="openiop-kills-"))
        own = ["--folder", str(folder), "--first", str(first), "--until", str(until)]
        ended = subprocess.run([sys.executable, "-m", "benchmarks.kills", *sys.argv[1:], *own], cwd=ROOT, check=False)
        if ended.returncode:
            print(f"What was found stands in {folder}.", file=sys.stderr)
            code = 1
            if len(done(options.results)) < until:
                break  # it did not even get there
        else:
            shutil.rmtree(folder)
    print(report(done(options.results)))
    return code


if __name__ == "__main__":
    sys.exit(main())
