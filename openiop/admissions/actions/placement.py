"""Assessing by dimension: starting, the safety check and its stops, rating, deciding."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openiop.admissions import queries, rules
from openiop.admissions.models import Assessment, Enquiry, HardStop, Rating
from openiop.admissions.rules import Stage
from openiop.alerts import actions as alerts
from openiop.alerts import queries as duty
from openiop.alerts.rules import due_for
from openiop.audit import actions as audit
from openiop.base.errors import Refused
from openiop.base.rules import local_day
from openiop.participants.models import Episode, Participant
from openiop.programs import queries as programs
from openiop.programs.models import Membership
from openiop.programs.rules import Permission


def _record(
    what: str, about: Assessment | Rating | HardStop, participant_id: object, by: Membership, at: datetime, **facts: Any
) -> None:
    audit.record(what=what, about=about, by=by, at=at, participant_id=str(participant_id), **facts)


def _draft(assessment: Assessment) -> Assessment:
    """The assessment, held until this write is done; a decided one is frozen."""
    row = Assessment.objects.select_for_update().select_related("participant__program").get(pk=assessment.pk)
    if row.decided:
        raise Refused("This assessment is decided and stays as it is. Start a new one to rate again.")
    return row


@transaction.atomic
def start_assessment(*, participant: Participant, by: Membership, at: datetime) -> Assessment:
    """An assessment is open to rate; the last decided one stays beside it. Asked twice, it is the same one."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    if already := Assessment.objects.filter(participant=participant, status=Assessment.Status.DRAFT).first():
        return already
    assessment = Assessment.objects.create(
        participant=participant,
        episode=Episode.objects.open().filter(participant=participant).first(),
        previous=queries.last_decided(participant.pk),
        started_at=at,
        started_by=by,
    )
    _record("assessment.started", assessment, participant.pk, by, at)
    return assessment


@transaction.atomic
def check_safety(
    *, assessment: Assessment, facts: Mapping[str, bool | int | None], by: Membership, at: datetime
) -> list[HardStop]:
    """The safety check reads as given now; every stop it newly opens stands, owned. Returns those opened by it."""
    row = _draft(assessment)
    zone = row.participant.program.zone
    today = local_day(at, zone)
    least = programs.policy_value(row.participant.program_id, "minimum-age", today, rules.MINIMUM_AGE)
    known: dict[str, bool | int | None] = {fact.code: facts.get(fact.code) is True for fact in rules.FACTS}
    known |= {"ciwa_ar": facts.get("ciwa_ar"), "age": rules.years_old(row.participant.birth_on, today)}
    known["minimum_age"] = int(least)
    before = rules.stops_for(row.safety)
    found = rules.stops_for(known)
    have = set(row.stops.values_list("code", flat=True))
    row.safety, row.safety_at, row.safety_by = known, at, by
    row.save(update_fields=["safety", "safety_at", "safety_by"])
    _record("assessment.safety-checked", row, row.participant_id, by, at, stops=sorted(found))
    owner = duty.owner_for(row.participant, at)
    return [
        find_stop(assessment=row, code=code, owner=owner, by=by, at=at)
        for code in sorted(found)
        if code not in before or code not in have
    ]


@transaction.atomic
def find_stop(*, assessment: Assessment, code: str, owner: Membership, by: Membership, at: datetime) -> HardStop:
    """The hard stop stands open with its owner, and an urgent alert with it; the same stop is open once."""
    if code not in rules.STOPS:
        raise Refused("There is no such hard stop.")
    row = Assessment.objects.select_for_update().select_related("participant__program").get(pk=assessment.pk)
    if already := row.stops.filter(code=code, closed_at__isnull=True).first():
        return already
    stop = HardStop.objects.create(assessment=row, code=code, found_at=at, owner=owner)
    _record("hard-stop.found", stop, row.participant_id, by, at, code=code)
    alerts.raise_alert(
        participant=row.participant,
        program=row.participant.program,
        kind="hard-stop",
        level="urgent",
        words=rules.STOPS[code].words,
        why=rules.STOPS[code].do,
        source=stop,
        due_at=due_for("urgent", at, row.participant.program.zone),
        owner=owner,
        backup=duty.supervisor(row.participant.program_id, at),
        link=f"/people/{row.participant_id}/placement/",
        by=by,
        at=at,
    )
    return stop


@transaction.atomic
def close_stop(*, stop: HardStop, disposition: str, by: Membership, at: datetime) -> HardStop:
    """A named clinician closed the stop in writing; its alert learns of it and stays for its owner to close."""
    stop = HardStop.objects.select_for_update().select_related("assessment").get(pk=stop.pk)
    reasons = rules.why_not_close_stop(closed=stop.closed_at is not None, disposition=disposition)
    if not by.may(Permission.CHOOSE_LEVEL):
        reasons.insert(0, "Only a clinician may close a hard stop.")
    if reasons:
        raise Refused(reasons)
    stop.disposition, stop.closed_at, stop.closed_by = disposition.strip(), at, by
    stop.save(update_fields=["disposition", "closed_at", "closed_by"])
    _record("hard-stop.closed", stop, stop.assessment.participant_id, by, at, code=stop.code)
    alert = duty.about(stop._meta.label_lower, stop.pk, "hard-stop")
    if alert is not None and alert.closed_at is None:
        alerts.add_fact(alert=alert, words="The hard stop was closed with a written disposition.", by=by, at=at)
    return stop


@transaction.atomic
def rate(
    *,
    assessment: Assessment,
    dimension: int,
    value: int,
    evidence: str,
    by: Membership,
    at: datetime,
    source: str = "interview",
) -> Rating:
    """The dimension is rated so from now on; the earlier rating stays as a row. The same again writes nothing."""
    row = _draft(assessment)
    if reasons := rules.why_not_rate(decided=False, dimension=dimension, value=value):
        raise Refused(reasons)
    last = queries.ratings(row.pk).get(dimension)
    if last and (last.value, last.evidence, last.source) == (value, evidence.strip(), source):
        return last
    rating = Rating.objects.create(
        assessment=row,
        dimension=dimension,
        version=last.version + 1 if last else 1,
        value=value,
        evidence=evidence.strip(),
        source=source,
        rated_at=at,
        rated_by=by,
    )
    _record("dimension.rated", rating, row.participant_id, by, at, dimension=dimension, value=value)
    return rating


@transaction.atomic
def keep_own_view(*, assessment: Assessment, words: str, by: Membership, at: datetime) -> Assessment:
    """The person's own view stands in the assessment in their words."""
    row = _draft(assessment)
    if row.own_view != words.strip():
        row.own_view = words.strip()
        row.save(update_fields=["own_view"])
        _record("assessment.own-view-kept", row, row.participant_id, by, at)
    return row


@transaction.atomic
def decide(
    *,
    assessment: Assessment,
    level: str,
    difference: str,
    words: str,
    by: Membership,
    at: datetime,
    seen: str | None = None,
) -> Assessment:
    """A clinician chose the level, with reasons; what was suggested is kept beside it and the assessment is frozen."""
    row = Assessment.objects.select_for_update().select_related("participant").get(pk=assessment.pk)
    rated = queries.ratings(row.pk)
    values = {number: rating.value for number, rating in rated.items()}
    stops = set(row.stops.filter(closed_at__isnull=True).values_list("code", flat=True))
    reasons = rules.why_not_decide(
        decided=row.decided,
        ratings=values,
        without_evidence={number for number, rating in rated.items() if not rating.evidence},
        safety_checked=row.safety_at is not None,
        open_stops=stops,
        level=level,
        difference=difference,
        words=words,
    )
    if not by.may(Permission.CHOOSE_LEVEL):
        reasons.insert(0, "Only a clinician may decide the level of care.")
    if seen is not None and not row.decided and seen != queries.seen(rated, stops):
        reasons.insert(0, "The ratings changed since you opened this page. Look at them again, then decide.")
    if reasons:
        raise Refused(reasons)
    suggestion = rules.suggest([values[number] for number in range(1, 7)], stops)
    if suggestion:
        row.rule, row.suggested, row.suggested_level = suggestion.rule, suggestion.text, suggestion.level
    row.selected, row.difference, row.words = level, difference, words.strip()
    row.status, row.decided_at, row.decided_by = Assessment.Status.DECIDED, at, by
    row.save()
    _record(
        "assessment.decided", row, row.participant_id, by, at,
        rule=row.rule, suggested=row.suggested_level, selected=level, difference=difference,
    )  # fmt: skip
    for enquiry in Enquiry.objects.select_for_update().filter(participant=row.participant):
        enquiry.status = rules.furthest(enquiry.status, Stage.ASSESSED)
        enquiry.save(update_fields=["status"])
    return row
