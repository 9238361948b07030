"""诉求设置: who handles what in a unit, who is on duty, how long each stage may take."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.cases.forms.changing import CHANGES
from jiequ.cases.forms.duties import SETTINGS, SettingForm
from jiequ.cases.models import AnswerTemplate, CaseCategory, CaseLimit, Duty, DutyLine, Handler, HandlerMember
from jiequ.core import clock
from jiequ.core.permission import Refused, require
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

TABS = {
    "handlers": gettext_lazy("承办单位"),
    "lines": gettext_lazy("职责清单"),
    "limits": gettext_lazy("办理时限"),
    "categories": gettext_lazy("类别"),
    "templates": gettext_lazy("答复模板"),
}
LIMITS = 60  # the newest


def case_settings(request: SignedIn, code: str) -> HttpResponse:
    """What holds for cases of this unit, its own and what it inherits, a tab at a time: at most ten statements, of which five
    are the frame's and who I am, one the unit, and up to three the tab's."""
    account = request.user
    unit = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
    require(account, "cases.set_duties", unit)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "handlers"
    above = [unit.path_at(n) for n in range(1, unit.depth + 1)]
    sets = account.reach("cases.set_duties")
    rows = ROWS[tab](above)
    for row in rows:  # what is inherited is changed where it lies
        row.may_set = tab in {"handlers", "lines", "templates"} and sets.holds(row.unit.path)
    return render(request, "cases/settings.html", {
        "here": "cases", "unit": unit, "today": clock.today(), "tab": tab, "rows": rows,
        "tabs": [(key, label, key == tab) for key, label in TABS.items()],
        "may_set_limits": account.may("cases.set_limits", unit),
        "may_set_categories": account.reach("cases.set_limits").holds(unit.path_at(1)),
    })  # fmt: skip


def _handlers(above: list[str]) -> list[Any]:
    today = clock.today()
    members = HandlerMember.objects.in_force(today).select_related("person").order_by("pk")
    standing = Q(ends_on=None) | Q(ends_on__gt=today)
    duties = Duty.objects.filter(standing).select_related("person", "stand_in").order_by("starts_on", "pk")
    rows = Handler.objects.filter(unit__path__in=above).select_related("unit").defer("unit__boundary")
    rows = rows.prefetch_related(Prefetch("members", members), Prefetch("duties", duties))
    return list(rows.order_by("-is_active", "-unit__path", "name"))


def _lines(above: list[str]) -> list[Any]:
    rows = DutyLine.objects.in_force(clock.today()).filter(unit__path__in=above)
    rows = rows.select_related("unit", "category", "handler").defer("unit__boundary")
    return list(rows.order_by("category__order", "category", "-unit__path"))


def _limits(above: list[str]) -> list[Any]:
    rows = CaseLimit.objects.filter(unit__path__in=above).select_related("unit", "category").defer("unit__boundary")
    return list(rows.order_by("-unit__path", "category", "kind", "-version")[:LIMITS])


def _categories(above: list[str]) -> list[Any]:
    return list(CaseCategory.objects.all())


def _templates(above: list[str]) -> list[Any]:
    rows = AnswerTemplate.objects.filter(unit__path__in=above).select_related("unit", "category")
    return list(rows.defer("unit__boundary").order_by("-is_active", "-unit__path", "name"))


ROWS = {
    "handlers": _handlers,
    "lines": _lines,
    "limits": _limits,
    "categories": _categories,
    "templates": _templates,
}


def case_setting(request: SignedIn, code: str, what: str) -> HttpResponse:
    """Something new for this unit: its act, with what was typed kept where a rule says no."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    if what not in SETTINGS:
        raise Http404
    kind = SETTINGS[what]
    require(request.user, kind.may, unit)
    return _answer(request, kind(_typed(request), unit=unit), unit)


def case_setting_of(request: SignedIn, what: str, pk: int) -> HttpResponse:
    """A change to something that is set, or its end. `?of` is the unit whose settings one came from; 404 for whoever may
    not set it: these rows have no page of their own."""
    if what not in CHANGES:
        raise Http404
    kind = CHANGES[what]
    thing, unit = kind.look_up(pk)
    if thing is None or unit is None or not request.user.may(kind.may, unit):
        raise Http404
    seen = Unit.objects.visible_to(request.user).defer("boundary")
    back = seen.filter(code=request.GET.get("of", "")[:40].replace("\x00", "")).first()
    return _answer(request, kind(_typed(request), thing=thing, unit=unit), back or unit)


def _typed(request: SignedIn) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(request: SignedIn, form: SettingForm, back: Unit) -> HttpResponse:
    address = reverse("case-settings", args=[back.code]) + f"?tab={form.tab}"
    if request.method == "POST" and form.is_valid():
        try:
            said = form.act(request.user)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, said or _("已保存。"))
            return redirect(address)
    return render(request, "cases/setting.html", {"here": "cases", "form": form, "unit": back, "back": address})
