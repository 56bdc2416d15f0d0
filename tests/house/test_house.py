"""The rules of the house that import contracts cannot see: floors, privacy, doors, writes, permissions, the clock."""

import ast
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from openiop.management.commands import work
from openiop.programs.rules import PERSONAL, Permission

ROOT = Path(__file__).parents[2]
OURS = [m for m in apps.get_models() if m.__module__.startswith("openiop.")]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOOR = {room.strip(" ()"): -n for n, row in enumerate(CONTRACTS[0]["layers"]) for room in row.split("|")}

# A file that has become a folder (actions/signing.py) is held to the rules of the file it was (actions.py).
SPLIT = ("access", "actions", "forms", "jobs", "models", "queries", "rules", "views")
SOURCES = sorted(
    p
    for p in [*ROOT.glob("openiop/*/*.py"), *(q for kind in SPLIT for q in ROOT.glob(f"openiop/*/{kind}/*.py"))]
    if p.name != "__init__.py"
)
COMMANDS = sorted(p for p in ROOT.glob("openiop/**/management/commands/*.py") if p.name != "__init__.py")

READERS = {"access", "actions", "models", "queries"}
WRITES = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update", "update_or_create"}
DOORS = {"access", "actions", "models", "queries", "rules"}
GROUND = {"base", "ui"}
CLOCKS = {"access", "jobs", "middleware", "views"}  # the edge of a request or of a job, where an instant is taken once
BEFORE_ANYONE = {
    "accounts",
    "audit",
    "outbox",
    "backups",
    "open_program",
}  # they act before a membership is known, record what others did, or are the machine's keeper's
WITHIN_ANOTHER = {"audit", "outbox"}  # recorded in the caller's transaction; sent outside any, since sending may wait
NO_NAME = {"id", "pk", "_meta", "__class__"}


def room_of(path: Path) -> str:
    """The room a source file stands in."""
    return path.relative_to(ROOT / "openiop").parts[0]


def kind_of(path: Path) -> str:
    """What a source file is: its own name, or that of the folder the file was split into."""
    return path.stem if path.parent.parent.name == "openiop" else path.parent.name


def label(path: Path) -> str:
    """A short name for a test's line."""
    return str(path.relative_to(ROOT / "openiop"))


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every page with its full name, those of included rooms too."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield f"{prefix}{entry.name}", entry


def taken_from_rooms(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each (room, module or name) that the source imports from the house."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("openiop."):
            _, room, *rest = node.module.split(".")
            for name in set(rest[:1]) or {alias.name for alias in node.names}:
                yield room, name
        elif isinstance(node, ast.ImportFrom) and node.module == "openiop":
            for alias in node.names:
                yield alias.name, ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("openiop."):
                    _, room, *rest = alias.name.split(".")
                    yield room, rest[0] if rest else ""


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_foreign_keys_point_down_the_floors(model):
    room = model._meta.app_label
    own = [f for f in model._meta.get_fields() if f.is_relation and not f.auto_created]
    for target in {f.related_model for f in own} & set(OURS) - {model}:
        other = target._meta.app_label
        assert other == room or FLOOR[other] < FLOOR[room], f"{room} points up at {other}"


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_every_field_is_classed_for_privacy_exactly_once(model):
    assert hasattr(model, "Privacy"), f"{model._meta.label} has no class Privacy"
    named = [*model.Privacy.identifying, *model.Privacy.clinical, *model.Privacy.open]
    fields = [f.name for f in [*model._meta.concrete_fields, *model._meta.local_many_to_many]]
    assert sorted(named) == sorted(fields)


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_no_model_orders_itself_or_goes_by_a_name(model):
    assert not model._meta.ordering, "ordering belongs to the query that needs it"
    home = next(c for c in model.__mro__ if "__str__" in vars(c))
    assert home.__module__.startswith("openiop."), f"{model._meta.label} takes __str__ from {home.__module__}"


def test_every_page_names_the_permission_it_needs():
    """`require` and `public` mark the views they guard; libraries' own pages are wrapped or left out."""
    pages = list(patterns(get_resolver()))
    assert pages
    assert [name for name, page in pages if not hasattr(page.callback, "permission")] == []


def test_every_page_about_one_thing_says_what_the_thing_is():
    """So that `require` can answer a stranger 404 before it answers a colleague 403."""
    for name, page in patterns(get_resolver()):
        permission = page.callback.permission
        if isinstance(permission, Permission) and permission not in PERSONAL and "_id" in str(page.pattern):
            assert page.callback.of is not None, name


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_only_actions_write_and_only_the_model_layer_reads(path):
    tree = ast.parse(path.read_text())
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if kind_of(path) != "actions":
        assert not names & WRITES
    if kind_of(path) not in READERS:
        assert "objects" not in names


@pytest.mark.parametrize("path", [*SOURCES, *COMMANDS], ids=label)
def test_rooms_meet_only_at_their_doors(path):
    room = room_of(path)
    doors = DOORS | {"jobs", "world"} if path in COMMANDS else DOORS  # the roof calls every job and builds the demo
    own = {room, "health"} if path in COMMANDS else {room}  # and is one room with what stands on it
    for other, name in taken_from_rooms(ast.parse(path.read_text())):
        if other in FLOOR and other not in GROUND | own:
            assert name in doors, f"{room} takes {name or 'everything'} from {other}"


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_the_clock_is_read_only_where_a_request_or_a_job_begins(path):
    if kind_of(path) in CLOCKS:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            read = f"{node.value.id}.{node.attr}"
            assert read not in {
                *("timezone.now", "timezone.localtime", "timezone.localdate"),
                *("datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time"),
            }, f"{label(path)}:{node.lineno} reads the clock ({read}); take `at` instead"


@pytest.mark.parametrize("path", [p for p in SOURCES if kind_of(p) in {"forms", "views"}], ids=label)
def test_days_and_numbers_that_are_sent_are_read_by_the_fields_and_readers_with_bounds(path):
    """DayField and MomentField for days, `whole` for numbers; a number field says how great it may be."""
    for node in ast.walk(ast.parse(path.read_text())):
        where = f"{label(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"DateField", "DateTimeField", "SplitDateTimeField"}, f"{where} has no bounds"
            assert node.attr not in {"isdigit", "isdecimal", "isnumeric", "fromisoformat", "strptime"}, where
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"forms.IntegerField", "forms.DecimalField"}:
            assert "max_value" in {keyword.arg for keyword in node.keywords}, f"{where} has no greatest number"


@pytest.mark.parametrize("path", [p for p in SOURCES if kind_of(p) == "models"], ids=label)
def test_no_model_says_a_name_when_printed(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name in {"__str__", "__repr__"}:
            said = {
                part.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
            }
            assert said <= NO_NAME, f"{label(path)}:{node.lineno} says {sorted(said - NO_NAME)}"


@pytest.mark.parametrize("path", [p for p in SOURCES if kind_of(p) == "actions"], ids=label)
def test_every_action_is_told_who_and_when_and_is_one_transaction(path):
    """An action takes keyword arguments only, `by` and `at` among them, and is atomic; the rest is private."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and room_of(path) not in GROUND:
            names = {argument.arg for argument in node.args.kwonlyargs}
            one_act = "transaction.atomic" in ast.unparse(node) or room_of(path) in WITHIN_ANOTHER
            assert one_act, f"{node.name} is not one transaction"
            assert not node.args.args, f"{node.name} takes positional arguments"
            assert "at" in names, f"{node.name} is not told when"
            jobs = ROOT / "openiop" / room_of(path) / "jobs.py"
            falls_due = jobs.exists() and f"actions.{node.name}(" in jobs.read_text()  # nobody's act: its time came
            early = {room_of(path), node.name} & BEFORE_ANYONE
            assert "by" in names or falls_due or early, f"{node.name} is not told by whom"


def test_the_worker_names_every_room_with_work_for_later():
    assert set(work.ROOMS) == {p.parent.name for p in ROOT.glob("openiop/*/jobs.py")}


def test_a_room_that_fails_does_not_stop_the_others(monkeypatch, caplog):
    done = []
    monkeypatch.setattr(work, "ROOMS", {"first": lambda now: 1 // 0, "second": lambda now: done.append(now) or 1})
    now = datetime(2026, 10, 14, 20, 48, tzinfo=UTC)
    assert work.one_round(now) == {"second": 1}
    assert done == [now]
    assert "The work of first failed" in caplog.text
