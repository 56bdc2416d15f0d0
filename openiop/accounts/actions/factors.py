"""Second factors: added, used, taken away, and reset for someone who lost theirs. No secret stands in an event."""

import base64
import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import transaction

from openiop.accounts import rules
from openiop.accounts.actions.sign_ins import Themself, end_all
from openiop.accounts.models import SignIn, User
from openiop.accounts.rules import Kind
from openiop.audit import actions as audit
from openiop.audit.actions import Doer
from openiop.base.errors import Refused
from openiop.outbox import actions as outbox

WORDS = {Kind.PASSKEY: "passkey", Kind.APP: "app", Kind.RECOVERY: "recovery codes"}


def _new_secret() -> str:
    """The secret of an app: 160 bits, as RFC 4226, 4 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def _tell(user: User, at: datetime) -> None:
    """The owner hears of a change to their sign-in, in words that say nothing else."""
    outbox.queue_email(
        recipient=user.email, recipient_id=user.pk, program_id="", kind="sign-in-changed", due_at=at, at=at
    )


@transaction.atomic
def propose_secret(*, at: datetime) -> str:
    """A secret to set an app up with; nothing is kept until a code shows that the app has it."""
    return _new_secret()


@transaction.atomic
def add_passkey(*, user: User, name: str, credential: dict[str, Any], at: datetime) -> list[str]:
    """The user can sign in with this passkey; returns recovery codes where these are the first."""
    row = Authenticator(user=user, type=Kind.PASSKEY, data={"name": name, "credential": credential}, created_at=at)
    row.save(force_insert=True)
    audit.record(what="user.factor-added", about=user, by=Themself(user.id), at=at, kind=WORDS[Kind.PASSKEY])
    _tell(user, at)
    return _first_codes(user, at)


@transaction.atomic
def add_app(*, user: User, secret: str, code: str, at: datetime) -> list[str]:
    """Codes of the app that holds the secret are good; returns recovery codes where these are the first."""
    if Authenticator.objects.filter(user=user, type=Kind.APP).exists():
        raise Refused("A code app is set up already. Take it away first.")
    step = rules.step_of(secret=secret, code=rules.tidy(code), at=at, after=0)
    if step is None:
        raise Refused("That code does not fit. Type the six digits the app shows now.")
    data = {"secret": encrypt(secret), "step": step}
    Authenticator(user=user, type=Kind.APP, data=data, created_at=at).save(force_insert=True)
    audit.record(what="user.factor-added", about=user, by=Themself(user.id), at=at, kind=WORDS[Kind.APP])
    _tell(user, at)
    return _first_codes(user, at)


def _first_codes(user: User, at: datetime) -> list[str]:
    """Recovery codes, where the user has none."""
    if Authenticator.objects.filter(user=user, type=Kind.RECOVERY).exists():
        return []
    return make_codes(user=user, at=at)


@transaction.atomic
def make_codes(*, user: User, at: datetime) -> list[str]:
    """New recovery codes, to be shown once; the old ones are void. Kept are digests alone."""
    if not Authenticator.objects.filter(user=user, type__in=[Kind.PASSKEY, Kind.APP]).exists():
        raise Refused("Add a passkey or a code app first.")
    codes = [
        "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.RECOVERY_LENGTH))
        for _ in range(rules.RECOVERY_CODES)
    ]
    data = {"unused": [rules.digest(code, settings.SIGN_IN_KEYS[0]) for code in codes]}
    Authenticator.objects.update_or_create(
        user=user, type=Kind.RECOVERY, defaults={"data": data, "created_at": at, "last_used_at": None}
    )
    audit.record(what="user.recovery-codes-made", about=user, by=Themself(user.id), at=at, count=len(codes))
    return [rules.shown(code) for code in codes]


@transaction.atomic
def remove_factor(*, user: User, factor_id: int, required: bool, at: datetime) -> None:
    """The passkey or app no longer proves anything; with the last one the recovery codes go too."""
    rows = {row.pk: row for row in Authenticator.objects.select_for_update().filter(user=user).order_by("pk")}
    row = rows.get(factor_id)
    if row is None or row.type == Kind.RECOVERY:
        raise Refused("It is taken away already.")
    kinds = [one.type for one in rows.values()]
    if reasons := rules.why_not_remove(kinds=kinds, kind=row.type, required=required):
        raise Refused(reasons)
    row.delete()
    if not Authenticator.objects.filter(user=user, type__in=[Kind.PASSKEY, Kind.APP]).exists():
        Authenticator.objects.filter(user=user).delete()
    audit.record(what="user.factor-removed", about=user, by=Themself(user.id), at=at, kind=WORDS[Kind(row.type)])
    _tell(user, at)


@transaction.atomic
def reset_factors(*, user: User, by: Doer | None, at: datetime) -> None:
    """Someone who lost theirs has none any more, and is signed out everywhere; the next sign-in asks for a new one."""
    rows = Authenticator.objects.filter(user=user)
    if not rows.exists():
        raise Refused("There is no second step to reset.")
    kinds = sorted({WORDS[Kind(kind)] for kind in rows.values_list("type", flat=True)})
    rows.delete()
    end_all(user=user, how=SignIn.Ended.NEW_SECRET, by=by, at=at)
    audit.record(what="user.factors-reset", about=user, by=by, at=at, kinds=kinds)
    _tell(user, at)


@transaction.atomic
def use_code(*, user: User, code: str, at: datetime) -> str:
    """What the code proved: app or recovery code, each good once; empty where it was wrong, which is on record."""
    code = rules.tidy(code)
    how = _use_recovery(user, code, at) if rules.is_recovery_code(code) else _use_app(user, code, at)
    if not how:
        audit.record(what="user.second-factor-failed", about=user, by=Themself(user.id), at=at)
    return how


def _use_app(user: User, code: str, at: datetime) -> str:
    row = Authenticator.objects.select_for_update().filter(user=user, type=Kind.APP).first()
    if row is None:
        return ""
    step = rules.step_of(secret=decrypt(row.data["secret"]), code=code, at=at, after=row.data["step"])
    if step is None:
        return ""
    row.data, row.last_used_at = row.data | {"step": step}, at
    row.save(update_fields=["data", "last_used_at"])
    return "code"


def _use_recovery(user: User, code: str, at: datetime) -> str:
    row = Authenticator.objects.select_for_update().filter(user=user, type=Kind.RECOVERY).first()
    if row is None:
        return ""
    unused = row.data["unused"]
    found = {rules.digest(code, key) for key in settings.SIGN_IN_KEYS} & set(unused)
    if not found:
        return ""
    row.data, row.last_used_at = {"unused": [one for one in unused if one not in found]}, at
    row.save(update_fields=["data", "last_used_at"])
    left = len(row.data["unused"])
    audit.record(what="user.recovery-code-used", about=user, by=Themself(user.id), at=at, left=left)
    _tell(user, at)
    return "recovery code"


@transaction.atomic
def use_passkey(*, factor: Authenticator, at: datetime) -> None:
    """The passkey was used just now."""
    Authenticator.objects.filter(pk=factor.pk).update(last_used_at=at)
