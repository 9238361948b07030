"""Households: the list and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from jiequ.core.paging import FILTERED_CAP, Page
from jiequ.core.permission import NotAllowed
from jiequ.outreach.actions import categories_of
from jiequ.outreach.models import Finding, Household, Tier
from jiequ.outreach.views.household_filters import VIEWS, Asked, agreed
from jiequ.people.middleware import SignedIn
from jiequ.people.models import BuildingAssignment

#: What a list says nothing of: encrypted columns and boundaries.
UNSAID = ("name", "phone", "room", "remark", "unit__boundary", "building__boundary")
SHOWN = 10


def household_list(request: SignedIn) -> HttpResponse:
    """Masked. At most ten statements: the frame's and who I am, the unit asked for, its choices, the categories, the rows, and how
    many."""
    account = request.user
    if not account.holds_anywhere("outreach.view_household"):
        raise NotAllowed(_("您目前没有走访的任务，看不到住户名单。"))
    asked = Asked.read(account, request.GET)
    column, oldest_first = asked.order
    rows = asked.rows().select_related("unit", "building", "member").defer(*UNSAID)
    page = Page(request, rows, order=column, oldest_first=oldest_first, cap=FILTERED_CAP)
    context = {"here": "households", "asked": asked, "page": page, "is_by_due": column == "next_due_on"}
    if request.htmx:
        return render(request, "outreach/_household_rows.html", context)
    return render(
        request,
        "outreach/household_list.html",
        {
            **context,
            "views": [(key, label, key == asked.view) for key, label, _c, _o in VIEWS],
            "tiers": [*Tier.choices[1:], ("none", Tier.NONE.label)],
            "kinds": Household.Kind.choices,
            "may_register": account.holds_anywhere("outreach.register_household"),
            "may_import": account.holds_anywhere("outreach.import_households"),
            "sets": _settings_of(asked),
            "exports": _exports_of(asked),
        },
    )


def _settings_of(asked: Asked) -> str:
    """The code of the unit whose settings a button leads to; empty where one may set none."""
    permission = "outreach.set_rules"
    if asked.unit is not None:
        return asked.unit.code if asked.account.may(permission, asked.unit) else ""
    posts = asked.account.appointments
    return next((a.unit.code for a in posts if permission in a.definition.permissions), "")


def _exports_of(asked: Asked) -> str:
    """The code of the unit whose households a button gives as a (masked) spreadsheet; empty where one may not."""
    needed = ("overview.export_figures", "outreach.view_household")
    if asked.unit is not None:
        return asked.unit.code if all(asked.account.may(permission, asked.unit) for permission in needed) else ""
    posts = asked.account.appointments
    return next((a.unit.code for a in posts if all(asked.account.may(permission, a.unit) for permission in needed)), "")


def find_household(request: SignedIn, pk: int) -> Household:
    """The household `pk` where the account may look; else 404. With unit, building and member, in one statement."""
    rows = Household.objects.visible_to(request.user).select_related("unit", "building", "member")
    found: Household = get_object_or_404(rows.defer("unit__boundary", "building__boundary"), pk=pk)
    return found


def household_page(request: SignedIn, pk: int) -> HttpResponse:
    return household_answer(request, pk)


def household_answer(request: SignedIn, pk: int, **more: Any) -> HttpResponse:
    """The page of one: at most twelve statements. Values are masked; the categories that are not sensitive are shown to whoever
    contacts it, all others only against a reason."""
    account = request.user
    contracts = BuildingAssignment.objects.filter(
        unit=OuterRef("building_id"), ends_on=None, member__person=account.person_id
    )
    rows = Household.objects.visible_to(account).annotate(
        has_agreed=agreed(),
        contracts=Exists(contracts),
        categories=Count("classifications", filter=Q(classifications__ends_on=None), distinct=True),
        clash=Min("conflicts", filter=Q(conflicts__settled_at=None)),
    )
    related = rows.select_related("unit", "building", "member").defer("unit__boundary", "building__boundary")
    household: Any = get_object_or_404(related, pk=pk)
    is_mine = household.member_id == account.person_id or (household.member_id is None and household.contracts)
    told = categories_of(household) if is_mine and household.categories else []
    visits = household.visits.standing().select_related("by").defer("note").order_by("-on", "-pk")[:SHOWN]
    findings = Finding.objects.filter(visit__household=household, visit__withdrawn_at=None).select_related("visit")
    context = {
        "here": "households",
        "household": household,
        "is_mine": is_mine,
        "told": [category for category, _row in told if not category.is_sensitive],
        "consents": list(household.consents.select_related("text").defer("text__body").order_by("-pk")),
        "visits": list(visits),
        "findings": list(findings.defer("words", "visit__note").order_by("-pk")[:SHOWN]),
        "wishes": list(household.wishes.order_by("-pk").defer("words")[:SHOWN]),
        "may": offered(account, household),
        **more,
    }
    return render(request, "outreach/household.html", context)


def offered(account: Any, household: Household) -> dict[str, bool]:
    """What this account may do to it, for the page's buttons."""
    grid, ground = household.unit, household.ground
    return {
        "visit": account.may("outreach.record_visit", ground),
        "edit": account.may("outreach.edit_household", ground),
        "excuse": account.may("outreach.excuse_contact", household.unit),
        "reveal": account.may("outreach.reveal_household", ground),
        "classify": account.may("outreach.classify_household", grid),
        "register": account.may("outreach.register_household", grid),
        "assign": account.may("outreach.assign_household", grid),
        "erase": account.may("outreach.erase_household", grid),
    }
