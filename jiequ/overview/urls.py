"""Pages of this house."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
