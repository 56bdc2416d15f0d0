"""Beginning care."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from openiop.admissions import queries, rules
from openiop.admissions.models import Assessment, Enquiry
from openiop.admissions.rules import Stage
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants import actions as participants
from openiop.participants.models import Episode, Participant
from openiop.programs.models import Membership


@transaction.atomic
def admit(
    *,
    participant: Participant,
    assessment: Assessment | None,
    level: str,
    starts_on: date,
    review_on: date | None,
    primary: Membership,
    team: Iterable[tuple[Membership, str]],
    by: Membership,
    at: datetime,
    words: str = "",
) -> Episode:
    """The person is in care at the decided level, with a team and a review date; nothing is missing underneath."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    ready = queries.readiness(participant, at)
    reasons = [one.words for one in ready.missing]
    decided = ready.assessment
    if decided is not None and (assessment is None or assessment.pk != decided.pk):
        reasons.append("Another assessment was decided since. Look at it first.")
    if reasons or decided is None or decided.decided_at is None:
        raise Refused(reasons)
    today = local_day(at, participant.program.zone)
    members = [primary, *(member for member, _ in team)] if (team := list(team)) else [primary]
    if any(member.program_id != participant.program_id for member in members):
        raise Refused("The care team works in this program.")
    reasons = rules.why_not_first_day(starts_on, today, queries.days_ahead(participant.program_id, today))
    for member, part in team:
        reasons += rules.why_not_part(part, member.roles)
    reasons += rules.why_not_start(
        level=level,
        decided_level=decided.selected,
        starts_on=starts_on,
        decided_on=local_day(decided.decided_at, participant.program.zone),
        review_on=review_on,
        counselor=primary in queries.counselors(participant.program_id, today),
    )
    if reasons:
        raise Refused(reasons)
    episode = participants.open_episode(
        participant=participant,
        level=level,
        starts_on=starts_on,
        review_on=review_on,
        primary=primary,
        team=team,
        reason="admission",
        words=words or decided.words,
        by=by,
        at=at,
    )
    decided.episode = episode
    decided.save(update_fields=["episode"])
    for enquiry in Enquiry.objects.select_for_update().filter(participant=participant):
        enquiry.status = rules.furthest(enquiry.status, Stage.ADMITTED)
        enquiry.save(update_fields=["status"])
    audit.record(
        what="participant.admitted",
        about=participant,
        by=by,
        at=at,
        participant_id=participant.pk,
        level=level,
        assessment=decided.pk,
    )
    return episode
