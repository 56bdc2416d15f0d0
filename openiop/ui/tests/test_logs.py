"""Log lines: one each, without a name, an address, a query or the trace of a refusal."""

import json
import logging
from io import StringIO

import pytest
from django.conf import settings

from openiop.ui.logs import Line


@pytest.fixture
def lines():
    """What reaches the console, line by line."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_refusal_is_one_line_with_its_page_and_no_trace(client, ada, biller, lines):
    client.force_login(biller.user)
    assert client.get(f"/people/{ada.pk}/notes/?q=Alderquist").status_code == 403
    [line] = lines()
    assert {name: line[name] for name in ("level", "status", "method", "page")} == {
        "level": "warning", "status": 403, "method": "GET", "page": "notes:list",
    }  # fmt: skip
    assert set(line) == {"at", "level", "from", "status", "method", "page"}


def test_an_address_that_leads_nowhere_is_not_repeated(client, counselor, lines):
    client.force_login(counselor.user)
    assert client.get("/people/Ada-Alderquist/?name=Ada").status_code == 404
    [line] = lines()
    assert "Alderquist" not in json.dumps(line)
    assert (line["status"], line["page"]) == (404, "")


def test_a_failure_says_where_and_not_what_was_in_it(lines):
    try:
        raise ValueError("Ada Alderquist, 555-0148")
    except ValueError:
        logging.getLogger("openiop.test").exception("The work of notes failed, see /week/?on=2026-10-14")
    [line] = lines()
    assert line["failed"] == "ValueError"
    assert line["trace"][-1].endswith("test_a_failure_says_where_and_not_what_was_in_it")
    assert "Alderquist" not in json.dumps(line)
    assert line["says"] == "The work of notes failed, see /week/"


def test_a_developers_own_machine_shows_what_an_exception_says():
    record = logging.LogRecord("x", logging.ERROR, "", 1, "Failed", (), (ValueError, ValueError("the words"), None))
    assert json.loads(Line(whole=True).format(record))["words"] == "the words"


def test_the_console_writes_these_lines_and_nothing_is_mailed_to_anyone():
    assert settings.LOGGING["formatters"]["line"]["()"] == f"{Line.__module__}.{Line.__name__}"
    loggers = settings.LOGGING["loggers"]
    assert (loggers["django"]["handlers"], loggers["django.server"]["handlers"]) == ([], ["console"])
    kept = [one for one in logging.getLogger("django").handlers if type(one).__module__.startswith("django.")]
    assert kept == [], "Django's own would mail a failure, with all that was in it, to administrators"
