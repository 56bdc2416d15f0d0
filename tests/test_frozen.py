"""Nothing clinical is deleted or silently changed, signed is frozen: asked of the database itself, table by table."""

import sqlite3
from datetime import date, time, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from conftest import KEPT, NOW, ROOMS, TODAY
from openiop.accounts import actions as accounts
from openiop.accounts.models import SignIn
from openiop.admissions import actions as admissions
from openiop.alerts import actions as alerts
from openiop.attendance import actions as attendance
from openiop.attendance.models import Presence
from openiop.audit import actions as audit
from openiop.backups import models as backups
from openiop.base import frozen
from openiop.consents import actions as consents
from openiop.counseling import actions as counseling
from openiop.disclosures import actions as disclosures
from openiop.disclosures.models import Seal
from openiop.notes import actions as notes
from openiop.participants import actions as people
from openiop.plans import actions as plan_actions
from openiop.plans.models import Objective
from openiop.privacy import actions as privacy
from openiop.recovery import actions as recovery
from openiop.schedule import actions as schedule
from openiop.schedule.rules import Block
from tests import make
from tests.make import BEGAN, plans, questionnaires, supporter
from tests.make import admissions as way_in
from tests.make import alerts as raised
from tests.make import consents as consented
from tests.make import continuing as reviews
from tests.make import privacy as looks
from tests.make import records as way_out
from tests.make import schedule as week
from tests.make import session as stage

REFERRALS = sorted((Path(__file__).parents[1] / "openiop/admissions/bundles").glob("*.json"))[:2]
ON_SQLITE = connection.vendor == "sqlite"
TABLES = {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}
# Clinical words that are not yet, or no longer, part of a record.
NOT_KEPT = {
    "ui_draft": "text someone is still typing",
    "ui_heldform": "a form that waits at a locked door; emptied once it is given back",
}


@pytest.fixture
def history(program, counselor, intake, ada, ben):
    """Rows that are kept in every table, and beside them some that are not yet: the way of a few people."""
    by = {"by": counselor, "at": NOW}
    for device in ("Firefox on Linux", "Safari on iPhone"):
        entered = accounts.begin_sign_in(user=counselor.user, device=device, shared=False, how="password", at=NOW)
    accounts.end_sign_in(sign_in=entered, how=SignIn.Ended.OUT, at=NOW)
    for person in (ada, ben):
        plans.diagnoses(person, counselor)
        signed = consented.shared(supporter(person, counselor), counselor, "plan")
        consents.revoke_consent(consent=signed, how="in person", **by)
        ends = consented.signed(person, counselor, NOW, expires_at=NOW + timedelta(days=6))
        consents.see_notice(notice=consents.announce_end(consent=ends, at=NOW), **by)
        mark = {"item": person, "item_id": person.pk, "participant": person, "author": True}
        consents.label_item(word="trauma", reason="", **mark, **by)
        private = counseling.write_note(participant=person, words="What was said.", about_on=TODAY, **by)
        counseling.sign_note(note=private, **by)
        counseling.write_note(participant=person, words="Still being written.", about_on=TODAY, **by)
        raised_one = raised.alert(person, counselor)
        alerts.close(alert=raised_one, outcome="spoke-safe", words="Spoke on the phone.", **by)
        questionnaires.assignment(person, at=NOW)
        questionnaires.answered(person, total=4, at=NOW)
        recovery.check_in(participant=person, on=TODAY, mood=5, by=person.membership, at=NOW)
        draft = plans.draft(person.episode, counselor)
        plan_actions.set_own_words(plan=draft, words="I want my evenings back.", by=counselor, at=BEGAN)
        plans.objective(draft, counselor)
        later = {"reason": "First the evenings.", "review_on": plans.TARGET}
        plan_actions.defer_family(plan=draft, family="mental-health", by=counselor, at=BEGAN, **later)
        plan_actions.set_review_on(plan=draft, review_on=date(2026, 8, 31), by=counselor, at=BEGAN)
        plans.sign(draft, counselor)
        plans.sign(draft, counselor, part="participant")
        busy = [Block(weekday, time(8), time(9), "work", 0) for weekday in (1, 2)]
        schedule.set_busy(episode=person.episode, blocks=busy, from_on=TODAY, **by)
        hours = {"minutes_a_week": 540, "days_a_week": 3, "mix": {"skills": 3}}
        schedule.prescribe(episode=person.episode, from_on=TODAY, **hours, **by)
    away = {"member": counselor, "why": "leave", "from_on": TODAY, "until_on": TODAY + timedelta(days=2)}
    schedule.note_away(**away, **by)
    enrolled = week.group(week.track(program, "Day"), week.place(program, "Alder"), counselor)
    for person in (ada, ben):
        schedule.enroll(group=enrolled, episode=person.episode, from_on=TODAY, **by)
    session = stage.session(program, counselor, ada, ben)
    stage.written(session, counselor)
    for person in (ada, ben):
        thread = Objective.objects.get(goal__problem__plan__episode=person.episode).thread
        given = {"took_part": "spoke", "words": "Named payday as a trigger.", "objectives": [thread], "revision": 0}
        notes.save_part(session=session, episode=person.episode, by=counselor, at=stage.AFTER, **given)
    for part in notes.sign_parts(session=session, by=counselor, at=stage.AFTER).signed:
        notes.add_addendum(part=part, words="He came back on Friday.", by=counselor, at=stage.AFTER)
    reviews.reviewed(ada.episode, counselor, stage.AFTER, appointment=reviews.booking(stage.AFTER))
    reviews.reviewed(ben.episode, counselor, stage.AFTER, appointment=reviews.booking(stage.AFTER))
    # What is still being written: it must not push out, nor slip into, what is signed.
    plans.sign(plans.draft(ada.episode, counselor), counselor, review_on=date(2026, 8, 31))
    tomorrow = stage.AFTER + timedelta(days=1)
    session = stage.session(program, counselor, ada, starts=stage.STARTS + timedelta(days=1))
    stage.written(session, counselor, at=tomorrow)
    thread = Objective.objects.filter(goal__problem__plan__episode=ada.episode).first().thread
    notes.save_part(session=session, episode=ada.episode, by=counselor, at=tomorrow, **given | {"objectives": [thread]})
    way_in.rated(way_in.newcomer(program, "Ira Quillfeather"), counselor)
    for path in REFERRALS:
        admissions.import_referrals(program=program, files={path.name: path.read_bytes()}, **by)
    for name in ("Noor Linden", "Rue Fennimore"):
        newcomer = way_in.newcomer(program, name)
        asked = way_in.enquiry(program, by=intake, name=name)
        admissions.close_enquiry(enquiry=asked, reason="elsewhere", words="", **by)
        assessment = way_in.rated(newcomer, counselor)
        stop = admissions.find_stop(assessment=assessment, code="HS1", owner=counselor, **by)
        admissions.close_stop(stop=stop, disposition="Seen and safe at home.", **by)
        choice = {"level": "2.1", "difference": "", "words": "Steady enough for evenings."}
        admissions.decide(assessment=assessment, **choice, **by)
    nurse = make.member(program, "nurse", name="Nils Newfield")
    for number, person in enumerate((ada, ben)):
        at = NOW + timedelta(hours=2 * number)
        opened = looks.emergency(person, nurse, at)
        privacy.end_emergency(emergency=opened, by=nurse, at=at)
        privacy.review_emergency(
            emergency=opened, outcome="justified", words="The hospital asked.", by=counselor, at=at
        )
        privacy.note_told(emergency=opened, how="phone", **by)
        other = make.member(program, "nurse", name=f"Olga Oakley{number}")
        unusual = looks.unusual(other, person, at - timedelta(days=2 + number))
        privacy.ask_viewer(unusual=unusual, **by)
        privacy.explain(unusual=unusual, words="I covered for Joan.", by=other, at=NOW)
        privacy.close_unusual(unusual=unusual, outcome="explained", words="", **by)
        asked = looks.question(person, counselor, at)
        privacy.answer_question(question=asked, words="She treats you.", **by)
        again = make.participant(program, f"Wilhelmine Quarrelsby{number}")
        merge = admissions.merge_records(kept=person, absorbed=again, reason="She has two names.", **by)
        people.part_records(merge=merge, reason="Two people.", **by)
        people.keep_apart(one=person, other=again, reason="Two people.", **by)
    for person in (ada, ben):
        way_out.sent(person, counselor, NOW)
        paper = way_out.order(program, counselor, person)
        disclosures.close_process(process=paper, outcome="Answered", **by)
        disclosures.lift_hold(hold=person.legal_holds.get(), reason="Answered", **by)
        asked = {"words": "Not to my employer", "receiver": "employer", "paid_in_full": False}
        held = disclosures.ask_restriction(participant=person, **asked, **by)
        disclosures.decide_restriction(restriction=held, agree=True, kinds=["plan"], reason="", **by)
        disclosures.end_restriction(restriction=held, **by)
        listed = disclosures.ask_list(participant=person, kind="accounting", **by)
        disclosures.answer_list(request=listed, how="print", **by)
        bound = way_out.agreement(program, counselor)
        disclosures.end_agreement(agreement=bound, reason="Changed hands", **by)
        Seal.objects.create(participant=person, kept_until=TODAY, sealed_at=NOW, sealed_by=counselor)
    audit.seal(at=NOW)
    for kind in backups.Run.Kind:
        backups.Run.objects.create(kind=kind, at=NOW, file="openiop-20261014T204800Z.openiop.age")


def refuses(words, statement, given=()):
    """Whether the database refuses the statement in these words; what it let through is taken back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, given)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return any(said in str(error) for said in ([words] if isinstance(words, str) else words))
    return False


def rows(keep, only="1 = 1"):
    """The ids of a table's rows for which a condition holds, as the database writes them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {keep.table} WHERE {only.format(row=keep.table)} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def another(field):
    """A value the column does not have, as the database takes it."""
    if isinstance(field, models.ForeignKey | models.UUIDField):
        value = uuid4()
        field = field.target_field if isinstance(field, models.ForeignKey) else field
    elif isinstance(field, models.DateTimeField):
        value = BEGAN - timedelta(days=400)
    elif isinstance(field, models.DateField):
        value = date(2001, 2, 3)
    elif isinstance(field, models.TimeField):
        value = time(3, 4)
    elif isinstance(field, models.BooleanField | models.IntegerField | models.DecimalField):
        return None  # stands in for a change by arithmetic, below
    elif isinstance(field, models.JSONField):
        value = {"other": "words"}
    else:
        value = "~"  # as short as the shortest column
    return field.get_db_prep_save(value, connection)


def change(field):
    """SQL that gives the column another value, and what goes with it."""
    name = f'"{field.column}"'
    if isinstance(field, models.BooleanField):
        return f"{name} = NOT {name}", []
    if isinstance(field, models.IntegerField | models.DecimalField):
        return f"{name} = COALESCE({name}, 0) + 1", []
    return f"{name} = %s", [another(field)]


def test_every_table_with_clinical_words_is_kept_or_said_not_to_be():
    clinical = {table for table, m in TABLES.items() if getattr(m, "Privacy", None) and m.Privacy.clinical}
    assert sorted(clinical - {keep.table for keep in KEPT}) == sorted(NOT_KEPT)
    assert len({keep.table for keep in KEPT}) == len(KEPT)


@pytest.mark.parametrize("room", ROOMS)
def test_a_changed_declaration_has_a_migration_that_lays_it(room):
    """Else a database in service would keep the guards of yesterday, and only a new one those of today."""
    steps = [
        step
        for path in Path(__file__).parents[1].glob(f"openiop/{room}/migrations/0*.py")
        for step in import_module(f"openiop.{room}.migrations.{path.stem}").Migration.operations
        if isinstance(step, frozen.Laid)
    ]
    assert [step.mark for step in steps] == [frozen.mark(import_module(f"openiop.{room}.triggers").KEPT)]


def test_after_all_migrations_the_database_holds_every_declared_guard(db):
    """A later migration that rebuilds a table on SQLite takes its triggers along: it must lay them again."""
    assert frozen.missing(connection, KEPT) == []


def test_a_guard_that_is_gone_or_weaker_is_missed(db):
    [log] = [keep for keep in KEPT if keep.table == "audit_event"]
    weaker = frozen.Keep(log.table, log.says, frozen=frozen.NEVER)
    assert frozen.missing(connection, [weaker]) != []
    editor = SimpleNamespace(connection=connection)  # a migration that lifts the guards and lays them again
    frozen.lifted([log]).code(apps, editor)
    assert len(frozen.missing(connection, KEPT)) >= 3
    frozen.Laid([log], mark="").code(apps, editor)
    assert frozen.missing(connection, KEPT) == []


def test_what_is_frozen_changes_by_the_named_steps_alone(history):
    slipped = []
    for keep in KEPT:
        free = {name for step in keep.steps for name in step.columns}
        living = keep.frozen == keep.under == frozen.NEVER  # all but its id may change
        held = rows(keep, "1 = 1" if living else f"({keep.frozen}) OR ({keep.under})")
        assert held, f"no row of {keep.table} is frozen here"
        for field in TABLES[keep.table]._meta.concrete_fields[: 1 if living else None]:
            row = held[:1] if field.column not in free else rows(keep, keep.under)[:1]
            if row:
                does, given = change(field)
                says = (keep.says, f"a row of {keep.table} that stands")  # where it meets another row
                if not refuses(says, f"UPDATE {keep.table} SET {does} WHERE id = %s", [*given, *row]):
                    slipped.append(f"{keep.table}.{field.column}")
    assert slipped == []


# What no action would write, one statement each; every one of them meets rows that stand in the history.
FORGED = {
    "a mark that counts no longer, with nothing in its place": (
        "UPDATE attendance_presence SET replaced_at = recorded_at WHERE replaced_at IS NULL",
        "corrected by a new version",
    ),
    "a plan in force set aside, with no later one signed": (
        "UPDATE plans_plan SET status = 'replaced' WHERE status = 'signed'",
        "a signed plan is never changed",
    ),
    "a decided assessment that led to someone else's stay": (
        "UPDATE admissions_assessment SET episode_id = (SELECT e.id FROM participants_episode e"
        " WHERE e.participant_id <> admissions_assessment.participant_id LIMIT 1) WHERE status = 'decided'",
        "a decided assessment is never changed",
    ),
    "a questionnaire done without an answer": (
        "UPDATE questionnaires_assignment SET status = 'done' WHERE status IN ('due', 'started')",
        "what was asked is never changed",
    ),
    "a supporter moved to someone else": (
        "UPDATE participants_supporter SET participant_id = (SELECT p.id FROM participants_participant p"
        " WHERE p.id <> participants_supporter.participant_id LIMIT 1)",
        "a supporter stays that person's",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_step_is_taken_only_where_what_it_says_is_so(history, ada, counselor, what):
    questionnaires.assignment(ada, "gad7", at=NOW, by=counselor)
    statement, words = FORGED[what]
    assert refuses(words, statement)


TAKEN = {
    "accounts_signin": ["ended_at", "ended_how", "seen_at"],
    "admissions_hardstop": ["disposition", "closed_at"],
    "admissions_referral": ["status", "participant_id", "decision"],
    "alerts_alert": ["outcome", "outcome_words", "closed_at", "level"],
    "attendance_presence": ["replaced_at"],
    "consents_consentnotice": ["seen_at"],
    "consents_consent": ["status", "signed_at", "signer_name", "revoked_at", "revoked_how"],
    "continuing_appointment": ["status", "closed_at"],
    "disclosures_agreement": ["ended_on", "ended_reason"],
    "disclosures_legalhold": ["lifted_at", "lifted_reason"],
    "disclosures_legalprocess": ["statute", "kinds", "told_on", "status", "outcome"],
    "disclosures_restriction": ["status", "kinds", "reason", "ended_at"],
    "disclosures_rightsrequest": ["answered_at", "how"],
    "notes_personnote": ["words", "status", "frozen_text"],
    "notes_sessionnote": ["did", "frozen_at"],
    "participants_diagnosis": ["ended_on", "ended_reason"],
    "participants_levelofcare": ["until_on"],
    "participants_teamplace": ["until_on"],
    "plans_plansignature": ["lapsed_at"],
    "questionnaires_assignment": ["status"],
    "schedule_away": ["until_on", "back_at"],
    "schedule_elsewhere": ["off_at"],
}


def test_a_step_that_was_taken_is_never_taken_again(history):
    mark = Presence.objects.order_by("pk").first()
    undo = {"session": mark.session, "presence_id": mark.pk, "by": mark.recorded_by, "at": mark.recorded_at}
    assert attendance.undo(**undo) > 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_signin SET ended_at = %s, ended_how = 'x' WHERE ended_at IS NULL", [NOW])
        cursor.execute("UPDATE participants_diagnosis SET ended_on = %s", [TODAY])
        cursor.execute("UPDATE participants_levelofcare SET until_on = %s", [TODAY])
        cursor.execute("UPDATE participants_teamplace SET until_on = %s", [TODAY])
        cursor.execute("UPDATE continuing_appointment SET status = 'kept'")
        cursor.execute("UPDATE schedule_away SET back_at = %s", [NOW])
        cursor.execute("UPDATE schedule_elsewhere SET off_at = %s", [NOW])
    slipped = []
    for keep in KEPT:
        for field in TABLES[keep.table]._meta.concrete_fields:
            if field.column in TAKEN.get(keep.table, ()):
                does, given = change(field)
                if not refuses(keep.says, f"UPDATE {keep.table} SET {does}", given):
                    slipped.append(f"{keep.table}.{field.column}")
    assert slipped == []


def test_nothing_is_ever_removed(history):
    slipped = []
    for keep in KEPT:
        held = rows(keep, keep.under if keep.goes else "1 = 1")
        assert held, f"no row of {keep.table} is kept here"
        if not refuses(keep.says, f"DELETE FROM {keep.table} WHERE id = %s", [held[0]]):
            slipped.append(keep.table)
    assert slipped == []


def test_nothing_is_added_to_what_is_signed(history):
    slipped = []
    for keep in [keep for keep in KEPT if keep.under != frozen.NEVER]:
        columns = [field.column for field in TABLES[keep.table]._meta.concrete_fields]
        names, given = ", ".join(columns), ", ".join("%s" if name == "id" else name for name in columns)
        held = rows(keep, keep.under)[0]
        if ON_SQLITE:  # which would answer first where the copy meets its original
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TRIGGER IF EXISTS {keep.table}_no_replace")
        copy = f"INSERT INTO {keep.table} ({names}) SELECT {given} FROM {keep.table} WHERE id = %s"
        if not refuses(keep.says, copy, [uuid4().hex if ON_SQLITE else uuid4(), held]):
            slipped.append(keep.table)
    assert slipped == []


@pytest.mark.skipif(ON_SQLITE, reason="SQLite knows no TRUNCATE")
def test_no_table_is_emptied_at_one_stroke(history):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [
        keep.table for keep in KEPT if not refuses(f"{keep.says} ({keep.table})", f"TRUNCATE {keep.table} CASCADE")
    ] == []


@pytest.fixture
def asleep():
    """A connection for which REPLACE removes rows without a word to BEFORE DELETE, as SQLite's is by default."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL knows no REPLACE")
def test_no_row_is_swapped_for_another_by_replace_even_where_delete_triggers_sleep(history, asleep):
    slipped = []
    for keep in KEPT:
        table, says = keep.table, (f"a row of {keep.table} that stands", keep.says)
        columns = [field.column for field in TABLES[table]._meta.concrete_fields]
        names = ", ".join(f'"{name}"' for name in columns)
        fresh = ", ".join("%s" if name == "id" else f'"{name}"' for name in columns)
        # The same row again, under something that is not signed.
        parent = next((name for name in columns if f"{{row}}.{name}" in keep.under), None)
        away = ", ".join("%s" if name == parent else f'"{name}"' for name in columns) if parent else ""
        like = f"FROM {table} WHERE id = %s"
        held = rows(keep, f"({keep.frozen}) OR ({keep.under})") or rows(keep)
        with connection.cursor() as cursor:
            keys = [(key.columns, key.only) for key in frozen._keys(cursor, table)]
        for key, only in keys:
            filled = " AND ".join([only or "1 = 1", *(f'"{name}" IS NOT NULL' for name in key)])
            kept = next((pk for pk in rows(keep, filled) if pk in held), None)
            if kept is None:
                continue
            meets = [*key, *(name for name in columns if f'"{name}"' in only)]
            to = ", ".join(f'"{name}" = (SELECT "{name}" {like})' for name in meets)
            others = [pk for pk in rows(keep) if pk != kept]
            tried = [(f"UPDATE OR REPLACE {table} SET {to} WHERE id = %s", [*[kept] * len(meets), pk]) for pk in others]
            for verb in ("INSERT OR REPLACE", "REPLACE"):
                if key == ("id",):
                    tried.append((f"{verb} INTO {table} SELECT * {like}", [kept]))
                    tried += (
                        [(f"{verb} INTO {table} ({names}) SELECT {away} {like}", [uuid4().hex, kept])] if away else []
                    )
                else:
                    row = ", rowid" if key == ("rowid",) else ""
                    tried.append(
                        (f"{verb} INTO {table} ({names}{row}) SELECT {fresh}{row} {like}", [uuid4().hex, kept])
                    )
            slipped += [
                f"{sql.split(' INTO ')[0]} {table} {key}" for sql, given in tried if not refuses(says, sql, given)
            ]
    assert slipped == []


@pytest.mark.skipif(not ON_SQLITE, reason="PostgreSQL knows no REPLACE")
def test_our_own_connection_wakes_delete_triggers_for_replace(program):
    """The second lock on the same door: with the pragma, REPLACE is a DELETE like any other."""
    [log] = [keep for keep in KEPT if keep.table == "audit_event"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_replace")
    assert refuses(log.says, "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event")
    frozen.install(connection, [log])


@pytest.mark.skipif(not ON_SQLITE, reason="the file of SQLite can be opened by any program")
def test_a_foreign_program_that_opens_the_file_is_refused_too(committed, program):
    plain = sqlite3.connect(connection.settings_dict["NAME"])
    try:
        assert plain.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        for verb in ("INSERT OR REPLACE INTO", "REPLACE INTO"):
            with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
                plain.execute(f"{verb} audit_event SELECT * FROM audit_event")
        with pytest.raises(sqlite3.IntegrityError, match="never changed or removed"):
            plain.execute("UPDATE OR IGNORE audit_event SET what = 'other'")
        with pytest.raises(sqlite3.IntegrityError, match="never changed or removed"):
            plain.execute("DELETE FROM audit_event")
    finally:
        plain.close()
