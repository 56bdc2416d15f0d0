"""Addresses of this room's pages."""

from django.urls import URLPattern, path

from openiop.admissions.views import admitting, doubles, enquiries, placement, referrals

app_name = "admissions"
urlpatterns: list[URLPattern] = [
    path("intake/", enquiries.intake, name="intake"),
    path("intake/new/", enquiries.enquiry_new, name="enquiry_new"),
    path("intake/referrals/", referrals.referrals, name="referrals"),
    path("intake/referrals/<uuid:referral_id>/", referrals.referral, name="referral"),
    path("intake/referrals/<uuid:referral_id>/back/", referrals.take_back, name="take_back"),
    path("intake/<uuid:enquiry_id>/", enquiries.enquiry, name="enquiry"),
    path("intake/<uuid:enquiry_id>/contact/", enquiries.contact, name="contact"),
    path("intake/<uuid:enquiry_id>/choice/", enquiries.choose, name="choose"),
    path("intake/<uuid:enquiry_id>/screen/", enquiries.screen, name="screen"),
    path("intake/<uuid:enquiry_id>/override/", enquiries.override, name="override"),
    path("intake/<uuid:enquiry_id>/record/", enquiries.record, name="record"),
    path("intake/<uuid:enquiry_id>/close/", enquiries.close, name="close"),
    path("placement/", placement.placements, name="placements"),
    path("people/<uuid:participant_id>/placement/", placement.placement, name="placement"),
    path("people/<uuid:participant_id>/placement/start/", placement.start, name="start"),
    path("people/<uuid:participant_id>/placement/<uuid:assessment_id>/safety/", placement.safety, name="safety"),
    path("people/<uuid:participant_id>/placement/<uuid:assessment_id>/rate/", placement.rate, name="rate"),
    path("people/<uuid:participant_id>/placement/<uuid:assessment_id>/decide/", placement.decide, name="decide"),
    path("people/<uuid:participant_id>/placement/stops/<uuid:stop_id>/close/", placement.close_stop, name="close_stop"),
    path("people/doubles/", doubles.doubles, name="doubles"),
    path("people/doubles/<uuid:one_id>/<uuid:other_id>/", doubles.double, name="double"),
    path("people/merges/<uuid:merge_id>/", doubles.merge, name="merge"),
    path("people/<uuid:participant_id>/admit/", admitting.admit, name="admit"),
    path("people/<uuid:participant_id>/app/", admitting.app, name="app"),
    path("people/<uuid:participant_id>/app/second-step/", admitting.reset_second_step, name="reset-second-step"),
]
