"""What became of my motion: the page behind a proposer's secret link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from jiequ.core.pace import slow_down
from jiequ.core.permission import PUBLIC, Refused, through
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.documents import excerpt
from jiequ.council.forms import PublicResubmitForm
from jiequ.council.models import Ballot, Motion, Progress, Proposer
from jiequ.council.public.screening import first_line, resubmit_form
from jiequ.council.public.story import story
from jiequ.council.views.screening import owners_rows
from jiequ.council.views.steps import now_words, steps_of
from jiequ.work.models import Task


def _proposer(token: str) -> Proposer:
    proposers = Proposer.objects.select_related("motion__unit", "motion__rule", "motion__meeting", "came_with")
    return get_object_or_404(proposers, token_index=blind(token, "proposer"))


@never_cache
def public_motion(request: HttpRequest, token: str) -> HttpResponse:
    """What became of my motion: for whoever holds the secret link."""
    proposer = _proposer(token)
    return _page(request, proposer, token, resubmit_form(proposer.motion, proposer))


@never_cache
def public_resubmit(request: HttpRequest, token: str) -> HttpResponse:
    """A returned motion, improved by the resident who proposed it. What is wrong is said where it was typed."""
    proposer = _proposer(token)
    form = resubmit_form(proposer.motion, proposer, request.POST) if request.method == "POST" else None
    if form is None:
        return redirect("public-motion", token=token)
    if form.is_valid():
        body = form.cleaned_data["body"]
        try:
            slow_down(request, "propose")
            with through("public"):
                actions.resubmit_motion(proposer.motion, by=PUBLIC, title=first_line(body), body=body, secret=token)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect("public-motion", token=token)
    return _page(request, proposer, token, form)


def _page(request: HttpRequest, proposer: Proposer, token: str, form: PublicResubmitForm | None) -> HttpResponse:
    """The seven steps, every move in a sentence, what the minutes say of it, and how far carrying out has come."""
    rows = Motion.objects.with_unit().with_outcomes().select_related("rule", "meeting", "owners_vote")
    motion = rows.get(pk=proposer.motion_id)
    ballots = list(Ballot.objects.filter(item__motion=motion).select_related("item__meeting").order_by("opened_at"))
    tasks = list(Task.objects.about(motion).select_related("holder", "commitment").order_by("opened_at", "id"))
    done = Progress.of_rows(motion, [t.commitment for t in tasks if hasattr(t, "commitment")])
    said = excerpt(motion)
    return render(request, "council/public_motion.html", {
        "unit": motion.unit, "motion": motion, "proposer": proposer, "now_words": now_words(motion, tasks),
        "steps": steps_of(motion, ballots, tasks, [proposer]), "story": story(motion, proposer, said, done),
        "excerpt": said, "progress": done,
        "address": request.build_absolute_uri(reverse("public-motion", args=[token])),
        "is_public": motion.state in Motion.PUBLIC, "form": form, "token": token, "owners": owners_rows(motion),
    })  # fmt: skip
