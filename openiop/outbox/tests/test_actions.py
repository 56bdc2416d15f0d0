"""Messages are neutral, leave once, and a failure is owned up to."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from conftest import NOW
from openiop.audit.models import Event
from openiop.base.errors import Refused
from openiop.outbox import actions, jobs, queries, rules

CLINICAL = re.compile(r"recover|sober|addict|treat|therap|counsel|clinic|group|session|medic|drug|alcohol|health", re.I)


def holds(basis_id, at):
    """What every message of these tests rests on holds, but for one."""
    return "The consent was ended." if basis_id == "ended" else ""


def queued(kind="due", at=NOW, basis_id=""):
    return actions.queue_email(
        recipient="ada@example.org",
        recipient_id="1",
        program_id="2",
        kind=kind,
        due_at=at,
        at=at,
        link="https://x.test/",
        basis_id=basis_id,
    )


@pytest.mark.parametrize("kind", rules.TEMPLATES)
def test_no_message_says_what_the_office_is_or_why_it_writes(kind):
    assert not CLINICAL.search(" ".join(rules.TEMPLATES[kind]))


def test_a_message_leaves_once_and_not_before_it_is_due(db):
    queued(at=NOW + timedelta(minutes=5))
    assert jobs.run_due(NOW, holds) == 0
    assert jobs.run_due(NOW + timedelta(minutes=5), holds) == 1
    assert jobs.run_due(NOW + timedelta(minutes=6), holds) == 0
    assert [message.subject for message in mail.outbox] == ["A reminder from the office"]


def test_a_message_says_which_it_is_so_that_a_server_can_tell_it_from_another(db):
    message = queued()
    jobs.run_due(NOW, holds)
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{message.pk}@localhost>"


def test_what_one_worker_has_claimed_no_other_ever_sends(db):
    message = queued()
    assert actions.claim(message=message, at=NOW)
    assert not actions.claim(message=message, at=NOW + timedelta(minutes=1))
    assert not actions.claim(message=message, at=NOW + timedelta(days=1))


def test_what_a_worker_that_died_had_claimed_is_maybe_sent_and_waits_for_a_person(db):
    message = queued()
    actions.claim(message=message, at=NOW)
    assert jobs.run_due(NOW + timedelta(minutes=4), holds) == 0
    assert not queries.to_decide("2").exists()
    assert jobs.run_due(NOW + timedelta(minutes=6), holds) == 0
    assert jobs.run_due(NOW + timedelta(hours=9), holds) == 0
    assert queries.to_decide("2").get().status == "unsure"
    assert not mail.outbox
    assert Event.objects.filter(what="message.unsure", about_id=str(message.pk)).count() == 1
    assert not actions.own_up(message=message, at=NOW)


def test_a_line_that_breaks_in_the_middle_is_never_tried_again_by_itself(db, settings):
    settings.EMAIL_BACKEND = "openiop.outbox.tests.broken_mail.Breaking"
    queued()
    jobs.run_due(NOW, holds)
    message = queries.to_decide("2").get()
    assert (message.status, message.trouble) == ("unsure", "SMTPServerDisconnected")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert jobs.run_due(NOW + timedelta(days=1), holds) == 0


@pytest.mark.parametrize(("backend", "trouble"), [("Away", "ConnectionRefusedError"), ("Refusing", "SMTPDataError")])
def test_a_failure_is_tried_again_later_and_given_up_in_the_open(db, settings, backend, trouble):
    settings.EMAIL_BACKEND = f"openiop.outbox.tests.broken_mail.{backend}"
    queued()
    now = NOW
    for _ in range(rules.TRIES):
        jobs.run_due(now, holds)
        now += timedelta(hours=2)
    message = queries.to_decide("2").get()
    assert (message.status, message.tries, message.trouble) == ("failed", 5, trouble)
    assert queries.count(message.Status.FAILED) == 1


def test_a_person_has_it_sent_again_or_lets_it_be(db, program, counselor):
    kept, sent = queued(), queued()
    for message in (kept, sent):
        actions.claim(message=message, at=NOW)
        with pytest.raises(Refused):
            actions.send_again(message=message, by=counselor, at=NOW)
        actions.own_up(message=message, at=NOW)
    actions.send_again(message=sent, by=counselor, at=NOW)
    actions.set_aside(message=kept, by=counselor, at=NOW)
    for step in (actions.send_again, actions.set_aside):
        with pytest.raises(Refused, match="not waiting"):
            step(message=kept, by=counselor, at=NOW)
    assert jobs.run_due(NOW, holds) == 1
    assert jobs.run_due(NOW, holds) == 0
    assert not queries.to_decide("2").exists()


def test_there_is_no_message_outside_the_list(db):
    with pytest.raises(Refused):
        queued(kind="your-diagnosis")


def test_a_message_another_worker_is_sending_is_left_to_it(db):
    message = queued()
    actions.claim(message=message, at=NOW)
    assert not actions.send(message=message, holds=holds, at=NOW + timedelta(minutes=1))
    assert not mail.outbox


def test_what_a_message_rests_on_is_asked_when_it_is_sent_and_stops_it_for_good(db):
    standing, ended = queued(basis_id="standing"), queued(basis_id="ended")
    assert jobs.run_due(NOW, holds) == 1
    for message in (standing, ended):
        message.refresh_from_db()
    assert (standing.status, ended.status) == ("sent", "stopped")
    assert (ended.stopped_at, ended.trouble) == (NOW, "The consent was ended.")
    assert jobs.run_due(NOW + timedelta(days=1), holds) == 0
    assert len(mail.outbox) == 1
    assert Event.objects.get(what="message.stopped").facts["why"] == "The consent was ended."
