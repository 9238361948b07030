"""Service certificates: asked for, never made by themselves, from the hours that were recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from jiequ.core import clock, ids
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.models import Activity, Certificate, SignUp
from jiequ.people.actions import reveal_person
from jiequ.people.models import Person
from jiequ.territory.models import Unit

#: Without what is easily misread, as on posters: no 0 1 I L O.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BLOCK = 3  # the depth of a block: a certificate is a block's, or of what stands above several


@action
def issue_certificate(person: Person, *, by: Actor, starts_on: date, ends_on: date) -> Certificate:
    """A certificate of the hours recorded for `person` from one day to another, both counted; for oneself, or by whoever records
    activities over all it counts. The same days and hours give the certificate that is there already.

    Refused where no hours were recorded: they are, for who asked for a certificate and came.
    """
    if starts_on > ends_on:
        raise Refused(_("开始日期要早于结束日期。"), field="ends_on")
    if ends_on > clock.today():
        raise Refused(_("结束日期不能晚于今天。"), field="ends_on")
    if person.erased_at is not None:
        raise Refused(_("这位人员的资料已经删除，不能开证明。"))
    counted = hours_of(person, starts_on, ends_on)
    found = counted.aggregate(hours=Sum("hours"), activities=Count("pk"))
    paths = list(counted.order_by().values_list("activity__unit__path", flat=True).distinct())
    if not found["hours"]:
        if by.person_id != person.pk:
            require(by, "outreach.record_activity", _root())
        raise Refused(_("这段时间没有记下服务小时。报名时勾选“需要服务证明”，活动记录结果后就有。"), field="starts_on")
    unit = Unit.objects.get(path=common_path(paths))
    if by.person_id != person.pk:
        require(by, "outreach.record_activity", unit)
    lock(person)  # pressed twice, it is issued once
    there = Certificate.objects.filter(
        person=person, unit=unit, starts_on=starts_on, ends_on=ends_on, **found
    ).select_related("unit", "person").first()  # fmt: skip
    if there is not None:
        return there
    made = Certificate(
        person=person, unit=unit, number=_number(), starts_on=starts_on, ends_on=ends_on, issued_at=clock.now(), **found
    )
    made.save(force_insert=True)
    record("issue", made, by=by)
    return made


@action
def name_on_certificate(certificate: Certificate, *, by: Actor) -> str:
    """The whole name, to be drawn on the paper: one's own; somebody else's as a look behind the mask, with its reason, that is
    logged and that they can read."""
    person = certificate.person
    if person.pk == by.person_id:
        return str(person.name)
    require(by, "outreach.record_activity", certificate.unit)
    return reveal_person(
        person, "name", by=by, unit=certificate.unit, reason=_("开服务证明 %s") % certificate.number, about=certificate
    )


def issuer_of(unit: Unit) -> str:
    """观澜街道石一街区: whose certificate it is. One statement at most."""
    if unit.depth == 1:
        return unit.name
    return str(Unit.objects.values_list("name", flat=True).get(path=unit.path_at(1))) + unit.name


def hours_of(person: Person, starts_on: date, ends_on: date) -> Any:
    """The sign-ups whose hours count from one day to another, both counted."""
    return SignUp.objects.filter(
        person=person, came=True, wants_certificate=True, hours__gt=0, activity__state=Activity.State.HELD,
        activity__starts_at__gte=clock.at(starts_on), activity__starts_at__lt=clock.at(ends_on + timedelta(days=1)),
    )  # fmt: skip


def common_path(paths: Iterable[str]) -> str:
    """The path of the nearest unit above all of `paths`, not lower than a block."""
    step, found = Unit.steplen, None
    for path in paths:
        steps = [path[n : n + step] for n in range(0, len(path), step)][:BLOCK]
        if found is None:
            found = steps
            continue
        same = 0
        while same < min(len(found), len(steps)) and found[same] == steps[same]:
            same += 1
        found = found[:same]
    return "".join(found or [])


def _root() -> Unit:
    return Unit.objects.filter(depth=1).order_by("path")[0]


def _number() -> str:
    """2021-7K4M-9QXT-2HDP: the year and 59 random bits, so that nobody comes upon somebody else's by counting."""
    letters = [LETTERS[ids.source.randrange(len(LETTERS))] for _n in range(12)]
    groups = ("".join(letters[n : n + 4]) for n in range(0, 12, 4))
    return "-".join([str(clock.today().year), *groups])
