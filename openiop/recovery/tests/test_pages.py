"""Check-ins as staff read them."""

from datetime import timedelta

import pytest

from conftest import NOW, TODAY
from openiop.recovery import actions


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def url(person):
    return f"/people/{person.pk}/check-ins/"


def test_check_ins_are_read_by_the_team_and_by_no_stranger(client, ada, counselor, outsider, biller):
    actions.check_in(participant=ada, on=TODAY, at=NOW, by=ada.membership, mood=3, safe="no", use="alcohol",
                     sleep_hours="6.5", medication="taken", words="Only for me.")  # fmt: skip
    for viewer, status in {counselor: 200, outsider: 404, biller: 403, ada.membership: 404}.items():
        client.force_login(viewer.user)
        assert client.get(url(ada)).status_code == status
    client.force_login(counselor.user)
    text = client.get(url(ada)).content.decode()
    assert "Shaky (3)" in text
    assert "Only for me." not in text
    actions.check_in(participant=ada, on=TODAY, at=NOW, by=ada.membership, share_words=True)
    assert "Only for me." in client.get(url(ada)).content.decode()


def test_no_check_in_yet_is_said_plainly(client, ada, counselor):
    client.force_login(counselor.user)
    assert "No check-in yet." in client.get(url(ada)).content.decode()


def test_the_page_asks_the_same_number_of_questions_however_long_the_list(
    client, ada, counselor, django_assert_max_num_queries
):
    client.force_login(counselor.user)
    client.get(url(ada))  # the first page of a session also sets its clock
    counts = []
    for days in (range(1), range(1, 12)):
        for day in days:
            then = NOW - timedelta(days=day)
            actions.check_in(participant=ada, on=TODAY - timedelta(days=day), at=then, by=ada.membership, mood=5)
        with django_assert_max_num_queries(40) as asked:
            client.get(url(ada))
        counts.append(len(asked))
    assert counts[0] == counts[1]
