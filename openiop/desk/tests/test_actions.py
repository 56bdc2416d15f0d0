"""What a look at a record's first page leaves behind."""

from conftest import NOW
from openiop.audit.models import Event
from openiop.consents import queries as guard
from openiop.consents.rules import Kind
from openiop.desk import actions
from openiop.programs.rules import Permission


def test_one_look_leaves_one_event_that_names_every_kind_shown(ada, counselor):
    opened = guard.open_record(counselor, ada.pk, Kind.CONTACT, NOW, Permission.OPEN_RECORD)
    left = actions.log_overview(opened=opened, kinds=[Kind.PLAN, Kind.NOTES], by=counselor, at=NOW)
    assert Event.objects.get(what="chart.opened") == left
    assert (left.participant_id, left.by_id) == (str(ada.pk), str(counselor.pk))
    assert left.facts["kinds"] == sorted([Kind.PLAN, Kind.NOTES])
    assert left.facts["rule"] == opened.access.rule
