"""Screening on the pages: what a motion's own words show, what a recommendation points at, what the owners decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.permission import Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.screening import RECOMMENDABLE
from jiequ.council.models import Motion
from jiequ.council.screening import Finding, findings
from jiequ.council.workflow import MOTION
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

SCREENED = (Motion.State.COLLECTED, Motion.State.RECOMMENDED)


@dataclass(frozen=True)
class Hint:
    """A finding as the page shows it: its sentence, and the one button of whoever may press it."""

    finding: Finding
    label: str = ""
    url: str = ""


def heard(motion: Motion) -> list[Finding]:
    """The findings about a motion in screening; one statement. None in any other state."""
    if motion.state not in SCREENED:
        return []
    return findings(motion, Motion.objects.to_compare(motion.unit, motion.collected_at))


def hints(motion: Motion, user: Any) -> list[Hint]:
    """What to show to whoever screens. The head, who may not refer or return, can recommend it."""
    screens, recommends = (user.may(f"council.{what}_motion", motion.unit) for what in ("screen", "recommend"))
    if motion.state not in SCREENED or not (screens or recommends):
        return []
    return [_hint(motion, finding, user, recommends) for finding in heard(motion)]


def proposing(unit: Unit, data: dict[str, Any], user: Any) -> list[Finding]:
    """What to tell whoever is about to propose, before it is sent; only motions that they may see are named. One statement."""
    draft = Motion(unit=unit, source=Motion.Source.POST, **data)
    others = Motion.objects.visible_to(user).to_compare(unit, clock.now())
    return [each for each in findings(draft, others) if each.kind != "quick"]


def _hint(motion: Motion, finding: Finding, user: Any, recommends: bool) -> Hint:
    line = MOTION.moves.get(finding.move)
    if line is None:
        return Hint(finding)
    if motion.state in line.sources and user.may(line.may, motion.unit):
        return Hint(finding, str(line.label), _address(motion, line.name, finding))
    if recommends and motion.state == Motion.State.COLLECTED and line.name in RECOMMENDABLE:
        return Hint(finding, _("建议%(move)s") % {"move": line.label}, _address(motion, "recommend", finding))
    return Hint(finding)


def _address(motion: Motion, move: str, finding: Finding) -> str:
    return reverse("motion-move", args=[motion.pk, move]) + f"?finding={finding.key}"


def prefilled(motion: Motion, move: str, key: str) -> dict[str, Any]:
    """What a move's form begins with: by the finding that led here, or by the head's recommendation of this very move."""
    finding = next((each for each in heard(motion) if each.key == key), None) if key else None
    if finding is not None:
        into = finding.other.pk if finding.other else None
        if move == "recommend" and finding.move in RECOMMENDABLE:
            said = {"move": finding.move, "recommendation": finding.reason[:200]}
            return said | {"into": into, "referred_to": finding.referred_to}
        if move == finding.move:
            return {"reason": finding.reason, "into": into, "referred_to": finding.referred_to}
    if motion.state == Motion.State.RECOMMENDED and motion.recommended_move == move:
        said = {"reason": motion.recommendation, "referred_to": motion.recommended_to}
        return said | {"into": motion.recommended_into_id}
    return {}


def recommended(motion: Motion) -> str:
    """What the head recommends, as the verb on the button; empty for those that were recommended before it was a choice."""
    line = MOTION.moves.get(motion.recommended_move)
    return str(line.label) if line is not None else ""


@require_POST
def motion_second(request: SignedIn, pk: int) -> HttpResponse:
    """附议: be told of every move, as the proposer is."""
    motion = get_object_or_404(Motion.objects.visible_to(request.user).with_unit(), pk=pk)
    require(request.user, "council.second_motion", motion.unit)
    actions.second_motion(motion, by=request.user)
    messages.success(request, _("已附议，进展会通知您。"))
    return redirect(motion)


def motion_owners(request: SignedIn, pk: int) -> HttpResponse:
    """What the owners' assembly decided about a motion that was referred to it."""
    motion = get_object_or_404(Motion.objects.visible_to(request.user).with_unit(), pk=pk)
    require(request.user, "council.follow_up_motion", motion.unit)
    form = f.OwnersVoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_owners_vote(motion, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已登记业主表决结果，并告知提出人。"))
            return redirect(motion)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "motion": motion, "unit": motion.unit, "heading": _("登记业主表决结果"),
        "asks": _("业主大会怎么定的，照实登记；是否通过由平台按民法典第278条算。"), "button": _("登记结果"),
        "back": motion.get_absolute_url(),
    })  # fmt: skip


def may_record_owners(motion: Motion, user: Any) -> bool:
    """Referred to the owners, whose decision is not entered yet."""
    theirs = motion.state == Motion.State.REFERRED and "业" in motion.referred_to
    return theirs and not owners_rows(motion) and user.may("council.follow_up_motion", motion.unit)


def owners_rows(motion: Motion) -> list[dict[str, Any]]:
    """The owners' vote as two rows, heads and area; nothing where there was none."""
    vote = getattr(motion, "owners_vote", None)
    if vote is None:
        return []
    return [
        {
            "label": _("人数"),
            "noun": _("人"),
            "total": vote.heads_total,
            "cast": vote.heads_cast,
            "yes": vote.heads_yes,
        },
        {"label": _("面积"), "noun": _("㎡"), "total": vote.area_total, "cast": vote.area_cast, "yes": vote.area_yes},
    ]
