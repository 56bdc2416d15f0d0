"""Messages are neutral, leave once, and a failure is owned up to."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from conftest import NOW
from openiop.base.errors import Refused
from openiop.outbox import actions, jobs, queries, rules

CLINICAL = re.compile(r"recover|sober|addict|treat|therap|counsel|clinic|group|session|medic|drug|alcohol|health", re.I)


def queued(kind="due", at=NOW):
    return actions.queue_email(
        recipient="ada@example.org",
        recipient_id="1",
        program_id="2",
        kind=kind,
        due_at=at,
        at=at,
        link="https://x.test/",
    )


@pytest.mark.parametrize("kind", rules.TEMPLATES)
def test_no_message_says_what_the_office_is_or_why_it_writes(kind):
    assert not CLINICAL.search(" ".join(rules.TEMPLATES[kind]))


def test_a_message_leaves_once_and_not_before_it_is_due(db):
    queued(at=NOW + timedelta(minutes=5))
    assert jobs.run_due(NOW) == 0
    assert jobs.run_due(NOW + timedelta(minutes=5)) == 1
    assert jobs.run_due(NOW + timedelta(minutes=6)) == 0
    assert [message.subject for message in mail.outbox] == ["A reminder from the office"]


def test_two_workers_never_send_one_message_twice(db):
    message = queued()
    assert actions.claim(message=message, at=NOW)
    assert not actions.claim(message=message, at=NOW + timedelta(minutes=1))
    assert actions.claim(message=message, at=NOW + timedelta(minutes=6))


def test_a_failure_is_tried_again_later_and_given_up_in_the_open(db, settings):
    settings.EMAIL_BACKEND = "openiop.outbox.tests.broken_mail.Backend"
    queued()
    now = NOW
    for _ in range(rules.TRIES):
        jobs.run_due(now)
        now += timedelta(hours=2)
    message = queries.failed("2").get()
    assert (message.status, message.tries, message.trouble) == ("failed", 5, "ConnectionRefusedError")


def test_there_is_no_message_outside_the_list(db):
    with pytest.raises(Refused):
        queued(kind="your-diagnosis")


def test_a_message_another_worker_is_sending_is_left_to_it(db):
    message = queued()
    actions.claim(message=message, at=NOW)
    assert not actions.send(message=message, at=NOW + timedelta(minutes=1))
    assert not mail.outbox
