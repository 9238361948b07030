"""The categories of key households, as an office sets them: a purpose and a time of keeping each."""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.models import HouseholdCategory, Tier
from jiequ.people.models import clean_text
from jiequ.territory.models import Unit

LONGEST = {"name": 30, "purpose": 120}
#: Registers that are not this product's business (DOMAIN §3); the sentence that refuses them names where they belong.
NOT_OURS = ("矫正", "刑释", "刑满", "吸毒", "戒毒", "精神障碍", "精神病", "信访", "上访")
KEPT_AT_MOST = 3 * 365


@action
def add_household_category(
    root: Unit, code: str, *, by: Actor, name: str, purpose: str, is_sensitive: bool = False, **more: Any
) -> HouseholdCategory:
    """A new category for the whole subdistrict. Whether it is sensitive is settled here: whoever was entered under it agreed, or
    was not asked."""
    require(by, "outreach.set_rules", root)
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,29}", code):
        raise Refused(_("代码用小写字母、数字和短横，字母开头，2 到 30 个字符。"), field="code")
    fields = _checked(name=name, purpose=purpose, **more)
    try:
        with transaction.atomic():
            made = HouseholdCategory.objects.create(code=code, is_sensitive=is_sensitive, **fields)
    except IntegrityError:
        raise Refused(_("已经有这个代码。"), field="code") from None
    record("add", made, by=by, unit=root, code=code)
    return made


@action
def edit_household_category(category: HouseholdCategory, *, by: Actor, root: Unit, **changes: Any) -> HouseholdCategory:
    """Change name, purpose, suggested tier, time of keeping, order or whether it is used; code and sensitivity stay."""
    require(by, "outreach.set_rules", root)
    category = lock(category)
    for name, value in _checked(**changes).items():
        setattr(category, name, value)
    category.save()
    record("edit", category, by=by, unit=root, fields=sorted(changes))
    return category


def _checked(**given: Any) -> dict[str, Any]:
    unknown = set(given) - {"name", "purpose", "tier", "keep_days", "order", "is_active"}
    if unknown:
        raise ValueError(f"not to be set: {unknown}")
    for field, most in LONGEST.items():
        if field in given:
            given[field] = clean_text(given[field])
            if not given[field] or len(given[field]) > most:
                raise Refused(_("请填写，不超过 %(n)s 个字。") % {"n": most}, field=field)
    if any(word in given.get("name", "") for word in NOT_OURS):
        raise Refused(_("这一类由主管部门登记管理，不在走访里登记。"), field="name")
    if given.get("tier", Tier.QUARTER) not in Tier.values:
        raise Refused(_("请选择联系档次。"), field="tier")
    if not 0 <= given.get("keep_days", 0) <= KEPT_AT_MOST:
        raise Refused(_("保留天数在 0 到 %(n)s 之间。") % {"n": KEPT_AT_MOST}, field="keep_days")
    return given
