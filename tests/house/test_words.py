"""Pages speak with care and load nothing foreign: forbidden words, inline code, outside addresses."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = tomllib.loads((ROOT / "docs/words.toml").read_text())["word"]
TEMPLATES = sorted(p for p in ROOT.glob("openiop/*/templates/**/*") if p.is_file())
SCRIPTS = sorted(p for p in ROOT.glob("openiop/*/static/**/*.js") if not p.name.endswith(".min.js"))
SOURCES = sorted(p for p in ROOT.glob("openiop/**/*.py") if not {"tests", "migrations", "__pycache__"} & set(p.parts))


def label(path: Path) -> str:
    """A short name for a test's line."""
    return str(path.relative_to(ROOT / "openiop"))


def unkind(text: str) -> list[str]:
    """Every forbidden word in the text, each with what to say instead."""
    found = []
    for word in WORDS:
        left = text
        for context in word.get("but", []):
            left = re.sub(context, " ", left, flags=re.IGNORECASE)
        if hit := re.search(word["never"], left, re.IGNORECASE):
            found.append(f"{hit[0]!r}: say {word['say']}")
    return found


def seen(template: str) -> str:
    """What a template can show to people: its text, its attributes and the sentences in its expressions."""
    text = re.sub(r"\{#.*?#\}", " ", template, flags=re.DOTALL)
    spoken = " ".join(s for pair in re.findall(r'"([^"]* [^"]*)"|\'([^\']* [^\']*)\'', text) for s in pair)
    bare = re.sub(r"\{[{%].*?[%}]\}", " ", text, flags=re.DOTALL)
    spoken_attributes = " ".join(re.findall(r'(?:title|aria-label|placeholder|alt|content|value)="([^"]*)"', bare))
    return re.sub(r"\s+", " ", f"{re.sub(r'<[^>]*>', ' ', bare)} {spoken_attributes} {spoken}")


def sentences(source: str) -> list[tuple[int, str]]:
    """Each text of two words or more in a source, with its line; docstrings are for colleagues and left out."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
        if id(node) not in docs
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The patient was a no-show.", 2),
        ("Patient Health Questionnaire (PHQ-9)", 0),
        ("An intensive outpatient program", 0),
        ("Relapse prevention, Thursday", 0),
        ("After a relapse", 1),
        ("She refused the test", 1),
        ("She declined the test", 0),
        ("Alcoholics Anonymous meets at noon", 0),
    ],
)
def test_the_list_finds_unkind_words_and_leaves_names_alone(text, words):
    assert len(unkind(text)) == words


@pytest.mark.parametrize("path", TEMPLATES, ids=label)
def test_no_page_says_an_unkind_word(path):
    assert unkind(seen(path.read_text())) == []


@pytest.mark.parametrize("path", SOURCES, ids=label)
def test_no_sentence_in_the_code_says_an_unkind_word(path):
    assert [(line, word) for line, text in sentences(path.read_text()) for word in unkind(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=label)
def test_no_script_says_an_unkind_word(path):
    assert [
        w for text in re.findall(r'"([^"]* [^"]*)"|`([^`]* [^`]*)`', path.read_text()) for w in unkind(str(text))
    ] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=label)
def test_no_page_carries_inline_code_or_style_or_loads_from_elsewhere(path):
    text = re.sub(r"\{#.*?#\}", " ", path.read_text(), flags=re.DOTALL)
    tags = re.findall(r"<[a-zA-Z][^<]*?>", text, re.DOTALL)
    inline = [tag for tag in tags if re.search(r"\s(style|on[a-z]+|hx-on[:\w-]*)\s*=", tag)]
    assert inline == []
    assert not re.search(r"<style\b|javascript:|\bjs:", text)
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert [tag for tag in scripts if "src=" not in tag and 'type="application/json"' not in tag] == []
    assert not re.search(
        r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", text
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=label)
def test_a_page_is_built_from_its_own_room_and_ui_alone(path):
    room = path.relative_to(ROOT / "openiop").parts[0]
    for used in re.findall(r"\{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)", path.read_text()):
        assert used.split("/")[0] in {room, "ui"}, f"{room} takes {used}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("openiop/*/static/**/*.css")), ids=label)
def test_no_style_sheet_loads_from_elsewhere(path):
    assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", path.read_text())
