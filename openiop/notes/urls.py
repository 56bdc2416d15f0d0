"""Addresses of this room's pages. The session page itself is `attendance:session`, named on the roof."""

from django.urls import path

from openiop.notes.views import chart, session

app_name = "notes"
urlpatterns = [
    path("sessions/<uuid:session_id>/mark/", session.tap, name="tap"),
    path("sessions/<uuid:session_id>/rest/", session.rest, name="rest"),
    path("sessions/<uuid:session_id>/undo/<uuid:presence_id>/", session.undo, name="undo"),
    path("sessions/<uuid:session_id>/seat/", session.seat, name="seat"),
    path("sessions/<uuid:session_id>/group-part/", session.group_part, name="group_part"),
    path("sessions/<uuid:session_id>/part/<uuid:episode_id>/", session.part, name="part"),
    path("sessions/<uuid:session_id>/part/<uuid:episode_id>/preview/", session.preview, name="preview"),
    path("sessions/<uuid:session_id>/sign/", session.sign, name="sign"),
    path("people/<uuid:participant_id>/notes/", chart.list_, name="list"),
    path("notes/<uuid:part_id>/", chart.note, name="note"),
    path("notes/<uuid:part_id>/mark/", chart.mark, name="mark"),
]
