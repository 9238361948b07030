"""Service teams."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed, require
from jiequ.people import actions
from jiequ.people.forms import TeamForm, TeamSkillsForm
from jiequ.people.models import Person, Team
from jiequ.people.views.answering import attempt, form_page, list_page
from jiequ.people.views.persons import chosen_unit

COMING = 10  # activities of a team that its page tells of


def team_list(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.holds_anywhere("people.view_team"):
        raise NotAllowed(_("您目前没有任职，看不到服务队。"))
    rows = Team.objects.visible_to(account).standing().select_related("unit", "leader").annotate(size=Count("persons"))
    unit = chosen_unit(request)
    if unit:
        rows = rows.under(unit)
    skill = request.GET.get("skill", "")[:20]
    able = dict(rows.order_by().exclude(skills=[]).values_list("pk", "skills"))
    if skill:
        rows = rows.filter(pk__in=[pk for pk, skills in able.items() if skill in skills])
    context = {
        "here": "people",
        "page": Page(request, rows, order="founded_on"),
        "unit": unit,
        "skill": skill,
        "skills": sorted({one for skills in able.values() for one in skills} | ({skill} if skill else set())),
        "may_form": account.holds_anywhere("people.form_team"),
    }
    return list_page(request, "team", context)


def team_page(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    team = _team(request, pk)
    persons = list(team.persons.order_by("id"))
    leads = team.leader_id == account.person_id
    coming: Any = team.activities  # of a house above this one: read through the reverse relation
    context = {
        "here": "people",
        "team": team,
        "persons": persons,
        "mine": any(p.pk == account.person_id for p in persons),
        "coming": list(coming.coming()[:COMING]) if account.holds_anywhere("outreach.view_deed") else [],
        "may_plan": leads or account.may("outreach.plan_activity", team.unit),
        "may_set": leads or account.may("people.form_team", team.unit),
        "may_form": account.may("people.form_team", team.unit),
        "candidates": _candidates(account, team, persons) if account.may("people.form_team", team.unit) else [],
    }
    return render(request, "people/team.html", context)


def form(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.holds_anywhere("people.form_team"):
        raise NotAllowed(_("您没有成立服务队的权限。需要的话，请找街区网格长办理。"))
    unit = chosen_unit(request)
    if unit:
        require(account, "people.form_team", unit)
    typed = TeamForm(account, request.POST or None, initial={"unit": request.GET.get("unit", "")})
    made = attempt(
        request,
        typed,
        lambda d: actions.form_team(d["name"], d["unit"], by=account, purpose=d["purpose"], skills=d["skills"]),
    )
    if made:
        messages.success(request, _("服务队已成立。现在可以请人入队。"))
        return redirect(made)
    return form_page(request, typed, title=_("成立服务队"), button=_("成立"), back=reverse("teams"))


@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Oneself, or the person that is named."""
    account: Any = request.user
    team = _team(request, pk)
    actions.join_team(team, _whom(request, account), by=account)
    messages.success(request, _("已入队。"))
    return redirect(team)


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    team = _team(request, pk)
    actions.leave_team(team, _whom(request, account, among=team), by=account)
    messages.success(request, _("已退队。"))
    return redirect(team)


@require_POST
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Who leads it from now on."""
    account: Any = request.user
    team = _team(request, pk)
    require(account, "people.form_team", team.unit)
    actions.set_team_leader(team, _whom(request, account, among=team), by=account)
    messages.success(request, _("队长定好了，可以安排本队的活动。"))
    return redirect(team)


def skills(request: HttpRequest, pk: int) -> HttpResponse:
    """What the team can do."""
    account: Any = request.user
    team = _team(request, pk)
    if team.leader_id != account.person_id:
        require(account, "people.form_team", team.unit)
    typed = TeamSkillsForm(request.POST or None, initial={"skills": "、".join(team.skills)})
    if attempt(request, typed, lambda d: actions.set_team_skills(team, d["skills"], by=account)):
        messages.success(request, _("特长已改好。"))
        return redirect(team)
    return form_page(request, typed, title=_("%s的特长") % team.name, button=_("保存"), back=team.get_absolute_url())


@require_POST
def disband(request: HttpRequest, pk: int) -> HttpResponse:
    team = _team(request, pk)
    actions.disband_team(team, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("服务队已解散，做过的事都保留。"))
    return redirect("teams")


def _team(request: HttpRequest, pk: int) -> Team:
    team: Team = get_object_or_404(Team.objects.visible_to(request.user).select_related("unit", "leader"), pk=pk)
    return team


def _whom(request: HttpRequest, account: Any, *, among: Team | None = None) -> Person:
    key = request.POST.get("person", "")
    if not key or key == str(account.person_id):
        somebody: Person = account.person
        return somebody
    rows = among.persons.all() if among else Person.objects.visible_to(account)
    return get_object_or_404(rows, pk=int(key) if key.isdecimal() else 0)


def _candidates(account: Any, team: Team, persons: list[Person]) -> list[Person]:
    """Whom the team could take: people of its unit, at most a hundred; others join from their own page."""
    there = {p.pk for p in persons}
    rows = Person.objects.visible_to(account).under(team.unit).filter(erased_at=None).order_by("id")
    return [p for p in rows[:100] if p.pk not in there]
