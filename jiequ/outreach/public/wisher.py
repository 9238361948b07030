"""Behind the wisher's own link: how the wish stands, and yes or not yet once it has been brought."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.outreach import actions
from jiequ.outreach.models import Wish

S = Wish.State


@never_cache
def public_wish(request: HttpRequest, token: str) -> HttpResponse:
    """Says nobody's name: whoever holds the phone may look over somebody's shoulder."""
    rows = Wish.objects.with_unit().select_related("rule").defer("words", "unit__boundary")
    wish = get_object_or_404(rows, secret_index=blind(token, "wish"))
    refused, status = "", 200
    if request.method == "POST":
        act = actions.dispute_wish if "not_yet" in request.POST else actions.confirm_wish
        try:
            slow_down(request, "follow")
            with through("public"):
                act(wish, by=PUBLIC, secret=token)
        except Refused as error:
            refused, status = error.message, 409
            wish = get_object_or_404(rows, pk=wish.pk)
        else:
            return redirect("public-wish", token=token)
    response = render(request, "outreach/public_wish.html", {
        "unit": wish.unit, "wish": wish, "refused": refused, "token": token, **_told(wish),
        "may_answer": wish.state == S.FULFILLED,
    }, status=status)  # fmt: skip
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _told(wish: Wish) -> dict[str, Any]:
    """The heading is the answer, one sentence below it, and the five stages."""
    words = {
        S.DRAFT: (_("记下来了，等街区核实"), _("核实后不写姓名发布出来，请人认领。")),
        S.VERIFIED: (_("核实过了，马上发布"), _("发布出来不写是谁、住哪儿。")),
        S.PUBLISHED: (_("已经发布，等人认领"), _("有人认领了，网格员会联系您。")),
        S.CLAIMED: (_("有人认领了"), _("%(n)s天内和您联系。") % {"n": wish.rule.connect_days}),
        S.CONNECTED: (_("正在圆您的心愿"), _("东西送到、忙帮好以后，请在这里点一下。")),
        S.FULFILLED: (_("说是送到了，您收到了吗？"), _("您说收到了才算数。")),
        S.CONFIRMED: (_("心愿实现了"), _("谢谢您告诉我们。")),
        S.RETURNED: (_("这个心愿没有发布"), _("网格员会和您说原因。")),
        S.WITHDRAWN: (_("这个心愿已经撤回"), _("还想要的话，请再告诉网格员。")),
        S.TURNED: (_("转为诉求办理"), _("办理的人会联系您。")),
    }
    headline, line = words[S(wish.state)]
    at = next((n for n, (_key, _label, states) in enumerate(Wish.STEPS) if wish.state in states), len(Wish.STEPS))
    shown = wish.state not in (S.RETURNED, S.WITHDRAWN, S.TURNED)
    stages = [
        (label, "past" if n < at else "now" if n == at else "") for n, (_key, label, _states) in enumerate(Wish.STEPS)
    ]
    return {"headline": headline, "line": line, "stages": stages if shown else []}
