"""A resolution as everybody may read it, and how satisfied they are with what came of it."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.actions.evaluation import satisfaction
from jiequ.council.forms import ObjectionForm
from jiequ.council.models import Motion, Rating
from jiequ.council.public.pace import slow_down

VOTER_COOKIE = "jiequ_voter"


@never_cache
def public_resolution(request: HttpRequest, pk: int) -> HttpResponse:
    """A resolution, without personal data, while it is publicised and after."""
    motion = get_object_or_404(Motion.objects.with_unit().with_outcomes().filter(state__in=Motion.PUBLIC), pk=pk)
    satisfied, rated = satisfaction(motion)
    voter = request.COOKIES.get(VOTER_COOKIE, "")
    has_rated = bool(voter) and motion.ratings.filter(round=motion.round, voter_index=blind(voter, "voter")).exists()
    return render(request, "council/public_resolution.html", {
        "unit": motion.unit, "motion": motion, "form": ObjectionForm(), "satisfied": satisfied, "rated": rated,
        "scores": Rating.Score.choices, "has_rated": has_rated,
        "objectable": motion.state == Motion.State.PUBLICISED and not motion.publicity_is_over,
        "answers": motion.objections.exclude(answered_at=None).values_list("answer", "answered_at"),
    })  # fmt: skip


@never_cache
def public_rate(request: HttpRequest, pk: int) -> HttpResponse:
    """Satisfaction: one answer a browser and round; the cookie names nobody."""
    motion = get_object_or_404(Motion.objects.with_unit().filter(state__in=Motion.PUBLIC), pk=pk)
    if request.method != "POST":
        return redirect("public-resolution", pk=pk)
    voter = request.COOKIES.get(VOTER_COOKIE) or secrets.token_urlsafe(16)
    heading, says, status = _("谢谢您的评价"), _("评价不记名，会算进这件事的满意率。"), 200
    try:
        slow_down(request, "rate")
        with through("public"):
            actions.rate_resolution(
                motion, by=PUBLIC, score=request.POST.get("score", ""), voter_index=blind(voter, "voter")
            )
    except Refused as refused:
        heading, says, status = refused.message, "", 409
    response = render(request, "council/public_done.html", {
        "unit": motion.unit, "motion": motion, "heading": heading, "says": says,
    }, status=status)  # fmt: skip
    response.set_cookie(
        VOTER_COOKIE, voter, max_age=365 * 86400, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response
