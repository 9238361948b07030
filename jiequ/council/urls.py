"""The council's pages."""

from django.urls import path

from jiequ.council import public
from jiequ.council.views import councils, meetings, motions, preparing, room, screening

urlpatterns = [
    path("motions/", motions.motion_list, name="motions"),
    path("motions/new/", motions.motion_new, name="motion-new"),
    path("motions/<int:pk>/", motions.motion_page, name="motion"),
    path("motions/<int:pk>/tasks/new/", motions.motion_assign, name="motion-assign"),
    path("motions/<int:pk>/objections/", motions.objection_list, name="motion-objections"),
    path("motions/<int:pk>/second/", screening.motion_second, name="motion-second"),
    path("motions/<int:pk>/owners/", screening.motion_owners, name="motion-owners"),
    path("motions/<int:pk>/<slug:move>/", motions.motion_move, name="motion-move"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting-new"),
    path("meetings/<int:pk>/", meetings.meeting_page, name="meeting"),
    path("meetings/<int:pk>/attend/", room.meeting_attend, name="meeting-attend"),
    path("meetings/<int:pk>/<slug:move>/", meetings.meeting_move, name="meeting-move"),
    path("agenda/<int:pk>/papers/new/", preparing.paper_add, name="paper-add"),
    path("papers/<int:pk>/", preparing.paper_read, name="paper"),
    path("papers/<int:pk>/remove/", preparing.paper_remove, name="paper-remove"),
    path("agenda/<int:pk>/remove/", room.agenda_remove, name="agenda-remove"),
    path("agenda/<int:pk>/open/", room.item_open, name="item-open"),
    path("agenda/<int:pk>/speech/", room.item_speech, name="item-speech"),
    path("agenda/<int:pk>/hands/", room.item_hands, name="item-hands"),
    path("agenda/<int:pk>/ballot/", room.item_ballot, name="item-ballot"),
    path("ballots/<int:pk>/vote/", room.ballot_vote, name="ballot-vote"),
    path("ballots/<int:pk>/close/", room.ballot_close, name="ballot-close"),
    path("councils/", councils.council_list, name="councils"),
    path("councils/<str:code>/found/", councils.council_found, name="council-found"),
    path("rules/<str:code>/", councils.rule_page, name="rules"),
    path("b/<str:code>/", public.public_unit, name="public-unit"),
    path("b/<str:code>/propose/", public.public_propose, name="public-propose"),
    path("m/<str:token>/", public.public_motion, name="public-motion"),
    path("m/<str:token>/resubmit/", public.public_resubmit, name="public-resubmit"),
    path("r/<int:pk>/", public.public_resolution, name="public-resolution"),
    path("r/<int:pk>/object/", public.public_object, name="public-object"),
    path("r/<int:pk>/rate/", public.public_rate, name="public-rate"),
]
