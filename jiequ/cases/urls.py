"""Pages of this house."""

from django.urls import include, path

from jiequ.cases.views import bulk, cases, duties, filing, moves, page, photos, points, revealing

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
    path(
        "cases/<int:pk>/complainants/<int:complainant>/forget/", revealing.complainant_forget, name="complainant-forget"
    ),
    path("cases/photos/<int:pk>/", photos.case_photo, name="case-photo"),
    path("cases/photos/<int:pk>/remove/", photos.case_photo_remove, name="case-photo-remove"),
    path("units/<str:code>/case-settings/", duties.case_settings, name="case-settings"),
    path("units/<str:code>/case-settings/<str:what>/", duties.case_setting, name="case-setting"),
    path("case-settings/<str:what>/<int:pk>/", duties.case_setting_of, name="case-setting-of"),
    path("units/<str:code>/codes/", points.scan_points, name="scan-points"),
    path("units/<str:code>/codes/issue/", points.scan_points_issue, name="scan-points-issue"),
    path("units/<str:code>/codes/print/", points.scan_points_print, name="scan-points-print"),
    path("codes/<int:pk>/renew/", points.scan_point_renew, name="scan-point-renew"),
    path("codes/<int:pk>/revoke/", points.scan_point_revoke, name="scan-point-revoke"),
    path("", include("jiequ.cases.public.urls")),
]
