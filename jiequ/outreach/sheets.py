"""Households from a spreadsheet, and back into one, masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core.permission import Actor, Refused
from jiequ.core.personal import blind, mask_all, mask_phone
from jiequ.core.sheets import Column, Row, Sheet, Verdict
from jiequ.outreach.actions.households import check_fields, check_place
from jiequ.outreach.actions.registering import (
    MANY,
    Entry,
    Rules,
    category_index,
    correct_households,
    households_at,
    register_households,
    standing_categories,
    standing_consents,
)
from jiequ.outreach.models import Classification, Consent, ConsentText, Household, Tier
from jiequ.territory.models import DEPTH, Unit

COLUMNS = [
    Column(
        "place", gettext_lazy("楼栋或红色网格编码"), required=True, most=30, width=24,
        says=gettext_lazy("住在哪栋楼，填楼栋编码；不清楚就填红色网格编码。请设成文本格式。"),
    ),
    Column("room", gettext_lazy("门牌"), most=40, says=gettext_lazy("同一门牌、同一姓名认作同一户。")),
    Column("name", gettext_lazy("姓名或名称"), required=True, most=40, says=gettext_lazy("称呼也可以，例如“王阿婆”。")),
    Column("phone", gettext_lazy("电话"), most=20, says=gettext_lazy("请设成文本格式。")),
    Column("kind", gettext_lazy("住户或企业"), kind="choice", choices=lambda: dict(Household.Kind.choices), says=gettext_lazy("不填就是住户。")),
    Column(
        "tier", gettext_lazy("联系档次"), kind="choice", choices=lambda: {t.value: t.label for t in Tier if t.value},
        says=gettext_lazy("不填就按重点类别建议的档次。"),
    ),
    Column("remark", gettext_lazy("近况"), most=200, width=30),
    Column("agreed_on", gettext_lazy("同意联系的日期"), kind="date", says=gettext_lazy("没有同意的，登记了也不排走访。")),
    Column("categories", gettext_lazy("重点类别"), most=200, width=30, says=gettext_lazy("几项之间用顿号隔开。只增加，不减少。")),
    Column(
        "agreed_sensitive_on", gettext_lazy("同意登记敏感类别的日期"), kind="date", width=24,
        says=gettext_lazy("有敏感类别时必填：要本人单独同意，不满十四周岁由监护人同意。"),
    ),
]  # fmt: skip


class _Ground:
    """What rows are held against, read once for all of them."""

    def __init__(self, codes: Iterable[str], by: Actor) -> None:
        self.by, self.rules = by, Rules.read()
        self.names: dict[str, str] = {}
        for category in self.rules.categories.values():
            # 高龄老人（80岁以上） is also found as 高龄老人
            self.names |= dict.fromkeys((category.name.split("（")[0], category.name, category.code), category.code)
        self.places = _by("code", codes)
        grids = {place.path_at(DEPTH["red_grid"]) for place in self.places.values() if place.kind == Unit.Kind.BUILDING}
        self.grids = _by("path", grids)
        self.may: dict[int, bool] = {}

    def entry(self, v: dict[str, Any]) -> Entry:
        """The row as an entry; Refused says why it cannot be one."""
        place = self.places.get(v["place"])
        if place is None or not place.is_valid() or place.kind not in (Unit.Kind.BUILDING, Unit.Kind.RED_GRID):
            raise Refused(_("没有编码为“%(code)s”的在用楼栋或红色网格") % {"code": v["place"]})
        is_building = place.kind == Unit.Kind.BUILDING
        grid = self.grids.get(place.path_at(DEPTH["red_grid"])) if is_building else place
        if grid is None or grid.kind != Unit.Kind.RED_GRID:
            raise Refused(_("“%(place)s”不在任何红色网格里") % {"place": place})
        if not self.may.setdefault(grid.pk, self.by.may("outreach.import_households", grid)):
            raise Refused(_("“%(grid)s”不在您管辖的范围") % {"grid": grid})
        codes = []
        for name in filter(
            None, (part.strip() for part in v["categories"].replace(",", "、").replace("，", "、").split("、"))
        ):
            if name not in self.names:
                raise Refused(_("没有“%(name)s”这个重点类别") % {"name": name})
            codes.append(self.names[name])
        typed: dict[str, Any] = check_fields(name=v["name"], phone=v["phone"], room=v["room"], remark=v["remark"])
        made = Entry(
            unit=grid, building=place if is_building else None, kind=v["kind"] or Household.Kind.HOUSEHOLD,
            tier=v["tier"], agreed_on=v["agreed_on"], categories=tuple(dict.fromkeys(codes)),
            agreed_sensitive_on=v["agreed_sensitive_on"], **typed,
        )  # fmt: skip
        check_place(made.unit, made.building)
        self.rules.check(made)
        return made


def compare(rows: Sequence[Row], by: Actor) -> None:
    """Hold each row against who is registered: the same few statements for ten rows and for a hundred thousand."""
    ground = _Ground({row.values["place"] for row in rows}, by)
    entries: dict[int, Entry] = {}
    doors: dict[str, list[Row]] = {}
    for row in rows:
        try:
            entry = entries[row.number] = ground.entry(row.values)
        except Refused as error:
            row.refuse(error.message.rstrip("。"))
            continue
        doors.setdefault(entry.door, []).append(row)
    for its in doors.values():
        for row in its if len(its) > 1 else ():  # which of them is right nobody can know
            others = "、".join(str(o.number) for o in its[:5] if o is not row)
            row.refuse(_("同一门牌、同一姓名在第 %(rows)s 行也有") % {"rows": others})
    there = households_at([door for door, its in doors.items() if len(its) == 1])
    ids = [household.pk for household in there.values()]
    consents, classified = standing_consents(ids), standing_categories(ids)
    for door, household in there.items():
        row = doors[door][0]
        row.changes = _changes(household, entries[row.number], ground, consents, classified.get(household.pk, set()))
        row.verdict = Verdict.CHANGED if row.changes else Verdict.SAME


def _changes(
    household: Household,
    entry: Entry,
    ground: _Ground,
    consents: dict[tuple[int, str], Consent],
    classified: set[str],
) -> dict[str, list[Any]]:
    """What the row would change, what stands there now masked. An empty cell changes nothing."""
    found: dict[str, list[Any]] = {}
    if entry.phone and blind(entry.phone, "household.phone") != household.phone_index:
        found["phone"] = [household.phone_masked, mask_phone(entry.phone)]
    if entry.tier and entry.tier != household.tier:
        found["tier"] = [str(Tier(household.tier).label), str(Tier(entry.tier).label)]
    if entry.remark and entry.remark != household.remark:
        found["remark"] = [mask_all(household.remark), entry.remark]
    if entry.agreed_on and (household.pk, ConsentText.Covers.CONTACT) not in consents:
        found["agreed_on"] = ["", entry.agreed_on.isoformat()]
    fresh = [code for code in entry.categories if category_index(code) not in classified]
    if fresh:
        found["categories"] = ["", "、".join(ground.rules.categories[code].name for code in fresh)]
    return found


def apply(rows: Sequence[Row], by: Actor) -> None:
    """Enter and correct a batch through the actions."""
    ground = _Ground({row.values["place"] for row in rows}, by)
    entries = [(row, ground.entry(row.values)) for row in rows]
    fresh = [entry for row, entry in entries if row.verdict == Verdict.NEW]
    known = [entry for row, entry in entries if row.verdict == Verdict.CHANGED]
    if fresh:
        register_households(fresh, by=by)
    if known:
        correct_households(known, by=by)


def rows(by: Any, *, households: Any = None) -> Iterator[dict[str, Any]]:
    """The households `by` may see; names, numbers, doors, remarks and categories masked: a file leaves the house's protection."""
    found = Household.objects.visible_to(by).current() if households is None else households
    agreed = Consent.objects.filter(covers=ConsentText.Covers.CONTACT, withdrawn_on=None)
    found = found.select_related("unit", "building").defer("name", "room", "remark").order_by("unit__path", "pk")
    batch: list[Household] = []
    for household in found.iterator(chunk_size=1000):
        batch.append(household)
        if len(batch) == 1000:
            yield from _written(batch, agreed)
            batch = []
    yield from _written(batch, agreed)


def _written(batch: list[Household], agreed: Any) -> Iterator[dict[str, Any]]:
    ids = [household.pk for household in batch]
    given = dict(agreed.filter(household__in=ids).values_list("household_id", "given_on"))
    classified = set(
        Classification.objects.filter(household__in=ids, ends_on=None).values_list("household_id", flat=True)
    )
    for household in batch:
        yield {
            "place": (household.building or household.unit).code,
            "room": "***",
            "name": household.label,
            "phone": household.phone_masked,
            "kind": household.kind,
            "tier": household.tier,
            "remark": "",
            "agreed_on": given.get(household.pk),
            "categories": mask_all("·") if household.pk in classified else "",
            "agreed_sensitive_on": None,
        }


def _by(name: str, values: Iterable[str]) -> dict[str, Unit]:
    ordered = sorted(set(values))
    found: dict[str, Unit] = {}
    for at in range(0, len(ordered), MANY):
        these = Unit.objects.filter(**{f"{name}__in": ordered[at : at + MANY]}).defer("boundary")
        found |= {getattr(unit, name): unit for unit in these}
    return found


HOUSEHOLDS = Sheet(
    name="households",
    label=gettext_lazy("重点户"),
    permission="outreach.import_households",
    columns=COLUMNS,
    key="",  # no column tells a household: `compare` finds doubles by door
    compare=compare,
    apply=apply,
    rows=rows,
    home="households",
    here="outreach",
    says=gettext_lazy("只登记确有需要联系的户，只填用得上的几项。"),
)
