"""The writes of this room: enquiries, assessments with their stops and decision, and admission."""

from openiop.admissions.actions.admitting import admit
from openiop.admissions.actions.enquiries import (
    choose_option,
    close_enquiry,
    log_contact,
    make_record,
    override_result,
    receive_enquiry,
    screen_enquiry,
)
from openiop.admissions.actions.inviting import Invitation, invite, reset_second_step
from openiop.admissions.actions.merging import merge_records
from openiop.admissions.actions.placement import (
    check_safety,
    close_stop,
    decide,
    find_stop,
    keep_own_view,
    rate,
    start_assessment,
)
from openiop.admissions.actions.reads import log_arrivals
from openiop.admissions.actions.referrals import (
    Imported,
    Unreadable,
    decide_referral,
    import_referrals,
    take_back_referral,
)

__all__ = [
    "Imported",
    "Invitation",
    "Unreadable",
    "admit",
    "check_safety",
    "choose_option",
    "close_enquiry",
    "close_stop",
    "decide",
    "decide_referral",
    "find_stop",
    "import_referrals",
    "invite",
    "keep_own_view",
    "log_arrivals",
    "log_contact",
    "make_record",
    "merge_records",
    "override_result",
    "rate",
    "receive_enquiry",
    "reset_second_step",
    "screen_enquiry",
    "start_assessment",
    "take_back_referral",
]
