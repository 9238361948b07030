"""A resolution as everybody may read it, and how satisfied they are with what came of it."""

from __future__ import annotations

import secrets
from typing import Any

import segno
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.models import Motion, Progress, Rating, progress
from jiequ.people.models import Appointment
from jiequ.people.roles import ROLES

VOTER_COOKIE = "jiequ_voter"


@never_cache
def public_resolution(request: HttpRequest, pk: int) -> HttpResponse:
    """A resolution, without personal data, while it is publicised and after."""
    motion = _resolution(pk)
    voter = request.COOKIES.get(VOTER_COOKIE, "")
    has_rated = bool(voter) and motion.ratings.filter(round=motion.round, voter_index=blind(voter, "voter")).exists()
    done = progress(motion)
    return render(request, "council/public_resolution.html", {
        "unit": motion.unit, "motion": motion, "scores": Rating.Score.choices, "has_rated": has_rated,
        "objectable": motion.state == Motion.State.PUBLICISED and not motion.publicity_is_over,
        "answers": list(motion.objections.exclude(answered_at=None).values_list("answer", "answered_at")),
        "progress": done, "posts": _posts(motion, done),
    })  # fmt: skip


@never_cache
def resolution_poster(request: HttpRequest, pk: int) -> HttpResponse:
    """One sheet of A4 for the staircase: the title, one sentence and the code that leads to the resolution's page."""
    motion = _resolution(pk)
    address = request.build_absolute_uri(reverse("public-resolution", args=[pk]))
    # segno writes nothing but numbers and path commands.
    drawn = segno.make(address, error="m").svg_inline(
        omitsize=True, border=2, light="#fff", svgclass="qr", lineclass=None, title=_("二维码")
    )
    return render(request, "council/public_poster.html", {
        "unit": motion.unit, "motion": motion, "qr": mark_safe(drawn), "address": address,
    })  # fmt: skip


def _resolution(pk: int) -> Motion:
    return get_object_or_404(Motion.objects.with_unit().with_outcomes().filter(state__in=Motion.PUBLIC), pk=pk)


def _posts(motion: Motion, done: Progress) -> dict[str, Any]:
    """Who carries out and who supervises, by post alone: {"supervisor": 街区指导员, commitment's number: 街区理事}."""
    holders = {row.pk: row.task.holder_id for row in done.rows}
    asked = {*holders.values(), motion.supervisor_id} - {None}
    if not asked:
        return {"rows": [(row, _role(row.task.role)) for row in done.rows], "supervisor": ""}
    held = Appointment.objects.in_force().filter(person_id__in=asked)
    here = held.filter(Q(unit__path__startswith=motion.unit.path) | Q(unit__path=motion.unit.path_at(2)))
    roles = sorted(here.values_list("person_id", "role"), key=lambda post: -ROLES[post[1]].rank)
    labels = {person: str(ROLES[role].label) for person, role in roles}  # the highest last, and so it stays
    return {
        "rows": [(row, labels.get(holders[row.pk], "") or _role(row.task.role)) for row in done.rows],
        "supervisor": labels.get(motion.supervisor_id, ""),
    }


def _role(code: str) -> str:
    return str(ROLES[code].label) if code in ROLES else ""


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
