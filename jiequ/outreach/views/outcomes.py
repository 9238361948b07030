"""Writing down how an activity went: a list to tick, a line of words."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.core.permission import Refused, require
from jiequ.outreach import actions
from jiequ.outreach.actions.leading import acting
from jiequ.outreach.actions.outcomes import CORRECT_DAYS, length_of
from jiequ.outreach.forms.activities import OutcomeForm
from jiequ.outreach.models import Activity, SignUp
from jiequ.outreach.views.activities import candidates, find_activity, sorted_people
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person


def activity_outcome(request: SignedIn, pk: int) -> HttpResponse:
    """Who came, ticked; `also` somebody who had not signed up. Within a week it can be put right on the same page."""
    activity = find_activity(request, pk)
    require(acting(request.user, activity), "outreach.record_activity", activity.unit)
    people = sorted_people(activity)
    also = _also(request)
    if also is not None and also.pk not in {p.person_id for p in people}:
        people.append(SignUp(activity=activity, person=also, state=SignUp.State.WAITING))
    initial = {"outcome": activity.outcome if activity.state == Activity.State.HELD else ""}
    form = OutcomeForm(people, request.POST or None, initial=initial)
    if also is not None:
        form.ticked.add(also.pk)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.hold_activity(
                activity, by=request.user, came=data["came"], outcome=data["outcome"], hours=data["hours"]
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("记好了。来了的人，服务记录里都有了。"))
            return redirect(activity)
    there = {p.person_id for p in people}
    others = [p for p in candidates(request, activity) if p.pk not in there]
    return render(request, "outreach/activity_outcome.html", {
        "here": "outreach", "activity": activity, "form": form, "people": people, "others": others,
        "length": length_of(activity), "correct_days": CORRECT_DAYS, "nobody": form["nobody"],
    }, status=422 if form.errors else 200)  # fmt: skip


def _also(request: SignedIn) -> Person | None:
    key = request.POST.get("also", "")
    if not key:
        return None
    people = Person.objects.visible_to(request.user).filter(erased_at=None)
    return get_object_or_404(people, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
