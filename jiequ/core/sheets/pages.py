"""The pages of an import, the same for every sheet."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from jiequ.core.models import SheetImport
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused
from jiequ.core.sheets import importing, writing
from jiequ.core.sheets.columns import Column, Sheet, Verdict

TONES: dict[str, str] = {Verdict.NEW: "ok", Verdict.CHANGED: "soon", Verdict.SAME: "idle", Verdict.REFUSED: "late"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("文件"), allow_empty_file=True)

    def __init__(self, sheet: Sheet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        kinds = "、".join(e.removeprefix(".") for e in sheet.endings)
        self.fields["file"].help_text = _("%(kinds)s，至多 %(size)s MB、%(rows)s 行。") % {
            "kinds": kinds, "size": settings.UPLOAD_LIMIT // 1_000_000, "rows": "200,000",
        }  # fmt: skip
        self.fields["file"].widget.attrs["accept"] = ",".join(sheet.endings)
        for name, choices in sheet.options.items():
            self.fields[name] = forms.ChoiceField(
                label=OPTION_LABELS.get(name, name), choices=list(choices.items()), required=False
            )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if PurePath(file.name).suffix.lower() not in self.sheet.endings:
            raise forms.ValidationError(_("只能上传 %(kinds)s 文件。") % {"kinds": "、".join(self.sheet.endings)})
        if file.size > settings.UPLOAD_LIMIT:
            limit = settings.UPLOAD_LIMIT // 1_000_000
            raise forms.ValidationError(_("文件超过 %(limit)s MB，没有上传。请分成几个文件。") % {"limit": limit})
        return file


OPTION_LABELS = {"crs": gettext_lazy("边界的坐标系（只对 GeoJSON 有用）")}


def import_new(request: HttpRequest, name: str) -> HttpResponse:
    """Upload a file."""
    sheet = _sheet(request, name)
    form = UploadForm(sheet, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data.pop("file")
        options = {k: v for k, v in form.cleaned_data.items() if v}
        try:
            found = importing.start(sheet, file.name, file.read(), by=request.user, options=options)
            return redirect("import", found.pk)
        except Refused as error:
            form.add_error("file", error.message)
    mine: Any = SheetImport.objects.filter(account_id=request.user.pk, sheet=name).order_by("-id").defer("upload")
    context = {"here": sheet.here, "sheet": sheet, "form": form, "recent": list(mine[:5])}
    return render(request, "sheets/import_new.html", context, status=422 if form.errors else 200)


def import_template(request: HttpRequest, name: str) -> HttpResponse:
    sheet = _sheet(request, name)
    return download(writing.template(sheet), _("%(sheet)s导入模板.xlsx") % {"sheet": sheet.label})


def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands: progress while it runs, then every row with its verdict."""
    found = _mine(request, pk)
    sheet = importing.sheet_of(found)
    counts = {} if found.is_running else importing.counted(found)
    wanted = request.GET.get("verdict", "")
    rows = found.rows.all()
    if wanted in Verdict.values:
        rows = rows.filter(verdict=wanted)
    page = Page(request, rows, order="number", oldest_first=True)
    columns = sheet.in_spreadsheet
    opened = [] if found.is_running else [importing.opened(r) for r in page.rows]
    context = {
        "here": sheet.here,
        "found": found,
        "sheet": sheet,
        "counts": counts,
        "good": counts.get("new", 0) + counts.get("changed", 0) - counts.get("applied", 0),
        "views": [("", _("全部"), sum(counts.get(v, 0) for v in Verdict.values), wanted == "")]
        + [(v.value, v.label, counts.get(v.value, 0), wanted == v.value) for v in Verdict],
        "page": page,
        "columns": columns,
        "rows": [
            (row, _cells(row, columns), _said(row, columns), Verdict(row.verdict).label, TONES[row.verdict])
            for row in opened
        ],
        "home": reverse(sheet.home),
    }
    if not asks_how_far(request):
        return render(request, "sheets/import.html", context)
    if found.is_running:
        return render(request, "sheets/_import_progress.html", {**context, "part": True})
    return HttpResponseClientRefresh()  # heading and buttons are others now


def asks_how_far(request: HttpRequest) -> bool:
    """True for the progress bar asking for itself, every second."""
    asking: Any = getattr(request, "htmx", None)
    return bool(asking) and asking.target == "progress"


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    importing.confirm(_mine(request, pk), by=request.user)
    return redirect("import", pk)


@require_POST
def import_resume(request: HttpRequest, pk: int) -> HttpResponse:
    importing.resume(_mine(request, pk), by=request.user)
    return redirect("import", pk)


@require_POST
def import_drop(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mine(request, pk)
    importing.drop(found, by=request.user)
    return redirect("import-new", found.sheet)


def import_bad(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows with their reasons, ready to be mended and uploaded again."""
    found = _mine(request, pk)
    sheet = importing.sheet_of(found)
    reason = Column("_reason", _("不能写入的原因"), width=50)
    rows = found.rows.filter(verdict=Verdict.REFUSED).order_by("number")
    said = ({**row.values, "_reason": row.reason} for row in map(importing.opened, rows.iterator(chunk_size=2000)))
    data = writing.workbook([*sheet.in_spreadsheet, reason], said, title=str(sheet.label))
    return download(data, _("%(sheet)s未写入的行.xlsx") % {"sheet": sheet.label})


def download(data: bytes, name: str) -> HttpResponse:
    """A workbook as an attachment."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(data, content_type=XLSX, headers=headers)


def _sheet(request: HttpRequest, name: str) -> Sheet:
    sheet = Sheet.register.get(name)
    if sheet is None:
        raise Http404
    user: Any = request.user
    if not user.holds_anywhere(sheet.permission):
        raise NotAllowed(_("您没有导入的权限。需要的话，请找系统管理员开通。"))
    return sheet


def _mine(request: HttpRequest, pk: int) -> SheetImport:
    """An import of the one who asks: what others uploaded is not theirs to read."""
    found: SheetImport = get_object_or_404(SheetImport.objects.defer("upload"), pk=pk, account_id=request.user.pk)
    _sheet(request, found.sheet)
    return found


def _cells(row: Any, columns: list[Column]) -> list[tuple[Any, Any, Any]]:
    """(label, value, value before) of each column."""
    return [(c.label, c.write(row.values.get(c.key)), (row.changes.get(c.key) or [None])[0]) for c in columns]


def _said(row: Any, columns: list[Column]) -> list[str]:
    """Why a row is refused, what would change in it, and what else to know."""
    labels = {c.key: c.label for c in columns}
    border, none = _("边界"), _("空")
    changes = [f"{labels.get(k, border)}：{old or none} → {new}" for k, (old, new) in row.changes.items()]
    return [*([row.reason] if row.reason else []), *changes, *row.notes]
