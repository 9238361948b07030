"""Pages of this house."""

from django.urls import URLPattern, URLResolver, include, path

from jiequ.outreach.views import phone

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/phone/", phone.visits_phone, name="visits-phone"),
    path("visits/phone/key/", phone.visits_phone_key, name="visits-phone-key"),
    path("visits/sw.js", phone.visits_worker, name="visits-worker"),
    path("", include("jiequ.outreach.views.activity_urls")),
    path("", include("jiequ.outreach.views.wish_urls")),
]
