"""From a visit to a motion: a form that is filled in already."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.cases.actions.filing import title_of
from jiequ.core.permission import Refused, require
from jiequ.council import forms as f
from jiequ.council.models import Motion
from jiequ.outreach.actions.findings import block_of, turn_finding, words_for_others
from jiequ.outreach.models import Finding, Visit
from jiequ.people.middleware import SignedIn


def finding_motion(request: SignedIn, pk: int) -> HttpResponse:
    """What was found becomes a motion of the block: its words stand there already, without whose they are."""
    findings = Finding.objects.filter(visit__in=Visit.objects.visible_to(request.user), kind=Finding.Kind.MOTION)
    finding = get_object_or_404(
        findings.select_related("visit__unit", "visit__household__unit", "visit__household__building"), pk=pk
    )
    require(request.user, "outreach.record_visit", finding.visit.household.ground)
    require(request.user, "council.collect_motion", finding.visit.unit)
    if finding.became_id is not None:
        return redirect(finding.became_url)
    words = words_for_others(finding)
    form = f.FromCaseForm(
        request.POST or None, initial={"title": title_of(words), "body": words, "category": Motion.Category.OTHER}
    )
    if request.method == "POST" and form.is_valid():
        try:
            motion: Any = turn_finding(finding, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已转为议题。"))
            return redirect(motion)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "heading": _("转议题"), "button": _("转为议题"), "unit": block_of(finding.visit),
        "asks": _("不写住户的姓名、电话和门牌。提出人是您，进展会通知您。"), "back": finding.visit.get_absolute_url(),
    })  # fmt: skip
