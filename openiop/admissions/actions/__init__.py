"""The writes of this room: enquiries, assessments with their stops and decision, and admission."""

from openiop.admissions.actions.admitting import admit
from openiop.admissions.actions.enquiries import (
    close_enquiry,
    log_contact,
    make_record,
    override_result,
    receive_enquiry,
    screen_enquiry,
)
from openiop.admissions.actions.inviting import Invitation, invite
from openiop.admissions.actions.placement import (
    check_safety,
    close_stop,
    decide,
    find_stop,
    keep_own_view,
    rate,
    start_assessment,
)

__all__ = [
    "Invitation",
    "admit",
    "check_safety",
    "close_enquiry",
    "close_stop",
    "decide",
    "find_stop",
    "invite",
    "keep_own_view",
    "log_contact",
    "make_record",
    "override_result",
    "rate",
    "receive_enquiry",
    "screen_enquiry",
    "start_assessment",
]
