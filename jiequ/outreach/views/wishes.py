"""Wishes for whoever works with them: the list, one's page, a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.paging import CAP, FILTERED_CAP, Page
from jiequ.core.permission import NotAllowed, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.wish_people import may_know
from jiequ.outreach.forms.wishes import DraftForm
from jiequ.outreach.models import Household, Wish, WishClaim, WishRound
from jiequ.outreach.views.origins import origins_of
from jiequ.outreach.views.wish_steps import claim_buttons, now_words, offered, said, steps_of
from jiequ.people.middleware import SignedIn
from jiequ.people.models import Person
from jiequ.territory.models import Unit

S = Wish.State
ROUNDS = 30
CLAIMS_SHOWN = 60
#: Moves of a wish that follow from the last claim that made them.
FOLLOWING = ("taken", "connected", "fulfil", "free")
#: Saved views of the list: key, label, states.
VIEWS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("open", gettext_lazy("等人认领"), ()),
    ("mine", gettext_lazy("和我有关"), ()),
    ("look", gettext_lazy("待核实发布"), (S.DRAFT, S.VERIFIED)),
    ("doing", gettext_lazy("正在圆"), (S.CLAIMED, S.CONNECTED, S.FULFILLED)),
    ("done", gettext_lazy("已实现"), (S.CONFIRMED,)),
    ("ended", gettext_lazy("退回、撤回、转出"), (S.RETURNED, S.WITHDRAWN, S.TURNED)),
)


def wish_list(request: SignedIn) -> HttpResponse:
    """Who waits longest for somebody stands first; everything else newest first."""
    account = request.user
    if not account.holds_anywhere("outreach.view_wish"):
        raise NotAllowed(_("您目前没有任职，看不到微心愿。居民可以看公开的心愿墙。"))
    view = request.GET.get("view", "open")
    states = next((s for key, _label, s in VIEWS if key == view), ())
    wishes = Wish.objects.visible_to(account).with_unit().select_related("round").defer("words", "unit__boundary")
    if view == "open":
        wishes = wishes.waiting_for_somebody()
    elif view == "mine":
        claims = WishClaim.objects.filter(wish=OuterRef("pk"), person=account.person_id)
        wishes = wishes.filter(Q(drafted_by=account.person_id) | Exists(claims))
    elif states:
        wishes = wishes.filter(state__in=states)
    unit = None
    if code := request.GET.get("unit"):
        unit = get_object_or_404(Unit.objects.visible_to(account), code=code)
        wishes = wishes.under(unit)
    asked = {name: request.GET.get(name, "") for name in ("kind", "about", "round")}
    if asked["kind"] in Wish.Kind.values:
        wishes = wishes.filter(kind=asked["kind"])
    if asked["about"] in Wish.About.values:
        wishes = wishes.filter(about=asked["about"])
    if asked["round"].isdecimal() and len(asked["round"]) < 18:
        wishes = wishes.filter(round_id=int(asked["round"]))
    is_open = view == "open"
    page = Page(
        request, wishes, order="published_at" if is_open else "drafted_at", oldest_first=is_open,
        cap=FILTERED_CAP if any(asked.values()) else CAP,
    )  # fmt: skip
    mine = WishClaim.objects.filter(wish__in=[w.pk for w in page.rows], person=account.person_id, ended_at=None)
    states_of = dict(mine.values_list("wish_id", "state"))
    for wish in page.rows:
        wish.my_claim = states_of.get(wish.pk, "")
        wish.may_claim = is_open and not wish.my_claim and account.may("outreach.claim_wish", wish.unit)
    context = {
        "here": "visits", "page": page, "views": [(key, label, key == view) for key, label, _s in VIEWS], "view": view,
        "unit": unit, "asked": asked, "kinds": Wish.Kind.choices, "abouts": Wish.About.choices,
        "may_draft": account.holds_anywhere("outreach.draft_wish"),
        "may_open_round": account.holds_anywhere("outreach.open_round"),
    }  # fmt: skip
    if request.htmx:
        return render(request, "outreach/_wish_rows.html", context)
    context["rounds"] = list(WishRound.objects.around(account).order_by("-opens_on", "-pk")[:ROUNDS])
    return render(request, "outreach/wish_list.html", context)


def find_wish(request: SignedIn, pk: int) -> Wish:
    """Within sight, else 404, with all that its page tells."""
    rows = Wish.objects.visible_to(request.user).with_unit().select_related(
        "rule", "round", "case", "grid", "household__building", "household__unit", "drafted_by"
    )  # fmt: skip
    away = ("unit", "grid", "household__building", "household__unit")
    found: Wish = get_object_or_404(rows.defer(*(f"{name}__boundary" for name in away)), pk=pk)
    return found


def claims_of(wish: Wish) -> list[WishClaim]:
    """First those that stand, then who waits, in order, then the rest."""
    rows = list(wish.claims.select_related("person", "team").order_by("claimed_at", "pk")[:1000])
    order = {s: n for n, s in enumerate(("held", "connected", "done", "waiting"))}
    for claim in rows:
        claim.wish = wish
    return sorted(rows, key=lambda c: order.get(c.state, 9))


def wish_page(request: SignedIn, pk: int) -> HttpResponse:
    """At most twelve statements, six of them the frame's: the wish, its claims, their journal, names."""
    account = request.user
    wish = find_wish(request, pk)
    claims = claims_of(wish)
    own = Q(kind="outreach.wish", thing_id=wish.pk)
    if wish.parts == 1:
        own &= ~Q(verb__in=FOLLOWING)  # its only claim has just said the same
    entries = list(
        JournalEntry.objects.filter(
            own | Q(kind="outreach.wishclaim", thing_id__in=[c.pk for c in claims[:CLAIMS_SHOWN]])
        ).order_by("-id")[:40]
    )
    names = {c.person_id: c.person.label for c in claims}
    ids = {e.by_id for e in entries if e.by_id} - set(names)
    names |= dict(Person.objects.filter(pk__in=ids).values_list("pk", "label")) if ids else {}
    knows = may_know(wish, account, claims)
    verifies = account.may("outreach.verify_wish", wish.unit)
    line = [c.pk for c in claims if c.state == "waiting"]
    home = wish.household
    return render(request, "outreach/wish.html", {
        "here": "visits", "wish": wish, "steps": steps_of(wish, claims), "now_words": now_words(wish, claims),
        "offered": offered(wish, account, claims), "knows": knows,
        "claims": [
            {"claim": c, "place": line.index(c.pk) + 1 if c.pk in line else 0, "buttons": claim_buttons(c) if verifies and c.person_id != account.person_id else []}
            for c in claims[:CLAIMS_SHOWN]
        ],
        "more_claims": max(0, len(claims) - CLAIMS_SHOWN),
        "home": home if knows and home is not None and home.erased_at is None else None,
        "may_open_home": home is not None and account.may("outreach.view_household", home.unit),
        "may_see_case": wish.case is not None and account.may("cases.view_case", wish.unit),
        "may_deed": wish.fulfilled_at is not None and account.may("outreach.record_deed", wish.unit),
        "origins": origins_of(wish, account) if knows else [],
        "entries": [(e, names.get(e.by_id or 0) or (_("心愿人") if e.facts.get("by_wisher") else ""), said(e)) for e in entries],
    })  # fmt: skip


def wish_claim(request: SignedIn, pk: int) -> HttpResponse:
    """A task about a claim leads to its wish."""
    claim = get_object_or_404(WishClaim.objects.only("wish_id"), pk=pk)
    wish = get_object_or_404(Wish.objects.visible_to(request.user).only("pk"), pk=claim.wish_id)
    return redirect("wish", pk=wish.pk)


def wish_new(request: SignedIn) -> HttpResponse:
    """Four questions. From a household's page (`?household=`) it is that one's."""
    account = request.user
    if not account.holds_anywhere("outreach.draft_wish"):
        raise NotAllowed(_("您目前没有登记心愿的岗位，请告诉网格员。"))
    if code := request.GET.get("unit"):
        get_object_or_404(Unit.objects.visible_to(account), code=code)
    home = None
    if (key := request.GET.get("household", "")).isdecimal() and len(key) < 19:
        rows = Household.objects.visible_to(account).current().select_related("unit", "building")
        home = get_object_or_404(rows.defer("unit__boundary", "building__boundary"), pk=int(key))
    blocks = Unit.objects.valid().filter(account.reach("outreach.draft_wish").as_q("path"), kind=Unit.Kind.BLOCK)
    blocks = blocks.defer("boundary", "note").order_by("path")
    if home is not None:
        blocks = blocks.filter(path=home.unit.path_at(3))
    chosen = code or (blocks.values_list("code", flat=True).first() if home is None else home.unit.path_at(3))
    form = DraftForm(request.POST or None, units=blocks, initial={"unit": chosen})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        unit = data.pop("unit")
        try:
            wish = actions.draft_wish(unit, by=account, household=home, once=request.POST.get("once", "")[:40], **data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("已登记，编号 %(number)s，等街区核实。") % {"number": wish.number})
            return redirect(wish)
    return render(request, "outreach/wish_form.html", {
        "here": "visits", "form": form, "heading": _("登记一个心愿"), "button": _("登记"), "unit": None, "home": home,
        "asks": _("小小的、办得到的：一样东西，或请人帮一次忙。"), "once": f"{account.pk}-{clock.now().timestamp():.6f}",
    })  # fmt: skip
