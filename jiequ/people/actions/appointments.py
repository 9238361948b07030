"""Posts: who is appointed to what, from when, until when."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.actions.notices import notify
from jiequ.people.actions.staffing import staff_changed
from jiequ.people.models import Account, Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit


@action
def appoint_person(
    person: Person,
    role: str,
    unit: Unit,
    *,
    by: Actor,
    starts_on: date | None = None,
    ends_on: date | None = None,
    line: str = "",
    note: str = "",
) -> Appointment:
    """Give `person` the post `role` in `unit`, from `starts_on` (today) until `ends_on`, the first day without it.

    Refused where the role does not belong to this kind of unit, where the same post is held in that time already, or
    where the post ranks above every post of the appointer.
    """
    require(by, "people.appoint_person", unit)
    definition = ROLES.get(role)
    if definition is None:
        raise Refused(_("没有这个职务，请从列表中选择。"), field="role")
    if unit.kind != definition.kind:
        raise Refused(
            _("“%(role)s”要设在%(wanted)s，“%(unit)s”是%(kind)s。请换一个单位或职务。")
            % {
                "role": definition.label,
                "wanted": Unit.Kind(definition.kind).label,
                "unit": unit.name,
                "kind": unit.get_kind_display(),
            },
            field="unit",
        )
    _require_rank(by, role, unit)
    starts_on = starts_on or clock.today()
    if ends_on is not None and ends_on <= starts_on:
        raise Refused(_("离任日期要晚于任职日期。"), field="ends_on")
    if not unit.is_valid(starts_on):
        raise Refused(_("%s在任职日期那天没有启用，请核对单位和日期。") % unit.name, field="unit")
    person = lock(person)  # whoever appoints the same person at this moment waits here
    if person.erased_at:
        raise Refused(_("这位人员的信息已按本人要求删除，不能再任职。"), field="person")
    if _held_between(person, role, unit, starts_on, ends_on).exists():
        raise Refused(_("%(who)s在这段时间已经是%(unit)s的%(role)s，不必重复任命。")
                      % {"who": person.label, "unit": unit.name, "role": definition.label}, field="role")  # fmt: skip
    appointment = Appointment.objects.create(
        person=person, role=role, unit=unit, starts_on=starts_on, ends_on=ends_on, line=line.strip(), note=note.strip()
    )
    record("appoint_person", appointment, by=by, role=role, person=person.pk, starts_on=starts_on, ends_on=ends_on)
    said = {"unit": unit.name, "role": definition.label, "day": starts_on}
    notify([person], _("您自 %(day)s 起任%(unit)s%(role)s") % said, url="/me/")
    return appointment


@action
def end_appointment(appointment: Appointment, *, ends_on: date, by: Actor) -> Appointment:
    """End the post; `ends_on` is the first day without it, and without its access."""
    require(by, "people.appoint_person", appointment.unit)
    _require_rank(by, appointment.role, appointment.unit)
    if ends_on < appointment.starts_on:
        raise Refused(_("离任日期不能早于任职日期。"), field="ends_on")
    if appointment.ends_on is not None and appointment.ends_on <= clock.today():
        raise Refused(_("这项任职在 %s 已经结束。") % appointment.ends_on)
    if appointment.definition.is_administrator and not _another_administrator(appointment, ends_on):
        raise Refused(_("至少要有一位系统管理员：请先任命接任的人。"))
    changed = Appointment.objects.filter(pk=appointment.pk, ends_on=appointment.ends_on).update(ends_on=ends_on)
    if not changed:
        raise Overtaken(_("刚刚已有人改过这项任职，请刷新页面看看最新情况。"))
    appointment.ends_on = ends_on
    record("end_appointment", appointment, by=by, role=appointment.role, person=appointment.person_id, ends_on=ends_on)
    staff_changed(appointment.unit, by=by)
    said = {"unit": appointment.unit.name, "role": appointment.role_label, "day": ends_on}
    notify([appointment.person_id], _("您自 %(day)s 起不再任%(unit)s%(role)s") % said, url="/me/")
    return appointment


def _held_between(person: Person, role: str, unit: Unit, starts_on: date, ends_on: date | None):  # type: ignore[no-untyped-def]
    rows = Appointment.objects.filter(person=person, role=role, unit=unit)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    return rows.filter(starts_on__lt=ends_on) if ends_on else rows


def _require_rank(by: Actor, role: str, unit: Unit) -> None:
    """A deputy does not appoint the chief: the appointer's own post must not rank below the one that is given."""
    if not isinstance(by, Account):
        return
    rank = by.rank_over("people.appoint_person", unit)
    if rank is None or rank > ROLES[role].rank:
        raise Refused(_("您的职务不能任免“%s”，请找上一级单位办理。") % ROLES[role].label, field="role")


def _another_administrator(appointment: Appointment, on: date) -> bool:
    codes = [role.code for role in ROLES.values() if role.is_administrator]
    return bool(Appointment.objects.in_force(on).filter(role__in=codes).exclude(pk=appointment.pk).exists())
