"""Hours, clashes, clock changes and bookings, decided without a database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openiop.base.rules import Period
from openiop.schedule import rules
from openiop.schedule.rules import Block, Booking, Bounds, Meeting

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("hours", "level", "words"),
    [
        (5.9, "2.1", "below intensive outpatient"),
        (6, "2.1", "adult minimum of 9 hours"),
        (8.9, "2.1", "adult minimum of 9 hours"),
        (9, "2.1", ""),
        (19.9, "2.1", ""),
        (20, "2.1", "must be for level 2.5"),
        (19, "2.5", "under the 20 hours of level 2.5"),
        (20, "2.5", ""),
        (8, "1.5", ""),
        (9, "1.5", "is level 2.1, and this person is at level 1.5"),
        (20, "1.5", "must be for level 2.5"),
    ],
)
def test_hours_outside_the_band_of_the_level_are_said_with_the_reason(hours, level, words):
    said = rules.band_warning(hours * 60, level=level)
    assert words in said
    assert bool(words) == bool(said)


def test_a_program_with_other_bounds_is_warned_by_its_own():
    bounds = Bounds(least=10)
    assert not rules.band_warning(9 * 60)
    assert "minimum of 10 hours" in rules.band_warning(9 * 60, bounds)


@pytest.mark.parametrize(
    ("minutes", "days", "words"),
    [
        (540, 3, []),
        (540, 2, ["fewer than the 3", "over the 4"]),
        (540, 6, ["more than the 5", "under the 2"]),
        (1200, 5, ["level 2.5"]),
    ],
)
def test_days_and_hours_a_day_outside_the_plan_are_said(minutes, days, words):
    said = rules.why_warn(minutes=minutes, days=days)
    assert len(said) == len(words)
    assert all(word in line for word, line in zip(words, said, strict=True))


def test_days_a_week_are_not_bounded_at_level_1_5():
    assert rules.why_warn(minutes=120, days=1, level="1.5") == []


@pytest.mark.parametrize(
    "facts",
    [
        {"ended": True},
        {"minutes": 0},
        {"days": 0},
        {"days": 8},
        {"minutes": 3000, "days": 2},
        {"mix": {"astrology": 1}},
        {"mix": {"group": -1}},
    ],
)
def test_an_impossible_week_cannot_be_prescribed(facts):
    sound = {"minutes": 540, "days": 3, "mix": {"group": 6}, "services": ["group"], "ended": False}
    assert rules.why_not_prescribe(**sound) == []
    assert len(rules.why_not_prescribe(**sound | facts)) == 1


def test_a_week_outside_the_usual_bounds_needs_words():
    week = {"minutes": 1500, "days": 5, "mix": {}, "services": [], "ended": False, "warnings": ["More than 20 hours."]}
    assert rules.why_not_prescribe(**week, reason=" ") == [rules.WHY_OUTSIDE]
    assert rules.why_not_prescribe(**week, reason="Asked for each evening.") == []
    assert rules.why_not_prescribe(**week | {"ended": True}) == ["This episode has ended."], "words alone do not help"


def test_what_the_mix_lacks_is_counted():
    assert rules.missing_from_mix({"group": 6, "individual": 1, "family": 0}, {"group": 7}) == {"individual": 1}


def test_visits_are_counted_in_words():
    assert rules.service_count("individual", 1) == "1 individual visit"
    assert rules.service_count("individual", 3) == "3 individual visits"
    assert rules.service_count("skating", 2) == "2 skatings"  # a word of the program's own


@pytest.mark.parametrize(("minutes", "words"), [(60, "1 hour"), (90, "1.5 hours"), (0, "0 hours"), (1200, "20 hours")])
def test_hours_read_as_people_say_them(minutes, words):
    assert rules.hours(minutes) == words


# --- the clock changes on March 8 and November 1, 2026 ---


@pytest.mark.parametrize(
    ("on", "utc_hour"),
    [
        (date(2026, 3, 2), 22),  # standard time
        (date(2026, 3, 9), 21),  # the Monday after the clock went forward
        (date(2026, 10, 26), 21),
        (date(2026, 11, 2), 22),  # the Monday after it went back
    ],
)
def test_an_evening_group_stays_at_half_past_five_through_both_clock_changes(on, utc_hour):
    starts, ends = rules.instants(on, time(17, 30), 90, NEW_YORK)
    assert (starts.hour, starts.minute) == (utc_hour, 30)
    assert starts.astimezone(ZoneInfo(NEW_YORK)).time() == time(17, 30)
    assert ends - starts == timedelta(minutes=90)


def test_a_time_the_clock_skips_and_one_that_comes_twice_still_have_their_length():
    skipped, after = rules.instants(date(2026, 3, 8), time(2, 30), 60, NEW_YORK)
    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert after - skipped == timedelta(hours=1)
    twice, _ = rules.instants(date(2026, 11, 1), time(1, 30), 60, NEW_YORK)
    assert twice == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # the first of the two


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from([NEW_YORK, "America/Chicago", "America/Phoenix", "America/Anchorage", "Pacific/Honolulu"])


@given(on=days, starts=times, minutes=st.integers(1, 600), zone=zones)
def test_a_session_is_at_its_wall_time_on_its_day_and_keeps_its_length(on, starts, minutes, zone):
    begins, ends = rules.instants(on, starts, minutes, zone)
    assert ends - begins == timedelta(minutes=minutes)
    assert begins.utcoffset() == timedelta(0)
    local = begins.astimezone(ZoneInfo(zone))
    skipped = local.replace(tzinfo=None) != datetime.combine(on, starts)
    assert not skipped or local.dst() != local.replace(hour=0).dst()  # only where the clock jumped that day


@pytest.mark.parametrize(
    ("first", "until", "held"), [(5, None, True), (12, None, True), (19, None, False), (5, 12, False)]
)
def test_a_meeting_takes_place_in_a_week_whose_day_lies_in_its_period(first, until, held):
    ends = None if until is None else date(2026, 10, until)
    meeting = Meeting("s", "Evening Skills", 0, time(17, 30), 90, Period(date(2026, 10, first), ends))
    assert rules.takes_place(meeting, since=date(2026, 10, 7)) is held  # Monday the 12th


@given(weekday=st.integers(0, 6), first=days, length=st.integers(0, 60))
def test_a_group_meets_on_every_such_weekday_of_the_stretch_and_no_other(weekday, first, length):
    until = first + timedelta(days=length)
    found = list(rules.dates(weekday, first, until))
    every = [first + timedelta(days=n) for n in range(length)]
    assert found == [day for day in every if day.weekday() == weekday]


# --- clashes ---

meetings = st.builds(
    Meeting,
    key=st.uuids().map(str),
    name=st.just("Skills"),
    weekday=st.integers(0, 6),
    starts=times,
    minutes=st.integers(1, 300),
)


@st.composite
def blocks(draw):
    first, last = sorted(draw(st.lists(times, min_size=2, max_size=2, unique=True)))
    return Block(draw(st.integers(0, 6)), first, last, "work", draw(st.integers(0, 240)))


def minutes_of_week(first, length):
    return {minute % rules.WEEK for minute in range(first, first + length)}


@given(meeting=meetings, block=blocks())
def test_a_clash_is_found_exactly_when_a_minute_of_the_week_is_shared(meeting, block):
    group = minutes_of_week(meeting.weekday * rules.DAY + rules.minute_of(meeting.starts), meeting.minutes)
    away = minutes_of_week(
        block.weekday * rules.DAY + rules.minute_of(block.starts) - block.travel_minutes,
        rules.minute_of(block.ends) - rules.minute_of(block.starts) + 2 * block.travel_minutes,
    )
    clash = rules.busy_clash(meeting, block)
    assert (clash.minutes if clash else 0) == len(group & away)


@given(one=meetings, other=meetings)
def test_two_meetings_meet_whichever_is_asked_first(one, other):
    assert rules.meetings_meet(one, other) == rules.meetings_meet(other, one)
    assert rules.meetings_meet(one, one)


@given(block=blocks(), meeting=meetings, more=st.integers(1, 60))
def test_more_travel_never_makes_a_clash_smaller(block, meeting, more):
    wider = Block(block.weekday, block.starts, block.ends, block.why, block.travel_minutes + more)
    before, after = rules.busy_clash(meeting, block), rules.busy_clash(meeting, wider)
    assert (before.minutes if before else 0) <= (after.minutes if after else 0)


SKILLS = Meeting("s", "Evening Skills", 0, time(17, 30), 90)
PROCESS = Meeting("p", "Evening Process", 0, time(18, 30), 90)
WORK = Block(0, time(9), time(17), "work", 45)


def test_work_with_the_way_home_runs_into_the_group_and_the_sentence_says_so():
    (clash,) = rules.clashes([SKILLS], [WORK])
    assert clash.minutes == 15
    assert clash.kind == "busy"
    assert clash.words == (
        "Evening Skills, Monday 5:30 – 7:00 PM: work 9:00 AM – 5:00 PM, with 45 minutes of travel each way, "
        "overlaps by 15 minutes."
    )


def test_work_that_ends_as_the_group_begins_is_no_clash():
    assert rules.clashes([SKILLS], [Block(0, time(9), time(17, 30))]) == []
    assert rules.clashes([SKILLS], [Block(1, time(9), time(23))]) == []


def test_two_groups_at_once_are_one_clash_named_on_the_later():
    (clash,) = rules.clashes([PROCESS, SKILLS], [])
    assert (clash.key, clash.kind, clash.minutes) == ("p", "booked", 30)


def test_a_group_over_midnight_on_sunday_runs_into_monday():
    late = Meeting("l", "Night", 6, time(23), 120)
    (clash,) = rules.clashes([late], [Block(0, time(0, 30), time(8))])
    assert clash.minutes == 30


def test_groups_whose_periods_do_not_meet_do_not_clash():
    old = Meeting("o", "Skills", 0, time(17, 30), 90, Period(date(2026, 1, 1), date(2026, 6, 1)))
    new = Meeting("n", "Skills", 0, time(17, 30), 90, Period(date(2026, 6, 1)))
    assert not rules.meetings_meet(old, new)
    assert rules.meetings_meet(old, SKILLS)


@pytest.mark.parametrize(("minutes", "text"), [(90, "Monday 5:30 – 7:00 PM"), (400, "Monday 5:30 PM – 12:10 AM")])
def test_a_group_says_its_day_and_times(minutes, text):
    assert rules.span(Meeting("s", "Skills", 0, time(17, 30), minutes)) == text


# --- busy stretches ---


def test_a_night_shift_is_kept_as_its_two_parts():
    shift = Block(6, time(22), time(6), "work", 30)
    assert rules.over_night(shift) == [
        Block(6, time(22), time(23, 59), "work", 30),
        Block(0, time(0), time(6), "work", 30),
    ]
    assert rules.over_night(Block(2, time(22), time(0), "work")) == [Block(2, time(22), time(23, 59), "work")]
    assert rules.over_night(WORK) == [WORK]


@pytest.mark.parametrize(
    "facts", [{"weekday": 7}, {"ends": time(9)}, {"travel_minutes": 241}, {"travel_minutes": -1}, {"why": "fun"}]
)
def test_a_stretch_that_cannot_be_is_said(facts):
    sound = {"weekday": 0, "starts": time(9), "ends": time(17), "why": "work", "travel_minutes": 0}
    assert rules.why_not_busy(Block(**sound)) == []
    assert len(rules.why_not_busy(Block(**sound | facts))) == 1


def test_the_same_times_on_several_days_are_one_line_and_a_night_is_one_line():
    night = rules.over_night(Block(5, time(22), time(6), "work", 30))
    rows = rules.busy_rows([Block(day, time(9), time(17), "work", 45) for day in range(5)] + night)
    assert [row.words for row in rows] == [
        "Work, Mon to Fri, 9:00 AM – 5:00 PM, 45 minutes of travel each way",
        "Work, Sat, 10:00 PM – 6:00 AM, 30 minutes of travel each way",
    ]
    assert rules.days_text([4, 0, 2]) == "Mon, Wed, Fri"


def test_an_evening_and_the_next_morning_of_different_duties_stay_two_lines():
    evening, morning = Block(5, time(22), time(23, 59), "work", 30), Block(6, time(0), time(6), "court", 30)
    assert [row.days for row in rules.busy_rows([evening, morning])] == [(5,), (6,)]


@given(st.lists(blocks(), max_size=8), st.lists(st.tuples(st.integers(0, 6), times, times), max_size=4))
def test_lines_say_the_same_stretches_however_they_are_grouped(some, nights):
    typed = some + [Block(day, first, last) for day, first, last in nights if last < first]
    kept = {part for block in typed for part in rules.over_night(block)}
    again = {part for block in rules.blocks_of(rules.busy_rows(kept)) for part in rules.over_night(block)}
    assert again == kept


# --- bookings ---

NOON = datetime(2026, 10, 14, 16, 0, tzinfo=UTC)


def booking(key="b", starts=NOON, minutes=60, place="willow", leads=("joan",), people=()):
    ends = starts + timedelta(minutes=minutes)
    return Booking(key, "Skills", starts, ends, place, frozenset(leads), frozenset(people))


def why(wanted, other):
    return rules.why_not_book(wanted, [other], zone=NEW_YORK, names=str.title, rooms=str.title)


def test_room_facilitator_and_person_are_each_booked_once():
    wanted = booking("a", people=("ada",))
    assert why(wanted, booking(leads=("ira",))) == ["Willow is taken then: Skills, Wed Oct 14, 12:00 PM."]
    assert why(wanted, booking(place="cedar")) == ["Joan already leads Skills then (Wed Oct 14, 12:00 PM)."]
    assert why(wanted, booking(place="cedar", leads=(), people=("ada",))) == [
        "They are already expected at Skills then (Wed Oct 14, 12:00 PM)."
    ]


def test_a_booking_is_not_in_its_own_way_and_neither_is_one_that_begins_as_it_ends():
    assert why(booking("a"), booking("a")) == []
    assert why(booking("a"), booking("b", starts=NOON + timedelta(hours=1))) == []


def test_a_standing_group_takes_its_room_and_its_facilitator():
    def ask(place, leads):
        others = [(SKILLS, "willow", frozenset({"joan"}))]
        return rules.why_not_standing(
            PROCESS, others, place=place, facilitators=frozenset(leads), names=str.title, rooms=str.title
        )

    assert ask("willow", {"ira"}) == ["Willow is taken then: Evening Skills, Monday 5:30 – 7:00 PM."]
    assert ask("cedar", {"joan"}) == ["Joan already leads Evening Skills then (Monday 5:30 – 7:00 PM)."]
    assert ask("cedar", {"ira"}) == []


def test_a_full_group_says_so():
    assert rules.why_not_seat(taken=9, capacity=10, name="Skills") == []
    assert rules.why_not_seat(taken=10, capacity=10, name="Skills") == ["Skills is full: all 10 seats are taken."]


# --- dated policy ---


def test_closed_days_are_those_of_the_newest_row_in_force():
    why_closed = rules.closed_days(
        [
            (date(2026, 1, 1), [{"on": "2026-11-26", "why": "Thanksgiving Day"}, {"on": "2027-01-01", "why": "Old"}]),
            (date(2027, 1, 1), [{"on": "2027-01-01", "why": "New Year's Day"}]),
        ]
    )
    assert why_closed(date(2026, 11, 26)) == "Thanksgiving Day"
    assert why_closed(date(2026, 11, 27)) == ""
    assert why_closed(date(2027, 1, 1)) == "New Year's Day"
    assert why_closed(date(2025, 1, 1)) == ""


@pytest.mark.parametrize("role", ["counselor", "supervisor", "prescriber", "nurse", "peer"])
def test_those_who_treat_and_peers_lead(role):
    assert rules.why_not_lead("Joan Birchwell", {role, "director"}) == []


@pytest.mark.parametrize("role", ["biller", "front-desk", "director", "intake", "privacy", "participant", "family"])
def test_the_others_do_not_lead(role):
    assert rules.why_not_lead("Bo Ledgerly", {role})[0].startswith("Bo Ledgerly does not lead")


def test_a_session_can_be_covered_until_it_ends():
    ends = datetime(2026, 10, 15, 23, tzinfo=UTC)
    assert rules.can_be_covered(ends, ends - timedelta(minutes=1))
    assert not rules.can_be_covered(ends, ends)


# --- after a step ---


def test_after_a_step_visits_stay_and_groups_follow_the_hours():
    mix = {"skills": 3, "group": 3, "individual": 1, "family": 0}
    assert rules.mix_at(mix, was_minutes=540, minutes=240) == {"skills": 1, "group": 1, "individual": 1}
    assert rules.mix_at(mix, was_minutes=540, minutes=1200) == {"skills": 7, "group": 7, "individual": 1}
    assert rules.mix_at({"skills": 1}, was_minutes=540, minutes=60) == {"skills": 1}
    assert rules.mix_at({"skills": 1}, was_minutes=0, minutes=60) == {"skills": 1}


@pytest.mark.parametrize(
    ("minutes", "days", "kept"),
    [(540, 3, "abcdef"), (240, 2, "ab"), (270, 2, "abc"), (360, 2, "abcd"), (180, 5, "ab"), (90, 2, "a"), (60, 2, "")],
)
def test_after_a_step_whole_days_stay_first_as_long_as_they_fit(minutes, days, kept):
    week = [
        rules.Meeting(key, key, day, time(hour), 90)
        for key, day, hour in (("a", 0, 17), ("b", 0, 19), ("c", 2, 17), ("d", 2, 19), ("e", 3, 17), ("f", 3, 19))
    ]
    assert rules.that_fit(week, minutes=minutes, days=days) == set(kept)


def test_a_week_prescribed_from_a_far_future_is_refused():
    week = {"minutes": 540, "days": 3, "mix": {}, "services": [], "ended": False}
    assert rules.why_not_prescribe(**week, ahead=30) == []
    assert "Look at the year" in rules.why_not_prescribe(**week, ahead=1900)[0]


def test_a_week_prescribed_from_before_care_began_is_refused():
    week = {"minutes": 540, "days": 3, "mix": {}, "services": [], "ended": False}
    assert rules.why_not_prescribe(**week, before=True) == [rules.BEFORE_CARE]


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 10, 14), ""),
        (date(2026, 9, 1), ""),
        (date(2026, 8, 31), "had not begun"),
        (date(1900, 1, 1), "had not begun"),
        (date(2027, 10, 15), ""),
        (date(2099, 1, 1), "Look at the year"),
    ],
)
def test_a_group_ends_after_it_began_and_within_a_year(on, words):
    said = rules.why_not_close(on=on, from_on=date(2026, 9, 1), today=date(2026, 10, 14))
    assert [words in one for one in said] == ([True] if words else [])
    not_yet = {"from_on": date(2026, 11, 2), "today": date(2026, 10, 14)}
    assert rules.why_not_close(on=date(2026, 10, 14), **not_yet) == []  # it never meets


def test_a_time_away_lies_ahead_has_a_reason_and_stands_once():
    today, back = date(2026, 10, 14), date(2026, 10, 16)

    def against(**given):
        return rules.why_not_away(
            **{"why": "sick", "first": today, "until": back, "today": today, "stands": ()} | given
        )

    assert against() == []
    assert against(why="bored") == ["Choose why they are out."]
    assert "The last day out cannot come before the first." in against(until=today)
    assert "These days have passed." in against(first=date(2026, 10, 1), until=date(2026, 10, 3))
    assert "That is more than a year. Look at the year." in against(until=date(2028, 10, 16))
    assert "That is more than a year. Look at the year." in against(first=date(2028, 1, 1), until=date(2028, 1, 3))
    assert against(stands=[Period(back, None)]) == []
    assert against(stands=[Period(date(2026, 10, 15), None)]) == [
        "They are noted as out on some of these days already."
    ]
    assert rules.out_words("Joan Birchwell", today) == "Joan Birchwell is out on Wed Oct 14."
