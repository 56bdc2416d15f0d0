"""Deny by default, over the whole table of addresses: a stranger finds nothing, a colleague is told no."""

from uuid import uuid4

import pytest
from django.urls import get_resolver, reverse

from openiop.programs.models import Membership
from openiop.programs.rules import GRANTS, PERSONAL, STAFF, Permission, Role
from tests import make
from tests.house.test_house import patterns

TABLE = sorted(patterns(get_resolver()), key=lambda found: found[0])
ASKED = [(name, page) for name, page in TABLE if isinstance(page.callback.permission, Permission)]
GUARDED = [(name, page) for name, page in ASKED if page.callback.permission is not Permission.SIGNED_IN]
ROOM = {"assessment_id", "stop_id", "consent_id", "supporter_id", "appointment_id", "review_id", "response_id"}
INNER = ROOM | {  # they stand within a record or a session
    "assignment_id",
    "diagnosis_id",
    "presence_id",
    "episode_id",
    "other_id",
    "restriction_id",
    "request_id",
}


def colleague_without(program, permission):
    """Staff of the program whose one role does not grant it; None where every role does."""
    role = next((role for role in Role if role in STAFF and permission not in GRANTS[role]), None)
    there = Membership.objects.filter(program=program, role_rows__role=role, name="Una Withoutley").first()
    return there or (make.member(program, role, name="Una Withoutley") if role else None)


def answers(client, who, url):
    """What a GET and a POST of nothing come to."""
    client.force_login(who.user if hasattr(who, "user") else who)
    return {client.get(url).status_code, client.post(url).status_code}


def test_nobody_gets_past_the_door_without_signing_in(client, world):
    for name, page in ASKED:
        url = reverse(name, kwargs=world.args(page))
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/sign-in/"), name


@pytest.mark.parametrize("who", ["participant", "family", "nobody", "another participant"])
def test_who_is_not_staff_finds_nothing_on_any_page_of_staff(client, world, who):
    ada = world.people["ada"]
    viewer = {
        "participant": ada.membership,  # not even at the address of their own record: theirs is /my/
        "family": world.supporter.membership,
        "nobody": make.user("Nemo Nobody"),
        "another participant": world.people["ben"].membership,
    }[who]
    own = {"participant": Permission.OWN_RECORD, "another participant": Permission.OWN_RECORD}.get(who)
    own = Permission.SUPPORT if who == "family" else own
    for name, page in GUARDED:
        if page.callback.permission is own:
            continue
        url = reverse(name, kwargs=world.args(page))
        assert answers(client, viewer, url) == {404}, (name, who)


def test_another_participants_own_things_are_not_there(client, world):
    ben = world.people["ben"].membership
    for name in ("portal:measure", "portal:consent"):
        page = dict(GUARDED)[name]
        assert answers(client, ben, reverse(name, kwargs=world.args(page))) == {404}, name


def test_staff_of_another_program_finds_none_of_the_things_of_this_one(client, world):
    """With every permission there is, or without the one asked for: what is not theirs is not there."""
    fernhollow = make.program(name="Fernhollow")
    mighty = make.member(fernhollow, *STAFF, name="Ola Farfield")
    for name, page in GUARDED:
        if "_id" in str(page.pattern):
            url = reverse(name, kwargs=world.args(page))
            found = answers(client, mighty, url)
            assert found in ({404}, {404, 405}), (name, found)
            if page.callback.permission not in PERSONAL:
                assert answers(client, colleague_without(fernhollow, page.callback.permission), url) == {404}, name


def test_a_thing_that_never_was_is_answered_like_a_strangers(client, world, program):
    for name, page in GUARDED:
        converters = page.pattern.converters
        outer = next((one for one in converters if one.endswith("_id") and one not in INNER), None)
        if outer is None or page.callback.permission in PERSONAL:
            continue
        url = reverse(name, kwargs=world.args(page, **{outer: uuid4()}))
        assert answers(client, colleague_without(program, page.callback.permission), url) == {404}, name


def test_a_colleague_without_the_permission_is_told_no(client, world, program):
    for name, page in GUARDED:
        viewer = colleague_without(program, page.callback.permission)
        if viewer is None or page.callback.permission in PERSONAL:
            continue
        assert answers(client, viewer, reverse(name, kwargs=world.args(page))) == {403}, name


def test_to_staff_the_pages_of_participants_and_of_family_do_not_exist(client, world, counselor, director):
    """No role of staff opens them, so there is nobody to ask for it and nothing to be told no about."""
    for name, page in GUARDED:
        if page.callback.permission in PERSONAL:
            for viewer in (counselor, director):
                assert answers(client, viewer, reverse(name, kwargs=world.args(page))) == {404}, name
