"""Addresses of deeds, campaigns and service records; jiequ/outreach/urls.py takes these in."""

from django.urls import path

from jiequ.outreach.views import campaigns, covering, deeds, records

urlpatterns = [
    path("deeds/", deeds.deed_list, name="deeds"),
    path("deeds/new/", deeds.deed_new, name="deed-new"),
    path("deeds/<int:pk>/", deeds.deed_page, name="deed"),
    path("deeds/<int:pk>/withdraw/", deeds.deed_withdraw, name="deed-withdraw"),
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign-new"),
    path("campaigns/<int:pk>/", campaigns.campaign_page, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign-edit"),
    path("campaigns/<int:pk>/end/", campaigns.campaign_end, name="campaign-end"),
    path("campaigns/<int:pk>/cover/", covering.campaign_cover, name="campaign-cover"),
    path("coverage/<int:pk>/", covering.coverage_page, name="coverage"),
    path("coverage/<int:pk>/undo/", covering.coverage_undo, name="coverage-undo"),
    path("me/service/", records.my_record, name="my-record"),
    path("units/<str:code>/service/", records.branch_record, name="branch-record"),
]
