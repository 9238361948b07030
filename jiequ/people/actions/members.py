"""Party members: reporting in to a red grid, moving, leaving, being excused, contracting a building."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.people.actions.staffing import staff_changed
from jiequ.people.models import Appointment, BuildingAssignment, Exemption, Member, Person
from jiequ.territory.models import DEPTH, Unit


@action
def report_member(
    person: Person,
    unit: Unit,
    *,
    by: Actor,
    source: str,
    home_organisation: str,
    reported_on: date | None = None,
    skills: Sequence[str] = (),
    post_category: str = "",
) -> Member:
    """Enter that a party member has reported in to the red grid `unit`. Gives the post `member` there as well, so that one
    entry is enough; where it is held already (appoint_person came first) it stays as it is."""
    require(by, "people.report_member", unit)
    reported_on = reported_on or clock.today()
    _check_grid(unit, reported_on)
    if source not in Member.Source.values:
        raise Refused(_("请选择党员来源：机关、社区或“两新”组织。"), field="source")
    home_organisation = home_organisation.strip()
    if not home_organisation or len(home_organisation) > 60:
        raise Refused(_("请填写所在党组织，不超过 60 个字。"), field="home_organisation")
    if post_category and post_category not in Member.CATEGORIES:
        raise Refused(_("没有这类意向岗位，请从列表中选择。"), field="post_category")
    if reported_on > clock.today():
        raise Refused(_("报到日期不能晚于今天。"), field="reported_on")
    person = lock(person)
    if person.erased_at:
        raise Refused(_("这位人员的信息已按本人要求删除，不能再报到。"), field="person")
    before = person.memberships.order_by("-reported_on").select_related("unit").first()
    if before and (before.left_on is None or before.left_on > reported_on):
        raise Refused(
            _("%(who)s已在%(unit)s报到。要换网格，请在党员页办理转出。")
            % {"who": person.label, "unit": before.unit.name},
            field="person",
        )
    member = Member.objects.create(
        person=person,
        unit=unit,
        source=source,
        home_organisation=home_organisation,
        reported_on=reported_on,
        skills=[s.strip()[:20] for s in skills if s.strip()][:10],
        post_category=post_category,
    )
    _give_post(person, unit, reported_on)
    record("report_member", member, by=by, person=person.pk, source=source)
    staff_changed(unit, by=by)
    return member


@action
def move_member(member: Member, unit: Unit, *, by: Actor, on: date | None = None) -> Member:
    """Move a member to another red grid from the day `on` (today). Returns the new row; the old one keeps its time."""
    require(by, "people.report_member", member.unit)
    require(by, "people.report_member", unit)
    on = on or clock.today()
    _check_grid(unit, on)
    if unit.pk == member.unit_id:
        raise Refused(_("党员已经在这个网格，请选择另一个。"), field="unit")
    member = _end(member, on)
    moved = Member.objects.create(
        person_id=member.person_id,
        unit=unit,
        source=member.source,
        home_organisation=member.home_organisation,
        reported_on=on,
        skills=member.skills,
        post_category=member.post_category,
    )
    _give_post(moved.person, unit, on)
    member.exemptions.filter(ends_on=None).update(member=moved)  # being excused does not end with the address
    record("move_member", moved, by=by, person=member.person_id, was_in=member.unit_id)
    staff_changed(member.unit, unit, by=by)
    return moved


@action
def leave_member(member: Member, *, by: Actor, on: date | None = None) -> Member:
    """End the membership; `on` (today) is the first day without it."""
    require(by, "people.report_member", member.unit)
    member = _end(member, on or clock.today())
    record("leave_member", member, by=by, person=member.person_id, on=member.left_on)
    staff_changed(member.unit, by=by)
    return member


@action
def exempt_member(
    member: Member, reason: str, *, by: Actor, starts_on: date | None = None, ends_on: date | None = None
) -> Exemption:
    """Excuse a member from service for a time. Only the kind of reason is kept, and it stays out of the journal."""
    require(by, "people.exempt_member", member.unit)
    if reason not in Exemption.Reason.values:
        raise Refused(_("请选择免计的原因。"), field="reason")
    starts_on = starts_on or clock.today()
    if ends_on is not None and ends_on <= starts_on:
        raise Refused(_("结束日期要晚于开始日期。"), field="ends_on")
    member = lock(member)
    if any(e.ends_on is None or e.ends_on > starts_on for e in member.exemptions.all()):
        raise Refused(_("这位党员在这段时间已经免计。"), field="starts_on")
    exemption = Exemption.objects.create(member=member, reason=reason, starts_on=starts_on, ends_on=ends_on)
    record("exempt_member", member, by=by, starts_on=starts_on, ends_on=ends_on)
    return exemption


@action
def assign_building(member: Member, building: Unit, *, by: Actor, starts_on: date | None = None) -> BuildingAssignment:
    """Let a member contract a building (包楼栋) of the block their grid lies in."""
    require(by, "people.assign_building", member.unit)
    starts_on = starts_on or clock.today()
    if building.kind != Unit.Kind.BUILDING or not building.is_valid(starts_on):
        raise Refused(_("请选择一栋在用的楼。"), field="building")
    if building.path_at(DEPTH["block"]) != member.unit.path_at(DEPTH["block"]):
        raise Refused(_("只能包本街区的楼栋：%s在别的街区。") % building.name, field="building")
    member = lock(member)
    if member.buildings.filter(unit=building, ends_on=None).exists():
        raise Refused(_("这位党员已经包了%s。") % building.name, field="building")
    assignment = BuildingAssignment.objects.create(member=member, unit=building, starts_on=starts_on)
    record("assign_building", assignment, by=by, person=member.person_id)
    staff_changed(building, by=by)
    return assignment


@action
def release_building(assignment: BuildingAssignment, *, by: Actor, on: date | None = None) -> None:
    """The member no longer contracts the building, from the day `on` (today)."""
    require(by, "people.assign_building", assignment.unit)
    changed = BuildingAssignment.objects.filter(pk=assignment.pk, ends_on=None).update(ends_on=on or clock.today())
    if not changed:
        raise Refused(_("这栋楼已经不由这位党员包了。"))
    record("release_building", assignment, by=by)
    staff_changed(assignment.unit, by=by)


@action
def note_export(unit: Unit, *, by: Actor, rows: int) -> None:
    """The journal's line for a list of members that left the house as a file."""
    require(by, "overview.export_figures", unit)
    record("export_members", unit, by=by, rows=rows)


def _check_grid(unit: Unit, on: date) -> None:
    if unit.kind != Unit.Kind.RED_GRID:
        raise Refused(_("党员要向红色网格报到，“%s”不是红色网格。") % unit.name, field="unit")
    if not unit.is_valid(on):
        raise Refused(_("%s在那天没有启用，请核对网格和日期。") % unit.name, field="unit")


def _give_post(person: Person, unit: Unit, on: date) -> None:
    if not Appointment.objects.in_force(on).filter(person=person, unit=unit, role="member").exists():
        Appointment.objects.create(person=person, unit=unit, role="member", starts_on=on)


def _end(member: Member, on: date) -> Member:
    member = lock(member)
    if member.left_on is not None:
        raise Refused(_("这位党员在 %s 已经转出。") % member.left_on)
    if on < member.reported_on:
        raise Refused(_("转出日期不能早于报到日期。"), field="on")
    member.left_on = on
    member.save(update_fields=["left_on"])
    member.buildings.filter(ends_on=None).update(ends_on=on)
    posts = Appointment.objects.filter(person_id=member.person_id, unit_id=member.unit_id, role="member", ends_on=None)
    posts.update(ends_on=on)
    return member
