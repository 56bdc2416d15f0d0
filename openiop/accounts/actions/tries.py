"""Counting tries of a secret, so that nobody finds one by trying and nobody is kept out for good by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from openiop.accounts import rules
from openiop.accounts.actions.sign_ins import Someone
from openiop.accounts.models import Try
from openiop.audit import actions as audit
from openiop.base.errors import Refused

OLD_AT_ONCE = 200  # rows past their day that one try takes away


@dataclass(frozen=True)
class Place:
    """Where a try comes from, in keyed digests: the account, the network, and a browser that signed in to it before."""

    account: str
    network: str
    browser: str = ""


def begin_try(*, secret: rules.Secret, place: Place, at: datetime) -> Try:
    """The try is counted before the secret is looked at; one too many is refused unread, with how long to wait.

    It stands before it is counted, in a transaction of its own, so that of many at once each sees all the others.
    """
    with transaction.atomic():
        stale = Try.objects.select_for_update(skip_locked=True).filter(at__lt=at - rules.LONGEST)
        stale = stale.order_by("at", "pk")[:OLD_AT_ONCE]
        Try.objects.filter(pk__in=list(stale.values_list("pk", flat=True))).delete()
        tried = Try.objects.create(
            secret=secret, account=place.account, network=place.network, browser=place.browser, at=at
        )
    left = _wait(tried, at)
    if left > timedelta(0):
        with transaction.atomic():
            earlier = Try.objects.filter(secret=secret, account=place.account, outcome=Try.Outcome.HELD)
            first = not earlier.filter(network=place.network, at__gt=at - 5 * rules.MINUTE).exists()
            Try.objects.filter(pk=tried.pk).update(outcome=Try.Outcome.HELD)
            if first:  # told once in five minutes: a flood of tries is no flood of events
                audit.record(what="door.held-back", about=Try, by=Someone(), at=at, secret=str(secret))
        raise Refused(f"{rules.TOO_MANY[secret]} Wait {rules.how_long(left)}, then try again.")
    return tried


@transaction.atomic
def end_try(*, tried: Try, right: bool, at: datetime) -> None:
    """The secret was right, and counts no more; or it was wrong."""
    outcome = Try.Outcome.RIGHT if right else Try.Outcome.FAILED
    Try.objects.filter(pk=tried.pk, at__lte=at).update(outcome=outcome)


def _wait(tried: Try, at: datetime) -> timedelta:
    """The longest wait that any bound asks for before this try, its own row left out.

    A browser that signed in to the account before is counted by itself: what strangers try elsewhere keeps its owner
    out of nothing (OWASP, device cookies).
    """
    limits = rules.LIMITS[rules.Secret(tried.secret)]
    rows = Try.objects.filter(secret=tried.secret, outcome__in=[Try.Outcome.OPEN, Try.Outcome.FAILED])
    rows = rows.filter(at__gt=at - rules.LONGEST).exclude(pk=tried.pk)
    mine = rows.filter(account=tried.account)
    if tried.browser:
        asked = [(mine.filter(browser=tried.browser), (*limits.place, *limits.account))]
    else:
        strangers = mine.filter(browser="")
        asked = [(strangers.filter(network=tried.network), limits.place), (strangers, limits.account)]
    asked.append((rows.filter(network=tried.network), limits.network))
    return max(
        rules.wait(tries=list(found.values_list("at", flat=True)), limits=bounds, at=at) for found, bounds in asked
    )
