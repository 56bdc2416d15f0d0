"""Registering a person, opening and ending care, changing its level and its team."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants import queries, rules
from openiop.participants.models import (
    Diagnosis,
    Episode,
    LevelOfCare,
    Merge,
    NotSame,
    Participant,
    Supporter,
    TeamPlace,
)
from openiop.programs.models import Membership, Program

CONTACT_FIELDS = (
    "legal_name", "preferred_name", "pronouns", "birth_on", "gender", "phone", "email", "address", "postal_code",
    "language", "strengths",
)  # fmt: skip


@transaction.atomic
def register_participant(*, program: Program, by: Membership | None, at: datetime, **facts: Any) -> Participant:
    """A person is known to the program under the next record number; no care has begun."""
    if not str(facts.get("legal_name", "")).strip():
        raise Refused("A name is needed.")
    if reasons := rules.why_not_born(facts.get("birth_on"), local_day(at, program.zone)):
        raise Refused(reasons)
    Program.objects.select_for_update().get(pk=program.pk)  # two registrations never take one number
    highest = Participant.objects.filter(program=program).aggregate(top=Max("number"))["top"] or 1000
    person = Participant.objects.create(program=program, number=highest + 1, **facts)
    audit.record(
        what="participant.registered", about=person, by=by, at=at, participant_id=person.id, program_id=program.id
    )
    return person


@transaction.atomic
def correct_participant(*, participant: Participant, by: Membership, at: datetime, **facts: Any) -> Participant:
    """The person's particulars read as given now; which fields changed is on record."""
    if "legal_name" in facts and not str(facts["legal_name"]).strip():
        raise Refused("A name is needed.")
    if reasons := rules.why_not_born(facts.get("birth_on"), local_day(at, participant.program.zone)):
        raise Refused(reasons)
    changed = [name for name in CONTACT_FIELDS if name in facts and getattr(participant, name) != facts[name]]
    for name in changed:
        setattr(participant, name, facts[name])
    if changed:
        participant.save(update_fields=changed)
        audit.record(
            what="participant.corrected", about=participant, by=by, at=at, participant_id=participant.id, fields=changed
        )
    return participant


@transaction.atomic
def give_sign_in(*, participant: Participant, member: Membership, by: Membership | None, at: datetime) -> Participant:
    """The person can sign in and see their own record."""
    participant.membership = member
    participant.save(update_fields=["membership"])
    audit.record(
        what="participant.given-sign-in", about=participant, by=by, at=at, participant_id=participant.id,
        program_id=participant.program_id, user=member.user_id,
    )  # fmt: skip
    return participant


def _two(one: Participant, other: Participant) -> tuple[Participant, Participant]:
    """Both records, locked in one order whoever asks."""
    rows = Participant.objects.select_for_update().filter(pk__in={one.pk, other.pk}).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[one.pk], found[other.pk]


@transaction.atomic
def merge_records(
    *,
    kept: Participant,
    absorbed: Participant,
    reason: str,
    signs: Iterable[str],
    conflicts: Iterable[str],
    by: Membership,
    at: datetime,
) -> Merge:
    """The two are read together under the kept one. No row moves, so that parting them gives back what was.

    `conflicts`: consents in force on both that differ, which the room that keeps consents names.
    """
    kept, absorbed = _two(kept, absorbed)
    if reasons := rules.why_not_merge(
        kept=queries.side_of(kept), absorbed=queries.side_of(absorbed), conflicts=conflicts, reason=reason
    ):
        raise Refused(reasons)
    merge = Merge.objects.create(kept=kept, absorbed=absorbed, reason=reason.strip(), signs=list(signs), by=by, at=at)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    for person in (kept, absorbed):
        audit.record(
            what="record.merged", about=merge, by=by, at=at, participant_id=person.pk, kept=kept.pk,
            absorbed=absorbed.pk,
        )  # fmt: skip
    return merge


@transaction.atomic
def part_records(*, merge: Merge, reason: str, by: Membership, at: datetime) -> Merge:
    """Each record stands alone again, with what was written on it before the merge and since."""
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if reasons := rules.why_not_part(undone=merge.undone_at is not None, reason=reason):
        raise Refused(reasons)
    absorbed, _ = _two(merge.absorbed, merge.kept)
    merge.undone_at, merge.undone_by, merge.undone_reason = at, by, reason.strip()
    merge.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    for key in (merge.kept_id, merge.absorbed_id):
        audit.record(
            what="record.parted", about=merge, by=by, at=at, participant_id=key, kept=merge.kept_id,
            absorbed=merge.absorbed_id,
        )  # fmt: skip
    return merge


@transaction.atomic
def keep_apart(*, one: Participant, other: Participant, reason: str, by: Membership, at: datetime) -> NotSame:
    """Two records alike are two people; they are not offered as one again."""
    if not reason.strip():
        raise Refused("Say how you know that they are two people.")
    one, other = sorted(_two(one, other), key=lambda row: row.pk)
    row, made = NotSame.objects.get_or_create(
        one=one, other=other, defaults={"reason": reason.strip(), "by": by, "at": at}
    )
    if made:
        for person in (one, other):
            audit.record(what="record.kept-apart", about=row, by=by, at=at, participant_id=person.pk)
    return row


@transaction.atomic
def add_supporter(
    *, participant: Participant, name: str, relation: str, by: Membership, at: datetime, **facts: Any
) -> Supporter:
    """Someone the participant named stands in their record; naming them gives them no access."""
    if not name.strip():
        raise Refused("A name is needed.")
    Participant.objects.select_for_update().get(pk=participant.pk)
    same = Supporter.objects.filter(participant=participant, name=name.strip(), ended_at__isnull=True)
    if twice := same.filter(relation=relation).order_by("created_at", "pk").first():
        return twice
    supporter = Supporter.objects.create(participant=participant, name=name.strip(), relation=relation, **facts)
    audit.record(what="supporter.added", about=supporter, by=by, at=at, participant_id=participant.id)
    return supporter


@transaction.atomic
def end_supporter(*, supporter: Supporter, by: Membership, at: datetime) -> Supporter:
    """The person no longer names them: from now on they see nothing, whatever a consent says."""
    supporter = Supporter.objects.select_for_update().get(pk=supporter.pk)
    if supporter.ended_at:
        return supporter
    supporter.ended_at = at
    supporter.save(update_fields=["ended_at"])
    audit.record(what="supporter.ended", about=supporter, by=by, at=at, participant_id=supporter.participant_id)
    return supporter


@transaction.atomic
def give_supporter_sign_in(
    *, supporter: Supporter, member: Membership, by: Membership | None, at: datetime
) -> Supporter:
    """The supporter can sign in; what they then see is for consents to say."""
    supporter.membership = member
    supporter.save(update_fields=["membership"])
    audit.record(
        what="supporter.given-sign-in", about=supporter, by=by, at=at, participant_id=supporter.participant_id,
        program_id=member.program_id, user=member.user_id,
    )  # fmt: skip
    return supporter


@transaction.atomic
def add_diagnosis(
    *,
    participant: Participant,
    code: str,
    words: str,
    by: Membership,
    at: datetime,
    family: str = "",
    system: str = "icd-10-cm",
    source: str = "clinician",
    onset_on: date | None = None,
) -> Diagnosis:
    """A condition is active in the record from now on."""
    code = code.strip().upper()
    today = local_day(at, participant.program.zone)
    if system == "icd-10-cm" and source == "clinician":
        reasons = rules.why_not_diagnosis(code=code, words=words, on=today, onset_on=onset_on)
    else:
        reasons = [] if code and words.strip() else ["A diagnosis needs its code and its words."]
    if reasons:
        raise Refused(reasons)
    if Diagnosis.objects.filter(participant=participant, system=system, code=code, ended_on__isnull=True).exists():
        raise Refused("This diagnosis is active already.")
    row = Diagnosis.objects.create(
        participant=participant,
        system=system,
        code=code,
        words=words,
        family=family or rules.family_of(code),
        source=source,
        onset_on=onset_on,
        recorded_at=at,
        recorded_by=by,
    )
    audit.record(what="diagnosis.added", about=row, by=by, at=at, participant_id=participant.id, code=code)
    return row


@transaction.atomic
def end_diagnosis(*, diagnosis: Diagnosis, on: date, reason: str, by: Membership, at: datetime) -> Diagnosis:
    """The condition is no longer active; the row stays."""
    diagnosis = Diagnosis.objects.select_for_update().select_related("participant__program").get(pk=diagnosis.pk)
    if reasons := rules.why_not_end_diagnosis(
        ended=diagnosis.ended_on is not None,
        reason=reason,
        on=on,
        today=local_day(at, diagnosis.participant.program.zone),
        onset_on=diagnosis.onset_on,
    ):
        raise Refused(reasons)
    diagnosis.ended_on, diagnosis.ended_reason = on, reason.strip()
    diagnosis.save(update_fields=["ended_on", "ended_reason"])
    audit.record(what="diagnosis.ended", about=diagnosis, by=by, at=at, participant_id=diagnosis.participant_id)
    return diagnosis


@transaction.atomic
def open_episode(
    *,
    participant: Participant,
    level: str,
    starts_on: date,
    review_on: date | None,
    primary: Membership,
    team: Iterable[tuple[Membership, str]],
    reason: str,
    by: Membership,
    at: datetime,
    words: str = "",
) -> Episode:
    """The person is in care at the level, with a team and a date on which it is looked at again."""
    if Participant.objects.select_for_update().get(pk=participant.pk).merged_into_id:
        raise Refused(rules.MERGED_AWAY)
    already = Episode.objects.open().filter(participant=participant).exists()
    if reasons := rules.why_not_admit(open_episode=already, review_on=review_on, starts_on=starts_on, level=level):
        raise Refused(reasons)
    assert review_on is not None
    episode = Episode.objects.create(
        participant=participant, started_on=starts_on, level=level, review_on=review_on, primary=primary
    )
    LevelOfCare.objects.create(
        episode=episode, level=level, from_on=starts_on, reason=reason, words=words, decided_by=by, decided_at=at
    )
    places = {primary.pk: (primary, "Counselor")} | {member.pk: (member, part) for member, part in team}
    TeamPlace.objects.bulk_create(
        TeamPlace(episode=episode, member=member, part=part, from_on=starts_on) for member, part in places.values()
    )
    audit.record(
        what="episode.opened", about=episode, by=by, at=at, participant_id=participant.id, level=level,
        review_on=review_on,
    )  # fmt: skip
    return episode


@transaction.atomic
def change_level(
    *, episode: Episode, to: str, from_on: date, reason: str, by: Membership, at: datetime, words: str = ""
) -> LevelOfCare:
    """Same episode, same chart, another level from the day on."""
    now = LevelOfCare.objects.select_for_update().get(episode=episode, until_on__isnull=True)
    if reasons := rules.why_not_change_level(
        ended=episode.ended_on is not None, now=now.level, to=to, from_on=from_on, since=now.from_on
    ):
        raise Refused(reasons)
    now.until_on = from_on
    now.save(update_fields=["until_on"])
    row = LevelOfCare.objects.create(
        episode=episode, level=to, from_on=from_on, reason=reason, words=words, decided_by=by, decided_at=at
    )
    episode.level = to
    episode.save(update_fields=["level"])
    audit.record(
        what="level.changed", about=row, by=by, at=at, participant_id=episode.participant_id, was=now.level, to=to
    )
    return row


@transaction.atomic
def correct_first_day(
    *, episode: Episode, starts_on: date, review_on: date, words: str, by: Membership, at: datetime
) -> Episode:
    """The stay, its level and its team begin on the day meant; the day that was mistyped is in the event."""
    episode = Episode.objects.select_for_update().get(pk=episode.pk)
    levels = LevelOfCare.objects.filter(episode=episode)
    if reasons := rules.why_not_correct_first_day(
        ended=episode.ended_on is not None,
        levels=levels.count(),
        was=episode.started_on,
        starts_on=starts_on,
        review_on=review_on,
        words=words,
    ):
        raise Refused(reasons)
    was = episode.started_on
    episode.started_on, episode.review_on = starts_on, review_on
    episode.save(update_fields=["started_on", "review_on"])
    levels.filter(until_on__isnull=True).update(from_on=starts_on)
    TeamPlace.objects.filter(episode=episode, until_on__isnull=True, from_on=was).update(from_on=starts_on)
    audit.record(
        what="episode.first-day-corrected", about=episode, by=by, at=at, participant_id=episode.participant_id,
        was=str(was), to=str(starts_on), why=words.strip(),
    )  # fmt: skip
    return episode


@transaction.atomic
def set_review(*, episode: Episode, on: date, by: Membership, at: datetime) -> Episode:
    """The episode is looked at again on the day."""
    if episode.ended_on:
        raise Refused("This episode has ended.")
    if on <= at.date():
        raise Refused("The next review must lie ahead.")
    episode.review_on = on
    episode.save(update_fields=["review_on"])
    audit.record(what="review.set", about=episode, by=by, at=at, participant_id=episode.participant_id, on=on)
    return episode


@transaction.atomic
def end_episode(
    *, episode: Episode, on: date, reason: str, last_contact_on: date | None, by: Membership, at: datetime
) -> Episode:
    """Care has ended on the day, with the reason as TEDS codes it. Nothing of the record goes."""
    if episode.ended_on:
        raise Refused("This episode has ended already.")
    if reason not in rules.TEDS_REASONS:
        raise Refused("Choose the reason from the list.")
    if on < episode.started_on:
        raise Refused("Care cannot end before it began.")
    episode.ended_on, episode.ended_reason, episode.last_contact_on = on, reason, last_contact_on
    episode.save(update_fields=["ended_on", "ended_reason", "last_contact_on"])
    LevelOfCare.objects.filter(episode=episode, until_on__isnull=True).update(until_on=on)
    TeamPlace.objects.filter(episode=episode, until_on__isnull=True).update(until_on=on)
    audit.record(
        what="episode.ended", about=episode, by=by, at=at, participant_id=episode.participant_id, reason=reason
    )
    return episode


@transaction.atomic
def join_team(*, episode: Episode, member: Membership, part: str, on: date, by: Membership, at: datetime) -> TeamPlace:
    """The member of staff is on the person's team from the day on."""
    if TeamPlace.objects.filter(episode=episode, member=member, until_on__isnull=True).exists():
        raise Refused("They are on the team already.")
    place = TeamPlace.objects.create(episode=episode, member=member, part=part, from_on=on)
    audit.record(what="team.joined", about=place, by=by, at=at, participant_id=episode.participant_id)
    return place


@transaction.atomic
def leave_team(*, place: TeamPlace, on: date, by: Membership, at: datetime) -> TeamPlace:
    """The member of staff is off the team from the day on; the primary counselor is handed over, not removed."""
    if place.member_id == place.episode.primary_id:
        raise Refused("Name another primary counselor first.")
    if place.until_on is not None:
        raise Refused("They have left the team already.")
    place.until_on = on
    place.save(update_fields=["until_on"])
    audit.record(what="team.left", about=place, by=by, at=at, participant_id=place.episode.participant_id)
    return place


@transaction.atomic
def hand_over(*, episode: Episode, to: Membership, on: date, by: Membership, at: datetime) -> Episode:
    """Another counselor is primary from now on and on the team."""
    if episode.primary_id == to.pk:
        raise Refused("They are the primary counselor already.")
    episode.primary = to
    episode.save(update_fields=["primary"])
    if not TeamPlace.objects.filter(episode=episode, member=to, until_on__isnull=True).exists():
        TeamPlace.objects.create(episode=episode, member=to, part="Counselor", from_on=on)
    audit.record(what="episode.handed-over", about=episode, by=by, at=at, participant_id=episode.participant_id)
    return episode
