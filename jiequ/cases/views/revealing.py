"""A complainant's number, shown once against a reason: never in an address, a session or a cache."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from jiequ.cases.actions.acting import acting
from jiequ.cases.actions.complainants import reveal_complainant
from jiequ.cases.forms.fields import one_line
from jiequ.cases.models import Case
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


@never_cache
def complainant_reveal(request: SignedIn, pk: int, complainant: int) -> HttpResponse:
    account = request.user
    case = get_object_or_404(Case.objects.visible_to(account).with_unit().select_related("category"), pk=pk)
    require(acting(account, case), "cases.reveal_complainant", case.unit)
    whom = case.complainants.select_related("person").filter(pk=complainant).first()
    if whom is None:
        raise Http404
    whom.case = case
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
