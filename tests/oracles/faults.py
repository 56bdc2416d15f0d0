"""Plain implementations that agree with every oracle, and the faults planted in them that every oracle must catch.

The plain implementations are written the straightforward way, apart from the oracles, with one keyword for each place
where a mistake is easy. ``PLAIN`` maps an oracle to its right implementation; ``FAULTS`` to (what is wrong, faulty
implementation) pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from . import consent as consent_facts
from . import privacy_faults
from .scores import CODES

COE35, COE25, OSMM = "3.5 co-occurring enhanced", "2.5 co-occurring enhanced", "2.1 with on-site medical management"


def place(
    *,
    ratings: tuple[int, ...],
    hard_stops: frozenset[str] = frozenset(),
    order: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    top: int = 4,
    high: int = 3,
    moderate: int = 2,
    stops: bool = True,
    check: bool = True,
    r4_and: bool = False,
    r7_and: bool = False,
    r8_d4: bool = True,
    r9_d6: bool = True,
    residence_rules: tuple[int, ...] = (8, 9),
    residence_from: int = 3,
    swap_5_6: bool = False,
) -> tuple[str | None, str | None, bool]:
    """Rule set A, rule by rule."""
    if check and not all(0 <= rating <= 4 for rating in ratings):
        raise ValueError("a rating is 0 to 4")
    if stops and hard_stops:
        return None, None, False
    d1, d2, d3, d4, d5, d6 = ratings
    if swap_5_6:
        d5, d6 = d6, d5
    calm = d3 <= 2 and (d4 <= 2 or not r8_d4)
    rules: dict[int, tuple[bool, str]] = {
        1: (top in (d1, d2, d3), "4"),
        2: (d1 == 3 or d2 == 3, "3.7"),
        3: (d3 == 3 and (d5 >= high or d6 >= high), COE35),
        4: ((d6 == 4 and d5 >= 2) if r4_and else (d6 == 4 or (d5 == 4 and d6 >= 3)), "3.5"),
        5: (d6 == 3 and d5 >= 3, "3.1 with Level 2.1 hours"),
        6: (d3 == 3, COE25),
        7: ((d5 == 4 and d4 >= 3) if r7_and else (d5 == 4 or (d4 >= 3 and d5 >= 3)), "2.5"),
        8: (d1 == 2 or d2 == 2, OSMM if calm else "2.5"),
        9: (d3 >= moderate or d4 >= moderate or d5 >= moderate or (r9_d6 and d6 >= moderate), "2.1"),
        10: (True, "1"),
    }
    for number in order:
        holds, level = rules[number]
        if holds:
            return f"R{number}", level, number in residence_rules and residence_from <= d6 <= 3
    raise AssertionError


def what_would_change(
    *,
    ratings: tuple[int, ...],
    only_up: bool = False,
    nearest: bool = False,
    dimensions: int = 6,
    base: int = 1,
    same: bool = False,
    **knobs: Any,
) -> list[tuple[int, int, str | None]]:
    """Try each other rating of each dimension."""
    here = place(ratings=ratings, **knobs)[1]
    found: list[tuple[int, int, str | None]] = []
    for i in range(dimensions):
        for new in range(5):
            if new == ratings[i] or (only_up and new < ratings[i]) or (nearest and abs(new - ratings[i]) > 1):
                continue
            there = place(ratings=(*ratings[:i], new, *ratings[i + 1 :]), **knobs)[1]
            if there != here:
                found.append((i + base, new, here if same else there))
    return found


def stops(
    *, facts: Any, ciwa: int = 19, history_alone: bool = False, skip: str = "", safe: bool = True, zero: bool = False
) -> set[str]:
    """The hard stops one by one."""
    f, found = facts, set()
    severe = f["ciwa_ar"] is not None and f["ciwa_ar"] >= ciwa
    if f["physical_emergency"]:
        found.add("HS1")
    if severe or (f["past_withdrawal_seizure_or_delirium"] and (history_alone or f["current_heavy_use"])):
        found.add("HS2")
    if f["sedative_dependence_with_withdrawal"] or f["several_withdrawals_needing_monitoring"]:
        found.add("HS3")
    keys = {"cssrs_intent", "cssrs_plan_with_intent", "cssrs_behavior_within_3_months", "imminent_violence"} - {skip}
    if any(f[key] for key in keys):
        found.add("HS4")
    if f["acute_state_prevents_taking_part"]:
        found.add("HS5")
    if f["pregnant"] and (zero or f["dependent_on_opioids_alcohol_or_sedatives"]):
        found.add("HS6")
    if f["age"] < f["minimum_age"]:
        found.add("HS7")
    if f["home_unsafe"] and not (safe and f["safe_alternative"]):
        found.add("HS8")
    return found - {skip}


def attend(
    *,
    starts: datetime,
    ends: datetime,
    arrived: datetime | None,
    left: datetime | None,
    grace_minutes: int,
    away: str | None,
    by_video: bool,
    grace_off: int = 0,
    grace_to_leave: int = 0,
    one_only: bool = False,
    clamp_start: bool = True,
    clamp_end: bool = True,
    wall: bool = False,
    video: bool = True,
    scheduled: bool = False,
    forgive: bool = False,
    called: str = "excused_absence",
    cancelled: str = "cancelled_by_program",
    nobody: str = "unexcused_absence",
) -> tuple[set[str], int]:
    """Statuses and minutes by subtraction."""
    if away:
        return {{"called_ahead": called, "no_contact": nobody, "program_cancelled": cancelled}[away]}, 0
    assert arrived
    assert left
    if not wall:
        starts, ends, arrived, left = (moment.astimezone(UTC) for moment in (starts, ends, arrived, left))
    late = arrived - starts > timedelta(minutes=grace_minutes + grace_off)
    early = ends - left > timedelta(minutes=grace_to_leave)
    said = {
        name
        for name, true in (("late", late), ("left_early", early), ("telehealth_present", by_video and video))
        if true
    }
    if one_only and late:
        said.discard("left_early")
    first = max(arrived, starts) if clamp_start else arrived
    if forgive and not late:
        first = starts
    last = min(left, ends) if clamp_end else left
    minutes = int(((ends - starts) if scheduled else (last - first)).total_seconds() // 60)
    return said or {"present"}, minutes


def attendance_rate(
    *,
    sessions: Any,
    without: tuple[str, ...] = ("cancelled_by_program",),
    count: bool = False,
    empty: float | None = None,
) -> float | None:
    """Credited over scheduled."""
    kept = [one for one in sessions if one[2] not in without]
    if not kept:
        return empty
    if count:
        return sum(1 for one in kept if one[1]) / len(kept)
    return float(sum(one[1] for one in kept) / sum(one[0] for one in kept))


def due(
    *,
    unexcused: Any,
    last_contact: Any,
    today: Any,
    short: int = 7,
    long: int = 14,
    silent: int = 7,
    two: int = 2,
    three: int = 3,
    any_day: bool = False,
    highest: bool = False,
    contact: bool = True,
) -> set[str]:
    """What today's absences ask for."""
    ago = [(today - day).days for day in unexcused]
    found = set()
    if 0 in ago or (any_day and ago):
        found.add("same_day_call")
    if len([n for n in ago if 0 <= n < short]) >= two:
        found.add("plan_review")
    quiet = contact and (today - last_contact).days >= silent
    if len([n for n in ago if 0 <= n < long]) >= three or quiet:
        found.add("outreach_and_risk_check")
    if highest and len(found) > 1:
        found.discard("same_day_call")
    return found


def score(
    *,
    instrument: str,
    answers: Any,
    impute: bool = False,
    zero: bool = False,
    allow_missing: int = 0,
    ask: str = "ask",
    item9_when_incomplete: bool = True,
    item9_at: int = 8,
    urgent_from: int = 2,
    high_from: int = 1,
    positive_from: int = 10,
    cuts: tuple[int, ...] = (5, 10, 15, 20),
    check: bool = True,
) -> dict[str, Any]:
    """Sum, band, screen and item 9."""
    if check and any(a is not None and not 0 <= a <= 3 for a in answers):
        raise ValueError("an answer is 0 to 3")
    known = [a for a in answers if a is not None]
    incomplete = len(answers) - len(known) > allow_missing
    ninth = answers[item9_at] if instrument == "PHQ-9" else None
    item9: str | None = None
    if instrument == "PHQ-9":
        grave = -1 if ninth is None else (ninth >= high_from) + (ninth >= urgent_from)
        item9 = {-1: ask, 0: "none", 1: "high", 2: "urgent"}[grave]
        if incomplete and not item9_when_incomplete and item9 != ask:
            item9 = None
    if incomplete and not zero:
        return {"total": None, "band": None, "positive": None, "item9": item9}
    total = sum(known)
    if impute and known:
        total = round(total * len(answers) / len(known))
    names = ["minimal", "mild", "moderate", "moderately severe", "severe"]
    if instrument == "GAD-7":
        names, cuts = ["minimal", "mild", "moderate", "severe"], cuts[:3]
    band = names[sum(total >= cut for cut in cuts)]
    return {"total": total, "band": band, "positive": total >= positive_from, "item9": item9}


def loinc(*, code: str, first: int = 0, nine: bool = True, ten: bool = True, shape: bool = True) -> bool:
    """Luhn over the digits before the hyphen."""
    base, _, digit = code.partition("-")
    if not base.isdigit() or not digit.isdigit() or (shape and len(digit) != 1):
        return False
    digit = digit[-1]
    total = 0
    for place, character in enumerate(reversed(base)):
        worth = int(character)
        if place % 2 == first:
            worth *= 2
            if nine and worth > 9:
                worth -= 9
        total += worth
    return int(digit) == ((10 - total % 10) % 10 if ten else total % 10)


def rci(
    *,
    sd: float,
    r: float,
    first: float,
    second: float,
    z: float = 1.96,
    double: bool = True,
    root: bool = True,
    sign: int = 1,
    up: bool = True,
    one_sided: bool = False,
) -> dict[str, Any]:
    """Jacobson and Truax."""
    sem = sd * (sqrt(1 - r) if root else 1 - r)
    s_diff = sem * sqrt(2) if double else sem
    index = sign * (second - first) / s_diff
    whole = ceil(z * s_diff) if up else int(z * s_diff)
    reliable = index > z if one_sided else abs(index) > z
    return {
        "sem": sem,
        "s_diff": s_diff,
        "threshold": z * s_diff,
        "whole_points": whole,
        "rci": index,
        "reliable": reliable,
    }


def cut(*, mean_clinical: float, sd_clinical: float, mean_normal: float, sd_normal: float, how: str = "") -> float:
    """The cut-off c."""
    if how == "mean":
        return (mean_clinical + mean_normal) / 2
    if how == "crossed":
        return (sd_clinical * mean_clinical + sd_normal * mean_normal) / (sd_clinical + sd_normal)
    return (sd_normal * mean_clinical + sd_clinical * mean_normal) / (sd_normal + sd_clinical)


def change(
    *,
    sd: float,
    r: float,
    cutoff: float,
    first: float,
    second: float,
    higher_is_better: bool,
    direction: bool = True,
    crossing: bool = True,
    reliable_only: bool = True,
    worse: str = "deteriorated",
    started: bool = True,
) -> str:
    """The class of change."""
    better = second - first if higher_is_better and direction else first - second
    if reliable_only and not rci(sd=sd, r=r, first=first, second=second)["reliable"]:
        return "unchanged"
    if better < 0:
        return worse
    if higher_is_better and direction:
        crossed = (not started or first <= cutoff) and second > cutoff
    else:
        crossed = (not started or first >= cutoff) and second < cutoff
    return "recovered" if crossed and crossing else "improved"


def lacking(
    *,
    kind: str,
    given: Any,
    recipient_is_covered_entity: bool,
    ignore: str = "",
    strip: bool = True,
    everything: bool = True,
    explicit: bool = True,
    initiated: bool = True,
    endless: tuple[str, ...] = ("tpo_single",),
    tpo: tuple[str, ...] = ("tpo_single",),
    covered: bool = True,
    always_4ii: bool = False,
) -> set[str]:
    """The form, field by field."""

    def blank(name: str) -> bool:
        value = given[name]
        return not (value.strip() if strip and isinstance(value, str) else value)

    fields = {
        "1": "patient_name",
        "2": "discloser",
        "3": "information",
        "4": "recipient",
        "5": "purpose",
        "6": "right_to_revoke",
        "7": "expiry",
        "8": "signature",
        "9": "date_signed",
    }
    found = {element for element, name in fields.items() if blank(name)}
    if everything and str(given["information"]).lower() in ("everything", "all records"):
        found.add("3")
    if explicit and not given["sud_explicit"]:
        found.add("3")
    if initiated and given["purpose"] == "at the request of the patient" and not given["patient_initiated"]:
        found.add("5")
    if given["expiry"] == "none" and kind not in endless:
        found.add("7")
    if kind in tpo:
        if blank("redisclosure_statement"):
            found.add("10i")
        if blank("refusal_consequences"):
            found.add("10ii")
        if ((covered and recipient_is_covered_entity) or always_4ii) and blank("hipaa_redisclosure_statement"):
            found.add("4ii")
    return found - {ignore}


def holds(
    *,
    signed_at: Any,
    revoked_at: Any,
    expires_at: Any,
    at: Any,
    expiry_inclusive: bool = False,
    revoked_inclusive: bool = False,
    look: tuple[str, ...] = ("signed", "revoked", "expires"),
    unsigned: bool = False,
    delay: int = 0,
) -> bool:
    """Whether the consent holds now."""
    if signed_at is None:
        return unsigned
    if "signed" in look and at < signed_at:
        return False
    if "revoked" in look and revoked_at is not None:
        ended = revoked_at + timedelta(seconds=delay)
        if at > ended or (at == ended and not revoked_inclusive):
            return False
    if "expires" in look and expires_at is not None:
        return bool(at < expires_at or (at == expires_at and expiry_inclusive))
    return True


def goes(
    *,
    consented_recipients: Any,
    consented_kinds: Any,
    active: bool,
    recipient: str,
    requested: Any,
    whole: bool = False,
    who: bool = True,
    when: bool = True,
    what: bool = True,
    loose: bool = False,
) -> set[str]:
    """What may go out."""
    if when and not active:
        return set()
    named = (
        any(recipient.lower().startswith(r.lower()) for r in consented_recipients)
        if loose
        else recipient in consented_recipients
    )
    if who and not named:
        return set()
    if whole and not requested <= consented_kinds:
        return set()
    return set(requested & consented_kinds) if what else set(requested)


def opens(
    *,
    viewer: str,
    kind: str,
    scope: Any,
    unpermitted: int = 403,
    outsider: int = 404,
    stranger: int = 404,
    no_consent: int = 404,
    over: tuple[str, ...] = ("family_none", "family_expired", "family_revoked"),
    scoped: bool = True,
    family_notes: bool = False,
    desk: tuple[str, ...] = ("schedule",),
    billing_notes: int = 403,
    own: int = 200,
) -> int:
    """The door for one viewer."""
    if viewer in ("treating_staff", "program_staff_permitted"):
        return 200
    if viewer == "program_staff_unpermitted":
        return unpermitted
    if viewer == "front_desk":
        return 200 if kind in desk else 403
    if viewer == "billing":
        return billing_notes if kind == "notes" else 403 if kind in ("measures", "check_ins") else 200
    if viewer == "outsider_staff":
        return outsider
    if viewer == "other_participant":
        return stranger
    if viewer == "self":
        return own
    if viewer in over:
        return no_consent
    if kind == "notes" and not family_notes:
        return 404
    return 200 if kind in scope or not scoped else 404


def hour_band(*, minutes: int, cuts: tuple[float, ...] = (6, 9, 20), rounded: bool = False, over: bool = False) -> str:
    """The band by hours."""
    worked = round(minutes / 60) if rounded else minutes / 60
    passed = sum(worked > edge if over else worked >= edge for edge in cuts)
    return ("below_iop", "below_adult_minimum", "within", "above_iop")[passed]


def hour_level(*, minutes: int, low: float = 9, high: float = 20) -> str:
    """The level by hours."""
    return "1.5" if minutes < low * 60 else "2.1" if minutes < high * 60 else "2.5"


def out_of_bounds(
    *,
    days: int,
    session_minutes: int,
    least: int = 3,
    most: int = 5,
    short: int = 120,
    long: int = 240,
    first: bool = False,
) -> list[str]:
    """What lies outside."""
    found = ["too_few_days"] * (days < least) + ["too_many_days"] * (days > most)
    found += ["too_short"] * (session_minutes < short) + ["too_long"] * (session_minutes > long)
    return found[:1] if first else found


def weekly(*, first_day: Any, wall_time: Any, weeks: int, zone: str, how: str = "", skip: int = 0) -> list[datetime]:
    """A weekly session's starts with the time zone database."""
    first = datetime.combine(first_day, wall_time, tzinfo=ZoneInfo(zone))
    if how == "utc":
        return [first.astimezone(UTC) + timedelta(weeks=n) for n in range(weeks)]
    if how == "fixed":
        return [
            datetime.combine(
                first_day + timedelta(weeks=n), wall_time, tzinfo=first.utcoffset() and ZoneInfo("Etc/GMT+5")
            )
            for n in range(weeks)
        ]
    if how == "naive":
        return [datetime.combine(first_day + timedelta(weeks=n), wall_time) for n in range(weeks)]
    days = [first_day + timedelta(weeks=n) for n in range(weeks - skip)]
    return [datetime.combine(day, wall_time, tzinfo=ZoneInfo(zone)) for day in days]


def _spans(block: Any, overnight: bool = True) -> list[tuple[int, int]]:
    day, start, end = block[:3]
    a, b = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    if b > a:
        return [(day * 1440 + a, day * 1440 + b)]
    if not overnight:
        return []
    return [(day * 1440 + a, day * 1440 + 1440), ((day + 1) % 7 * 1440, (day + 1) % 7 * 1440 + b)]


def _meet(a: Any, b: Any, how: str = "") -> bool:
    for s, e in _spans(a, how != "no night"):
        for s2, e2 in _spans(b, how != "no night"):
            if how == "any day":
                s, e, s2, e2 = s % 1440, (e - 1) % 1440 + 1, s2 % 1440, (e2 - 1) % 1440 + 1
            if how == "touching" and s <= e2 and s2 <= e:
                return True
            if how == "start inside" and s2 <= s < e2:
                return True
            if how == "same start" and s == s2:
                return True
            if how == "inside" and s2 <= s and e <= e2:
                return True
            if how in ("", "any day", "no night") and s < e2 and s2 < e:
                return True
    return False


def clash(*, busy: Any, groups: Any, how: str = "", turned: bool = False, first: bool = False) -> list[tuple[int, int]]:
    """Every meeting pair."""
    found = [(g, b) for g, group in enumerate(groups) for b, block in enumerate(busy) if _meet(group, block, how)]
    return [(b, g) for g, b in found] if turned else found[:1] if first else found


def doubled(*, groups: Any, how: str = "", neighbors: bool = False, itself: bool = False) -> list[tuple[int, int]]:
    """Every pair of groups that meet."""
    return [
        (i, j)
        for i in range(len(groups))
        for j in range(i + (0 if itself else 1), len(groups))
        if _meet(groups[i], groups[j], how) and (not neighbors or j == i + 1)
    ]


def worked(*, sessions: Any, breaks: bool = False, whole_hours: bool = False) -> int:
    """Therapeutic minutes."""
    spans = [e - s for session in sessions if session[3] or breaks for s, e in _spans(session)]
    return sum(span // 60 * 60 for span in spans) if whole_hours else sum(spans)


def suits(
    *,
    answers: Any,
    hard: tuple[str, ...] = ("withdrawal_danger", "suicidal_thoughts", "needs_24h", "unsafe_home"),
    crisis: tuple[str, ...] = ("withdrawal_danger", "suicidal_thoughts", "needs_24h", "unsafe_home"),
    hard_last: bool = False,
    need: bool = True,
    something: bool = True,
    home: bool = True,
    motive: bool = True,
    unsure: str = "not_yet",
    duties: bool = True,
    voting: bool = False,
    always: bool = False,
    outcome: str = "needs_more_care",
    shy: bool = False,
) -> tuple[str, bool]:
    """The pre-screen as a cascade."""

    def yes(name: str) -> bool:
        return bool(answers[name] == "yes")

    shown = always or any(yes(name) for name in crisis)
    danger = any(yes(name) for name in hard)
    if voting:
        good = sum(yes(name) for name in ("stable_home", "support", "motivated", "can_manage_duties", "co_occurring"))
        danger = danger and good < 4
    blocks = (
        (motive and answers["motivated"] == "no")
        or (home and answers["stable_home"] == "no")
        or (duties and answers["can_manage_duties"] == "no")
        or (something and not yes("substance_or_behavior") and not yes("co_occurring"))
        or (need and not any(yes(n) for n in ("finished_inpatient", "more_than_weekly", "early_help", "co_occurring")))
    )
    if hard_last and blocks:
        return "not_yet", shown
    if danger:
        return outcome, shown
    if "unsure" in (answers["withdrawal_danger"], answers["suicidal_thoughts"]):
        return unsure, shown
    if shy:
        return "not_yet", shown
    return ("not_yet" if blocks else "fit"), shown


def whole(
    *,
    diagnoses: Any,
    phq9: int | None,
    gad7: int | None,
    goals: Any,
    deferrals: Any,
    cut_at: int = 10,
    gad: bool = True,
    phq: bool = True,
    statuses: tuple[str, ...] = ("active",),
    signed: bool = True,
    dated: bool = True,
    past: bool = False,
    any_family: bool = False,
    defer: bool = True,
    screens: bool = True,
    one: bool = False,
    blank: int = 0,
) -> set[str]:
    """Needed families minus covered ones."""
    needed = {family for family, active in diagnoses if active or past}
    totals = [phq9 if phq else None, gad7 if gad else None]
    if screens and any((blank if total is None else total) >= cut_at for total in totals):
        needed.add("mental_health")
    covered = {family for family, status in goals if status in statuses}
    if defer:
        covered |= {family for family, s, d in deferrals if (s or not signed) and (d or not dated)}
    if any_family and covered:
        return set()
    found = needed - covered
    return set(sorted(found)[:1]) if one else found


def _code(*, meaning: str, wrong: dict[str, str] | None = None) -> str | None:
    return {**CODES, **(wrong or {})}[meaning]


PLAIN: dict[str, Callable[..., Any]] = {
    "placement": place,
    "placement.changes": what_would_change,
    "placement.hard_stops": stops,
    "attendance": attend,
    "attendance.rate": attendance_rate,
    "attendance.triggers": due,
    "scores": score,
    "scores.loinc": loinc,
    "scores.codes": _code,
    "scores.rci": rci,
    "scores.cutoff": cut,
    "scores.change": change,
    "consent.missing": lacking,
    "consent.active": holds,
    "consent.release": goes,
    "consent.access": opens,
    "hours": hour_band,
    "hours.level": hour_level,
    "hours.bounds": out_of_bounds,
    "week.starts": weekly,
    "week.clashes": clash,
    "week.double_booked": doubled,
    "week.minutes": worked,
    "suitability": suits,
    "golden": whole,
    **privacy_faults.PLAIN,
}

_HARD = ("withdrawal_danger", "suicidal_thoughts", "needs_24h", "unsafe_home")

KNOBS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "placement": (
        ("R5 is tried before R4", {"order": (1, 2, 3, 5, 4, 6, 7, 8, 9, 10)}),
        ("R6 is tried before R3", {"order": (1, 2, 6, 3, 4, 5, 7, 8, 9, 10)}),
        ("R8 is tried before R7", {"order": (1, 2, 3, 4, 5, 6, 8, 7, 9, 10)}),
        ("R2 is tried before R1", {"order": (2, 1, 3, 4, 5, 6, 7, 8, 9, 10)}),
        ("R9 is tried before R8", {"order": (1, 2, 3, 4, 5, 6, 7, 9, 8, 10)}),
        ("R4 is tried before R3", {"order": (1, 2, 4, 3, 5, 6, 7, 8, 9, 10)}),
        ("R3 needs a 4, not a 3", {"high": 4}),
        ("R3 starts at 2", {"high": 2}),
        ("R4 needs both dimensions", {"r4_and": True}),
        ("R7 needs all three", {"r7_and": True}),
        ("R8 forgets dimension 4", {"r8_d4": False}),
        ("R9 forgets dimension 6", {"r9_d6": False}),
        ("R9 starts at 3", {"moderate": 3}),
        ("R9 starts at 1", {"moderate": 1}),
        ("no residence with R8", {"residence_rules": (9,)}),
        ("residence with R10 levels too", {"residence_rules": (5, 8, 9)}),
        ("residence already at 2", {"residence_from": 2}),
        ("dimensions 5 and 6 change places", {"swap_5_6": True}),
        ("a hard stop does not stop", {"stops": False}),
        ("a rating of 5 passes", {"check": False}),
    ),
    "placement.changes": (
        ("only worse ratings are tried", {"only_up": True}),
        ("only the next rating is tried", {"nearest": True}),
        ("dimension 6 is forgotten", {"dimensions": 5}),
        ("dimensions count from 0", {"base": 0}),
        ("the level named is the present one", {"same": True}),
        ("R5 is tried before R4", {"order": (1, 2, 3, 5, 4, 6, 7, 8, 9, 10)}),
    ),
    "placement.hard_stops": (
        ("severe withdrawal starts at 20", {"ciwa": 20}),
        ("severe withdrawal starts at 10", {"ciwa": 10}),
        ("a past seizure alone stops", {"history_alone": True}),
        ("behavior within 3 months is not asked", {"skip": "cssrs_behavior_within_3_months"}),
        ("pregnancy alone stops", {"zero": True}),
        ("a safe alternative is not asked", {"safe": False}),
        ("HS7 is never found", {"skip": "HS7"}),
    ),
    "attendance": (
        ("late at 10 minutes", {"grace_off": -1}),
        ("late only after 12", {"grace_off": 1}),
        ("grace applies to leaving too", {"grace_to_leave": 10}),
        ("late hides left early", {"one_only": True}),
        ("minutes before the start count", {"clamp_start": False}),
        ("minutes after the end count", {"clamp_end": False}),
        ("wall clocks are subtracted over a clock change", {"wall": True}),
        ("video is forgotten", {"video": False}),
        ("scheduled minutes are credited", {"scheduled": True}),
        ("grace minutes are given as present", {"forgive": True}),
        ("called ahead counts as unexcused", {"called": "unexcused_absence"}),
        ("the program's cancelling counts as excused", {"cancelled": "excused_absence"}),
        ("no contact counts as excused", {"nobody": "excused_absence"}),
    ),
    "attendance.rate": (
        ("cancelled sessions stay below the line", {"without": ()}),
        ("excused sessions are left out", {"without": ("cancelled_by_program", "excused_absence")}),
        ("sessions are counted, not minutes", {"count": True}),
        ("nothing scheduled is 0", {"empty": 0.0}),
        ("nothing scheduled is 1", {"empty": 1.0}),
    ),
    "attendance.triggers": (
        ("the short window is 6 days", {"short": 6}),
        ("the short window is 9 days", {"short": 9}),
        ("the long window is 13 days", {"long": 13}),
        ("the long window is 16 days", {"long": 16}),
        ("one absence reviews the plan", {"two": 1}),
        ("outreach waits for four", {"three": 4}),
        ("silence is not watched", {"contact": False}),
        ("silence of 8 days", {"silent": 9}),
        ("silence of 6 days", {"silent": 6}),
        ("an old absence calls again", {"any_day": True}),
        ("only the highest trigger is kept", {"highest": True}),
    ),
    "scores": (
        ("a missing item 9 is none", {"ask": "none"}),
        ("missing items are zeros", {"zero": True}),
        ("two missing items are allowed", {"allow_missing": 2}),
        ("missing items are imputed", {"impute": True, "allow_missing": 2}),
        ("item 9 waits for a complete form", {"item9_when_incomplete": False}),
        ("item 8 is read for item 9", {"item9_at": 7}),
        ("urgent starts at 3", {"urgent_from": 3}),
        ("urgent starts at 1", {"urgent_from": 1}),
        ("high starts at 2", {"urgent_from": 2, "high_from": 2}),
        ("positive above 10", {"positive_from": 11}),
        ("mild starts at 6", {"cuts": (6, 10, 15, 20)}),
        ("moderate starts at 11", {"cuts": (5, 11, 15, 20)}),
        ("severe starts at 19", {"cuts": (5, 10, 15, 19)}),
        ("severe starts at 21", {"cuts": (5, 10, 15, 21)}),
        ("an answer of 4 passes", {"check": False}),
    ),
    "scores.loinc": (
        ("doubling starts one place off", {"first": 1}),
        ("nine is not taken away", {"nine": False}),
        ("the sum is the digit", {"ten": False}),
        ("two check digits pass", {"shape": False}),
    ),
    "scores.codes": (
        ("the AUDIT-C total carries the AUDIT's", {"wrong": {"AUDIT-C total": "75624-7"}}),
        ("the GAD-7 total carries the panel's", {"wrong": {"GAD-7 total": "69737-5"}}),
        ("a wrong check digit", {"wrong": {"C-SSRS screener panel": "93373-7"}}),
        ("two PHQ-9 items change places", {"wrong": {"PHQ-9 item 4": "44251-7", "PHQ-9 item 5": "44254-1"}}),
    ),
    "scores.rci": (
        ("90 percent instead of 95", {"z": 1.645}),
        ("SEM in place of S_diff", {"double": False}),
        ("1 - r without the root", {"root": False}),
        ("whole points are cut, not raised", {"up": False}),
        ("the sign is turned", {"sign": -1}),
        ("only a rise is reliable", {"one_sided": True}),
    ),
    "scores.cutoff": (("the middle of the means", {"how": "mean"}), ("the weights are crossed", {"how": "crossed"})),
    "scores.change": (
        ("direction is ignored", {"direction": False}),
        ("crossing is ignored", {"crossing": False}),
        ("reliability is ignored", {"reliable_only": False}),
        ("worse is unchanged", {"worse": "unchanged"}),
        ("recovered although below the cut-off from the start", {"started": False}),
    ),
    "consent.missing": (
        *((f"element {e} is never asked", {"ignore": e}) for e in consent_facts.ELEMENTS),
        ("blanks pass", {"strip": False}),
        ("'everything' passes", {"everything": False}),
        ("substance use need not be named", {"explicit": False}),
        ("anyone's request passes for the person's", {"initiated": False}),
        ("a named disclosure may never end", {"endless": ("tpo_single", "named_disclosure")}),
        ("no consent may have no end", {"endless": ()}),
        ("the two statements are asked of family too", {"tpo": ("tpo_single", "family_person")}),
        ("the covered entity is not asked", {"covered": False}),
        ("the covered entity statement is always asked", {"always_4ii": True}),
    ),
    "consent.active": (
        ("holds in the second of expiry", {"expiry_inclusive": True}),
        ("holds in the second of revocation", {"revoked_inclusive": True}),
        ("revocation is ignored", {"look": ("signed", "expires")}),
        ("expiry is ignored", {"look": ("signed", "revoked")}),
        ("holds before signing", {"look": ("revoked", "expires")}),
        ("an unsigned consent holds", {"unsigned": True}),
        ("revocation takes a second", {"delay": 1}),
    ),
    "consent.release": (
        ("one kind out of scope blocks all", {"whole": True}),
        ("the recipient is not looked at", {"who": False}),
        ("an ended consent still releases", {"when": False}),
        ("the scope is not looked at", {"what": False}),
        ("a recipient that starts alike passes", {"loose": True}),
    ),
    "consent.access": (
        ("an unpermitted colleague gets 404", {"unpermitted": 404}),
        ("an unpermitted colleague gets in", {"unpermitted": 200}),
        ("an outsider gets 403", {"outsider": 403}),
        ("another participant gets 403", {"stranger": 403}),
        ("family without a consent gets 403", {"no_consent": 403}),
        ("family gets in after expiry", {"over": ("family_none", "family_revoked")}),
        ("family gets in after revocation", {"over": ("family_none", "family_expired")}),
        ("family reads notes in scope", {"family_notes": True}),
        ("family scope is ignored", {"scoped": False}),
        ("the front desk reads the plan", {"desk": ("schedule", "plan")}),
        ("billing reads notes", {"billing_notes": 200}),
        ("the person cannot see their own record", {"own": 403}),
    ),
    "hours": (
        ("9 hours is too few", {"cuts": (6, 9.01, 20)}),
        ("20 hours is within", {"cuts": (6, 9, 20.01)}),
        ("19 hours is above", {"cuts": (6, 9, 19)}),
        ("6 hours is below IOP", {"cuts": (6.01, 9, 20)}),
        ("edges belong to the band below", {"over": True}),
        ("hours are rounded", {"rounded": True}),
        ("the adolescent minimum for adults", {"cuts": (6, 6, 20)}),
    ),
    "hours.level": (
        ("2.1 starts at 6 hours", {"low": 6}),
        ("2.1 ends after 20 hours", {"high": 20.01}),
        ("2.1 ends at 19 hours", {"high": 19}),
    ),
    "hours.bounds": (
        ("2 days are enough", {"least": 2}),
        ("6 days are not too many", {"most": 6}),
        ("5 days are too many", {"most": 4}),
        ("2 hours are too short", {"short": 121}),
        ("4 hours are too long", {"long": 239}),
        ("only the first bound is named", {"first": True}),
    ),
    "week.starts": (
        ("weeks are added in UTC", {"how": "utc"}),
        ("standard time all year", {"how": "fixed"}),
        ("no zone", {"how": "naive"}),
        ("the last week is forgotten", {"skip": 1}),
    ),
    "week.clashes": (
        ("touching blocks clash", {"how": "touching"}),
        ("only a start inside clashes", {"how": "start inside"}),
        ("only equal starts clash", {"how": "same start"}),
        ("only a group wholly inside clashes", {"how": "inside"}),
        ("the weekday is ignored", {"how": "any day"}),
        ("nights are dropped", {"how": "no night"}),
        ("the pair is turned", {"turned": True}),
        ("only the first clash is named", {"first": True}),
    ),
    "week.double_booked": (
        ("touching groups clash", {"how": "touching"}),
        ("only neighbors are compared", {"neighbors": True}),
        ("a group clashes with itself", {"itself": True}),
    ),
    "week.minutes": (("breaks count", {"breaks": True}), ("only whole hours count", {"whole_hours": True})),
    "suitability": (
        ("withdrawal danger is not hard", {"hard": _HARD[1:]}),
        ("thoughts of suicide are not hard", {"hard": (_HARD[0], *_HARD[2:])}),
        ("round-the-clock need is not hard", {"hard": (*_HARD[:2], _HARD[3])}),
        ("an unsafe home is not hard", {"hard": _HARD[:3]}),
        ("withdrawal danger shows no crisis help", {"crisis": _HARD[1:]}),
        ("thoughts of suicide show no crisis help", {"crisis": (_HARD[0], *_HARD[2:])}),
        ("an unsafe home shows no crisis help", {"crisis": _HARD[:3]}),
        ("crisis help always", {"always": True}),
        ("the hard items come last", {"hard_last": True}),
        ("strengths outvote danger", {"voting": True}),
        ("danger ends in not yet", {"outcome": "not_yet"}),
        ("weekly counseling is never enough", {"need": False}),
        ("nothing to treat still fits", {"something": False}),
        ("no stable home still fits", {"home": False}),
        ("not ready still fits", {"motive": False}),
        ("duties are not asked", {"duties": False}),
        ("not sure about danger fits", {"unsure": "fit"}),
        ("nobody fits", {"shy": True}),
    ),
    "golden": (
        ("positive above 10", {"cut_at": 11}),
        ("positive from 9", {"cut_at": 9}),
        ("the GAD-7 is not read", {"gad": False}),
        ("the PHQ-9 is not read", {"phq": False}),
        ("screens are not read", {"screens": False}),
        ("an unscored screen is positive", {"blank": 10}),
        ("a draft goal covers", {"statuses": ("active", "draft")}),
        ("a met goal covers", {"statuses": ("active", "met")}),
        ("a stopped goal covers", {"statuses": ("active", "stopped")}),
        ("an unsigned deferral covers", {"signed": False}),
        ("a deferral without a date covers", {"dated": False}),
        ("a deferral never covers", {"defer": False}),
        ("a past diagnosis needs a goal", {"past": True}),
        ("a goal for one family covers both", {"any_family": True}),
        ("only one gap is named", {"one": True}),
    ),
    **privacy_faults.KNOBS,
}

FAULTS: dict[str, list[tuple[str, Callable[..., Any]]]] = {
    name: [(wrong, partial(PLAIN[name], **knobs)) for wrong, knobs in faults] for name, faults in KNOBS.items()
}
