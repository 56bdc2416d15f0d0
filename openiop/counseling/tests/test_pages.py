"""The page of one's own counseling notes, and one of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOW, TODAY
from openiop.counseling import actions
from openiop.counseling.models import CounselingNote
from openiop.ui.models import Draft, HeldForm

GIVEN = {"about_on": "2026-10-14", "sealed_words": "She spoke of the orchard."}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def home(person):
    return f"/people/{person.pk}/kept-apart/"


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[-1500:]
    return response.content.decode()


def written(ada, by, words="She spoke of the orchard."):
    return actions.write_note(participant=ada, words=words, about_on=TODAY, by=by, at=NOW)


def test_the_list_is_for_clinicians_and_one_note_for_its_author(
    client, ada, counselor, supervisor, intake, biller, outsider
):
    note = written(ada, counselor)
    for viewer, listed, one in (
        (counselor, 200, 200), (supervisor, 200, 403), (intake, 403, 403), (biller, 403, 403), (outsider, 404, 404),
        (ada.membership, 404, 404),
    ):  # fmt: skip
        client.force_login(viewer.user)
        assert client.get(home(ada)).status_code == listed, viewer.roles
        assert client.get(f"/kept-apart/{note.pk}/").status_code == one, viewer.roles
        assert client.post(f"/kept-apart/{note.pk}/", {"sealed_words": ""}).status_code in {one, 422}


def test_a_note_is_kept_changed_signed_and_then_only_read(client, ada, counselor):
    client.force_login(counselor.user)
    page = text(client.get(home(ada)))
    assert "results of tests" in page  # what never stands here
    assert "None yet." in page
    assert "Write something first." in text(client.post(home(ada), GIVEN | {"sealed_words": ""}), 422)
    late = text(client.post(home(ada), GIVEN | {"about_on": "2026-10-20"}), 422)
    assert "today or earlier" in late
    assert "orchard" in late  # what was typed is kept
    assert client.post(home(ada), GIVEN).status_code == 302
    note = CounselingNote.objects.get()
    one = f"/kept-apart/{note.pk}/"
    assert "orchard" in text(client.get(one))
    assert "Write something first." in text(client.post(one, {"sealed_words": " "}), 422)
    assert client.post(one, {"sealed_words": "The river, then."}).status_code == 302
    assert client.post(one, {"sealed_words": "The river, then.", "sign": "1"}).status_code == 302
    page = text(client.get(one))
    assert "The river, then." in page
    assert "Save the draft" not in page
    assert client.post(one, {"sealed_words": "A third thing"}).status_code == 302  # sent twice
    assert "A third thing" not in text(client.get(one))
    assert "river" not in text(client.get(home(ada)))


def test_nothing_typed_here_is_kept_elsewhere(client, ada, counselor):
    client.force_login(counselor.user)
    page = text(client.get(home(ada)))
    assert "data-draft" not in page.split('id="id_sealed_words"')[1].split(">")[0]
    client.logout()
    client.post(home(ada), GIVEN)
    assert not Draft.objects.filter(text__contains="orchard").exists()
    assert "orchard" not in str(list(HeldForm.objects.values_list("fields", flat=True)))


def test_nobody_elses_notes_are_listed(client, ada, counselor, supervisor):
    written(ada, counselor)
    client.force_login(supervisor.user)
    assert "None yet." in text(client.get(home(ada)))


def test_the_chart_leads_its_writers_there(client, ada, counselor, program):
    client.force_login(counselor.user)
    assert home(ada) in text(client.get(f"/people/{ada.pk}/notes/"))


def test_the_list_asks_the_same_number_of_questions_for_any_number(client, ada, ben, counselor):
    client.force_login(counselor.user)
    counted = []
    for person, size in ((ada, 1), (ben, 6)):
        for _ in range(size):
            written(person, counselor)
        client.get(home(person))
        with CaptureQueriesContext(connection) as found:
            client.get(home(person))
        counted.append(len(found))
    assert counted[0] == counted[1]
