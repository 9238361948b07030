"""Addresses of activities, sign-ups and certificates; jiequ/outreach/urls.py takes these in."""

from django.urls import path

from jiequ.outreach.public import certificates as public
from jiequ.outreach.views import activities, activity_calendar, certificates, outcomes, sign_ups

urlpatterns = [
    path("activities/", activities.activity_list, name="activities"),
    path("activities/calendar/", activity_calendar.activity_calendar, name="activity-calendar"),
    path("activities/new/", activities.activity_plan, name="activity-plan"),
    path("activities/mine/", sign_ups.my_sign_ups, name="my-sign-ups"),
    path("activities/<int:pk>/", activities.activity_page, name="activity"),
    path("activities/<int:pk>/edit/", activities.activity_edit, name="activity-edit"),
    path("activities/<int:pk>/cancel/", activities.activity_cancel, name="activity-cancel"),
    path("activities/<int:pk>/outcome/", outcomes.activity_outcome, name="activity-outcome"),
    path("activities/<int:pk>/sign-up/", sign_ups.activity_sign_up, name="activity-sign-up"),
    path("activities/<int:pk>/leave/", sign_ups.activity_leave, name="activity-leave"),
    path("activities/<int:pk>/calendar.ics", activity_calendar.activity_file, name="activity-file"),
    path("teams/<int:pk>/calendar.ics", activity_calendar.team_file, name="team-file"),
    path("certificates/new/", certificates.certificate_new, name="certificate-new"),
    path("certificates/<int:pk>/", certificates.certificate_page, name="certificate"),
    path("certificates/<int:pk>/pdf/", certificates.certificate_pdf, name="certificate-pdf"),
    path("served/<str:number>/", public.certificate_check, name="certificate-check"),
]
