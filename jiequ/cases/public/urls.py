"""The doors that need no sign-in; people/middleware.py lists them as open."""

from django.urls import path

from jiequ.cases.public import filing, following

urlpatterns = [
    path("scan/<slug:code>/", filing.scan, name="scan"),
    path("b/<str:code>/case/", filing.public_case_new, name="public-case-new"),
    path("c/<str:token>/", following.public_case, name="public-case"),
    path("c/<str:token>/received/", following.public_case_received, name="public-case-received"),
]
