"""What can be taught."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from openiop.curriculum.models import Topic
from openiop.programs.models import Membership


def topics(program_id: UUID, on: date) -> QuerySet[Topic]:
    """Topics in use on the day, by kind and title."""
    rows = Topic.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on), program_id=program_id)
    return rows.order_by("modality", "title", "pk")


def topic_for(viewer: Membership, topic_id: UUID) -> Topic:
    """The topic, for its own program's staff; 404 for everyone else."""
    found = Topic.objects.filter(pk=topic_id, program_id=viewer.program_id).first()
    if found is None or not viewer.is_staff:
        raise Http404
    return found
