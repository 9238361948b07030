"""Pages of this house."""

from django.urls import include, path

from jiequ.cases.views import cases

urlpatterns = [
    path("cases/", cases.case_list, name="cases"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("", include("jiequ.cases.public.urls")),
]
