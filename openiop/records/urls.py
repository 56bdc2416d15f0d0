"""Addresses of this room's pages."""

from django.urls import URLPattern, path

from openiop.records.views import house, own, person

app_name = "records"
HOME = "people/<uuid:participant_id>/"
HELD = f"{HOME}restrictions/<uuid:restriction_id>/"
urlpatterns: list[URLPattern] = [
    path(f"{HOME}release/", person.release_, name="release"),
    path(f"{HOME}sent/", person.sent, name="disclosures"),
    path(f"{HOME}sent/list/", person.ask_list, name="ask_list"),
    path(f"{HOME}sent/hold-back/", person.restrict, name="restrict"),
    path(f"{HOME}sent/<uuid:disclosure_id>/", person.packet, name="packet"),
    path(f"{HOME}sent/<uuid:disclosure_id>/file/", person.file, name="file"),
    path(f"{HOME}lists/<uuid:request_id>/given/", person.answer_list, name="answer_list"),
    path(f"{HELD}answer/", person.decide, name="decide"),
    path(f"{HELD}end/", person.end_restriction, name="end_restriction"),
    path(f"{HOME}seal/", house.seal, name="seal"),
    path("calls/", house.caller, name="caller"),
    path("papers/", house.legal, name="legal"),
    path("papers/<uuid:process_id>/", house.process, name="process"),
    path("holds/", house.holds, name="holds"),
    path("holds/<uuid:hold_id>/lift/", house.lift, name="lift"),
    path("agreements/", house.agreements, name="agreements"),
    path("agreements/<uuid:agreement_id>/end/", house.end_agreement, name="end_agreement"),
    path("figures/", house.exports, name="exports"),
    path("figures/<uuid:disclosure_id>/", house.export_file, name="export_file"),
    path("my/records/", own.mine, name="mine"),
    path("my/records/copy/", own.make_copy, name="make_copy"),
    path("my/records/list/", own.ask_list, name="my_list"),
    path("my/records/hold-back/", own.restrict, name="my_restrict"),
    path("my/records/<uuid:disclosure_id>/", own.copy, name="copy"),
    path("my/records/<uuid:disclosure_id>/file/", own.copy_file, name="copy_file"),
]
