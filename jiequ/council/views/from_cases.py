"""From a case to a motion and back: each a form that is filled in already."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.core.personal import hide_numbers
from jiequ.council import forms as f
from jiequ.council.actions.from_cases import category_of, raise_as_motion, turn_into_case
from jiequ.council.models import Motion
from jiequ.council.workflow import MOTION
from jiequ.people.middleware import SignedIn


def case_raise(request: SignedIn, pk: int) -> HttpResponse:
    """A case becomes a motion of its block: words, place and category stand there already."""
    cases = Case.objects.visible_to(request.user).with_unit().select_related("block", "category")
    case = get_object_or_404(cases, pk=pk)
    require(acting(request.user, case), "cases.handle_case", case.unit)
    if case.block is None or not request.user.may("council.collect_motion", case.block):
        raise NotAllowed(_("由街区网格长或社区转议题。"))
    initial = {"title": hide_numbers(case.title), "body": hide_numbers(case.body)[:1000], "category": category_of(case)}
    form = f.FromCaseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            motion = raise_as_motion(case, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            messages.success(request, _("已转为议题 %(number)s。") % {"number": motion.number})
            return redirect(motion)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "heading": _("转议题"), "button": _("转为议题"), "unit": case.block,
        "asks": _("诉求人一并成为提出人；诉求仍要按时限答复。"),
    }, status=422 if form.errors else 200)  # fmt: skip


def may_become_case(motion: Motion, account: Any) -> bool:
    return (
        motion.case_id is None
        and motion.state in MOTION.moves["refer"].sources
        and account.may("council.screen_motion", motion.unit)
    )


def motion_to_case(request: SignedIn, pk: int) -> HttpResponse:
    """A motion that is really a request becomes a case: only its category is asked."""
    motion = get_object_or_404(Motion.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)
    require(request.user, "council.screen_motion", motion.unit)
    form = f.ToCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = turn_into_case(motion, by=request.user, category=form.cleaned_data["category"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已转为诉求 %(number)s。") % {"number": case.number})
            return redirect(motion)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "heading": _("转为诉求"), "button": _("转为诉求"), "unit": motion.unit,
        "asks": _("提出人一并成为诉求人，议题按转出结束。"),
    })  # fmt: skip
