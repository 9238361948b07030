"""Tasks: my list and my units', the page of one, and a small form for each thing that can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from jiequ.core.flow import act_label
from jiequ.core.models import JournalEntry
from jiequ.core.paging import Page
from jiequ.core.permission import Refused, require
from jiequ.people.models import Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit
from jiequ.work import actions
from jiequ.work import forms as f
from jiequ.work.models import Task
from jiequ.work.workflow import Work

#: Saved views of the list: key, label.
VIEWS = (
    ("open", _("待办")),
    ("overdue", _("逾期")),
    ("supervised", _("督办")),
    ("finished", _("办结")),
)


def task_list(request: HttpRequest) -> HttpResponse:
    """Whose: mine (also what waits for my post), or everybody's in my units. Open ones by due time, ended ones newest first."""
    account: Any = request.user
    whose = "unit" if request.GET.get("whose") == "unit" else "mine"
    view = request.GET.get("view", "open")
    tasks = Task.objects.visible_to(account) if whose == "unit" else Task.objects.known_to(account)
    tasks = tasks.select_related("unit", "holder")
    if view == "finished":
        tasks = tasks.exclude(state=Task.State.OPEN)
        tasks = tasks.filter(finished_by=account.person_id) if whose == "mine" else tasks
    else:
        tasks = tasks.open() if whose == "unit" else tasks.for_account(account)
        if view == "overdue":
            tasks = tasks.overdue()
        elif view == "supervised":
            tasks = tasks.supervised()
        tasks = tasks.exclude(verb__in=Work.quiet_verbs()).with_order()  # its house has a list of them
    unit = None
    if code := request.GET.get("unit"):
        unit = get_object_or_404(Unit.objects.visible_to(account), code=code)
        tasks = tasks.under(unit)
    page = (
        Page(request, tasks, order="finished_at")
        if view == "finished"
        else Page(request, tasks, order="due_at", oldest_first=True)
    )
    context = {
        "here": "tasks",
        "page": page,
        "views": [(key, label, key == view) for key, label in VIEWS],
        "view": view,
        "whose": whose,
        "unit": unit,
        "may_open": account.holds_anywhere("work.open_task"),
        "elsewhere": Work.elsewhere(account),
    }
    return render(request, "work/_task_rows.html" if request.htmx else "work/task_list.html", context)  # type: ignore[attr-defined]


def task_page(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    task = get_object_or_404(
        Task.objects.opening_to(account).select_related("unit", "holder", "finished_by").with_order(), pk=pk
    )
    entries = list(JournalEntry.objects.about(task)[:50])
    ids = {pk for e in entries for pk in (e.by_id, e.facts.get("to")) if pk}
    names = dict(Person.objects.filter(pk__in=ids).values_list("pk", "label"))
    acts = _offered(task, account)
    is_urgent = task.is_for(account) or task.is_overdue  # else nothing is asked of me, and no button stands out
    context = {
        "here": "tasks",
        "task": task,
        "work": Work.of(task.verb),
        "work_url": Work.of(task.verb).address(task),
        "role_label": ROLES[task.role].label if task.role else "",
        "order": task.orders.filter(answered_at=None).select_related("issued_by").first() if task.order_id else None,
        "answered": task.orders.exclude(answered_at=None)
        .select_related("issued_by", "answered_by")
        .order_by("-issued_at"),
        "extensions": task.extensions.select_related("granted_by").order_by("-granted_at"),
        "entries": [
            (e, act_label(e.kind, e.verb), names.get(e.by_id or 0, ""), names.get(e.facts.get("to"), ""))
            for e in entries
        ],
        "primary": acts[0] if acts and is_urgent else None,
        "others": acts[1:] if is_urgent else acts,
    }
    return render(request, "work/task.html", context)


@dataclass(frozen=True)
class Act:
    """One thing to do with a task. Without a form it is done at a press."""

    name: str
    label: Any
    icon: str
    run: Callable[..., Any]
    form: Callable[..., forms.Form] | None = None
    done: Any = ""


ACTS = {
    act.name: act
    for act in [
        Act("answer", _("回复督办"), "speakerphone", actions.answer_order, f.AnswerForm, _("督办已回复。")),
        Act("finish", _("办结"), "check", actions.finish_task, f.FinishForm, _("已办结。")),
        Act("claim", _("认领"), "hand-stop", actions.claim_task, None, _("已认领，现在由您办理。")),
        Act("supervise", _("发督办"), "speakerphone", actions.order_supervision, f.SuperviseForm, _("督办已发出。")),
        Act("remind", _("催办"), "bell", actions.remind_task, None, _("已催办，对方会收到通知。")),
        Act("extend", _("延期"), "calendar-event", actions.extend_task, f.ExtendForm, _("已延期。")),
        Act("hand-over", _("转办"), "users", actions.hand_over_task, f.HandOverForm, _("已转交。")),
        Act("drop", _("取消任务"), "x", actions.drop_task, f.DropForm, _("任务已取消。")),
    ]
}


def _offered(task: Task, account: Any) -> list[Act]:
    """What `account` can do with the task now, the most urgent first; the action itself checks again."""
    if task.state != Task.State.OPEN:
        return []
    holds = task.is_for(account) and account.may("work.hold_task", task.unit)
    mine = holds or (task.holder_id is not None and task.is_for(account))  # a handler's people hold no post
    work = Work.of(task.verb)
    by_hand = work.by_hand or not task.about_kind
    rank = account.rank_over("work.order_supervision", task.unit)
    offered = {
        "answer": mine and task.order_id is not None,
        "finish": holds and by_hand,
        "claim": mine and task.holder_id is None,
        "supervise": not mine
        and not task.order_id
        and rank is not None
        and rank < (ROLES[task.role].rank if task.role else 99),
        "remind": not mine and account.may("work.remind_task", task.unit),
        "extend": not mine and account.may("work.extend_task", task.unit) and not (task.about_kind and work.has_clock),
        "hand-over": holds or account.may("work.reassign_task", task.unit),
        "drop": account.may("work.drop_task", task.unit) and by_hand,
    }
    acts = [ACTS[name] for name, yes in offered.items() if yes]
    if not mine and not task.is_overdue and acts and acts[0].name == "supervise":
        acts.append(acts.pop(0))  # 督办 is the first thing to do only where something is late
    return acts


def task_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """The form of one act, or the act itself where it needs none."""
    account: Any = request.user
    found = ACTS[act]
    task = get_object_or_404(Task.objects.opening_to(account).select_related("unit", "holder").with_order(), pk=pk)
    _require_to_see(act, task, account)
    thing: Any = task
    if act == "answer":
        thing = task.orders.filter(answered_at=None).select_related("task__unit", "issued_by").first()
        if thing is None:
            raise Refused(str(_("没有等待回复的督办。")))
    if found.form is None:
        if request.method != "POST":
            raise Http404
        found.run(thing, by=account)
        messages.success(request, str(found.done))
        return redirect(task)
    form = found.form(request.POST if request.method == "POST" else None, task=task)
    if request.method == "POST" and form.is_valid():
        try:
            found.run(thing, by=account, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, str(found.done))
            return redirect(task)
    context = {"here": "tasks", "task": task, "act": found, "form": form, "order": thing if act == "answer" else None}
    return render(request, "work/task_act.html", context, status=422 if form.errors else 200)


_SEES = {
    "answer": "work.hold_task",
    "finish": "work.hold_task",
    "supervise": "work.order_supervision",
    "extend": "work.extend_task",
    "drop": "work.drop_task",
}


def _require_to_see(act: str, task: Task, account: Any) -> None:
    if task.holder_id is not None and task.holder_id == account.person_id and act == "answer":
        return  # a handler's people hold no post
    if act in _SEES:
        require(account, _SEES[act], task.unit)
    elif act == "hand-over" and not task.is_for(account):
        require(account, "work.reassign_task", task.unit)


def task_new(request: HttpRequest) -> HttpResponse:
    """A free task in one of the units where I may give tasks (`?unit=`; my first post's when not given)."""
    account: Any = request.user
    units = Unit.objects.visible_to(account).valid().exclude(kind=Unit.Kind.BUILDING)
    code = request.GET.get("unit") or next((a.unit.code for a in account.appointments), "")
    unit = get_object_or_404(units, code=code)
    require(account, "work.open_task", unit)
    form = f.TaskForm(request.POST if request.method == "POST" else None, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            task = actions.open_task("work.do", unit=unit, by=account, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, str(_("任务已布置。")))
            return redirect(task)
    return render(
        request, "work/task_new.html", {"here": "tasks", "unit": unit, "form": form}, status=422 if form.errors else 200
    )
