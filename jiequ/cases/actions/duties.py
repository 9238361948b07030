"""Who handles what: handlers and their people, and the duty list. What has served is ended, never edited."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.models import Case, CaseCategory, DutyLine, Handler, HandlerMember
from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.people.models import Person
from jiequ.people.roles import ROLES
from jiequ.territory.actions.units import require_valid
from jiequ.territory.models import Unit

#: What `edit_handler` changes.
EDITABLE = ("name", "level", "role", "phone", "is_active")


@action
def add_handler(unit: Unit, *, by: Actor, name: str, level: str, role: str = "", phone: str = "") -> Handler:
    """Set up a handler in `unit`: it may be given the cases of this unit and of those below."""
    require(by, "cases.set_duties", unit)
    unit = lock(unit)
    require_valid(unit)
    handler = Handler(unit=unit)
    _write(handler, {"name": name, "level": level, "role": role, "phone": phone})
    handler.save(force_insert=True)
    record("add", handler, by=by, level=handler.level, role=handler.role)
    return handler


@action
def edit_handler(handler: Handler, *, by: Actor, **fields: Any) -> Handler:
    """Change a handler. Closing one is refused while it leads or helps with open cases, and says with how many; its lines of
    the duty list end with it."""
    require(by, "cases.set_duties", handler.unit)
    handler = lock(handler)
    was_active = handler.is_active
    _write(handler, fields)
    if was_active and not handler.is_active:
        _check_idle(handler)
        today = clock.today()
        lines = DutyLine.objects.filter(handler=handler, ends_on=None)
        for line in lines.select_related("unit", "category"):
            record("end", line, by=by, category=line.category.code)
        lines.update(ends_on=today)
    handler.save()
    record("edit", handler, by=by, fields=sorted(fields))
    return handler


def _check_idle(handler: Handler) -> None:
    leads = Case.objects.open().filter(lead=handler).count()
    helps = Case.objects.open().filter(co_handlings__handler=handler, co_handlings__done_at=None).count()
    if leads or helps:
        raise Refused(
            _("%(name)s还主办%(leads)s件、协办%(helps)s件没有办完的诉求，请先改派或办完再停用。")
            % {"name": handler.name, "leads": leads, "helps": helps},
            field="is_active",
        )


def _write(handler: Handler, fields: dict[str, Any]) -> None:
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not to be edited: {unknown}")
    for field, value in fields.items():
        setattr(handler, field, " ".join(value.split()) if isinstance(value, str) else value)
    if not handler.name:
        raise Refused(_("请写承办单位的名称。"), field="name")
    if handler.level not in Handler.Level.values:
        raise Refused(_("请选承办单位的层级。"), field="level")
    if handler.role and handler.role not in ROLES:
        raise Refused(_("请选一个职务，或者留空。"), field="role")
    if has_personal_number(handler.phone):
        raise Refused(_("这里写单位的公开电话，不写个人手机号。"), field="phone")
    if Handler.objects.filter(unit=handler.unit_id, name=handler.name).exclude(pk=handler.pk).exists():
        raise Refused(_("这里已有同名的承办单位，请换一个名称。"), field="name")


@action
def join_handler(handler: Handler, person: Person, *, by: Actor) -> HandlerMember:
    """Have somebody work for a handler from today. They see its cases and no others; no post is needed."""
    require(by, "cases.set_duties", handler.unit)
    handler = lock(handler)
    if not handler.is_active:
        raise Refused(_("%(name)s已经停用，不能再加人。") % {"name": handler.name})
    if HandlerMember.objects.filter(handler=handler, person=person, ends_on=None).exists():
        raise Overtaken(_("这个人已经在%(name)s了。") % {"name": handler.name}, field="person")
    member = HandlerMember.objects.create(handler=handler, person=person, starts_on=clock.today())
    record("join", handler, by=by, person=person.pk)
    return member


@action
def leave_handler(member: HandlerMember, *, by: Actor) -> HandlerMember:
    """End somebody's work for a handler today. Refused while they hold open cases of it: these would lie with nobody who may
    see them."""
    require(by, "cases.set_duties", member.handler.unit)
    handler = lock(member.handler)
    held = Case.objects.open().filter(lead=handler, holder=member.person_id).count()
    if held:
        raise Refused(
            _("这个人手上还有%(n)s件没有办完的诉求，请先在值班表上交接，再退出。") % {"n": held}, field="person"
        )
    if not HandlerMember.objects.filter(pk=member.pk, ends_on=None).update(ends_on=clock.today()):
        raise Overtaken(_("这个人已经退出了。"))
    member.ends_on = clock.today()
    record("leave", handler, by=by, person=member.person_id)
    return member


@action
def set_duty_line(unit: Unit, category: CaseCategory, handler: Handler, *, by: Actor) -> DutyLine:
    """From today, such cases of `unit` and below go to `handler`. The line before it ends; what is open stays where it is."""
    require(by, "cases.set_duties", unit)
    unit = lock(unit)
    require_valid(unit)
    if not handler.is_active or not unit.path.startswith(handler.unit.path):
        raise Refused(_("%(name)s不能承办这里的诉求，请另选。") % {"name": handler.name}, field="handler")
    if category.channel:
        raise Refused(_("这类事要转介，不在这里办，不用指定承办单位。"), field="category")
    today = clock.today()
    before = DutyLine.objects.filter(unit=unit, category=category, ends_on=None).first()
    if before is not None and before.handler_id == handler.pk:
        return before
    if before is not None:
        DutyLine.objects.filter(pk=before.pk).update(ends_on=today)
    line = DutyLine.objects.create(unit=unit, category=category, handler=handler, starts_on=today)
    record("set", line, by=by, category=category.code, handler=handler.pk, was=before.handler_id if before else None)
    return line


@action
def end_duty_line(line: DutyLine, *, by: Actor) -> DutyLine:
    """From today this unit says nothing of such cases: the line of the unit above counts again, if there is one."""
    require(by, "cases.set_duties", line.unit)
    if not DutyLine.objects.filter(pk=line.pk, ends_on=None).update(ends_on=clock.today()):
        raise Overtaken(_("这一条已经停用了。"))
    line.ends_on = clock.today()
    record("end", line, by=by, category=line.category.code)
    return line
