"""Meetings: the list, planning one, and the page it is run from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core import clock
from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.councils import rule_for
from jiequ.council.actions.meetings import COUNCIL_ROLES, VOTING_ROLES
from jiequ.council.models import AgendaItem, Ballot, Meeting, Speech, Vote
from jiequ.council.workflow import MEETING
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Appointment, Person
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
    form = f.MeetingForm(request.POST or None, unit=unit, notice_days=days)
    if request.method == "POST" and form.is_valid():
        try:
            meeting = actions.plan_meeting(unit, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            messages.success(request, _("已定好，发公告前还可以调整议程。"))
            return redirect(meeting)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "unit": unit, "heading": _("定下一次会"), "button": _("定下来"),
        "asks": _("须提前%(days)s天公告。") % {"days": days}, "units": blocks, "back": "",
    })  # fmt: skip


def meeting_page(request: SignedIn, pk: int) -> HttpResponse:
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).with_unit().select_related("rule", "chair"), pk=pk
    )
    items = list(meeting.items.select_related("motion").order_by("position"))
    speeches: dict[int, list[Speech]] = {}
    for speech in Speech.objects.filter(item__meeting=meeting):
        speeches.setdefault(speech.item_id, []).append(speech)
    ballots = {b.item_id: b for b in Ballot.objects.filter(item__meeting=meeting)}
    posts = list(
        Appointment.objects.in_force(None if meeting.closed_at is None else clock.day(meeting.closed_at))
        .filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
        .select_related("person")
    )
    stays = list(meeting.attendances.select_related("person"))
    voted = set(
        Vote.objects.filter(ballot__item__meeting=meeting, person_id=request.user.person_id).values_list(
            "ballot_id", flat=True
        )
    )
    inside = {s.person_id for s in stays if s.left_at is None} if meeting.closed_at is None else set()
    came = {s.person_id for s in stays}
    voters = [p for p in posts if p.role in VOTING_ROLES]
    # In the room now; of a meeting that is over, whoever was there at some time.
    present = len({s.person_id for s in stays if s.is_voting and (meeting.closed_at or s.person_id in inside)})
    need = meeting.rule.quorum.needed(len(voters)) if voters else 0
    runs = request.user.may("council.hold_meeting", meeting.unit)
    context = {
        "here": "council",
        "meeting": meeting,
        "items": [
            {
                "item": i,
                "ballot": ballots.get(i.pk),
                "speeches": speeches.get(i.pk, []),
                "voted": i.pk in ballots and ballots[i.pk].pk in voted,
            }
            for i in items
        ],
        "people": [
            {"post": p, "inside": p.person_id in inside, "came": p.person_id in came, "votes": p.role in VOTING_ROLES}
            for p in sorted(posts, key=lambda p: (p.definition.rank, p.pk))
        ],
        "stays": stays,
        "seats": len(voters),
        "present": present,
        "need": need,
        "missing": max(0, need - present),
        "absent": max(0, len(voters) - present),
        "offered": [m for m in MEETING.offered(meeting, request.user) if m.name in MEETING_MOVES],
        "runs": runs,
        "may_plan": request.user.may("council.plan_meeting", meeting.unit),
        "am_inside": request.user.person_id in inside,
        "am_member": any(p.person_id == request.user.person_id for p in posts),
        "may_vote": request.user.person_id in inside and any(p.person_id == request.user.person_id for p in voters),
    }
    template = "council/_meeting_live.html" if request.htmx else "council/meeting.html"
    return render(request, template, context)


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
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)
    if move not in MEETING_MOVES:
        raise Http404
    line, (act, asks_reason) = MEETING.moves[move], MEETING_MOVES[move]
    require(request.user, line.may, meeting.unit)
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


def _meeting(request: SignedIn, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)


def _item(request: SignedIn, pk: int) -> AgendaItem:
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    return get_object_or_404(
        items.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule"), pk=pk
    )


@require_POST
def meeting_attend(request: SignedIn, pk: int) -> HttpResponse:
    """Sign in or leave: oneself, or (the head) somebody."""
    meeting = _meeting(request, pk)
    key = request.POST.get("person") or str(request.user.person_id)
    person = get_object_or_404(Person, pk=int(key) if key.isdecimal() else 0)
    act = actions.leave_meeting if request.POST.get("leave") else actions.sign_in
    act(meeting, person, by=request.user)
    return redirect(meeting)


@require_POST
def agenda_remove(request: SignedIn, pk: int) -> HttpResponse:
    item = _item(request, pk)
    require(request.user, "council.plan_meeting", item.meeting.unit)
    actions.remove_from_agenda(item, by=request.user)
    return redirect(item.meeting)


@require_POST
def item_open(request: SignedIn, pk: int) -> HttpResponse:
    item = _item(request, pk)
    actions.open_item(item, by=request.user)
    return redirect(item.meeting)


@require_POST
def item_speech(request: SignedIn, pk: int) -> HttpResponse:
    item = _item(request, pk)
    actions.note_speech(item, by=request.user, gist=request.POST.get("gist", "")[:200])
    return redirect(item.meeting)


@require_POST
def item_hands(request: SignedIn, pk: int) -> HttpResponse:
    """A show of hands: three numbers that must add up to the voters present."""
    item = _item(request, pk)
    require(request.user, "council.hold_meeting", item.meeting.unit)
    form = f.HandsForm(request.POST)
    if not form.is_valid():
        raise Refused(_("请把赞成、反对、弃权的人数填成数字。"))
    actions.record_show_of_hands(item, by=request.user, **form.cleaned_data)
    messages.success(request, _("表决已记录。"))
    return redirect(item.meeting)


@require_POST
def item_ballot(request: SignedIn, pk: int) -> HttpResponse:
    """Open a vote by name."""
    item = _item(request, pk)
    actions.open_ballot(item, by=request.user)
    return redirect(item.meeting)


def _ballot(request: SignedIn, pk: int) -> Ballot:
    ballots = Ballot.objects.filter(item__meeting__in=Meeting.objects.visible_to(request.user))
    related = (
        "item__meeting__unit",
        "item__meeting__rule",
        "item__motion__unit",
        "item__motion__rule",
        "item__motion__responsible",
    )
    return get_object_or_404(ballots.select_related(*related), pk=pk)


def ballot_vote(request: SignedIn, pk: int) -> HttpResponse:
    """A councillor's own vote, on a phone: choose, look at it, cast it."""
    ballot = _ballot(request, pk)
    require(request.user, "council.cast_vote", ballot.unit)
    form = f.VoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.cast_vote(ballot, by=request.user, choice=form.cleaned_data["choice"])
        messages.success(request, _("您的票已投出。"))
        return redirect(ballot.item.meeting)
    return render(request, "council/vote.html", {
        "here": "council", "ballot": ballot, "motion": ballot.item.motion, "meeting": ballot.item.meeting, "form": form,
    })  # fmt: skip


@require_POST
def ballot_close(request: SignedIn, pk: int) -> HttpResponse:
    ballot = _ballot(request, pk)
    actions.close_ballot(ballot, by=request.user)
    messages.success(request, _("表决已结束，不能再改。"))
    return redirect(ballot.item.meeting)
