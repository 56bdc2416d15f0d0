"""The commands of the roof."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from conftest import NOW
from openiop.accounts import actions as accounts
from openiop.accounts.rules import hotp
from openiop.audit.models import Event
from openiop.management.commands import demo
from openiop.programs import actions as programs
from openiop.programs.models import Membership, Program
from openiop.programs.rules import Role
from tests import make

ROOT = Path(__file__).parents[1]


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


PARENT = """
import os, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "openiop.settings"
import django
django.setup()
from openiop.management.commands.demo import ends_with
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=ends_with(os.getpid()))
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_the_children_of_a_demo_that_was_killed_end_with_it():
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(ROOT)], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    os.kill(child, 9)
    raise AssertionError("the child went on without its parent")


OPEN = {
    "name": "Fernhollow", "zone": "America/Chicago", "director": "Hollis Grovewright", "email": "hollis@example.org",
    "site": "https://openiop.example.org/",
}  # fmt: skip


def test_a_program_is_opened_with_a_link_for_its_first_member(db, client, capsys):
    call_command("open_program", **OPEN)
    said = capsys.readouterr().out
    [hollis] = Membership.objects.filter(program__name="Fernhollow")
    assert hollis.roles == {"director", "privacy"}
    path = said.split("https://openiop.example.org")[1].strip()
    assert client.get(path, follow=True).status_code == 200
    client.force_login(hollis.user)
    assert client.get("/program/staff/").status_code == 200
    with pytest.raises(CommandError, match="sign-in already"):
        call_command("open_program", **OPEN | {"name": "Another"})
    assert not Program.objects.filter(name="Another").exists()


@pytest.mark.parametrize(("name", "value", "said"), [("zone", "Mars/Base", "no time zone"), ("email", "x", "no email")])
def test_a_program_that_cannot_be_opened_leaves_nothing(db, name, value, said):
    with pytest.raises(CommandError, match=said):
        call_command("open_program", **OPEN | {name: value})
    assert not Program.objects.exists()


def test_the_keeper_of_the_machine_lets_in_whom_nobody_else_can_help(counselor, capsys):
    secret = accounts.propose_secret(at=NOW)
    code = hotp(secret, int(NOW.timestamp()) // 30)
    accounts.add_app(user=counselor.user, secret=secret, code=code, at=NOW)
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("reset_second_step", "nobody@example.org")
    call_command("reset_second_step", counselor.user.email)
    assert "signed out everywhere" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no second step"):
        call_command("reset_second_step", counselor.user.email)
    assert Event.objects.get(what="user.factors-reset").by_role == "the program at work"
