"""Pages of this house."""

from django.urls import URLPattern, path

from jiequ.core import views

urlpatterns: list[URLPattern] = [
    path("look/", views.look, name="look"),
    path("privacy/", views.privacy, name="privacy"),
    path("gallery/", views.gallery, name="gallery"),
]
