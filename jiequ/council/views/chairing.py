"""What whoever runs a meeting does from its page beside the vote: who speaks, who stays out, who sits in, what is put off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core.permission import Refused, require
from jiequ.council import actions
from jiequ.council import forms as f
from jiequ.council.actions.presence import running, runs
from jiequ.council.models import AgendaItem, Ballot, Guest, Meeting, Proxy, Recusal, Speech
from jiequ.council.views.console import keeping, read_meeting
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person

OF_ITEM = ("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")


def _visible(request: SignedIn) -> Any:
    return Meeting.objects.visible_to(request.user)


def _item(request: SignedIn, pk: int) -> AgendaItem:
    items = AgendaItem.objects.filter(meeting__in=_visible(request))
    return get_object_or_404(items.select_related(*OF_ITEM), pk=pk)


def _person(key: str) -> Person:
    return get_object_or_404(Person, pk=int(key) if key.isdecimal() else 0)


@require_POST
def item_proposal(request: SignedIn, pk: int) -> HttpResponse:
    """The text that is put to the vote."""
    item = _item(request, pk)
    words = request.POST.get("proposal", "")

    def act() -> None:
        actions.set_proposal(item, by=request.user, proposal=words)

    return keeping(request, item.meeting, "proposal", item.pk, act) or redirect(item.meeting)


def item_postpone(request: SignedIn, pk: int) -> HttpResponse:
    """Put an item off, with a reason; also by a secretary whose post alone would not let them."""
    item = _item(request, pk)
    if not runs(request.user, item.meeting):
        require(request.user, "council.postpone_motion", item.meeting.unit)

    def act(reason: str) -> None:
        actions.postpone_motion(item.motion, by=request.user, reason=reason)

    return _with_reason(request, item, act, _("暂缓"), _("暂缓的议题不表决，等下次会。"))


# ── who speaks ───────────────────────────────────────────────────────────────────────────────────


@require_POST
def speech_act(request: SignedIn, pk: int) -> HttpResponse:
    """Give the floor, end a speech, note its gist, strike a request: which one the button says."""
    speeches = Speech.objects.filter(item__meeting__in=_visible(request))
    speech = get_object_or_404(speeches.select_related("item__meeting__unit", "item__meeting__rule"), pk=pk)
    meeting, gist = speech.item.meeting, request.POST.get("gist", "")
    acts: dict[str, Callable[[], Any]] = {
        "give": lambda: actions.give_floor(speech, by=request.user),
        "end": lambda: actions.end_speech(speech, by=request.user, gist=gist),
        "note": lambda: actions.note_gist(speech, by=request.user, gist=gist),
        "strike": lambda: actions.withdraw_request(speech, by=request.user),
    }
    act = acts.get(request.POST.get("do", ""))
    if act is None:
        running(request.user, meeting)
        raise Refused(_("请从会议页上的按钮操作。"))
    return keeping(request, meeting, f"speech-{speech.pk}", speech.item_id, act) or redirect(meeting)


# ── who stays out ────────────────────────────────────────────────────────────────────────────────


@require_POST
def item_recusal(request: SignedIn, pk: int) -> HttpResponse:
    """Say that somebody should stay out of an item; oneself at once."""
    item = _item(request, pk)
    person, ground = _person(request.POST.get("person") or str(request.user.person_id)), request.POST.get("ground", "")

    def act() -> None:
        if person.pk == request.user.person_id:
            actions.declare_recusal(item, by=request.user, ground=ground)
        else:
            actions.propose_recusal(item, person, by=request.user, ground=ground)

    return keeping(request, item.meeting, "recusal", item.pk, act) or redirect(item.meeting)


@require_POST
def recusal_decide(request: SignedIn, pk: int) -> HttpResponse:
    """Uphold or dismiss a proposal; or take back one's own."""
    recusals = Recusal.objects.filter(item__meeting__in=_visible(request))
    related = ("item__meeting__unit", "item__meeting__rule", "item__motion__unit")
    recusal = get_object_or_404(recusals.select_related(*related), pk=pk)
    if request.POST.get("decision") == "withdraw":
        actions.withdraw_recusal(recusal, by=request.user)
    else:
        actions.decide_recusal(recusal, by=request.user, upheld=request.POST.get("decision") == "uphold")
    return redirect(recusal.item.meeting)


# ── who sits in, and who is represented ──────────────────────────────────────────────────────────


@require_POST
def guest_admit(request: SignedIn, pk: int) -> HttpResponse:
    meeting = read_meeting(request, pk)
    words = {name: request.POST.get(name, "") for name in ("name", "capacity")}

    def act() -> None:
        actions.admit_guest(meeting, by=request.user, **words)

    return keeping(request, meeting, "guest", meeting.pk, act) or redirect(meeting)


@require_POST
def guest_dismiss(request: SignedIn, pk: int) -> HttpResponse:
    guests = Guest.objects.filter(meeting__in=_visible(request)).select_related("meeting__unit")
    guest = get_object_or_404(guests, pk=pk)
    actions.dismiss_guest(guest, by=request.user)
    return redirect(guest.meeting)


@require_POST
def proxy_give(request: SignedIn, pk: int) -> HttpResponse:
    """A proxy: one's own, or by whoever runs the meeting, who has it in writing."""
    meeting = read_meeting(request, pk)
    represented = request.POST.get("represented") or str(request.user.person_id)
    if represented != str(request.user.person_id):
        running(request.user, meeting)
    persons = {"represented": _person(represented), "acting": _person(request.POST.get("acting", ""))}

    def act() -> None:
        actions.give_proxy(meeting, by=request.user, **persons)

    return keeping(request, meeting, "proxy", meeting.pk, act) or redirect(meeting)


@require_POST
def proxy_end(request: SignedIn, pk: int) -> HttpResponse:
    proxies = Proxy.objects.filter(meeting__in=_visible(request)).select_related("meeting__unit", "meeting__rule")
    proxy = get_object_or_404(proxies, pk=pk)
    actions.end_proxy(proxy, by=request.user)
    return redirect(proxy.meeting)


# ── rounds of a vote that come to nothing ────────────────────────────────────────────────────────


def _ballot(request: SignedIn, pk: int) -> Ballot:
    ballots = Ballot.objects.filter(item__meeting__in=_visible(request))
    related = [f"item__{name}" for name in OF_ITEM]
    ballot = get_object_or_404(ballots.select_related(*related), pk=pk)
    running(request.user, ballot.item.meeting)
    return ballot


def ballot_break_off(request: SignedIn, pk: int) -> HttpResponse:
    ballot = _ballot(request, pk)

    def act(reason: str) -> None:
        actions.break_off_ballot(ballot, by=request.user, reason=reason)

    says = _("已投的票不开启、不计数。中止以后可以重新表决。")
    return _with_reason(request, ballot.item, act, _("中止表决"), says)


def ballot_set_aside(request: SignedIn, pk: int) -> HttpResponse:
    ballot = _ballot(request, pk)

    def act(reason: str) -> None:
        actions.set_aside_ballot(ballot, by=request.user, reason=reason)

    says = _("第%(n)s轮的结果不再有效，但会连同原因写进会议记录。") % {"n": ballot.round}
    return _with_reason(request, ballot.item, act, _("重新表决"), says)


def _with_reason(
    request: SignedIn, item: AgendaItem, act: Callable[[str], None], heading: str, says: str
) -> HttpResponse:
    """GET asks for a reason, POST does; refused, what was typed stays."""
    form = f.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已办：%(move)s。") % {"move": heading})
            return redirect(item.meeting)
    return render(request, "council/form.html", {
        "here": "council", "form": form, "motion": item.motion, "unit": item.meeting.unit, "heading": heading,
        "asks": says, "button": heading, "back": item.meeting.get_absolute_url(),
    })  # fmt: skip
