"""A block's public page, and proposing from it."""

from __future__ import annotations

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.council import actions
from jiequ.council.forms import ProposeForm
from jiequ.council.models import Motion
from jiequ.council.public.screening import alike, first_line, second
from jiequ.territory.models import Unit


def _block(code: str) -> Unit:
    return get_object_or_404(Unit.objects.valid().filter(kind=Unit.Kind.BLOCK).select_related("council"), code=code)


def public_unit(request: HttpRequest, code: str) -> HttpResponse:
    """A block's public page: its resolutions, what became of its cases, and the ways to say something. Where there is no
    council yet, a case can be brought all the same."""
    unit = _block(code)
    publicised = Motion.objects.filter(unit=unit, publicised_at__isnull=False)  # so that its index holds nothing else
    motions = publicised.filter(state__in=Motion.PUBLIC).order_by("-publicised_at")
    counted = dict(motions.order_by().values_list("state").annotate(n=Count("pk")).values_list("state", "n"))
    return render(request, "council/public_unit.html", {
        "unit": unit, "motions": motions[:20], "concluded": counted.get(Motion.State.CONCLUDED, 0), "public": sum(counted.values()),
        "has_council": hasattr(unit, "council"),
    })  # fmt: skip


@never_cache
def public_propose(request: HttpRequest, code: str) -> HttpResponse:
    """One sentence is enough. Where the same matter has been announced already it is shown first: join it, or send anyway."""
    unit = _block(code)
    if not hasattr(unit, "council"):
        raise Http404
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.is_robot:
            return redirect("public-unit", code=code)
        data = form.cleaned_data
        title = first_line(data["body"])
        asked = "anyway" in request.POST or "second" in request.POST
        if not asked and (found := alike(unit, title, data["body"])):
            return render(request, "council/public_propose.html", {"unit": unit, "form": form, "found": found})
        try:
            if key := request.POST.get("second"):
                return redirect("public-motion", token=second(request, unit, key, data))
            slow_down(request, "propose")
            with through("public"):
                _motion, secret = actions.collect_motion(
                    unit,
                    by=PUBLIC,
                    title=title,
                    body=data["body"],
                    category=data["category"] or Motion.Category.OTHER,
                    name=data["name"],
                    phone=data["phone"],
                )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect("public-motion", token=secret)
    return render(request, "council/public_propose.html", {"unit": unit, "form": form})
