"""In the room: signing in, the item under discussion, and the vote."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core.permission import Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.presence import runs
from jiequ.council.models import AgendaItem, Ballot, Meeting
from jiequ.council.views.meetings import find_meeting
from jiequ.council.views.screens import require_code
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person


def _item(request: SignedIn, pk: int) -> AgendaItem:
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    return get_object_or_404(
        items.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule"), pk=pk
    )


@require_POST
def meeting_attend(request: SignedIn, pk: int) -> HttpResponse:
    """Sign in or leave: oneself, or (the head) somebody."""
    meeting = find_meeting(request, pk)
    key = request.POST.get("person") or str(request.user.person_id)
    person = get_object_or_404(Person, pk=int(key) if key.isdecimal() else 0)
    act = actions.leave_meeting if request.POST.get("leave") else actions.sign_in
    by_oneself = person.pk == request.user.person_id and not runs(request.user, meeting)
    if by_oneself and act is actions.sign_in:
        require_code(request, meeting)
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


@require_POST
def ballot_close(request: SignedIn, pk: int) -> HttpResponse:
    ballot = _ballot(request, pk)
    actions.close_ballot(ballot, by=request.user)
    messages.success(request, _("表决已结束，不能再改。"))
    return redirect(ballot.item.meeting)
