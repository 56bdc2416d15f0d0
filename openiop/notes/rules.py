"""What a note needs before it is signed, whose names it may hold, and the text that is frozen. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from zoneinfo import ZoneInfo

TOOK_PART = {"listened": "Listened", "spoke": "Spoke", "led": "Led"}
# Hours after the session by which its notes are signed (program default, configurable as this policy).
DUE_POLICY = "note-due-hours"
DUE_HOURS = 72
# How far back lists look for what nobody signed (program default). What is older has had its alert for weeks, and that
# stays until a person closes it; so a list costs the same in the first year and in the tenth.
LOOK_BACK = timedelta(days=60)
# First and last names that are also everyday words: in small letters they are no name.
EVERYDAY = frozenset(
    {
        "april", "art", "august", "autumn", "baker", "best", "bill", "black", "bloom", "bright", "brook", "brown",
        "carter", "case", "chance", "church", "clay", "cook", "cross", "dale", "dawn", "day", "drew", "earl",
        "eve", "fair", "faith", "fields", "fox", "frank", "gay", "gene", "glad", "grace", "grant", "gray",
        "green", "guy", "hall", "hand", "happy", "harmony", "hill", "hope", "house", "hunter", "iris", "ivy",
        "jack", "jade", "joy", "june", "king", "lane", "light", "lily", "little", "lock", "long", "love", "major",
        "march", "mark", "may", "means", "melody", "mercy", "miles", "moody", "moon", "more", "noble", "noel",
        "olive", "page", "park", "pat", "patience", "peace", "pearl", "penny", "power", "price", "quick", "rain",
        "ray", "reed", "rich", "rob", "robin", "rock", "rose", "ruby", "sage", "sandy", "sharp", "short", "skip",
        "sky", "small", "star", "sterling", "stone", "storm", "strong", "sue", "summer", "sunny", "swift",
        "talent", "tender", "trust", "viola", "wade", "walker", "ward", "water", "waters", "west", "white",
        "will", "winter", "wise", "wood", "woods", "wren", "young",
    }
)  # fmt: skip
# Of these, the ones a sentence may well begin with; there the next word decides.
OPENERS = frozenset(
    {
        "april", "art", "august", "autumn", "best", "black", "brown", "case", "chance", "church", "cook", "dawn",
        "day", "faith", "grace", "gray", "green", "hand", "happy", "harmony", "hope", "house", "joy", "june",
        "light", "little", "long", "love", "march", "may", "mercy", "more", "music", "patience", "peace", "power",
        "quick", "rain", "sharp", "short", "small", "strong", "summer", "sunny", "talent", "tender", "trust",
        "water", "white", "will", "winter", "wise", "wood", "young",
    }
)  # fmt: skip
_DID = frozenset(
    {
        "and", "asked", "came", "chose", "felt", "found", "gave", "led", "left", "made", "read", "said", "spoke",
        "told", "took",
    }
)  # fmt: skip


def moment(at: datetime, on: date, zone: str) -> str:
    """The local time of something that belongs to a session of this day; with its own day where that is another."""
    local = at.astimezone(ZoneInfo(zone))
    clock = f"{local:%I:%M %p}".lstrip("0")
    return clock if local.date() == on else f"{local:%b} {local.day}, {clock}"


def outreach(*, caller: str, ended: str, called: str, when: str) -> str:
    """What came of an absence without contact: how its alert ended, else how the last call went, else who will call."""
    if ended:
        return f"{ended}, {when}"
    return f"Called {when}: {called.lower()}" if called else f"{caller} will call"


def _plain(text: str) -> str:
    """The text without accents, so that Jose finds José."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _parts(name: str) -> list[str]:
    return [part for part in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", _plain(name)) if len(part) > 1]


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """The words of these names that stand in the text, as whole words, in whatever case or accent.

    A name that is also an everyday word ("will", "Grace") counts with its capital, or beside another part of the same
    name. Where a sentence may begin with the everyday word, it counts when someone does something there ("Will
    helped"). Initials, and names nobody recorded, are not found.
    """
    plain = _plain(text)
    found: list[str] = []
    for name in names:
        parts = _parts(name)
        for part in parts:
            if part in found:
                continue
            pattern = re.compile(rf"(?<![\w]){re.escape(part)}(?![\w-])", re.IGNORECASE)
            for match in pattern.finditer(plain):
                if part.casefold() not in EVERYDAY or _as_a_name(plain, match, parts):
                    found.append(part)
                    break
    return found


def _as_a_name(text: str, match: re.Match[str], parts: Sequence[str]) -> bool:
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
    others = {part.casefold() for part in parts} - {match[0].casefold()}
    beside = {word.casefold() for word in [*re.findall(r"[^\W\d_]+$", before), *re.findall(r"^[^\W\d_]+", after)]}
    if beside & others:
        return True
    if not match[0][0].isupper():
        return False
    opens_sentence = not before or before[-1] in ".!?:" or text[: match.start()].endswith("\n")
    if not opens_sentence or match[0].casefold() not in OPENERS or after.startswith(("'s", "’s")):
        return True
    following = re.match(r"[^\W\d_]+", after)
    return following is not None and (following[0].endswith("ed") or following[0] in _DID)


def why_not_shared(texts: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """For each field of the group part that names a member of the roster, the sentence to show beside it."""
    listed = list(names)
    said = {}
    for label, text in texts.items():
        if found := names_in(text, listed):
            said[label] = f"This text is shared by every record, so it names nobody. Please take out: {_all(found)}."
    return said


def why_not_own(text: str, own: str, others: Iterable[str]) -> list[str]:
    """Why this person's own part may not stand so: it names another member of the group."""
    mine = {part.casefold() for part in _parts(own)}
    found = [part for part in names_in(text, others) if part.casefold() not in mine]
    return [f"Another member is named here. Please take out: {_all(found)}."] if found else []


def _all(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def why_not_save(*, revision: int, standing: int, signed: bool, frozen_words: str) -> list[str]:
    """Why a shared draft may not be written over: it is signed, or someone else wrote since this text was opened."""
    if signed:
        return [frozen_words]
    return [] if revision == standing else ["This was changed since you opened it. Nothing is lost: both are below."]


@dataclass(frozen=True)
class Part:
    """What readiness is judged by, for one person."""

    name: str
    marked: bool
    here: bool
    left: datetime | None
    signed: bool = False
    words: str = ""
    took_part: str = ""
    ties: int = 0
    objectives: int = 0
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shared:
    """The group part as readiness sees it."""

    did: str
    several: bool
    faults: tuple[str, ...] = ()


def why_not_ready(part: Part, shared: Shared, at: datetime) -> list[str]:
    """What one person's note still lacks before it may be signed; short clauses, to follow the person's name."""
    if not part.marked:
        return ["is not marked yet"]
    if not part.here:
        return ["is away: no note"]
    lacks = []
    if part.left is not None and at < part.left:
        lacks.append("is still in the session")
    if not shared.did.strip():
        lacks.append("waits for what you did" if not shared.several else "waits for the group part")
    if shared.faults:
        lacks.append("waits for the group part to name nobody")
    if not part.words.strip():
        lacks.append("needs a line")
    elif why_not_own(part.words, part.name, part.others):
        lacks.append("has another member's name in it")
    if shared.several and part.took_part not in TOOK_PART:
        lacks.append("needs how they took part")
    if part.objectives and not part.ties:
        lacks.append("ties to no objective")
    return lacks


def why_not_sign(*, leads: bool, supervises: bool, cancelled: bool) -> list[str]:
    """Why this member may not sign notes of this session: those who led it do, or a supervisor for them."""
    reasons = []
    if cancelled:
        reasons.append("This session was cancelled, so there is nothing to sign.")
    if not (leads or supervises):
        reasons.append("Whoever led the session signs, or a supervisor for them.")
    return reasons


def why_not_add(*, signed: bool, words: str) -> list[str]:
    """Why no addendum may be written."""
    reasons = []
    if not signed:
        reasons.append("This note is not signed yet. Change the note itself.")
    if not words.strip():
        reasons.append("Write what you want to add.")
    return reasons


# Program rule: a signed note says what took place, so presence beneath it changes only for a reason in words; the note
# stays as it was and is answered by a dated addendum (as late entries are: AHIMA, Amendments in the EHR, 2012).
WHY_AFTER_SIGNING = "Their note is signed. Say why the attendance changes: the signed note stays as it is."


def why_not_correct(*, signed: bool, why: str) -> list[str]:
    """Why presence beneath a note may not be changed; a signed one asks for the reason in words."""
    return [WHY_AFTER_SIGNING] if signed and not why.strip() else []


# Texts of two people this close are asked about before they are signed (program default): cloned notes are what payers
# and the OIG look for (OIG Work Plan 2012; CMS, Documentation Matters). Two groups of equals may well say the same.
ALIKE = 0.9
FEWEST_ALIKE = 4  # words; shorter lines say the same by chance


def _bare(text: str) -> str:
    """The words alone: no numbers, no marks, no capitals."""
    return " ".join(re.findall(r"[^\W\d_]+", text.lower()))


def _close(one: str, other: str) -> bool:
    """Whether two texts share nearly all they say; the cheap bounds are asked first."""
    match = SequenceMatcher(None, one, other, False)
    return match.real_quick_ratio() >= ALIKE and match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def similar(texts: Mapping[str, str]) -> list[list[str]]:
    """Whose own texts are the same or nearly so, numbers aside: groups of at least two, in the order given."""
    bare = {who: _bare(text) for who, text in texts.items()}
    left = [who for who, text in bare.items() if len(text.split()) >= FEWEST_ALIKE]
    groups = []
    while left:
        first, *others = left
        near = [who for who in others if bare[who] == bare[first] or _close(bare[first], bare[who])]
        if near:
            groups.append([first, *near])
        left = [who for who in others if who not in near]
    return groups


def due_at(ends: datetime, hours: int = DUE_HOURS) -> datetime:
    """When the notes of a session must be signed."""
    return ends + timedelta(hours=hours)


def _clock(instant: datetime, zone: str) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"


@dataclass(frozen=True)
class Content:
    """Everything one person's note says. It names nobody but the person whose record it is in.

    `started` and `stopped` are the actual times, aware; `minutes` are those in the room.
    """

    program: str
    title: str
    service: str
    on: str
    place: str
    remote: bool
    led_by: tuple[str, ...]
    topic: str
    did: str
    mood: str
    several: bool
    started: datetime
    stopped: datetime
    minutes: int
    zone: str
    objectives: tuple[tuple[str, str], ...]
    took_part: str
    words: str


def lines_of(note: Content) -> list[str]:
    """The note line by line, without its signature."""
    lines = [
        f"{note.title} ({note.service}), {note.program}",
        f"{note.on}, {_clock(note.started, note.zone)} to {_clock(note.stopped, note.zone)}, {note.minutes} minutes, "
        f"{'by video' if note.remote else note.place}",
        f"Led by {', '.join(note.led_by)}",
    ]
    if note.topic:
        lines.append(f"Topic: {note.topic}")
    lines.append(f"What we did: {note.did.strip()}")
    if note.mood.strip():
        lines.append(f"How the group was: {note.mood.strip()}")
    lines += [f"Objective: {text}" for _, text in note.objectives] or ["Objective: no plan was in force"]
    if note.several and note.took_part:
        lines.append(f"Took part: {TOOK_PART[note.took_part].lower()}")
    lines.append(f"What was theirs: {note.words.strip()}")
    return lines


def frozen(note: Content, *, signer: str, signed: datetime) -> dict[str, object]:
    """What is signed, as the exact text and in parts; instants in the parts keep their offset."""
    text = "\n".join([*lines_of(note), f"Signed by {signer}, {_day_and_clock(signed, note.zone)}"])
    parts = {name: value for name, value in vars(note).items() if name not in {"several", "zone", "program"}}
    return {
        **parts,
        "text": text,
        "led_by": list(note.led_by),
        "started": note.started.isoformat(),
        "stopped": note.stopped.isoformat(),
        "objectives": [{"thread": thread, "words": words} for thread, words in note.objectives],
        "signer": signer,
        "signed": signed.isoformat(),
    }


def _day_and_clock(instant: datetime, zone: str) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%B} {local.day}, {local.year}, {_clock(instant, zone)}"
