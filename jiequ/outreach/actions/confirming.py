"""The wisher's side says whether a wish came true: behind a link of their own, or somebody who had no part in granting it asks them.
Silence never confirms."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Refused
from jiequ.core.personal import blind
from jiequ.core.writing import action
from jiequ.outreach.actions.claims import bring_again, end_claims
from jiequ.outreach.actions.records import forget_service
from jiequ.outreach.actions.wish_people import CONFIRM, Following, hold, may_confirm, tell_case, tell_drafter
from jiequ.outreach.models import Wish
from jiequ.outreach.workflow import WISH
from jiequ.people.actions import notify
from jiequ.work.actions import finish_tasks_about


@action
def make_wish_link(wish: Wish, *, by: Actor) -> str:
    """A link for the wisher's side, to see how it stands and to confirm it; returns its secret, which is kept nowhere. A new one ends
    the one before. For whoever wrote the wish down or verifies it, and never for who grants it."""
    hold(wish)
    _require_wishers_side(wish, by)
    if wish.state in Wish.ENDED:
        raise Refused(_("这个心愿已经了结，不用再给链接。"))
    secret = secrets.token_urlsafe(16)
    wish.secret_index = blind(secret, "wish")
    Wish.objects.filter(pk=wish.pk).update(secret_index=wish.secret_index)
    record("link", wish, by=by)
    return secret


@action
def confirm_wish(wish: Wish, *, by: Actor, secret: str = "") -> Wish:
    """It came true: said by the wisher's side (with the link's `secret`), or by somebody who asked them and did not grant it."""
    hold(wish)
    _require_wishers_side(wish, by, secret)
    now = clock.now()
    WISH.make(wish, "confirm", by=Following(by), set={"confirmed_at": now, "ended_at": now}, by_wisher=bool(secret))
    finish_tasks_about(wish, CONFIRM, by=by)
    done = sorted({c.person_id for c in wish.claims.standing()} - {by.person_id})
    notify(done, _("心愿 %(number)s 已确认实现，谢谢您。") % {"number": wish.number}, url=wish.get_absolute_url())
    end_claims(wish, by=by, subject=_("心愿 %(number)s 已经实现，不用再等了，谢谢您。"), note=_("心愿已实现"))
    tell_drafter(wish, _("您登记的心愿 %(number)s 已实现。"), by=by)
    tell_case(wish, by=by)
    return wish


@action
def dispute_wish(wish: Wish, *, by: Actor, secret: str = "") -> Wish:
    """It has not come true yet: whoever claimed hears so, and it leaves their service records until it has."""
    hold(wish)
    _require_wishers_side(wish, by, secret)
    WISH.make(wish, "dispute", by=Following(by), set={"fulfilled_at": None}, by_wisher=bool(secret))
    finish_tasks_about(wish, CONFIRM, by=by)
    forget_service(wish)
    persons = sorted({c.person_id for c in bring_again(wish, by=by)} - {by.person_id})
    subject = _("心愿 %(number)s 的心愿人说还没收到，请再联系。") % {"number": wish.number}
    notify(persons, subject, url=wish.get_absolute_url())
    return wish


def _require_wishers_side(wish: Wish, by: Actor, secret: str = "") -> None:
    if by.person_id is None:
        if secret and wish.secret_index and blind(secret, "wish") == wish.secret_index:
            return
        if not secret and by.may("outreach.verify_wish", wish.unit):
            return  # the machine, which replays what somebody did
        raise NotAllowed(_("这个链接不对或已换新，请向网格员要新的链接。"))
    if not may_confirm(wish, by):
        raise NotAllowed(_("要由心愿人一方来确认：登记的人或街区，不能是圆心愿的人。"))
