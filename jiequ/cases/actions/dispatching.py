"""Giving a case to a lead and co-handlers; the lead's one objection, and the ruling that ends it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import acting, allow, hold, require_handled_here
from jiequ.cases.actions.mailing import mail_complainants
from jiequ.cases.actions.telling import tell_handler, tell_person, tell_persons
from jiequ.cases.actions.timing import follow_clock
from jiequ.cases.models import Case, CoHandling, Dispatch, Handler, kept_from
from jiequ.cases.routing import Desk, desk_for, on_duty
from jiequ.cases.workflow import CASE, OPEN
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock
from jiequ.people.models import Appointment, Person
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task
from jiequ.work.models import Task


@action
def dispatch_case(case: Case, *, lead: Handler, by: Actor, helpers: Iterable[Handler] = (), note: str = "") -> Case:
    """Give an accepted case to `lead` (主办), with `helpers` (协办) beside. It lies with whoever is on duty there."""
    require_handled_here(case)
    check_lead(case, lead)
    changes = _lead_changes(case, lead)
    first = {} if case.dispatched_at else {"dispatched_at": clock.now()}
    CASE.make(case, "dispatch", by=by, set={**changes, **first}, lead=lead.pk, lead_name=lead.name)
    finish_tasks_about(case, "cases.accept", by=by)
    _hand_out(case, lead, by, note)
    ask_for_help(case, helpers, by=by)
    mail_complainants(case, "dispatch")
    return case


@action
def redispatch_case(case: Case, *, lead: Handler, by: Actor, note: str) -> Case:
    """Give it to another lead. The clock goes on; the reason stays on record."""
    hold(case)
    allow(by, "cases.accept_case", case)
    if not note.strip():
        raise Refused(_("请写明为什么改派。"), field="note")
    if case.paused_at is not None:
        raise Refused(_("计时暂停着。请先恢复计时，再改派。"))
    check_lead(case, lead)
    if lead.pk == case.lead_id:
        raise Refused(_("现在就由%(lead)s主办，请另选一个。") % {"lead": lead.name}, field="lead")
    CASE.make(case, "redispatch", by=by, set=_lead_changes(case, lead), lead=lead.pk, lead_name=lead.name)
    drop_tasks_about(case, "cases.acknowledge", "cases.handle", by=by, note=_("改派给%(lead)s") % {"lead": lead.name})
    _hand_out(case, lead, by, note)
    return case


@action
def acknowledge_case(case: Case, *, by: Actor) -> Case:
    """The lead takes it: from now on it is worked on."""
    who = acting(by, case)
    CASE.make(case, "acknowledge", by=who, set={"acknowledged_at": clock.now(), **_taken_by(case, by)})
    signed = {"acknowledged_at": clock.now(), "acknowledged_by_id": by.person_id}
    Dispatch.objects.filter(pk=_current(case).pk).update(**signed)
    finish_tasks_about(case, "cases.acknowledge", by=by)
    open_handling(case, by=by)
    return case


@action
def object_to_dispatch(case: Case, *, by: Actor, reason: str) -> Case:
    """The lead says that the case is not theirs: once, within the limit's working days; a ruling is final."""
    allow(by, "cases.lead_case", case)
    if not reason.strip():
        raise Refused(_("请写明为什么不该由你们办。"), field="reason")
    if case.ruling_is_final:
        raise Refused(_("已经裁定过，裁定为终局，不能再提异议。"))
    dispatch = _current(case)
    if clock.now() > workdays.due(dispatch.dispatched_at, workdays=case.limit.objection_workdays):
        raise Refused(_("异议要在分拨后%(n)s个工作日内提出，现已超过。") % {"n": case.limit.objection_workdays})
    CASE.make(case, "object", by=acting(by, case))
    Dispatch.objects.filter(pk=dispatch.pk).update(
        objected_at=clock.now(), objected_by_id=by.person_id, objection=reason.strip()[:300]
    )
    drop_tasks_about(case, "cases.acknowledge", by=by, note=_("提出分拨异议"))
    desk = _ruler(case, {dispatch.dispatched_by_id, by.person_id})
    open_task(
        "cases.rule", case.task_title, unit=desk.unit, about=case, role=desk.role, holder=_person(desk.holder),
        due_at=workdays.due(clock.now(), workdays=case.limit.objection_workdays), by=by,
    )  # fmt: skip
    tell_persons(case, _("分拨异议待裁定：%(what)s"), desk.persons, by=by)
    return case


@action
def uphold_dispatch(case: Case, *, by: Actor, ruling: str) -> Case:
    """The dispatch stands, and that is final: the lead works on it."""
    dispatch = _rule(case, by, ruling)
    CASE.make(case, "uphold", by=by, set={"ruling_is_final": True, "acknowledged_at": clock.now()})
    _note_ruling(dispatch, by, ruling, upheld=True)
    finish_tasks_about(case, "cases.rule", by=by)
    open_handling(case, by=by)
    if case.lead is not None:
        tell_handler(case, _("分拨异议未获支持：%(what)s"), case.lead, by=by)
    return case


@action
def reassign_case(case: Case, *, by: Actor, lead: Handler, ruling: str) -> Case:
    """Another lead, by a ruling that is final: nobody objects a second time."""
    dispatch = _rule(case, by, ruling)
    check_lead(case, lead)
    if lead.pk == case.lead_id:
        raise Refused(_("改由别处承办，请选另一个单位；要维持原分拨，请按“维持分拨”。"), field="lead")
    changes = {**_lead_changes(case, lead), "ruling_is_final": True}
    CASE.make(case, "reassign", by=by, set=changes, lead=lead.pk, lead_name=lead.name)
    _note_ruling(dispatch, by, ruling, upheld=False)
    finish_tasks_about(case, "cases.rule", by=by)
    _hand_out(case, lead, by, ruling)
    return case


@action
def ask_for_help(case: Case, helpers: Iterable[Handler], *, by: Actor) -> list[CoHandling]:
    """Ask other handlers to help (协办): each has a task of its own. Whoever is at it already is left alone; whoever has done its
    part, or whose task ended with an answer that did not satisfy, is asked again."""
    found = [h for h in helpers if h.pk != case.lead_id]
    if not found:
        return []
    hold(case)  # two that ask at once open one task
    allow(by, "cases.handle_case", case)
    if case.state not in OPEN:
        raise Refused(_("这件诉求已经办结，不能再请协办。"))
    at_it = CoHandling.objects.filter(case=case, task__state=Task.State.OPEN)
    there = set(at_it.values_list("handler_id", flat=True))
    made = []
    for handler in found:
        if handler.pk in there:
            continue
        there.add(handler.pk)
        check_lead(case, handler)
        task = open_task(
            "cases.assist", case.task_title, unit=handler.unit, about=case, role=handler.role,
            holder=_person(who_takes(case, handler)), due_at=case.due_at, by=by,
        )  # fmt: skip
        asked = {"asked_at": clock.now(), "done_at": None, "task": task}
        made.append(CoHandling.objects.update_or_create(asked, case=case, handler=handler)[0])
        tell_handler(case, _("请协办：%(what)s"), handler, by=by)
        record("help", case, by=by, handler=handler.pk, handler_name=handler.name)
    follow_clock(case, by=by)
    return made


@action
def finish_help(co: CoHandling, *, by: Actor, note: str) -> CoHandling:
    """A co-handler has done its part; the words stand on the case's page, behind those of an earlier round."""
    case = co.case
    allow(by, "cases.handle_case", case)
    note = note.strip()[:300]
    if not note:
        raise Refused(_("请写一句办了什么。"), field="note")
    fresh = lock(co)  # asked again at this moment it has another task
    if fresh.done_at is not None:
        raise Overtaken(_("这份协办已经办完。"))
    words = f"{fresh.note.rstrip('。；')}；{note}"[-300:] if fresh.note else note
    CoHandling.objects.filter(pk=co.pk).update(done_at=clock.now(), note=words)
    if fresh.task_id is not None:
        finish_tasks_about(case, "cases.assist", by=by, note=note, only=fresh.task_id)
    tell_person(case, _("协办已办完：%(what)s"), case.holder_id, by=by)
    record("helped", case, by=by, handler=co.handler_id, handler_name=co.handler.name)
    return co


def open_handling(case: Case, *, by: Actor) -> Task:
    """The task of working on it, with whoever holds it, or the lead's post, until the case's own due time."""
    lead = case.lead
    task = open_task(
        "cases.handle", case.task_title, unit=lead.unit if lead is not None else case.unit, about=case,
        role=lead.role if lead is not None else "", holder=case.holder, due_at=case.due_at, by=by,
    )  # fmt: skip
    follow_clock(case, by=by)
    return task


def _taken_by(case: Case, by: Actor) -> dict[str, Any]:
    """Where it lay with a post, it lies from now on with the person who took it."""
    return {} if case.holder_id is not None or by.person_id is None else {"holder_id": by.person_id}


def _lead_changes(case: Case, lead: Handler) -> dict[str, Any]:
    return {"lead": lead, "holder_id": who_takes(case, lead), "level": lead.level, "acknowledged_at": None}


def who_takes(case: Case, handler: Handler) -> int | None:
    """The person of `handler` whom the case goes to; None where it waits for whoever holds its post. Never to nobody, and
    never to whoever the case complains of."""
    barred = kept_from(case)
    person_id = on_duty(handler, clock.today(), besides=barred)
    if person_id is not None:
        return person_id
    posts = Appointment.objects.in_force().filter(unit=handler.unit_id, role=handler.role) if handler.role else None
    holders = list(posts.order_by("pk").values_list("person_id", flat=True)) if posts is not None else []
    free = [p for p in holders if p not in barred]
    if not free:
        raise Refused(_("%(lead)s还没有承办人员，请先加人，或另选一个单位。") % {"lead": handler.name}, field="lead")
    return free[0] if len(free) < len(holders) else None


def _person(person_id: int | None) -> Person | None:
    return Person(pk=person_id) if person_id is not None else None


def check_lead(case: Case, lead: Handler) -> None:
    """Refused where `lead` may not be given this case."""
    if not lead.is_active or not case.unit.path.startswith(lead.unit.path[: lead.unit.steplen]):
        raise Refused(_("%(lead)s不能承办这里的诉求，请另选。") % {"lead": lead.name}, field="lead")
    if lead.pk == case.complained_handler_id:
        raise Refused(_("这件诉求投诉的就是%(lead)s，不能交给它办。") % {"lead": lead.name}, field="lead")


def _hand_out(case: Case, lead: Handler, by: Actor, note: str) -> None:
    Dispatch.objects.create(
        case=case, lead=lead, dispatched_at=clock.now(), dispatched_by_id=by.person_id, note=note.strip()[:200]
    )
    helping = CoHandling.objects.filter(case=case, handler=lead, done_at=None).first()
    if helping is not None:  # it leads now
        CoHandling.objects.filter(pk=helping.pk).update(done_at=clock.now(), note=_("改为主办"))
        drop_tasks_about(case, "cases.assist", by=by, note=_("改为主办"), only=helping.task_id or 0)
    open_task(
        "cases.acknowledge", case.task_title, unit=lead.unit, about=case, role=lead.role, holder=case.holder,
        due_at=min(case.due_at, workdays.due(clock.now(), workdays=case.limit.objection_workdays)), by=by,
    )  # fmt: skip
    tell_handler(case, _("分给您一件诉求：%(what)s"), lead, by=by)


def _current(case: Case) -> Dispatch:
    found = Dispatch.objects.filter(case=case).order_by("-pk").first()
    if found is None:
        raise Refused(_("这件诉求还没有分拨。请刷新页面看看最新情况。"))
    return found


def _rule(case: Case, by: Actor, ruling: str) -> Dispatch:
    """The dispatch that is ruled on. Who dispatched it and who objected do not rule, while there is anybody else who can."""
    hold(case)
    allow(by, "cases.rule_dispatch", case)
    if not ruling.strip():
        raise Refused(_("请写明裁定理由。"), field="ruling")
    dispatch = _current(case)
    parties = {dispatch.objected_by_id, dispatch.dispatched_by_id}
    if by.person_id is not None and by.person_id in parties and _ruler(case, parties).persons:
        raise Refused(_("分拨的人和提出异议的人不能自己裁定，请上级裁定。"))
    return dispatch


def _note_ruling(dispatch: Dispatch, by: Actor, ruling: str, *, upheld: bool) -> None:
    Dispatch.objects.filter(pk=dispatch.pk).update(
        ruled_at=clock.now(), ruled_by_id=by.person_id, ruling=ruling.strip()[:300], was_upheld=upheld
    )


def _ruler(case: Case, parties: Collection[int | None]) -> Desk:
    """Who rules on an objection: the community's chief, or the subdistrict's office where the chief is a party to it, or
    the case lies above one."""
    depth = min(case.unit.depth, 2)
    unit = case.unit if case.unit.depth == depth else Unit.objects.get(path=case.unit.path_at(depth))
    return desk_for(unit, besides=kept_from(case) | {p for p in parties if p is not None})
