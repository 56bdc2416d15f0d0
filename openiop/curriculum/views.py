"""What is taught: the list of topics, and each one to correct or end."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.curriculum import actions, queries
from openiop.curriculum.forms import TopicForm
from openiop.curriculum.models import Topic
from openiop.programs.access import Request, require
from openiop.programs.rules import Permission
from openiop.ui.pages import page, say


@require(Permission.READ_SCHEDULE)
def topics(request: Request) -> HttpResponse:
    """Topics in use by kind; one can be added."""
    at, program = timezone.now(), request.viewer.program
    may_add = request.viewer.may(Permission.KEEP_SCHEDULE)
    form = TopicForm(request.POST if may_add and request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.add_topic(program=program, by=request.viewer, at=at, **form.cleaned_data)
            say(request, "Topic added.")
            return redirect("curriculum:topics")
        except Refused as refusal:
            form.add_error("title", refusal.reasons)
    context = {
        "topics": list(queries.topics(program.pk, local_day(at, program.zone))),
        "form": form,
        "may_add": may_add,
    }
    return page(request, "curriculum/topics.html", context, partial="main", ok=not form.errors)


@require(Permission.KEEP_SCHEDULE, Topic)
def topic(request: Request, topic_id: UUID) -> HttpResponse:
    """Correct one topic."""
    found = queries.topic_for(request.viewer, topic_id)
    start = {"title": found.title, "modality": found.modality, "objective": found.objective}
    form = TopicForm(request.POST or None, initial=start)
    if form.is_valid():
        try:
            actions.change_topic(topic=found, by=request.viewer, at=timezone.now(), **form.cleaned_data)
            say(request, "Topic corrected.")
            return redirect("curriculum:topics")
        except Refused as refusal:
            form.add_error("title", refusal.reasons)
    return page(request, "curriculum/topic.html", {"topic": found, "form": form}, partial="sheet", ok=not form.errors)


@require(Permission.KEEP_SCHEDULE, Topic)
@require_POST
def end(request: Request, topic_id: UUID) -> HttpResponse:
    """Offer the topic no more from tomorrow on; sessions that have it keep it."""
    found, at = queries.topic_for(request.viewer, topic_id), timezone.now()
    today = local_day(at, request.viewer.program.zone)
    actions.end_topic(topic=found, on=today + timedelta(days=1), by=request.viewer, at=at)
    say(request, "From tomorrow on this topic is not offered.")
    return redirect("curriculum:topics")
