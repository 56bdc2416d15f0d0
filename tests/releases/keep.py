"""Run at a release, once: `python -m pytest -q -p no:cacheprovider tests/releases/keep.py` leaves `<version>.json.xz`.

It holds a program in full use (tests/make/everything.py), sealed, as SQLite dumps it, and the key its chain needs. The
people in it are made up and the key opens nothing else.
"""

import json
import lzma
import os
import tomllib
from pathlib import Path

from django.db import connection

from conftest import NOW
from openiop.audit import jobs
from tests.make.everything import everything

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_what_this_release_leaves_behind(program, counselor, tmp_path, settings, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    settings.AUDIT_ANCHOR = tmp_path / "audit-anchor"
    everything(program, counselor)
    jobs.run_due(NOW)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    kept = {
        "audit_key": [key.decode() for key in settings.AUDIT_KEYS],
        "anchor": settings.AUDIT_ANCHOR.read_text(),
        "sql": list(connection.connection.iterdump()),
    }
    file = Path(os.environ.get("KEEP_IN", HERE)) / f"{version}.json.xz"
    file.write_bytes(lzma.compress(json.dumps(kept).encode(), preset=9))
