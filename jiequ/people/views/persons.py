"""The people of my units, the page of one, and what can be done for one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jiequ.core.paging import Page
from jiequ.core.permission import NotAllowed
from jiequ.people import actions
from jiequ.people.actions.accounts import require_over
from jiequ.people.forms import AccountForm, CorrectForm, RevealForm
from jiequ.people.models import Account, Appointment, Member, Person
from jiequ.people.roles import ROLES
from jiequ.people.views.answering import attempt, form_page, list_page
from jiequ.territory.models import Unit


def chosen_unit(request: HttpRequest) -> Unit | None:
    """The unit in the address (`?unit=code`), if any; 404 outside the account's scope."""
    code = request.GET.get("unit")
    return get_object_or_404(Unit.objects.visible_to(request.user), code=code) if code else None


def people_list(request: HttpRequest) -> HttpResponse:
    """Masked. The search finds a whole name or a whole phone number only: names are encrypted."""
    account: Any = request.user
    _require_look(account)
    persons = Person.objects.visible_to(account).filter(erased_at=None)
    unit, role, text = chosen_unit(request), request.GET.get("role", ""), request.GET.get("q", "").strip()
    if unit:
        persons = persons.under(unit)
    if role in ROLES:
        held = Appointment.objects.in_force().visible_to(account).filter(role=role, person=OuterRef("pk"))
        persons = persons.filter(Exists(held.under(unit) if unit else held))
    if text:
        persons = persons.called(text)
    page = Page(request, persons.prefetch_related(*_places(account)), order="id")
    context = {
        "here": "people",
        "page": page,
        "unit": unit,
        "role": role,
        "q": text,
        "roles": ROLES.values(),
        "may_appoint": account.holds_anywhere("people.appoint_person"),
        "may_report": account.holds_anywhere("people.report_member"),
    }
    return list_page(request, "person", context)


def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, _person(request, pk))


@never_cache
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason; the whole value stands on this one answer: never in an address, a session or a cache."""
    account: Any = request.user
    person = _person(request, pk)
    unit = _place(account, person, "people.reveal_person")
    form = RevealForm(request.POST or None)
    value = attempt(
        request,
        form,
        lambda data: actions.reveal_person(person, data["field"], by=account, unit=unit, reason=data["reason"]),
    )
    if value is None:
        lead = _("姓名、电话等默认隐去。查看会记下谁、何时、看了哪一项、为什么，本人可以查到。")
        title, back = _("查看隐去的信息"), person.get_absolute_url()
        return form_page(request, form, title=title, lead=lead, button=_("查看"), back=back)
    label = dict(form.fields["field"].choices)[form.cleaned_data["field"]]  # type: ignore[attr-defined]
    return _person_page(request, person, revealed={"label": label, "value": value or _("没有登记")})


def correct(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    person = _person(request, pk)
    unit = (
        person_unit(account, person)
        if person.pk == account.person_id
        else _place(account, person, "people.register_person")
    )
    form = CorrectForm(request.POST or None)

    def act(data: dict[str, str]) -> Person:
        changes = {name: value for name, value in data.items() if value}
        return actions.correct_person(person, by=account, unit=unit, **changes)

    if attempt(request, form, act):
        messages.success(request, _("已更正。"))
        return redirect(person)
    return form_page(
        request,
        form,
        title=_("更正信息"),
        lead=_("只改填写的项，没填的保持不变。"),
        button=_("保存"),
        back=person.get_absolute_url(),
    )


def held(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    person = _person(request, pk)
    _place(account, person, "people.erase_person")
    context = {
        "here": "people",
        "person": person,
        "held": actions.what_is_held(person),
        "reveals": person.reveals.select_related("by", "unit").order_by("-id")[:50],
    }
    return render(request, "people/held.html", context)


def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """First say what will go and what stays, then do it."""
    account: Any = request.user
    person = _person(request, pk)
    unit = _place(account, person, "people.erase_person")
    if request.method == "POST":
        actions.erase_person(person, by=account, unit=unit)
        messages.success(request, _("个人信息已删除，任职记录按编号保留。"))
        return redirect("people")
    return render(
        request, "people/erase.html", {"here": "people", "person": person, "held": actions.what_is_held(person)}
    )


@never_cache
@require_POST
def account_open(request: HttpRequest, pk: int) -> HttpResponse:
    account: Any = request.user
    person = _person(request, pk)
    require_over(account, "people.open_account", person)
    form = AccountForm(request.POST)
    password = actions.one_time_password()
    opened = attempt(
        request,
        form,
        lambda data: actions.open_account(person, data["username"], password, by=account, must_change=True),
    )
    if opened is None:
        return _person_page(request, person, account_form=form, status=422)
    return _person_page(request, person, one_time={"username": opened.username, "password": password})


@never_cache
@require_POST
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    theirs = get_object_or_404(Account.objects.select_related("person"), person=person)
    password = actions.reset_password(theirs, by=request.user)  # type: ignore[arg-type]
    return _person_page(request, person, one_time={"username": theirs.username, "password": password})


@require_POST
def account_close(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    theirs = get_object_or_404(Account.objects.select_related("person"), person=person)
    if theirs.is_active:
        actions.close_account(theirs, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("账号已停用，已登录的会立即退出。"))
    else:
        actions.reopen_account(theirs, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("账号已重新启用。"))
    return redirect(person)


def person_unit(account: Any, person: Person) -> Unit:
    """The unit the journal is told: the first place of the person's, else the whole subdistrict."""
    places = places_of(account, person)
    return places[0] if places else Unit.objects.filter(depth=1)[0]


def places_of(account: Any, person: Person) -> list[Unit]:
    """The units that tie `person` to what `account` may see: posts in force first, then the membership, then old posts."""
    posts = list(Appointment.objects.visible_to(account).filter(person=person).select_related("unit"))
    posts.sort(key=lambda a: (a.ends_on is not None, ROLES[a.role].rank))
    members = Member.objects.visible_to(account).filter(person=person).select_related("unit").order_by("-reported_on")
    return [row.unit for row in (*posts, *members)]


def _person(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user), pk=pk)


def _place(account: Any, person: Person, permission: str) -> Unit:
    """Where `account` holds `permission` over this person; 403 where it holds it nowhere."""
    for unit in places_of(account, person):
        if account.may(permission, unit):
            return unit
    raise NotAllowed(_("您没有办这件事的权限。需要的话，请找社区总街长办理。"))


def _places(account: Any) -> tuple[Prefetch[Any], Prefetch[Any]]:
    posts = Appointment.objects.in_force().visible_to(account).exclude(role="member")  # the grid stands beside it
    posts = posts.select_related("unit").order_by("unit__path")
    members = Member.objects.current().visible_to(account).select_related("unit")
    return Prefetch("appointments", posts, to_attr="posts"), Prefetch("memberships", members, to_attr="grids")


def _person_page(request: HttpRequest, person: Person, *, status: int = 200, **more: Any) -> HttpResponse:
    viewer: Any = request.user
    posts = list(
        Appointment.objects.visible_to(viewer).filter(person=person).select_related("unit").order_by("-starts_on")
    )
    members = list(
        Member.objects.visible_to(viewer)
        .filter(person=person)
        .select_related("unit", "unit")
        .prefetch_related("exemptions", "buildings__unit")
        .order_by("-reported_on")
    )
    units = [row.unit for row in (*posts, *members)]

    def may(permission: str) -> bool:
        return any(viewer.may(permission, unit) for unit in units)

    context = {
        "here": "people",
        "person": person,
        "posts": posts,
        "members": members,
        "teams": person.teams.filter(disbanded_on=None).select_related("unit"),
        "theirs": Account.objects.filter(person=person).first(),
        "may": {
            "reveal": may("people.reveal_person"),
            "appoint": may("people.appoint_person"),
            "report": may("people.report_member"),
            "exempt": may("people.exempt_member"),
            "assign": may("people.assign_building"),
            "correct": may("people.register_person"),
            "erase": may("people.erase_person"),
            "open": may("people.open_account"),
            "reset": may("people.reset_password"),
        },
        "account_form": AccountForm(),
        **more,
    }
    return render(request, "people/person.html", context, status=status)


def _require_look(account: Any) -> None:
    """Without a post that may look at appointments there is no list: 403, rather than an empty one that says nothing."""
    if not account.holds_anywhere("people.view_appointment"):
        raise NotAllowed(_("您目前没有任职，看不到人员名单。"))
