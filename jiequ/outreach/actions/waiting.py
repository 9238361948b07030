"""The waiting list: a place that falls free is the first's in line, at once, and they are told."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record_all
from jiequ.core.permission import Actor
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.actions import notify
from jiequ.work.actions.whose import locked

MANY = 10_000  # places of an activity without a limit


def fill_places(activities: Sequence[Activity], *, by: Actor) -> dict[int, int]:
    """Give the free places of `activities`, which the caller holds locked and saves with their new `places_taken`, to who waits
    longest. {activity: how many moved up}. Nobody is moved up once it has begun: who is not there would be told too late. Statements
    do not grow with the activities."""
    free = {
        a.pk: MANY if a.limit is None else a.limit - a.places_taken
        for a in activities
        if a.starts_at > clock.now() and (a.limit is None or a.limit > a.places_taken)
    }
    if not free:
        return {}
    waiting = SignUp.objects.filter(activity__in=list(free), state=SignUp.State.WAITING).order_by("signed_at", "pk")
    by_key = {a.pk: a for a in activities}
    up: list[SignUp] = []
    moved: dict[int, int] = {}
    for sign_up in locked(waiting):
        if moved.get(sign_up.activity_id, 0) < free[sign_up.activity_id]:
            moved[sign_up.activity_id] = moved.get(sign_up.activity_id, 0) + 1
            sign_up.activity, sign_up.state = by_key[sign_up.activity_id], SignUp.State.GOING
            up.append(sign_up)
    if not up:
        return {}
    SignUp.objects.filter(pk__in=[s.pk for s in up], state=SignUp.State.WAITING).update(state=SignUp.State.GOING)
    for key, n in moved.items():
        by_key[key].places_taken += n
    first = up[0].activity
    address = first.get_absolute_url() if len(moved) == 1 else reverse("my-sign-ups")
    notify([s.person_id for s in up], _("轮到您了：%(title)s") % {"title": first.title},
           body=_("有人取消或名额增加，您已从候补转为报上名。"), url=address, leaves=True)  # fmt: skip
    record_all("move_up", up, by=by)
    return moved
