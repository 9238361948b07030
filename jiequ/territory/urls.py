"""Pages of this house. `/units/<code>/` itself is the overview's page."""

from django.urls import path

from jiequ.territory import views

urlpatterns = [
    path("units/", views.unit_list, name="units"),
    path("units/<str:code>/new/", views.unit_new, name="unit-new"),
    path("units/<str:code>/edit/", views.unit_edit, name="unit-edit"),
    path("units/<str:code>/boundary/", views.unit_boundary, name="unit-boundary"),
    path("units/<str:code>/split/", views.unit_split, name="unit-split"),
    path("units/<str:code>/merge/", views.unit_merge, name="unit-merge"),
    path("units/<str:code>/move/", views.unit_move, name="unit-move"),
]
