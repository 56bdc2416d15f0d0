"""What is due to leave, and what waits for a person's word."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from openiop.outbox.models import Message

# Longer than one sending may take (settings.EMAIL_TIMEOUT): a claim older than this was left by a worker that died.
CLAIM = timedelta(minutes=5)
TO_DECIDE = (Message.Status.FAILED, Message.Status.UNSURE)


def due(at: datetime, waits: Collection[str] = ()) -> QuerySet[Message]:
    """Messages due by now that nobody has begun to send, oldest first, but for programs that may send nothing."""
    rows = Message.objects.filter(status=Message.Status.DUE, due_at__lte=at, claimed_at=None)
    return rows.exclude(program_id__in=list(waits)).order_by("due_at", "pk")


def waiting(at: datetime, waits: Collection[str]) -> int:
    """How many messages are due and wait because their program may send nothing."""
    return Message.objects.filter(status=Message.Status.DUE, due_at__lte=at, program_id__in=list(waits)).count()


def left_claimed(at: datetime) -> QuerySet[Message]:
    """Messages that a worker began to send and never came back from, oldest first."""
    rows = Message.objects.filter(status=Message.Status.DUE, claimed_at__lt=at - CLAIM)
    return rows.order_by("due_at", "pk")


def to_decide(program_id: object) -> QuerySet[Message]:
    """Messages of the program that were given up on or are maybe sent, newest first."""
    return Message.objects.filter(status__in=TO_DECIDE, program_id=str(program_id)).order_by("-due_at", "pk")


def message_of(program_id: UUID, message_id: UUID) -> Message | None:
    """The message, for its own program."""
    return Message.objects.filter(pk=message_id, program_id=str(program_id)).first()


def count(status: Message.Status) -> int:
    """How many messages, of all programs, have this status."""
    return Message.objects.filter(status=status).count()
