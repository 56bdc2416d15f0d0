"""Addresses of this room's pages."""

from django.urls import URLPattern, path

from openiop.consents import views

app_name = "consents"
HOME = "people/<uuid:participant_id>/"
ONE, WHO = f"{HOME}consents/<uuid:consent_id>/", f"{HOME}supporters/<uuid:supporter_id>/"
urlpatterns: list[URLPattern] = [
    path(f"{HOME}consents/", views.list_, name="list"),
    path(f"{HOME}consents/new/", views.new, name="new"),
    path(ONE, views.consent, name="consent"),
    path(f"{ONE}hand-over/", views.hand_over, name="hand_over"),
    path(f"{ONE}sign/", views.sign, name="sign"),
    path(f"{ONE}end/", views.revoke, name="revoke"),
    path(f"{ONE}renew/", views.renew, name="renew"),
    path("consent-notices/<uuid:notice_id>/seen/", views.notice_seen, name="notice_seen"),
    path(f"{HOME}see-as/", views.see_as, name="see_as"),
    path(f"{HOME}supporters/", views.supporters, name="supporters"),
    path(f"{HOME}supporters/add/", views.add_supporter, name="add_supporter"),
    path(f"{WHO}end/", views.end_supporter, name="end_supporter"),
    path(f"{WHO}invite/", views.invite, name="invite"),
    path(f"{WHO}sees/", views.see_as_supporter, name="see_as_supporter"),
    path(f"{HOME}particulars/", views.particulars, name="particulars"),
    path(f"{HOME}particulars/correct/", views.correct, name="correct"),
]
