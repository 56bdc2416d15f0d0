"""Nobody is led to a page that then tells them no."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from openiop.programs.rules import STAFF, Permission, Role
from tests import make

WITHIN = {"accounts:lock"}  # leads away from the pages on purpose


def addresses(html):
    """The paths that the page's links lead to, within this site."""
    for link in re.findall(r'<a [^>]*href="([^"]+)"', html):
        found = urlsplit(unescape(link))
        if not found.scheme and not found.netloc and found.path.startswith("/"):
            yield found.path + (f"?{found.query}" if found.query else "")


def name_of(address):
    """The name of the page at the address; None where there is none."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return None


@pytest.mark.parametrize("role", sorted(STAFF - {Role.SUPERVISOR}))
def test_every_link_on_the_pages_of_a_role_opens_for_that_role(client, world, program, role):
    """From their first page on, the first few links to each page; what they lead to answers, and not with a no."""
    viewer = make.member(program, role, name="Wanda Wanderfield")
    client.force_login(viewer.user)
    waiting, tried, dead = ["/"], {}, []
    if viewer.may(Permission.READ_SCHEDULE):
        waiting += ["/week/", "/sessions/"]
    while waiting:
        address = waiting.pop()
        name = name_of(address)
        if name in WITHIN or name is None or tried.get(name, 0) >= 2:
            continue
        tried[name] = tried.get(name, 0) + 1
        answer = client.get(address)
        if answer.status_code in (302, 303):
            waiting.append(answer["Location"])
        elif answer.status_code != 200:
            dead.append((name, answer.status_code))
        elif "html" in answer["Content-Type"]:
            waiting += list(dict.fromkeys(addresses(answer.content.decode())))
    assert len(tried) > 2
    assert dead == []
