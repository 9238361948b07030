"""Codes on the walls (码上办二维码): given out, changed for new ones, taken out of use; at most one a place at a time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.cases.models import ScanPoint
from jiequ.core import clock
from jiequ.core.journal import record, record_all
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.territory.actions import Succession, follows
from jiequ.territory.models import Unit

#: Neither letters that are read for another (0 o, 1 i l, 2 z, 5 s, 6 b, 8, g 9 q, u v), nor what a keyboard has to shift for.
LETTERS = "3479acdefhjkmnprtwxy"
LENGTH = 8  # 20⁸ = 2.6·10¹⁰; a guessed one opens the form that is open to all anyway
KINDS = (Unit.Kind.BLOCK, Unit.Kind.RED_GRID, Unit.Kind.BUILDING)
AT_ONCE = 2000


@action
def issue_points(units: Sequence[Unit], *, by: Actor) -> list[ScanPoint]:
    """Give a code to each of `units` that has none; three statements and their journal, however many."""
    if len(units) > AT_ONCE:
        raise Refused(_("一次至多启用%(n)s个，请按街区分批办理。") % {"n": AT_ONCE})
    for unit in units:
        require(by, "cases.print_posters", unit)
        if unit.kind not in KINDS or not unit.is_valid():
            raise Refused(_("二维码只给在用的楼栋、红色网格和街区：%(name)s") % {"name": unit.name})
    have = set(ScanPoint.objects.in_use().filter(unit__in=units).values_list("unit", flat=True))
    now = clock.now()
    fresh = {unit.pk: unit for unit in units if unit.pk not in have}
    points = [ScanPoint(unit=u, code=_new_code(), issued_at=now, issued_by_id=by.person_id) for u in fresh.values()]
    _put(points)
    record_all("issue", points, by=by)
    return points


@action
def issue_point(unit: Unit, *, by: Actor) -> ScanPoint:
    """Give a code to one place."""
    made = issue_points([unit], by=by)
    if not made:
        raise Overtaken(_("这里已经有在用的二维码了，没有重复启用。"))
    return made[0]


@action
def revoke_point(point: ScanPoint, *, by: Actor) -> ScanPoint:
    """Take a code out of use: it was torn off, or hangs in the wrong place. Who scans it is still let in, without a place."""
    point = _in_use(point, by)
    record("revoke", point, by=by)
    return point


@action
def renew_point(point: ScanPoint, *, by: Actor) -> ScanPoint:
    """Take a code out of use and give its place a new one. Of two who do so at once, the second changes nothing."""
    point = _in_use(point, by)
    if not point.unit.is_valid():
        raise Refused(_("这个单位已停用，不再发新码。"))
    fresh = ScanPoint(unit=point.unit, code=_new_code(), issued_at=clock.now(), issued_by_id=by.person_id)
    _put([fresh])
    record("revoke", point, by=by)
    record("issue", fresh, by=by, instead_of=point.pk)
    return fresh


@follows
def points_follow(successions: Sequence[Succession]) -> None:
    """What hangs on the wall goes on working: the code of a closed place becomes its single heir's. Where there are
    several heirs, or the heir has a code already, it stays, and who scans it is led to the heirs (routing/places.py)."""
    heirs = {s.old.pk: s.heirs[0] for s in successions if len(s.heirs) == 1 and s.heirs[0].kind in KINDS}
    if not heirs:
        return
    points = list(ScanPoint.objects.in_use().filter(unit__in=heirs).order_by("pk"))
    taken = set(ScanPoint.objects.in_use().filter(unit__in=heirs.values()).values_list("unit", flat=True))
    moved = []
    for point in points:
        heir = heirs[point.unit_id]
        if heir.pk not in taken:
            taken.add(heir.pk)
            point.unit = heir
            moved.append(point)
    if moved:
        ScanPoint.objects.bulk_update(moved, ["unit"], batch_size=500)


def _in_use(point: ScanPoint, by: Actor) -> ScanPoint:
    """`point`, held and taken out of use by `by`; Overtaken where somebody else was first."""
    point = lock(point)
    require(by, "cases.print_posters", point.unit)
    if point.revoked_at is not None:
        raise Overtaken(_("这个二维码刚刚已经停用了，没有重复办理。"))
    point.revoked_at, point.revoked_by_id = clock.now(), by.person_id
    point.save(update_fields=["revoked_at", "revoked_by"])
    return point


def _put(points: Sequence[ScanPoint]) -> None:
    """Write them; Overtaken where another wrote a place's code at the same moment."""
    try:
        with transaction.atomic():
            ScanPoint.objects.bulk_create(points, batch_size=500)
    except IntegrityError as error:
        raise Overtaken(_("刚刚有人启用了其中的二维码，请刷新页面再看。")) from error


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _n in range(LENGTH))
