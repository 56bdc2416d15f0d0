"""What can be taught."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from openiop.curriculum.models import Topic
from openiop.programs.models import Membership


def topics(program_id: UUID, on: date, also: UUID | None = None) -> QuerySet[Topic]:
    """Topics in use on the day, and the one that stands chosen (`also`), by kind and title."""
    in_use = Q(ended_on__isnull=True) | Q(ended_on__gt=on) | Q(pk=also)
    rows = Topic.objects.filter(in_use, program_id=program_id)
    return rows.order_by("modality", "title", "pk")


def topic_for(viewer: Membership, topic_id: UUID) -> Topic:
    """The topic, for its own program's staff; 404 for everyone else."""
    found = Topic.objects.filter(pk=topic_id, program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found
