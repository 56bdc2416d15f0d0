"""Addresses of the program's own pages."""

from django.urls import URLPattern, path

from openiop.programs import views

app_name = "programs"
urlpatterns: list[URLPattern] = [
    path("program/rooms/", views.places, name="places"),
    path("program/rooms/<uuid:place_id>/end/", views.end_place, name="end-place"),
    path("program/policies/", views.policies, name="policies"),
    path("program/policies/<slug:name>/", views.policy, name="policy"),
    path("program/staff/", views.staff, name="staff"),
    path("program/staff/<uuid:member_id>/", views.member, name="member"),
    path("program/staff/<uuid:member_id>/link/", views.send_link, name="send-link"),
    path("program/staff/<uuid:member_id>/sign-out/", views.sign_member_out, name="sign-member-out"),
    path("program/staff/<uuid:member_id>/second-step/", views.reset_second_step, name="reset-second-step"),
    path("program/staff/<uuid:member_id>/leave/", views.end_member, name="end-member"),
    path("program/staff/<uuid:member_id>/<slug:role>/end/", views.end_role, name="end-role"),
    path("program/messages/", views.messages, name="messages"),
    path("program/messages/<uuid:message_id>/again/", views.send_again, name="send-again"),
    path("program/messages/<uuid:message_id>/aside/", views.set_aside, name="set-aside"),
]
