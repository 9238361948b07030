"""Many households at once, as a list brings them: entered and corrected in batches, each batch in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record, record_all, record_each
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action
from jiequ.outreach.actions.classifying import category_index
from jiequ.outreach.actions.contacting import due_after
from jiequ.outreach.actions.households import check_fields, check_place, door_index, label_of
from jiequ.outreach.actions.plan import open_contacts, set_first_due
from jiequ.outreach.models import (
    Classification,
    Consent,
    ConsentText,
    Household,
    HouseholdCategory,
    OutreachRule,
    Tier,
)
from jiequ.people.models import Person
from jiequ.territory.models import Unit

MANY = 5000  # values a statement asks for at once
C = ConsentText.Covers
_BY_KEY: dict[str, Any] = {
    "update_conflicts": True,
    "unique_fields": ["id"],
    "update_fields": ["phone", "phone_index", "tier", "remark", "remarked_on", "next_due_on", "version"],
}


@dataclass(frozen=True)
class Entry:
    """One household of a list. `agreed_on` is when it agreed to be contacted, `agreed_sensitive_on` to what is sensitive; `categories`
    are codes. An empty `tier` is the closest that its categories suggest."""

    unit: Unit
    name: str
    room: str = ""
    building: Unit | None = None
    phone: str = ""
    kind: str = Household.Kind.HOUSEHOLD
    tier: str = Tier.NONE
    remark: str = ""
    agreed_on: date | None = None
    categories: tuple[str, ...] = ()
    agreed_sensitive_on: date | None = None
    member: Person | None = None

    @property
    def door(self) -> str:
        """Which household it is: the same name at the same door, entered again, is the same one."""
        return door_index(self.building or self.unit, self.room, self.name)


@dataclass
class Rules:
    """The reference rows a batch is held against, read once."""

    categories: dict[str, HouseholdCategory] = field(default_factory=dict)
    texts: list[ConsentText] = field(default_factory=list)
    intervals: list[OutreachRule] = field(default_factory=list)

    @classmethod
    def read(cls) -> Rules:
        found = {c.code: c for c in HouseholdCategory.objects.filter(is_active=True)}
        rules = OutreachRule.objects.filter(effective_on__lte=clock.today()).select_related("unit")
        intervals = rules.order_by("-unit__path", "-effective_on", "-version").defer("unit__boundary")
        return cls(found, list(ConsentText.objects.order_by("effective_on", "version")), list(intervals))

    def interval(self, unit: Unit) -> OutreachRule:
        """The rule in force today: the nearest unit's newest."""
        found = next((rule for rule in self.intervals if rule.unit.holds(unit)), None)
        if found is None:
            raise Refused(_("这一天还没有走访规则，请街道先设定。"))
        return found

    def text(self, covers: str, on: date) -> ConsentText | None:
        """The version of what was agreed to that was in force on a day."""
        return next((t for t in reversed(self.texts) if t.covers == covers and t.effective_on <= on), None)

    def tier(self, entry: Entry) -> str:
        """The tier given, else the closest its categories suggest."""
        wanted = {self.categories[code].tier for code in entry.categories}
        return entry.tier or next((t for t in (Tier.WEEK, Tier.MONTH, Tier.QUARTER) if t in wanted), Tier.NONE)

    def check(self, entry: Entry) -> None:
        """Refused, with the field, where an entry may not stand as it is."""
        if entry.kind not in Household.Kind.values:
            raise Refused(_("请选择住户或企业。"), field="kind")
        if entry.tier not in Tier.values:
            raise Refused(_("请选择联系档次。"), field="tier")
        for code in entry.categories:
            if code not in self.categories:
                raise Refused(_("没有这个重点类别，或已停用。"), field="categories")
        for covers, on, name in self._agreed(entry):
            if on > clock.today():
                raise Refused(_("同意日期不能晚于今天。"), field=name)
            if self.text(covers, on) is None:
                raise Refused(_("同意的那天还没有同意书文本。"), field=name)
        sensitive = [c for c in entry.categories if self.categories[c].is_sensitive]
        if sensitive and entry.agreed_sensitive_on is None:
            names = "、".join(self.categories[code].name for code in sensitive)
            raise Refused(
                _("“%(names)s”是敏感类别，要有本人单独同意的日期才能登记。") % {"names": names},
                field="agreed_sensitive_on",
            )

    @staticmethod
    def _agreed(entry: Entry) -> Iterable[tuple[str, date, str]]:
        if entry.agreed_on:
            yield C.CONTACT, entry.agreed_on, "agreed_on"
        if entry.agreed_sensitive_on:
            yield C.SENSITIVE, entry.agreed_sensitive_on, "agreed_sensitive_on"


@action
def register_households(
    entries: Sequence[Entry], *, by: Actor, source: str = "sheet", is_synthetic: bool = False
) -> list[Household]:
    """Enter all of `entries`, with what they agreed to and their categories, or none: Refused says which rule the first bad one breaks."""
    rules = _allowed(entries, by)
    made = [_made(e, rules, by, source, is_synthetic) for e in entries]
    try:
        with transaction.atomic():
            Household.objects.bulk_create(made)
    except IntegrityError:
        raise Refused(_("这一户已经登记过：同一门牌、同一姓名。请直接查找选用。"), field="name") from None
    record_all("register", made, by=by, source=source)
    _agree(list(zip(made, entries, strict=True)), rules, by, {}, {})
    _plan([household.pk for household in made], rules, by)
    return made


@action
def correct_households(entries: Sequence[Entry], *, by: Actor) -> list[Household]:
    """Bring those who are registered up to what a list says: phone, tier and remark where the list has one, consents and categories
    that are new. An empty cell takes nothing away. Refused where one is not registered (any more)."""
    rules = _allowed(entries, by)
    there = households_at([e.door for e in entries], locked=True)
    known: list[tuple[Household, Entry]] = []
    for entry in entries:
        if entry.door not in there:
            raise Refused(_("这一户已经不在册，可能刚搬走或删除。请刷新后再试。"), field="name")
        known.append((there[entry.door], entry))
    ids = [h.pk for h, _e in known]
    there_agreed = standing_consents(ids)
    written: list[Household] = []
    said: list[tuple[Household, dict[str, Any]]] = []
    for household, entry in known:
        fields = _correct(household, entry)
        if "tier" in fields and household.next_due_on is not None:
            _move_due(household, rules)
        if fields:
            household.version += 1
            said.append((household, {"fields": sorted(fields), "version": household.version}))
            written.append(household)
    # an upsert by key: what is encrypted is written only by saving or inserting
    Household.objects.bulk_create(written, **_BY_KEY)
    record_each("edit", said, by=by)
    _agree(known, rules, by, there_agreed, standing_categories(ids))
    _plan(ids, rules, by)
    return [h for h, _e in known]


@action
def note_household_export(unit: Unit, *, by: Actor, rows: int) -> None:
    """The journal's line for a list of households that left the house as a file."""
    require(by, "overview.export_figures", unit)
    record("export_households", unit, by=by, rows=rows)


def households_at(doors: Sequence[str], *, locked: bool = False) -> dict[str, Household]:
    """{door: who is registered there}, looked up by blind index."""
    ordered = sorted(set(doors))
    found: dict[str, Household] = {}
    rows: Any = Household.objects.current().select_related("unit")
    if locked:
        rows = rows.select_for_update(of=("self",)).order_by("pk")
    for at in range(0, len(ordered), MANY):
        found |= {h.door_index: h for h in rows.filter(door_index__in=ordered[at : at + MANY])}
    return found


def standing_consents(ids: Sequence[int]) -> dict[tuple[int, str], Consent]:
    """{(household, what it covers): the consent that is not withdrawn}."""
    found: dict[tuple[int, str], Consent] = {}
    for at in range(0, len(ids), MANY):
        rows = Consent.objects.filter(household__in=ids[at : at + MANY], withdrawn_on=None)
        found |= {(c.household_id, c.covers): c for c in rows}
    return found


def standing_categories(ids: Sequence[int]) -> dict[int, set[str]]:
    """{household: blind indexes of the categories it belongs to}."""
    found: dict[int, set[str]] = {}
    for at in range(0, len(ids), MANY):
        rows = Classification.objects.filter(household__in=ids[at : at + MANY], ends_on=None)
        for household, index in rows.values_list("household_id", "category_index"):
            found.setdefault(household, set()).add(index)
    return found


def _allowed(entries: Sequence[Entry], by: Actor) -> Rules:
    rules = Rules.read()
    for unit in {e.unit.pk: e.unit for e in entries}.values():
        require(by, "outreach.import_households", unit)
    for entry in entries:
        check_place(entry.unit, entry.building)
        rules.check(entry)
    return rules


def _made(entry: Entry, rules: Rules, by: Actor, source: str, is_synthetic: bool) -> Household:
    typed = check_fields(name=entry.name, phone=entry.phone, room=entry.room, remark=entry.remark)
    return Household(
        unit=entry.unit, building=entry.building, kind=entry.kind, tier=rules.tier(entry), member=entry.member,
        source=source, is_synthetic=is_synthetic, label=label_of(typed["name"], entry.kind),
        door_index=entry.door, phone_index=blind(typed["phone"], "household.phone"),
        remarked_on=clock.today() if typed["remark"] else None,
        registered_at=clock.now(), registered_by_id=by.person_id, **typed,
    )  # fmt: skip


def _correct(household: Household, entry: Entry) -> list[str]:
    """Which fields of the row had to be changed; an empty cell changes nothing."""
    typed = check_fields(phone=entry.phone, remark=entry.remark)
    changed = []
    index = blind(typed["phone"], "household.phone")
    if index and index != household.phone_index:
        household.phone, household.phone_index = typed["phone"], index
        changed.append("phone")
    if entry.tier and entry.tier != household.tier:
        household.tier = entry.tier
        changed.append("tier")
    if typed["remark"] and typed["remark"] != household.remark:
        household.remark, household.remarked_on = typed["remark"], clock.today()
        changed.append("remark")
    return changed


def _move_due(household: Household, rules: Rules) -> None:
    """By its new tier; one that is late stays as late."""
    before, today = household.next_due_on, clock.today()
    if before is not None and before < today:
        return
    household.next_due_on = None
    if household.tier != Tier.NONE:
        rule = rules.interval(household.unit)
        due = due_after(household, rule, household.contacted_on or today)
        if due is not None and due < today:
            due = min(filter(None, (due_after(household, rule, today), before)))
        household.next_due_on = due


def _plan(ids: Sequence[int], rules: Rules, by: Actor) -> None:
    """Those that agreed and have an interval are planned at once, as every morning's plan would; a rule of one's own first."""
    today, rows = clock.today(), Household.objects.filter(pk__in=ids)
    nearest: dict[int, OutreachRule] = {}
    for rule in rules.intervals:
        nearest.setdefault(rule.unit_id, rule)
    for rule in nearest.values():
        set_first_due(rows.under(rule.unit), rule, today)
    open_contacts(rows.current().key(today).exclude(next_due_on=None), today, by=by)


def _agree(
    known: Sequence[tuple[Household, Entry]],
    rules: Rules,
    by: Actor,
    there: dict[tuple[int, str], Consent],
    classified: dict[int, set[str]],
) -> None:
    """Consents and categories that are not there yet: a sensitive category stands on a consent of its own."""
    consents: list[Consent] = []
    found: list[Classification] = []
    said: dict[tuple[str, int], list[models.Model]] = {}
    today, now = clock.today(), clock.now()

    def consent(household: Household, covers: str, on: date) -> Consent:
        text = rules.text(covers, on)
        assert text is not None  # _allowed has looked
        made = Consent(
            household=household, covers=covers, text=text, given_on=on, recorded_by_id=by.person_id, recorded_at=now
        )
        consents.append(made)
        said.setdefault((covers, text.version), []).append(household)
        return made

    for household, entry in known:
        if entry.agreed_on and (household.pk, C.CONTACT) not in there:
            consent(household, C.CONTACT, entry.agreed_on)
        for code in entry.categories:
            index = category_index(code)
            if index in classified.get(household.pk, ()):
                continue
            own = None
            if rules.categories[code].is_sensitive and entry.agreed_sensitive_on:
                own = consent(household, C.SENSITIVE, entry.agreed_sensitive_on)
            kind = Classification(household=household, category=code, category_index=index, consent=own)
            kind.starts_on, kind.recorded_by_id = today, by.person_id
            found.append(kind)
    Consent.objects.bulk_create(consents)
    Classification.objects.bulk_create(found)
    for (covers, version), households in said.items():
        record_all("consent", households, by=by, covers=covers, version=version)
    record_all("classify", {c.household_id: c.household for c in found}.values(), by=by)
