"""Registering a household or an enterprise and correcting what is known of it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import blind, mask_name
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.contacting import require_current
from jiequ.outreach.actions.contacts import plan_household
from jiequ.outreach.models import Household, Tier
from jiequ.people.models import Person, clean_text, is_phone, phone_form
from jiequ.territory.models import Unit

#: How long what is typed may be.
LONGEST = {"name": 40, "room": 40, "remark": 200}
#: Marks that turn the direction of what follows, and could make a masked name read as another.
TURNING = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
#: What may be corrected at the door, and what only whoever keeps the grid's households may.
AT_THE_DOOR = ("phone", "remark")
BY_THE_GRID = ("name", "room", "building")


def door_index(place: Unit, room: str, name: str) -> str:
    """Blind index of a name at a door: the same one entered again is the same household. By the place's code, which a unit that is
    split or moved hands on to its successor."""
    return blind(f"{place.code}|{room}|{name}", "household.door")


@action
def register_household(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    phone: str = "",
    room: str = "",
    remark: str = "",
    building: Unit | None = None,
    kind: str = Household.Kind.HOUSEHOLD,
    tier: str = Tier.NONE,
    member: Person | None = None,
    source: str = "hand",
    is_synthetic: bool = False,
) -> Household:
    """Enter a household of the red grid `unit`, in `building` where that is known. Refused names the field; a tier alone plans
    nothing before the household has agreed to be contacted (`give_consent`)."""
    require(by, "outreach.register_household", unit)
    fields = check_fields(name=name, phone=phone, room=room, remark=remark)
    check_place(unit, building)
    if kind not in Household.Kind.values:
        raise Refused(_("请选择住户或企业。"), field="kind")
    if tier not in Tier.values:
        raise Refused(_("请选择联系档次。"), field="tier")
    household = Household(
        unit=unit, building=building, kind=kind, tier=tier, member=member, source=source, is_synthetic=is_synthetic,
        label=label_of(fields["name"], kind), door_index=door_index(building or unit, fields["room"], fields["name"]),
        phone_index=blind(fields["phone"], "household.phone"), remarked_on=clock.today() if fields["remark"] else None,
        registered_at=clock.now(), registered_by_id=by.person_id, **fields,
    )  # fmt: skip
    _save(household, force_insert=True)
    record("register", household, by=by, source=source)
    return household


@action
def edit_household(household: Household, *, by: Actor, version: int | None = None, **changes: Any) -> Household:
    """Correct name, phone, room, remark or building. With `version`, only what was seen in that version is changed: Overtaken when
    somebody was quicker. Phone and remark are corrected at the door; the rest by whoever keeps the grid's households. The
    journal has the fields' names."""
    unknown = set(changes) - set(AT_THE_DOOR) - set(BY_THE_GRID)
    if unknown:
        raise ValueError(f"not to be corrected: {unknown}")
    require(by, "outreach.edit_household", household.ground)
    if set(changes) & set(BY_THE_GRID):
        require(by, "outreach.register_household", household.unit)
    household = lock(household)
    if version is not None and version != household.version:
        raise Overtaken(_("这一户的信息刚刚有人改过。请看看现在的内容，再改一次。"))
    require_current(household)
    typed = check_fields(**{name: text for name, text in changes.items() if name != "building"})
    changed = {name for name, text in typed.items() if getattr(household, name) != text}
    if "building" in changes:
        building = changes["building"]
        check_place(household.unit, building)
        if household.building_id != (building.pk if building else None):
            household.building = building
            changed.add("building")
    if not changed:
        return household
    for name in changed & set(typed):
        setattr(household, name, typed[name])
    household.label = label_of(household.name, household.kind)
    household.door_index = door_index(household.ground, household.room, household.name)
    household.phone_index = blind(household.phone, "household.phone")
    if "remark" in changed:
        household.remarked_on = clock.today() if household.remark else None
    household.version += 1
    written = (*changed, "label", "door_index", "phone_index", "remarked_on", "version")
    _save(household, update_fields=written)
    if "building" in changed:
        plan_household(household, by=by)
    record("edit", household, by=by, fields=sorted(changed), version=household.version)
    return household


def _save(household: Household, **how: Any) -> None:
    """Write it, or say that the same name is known at that door."""
    try:
        with transaction.atomic():
            household.save(**how)
    except IntegrityError:
        raise Refused(_("这一户已经登记过：同一门牌、同一姓名。请直接查找选用。"), field="name") from None


def label_of(name: str, kind: str) -> str:
    """As shown: a person's name masked, an enterprise's cut to what a street sign tells."""
    return name[:20] if kind == Household.Kind.ENTERPRISE else mask_name(name)


def check_fields(**given: str) -> dict[str, str]:
    """The typed fields in the form they are kept in; Refused names the first that will not do."""
    found = {name: phone_form(t) if name == "phone" else clean_text(t.translate(TURNING)) for name, t in given.items()}
    if "name" in found and not found["name"]:
        raise Refused(_("请填写称呼或姓名，企业填名称。"), field="name")
    for name, most in LONGEST.items():
        if len(found.get(name, "")) > most:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": most}, field=name)
    if (given.get("phone") or "").strip() and not is_phone(found["phone"]):
        raise Refused(_("电话不对：请填 11 位手机号，或带区号的座机号。"), field="phone")
    return found


def check_place(unit: Unit, building: Unit | None) -> None:
    if unit.kind != Unit.Kind.RED_GRID or not unit.is_valid():
        raise Refused(_("住户要登记在一个在用的红色网格里。"), field="unit")
    if building is not None and (building.kind != Unit.Kind.BUILDING or not unit.holds(building)):
        raise Refused(_("这栋楼不在%s。") % unit.name, field="building")
