"""Who is on duty for a handler, who stands in, and passing on what somebody holds who is away."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.cases.models import Case, Duty, Handler
from jiequ.core import clock
from jiequ.core.journal import kind_of, record, record_all
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.actions import notify
from jiequ.people.models import Person
from jiequ.work.models import Task

PASSED_AT_ONCE = 500  # cases in one statement


@action
def set_rota(
    handler: Handler,
    person: Person,
    *,
    starts_on: date,
    by: Actor,
    ends_on: date | None = None,
    stand_in: Person | None = None,
) -> Duty:
    """Have `person` on duty from a day on, until the day `ends_on` (the first without). Another one's duty that runs into it
    ends when it begins; what has begun in the past is not touched."""
    require(by, "cases.set_duties", handler.unit)
    handler = lock(handler)
    if starts_on < clock.today():
        raise Refused(_("值班从今天或以后开始。"), field="starts_on")
    if ends_on is not None and ends_on <= starts_on:
        raise Refused(_("止日要晚于开始的那天；止日当天起不再值班。"), field="ends_on")
    if stand_in is not None and stand_in.pk == person.pk:
        raise Refused(_("替班人要另选一个人。"), field="stand_in")
    for who, field in ((person, "person"), (stand_in, "stand_in")):
        if who is not None and not _works_for(handler, who):
            raise Refused(_("这个人还不是%(name)s的人员，请先加入。") % {"name": handler.name}, field=field)
    later = Q() if ends_on is None else Q(starts_on__lt=ends_on)
    overlaps = Duty.objects.filter(later, handler=handler).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    if overlaps.filter(starts_on__gte=starts_on).exists():
        raise Refused(_("这段时间已经排了班，请先结束那一段，或者改日子。"), field="starts_on")
    overlaps.update(ends_on=starts_on)
    duty = Duty.objects.create(
        handler=handler, person=person, stand_in=stand_in, starts_on=starts_on, ends_on=ends_on
    )  # fmt: skip
    record("rota", handler, by=by, person=person.pk, stand_in=stand_in.pk if stand_in else None, starts_on=starts_on)
    return duty


@action
def end_duty(duty: Duty, *, by: Actor) -> Duty:
    """Take a line off the rota from today; one that has not begun is as if it had never been."""
    require(by, "cases.set_duties", duty.handler.unit)
    lock(duty.handler)
    today = clock.today()
    row = Duty.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), pk=duty.pk)
    ended = row.delete()[0] if duty.starts_on > today else row.update(ends_on=today)
    if not ended:
        raise Overtaken(_("这段值班已经结束了。"))
    record("end_rota", duty.handler, by=by, person=duty.person_id)
    return duty


@action
def mark_away(duty: Duty, is_away: bool, *, by: Actor) -> int:
    """Say that who is on duty is away, or back: new cases lie with the stand-in meanwhile. Whoever it is may say so themselves.

    What they hold already stays with them until somebody passes it on (`pass_cases_on`): a day at the doctor's is no reason
    to tear a case from the one who knows it. Returns how many open cases that would be.
    """
    if by.person_id is None or by.person_id not in (duty.person_id, duty.stand_in_id):
        require(by, "cases.set_duties", duty.handler.unit)
    if is_away and duty.stand_in_id is None:
        raise Refused(_("还没有替班人，请先排一个替班人。"))
    if not Duty.objects.filter(pk=duty.pk, is_away=not is_away).update(is_away=is_away):
        raise Overtaken(_("刚刚已有人改过，请刷新页面看看最新情况。"))
    duty.is_away = is_away
    record("away" if is_away else "back", duty.handler, by=by, person=duty.person_id)
    return Case.objects.open().filter(lead=duty.handler_id, holder=duty.person_id).count()


@action
def pass_cases_on(handler: Handler, *, holder: Person, to: Person, by: Actor) -> int:
    """Give the open cases that `holder` has for `handler`, and their open tasks, to `to`; returns how many. A case that
    complains of `to` stays. Five statements for each five hundred."""
    require(by, "cases.set_duties", handler.unit)
    lock(handler)
    if holder.pk == to.pk:
        raise Refused(_("请选另一个人来接。"), field="to")
    if not _works_for(handler, to):
        raise Refused(_("这个人还不是%(name)s的人员，请先加入。") % {"name": handler.name}, field="to")
    mine = Case.objects.open().filter(lead=handler, holder=holder).exclude(complained_of=to)
    mine = mine.exclude(complained_handler__in=Handler.objects.of_person(to.pk).values("pk"))
    passed = list(mine.only("pk", "filed_on", "sequence", "unit").order_by("pk"))
    for at in range(0, len(passed), PASSED_AT_ONCE):
        some = passed[at : at + PASSED_AT_ONCE]
        keys = [c.pk for c in some]
        Case.objects.filter(pk__in=keys, holder=holder).update(holder=to)
        Task.objects.open().filter(about_kind=kind_of(Case), about_id__in=keys, holder=holder).update(holder=to)
        record_all("pass_on", some, by=by, to=to.pk)
    if passed and to.pk != by.person_id:
        notify([to.pk], _("交接给您%(n)s件诉求") % {"n": len(passed)}, url="/tasks/")
    return len(passed)


def _works_for(handler: Handler, person: Person) -> bool:
    """True if `person` works for `handler` today: a member, or a holder of its post."""
    return Handler.objects.of_person(person.pk).filter(pk=handler.pk).exists()
