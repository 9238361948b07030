"""A visit, a call or a message to a household is recorded: one line is enough. Taken back, all that followed from it goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.measures import prefix
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.conflicts import carry_changes
from jiequ.outreach.actions.contacts import contact_met, contact_taken_back
from jiequ.outreach.actions.findings import add_findings, turn_finding
from jiequ.outreach.actions.records import forget_service, note_service
from jiequ.outreach.models import SERVICES, Conflict, Household, Visit
from jiequ.people.models import Appointment, Person, clean_text
from jiequ.territory.models import DEPTH, Unit

LONGEST = 200  # characters of the one line
OLDEST = 92  # days back that a visit may still be entered: a quarter, the floor of all intervals (DOMAIN §3)
UNDO = timedelta(hours=24)  # in which whoever wrote a visit takes it back alone

Found = Mapping[str, str]  # {"kind": of Finding.Kind, "words": what was found; the visit's own line where empty}


@dataclass(frozen=True)
class Visited:
    """A visit as it was recorded. `conflict` where what the phone says of the household meets another change; `is_new` is false
    where the same sending came again."""

    visit: Visit
    conflict: Conflict | None = None
    is_new: bool = True


def record_visit(household: Household, *, by: Actor, once: str = "", **given: object) -> Visited:
    """Record a visit, as `enter_visit` does. Of two sendings with one `once` at the same moment the second gets the first's visit:
    what it had begun to write is taken back, and the visit that is there is read."""
    try:
        return enter_visit(household, by=by, once=once, **given)  # type: ignore[arg-type]
    except IntegrityError:
        there = visit_of(once, by)
        if there is None:
            raise
        return there


def visit_of(once: str, by: Actor) -> Visited | None:
    """What `by` has recorded under the key `once` already. A key is its sender's own: nobody learns of a visit by another's."""
    key = _once_key(once, by)
    visit = Visit.objects.filter(once_key=key).first() if key else None
    return Visited(visit, visit.conflicts.first(), is_new=False) if visit is not None else None


@action
def enter_visit(
    household: Household,
    *,
    by: Actor,
    on: date | None = None,
    mode: str = Visit.Mode.DOOR,
    services: Iterable[str] = (),
    note: str = "",
    was_met: bool = True,
    visitors: Iterable[Person | int] = (),
    findings: Sequence[Found] = (),
    once: str = "",
    version: int | None = None,
    changes: Mapping[str, str] | None = None,
) -> Visited:
    """Record that a household was visited on the day `on` (today), by `by` or by `visitors`. At most 15 statements without findings
    and changes.

    `once` is a key that the sender makes: the same key again gives the same visit and records nothing. `changes` are phone and
    remark as they are now, seen under `version`: what somebody else has changed meanwhile becomes a Conflict, and nothing is lost.
    `findings` are turned at once into what they are; one that cannot be turned waits on the visit's page.
    """
    if once and (there := visit_of(once, by)) is not None:
        return there
    require(by, "outreach.record_visit", household.ground)
    on = on or clock.today()
    chosen, line = check_visit(on, mode, services, note)
    unit, building = household.unit, household.building
    household = lock(household)
    if (household.unit_id, household.building_id) == (unit.pk, building.pk if building else None):
        household.unit, household.building = unit, building  # spares reading them again
    else:
        require(by, "outreach.record_visit", household.ground)
    check_there(household, on)
    persons = _visitors(visitors, by, household.unit)
    visit = Visit(
        household=household, unit=household.unit, on=on, mode=mode, was_met=was_met, services=chosen, tier=household.tier,
        note=line, by_id=by.person_id, recorded_at=clock.now(), once_key=_once_key(once, by),
    )  # fmt: skip
    visit.save(force_insert=True)
    through = Visit.visitors.through
    through.objects.bulk_create(through(visit_id=visit.pk, person_id=person) for person in persons)
    note_service(persons, visit, unit=household.unit, on=on, kind="visit")
    record("record", visit, by=by, household=household.pk, mode=mode, met=was_met, findings=len(findings))
    found = add_findings(visit, findings)
    if was_met:
        contact_met(household, by=by, on=on)
    conflict = carry_changes(visit, changes or {}, version=version, by=by)
    for finding in found:
        try:
            turn_finding(finding, by=by)
        except (Refused, NotAllowed):
            continue  # the visit stands; what was found waits on its page with the words that were written
    return Visited(visit, conflict)


@action
def amend_visit(visit: Visit, *, by: Actor, note: str) -> Visit:
    """Correct the one line: by whoever wrote it, within a day, or by a coordinator."""
    visit = _to_change(visit, by)
    visit.note = _line(note)
    visit.save(update_fields=["note"])
    record("amend", visit, by=by)
    return visit


@action
def withdraw_visit(visit: Visit, *, by: Actor) -> Visit:
    """Take a visit back: by whoever wrote it, within a day, or by a coordinator. It counts no more, leaves the service records, and
    the household is due again as before. What was found there and has become a case, a wish or a motion goes its own way."""
    household = lock(visit.household)
    visit = _to_change(visit, by)
    visit.withdrawn_at, visit.withdrawn_by_id = clock.now(), by.person_id
    visit.save(update_fields=["withdrawn_at", "withdrawn_by"])
    forget_service(visit)
    record("withdraw", visit, by=by)
    contact_taken_back(household, by=by)
    return visit


def may_change(visit: Visit, by: Actor) -> bool:
    """Whether `by` may correct or take back `visit` now."""
    if visit.withdrawn_at is not None:
        return False
    is_mine = by.person_id is not None and visit.by_id == by.person_id
    return (is_mine and visit.recorded_at + UNDO > clock.now()) or by.may("outreach.assign_household", visit.unit)


def _to_change(visit: Visit, by: Actor) -> Visit:
    """`visit`, locked, as it stands now; refused to whoever may not change it any more."""
    unit, household = visit.unit, visit.household
    is_mine = by.person_id is not None and visit.by_id == by.person_id
    if not is_mine:
        require(by, "outreach.assign_household", unit)
    visit = lock(visit)
    visit.unit, visit.household = unit, household
    if visit.withdrawn_at is not None:
        raise Overtaken(_("这次走访已经撤回。"))
    if not may_change(visit, by):
        raise Refused(_("自己记的走访，24 小时内可以改、可以撤。现在请街区网格长来改。"))
    return visit


def _once_key(once: str, by: Actor) -> str | None:
    return blind(f"{by.person_id}:{once}", "visit.once") if once else None


def check_visit(on: date, mode: str, services: Iterable[str], note: str) -> tuple[list[str], str]:
    """The services in their official order, and the line in the form it is kept in."""
    if on > clock.today():
        raise Refused(_("还没到的日子不能记走访。"), field="on")
    if on < clock.today() - timedelta(days=OLDEST):
        raise Refused(_("只能补记 %(n)d 天以内的走访。") % {"n": OLDEST}, field="on")
    if mode not in Visit.Mode.values:
        raise Refused(_("请选上门、电话或微信。"), field="mode")
    wanted = set(services)
    if wanted - {code for code, _verb, _name in SERVICES}:
        raise Refused(_("六上门里没有这一项，请重新勾选。"), field="services")
    return [code for code, _verb, _name in SERVICES if code in wanted], _line(note)


def _line(note: str) -> str:
    line = clean_text(note)
    if len(line) > LONGEST:
        raise Refused(_("一句话就好，最多 %(n)d 个字。") % {"n": LONGEST}, field="note")
    return line


def check_there(household: Household, on: date) -> None:
    """Somebody may have left while a phone was without a network: what was done before that day is still recorded."""
    if household.erased_at is not None:
        raise Refused(_("这一户的信息已经删除，不能再记走访。"))
    if household.left_on is not None and on > household.left_on:
        raise Refused(_("这一户已经不再联系，请先恢复。"))


def _visitors(visitors: Iterable[Person | int], by: Actor, unit: Unit) -> list[int]:
    """Who went: ids. `by` alone where nobody is named; others must hold a post in the block, or above it."""
    named = sorted({v.pk if isinstance(v, Person) else v for v in visitors})
    if not named:
        return [by.person_id] if by.person_id is not None else []
    others = [person for person in named if person != by.person_id]
    if others:
        block = unit.path_at(DEPTH["block"])
        above = [block[:n] for n in range(Unit.steplen, len(block), Unit.steplen)]
        posts = Appointment.objects.in_force().filter(person__in=others)
        posts = posts.filter(Q(**prefix("unit__path", block)) | Q(unit__path__in=above))
        if set(posts.values_list("person_id", flat=True)) != set(others):
            raise Refused(_("同去的人要在本街区任职，请重新选择。"), field="visitors")
    return named
