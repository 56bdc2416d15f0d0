"""Addresses of the week."""

from django.urls import URLPattern, path

from openiop.schedule.views import groups, person, week

app_name = "schedule"
urlpatterns: list[URLPattern] = [
    path("week/", week.week, name="week"),
    path("week/cover/", week.cover, name="cover"),
    path("week/away/", week.note_away, name="note-away"),
    path("week/away/<uuid:away_id>/back/", week.back, name="back"),
    path("week/doors/", week.doors, name="doors"),
    path("week/groups/", groups.groups, name="groups"),
    path("week/groups/new/", groups.new, name="group-new"),
    path("week/groups/<uuid:group_id>/", groups.group, name="group"),
    path("week/groups/<uuid:group_id>/people/", groups.fill, name="fill"),
    path("week/groups/<uuid:group_id>/move/", groups.move, name="move"),
    path("week/groups/<uuid:group_id>/close/", groups.close, name="close"),
    path("week/tracks/", groups.add_track, name="add-track"),
    path("sessions/", week.sessions, name="sessions"),
    path("sessions/<uuid:session_id>/plan/", week.plan, name="plan"),
    path("sessions/<uuid:session_id>/plan/lead/", week.lead, name="lead"),
    path("sessions/<uuid:session_id>/plan/topic/", week.topic, name="topic"),
    path("sessions/<uuid:session_id>/plan/cancel/", week.cancel, name="cancel"),
    path("sessions/<uuid:session_id>/plan/restore/", week.restore, name="restore"),
    path("sessions/<uuid:session_id>/plan/seats/", week.add_seat, name="add-seat"),
    path("seats/<uuid:seat_id>/drop/", week.drop_seat, name="drop-seat"),
    path("people/<uuid:participant_id>/week/", person.needs, name="needs"),
    path("people/<uuid:participant_id>/week/prescription/", person.prescribe, name="prescribe"),
    path("people/<uuid:participant_id>/week/step/", person.step, name="step"),
    path("people/<uuid:participant_id>/week/availability/", person.availability, name="availability"),
    path("people/<uuid:participant_id>/week/groups/", person.choose, name="choose"),
    path("people/<uuid:participant_id>/week/visit/", person.visit, name="visit"),
    path("people/<uuid:participant_id>/week/visit/<uuid:session_id>/cancel/", person.cancel_visit, name="cancel-visit"),
    path("people/<uuid:participant_id>/week/letter/", person.letter, name="letter"),
]
