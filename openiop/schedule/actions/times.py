"""Times that are taken: someone on the staff is out, a participant has an appointment elsewhere."""

from datetime import date, datetime, timedelta

from django.db import transaction

from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import Period, local_day
from openiop.participants.models import Episode
from openiop.programs.models import Membership
from openiop.schedule import rules
from openiop.schedule.models import Away, Elsewhere


@transaction.atomic
def note_elsewhere(
    *, episode: Episode, starts_at: datetime, minutes: int, with_whom: str, where: str, by: Membership, at: datetime
) -> Elsewhere:
    """The person has an appointment outside the program; they read it on their week, and their time is taken."""
    if not with_whom.strip():
        raise Refused("Say with whom the appointment is.")
    if not 0 < minutes <= rules.DAY:
        raise Refused("An appointment takes at least a minute and at most a day.")
    row = Elsewhere.objects.create(
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        with_whom=with_whom.strip(),
        where=where.strip(),
    )
    audit.record(what="elsewhere.noted", about=row, by=by, at=at, participant_id=episode.participant_id)
    return row


@transaction.atomic
def end_elsewhere(*, elsewhere: Elsewhere, by: Membership, at: datetime) -> Elsewhere:
    """The appointment elsewhere does not take place; it stands on nobody's week any more."""
    row = Elsewhere.objects.select_for_update().get(pk=elsewhere.pk)
    if row.off_at is None:
        row.off_at = at
        row.save(update_fields=["off_at"])
        person = Episode.objects.get(pk=row.episode_id).participant_id
        audit.record(what="elsewhere.off", about=row, by=by, at=at, participant_id=person)
    return row


@transaction.atomic
def note_away(*, member: Membership, why: str, from_on: date, until_on: date, by: Membership, at: datetime) -> Away:
    """The member is out from the day up to the day they are back; nothing is proposed to them meanwhile."""
    member = Membership.objects.select_for_update().get(pk=member.pk)
    if not member.is_staff or member.program_id != by.program_id:
        raise Refused("Choose someone on the staff of this program.")
    stands = Away.objects.filter(member=member, until_on__gt=from_on)
    reasons = rules.why_not_away(
        why=why,
        first=from_on,
        until=until_on,
        today=local_day(at, member.program.zone),
        stands=[Period(row.from_on, row.until_on) for row in stands if row.until_on > row.from_on],
    )
    if reasons:
        raise Refused(reasons)
    row = Away.objects.create(member=member, why=why, from_on=from_on, until_on=until_on, noted_at=at, noted_by=by)
    audit.record(what="away.noted", about=row, by=by, at=at, program_id=member.program_id, member=member.pk)
    return row


@transaction.atomic
def note_back(*, away: Away, by: Membership, at: datetime) -> Away:
    """The member is back from today on, or does not go at all; what was given to others stays with them."""
    row = Away.objects.select_for_update().get(pk=away.pk)
    today = local_day(at, Membership.objects.select_related("program").get(pk=row.member_id).program.zone)
    if row.back_at is not None or row.until_on <= today:
        raise Refused("They are back already.")
    row.until_on, row.back_at, row.back_by = max(row.from_on, today), at, by
    row.save(update_fields=["until_on", "back_at", "back_by"])
    audit.record(what="away.ended", about=row, by=by, at=at, program_id=by.program_id, member=row.member_id)
    return row
