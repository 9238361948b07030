"""Campaigns (专项行动): started for a unit, ended by a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.models import Campaign
from jiequ.people.models import clean_text
from jiequ.territory.models import Unit

LONGEST = {"name": 40, "says": 200}
MOST = 100_000_000  # of a target


@action
def start_campaign(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    kind: str = Campaign.Kind.OTHER,
    counts: str = Campaign.Counts.NUMBER,
    starts_on: date | None = None,
    ends_on: date | None = None,
    target: int | None = None,
    says: str = "",
) -> Campaign:
    """Start a campaign of `unit` and all below it, from `starts_on` (today) to `ends_on`, both counted; open without an end.

    `target` is how many it should cover: 人次 where it counts by number, households where it counts by household. It is for
    orientation and no quota: nobody is late, and zero is a normal value.
    """
    require(by, "outreach.start_campaign", unit)
    campaign = Campaign(
        unit=unit, name=clean_text(name), kind=kind, counts=counts, says=clean_text(says), target=target,
        starts_on=starts_on or clock.today(), ends_on=ends_on, started_at=clock.now(), started_by_id=by.person_id,
    )  # fmt: skip
    _check(campaign)
    _save(campaign)
    record("start", campaign, by=by, kind=kind, counts=counts, target=target)
    return campaign


@action
def edit_campaign(campaign: Campaign, *, by: Actor, **changes: Any) -> Campaign:
    """Change its name, kind, words, days, target, or, while nothing is covered yet, how it counts."""
    require(by, "outreach.start_campaign", campaign.unit)
    unknown = set(changes) - {"name", "kind", "counts", "says", "starts_on", "ends_on", "target"}
    if unknown:
        raise ValueError(f"no such fields: {unknown}")
    campaign = lock(campaign)
    for field, value in changes.items():
        setattr(campaign, field, clean_text(value) if field in LONGEST else value)
    _check(campaign)
    if "counts" in changes or "starts_on" in changes or "ends_on" in changes:
        _check_against_coverage(campaign)
    _save(campaign)
    record("edit", campaign, by=by, fields=sorted(changes))
    return campaign


@action
def end_campaign(campaign: Campaign, *, by: Actor, on: date | None = None) -> Campaign:
    """The last day of a campaign is `on` (today). What was forgotten may still be entered for days until then."""
    require(by, "outreach.start_campaign", campaign.unit)
    campaign = lock(campaign)
    on = on or clock.today()
    if campaign.ends_on is not None and campaign.ends_on <= on:
        raise Refused(_("这项行动已经结束。"))
    campaign.ends_on = on
    _check(campaign)
    _check_against_coverage(campaign)
    campaign.save(update_fields=["ends_on"])
    record("end", campaign, by=by, on=on)
    return campaign


def _check(campaign: Campaign) -> None:
    if not campaign.name:
        raise Refused(_("请填写行动的名称。"), field="name")
    for field, most in LONGEST.items():
        if len(getattr(campaign, field)) > most:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": most}, field=field)
    if campaign.kind not in Campaign.Kind.values:
        raise Refused(_("请选择种类。"), field="kind")
    if campaign.counts not in Campaign.Counts.values:
        raise Refused(_("请选择怎样统计。"), field="counts")
    if campaign.ends_on is not None and campaign.ends_on < campaign.starts_on:
        raise Refused(_("结束日期不能早于开始日期。"), field="ends_on")
    if campaign.target is not None and not 1 <= campaign.target <= MOST:
        raise Refused(_("应覆盖的数请填 1 以上，没有目标可以不填。"), field="target")


def _check_against_coverage(campaign: Campaign) -> None:
    """What is entered already stays inside the campaign."""
    entered = campaign.coverage.order_by()
    first = entered.order_by("on").first()
    if first is None:
        return
    if (first.household_id is None) == (campaign.counts == Campaign.Counts.HOUSEHOLD):
        raise Refused(_("已经有填报，不能再改怎样统计。可以另发起一项。"), field="counts")
    if first.on < campaign.starts_on:
        raise Refused(_("%(day)s已有填报，开始日期不能更晚。") % {"day": first.on}, field="starts_on")
    if campaign.ends_on is not None and entered.filter(on__gt=campaign.ends_on).exists():
        raise Refused(_("这一天以后已有填报，请先更正。"), field="ends_on")


def _save(campaign: Campaign) -> None:
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError:
        words = _("%(unit)s已经有“%(name)s”。") % {"unit": campaign.unit.name, "name": campaign.name}
        raise Refused(words, field="name") from None
