"""Meetings: the list, planning one, and the moves of one. Its own page is in console.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.checklist import checks
from jiequ.council.actions.councils import rule_for
from jiequ.council.actions.invitations import agenda_of, invited, words_of
from jiequ.council.actions.presence import running, runs
from jiequ.council.models import Meeting, Motion
from jiequ.council.workflow import MEETING
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit


def meeting_list(request: SignedIn) -> HttpResponse:
    meetings = Meeting.objects.visible_to(request.user).with_unit()
    unit = None
    if code := request.GET.get("unit"):
        unit = get_object_or_404(Unit.objects.visible_to(request.user), code=code)
        meetings = meetings.under(unit)
    state = request.GET.get("state", "")
    if state in Meeting.State.values:
        meetings = meetings.filter(state=state)
    page = Page(request, meetings, order="starts_at")
    context = {
        "here": "council", "page": page, "unit": unit, "state": state, "states": Meeting.State.choices,
        "may_plan": request.user.holds_anywhere("council.plan_meeting"),
    }  # fmt: skip
    return render(request, "council/_meeting_rows.html" if request.htmx else "council/meeting_list.html", context)


def meeting_new(request: SignedIn) -> HttpResponse:
    if not request.user.holds_anywhere("council.plan_meeting"):
        raise NotAllowed(_("会议由街区网格长安排，您没有这项权限。"))
    blocks = Unit.objects.filter(request.user.reach("council.plan_meeting").as_q("path")).filter(
        kind=Unit.Kind.BLOCK, council__isnull=False
    )
    code = request.GET.get("unit")
    unit = (
        get_object_or_404(blocks.select_related("council"), code=code)
        if code
        else blocks.select_related("council").first()
    )
    if unit is None:
        raise Http404
    try:
        days = rule_for(unit).notice_days
    except Refused as refused:
        return render(request, "errors/refused.html", {"message": refused.message}, status=409)
    key = request.GET.get("motion", "")
    motion = (
        Motion.objects.filter(unit=unit, pk=int(key)).ready_for_agenda().first()
        if key.isdecimal() and len(key) < 19
        else None
    )
    form = f.MeetingForm(request.POST or None, unit=unit, notice_days=days, motion=motion)
    if request.method == "POST" and form.is_valid():
        try:
            meeting = actions.plan_meeting(unit, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            messages.success(request, _("已定好，发公告前还可以调整议程。"))
            return redirect(motion) if motion else redirect("meeting-prepare", meeting.pk)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "unit": unit, "heading": _("定下一次会"), "button": _("定下来"),
        "asks": (_("还没有定下一次会。定下来，这个议题就列进去了。") if motion else "")
        + _("须提前%(days)s天公告。") % {"days": days},
        "units": () if motion else blocks, "back": motion.get_absolute_url() if motion else "", "motion": motion,
    })  # fmt: skip


MEETING_MOVES: dict[str, tuple[Callable[..., Any], bool]] = {
    # name: (action, whether it asks for a reason)
    "notice": (actions.send_notice, False),
    "open": (actions.open_meeting, False),
    "close": (actions.close_meeting, False),
    "adjourn": (actions.adjourn_meeting, False),
    "cancel": (actions.cancel_meeting, True),
}


def meeting_move(request: SignedIn, pk: int, move: str) -> HttpResponse:
    """GET asks (closing is final, cancelling needs a reason), POST does."""
    rows = Meeting.objects.visible_to(request.user).with_unit().select_related("rule", "chair")
    meeting = get_object_or_404(rows, pk=pk)
    if move not in MEETING_MOVES:
        raise Http404
    line, (act, asks_reason) = MEETING.moves[move], MEETING_MOVES[move]
    require(running(request.user, meeting) if runs(request.user, meeting) else request.user, line.may, meeting.unit)
    form = f.ReasonForm(request.POST or None) if asks_reason else None
    error = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            act(meeting, by=request.user, **(form.cleaned_data if form else {}))
        except Refused as refused:
            error = refused.message
            if form:
                form.add_error(None, refused.message)
        else:
            messages.success(request, _("已办：%(move)s。") % {"move": line.label})
            return redirect(meeting)
    if move == "notice" and meeting.state == Meeting.State.PLANNED:
        return _ask_notice(request, meeting, error)
    asks = {
        "notice": _("通知会发给理事会全体成员，发出后议程不能再改。"),
        "close": _("散会后不能再开，没表决的议题退回待上会。"),
        "adjourn": _("这次会不算开成，议题退回待上会。"),
        "open": _("到会够法定人数就可以开会。"),
        "cancel": _("取消后不能恢复，会通知理事会成员。"),
    }
    return render(request, "council/form.html", {
        "here": "council", "form": form, "meeting": meeting, "unit": meeting.unit, "heading": line.label,
        "asks": asks[move], "button": line.label, "error": "" if form else error, "back": meeting.get_absolute_url(),
    }, status=409 if error and form is None else 200)  # fmt: skip


def _ask_notice(request: SignedIn, meeting: Meeting, error: str) -> HttpResponse:
    """What was looked at, what everybody will be told, and the button, where nothing stands against it."""
    items = agenda_of(meeting)
    found = checks(meeting, items)
    return render(request, "council/meeting_notice.html", {
        "here": "council", "meeting": meeting, "heading": MEETING.moves["notice"].label, "checks": found,
        "stops": any(check.state == "stop" for check in found), "error": error, "count": len(invited(meeting)),
        "text": "\n".join(words_of(meeting, items)), "button": MEETING.moves["notice"].label,
        "asks": _("通知会发给理事会全体成员，发出后议程不能再改。"),
    }, status=409 if error else 200)  # fmt: skip


def find_meeting(request: SignedIn, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)
