"""What cannot be taken back lightly asks first once more who it is: records that leave, roles, emergency access."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.house.test_house import patterns

ASKED = {
    "privacy:emergency",
    "programs:end-member",
    "programs:end-role",
    "programs:member",
    "programs:send-link",
    "programs:staff",
    "records:copy",
    "records:copy_file",
    "records:export_file",
    "records:exports",
    "records:file",
    "records:make_copy",
    "records:packet",
    "records:release",
}


def test_every_such_page_is_marked():
    marked = {name for name, page in patterns(get_resolver()) if getattr(page.callback, "confirmed", False)}
    assert marked >= ASKED


@pytest.mark.parametrize("name", ["records:release", "privacy:emergency"])
def test_someone_who_signed_in_long_ago_is_asked_before_anything_is_sent(name, ada, supervisor):
    browser = Client()
    browser.force_login(supervisor.user)
    there = reverse(name, args=[ada.pk])
    assert browser.get(there).status_code == 200
    asked = browser.post(there, {"why": "They must know what she takes."})
    assert asked.status_code == 302
    assert asked["Location"].startswith("/confirm/?next=")
