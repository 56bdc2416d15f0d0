"""A session from the first name to the signature, with no hand on a mouse."""

import pytest
from playwright.sync_api import expect

from openiop.attendance import queries as attendance
from openiop.notes.models import PersonNote
from tests.make import session as stage

FOCUS = "document.activeElement"


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.AFTER)


def walk(page, to, key="Tab", most=60):
    """Press the key until what has the focus matches the selector; what has it must be on the screen."""
    for _ in range(most):
        page.keyboard.press(key)
        assert page.evaluate(f"{FOCUS} !== document.body"), "the focus was lost"
        if page.evaluate(f"{FOCUS}.matches({to!r})"):
            return
    raise AssertionError(f"{key} never came to {to}")


def focused(page, selector):
    page.wait_for_function("(to) => document.activeElement.matches(to)", arg=selector)


def test_a_whole_session_is_done_from_the_keyboard(visit, program, counselor, ada, ben):
    stage.objectives(ada, counselor, "Two planned outings each week")
    session = stage.session(program, counselor, ada, ben)
    page = visit(f"/sessions/{session.pk}/", as_=counselor)
    mark = lambda person: attendance.presence(session.pk, person.episode.pk)  # noqa: E731 - a word, read often below

    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUS}.className") == "skip", "the first stop skips the menu"
    page.keyboard.press("Enter")
    focused(page, "#main")
    walk(page, f"#p-{ada.episode.pk}")
    page.keyboard.press("ArrowDown")
    focused(page, f"#p-{ben.episode.pk}")
    page.keyboard.press("w")
    focused(page, ".asked button")  # the question has the focus as soon as it is asked
    walk(page, "[value=no-contact]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Joan will call", exact=True)).to_be_visible()
    assert mark(ben).away == "no-contact"

    walk(page, "#rest", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Marked 1 here.")).to_be_visible()
    assert mark(ada).minutes == 90

    focused(page, f"#p-{ben.episode.pk}")  # the button did its work and is gone; the chosen person has the focus
    page.keyboard.press("ArrowUp")
    focused(page, f"#p-{ada.episode.pk}")
    page.keyboard.press("t")
    focused(page, "input.time")
    page.keyboard.type("5:52")
    page.keyboard.press("Enter")
    expect(page.locator(f"#l-{ada.episode.pk}")).to_have_attribute("aria-pressed", "true")
    assert mark(ada).minutes == 68

    walk(page, f"#p-{ada.episode.pk}", "Shift+Tab")
    page.keyboard.press("g")
    focused(page, "#group-part textarea")
    page.keyboard.type("Each named one trigger.")
    page.keyboard.press("Escape")
    expect(page.locator("#group-state")).to_contain_text("In the record")
    walk(page, f"#p-{ada.episode.pk}", "ArrowUp", most=3)
    page.keyboard.press("Enter")
    focused(page, "#part-form textarea")
    page.keyboard.type("Named payday as a trigger.")
    page.keyboard.press("Escape")
    expect(page.locator("#person-state")).to_contain_text("In the record")
    page.keyboard.press("1")
    expect(page.locator("#part-form [name=objectives]").first).to_be_checked()
    walk(page, "[name=took_part]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#signbar")).to_contain_text("The note is ready.")

    page.keyboard.press("Control+Enter")
    focused(page, "#sign button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 note signed")).to_be_visible()
    assert PersonNote.objects.get(status="signed").episode == ada.episode
