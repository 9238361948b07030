"""Which intervals and terms are in force, and setting new ones: a change is a new row from a day on, never an edit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import SYSTEM, Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.shipped import CATEGORIES, CONSENT_TEXTS
from jiequ.outreach.models import ConsentText, HouseholdCategory, OutreachRule
from jiequ.territory.models import Unit


def rule_for(unit: Unit, on: date) -> OutreachRule:
    """The rule in force for `unit` on a day. The first need of an installation enters the defaults."""
    found = OutreachRule.objects.in_force(unit, on).first()
    if found is None:
        set_defaults(Unit.objects.get(path=unit.path_at(1)), by=SYSTEM)
        found = OutreachRule.objects.in_force(unit, on).first()
    if found is None:
        raise Refused(_("这一天还没有走访规则，请街道先设定。"))
    return found


def consent_text(covers: str, on: date) -> ConsentText:
    """The version of the text in force on a day. The first need of an installation enters those that come with it."""
    found = ConsentText.objects.in_force(covers, on).first()
    if found is None and not ConsentText.objects.exists():
        set_defaults(Unit.objects.filter(depth=1).order_by("path")[0], by=SYSTEM)
        found = ConsentText.objects.in_force(covers, on).first()
    if found is None:
        raise Refused(_("还没有同意书文本，请街道先在走访设置里录入。"))
    return found


@action
def set_defaults(root: Unit, *, by: Actor) -> None:
    """Enter the intervals, consent texts and categories of DOMAIN §3 where there are none. Ours, dated, to be changed; safe to run
    again: nothing is overwritten."""
    require(by, "outreach.set_rules", root)
    lock(root)
    since = min(root.valid_from, clock.today())
    if not OutreachRule.objects.filter(unit=root).exists():
        made = OutreachRule.objects.create(unit=root, version=1, effective_on=since)
        record("set", made, by=by, unit=root)
    if not ConsentText.objects.exists():
        for covers, body in CONSENT_TEXTS.items():
            text = ConsentText.objects.create(covers=covers, version=1, body=body, effective_on=since)
            record("set", text, by=by, unit=root)
    if not HouseholdCategory.objects.exists():
        rows = [HouseholdCategory(order=10 * n, **fields) for n, fields in enumerate(CATEGORIES, 1)]
        HouseholdCategory.objects.bulk_create(rows)
        record("seed", HouseholdCategory.objects.order_by("pk")[0], by=by, unit=root, count=len(rows))


@action
def set_outreach_rule(unit: Unit, *, by: Actor, effective_on: date, **terms: Any) -> OutreachRule:
    """New intervals and terms from a day on; what is not named is copied. Refused for a day in the past."""
    require(by, "outreach.set_rules", unit)
    if effective_on < clock.today():
        raise Refused(_("生效日期不能早于今天：已排的走访按原来的规则办。"), field="effective_on")
    unknown = set(terms) - set(OutreachRule.TERMS)
    if unknown:
        raise ValueError(f"no such terms: {unknown}")
    if not 1 <= terms.get("quarter_days", 90) <= 92:
        raise Refused(_("每户每季至少联系一次，间隔不能超过 92 天。"), field="quarter_days")
    if any(value < 1 for value in terms.values()):
        raise Refused(_("天数和小时数都至少是 1。"), field=next(name for name, v in terms.items() if v < 1))
    lock(unit)
    before = rule_for(unit, effective_on)
    copied = {name: getattr(before, name) for name in OutreachRule.TERMS}
    last = OutreachRule.objects.filter(unit=unit).aggregate(last=Max("version"))["last"] or 0
    made = OutreachRule.objects.create(unit=unit, effective_on=effective_on, version=last + 1, **{**copied, **terms})
    record("set", made, by=by, unit=unit, **terms)
    return made


@action
def set_consent_text(covers: str, body: str, *, by: Actor, root: Unit, effective_on: date) -> ConsentText:
    """A new version of what households agree to; consents that were given keep theirs."""
    require(by, "outreach.set_rules", root)
    if covers not in ConsentText.Covers.values:
        raise Refused(_("请选择同意的是什么。"), field="covers")
    if len(body.strip()) < 20:
        raise Refused(_("请写明收集什么、做什么用、保留多久、怎样撤回，至少 20 个字。"), field="body")
    if effective_on < clock.today():
        raise Refused(_("生效日期不能早于今天。"), field="effective_on")
    lock(root)
    last = ConsentText.objects.filter(covers=covers).aggregate(last=Max("version"))["last"] or 0
    made = ConsentText.objects.create(covers=covers, version=last + 1, body=body.strip(), effective_on=effective_on)
    record("set", made, by=by, unit=root)
    return made
