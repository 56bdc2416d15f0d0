"""Whatever row of the log someone with the database in hand changes, takes out, puts in or moves is found and named."""

from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from conftest import KEPT
from openiop.audit import actions, jobs, queries, rules
from openiop.audit.models import Event, Link
from openiop.base import frozen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside")]

SEALED, TAIL = 6, 3
PLACES = {"first": 0, "middle": 3, "last sealed": SEALED - 1}
OPEN = {"first unsealed": SEALED, "last of all": SEALED + TAIL - 1}
ANYWHERE = PLACES | OPEN


@pytest.fixture
def told(counselor, django_capture_on_commit_callbacks):
    """Six sealed events and three that wait; the guards are lifted, as someone with the database in hand would."""
    mine = [keep for keep in KEPT if keep.table in {"audit_event", "audit_link"}]
    frozen.remove(connection, mine)
    Event.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        said(counselor, range(SEALED))
    jobs.run_due(timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        said(counselor, range(SEALED, SEALED + TAIL))
    events = list(Event.objects.order_by("created_at", "pk"))
    assert found() == []
    yield sorted(events, key=lambda event: event.facts["number"])
    frozen.install(connection, mine)


def said(by, numbers):
    for number in numbers:
        facts = {"number": number, "share": 0.1, "kinds": ["plan", "notes"], "ok": True, "none": None}
        actions.record(what=f"test.{number}", about=by.program, by=by, at=timezone.now(), **facts)


def found(copy=None):
    """Every break there is."""
    return list(queries.breaks(timezone.now(), copy))


def names(event, what=""):
    """The first break is of this event and says so; the command ends with it."""
    first = found()[0]
    assert first.event_id == str(getattr(event, "pk", event)), first
    assert what in first.what
    with pytest.raises(CommandError, match=first.event_id):
        call_command("verify_audit")


def other(value):
    """Another value of the same kind, as near as can be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, dict):
        return value | {"number": value["number"] + 100}
    if hasattr(value, "isoformat"):
        return value + timedelta(microseconds=1)
    if isinstance(value, int):
        return value + 1000
    return value[:-1] + ("1" if value[-1] != "1" else "2") if value else "1"


@pytest.mark.parametrize("name", [field.name for field in Event._meta.concrete_fields])
@pytest.mark.parametrize("place", ANYWHERE)
def test_an_event_altered_in_any_field_anywhere_is_named(told, name, place):
    event = told[ANYWHERE[place]]
    Event.objects.filter(pk=event.pk).update(**{name: other(getattr(event, name))})
    if name == "id" and place in OPEN:  # nothing seals the old one yet: the new one is named first, then the old
        assert [one.event_id for one in found()][1:] == [str(event.pk)]
    else:
        names(event)


@pytest.mark.parametrize("name", [field.name for field in Link._meta.concrete_fields])
@pytest.mark.parametrize("place", PLACES)
def test_a_link_altered_in_any_field_anywhere_is_named(told, name, place):
    link = Link.objects.get(event_id=told[PLACES[place]].pk)
    value = other(getattr(link, name))
    Link.objects.filter(pk=link.pk).update(**{name: value})
    first = found()[0]
    after = Link.objects.filter(number=link.number + 1).first()
    if name == "event_id":
        assert first.event_id == str(value)
    elif name == "number" and after is not None:  # it went to the end, and what stood behind it has a gap before it
        assert first.event_id == str(after.event_id)
        assert f"Between link {link.number - 1} and link {link.number + 1}" in first.what
    else:
        assert first.event_id == str(link.event_id)


@pytest.mark.parametrize("place", PLACES)
def test_a_sealed_event_taken_out_is_named(told, place):
    Event.objects.filter(pk=told[PLACES[place]].pk).delete()
    names(told[PLACES[place]], "removed")


@pytest.mark.parametrize("place", OPEN)
def test_an_event_taken_out_before_it_was_sealed_is_named_also_later(told, place):
    gone = told[OPEN[place]]
    Event.objects.filter(pk=gone.pk).delete()
    names(gone, "removed before it was sealed")
    for _ in range(3):
        jobs.run_due(timezone.now())
        names(gone, "removed before it was sealed")


@pytest.mark.parametrize("place", OPEN)
def test_an_event_altered_before_it_was_sealed_is_named_also_later(told, place):
    changed = told[OPEN[place]]
    Event.objects.filter(pk=changed.pk).update(created_at=changed.created_at - timedelta(seconds=1))
    for _ in range(3):
        names(changed, "changed after it was written")
        jobs.run_due(timezone.now())


@pytest.mark.parametrize("place", PLACES)
def test_an_event_taken_out_with_its_link_is_named_by_its_place(told, place):
    gone = Link.objects.get(event_id=told[PLACES[place]].pk)
    Event.objects.filter(pk=gone.event_id).delete()
    gone_number = gone.number
    gone.delete()
    first = found()[0]
    if place == "last sealed":  # only what stands outside the database knows that there was more
        assert first.name == f"link {gone_number}"
        assert f"links {gone_number} to {gone_number} were taken off the end" in first.what
    else:
        assert first.what.startswith(f"Between link {gone_number - 1} and link {gone_number + 1} something was taken")


@pytest.mark.parametrize("many", range(1, SEALED + 1))
def test_a_tail_cut_off_with_its_links_is_seen_against_the_anchor_alone(told, many, settings):
    cut = list(Link.objects.order_by("-number")[:many])
    Event.objects.filter(pk__in=[link.event_id for link in cut]).delete()
    Event.objects.filter(pk__in=[event.pk for event in told[SEALED:]]).delete()
    Link.objects.filter(pk__in=[link.pk for link in cut]).delete()
    anchor, kept = settings.AUDIT_ANCHOR, settings.AUDIT_ANCHOR.read_text()
    elsewhere = anchor.with_name("copy-kept-elsewhere")
    elsewhere.write_text(kept)
    for file in queries.fresh_files():
        file.unlink(missing_ok=True)
    first = found()[0]
    assert first.name == f"link {SEALED - many + 1}"
    assert f"the chain ends at link {SEALED - many}" in first.what
    anchor.write_text("")  # the file in service was in the same hands
    assert all(one.name == f"anchor {anchor}" for one in found())
    with pytest.raises(CommandError, match=f"link {SEALED - many + 1}"):
        call_command("verify_audit", "--anchor", str(elsewhere))


def test_a_cut_tail_stays_named_when_the_chain_grows_over_it(told, counselor, django_capture_on_commit_callbacks):
    for event in told[3:]:
        Event.objects.filter(pk=event.pk).delete()
    Link.objects.filter(number__gt=3).delete()
    for file in queries.fresh_files():
        file.unlink(missing_ok=True)
    with django_capture_on_commit_callbacks(execute=True):
        said(counselor, range(50, 60))
    for minutes in (2, 4, 6):
        jobs.run_due(timezone.now() + timedelta(minutes=minutes))
    assert found()[0].name == f"link {SEALED}"
    assert "not the one that was noted" in found()[0].what


@pytest.mark.parametrize("backwards", [timedelta(days=400), timedelta(0), -timedelta(seconds=1)])
@pytest.mark.parametrize("copied", [True, False])
def test_an_event_put_in_anywhere_is_named_before_and_after_it_is_sealed(told, backwards, copied):
    like = told[3]
    false = Event(**like.said() | {"id": uuid4()}, mark=like.mark if copied else "")
    Event.objects.bulk_create([false])
    Event.objects.filter(pk=false.pk).update(created_at=like.created_at - backwards)
    names(false)
    jobs.run_due(timezone.now())
    assert str(false.pk) in {one.event_id for one in found()}


def test_a_link_put_in_is_named(told):
    false = Event(**told[3].said() | {"id": uuid4()}, mark=told[3].mark)
    Event.objects.bulk_create([false])
    last = Link.objects.get(number=SEALED)
    link = Link(number=SEALED + 1, event_id=false.pk, digest=rules.digest(false.written()), previous=last.seal)
    link.created_at, link.seal = last.created_at, last.seal
    link.save(force_insert=True)
    names(false, "not made, or was changed, by this program")


@pytest.mark.parametrize("pair", [(0, 1), (2, 4), (4, 5)])
@pytest.mark.parametrize("moved", [("number",), ("event_id",), ("event_id", "digest"), ("number", "previous", "seal")])
def test_events_that_change_places_are_named(told, pair, moved):
    one, two = (Link.objects.get(event_id=told[at].pk) for at in pair)
    theirs = {name: getattr(two, name) for name in moved}
    ours = {name: getattr(one, name) for name in moved}
    Link.objects.filter(pk=two.pk).update(
        **{name: {"number": 10_000, "event_id": uuid4()}.get(name, "") for name in moved}
    )
    Link.objects.filter(pk=one.pk).update(**theirs)
    Link.objects.filter(pk=two.pk).update(**ours)
    assert found()[0].event_id in {str(one.event_id), str(two.event_id)}


def test_events_whose_contents_change_places_are_named(told):
    one, two = told[1], told[4]
    Event.objects.filter(pk=one.pk).update(what=two.what, facts=two.facts, mark=two.mark)
    Event.objects.filter(pk=two.pk).update(what=one.what, facts=one.facts, mark=one.mark)
    names(one, "changed")


# --- the file outside the database ---------------------------------------------------------------------------------


def lines(settings):
    return settings.AUDIT_ANCHOR.read_text().splitlines()


def test_the_file_only_grows_with_date_sequence_and_digest(told, settings, counselor):
    [line] = lines(settings)
    at, number, seal, kind, check = line.split()
    assert at.endswith("+00:00")
    assert (number, seal, kind) == (str(SEALED), Link.objects.get(number=SEALED).seal, "noted")
    assert len(check) == 64
    assert settings.AUDIT_ANCHOR.stat().st_mode & 0o777 == 0o600
    jobs.run_due(timezone.now())  # three more are sealed within the minute: no line for them yet
    assert lines(settings) == [line]
    jobs.run_due(timezone.now() + rules.NOTE_EVERY)
    assert lines(settings)[0] == line
    assert lines(settings)[1].split()[1] == str(SEALED + TAIL)
    jobs.run_due(timezone.now() + 2 * rules.NOTE_EVERY)
    assert len(lines(settings)) == 2


def test_an_older_copy_says_how_far_it_reaches(told, settings, tmp_path):
    copy = tmp_path / "copy"
    copy.write_text(settings.AUDIT_ANCHOR.read_text())
    out = StringIO()
    call_command("verify_audit", "--anchor", str(copy), stdout=out)
    assert f"notes the chain up to link {SEALED}" in out.getvalue()
    assert "It is older" not in out.getvalue()
    jobs.run_due(timezone.now() + rules.NOTE_EVERY)
    call_command("verify_audit", "--anchor", str(copy), stdout=out)
    assert f"It is older: of the {TAIL} links since then it proves nothing." in out.getvalue()


def test_a_missing_file_is_explained(told, settings, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("verify_audit", "--anchor", str(tmp_path / "none"))
    settings.AUDIT_ANCHOR.unlink()
    with pytest.raises(CommandError, match=r"missing or notes nothing.*cannot be seen"):
        call_command("verify_audit")
    jobs.run_due(timezone.now())
    assert found() == []


def test_before_anything_is_sealed_no_file_is_missed(counselor):
    assert queries.last_noted() is None
    assert not actions.note_end(at=timezone.now())
    assert found() == []


def test_a_copy_that_is_something_else_is_explained(told, tmp_path):
    copy = tmp_path / "copy"
    copy.write_text("")
    with pytest.raises(CommandError, match="notes nothing that this program wrote"):
        call_command("verify_audit", "--anchor", str(copy))


@pytest.mark.parametrize("part", range(5))
def test_a_forged_line_is_named_and_counts_for_nothing(told, settings, tmp_path, part):
    parts = lines(settings)[0].split()
    parts[part] = {0: "2026-01-01T00:00:00+00:00", 1: "3", 2: "0" * 64, 3: "restored", 4: "0" * 64}[part]
    settings.AUDIT_ANCHOR.write_text(f"{lines(settings)[0]}\n{' '.join(parts)}\n")
    with pytest.raises(CommandError, match="Line 2 was not written by this program"):
        call_command("verify_audit")


def test_a_line_cut_from_the_file_in_service_is_seen_against_a_copy(told, settings, tmp_path):
    jobs.run_due(timezone.now() + rules.NOTE_EVERY)
    copy = tmp_path / "copy"
    copy.write_text(settings.AUDIT_ANCHOR.read_text())
    settings.AUDIT_ANCHOR.write_text(lines(settings)[1] + "\n")
    assert found() == []
    with pytest.raises(CommandError, match=rf"link {SEALED}, stands in .* this file was cut"):
        call_command("verify_audit", "--anchor", str(copy))


def test_a_line_torn_by_a_power_cut_is_named_and_the_next_stands_on_its_own(told, settings):
    settings.AUDIT_ANCHOR.write_text(settings.AUDIT_ANCHOR.read_text() + "2026-10")
    assert queries.last_noted().number == SEALED
    jobs.run_due(timezone.now() + rules.NOTE_EVERY)
    assert [line.split()[0][:7] for line in lines(settings)][1] == "2026-10"
    assert queries.last_noted().number == SEALED + TAIL
    assert [one.what for one in found()] == [
        "Line 2 was not written by this program, or was changed; it counts for nothing."
    ]


def test_lines_of_the_first_form_still_count(told, settings):
    settings.AUDIT_ANCHOR.write_text("\n" + " ".join(lines(settings)[0].split()[:3]) + "\n")
    assert found() == []
    Link.objects.filter(number=SEALED).delete()
    assert found()[0].name == f"link {SEALED}"


def test_links_of_the_first_form_still_hold(told):
    """A chain begun by the first release, which sealed without the row's own facts."""
    previous = rules.START
    for link in Link.objects.order_by("number"):
        link.previous = previous
        link.seal = previous = link.place()._first_seal(actions.settings.AUDIT_KEYS[0])
        Link.objects.filter(pk=link.pk).update(previous=link.previous, seal=link.seal)
    actions.settings.AUDIT_ANCHOR.unlink()
    jobs.run_due(timezone.now())
    assert found() == []


def test_after_a_copy_was_put_back_what_was_noted_past_it_is_no_break(told, settings):
    jobs.run_due(timezone.now() + rules.NOTE_EVERY)
    Event.objects.filter(pk__in=[event.pk for event in told[4:]]).delete()
    Link.objects.filter(number__gt=4).delete()
    assert found() != []
    actions.note_restored(at=timezone.now())
    assert found() == []
    Event.objects.filter(pk=told[3].pk).delete()
    Link.objects.filter(number=4).delete()
    assert found()[0].name == "link 4"


def test_an_empty_copy_put_back_clears_what_was_noted(told):
    Event.objects.all().delete()
    Link.objects.all().delete()
    actions.note_restored(at=timezone.now())
    assert found() == []


def test_what_is_sealed_is_followed_no_longer(told):
    new, aside, kept = queries.fresh_files()
    assert aside.exists()
    assert new.exists()
    for _ in range(3):
        jobs.run_due(timezone.now())
    assert not new.exists()
    assert not aside.exists()
    assert kept.read_text() == ""
    assert queries.fresh() == {}
