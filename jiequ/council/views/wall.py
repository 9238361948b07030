"""The big screen in the room, and the pulse that every screen listens to. Both are open to whoever has their signed word,
ask for no account and no session, and show nobody's data: the wall names a speaker with the name masked, and nobody else.
"""

from __future__ import annotations

import segno
from django.core.cache import cache
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jiequ.core import clock
from jiequ.council.models import Ballot, Meeting, Vote
from jiequ.council.views.codes import here_code, is_time_for_screens, pulse_token, read_pulse, read_wall
from jiequ.council.views.sitting import Sitting

PULSE_SECONDS = 1  # how old an answer may be: two hundred phones are one statement a second


@never_cache
@require_safe
def meeting_wall(request: HttpRequest, token: str) -> HttpResponse:
    meetings = Meeting.objects.with_unit().select_related("rule")
    meeting = get_object_or_404(meetings, pk=read_wall(token))
    if not is_time_for_screens(meeting):
        raise Http404
    sitting = Sitting(meeting)
    room = reverse("meeting-room", args=[meeting.pk])
    address = request.build_absolute_uri(f"{room}?here={here_code(meeting)}")
    may_come = sitting.stage in ("gathering", "idle", "discussing") and not meeting.closed_at
    context = {
        "meeting": meeting, "unit": meeting.unit, "sitting": sitting, "now": clock.now(), "pulse": pulse_token(meeting),
        "qr": _drawn(address) if may_come else "", "partial": "HX-Request" in request.headers,
    }  # fmt: skip
    name = "council/_wall_live.html" if context["partial"] else "council/wall.html"
    return render(request, name, context)


@require_safe
def pulse(request: HttpRequest, token: str) -> JsonResponse:
    """{"v": the meeting's version, "cast": votes cast in the open ballot or null, "at": the server's time in ms}."""
    pk = read_pulse(token)
    said = cache.get(f"pulse:{pk}")
    if said is None:
        said = _beat(pk)
        cache.set(f"pulse:{pk}", said, PULSE_SECONDS)
    response = JsonResponse({**said, "at": int(clock.now().timestamp() * 1000)})
    response["Cache-Control"] = "no-store"
    return response


def _beat(pk: int) -> dict[str, int | None]:
    """One statement for both: what screens compare, and what they count."""
    open_ballot = Ballot.objects.going_on().filter(item__meeting=OuterRef("pk")).order_by("pk").values("pk")[:1]
    votes = Vote.objects.filter(ballot__in=Ballot.objects.going_on(), ballot__item__meeting=OuterRef("pk"))
    counted = votes.order_by().values("ballot__item__meeting").annotate(n=Count("pk")).values("n")[:1]
    row = (
        Meeting.objects.filter(pk=pk)
        .annotate(open_ballot=Subquery(open_ballot), counted=Subquery(counted))
        .values_list("version", "open_ballot", "counted")
        .first()
    )
    if row is None:
        raise Http404
    version, ballot, n = row
    return {"v": version, "cast": (n or 0) if ballot else None}


def _drawn(address: str) -> SafeString:
    """The address as a QR code, drawn in the page: presentation attributes only, so that the content policy allows it."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(border=2, omitsize=True, dark="#17212f", light="#ffffff"))
