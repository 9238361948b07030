"""Party members who were found (摸排出党员): noted, invited by the block head, reported in or not. Nothing is typed twice."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import blind, mask_name
from jiequ.core.writing import action, lock
from jiequ.outreach.models import FoundMember, Visit
from jiequ.outreach.workflow import FOUND_MEMBER
from jiequ.people.actions import AlreadyKnown, register_person, report_member
from jiequ.people.models import Member, Person, clean_text, is_phone, phone_form
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

INVITE_DAYS = 5  # working days in which the block head invites; ours
F = FoundMember.State

_PHONE = re.compile(r"(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d){8}")


def name_and_phone(words: str) -> tuple[str, str]:
    """What a line such as 李建国 13800000000 says: a name, and a mobile number if there is one. The rest of a sentence is dropped."""
    found = _PHONE.search(words)
    phone = phone_form(found.group()) if found else ""
    rest = clean_text(_PHONE.sub(" ", words))
    return re.split(r"[\s,，、。；;:：（(]", rest.strip(" ，、。；;:："), maxsplit=1)[0][:40], phone


@action
def find_member(
    unit: Unit,
    *,
    by: Actor,
    name: str,
    phone: str = "",
    on: date | None = None,
    visit: Visit | None = None,
) -> FoundMember:
    """Note that a party member lives or works in the red grid `unit` and has not reported in. The head of the block is asked to invite
    them. The same person found again is the one who was found before."""
    ground = visit.household.ground if visit is not None else unit
    require(by, "outreach.record_visit", ground)
    name, phone = clean_text(name), phone_form(phone)
    if not name or len(name) > 40:
        raise Refused(_("请填写姓名，不超过 40 个字。"), field="name")
    if phone and not is_phone(phone):
        raise Refused(_("手机号不对：请填 11 位手机号，或带区号的座机号。"), field="phone")
    on = on or clock.today()
    if on > clock.today():
        raise Refused(_("日期不能晚于今天。"), field="on")
    if unit.kind != Unit.Kind.RED_GRID or not unit.is_valid():
        raise Refused(_("请选一个在用的红色网格。"), field="unit")
    lock(unit)  # two who find the same person at once
    index = blind(phone, "found.phone")
    if index:
        there = FoundMember.objects.filter(phone_index=index, unit=unit, state=F.FOUND).first()
        if there is not None and blind(there.name, "found.name") == blind(name, "found.name"):
            return there
        known = Person.objects.alike(name, phone).first()
        if known is not None and known.member is not None:
            raise Refused(_("这位党员已经报到，不用再记。"), field="phone")
    found = FoundMember(
        unit=unit, found_in=unit, visit=visit, name=name, phone=phone, label=mask_name(name), phone_index=index, found_on=on,
        found_by_id=by.person_id,
    )  # fmt: skip
    found.save(force_insert=True)
    record("find", found, by=by)
    block = Unit.objects.defer("boundary", "note").get(path=unit.path_at(DEPTH["block"]))
    open_task(
        "outreach.report_found", _("请新摸排出的党员报到（%(grid)s）") % {"grid": unit.name}, unit=block, about=found,
        role="head", due_at=workdays.due(clock.now(), workdays=INVITE_DAYS), by=by,
    )  # fmt: skip
    return found


@action
def report_found(
    found: FoundMember,
    *,
    by: Actor,
    source: str,
    home_organisation: str,
    name: str = "",
    phone: str = "",
    unit: Unit | None = None,
    reported_on: date | None = None,
    **more: Any,
) -> Member:
    """The one who was found reports in: registered as a person (or the one who is registered already) and as a member of the grid, from
    what was noted then; `name` and `phone` correct it. From then on name and number stand with the person alone."""
    require(by, "people.report_member", found.unit)
    grid = unit or found.unit
    fresh = lock(found)
    fresh.unit = found.unit
    try:
        person = register_person(name or fresh.name, by=by, unit=grid, phone=phone or fresh.phone)
    except AlreadyKnown as known:
        person = known.person
    member = report_member(
        person, grid, by=by, source=source, home_organisation=home_organisation, reported_on=reported_on, **more
    )
    FOUND_MEMBER.make(fresh, "report", by=by, set={"member": member, "ended_at": clock.now(), **_emptied(person.label)})
    finish_tasks_about(fresh, "outreach.report_found", by=by)
    return member


@action
def decline_found(found: FoundMember, why: str, *, by: Actor) -> FoundMember:
    """They do not report in here: for one of four reasons, that is all that is asked. Of somebody who is no member nothing is kept."""
    if why not in FoundMember.Why.values:
        raise Refused(_("请选为什么没有报到。"), field="why")
    ended: dict[str, Any] = {"why": why, "ended_at": clock.now()}
    if why == FoundMember.Why.MISTAKE:
        ended |= _emptied("")
    FOUND_MEMBER.make(found, "decline", by=by, set=ended, why=why)
    drop_tasks_about(found, "outreach.report_found", by=by, note=str(FoundMember.Why(why).label))
    return found


#: Why somebody may look behind the mask of one who was found; a choice, because the journal keeps it.
REASONS = ("call", "visit")


@action
def reveal_found(found: FoundMember, *, by: Actor, reason: str) -> tuple[str, str]:
    """Name and number of one who was found, for whoever invites them: to call or to visit."""
    require(by, "outreach.invite_member", found.unit)
    if reason not in REASONS:
        raise Refused(_("请选为什么要看。"), field="reason")
    if found.state != F.FOUND:
        raise Refused(_("这一位已经办完，不用再联系。"))
    record("reveal", found, by=by, reason=reason)
    return found.name, found.phone


def _emptied(label: str) -> dict[str, Any]:
    """The columns of somebody whose name is kept elsewhere, or no more."""
    return {"name": b"", "phone": b"", "phone_index": "", "label": label}
