"""A clerk takes a case in for somebody, or notes what was put right in passing."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.cases import actions
from jiequ.cases.forms.filing import DeskForm, SpotFixForm
from jiequ.cases.models import Case
from jiequ.cases.routing import Routed, place_of_unit
from jiequ.core.permission import NotAllowed, Refused
from jiequ.core.pictures import BODY
from jiequ.core.uploads import takes_uploads
from jiequ.core.writing import write
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

LIKE = 5  # so many similar cases are shown


@never_cache
@takes_uploads(BODY)
def case_new(request: SignedIn) -> HttpResponse:
    """One form. Similar open cases are shown before it is sent; the answer has the link for the complainant, once."""
    account = request.user
    if not account.holds_anywhere("cases.file_case"):
        raise NotAllowed(_("您目前没有登记诉求的岗位。居民可以扫楼道里的二维码自己提。"))
    code = _unit_code(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DeskForm(*sent, account=account, unit_code=code)
    found: list[Case] = []
    if request.method == "POST" and form.is_valid():
        routed = place_of_unit(form.cleaned_data["unit"])
        asked = request.POST.get("join", "") or request.POST.get("anyway", "")
        found = [] if asked else similar(routed, form.cleaned_data["category"], account)
        if not found:
            try:
                return _join(request, form) if "join" in request.POST else _file(request, form, routed)
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    context = {
        "here": "cases",
        "form": form,
        "found": found,
        "once": request.POST.get("once", "")[:40] or secrets.token_urlsafe(18),
        "heading": _("登记诉求"),
        "button": _("还是单独登记") if found else _("登记"),
    }
    return render(request, "cases/new.html", context, status=422 if form.errors else 200)


def _unit_code(request: SignedIn) -> str:
    """The unit in the address, if any; 404 where it may not be seen."""
    code = request.GET.get("unit", "")
    if code:
        get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    return code


def similar(routed: Routed, category: Any, account: Any) -> list[Case]:
    """Open cases of the same category at the same place: the building, else the red grid or the block."""
    rows = Case.objects.visible_to(account).open().filter(category=category)
    rows = rows.filter(building=routed.building) if routed.building else rows.filter(unit=routed.unit)
    return list(rows.select_related("unit", "category").order_by("-filed_at", "-pk")[:LIKE])


def _file(request: SignedIn, form: DeskForm, routed: Routed) -> HttpResponse:
    data, fixed = form.said(), form.cleaned_data["on_the_spot"]
    with write():
        filed = actions.file_case(routed, by=request.user, once=request.POST.get("once", "")[:40], **data)
        if fixed and filed.is_new:
            case = Case.objects.select_related("unit", "category", "limit").get(pk=filed.case.pk)
            actions.fix_on_spot(case, by=request.user, what=fixed)
    return _told(request, filed.case, filed.secret)


def _join(request: SignedIn, form: DeskForm) -> HttpResponse:
    """The complainant joins a case that is open already; their words go to whoever handles it."""
    key, data = request.POST["join"], form.cleaned_data
    found = Case.objects.visible_to(request.user).filter(pk=int(key)) if key.isdecimal() and len(key) < 19 else None
    case = found.select_related("unit").first() if found is not None else None
    if case is None:
        raise Refused(_("那件诉求找不到了，请单独登记。"))
    _complainant, secret = actions.join_case(
        case,
        by=request.user,
        body=data["body"],
        name=data["name"],
        phone=data["phone"],
        photos=data["photos"],
        once=f"{once}:{case.pk}" if (once := request.POST.get("once", "")[:40]) else "",
    )
    return _told(request, case, secret)


def _told(request: SignedIn, case: Case, secret: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("public-case", args=[secret]))
    is_seen = Case.objects.visible_to(request.user).filter(pk=case.pk).exists()
    return render(request, "cases/filed.html", {"here": "cases", "case": case, "link": link, "is_seen": is_seen})


def spot_fix_note(request: SignedIn) -> HttpResponse:
    """记一件当场办结: one line, a category and a place that are filled in already."""
    account = request.user
    if not account.holds_anywhere("cases.note_spot_fix"):
        raise NotAllowed(_("您目前没有岗位，不能记当场办结。"))
    form = SpotFixForm(request.POST or None, account=account, unit_code=_unit_code(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.note_spot_fix(by=account, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已记下。"))
            return redirect("cases" if account.holds_anywhere("cases.view_case") else "home")
    context = {"here": "cases", "form": form, "heading": _("记当场办结"), "button": _("记下")}
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)
