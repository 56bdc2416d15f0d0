"""Every page beside the oracle of who may open it, and each guard taken away once to see that it is missed."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from conftest import NOW
from openiop.consents import queries as guard
from openiop.consents.queries import Opened
from openiop.consents.rules import ALL_FIELDS, Access, Purpose, Relation
from openiop.participants.models import Participant
from openiop.programs.access import require
from openiop.programs.rules import GRANTS, STAFF, Role
from tests import make
from tests.house.test_house import patterns
from tests.make import session as stage
from tests.make.everything import everything
from tests.make.viewers import House
from tests.oracles import disagreements, privacy

TOMORROW = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db
TABLE = dict(patterns(get_resolver()))
ABOUT = {name: about for name, (about, *_) in privacy.PAGES.items()}
OF_A_PERSON = sorted(name for name, page in TABLE.items() if "participant_id" in page.pattern.converters)
# Three who find nothing of a record on any page of staff: the person, whoever treats elsewhere, the director.
TURNED_AWAY = {("participant", "self"): 404, ("counselor", "other-program"): 404, ("director", "staff"): 403}


@pytest.fixture(scope="module")
def prepared(django_db_setup, django_db_blocker):
    """One program in full use for all tests of this file, which only look; nothing of it stays."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.utils.timezone.now", lambda: NOW)
        program = make.program()
        counselor = make.member(program, "counselor", name="Joan Birchwell", credential="LPC")
        make.member(program, "supervisor", name="Celia Rowanfield", credential="LCSW")
        make.member(program, "intake", name="Nadia Quillfeather")
        world = everything(program, counselor)
        house = House(world, program, counselor)
        visit = stage.session(program, counselor, world.people["ada"], starts=TOMORROW, title="Visit", group=False)
        house.instead = {"schedule:cancel-visit": {"session_id": visit.pk}}
        for role, relation in {*TURNED_AWAY, *((role, "other-program") for role in STAFF)}:
            house.browser(role, relation)
        yield house
        transaction.set_rollback(True)


@pytest.fixture
def house(prepared):
    """The program; viewers made during a test are gone after it."""
    known = dict(prepared.browsers)
    yield prepared
    prepared.browsers = known


def address(house, page):
    """Where the page stands about the first person."""
    return reverse(page, kwargs=house.world.args(TABLE[page], **house.instead.get(page, {})))


def asked(house, page, browser):
    """The answer of the page itself; a page that leads on to another of the house lets in as that one does."""
    url = address(house, page)
    answer = browser.post(url, {"q": "Alder"}) if page == "desk:find" else browser.get(url)
    if answer.status_code == 302 and not answer["Location"].startswith("/sign-in/"):
        return browser.get(answer["Location"])
    return answer


def nothing_of_ada(answer):
    """Whether a page says neither the person's name nor the key of their record."""
    said = answer.content.decode()
    return "Alderquist" not in said and "Adelheid" not in said


# --- the pages beside the oracle --------------------------------------------------------------------------------------

OTHER_READINGS = {
    "a clinician of the same program who is not on the team":
        "Cover, groups and crises are duties too (2.12(c)(3)). Each look is on record, and looks without a tie are "
        "asked about.",
}  # fmt: skip
PARTED = {
    "Someone else's own pages show them their own record and nothing of this one; they bear no one's address.":
        lambda one: ABOUT[one.given["page"]] == "own" and one.given["role"] == "participant"
        and one.given["relation"] != "self",
    "A supporter's page without a consent says that nothing is shared, and nothing of anyone.":
        lambda one: one.given["page"] == "portal:support" and one.given["role"] == "family",
    "The front desk reads name and phone on the first page of the record; the particulars hold address and birth date.":
        lambda one: (one.given["page"], one.given["role"], one.answered)
        == ("consents:particulars", "front-desk", 403),
}  # fmt: skip


def test_each_page_answers_each_viewer_as_an_independent_oracle_does(house):
    answers = {}

    def pages(*, page, role, relation, consent_state, family_scope):
        browser = house.browser(role, relation, consent_state, family_scope)
        if (page, browser) not in answers:
            answer = asked(house, page, browser)
            own = (role, relation) == ("participant", "self") or role in STAFF
            shared = browser is house.browser("family", "supporter", "active", family_scope) and family_scope
            if answer.status_code == 200 and not own and not (shared and relation == "supporter"):
                assert nothing_of_ada(answer), (page, role, relation, consent_state)
            answers[page, browser] = answer.status_code
        return answers[page, browser]

    taken, met, unnamed = set(), set(), []
    for one in disagreements("privacy.pages", pages, limit=10_000):
        why = next((why for why, fits in PARTED.items() if fits(one)), "")
        (taken if one.reading else met).add(one.reading or why)
        unnamed += [] if why or one.reading else [str(one)]
    assert unnamed == []
    assert taken == set(OTHER_READINGS)
    assert met == set(PARTED)


# --- each guard taken away once ---------------------------------------------------------------------------------------


# These ask once more inside, so that only what is the viewer's program's is found: nobody elsewhere gets further.
ASK_AGAIN = {"records:seal", "schedule:cancel-visit"}


def anyone(person, kind):
    """A record as a guard would open it that lets everyone in."""
    access = Access(200, "Anyone.", "", ALL_FIELDS[kind], Purpose.TREATMENT, "anyone", kind, sensitive=True)
    return Opened(person, person.episodes.order_by("-started_on", "pk").first(), kind, access, Relation.TEAM)


def unguarded(callback, *, whole):
    """The page of a record with a guard that lets everyone in; `whole`: without its permission too."""
    chain = [callback]
    while hasattr(chain[-1], "__wrapped__"):
        chain.append(chain[-1].__wrapped__)
    if not hasattr(callback, "purposes"):  # its record is opened in the page itself
        place = max(number for number, one in enumerate(chain) if hasattr(one, "permission"))
        return chain[place + 1] if whole else callback
    place = max(number for number, one in enumerate(chain) if hasattr(one, "purposes"))
    view = chain[place + 3]  # guarded, permitted, inside, view

    def inside(request, participant_id, **kwargs):
        person = Participant.objects.select_related("program", "membership").get(pk=participant_id)
        return view(request, anyone(person, callback.kind), **kwargs)

    return inside if whole else require(callback.permission, Participant)(inside)


def let_in(house, page, role, relation):
    """Whether the page does not turn this viewer away; what it then makes of them does not matter."""
    browser = house.browser(role, relation)
    browser.raise_request_exception = False
    url = address(house, page)
    with transaction.atomic():
        status = browser.get(url).status_code
        if status == 405:
            status = browser.post(url).status_code
        transaction.set_rollback(True)
    return status not in {403, 404}


def test_the_three_are_turned_away_by_the_oracle_too():
    for (role, relation), status in TURNED_AWAY.items():
        for page in set(OF_A_PERSON) & set(privacy.PAGES):
            given = {"page": page, "role": role, "relation": relation}
            assert set(privacy.pages(**given, consent_state="none", family_scope=frozenset())) == {status}


@pytest.mark.parametrize("page", OF_A_PERSON)
def test_a_page_whose_guard_is_taken_away_lets_someone_in_who_is_turned_away_now(house, page, monkeypatch):
    guarded = TABLE[page].callback
    role = next(role for role in Role if role in STAFF and guarded.permission in GRANTS[role])
    assert not let_in(house, page, "director", "staff")
    assert not let_in(house, page, role, "other-program")
    if page == "desk:chart":
        monkeypatch.setattr(
            guard, "open_record",
            lambda viewer, pk, kind, at, permission: anyone(Participant.objects.get(pk=pk), kind),
        )  # fmt: skip
    monkeypatch.setattr(TABLE[page], "callback", unguarded(guarded, whole=True))
    assert let_in(house, page, "director", "staff")
    monkeypatch.setattr(TABLE[page], "callback", unguarded(guarded, whole=False))
    assert let_in(house, page, role, "other-program") is (page not in ASK_AGAIN)
