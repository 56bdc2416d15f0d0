"""An event can neither be changed nor removed, whatever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from openiop.audit.models import Event


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET what = 'other'", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_to_change_or_remove_an_event(program, statement):
    assert Event.objects.count() == 1
    with pytest.raises(DatabaseError, match="never"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.get().what == "program.opened"
