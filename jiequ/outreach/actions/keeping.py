"""Erasing a household, and letting go of what has been kept long enough: each column as long as its model declares
(`Personal.keep_days`), a household that left a year, a category as long as the office has set for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record, record_all
from jiequ.core.permission import SYSTEM, Actor, Overtaken, require
from jiequ.core.retention import before, every, in_batches, keep_days
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.classifying import category_index
from jiequ.outreach.actions.contacts import contact_ended
from jiequ.outreach.actions.revealing import LEFT_DAYS
from jiequ.outreach.actions.wishes import withdraw_wish
from jiequ.outreach.models import (
    Classification,
    Conflict,
    Consent,
    Deed,
    Finding,
    FoundMember,
    Household,
    HouseholdCategory,
    HouseholdReveal,
    Visit,
    Wish,
)
from jiequ.work.actions import drop_tasks_about


@action
def erase_household(household: Household, *, by: Actor) -> None:
    """Empty everything that says who it is and what was said there. Its number, visits and wishes stay without a word, so that no
    figure moves; its wishes that are still open are withdrawn by whoever runs them."""
    require(by, "outreach.erase_household", household.unit)
    household = lock(household)
    if household.erased_at is not None:
        raise Overtaken(_("这一户的信息刚刚已经删除。"))
    contact_ended(household, by=by, note=_("不再联系"))
    _empty([household.pk])
    record("erase", household, by=by)


def _empty(keys: Sequence[int]) -> None:
    """Empty the households `keys` and all that hangs on them; the same few statements for one and for a batch."""
    now = clock.now()
    _let_go(keys)
    rows = Household.objects.filter(pk__in=keys)
    rows.filter(left_on=None).update(left_on=clock.today(), left_why=Household.Left.WITHDREW)
    rows.update(
        name=b"", phone=b"", room=b"", remark=b"", remarked_on=None, label=_("（已删除）"), phone_index="", door_index="",
        member=None, next_due_on=None, erased_at=now,
    )  # fmt: skip
    Classification.objects.filter(household__in=keys).delete()
    Conflict.objects.filter(household__in=keys).delete()
    Consent.objects.filter(household__in=keys, withdrawn_on=None).update(withdrawn_on=clock.today())
    HouseholdReveal.objects.filter(household__in=keys).update(reason="")
    Visit.objects.filter(household__in=keys).update(note=b"")
    Finding.objects.filter(visit__household__in=keys).update(words=b"")
    Wish.objects.filter(household__in=keys).update(words=b"")


def _let_go(keys: Sequence[int]) -> None:
    """Nothing waits any more for somebody who is gone: open wishes are withdrawn, and whoever claimed them hears so; two versions
    that nobody has chosen from go with their task."""
    ended = (*Wish.ENDED, Wish.State.FULFILLED)
    for wish in Wish.objects.filter(household__in=keys).exclude(state__in=ended).select_related("unit", "rule"):
        withdraw_wish(wish, by=SYSTEM, reason=_("心愿人不再需要"))
    for conflict in Conflict.objects.filter(household__in=keys, settled_at=None):
        drop_tasks_about(conflict, "outreach.settle_conflict", by=SYSTEM, note=_("不再需要选定"))


# --- by the clock ----------------------------------------------------------------------------------------------------


def sweep_kept(*, by: Actor = SYSTEM) -> int:
    """Let go of all that has been kept long enough; how many rows. Once a day is enough."""
    today = clock.today()
    done = 0
    for letting_go in (_classifications, _households, _remarks, _words):
        done += letting_go(today, by)
    return done


def _classifications(today: date, by: Actor) -> int:
    """Those that ended, each category after its own time. One statement looks for them all."""
    due = Q(pk__in=[])
    for code, days in HouseholdCategory.objects.values_list("code", "keep_days"):
        due |= Q(category_index=category_index(code), ends_on__lte=today - timedelta(days=days))
    rows = Classification.objects.exclude(ends_on=None).filter(due)
    return in_batches(rows, lambda keys: Classification.objects.filter(pk__in=keys).delete())


def _households(today: date, by: Actor) -> int:
    rows = Household.objects.filter(left_on__lte=today - timedelta(days=LEFT_DAYS), erased_at=None)

    def take(keys: list[int]) -> None:
        _empty(keys)
        record_all("erase", Household.objects.filter(pk__in=keys).select_related("unit").defer("unit__boundary"), by=by)

    return in_batches(rows, take)


def _remarks(today: date, by: Actor) -> int:
    days = Household.personal["remark"].keep_days
    rows = Household.objects.filter(remarked_on__lte=today - timedelta(days=days))
    return in_batches(rows, lambda keys: every(Household, keys).update(remark=b"", remarked_on=None))


def _words(today: date, by: Actor) -> int:
    """Words of visits, findings, wishes and deeds, reasons of looking, versions that were settled, and members who were found."""

    def day(model: Any) -> date:
        return today - timedelta(days=keep_days(model))

    full = ~Q(note=b""), ~Q(words=b"")
    sealed: Iterable[tuple[Any, str, Any]] = (
        (Visit, "note", Visit.objects.filter(full[0], on__lte=day(Visit))),
        (Finding, "words", Finding.objects.filter(full[1], visit__on__lte=day(Finding))),
        (Wish, "words", Wish.objects.filter(full[1], ended_at__lt=before(keep_days(Wish)))),
        (Deed, "note", Deed.objects.filter(full[0], on__lte=day(Deed))),
    )
    done = 0
    for model, column, rows in sealed:
        done += in_batches(rows, lambda keys, m=model, c=column: every(m, keys).update(**{c: b""}))  # type: ignore[misc]
    settled = Conflict.objects.filter(settled_at__lt=before(keep_days(Conflict)))
    done += in_batches(settled, lambda keys: every(Conflict, keys).delete())
    found = FoundMember.objects.filter(~Q(name=b""), ended_at__lt=before(keep_days(FoundMember)))
    empty = {"name": b"", "phone": b"", "phone_index": "", "label": _("（已删除）")}
    done += in_batches(found, lambda keys: every(FoundMember, keys).update(**empty))
    looked = HouseholdReveal.objects.filter(at__lt=before(keep_days(HouseholdReveal)))
    return done + in_batches(looked.exclude(reason=""), lambda keys: every(HouseholdReveal, keys).update(reason=""))
