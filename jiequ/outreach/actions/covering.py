"""What a campaign covered: a number a unit and day, or households one by one. Entered once, and nobody counted twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.measures import prefix
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.deeds import check_day
from jiequ.outreach.actions.records import note_service
from jiequ.outreach.models import Campaign, Coverage, Household, ServiceRecord
from jiequ.people.models import Person
from jiequ.territory.models import Unit

MOST = 1_000_000  # 人次 of one unit on one day
BATCH = 500  # households ticked at once


@dataclass(frozen=True)
class Covered:
    """What came of a checklist: rows that are new, and how many of the ticked had been counted before."""

    new: int
    known: int


@action
def cover_unit(
    campaign: Campaign,
    unit: Unit,
    *,
    by: Actor,
    people: int,
    on: date | None = None,
    persons: Iterable[Person] = (),
) -> Coverage:
    """Enter that `people` (人次) were covered in `unit` on the day `on` (today); entered again, the number is corrected and the
    journal keeps what it was. `persons` took part, and have it in their service records; nobody must be named.

    One level a day: where a unit above or below has that day's number already, it would count the same people twice.
    """
    require(by, "outreach.record_coverage", unit)
    on = _check(campaign, unit, on)
    if campaign.counts != Campaign.Counts.NUMBER:
        raise Refused(_("这项行动按住户勾选，不填数字。"), field="people")
    if not 0 <= people <= MOST:
        raise Refused(_("请填 0 到 %(n)s 之间的数。") % {"n": MOST}, field="people")
    campaign = lock(campaign)
    if people:
        _refuse_other_level(campaign, unit, on)
    row = campaign.coverage.filter(unit=unit, on=on, household=None, person=None).first()
    if row is None:
        row = Coverage.objects.create(
            campaign=campaign, unit=unit, on=on, people=people, by_id=by.person_id, recorded_at=clock.now()
        )
        record("cover", campaign, by=by, unit=unit, on=on, people=people)
    elif row.people != people:
        was, row.people, row.by_id, row.recorded_at = row.people, people, by.person_id, clock.now()
        row.save(update_fields=["people", "by", "recorded_at"])
        record("correct", campaign, by=by, unit=unit, on=on, was=was, now=people)
    note_service([p.pk for p in persons], row, unit=unit, on=on, kind=ServiceRecord.Kind.CAMPAIGN)
    return row


@action
def cover_households(
    campaign: Campaign, households: Iterable[Household], *, by: Actor, on: date | None = None
) -> Covered:
    """Tick households of one or several grids off, on the day `on` (today). One that the campaign has counted already, by whomever
    and on whatever day, is not counted again: `known` says how many. Whoever ticks has served in each grid that day."""
    ticked = {h.pk: h for h in households}
    if not ticked:
        raise Refused(_("请至少勾选一户。"), field="households")
    if len(ticked) > BATCH:
        raise Refused(_("一次最多勾选 %(n)s 户，请分几次。") % {"n": BATCH}, field="households")
    units = {h.unit_id: h.unit for h in ticked.values()}
    for unit in units.values():
        require(by, "outreach.record_coverage", unit)
        require(by, "outreach.view_household", unit)
        day = _check(campaign, unit, on)
    if campaign.counts != Campaign.Counts.HOUSEHOLD:
        raise Refused(_("这项行动按数字填报，不勾选住户。"), field="households")
    campaign = lock(campaign)
    there = set(campaign.coverage.filter(household_id__in=ticked).values_list("household_id", flat=True))
    new = [h for key, h in ticked.items() if key not in there and h.is_current]
    now = clock.now()
    rows = Coverage.objects.bulk_create(
        Coverage(
            campaign=campaign, unit_id=h.unit_id, on=day, people=1, household=h, by_id=by.person_id, recorded_at=now
        )
        for h in new
    )
    for unit_id, unit in units.items():
        of_unit = [row for row in rows if row.unit_id == unit_id]
        if of_unit:
            _note_ticking(campaign, of_unit[0], by.person_id)
            record("cover", campaign, by=by, unit=unit, on=day, households=len(of_unit))
    return Covered(len(new), len(there))


@action
def uncover_household(row: Coverage, *, by: Actor) -> None:
    """A household was ticked by mistake: it is not covered. Numbers are corrected by entering them again."""
    require(by, "outreach.record_coverage", row.unit)
    if row.household_id is None:
        raise Refused(_("数字请重新填报，以最后一次为准。"))
    campaign = lock(row.campaign)
    others = campaign.coverage.filter(unit_id=row.unit_id, on=row.on, by_id=row.by_id).exclude(pk=row.pk)
    served = ServiceRecord.objects.filter(about_kind=Coverage._meta.label_lower, about_id=row.pk)
    other = others.order_by("pk").first()
    if other is not None:
        served.update(about_id=other.pk)
    else:
        served.delete()
    Coverage.objects.filter(pk=row.pk).delete()
    record("correct", campaign, by=by, unit=row.unit, on=row.on, was=1, now=0)


def _check(campaign: Campaign, unit: Unit, on: date | None) -> date:
    """The day, if `unit` may enter something for it."""
    on = check_day(on)
    if not campaign.unit.holds(unit):
        raise Refused(_("这项行动不在%s。") % unit.name, field="unit")
    if on < campaign.starts_on or (campaign.ends_on is not None and on > campaign.ends_on):
        raise Refused(_("这一天不在行动的时间里。"), field="on")
    if not unit.is_valid(on):
        raise Refused(_("%s这一天没有启用。") % unit.name, field="unit")
    return on


def _refuse_other_level(campaign: Campaign, unit: Unit, on: date) -> None:
    """Whether a unit above or below `unit` has entered a number for the day: then the same people would be counted twice."""
    numbers: Any = campaign.coverage.filter(on=on, household=None, person=None, people__gt=0).exclude(unit=unit)
    above = Q(unit__path__in=[unit.path_at(depth) for depth in range(1, unit.depth)])
    found = numbers.filter(above | Q(**prefix("unit__path", unit.path))).select_related("unit").order_by("unit__path")
    other = found.first()
    if other is None:
        return
    if unit.path.startswith(other.unit.path):
        words = _("%(unit)s当天已报总数 %(n)s人次，再报会重复计。要分开报，请先把总数更正为 0。")
    else:
        words = _("下属的%(unit)s当天已报 %(n)s人次，再报总数会重复计。请到下属单位补报。")
    raise Refused(words % {"unit": other.unit.name, "n": other.people}, field="unit")


def _note_ticking(campaign: Campaign, row: Coverage, person_id: int | None) -> None:
    """One line a person, grid and day, however many households were ticked in however many goes."""
    of_day = campaign.coverage.filter(unit_id=row.unit_id, on=row.on).values("pk")
    noted = ServiceRecord.objects.filter(
        about_kind=Coverage._meta.label_lower, about_id__in=of_day, person_id=person_id
    )
    if person_id is not None and not noted.exists():
        note_service([person_id], row, unit=row.unit_id, on=row.on, kind=ServiceRecord.Kind.CAMPAIGN)
