"""Pages and addresses of the interfaces. Open311 GeoReport v2; its discovery stands beside the version as well."""

from django.urls import path

from jiequ.api import views as pages
from jiequ.api.open311 import views

urlpatterns = [
    path("api-keys/", pages.key_list, name="api-keys"),
    path("api-keys/<int:pk>/revoke/", pages.key_revoke, name="api-key-revoke"),
    path("open311/discovery.<str:form>", views.discovery, name="open311-discovery"),
    path("open311/v2/discovery.<str:form>", views.discovery, name="open311-discovery"),
    path("open311/v2/services.<str:form>", views.services, name="open311-services"),
    path("open311/v2/services/<str:code>.<str:form>", views.service, name="open311-service"),
    path("open311/v2/requests.<str:form>", views.requests, name="open311-requests"),
    path("open311/v2/requests/<str:request_id>.<str:form>", views.one_request, name="open311-request"),
    path("open311/v2/tokens/<str:token>.<str:form>", views.token, name="open311-token"),
]
