"""Settings as a server reads them: what a client may claim, and where attempts are counted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

ROOT = Path(__file__).parents[2]
ASK = """
import json, openiop.settings as s
print(json.dumps([s.SECURE_PROXY_SSL_HEADER, s.ALLAUTH_TRUSTED_PROXY_COUNT, s.DEMO_SIGN_IN]))
"""


def read(tmp_path, **environment):
    """What the settings come to in a process of its own."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("OPENIOP_")}
    env = given | {"OPENIOP_VAR": str(tmp_path)} | environment
    return subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True)


def test_without_a_proxy_nothing_a_client_claims_counts(tmp_path):
    assert json.loads(read(tmp_path).stdout) == [None, 0, False]


def test_behind_a_proxy_its_word_on_address_and_connection_counts(tmp_path):
    said = json.loads(read(tmp_path, OPENIOP_PROXIES="1").stdout)
    assert said == [["HTTP_X_FORWARDED_PROTO", "https"], 1, False]


def test_demo_passwords_never_work_behind_a_proxy(tmp_path):
    assert json.loads(read(tmp_path, OPENIOP_DEBUG="on").stdout)[2] is True
    assert json.loads(read(tmp_path, OPENIOP_DEBUG="on", OPENIOP_PROXIES="1").stdout)[2] is False


def test_a_number_of_proxies_below_zero_stops_the_start(tmp_path):
    assert "OPENIOP_PROXIES must be 0 or more" in read(tmp_path, OPENIOP_PROXIES="-1").stderr


def test_a_sender_that_tells_what_this_place_is_stops_the_start(tmp_path):
    assert "use a neutral sender" in read(tmp_path, OPENIOP_EMAIL_FROM="hope@lakeside-recovery.example").stderr
    assert read(tmp_path, OPENIOP_EMAIL_FROM="office@larkmeadow.example").returncode == 0


@pytest.mark.django_db
def test_attempts_are_counted_where_every_worker_sees_them():
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    cache.set("counted", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM openiop_cache")
        assert cursor.fetchone()[0] == 1


def in_production(tmp_path, *command, **environment):
    """What a command says with the settings docs/production.md asks for."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("OPENIOP_", "DATABASE"))}
    asked = {
        "DJANGO_SETTINGS_MODULE": "openiop.settings",
        "OPENIOP_VAR": str(tmp_path),
        "OPENIOP_HOSTS": "openiop.example.org",
        "OPENIOP_ORIGINS": "https://openiop.example.org",
        "OPENIOP_PROXIES": "1",
        "OPENIOP_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    }
    env = given | asked | environment
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True
    )  # fmt: skip


def test_a_check_for_production_finds_no_issue(tmp_path):
    done = in_production(tmp_path, "check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    debug = in_production(tmp_path, "check", "--deploy", "--fail-level", "WARNING", OPENIOP_DEBUG="on")
    assert debug.returncode == 1


def test_secrets_made_at_the_first_start_are_whole_and_kept(tmp_path):
    ask = "import openiop.settings as s; print(s.SECRET_KEY, s.SECRET_KEY_FALLBACKS, s.AUDIT_KEYS)"
    env = os.environ | {"OPENIOP_VAR": str(tmp_path)}
    env.pop("OPENIOP_SECRET_KEY", None)
    begun = [
        subprocess.Popen([sys.executable, "-c", ask], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    said = {process.communicate()[0] for process in begun}
    assert len(said) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["audit_key", "notes_key", "secret_key", "sign_in_key"]
    (tmp_path / "audit_key").write_text("")
    empty = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=env, capture_output=True, text=True)
    assert "is empty. Put the secret back" in empty.stderr


def test_older_secrets_are_still_read(tmp_path):
    ask = "import openiop.settings as s; print([s.SECRET_KEY, *s.SECRET_KEY_FALLBACKS])"
    env = os.environ | {
        "OPENIOP_VAR": str(tmp_path), "OPENIOP_SECRET_KEY": "new", "OPENIOP_OLD_SECRET_KEYS": "old older",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "['new', 'old', 'older']"
