"""Pages of this house."""

from django.urls import include, path

from jiequ.cases.views import cases, photos

urlpatterns = [
    path("cases/", cases.case_list, name="cases"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("cases/photos/<int:pk>/", photos.case_photo, name="case-photo"),
    path("cases/photos/<int:pk>/remove/", photos.case_photo_remove, name="case-photo-remove"),
    path("", include("jiequ.cases.public.urls")),
]
