"""Objecting to a resolution while it is publicised."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.council import actions
from jiequ.council.forms import ObjectionForm
from jiequ.council.models import Motion
from jiequ.council.public.pace import slow_down


@never_cache
def public_object(request: HttpRequest, pk: int) -> HttpResponse:
    motion = get_object_or_404(Motion.objects.with_unit().filter(state__in=Motion.PUBLIC), pk=pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            slow_down(request, "object")
            with through("public"):
                actions.object_to_resolution(motion, by=PUBLIC, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return render(request, "council/public_done.html", {
                "unit": motion.unit, "motion": motion, "heading": _("意见收到了，谢谢您"),
                "says": _("执行之前，街区会答复每一条异议，答复会写在公示页上。"),
            })  # fmt: skip
    return render(request, "council/public_object.html", {"unit": motion.unit, "motion": motion, "form": form})
