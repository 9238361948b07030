"""Looking behind a household's mask: a reason each time; and telling it everything that is held (PIPL art. 45)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action
from jiequ.outreach.models import Classification, Finding, Household, HouseholdCategory, HouseholdReveal, Visit, Wish
from jiequ.people.models import clean_text

#: What `reveal_household` can open.
REVEALABLE = ("name", "phone", "room", "remark", "category")
#: What the reveal of a telling is entered as: all of it.
ALL = "all"


@action
def reveal_household(household: Household, field: str, *, by: Actor, reason: str) -> str:
    """The whole value of a masked field, against a reason of at least four characters; of "category" the names of all it belongs to.

    The journal has that it was done and which field; the reason is kept where it can be erased.
    """
    if field not in REVEALABLE:
        raise ValueError(f"{field} is not a field that is masked")
    require(by, "outreach.reveal_household", household.ground)
    reason = clean_text(reason)
    if len(reason) < 4:
        raise Refused(_("请写明查看的理由，至少 4 个字。"), field="reason")
    HouseholdReveal.objects.create(
        household=household, field=field, reason=reason[:200], by_id=by.person_id, at=clock.now()
    )
    record("reveal", household, by=by, field=field)
    if field == "category":
        return "、".join(category.name for category, _row in categories_of(household))
    return str(getattr(household, field))


@action
def tell_held(household: Household, *, by: Actor) -> list[dict[str, Any]]:
    """Everything held, in full, for the household that asks; that it was told is entered as a look at all of it."""
    require(by, "outreach.erase_household", household.unit)
    HouseholdReveal.objects.create(
        household=household, field=ALL, reason=_("住户要求查看"), by_id=by.person_id, at=clock.now()
    )
    record("tell_held", household, by=by)
    return what_is_held_of(household, masked=False)


def categories_of(household: Household) -> list[tuple[HouseholdCategory, Classification]]:
    """The categories it belongs to today, in the office's order. Two statements."""
    rows = list(household.classifications.filter(ends_on=None).select_related("consent"))
    known = {c.code: c for c in HouseholdCategory.objects.all()} if rows else {}
    found = [(known[row.category], row) for row in rows if row.category in known]
    return sorted(found, key=lambda pair: (pair[0].order, pair[0].pk))


def what_is_held_of(household: Household, *, masked: bool = True) -> list[dict[str, Any]]:
    """Everything kept about a household: {what, value, why, until}. `until` is a sentence or a day. Unmasked to itself only."""
    left = household.left_on
    end: Any = left + timedelta(days=LEFT_DAYS) if left else _("不再联系后满一年")
    held: list[dict[str, Any]] = []

    def add(what: Any, value: str, why: Any, until: date | Any) -> None:
        if value:
            held.append({"what": str(what), "value": value, "why": str(why), "until": until})

    counts = Household.objects.filter(pk=household.pk).aggregate(
        classed=Count("classifications", distinct=True), seen=Count("reveals", distinct=True),
        covered=Count("coverage", distinct=True), clashes=Count("conflicts", distinct=True),
    )  # fmt: skip
    for name, declared in Household.personal.items():
        if name != "label":
            value = str(getattr(household, name))
            column: Any = Household._meta.get_field(name)
            until = end if name != "remark" else _until(household.remarked_on, declared.keep_days)
            add(column.verbose_name, declared.mask(value) if masked else value, declared.why, until)
    said = household.get_tier_display()
    if household.contacted_on:
        said = _("%(tier)s，上次%(day)s") % {"tier": said, "day": household.contacted_on}
    add(_("联系安排"), said, _("到时有人联系，不漏也不多打扰"), end)
    why = Classification.personal["category"].why
    if masked:
        several = counts["classed"]
        add(
            _("重点类别"),
            _("%(n)s类（已隐去）") % {"n": several} if several else "",
            why,
            _("不再属于后按类别期限删除"),
        )
    else:
        known = {c.code: c for c in HouseholdCategory.objects.all()}
        for row in household.classifications.all():
            category = known.get(row.category)
            if category is not None:
                until = _until(row.ends_on, category.keep_days) if row.ends_on else _("不再属于或撤回同意后")
                add(_("重点类别"), category.name, category.purpose or why, until)
    for consent in household.consents.select_related("text").order_by("given_on", "pk"):
        said = _("%(what)s，%(day)s，文本第%(n)s版") % {
            "what": consent.text.get_covers_display(), "day": consent.given_on, "n": consent.text.version,
        }  # fmt: skip
        if consent.withdrawn_on:
            said = _("%(said)s，%(day)s撤回") % {"said": said, "day": consent.withdrawn_on}
        add(_("同意记录"), said, _("证明曾经同意和撤回"), end)
    for visit in household.visits.standing().order_by("-on", "-pk")[:SHOWN]:
        note = "" if masked else f" {visit.note}".rstrip()
        keep = Visit.personal["note"].keep_days
        add(
            _("走访"),
            f"{visit.on} {visit.get_mode_display()}{note}",
            Visit.personal["note"].why,
            _until(visit.on, keep),
        )
    for finding in Finding.objects.filter(visit__household=household).select_related("visit").order_by("-pk")[:SHOWN]:
        said = f"{finding.visit.on} {finding.get_kind_display()}" + ("" if masked else f" {finding.words}".rstrip())
        declared = Finding.personal["words"]
        add(_("走访发现"), said, declared.why, _until(finding.visit.on, declared.keep_days))
    for wish in household.wishes.order_by("-pk")[:SHOWN]:
        said = f"{wish.number} {wish.title if masked else wish.words or wish.title}"
        until = (
            _until(clock.day(wish.ended_at), Wish.personal["words"].keep_days) if wish.ended_at else _("办完后满两年")
        )
        add(_("微心愿"), said, Wish.personal["words"].why, until)
    several = counts["covered"]
    add(_("专项行动"), _("%(n)s次覆盖") % {"n": several} if several else "", _("不重复上门、不重复统计"), end)
    several = counts["clashes"]
    add(_("两处同时修改"), _("%(n)s次") % {"n": several} if several else "", _("选定前不丢"), _("选定后满九十天"))
    seen = counts["seen"]
    add(_("查看记录"), _("%(n)s次") % {"n": seen} if seen else "", HouseholdReveal.personal["reason"].why, _("满三年"))
    return held


def _until(since: date | None, days: int) -> date | str:
    return since + timedelta(days=days) if since else ""


LEFT_DAYS = 365  # a household that left is erased after so many days (DOMAIN §6: kept no longer than its purpose)
SHOWN = 100  # the newest of each
