"""Two versions of one household side by side, and the choice between them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.permission import Refused, require
from jiequ.outreach.actions.conflicts import settle_conflict, versions_of
from jiequ.outreach.models import Conflict, Household
from jiequ.people.middleware import SignedIn


@never_cache
def conflict_page(request: SignedIn, pk: int) -> HttpResponse:
    """Field by field: what the phone says, what somebody else wrote, what stands there now. Once chosen, nothing is shown of them."""
    rows = Conflict.objects.filter(household__in=Household.objects.visible_to(request.user))
    related = ("household__unit", "household__building", "by", "settled_by", "visit")
    conflict = get_object_or_404(rows.select_related(*related), pk=pk)
    household = conflict.household
    require(request.user, "outreach.edit_household", household.ground)
    error, keep = "", {}
    if request.method == "POST":
        keep = {name: request.POST.get(name, "") for name in ("phone", "remark") if name in request.POST}
        try:
            settle_conflict(conflict, keep, by=request.user)
        except Refused as refused:
            error = refused.message
        else:
            messages.success(request, _("选定了。"))
            return redirect(household)
    is_open = conflict.settled_at is None
    fields = versions_of(conflict) if is_open else {}
    return render(request, "outreach/conflict.html", {
        "here": "visits", "conflict": conflict, "household": household, "error": error, "is_open": is_open,
        "fields": [
            {"name": name, "label": Household._meta.get_field(name).verbose_name, "kept": keep.get(name, ""),  # type: ignore[union-attr]
             "moved": said["now"] != said["theirs"], **said}
            for name, said in fields.items()
        ],
    }, status=422 if error else 200)  # fmt: skip
