"""Signing up in one tap, and what I have signed up for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.actions.signups import place_in_line
from jiequ.outreach.models import Certificate, SignUp
from jiequ.outreach.views.activities import find_activity
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person

SHOWN = 50


@require_POST
def activity_sign_up(request: SignedIn, pk: int) -> HttpResponse:
    """Take part: oneself, or the `person` that is named. `certificate` says that hours should be kept."""
    activity = find_activity(request, pk)
    person = _named(request)
    asked = request.POST.get("certificate", "")
    wants = None if asked == "" else asked == "1"
    mine = actions.sign_up(activity, by=request.user, person=person, wants_certificate=wants)
    if person is not None:
        messages.success(
            request, _("已替他报上名。") if mine.state == SignUp.State.GOING else _("名额满了，已替他排上候补。")
        )
    elif asked:
        messages.success(request, _("会记服务小时。") if wants else _("不记服务小时了。"))
    elif mine.state == SignUp.State.GOING:
        messages.success(request, _("报上名了。"))
    else:
        messages.info(
            request, _("名额满了，您排在候补第%(n)s位。有人取消就轮到您，会通知您。") % {"n": place_in_line(mine)}
        )
    return redirect(activity)


@require_POST
def activity_leave(request: SignedIn, pk: int) -> HttpResponse:
    """Not come after all: oneself, or the `person` that is named."""
    activity = find_activity(request, pk)
    person = request.POST.get("person", "")
    whose = int(person) if person.isdecimal() and len(person) < 19 else request.user.person_id
    rows = SignUp.objects.filter(activity=activity, person=whose)
    sign_up = get_object_or_404(rows)
    sign_up.activity = activity
    actions.cancel_sign_up(sign_up, by=request.user)
    messages.success(request, _("已取消报名，名额让给了下一位。"))
    return redirect(activity)


@require_GET
def my_sign_ups(request: SignedIn) -> HttpResponse:
    """What I have signed up for, the next first; what I came to with hours; my certificates."""
    mine: Any = SignUp.objects.filter(person=request.user.person_id).exclude(state=SignUp.State.CANCELLED)
    mine = mine.select_related("activity__unit", "activity__team").defer("activity__unit__boundary")
    now = clock.now()
    coming = list(mine.filter(activity__ends_at__gte=now).order_by("activity__starts_at", "pk")[:SHOWN])
    past = list(mine.filter(activity__ends_at__lt=now).order_by("-activity__starts_at", "-pk")[:SHOWN])
    certificates = Certificate.objects.filter(person=request.user.person_id).select_related("unit")
    return render(request, "outreach/my_sign_ups.html", {
        "here": "outreach", "coming": coming, "past": past,
        "certificates": list(certificates.defer("unit__boundary").order_by("-issued_at", "-pk")[:SHOWN]),
    })  # fmt: skip


def _named(request: SignedIn) -> Person | None:
    key = request.POST.get("person", "")
    if not key:
        return None
    people = Person.objects.visible_to(request.user).filter(erased_at=None)
    return get_object_or_404(people, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
