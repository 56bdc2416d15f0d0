"""The commands of the roof."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from openiop.accounts import actions as accounts
from openiop.management.commands import demo
from openiop.programs import actions as programs
from openiop.programs.rules import Role
from tests import make


def a_demo_member(program, role, name, demo=True):
    user = accounts.create_user(
        email=f"{name}@example.org", name=name, password="a long quiet sentence", at=make.BEGAN, demo=demo
    )
    roles = [Role(role)]
    facts = {"name": name, "credential": "", "roles": roles, "from_on": date(2026, 1, 1), "by": None}
    return programs.add_member(program=program, user=user, **facts, at=make.BEGAN)


def test_the_demo_shows_the_first_account_of_each_role_and_no_real_one(program):
    a_demo_member(program, "counselor", "real", demo=False)
    a_demo_member(program, "participant", "ada")
    a_demo_member(program, "counselor", "joan")
    a_demo_member(program, "counselor", "celia")
    assert demo.sign_ins() == [
        ("counselor", "joan", "joan@example.org"),
        ("participant", "ada", "ada@example.org"),
    ]


def test_the_demo_does_not_start_where_its_passwords_could_be_used_by_others(settings):
    settings.DEMO_SIGN_IN = False
    with pytest.raises(CommandError, match="OPENIOP_DEBUG=on"):
        call_command("demo")


def test_the_demo_does_not_take_the_place_of_another_server(db, settings, monkeypatch):
    settings.DEMO_SIGN_IN = True
    monkeypatch.setattr(demo, "answers", lambda address: True)
    monkeypatch.setattr(demo, "get_commands", dict)
    with pytest.raises(CommandError, match="already answers"):
        call_command("demo")


def test_one_round_of_work_can_be_asked_for(db, capsys):
    call_command("work", "--once")
    assert capsys.readouterr().out == ""
