"""Nothing that is read over a shoulder tells what this place is: messages, tabs, addresses, log lines.

The words stand once, in `openiop/ui/rules.py`.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

from openiop.disclosures.rules import release
from openiop.outbox.rules import TEMPLATES
from openiop.questionnaires.queries import instruments
from openiop.records.views import house, own, person
from openiop.ui.rules import REVEALING, reveals
from tests.house.test_house import SOURCES
from tests.house.test_words import TEMPLATES as PAGES

ROOT = Path(__file__).parents[2]
ALL = [*SOURCES, *ROOT.glob("openiop/*.py"), *ROOT.glob("openiop/management/commands/*.py")]
TITLE = re.compile(r"\{%\s*block title[^%]*%\}(.*?)\{%\s*endblock", re.S)
# What a title may say by an expression: numbers and days, never a name or what someone has.
NUMBERS = re.compile(r"_\(\"[^\"]*\"\)|\w+(\.\w+)*\.number|[\w.]+\|date|[\w.]+\.on\|date")


def label(path):
    return str(path.relative_to(ROOT))


def addresses(resolver, prefix=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern)


def calls(path, *names):
    """Each call of one of these functions, by the last part of its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in names:
            yield node


@pytest.mark.parametrize("words", ["Your IOP group", "Addiction care", "PHQ-9", "Naloxone kit", "12-step", "Diagnoses"])
def test_the_list_finds_what_tells(words):
    assert reveals(words)


@pytest.mark.parametrize("kind", TEMPLATES)
def test_p13_trap_26_no_message_tells_what_this_place_is_or_names_anyone(kind):
    subject, body = TEMPLATES[kind]
    assert not reveals(f"{subject} {body}")
    assert set(re.findall(r"\{(\w*)\}", subject + body)) <= {"link"}


def test_p13_the_sender_is_neutral():
    assert not reveals(settings.DEFAULT_FROM_EMAIL)


def test_p13_trap_33_every_message_is_one_of_the_list_and_says_for_whom_it_is():
    found = []
    for path in ALL:
        for call in calls(path, "queue_email", "EmailMessage", "send_mail", "EmailMultiAlternatives"):
            given = {one.arg: one.value for one in call.keywords}
            name = ast.unparse(call.func).rsplit(".", 1)[-1]
            if name == "queue_email":
                assert isinstance(given["kind"], ast.Constant), f"{label(path)}:{call.lineno} takes its words elsewhere"
                assert given["kind"].value in TEMPLATES
                assert {"recipient", "recipient_id", "program_id"} <= set(given)
                assert not {"subject", "body", "words", "text"} & set(given)
                found.append(path)
            elif name in {"EmailMessage", "EmailMultiAlternatives"}:
                assert label(path) == "openiop/outbox/actions.py", f"{label(path)} sends mail by itself"
    assert found


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_p13_trap_39_no_tab_tells_what_a_page_is_about_or_whom(path):
    for title in TITLE.findall(path.read_text()):
        said = " ".join([*re.findall(r"_\(\"([^\"]*)\"\)", title), re.sub(r"\{[{%].*?[%}]\}", " ", title)])
        assert not reveals(said), said
        for inner in re.findall(r"\{\{(.*?)\}\}", title):
            assert NUMBERS.fullmatch(inner.strip()) or inner.strip() in {"title", "word"}, f"{inner} in a title"


@pytest.mark.parametrize("address", sorted(set(addresses(get_resolver()))))
def test_trap_39_no_address_tells_what_a_page_is_about(address):
    assert not reveals(re.sub(r"<[^>]*>", " ", address).replace("/", " ").replace("-", " ")), address
    assert not re.search(r"<(str|path):(?!token)", address), "only ids, numbers and slugs stand in an address"


@pytest.mark.parametrize("path", ALL, ids=label)
def test_trap_39_no_log_line_tells_anything(path):
    """Fixed words, and what fills them is a room, a page or a reference: never a row, a name or what was typed."""
    for call in calls(path, "debug", "info", "warning", "error", "exception", "critical"):
        if not re.match(r"(log|logger|logging)\.", ast.unparse(call.func)):
            continue
        words = call.args[0]
        assert isinstance(words, ast.Constant), f"{label(path)}:{call.lineno} is put together"
        assert not reveals(words.value)
        for filled in call.args[1:]:
            assert not re.search(r"participant|person|name\b(?<!view_name)|legal|email|words", ast.unparse(filled))


def test_p22_no_page_and_no_policy_lets_a_stranger_look_on():
    from openiop.ui.middleware import POLICY

    assert "default-src 'self'" in POLICY
    assert not re.search(r"https?:", POLICY)
    for path in PAGES:
        assert not re.search(r"google|gtag|analytics|facebook|pixel|sentry|hotjar|segment\.", path.read_text(), re.I)


def test_a_file_that_is_taken_has_a_name_that_tells_nothing():
    for module in (house, own, person):
        for name in re.findall(r'filename=\\?"([^"\\]+)', Path(module.__file__).read_text()):
            assert not reveals(name)


def test_p12_what_is_said_to_a_caller_tells_nothing():
    assert not reveals(release.NEUTRAL_SENTENCE)
    assert not reveals(release.LEGAL_SENTENCE)


def test_the_list_knows_every_instrument_by_name():
    assert [one.name for one in instruments().values() if not REVEALING.search(f"{one.name} {one.code}")] == []
