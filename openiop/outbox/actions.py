"""Queueing a neutral message, sending it once if what it rests on still holds, and owning up when that failed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from smtplib import SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.outbox import rules
from openiop.outbox.models import Message

# The server answered, and the answer was no: the message has not left.
NOT_TAKEN = (SMTPResponseException, SMTPRecipientsRefused, SMTPNotSupportedError)


@transaction.atomic
def queue_email(
    *,
    recipient: str,
    recipient_id: UUID | str,
    program_id: UUID | str,
    kind: str,
    due_at: datetime,
    at: datetime,
    link: str = "",
    basis_id: UUID | str = "",
) -> Message:
    """A message of this kind is due; its words come from one list and never from a caller.

    `basis_id`: the consent it rests on, which is asked again when it is sent (42 CFR 2.31(c)).
    """
    if kind not in rules.TEMPLATES:
        raise Refused("There is no such message.")
    subject, body = rules.TEMPLATES[kind]
    message = Message.objects.create(
        recipient=recipient,
        recipient_id=str(recipient_id),
        program_id=str(program_id),
        kind=kind,
        subject=subject,
        body=body.format(link=link),
        due_at=due_at,
        basis_id=str(basis_id),
    )
    audit.record(what="message.queued", about=message, by=None, at=at, program_id=program_id, kind=kind)
    return message


@transaction.atomic
def claim(*, message: Message, at: datetime) -> bool:
    """This worker, and no other ever after, sends it: what is claimed is never sent again without a person's word."""
    free = Message.objects.filter(pk=message.pk, status=Message.Status.DUE, due_at__lte=at, claimed_at=None)
    return bool(free.update(claimed_at=at))


Holds = Callable[[str, datetime], str]  # why what a message rests on no longer holds; empty where it does


def send(*, message: Message, holds: Holds, at: datetime) -> bool:
    """The message has left, or why not is on record; true when it left.

    It is claimed, and that is kept, before anything is said to the mail server. Where it is not known whether the
    server took it, it counts as maybe sent, and a person decides. What it rests on is asked now, not when it was
    queued: a consent ended since stops it for good.
    """
    if not claim(message=message, at=at):
        return False
    if message.basis_id and (why := holds(message.basis_id, at)):
        _stopped(message, why, at)
        return False
    server = get_connection()
    try:
        server.open()
    except OSError as trouble:  # nothing was said yet; anything but a server that is away is a bug and shown as one
        _failed(message, type(trouble).__name__, at)
        return False
    try:
        EmailMessage(
            subject=message.subject, body=message.body, to=[message.recipient], connection=server,
            headers={"Message-ID": f"<{message.pk}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>"},
        ).send()  # fmt: skip
    except NOT_TAKEN as trouble:
        _failed(message, type(trouble).__name__, at)
        return False
    except OSError as trouble:  # the line broke in the middle
        own_up(message=message, at=at, trouble=type(trouble).__name__)
        return False
    finally:
        with suppress(OSError):
            server.close()
    _sent(message, at)
    return True


@transaction.atomic
def own_up(*, message: Message, at: datetime, trouble: str = "") -> bool:
    """Nobody knows whether the message left: it is maybe sent, and waits for a person."""
    claimed = Message.objects.filter(pk=message.pk, status=Message.Status.DUE, claimed_at__isnull=False)
    if not claimed.update(status=Message.Status.UNSURE, trouble=trouble):
        return False
    audit.record(what="message.unsure", about=message, by=None, at=at, program_id=message.program_id)
    return True


@transaction.atomic
def send_again(*, message: Message, by: audit.Doer, at: datetime) -> None:
    """A person has it sent once more, knowing that it may arrive twice."""
    _decide(message, {"status": Message.Status.DUE, "due_at": at, "claimed_at": None, "tries": 0, "trouble": ""})
    audit.record(what="message.again", about=message, by=by, at=at)


@transaction.atomic
def set_aside(*, message: Message, by: audit.Doer, at: datetime) -> None:
    """A person has let it be: it is not sent again."""
    _decide(message, {"status": Message.Status.STOPPED})
    audit.record(what="message.set-aside", about=message, by=by, at=at)


def _decide(message: Message, change: dict[str, Any]) -> None:
    now = Message.objects.select_for_update().get(pk=message.pk)
    if reasons := rules.why_not_decide(now.status):
        raise Refused(reasons)
    Message.objects.filter(pk=message.pk).update(**change)


@transaction.atomic
def _sent(message: Message, at: datetime) -> None:
    message.status, message.sent_at = Message.Status.SENT, at
    message.save(update_fields=["status", "sent_at"])
    audit.record(what="message.sent", about=message, by=None, at=at, program_id=message.program_id)


@transaction.atomic
def _stopped(message: Message, why: str, at: datetime) -> None:
    message.status, message.stopped_at, message.trouble = Message.Status.STOPPED, at, why[:200]
    message.save(update_fields=["status", "stopped_at", "trouble"])
    audit.record(
        what="message.stopped",
        about=message,
        by=None,
        at=at,
        program_id=message.program_id,
        basis=message.basis_id,
        why=why,
    )


@transaction.atomic
def _failed(message: Message, trouble: str, at: datetime) -> None:
    message.tries += 1
    message.trouble, message.claimed_at = trouble, None
    again = rules.next_try(message.tries, at)
    if again is None:
        message.status = Message.Status.FAILED
    else:
        message.due_at = again
    message.save(update_fields=["tries", "trouble", "claimed_at", "status", "due_at"])
    audit.record(
        what="message.failed", about=message, by=None, at=at, program_id=message.program_id, tries=message.tries
    )
