"""Every table as lines, from one instant; and a database beside the one in service, to put them into."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import load_backend

from openiop.backups.rules import Tally, line_of

# Made anew by every migrate, or worth nothing elsewhere: a sign-in never travels in a copy.
LEFT_OUT = {"contenttypes.contenttype", "auth.permission", "sessions.session"}
CHUNK = 500  # rows


def kept() -> list[type[models.Model]]:
    """Every table a copy holds, by name."""
    every = apps.get_models(include_auto_created=False)
    ours = [m for m in every if m._meta.managed and not m._meta.proxy and m._meta.label_lower not in LEFT_OUT]
    return sorted(ours, key=lambda model: model._meta.label_lower)


def migrations(alias: str) -> list[str]:
    """The migrations this database has, as `room.name`, sorted."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connections[alias]).applied_migrations())


def release() -> str:
    """A short fingerprint of the migrations this release has."""
    known = MigrationLoader(None).disk_migrations or {}
    return sha256(repr(sorted(known)).encode()).hexdigest()[:12]


def lines(alias: str, tally: Tally) -> Iterator[str]:
    """Every row of every table as a line, in the order of its key; the tally counts along."""
    for model in kept():
        rows = model._base_manager.using(alias).order_by("pk")
        chunk: list[Any] = []
        for row in rows.iterator(chunk_size=CHUNK):
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield from _said(chunk, tally)
                chunk = []
        yield from _said(chunk, tally)


def _said(rows: list[Any], tally: Tally) -> Iterator[str]:
    for row in serializers.serialize("python", rows):
        line = line_of(row)
        tally.add(row["model"], line)
        yield line


def tally_of(alias: str) -> Tally:
    """What the database holds, counted."""
    tally = Tally()
    for _ in lines(alias, tally):
        pass
    return tally


@contextmanager
def at_one_instant() -> Iterator[str]:
    """A second connection that sees the database as it is now, however long the look takes; nobody waits for it."""
    base = connections[DEFAULT_DB_ALIAS]
    options = dict(base.settings_dict.get("OPTIONS", {}))
    if base.vendor == "postgresql":
        from psycopg import IsolationLevel

        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    else:
        options["transaction_mode"] = "DEFERRED"  # a reader in WAL mode keeps the state it began with
    with _opened("at-one-instant", base.settings_dict | {"OPTIONS": options}) as connection:
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        try:
            yield connection.alias
        finally:
            connection.rollback()
            connection.set_autocommit(True)


@contextmanager
def beside(file: Path) -> Iterator[str]:
    """A SQLite database in a file of its own, for this process alone; the file stays, or not, as the caller likes."""
    base = connections[DEFAULT_DB_ALIAS].settings_dict
    own = base | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {"init_command": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"},
    }
    with _opened("beside", own) as connection:
        yield connection.alias


@contextmanager
def _opened(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    connections[alias] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]


@contextmanager
def unguarded(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """The tables take rows as they come, for the length of one transaction; their guards stand again afterwards."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = [model._meta.db_table for model in kept()]
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            yield
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, statement in guards:
            cursor.execute(statement)
