"""The papers of the house keep step with it: map, decisions, settings, changelog, requirements."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAYERS = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
ROOF = {"health", "management", "urls", "navigation"}
TOPS = ("openiop", "tests", "docs", "requirements", "benchmarks", ".ci")
TEXT = {"", ".css", ".env", ".example", ".html", ".in", ".js", ".json", ".md", ".py", ".sh", ".svg", ".toml", ".txt"}
PAPERS = [
    p
    for top in TOPS
    for p in sorted((ROOT / top).rglob("*"))
    if p.is_file() and p.suffix in TEXT and not {"__pycache__", "migrations"} & set(p.parts) and p != Path(__file__)
] + sorted(p for p in ROOT.iterdir() if p.is_file() and p.suffix in TEXT and p.name not in {".coverage", ".git"})


def mapped() -> list[str]:
    """The rooms in docs/map.md, lowest floor first, as they stand there."""
    return re.findall(r"^\| [^|]+ \| `([a-z]+)` \|", (ROOT / "docs/map.md").read_text(), re.MULTILINE)


def test_the_map_has_the_floors_of_the_contract():
    floors = [{room.strip(" ()") for room in row.split("|")} - ROOF for row in reversed(LAYERS)]
    rooms = iter(mapped())
    for floor in filter(None, floors):
        assert {next(rooms, "") for _ in floor} == floor
    assert list(rooms) == []


def test_the_map_has_the_rooms_that_are_built_and_no_other():
    built = {p.parent.name for p in (ROOT / "openiop").glob("*/__init__.py")} - ROOF
    assert built <= set(mapped())
    assert not set(mapped()) - built, "a room on the map that nobody built"


def test_decisions_are_numbered_without_gaps_and_say_why():
    papers = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [p.name[:4] for p in papers] == [f"{n:04}" for n in range(1, len(papers) + 1)]
    for paper in papers:
        text = paper.read_text()
        assert re.match(rf"# {int(paper.name[:4])}\. \S", text), paper.name
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], paper.name


def test_the_example_environment_lists_every_variable_and_no_other():
    readers = {"text", "number", "switch", "get"}
    read = {
        node.args[0].value
        for node in ast.walk(ast.parse((ROOT / "openiop/settings.py").read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in readers
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and re.fullmatch(r"[A-Z][A-Z_]+", str(node.args[0].value))
    }
    listed = re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(read)


def test_the_changelog_opens_with_this_version():
    top = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert top
    assert top[1] == PROJECT["project"]["version"]


def test_links_between_papers_lead_somewhere():
    for paper in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", paper.read_text()):
            if "://" not in target and not target.startswith("mailto:"):
                assert (paper.parent / target).exists(), f"{paper.name} points at {target}"


def test_requirements_are_pinned_with_hashes_and_name_no_host():
    for paper in (ROOT / "requirements").glob("*.txt"):
        blocks = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", paper.read_text(), flags=re.MULTILINE).strip())
        assert all(re.match(r"[\w.\[\],-]+==\S+", block) for block in blocks), paper.name
        assert all("--hash=sha256:" in block for block in blocks), paper.name
    assert not list(ROOT.glob("uv.lock"))


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_names_a_download_host_or_a_place_on_one_machine(path):
    text = path.read_text(errors="ignore")
    hosts = r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|jsdelivr|unpkg\.com|cdnjs|googleapis|--index-url"
    places = r"(?<![\w.<>/-])/(?:tmp|root)/|/work/(?:main|wt|shared|venv)\b|/home/[a-z]+/\."
    assert not re.findall(rf"{hosts}|{places}", text)


@pytest.mark.parametrize("path", [p for p in PAPERS if "openiop" in p.parts], ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_left_for_later(path):
    assert not re.findall(r"\b(TODO|FIXME|XXX|HACK|lorem ipsum)\b", path.read_text(errors="ignore"))
