"""The doors. Each house lists its own pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("jiequ.core.urls")),
    path("", include("jiequ.territory.urls")),
    path("", include("jiequ.people.urls")),
    path("", include("jiequ.work.urls")),
    path("", include("jiequ.cases.urls")),
    path("", include("jiequ.outreach.urls")),
    path("", include("jiequ.council.urls")),
    path("", include("jiequ.overview.urls")),
    path("", include("jiequ.api.urls")),
    path("reference/", admin.site.urls),
]
handler400 = "jiequ.core.views.bad_request"
handler403 = "jiequ.core.views.forbidden"
handler404 = "jiequ.core.views.not_found"
handler500 = "jiequ.core.views.server_error"
