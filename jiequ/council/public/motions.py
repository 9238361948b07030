"""What became of my motion: the page behind a proposer's secret link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from jiequ.core.personal import blind
from jiequ.council.models import Ballot, Motion, Proposer
from jiequ.council.views.steps import now_words, steps_of
from jiequ.work.models import Task


@never_cache
def public_motion(request: HttpRequest, token: str) -> HttpResponse:
    """What became of my motion: for whoever holds the secret link."""
    proposers = Proposer.objects.select_related("motion__unit", "motion__rule", "motion__meeting", "came_with")
    proposer = get_object_or_404(proposers, token_index=blind(token, "proposer"))
    motion = Motion.objects.with_unit().with_outcomes().select_related("rule", "meeting").get(pk=proposer.motion_id)
    ballots = list(Ballot.objects.filter(item__motion=motion).select_related("item__meeting"))
    tasks = list(Task.objects.about(motion).select_related("holder"))
    steps = steps_of(motion, ballots, tasks, [proposer])
    return render(request, "council/public_motion.html", {
        "unit": motion.unit, "motion": motion, "proposer": proposer, "steps": steps, "now_words": now_words(motion, tasks),
        "address": request.build_absolute_uri(), "is_public": motion.state in Motion.PUBLIC,
    })  # fmt: skip
