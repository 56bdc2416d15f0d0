"""The database itself refuses to change what was signed, on SQLite and on PostgreSQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

_SAYS = "what is signed stays as it was signed"
# (table, when the old row is frozen); ties and addenda follow the part they stand under.
_PART_SIGNED = "(SELECT status FROM notes_personnote WHERE id = {row}.part_id) = 'signed'"
GUARDS = {
    "notes_part_kept": ("UPDATE", "notes_personnote", "OLD.status = 'signed'"),
    "notes_part_stays": ("DELETE", "notes_personnote", "OLD.status = 'signed'"),
    "notes_group_kept": ("UPDATE", "notes_sessionnote", "OLD.frozen_at IS NOT NULL"),
    "notes_group_stays": ("DELETE", "notes_sessionnote", "OLD.frozen_at IS NOT NULL"),
    "notes_tie_stays": ("DELETE", "notes_tie", _PART_SIGNED.format(row="OLD")),
    "notes_tie_late": ("INSERT", "notes_tie", _PART_SIGNED.format(row="NEW")),
    "notes_addendum_kept": ("UPDATE", "notes_addendum", ""),
    "notes_addendum_stays": ("DELETE", "notes_addendum", ""),
}
FUNCTION = "notes_refuse_{name}"


def install(connection: BaseDatabaseWrapper) -> None:
    """The triggers stand in this database."""
    with connection.cursor() as cursor:
        for name, (verb, table, frozen) in GUARDS.items():
            if connection.vendor == "postgresql":
                # The condition may look at another table, so it stands in the function, not in WHEN.
                refuse = f"RAISE EXCEPTION '{_SAYS}';"
                body = f"IF {frozen} THEN {refuse} END IF; RETURN COALESCE(NEW, OLD);" if frozen else refuse
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {FUNCTION.format(name=name)}() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN {body} END $$"
                )
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION.format(name=name)}()"
                )
            else:
                when = f"WHEN {frozen} " if frozen else ""
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {when}"
                    f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
                )


def remove(connection: BaseDatabaseWrapper) -> None:
    """The triggers are gone: only for undoing the migration and for emptying a test database."""
    with connection.cursor() as cursor:
        for name, (_, table, _) in GUARDS.items():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
