"""What the database itself keeps of a plan: every version, and what it says once it is signed."""

from openiop.base.frozen import NEVER, Keep, Step

_SAYS = "a signed plan is never changed, and nothing of a plan is removed"
_SIGNED = "EXISTS (SELECT 1 FROM plans_plan p {way} AND p.status <> 'draft')"
_OF_GOAL = "JOIN plans_problem r ON r.plan_id = p.id JOIN plans_goal g ON g.problem_id = r.id"
# How each table finds its version.
_WAY = {
    "plans_problem": "WHERE p.id = {row}.plan_id",
    "plans_deferral": "WHERE p.id = {row}.plan_id",
    "plans_goal": "JOIN plans_problem r ON r.plan_id = p.id WHERE r.id = {row}.problem_id",
    "plans_objective": f"{_OF_GOAL} WHERE g.id = {{row}}.goal_id",
    "plans_intervention": f"{_OF_GOAL} JOIN plans_objective o ON o.goal_id = g.id WHERE o.id = {{row}}.objective_id",
}
# A later version that both have signed and that is about to be in force.
_FOLLOWED = (
    "EXISTS (SELECT 1 FROM plans_plan p WHERE p.episode_id = OLD.episode_id AND p.version > OLD.version"
    " AND p.status = 'draft' AND 2 = (SELECT COUNT(*) FROM plans_plansignature s"
    " WHERE s.plan_id = p.id AND s.lapsed_at IS NULL))"
)
KEPT = (
    Keep(
        "plans_plan",
        _SAYS,
        frozen="{row}.status <> 'draft'",
        steps=(Step(("status",), f"OLD.status = 'signed' AND NEW.status = 'replaced' AND {_FOLLOWED}"),),
    ),
    *(Keep(table, _SAYS, frozen=NEVER, under=_SIGNED.replace("{way}", way)) for table, way in _WAY.items()),
    # A signature may lapse while the version is written; that it was given stays.
    Keep(
        "plans_plansignature",
        _SAYS,
        steps=(Step(("lapsed_at",), "OLD.lapsed_at IS NULL"),),
        under=_SIGNED.replace("{way}", "WHERE p.id = {row}.plan_id"),
    ),
)
