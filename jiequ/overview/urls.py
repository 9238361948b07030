"""Pages of this house."""

from django.urls import path

from jiequ.overview.views import figures, home, search, units

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("units/<str:code>/", units.unit_page, name="unit"),
    path("figures/", figures.figures_page, name="figures"),
    path("figures/report/", figures.report, name="figures-report"),
    path("figures/<str:key>/", figures.figure_rows, name="figure-rows"),
]
