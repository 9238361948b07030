"""Matters that belong to the owners of a building: what their assembly decided, recorded after the council has referred them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.motions import tell_proposers
from jiequ.council.models import Motion, OwnersVote
from jiequ.council.screening import carried_by_owners

MOST_HEADS, MOST_AREA = 2**31 - 1, Decimal("9999999999.99")  # what the columns hold


@action
def record_owners_vote(
    motion: Motion,
    *,
    by: Actor,
    is_special: bool,
    held_on: date,
    heads_total: int,
    heads_cast: int,
    heads_yes: int,
    area_total: Decimal,
    area_cast: Decimal,
    area_yes: Decimal,
) -> OwnersVote:
    """Enter the result of the owners' vote on a referred motion, once; whether it is carried follows from the numbers.

    Areas in square metres, to the hundredth. The council records what the owners decided and decides nothing here.
    """
    require(by, "council.follow_up_motion", motion.unit)
    motion = lock(motion)
    if motion.state != Motion.State.REFERRED:
        raise Refused(_("只有转给业主大会的议题才登记业主表决结果。"))
    if OwnersVote.objects.filter(motion=motion).exists():
        raise Overtaken(_("这件事的业主表决结果已经登记过。"))
    if held_on > clock.today():
        raise Refused(_("表决日期不能晚于今天。"), field="held_on")
    heads = (heads_total, heads_cast, heads_yes)
    area = (Decimal(area_total), Decimal(area_cast), Decimal(area_yes))
    for basis, (total, cast, yes), most in (("heads", heads, MOST_HEADS), ("area", area, MOST_AREA)):
        if not 0 < total <= most:
            raise Refused(_("总数要大于零。"), field=f"{basis}_total")
        if not 0 <= cast <= total:
            raise Refused(_("参与表决的不能多于总数。"), field=f"{basis}_cast")
        if not 0 <= yes <= cast:
            raise Refused(_("同意的不能多于参与表决的。"), field=f"{basis}_yes")
    for name, value in zip(("area_total", "area_cast", "area_yes"), area, strict=True):
        if value != value.quantize(Decimal("0.01")):
            raise Refused(_("面积最多写两位小数。"), field=name)
    vote = OwnersVote.objects.create(
        motion=motion,
        is_special=is_special,
        held_on=held_on,
        heads_total=heads_total,
        heads_cast=heads_cast,
        heads_yes=heads_yes,
        area_total=area[0],
        area_cast=area[1],
        area_yes=area[2],
        passed=carried_by_owners(heads, area, is_special=is_special),
        recorded_at=clock.now(),
    )
    record("record_owners_vote", motion, by=by, passed=vote.passed, special=is_special)
    told = _("业主表决通过了您提的事：%(title)s") if vote.passed else _("业主表决没有通过您提的事：%(title)s")
    tell_proposers(motion, told)
    return vote
