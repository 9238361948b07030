"""What is done to a household by a form: registered, corrected, agreed, classified, assigned, left, looked at, erased."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from jiequ.core.measures import prefix
from jiequ.core.permission import NotAllowed, Overtaken, Refused, require
from jiequ.outreach import actions
from jiequ.outreach.forms import plan as _plan  # noqa: F401 — enters what is done about the plan into DO
from jiequ.outreach.forms.households import DO, EditForm, HouseholdForm, RegisterForm, RevealForm
from jiequ.outreach.models import Classification, Consent, ConsentText, Household
from jiequ.outreach.views.households import find_household
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

AT_THE_DOOR = {"edit", "event"}  # asked for in the building, which a keeper looks after; the rest in the grid


def household_new(request: SignedIn) -> HttpResponse:
    """First the grid (`?unit=`, of it or of a building in it), then who lives there."""
    account = request.user
    reach = account.reach("outreach.register_household")
    if not reach.paths:
        raise NotAllowed(_("您没有登记住户的权限。需要的话，请找街区网格长。"))
    code = (request.GET.get("unit") or request.POST.get("unit") or "")[:40].replace("\x00", "")
    grids = Unit.objects.valid().filter(reach.as_q("path"), kind=Unit.Kind.RED_GRID).defer("boundary")
    chosen = None
    if code:
        chosen = get_object_or_404(Unit.objects.visible_to(account).defer("boundary"), code=code)
        if chosen.kind not in (Unit.Kind.RED_GRID, Unit.Kind.BUILDING):
            grids, chosen = grids.filter(**prefix("path", chosen.path)), None
    grid = grids.filter(path=chosen.path_at(4)).first() if chosen is not None else None
    if chosen is not None and grid is None:
        require(account, "outreach.register_household", chosen)
    if grid is None:
        choices = list(grids.select_related(None)[:400])
        if len(choices) != 1:
            context = {"here": "households", "grids": choices, "blocks": _names_above(choices)}
            return render(request, "outreach/household_where.html", context)
        grid = choices[0]
    building = chosen if chosen is not None and chosen.kind == Unit.Kind.BUILDING else None
    form = RegisterForm(request.POST if request.method == "POST" else None, unit=grid, building=building)
    if request.method == "POST" and form.is_valid():
        try:
            made = form.act(account)
        except Refused as refused:
            put(form, refused)
        else:
            messages.success(request, _("已登记。"))
            return redirect(made)
    status = 422 if form.errors else 200
    return render(
        request, "outreach/household_new.html", {"here": "households", "form": form, "grid": grid}, status=status
    )


def _names_above(grids: list[Unit]) -> list[tuple[str, list[Unit]]]:
    """Grids by their block, to choose one."""
    names = dict(Unit.objects.filter(path__in={g.path_at(3) for g in grids}).values_list("path", "name"))
    groups: dict[str, list[Unit]] = {}
    for grid in grids:
        groups.setdefault(names.get(grid.path_at(3), ""), []).append(grid)
    return list(groups.items())


def household_do(request: SignedIn, pk: int, what: str) -> HttpResponse:
    household = find_household(request, pk)
    if what not in DO:
        raise Http404
    kind = DO[what]
    require(request.user, kind.may, household.ground if what in AT_THE_DOOR else household.unit)
    form = kind(request.POST if request.method == "POST" else None, household=household)
    if isinstance(form, EditForm) and not request.user.may("outreach.register_household", household.unit):
        form.narrow()
    return answer(request, form, household)


def answer(request: SignedIn, form: HouseholdForm, household: Household) -> HttpResponse:
    """Do it, or show the form with what was typed and why not. Who was overtaken sees the new state and may press again."""
    if request.method == "POST" and form.is_valid():
        try:
            form.act(request.user)
        except Refused as refused:
            put(form, refused)
            if isinstance(refused, Overtaken):
                household.refresh_from_db(fields=["version", "label", "tier"])
                form.data = {**form.data.dict(), "version": household.version}  # type: ignore[attr-defined]
        else:
            messages.success(request, str(form.done))
            return redirect(household)
    context = {"here": "households", "form": form, "household": household}
    return render(request, "outreach/household_form.html", context, status=422 if form.errors else 200)


def put(form: Any, refused: Refused) -> None:
    """Say why not at the field it is about."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


def consent_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    consent = get_object_or_404(Consent.objects.select_related("text"), pk=pk)
    household = find_household(request, consent.household_id)
    require(request.user, "outreach.classify_household", household.unit)
    is_sensitive = consent.covers == ConsentText.Covers.SENSITIVE

    class WithdrawForm(HouseholdForm):
        heading, button, danger = _("撤回同意？"), _("撤回同意"), True
        done = _("已撤回，登记的类别已经删除。") if is_sensitive else _("已撤回，不再安排联系。")

        @property
        def asks(self) -> str:
            if is_sensitive:
                return _("撤回后，凭这份同意登记的类别立即删除，不能恢复。其他服务不受影响。")
            return _("撤回后不再安排定期联系，其他服务不受影响。")

        def act(self, by: Any) -> int:
            return actions.withdraw_consent(consent, by=by)

    return answer(request, WithdrawForm(_posted(request), household=household), household)


def classification_end(request: SignedIn, pk: int) -> HttpResponse:
    """Which category it is stands on the page only for whoever contacts the household: here it is not said again."""
    row = get_object_or_404(Classification.objects.defer("category"), pk=pk)
    household = find_household(request, row.household_id)
    require(request.user, "outreach.classify_household", household.unit)

    class EndForm(HouseholdForm):
        heading, button, done = _("不再属于这一类？"), _("不再属于"), _("已结束。")

        @property
        def asks(self) -> str:
            if row.consent_id is not None:
                return _("敏感类别结束时立即删除，不能恢复。")
            return _("今天起不再属于这一类，保留期满后自动删除。")

        def act(self, by: Any) -> None:
            actions.unclassify_household(row, by=by)

    return answer(request, EndForm(_posted(request), household=household), household)


def _posted(request: SignedIn) -> Any:
    return request.POST if request.method == "POST" else None


@never_cache
def household_reveal(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for the reason; the whole value stands on this one answer: never in an address, a session or a cache."""
    household = find_household(request, pk)
    require(request.user, "outreach.reveal_household", household.ground)
    form = RevealForm(_posted(request))
    context: dict[str, Any] = {"here": "households", "household": household, "form": form}
    if request.method == "POST" and form.is_valid():
        field = form.cleaned_data["field"]
        try:
            value = actions.reveal_household(household, field, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refused:
            put(form, refused)
        else:
            label = dict(form.fields["field"].choices)[field]  # type: ignore[attr-defined]
            shown = {**context, "label": label, "value": value, "is_phone": field == "phone"}
            if field == "category":
                shown["rows"] = actions.categories_of(household)
                shown["may_end"] = request.user.may("outreach.classify_household", household.unit)
            return render(request, "outreach/household_revealed.html", shown)
    return render(request, "outreach/household_form.html", context, status=422 if form.errors else 200)


@never_cache
def household_held(request: SignedIn, pk: int) -> HttpResponse:
    """What is held of it, masked; in full, to be printed for the household, once somebody says that it asked (POST)."""
    household = find_household(request, pk)
    require(request.user, "outreach.erase_household", household.unit)
    in_full = request.method == "POST"
    held = actions.tell_held(household, by=request.user) if in_full else actions.what_is_held_of(household)
    seen = household.reveals.select_related("by").order_by("-pk")[:50]
    context = {"here": "households", "household": household, "held": held, "seen": seen, "in_full": in_full}
    return render(request, "outreach/household_held.html", context)


def household_erase(request: SignedIn, pk: int) -> HttpResponse:
    """First say what will go and what stays, then do it."""
    household = find_household(request, pk)
    require(request.user, "outreach.erase_household", household.unit)
    if request.method == "POST":
        actions.erase_household(household, by=request.user)
        messages.success(request, _("个人信息已删除，走访按编号保留。"))
        return redirect("households")
    context = {"here": "households", "household": household, "held": actions.what_is_held_of(household)}
    return render(request, "outreach/household_erase.html", context)
