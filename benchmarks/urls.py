"""The product's addresses, and the floor's."""

from django.urls import include, path

from benchmarks import floor
from jiequ.site.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("bench/view/", floor.bare_view, name="bench-view"),
    path("bench/write/", floor.bare_write, name="bench-write"),
    path("bench/record/", floor.bare_record, name="bench-record"),
    path("", include("jiequ.site.urls")),
]
