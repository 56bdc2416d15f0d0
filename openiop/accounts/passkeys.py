"""The two ceremonies of a passkey: making one, and proving with one who you are (W3C Web Authentication)."""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError

from openiop.accounts import rules
from openiop.accounts.models import User
from openiop.base.errors import Refused

LONGEST = 20_000  # characters of what a browser sends
# What a browser sends is a stranger's word: whatever is wrong with it, it is a wrong passkey and never a failure.
WRONG = (ValidationError, InvalidSignature, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


def ask(user: User | None) -> dict[str, Any]:
    """What the browser is asked: to prove who is there, or, for a user known already, that it is them."""
    asked: dict[str, Any] = auth.begin_authentication(user)
    return asked


def make(user: User, *, shared: bool) -> dict[str, Any]:
    """What the browser is asked: to make a passkey; on a shared device, in a key that is carried and not in it."""
    asked: dict[str, Any] = auth.begin_registration(user, passwordless=True)
    if shared:
        chosen = dict(asked["publicKey"]["authenticatorSelection"])
        asked["publicKey"] = dict(asked["publicKey"]) | {
            "authenticatorSelection": chosen | {"authenticatorAttachment": "cross-platform"}
        }
    return asked


def _read(raw: str) -> dict[str, Any]:
    if len(raw) > LONGEST:
        raise ValueError
    sent = json.loads(raw)
    if not isinstance(sent, dict):
        raise TypeError
    return sent


def made(raw: str, *, shared: bool) -> dict[str, Any]:
    """The passkey that the browser made, proved to be the answer to what it was asked."""
    try:
        credential = _read(raw)
        auth.parse_registration_response(credential)
        done = auth.complete_registration(credential)
        whole = done.is_user_verified()
    except WRONG as wrong:
        raise Refused("The passkey was not made. Try again.") from wrong
    if not whole:
        raise Refused("This key does not ask for a PIN, a finger or a face. Set that up in it first.")
    if shared and rules.is_key_of_device(credential):
        raise Refused("Others use this device, so no passkey is kept in it. Add one on a device of your own.")
    return credential


def proved(raw: str, user: User | None) -> tuple[User, Authenticator] | None:
    """Whose passkey answered, and which; None where it is not one of ours, or not this user's."""
    try:
        credential = _read(raw)
        auth.parse_authentication_response(credential)
        who = user or auth.extract_user_from_response(credential)
        return who, auth.complete_authentication(who, credential)
    except WRONG:
        return None
