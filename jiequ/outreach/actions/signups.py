"""Signing up for an activity, waiting for a place, and not coming after all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.leading import acting, require_take_part
from jiequ.outreach.actions.waiting import fill_places
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.actions import notify
from jiequ.people.models import Person


@action
def sign_up(
    activity: Activity, *, by: Actor, person: Person | None = None, wants_certificate: bool | None = None
) -> SignUp:
    """Take part: oneself, or `person`, entered by whoever plans the activity. GOING while there are places, else WAITING, in the
    order in which people came. Signed up already, nothing changes but `wants_certificate` where it is given.

    Refused once it has begun, and when it was cancelled.
    """
    person_id = person.pk if person is not None else by.person_id
    if person_id is None:
        raise NotAllowed(_("请写明谁报名。"))
    if person_id == by.person_id:
        require_take_part(by, activity.unit)
    else:
        require(acting(by, activity), "outreach.plan_activity", activity.unit)
    if person is not None and person.erased_at is not None:
        raise Refused(_("这位人员的资料已经删除，不能报名。"), field="person")
    unit, team = activity.unit, activity.team
    activity = lock(activity)
    activity.unit, activity.team = unit, team
    _require_open(activity)
    mine = SignUp.objects.filter(activity=activity, person=person_id).first()
    if mine is not None and mine.state != SignUp.State.CANCELLED:
        if wants_certificate is not None and wants_certificate != mine.wants_certificate:
            mine.wants_certificate = wants_certificate
            mine.save(update_fields=["wants_certificate"])
        return mine
    free = Q(limit=None) | Q(places_taken__lt=F("limit"))
    got = Activity.objects.filter(free, pk=activity.pk, state=Activity.State.PLANNED).update(
        places_taken=F("places_taken") + 1
    )
    mine = mine or SignUp(activity=activity, person_id=person_id)
    mine.activity = activity
    mine.state = SignUp.State.GOING if got else SignUp.State.WAITING
    mine.signed_at = _next_in_line(activity)
    mine.wants_certificate = bool(wants_certificate)
    mine.save()
    if person_id != by.person_id:
        subject = _("已替您报名：%(title)s") if got else _("已替您排上候补：%(title)s")
        notify([person_id], subject % {"title": activity.title}, url=activity.get_absolute_url())
    record("sign_up" if got else "wait", mine, by=by, activity=activity.pk)
    return mine


@action
def cancel_sign_up(sign_up: SignUp, *, by: Actor) -> SignUp:
    """Not come after all, or wait no longer: oneself, or entered by whoever plans the activity. The first who waits has the place
    at once, and is told. Overtaken when it was cancelled already."""
    activity = sign_up.activity
    if sign_up.person_id != by.person_id:
        require(acting(by, activity), "outreach.plan_activity", activity.unit)
    unit, team = activity.unit, activity.team
    activity = lock(activity)
    activity.unit, activity.team = unit, team
    if activity.starts_at <= clock.now():
        raise Refused(_("活动已经开始，不能再取消报名。没有来的，由记录人记下就行。"))
    fresh = SignUp.objects.get(pk=sign_up.pk)  # its state may have changed while we waited for the activity
    if fresh.state == SignUp.State.CANCELLED:
        raise Overtaken(_("已经取消过了。"))
    had_place = fresh.state == SignUp.State.GOING
    SignUp.objects.filter(pk=fresh.pk).update(state=SignUp.State.CANCELLED)
    sign_up.state, sign_up.activity = SignUp.State.CANCELLED, activity
    if had_place and activity.state == Activity.State.PLANNED:
        activity.places_taken -= 1
        fill_places([activity], by=by)
        activity.save(update_fields=["places_taken"])
    record("cancel", sign_up, by=by, activity=activity.pk)
    return sign_up


def place_in_line(sign_up: SignUp) -> int:
    """1 for the first who waits."""
    before = Q(signed_at__lt=sign_up.signed_at) | Q(signed_at=sign_up.signed_at, pk__lt=sign_up.pk)
    waiting = SignUp.objects.filter(activity=sign_up.activity_id, state=SignUp.State.WAITING)
    return waiting.filter(before).count() + 1


def _require_open(activity: Activity) -> None:
    if activity.state == Activity.State.CANCELLED:
        raise Refused(_("活动已经取消，不用报名了。"))
    if activity.state != Activity.State.PLANNED or activity.starts_at <= clock.now():
        raise Refused(_("活动已经开始，报名截止了。直接去的，请记录人补记。"))


def _next_in_line(activity: Activity) -> datetime:
    """Now, or a breath after whoever came last: no two people stand at the same place in a line. Asked under the lock."""
    last: datetime | None = SignUp.objects.filter(activity=activity).aggregate(last=Max("signed_at"))["last"]
    return clock.now() if last is None or last < clock.now() else last + timedelta(microseconds=1)
