"""Making a copy, proving it, and putting it back. Nothing in service is touched before the copy is proved."""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core import serializers
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from openiop.audit import actions as audit
from openiop.backups import packing, rules, tables
from openiop.backups.models import Run
from openiop.base.errors import Refused

END = '{"end":'


@transaction.atomic
def make_key(*, file: Path, at: datetime) -> str:
    """A new key stands first in the file, for its owner's eyes alone; returns its public part. Old keys stay below."""
    new = pyrage.x25519.Identity.generate()
    old = file.read_text() if file.exists() else ""
    made = file.with_name(f".{file.name}.part")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(f"# made {at.isoformat()}, public key: {new.to_public()}\n{new}\n{old}")
        out.flush()
        os.fsync(out.fileno())
    os.replace(made, file)
    return str(new.to_public())


@transaction.atomic
def turn_secret(*, file: Path, at: datetime) -> int:
    """A new secret stands first in the file; returns how many older ones below it still count."""
    old = file.read_text().split() if file.exists() else []
    _put(file, [secrets.token_urlsafe(50), *old])
    audit.record(what="key.turned", about=Run, by=None, at=at, file=file.name, older=len(old))
    return len(old)


@transaction.atomic
def forget_secrets(*, file: Path, at: datetime) -> int:
    """The newest secret alone counts; returns how many older ones were forgotten."""
    newest, *old = file.read_text().split()
    _put(file, [newest])
    audit.record(what="key.forgotten", about=Run, by=None, at=at, file=file.name, older=len(old))
    return len(old)


def _put(file: Path, secrets_kept: Sequence[str]) -> None:
    made = file.with_name(f".{file.name}.part")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.writelines(f"{one}\n" for one in secrets_kept)
        out.flush()
        os.fsync(out.fileno())
    os.replace(made, file)


def back_up(*, folder: Path, recipients: Sequence[str], at: datetime) -> Run:
    """A proved copy of this instant stands in the folder, readable by the recipients' keys alone.

    It is proved by restoring it beside the database in service and comparing every row. Copies past their time go.
    Raises Refused, and leaves no file, where the copy does not hold.
    """
    if not recipients:
        raise Refused("Say who may read the copy: OPENIOP_BACKUP_RECIPIENTS.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file, began = folder / rules.name_of(at.astimezone(UTC)), time.monotonic()
    if file.exists():
        raise Refused(f"{file.name} stands already.")
    proof = pyrage.x25519.Identity.generate()  # for the check alone; it is forgotten with this call
    tally = rules.Tally()
    try:
        with tables.at_one_instant() as alias:
            header = rules.Header(made_at=at.isoformat(), migrations=tables.migrations(alias))
            size = packing.write(file, _copy(alias, header, tally), [*recipients, proof.to_public()])
        _restored_beside(file, [proof])
    except (rules.Damaged, Refused) as trouble:
        file.unlink(missing_ok=True)
        with transaction.atomic():
            _note(Run.Kind.BACKUP, file, at, trouble=str(trouble))
        raise Refused(f"The copy did not hold and was thrown away. {trouble}") from trouble
    for name in rules.to_let_go([other.name for other in folder.iterdir()]):
        (folder / name).unlink()
    with transaction.atomic():
        return _note(Run.Kind.BACKUP, file, at, size=size, rows=tally.total, seconds=time.monotonic() - began)


def drill(*, file: Path, identities: Sequence[pyrage.x25519.Identity], at: datetime) -> Run:
    """The copy was restored beside the database in service, every row compared, and thrown away again."""
    began = time.monotonic()
    try:
        tally = _restored_beside(file, identities)
    except rules.Damaged as trouble:
        with transaction.atomic():
            _note(Run.Kind.DRILL, file, at, trouble=str(trouble))
        raise Refused(str(trouble)) from trouble
    size, seconds = file.stat().st_size, time.monotonic() - began
    with transaction.atomic():
        return _note(Run.Kind.DRILL, file, at, size=size, rows=tally.total, seconds=seconds)


def restore(*, file: Path, identities: Sequence[pyrage.x25519.Identity], replace: bool, at: datetime) -> Run:
    """The database in service holds what the copy holds. The copy is proved first, elsewhere.

    Raises Refused, with nothing touched, where the copy is damaged or of another release, or where people are on
    record here and `replace` was not said. What stood here before is kept beside it on SQLite, as a file.
    """
    began = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0)
    if not replace and any(model._base_manager.exists() for model in tables.kept() if _counts(model)):
        raise Refused("There are records here already. Say --replace to put the copy in their place.")
    put_back = _swap if connection.vendor == "sqlite" else _reload
    try:
        tally = put_back(file, identities, at)
    except rules.Damaged as trouble:
        raise Refused(str(trouble)) from trouble
    size, seconds = file.stat().st_size, time.monotonic() - began
    audit.note_restored(at=at)
    with transaction.atomic():
        return _note(Run.Kind.RESTORE, file, at, size=size, rows=tally.total, seconds=seconds)


def _counts(model: type) -> bool:
    return model is not Run and model.__module__.startswith("openiop.")


def _copy(alias: str, header: rules.Header, tally: rules.Tally) -> Iterator[str]:
    yield rules.line_of({"format": header.format, "made_at": header.made_at, "migrations": header.migrations})
    yield from tables.lines(alias, tally)
    yield f"{END}{json.dumps(tally.said())}}}"


def _restored_beside(file: Path, identities: Sequence[pyrage.x25519.Identity]) -> rules.Tally:
    with _beside(file.parent) as (alias, _):
        return _load(file, alias, identities)


@contextmanager
def _beside(folder: Path) -> Iterator[tuple[str, Path]]:
    """An empty database with this release's tables, in a file that nobody else can read and that goes afterwards."""
    made = folder / f".{secrets.token_hex(8)}.sqlite3"
    shutil.copyfile(_empty(), made)
    made.chmod(0o600)
    try:
        with tables.beside(made) as alias:
            yield alias, made
    finally:
        made.unlink(missing_ok=True)


def _empty() -> Path:
    """A file with this release's tables and no record, made once for each release and kept in var/."""
    kept = Path(settings.VAR) / f"empty-{tables.release()}.sqlite3"
    if not kept.exists():
        made = kept.with_name(f".{secrets.token_hex(8)}.sqlite3")
        with tables.beside(made) as alias:
            call_command("migrate", database=alias, interactive=False, verbosity=0)
        os.replace(made, kept)
    return kept


def _swap(file: Path, identities: Sequence[pyrage.x25519.Identity], at: datetime) -> rules.Tally:
    """SQLite: the proved file takes the place of the one in service, in one step; the old one is kept."""
    home = Path(str(connection.settings_dict["NAME"]))
    with _beside(home.parent) as (alias, made):
        tally = _load(file, alias, identities)
        connections[alias].close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        os.link(home, home.with_name(f"{home.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"))
        os.replace(made, home)
        for tail in ("-wal", "-shm"):
            home.with_name(home.name + tail).unlink(missing_ok=True)
    return tally


def _reload(file: Path, identities: Sequence[pyrage.x25519.Identity], at: datetime) -> rules.Tally:
    """PostgreSQL: proved beside first, then every table changes in one transaction."""
    _restored_beside(file, identities)
    return _load(file, DEFAULT_DB_ALIAS, identities)


def _note(kind: Run.Kind, file: Path, at: datetime, *, seconds: float = 0, **facts: int | str) -> Run:
    run = Run.objects.create(kind=kind, at=at, file=file.name, seconds=round(Decimal(seconds), 2), **facts)
    what = f"{kind.value}.{'failed' if run.trouble else 'held'}"
    audit.record(what=what, about=run, by=None, at=at, file=file.name, rows=run.rows)
    return run


class _Into:
    """Takes the lines of a copy one by one, and puts the rows of each into their table."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.header: rules.Header | None = None
        self.said: dict[str, Any] | None = None
        self.waiting: list[dict[str, Any]] = []
        self.known = {model._meta.label_lower for model in tables.kept()}

    def take(self, line: str) -> None:
        """One line: the header first, the tally last, rows between."""
        if self.header is None:
            self.header = rules.Header.read(line)
            if reasons := rules.why_not_here(self.header, tables.migrations(self.alias)):
                raise Refused(reasons)
        elif line.startswith(END):
            self.said = json.loads(line)["end"]
        else:
            row = json.loads(line)
            if row["model"] not in self.known:
                raise rules.Damaged(f"The copy holds a table this release does not know: {row['model']}.")
            self.waiting.append(row)
            if len(self.waiting) == tables.CHUNK:
                self.put()

    def put(self) -> None:
        """What waits stands in its table."""
        for made in serializers.deserialize("python", self.waiting, using=self.alias):
            made.save(using=self.alias, force_insert=True)
        self.waiting = []


def _load(file: Path, alias: str, identities: Sequence[Any]) -> rules.Tally:
    """The database holds what the copy holds, row for row, and its guards stand; Damaged or Refused leaves nothing."""
    connection = connections[alias]
    into = _Into(alias)
    with connection.constraint_checks_disabled(), transaction.atomic(using=alias):
        with tables.unguarded(connection):
            for model in tables.kept():
                model._base_manager.using(alias).all()._raw_delete(alias)
            packing.read(file, into.take, identities)
            into.put()
            connection.check_constraints()  # before the guards return, since PostgreSQL lets no check wait for that
        if into.said is None:
            raise rules.Damaged("The copy ends before its end.")
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), tables.kept()):
                cursor.execute(statement)
        found = tables.tally_of(alias)
        if reasons := rules.differences(into.said, found.said()):
            raise rules.Damaged(" ".join(reasons))
    return found
