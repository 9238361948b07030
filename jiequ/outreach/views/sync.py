"""What a phone asks and brings: the plan it keeps for the stairs, and the visits that were written without a network.

No page: answers are JSON, never kept by a browser, and whoever is not let in is told so in JSON as well. Ids are texts, because
a browser's numbers are too short for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Refused
from jiequ.outreach.actions.bringing import MOST, bring_in, told
from jiequ.outreach.actions.taking import take_along
from jiequ.outreach.models import Household, Visit
from jiequ.outreach.views.phone import phone_name
from jiequ.outreach.views.route import on_the_way
from jiequ.outreach.workflow import CONTACT, CONTACT_EVENT
from jiequ.people.middleware import SignedIn, for_scripts
from jiequ.work.models import Task

LIMIT = 1_000_000  # bytes of what a phone brings at once
KEPT = timedelta(hours=24)  # how long a phone keeps a plan
SHOWN = 200  # households of one plan


class NotReadable(Exception):
    """What came is no JSON that could be ours; the message says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def answers(view: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
    """The view's dict as JSON; what it refuses as JSON with a word; nothing of it kept anywhere."""

    @for_scripts
    @never_cache
    @wraps(view)
    def answered(request: SignedIn) -> HttpResponse:
        if not request.user.holds_anywhere("outreach.record_visit"):
            return JsonResponse({"error": _("您目前没有走访的任务。"), "why": "not-allowed"}, status=403)
        try:
            return JsonResponse(view(request))
        except NotReadable as fault:
            return JsonResponse({"error": fault.message}, status=fault.status)
        except NotAllowed as refused:
            return JsonResponse({"error": str(refused), "why": "not-allowed"}, status=403)
        except Refused as refused:
            return JsonResponse({"error": refused.message, "field": refused.field or ""}, status=422)

    return answered


@require_GET
@answers
def plan(request: SignedIn) -> dict[str, Any]:
    """The households I am to see: masked, in the order of the way. Statements: who I am, households, last visits."""
    return _plan(request, _mine(request.user))


@require_POST
@answers
def plan_take(request: SignedIn) -> dict[str, Any]:
    """The same with names and telephones, for a reason that is kept with each household."""
    asked = read_json(request)
    reason = asked.get("reason")
    households = take_along(
        _mine(request.user), by=request.user, reason=reason if isinstance(reason, str) else ""
    )  # fmt: skip
    return _plan(request, households, is_open=True)


@require_POST
@answers
def sync(request: SignedIn) -> dict[str, Any]:
    """Visits that were written without a network, each with its own verdict."""
    brought = read_json(request)
    items = brought.get("visits")
    if not isinstance(items, list):
        raise NotReadable(_("没有看懂手机发来的内容，请刷新后再同步。"))
    if len(items) > MOST:
        raise NotReadable(_("一次最多同步 %(n)d 次走访，请分几次。") % {"n": MOST})
    if brought.get("who") not in (None, phone_name(str(request.user.pk))):
        raise NotReadable(_("现在登录的是别人，这些走访要本人来同步。"), 409)
    return {"results": [told(verdict, request.user) for verdict in bring_in(items, by=request.user)]}


@require_GET
@answers
def token(request: SignedIn) -> dict[str, Any]:
    """A fresh token for what is sent next; who is signed in, as the phone knows it."""
    return {"token": get_token(request), "who": phone_name(str(request.user.pk))}


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The object that was sent. NotReadable for anything else: too long, no text, no JSON, nested without end."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LIMIT:
        raise NotReadable(_("一次同步的内容太多，请分几次。"), 413)
    try:
        read = json.loads(request.body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError, UnreadablePostError):
        raise NotReadable(_("没有看懂手机发来的内容，请刷新后再同步。")) from None
    if not isinstance(read, dict):
        raise NotReadable(_("没有看懂手机发来的内容，请刷新后再同步。"))
    return read


def _no_number(text: str) -> float:
    raise ValueError(text)


def _mine(account: Any) -> list[Household]:
    """The households whose contact is mine to make this week, what is late first of all among them; else those that come after. In the
    order of the way. `is_mine` are those that I hold, not only my post."""
    tasks = Task.objects.for_account(account).filter(verb__in=(CONTACT, CONTACT_EVENT))
    found = list(tasks.order_by("due_at", "pk").values_list("about_id", "verb", "due_at", "holder_id")[:SHOWN])
    sunday = clock.at(clock.today() + timedelta(days=7 - clock.today().weekday()))
    soon = [about for about, verb, due_at, _holder in found if verb == CONTACT_EVENT or due_at < sunday]
    wanted = soon or [about for about, *_rest in found]
    rows = Household.objects.visible_to(account).current().filter(pk__in=wanted)
    rows = rows.select_related("unit", "building").defer("unit__boundary", "building__boundary")
    urgent = {about for about, verb, *_rest in found if verb == CONTACT_EVENT}
    mine = {about for about, _verb, _due_at, holder in found if holder == account.person_id}
    for household in rows:
        household.is_urgent, household.is_mine = household.pk in urgent, household.pk in mine
    return sorted(rows, key=on_the_way)


def _plan(request: SignedIn, households: list[Household], *, is_open: bool = False) -> dict[str, Any]:
    now = clock.now()
    last = last_visits([h.pk for h in households])
    return {
        "as_of": clock.local(now).isoformat(timespec="seconds"),
        "expires_at": clock.local(now + KEPT).isoformat(timespec="seconds"),
        "who": phone_name(str(request.user.pk)),
        "households": [_told(h, last.get(h.pk), n, is_open) for n, h in enumerate(households, 1)],
    }


def _told(household: Household, last: Visit | None, order: int, is_open: bool) -> dict[str, Any]:
    """What a phone keeps of a door. As on the page of today's plan: after a major event it is one of today's, whatever the quarter
    says; room, last words and remark (None: not told) are for who contacts it, not for all whose post it waits for."""
    is_mine = getattr(household, "is_mine", False)
    due_on, tier_label = household.next_due_on, str(household.get_tier_display())
    if getattr(household, "is_urgent", False):
        due_on, tier_label = clock.today(), _("尽快")
    said: dict[str, Any] = {
        "id": str(household.pk),
        "place": household.place,
        "room": household.room if is_mine else "",
        "label": household.label,
        "tier": household.tier,
        "tier_label": tier_label,
        "due_on": due_on.isoformat() if due_on else None,
        "overdue": household.is_overdue,
        "last": {"on": last.on.isoformat(), "mode": last.mode, "note": last.line if is_mine else ""} if last else None,
        "remark": household.remark if is_mine else None,
        "phone_masked": household.phone_masked,
        "version": household.version,
        "order": order,
    }
    return said | {"name": household.name, "phone": household.phone} if is_open else said


def last_visits(households: list[int]) -> dict[int, Visit]:
    """{household: its last visit that stands}. One statement, however many visits there were."""
    visits = Visit.objects.standing().filter(household=OuterRef("pk")).order_by("-on", "-pk")
    newest = Household.objects.filter(pk__in=households).order_by().values_list(Subquery(visits.values("pk")[:1]))
    return {visit.household_id: visit for visit in Visit.objects.filter(pk__in=newest)}
