"""Long text that staff type is saved while they type it, on every page that asks for some."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from openiop.programs.rules import PERSONAL, STAFF
from tests import make
from tests.test_doors import GUARDED


class Fields(HTMLParser):
    """The names of the textareas of a page, by whether they stand in a place that saves them."""

    def __init__(self):
        super().__init__()
        self.depth, self.inside, self.saved, self.bare = 0, 0, set(), set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "div":
            self.depth += 1
            if "data-draft" in given and not self.inside:
                self.inside = self.depth
        if tag == "textarea" and "hidden" not in given:
            (self.saved if self.inside else self.bare).add(given.get("name"))

    def handle_endtag(self, tag):
        if tag == "div":
            if self.inside == self.depth:
                self.inside = 0
            self.depth -= 1


@pytest.fixture
def everyone(program):
    """A colleague who holds every role of staff."""
    return make.member(program, *STAFF, name="Mara Manyhats")


def test_every_long_field_on_a_page_of_staff_is_saved_while_it_is_typed(client, world, everyone):
    client.force_login(everyone.user)
    saved, bare = {}, {}
    for name, page in GUARDED:
        if page.callback.permission in PERSONAL:
            continue
        kwargs = world.args(page)
        pages = [reverse(name, kwargs=kwargs)]
        if name == "plans:write":
            pages += [f"{pages[0]}?do={do}&about={about}" for do, about in (("add-problem", "addiction"),)]
        for url in pages:
            answer = client.get(url)
            if answer.status_code != 200 or "html" not in answer["Content-Type"]:
                continue
            found = Fields()
            found.feed(answer.content.decode())
            saved |= {(name, field): url for field in found.saved}
            bare |= {(name, field): url for field in found.bare}
    # Counseling notes are kept sealed or not at all, so these alone are not saved while they are typed (42 CFR 2.11).
    assert sorted(bare) == [("counseling:list", "sealed_words")]
    assert {name for name, _ in saved} >= {"alerts:alert", "continuing:review", "attendance:session"}
