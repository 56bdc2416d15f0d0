"""Whoever watches the machine learns whether it is well, and nothing about anyone."""

import os
import time

import pytest
from django.conf import settings as plain
from django.db import DatabaseError, connection
from django.utils import timezone

from openiop import health
from openiop.backups.models import Run
from openiop.management.commands import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(settings, tmp_path):
    """A worker that has just gone its round."""
    settings.VAR = tmp_path
    health.beat()
    return tmp_path / "worker"


def test_it_answers_without_a_sign_in_or_a_database(client, monkeypatch):
    assert client.get("/health/live/").content == b"ok\n"


def test_a_well_house_says_so(client, worker):
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    assert answer.json() == {"database": True, "tables": True, "worker": True, "email": True}


def test_email_that_waits_for_an_agreement_is_told_and_stops_nobody(client, worker, program, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    answer = client.get("/health/ready/")
    assert (answer.status_code, answer.json()["email"]) == (200, False)
    settings.METRICS_TOKEN = "a long one"
    said = client.get("/metrics/", headers={"Authorization": "Bearer a long one"}).content.decode()
    assert "openiop_messages_waiting_for_agreement 0" in said


def test_a_worker_that_stands_still_is_told(client, worker):
    past = time.time() - health.STILL - 1
    os.utime(worker, (past, past))
    assert client.get("/health/ready/").status_code == 503
    worker.unlink()
    assert client.get("/health/ready/").json()["worker"] is False


def test_a_database_that_is_away_is_told(client, worker, monkeypatch):
    def away():
        raise DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready/")
    assert answer.status_code == 503
    assert answer.json()["database"] is False


def test_a_migration_that_was_not_run_is_told(client, worker, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one more"])
    assert client.get("/health/ready/").json()["tables"] is False


def test_figures_are_for_the_bearer_alone(client, settings, worker):
    assert client.get("/metrics/").status_code == 404
    settings.METRICS_TOKEN = "a long one"
    assert client.get("/metrics/").status_code == 404
    assert client.get("/metrics/", headers={"Authorization": "Bearer another"}).status_code == 404
    Run.objects.create(kind="backup", at=timezone.now(), file="one")
    Run.objects.create(kind="drill", at=timezone.now(), file="one", trouble="It did not hold.")
    said = client.get("/metrics/", headers={"Authorization": "Bearer a long one"}).content.decode()
    figures = dict(line.split() for line in said.splitlines() if not line.startswith("#"))
    assert figures["openiop_backup_age_seconds"] in {"0", "1"}
    assert figures["openiop_backup_failed"] == "0"
    assert figures["openiop_drill_age_seconds"] == "-1"
    assert figures["openiop_drill_failed"] == "1"
    assert float(figures["openiop_worker_rest_seconds"]) >= 0


def test_a_round_of_work_beats(settings, tmp_path):
    from django.core.management import call_command

    settings.VAR = tmp_path
    call_command("work", "--once")
    assert (tmp_path / "worker").exists()
    assert work.ROOMS
    assert plain.SECURE_REDIRECT_EXEMPT
