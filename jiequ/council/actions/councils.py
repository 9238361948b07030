"""Founding a council, and amending the rules it decides by."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.models import Council, DecisionRule
from jiequ.territory.models import Unit


@action
def found_council(unit: Unit, *, by: Actor, founded_on: date | None = None, place: str = "") -> Council:
    """Found the council of a block. Refused where there is one, where `unit` is not a block, or without a rule in force."""
    require(by, "council.found_council", unit)
    unit = lock(unit)
    if unit.kind != Unit.Kind.BLOCK:
        raise Refused(_("只有街区能成立理事会，“%(unit)s”不是街区。") % {"unit": unit.name})
    if Council.objects.filter(unit=unit).exists():
        raise Refused(_("%(unit)s已有理事会。") % {"unit": unit.name})
    rule_for(unit)
    council = Council.objects.create(unit=unit, founded_on=founded_on or clock.today(), place=place)
    record("found", council, by=by)
    return council


@action
def amend_rule(
    unit: Unit, *, by: Actor, name: str = "", effective_on: date | None = None, **terms: Any
) -> DecisionRule:
    """Put a new version of `unit`'s rule in force; what is not named in `terms` is taken over from the one before.

    What began earlier keeps its version, so a new version cannot be dated back.
    """
    require(by, "council.amend_rule", unit)
    unit = lock(unit)
    effective_on = effective_on or clock.today()
    if effective_on < clock.today():
        raise Refused(_("新规则不能早于今天生效，已开始的议题按原规则办。"), field="effective_on")
    unknown = set(terms) - set(DecisionRule.TERMS)
    if unknown:
        raise ValueError(f"not terms of a decision rule: {sorted(unknown)}")
    before = DecisionRule.objects.in_force(unit, effective_on).first()
    own = DecisionRule.objects.filter(unit=unit).order_by("-version").first()
    carried = {term: getattr(before, term) for term in DecisionRule.TERMS} if before else {}
    rule = DecisionRule(
        unit=unit,
        name=name or (before.name if before else _("%(unit)s议事规则") % {"unit": unit.name}),
        version=(own.version if own else 0) + 1,
        effective_on=effective_on,
        replaces=before,
        **{**carried, **terms},
    )
    for what in ("quorum", "ordinary", "major"):
        num, den = getattr(rule, f"{what}_num"), getattr(rule, f"{what}_den")
        if not 0 < num <= den:
            raise Refused(_("比例须在 0 与 1 之间：%(num)s/%(den)s。") % {"num": num, "den": den}, field=f"{what}_num")
    rule.save(force_insert=True)
    record("amend", rule, by=by, **terms)
    return rule


def rule_for(unit: Unit) -> DecisionRule:
    """The rule in force for `unit` today; Refused with whom to ask where there is none."""
    rule = DecisionRule.objects.in_force(unit, clock.today()).first()
    if rule is None:
        raise Refused(_("%(unit)s还没有议事规则，请街道先发布。") % {"unit": unit.name})
    return rule
