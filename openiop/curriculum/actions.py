"""What is taught changes: topics added, corrected, ended."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.curriculum.models import Topic
from openiop.programs.models import Membership, Program


def _why_not(*, program_id: UUID, title: str, modality: str, but: Topic | None = None) -> list[str]:
    """Every reason a topic may not stand so."""
    reasons = []
    if not title.strip():
        reasons.append("A topic needs a title.")
    if modality not in Topic.Modality.values:
        reasons.append("Choose the kind of topic from the list.")
    same = Topic.objects.filter(program_id=program_id, title=title.strip())
    if (same.exclude(pk=but.pk) if but else same).exists():
        reasons.append("There is a topic of this title already.")
    return reasons


@transaction.atomic
def add_topic(
    *, program: Program, title: str, modality: str, by: Membership | None, at: datetime, objective: str = ""
) -> Topic:
    """The topic can be taught in the program's groups; `objective` is what a person can do afterwards."""
    if reasons := _why_not(program_id=program.pk, title=title, modality=modality):
        raise Refused(reasons)
    topic = Topic.objects.create(program=program, title=title.strip(), modality=modality, objective=objective.strip())
    audit.record(what="topic.added", about=topic, by=by, at=at, program_id=program.id, modality=modality)
    return topic


@transaction.atomic
def change_topic(*, topic: Topic, title: str, modality: str, objective: str, by: Membership, at: datetime) -> Topic:
    """The topic reads as given from now on, wherever it is taught."""
    if reasons := _why_not(program_id=topic.program_id, title=title, modality=modality, but=topic):
        raise Refused(reasons)
    topic.title, topic.modality, topic.objective = title.strip(), modality, objective.strip()
    topic.save(update_fields=["title", "modality", "objective"])
    audit.record(what="topic.changed", about=topic, by=by, at=at, modality=modality)
    return topic


@transaction.atomic
def end_topic(*, topic: Topic, on: date, by: Membership, at: datetime) -> Topic:
    """The topic is not offered for new sessions from the day on; sessions that have it keep it."""
    if topic.ended_on is not None:
        raise Refused("This topic has ended already.")
    topic.ended_on = on
    topic.save(update_fields=["ended_on"])
    audit.record(what="topic.ended", about=topic, by=by, at=at, on=on)
    return topic
