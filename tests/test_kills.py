"""What the benchmark of kills looks for, it would find."""

from collections import Counter

import pytest

from benchmarks import kills
from benchmarks.kills import Form
from openiop.outbox import actions as outbox
from openiop.outbox.models import Message
from tests import make
from tests.make import alerts as danger


@pytest.fixture
def found(program, counselor, ada, outside):
    """What is found wrong after these forms and this mail."""
    danger.alert(ada, counselor)

    def ask(*forms, mail=()):
        return list(kills.troubles(list(forms), Counter(mail)))

    return ask


def test_nothing_is_wrong_where_nothing_is(found):
    assert [one for one in found() if "event" not in one] == []


@pytest.mark.parametrize("kind", ["mark", "addendum", "act", "invite", "check-in", "draft", "part"])
def test_what_was_acknowledged_and_is_not_there_is_found(found, kind):
    assert any("acknowledged" in one for one in found(Form(kind, "k", "v", acknowledged=True)))
    assert not any("acknowledged" in one for one in found(Form(kind, "k", "v")))


def test_what_is_there_twice_is_found(found, program):
    for _ in range(2):
        make.member(program, "counselor", name="Ada Twice")
    assert "invite Ada Twice stands 2 times." in found(Form("invite", "", "Ada Twice", acknowledged=True))


def test_a_row_without_its_event_is_found(found, program):
    kept = {"recipient": "a@example.org", "recipient_id": "1", "program_id": program.pk, "kind": "due", "subject": "x"}
    Message.objects.create(**kept, body="x", due_at=make.BEGAN)
    assert any("outbox.Message: 1 rows without event" in one for one in found())


@pytest.mark.parametrize(
    ("status", "times", "said"),
    [
        ("sent", 2, "was sent 2 times"),
        ("sent", 0, "never left"),
        ("sent", 1, None),
        ("due", 1, "would be sent again"),
        ("due", 0, None),
        ("failed", 1, "counts as not sent"),
        ("unsure", 1, None),
        ("unsure", 0, None),
    ],
)
def test_what_left_twice_or_counts_wrongly_is_found(found, program, status, times, said):
    at = make.BEGAN
    message = outbox.queue_email(
        recipient="a@example.org", recipient_id="1", program_id=program.pk, kind="due", due_at=at, at=at
    )
    Message.objects.filter(pk=message.pk).update(status=status)
    wrong = [one for one in found(mail={str(message.pk): times}) if str(message.pk) in one]
    assert (said is None and wrong == []) or said in wrong[0]


def test_a_line_of_results_that_was_cut_off_is_left_out(tmp_path):
    results = tmp_path / "r"
    results.write_text('{"round": 0}\n{"rou')
    assert kills.done(results) == [{"round": 0}]
    assert kills.done(tmp_path / "none") == []
    assert kills.report([]) == "No round yet."
