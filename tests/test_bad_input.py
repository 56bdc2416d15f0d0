"""Whatever is typed or sent into any form of any page: a sentence comes back, never a failure of ours."""

import os
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit
from zlib import crc32

from django.db import transaction
from django.urls import Resolver404, get_resolver, resolve, reverse

from conftest import TODAY
from openiop.programs.rules import PERSONAL, STAFF, Permission
from openiop.schedule.models import Session
from tests import make
from tests.house.test_house import patterns
from tests.make import plans

FINE = {200, 302, 303, 403, 404, 405, 409, 422}
SCRIPT = "<script>alert(1)</script>"
DIGITS = "7" * 5000
SOME_ID = "5f0c2c1e-0000-4000-8000-000000000001"
FAR = ("9999-12-31", "0001-01-01")
# One field at a time, the others as the page offers them.
ALONE = {
    "date": FAR,
    "datetime-local": tuple(f"{day}T23:59" for day in FAR),
    "time": ("23:59:59",),
    "number": (DIGITS, "²", "-1"),
    "hidden": (DIGITS, "²"),
}
# Every field at once.
TOGETHER = ("", DIGITS, f"² 🪷 {SCRIPT}", "word " * 4000, SOME_ID)
IN_ADDRESSES = (DIGITS, "²", *FAR, SCRIPT, SOME_ID)
SKIPPED = {"accounts:lock", "accounts:sign-out"}
SHELL = {"desk:find", "desk:choose", "accounts:me", "accounts:sign-in"}  # the same at every door
EVERYTHING = os.environ.get("OPENIOP_ALL_BAD_INPUT") == "on"  # or two of each list, in turn, as the suite does
PER_VIEW = 3  # addresses of one view that differ only in their query


@dataclass
class Form:
    """A form as a page holds it: where it is sent, what each field is, and what a hurried person would send."""

    action: str
    kinds: dict[str, str] = field(default_factory=dict)
    given: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


TYPED = {
    "date": "2026-10-21",
    "datetime-local": "2026-10-15T10:00",
    "time": "10:00",
    "number": "2",
    "email": "name@example.org",
    "url": "https://example.org/",
    "tel": "614-555-0134",
}


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, and the addresses its links lead to."""

    def __init__(self, url):
        super().__init__()
        self.url, self.forms, self.named, self.links = url, [], {}, []
        self.now, self.select, self.later = None, None, []

    def handle_starttag(self, tag, attrs):
        has = {name: value or "" for name, value in attrs}
        self.links += [urljoin(self.url, has[key]) for key in ("href", "hx-get") if tag != "link" and key in has]
        if tag == "form":
            sent = has.get("method", "").lower() == "post" or "hx-post" in has
            self.now = Form(urljoin(self.url, has.get("hx-post") or has.get("action") or self.url))
            self.named[has.get("id", "")] = self.now
            self.forms += [self.now] if sent else []
        elif tag in {"input", "select", "textarea", "button"}:
            owner = has.get("form")
            if owner:
                self.later.append((owner, tag, has))
            elif self.now is not None:
                self.put(self.now, tag, has)
            if tag == "select":
                self.select = (self.named.get(owner) if owner else self.now, has.get("name", ""))
        elif tag == "option" and self.select and self.select[0] is not None and has.get("value"):
            form, name = self.select
            if "selected" in has or not form.given.get(name):
                form.given[name] = [has["value"]]

    def put(self, form, tag, has):
        name, kind = has.get("name", ""), has.get("type", "text") if tag == "input" else tag
        if tag == "button" or kind == "submit":
            form.buttons.append((name, has.get("value", ""), urljoin(self.url, has.get("formaction") or form.action)))
        elif name and name != "csrfmiddlewaretoken" and kind != "file":
            form.kinds[name] = kind
            if kind in {"radio", "checkbox"}:
                if "checked" in has or not form.given.get(name):
                    form.given[name] = [has.get("value", "on")]
            elif kind == "select":
                form.given.setdefault(name, [])
            else:
                form.given[name] = [has.get("value") or TYPED.get(kind, "" if kind == "hidden" else "Some words")]

    def handle_endtag(self, tag):
        if tag == "form":
            self.now = None
        elif tag == "select":
            self.select = None

    def close(self):
        super().close()
        for owner, tag, has in self.later:
            if owner in self.named:
                self.put(self.named[owner], tag, has)


def view_of(url):
    """The name of the view at an address; nothing where there is none."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def shape(form):
    """What makes two forms the same question, whoever it is about."""
    return view_of(form.action), frozenset(alike(name) for name in form.kinds)


def alike(name):
    """The name that the fields of every line, or about every person, share."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=mix_)\w+|\d+", "#", name)


def starts(world, others, mine):
    """The address of every page, and again about other things where a page holds other forms about them."""
    for name, page in patterns(get_resolver()):
        if not mine(page.callback.permission):
            continue
        if {"draft_id", "held_id", "token", "uidb64"} & set(page.pattern.converters) - set(world.ids):
            continue
        yield reverse(name, kwargs=world.args(page))
        for key, value in others:
            room, own = name.split(":")[0], page.pattern.converters
            if key in own and room in ROOMS[key]:
                yield reverse(name, kwargs=world.args(page, **{key: value}))


ROOMS = {"participant_id": {"admissions", "plans", "continuing"}, "session_id": {"schedule"}, "name": {"programs"}}


def crawl(client, world, others, mine):
    """Every form that these pages hold, one of each shape, and every query key that their links carry."""
    waiting, seen, forms, keys = list(starts(world, others, mine)), {}, {}, {}
    own = set(waiting)
    while waiting:
        url = waiting.pop(0)
        name = view_of(url)
        if name in SKIPPED or not name or url in seen.setdefault(name, set()):
            continue
        if url not in own and len(seen[name]) >= PER_VIEW:
            continue
        seen[name].add(url)
        answer = tried(client, lambda: client.get(url))  # noqa: B023
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        found = Forms(url)
        found.feed(answer.content.decode())
        found.close()
        for form in found.forms:
            forms.setdefault(shape(form), form)
        for link in found.links:
            parts = urlsplit(link)
            if parts.query and not parts.netloc and not parts.scheme:
                query = f"{parts.path}?{parts.query}"
                keys.setdefault(parts.path, set()).update(key for key, _ in parse_qsl(parts.query))
                waiting += [query] if len(seen.get(view_of(query), ())) < PER_VIEW else []
    return list(forms.values()), keys


def some(values, about):
    """Two of the values, others for each question but the same on every run; all of them when everything is asked."""
    turn = crc32(repr(about).encode())
    return values if EVERYTHING else [values[(turn + step) % len(values)] for step in range(2)]


def attempts(form):
    """What is sent, and what about it is odd."""
    about = view_of(form.action)
    buttons = list(dict.fromkeys(form.buttons)) or [("", "", form.action)]
    kinds = {alike(name): (name, kind) for name, kind in reversed(form.kinds.items())}
    for each, kind in kinds.values():
        for odd in ALONE.get(kind, ()):
            for name, value, action in buttons[:3] if kind.startswith("date") and EVERYTHING else buttons[:1]:
                sent = form.given | ({name: [value]} if name else {})
                yield action, sent | {each: [odd]}, f"{each}={odd[:12]}"
    name, value, action = buttons[0]
    for odd in some(TOGETHER, about):
        sent = {each: [odd] for each, kind in form.kinds.items() if kind != "hidden"}
        hidden = {each: form.given[each] for each, kind in form.kinds.items() if kind == "hidden"}
        yield action, sent | hidden | ({name: [value]} if name else {}), f"all={odd[:12]}"


def tried(client, ask):
    """The answer to one request, after which everything stands as before."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = ask()
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def wrong(answer):
    """Whether this is no answer a person should get."""
    if answer.status_code not in FINE:
        return True
    return "html" in answer.get("Content-Type", "") and b"<script>alert" in answer.content


def viewers(program, world):
    """Someone for each of the four doors, and what else of this world they may work on."""
    staff = make.member(program, *STAFF, name="Mara Manyhats")
    cleo, ahead = world.people["cleo"], Session.objects.filter(on__gt=TODAY, status="planned").order_by("on", "pk")
    plans.objective(plans.draft(cleo.episode, staff), staff)
    ready = [("participant_id", world.people[name].pk) for name in ("noor", "theo", "cleo")]
    others = (*ready, ("session_id", ahead[0].pk), ("name", "closed-days"))
    yield staff, others, lambda needed: needed not in PERSONAL
    yield world.people["ada"].membership, (), lambda needed: needed is Permission.OWN_RECORD
    yield world.supporter.membership, (), lambda needed: needed is Permission.SUPPORT
    yield None, (), lambda needed: not isinstance(needed, Permission)


def test_no_form_fails_over_what_is_sent_and_none_gives_it_back_as_markup(client, world, program):
    client.raise_request_exception = False
    failed, reached = [], set()
    for viewer, others, mine in viewers(program, world):
        client.logout()
        if viewer is not None:
            client.force_login(viewer.user)
        forms, keys = crawl(client, world, others, mine)
        for form in forms:
            if view_of(form.action) in SKIPPED | reached & SHELL or not view_of(form.action):
                continue
            reached.add(view_of(form.action))
            for action, sent, odd in attempts(form):
                answer = tried(client, lambda: client.post(action, sent))  # noqa: B023
                if wrong(answer):
                    failed.append((view_of(action), odd, answer.status_code))
        for path, names in keys.items():
            asked = [(name, odd) for name in sorted(names) for odd in some(IN_ADDRESSES, (view_of(path), name))]
            for name, odd in asked:
                answer = tried(client, lambda: client.get(path, {name: odd}))  # noqa: B023
                if wrong(answer):
                    failed.append((view_of(path), f"?{name}={odd[:12]}", answer.status_code))
    assert failed == []
    assert len(reached) > 70


def test_a_character_that_is_none_is_left_out_and_the_rest_is_taken(client, world, counselor):
    client.force_login(counselor.user)
    answer = client.post(reverse("desk:find"), {"q": "A\x00da"})
    assert answer.status_code == 200
    assert 'value="Ada"' in answer.content.decode()
