"""What is due to leave."""

from datetime import datetime

from django.db.models import QuerySet

from openiop.outbox.models import Message


def due(at: datetime) -> QuerySet[Message]:
    """Messages due by now, oldest first."""
    return Message.objects.filter(status=Message.Status.DUE, due_at__lte=at).order_by("due_at", "pk")


def failed(program_id: object) -> QuerySet[Message]:
    """Messages of the program that were given up on, newest first."""
    return Message.objects.filter(status=Message.Status.FAILED, program_id=str(program_id)).order_by("-due_at", "pk")


def given_up() -> int:
    """How many messages, of all programs, were tried too often and have not left."""
    return Message.objects.filter(status=Message.Status.FAILED).count()
