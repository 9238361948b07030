"""Pages of this house."""

from django.urls import URLPattern, URLResolver, include, path

from jiequ.outreach.views import buildings, phone

urlpatterns: list[URLPattern | URLResolver] = [
    path("units/<str:code>/buildings/", buildings.unit_buildings, name="unit-buildings"),
    path("units/<str:code>/households.xlsx", buildings.household_export, name="household-export"),
    path("visits/phone/", phone.visits_phone, name="visits-phone"),
    path("visits/phone/key/", phone.visits_phone_key, name="visits-phone-key"),
    path("visits/sw.js", phone.visits_worker, name="visits-worker"),
    path("", include("jiequ.outreach.views.activity_urls")),
    path("", include("jiequ.outreach.views.deed_urls")),
    path("", include("jiequ.outreach.views.household_urls")),
    path("", include("jiequ.outreach.views.visit_urls")),
    path("", include("jiequ.outreach.views.wish_urls")),
]
