"""The wish wall, for everybody: what somebody near here would like, never who or where. No account, no scripts, a handful of statements."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.outreach.models import Wish, WishClaim, WishQuerySet
from jiequ.territory.models import Unit

SIZE = 40
DONE_SHOWN = 3
#: All that a public page reads of a wish: what it was asked by, and by whom, is not among it.
PUBLIC = ("title", "says", "about", "kind", "parts", "parts_taken", "state", "times_carried", "published_at", "unit")
KEEP = cache_control(private=True, max_age=60)


@KEEP
def wish_wall(request: HttpRequest) -> HttpResponse:
    """All the wishes of the installation. Seven statements."""
    return _wall(request, Wish.objects.all(), None)


@KEEP
def public_wishes(request: HttpRequest, code: str) -> HttpResponse:
    """A block's own wall. Seven statements."""
    blocks = Unit.objects.valid().filter(kind=Unit.Kind.BLOCK).defer("boundary", "note")
    unit = get_object_or_404(blocks, code=code)
    return _wall(request, Wish.objects.filter(unit=unit), unit)


def _wall(request: HttpRequest, wishes: WishQuerySet, unit: Unit | None) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in Wish.Kind.values else ""
    waiting = wishes.waiting_for_somebody()
    counts = dict(waiting.order_by().values_list("kind").annotate(n=Count("pk")))
    shown = waiting.filter(kind=kind) if kind else waiting
    page = Page(
        request,
        shown.select_related("unit").only(*PUBLIC, "unit__name"),
        order="published_at",
        oldest_first=True,
        size=SIZE,
    )
    granted = wishes.filter(state=Wish.State.CONFIRMED, confirmed_at__isnull=False).order_by("-confirmed_at", "-pk")
    teams = (
        WishClaim.objects.filter(state=WishClaim.State.DONE)
        .exclude(team=None)
        .select_related("team")
        .only("wish", "team__name")
    )
    done = list(
        granted.only(*PUBLIC, "confirmed_at").prefetch_related(Prefetch("claims", teams, to_attr="by_teams"))[
            :DONE_SHOWN
        ]
    )
    year = clock.at(clock.today().replace(month=1, day=1))
    told: dict[str, Any] = wishes.filter(claimed_at__gte=year).aggregate(
        claimed=Count("pk"), confirmed=Count("pk", filter=Q(state=Wish.State.CONFIRMED))
    )
    here = reverse("public-wishes", args=[unit.code]) if unit is not None else reverse("wish-wall")
    return render(request, "outreach/public_wall.html", {
        "unit": unit, "page": page, "done": done if not page.first else [], "told": told, "kind": kind, "here": here,
        "total": sum(counts.values()), "kinds": [(key, counts.get(key, 0)) for key in Wish.Kind.values],
    })  # fmt: skip
