"""Topics: who may keep them, and what is turned down."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import NOW, TODAY
from openiop.base.errors import Refused
from openiop.curriculum import actions, queries
from openiop.curriculum.models import Topic

SENT = {"title": "Urge surfing", "modality": "dbt", "objective": "Ride out an urge for ten minutes."}


def test_topics_are_read_by_staff_and_kept_by_planners(client, program, counselor, front_desk, outsider, ada):
    topic = actions.add_topic(program=program, title="Sleep", modality="education", by=counselor, at=NOW)
    one, end = reverse("curriculum:topic", args=[topic.pk]), reverse("curriculum:end", args=[topic.pk])
    for viewer, statuses in {
        counselor: (200, 200), front_desk: (200, 403), outsider: (200, 404), ada.membership: (404, 404),
    }.items():  # fmt: skip
        client.force_login(viewer.user)
        assert (client.get(reverse("curriculum:topics")).status_code, client.get(one).status_code) == statuses
    for viewer, status in {outsider: 404, front_desk: 403}.items():
        client.force_login(viewer.user)
        assert client.post(end).status_code == status
    client.force_login(front_desk.user)
    client.post(reverse("curriculum:topics"), SENT)
    assert Topic.objects.count() == 1


def test_a_topic_is_added_once_corrected_and_offered_no_more(client, program, counselor):
    client.force_login(counselor.user)
    url = reverse("curriculum:topics")
    client.post(url, SENT)
    again = client.post(url, SENT)
    assert again.status_code == 422
    assert "There is a topic of this title already." in again.content.decode()
    assert "Ride out an urge" in again.content.decode()
    topic = Topic.objects.get()
    other = actions.add_topic(program=program, title="Sleep", modality="education", by=counselor, at=NOW)
    one = reverse("curriculum:topic", args=[topic.pk])
    assert client.post(one, SENT | {"title": "Sleep"}).status_code == 422
    assert client.post(one, SENT | {"title": " "}).status_code == 422
    client.post(one, SENT | {"title": "Riding out an urge"})
    topic.refresh_from_db()
    assert topic.title == "Riding out an urge"
    end = reverse("curriculum:end", args=[topic.pk])
    client.post(end)
    assert client.post(end).status_code == 409
    assert list(queries.topics(program.pk, topic.__class__.objects.get(pk=topic.pk).ended_on)) == [other]
    assert topic in queries.topics(program.pk, TODAY)


def test_the_list_asks_the_same_number_of_questions_however_long(client, program, counselor):
    client.force_login(counselor.user)
    url, asked = reverse("curriculum:topics"), []
    client.get(url)
    for size in (1, 12):
        for place in range(size):
            actions.add_topic(program=program, title=f"Topic {size} {place}", modality="cbt", by=counselor, at=NOW)
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        asked.append(len(seen))
    assert asked[0] == asked[1] < 10


def test_a_topic_needs_a_title_and_a_known_kind(program, counselor):
    with pytest.raises(Refused) as refused:
        actions.add_topic(program=program, title=" ", modality="magic", by=counselor, at=NOW)
    assert refused.value.reasons == ["A topic needs a title.", "Choose the kind of topic from the list."]
    assert Topic.objects.count() == 0
