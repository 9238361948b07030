"""The room on a councillor's phone (/meetings/…/room/): what is on, and the few things one may do about it.

Whoever may look at the meeting sees the page; only members of the council find buttons on it. Every act is a plain form;
scripts redraw the page when the pulse says that something has changed (views/wall.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.council import actions
from jiequ.council.actions.ballots import choice_seen_by
from jiequ.council.actions.presence import runs
from jiequ.council.models import AgendaItem, Ballot, Meeting, Paper, Recusal, Speech, Vote
from jiequ.council.views.codes import is_here, pulse_token
from jiequ.council.views.sitting import CHOICES, Sitting
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person


@dataclass(frozen=True)
class Slip:
    """One vote that this phone may cast: its owner's, or by proxy that of the person `represented`."""

    represented: int | None
    label: str
    vote: Vote | None
    choice: str  # what was chosen, in a vote by name; "" in a secret one

    @property
    def key(self) -> str:
        return f"{self.represented or 'own'}"

    @property
    def word(self) -> str:
        return next((str(word) for value, _icon, word in CHOICES if value == self.choice), "")


class Mine:
    """What one person is, has done and may do in a sitting."""

    def __init__(self, sitting: Sitting, by: Actor) -> None:
        self.sitting, self.by, self.person = sitting, by, by.person_id

    @property
    def is_member(self) -> bool:
        return any(p.person_id == self.person for p in self.sitting.posts)

    @property
    def is_inside(self) -> bool:
        return self.person in self.sitting.inside

    @property
    def has_vote(self) -> bool:
        return bool(self.sitting.inside.get(self.person or 0))

    @property
    def recusal(self) -> Recusal | None:
        return next((r for r in self.sitting.recusals if r.person_id == self.person), None)

    @property
    def is_out(self) -> bool:
        """Recused from the item: neither asked nor counted."""
        return self.recusal is not None and self.recusal.state == Recusal.State.HELD

    @property
    def may_speak(self) -> bool:
        return self.is_inside and self.sitting.stage == "discussing" and self.request is None and not self.is_speaking

    @property
    def may_raise_order(self) -> bool:
        return self.is_inside and self.sitting.stage in ("discussing", "voting") and self.point is None

    @property
    def may_recuse(self) -> bool:
        return self.has_vote and self.sitting.stage == "discussing" and not self.is_out

    @property
    def is_speaking(self) -> bool:
        return self.sitting.speaking is not None and self.sitting.speaking.person_id == self.person

    @property
    def waiting(self) -> list[tuple[int, Speech]]:
        """My requests for the floor, each with its place in the queue."""
        return [(n, s) for n, s in enumerate(self.sitting.waiting, 1) if s.person_id == self.person]

    @property
    def request(self) -> Speech | None:
        return next((s for _n, s in self.waiting if not s.is_point_of_order), None)

    @property
    def point(self) -> Speech | None:
        return next((s for _n, s in self.waiting if s.is_point_of_order), None)

    @cached_property
    def slips(self) -> list[Slip]:
        """The votes I may cast in the round that is open."""
        sitting, ballot = self.sitting, self.sitting.ballot
        if self.person is None or ballot is None or not ballot.is_open or not self.has_vote:
            return []
        cast = {v.person_id: v for v in sitting.votes}
        mine = [self.person] if self.person in sitting.base.entitled else []
        others = [who for who, acting in sitting.proxies.items() if acting == self.person]
        there = [who for who in others if who in sitting.base.entitled]
        labels = {p.pk: p.label for p in Person.objects.filter(pk__in=there)} if there else {}
        for vote in cast.values():
            vote.ballot = ballot
        return [
            Slip(
                None if who == self.person else who,
                labels.get(who, ""),
                cast.get(who),
                choice_seen_by(cast[who], by=self.by) if who in cast else "",
            )
            for who in [*mine, *there]
        ]

    @property
    def slip(self) -> Slip | None:
        """The first that is not cast yet: what the dock asks for."""
        return next((s for s in self.slips if s.vote is None), None)

    @property
    def hand(self) -> Vote | None:
        """My hand as it was entered at a show of hands by name."""
        ballot = self.sitting.ballot
        if ballot is None or not ballot.closed_at or ballot.kind != Ballot.Kind.HANDS:
            return None
        return next((v for v in self.sitting.votes if v.person_id == self.person and v.choice), None)

    @property
    def word(self) -> str:
        """What I voted, once a vote by name or by hands is closed."""
        if self.sitting.stage != "decided":
            return ""
        choice = next((v.choice for v in self.sitting.votes if v.person_id == self.person), "")
        return next((str(word) for value, _icon, word in CHOICES if value == choice), "")


@never_cache
def meeting_room(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    sitting = Sitting(meeting)
    code = request.GET.get("here", "")
    papers = Paper.objects.filter(item=sitting.item) if sitting.item else Paper.objects.none()
    context = {
        "meeting": meeting, "unit": meeting.unit, "sitting": sitting, "mine": Mine(sitting, request.user),
        "papers": papers, "choices": CHOICES, "grounds": Recusal.Ground.choices, "runs": runs(request.user, meeting),
        "code": code if is_here(meeting, code) else "", "stale": bool(code), "pulse": pulse_token(meeting),
    }  # fmt: skip
    return render(request, "council/_room_live.html" if request.htmx else "council/room.html", context)


@require_POST
def room_sign_in(request: SignedIn, pk: int) -> HttpResponse:
    """One's own "I am here": with the code that the wall shows to whoever is in the room."""
    meeting = _meeting(request, pk)

    def sign_in() -> None:
        require_code(request, meeting)
        actions.sign_in(meeting, _me(request), by=request.user)

    return _act(request, meeting, sign_in)


@require_POST
def room_leave(request: SignedIn, pk: int) -> HttpResponse:
    meeting = _meeting(request, pk)
    return _act(request, meeting, lambda: actions.leave_meeting(meeting, _me(request), by=request.user))


@require_POST
def room_speak(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for the floor, raise a point of order (`order`), or take back what one asked for (`withdraw`)."""
    item = _item(request, pk)
    order = bool(request.POST.get("order"))

    def speak() -> None:
        if not request.POST.get("withdraw"):
            actions.ask_to_speak(item, by=request.user, is_point_of_order=order)
            return
        mine = item.speeches.filter(person_id=request.user.person_id).waiting()
        speech = mine.filter(is_point_of_order=order).first()
        if speech is None:
            raise Overtaken(_("您现在没有在等发言。"))
        speech.item = item
        actions.withdraw_request(speech, by=request.user)

    return _act(request, item.meeting, speak)


@require_POST
def room_recuse(request: SignedIn, pk: int) -> HttpResponse:
    item = _item(request, pk)
    require(request.user, "council.cast_vote", item.meeting.unit)
    ground = request.POST.get("ground", "")
    return _act(request, item.meeting, lambda: actions.declare_recusal(item, by=request.user, ground=ground))


@require_POST
def room_confirm(request: SignedIn, pk: int) -> HttpResponse:
    """My hand was entered as I raised it."""
    ballot = _ballot(request, pk)
    require(request.user, "council.cast_vote", ballot.unit)

    def confirm() -> None:
        vote = ballot.votes.filter(person_id=request.user.person_id).first()
        if vote is None:
            raise Refused(_("这次表决没有逐人登记，不用确认。"))
        vote.ballot = ballot
        actions.confirm_hand(vote, by=request.user)

    return _act(request, ballot.item.meeting, confirm)


@never_cache
def ballot_vote(request: SignedIn, pk: int) -> HttpResponse:
    """Cast a vote: `choice` in the address shows it once more to be looked at, sent as a form it is cast."""
    ballot = _ballot(request, pk)
    meeting = ballot.item.meeting
    require(request.user, "council.cast_vote", ballot.unit)
    data = request.POST if request.method == "POST" else request.GET
    choice, change, represented = data.get("choice", ""), bool(data.get("change")), data.get("represented", "")
    who = int(represented) if represented.isdecimal() else None
    if request.method == "POST":
        return _act(
            request, meeting,
            lambda: actions.cast_vote(ballot, by=request.user, choice=choice, represented=who, change=change),
        )  # fmt: skip
    chosen = next(((value, icon, word) for value, icon, word in CHOICES if value == choice), None)
    if chosen is None or not ballot.is_open:
        return redirect("meeting-room", pk=meeting.pk)
    return render(request, "council/room_vote.html", {
        "meeting": meeting, "unit": meeting.unit, "ballot": ballot, "motion": ballot.item.motion,
        "chosen": chosen, "change": change, "represented": who,
        "label": get_object_or_404(Person, pk=who).label if who and _holds_proxy(request, meeting, who) else "",
    })  # fmt: skip


def require_code(request: SignedIn, meeting: Meeting) -> None:
    """Refused unless whoever signs in by themselves shows the code of this minute. For every view that lets them."""
    if not is_here(meeting, request.POST.get("here", "")):
        raise Refused(_("请扫会场大屏上的码签到，或请记录人登记。"))


def _act(request: SignedIn, meeting: Meeting, act: Callable[[], Any]) -> HttpResponse:
    """Do it and come back to the room. A script is told in words why something was refused, and keeps its page."""
    try:
        act()
    except Refused as refused:
        if request.htmx:
            return JsonResponse({"said": refused.message}, status=409)
        raise
    return redirect(reverse("meeting-room", args=[meeting.pk]))


def _holds_proxy(request: SignedIn, meeting: Meeting, who: int) -> bool:
    return meeting.proxies.filter(ended_at=None, represented_id=who, acting_id=request.user.person_id).exists()


def _me(request: SignedIn) -> Person:
    person: Person = request.user.person
    return person


def _meeting(request: SignedIn, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user).with_unit().select_related("rule"), pk=pk)


def _item(request: SignedIn, pk: int) -> AgendaItem:
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    related = ("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
    return get_object_or_404(items.select_related(*related), pk=pk)


def _ballot(request: SignedIn, pk: int) -> Ballot:
    ballots = Ballot.objects.filter(item__meeting__in=Meeting.objects.visible_to(request.user))
    related = ("item__meeting__unit", "item__meeting__rule", "item__motion__unit", "item__motion__rule")
    return get_object_or_404(ballots.select_related(*related), pk=pk)
