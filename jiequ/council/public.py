"""The council's pages that need no sign-in: propose, follow by secret link, resolutions, objections, satisfaction.

They act as PUBLIC, also for a person who happens to be signed in, and show nobody's data.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.actions.outcomes import satisfaction
from jiequ.council.forms import ObjectionForm, ProposeForm
from jiequ.council.models import Motion, Proposer, Rating
from jiequ.council.views.steps import now_words, steps_of
from jiequ.territory.models import Unit

VOTER_COOKIE = "jiequ_voter"
SENDS_AN_HOUR = 30  # per address: a building behind one address still gets through, a flood does not


def _block(code: str) -> Unit:
    return get_object_or_404(Unit.objects.valid().filter(kind=Unit.Kind.BLOCK, council__isnull=False), code=code)


def public_unit(request: HttpRequest, code: str) -> HttpResponse:
    """A block's public page: its resolutions, and the way to propose."""
    unit = _block(code)
    publicised = Motion.objects.filter(unit=unit, publicised_at__isnull=False)  # so that its index holds nothing else
    motions = publicised.filter(state__in=Motion.PUBLIC).order_by("-publicised_at")
    counted = dict(motions.order_by().values_list("state").annotate(n=Count("pk")).values_list("state", "n"))
    return render(request, "council/public_unit.html", {
        "unit": unit, "motions": motions[:20], "concluded": counted.get(Motion.State.CONCLUDED, 0), "public": sum(counted.values()),
    })  # fmt: skip


@never_cache
def public_propose(request: HttpRequest, code: str) -> HttpResponse:
    unit = _block(code)
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.is_robot:
            return redirect("public-unit", code=code)
        data = form.cleaned_data
        try:
            _slow_down(request, "propose")
            with through("public"):
                _motion, secret = actions.collect_motion(
                    unit,
                    by=PUBLIC,
                    title=_first_line(data["body"]),
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


@never_cache
def public_motion(request: HttpRequest, token: str) -> HttpResponse:
    """What became of my motion: for whoever holds the secret link."""
    proposers = Proposer.objects.select_related("motion__unit", "motion__rule", "motion__meeting", "came_with")
    proposer = get_object_or_404(proposers, token_index=blind(token, "proposer"))
    motion = Motion.objects.with_unit().with_outcomes().select_related("rule", "meeting").get(pk=proposer.motion_id)
    from jiequ.council.models import Ballot
    from jiequ.work.models import Task

    ballots = list(Ballot.objects.filter(item__motion=motion).select_related("item__meeting"))
    tasks = list(Task.objects.about(motion).select_related("holder"))
    steps = steps_of(motion, ballots, tasks, [proposer])
    return render(request, "council/public_motion.html", {
        "unit": motion.unit, "motion": motion, "proposer": proposer, "steps": steps, "now_words": now_words(motion, tasks),
        "address": request.build_absolute_uri(), "is_public": motion.state in Motion.PUBLIC,
    })  # fmt: skip


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
def public_object(request: HttpRequest, pk: int) -> HttpResponse:
    motion = get_object_or_404(Motion.objects.with_unit().filter(state__in=Motion.PUBLIC), pk=pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _slow_down(request, "object")
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


@never_cache
def public_rate(request: HttpRequest, pk: int) -> HttpResponse:
    """Satisfaction: one answer a browser and round; the cookie names nobody."""
    motion = get_object_or_404(Motion.objects.with_unit().filter(state__in=Motion.PUBLIC), pk=pk)
    if request.method != "POST":
        return redirect("public-resolution", pk=pk)
    voter = request.COOKIES.get(VOTER_COOKIE) or secrets.token_urlsafe(16)
    heading, says, status = _("谢谢您的评价"), _("评价不记名，会算进这件事的满意率。"), 200
    try:
        _slow_down(request, "rate")
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


def _first_line(text: str) -> str:
    """The first sentence, as a title the head can put into public words."""
    line = text.strip().splitlines()[0]
    for stop in "。！？!?；;":
        line = line.split(stop)[0]
    return line[:60] or text.strip()[:60]


def _slow_down(request: HttpRequest, what: str) -> None:
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:  # the last hop is the one that our own proxy wrote
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    key: Any = f"slow:{what}:{blind(address, 'address')}"
    try:
        sent = cache.incr(key)
    except ValueError:  # nothing was sent within the hour, or the hour has just ended
        cache.set(key, sent := 1, 3600)
    if sent > SENDS_AN_HOUR:
        raise Refused(_("这个网络一小时内提交得太多了，您写的都还在，请过一会儿再按一次。"))
