"""What happens to one household's planned contact: made, excused, no longer needed, or needed at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import models
from django.db.models import Case, DateField, Exists, F, Min, OuterRef, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions import holding
from jiequ.outreach.actions.contacting import due_after, has_agreed, is_planned, plan_anew, require_current
from jiequ.outreach.actions.holding import CONTACT, CONTACT_EVENT, contact_tasks
from jiequ.outreach.actions.plan import ENDED, open_contacts, set_first_due
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.models import Consent, ConsentText, Household, Visit
from jiequ.outreach.workflow import EXCUSED
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_tasks_from, place_tasks
from jiequ.work.models import Task

TAKEN_BACK = "走访已撤回"  # the note of a task that followed from a visit which was taken back


class Excuse(models.TextChoices):
    """Why a household need not be contacted this time: a choice, never a story. Being in hospital is told as being away: a task is
    read by the whole block."""

    AWAY = "away", gettext_lazy("不在家（外出、住院等）")
    LATER = "later", gettext_lazy("暂不方便")
    UNREACHED = "unreached", gettext_lazy("联系不上")
    OTHER = "other", gettext_lazy("其他")


@action
def contact_met(household: Household, *, by: Actor, on: date) -> None:
    """Somebody of the household was met, called or written to on the day `on`: the open contact is done, and the next one is
    planned by the tier's interval. Part of the action that records the visit, which holds the household's row and has checked
    the permission. A contact that is told of late, after a newer one, changes nothing, and one of the days before a major event is
    no answer to it."""
    newer = household.contacted_on is None or on > household.contacted_on
    event = contact_tasks(CONTACT_EVENT).filter(about_id=household.pk, opened_at__lt=clock.at(on + timedelta(days=1)))
    done = [*([CONTACT] if newer else []), *([CONTACT_EVENT] if on >= clock.today() or event.exists() else [])]
    finish_tasks_about(household, *done, by=by)
    if not newer:
        return
    due = due_after(household, rule_for(household.unit, on), on)
    household.contacted_on, household.next_due_on = on, due
    row = Household.objects.filter(pk=household.pk)
    if due is None:
        row.update(contacted_on=on, next_due_on=None)
        return
    agreed = Consent.objects.valid(clock.today()).filter(household=OuterRef("pk"), covers=ConsentText.Covers.CONTACT)
    planned = Case(When(Exists(agreed), then=Value(due)), default=None, output_field=DateField())
    row.update(contacted_on=on, next_due_on=planned)
    open_contacts(row.current().key().exclude(next_due_on=None), clock.today(), by=by)


@action
def contact_taken_back(household: Household, *, by: Actor) -> None:
    """A visit was taken back: the household was last contacted when the visits that stand say so, and what no visit has done any
    more is to be done again, as late as it was. Part of the action that takes the visit back, which holds the household's row."""
    last = household.visits.standing().filter(was_met=True).order_by("-on", "-pk").only("on", "recorded_at").first()
    undone = _undone(household, last)
    event = undone.get(CONTACT_EVENT)
    if event is not None and contact_tasks(CONTACT_EVENT).filter(about_id=household.pk).exists():
        event = None  # somebody has been asked anew meanwhile
    was, household.contacted_on = household.contacted_on, last.on if last is not None else None
    if household.contacted_on == was and event is None:
        return
    again = [event] if event is not None else []
    if household.contacted_on != was:
        plan_anew(household)
        if CONTACT in undone and is_planned(household):
            drop_tasks_about(household, CONTACT, by=by, note=TAKEN_BACK)  # the one that followed
            again.append(undone[CONTACT])
            household.next_due_on = clock.day(undone[CONTACT].due_at)
        household.save(update_fields=["contacted_on", "next_due_on"])
    reopened = {"state": Task.State.OPEN, "finished_at": None, "finished_by": None}
    Task.objects.filter(pk__in=[task.pk for task in again]).update(**reopened)
    plan_household(household, by=by)


def _undone(household: Household, last: Visit | None) -> dict[str, Task]:
    """{verb: the first contact that was done by visits which have been taken back, and by none that stands}; `last` is the newest
    that stands."""
    since = household.visits.exclude(withdrawn_at=None).filter(was_met=True).aggregate(at=Min("recorded_at"))["at"]
    if since is None:  # what is taken back had met nobody
        return {}
    done = Task.objects.about(household).filter(state=Task.State.DONE, finished_at__gte=since)
    found: dict[str, Task] = {}
    for task in done.filter(verb__in=(CONTACT, CONTACT_EVENT)).order_by("finished_at", "pk"):
        before = task.verb == CONTACT_EVENT and last is not None and last.on < clock.day(task.opened_at)
        if last is None or last.recorded_at <= task.opened_at or before:
            found.setdefault(task.verb, task)
    return found


@action
def plan_household(household: Household, *, by: Actor) -> None:
    """Bring one household's contact into line with what is true of it now: its tier, its consent, `next_due_on`, where it lies and
    who looks after it. Part of the action that changed any of these; the daily plan would do it tomorrow."""
    today = clock.today()
    row = Household.objects.filter(pk=household.pk)
    wanted = row.current().key(today)
    if household.next_due_on is None:
        set_first_due(row, rule_for(household.unit, today), today)
    if open_contacts(wanted.exclude(next_due_on=None), today, by=by):
        return
    if not wanted.exists():
        # a major event is answered whatever the tier
        remains = household.is_current and has_agreed(household)
        contact_ended(household, by=by, note=ENDED, verbs=(CONTACT,) if remains else (CONTACT, CONTACT_EVENT))
    due = Case(When(verb=CONTACT, then=holding.of_household(holding.due_at())), default=F("due_at"))
    place_tasks(contact_tasks().filter(about_id=household.pk), by=by, due_at=due, **holding.placed_on(today))


@action
def contact_ended(
    household: Household, *, by: Actor, note: str, verbs: Sequence[str] = (CONTACT, CONTACT_EVENT)
) -> None:
    """The household is not contacted any more: what was planned (of the kinds `verbs`) is dropped, with `note` (nothing personal: the
    task is read by the whole block). Part of the action that ends it."""
    drop_tasks_about(household, *verbs, by=by, note=note)
    Household.objects.filter(pk=household.pk).exclude(next_due_on=None).update(next_due_on=None)
    household.next_due_on = None


@action
def excuse_contact(household: Household, why: str, *, by: Actor) -> Household:
    """Excuse the contact that is due: it is dropped, figures count it as excused, and the next one is planned an interval later."""
    require(by, "outreach.excuse_contact", household.unit)
    if why not in Excuse.values:
        raise Refused(_("请选择本次不联系的原因。"), field="why")
    unit = household.unit
    household = lock(household)
    household.unit = unit if unit.pk == household.unit_id else household.unit
    require_current(household)
    if household.next_due_on is None:
        raise Refused(_("这一户没有排定的联系，不用免。"))
    note = f"{EXCUSED}：{Excuse(why).label}"
    if not drop_tasks_about(household, CONTACT, by=by, note=note):
        raise Overtaken(_("刚刚已经联系过或免过这一次，请刷新看看。"))
    today = clock.today()
    household.next_due_on = due_after(household, rule_for(household.unit, today), max(today, household.next_due_on))
    household.save(update_fields=["next_due_on"])
    open_contacts(Household.objects.filter(pk=household.pk).key(today).exclude(next_due_on=None), today, by=by)
    record("excuse", household, by=by, why=why)
    return household


@action
def note_event(household: Household, *, by: Actor) -> None:
    """Something grave happened there (重大变故): somebody looks in within the rule's hours, beside the ordinary contact. What
    happened is not written down here."""
    require(by, "outreach.record_visit", household.ground)
    household = lock(household)
    require_current(household)
    if not has_agreed(household):
        raise Refused(_("这一户没有同意被联系，请先征得同意。"))
    today = clock.today()
    hours = rule_for(household.unit, today).event_hours
    due_at = Value(clock.now() + timedelta(hours=hours), output_field=models.DateTimeField())
    made = open_tasks_from(
        Household.objects.filter(pk=household.pk), verb=CONTACT_EVENT, unit=F("unit_id"),
        title=holding.title(CONTACT_EVENT), due_at=due_at, role=holding.role_on(today),
        holder=holding.holder_on(today), by=by,
    )  # fmt: skip
    if not made:
        raise Refused(_("已经请人尽快联系这一户，联系后再记。"))
    record("note_event", household, by=by)
