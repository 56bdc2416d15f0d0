"""What a table keeps as it was: the database itself refuses the rest, on SQLite and on PostgreSQL.

A room says in its `triggers.py` what its tables keep; its migration lays the triggers that hold it (docs/adr/0014).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations import RunPython

ALWAYS, NEVER = "1 = 1", "1 = 0"


@dataclass(frozen=True)
class Step:
    """A change that may still happen to a frozen row: in these columns alone, and where `when` holds (OLD, NEW)."""

    columns: tuple[str, ...]
    when: str = ALWAYS


@dataclass(frozen=True)
class Keep:
    """Rows of one table: never removed, never swapped for others, and once frozen changed by the named steps alone.

    `frozen` says from when on, in SQL over {row}; `under` says when what a row stands under is frozen, and then
    nothing is added, moved in or out, changed or removed. With `goes` a row may be taken out until then.
    """

    table: str
    says: str  # what the database answers
    frozen: str = ALWAYS
    steps: tuple[Step, ...] = ()
    under: str = NEVER
    goes: bool = False


@dataclass(frozen=True)
class _Key:
    """Columns no two rows share; `only` is the condition of a partial index, over bare quoted columns."""

    columns: tuple[str, ...]
    only: str = ""

    def taken(self, table: str, *, by_another: bool) -> str:
        """SQL: a row stands where NEW would go."""
        where = [f'k."{name}" = NEW."{name}"' for name in self.columns]
        where += [re.sub(r'"(\w+)"', rf'{row}."\1"', self.only) for row in ("k", "NEW") if self.only]
        where += ['k."id" <> OLD."id"'] if by_another else []
        return f'EXISTS (SELECT 1 FROM "{table}" k WHERE {" AND ".join(where)})'


def _over(condition: str, row: str) -> str:
    return f"({condition.format(row=row)})"


def _wrong(keep: Keep, columns: list[str], same: str) -> str:
    """SQL: an update does what the table does not allow. `same` is how the vendor compares, NULL included."""

    def only(but: tuple[str, ...]) -> str:
        return " AND ".join(f'NEW."{name}" {same} OLD."{name}"' for name in columns if name not in but)

    allowed = " OR ".join(f"(({step.when}) AND {only(step.columns)})" for step in (Step(()), *keep.steps))
    parts = [f"({_over(keep.frozen, 'OLD')} AND ({allowed}) IS NOT TRUE)"] if keep.frozen != NEVER else []
    parts += [_over(keep.under, row) for row in ("OLD", "NEW") if keep.under != NEVER]
    return " OR ".join(['NEW."id" <> OLD."id"', *parts])


def _keys(cursor: CursorWrapper, table: str) -> list[_Key]:
    """Every way in which SQLite's REPLACE could push a row out: each unique index, and the hidden row number."""
    cursor.execute(f'PRAGMA index_list("{table}")')
    found = [_Key(("rowid",))]
    for _, name, unique, _, in_part in cursor.fetchall():
        if not unique:
            continue
        cursor.execute(f'PRAGMA index_info("{name}")')
        columns = tuple(row[2] for row in cursor.fetchall())
        if None in columns:
            raise NotImplementedError(f"{name} is unique over an expression, which no guard can look up.")
        only = ""
        if in_part:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
            only = cursor.fetchone()[0].split(" WHERE ", 1)[1]
        found.append(_Key(columns, only))
    return sorted(found, key=lambda key: (key.columns, key.only))


def _columns(cursor: CursorWrapper, table: str) -> list[str]:
    cursor.execute(f'SELECT * FROM "{table}" WHERE 1 = 0')
    return [column[0] for column in cursor.description]


def _sqlite(cursor: CursorWrapper, keep: Keep) -> dict[str, str]:
    table, says = keep.table, f"{keep.says} ({keep.table})".replace("'", "''")
    keys = _keys(cursor, table)
    # Without recursive_triggers REPLACE removes a row unseen by BEFORE DELETE, so it is met before it begins.
    given = " OR ".join(key.taken(table, by_another=False) for key in keys)
    moved = [key.taken(table, by_another=True) for key in keys if key.columns not in {("id",), ("rowid",)}]
    swapped = " OR ".join(['NEW."rowid" <> OLD."rowid"', *moved])
    whole = f"a row of {table} that stands is never replaced"
    made = {
        "update": ("UPDATE", _wrong(keep, _columns(cursor, table), "IS"), says),
        "delete": ("DELETE", _over(keep.under, "OLD") if keep.goes else "", says),
        "replace": ("INSERT", given, whole),
        "swap": ("UPDATE", swapped, whole),
    }
    if keep.under != NEVER:
        made["insert"] = ("INSERT", _over(keep.under, "NEW"), says)
    return {
        f"{table}_no_{name}": f"CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table} FOR EACH ROW "
        f"{f'WHEN {when} ' if when else ''}BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for name, (verb, when, words) in made.items()
    }


def _postgres(cursor: CursorWrapper, keep: Keep) -> dict[str, str]:
    """The function under its own name, and the two triggers that call it."""
    table, says = keep.table, f"{keep.says} ({keep.table})".replace("'", "''").replace("%", "%%")
    wrong = _wrong(keep, _columns(cursor, table), "IS NOT DISTINCT FROM")
    under = keep.under != NEVER
    body = f"IF TG_OP = 'UPDATE' AND ({wrong}) IS NOT TRUE THEN RETURN NEW; END IF; "
    body += f"IF TG_OP = 'INSERT' AND NOT {_over(keep.under, 'NEW')} THEN RETURN NEW; END IF; " if under else ""
    body += f"IF TG_OP = 'DELETE' AND NOT {_over(keep.under, 'OLD')} THEN RETURN OLD; END IF; " if keep.goes else ""
    body += f"RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';"
    verbs = f"{'INSERT OR ' if under else ''}UPDATE OR DELETE"
    call = f"EXECUTE FUNCTION {table}_keeps()"
    return {
        f"{table}_keeps": f"CREATE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"{table}_kept": f"CREATE TRIGGER {table}_kept BEFORE {verbs} ON {table} FOR EACH ROW {call}",
        f"{table}_kept_whole": f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT {call}",
    }


def _declared(cursor: CursorWrapper, vendor: str, keep: Keep) -> dict[str, str]:
    return (_postgres if vendor == "postgresql" else _sqlite)(cursor, keep)


def _standing(cursor: CursorWrapper, vendor: str, table: str) -> dict[str, str]:
    """What holds the table in this database: triggers by name, and on PostgreSQL the functions they call."""
    if vendor != "postgresql":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        return dict(cursor.fetchall())
    cursor.execute(
        "SELECT t.tgname, t.tgenabled::text, f.proname, f.prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid "
        "WHERE t.tgrelid = %s::regclass AND NOT t.tgisinternal",
        [table],
    )
    found: dict[str, str] = {}
    for trigger, enabled, function, source in cursor.fetchall():
        found |= {function: source} | ({trigger: function} if enabled == "O" else {})
    return found


def install(connection: BaseDatabaseWrapper, keeps: Iterable[Keep]) -> None:
    """These tables are held by exactly these triggers; any others on them are gone."""
    keeps = list(keeps)
    remove(connection, keeps)
    with connection.cursor() as cursor:
        for keep in keeps:
            for statement in _declared(cursor, connection.vendor, keep).values():
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, keeps: Iterable[Keep]) -> None:
    """No trigger holds these tables: while a migration rebuilds them, or a test database is emptied."""
    with connection.cursor() as cursor:
        for table in [keep.table for keep in keeps]:
            if connection.vendor != "postgresql":
                for name in _standing(cursor, connection.vendor, table):
                    cursor.execute(f'DROP TRIGGER "{name}"')
                continue
            cursor.execute(
                "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger "
                "WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [table],
            )
            for (function,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {function} CASCADE")  # and the triggers that call it


def missing(connection: BaseDatabaseWrapper, keeps: Iterable[Keep]) -> list[str]:
    """Names of what is declared and does not stand so in this database; empty where everything holds."""
    found = []
    with connection.cursor() as cursor:
        for keep in keeps:
            standing = _standing(cursor, connection.vendor, keep.table)
            declared = _declared(cursor, connection.vendor, keep)
            # SQLite keeps the whole statement, PostgreSQL the source of the function and whom a trigger calls.
            found += [name for name, statement in declared.items() if standing.get(name, "\0") not in statement]
    return found


def mark(keeps: Iterable[Keep]) -> str:
    """A short fingerprint of a declaration: the migration that lays it carries the same."""
    return sha256(repr(tuple(keeps)).encode()).hexdigest()[:8]


class Laid(RunPython):
    """A migration's step: from here on the database holds these tables as declared in `triggers.py`.

    A declaration with another mark needs a new migration, which lays it anew; the step of the one before is emptied.
    """

    def __init__(self, keeps: Iterable[Keep], mark: str) -> None:
        """Nothing is laid before the migration runs."""
        keeps, self.mark = tuple(keeps), mark
        super().__init__(partial(_laid, keeps), partial(_lifted, keeps))


def lifted(keeps: Iterable[Keep]) -> RunPython:
    """A migration's first step, where it changes kept tables: SQLite rebuilds them, and must lay them again after."""
    keeps = tuple(keeps)
    return RunPython(partial(_lifted, keeps), partial(_laid, keeps))


def _laid(keeps: tuple[Keep, ...], apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    install(editor.connection, keeps)


def _lifted(keeps: tuple[Keep, ...], apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    remove(editor.connection, keeps)
