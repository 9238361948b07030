"""One page per move of a wish and of a claim: GET asks, POST does. All of it works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from jiequ.cases.actions.acting import acting
from jiequ.cases.models import Case
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.core.personal import hide_numbers
from jiequ.outreach import actions
from jiequ.outreach.actions.public_words import what_tells
from jiequ.outreach.actions.wish_people import is_claimers
from jiequ.outreach.actions.wishes import WORDS, require_drafter
from jiequ.outreach.forms import wishes as f
from jiequ.outreach.models import Wish, WishClaim
from jiequ.outreach.views.wish_steps import BUTTONS, allowed
from jiequ.outreach.views.wishes import find_wish
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Team


@dataclass(frozen=True)
class MovePage:
    """How a move is asked for. `may` is its permission; without one whoever drafted the wish may as well."""

    act: Callable[..., Any]
    form: type[forms.Form] | None
    asks: Any
    may: str = ""
    button: Any = ""


def _turn(wish: Wish, *, by: Any, category: Any) -> None:
    require(by, "cases.file_case", wish.unit)
    actions.turn_wish_into_case(wish, by=by, category=category)


MOVES: dict[str, MovePage] = {
    "publish": MovePage(
        actions.publish_wish, f.PublishForm, gettext_lazy("墙上谁都能看：只说想要什么，不说是谁、住哪儿。"),
        "outreach.publish_wish", gettext_lazy("发布上墙"),
    ),
    "return": MovePage(
        actions.return_wish, f.ReasonForm, gettext_lazy("登记的人会看到理由，可以修改后再报。"), "outreach.verify_wish"
    ),
    "turn": MovePage(
        _turn, f.TurnForm, gettext_lazy("不是小心愿的事，转为诉求，按诉求的时限办理。"), "outreach.verify_wish", gettext_lazy("转为诉求")
    ),
    "redraft": MovePage(actions.redraft_wish, f.RedraftForm, gettext_lazy("改好再报，编号不变。"), button=gettext_lazy("再报")),
    "edit": MovePage(actions.edit_wish, None, "", button=gettext_lazy("保存")),
    "withdraw": MovePage(
        actions.withdraw_wish, f.ReasonForm, gettext_lazy("已经有了，或不想要了。认领的人会看到理由。"), button=gettext_lazy("撤回心愿")
    ),
    "claim": MovePage(actions.claim_wish, f.ClaimForm, "", "outreach.claim_wish", gettext_lazy("我来圆这个心愿")),
    "confirm": MovePage(
        actions.confirm_wish, None, gettext_lazy("请先问过心愿人一方：收到了吗，是想要的吗？"), button=gettext_lazy("问过了，已实现")
    ),
    "dispute": MovePage(
        actions.dispute_wish, None, gettext_lazy("告诉认领的人还没收到，请他们再联系。"), button=gettext_lazy("还没收到")
    ),
    "link": MovePage(
        actions.make_wish_link, None,
        gettext_lazy("给心愿人一个链接：自己看办到哪一步，自己确认。换新链接，旧的就不能用了；登记或给链接的人自己来认领，链接也停用。"),
        button=gettext_lazy("生成链接"),
    ),
}  # fmt: skip


def wish_move(request: SignedIn, pk: int, move: str) -> HttpResponse:
    wish = find_wish(request, pk)
    if move not in MOVES:
        raise Http404
    page = MOVES[move]
    _require(wish, move, page, request)
    teams = _teams(request) if move == "claim" else []
    form = _form(request, wish, move, page, teams)
    error = ""
    is_preview = "preview" in request.POST
    if request.method == "POST" and not is_preview and (form is None or form.is_valid()):
        data = dict(form.cleaned_data) if form is not None else {}
        try:
            done = page.act(wish, by=request.user, **data)
        except Refused as refused:
            error = refused.message
            if form is not None:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            if move == "link":
                return _link(request, wish, done)
            messages.success(request, _said(move, done, wish))
            return redirect("wish", pk=pk)
    context = {
        "here": "visits", "form": form, "wish": wish, "move": move, "heading": BUTTONS[move][0], "unit": wish.unit,
        "asks": page.asks, "button": page.button or BUTTONS[move][0], "error": error if form is None else "",
        "back": wish.get_absolute_url(), "shown": _preview(wish, form) if move == "publish" or _is_public_edit(wish, move) else None,
    }  # fmt: skip
    if move == "publish":
        links = [name for name in allowed(wish, request.user, []) if name in ("return", "turn")]
        context["beside"] = [(reverse("wish-move", args=[pk, name]), BUTTONS[name][0]) for name in links]
    if is_preview and request.htmx:
        return render(request, "outreach/_wish_preview.html", context)
    template = "outreach/wish_claim.html" if move == "claim" else "outreach/wish_form.html"
    return render(request, template, context, status=409 if error and form is None else 200)


def _require(wish: Wish, move: str, page: MovePage, request: SignedIn) -> None:
    """403 for whoever may not; a state that does not allow it is said by the action, when it is tried."""
    account = request.user
    if move in ("confirm", "dispute"):
        if wish.drafted_by_id != account.person_id:
            require(account, "outreach.confirm_wish", wish.unit)
    elif _is_public_edit(wish, move):
        require(account, "outreach.publish_wish", wish.unit)
    elif page.may:
        require(account, page.may, wish.unit)
    else:
        require_drafter(wish, account)


def _is_public_edit(wish: Wish, move: str) -> bool:
    return move == "edit" and wish.state in Wish.ON_THE_WALL


def _form(request: SignedIn, wish: Wish, move: str, page: MovePage, teams: list[Team]) -> Any:
    data = request.POST if request.method == "POST" else None
    if move == "claim":
        form: Any = f.ClaimForm(data if data is None else {"parts": 1, **data.dict()}, wish=wish, teams=teams)
        return form
    if move == "edit":
        return f.PublishForm(data, wish=wish) if wish.state in Wish.ON_THE_WALL else f.RedraftForm(data, wish=wish)
    return page.form(data, wish=wish) if page.form is not None else None  # type: ignore[call-arg]


def _teams(request: SignedIn) -> list[Team]:
    person = request.user.person_id
    return list(
        Team.objects.standing().filter(Q(persons=person) | Q(leader=person)).distinct().order_by("name", "pk")[:20]
    )


def _preview(wish: Wish, form: Any) -> dict[str, Any]:
    """What the wall will say, and what must not stand there."""

    def value(name: str) -> Any:
        return (form[name].value() if name in form.fields else None) or ""

    title, says = str(value("title")).strip(), str(value("says")).strip()
    wrong = next((w for w in (what_tells(title, wish.household), what_tells(says, wish.household)) if w), "")
    about = dict(Wish.About.choices).get(str(value("about")), "")
    parts = int(value("parts")) if str(value("parts")).isdecimal() else 1
    return {"title": title, "says": says, "about": about, "kind": str(value("kind")), "parts": parts, "wrong": wrong}


def _said(move: str, done: Any, wish: Wish) -> str:
    if move != "claim":
        return _("已办：%(move)s。") % {"move": BUTTONS[move][0]}
    if done.state == WishClaim.State.WAITING:
        place = list(wish.claims.waiting().values_list("pk", flat=True)).index(done.pk) + 1
        return _("刚刚被别人认领完了，您排在第 %(n)s 位。一有空出来的就轮到您，会通知您。") % {"n": place}
    return _("认领好了，谢谢您。请在 %(n)s 天内和心愿人对接，登记的人会带您去。") % {"n": wish.rule.connect_days}


@never_cache
def _link(request: SignedIn, wish: Wish, secret: str) -> HttpResponse:
    """Shown once: it is kept nowhere."""
    address = request.build_absolute_uri(reverse("public-wish", args=[secret]))
    drawn = segno.make(address, error="m").svg_inline(
        omitsize=True, border=2, light="#fff", svgclass="qr", lineclass=None, title=_("二维码")
    )
    return render(request, "outreach/wish_link.html", {
        "here": "visits", "wish": wish, "address": address, "qr": mark_safe(drawn),  # segno writes numbers and paths
    })  # fmt: skip


CLAIM_MOVES: dict[str, tuple[Callable[..., Any], Any, Any, Any]] = {
    "connect": (actions.connect_claim, gettext_lazy("对接上了"), gettext_lazy("已经和心愿人联系上，约好怎么办。"), gettext_lazy("对接上了")),
    "bring": (actions.bring_claim, gettext_lazy("送到了"), gettext_lazy("东西送到了，或忙帮好了。随后由心愿人一方确认。"), gettext_lazy("送到了")),
    "give_up": (actions.give_up_claim, gettext_lazy("让给别人"), gettext_lazy("不用写原因。马上让给排队的下一位，没有人排队就重新上墙。"), gettext_lazy("让给别人")),
}  # fmt: skip


def claim_move(request: SignedIn, pk: int, move: str) -> HttpResponse:
    claim = get_object_or_404(WishClaim.objects.select_related("team", "person"), pk=pk)
    wish = find_wish(request, claim.wish_id)
    if move not in CLAIM_MOVES:
        raise Http404
    claim.wish = wish
    if not is_claimers(claim, request.user):
        require(request.user, "outreach.verify_wish", wish.unit)
    act, heading, asks, button = CLAIM_MOVES[move]
    form = f.BringForm(request.POST if request.method == "POST" else None, claim=claim) if move == "bring" else None
    error = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        data = dict(form.cleaned_data) if form is not None else {}
        if "persons" in data:
            data["persons"] = [p.pk for p in data["persons"]]
        try:
            act(claim, by=request.user, **data)
        except Refused as refused:
            error = refused.message
            if form is not None:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已办：%(move)s。") % {"move": heading})
            return redirect("wish", pk=wish.pk)
    return render(request, "outreach/wish_form.html", {
        "here": "visits", "form": form, "wish": wish, "heading": heading, "unit": wish.unit, "asks": asks, "button": button,
        "error": error if form is None else "", "back": wish.get_absolute_url(),
    }, status=409 if error and form is None else 200)  # fmt: skip


def case_wish(request: SignedIn, pk: int) -> HttpResponse:
    """A case becomes a wish of its block: its words stand there already, numbers starred out."""
    cases = Case.objects.visible_to(request.user).with_unit().select_related("block", "category")
    case = get_object_or_404(cases, pk=pk)
    require(acting(request.user, case), "cases.handle_case", case.unit)
    if case.block is None or not request.user.may("outreach.draft_wish", case.block):
        raise NotAllowed(_("由街区的人转心愿。"))
    form = f.FromCaseForm(
        request.POST or None,
        initial={"words": hide_numbers(case.body)[:WORDS], "parts": 1, "kind": "goods", "about": "resident"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            wish = actions.raise_as_wish(case, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已转为微心愿 %(number)s。") % {"number": wish.number})
            return redirect(wish)
    return render(request, "outreach/wish_form.html", {
        "here": "cases", "form": form, "heading": _("转心愿"), "button": _("转为微心愿"), "unit": case.block,
        "asks": _("诉求仍要按时限答复；心愿有了结果会告诉承办人。"), "back": case.get_absolute_url(),
    }, status=422 if form.errors else 200)  # fmt: skip
