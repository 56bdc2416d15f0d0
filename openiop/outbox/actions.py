"""Queueing a neutral message, sending it once, and owning up when that failed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.outbox import rules
from openiop.outbox.models import Message

CLAIM = timedelta(minutes=5)


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
) -> Message:
    """A message of this kind is due; its words come from one list and never from a caller."""
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
    )
    audit.record(what="message.queued", about=message, by=None, at=at, program_id=program_id, kind=kind)
    return message


@transaction.atomic
def claim(*, message: Message, at: datetime) -> bool:
    """This worker, and no other, sends it; a claim older than five minutes was left by one that died."""
    free = Message.objects.filter(pk=message.pk, status=Message.Status.DUE, due_at__lte=at)
    free = free.exclude(claimed_at__gt=at - CLAIM)
    return bool(free.update(claimed_at=at))


def send(*, message: Message, at: datetime) -> bool:
    """The message has left, once, or its failure and next try are on record; true when it left."""
    if not claim(message=message, at=at):
        return False
    try:
        EmailMessage(subject=message.subject, body=message.body, to=[message.recipient]).send()
    except OSError as trouble:  # the mail server is away or says no; anything else is a bug and is shown as one
        _failed(message, type(trouble).__name__, at)
        return False
    _sent(message, at)
    return True


@transaction.atomic
def _sent(message: Message, at: datetime) -> None:
    message.status, message.sent_at = Message.Status.SENT, at
    message.save(update_fields=["status", "sent_at"])
    audit.record(what="message.sent", about=message, by=None, at=at, program_id=message.program_id)


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
