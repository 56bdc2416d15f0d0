"""A group is over: who was there, the note once, each person's line, the signature."""

import pytest

from openiop.attendance import queries as attendance
from openiop.notes import actions as notes
from openiop.notes.models import PersonNote, SessionNote
from tests import make
from tests.journeys.conftest import DESK, PHONE
from tests.make import session as stage


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: stage.AFTER)


@pytest.fixture
def group(program, counselor, ada, ben):
    """Three people in one group; Ada has a plan."""
    cleo = make.person_in_care(program, counselor, name="Cleo Cloverdell")
    stage.objectives(ada, counselor, "Two planned outings each week")
    row = stage.session(program, counselor, ada, ben, cleo)
    row.cleo = cleo
    return row


def marked(group, person):
    return attendance.presence(group.pk, person.episode.pk)


def test_everyone_but_one_came_and_the_notes_are_signed_from_the_keyboard(visit, flawless, group, ada, ben, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    page.get_by_role("link", name="Ben Barleyfield").focus()
    page.keyboard.press("w")
    page.get_by_role("button", name="No contact").click()
    page.get_by_text("Joan will call", exact=True).wait_for()
    page.get_by_role("button", name="Mark the rest here").click()
    page.get_by_text("Marked 2 here.").wait_for()
    assert marked(group, ada).minutes == 90
    page.get_by_label("What we did").fill("Each named one trigger.")
    page.get_by_label("What we did").blur()
    page.locator("#group-state", has_text="In the record").wait_for()
    page.get_by_role("link", name="Ada Alderquist").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'part_words'")
    page.keyboard.type("Named payday as a trigger.")
    page.keyboard.press("Escape")
    page.locator("#person-state", has_text="In the record").wait_for()
    page.keyboard.press("1")
    page.locator("#person-state input[value='2']").wait_for(state="attached")
    page.locator("#person .inline-field label", has_text="Spoke").click()
    page.get_by_text("1 of 2 notes is ready.").wait_for()
    flawless(page)
    page.keyboard.press("Control+Enter")
    page.locator("dialog#sign").get_by_role("button", name="Sign 1 note").click()
    page.get_by_text("1 note signed. 1 is not ready yet.").wait_for()
    assert PersonNote.objects.get(status="signed").episode == ada.episode
    flawless(page)
    page.get_by_role("link", name="Ada Alderquist").click()
    page.get_by_role("link", name="Open the signed note").click()
    page.get_by_text("Add to this note").wait_for()
    flawless(page)


def test_late_and_left_early_are_two_taps_and_the_last_one_is_taken_back(visit, flawless, group, ada, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor, at=PHONE, dark=True)
    row = page.locator("[data-person]", has_text="Ada Alderquist")
    row.get_by_role("button", name="Late").click()
    row.locator("[data-k=late][aria-pressed=true]").wait_for()
    row.get_by_role("button", name="Left early").click()
    row.locator("[data-k=left][aria-pressed=true]").wait_for()
    assert (marked(group, ada).late, marked(group, ada).left_early) == (True, True)
    flawless(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back.").wait_for()
    assert (marked(group, ada).late, marked(group, ada).left_early) == (True, False)


def test_in_and_out_typed_without_a_pause_stand_as_typed(visit, group, ada, ben, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    faults = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    for person in (ada, ben):
        page.locator(f"#arrived-{person.episode.pk}").click()
        page.keyboard.press("Control+a")
        page.keyboard.type("5:52", delay=30)
        page.keyboard.press("Tab")
        page.keyboard.type("6:41", delay=150)
    page.keyboard.press("Tab")
    for person in (ada, ben):
        page.locator(f"[data-person='{person.episode.pk}'] [data-k=late][aria-pressed=true]").wait_for()
        row = marked(group, person)
        assert ((row.arrived_at - stage.STARTS).seconds // 60, row.minutes, row.version) == (22, 49, 1)
        assert page.locator(f"#left-{person.episode.pk}").input_value() == "6:41"
    assert faults == []


def test_two_quick_taps_both_show_and_nothing_fails_in_the_console(visit, group, ada, ben, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    faults = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.evaluate(
        "ids => ids.forEach(id => document.getElementById('h-' + id).click())",
        [str(person.episode.pk) for person in (ada, ben)],
    )
    for person in (ada, ben):
        page.locator(f"[data-person='{person.episode.pk}'] [data-k=here][aria-pressed=true]").wait_for()
        assert marked(group, person).here
    assert faults == []


def test_who_is_being_asked_about_is_not_marked_with_the_rest(visit, group, ada, ben, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    page.locator("[data-person]", has_text="Ben Barleyfield").get_by_role("button", name="Away").click()
    page.get_by_text("Why is this person away?").wait_for()
    page.get_by_role("button", name="Mark the rest here").click()
    page.get_by_text("Ben was left out: say why they are away.").wait_for()
    assert marked(group, ben) is None
    assert marked(group, ada).here


@pytest.mark.parametrize("order", [("w-ben", "rest"), ("h-ada", "w-ben", "rest"), ("w-ben", "h-ada", "rest")])
def test_clicks_made_before_the_answers_arrive_count_in_the_order_they_were_made(
    visit, group, ada, ben, counselor, order
):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    ids = {"h-ada": f"h-{ada.episode.pk}", "w-ben": f"w-{ben.episode.pk}", "rest": "rest"}
    page.evaluate("ids => ids.forEach(id => document.getElementById(id).click())", [ids[one] for one in order])
    page.get_by_text("Ben was left out: say why they are away.").wait_for()
    assert (marked(group, ben), marked(group, ada).here, marked(group, group.cleo).here) == (None, True, True)
    page.get_by_label("What they said").fill("A sick child.")
    page.evaluate(
        "ids => ids.forEach(id => document.getElementById(id).click())",
        [f"l-{ada.episode.pk}", f"called-ahead-{ben.episode.pk}"],
    )
    page.locator(f"[data-person='{ben.episode.pk}'] [data-k=away][aria-pressed=true]").wait_for()
    assert (marked(group, ben).away, marked(group, ben).reason) == ("called-ahead", "A sick child.")
    assert marked(group, ada).late


def test_a_refused_time_and_its_sentence_stay_while_others_are_marked(visit, group, ada, ben, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    time = page.locator(f"#arrived-{ada.episode.pk}")
    time.fill("25:99")
    time.blur()
    page.get_by_text("Write a time such as 5:52.").wait_for()
    for press in (f"#h-{ben.episode.pk}", f"#l-{ben.episode.pk}"):
        page.locator(press).click()
        page.locator(f"{press}[aria-pressed=true]").wait_for()
        assert time.input_value() == "25:99"
        assert time.get_attribute("aria-invalid") == "true"
        assert page.get_by_text("Write a time such as 5:52.").count() == 1
    time.fill("5:52")
    time.blur()
    page.locator(f"#l-{ada.episode.pk}[aria-pressed=true]").wait_for()
    assert page.get_by_text("Write a time such as 5:52.").count() == 0


COVERED = """() => {
  const at = e => e.getBoundingClientRect(), toast = at(document.querySelector('.toast'));
  const fixed = [...document.querySelectorAll('.rail a, .rail button, .rail summary, .signbar, .rail nav')];
  const shown = fixed.filter(e => e.checkVisibility() && at(e).width > 1);
  const beside = (one, other) => one.right <= other.left || other.right <= one.left;
  const apart = (one, other) => beside(one, other) || one.bottom <= other.top || other.bottom <= one.top;
  const outside = toast.right > innerWidth || toast.bottom > innerHeight;
  return shown.filter(e => !apart(at(e), toast)).map(e => e.innerText).concat(outside ? ['outside'] : []);
}"""


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_message_covers_no_control(visit, group, counselor, size):
    page = visit(f"/sessions/{group.pk}/", as_=counselor, at=size)
    page.get_by_role("button", name="Mark the rest here").click()
    page.get_by_text("Marked 3 here.").wait_for()
    assert page.evaluate(COVERED) == []
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate(COVERED) == []


def test_a_long_text_scrolls_in_its_field(visit, group, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor, at=PHONE)
    page.get_by_label("What we did").fill("Each named one trigger. " * 220)
    assert page.get_by_label("What we did").bounding_box()["height"] <= PHONE["height"] / 2


def test_a_name_in_the_shared_part_comes_back_with_the_sentence_and_the_text(visit, group, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    page.get_by_label("What we did").fill("Ada and Cloverdell read aloud.")
    page.get_by_label("What we did").blur()
    page.get_by_text("Please take out: Ada and Cloverdell.").wait_for()
    assert page.get_by_label("What we did").input_value() == "Ada and Cloverdell read aloud."
    assert not SessionNote.objects.exists()


def test_what_is_refused_or_clashes_says_nothing_more_once_it_is_in_the_record(visit, flawless, group, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor)
    did = page.get_by_label("What we did")
    did.fill("Ada read aloud.")
    did.blur()
    page.get_by_text("Please take out: Ada.").wait_for()
    page.get_by_label("What we did").fill("One read aloud.")
    page.get_by_label("What we did").blur()
    page.locator("#group-state", has_text="In the record").wait_for()
    assert page.get_by_text("Please take out").count() == 0
    notes.save_group_part(
        session=group, topic="", did="On the phone.", mood="", revision=1, by=counselor, at=stage.AFTER
    )
    page.get_by_label("What we did").fill("Two read aloud.")
    page.get_by_label("What we did").blur()
    page.get_by_text("You changed this on another screen at").wait_for()
    assert page.locator("#group-state").inner_text().strip() == ""
    flawless(page)
    page.get_by_role("button", name="Save what is in the fields").click()
    page.locator("#group-state", has_text="In the record").wait_for()
    assert page.get_by_text("You changed this").count() == 0
    assert SessionNote.objects.get().did == "Two read aloud."


def test_the_whole_work_is_done_without_script(visit, group, ada, counselor):
    page = visit(f"/sessions/{group.pk}/", as_=counselor, script=False)
    page.get_by_role("button", name="Mark the rest here").click()
    row = page.locator("[data-person]", has_text="Ben Barleyfield")
    row.get_by_label("Time in, Ben Barleyfield").fill("5:52")
    row.get_by_label("Time in, Ben Barleyfield").press("Enter")
    assert page.locator("[data-person]", has_text="Ben").locator("[data-k=late][aria-pressed=true]").count() == 1
    page.get_by_label("What we did").fill("Each named one trigger.")
    page.get_by_role("button", name="Save the group note").click()
    page.get_by_role("link", name="Ada Alderquist").click()
    page.get_by_label("Two planned outings each week").check()
    page.locator("#person .inline-field label", has_text="Spoke").click()
    page.get_by_label("What was theirs today").fill("Named payday as a trigger.")
    page.get_by_role("button", name="Save this part").click()
    page.get_by_role("button", name="Sign 1 note").first.click()
    assert page.get_by_text("1 note signed. 2 are not ready yet.").count() == 1
    assert PersonNote.objects.get(status="signed").signed_by == counselor
