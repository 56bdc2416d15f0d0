"""What became of each copy, so that a missing one is seen."""

from django.db import models
from django.db.models import Q

from openiop.base.models import Record


class Run(Record):
    """One backup, drill or restore: when, how large, and whether it held."""

    class Kind(models.TextChoices):
        BACKUP = "backup", "Backup"
        DRILL = "drill", "Restore drill"
        RESTORE = "restore", "Restore"

    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    file = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    rows = models.PositiveBigIntegerField(default=0)
    seconds = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-at"], condition=Q(trouble=""), name="backup_that_held")]

    class Privacy:
        identifying: set[str] = set()
        clinical: set[str] = set()
        open = {"id", "created_at", "kind", "at", "file", "size", "rows", "seconds", "trouble"}
