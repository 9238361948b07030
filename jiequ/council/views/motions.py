"""Motions: the list, the page with its seven steps, and one page per move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core.models import JournalEntry
from jiequ.core.paging import CAP, FILTERED_CAP, Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.agenda import next_planned
from jiequ.council.models import Ballot, Motion, Vote
from jiequ.council.screening import Finding
from jiequ.council.views.from_cases import may_become_case
from jiequ.council.views.outcomes import commitments_of
from jiequ.council.views.screening import (
    SCREENED,
    hints,
    may_record_owners,
    owners_rows,
    prefilled,
    proposing,
    recommended,
)
from jiequ.council.views.steps import now_words, said, steps_of
from jiequ.council.workflow import MOTION
from jiequ.outreach.views.origins import visit_behind, visit_told
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.models import Task

#: What anybody may do without signing in: such entries have no person.
PUBLIC_ACTS = {"collect", "object", "rate", "resubmit", "second"}
#: Saved views of the list: key, label, states.
VIEWS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("all", gettext_lazy("全部"), ()),
    ("screening", gettext_lazy("待审定"), ("collected", "recommended", "quick")),
    ("waiting", gettext_lazy("待上会"), ("accepted", "listed", "noticed", "discussing", "postponed")),
    ("decided", gettext_lazy("公示与确认"), ("unconfirmed", "adopted", "publicised")),
    ("following", gettext_lazy("跟进中"), ("following", "evaluating")),
    ("ended", gettext_lazy("已结束"), ("concluded", "rejected", "returned", "referred", "merged", "answered")),
)


def motion_list(request: SignedIn) -> HttpResponse:
    motions = Motion.objects.visible_to(request.user).with_unit()
    view = request.GET.get("view", "all")
    states = next((s for key, _label, s in VIEWS if key == view), ())
    if view == "ended":
        motions = motions.ended()
    elif states:
        motions = motions.filter(state__in=states)
    unit = None
    if code := request.GET.get("unit"):
        unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
        motions = motions.under(unit)
    category = request.GET.get("category", "")
    if category in Motion.Category.values:
        motions = motions.filter(category=category)
    if q := request.GET.get("q", "").strip()[:60]:
        motions = motions.filter(search_text__contains=q.casefold())
    page = Page(request, motions, order="collected_at", cap=FILTERED_CAP if q or category else CAP)
    context = {
        "here": "council",
        "page": page,
        "views": [(key, label, key == view) for key, label, _s in VIEWS],
        "view": view,
        "unit": unit,
        "category": category,
        "categories": Motion.Category.choices,
        "q": q,
        "may_collect": request.user.holds_anywhere("council.collect_motion"),
    }
    return render(request, "council/_motion_rows.html" if request.htmx else "council/motion_list.html", context)


def motion_page(request: SignedIn, pk: int) -> HttpResponse:
    motions = Motion.objects.visible_to(request.user).with_unit().with_outcomes()
    motions = motions.annotate(found_on=visit_behind("council.motion"))
    motion = get_object_or_404(
        motions.select_related(
            "rule", "meeting", "merged_into", "recommended_into", "responsible", "supervisor", "owners_vote", "case"
        ),
        pk=pk,
    )
    rounds = Ballot.objects.filter(item__motion=motion).select_related("item__meeting__unit").order_by("opened_at")
    ballots = [] if motion.state in SCREENED else list(rounds)  # what is being screened was never voted
    tasks = list(Task.objects.about(motion).select_related("holder", "commitment").order_by("opened_at", "id"))
    proposers = list(motion.proposers.select_related("person").order_by("proposed_at"))
    entries = list(JournalEntry.objects.about(motion)[:30])
    votes = (
        list(Vote.objects.filter(ballot__in=ballots))
        if any(b.kind == "by_name" and not b.is_open for b in ballots)
        else []
    )
    ids = {e.by_id for e in entries if e.by_id} | {v.person_id for v in votes}
    names = dict(Person.objects.filter(pk__in=ids).values_list("pk", "label")) if ids else {}
    offered = [MOVES[m.name] | {"move": m} for m in MOTION.offered(motion, request.user) if m.name in MOVES]
    if not any(p.person_id == request.user.person_id for p in proposers):
        offered = [o for o in offered if o["move"].name != "resubmit"]
    if any(t.verb == actions.outcomes.CARRY_OUT and t.state == Task.State.OPEN for t in tasks):
        offered = [o for o in offered if o["move"].name != "evaluate"]  # nobody is asked about what is not done
    pointed = motion.recommended_move if motion.state == Motion.State.RECOMMENDED else ""
    first = next((o["move"].name for o in offered if o["move"].name == pointed), "") or next(
        (o["move"].name for o in offered if o["page"].primary), ""
    )
    for each in offered:
        each["is_first"] = each["move"].name == first
    offered.sort(key=lambda o: (o["is_first"], o["page"].primary))  # the one to press stands last, where the eye ends
    steps = steps_of(motion, ballots, tasks, proposers)
    context = {
        "here": "council",
        "motion": motion,
        "steps": steps,
        "now_words": now_words(motion, tasks),
        "ballots": ballots,
        "votes": [(names.get(v.person_id, "—"), v.get_choice_display()) for v in votes],
        **commitments_of(motion, tasks, request.user),
        "proposers": proposers,
        "origins": visit_told(motion.found_on, request.user),
        "entries": [
            (e, names.get(e.by_id or 0) or (_("居民") if e.verb in PUBLIC_ACTS else ""), said(e)) for e in entries
        ],
        # Rounded down: 69.6 % opens a second round and must not be shown as 70.
        "satisfaction": f"{100 * motion.satisfied // motion.rated}%" if motion.rated else "",
        "offered": offered,
        "hints": hints(motion, request.user),
        "recommended": recommended(motion),
        "owners": owners_rows(motion),
        "may_become_case": may_become_case(motion, request.user),
        "may_see_case": motion.case is not None and request.user.may("cases.view_case", motion.unit),
        "may_record_owners": may_record_owners(motion, request.user),
        "may_second": motion.decided_at is None
        and not motion.has_ended
        and not any(p.person_id == request.user.person_id for p in proposers)
        and request.user.may("council.second_motion", motion.unit),
        "may_answer": motion.objected and request.user.may("council.answer_objection", motion.unit),
    }
    return render(request, "council/motion.html", context)


def motion_new(request: SignedIn) -> HttpResponse:
    if not request.user.holds_anywhere("council.collect_motion"):
        raise NotAllowed(_("您目前没有提议题的岗位。居民可以在街区的公开页上提。"))
    if code := request.GET.get("unit"):
        get_object_or_404(Unit.objects.visible_to(request.user), code=code)
    blocks = Unit.objects.filter(request.user.reach("council.collect_motion").as_q("path")).filter(
        kind=Unit.Kind.BLOCK, council__isnull=False
    )
    initial = {"unit": blocks.filter(code=request.GET.get("unit", "")).first() or blocks.first()}
    form = f.MotionForm(request.POST or None, units=blocks, initial=initial)
    found: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        unit = data.pop("unit")
        found = [] if "anyway" in request.POST else proposing(unit, data, request.user)
        if not found:
            try:
                motion, _secret = actions.collect_motion(unit, by=request.user, **data)
            except Refused as refused:
                form.add_error(refused.field, refused.message)
            else:
                messages.success(request, _("已提交，编号 %(number)s。") % {"number": motion.number})
                return redirect(motion)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "heading": _("提议题"), "button": _("还是提交") if found else _("提交议题"),
        "unit": None, "found": found,
    })  # fmt: skip


def _choose_meeting(motion: Motion, *, by: Any, meeting: Any) -> None:
    actions.add_to_agenda(meeting, motion, by=by)


def _merge(motion: Motion, *, by: Any, into: Motion, reason: str) -> None:
    actions.merge_motion(motion, into=into, by=by, reason=reason)


@dataclass(frozen=True)
class MovePage:
    """How a move is asked for: with a form, or with a question to confirm."""

    act: Callable[..., Any]
    form: type[forms.Form] | None
    asks: Any
    primary: bool = True

    def __or__(self, other: dict[str, Any]) -> dict[str, Any]:
        return {"page": self, **other}


MOVES: dict[str, MovePage] = {
    "recommend": MovePage(actions.recommend_motion, f.RecommendForm, gettext_lazy("写一句建议，报社区审定。")),
    "accept": MovePage(actions.accept_motion, None, gettext_lazy("受理后，议题等待上会。")),
    "return": MovePage(
        actions.return_motion, f.ReasonForm, gettext_lazy("提出人会看到理由，可以修改后重提。"), primary=False
    ),
    "refer": MovePage(
        actions.refer_motion, f.ReferForm, gettext_lazy("不归理事会定的事，转到该办的地方，并说明原因。"), primary=False
    ),
    "merge": MovePage(_merge, f.MergeForm, gettext_lazy("并入另一件一起办，提出人一个都不会丢。"), primary=False),
    "take_quick": MovePage(
        actions.take_quick, None, gettext_lazy("小事不用上会：在规定的时间内直接答复提出人。"), primary=False
    ),
    "answer": MovePage(actions.answer_quick, f.QuickAnswerForm, gettext_lazy("提出人马上能看到答复，这件事就了结。")),
    "bring_up": MovePage(
        actions.bring_up, f.ReasonForm, gettext_lazy("没那么简单的事，转回来正式审定、上会。"), primary=False
    ),
    "resubmit": MovePage(actions.resubmit_motion, f.ResubmitForm, gettext_lazy("修改后重新提交，编号不变。")),
    "list": MovePage(_choose_meeting, f.ListForm, gettext_lazy("列入一次还没发公告的会议。")),
    "postpone": MovePage(
        actions.postpone_motion, f.ReasonForm, gettext_lazy("暂缓的议题不表决，等下次会。"), primary=False
    ),
    "confirm": MovePage(actions.confirm_resolution, None, gettext_lazy("确认后，决议可以公示。")),
    "send_back": MovePage(actions.send_back_resolution, f.ReasonForm, gettext_lazy("退回理事会再议。"), primary=False),
    "publicise": MovePage(
        actions.publicise_resolution, f.PubliciseForm, gettext_lazy("公示页谁都能看，不要有个人信息。")
    ),
    "follow_up": MovePage(actions.follow_up_motion, f.FollowUpForm, gettext_lazy("公示期满，指定负责人开始执行。")),
    "evaluate": MovePage(actions.evaluate_motion, None, gettext_lazy("任务都办完了，请居民评价满意度。")),
    "conclude": MovePage(actions.conclude_motion, None, gettext_lazy("满意率够就办结；不够就进入下一轮。")),
}


def motion_move(request: SignedIn, pk: int, move: str) -> HttpResponse:
    """One page per move: GET asks, POST does. Works without JavaScript."""
    motion = get_object_or_404(
        Motion.objects.visible_to(request.user).with_unit().select_related("rule", "responsible", "meeting"), pk=pk
    )
    if move not in MOVES:
        raise Http404
    line, page = MOTION.moves[move], MOVES[move]
    require(request.user, line.may, motion.unit)
    if move == "list" and motion.state in line.sources and not next_planned(motion.unit).exists():
        return redirect(f"{reverse('meeting-new')}?unit={motion.unit.code}&motion={motion.pk}")
    form = page.form(request.POST or None, motion=motion) if page.form else None  # type: ignore[call-arg]
    if form is not None and request.method == "GET":
        form.initial = {**form.initial, **prefilled(motion, move, request.GET.get("finding", ""))}
    error = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            page.act(motion, by=request.user, **(form.cleaned_data if form else {}))
        except Refused as refused:
            error = refused.message
            if form:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已办：%(move)s。") % {"move": line.label})
            return redirect("motion", pk=pk)
    return render(
        request,
        "council/form.html",
        {
            "here": "council",
            "form": form,
            "motion": motion,
            "unit": motion.unit,
            "heading": line.label,
            "asks": page.asks,
            "button": line.label,
            "error": error if form is None else "",
            "back": motion.get_absolute_url(),
        },
        status=409 if error and form is None else 200,
    )
