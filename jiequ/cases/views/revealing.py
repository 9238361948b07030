"""A complainant's number, shown once against a reason: never in an address, a session or a cache; or deleted, when they ask for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from jiequ.cases.actions.acting import acting
from jiequ.cases.actions.complainants import forget_complainant, reveal_complainant
from jiequ.cases.forms.fields import one_line
from jiequ.cases.models import Case, Complainant
from jiequ.core.permission import Refused, require
from jiequ.people.middleware import SignedIn


class RevealForm(forms.Form):
    field = forms.ChoiceField(
        label=gettext_lazy("看哪一项"),
        choices=[
            ("phone", gettext_lazy("手机号")),
            ("name", gettext_lazy("称呼")),
            ("email", gettext_lazy("电子邮箱")),
        ],
        widget=forms.RadioSelect,
        initial="phone",
    )
    reason = one_line(gettext_lazy("理由"), 200, hint=gettext_lazy("至少 4 个字，如：电话核实地点。"))


def _find(account: Any, pk: int, complainant: int, permission: str) -> Complainant:
    """The complainant of a case that the account may see, where it may do this; else 404 or NotAllowed."""
    case = get_object_or_404(Case.objects.visible_to(account).with_unit().select_related("category"), pk=pk)
    require(acting(account, case), permission, case.unit)
    whom: Complainant = get_object_or_404(case.complainants.select_related("person"), pk=complainant)
    whom.case = case
    return whom


@never_cache
def complainant_reveal(request: SignedIn, pk: int, complainant: int) -> HttpResponse:
    account = request.user
    whom = _find(account, pk, complainant, "cases.reveal_complainant")
    case = whom.case
    form = RevealForm(request.POST or None)
    context: dict[str, Any] = {"here": "cases", "case": case, "form": form, "whom": whom}
    if request.method == "POST" and form.is_valid():
        field = form.cleaned_data["field"]
        try:
            value = reveal_complainant(whom, field, by=account, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            return render(request, "cases/revealed.html", {**context, "field": field, "value": value})
    context |= {"heading": _("查看诉求人信息"), "button": _("查看")}
    context["asks"] = _("默认隐去。查看会记下谁、何时、看了哪一项。")
    return render(request, "cases/form.html", context, status=422 if form.errors else 200)


@never_cache
def complainant_forget(request: SignedIn, pk: int, complainant: int) -> HttpResponse:
    """Delete who it was, because they ask for it; a page asks first."""
    whom = _find(request.user, pk, complainant, "cases.erase_complainant")
    if request.method == "POST":
        forget_complainant(whom, by=request.user)
        messages.success(request, _("已经删除。"))
        return redirect(whom.case)
    return render(request, "cases/form.html", {
        "here": "cases", "case": whom.case, "form": forms.Form(), "heading": _("删除诉求人的称呼和联系方式？"),
        "asks": _("本人要求删除时用。诉求照样办，但不能再联系、回访，也不能恢复。"), "button": _("确认删除"),
    })  # fmt: skip
