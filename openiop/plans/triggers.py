"""The database itself refuses to change or remove what a signed plan says, on SQLite and on PostgreSQL."""

from django.db.backends.base.base import BaseDatabaseWrapper

# How each table finds its version: from a row (OLD or NEW) to the version's status.
_GOAL = "SELECT p.status FROM plans_plan p JOIN plans_problem r ON r.plan_id = p.id"
STATUS_OF = {
    "plans_problem": "SELECT p.status FROM plans_plan p WHERE p.id = {row}.plan_id",
    "plans_deferral": "SELECT p.status FROM plans_plan p WHERE p.id = {row}.plan_id",
    "plans_plansignature": "SELECT p.status FROM plans_plan p WHERE p.id = {row}.plan_id",
    "plans_goal": f"{_GOAL} WHERE r.id = {{row}}.problem_id",
    "plans_objective": f"{_GOAL} JOIN plans_goal g ON g.problem_id = r.id WHERE g.id = {{row}}.goal_id",
    "plans_intervention": f"{_GOAL} JOIN plans_goal g ON g.problem_id = r.id "
    "JOIN plans_objective o ON o.goal_id = g.id WHERE o.id = {row}.objective_id",
}
FROZEN = "a signed plan is never changed"
# Of a signed version itself only one thing may still happen: a later one replaces it.
SAME = (
    "id",
    "created_at",
    "episode_id",
    "version",
    "own_words",
    "review_on",
    "started_at",
    "started_by_id",
    "signed_at",
)
POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION plans_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{FROZEN}'; END $$
"""
POSTGRES_CHECK = """
CREATE OR REPLACE FUNCTION {table}_check() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE found text; BEGIN
  IF TG_OP <> 'INSERT' THEN
    found := ({old});
    IF found IS NOT NULL AND found <> 'draft' THEN RAISE EXCEPTION '{frozen}'; END IF;
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  found := ({new});
  IF found IS NOT NULL AND found <> 'draft' THEN RAISE EXCEPTION '{frozen}'; END IF;
  RETURN NEW;
END $$
"""


def _sqlite() -> dict[str, str]:
    abort = f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    made = {}
    for table, found in STATUS_OF.items():
        for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
            name = f"{table}_no_{verb}"
            made[name] = (
                f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} "
                f"WHEN ({found.format(row=row)}) <> 'draft' {abort}"
            )
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in SAME)
    made["plans_plan_no_update"] = (
        "CREATE TRIGGER plans_plan_no_update BEFORE UPDATE ON plans_plan "
        f"WHEN OLD.status <> 'draft' AND (NEW.status = 'draft' OR {changed}) {abort}"
    )
    made["plans_plan_no_delete"] = (
        f"CREATE TRIGGER plans_plan_no_delete BEFORE DELETE ON plans_plan WHEN OLD.status <> 'draft' {abort}"
    )
    return made


def _postgres() -> dict[str, tuple[str, str]]:
    made = {}
    for table in STATUS_OF:
        made[f"{table}_frozen"] = (
            table,
            f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_check()",
        )
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in SAME)
    made["plans_plan_frozen"] = (
        "plans_plan",
        "CREATE TRIGGER plans_plan_frozen BEFORE UPDATE ON plans_plan FOR EACH ROW "
        f"WHEN (OLD.status <> 'draft' AND (NEW.status = 'draft' OR {changed})) EXECUTE FUNCTION plans_refuse()",
    )
    made["plans_plan_kept"] = (
        "plans_plan",
        "CREATE TRIGGER plans_plan_kept BEFORE DELETE ON plans_plan FOR EACH ROW "
        "WHEN (OLD.status <> 'draft') EXECUTE FUNCTION plans_refuse()",
    )
    return made


def install(connection: BaseDatabaseWrapper) -> None:
    """The triggers stand in this database."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for statement in _sqlite().values():
                cursor.execute(statement)
            return
        cursor.execute(POSTGRES_FUNCTION)
        for table, found in STATUS_OF.items():
            old, new = found.format(row="OLD"), found.format(row="NEW")
            cursor.execute(POSTGRES_CHECK.format(table=table, old=old, new=new, frozen=FROZEN))
        for _, statement in _postgres().values():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """The triggers are gone: only for undoing the migration and for emptying a test database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, (table, _) in _postgres().items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            return
        for name in _sqlite():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
