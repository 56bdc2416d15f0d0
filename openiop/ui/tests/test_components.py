"""Each component alone: its markup, its words, and what it does with odd input."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines
from jinja2 import UndefinedError

from openiop.ui.environment import ASKED_AT
from openiop.ui.pages import Line, NavItem

ROOM = Path(__file__).parents[1]
AT = datetime(2026, 10, 16, 23, 56, tzinfo=UTC)
LINES = [Line("Call 988", "tel:988", "phone"), Line("911", "tel:911")]


@pytest.fixture(autouse=True)
def _this_year():
    token = ASKED_AT.set(AT)
    yield
    ASKED_AT.reset(token)


def draw(template, **context):
    env = engines["jinja2"].env
    return env.from_string(template).render(zone="America/New_York", **context)


class Sheet(forms.Form):
    name = forms.CharField(help_text="As they like to be called.")
    on = forms.DateField(required=False, widget=forms.DateInput)
    at = forms.TimeField(required=False, widget=forms.TimeInput)
    when = forms.DateTimeField(required=False, widget=forms.DateTimeInput)
    why = forms.CharField(widget=forms.Textarea)
    kind = forms.ChoiceField(choices=[("a", "Individual"), ("b", "Group")])
    safe = forms.ChoiceField(choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    days = forms.MultipleChoiceField(choices=[("m", "Mon")], widget=forms.CheckboxSelectMultiple, required=False)
    told = forms.BooleanField(label="I asked them", help_text="In person.")
    secret = forms.CharField(widget=forms.HiddenInput, initial="h")


def test_times_are_said_in_the_programs_zone():
    said = draw("{{ at|clock }}, {{ at|day }}, {{ at|date }}, {{ at|full_date }}, {{ at|moment }}, {{ at|iso }}", at=AT)
    assert said == "7:56 PM, Fri Oct 16, Oct 16, Oct 16, 2026, Fri Oct 16, 7:56 PM, 2026-10-16T23:56Z"
    assert draw("{{ at|clock('UTC') }}", at=AT) == "11:56 PM"
    late = datetime(2026, 10, 17, 3, 0, tzinfo=UTC)
    assert draw("{{ at|day }}", at=late) == "Fri Oct 16"


def test_midnight_and_noon_are_twelve():
    assert [draw("{{ at|clock }}", at=time(h, 5)) for h in (0, 12, 13)] == ["12:05 AM", "12:05 PM", "1:05 PM"]
    assert draw("{{ on|day }} {{ on|iso }}", on=date(2026, 10, 16)) == "Fri Oct 16 2026-10-16"


def test_a_time_without_zone_or_a_naive_time_is_an_error_not_a_guess():
    with pytest.raises(TypeError):
        engines["jinja2"].env.from_string("{{ at|clock }}").render(at=AT)
    with pytest.raises(TypeError):
        draw("{{ at|clock }}", at=AT.replace(tzinfo=None))


def test_minutes_become_hours_and_counts_get_their_word():
    assert draw("{{ 90|hours }} {{ 0|hours }} {{ 185|hours }} {{ none|hours }}") == "1.5 0.0 3.1 –"
    assert draw("{{ 1|plural('note') }}, {{ 0|plural('note') }}, {{ 2|plural('person', 'people') }}") == (
        "1 note, 0 notes, 2 people"
    )


def test_a_misspelt_name_is_an_error_not_an_empty_cell():
    for wrong in ("{{ nobody }}", "{{ ui.buton('x') }}", "{{ row.nmae }}"):
        with pytest.raises(UndefinedError):
            draw(wrong, row=SimpleNamespace(name="x"))


def test_what_people_typed_is_never_markup():
    typed = "<script>alert(1)</script>"
    for macro in (
        "who(x)",
        "chip('ok', x)",
        "name(x)",
        "empty('check', x)",
        "button(x)",
        "how(x)",
        "toast(x)",
        "mark('ok', x)",
    ):
        assert "<script>" not in draw("{{ ui." + macro + " }}", x=typed)


def test_severity_says_its_word_beside_its_shape():
    for level, word in {"ok": "Steady", "watch": "Watch", "raised": "Raised", "urgent": "Urgent"}.items():
        html = draw("{{ ui.severity(level) }}{{ ui.shape(level) }}", level=level)
        assert f"#i-s-{level}" in html
        assert f"</svg>{word}</span>" in html
        assert f'role="img" aria-label="{word}"' in html


def test_a_field_ties_its_label_hint_and_error_to_its_control():
    form = Sheet({"name": ""})
    html = draw("{{ ui.field(form['name']) }}", form=form)
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_hint">As they like to be called.' in html
    assert 'id="id_name_error"' in html


def test_every_kind_of_field_is_drawn_and_keeps_what_was_typed():
    typed = {"name": "Bo", "on": "2026-10-14", "at": "17:30", "when": "2026-10-14T17:30", "why": "<b>", "kind": "b"}
    html = draw("{{ ui.fields(form) }}", form=Sheet(typed | {"safe": "n", "days": ["m"], "told": "on", "secret": "h"}))
    assert 'value="Bo"' in html
    assert 'type="date" name="on" value="2026-10-14"' in html
    assert 'type="time" name="at" value="17:30"' in html
    assert 'type="datetime-local" name="when" value="2026-10-14T17:30"' in html
    assert "&lt;b&gt;</textarea>" in html
    assert '<option value="b" selected>' in html
    assert re.search(r'type="radio" name="safe" value="n"[^>]* checked', html)
    assert re.search(r'type="checkbox" name="days" value="m"[^>]* checked', html)
    assert re.search(r'type="checkbox" name="told"[^>]* checked', html)
    assert '<input type="hidden" name="secret" value="h"' in html
    assert html.count("<label") - html.count('class="check"') == 6
    assert "data-errors" not in html


def test_errors_are_listed_above_a_form_of_more_than_five_fields():
    html = draw("{{ ui.errors(form) }}", form=Sheet({}))
    assert '<a href="#id_why">Why</a>' in html
    short = type("Short", (forms.Form,), {"name": forms.CharField()})({})
    assert draw("{{ ui.errors(form) }}", form=short).strip() == ""
    short.add_error(None, "The session has not started yet.")
    assert "The session has not started yet." in draw("{{ ui.errors(form) }}", form=short)


def test_radios_may_be_drawn_as_segments():
    html = draw("{{ ui.field(form['safe'], seg=true) }}", form=Sheet())
    assert '<div class="seg">' in html
    assert "<legend" in html


def test_a_segmented_choice_and_the_ten_scale_mark_the_value():
    html = draw(
        "{{ ui.seg('a', [('here', 'Here'), ('late', 'Late')], 'late', 'Attendance', attrs={'hx-post': '/x'}) }}"
    )
    assert '<input type="radio" name="a" value="late" checked hx-post="/x">' in html
    html = draw("{{ ui.scale('c', 'None', 'Strongest ever', 0, 'Craving') }}")
    assert html.count('type="radio"') == 11
    assert 'value="0" checked' in html
    assert "checked" not in draw("{{ ui.scale('c', 'None', 'Most') }}")


def test_picks_and_checks_keep_their_state():
    assert 'value="b" checked' in draw("{{ ui.picks('p', [('a', 'A'), ('b', 'B')], ['b']) }}")
    html = draw("{{ ui.check('c', 'Ready', checked=true, hint='Soon') }}")
    assert "checked" in html
    assert "<small>Soon</small>" in html


def test_a_gap_in_a_sparkline_stays_a_gap_and_one_value_is_a_dot():
    html = draw("{{ ui.spark([7, 6, none, 5, 4], 0, 10, (0, 3)) }}")
    assert html.count("M") == 2
    assert 'class="band"' in html
    alone = draw("{{ ui.spark([4]) }}")
    assert "<path" not in alone
    assert "<circle" in alone
    assert "<path" not in draw("{{ ui.spark([]) }}{{ ui.spark([none, none]) }}")
    assert draw("{{ ui.spark([none, 5, none]) }}").count("<circle") == 2


def test_a_bullet_is_amber_only_when_behind():
    assert 'data-tone="watch"' in draw("{{ ui.bullet(6, 7, 10) }}")
    assert 'data-tone="ok"' in draw("{{ ui.bullet(7, 7, 10) }}")
    full = draw("{{ ui.bullet(12, 11, 10) }}")
    assert 'width="82"' in full
    assert "tick" not in draw("{{ ui.bullet(0, none, 0) }}")


def test_the_other_small_charts_stay_inside_their_frame():
    html = draw(
        "{{ ui.burn([(3, 18), (20, 10)], 30, 20, (30, 4)) }}{{ ui.burn([], 0, 0) }}"
        "{{ ui.dumbbell(16, 9, 0, 27) }}{{ ui.interval(20, 35, 50, 30) }}{{ ui.weeks_dots([2, 0, 9]) }}"
    )
    assert "nan" not in html
    assert 'd="M2 3H16V5.8H95.3V17"' in html
    assert html.count('aria-hidden="true"') == 5


def test_layout_parts_say_where_one_is():
    html = draw(
        "{{ ui.tabs(items, 'Record') }}", items=[NavItem("Plan", "/p", "plan", True), NavItem("Notes", "/n", "pen")]
    )
    assert '<a href="/p" aria-current="page">Plan</a>' in html
    assert draw("{{ ui.pager(1, 1, '/x') }}").strip() == ""
    html = draw("{{ ui.pager(2, 3, '/x?sort=name') }}")
    assert "/x?sort=name&amp;page=1" in html
    assert "/x?sort=name&amp;page=3" in html
    html = draw(
        "{% call ui.table('Caseload', ['Name', {'word': 'Hours', 'unit': 'of 10', 'class': 'num'}], fold=true) %}"
        "<tbody></tbody>{% endcall %}"
    )
    assert '<caption class="vh">Caseload</caption>' in html
    assert html.count('scope="col"') == 2


def test_a_week_and_a_thread_have_words_for_those_who_cannot_see_knots():
    days = [SimpleNamespace(word="Mon", state="done", today=True, hours="3 h", says="attended")]
    html = draw("{{ ui.week(days) }}", days=days)
    assert 'class="done today" aria-current="date"' in html
    assert '<span class="vh">attended</span>' in html
    assert '<li class="past under">' in draw("{{ ui.thread_item('past', 'Thu', 'Missed', 'Called ahead') }}")


def test_the_crisis_bar_shows_the_lines_it_is_given():
    assert 'href="tel:988"' in draw("{{ ui.crisis(lines) }}", lines=LINES)
    assert "Call 988" in draw("{{ ui.sos(lines) }}", lines=LINES)
    assert "988" not in draw("{{ ui.crisis([]) }}{{ ui.sos([]) }}")


def test_notices_dialogs_and_heads_hold_what_they_are_given():
    html = draw(
        "{% call ui.notice('urgent', title='Due at 5:00 PM.') %}<p>Hand it over.</p>{% endcall %}"
        "{% call ui.dialog('d', 'End consent?') %}<p>No more.</p>{% endcall %}"
        "{% call ui.page_head('Today', 'One thing.') %}<p>x</p>{% endcall %}{{ ui.page_head('T') }}"
        "{{ ui.sec_head('Needs me', 'n', '5 open', '/all', 'All') }}"
        "{{ ui.strip([('Level', '2.1')]) }}{{ ui.bones() }}{{ ui.new() }}"
    )
    assert 'data-tone="urgent"' in html
    assert 'aria-labelledby="d-h"' in html
    assert html.count("<h1>") == 2
    assert "<dt>Level</dt><dd>2.1</dd>" in html


def test_buttons_are_links_or_buttons_and_say_what_they_do():
    assert draw("{{ ui.button('Sign', kind='primary', key='Ctrl Enter') }}").startswith(
        '<button class="btn primary" type="submit">'
    )
    assert draw("{{ ui.button('Open', href='/x') }}") == '<a class="btn" href="/x">Open</a>'
    assert 'type="button" data-open="d"' in draw("{{ ui.button('Open', open='d') }}")
    assert " disabled" in draw("{{ ui.button('Not yet', disabled=true) }}")
    assert 'aria-label="More"' in draw(
        "{{ ui.icon_button('more', 'More') }}{{ ui.icon_button('more', 'More', href='/x') }}"
    )
    html = draw("{{ ui.post('/x', 'Close', '', hidden={'id': 7}) }}")
    assert '<input type="hidden" name="id" value="7">' in html


def test_the_save_state_is_a_status_with_a_word():
    for state, word in {
        "saving": "Saving",
        "saved": "Saved 6:56 PM",
        "device": "device",
        "unsaved": "Not saved",
        "changed": "Changed",
    }.items():
        html = draw("{{ ui.saved(state, '6:56 PM') }}", state=state)
        assert 'role="status"' in html
        assert word in html


def draft(text="Named payday", **kept):
    return SimpleNamespace(id="d1", text=text, version=3, saved_at=AT, restored_at=None, **kept)


def field(draft=None, data=None):
    form = Sheet(data, initial={"why": "From the record"})
    return draw("{{ ui.draft_field(form['why'], 'k:1', draft, zone) }}", form=form, draft=draft)


def test_unsaved_text_is_offered_back_and_not_put_in_the_field_unasked():
    html = field(draft())
    assert "You have unsaved text from 7:56 PM" in html
    assert "From the record</textarea>" in html
    assert 'data-version="0"' in html  # typing on keeps both
    assert "/drafts/restore/" in html
    assert "/drafts/let-go/" in html


def test_restored_text_stands_in_the_field_and_can_be_let_go():
    kept = draft()
    kept.restored_at = AT
    html = field(kept)
    assert "Named payday</textarea>" in html
    assert 'data-version="3"' in html
    assert "/drafts/let-go/" in html
    assert "data-offer" not in html


def test_a_turned_down_form_keeps_what_was_typed_last():
    html = field(draft(), data={"why": "Named payday and rent"})
    assert "Named payday and rent</textarea>" in html
    assert 'data-version="3"' in html
    assert "data-offer" not in html


def test_a_draft_that_says_what_the_record_says_is_not_offered():
    html = field(draft(text="From the record"))
    assert "data-offer" not in html
    assert "Saved 7:56 PM" in html
    assert "Saved" not in field()


# --- the files themselves ---------------------------------------------------------------------------------------------


def names():
    return sorted(name for name in vars(engines["jinja2"].env.globals["ui"]))


def test_the_papers_name_every_component():
    paper = (ROOM.parents[1] / "docs/ui.md").read_text()
    assert [name for name in names() if f"ui.{name}(" not in paper] == []


def test_every_icon_that_is_drawn_is_in_the_sprite():
    sprite = set(re.findall(r'id="i-([\w-]+)"', (ROOM / "static/ui/icons.svg").read_text()))
    drawn = set()
    for path in ROOM.parent.glob("*/templates/**/*.html"):
        drawn |= set(re.findall(r'\bui\.icon\("([\w-]+)"', path.read_text()))
        drawn |= set(re.findall(r'\bicon="([\w-]+)"', path.read_text()))
    drawn |= set(re.findall(r"icon\('([\w-]+)'", (ROOM / "static/ui/openiop.js").read_text()))
    assert sorted(name for name in drawn - sprite if not name.endswith("-")) == []  # "s-" is finished by a level


def test_style_and_script_stay_within_their_budget():
    # Program default: CSS 40 KB and JavaScript 60 KB as served, before compression.
    assert (ROOM / "static/ui/openiop.css").stat().st_size <= 40 * 1024
    assert (ROOM / "static/ui/openiop.js").stat().st_size <= 60 * 1024


def test_nothing_typed_goes_into_the_browsers_storage():
    assert not re.search(
        r"localStorage|sessionStorage|indexedDB|\bcaches\b", (ROOM / "static/ui/openiop.js").read_text()
    )


def test_colors_are_named_once_in_the_tokens():
    style = (ROOM / "static/ui/openiop.css").read_text()
    start, end = style.index("@layer tokens{"), style.index("@layer base{")
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", style[:start] + style[end:])


def test_a_day_of_another_year_says_so_and_one_of_this_year_does_not():
    far = date(2031, 1, 1)
    assert draw("{{ on|day }}; {{ on|date }}", on=far) == "Wed Jan 1, 2031; Jan 1, 2031"
    assert draw("{{ at|moment }}", at=AT.replace(year=2099)).startswith("Fri Oct 16, 2099, ")
    new_year = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)  # still December 31 in New York
    assert draw("{{ at|day }}", at=new_year) == "Thu Dec 31"


def test_a_field_takes_all_that_is_pasted_and_the_form_says_what_is_too_long():
    class Short(forms.Form):
        words = forms.CharField(max_length=5)

    assert "maxlength" not in draw('{{ ui.field(form["words"]) }}', form=Short())
    form = Short({"words": "longer than five"})
    said = draw('{{ ui.field(form["words"]) }}', form=form)
    assert "longer than five" in said
    assert "at most 5 characters" in said
