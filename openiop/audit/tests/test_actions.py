"""What an event holds of who did it."""

from conftest import NOW
from openiop.audit import actions
from openiop.audit.models import Event
from openiop.programs.rules import STAFF
from tests import make


def test_someone_with_every_role_can_still_act_and_read(program, ada):
    """More roles than the column holds once stopped every act of such a person on PostgreSQL."""
    mighty = make.member(program, *STAFF, name="Max Mightyman")
    assert len(mighty.role_text) > 80
    one = actions.record(what="thing.done", about=ada, by=mighty, at=NOW)
    actions.record_many(what="chart.opened", about=[ada], by=mighty, at=NOW, facts={})
    Event.objects.get(pk=one.pk)
    assert {len(row.by_role) for row in Event.objects.filter(by_id=str(mighty.pk))} == {80}


def test_an_event_may_be_about_nobody_known(program, ada):
    row = actions.record(what="thing.tried", about=type(ada), by=None, at=NOW)
    assert (row.about, row.about_id) == ("participants.participant", "")
