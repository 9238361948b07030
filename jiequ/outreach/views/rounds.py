"""Rounds of wishes: which are open, how far they are, opening the next, closing one."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Refused, require
from jiequ.outreach import actions
from jiequ.outreach.forms.wishes import CloseForm, RoundForm
from jiequ.outreach.models import Wish, WishRound
from jiequ.people.middleware import SignedIn
from jiequ.territory.models import Unit

SHOWN = 100
S = Wish.State


def round_list(request: SignedIn) -> HttpResponse:
    account = request.user
    if not account.holds_anywhere("outreach.view_wish"):
        raise NotAllowed(_("您目前没有任职，看不到微心愿。居民可以看公开的心愿墙。"))
    rounds = list(
        WishRound.objects.around(account)
        .with_unit()
        .order_by(F("closed_at").desc(nulls_first=True), "-opens_on", "-pk")[:SHOWN]
    )
    mine = Wish.objects.visible_to(account).filter(round__in=[r.pk for r in rounds]).exclude(state=S.TURNED)
    counted = {
        row["round_id"]: row
        for row in mine.values("round_id").annotate(
            wishes=Count("pk", filter=~Q(state__in=(S.DRAFT, S.RETURNED, S.WITHDRAWN))),
            claimed=Count("pk", filter=Q(claimed_at__isnull=False) & ~Q(state__in=(S.RETURNED, S.WITHDRAWN))),
            confirmed=Count("pk", filter=Q(state=S.CONFIRMED)),
        )
    }
    for row in rounds:
        row.counted = counted.get(row.pk)
        row.may_close = row.closed_at is None and account.may("outreach.open_round", row.unit)
        row.is_late = row.closed_at is None and row.closes_on < clock.today()
    return render(request, "outreach/round_list.html", {
        "here": "visits", "rounds": rounds, "may_open": account.holds_anywhere("outreach.open_round"),
        "running": sum(1 for r in rounds if r.closed_at is None),
    })  # fmt: skip


def round_open(request: SignedIn) -> HttpResponse:
    account = request.user
    if not account.holds_anywhere("outreach.open_round"):
        raise NotAllowed(_("由社区或街道开心愿批次。"))
    units = Unit.objects.valid().filter(account.reach("outreach.open_round").as_q("path"), depth__lte=3)
    units = units.defer("boundary", "note").order_by("path")
    today = clock.today()
    first = units.values_list("code", flat=True).first()
    name = _("%(year)s年第%(n)s批") % {"year": today.year, "n": (today.month + 2) // 3}
    initial = {"unit": first, "name": name, "opens_on": today, "closes_on": today + timedelta(days=60)}
    form = RoundForm(request.POST if request.method == "POST" else None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            actions.open_round(data.pop("unit"), by=account, **data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("批次已开。"))
            return redirect("wish-rounds")
    return render(request, "outreach/wish_form.html", {
        "here": "visits", "form": form, "heading": _("开一批心愿"), "button": _("开始"), "unit": None,
        "asks": _("上一批没圆的心愿会排在最前面。"),
    })  # fmt: skip


def round_close(request: SignedIn, pk: int) -> HttpResponse:
    """What is left goes on, first in line."""
    row = get_object_or_404(WishRound.objects.around(request.user).with_unit(), pk=pk)
    require(request.user, "outreach.open_round", row.unit)
    others = WishRound.objects.around(request.user).filter(closed_at=None).exclude(pk=pk).order_by("-opens_on")
    form = CloseForm(request.POST if request.method == "POST" else None, rounds=others)
    if request.method == "POST" and form.is_valid():
        try:
            carried = actions.close_round(row, by=request.user, into=form.cleaned_data["into"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("这一批已结，%(n)s 个没认领完的心愿转入下一批，排在最前。") % {"n": carried})
            return redirect("wish-rounds")
    return render(request, "outreach/wish_form.html", {
        "here": "visits", "form": form, "heading": _("结“%(name)s”") % {"name": row.name}, "button": _("结这一批"), "unit": row.unit,
        "asks": _("没认领完的心愿转入下一批，排在最前；正在圆的接着圆。"),
    })  # fmt: skip
