"""A copy made while people work is proved, put back row for row, and refused when a byte of it is wrong."""

import random
import sqlite3
import threading
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pyrage
import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from conftest import KEPT, NOW
from openiop.accounts import queries as sign_ins
from openiop.audit import actions as audit
from openiop.audit import jobs as chain
from openiop.audit import queries as events
from openiop.audit.models import Event
from openiop.backups import actions, packing, queries, rules, tables
from openiop.backups.models import Run
from openiop.base import frozen
from openiop.base.errors import Refused
from openiop.participants.models import Participant
from tests import make

ON_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def key(settings, tmp_path):
    """A key and a folder of this test alone; returns what opens the copies."""
    settings.BACKUP_FOLDER, settings.BACKUP_KEY = tmp_path / "backups", tmp_path / "backup.key"
    settings.BACKUP_RECIPIENTS = []
    actions.make_key(file=settings.BACKUP_KEY, at=NOW)
    return queries.identities(settings.BACKUP_KEY)


@pytest.fixture
def people(committed, program, counselor, ada, ben):
    """Two people in care, really committed."""
    return [ada, ben]


def backed_up(settings, key, at=None):
    run = actions.back_up(folder=settings.BACKUP_FOLDER, recipients=[str(key[0].to_public())], at=at or timezone.now())
    return run, settings.BACKUP_FOLDER / run.file


def held():
    """What the database holds, but for the notes about copies."""
    said = tables.tally_of("default").said()
    return {table: found for table, found in said.items() if table not in {"backups.run", "audit.event"}}


def test_a_copy_holds_every_row_and_can_be_read_with_its_key_alone(people, settings, key):
    before = tables.tally_of("default").total
    run, file = backed_up(settings, key)
    assert run.rows == before
    assert run.size == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    raw = file.read_bytes()
    assert raw.startswith(b"age-encryption.org/v1")
    assert b"Alderquist" not in raw
    lines = []
    packing.read(file, lines.append, key)
    assert len(lines) == before + 2
    assert any("Alderquist" in line for line in lines)
    with pytest.raises(rules.Damaged):
        packing.read(file, lines.append, [pyrage.x25519.Identity.generate()])
    assert [one.name for one in settings.BACKUP_FOLDER.iterdir()] == [file.name]


def test_a_sign_in_never_travels(people, settings, key):
    _, file = backed_up(settings, key)
    lines = []
    packing.read(file, lines.append, key)
    assert not [line for line in lines if "sessions.session" in line and '"model"' in line]


def test_what_is_put_back_is_what_was_copied(people, settings, key, program, counselor):
    _, file = backed_up(settings, key)
    before = held()
    make.person_in_care(program, counselor, name="Cy Cedarholm")
    Participant.objects.filter(pk=people[0].pk).update(legal_name="Someone Else")
    assert held() != before
    with pytest.raises(Refused, match="--replace"):
        actions.restore(file=file, identities=key, replace=False, at=timezone.now())
    run = actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert held() == before
    assert Participant.objects.get(pk=people[0].pk).legal_name == "Ada Alderquist"
    assert frozen.missing(connection, KEPT) == []
    assert Event.objects.filter(what="restore.held").count() == 1
    assert Run.objects.filter(kind="restore").get() == run


def test_where_no_file_can_change_places_every_table_changes_in_one_step(people, settings, key, monkeypatch):
    """PostgreSQL's way, which holds on SQLite too; a copy that does not load leaves what stood."""
    monkeypatch.setattr(actions, "_swap", actions._reload)
    _, file = backed_up(settings, key)
    before = held()
    Participant.objects.filter(pk=people[0].pk).update(legal_name="Someone Else")
    changed = held()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(Refused):
        actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert held() == changed
    file.write_bytes(whole)
    actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert held() == before
    assert frozen.missing(connection, KEPT) == []
    assert Event.objects.filter(what="restore.held").count() == 1


def test_a_copy_of_more_rows_than_are_put_back_at_once_is_put_back_whole(people, settings, key, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 3)
    before = tables.tally_of("default").total
    run, file = backed_up(settings, key)
    assert run.rows == before > 2 * tables.CHUNK
    assert actions.drill(file=file, identities=key, at=timezone.now()).rows == before


def test_the_empty_database_a_copy_is_proved_in_is_made_once(people, settings, key, tmp_path):
    settings.VAR = tmp_path
    backed_up(settings, key)
    [empty] = tmp_path.glob("empty-*.sqlite3")
    made = empty.stat().st_mtime_ns
    _, file = backed_up(settings, key, timezone.now() + timedelta(minutes=1))
    actions.drill(file=file, identities=key, at=timezone.now())
    assert [one.stat().st_mtime_ns for one in tmp_path.glob("*.sqlite3")] == [made]


def test_after_a_copy_is_put_back_the_next_number_is_the_one_the_database_asks_for(people, settings, key, monkeypatch):
    """PostgreSQL counts beside its tables and must be told where to go on; SQLite is told here to go on from 900."""
    if ON_SQLITE:
        told = ["UPDATE sqlite_sequence SET seq = 900 WHERE name = 'auth_group'"]
        monkeypatch.setattr(type(connection.ops), "sequence_reset_sql", lambda *_: told)
    first = Group.objects.create(name="first")
    _, file = backed_up(settings, key)
    actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert Group.objects.get() == first
    assert Group.objects.create(name="second").pk == (901 if ON_SQLITE else first.pk + 1)


@pytest.mark.parametrize("where", [10, 200, 2000, -1])
def test_a_damaged_copy_is_refused_before_anything_is_touched(people, settings, key, where):
    _, file = backed_up(settings, key)
    raw = bytearray(file.read_bytes())
    raw[where] ^= 1
    file.write_bytes(raw)
    before = tables.tally_of("default").said()
    with pytest.raises(Refused):
        actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert tables.tally_of("default").said() == before
    assert [one.name for one in settings.BACKUP_FOLDER.iterdir()] == [file.name]


def test_a_copy_cut_short_is_refused(people, settings, key):
    _, file = backed_up(settings, key)
    whole = file.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(Refused):
            actions.drill(file=file, identities=key, at=timezone.now())
    assert Run.objects.filter(kind="drill").exclude(trouble="").count() == 4
    file.write_bytes(whole)
    assert actions.drill(file=file, identities=key, at=timezone.now()).trouble == ""


def test_a_copy_that_lacks_a_row_it_counts_is_refused(people, settings, key):
    """Rightly encrypted by someone with the public key, and still not what was counted."""
    _, file = backed_up(settings, key)
    lines = []
    packing.read(file, lines.append, key)
    without = [line for line in lines if '"model":"participants.supporter"' not in line]
    without = [line for line in without if "Ben Barleyfield" not in line or '"model"' not in line]
    packing.write(file, without, [key[0].to_public()])
    with pytest.raises(Exception, match=r"rows|invalid foreign key|foreign key constraint"):
        actions.drill(file=file, identities=key, at=timezone.now())
    strange = [*lines[:1], '{"fields":{},"model":"other.thing","pk":"1"}', *lines[1:]]
    packing.write(file, strange, [key[0].to_public()])
    with pytest.raises(Refused, match=r"other\.thing"):
        actions.drill(file=file, identities=key, at=timezone.now())
    packing.write(file, lines[:-1], [key[0].to_public()])
    with pytest.raises(Refused, match="before its end"):
        actions.drill(file=file, identities=key, at=timezone.now())


def test_a_copy_of_another_release_is_refused(people, settings, key):
    _, file = backed_up(settings, key)
    lines = []
    packing.read(file, lines.append, key)
    newer = lines[0].replace('"migrations":[', '"migrations":["later.0001_more",')
    packing.write(file, [newer, *lines[1:]], [key[0].to_public()])
    with pytest.raises(Refused, match="newer release"):
        actions.restore(file=file, identities=key, replace=True, at=timezone.now())


def test_people_go_on_working_while_a_copy_is_made_and_it_holds_one_instant(people, settings, key, program, counselor):
    """Someone writes in the middle: they do not wait, and what they wrote is not in the copy."""
    seen = []
    plain = tables.lines

    def lines(alias, tally):
        for number, line in enumerate(plain(alias, tally)):
            if number == 3 and alias != "default" and not seen:
                seen.append("written")
                thread = threading.Thread(target=write)
                thread.start()
                thread.join(timeout=15)
                seen.append("waited" if thread.is_alive() else "done")
            yield line

    def write():
        try:
            audit.record(what="test.meanwhile", about=program, by=counselor, at=timezone.now())
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "lines", lines)
        _, file = backed_up(settings, key)
    assert seen == ["written", "done"]
    assert Event.objects.filter(what="test.meanwhile").exists()
    found = []
    packing.read(file, found.append, key)
    assert not [line for line in found if "test.meanwhile" in line]


def test_a_copy_that_does_not_hold_is_thrown_away_and_said(people, settings, key, monkeypatch):
    plain = tables.tally_of
    monkeypatch.setattr(tables, "tally_of", lambda alias: rules.Tally() if alias != "default" else plain(alias))
    with pytest.raises(Refused, match="thrown away"):
        backed_up(settings, key)
    assert list(settings.BACKUP_FOLDER.iterdir()) == []
    assert Run.objects.get().trouble
    assert queries.last_that_held("backup") is None
    assert queries.last("backup") is not None


def test_old_copies_go_and_two_of_one_second_are_refused(people, settings, key):
    now = timezone.now()
    first, _ = backed_up(settings, key, now - timedelta(minutes=1))
    second, _ = backed_up(settings, key, now)
    same_day = (now - timedelta(minutes=1)).date() == now.date()
    assert (settings.BACKUP_FOLDER / first.file).exists() is not same_day
    assert (settings.BACKUP_FOLDER / second.file).exists()
    with pytest.raises(Refused, match="stands already"):
        backed_up(settings, key, now)
    with pytest.raises(Refused, match="Say who may read"):
        actions.back_up(folder=settings.BACKUP_FOLDER, recipients=[], at=now)


def test_the_commands_make_prove_and_put_back(people, settings, tmp_path):
    settings.BACKUP_FOLDER, settings.BACKUP_KEY = tmp_path / "b", tmp_path / "k"
    settings.BACKUP_RECIPIENTS = []
    said = StringIO()
    call_command("backup", stdout=said)
    assert "A key was made" in said.getvalue()
    assert "proved in" in said.getvalue()
    call_command("restore", "--drill", stdout=said)
    assert "could be restored" in said.getvalue()
    [file] = settings.BACKUP_FOLDER.iterdir()
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(file))
    call_command("restore", str(file), "--replace", stdout=said)
    assert "is restored" in said.getvalue()
    with pytest.raises(CommandError, match="no such copy"):
        call_command("restore", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="Say which"):
        call_command("restore")
    with pytest.raises(CommandError, match="no key"):
        call_command("restore", "--drill", "--key", str(tmp_path / "none"))


def test_a_newer_key_stands_first_and_the_old_still_opens_old_copies(people, settings, key):
    _, file = backed_up(settings, key)
    actions.make_key(file=settings.BACKUP_KEY, at=NOW)
    both = queries.identities(settings.BACKUP_KEY)
    assert len(both) == 2
    assert str(both[1]) == str(key[0])
    assert actions.drill(file=file, identities=both, at=timezone.now()).trouble == ""
    settings.BACKUP_KEY.write_text("nothing here")
    with pytest.raises(Refused, match="holds no age key"):
        queries.identities(settings.BACKUP_KEY)
    settings.BACKUP_KEY.write_text("AGE-SECRET-KEY-1NOT")
    with pytest.raises(Refused, match="no age key"):
        queries.identities(settings.BACKUP_KEY)


@pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL keeps no file of its own beside")
def test_on_sqlite_what_stood_before_is_kept_beside(people, settings, key):
    _, file = backed_up(settings, key)
    Participant.objects.filter(pk=people[0].pk).update(legal_name="Someone Else")
    now = timezone.now()
    actions.restore(file=file, identities=key, replace=True, at=now)
    home = Path(connection.settings_dict["NAME"])
    [old] = home.parent.glob(f"{home.name}.before-{now:%Y%m%dT%H%M%S.%f}Z")
    with sqlite3.connect(old) as before:
        assert before.execute(
            "SELECT count(*) FROM participants_participant WHERE legal_name = 'Someone Else'"
        ).fetchone() == (1,)
    old.unlink()


# --- under load, damaged, and elsewhere -----------------------------------------------------------------------------


def test_a_copy_made_under_load_holds_one_instant_and_is_put_back_equal(people, settings, key, program, counselor):
    """Three writers, each writing pairs that are kept together and in turn: of each the copy has a beginning, whole."""
    stop, written = threading.Event(), {}

    def write(name):
        try:
            number = 0
            while not stop.is_set() and number < 2000:
                with transaction.atomic():
                    for half in ("one", "two"):
                        facts = {"writer": name, "number": number, "half": half}
                        audit.record(what="test.load", about=program, by=counselor, at=timezone.now(), **facts)
                number += 1
                written[name] = number
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    try:
        while len(written) < 3:
            time.sleep(0.01)
        _, file = backed_up(settings, key)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    run = actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    for name in ("a", "b", "c"):
        rows = list(Event.objects.filter(what="test.load").values_list("facts", flat=True))
        mine = sorted((facts["number"], facts["half"]) for facts in rows if facts["writer"] == name)
        whole = len(mine) // 2
        assert mine == [(number, half) for number in range(whole) for half in ("one", "two")]
        assert 0 < whole <= written[name]
    lines = []
    packing.read(file, lines.append, key)
    assert run.rows == len(lines) - 2


def test_a_bit_turned_anywhere_and_a_cut_anywhere_is_refused(people, settings, key):
    _, file = backed_up(settings, key)
    whole = file.read_bytes()
    before = tables.tally_of("default").said()
    wrong = file.with_name("wrong")
    draw = random.Random(2026)
    for where in [*range(0, 200, 7), *(draw.randrange(len(whole)) for _ in range(60)), len(whole) - 1]:
        bent = bytearray(whole)
        bent[where] ^= 1 << draw.randrange(8)
        wrong.write_bytes(bent)
        with pytest.raises(rules.Damaged):
            packing.read(wrong, lambda line: None, key)
    for length in [0, 1, 21, 100, *(draw.randrange(len(whole)) for _ in range(20)), len(whole) - 1]:
        wrong.write_bytes(whole[:length])
        with pytest.raises(rules.Damaged):
            packing.read(wrong, lambda line: None, key)
    for bad in (bytes(bent), whole[: len(whole) // 2], b"", b"age-encryption.org/v1\n"):
        wrong.write_bytes(bad)
        with pytest.raises(Refused):
            actions.restore(file=wrong, identities=key, replace=True, at=timezone.now())
    assert tables.tally_of("default").said() == before


def test_a_copy_for_another_key_is_refused_and_touches_nothing(people, settings, key):
    _, file = backed_up(settings, key)
    before = tables.tally_of("default").said()
    with pytest.raises(Refused, match="made for another key"):
        actions.restore(file=file, identities=[pyrage.x25519.Identity.generate()], replace=True, at=timezone.now())
    assert tables.tally_of("default").said() == before


@pytest.mark.parametrize(
    ("said", "instead", "why"),
    [
        ("openiop backup 1", "openiop backup 0", "has the form"),
        ('"migrations":["', '"migrations":["later.0001_more","', "newer release"),
        ('"ui.0002_sent"', '"ui.0001_initial"', "older release"),
        ('"format"', '"shape"', "not a copy of OpenIOP"),
    ],
)
def test_a_copy_of_another_form_or_release_is_refused_and_touches_nothing(people, settings, key, said, instead, why):
    _, file = backed_up(settings, key)
    lines = []
    packing.read(file, lines.append, key)
    assert said in lines[0]
    packing.write(file, [lines[0].replace(said, instead), *lines[1:]], [key[0].to_public()])
    before = tables.tally_of("default").said()
    with pytest.raises(Refused, match=why):
        actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert tables.tally_of("default").said() == before


def test_a_copy_made_on_sqlite_is_put_back_into_whatever_is_in_service(people, settings, key, tmp_path):
    """On PostgreSQL this is the move from the other kind; the way back is how every copy is proved."""
    _, file = backed_up(settings, key)
    before = held()
    with actions._beside(tmp_path) as (alias, _):
        actions._load(file, alias, key)
        tally = rules.Tally()
        header = rules.Header(made_at=timezone.now().isoformat(), migrations=tables.migrations(alias))
        moved = tmp_path / "moved"
        packing.write(moved, actions._copy(alias, header, tally), [key[0].to_public()])
    make.participant(people[0].program, name="Cy Cedarholm", by=people[0].episode.primary)
    actions.restore(file=moved, identities=key, replace=True, at=timezone.now())
    assert held() == before


def test_the_record_of_events_holds_after_a_copy_was_put_back(people, settings, key, program, counselor):
    """The chain is shorter than the place noted outside, and that is said there and no break."""
    chain.run_due(timezone.now())
    _, file = backed_up(settings, key)
    for _ in range(3):
        audit.record(what="test.later", about=program, by=counselor, at=timezone.now())
    chain.run_due(timezone.now() + timedelta(minutes=2))
    audit.record(what="test.unsealed", about=program, by=counselor, at=timezone.now())
    actions.restore(file=file, identities=key, replace=True, at=timezone.now())
    assert list(events.breaks(timezone.now())) == []
    chain.run_due(timezone.now() + timedelta(minutes=4))
    assert list(events.breaks(timezone.now())) == []


# --- turning keys -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own(settings, tmp_path):
    """Keys of this test alone, as they stand in var/."""
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    for name in ("secret_key", "audit_key"):
        (settings.VAR / name).write_text(f"the first {name}".replace(" ", "-"))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-first-secret_key", []
    settings.AUDIT_KEYS = [b"the-first-audit_key"]
    return settings


def started_again(own):
    """Settings as the next start reads them."""
    own.SECRET_KEY, *own.SECRET_KEY_FALLBACKS = (own.VAR / "secret_key").read_text().split()
    own.AUDIT_KEYS = [line.encode() for line in (own.VAR / "audit_key").read_text().split()]


def test_a_turned_secret_leaves_people_signed_in_and_their_links_alive_until_it_is_forgotten(people, own, client, rf):
    ada = people[0].membership.user
    client.force_login(ada)
    signed = signing.dumps("kept")
    link = sign_ins.token_for(ada)
    call_command("rotate_keys", "secret", stdout=StringIO())
    started_again(own)
    assert own.SECRET_KEY != "the-first-secret_key"
    assert (own.VAR / "secret_key").stat().st_mode & 0o777 == 0o600
    assert client.get("/my/").status_code == 200
    assert signing.loads(signed) == "kept"
    assert default_token_generator.check_token(ada, link)
    later = Client()
    later.force_login(ada)
    call_command("rotate_keys", "secret", "--forget", stdout=StringIO())
    started_again(own)
    assert own.SECRET_KEY_FALLBACKS == []
    with pytest.raises(signing.BadSignature):
        signing.loads(signed)
    assert not default_token_generator.check_token(ada, link)
    assert later.get("/my/").status_code == 200
    assert client.get("/my/").status_code == 200  # it was signed anew when it was used in between


def test_a_turned_audit_key_seals_on_and_every_older_one_is_needed(people, own, program, counselor):
    fixed = [keep for keep in KEPT if keep.table in {"audit_event", "audit_link"}]
    frozen.remove(connection, fixed)
    Event.objects.all().delete()
    frozen.install(connection, fixed)
    for file in events.fresh_files():
        file.unlink(missing_ok=True)
    audit.record(what="test.before", about=program, by=counselor, at=timezone.now())
    chain.run_due(timezone.now())
    call_command("rotate_keys", "audit", stdout=StringIO())
    started_again(own)
    assert len(own.AUDIT_KEYS) == 2
    audit.record(what="test.after", about=program, by=counselor, at=timezone.now())
    chain.run_due(timezone.now() + timedelta(minutes=2))
    assert list(events.breaks(timezone.now())) == []
    own.AUDIT_KEYS = own.AUDIT_KEYS[:1]
    assert list(events.breaks(timezone.now())) != []


def test_a_turned_backup_key_opens_old_copies_and_new_ones_need_the_new(people, settings, key):
    _, old = backed_up(settings, key)
    said = StringIO()
    call_command("rotate_keys", "backup", stdout=said)
    both = queries.identities(settings.BACKUP_KEY)
    assert str(both[0].to_public()) in said.getvalue()
    _, new = backed_up(settings, both, timezone.now() + timedelta(seconds=5))
    for file in [one for one in (old, new) if one.exists()]:
        assert actions.drill(file=file, identities=both, at=timezone.now()).trouble == ""
    with pytest.raises(Refused, match="another key"):
        actions.drill(file=new, identities=key, at=timezone.now())


def test_keys_that_stand_elsewhere_are_turned_there(people, own, monkeypatch):
    own.BACKUP_RECIPIENTS = ["age1elsewhere"]
    with pytest.raises(CommandError, match="age-keygen"):
        call_command("rotate_keys", "backup")
    monkeypatch.setenv("OPENIOP_SECRET_KEY", "given")
    with pytest.raises(CommandError, match="OPENIOP_OLD_SECRET_KEYS"):
        call_command("rotate_keys", "secret")
    with pytest.raises(CommandError, match="Only older secrets"):
        call_command("rotate_keys", "audit", "--forget")
    assert actions.turn_secret(file=own.VAR / "none", at=NOW) == 0
