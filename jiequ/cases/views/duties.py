"""诉求设置: who handles what in a unit, who is on duty, how long each stage may take."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.cases.forms.duties import SETTINGS
from jiequ.cases.models import AnswerTemplate, CaseCategory, CaseLimit, Duty, DutyLine, Handler, HandlerMember
from jiequ.core import clock
from jiequ.core.permission import Refused, require
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit


def case_settings(request: SignedIn, code: str) -> HttpResponse:
    """Everything that holds for cases of this unit, its own and what it inherits: eight statements beside the frame's."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    require(request.user, "cases.set_duties", unit)
    today = clock.today()
    above = [unit.path_at(n) for n in range(1, unit.depth + 1)]
    members = HandlerMember.objects.in_force(today).select_related("person").order_by("pk")
    standing = Q(ends_on=None) | Q(ends_on__gt=today)
    duties = Duty.objects.filter(standing).select_related("person", "stand_in").order_by("starts_on")
    handlers = Handler.objects.filter(unit__path__in=above).select_related("unit").defer("unit__boundary")
    rows = handlers.prefetch_related(Prefetch("members", members), Prefetch("duties", duties))
    lines = DutyLine.objects.in_force(today).filter(unit__path__in=above).select_related("unit", "category", "handler")
    limits = CaseLimit.objects.filter(unit__path__in=above).select_related("unit", "category").defer("unit__boundary")
    templates = AnswerTemplate.objects.filter(unit__path__in=above, is_active=True).select_related("unit", "category")
    return render(request, "cases/settings.html", {
        "here": "cases", "unit": unit, "today": today,
        "handlers": list(rows.order_by("-unit__path", "name")),
        "lines": list(lines.defer("unit__boundary").order_by("category__order", "-unit__path")),
        "limits": list(limits.order_by("-unit__path", "category", "kind", "-version")[:60]),
        "categories": list(CaseCategory.objects.all()),
        "templates": list(templates.defer("unit__boundary")),
        "may_set_limits": request.user.may("cases.set_limits", unit),
    })  # fmt: skip


def case_setting(request: SignedIn, code: str, what: str) -> HttpResponse:
    """One form of the settings: its act, with what was typed kept where a rule says no."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user).defer("boundary"), code=code)
    if what not in SETTINGS:
        raise Http404
    kind = SETTINGS[what]
    require(request.user, kind.may, unit)
    form = kind(request.POST or None, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            form.act(request.user)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已保存。"))
            return redirect("case-settings", unit.code)
    return render(request, "cases/form.html", {
        "here": "cases", "form": form, "heading": kind.heading, "button": _("保存"), "unit": unit,
    })  # fmt: skip
