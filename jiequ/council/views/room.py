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
from jiequ.council.actions.presence import running, runs
from jiequ.council.models import AgendaItem, Ballot, Meeting
from jiequ.council.views.console import keeping
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
    """Note what somebody said, without the speaking list."""
    item = _item(request, pk)
    who, gist = request.POST.get("person", ""), request.POST.get("gist", "")
    person = get_object_or_404(Person, pk=int(who)) if who.isdecimal() else None

    def act() -> None:
        actions.note_speech(item, by=request.user, gist=gist, person=person)

    return keeping(request, item.meeting, "speech", item.pk, act) or redirect(item.meeting)


@require_POST
def item_hands(request: SignedIn, pk: int) -> HttpResponse:
    """A show of hands: three numbers that must add up to the voters present; and who raised a hand, where that is noted."""
    item = _item(request, pk)
    running(request.user, item.meeting)
    form = f.HandsForm(request.POST)

    def act() -> None:
        if not form.is_valid():
            raise Refused(_("请把赞成、反对、弃权的人数填成数字。"))
        actions.record_show_of_hands(item, by=request.user, **form.cleaned_data, names=_names(request))

    answer = keeping(request, item.meeting, "hands", item.pk, act)
    if answer is None:
        messages.success(request, _("表决已记录。"))
    return answer or redirect(item.meeting)


def _names(request: SignedIn) -> dict[int, str] | None:
    """{person: choice} where names are noted; the action compares them with the numbers."""
    if not request.POST.get("named"):
        return None
    rows = ((key.removeprefix("name-"), value) for key, value in request.POST.items() if key.startswith("name-"))
    return {int(person): str(choice) for person, choice in rows if person.isdecimal()}


@require_POST
def item_ballot(request: SignedIn, pk: int) -> HttpResponse:
    """Open a vote on the phones, by name or secret."""
    item = _item(request, pk)
    kind = Ballot.Kind.SECRET if request.POST.get("kind") == Ballot.Kind.SECRET else Ballot.Kind.BY_NAME
    actions.open_ballot(item, by=request.user, kind=kind)
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
