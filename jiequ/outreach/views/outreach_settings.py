"""走访设置: how often households are contacted in a unit; the categories and consent texts of the subdistrict."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.core.permission import Refused, require
from jiequ.outreach.forms.outreach_settings import SETTINGS, CategoryChange, SettingForm
from jiequ.outreach.models import ConsentText, HouseholdCategory, OutreachRule
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

TABS = {
    "rules": gettext_lazy("联系间隔和时限"),
    "categories": gettext_lazy("重点类别"),
    "texts": gettext_lazy("同意书"),
}
MAY = "outreach.set_rules"
NEWEST = 60


def outreach_settings(request: SignedIn, code: str) -> HttpResponse:
    """A tab at a time: the frame's statements, the unit, and one or two of the tab's."""
    account = request.user
    unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
    require(account, MAY, unit)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "rules"
    return render(request, "outreach/settings.html", {
        "here": "households", "unit": unit, "tab": tab, "rows": ROWS[tab](unit), "today": clock.today(),
        "tabs": [(key, label, key == tab) for key, label in TABS.items()],
        "is_of_all": account.reach(MAY).holds(unit.path_at(1)),
    })  # fmt: skip


def _rules(unit: Unit) -> list[Any]:
    above = [unit.path_at(n) for n in range(1, unit.depth + 1)]
    rows = OutreachRule.objects.filter(unit__path__in=above).select_related("unit").defer("unit__boundary")
    return list(rows.order_by("-unit__path", "-version")[:NEWEST])


def _categories(unit: Unit) -> list[Any]:
    return list(HouseholdCategory.objects.all())


def _texts(unit: Unit) -> list[Any]:
    return list(ConsentText.objects.order_by("covers", "-version")[:NEWEST])


ROWS = {"rules": _rules, "categories": _categories, "texts": _texts}


def outreach_setting(request: SignedIn, code: str, what: str) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    if what not in SETTINGS:
        raise Http404
    kind = SETTINGS[what]
    where = _root_of(unit) if kind.is_of_all else unit
    require(request.user, MAY, where)
    return _answer(request, kind(_posted(request), unit=where), unit)


def household_category(request: SignedIn, pk: int) -> HttpResponse:
    """A change to a category; 404 for whoever may not set it: it has no page of its own."""
    root = Unit.objects.filter(depth=1).order_by("path").first()
    thing = HouseholdCategory.objects.filter(pk=pk).first()
    if root is None or thing is None or not request.user.may(MAY, root):
        raise Http404
    return _answer(request, CategoryChange(_posted(request), unit=root, thing=thing), root)


def _root_of(unit: Unit) -> Unit:
    return unit if unit.depth == 1 else Unit.objects.get(path=unit.path_at(1))


def _posted(request: SignedIn) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(request: SignedIn, form: SettingForm, unit: Unit) -> HttpResponse:
    back = reverse("outreach-settings", args=[unit.code]) + f"?tab={form.tab}"
    if request.method == "POST" and form.is_valid():
        try:
            form.act(request.user)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已保存。"))
            return redirect(back)
    context = {"here": "households", "form": form, "unit": unit, "back": back}
    return render(request, "outreach/setting.html", context, status=422 if form.errors else 200)
