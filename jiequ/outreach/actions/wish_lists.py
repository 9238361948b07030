"""Wishes of a register on paper (台账): granted already, or claimed, they are entered at once with who granted them and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record_all
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.public_words import check_public
from jiequ.outreach.actions.records import note_services
from jiequ.outreach.actions.rounds import round_for
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.actions.wishes import check_wish
from jiequ.outreach.models import Household, ServiceRecord, Wish, WishClaim
from jiequ.people.models import Person
from jiequ.territory.models import Unit


@dataclass(frozen=True)
class Granted:
    """One wish of a register: what was wanted, who granted it, when it was claimed, brought and confirmed by the wisher's side."""

    words: str
    title: str
    person: Person
    drafted_on: date
    claimed_on: date
    brought_on: date
    confirmed_on: date
    says: str = ""
    about: str = Wish.About.RESIDENT
    kind: str = Wish.Kind.GOODS
    household: Household | None = None
    grid: Unit | None = None


@action
def enter_granted_wishes(unit: Unit, wishes: Sequence[Granted], *, by: Actor) -> list[Wish]:
    """Enter wishes of the block `unit` that were granted before they were typed, all or none; numbered in the order of their days. Their
    days are what the register says; the journal says when they were entered."""
    require(by, "outreach.publish_wish", unit)
    require(by, "outreach.confirm_wish", unit)
    if unit.kind != Unit.Kind.BLOCK or not unit.is_valid():
        raise Refused(_("微心愿登记在街区里，请选一个街区。"), field="unit")
    lock(unit)  # numbers are given one after the other
    today = clock.today()
    rule, round = rule_for(unit, today), round_for(unit, today)
    last = Wish.objects.filter(unit=unit, year=today.year).aggregate(last=Max("sequence"))["last"] or 0
    rows: list[Wish] = []
    claims: list[WishClaim] = []
    ordered = sorted(wishes, key=lambda g: g.drafted_on)
    for number, given in enumerate(ordered, last + 1):
        _check(given, unit, today)
        fields = check_wish(
            None, words=given.words, title=given.title, says=given.says, about=given.about, kind=given.kind
        )
        check_public(given.household, title=given.title, says=given.says)
        brought, confirmed = clock.at(given.brought_on, 18), clock.at(given.confirmed_on, 18)
        drafted, claimed = clock.at(given.drafted_on, 9), clock.at(given.claimed_on, 9, 30)
        wish = Wish(
            unit=unit, grid=given.grid or (given.household.unit if given.household else None), year=today.year,
            sequence=number, household=given.household, round=round, rule=rule, state=Wish.State.CONFIRMED, parts_taken=1,
            drafted_at=drafted, drafted_by_id=by.person_id, verified_by_id=by.person_id, published_at=drafted,
            claimed_at=claimed, claimed_in=unit, fulfilled_at=brought, confirmed_at=confirmed, ended_at=confirmed, **fields,
        )  # fmt: skip
        rows.append(wish)
        claims.append(
            WishClaim(
                wish=wish, person=given.person, unit=unit, state=WishClaim.State.DONE, claimed_at=claimed,
                connected_at=claimed, done_at=brought,
            )
        )  # fmt: skip
    Wish.objects.bulk_create(rows)
    WishClaim.objects.bulk_create(claims)
    note_services(
        (
            (wish, given.person.pk, wish.grid_id or unit.pk, given.brought_on)
            for wish, given in zip(rows, ordered, strict=True)
        ),
        kind=ServiceRecord.Kind.WISH,
    )
    record_all("enter", rows, by=by)
    return rows


def _check(given: Granted, unit: Unit, today: date) -> None:
    if not given.title.strip():
        raise Refused(_("请写一句公开的标题，比如“想在浴室装一根扶手”。"), field="title")
    days = [given.drafted_on, given.claimed_on, given.brought_on, given.confirmed_on, today]
    if days != sorted(days):
        raise Refused(_("日期要按登记、认领、送到、确认的先后，都不能晚于今天。"), field="claimed_on")
    if given.drafted_on.year != today.year:
        raise Refused(_("只能补登今年的心愿。"), field="drafted_on")
    ground = given.household.unit if given.household is not None else given.grid
    if ground is not None and not unit.holds(ground):
        raise Refused(_("这个网格不在%s。") % unit.name, field="grid")
    if given.person.erased_at is not None:
        raise Refused(_("这位人员的资料已经删除。"), field="person")
