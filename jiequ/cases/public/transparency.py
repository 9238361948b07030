"""What a block does with what its residents say, in numbers, for everybody: no sign-in, no names, no small numbers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control

from jiequ.cases.indicators.publishing import published
from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.territory.models import Unit


@cache_control(private=True, max_age=300)
def public_transparency(request: HttpRequest, code: str) -> HttpResponse:
    """Five statements, however many cases there are: the twelve months that are over."""
    blocks = Unit.objects.valid().filter(kind=Unit.Kind.BLOCK).defer("boundary", "note")
    unit = get_object_or_404(blocks, code=code)
    return render(request, "cases/public_transparency.html", {
        "unit": unit, "told": published(unit), "this_month": Period.month(clock.today()).start,
    })  # fmt: skip
