"""The same step for several cases: each is an action of its own, and the answer says which were done and which were not, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiequ.cases import actions
from jiequ.cases.actions.reminding import remind_case
from jiequ.cases.models import Case, Handler
from jiequ.cases.views.cases import export
from jiequ.core.permission import NotAllowed, Refused
from jiequ.people.middleware import SignedIn

MOST = 50  # a page of the list
#: What may be done to several at once.
DO: dict[str, Any] = {
    "accept": gettext_lazy("受理并分拨"),
    "dispatch": gettext_lazy("分拨"),
    "remind": gettext_lazy("催办"),
    "adopt": gettext_lazy("归到同一起因"),
}


@dataclass(frozen=True)
class Answer:
    """What became of one row."""

    case: Case
    refused: str = ""


@require_POST
def bulk(request: SignedIn) -> HttpResponse:
    """Permission is asked for each row by its own action; who may take in no case at all has no such page."""
    account = request.user
    if not account.holds_anywhere("cases.accept_case"):
        raise NotAllowed(_("您目前没有受理诉求的岗位。"))
    keys = [int(k) for k in request.POST.getlist("pick")[:MOST] if k.isascii() and k.isdigit() and len(k) < 19]
    seen = Case.objects.visible_to(account).filter(pk__in=keys)
    do = request.POST.get("do", "")
    if not keys or (do not in DO and do != "export"):
        messages.warning(request, _("还没有选诉求。请先在列表里勾选，再按要办的事。"))
        return redirect("cases")
    if do == "export":
        return export(account, None, seen)
    cases = list(
        seen.select_related("unit", "category", "limit", "proposed__unit", "lead__unit", "block").order_by("due_at")
    )
    try:
        answers = _all_at_once(cases, account) if do == "adopt" else _one_by_one(do, cases, account, request.POST)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("cases")
    return render(
        request,
        "cases/bulk_done.html",
        {
            "here": "cases",
            "heading": DO[do],
            "done": [a for a in answers if not a.refused],
            "refused": [a for a in answers if a.refused],
        },
    )


def _one_by_one(do: str, cases: list[Case], account: Any, data: Any) -> list[Answer]:
    act = _STEPS[do](account, data)
    answers = []
    for case in cases:
        try:
            act(case)
        except (Refused, PermissionDenied) as no:
            answers.append(Answer(case, getattr(no, "message", "") or str(no)))
        else:
            answers.append(Answer(case))
    return answers


def _accept(account: Any, data: Any) -> Callable[[Case], Any]:
    """To the handler that the duty list proposes; where it proposes none, somebody has to choose."""

    def act(case: Case) -> None:
        if case.proposed is None:
            raise Refused(_("职责清单里没有建议的主办单位，请单独分拨。"))
        if case.state == Case.State.ACCEPTED:
            actions.dispatch_case(case, lead=case.proposed, by=account)
        else:
            actions.accept_case(case, by=account, lead=case.proposed)

    return act


def _dispatch(account: Any, data: Any) -> Callable[[Case], Any]:
    key = data.get("lead", "")
    lead = (
        Handler.objects.filter(pk=int(key)).select_related("unit").first()
        if key.isdecimal() and len(key) < 19
        else None
    )
    if lead is None:
        raise Refused(_("请先在“分拨给”里选一个单位。"))

    def act(case: Case) -> None:
        if case.state == Case.State.SUBMITTED:
            actions.accept_case(case, by=account, lead=lead)
        elif case.state == Case.State.ACCEPTED:
            actions.dispatch_case(case, lead=lead, by=account)
        else:
            raise Refused(_("已经分拨过。要换单位，请到它的页面上改派并写明原因。"))

    return act


def _remind(account: Any, data: Any) -> Callable[[Case], Any]:
    return lambda case: remind_case(case, by=account)


_STEPS: dict[str, Callable[[Any, Any], Callable[[Case], Any]]] = {
    "accept": _accept,
    "dispatch": _dispatch,
    "remind": _remind,
}


def _all_at_once(cases: list[Case], account: Any) -> list[Answer]:
    """The one that is due first stands for the cause; the others are told of it, all or none."""
    if len(cases) < 2:
        raise Refused(_("请至少选两件，才能归到同一起因。"))
    first, *rest = cases
    actions.adopt_cases(first, rest, by=account)
    return [Answer(case) for case in cases]
