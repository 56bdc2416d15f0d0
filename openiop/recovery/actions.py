"""The daily check-in. What is unsafe raises its alert in the same transaction."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from openiop.alerts import actions as alerts
from openiop.alerts import queries as alert_queries
from openiop.alerts import rules as alert_rules
from openiop.alerts.models import Alert
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants.models import Episode, Participant
from openiop.programs.models import Membership
from openiop.programs.queries import policy_value, policy_values
from openiop.recovery import queries, rules
from openiop.recovery.models import CheckIn

# The program's own bounds, each with what counts where it set none.
BOUNDS = {
    "alert_craving_at": rules.CRAVING_AT,
    "alert_craving_rise": rules.CRAVING_RISE,
    "alert_mood_at": rules.MOOD_AT,
    "alert_mood_drop": rules.MOOD_DROP,
}


@transaction.atomic
def check_in(
    *, participant: Participant, on: date, at: datetime, by: Membership, again: bool = False, **answers: Any
) -> CheckIn:
    """The day's check-in holds these answers beside those already given; what someone must see has its alert.

    `again`: the person says on purpose that what they answered before is so once more.
    """
    today = local_day(at, participant.program.zone)
    if reasons := rules.why_not(on=on, today=today, answers=answers):
        raise Refused(reasons)
    Participant.objects.select_for_update().get(pk=participant.pk)  # two taps at once make one check-in
    row = queries.today(participant.pk, on)
    before = {name: getattr(row, name) for name in answers} if row else {}
    anew = {name for name, value in before.items() if again or value != answers[name]}
    if row is None:
        row = CheckIn.objects.create(participant=participant, on=on, answered_at=at, **answers)
    else:
        for name, value in answers.items():
            setattr(row, name, value)
        row.answered_at = at
        row.save(update_fields=[*answers, "answered_at"])
    codes = {name: value for name, value in answers.items() if name != "words"}
    audit.record(
        what="check-in.kept", about=row, by=by, at=at, participant_id=participant.pk, **codes, wrote="words" in answers
    )
    _watch(row, participant, set(answers), before, anew, by, at)
    return row


def _watch(
    row: CheckIn,
    participant: Participant,
    told: set[str],
    before: dict[str, Any],
    anew: set[str],
    by: Membership,
    at: datetime,
) -> None:
    """Each concern raises its alert; said again after that was closed, it is raised anew.

    An answer taken back is added to an alert that stands, and closes nothing.
    """
    if not told & {"safe", "use", "craving", "mood"}:
        return
    zone, program = participant.program.zone, participant.program_id
    bounds = policy_values(program, row.on, BOUNDS)
    week = queries.week_before(participant.pk, row.on) if told & {"craving", "mood"} else []
    found = rules.concerns(
        safe=row.safe,
        use=row.use,
        craving=row.craving,
        earlier=[day.craving for day in week if day.craving is not None] if "craving" in told else (),
        opioid=row.use == CheckIn.Use.DRUG and queries.opioid(participant.pk),
        craving_at=bounds["alert_craving_at"],
        craving_rise=bounds["alert_craving_rise"],
        mood=row.mood if "mood" in told else None,
        earlier_moods=[day.mood for day in week] if "mood" in told else (),
        mood_at=bounds["alert_mood_at"],
        mood_drop=bounds["alert_mood_drop"],
    )
    asked = {"unsafe-check-in": "safe", "use-reported": "use", "craving": "craving", "low-mood": "mood"}
    milder = _taken_back(told, before, row)
    for concern in found:
        name = asked[concern.kind]
        if name not in told:
            continue
        standing = alert_queries.about(row._meta.label_lower, row.pk, concern.kind) if name in milder else None
        if standing is not None and standing.closed_at is None:
            continue  # what is milder is added to it below
        owner = alert_queries.owner_for(participant, at)
        above = alert_queries.supervisor(program, at)
        hours = policy_value(program, "alert-hours", row.on, None)
        alerts.raise_alert(
            participant=participant,
            kind=concern.kind,
            level=concern.level,
            words=concern.words,
            why=concern.why,
            source=row,
            due_at=alert_rules.due_for(concern.level, at, zone, hours),
            owner=owner,
            backup=above if above and above.pk != owner.pk else None,
            at=at,
            by=by,
            link=reverse("recovery:check_ins", args=[participant.pk]),
            anew=name in anew,
        )
    for kind, name in asked.items():
        standing = alert_queries.about(row._meta.label_lower, row.pk, kind) if name in milder else None
        if standing is not None and standing.closed_at is None:
            words = "The answer was changed to a milder one later that day. Talk about both."
            alerts.add_fact(alert=standing, words=words, by=by, at=at)


def _taken_back(told: set[str], before: dict[str, Any], row: CheckIn) -> set[str]:
    """Names of the answers that are now milder than they were."""
    grave = {"no": 2, "unsure": 1}
    milder = set()
    if "safe" in told and grave.get(row.safe, 0) < grave.get(before.get("safe", ""), 0):
        milder.add("safe")
    if "use" in told and before.get("use") in {"alcohol", "drug", "behavior"} and row.use in {"none", "unsure", ""}:
        milder.add("use")
    if "craving" in told and (before.get("craving") or 0) > (row.craving or 0):
        milder.add("craving")
    earlier = before.get("mood")
    if "mood" in told and earlier is not None and (row.mood is None or row.mood > earlier):
        milder.add("mood")
    return milder


@transaction.atomic
def raise_silence(*, episode: Episode, last: date, by: Membership | None, at: datetime) -> Alert:
    """Someone who usually checks in has not since that day: one alert for each silence, owned by their counselor."""
    program = episode.participant.program
    hours = policy_value(program.pk, "alert-hours", local_day(at, program.zone), None)
    return alerts.raise_alert(
        participant=episode.participant,
        program=program,
        kind="check-in-silence",
        level="low",
        words=rules.silence_words(last),
        why=f"They answered most days before; {rules.SILENT_DAYS} full days without ask for a look (program default).",
        source=episode,
        due_at=alert_rules.due_for("low", at, program.zone, hours),
        owner=alert_queries.owner_for(episode.participant, at),
        link=reverse("recovery:check_ins", args=[episode.participant_id]),
        by=by,
        at=at,
    )
