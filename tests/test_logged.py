"""No name, address, number, typed word or query stands in the log, whatever page is opened and whatever fails."""

import json
import logging
import re

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.urls import include, path, reverse

from openiop.programs.access import public
from openiop.programs.rules import STAFF, Permission
from openiop.ui.logs import Line
from tests import make
from tests.test_doors import TABLE

WORDS = "Quillerby tapers sertraline"  # what is typed into every field, and stands in every address's query
KEYS = {"at", "level", "from", "says", "status", "method", "page", "failed", "trace"}
MINE = "tests.test_logged"


class Kept(logging.Handler):
    """Every line as it would stand in the log."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(Line())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def log():
    """Whatever any part of the program logs, at every level."""
    kept, names = Kept(), ["", "openiop", "django", "django.request", "django.server", "django.security", "allauth"]
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).propagate = True
    logging.getLogger().addHandler(kept)
    yield kept
    logging.getLogger().removeHandler(kept)
    for name, (level, up) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = up


def told(*models):
    """Every text that a column classed as identifying or clinical holds, cut into words that name something."""
    found = set()
    for model in models or [m for m in apps.get_models() if m.__module__.startswith("openiop.")]:
        private = {*model.Privacy.identifying, *model.Privacy.clinical}
        names = [f.name for f in model._meta.concrete_fields if f.name in private and f.get_internal_type() in TEXTS]
        for row in model._base_manager.values_list(*names) if names else ():
            for text in filter(None, row):
                found |= {text, *re.findall(r"[A-Z][a-z]{5,}|[\w.]+@[\w.]+|\d{3}-\d{4}", text)}
    return {text for text in found if len(text) >= 6}


TEXTS = {"CharField", "TextField", "EmailField"}
# Words of a column that are also words of the house: kinds, states and the names of its pages and modules.
HOUSE = {
    "participant",
    "consent",
    "session",
    "counselor",
    "referral",
    "signed",
    "active",
    "craving",
    "no-contact",
    "record",
}


def test_no_page_says_a_word_about_anyone_in_the_log(client, world, program, log):
    viewers = [
        make.member(program, *STAFF, name="Mighty Manyhats"), world.people["ada"].membership,
        world.supporter.membership, make.member(make.program(name="Fernhollow"), "counselor", name="Otto Farfield"),
    ]  # fmt: skip
    client.raise_request_exception = False
    typed = dict.fromkeys(
        ("words", "name", "email", "q", "login", "password", "text", "reason", "did", "legal_name"), WORDS
    )
    asked = 0
    for viewer in viewers:
        client.force_login(viewer.user)
        for name, page in TABLE:
            if not isinstance(page.callback.permission, Permission | str):
                continue
            url = reverse(name, kwargs=world.args(page)) if not _unknown(page, world) else None
            if url and name not in {"accounts:sign-out", "accounts:lock"}:
                client.get(url, {"q": WORDS, "next": f"/{WORDS}"})
                client.post(f"{url}?q={WORDS}", typed)
                asked += 1
    client.logout()
    client.post("/sign-in/", {"login": "quillerby@example.org", "password": WORDS})
    client.get("/set-up/6a1ef13e-95d8-4bd3-9ea5-9bbbdb1e3f1c/quillerby-token/")
    client.get(f"/nowhere/{WORDS}/")
    assert asked > 200
    assert log.lines
    everything = "\n".join(log.lines)
    for line in log.lines:
        assert set(json.loads(line)) <= KEYS, line
    for word in [*WORDS.split(), "quillerby"]:
        assert word.casefold() not in everything.casefold(), word
    said = {
        word for word in told() if word.casefold() not in HOUSE and re.search(rf"\b{re.escape(word)}\b", everything)
    }
    assert said == set()
    assert "?" not in re.sub(r'"says": "[^"]*\?"', "", everything)


def _unknown(page, world):
    return set(page.pattern.converters) - set(world.ids)


@public
def crash(request):
    """A page that fails with a name in its hands."""
    legal_name = "Quillerby Sertraline"
    raise RuntimeError(f"{legal_name} could not be read: {request.GET}")


@public
def fine(request):
    """A page that does not."""
    return HttpResponse("fine")


urlpatterns = [path("crash/", crash, name="crash"), path("", include("openiop.urls"))]
handler500 = "openiop.ui.views.server_error"


def test_a_crash_leaves_its_place_and_no_value_and_an_apology_with_a_reference(client, db, log, settings):
    settings.ROOT_URLCONF = MINE
    client.raise_request_exception = False
    answer = client.get("/crash/?who=Quillerby")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Something went wrong on our side" in page
    reference = re.search(r'<b class="num">([0-9A-F]{8})</b>', page)[1]
    assert any(reference in line for line in log.lines)
    [failed] = [json.loads(line) for line in log.lines if "failed" in json.loads(line)]
    assert failed["failed"] == "RuntimeError"
    assert failed["page"] == "crash"
    assert any(re.fullmatch(r".*test_logged\.py:\d+ crash", frame) for frame in failed["trace"])
    everything = "\n".join(log.lines) + page
    for word in ("Quillerby", "Sertraline", "could not be read", "legal_name", "who="):
        assert word not in everything, word
