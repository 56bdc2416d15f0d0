"""The abstract record every table begins from."""

import uuid

from django.db import models


class Record(models.Model):
    """A row with an unguessable id; `created_at` serves the audit alone, never clinical time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.id}"
