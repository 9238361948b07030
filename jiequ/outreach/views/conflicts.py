"""Two versions of one household side by side, and the choice between them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from jiequ.core.permission import Refused, require
from jiequ.core.personal import mask_phone
from jiequ.outreach.actions.conflicts import settle_conflict, versions_of
from jiequ.outreach.actions.revealing import reveal_household
from jiequ.outreach.models import Conflict, Household
from jiequ.people.middleware import SignedIn


class LookForm(forms.Form):
    """Why the whole telephones are looked at."""

    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=200,
        initial=gettext_lazy("核对哪个电话是对的"),
        help_text=gettext_lazy("至少 4 个字。会记下谁、何时、看了哪一项，住户可以查到。"),
    )


@never_cache
def conflict_page(request: SignedIn, pk: int) -> HttpResponse:
    """Field by field: what the phone says, what somebody else wrote, what stands there now. Telephones whole only against a reason.
    Once chosen, nothing is shown of them."""
    rows = Conflict.objects.filter(household__in=Household.objects.visible_to(request.user))
    related = ("household__unit", "household__building", "by", "settled_by", "visit")
    conflict = get_object_or_404(rows.select_related(*related), pk=pk)
    household = conflict.household
    require(request.user, "outreach.edit_household", household.ground)
    error, is_open, keep = "", conflict.settled_at is None, {}
    fields = versions_of(conflict) if is_open else {}
    look = LookForm(request.POST) if "look" in request.POST else LookForm()
    is_hidden = "phone" in fields
    if "look" in request.POST:
        is_hidden = is_hidden and not _looked(request.user, household, look)
    elif request.method == "POST":
        keep = {name: request.POST.get(name, "") for name in ("phone", "remark") if name in request.POST}
        try:
            settle_conflict(conflict, keep, by=request.user)
        except Refused as refused:
            error = refused.message
        else:
            messages.success(request, _("选定了。"))
            return redirect(household)
    if is_hidden:
        fields["phone"] = {side: mask_phone(number) for side, number in fields["phone"].items()}
    return render(request, "outreach/conflict.html", {
        "here": "visits", "conflict": conflict, "household": household, "error": error, "is_open": is_open,
        "look_form": look if is_hidden and request.user.may("outreach.reveal_household", household.ground) else None,
        "fields": [
            {"name": name, "label": Household._meta.get_field(name).verbose_name, "kept": keep.get(name, ""),  # type: ignore[union-attr]
             "moved": said["now"] != said["theirs"], **said}
            for name, said in fields.items()
        ],
    }, status=422 if error or look.errors else 200)  # fmt: skip


def _looked(account: Any, household: Household, look: LookForm) -> bool:
    """Enter the look; False, with the form saying why, where the reason will not do."""
    if not look.is_valid():
        return False
    try:
        reveal_household(household, "phone", by=account, reason=look.cleaned_data["reason"])
    except Refused as refused:
        look.add_error(refused.field, refused.message)
        return False
    return True
