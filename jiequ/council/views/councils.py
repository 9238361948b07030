"""Councils and their rules."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.permission import Refused, require
from jiequ.council import actions
from jiequ.council.forms import RuleForm
from jiequ.council.models import DecisionRule
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit


def council_list(request: SignedIn) -> HttpResponse:
    """Every block in reach with its council, or the button to found one."""
    blocks = (
        Unit.objects.filter(request.user.reach("council.view_motion").as_q("path")).filter(kind=Unit.Kind.BLOCK).valid()
    )
    return render(request, "council/council_list.html", {
        "here": "council",
        "blocks": [(b, request.user.may("council.found_council", b)) for b in blocks.select_related("council").defer("boundary")],
    })  # fmt: skip


@require_POST
def council_found(request: SignedIn, code: str) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    actions.found_council(unit, by=request.user)
    messages.success(request, _("%(unit)s理事会已成立。") % {"unit": unit.name})
    return redirect("councils")


def rule_page(request: SignedIn, code: str) -> HttpResponse:
    """The rule in force for a unit, its versions, and (for those who may) the form for the next."""
    unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    require(request.user, "council.view_motion", unit)
    rule = DecisionRule.objects.in_force(unit, clock.today()).select_related("unit").first()
    may = request.user.may("council.amend_rule", unit)
    form = None
    if may:
        initial = {t: getattr(rule, t) for t in (*DecisionRule.TERMS, "name")} if rule else {}
        form = RuleForm(request.POST or None, initial={**initial, "effective_on": clock.today()})
        if request.method == "POST" and form.is_valid():
            try:
                actions.amend_rule(unit, by=request.user, **form.cleaned_data)
            except Refused as refused:
                form.add_error(refused.field, refused.message)
            else:
                messages.success(request, _("新版规则已发布，已开始的议题仍按原规则办。"))
                return redirect("rules", code=code)
    elif request.method == "POST":
        require(request.user, "council.amend_rule", unit)
    versions = DecisionRule.objects.in_force(unit, clock.today().replace(year=9999)).select_related("unit")
    return render(request, "council/rules.html", {
        "here": "council", "unit": unit, "rule": rule, "versions": versions[:50], "form": form,
    })  # fmt: skip
