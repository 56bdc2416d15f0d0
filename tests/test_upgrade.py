"""A program of each earlier release comes up to now with everything in it, and its record of events whole."""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[1]
RELEASES = sorted((ROOT / "tests/releases").glob("*.json.xz"))
# Made anew by every migrate.
ASIDE = {"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"}
# Columns whose values a migration changes on purpose: table, column.
CHANGED: set[tuple[str, str]] = set()

UP = """
import django
django.setup()
from importlib import import_module
from pathlib import Path
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from openiop.audit import jobs
from openiop.base import frozen
call_command("migrate", interactive=False, verbosity=0)
rooms = sorted(path.parent.name for path in Path("openiop").glob("*/triggers.py"))
kept = [keep for room in rooms for keep in import_module(f"openiop.{room}.triggers").KEPT]
assert frozen.missing(connection, kept) == [], frozen.missing(connection, kept)
call_command("verify_audit")
from openiop.audit import actions as audit
from openiop.programs.models import Program
audit.record(what="test.after", about=Program.objects.get(), by=None, at=timezone.now())
jobs.run_due(timezone.now())
call_command("verify_audit", "--anchor", "ANCHOR")
"""


def tables(line):
    rows = line.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if name not in ASIDE]


def columns(line, table):
    return [row[1] for row in line.execute(f'PRAGMA table_info("{table}")')]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="what a release leaves behind is kept as SQLite dumps it")
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name.removesuffix(".json.xz"))
def test_everything_of_an_earlier_release_is_there_after_the_upgrade(release, tmp_path):
    kept = json.loads(lzma.decompress(release.read_bytes()))
    home, before = tmp_path / "openiop.sqlite3", tmp_path / "before.sqlite3"
    for file in (home, before):
        with sqlite3.connect(file) as line:
            line.executescript("\n".join(kept["sql"]))
    (tmp_path / "audit_key").write_text("\n".join(kept["audit_key"]))
    (tmp_path / "audit-anchor").write_text(kept["anchor"])
    elsewhere = tmp_path / "anchor-kept-elsewhere"
    elsewhere.write_text(kept["anchor"])
    given = {name: value for name, value in os.environ.items() if not name.startswith(("OPENIOP_", "DATABASE"))}
    done = subprocess.run(
        [sys.executable, "-c", UP.replace("ANCHOR", str(elsewhere))],
        cwd=ROOT, env=given | {"OPENIOP_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "openiop.settings"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "every one is as it was written" in done.stdout
    assert "notes the chain up to link" in done.stdout
    with sqlite3.connect(before) as old, sqlite3.connect(home) as new:
        assert set(tables(old)) <= set(tables(new))
        rows = 0
        for table in tables(old):
            both = [name for name in columns(old, table) if (table, name) not in CHANGED]
            assert set(both) <= set(columns(new, table)), table
            asked = f'SELECT {", ".join(f"{chr(34)}{name}{chr(34)}" for name in both)} FROM "{table}" ORDER BY 1, 2'
            was, now = old.execute(asked).fetchall(), new.execute(asked).fetchall()
            now = [row for row in now if row in set(was)] if table.startswith("audit_") else now
            assert now == was, table
            rows += len(was)
        assert rows > 200


def test_there_is_a_release_to_come_from():
    assert RELEASES
