"""What is to leave the house, row by row."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record


class Message(Record):
    """One neutral message to one address: due, sent, maybe sent, stopped or failed. Its recipient is no key."""

    class Channel(models.TextChoices):
        EMAIL = "email", "Email"

    class Status(models.TextChoices):
        DUE = "due", "Due"
        SENT = "sent", "Sent"
        UNSURE = "unsure", "Maybe sent"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    recipient = models.CharField(max_length=254)
    recipient_id = models.CharField(max_length=40)
    program_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    body = models.TextField()
    due_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True)
    basis_id = models.CharField(max_length=40, blank=True)  # the consent it rests on, as text: asked again when sent
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="due"), name="message_due"),
            models.Index(fields=["program_id"], condition=Q(status__in=["failed", "unsure"]), name="message_to_decide"),
        ]

    class Privacy:
        identifying = {"recipient"}
        clinical: set[str] = set()
        open = {
            "id", "created_at", "channel", "recipient_id", "program_id", "kind", "subject", "body",
            "due_at", "status", "tries", "claimed_at", "sent_at", "trouble", "basis_id", "stopped_at",
        }  # fmt: skip
