"""The doors that need no sign-in; people/middleware.py lists them as open."""

from django.urls import path

from jiequ.cases.public import filing, following, transparency

urlpatterns = [
    path("sw.js", filing.service_worker, name="service-worker"),
    path("scan/<slug:code>/", filing.scan, name="scan"),
    path("b/<str:code>/case/", filing.public_case_new, name="public-case-new"),
    path("b/<str:code>/cases/", transparency.public_transparency, name="public-transparency"),
    path("c/<str:token>/", following.public_case, name="public-case"),
    path("c/<str:token>/received/", following.public_case_received, name="public-case-received"),
    path("c/<str:token>/code.png", following.public_case_code, name="public-case-code"),
    path("c/<str:token>/add/", following.public_case_add, name="public-case-add"),
    path("c/<str:token>/withdraw/", following.public_case_withdraw, name="public-case-withdraw"),
    path("c/<str:token>/forget/", following.public_case_forget, name="public-case-forget"),
    path("c/<str:token>/rate/", following.public_case_rate, name="public-case-rate"),
    path("c/<str:token>/photos/<int:pk>/", following.public_case_photo, name="public-case-photo"),
]
