"""Pages of this house: the look's switches, privacy, the gallery; imports, the same for every sheet."""

from django.urls import URLPattern, path

from jiequ.core import views
from jiequ.core.sheets import pages

urlpatterns: list[URLPattern] = [
    path("look/", views.look, name="look"),
    path("language/", views.language, name="set-language"),
    path("privacy/", views.privacy, name="privacy"),
    path("health/", views.health, name="health"),
    path("gallery/", views.gallery, name="gallery"),
    path("imports/<int:pk>/", pages.import_page, name="import"),
    path("imports/<int:pk>/confirm/", pages.import_confirm, name="import-confirm"),
    path("imports/<int:pk>/resume/", pages.import_resume, name="import-resume"),
    path("imports/<int:pk>/drop/", pages.import_drop, name="import-drop"),
    path("imports/<int:pk>/bad.xlsx", pages.import_bad, name="import-bad"),
    path("imports/<slug:name>/", pages.import_new, name="import-new"),
    path("imports/<slug:name>/template.xlsx", pages.import_template, name="import-template"),
]
