"""Every read is on record: whoever a page of staff shows, by name or by record number, has an event of this look."""

import re

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse
from django.utils.html import escape

from openiop.audit.models import Event
from openiop.participants.models import Participant
from openiop.programs.rules import PERSONAL, STAFF, Permission
from tests import make
from tests.house.test_house import patterns

PAGES = [
    (name, page)
    for name, page in sorted(patterns(get_resolver()), key=lambda found: found[0])
    if isinstance(page.callback.permission, Permission) and page.callback.permission not in PERSONAL
]
# Lists and parts of a page that an address shows only when asked for.
ASKED = {
    "admissions:intake": ["?show=ended"],
    "alerts:list": ["?show=team", "?show=overdue", "?show=closed"],
    "desk:chart": ["?timeline=all"],
    "desk:people": ["?show=mine", "?show=team", "?show=all"],
    "privacy:unusual": ["?show=closed"],
    "schedule:sessions": ["?who=all"],
    "plans:diagnoses": ["?end={diagnosis_id}"],
}
# The parts of the session page; any other page has one.
PARTS = (
    "main",
    "roster",
    "person",
    "person-state",
    "group-state",
    "group-part",
)
TYPED = {"desk:find": [{"q": "quist"}, {"q": "1001"}]}
READS = {"chart.opened", "enquiry.opened", "referral.opened"}


class Undone(Exception):
    """Nothing of this request stays."""


def shown_on(html, world):
    """Whose name, part of a name or record number stands on the page: by the key their event would name."""
    found = {}
    for person in Participant.objects.filter(program=world.people["ada"].program):
        words = [escape(part) for part in person.legal_name.split() if len(part) > 3]
        if any(word in html for word in words) or re.search(rf"(?<![\w.-]){person.number}(?![\w-])", html):
            found[str(person.pk)] = person.legal_name
    if "Fennimoor" in html:
        found[str(world.ids["enquiry_id"])] = "the enquiry"
    return found


def unlogged(send, world, viewer):
    """Whom the answer shows without an event of a read by this viewer; nothing the request did stays."""
    try:
        with transaction.atomic():
            before = set(Event.objects.values_list("pk", flat=True))
            answer = send()
            if answer.status_code in {204, 302, 403, 404, 405}:
                return []
            new = Event.objects.exclude(pk__in=before).filter(what__in=READS, by_id=str(viewer.pk))
            logged = {key for row in new for key in (row.participant_id, row.about_id)}
            raise Undone([name for key, name in shown_on(answer.content.decode(), world).items() if key not in logged])
    except Undone as found:
        return found.args[0]


def addresses(world, name, page):
    """The page as linked to, and the lists and parts it shows when asked for."""
    url = reverse(name, kwargs=world.args(page))
    yield url
    for query in ASKED.get(name, []):
        yield url + query.format(**world.ids)
    if "enquiry_id" in page.pattern.converters:
        yield reverse(name, kwargs={"enquiry_id": world.ids["known_enquiry_id"]})


def missed(client, world, viewer, ways):
    """Every address that showed someone without an event, with the names."""
    client.force_login(viewer.user)
    found = {}
    for name, page in PAGES:
        for url in addresses(world, name, page):
            for way, send in ways(name, url):
                if left := unlogged(send, world, viewer):
                    found[f"{name} {way}"] = left
    return found


def whole(client):
    return lambda name, url: [("GET", lambda: client.get(url))]


def parts(client):
    """What htmx asks for: the part of a page alone, or each of those of the session page."""
    return lambda name, url: [
        (f"part {part}", lambda part=part: client.get(url, headers={"HX-Request": "true", "HX-Target": part}))
        for part in (PARTS if name == "attendance:session" else PARTS[:1])
    ]


def sent(client):
    """A form with nothing in it, and the few that answer with a page when something stands in them."""
    return lambda name, url: (
        [("POST", lambda: client.post(url))]
        + [(f"POST {typed}", lambda typed=typed: client.post(url, typed)) for typed in TYPED.get(name, [])]
    )


@pytest.fixture
def mighty(program, world):
    """Someone with every role of staff."""
    return make.member(program, *STAFF, name="Max Mightyman")


def test_the_check_sees_names(client, world, mighty):
    client.force_login(mighty.user)
    assert "Benedek Barleyfield" in shown_on(client.get("/people/?show=all").content.decode(), world).values()


def test_whoever_a_page_shows_has_an_event_of_this_look(client, world, mighty):
    assert missed(client, world, mighty, whole(client)) == {}


def test_whoever_an_answer_to_a_form_shows_has_an_event_too(client, world, mighty):
    assert missed(client, world, mighty, sent(client)) == {}


def test_whoever_a_part_of_a_page_shows_has_an_event_too(client, world, mighty):
    assert missed(client, world, mighty, parts(client)) == {}


@pytest.mark.parametrize("role", ["front-desk", "biller", "peer", "privacy"])
def test_so_it_is_for_each_role_that_sees_less(client, world, program, role):
    viewer = make.member(program, role, name="Una Lessly")
    assert missed(client, world, viewer, whole(client)) == {}
