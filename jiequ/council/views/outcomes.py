"""After the vote, for signed-in people: commitments and who accepts them, and the objections to answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.following import may_judge
from jiequ.council.actions.outcomes import CARRY_OUT
from jiequ.council.models import Commitment, Motion, Progress
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Account
from jiequ.work.models import Task


def commitments_of(motion: Motion, tasks: list[Task], account: Account) -> dict[str, Any]:
    """What the section of tasks shows, from tasks that were read together with their commitments: no statement of its own."""
    mine = [task for task in tasks if task.verb == CARRY_OUT]
    rows = [task.commitment for task in mine if hasattr(task, "commitment")]
    may_follow = motion.state == Motion.State.FOLLOWING and account.may("council.follow_up_motion", motion.unit)
    judges = motion.state == Motion.State.FOLLOWING and may_judge(motion, account)
    for row in rows:
        row.motion = motion
    return {
        "progress": Progress.of_rows(motion, rows),
        "work": [(task, getattr(task, "commitment", None), judges and _waits(task, account)) for task in mine],
        "may_assign": may_follow,
    }


def _waits(task: Task, account: Account) -> bool:
    """Done, not accepted yet, and not this account's own work."""
    row = getattr(task, "commitment", None)
    return (
        row is not None
        and row.accepted_at is None
        and task.state == Task.State.DONE
        and account.person_id not in (task.holder_id, task.finished_by_id)
    )


def _following(request: SignedIn, pk: int) -> Motion:
    motions = Motion.objects.visible_to(request.user).with_unit().select_related("rule", "responsible", "supervisor")
    motion = get_object_or_404(motions, pk=pk)
    require(request.user, "council.follow_up_motion", motion.unit)
    return motion


def motion_assign(request: SignedIn, pk: int) -> HttpResponse:
    """One more task in carrying a resolution out."""
    motion = _following(request, pk)
    form = f.AssignForm(request.POST or None, motion=motion)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.assign_follow_up(motion, by=request.user, holder=data.pop("responsible"), **data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            return redirect(motion)
    return _form(request, motion, form, _("加任务"))


def motion_supervisor(request: SignedIn, pk: int) -> HttpResponse:
    """Who accepts the work."""
    motion = _following(request, pk)
    form = f.SupervisorForm(request.POST or None, motion=motion)
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_supervisor(motion, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("监督人已指定。"))
            return redirect(motion)
    return _form(request, motion, form, _("指定监督人"))


def _commitment(request: SignedIn, pk: int) -> Commitment:
    rows = Commitment.objects.filter(motion__in=Motion.objects.visible_to(request.user))
    row = get_object_or_404(rows.select_related("motion__unit", "task").defer("motion__unit__boundary"), pk=pk)
    if not may_judge(row.motion, request.user):
        raise NotAllowed(_("这件事由监督人验收；没有监督人的，由街区网格长或社区验收。"))
    return row


@require_POST
def commitment_accept(request: SignedIn, pk: int) -> HttpResponse:
    row = _commitment(request, pk)
    actions.accept_work(row, by=request.user)
    messages.success(request, _("已验收。"))
    return redirect(row.motion)


def commitment_return(request: SignedIn, pk: int) -> HttpResponse:
    """Not as promised: say what is missing, and it is done again."""
    row = _commitment(request, pk)
    form = f.SendBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.send_back_work(row, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已退回返工。"))
            return redirect(row.motion)
    return _form(request, row.motion, form, _("退回返工"), asks=row.what)


def _form(request: SignedIn, motion: Motion, form: Any, heading: str, asks: str = "") -> HttpResponse:
    return render(request, "council/form.html", {
        "here": "council", "form": form, "motion": motion, "unit": motion.unit, "asks": asks,
        "heading": heading, "button": heading, "back": motion.get_absolute_url(),
    })  # fmt: skip


def objection_list(request: SignedIn, pk: int) -> HttpResponse:
    """The objections to one resolution, for those who answer them. A phone number is opened one at a time, and entered."""
    motion = get_object_or_404(Motion.objects.visible_to(request.user).with_unit(), pk=pk)
    require(request.user, "council.answer_objection", motion.unit)
    objections = list(motion.objections.all())
    if request.method == "POST":
        key = request.POST.get("reveal") or request.POST.get("objection", "")
        chosen = next((each for each in objections if str(each.pk) == key), None)
        if chosen is None:
            raise Http404
        chosen.motion = motion
        if request.POST.get("reveal"):
            chosen.shown = actions.reveal_objector(chosen, by=request.user)
        else:
            form = f.AnswerForm(request.POST)
            if form.is_valid():
                try:
                    actions.answer_objection(chosen, by=request.user, answer=form.cleaned_data["answer"])
                except Refused as refused:
                    form.add_error(refused.field if refused.field in form.fields else None, refused.message)
                else:
                    messages.success(request, _("已答复。"))
                    return redirect("motion-objections", pk=pk)
            chosen.form = form
    return render(request, "council/objections.html", {
        "here": "council", "motion": motion, "objections": objections, "form": f.AnswerForm(),
    })  # fmt: skip
