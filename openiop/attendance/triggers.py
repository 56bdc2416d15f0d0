"""The database itself refuses to overwrite or remove a presence: a correction is a new version."""

from django.db.backends.base.base import BaseDatabaseWrapper

# The one change a version ever sees is that it was replaced.
_KEPT = (
    "session_id, episode_id, version, here, late, left_early, remote, away, called_at, arrived_at, left_at, minutes, "
    "recorded_at, recorded_by_id, reason"
)
SQLITE = {
    "presence_no_update": f"CREATE TRIGGER presence_no_update BEFORE UPDATE OF {_KEPT} ON attendance_presence "
    "BEGIN SELECT RAISE(ABORT, 'a presence is corrected by a new version'); END",
    "presence_no_return": "CREATE TRIGGER presence_no_return BEFORE UPDATE OF replaced_at ON attendance_presence "
    "WHEN OLD.replaced_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a replaced presence stays replaced'); END",
    "presence_no_delete": "CREATE TRIGGER presence_no_delete BEFORE DELETE ON attendance_presence "
    "BEGIN SELECT RAISE(ABORT, 'a presence is never removed'); END",
}
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION presence_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a presence is corrected by a new version, and never removed'; END $$
"""
POSTGRES = {
    "presence_no_update": f"CREATE TRIGGER presence_no_update BEFORE UPDATE OF {_KEPT} ON attendance_presence "
    "FOR EACH ROW EXECUTE FUNCTION presence_refuse()",
    "presence_no_return": "CREATE TRIGGER presence_no_return BEFORE UPDATE OF replaced_at ON attendance_presence "
    "FOR EACH ROW WHEN (OLD.replaced_at IS NOT NULL) EXECUTE FUNCTION presence_refuse()",
    "presence_no_delete": "CREATE TRIGGER presence_no_delete BEFORE DELETE ON attendance_presence "
    "FOR EACH ROW EXECUTE FUNCTION presence_refuse()",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """The triggers stand in this database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION)
        for statement in (POSTGRES if connection.vendor == "postgresql" else SQLITE).values():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """The triggers are gone: only for undoing the migration and for emptying a test database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in POSTGRES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON attendance_presence")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
