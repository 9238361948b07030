"""Before the meeting: its agenda and papers, its time, who cannot come, and the invitation as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jiequ.core import files
from jiequ.core.permission import Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.agenda import Line, ends_at, still_open
from jiequ.council.actions.checklist import checks
from jiequ.council.actions.invitations import agenda_of, calendar_of
from jiequ.council.actions.papers import content_of, require_preparing
from jiequ.council.models import AgendaItem, Meeting, Motion, Paper
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person


def find_meeting(request: SignedIn, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).with_unit().select_related("rule", "chair", "secretary")
    return get_object_or_404(rows, pk=pk)


# --- the agenda ------------------------------------------------------------------------------------------------------


def meeting_prepare(request: SignedIn, pk: int) -> HttpResponse:
    """The agenda with its order, minutes, papers and texts; what else may go on it; what is still missing."""
    meeting = find_meeting(request, pk)
    require_preparing(request.user, meeting)
    if meeting.state != Meeting.State.PLANNED:
        return redirect(meeting)
    items = agenda_of(meeting)
    error = ""
    if request.method == "POST":
        try:
            _change(request, meeting, items)
        except Refused as refused:
            error = refused.message
            for item in items:  # what was typed stays on the page
                item.minutes = request.POST.get(f"minutes-{item.pk}", item.minutes)
                item.proposal = request.POST.get(f"proposal-{item.pk}", item.proposal)
        else:
            return redirect("meeting-prepare", pk)
    ready = Motion.objects.filter(unit=meeting.unit).ready_for_agenda().order_by("collected_at")
    found = checks(meeting, items) if not error else []
    return render(request, "council/meeting_prepare.html", {
        "here": "council", "meeting": meeting, "unit": meeting.unit, "items": items, "error": error,
        "ready": list(ready[:50]), "ends_at": ends_at(meeting, items) if not error else None,
        "total": sum(item.minutes for item in items) if not error else None,
        "open_tasks": still_open(meeting.unit), "checks": found, "stops": any(c.state == "stop" for c in found),
        "may_plan": request.user.may("council.plan_meeting", meeting.unit),
    }, status=409 if error else 200)  # fmt: skip


def _change(request: SignedIn, meeting: Meeting, items: list[AgendaItem]) -> None:
    """Save the agenda as it was typed; then move an item (`up`, `down`) or put a motion on (`add`), whatever was pressed."""
    order = [item.pk for item in items]
    for way, step in (("up", -1), ("down", 1)):
        moved = request.POST.get(way, "")
        if moved.isdecimal() and int(moved) in order:
            at = order.index(int(moved))
            to = min(max(at + step, 0), len(order) - 1)
            order.insert(to, order.pop(at))
    if order:
        lines = [
            Line(pk, _minutes(request.POST.get(f"minutes-{pk}", "")), request.POST.get(f"proposal-{pk}", ""))
            for pk in order
        ]
        actions.edit_agenda(meeting, lines, by=request.user)
    added = request.POST.get("add", "")
    if added:
        motion = get_object_or_404(
            Motion.objects.visible_to(request.user).with_unit(), pk=int(added) if added.isdecimal() else 0
        )
        actions.add_to_agenda(meeting, motion, by=request.user)
        messages.success(request, _("已列入议程。"))
    elif "save" in request.POST:
        messages.success(request, _("议程已保存。"))


def _minutes(typed: str) -> int:
    """What was typed as minutes; 0, which no agenda takes, where it is no number."""
    return int(typed) if typed.isdecimal() and len(typed) < 5 else 0


def meeting_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Change a planned meeting; move one that was announced, with a reason, and tell everybody again."""
    meeting = find_meeting(request, pk)
    is_planned = meeting.state == Meeting.State.PLANNED
    if is_planned:
        require_preparing(request.user, meeting)
    else:
        require(request.user, "council.plan_meeting", meeting.unit)
    kind: Any = f.EditMeetingForm if is_planned else f.RescheduleForm
    form = kind(request.POST or None, meeting=meeting)
    error = ""
    if request.method == "POST" and form.is_valid():
        act: Any = actions.edit_meeting if is_planned else actions.reschedule_meeting
        try:
            act(meeting, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已改好。") if is_planned else _("已改期，通知已发给理事会全体成员。"))
            return redirect("meeting-prepare" if is_planned else "meeting", pk)
    asks = _("须提前%(days)s天公告。") % {"days": meeting.rule.notice_days}
    if not is_planned:
        asks += _("改期会重新通知全体成员，日历里的时间会跟着改。")
    return render(request, "council/form.html", {
        "here": "council", "form": form, "meeting": meeting, "unit": meeting.unit, "error": error, "asks": asks,
        "heading": _("改时间、地点和主持人") if is_planned else _("改期"),
        "button": _("保存") if is_planned else _("改期并通知"), "back": meeting.get_absolute_url(),
    })  # fmt: skip


@require_GET
def meeting_calendar(request: SignedIn, pk: int) -> HttpResponse:
    """The meeting for one's own calendar (.ics)."""
    meeting = find_meeting(request, pk)
    text = calendar_of(meeting, agenda_of(meeting), method="PUBLISH")
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response["Content-Disposition"] = f'attachment; filename="meeting-{meeting.pk}.ics"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- who cannot come -------------------------------------------------------------------------------------------------


@require_POST
def meeting_apology(request: SignedIn, pk: int) -> HttpResponse:
    """Apologise or come after all: oneself, or (whoever runs the meeting) somebody who rang up."""
    meeting = find_meeting(request, pk)
    key = request.POST.get("person", "")
    person = get_object_or_404(Person, pk=int(key) if key.isdecimal() else 0) if key else None
    if request.POST.get("withdraw"):
        actions.withdraw_apology(meeting, by=request.user, person=person)
        messages.success(request, _("已取消请假。"))
    else:
        actions.make_apology(meeting, by=request.user, person=person)
        messages.success(request, _("已请假。能来了可以取消。"))
    return redirect(meeting)


# --- papers ----------------------------------------------------------------------------------------------------------


def paper_add(request: SignedIn, pk: int) -> HttpResponse:
    """Upload a paper to an item."""
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    item = get_object_or_404(items.select_related("meeting__unit", "motion"), pk=pk)
    meeting = item.meeting
    require_preparing(request.user, meeting)
    form = f.PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        title = form.cleaned_data["title"] or files.clean_title(file.name)
        try:
            actions.add_paper(item, by=request.user, title=title, content=file.read())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("材料已加上。"))
            return redirect(_back(meeting))
    return render(request, "council/paper_form.html", {
        "here": "council", "form": form, "meeting": meeting, "unit": meeting.unit, "motion": item.motion,
        "heading": _("加材料"), "button": _("上传"), "back": _back(meeting),
    }, status=422 if form.errors else 200)  # fmt: skip


def _back(meeting: Meeting) -> str:
    """Where a meeting is prepared until its notice is out, its own page afterwards."""
    page = meeting.get_absolute_url()
    return f"{page}prepare/" if meeting.state == Meeting.State.PLANNED else page


def _paper(request: SignedIn, pk: int) -> Paper:
    papers = Paper.objects.filter(item__meeting__in=Meeting.objects.visible_to(request.user))
    return get_object_or_404(papers.select_related("item__meeting__unit"), pk=pk)


@require_GET
def paper_read(request: SignedIn, pk: int) -> HttpResponse:
    """Download a paper: for everybody who may see the meeting."""
    paper = _paper(request, pk)
    return files.attach(content_of(paper), files.KINDS[paper.kind], paper.title)


@require_POST
def paper_remove(request: SignedIn, pk: int) -> HttpResponse:
    paper = _paper(request, pk)
    actions.remove_paper(paper, by=request.user)
    messages.success(request, _("材料已移走。"))
    return redirect(_back(paper.item.meeting))
