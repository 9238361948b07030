"""Objecting to a resolution while it is publicised, and reading the answer by the link one got for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.forms import ObjectionForm
from jiequ.council.models import Motion, Objection


@never_cache
def public_object(request: HttpRequest, pk: int) -> HttpResponse:
    motion = get_object_or_404(Motion.objects.with_unit().filter(state__in=Motion.PUBLIC), pk=pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            slow_down(request, "object")
            with through("public"):
                objection = actions.object_to_resolution(motion, by=PUBLIC, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect("public-objection", token=objection.secret)
    return render(request, "council/public_object.html", {"unit": motion.unit, "motion": motion, "form": form})


@never_cache
def public_objection(request: HttpRequest, token: str) -> HttpResponse:
    """What I objected and what was answered: for whoever holds the secret link. The phone number is not shown again."""
    objections = Objection.objects.select_related("motion__unit").defer("motion__unit__boundary")
    objection = get_object_or_404(objections, token_index=blind(token, "objector"))
    return render(request, "council/public_objection.html", {
        "unit": objection.unit, "motion": objection.motion, "objection": objection,
        "address": request.build_absolute_uri(request.path),
        "is_public": objection.motion.state in Motion.PUBLIC,
    })  # fmt: skip
