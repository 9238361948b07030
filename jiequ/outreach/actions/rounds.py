"""Rounds (批次): a time in which wishes are collected and granted. What is left at the end is carried on, first in line."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from jiequ.cases.routing import held_posts, nearest_desk
from jiequ.core import clock, workdays
from jiequ.core.journal import kind_of, record, record_all
from jiequ.core.permission import SYSTEM, Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock, write
from jiequ.outreach.models import Wish, WishRound
from jiequ.territory.models import Unit
from jiequ.work.actions import finish_tasks_about, open_task
from jiequ.work.models import Task

BATCH = 500
CLOSE = "outreach.close_round"
CLOSE_WORKDAYS = 5  # to close a round whose last day is over; ours


def round_for(unit: Unit, on: date) -> WishRound | None:
    """The round that takes in a wish of `unit` on a day: of the nearest unit at or above it with one that is open."""
    above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
    rounds = WishRound.objects.filter(unit__path__in=above, closed_at=None, opens_on__lte=on)
    return rounds.order_by("-unit__path", "-opens_on", "-pk").first()


@action
def open_round(unit: Unit, *, by: Actor, name: str, opens_on: date, closes_on: date) -> WishRound:
    """Begin a round of `unit`, one at a time. Wishes in no round stand in it at once; those an earlier one left over, first in line."""
    require(by, "outreach.open_round", unit)
    name = " ".join(name.split())
    if not name or len(name) > 40:
        raise Refused(_("请填写批次名称，不超过 40 个字。"), field="name")
    if closes_on < opens_on:
        raise Refused(_("结束不能早于开始。"), field="closes_on")
    if closes_on < clock.today():
        raise Refused(_("结束日期已经过了。"), field="closes_on")
    lock(unit)
    if (running := WishRound.objects.filter(unit=unit, closed_at=None).first()) is not None:
        raise Refused(_("“%(name)s”还没有结束，请先结批次。") % {"name": running.name})
    try:
        with transaction.atomic():
            made = WishRound.objects.create(unit=unit, name=name, opens_on=opens_on, closes_on=closes_on)
    except IntegrityError:
        raise Refused(_("已经有过“%(name)s”，请换一个名称。") % {"name": name}, field="name") from None
    record("open", made, by=by, opens_on=opens_on, closes_on=closes_on)
    left = Wish.objects.under(unit).filter(round=None, state__in=Wish.UNDECIDED)
    _move(list(left.order_by("pk").values_list("pk", flat=True)), made)
    return made


@action
def close_round(round: WishRound, *, by: Actor, into: WishRound | None = None) -> int:
    """End a round. What still has free parts goes on into the next (`into`, or the open one of a unit above; where there is none,
    into the one that is opened next), first in line; what has all its parts is finished where it began. Returns how many went on."""
    require(by, "outreach.open_round", round.unit)
    fresh = lock(round)
    if fresh.closed_at is not None:
        raise Overtaken(_("这一批已经结了。"))
    if into is not None and (into.pk == round.pk or into.closed_at is not None):
        raise Refused(_("请选一个还没有结束的批次。"), field="into")
    round.closed_at = clock.now()
    round.save(update_fields=["closed_at"])
    into = into or round_for(round.unit, clock.today())
    wishes = Wish.objects.filter(round=round, state__in=Wish.UNDECIDED)
    left = list(wishes.filter(parts_taken__lt=F("parts")).select_related("unit").defer("unit__boundary").order_by("pk"))
    keys = [w.pk for w in left]
    carried = [w for w in left if w.state == Wish.State.PUBLISHED]
    for start in range(0, len(carried), BATCH):
        some = carried[start : start + BATCH]
        Wish.objects.filter(pk__in=[w.pk for w in some]).update(times_carried=F("times_carried") + 1)
        record_all("carry", some, by=by, round=into.pk if into else None)
    _move(keys, into)
    record("close", round, by=by, carried=len(carried))
    finish_tasks_about(round, CLOSE, by=by)
    return len(carried)


def _move(keys: list[int], into: WishRound | None) -> None:
    for start in range(0, len(keys), BATCH):
        Wish.objects.filter(pk__in=keys[start : start + BATCH]).update(round=into)


def ask_to_close(by: Actor = SYSTEM) -> int:
    """Rounds whose last day is over: whoever may close them, the nearest community's or the subdistrict's desk, has a task. One statement
    when there is none."""
    open_tasks = Task.objects.open().filter(verb=CLOSE, about_kind=kind_of(WishRound))
    over = WishRound.objects.filter(closed_at=None, closes_on__lt=clock.today())
    asked = 0
    for row in over.exclude(pk__in=open_tasks.values("about_id")).select_related("unit").defer("unit__boundary"):
        with write():
            row = lock(row)
            if row.closed_at is not None or open_tasks.filter(about_id=row.pk).exists():
                continue
            unit = row.unit
            desk = nearest_desk(unit, held_posts([unit]), above=unit.kind == Unit.Kind.BLOCK)
            open_task(
                CLOSE, _("“%(name)s”到期了，请结批次") % {"name": row.name}, unit=desk.unit if desk else Unit.objects.get(path=unit.path_at(1)),
                about=row, by=by, due_at=workdays.due(clock.now(), workdays=CLOSE_WORKDAYS), role=desk.role if desk else "office",
            )  # fmt: skip
            asked += 1
    return asked
