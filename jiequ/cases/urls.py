"""Pages of this house."""

from django.urls import include, path

from jiequ.cases.views import bulk, cases, filing, moves, page, revealing

urlpatterns = [
    path("cases/", cases.case_list, name="cases"),
    path("cases/bulk/", bulk.bulk, name="case-bulk"),
    path("cases/new/", filing.case_new, name="case-new"),
    path("cases/spot-fix/", filing.spot_fix_note, name="spot-fix-note"),
    path("cases/<int:pk>/", page.case_page, name="case"),
    path("cases/<int:pk>/do/<str:move>/", moves.case_move, name="case-move"),
    path(
        "cases/<int:pk>/complainants/<int:complainant>/reveal/", revealing.complainant_reveal, name="complainant-reveal"
    ),
    path("", include("jiequ.cases.public.urls")),
]
