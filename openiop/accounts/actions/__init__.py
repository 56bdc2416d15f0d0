"""The writes of this room: users, their second factors, where they are signed in, and tries at the door."""

from openiop.accounts.actions.factors import (
    add_app,
    add_passkey,
    make_codes,
    propose_secret,
    remove_factor,
    reset_factors,
    use_code,
    use_passkey,
)
from openiop.accounts.actions.people import create_user, note, note_failed, set_look, set_password
from openiop.accounts.actions.sign_ins import (
    Someone,
    Themself,
    begin_sign_in,
    end_all,
    end_sign_in,
    find_sign_in,
    see_sign_in,
)
from openiop.accounts.actions.tries import Place, begin_try, end_try

__all__ = [
    "Place",
    "Someone",
    "Themself",
    "add_app",
    "add_passkey",
    "begin_sign_in",
    "begin_try",
    "create_user",
    "end_all",
    "end_sign_in",
    "end_try",
    "find_sign_in",
    "make_codes",
    "note",
    "note_failed",
    "propose_secret",
    "remove_factor",
    "reset_factors",
    "see_sign_in",
    "set_look",
    "set_password",
    "use_code",
    "use_passkey",
]
