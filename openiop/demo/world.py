"""The demo program's four months, told event by event in the order of time, through the same actions staff use."""

import heapq
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from openiop.accounts import actions as accounts
from openiop.admissions import actions as admissions
from openiop.admissions.models import Assessment
from openiop.alerts import actions as alerts
from openiop.alerts import queries as open_alerts
from openiop.alerts.models import Alert
from openiop.alerts.rules import ENDS_ELSEWHERE, may_end
from openiop.attendance import actions as attendance
from openiop.base.errors import Refused
from openiop.consents import actions as consents
from openiop.consents import queries as guard
from openiop.consents.rules import APP_WORDS, FORMS, NO_CONDITION_WORDS, SENTENCES, Kind, Variant
from openiop.continuing import actions as continuing
from openiop.continuing.models import Appointment
from openiop.continuing.rules import Booking
from openiop.counseling import actions as counseling
from openiop.curriculum import actions as curriculum
from openiop.curriculum.models import Topic
from openiop.demo import people
from openiop.disclosures import actions as disclosures
from openiop.disclosures.rules import release
from openiop.notes import actions as notes
from openiop.participants import actions as participants
from openiop.participants import queries as people_of
from openiop.participants.models import Episode, Participant, Supporter
from openiop.plans import actions as plans
from openiop.plans import queries as plan_queries
from openiop.plans.models import Plan
from openiop.privacy import actions as privacy
from openiop.privacy import queries as privacy_rows
from openiop.programs import actions as programs
from openiop.programs.models import Membership, Place, Program
from openiop.programs.rules import Permission, Role
from openiop.questionnaires import actions as questionnaires
from openiop.records import actions as records
from openiop.records.queries import pages as way_out
from openiop.recovery import actions as recovery
from openiop.schedule import actions as schedule
from openiop.schedule import queries as schedule_queries
from openiop.schedule.models import Group, Session, Track
from openiop.schedule.rules import Block

ZONE = ZoneInfo("America/New_York")
WEEKS = 17
AHEAD = 6
# Days into the stay on which the team looks again, and how many days until the next time.
REVIEWS = {13: 14, 27: 28, 55: 28, 83: 28}
CURRENT, PAST = 40, 40
# How large a program may be asked for: weeks of history, people in care, people who left.
SIZES = {"usual": (WEEKS, CURRENT, PAST), "full": (39, 60, 200)}
CRISIS = [
    {"label": "Call 988", "url": "tel:988", "icon": "phone"},
    {"label": "Text 988", "url": "sms:988", "icon": "text"},
    {"label": "Call 911", "url": "tel:911", "icon": "phone"},
]
POLICIES: tuple[tuple[str, Any, str], ...] = (
    ("first-review-days", {"min": 7, "usual": 14, "max": 30}, "Program policy, 2026"),
)
BUNDLES = Path(__file__).parents[1] / "admissions" / "bundles"
Progress = Callable[[float, str], None]


def local(day: date, at: time) -> datetime:
    """The instant of a wall-clock time on a day where the program is."""
    return datetime.combine(day, at, tzinfo=ZONE)


@dataclass
class Life:
    """One person's way through the program, drawn once from the seed."""

    name: str
    picture: people.Picture
    track: str
    starts: date
    ends: date | None
    end_reason: str
    shows: float
    phq9: int
    craving: float
    better: float
    busy: tuple[tuple[str, int, int, str, str, int], ...]
    phone: str
    email: str
    special: str = ""
    cast: bool = False
    person: Participant | None = None
    episode: Episode | None = None
    counselor: Membership | None = None
    ended: bool = False
    sister: Supporter | None = None
    second: bool = False  # in the second set of groups, where there is one
    sums: dict[str, int] = field(default_factory=dict)

    def weeks_in(self, day: date) -> float:
        """Weeks of care so far."""
        return max(0.0, (day - self.starts).days / 7)


class World:
    """Builds the program; `now` is the present instant, `seed` decides everything else."""

    def __init__(
        self,
        *,
        now: datetime,
        seed: int,
        password: str | None,
        weeks: int = WEEKS,
        current: int = CURRENT,
        past: int = PAST,
    ) -> None:
        """Nothing is written yet."""
        self.weeks, self.current, self.past = weeks, current, past
        self.two_sets = current > CURRENT  # each track has its groups twice, side by side
        self.hashed = make_password(password)  # hashed once: everyone's is the same, and public
        self.now = now.astimezone(ZONE)
        self.today = self.now.date()
        self.draw = random.Random(f"{seed}")
        monday = self.today - timedelta(days=self.today.weekday())
        self.first = monday - timedelta(weeks=weeks)
        self.order = count()
        self.queue: list[tuple[datetime, int, str, Callable[[datetime], None]]] = []
        self.staff: dict[str, Membership] = {}
        self.tracks: dict[str, Track] = {}
        self.groups: dict[str, list[Group]] = {}
        self.lives: list[Life] = []
        self.by_episode: dict[Any, Life] = {}
        self.by_person: dict[Any, Life] = {}

    # --- the house ------------------------------------------------------------------------------------------------

    def user(self, name: str, email: str, *, password: bool = True) -> Any:
        """A sign-in for a debug server of this machine only; most people have not set theirs up yet."""
        hashed = self.hashed if password else ""
        return accounts.create_user(email=email, name=name, password=None, hashed=hashed, at=self.opened, demo=True)

    def build(self, progress: Progress) -> None:
        """The whole program stands, up to the present instant."""
        self.opened = local(self.first - timedelta(days=10), time(9))
        progress(0.01, "Opening the program")
        self.open_house()
        progress(0.04, "Planning the weeks")
        self.plan_weeks()
        self.draw_lives()
        for life in self.lives:
            self.tell(life)
        self.schedule_sessions()
        self.sweep()
        self.later(self.now - timedelta(hours=30), "Visits", self.visits)
        self.later(self.now - timedelta(days=3, hours=2), "Referrals", self.referred)
        self.later(self.now - timedelta(hours=26), "At the door", self.at_the_door)
        self.later(local(self.today - timedelta(days=2), time(15, 10)), "Looks", self.looked)
        self.later(self.now - timedelta(hours=2), "Signed in", self.signed_in)
        self.later(self.now - timedelta(hours=19), "What leaves", self.sent_out)
        self.later(self.now - timedelta(hours=25), "Consents", self.permissions)
        self.later(self.now - timedelta(hours=24), "Kept apart", self.kept_apart)
        self.run(progress)
        progress(1.0, "Ready")

    def open_house(self) -> None:
        """Program, rooms, bounds, staff, topics, tracks and groups."""
        at = self.opened
        self.program: Program = programs.open_program(
            name="Larkmeadow",
            zone=str(ZONE),
            phone="555-0142",
            address="12 Lark Lane, Meadowbrook",
            crisis_lines=CRISIS,
            on_call_note="After 8 PM a clinician is on call at 555-0143.",
            at=at,
        )
        for one in (*people.STAFF, *(people.MORE_STAFF if self.two_sets else ())):
            email = f"{one.name.split()[0].lower()}@larkmeadow.example"
            self.staff[one.name.split()[0]] = programs.add_member(
                program=self.program,
                user=self.user(one.name, email),
                name=one.name,
                credential=one.credential,
                roles=[Role(role) for role in one.roles],
                from_on=self.opened.date(),
                by=None,
                at=at,
            )
        self.boss = self.staff["Maren"]
        for name, value, source in POLICIES:
            programs.set_policy(
                program=self.program,
                name=name,
                value=value,
                source=source,
                from_on=self.opened.date(),
                by=self.boss,
                at=at,
            )
        self.places: dict[str, Place] = {
            name: programs.add_place(
                program=self.program,
                name=name,
                seats=seats,
                virtual=virtual,
                join_url="https://video.invalid/room" if virtual else "",
                by=self.boss,
                at=at,
            )
            for name, seats, virtual in (
                ("Willow", 14, False),
                ("Cedar", 12, False),
                ("Fern", 4, False),
                ("Aspen", 14, False),
                ("Online", 14, True),
                *((("Birch", 14, False), ("Hazel", 12, False), ("Online, second", 14, True)) if self.two_sets else ()),
            )
        }
        self.topics: list[Topic] = [
            curriculum.add_topic(program=self.program, title=title, modality=modality, by=self.boss, at=at)
            for title, modality in people.TOPICS
        ]

    def plan_weeks(self) -> None:
        """Three tracks with their groups, and every session from the first week to six weeks ahead."""
        at, first = self.opened, self.first
        for name, tone, virtual in (("Day", "day", False), ("Evening", "evening", False), ("Virtual", "virtual", True)):
            self.tracks[name] = schedule.add_track(
                program=self.program, name=name, tone=tone, virtual=virtual, by=self.boss, at=at
            )
        plan = (
            ("Day", "Skills and process, day", "skills", (0, 1, 2, 3), time(9, 30), 180, "Willow", "Tamsin", "Sol"),
            ("Evening", "Skills group, evening", "skills", (0, 2, 3), time(17, 30), 90, "Willow", "Joan", "Hollis"),
            ("Evening", "Process group, evening", "group", (0, 2, 3), time(19, 10), 90, "Cedar", "Hollis", None),
            ("Virtual", "Group, online", "group", (1, 3, 6), time(18, 0), 180, "Online", "Piet", None),
            ("Day", "Sleep and movement", "holistic", (4,), time(10, 0), 120, "Aspen", "Sol", None),
            ("Evening", "Family hour", "family", (5,), time(11, 0), 60, "Cedar", "Celia", "Piet"),
        )
        second = (
            ("Day", "Skills and process, day 2", "skills", (0, 1, 2, 3), time(9, 30), 180, "Birch", "Rowan", None),
            ("Evening", "Skills group, evening 2", "skills", (0, 2, 3), time(17, 30), 90, "Birch", "Linnea", None),
            ("Evening", "Process group, evening 2", "group", (0, 2, 3), time(19, 10), 90, "Hazel", "Linnea", None),
            ("Virtual", "Group, online 2", "group", (1, 3, 6), time(18, 0), 180, "Online, second", "Caleb", None),
        )
        rows = [(row[0], row) for row in plan] + [(f"{row[0]} 2", row) for row in second if self.two_sets]
        for number, (key, (track, name, service, days, starts, minutes, place, lead, co)) in enumerate(rows):
            for day in days:
                group = schedule.add_group(
                    track=self.tracks[track],
                    name=name,
                    service=service,
                    weekday=day,
                    starts=starts,
                    minutes=minutes,
                    place=self.places[place],
                    facilitator=self.staff[lead],
                    co_facilitator=self.staff[co] if co else None,
                    capacity=self.places[place].seats,
                    topic=self.topics[(number + day) % len(self.topics)],
                    from_on=first,
                    by=self.boss,
                    at=at,
                )
                self.groups.setdefault(key, []).append(group)
        schedule.make_sessions(
            program=self.program, from_on=first, until_on=self.today + timedelta(weeks=AHEAD), by=self.boss, at=at
        )

    # --- the people -----------------------------------------------------------------------------------------------

    def draw_lives(self) -> None:
        """Those in care now and those who have left over the months; the cast of the tour first."""
        draw = self.draw
        cast = (
            ("Robin", "Alderquist", "Evening", 6, ""),
            ("Marcus", "Pebblewick", "Day", 4, "item-9"),
            ("Theo", "Lindenvale", "Day", 2, "missing"),
            ("Priya", "Fernhollow", "Evening", 9, "improving"),
            ("Sam", "Mossgrove", "Evening", 1, "new"),
            ("Ines", "Thistledown", "Virtual", 5, "worse"),
        )
        names = [f"{given} {family}" for given, family, *_ in cast]
        families = [*people.FAMILY, *people.FAMILY]
        draw.shuffle(families)
        names += [f"{given} {family}" for given, family in zip(people.GIVEN[6:], families, strict=False)]
        names = list(dict.fromkeys(names))
        for turn in range(1, len(families)):  # a larger program: the same given names beside other family names
            if len(names) < self.current + self.past:
                turned = [*families[turn:], *families[:turn]]
                names += [f"{given} {family}" for given, family in zip(people.GIVEN[6:], turned, strict=False)]
                names = list(dict.fromkeys(names))
        seats = {"Day": 0, "Evening": 0, "Virtual": 0}
        for number in range(self.current + self.past):
            current = number < self.current
            if number < len(cast):
                track, weeks, special = cast[number][2], cast[number][3], cast[number][4]
            else:
                track = ("Day", "Evening", "Virtual")[number % 3]
                weeks, special = draw.randint(1, 10), ""
            if current:
                seats[track] += 1
                starts = self.today - timedelta(weeks=weeks - 1, days=self.today.weekday() or 1)
                ends: date | None = None
            else:
                starts = self.first + timedelta(days=draw.randint(0, max(1, (self.weeks - 10) * 7)))
                ends = min(starts + timedelta(weeks=draw.randint(3, 7)), self.today - timedelta(days=3))
            starts = max(starts, self.first + timedelta(days=1))
            picture = people.PICTURES[0] if number == 0 else people.PICTURES[number % len(people.PICTURES)]
            given = names[number].split()[0].lower()
            self.lives.append(
                Life(
                    name=names[number],
                    picture=picture,
                    track=track,
                    starts=starts,
                    ends=ends,
                    end_reason="" if current else draw.choices(("1", "2", "4", "7"), (38, 23, 18, 7))[0],
                    shows=0.15 if special == "missing" else draw.choice((0.97, 0.93, 0.9, 0.82)),
                    phq9=draw.randint(11, 20),
                    craving=draw.uniform(4.5, 8),
                    better={"worse": -0.5, "improving": 1.3}.get(special, draw.uniform(0.2, 1.1)),
                    busy=people.BUSY[number % len(people.BUSY)] if track != "Day" else people.BUSY[2],
                    phone=f"555-{1000 + number * 7 % 9000:04d}",
                    email=f"{given}{number or ''}@people.example",
                    special=special,
                    cast=number < len(cast),
                    second=self.two_sets and number // 3 % 2 == 1,
                )
            )

    def later(self, at: datetime, what: str, do: Callable[[datetime], None]) -> None:
        """The event happens at its time, if its time has come by now."""
        if at <= self.now:
            heapq.heappush(self.queue, (at, next(self.order), what, do))

    def run(self, progress: Progress) -> None:
        """Every event in the order of time."""
        span = (self.now - self.opened).total_seconds()
        while self.queue:
            at, _, what, do = heapq.heappop(self.queue)
            do(at)
            progress(0.05 + 0.9 * (at - self.opened).total_seconds() / span, what)

    def tell(self, life: Life) -> None:
        """One person's events from the first call on."""
        draw = self.draw
        asked = local(life.starts - timedelta(days=draw.randint(4, 9)), time(draw.randint(9, 16), draw.randrange(60)))
        life.counselor = self.staff[{"Day": "Tamsin", "Evening": "Joan", "Virtual": "Piet"}[life.track]]
        if life.special in {"item-9", "missing"}:
            life.counselor = self.staff["Joan"]
        elif life.track == "Evening" and self.lives.index(life) // 3 % 2:
            life.counselor = self.staff["Hollis"]
        elif life.track == "Day" and self.lives.index(life) % 4 == 0:
            life.counselor = self.staff["Joan"]
        if life.second:
            life.counselor = self.staff[{"Day": "Rowan", "Evening": "Linnea", "Virtual": "Caleb"}[life.track]]
        self.later(max(asked, self.opened), "Someone asks", lambda at: self.asks(life, at))
        self.later(
            local(life.starts - timedelta(days=2), time(10, 15)), "Placement", lambda at: self.assessed(life, at)
        )
        self.later(local(life.starts - timedelta(days=1), time(15)), "Admission", lambda at: self.admitted(life, at))
        self.later(local(life.starts + timedelta(days=1), time(8, 30)), "Plan", lambda at: self.planned(life, at))
        for day in self.days(life):
            self.daily(life, day)
        if life.ends is not None:
            self.later(local(life.ends, time(20, 50)), "Leaving", lambda at: self.leaves(life, at))

    def days(self, life: Life) -> Iterator[date]:
        """Each day of the stay up to today."""
        day = life.starts
        while day <= min(life.ends or self.today, self.today):
            yield day
            day += timedelta(days=1)

    def asks(self, life: Life, at: datetime) -> None:
        """An enquiry, a call back, a record; four people come by referral from the hospital instead."""
        intake = self.staff["Nadia"]
        yes = dict.fromkeys(
            ("stable_home", "support", "can_manage_duties", "motivated", "co_occurring", "more_than_weekly"), "yes"
        )
        no = dict.fromkeys(
            ("withdrawal_danger", "suicidal_thoughts", "unsafe_home", "needs_24h", "finished_inpatient", "early_help"),
            "no",
        )
        enquiry = admissions.receive_enquiry(
            program=self.program,
            name=life.name,
            channel=self.draw.choice(("phone", "web", "email")),
            phone=life.phone,
            answers=yes | no,
            concerns=life.picture.concerns,
            by=intake,
            at=at,
        )
        again = at + timedelta(minutes=self.draw.randint(15, 300))
        admissions.log_contact(
            enquiry=enquiry, reached=True, words="Talked through the week. Wants to start.", by=intake, at=again
        )
        life.person = admissions.make_record(
            enquiry=enquiry,
            another_person=True,
            legal_name=life.name,
            phone=life.phone,
            email=life.email,
            birth_on=date(self.draw.randint(1964, 2003), self.draw.randint(1, 12), self.draw.randint(1, 28)),
            by=intake,
            at=again,
        )
        for code, words in life.picture.diagnoses:
            participants.add_diagnosis(participant=life.person, code=code, words=words, by=self.staff["Ira"], at=again)

    def assessed(self, life: Life, at: datetime) -> None:
        """Six ratings with evidence, the suggestion, the decision, and the consent to treat."""
        assert life.person is not None
        by = self.staff["Celia"]
        row: Assessment = admissions.start_assessment(participant=life.person, by=by, at=at)
        admissions.check_safety(assessment=row, facts={}, by=by, at=at)
        values = (0, self.draw.randint(0, 1), 2, self.draw.randint(1, 2), 2, self.draw.randint(1, 2))
        for dimension, (value, evidence) in enumerate(zip(values, life.picture.evidence, strict=True), start=1):
            admissions.rate(assessment=row, dimension=dimension, value=value, evidence=evidence, by=by, at=at)
        admissions.decide(
            assessment=row,
            level="2.1",
            difference="",
            words="Several contacts a week, at home, with work.",
            by=by,
            at=at,
        )
        self.consents(life, at)

    def consents(self, life: Life, at: datetime) -> None:
        """The consent every stay needs; Robin’s sister may see the schedule."""
        assert life.person is not None
        intake = self.staff["Nadia"]
        tpo = consents.prepare_consent(
            participant=life.person,
            variant="tpo_single",
            kinds=["diagnoses", "placement", "plan", "attendance", "medications"],
            recipient="My treating providers, health plans, payers and those who help run the program",
            purpose="Treatment, payment and health care operations",
            expires_when="End of treatment",
            by=intake,
            at=at,
        )
        consents.sign_consent(consent=tpo, signer_name=life.name, how="tablet", by=intake, at=at)

    def admitted(self, life: Life, at: datetime) -> None:
        """Episode, sign-in, prescribed hours, what the week already holds, and the groups of the track."""
        assert life.person is not None
        assert life.counselor is not None
        intake = self.staff["Nadia"]
        assessment = life.person.assessments.order_by("-decided_at").first()
        life.episode = admissions.admit(
            participant=life.person,
            assessment=assessment,
            level="2.1",
            starts_on=life.starts,
            review_on=life.starts + timedelta(days=14),
            primary=life.counselor,
            team=[(self.staff["Ira"], "Prescriber"), (self.staff["Celia"], "Supervisor")],
            by=intake,
            at=at,
        )
        self.by_episode[life.episode.pk] = life
        self.by_person[life.person.pk] = life
        member = programs.add_member(
            program=self.program,
            user=self.user(life.name, life.email, password=life.cast),
            name=life.name,
            roles=[Role.PARTICIPANT],
            from_on=at.date(),
            by=None,
            at=at,
        )
        participants.give_sign_in(participant=life.person, member=member, by=intake, at=at)
        schedule.prescribe(
            episode=life.episode,
            from_on=life.starts,
            minutes_a_week=9 * 60 if life.track != "Day" else 12 * 60,
            days_a_week=3 if life.track != "Day" else 4,
            mix={"skills": 3, "group": 3},
            by=life.counselor,
            at=at,
        )
        blocks = [
            Block(
                weekday=day,
                starts=time.fromisoformat(begins),
                ends=time.fromisoformat(ends),
                why=why,
                travel_minutes=way,
            )
            for why, first, last, begins, ends, way in life.busy
            for day in range(first, last + 1)
        ]
        schedule.set_busy(episode=life.episode, blocks=blocks, from_on=life.starts, by=intake, at=at)
        wanted = [
            group
            for group in self.groups[f"{life.track} 2" if life.second else life.track]
            if group.service not in {"family", "holistic"} or self.draw.random() < 0.5
        ]
        try:
            schedule.enroll_all(groups=wanted, episode=life.episode, from_on=life.starts, by=intake, at=at)
        except Refused:  # one of them is full: the others have room
            for group in wanted:
                with suppress(Refused):
                    schedule.enroll(group=group, episode=life.episode, from_on=life.starts, by=intake, at=at)
        if life.name.startswith("Robin"):
            self.sister(life, at)

    def sister(self, life: Life, at: datetime) -> None:
        """Ana supports Robin, may see the schedule and the goals, and knows it is Robin who decides."""
        assert life.person is not None
        intake = self.staff["Nadia"]
        sister = participants.add_supporter(
            participant=life.person, name="Ana Alderquist", relation="Sister", phone="555-0177", by=intake, at=at
        )
        member = programs.add_member(
            program=self.program,
            user=self.user("Ana Alderquist", "ana@people.example"),
            name="Ana Alderquist",
            roles=[Role.FAMILY],
            from_on=at.date(),
            by=None,
            at=at,
        )
        participants.give_supporter_sign_in(supporter=sister, member=member, by=intake, at=at)
        shared = consents.prepare_consent(
            participant=life.person,
            variant="family_person",
            supporter=sister,
            kinds=["schedule", "attendance", "plan"],
            recipient="",
            purpose="So that my sister can support me",
            expires_at=self.now + timedelta(days=9),
            by=intake,
            at=at,
        )
        consents.sign_consent(consent=shared, signer_name=life.name, how="tablet", by=intake, at=at)

    def permissions(self, at: datetime) -> None:
        """One consent of each other form among the cast; one renewed, one ended in writing, one in Spanish to sign."""
        intake, today = self.staff["Nadia"], at.date()
        said: dict[str, Any] = {"by": intake, "at": at}
        wide: dict[str, Any] = {"expires_at": self.now + timedelta(days=200)}
        forms: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("Robin", "named_disclosure", {"recipient": "Dr. Elm, family doctor", "kinds": ["plan", "medications"]}),
            ("Marcus", "criminal_justice_2_35", {
                "recipient": "Meadow County probation office", "kinds": ["attendance", "plan"],
                "extra": {"revocable_from": "Final decision on the condition"},
                "revocable_on": today + timedelta(days=120),
            }),
            ("Priya", "payer_only", {"recipient": "Alder Health Plan", "kinds": ["attendance", "diagnoses"]}),
            ("Theo", "intermediary", {
                "recipient": "Meadow Health Exchange", "kinds": ["diagnoses", "medications"],
                "extra": {"members": "Those who treat me"},
            }),
            ("Ines", "research", {
                "recipient": "Dr. Wren, Meadow University", "kinds": ["measures"],
                "extra": {"study": "Sleep in early recovery, review board 7"},
            }),
            ("Ines", "app_vendor", {
                "recipient": "Stillwater app, Stillwater Inc.", "kinds": ["schedule"],
                "extra": {"app": APP_WORDS},
            }),
            ("Priya", "sud_counseling_notes", {
                "recipient": "Dr. Fenwick, therapist", "kinds": ["counseling-notes"],
                "extra": {"no_condition": NO_CONDITION_WORDS},
            }),
        )  # fmt: skip
        rows = {}
        for name, variant, given in forms:
            life = next(one for one in self.lives if one.name.startswith(name))
            assert life.person is not None
            purpose = FORMS[Variant(variant)].purpose or "Help with my care"
            row = consents.prepare_consent(
                participant=life.person, variant=variant, purpose=purpose, **given, **wide, **said
            )
            rows[variant] = consents.sign_consent(consent=row, signer_name=life.name, how="tablet", **said)
        consents.revoke_consent(
            consent=rows["intermediary"], how="Told the program in writing", **(said | {"at": at + timedelta(hours=2)})
        )
        consents.renew_consent(consent=rows["payer_only"], expires_at=self.now + timedelta(days=565), **said)
        robin = next(one for one in self.lives if one.name.startswith("Robin"))
        sam = next(one for one in self.lives if one.name.startswith("Sam"))
        assert robin.person is not None
        assert sam.person is not None
        consents.prepare_consent(
            participant=sam.person, variant="named_disclosure", language="es", kinds=["schedule"],
            recipient="Dra. Luz Roble", purpose="Coordinar mi atención",
            right_to_revoke=SENTENCES["es"]["right_to_revoke"], **wide, **said,
        )  # fmt: skip
        for one in guard.to_announce(at):
            if one.participant_id == robin.person.pk:
                consents.announce_end(consent=one, at=at)

    def kept_apart(self, at: datetime) -> None:
        """A goal of Marcus that is sensitive, and a counseling note that Joan alone reads."""
        joan = self.staff["Joan"]
        marcus = next(one for one in self.lives if one.name.startswith("Marcus"))
        robin = next(one for one in self.lives if one.name.startswith("Robin"))
        assert robin.person is not None
        plan = plan_queries.plan_in_force(marcus.episode.pk) if marcus.episode else None
        for problem in plan_queries.tree(plan).problems[-1:] if plan else []:
            plans.mark_row(row=problem, word="family-conflict", reason="", by=joan, at=at)
        note = counseling.write_note(
            participant=robin.person,
            words="Spoke for the first time of the years before the move. Went slowly, stayed with the body.",
            about_on=at.date(),
            by=joan,
            at=at,
        )
        counseling.sign_note(note=note, by=joan, at=at + timedelta(minutes=5))

    def planned(self, life: Life, at: datetime) -> None:
        """One plan for both families, signed by both; the newest people still have a draft or one signature."""
        if life.episode is None or life.person is None or life.counselor is None or life.special == "new":
            return
        by, today = life.counselor, at.date()
        found = {row.family: row for row in life.person.diagnoses.all()}
        plan = plans.start_plan(episode=life.episode, by=by, at=at)
        plans.set_own_words(plan=plan, words=life.picture.own_words, by=by, at=at)
        use = found.get("substance") or found.get("behavior")
        sides = (
            ("addiction", use, life.picture.goal_use, life.picture.step_use, "skills", "Skills group"),
            (
                "mental-health",
                found.get("mental-health"),
                life.picture.goal_mood,
                life.picture.step_mood,
                "individual",
                "Individual counseling",
            ),
        )
        for side, diagnosis, goal_words, (words, measure, baseline, target), service, work in sides:
            assert diagnosis is not None
            problem = plans.add_problem(
                plan=plan, family=side, words=diagnosis.words, diagnosis=diagnosis, by=by, at=at
            )
            goal = plans.add_goal(problem=problem, words=goal_words, by=by, at=at)
            step = plans.add_objective(
                goal=goal,
                words=words,
                measure=measure,
                baseline=baseline,
                target=target,
                target_on=today + timedelta(weeks=8),
                by=by,
                at=at,
            )
            frequency = "Three times a week" if service == "skills" else "Weekly"
            plans.add_intervention(
                objective=step, service=service, words=work, frequency=frequency, responsible=by, by=by, at=at
            )
        self.signed(life, plan, today + timedelta(days=27), at)

    def signed(self, life: Life, plan: Plan, review_on: date, at: datetime) -> None:
        """Both sign; one person of the cast has not signed yet."""
        assert life.person is not None
        assert life.counselor is not None
        by, member = life.counselor, life.person.membership
        plans.sign_plan(plan=plan, part="clinician", name=by.name, how="typed", by=by, at=at, review_on=review_on)
        if life.special != "worse" and member is not None:
            plans.sign_plan(
                plan=plan, part="participant", name=life.name, how="phone", by=member, at=at + timedelta(minutes=20)
            )

    def daily(self, life: Life, day: date) -> None:
        """Check-ins most evenings, questionnaires every two weeks, reviews every four."""
        age = (day - life.starts).days
        recent = (self.today - day).days <= 28
        if (recent or age % 3 == 0) and self.draw.random() < (0.2 if life.special == "missing" else 0.72):
            at = local(day, time(20, self.draw.randrange(60))) if day < self.today else self.now - timedelta(minutes=95)
            self.later(at, "A check-in", lambda at: self.checks_in(life, at))
        if age % 14 == 1:
            self.later(local(day, time(12, 10)), "Questionnaires", lambda at: self.answers(life, at))
        if age in REVIEWS:
            self.later(local(day, time(16, 5)), "A review", lambda at: self.reviewed(life, at))
        if life.special == "item-9" and day == self.today:
            self.later(self.now - timedelta(minutes=17), "An answer that worries", lambda at: self.item_9(life, at))

    def checks_in(self, life: Life, at: datetime) -> None:
        """Mood, craving, safety; sometimes more."""
        if life.person is None or life.person.membership is None or life.ended:
            return
        weeks = life.weeks_in(at.date())
        craving = max(0, min(9, round(life.craving - life.better * weeks * 0.8 + self.draw.gauss(0, 1))))
        more: dict[str, Any] = {"sleep_hours": self.draw.choice((5, 6, 6.5, 7, 8))} if self.draw.random() < 0.5 else {}
        if self.draw.random() < 0.35:
            more["use"] = "none"
        if self.draw.random() < 0.12:
            more |= {"words": self.draw.choice(people.CHECK_WORDS), "share_words": True}
        if self.draw.random() < 0.008:
            more["use"] = "behavior" if "gambling" in life.picture.concerns else "alcohol"
        recovery.check_in(
            participant=life.person,
            on=at.date(),
            mood=self.draw.choice((3, 5, 5, 7, 7, 9)),
            craving=craving,
            safe="yes",
            by=life.person.membership,
            at=at,
            **more,
        )

    def answers(self, life: Life, at: datetime) -> None:
        """PHQ-9 and GAD-7 as the protocol asks."""
        if life.person is None or life.person.membership is None or life.ended:
            return
        weeks = life.weeks_in(at.date())
        for instrument, items, start in (("phq9", 9, life.phq9), ("gad7", 7, round(life.phq9 * 0.8))):
            goal = max(2, min(items * 3 - 4, round(start - life.better * weeks * 1.1 + self.draw.gauss(0, 1))))
            values = [0] * items
            spots = range(items - 1) if instrument == "phq9" else range(items)
            for _ in range(goal):
                values[self.draw.choice([spot for spot in spots if values[spot] < 3])] += 1
            given = dict(enumerate(values, start=1))
            questionnaires.enter(
                participant=life.person, instrument=instrument, answers=given, by=life.person.membership, at=at
            )

    def item_9(self, life: Life, at: datetime) -> None:
        """Today’s form, half answered, with an answer someone must see within the day."""
        if life.person is None or life.person.membership is None:
            return
        asked = questionnaires.assign(
            participant=life.person,
            instrument="phq9",
            reason="protocol",
            due_from=at,
            due_until=at + timedelta(days=3),
            by=None,
            at=at,
        )
        for item, value in enumerate((2, 2, 3, 2, 1, 2, 2, 1, 1), start=1):
            questionnaires.answer(assignment=asked, item=item, value=value, by=life.person.membership, at=at)

    def reviewed(self, life: Life, at: datetime) -> None:
        """The team looks at the evidence and goes on; two reviews of the present are still due."""
        if life.episode is None or life.ended or life.counselor is None:
            return
        if at > self.now - timedelta(days=1) or (life.special == "worse" and life.weeks_in(at.date()) > 3):
            return
        if life.ends is not None and (life.ends - at.date()).days <= REVIEWS[(at.date() - life.starts).days]:
            again = life.ends + timedelta(days=1)
        else:
            again = at.date() + timedelta(days=REVIEWS[(at.date() - life.starts).days])
        steady = life.ends is None and life.better > 0.95 and life.weeks_in(at.date()) > 3.5
        if life.episode.level == "2.1" and (steady or life.special == "improving"):
            self.steps_down(life, at)
            return
        continuing.decide_review(
            episode=life.episode,
            end="continue",
            words="Coming and working on both goals. Two more weeks at this level, then look again.",
            next_review_on=again,
            despite="New ratings come with the next placement talk.",
            by=life.counselor,
            at=at,
        )
        if (at.date() - life.starts).days > 20 and life.special not in {"worse", "new"}:
            plan = plans.start_plan(episode=life.episode, by=life.counselor, at=at)
            self.signed(life, plan, again + timedelta(days=1), at + timedelta(minutes=10))

    def steps_down(self, life: Life, at: datetime) -> None:
        """Two good reviews in a row: fewer hours, the same chart, and a first visit within the week."""
        assert life.episode is not None
        assert life.counselor is not None
        decided = False
        for hour, day in product(range(9, 17), range(5, 8)):
            begins = local(at.date() + timedelta(days=day), time(hour))
            with suppress(Refused):  # room, counselor or person is taken then
                continuing.decide_review(
                    episode=life.episode,
                    end="step-down",
                    words="Steady for four weeks at work and at home. One evening a week and a counselor.",
                    level_to="1.5",
                    next_review_on=at.date() + timedelta(days=28),
                    appointment={"at": begins, "minutes": 50, "with_whom": life.counselor.label},
                    facilitator=life.counselor,
                    place=self.places["Fern"],
                    despite="Ratings of both reviews are in the notes.",
                    prepared=True,
                    by=life.counselor,
                    at=at,
                )
                decided = True
                break
        assert decided
        life.episode.refresh_from_db()
        schedule.prescribe(
            episode=life.episode,
            from_on=at.date(),
            minutes_a_week=180,
            days_a_week=1,
            mix={"skills": 1, "group": 1},
            reason="Stepped down",
            by=life.counselor,
            at=at,
        )
        running = life.episode.enrollments.filter(until_on__isnull=True).select_related("group")
        rows = list(running.order_by("group__weekday", "group__starts", "pk"))
        days = sorted({row.group.weekday for row in rows})
        for row in rows:
            if row.group.weekday != days[0]:
                schedule.leave_group(enrollment=row, on=at.date() + timedelta(days=1), by=life.counselor, at=at)
        kept = life.episode.appointments.get(status="booked")
        self.later(kept.at + timedelta(hours=2), "A first visit", partial(self.came, kept))

    def came(self, kept: Appointment, at: datetime) -> None:
        """The first visit after the change was kept; one here has its note."""
        continuing.keep_appointment(appointment=kept, by=kept.booked_by, at=at)
        if kept.visit is not None:
            self.noted(kept.visit, at)

    def leaves(self, life: Life, at: datetime) -> None:
        """The stay ends: finished with a next appointment, moved on, or left early and was called."""
        if life.episode is None or life.counselor is None:
            return
        life.ended = True
        booked_by = life.end_reason in {"1", "4"}
        booked: Booking = {
            "at": at + timedelta(days=5, hours=-6),
            "minutes": 50,
            "with_whom": "Dr. Fennimore",
            "where": "Main Street",
        }
        words = {
            "1": "Finished. Knows the early signs, has people to call and a first visit booked.",
            "4": "Moved to a program nearer to work. Records go with them under consent.",
        }.get(life.end_reason, "Left early. Called three times, knows the door is open.")
        continuing.decide_review(
            episode=life.episode,
            end="discharge",
            words=words,
            reason_code=life.end_reason,
            appointment=booked if booked_by else None,
            despite="Nothing else is open." if booked_by else "Could not be reached to book one.",
            last_contact_on=life.ends,
            by=life.counselor,
            at=at,
        )

    # --- the days -------------------------------------------------------------------------------------------------

    def schedule_sessions(self) -> None:
        """Each session is marked at its end and noted within the hour; the last days still wait in part."""
        found = schedule_queries.sessions_between(self.program.pk, self.first, self.today + timedelta(days=1))
        span = sorted(found, key=lambda one: (one.starts_at, one.title, one.place.name))
        newest: dict[Any, list[Any]] = {}
        for session in sorted(span, key=lambda one: one.starts_at, reverse=True):
            if session.ends_at < self.now:
                newest.setdefault(session.facilitator_id, []).append(session.pk)
        mine = newest.get(self.staff["Joan"].pk, [])
        self.unwritten = set(mine[:1])  # the last group has no word yet
        self.waiting = set(mine[1:2])  # the one before is written in part
        for session in span:
            ends: datetime = session.ends_at
            self.later(ends + timedelta(minutes=2), "Attendance", partial(self.marked, session))
            self.later(ends + timedelta(minutes=40), "Notes", partial(self.noted, session))

    def marked(self, session: Session, at: datetime) -> None:
        """All here, but for those who were late, left early, called or stayed away."""
        seats = schedule_queries.roster(session)
        by = session.facilitator
        for seat in seats:
            life = self.by_episode[seat.episode_id]
            luck = self.draw.random()
            if luck > life.shows:
                away = "called-ahead" if self.draw.random() < 0.6 and life.special != "missing" else "no-contact"
                called = session.starts_at - timedelta(hours=2) if away == "called-ahead" else None
                attendance.record_presence(
                    session=session, episode=seat.episode, here=False, away=away, called=called, by=by, at=at
                )
            elif luck > life.shows - 0.06:
                late, early = self.draw.choice(((25, 0), (0, 30), (20, 25)))
                attendance.record_presence(
                    session=session,
                    episode=seat.episode,
                    here=True,
                    by=by,
                    at=at,
                    arrived=session.starts_at + timedelta(minutes=late),
                    left=session.ends_at - timedelta(minutes=early),
                )
        if seats:
            attendance.mark_rest_here(session=session, by=by, at=at)

    def noted(self, session: Session, at: datetime) -> None:
        """The group part once, each person’s own part beside an objective, signed; the newest are left to sign."""
        rows = session.presences.filter(replaced_at__isnull=True, here=True).select_related("episode")
        here = list(rows.order_by("episode__participant__legal_name", "pk"))
        if not here or session.pk in self.unwritten:
            return
        by = session.facilitator
        topic = session.topic.title if session.topic else session.title
        notes.save_group_part(
            session=session,
            topic=topic,
            did=self.draw.choice(people.GROUP_WORDS),
            mood=self.draw.choice(people.MOOD_WORDS),
            revision=0,
            by=by,
            at=at,
        )
        found = plan_queries.active_objectives_of([row.episode_id for row in here])
        waiting, given = session.pk in self.waiting, []
        for row in here:
            steps = found.get(row.episode_id, [])
            if waiting and self.draw.random() < 0.4:
                continue
            given.append(
                notes.Given(
                    episode=row.episode,
                    objectives=[self.draw.choice(steps).thread] if steps else [],
                    took_part=self.draw.choice(("listened", "spoke", "spoke", "led")),
                    words=self.draw.choice(people.PERSON_WORDS),
                )
            )
        notes.save_parts(session=session, given=given, by=by, at=at)
        if not waiting:
            notes.sign_parts(session=session, by=by, at=at + timedelta(minutes=10))

    def referred(self, at: datetime) -> None:
        """The hospital refers four people; one of them comes in again from elsewhere and waits for a decision."""
        intake = self.staff["Nadia"]
        for path in sorted(BUNDLES.glob("*.json")):
            files = {path.name: path.read_bytes()}
            done = admissions.import_referrals(program=self.program, files=files, by=intake, at=at)
        called, said = done.rows[0].enquiries.get(), "Comes on Thursday to talk."
        admissions.log_contact(enquiry=called, reached=True, words=said, by=intake, at=at + timedelta(hours=3))
        first = min(BUNDLES.glob("*.json")).read_text()
        told = [entry["resource"] for entry in json.loads(first)["entry"]]
        known = next(one["id"] for one in told if one["resourceType"] == "Patient")
        other = json.loads(first.replace(known, "7d2e9c1a-0000-4000-8000-00000000beef"))
        for entry in other["entry"]:
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["identifier"] = [{"system": "https://records.meadow.example/id", "value": "77-104"}]
        data = json.dumps(other).encode()
        admissions.import_referrals(
            program=self.program, files={"second-sender.json": data}, by=intake, at=at + timedelta(hours=20)
        )

    def signed_in(self, at: datetime) -> None:
        """Where two of the staff are signed in: at a desk, on a phone, and at a device that others use too."""
        for name, device, shared, hours in (
            ("Joan", "Firefox on Windows", False, 0),
            ("Joan", "Chrome on Windows", True, 1),
            ("Maren", "Safari on iPhone", False, 1),
        ):
            accounts.begin_sign_in(
                user=self.staff[name].user, device=device, shared=shared, how="password", at=at + timedelta(hours=hours)
            )

    def at_the_door(self, at: datetime) -> None:
        """People who are on their way in: just asked, called back, in danger, being assessed, held by a hard stop."""
        intake, clinician = self.staff["Nadia"], self.staff["Celia"]
        calm = {"withdrawal_danger": "no", "suicidal_thoughts": "no", "unsafe_home": "no", "needs_24h": "no"}
        days = {"stable_home": "yes", "support": "unsure", "can_manage_duties": "yes", "motivated": "yes"}
        need = {"co_occurring": "yes", "more_than_weekly": "yes", "finished_inpatient": "no", "early_help": "no"}
        asked = []
        for name, hours, answers, concerns in (
            ("Wilma Starling", 3, calm | days | need, ("alcohol",)),
            ("Anders Hillock", 6, calm | days | need | {"withdrawal_danger": "yes"}, ("alcohol", "sedatives")),
            ("Jun Applegarth", 9, calm | days | need, ("gambling",)),
            (
                "Rosalind Fairweather",
                12,
                calm | days | need | {"stable_home": "no", "motivated": "no"},
                ("stimulants",),
            ),
            ("Tobin Greenacre", 14, calm | days | need, ("opioids",)),
        ):
            asked.append(
                admissions.receive_enquiry(
                    program=self.program,
                    name=name,
                    channel="web" if hours < 6 else "phone",
                    phone=f"555-02{hours:02d}",
                    answers=answers,
                    concerns=concerns,
                    by=None if hours < 6 else intake,
                    at=at + timedelta(hours=hours),
                )
            )
        for enquiry in asked[2:]:
            later = enquiry.received_at + timedelta(minutes=40)
            admissions.log_contact(enquiry=enquiry, reached=True, words="Spoke. Wants to come in.", by=intake, at=later)
        for enquiry, decided in ((asked[2], False), (asked[4], True)):
            then = enquiry.received_at + timedelta(hours=1)
            person = admissions.make_record(
                enquiry=enquiry, another_person=True, legal_name=enquiry.name, phone=enquiry.phone, by=intake, at=then
            )
            row = admissions.start_assessment(participant=person, by=clinician, at=then)
            facts = {"past_withdrawal_seizure_or_delirium": True, "current_heavy_use": True} if not decided else {}
            admissions.check_safety(assessment=row, facts=facts, by=clinician, at=then)
            for dimension, evidence in enumerate(people.PICTURES[1].evidence[: 6 if decided else 4], start=1):
                admissions.rate(
                    assessment=row,
                    dimension=dimension,
                    value=2 if dimension > 2 else 0,
                    evidence=evidence,
                    by=clinician,
                    at=then,
                )
            if decided:
                admissions.decide(
                    assessment=row,
                    level="2.1",
                    difference="",
                    words="Needs several contacts a week.",
                    by=clinician,
                    at=then,
                )

        self.twice(asked[2].phone, asked[4].phone, at + timedelta(hours=16))

    def twice(self, merged: str, likely: str, at: datetime) -> None:
        """Two people came by a second door: one pair is read together already, the other waits for a look."""
        intake = self.staff["Nadia"]
        again = participants.register_participant(
            program=self.program, legal_name="June Applegarth", phone=merged, by=intake, at=at
        )
        kept = next(one for one in people_of.people(self.program.pk) if one.legal_name == "Jun Applegarth")
        admissions.merge_records(
            kept=kept, absorbed=again, reason="Jun gave the long name at the desk. Same phone.", by=intake, at=at
        )
        participants.register_participant(
            program=self.program, legal_name="Tobin Greenacres", phone=likely, by=intake, at=at
        )

    def looked(self, at: datetime) -> None:
        """Someone is brought to hospital, a colleague looks at a record of nobody they treat, and someone asks why."""
        fay, boss = self.staff["Fay"], self.boss
        lives = [life for life in self.lives if life.person is not None and life.episode is not None and not life.ended]
        fell, other = lives[-1].person, lives[0].person
        assert fell is not None
        assert other is not None
        emergency = privacy.open_emergency(
            participant=fell,
            nature="Fainted on the stairs and is not responding. An ambulance is here.",
            personnel="Ondine Carrow, paramedic",
            facility="Meadowbrook ambulance service",
            discloser=fay.name,
            why="They need to know what they take and whom to call.",
            ground="no-consent",
            kinds=["contact", "diagnoses", "medications"],
            minimum=True,
            by=fay,
            at=at,
        )
        opened = guard.ask(fay, fell, Kind.CONTACT, at, Permission.OPEN_RECORD)
        consents.log_read(opened=opened, page="privacy:sheet", by=fay, at=at + timedelta(minutes=1))
        consents.log_sheet(opened=opened, by=fay, at=at + timedelta(minutes=1))
        privacy.end_emergency(emergency=emergency, by=fay, at=at + timedelta(minutes=24))
        tamsin = self.staff["Tamsin"]
        seen = guard.ask(tamsin, other, Kind.PLAN, at, Permission.READ_CHART)
        consents.log_read(opened=seen, page="plans:plan", by=tamsin, at=at + timedelta(hours=1))
        own = other.membership
        assert own is not None
        privacy.ask_question(
            participant=other,
            on=at.date(),
            looker=tamsin,
            words="I have never met this person. Why did they read my plan?",
            by=own,
            at=at + timedelta(hours=6),
        )
        night = local(at.date() + timedelta(days=1), time(0, 30))
        privacy.examine(program=self.program, on=at.date(), at=night)
        for one in privacy_rows.open_unusual(self.program.pk):
            if one.rule == "no-tie":
                privacy.ask_viewer(unusual=one, by=boss, at=night + timedelta(hours=8))

    def release(self, person: Participant, on: str, at: datetime, **ask: Any) -> None:
        """One packet leaves this record, on this ground."""
        ground = way_out.ground_for(person, on, at)
        given: dict[str, Any] = {"kinds": tuple(kind.value for kind in ground.kinds), "how": "print"} | ask
        more = {name: given.pop(name) for name in ("purpose", "address") if name in given}
        asked = release.Ask(basis=ground.basis, **given)
        records.release_record(participant=person, ground=ground, ask=asked, by=self.boss, at=at, **more)

    def sent_out(self, at: datetime) -> None:
        """Agreements, a packet on each basis, a paper that is open, one answered, a hold, what was asked for."""
        by: dict[str, Any] = {"by": self.staff["Nadia"], "at": at}
        boss: dict[str, Any] = {"by": self.boss, "at": at}
        robin, priya, theo = (self.lives[number].person for number in (0, 3, 2))
        left = next(life.person for life in self.lives if life.ends and life.person and life.ended)
        assert robin is not None
        assert priya is not None
        assert theo is not None
        assert left is not None
        since = self.opened.date()
        for kind, name, covers, ends in (
            ("qsoa", "Postmark Lane Mail", ["smtp"], self.today + timedelta(days=40)),
            ("baa", "Meadow Video", ["telehealth"], None),
            ("audit", "State Board of Behavioral Care", [], None),
        ):
            disclosures.add_agreement(
                program=self.program, kind=kind, counterpart=name, covers=covers, words="", signed_on=since,
                ends_on=ends, **boss,
            )  # fmt: skip
        consent = consents.prepare_consent(
            participant=robin,
            variant="named_disclosure",
            kinds=["diagnoses", "plan", "attendance", "medications"],
            recipient="Dr. Fenwick, Mill Street Clinic",
            purpose="So that my doctor knows my plan",
            expires_when="End of treatment",
            **by,
        )
        consents.sign_consent(consent=consent, signer_name=robin.legal_name, how="tablet", **by)
        self.release(
            robin, f"consent:{consent.pk}", at, receiver="provider", recipient="Dr. Fenwick, Mill Street Clinic",
            address="2 Mill Street, Meadowbrook", use="treatment", purpose="The visit next week",
        )  # fmt: skip
        tpo = next(one for one in way_out.grounds(robin, at) if one.consent and one.consent.variant == "tpo_single")
        self.release(
            robin, tpo.on, at, receiver="health-plan", recipient="Meadow Health Plan", use="review", how="fax"
        )  # fmt: skip
        self.release(
            robin, "audit", at, receiver="auditor", recipient="State Board of Behavioral Care", use="audit",
            kinds=("attendance",),
        )  # fmt: skip
        self.release(
            left, "child-report", at, receiver="authority", recipient="County child protective services",
            use="report", how="phone",
        )  # fmt: skip
        disclosures.record_emergency(
            participant=theo, recipient="Dr. Ashgrove", address="County emergency department",
            kinds=["contact", "medications"], nature="Found unresponsive at home", how="phone", **boss,
        )  # fmt: skip
        if robin.membership is not None:
            records.copy_own(participant=robin, by=robin.membership, at=at)
        records.export_counts(
            program=self.program, recipient="County planning office", purpose="The year ahead", **boss
        )
        self.papers(theo, left, at)
        own: dict[str, Any] = {"by": priya.membership or self.boss, "at": at}
        held = records.ask_restriction(
            participant=priya, words="I paid for August myself. Nothing of it to my health plan.",
            receiver="health-plan", paid_in_full=True, **own,
        )  # fmt: skip
        records.decide_restriction(restriction=held, agree=True, kinds=["attendance", "notes"], reason="", **boss)
        records.ask_restriction(
            participant=priya, words="Not to my employer, whatever I signed", receiver="employer", paid_in_full=False,
            **own,
        )  # fmt: skip
        records.ask_list(participant=priya, kind="accounting", **own)

    def papers(self, theo: Participant, left: Participant, at: datetime) -> None:
        """A subpoena that is open, an order that was answered, and a hold for a complaint."""
        boss: dict[str, Any] = {"by": self.boss, "at": at}
        came: dict[str, Any] = {"program": self.program, "about": "", "answer_by": self.today + timedelta(days=9)}
        records.take_in(
            kind="subpoena", from_whom="Counsel for the other side", participant=theo, asks="The whole record",
            received_on=at.date(), **came, **boss,
        )  # fmt: skip
        order = records.take_in(
            kind="court-order", from_whom="County court, civil division", participant=left, asks="Days attended",
            received_on=at.date() - timedelta(days=20), **came, **boss,
        )  # fmt: skip
        disclosures.record_order(
            process=order, statute="2.64", order_on=at.date() - timedelta(days=22), with_mandate=True,
            kinds=["attendance"], **boss,
        )  # fmt: skip
        days: dict[str, Any] = {"told_on": at.date() - timedelta(days=40), "heard_on": at.date() - timedelta(days=25)}
        disclosures.record_notice(process=order, **days, **boss)
        self.release(
            left, f"court-order:{order.pk}", at, receiver="court", recipient="County court, civil division",
            use="proceedings", how="post",
        )  # fmt: skip
        records.close_process(process=order, outcome="Answered with the days attended", **boss)
        disclosures.place_hold(participant=left, reason="A complaint to the licensing board", **boss)

    def visits(self, at: datetime) -> None:
        """Each counselor sees three people alone today, before and after this moment; what is over is marked."""
        for name in ("Joan", "Hollis", "Tamsin", "Piet"):
            mine = [
                life for life in self.lives if life.counselor == self.staff[name] and life.episode and not life.ends
            ]
            for life, hours in zip(mine, (-3, -1.5, 1, 2.5), strict=False):
                begins = self.now + timedelta(hours=hours)
                begins -= timedelta(minutes=begins.minute % 30, seconds=begins.second, microseconds=begins.microsecond)
                if begins.date() != self.today or life.episode is None or life.episode.started_on > self.today:
                    continue
                with suppress(Refused):  # the room or the hour is taken
                    visit = schedule.plan_visit(
                        episode=life.episode,
                        service="individual",
                        on=self.today,
                        starts=begins.time(),
                        minutes=50,
                        place=self.places["Fern"] if name in {"Joan", "Tamsin"} else self.places["Cedar"],
                        facilitator=self.staff[name],
                        by=self.staff[name],
                        at=at,
                    )
                    self.later(visit.ends_at, "Attendance", partial(self.marked, visit))
                    if hours < -2:
                        self.later(visit.ends_at + timedelta(minutes=9), "Notes", partial(self.noted, visit))

    def sweep(self) -> None:
        """Each morning the day before is answered for; what is newer than a day is still open."""
        day = self.first
        while day <= self.today:
            self.later(local(day, time(9, 5)), "Answering alerts", self.answer_alerts)
            day += timedelta(days=1)

    def answer_alerts(self, at: datetime) -> None:
        """Alerts older than twelve hours are acted on and closed by their owners."""
        if at > self.now - timedelta(hours=20):
            return
        recent = self.now - timedelta(days=2)
        waiting = open_alerts.open_in(self.program.pk).filter(raised_at__lt=at - timedelta(hours=12))
        waiting = waiting.exclude(kind__in=list(ENDS_ELSEWHERE))  # a review waits for the one who looks at the demo
        # Never by id: ids are drawn anew each time, and the words below are drawn in this order.
        for alert in sorted(
            waiting,
            key=lambda one: (one.raised_at, one.kind, one.participant.legal_name if one.participant else "", one.words),
        ):
            life = self.by_person.get(alert.participant_id)
            if life is None or life.special != "missing" or alert.raised_at < recent:
                self.answer(alert, at)

    def answer(self, alert: Alert, at: datetime) -> None:
        """One alert is seen, acted on and closed with an outcome."""
        words = self.draw.choice(people.CALL_WORDS)
        by = alert.owner
        alerts.act(alert=alert, words=words, by=by, at=at)
        safety = alert.kind in {"phq9-item9", "unsafe-check-in", "hard-stop", "pre-screen-danger"}
        admin = alert.level == "admin"
        outcome = "spoke-safe" if safety else "task-done" if admin else "reached"
        if not may_end(alert.kind, by.roles):
            by = self.staff["Celia"]
        alerts.close(alert=alert, outcome=outcome, words=words, by=by, at=at + timedelta(minutes=20))
