"""Server and worker killed twenty times under load: what was acknowledged is there, once, and the chain holds.

The benchmark `benchmarks/kills.py` does the same a thousand times, with processes as they are started in service. It
starts real servers, so it stands beside the journeys and not in the suite: `make kills`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks import kills

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_twenty_kills_lose_nothing_and_repeat_nothing(tmp_path):
    results = tmp_path / "kills.jsonl"
    given = {name: value for name, value in os.environ.items() if not name.startswith(("OPENIOP_", "COV"))}
    asked = ["--rounds", "20", "--campaign", "20", "--load", "8", "--forked", "--results", str(results)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", *asked, "--empty", str(settings.VAR)],
        cwd=ROOT, env=given | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=1800,
    )  # fmt: skip
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = kills.done(results)
    assert [row["round"] for row in rows] == list(range(20))
    assert [row["troubles"] for row in rows] == [[]] * 20
    assert sum(row["acknowledged"] for row in rows) >= 20
    assert "none" in kills.report(rows)
