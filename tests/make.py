"""One plain function a noun, made through the real actions. A fixed cast: names that are obviously invented."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from jiequ.cases.actions import accept_case, acknowledge_case, dispatch_case, file_case, reply_case
from jiequ.cases.models import Case, CaseCategory, Handler, HandlerMember
from jiequ.cases.routing import place_of_unit
from jiequ.core import clock
from jiequ.core.permission import PUBLIC, SYSTEM
from jiequ.council.actions import (
    accept_motion,
    amend_rule,
    close_meeting,
    collect_motion,
    found_council,
    open_item,
    open_meeting,
    plan_meeting,
    recommend_motion,
    record_show_of_hands,
    send_notice,
    sign_in,
)
from jiequ.council.models import AgendaItem, DecisionRule, Meeting, Motion
from jiequ.outreach.actions import give_consent, register_household, set_defaults
from jiequ.outreach.models import Household, HouseholdCategory
from jiequ.people.actions import appoint_person, open_account, register_person
from jiequ.people.models import Account, Person
from jiequ.territory.actions import add_unit
from jiequ.territory.models import Unit

#: A Wednesday at nine, when most tests stand.
WEDNESDAY = clock.at(date(2021, 12, 1), 9)
PASSWORD = "correct horse 观澜"
_numbers = itertools.count(1)


def moment(text: str) -> datetime:
    """A wall time: moment("2021-12-01 09:00")."""
    day, _, time = text.partition(" ")
    hour, minute = (int(part) for part in (time or "09:00").split(":"))
    return clock.at(date.fromisoformat(day), hour, minute)


def unit(kind: str = "block", *, inside: Unit | None = None, name: str = "", code: str = "", **more: Any) -> Unit:
    """A unit of any kind; what it needs above it is made when `inside` is not given."""
    number = next(_numbers)
    parents = {"community": "subdistrict", "block": "community", "red_grid": "block", "building": "red_grid"}
    parents |= {"base_grid": "block", "city_grid": "block"}
    if inside is None and kind in parents:
        there = Unit.objects.filter(depth=1).first() if kind == "community" else None
        inside = there or unit(parents[kind])
    return add_unit(
        kind,
        code or f"U{number:04d}",
        name or f"{Unit.Kind(kind).label}{number}",
        inside=inside,
        by=SYSTEM,
        valid_from=more.pop("valid_from", date(2021, 1, 1)),
        **more,
    )


def person(name: str = "", *, phone: str = "", at: Unit | None = None) -> Person:
    number = next(_numbers)
    at = at or Unit.objects.filter(depth=1).first() or unit("subdistrict")
    return register_person(name or f"张试{number}", by=SYSTEM, unit=at, phone=phone, is_synthetic=True)


def account(role: str = "", at: Unit | None = None, *, name: str = "", starts_on: date | None = None) -> Account:
    """Somebody who can sign in, holding the post `role` in `at` (no post without `role`)."""
    number = next(_numbers)
    somebody = person(name, at=at)
    if role and at is not None:
        appoint_person(somebody, role, at, by=SYSTEM, starts_on=starts_on or date(2021, 1, 1))
    return open_account(somebody, f"user{number}", PASSWORD, by=SYSTEM)


def fresh(who: Account) -> Account:
    """The account as the next request reads it: posts are kept for one request only."""
    return Account.objects.select_related("person").get(pk=who.pk)


def above(below: Unit, depth: int) -> Unit:
    """The unit above `below` at `depth` (1 the subdistrict, 2 the community, 3 the block)."""
    return Unit.objects.get(path=below.path_at(depth))


@dataclass
class Room:
    """A block with its council: who runs it and who votes."""

    block: Unit
    office: Account
    chief: Account
    head: Account
    adviser: Account
    councillors: list[Account]

    @property
    def rule(self) -> DecisionRule:
        return DecisionRule.objects.in_force(self.block, clock.today()).get()


def room(councillors: int = 9, *, inside: Unit | None = None, **terms: Any) -> Room:
    """A block (in the community `inside`) whose council is founded under the default rule, with `terms` changed."""
    block = unit("block", inside=inside)
    root, community = above(block, 1), above(block, 2)
    amend_rule(root, by=SYSTEM, **terms)
    made = Room(
        block=block,
        office=account("office", root),
        chief=account("chief", community),
        head=account("head", block),
        adviser=account("adviser", block),
        councillors=[account("councillor", block) for _ in range(councillors)],
    )
    found_council(block, by=SYSTEM)
    return made


def motion(at: Room, *, state: str = "collected", title: str = "球场东侧装路灯", **more: Any) -> Motion:
    """A motion as far as "collected", "recommended" or "accepted"."""
    made, _secret = collect_motion(at.block, by=at.councillors[0], title=title, body="晚上太黑，想装几盏灯。", **more)
    if state in {"recommended", "accepted"}:
        recommend_motion(made, by=at.head, recommendation="情况属实，建议上会。")
    if state == "accepted":
        accept_motion(made, by=at.chief)
    return made


def meeting(at: Room, *motions: Motion, present: int | None = None, noticed: bool = True) -> Meeting:
    """A meeting on these motions (one of its own without any): planned and noticed; opened with `present` councillors
    in the room when given, the clock then standing at its beginning. Call it with the clock stopped."""
    listed = motions or (motion(at, state="accepted"),)
    starts = clock.at(clock.today() + timedelta(days=4), 10)
    made = plan_meeting(at.block, by=at.head, starts_at=starts, place="党群服务站", motions=listed)
    if noticed or present is not None:
        made = send_notice(made, by=at.head)
    if present is not None:
        clock.move_to(starts)
        for who in at.councillors[:present]:
            sign_in(made, who.person, by=who)
        made = open_meeting(made, by=at.head)
    return made


def item(of: Meeting, *, opened_by: Account | None = None) -> AgendaItem:
    """The first item of a meeting, under discussion when `opened_by` is given."""
    rows = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
    first = rows.filter(meeting=of).order_by("position")[0]
    return open_item(first, by=opened_by) if opened_by else first


def adopted(at: Room, **more: Any) -> Motion:
    """A motion that nine of nine have adopted."""
    sitting = meeting(at, motion(at, state="accepted", **more), present=len(at.councillors))
    opened = item(sitting, opened_by=at.head)
    record_show_of_hands(opened, by=at.head, yes=len(at.councillors), no=0, abstain=0)
    close_meeting(sitting, by=at.head)
    return Motion.objects.select_related("unit", "rule", "responsible").get(pk=opened.motion_id)


@dataclass
class Street:
    """A block with a red grid and a building, the people who take its cases in, and two handlers: the block's own by its
    head's post, and a department of the subdistrict with two people."""

    building: Unit
    grid: Unit
    block: Unit
    community: Unit
    root: Unit
    office: Account
    chief: Account
    head: Account
    member: Account
    worker: Account
    second_worker: Account
    own: Handler
    department: Handler
    category: CaseCategory


def category(code: str = "", **more: Any) -> CaseCategory:
    """A category of cases; lights in stairways when nothing else is said."""
    number = next(_numbers)
    return CaseCategory.objects.create(code=code or f"c{number}", name=more.pop("name", f"楼道照明{number}"), **more)


def handler(at: Unit, name: str = "", *, members: tuple[Account, ...] = (), **more: Any) -> Handler:
    """A handler in a unit, with its members."""
    made = Handler.objects.create(unit=at, name=name or f"承办{next(_numbers)}", **more)
    for who in members:
        HandlerMember.objects.create(handler=made, person=who.person, starts_on=date(2021, 1, 1))
    return made


def street() -> Street:
    """Everything a case needs on its way."""
    building = unit("building")
    grid, block, community, root = (above(building, depth) for depth in (4, 3, 2, 1))
    worker, second = account(at=root), account(at=root)
    return Street(
        building=building, grid=grid, block=block, community=community, root=root,
        office=account("office", root), chief=account("chief", community), head=account("head", block),
        member=account("grid_member", grid), worker=worker, second_worker=second,
        own=handler(block, "街区网格长", role="head"),
        department=handler(root, "市政养护班", members=(worker, second), level=Handler.Level.DEPARTMENT),
        category=category(),
    )  # fmt: skip


def case(
    at: Street,
    *,
    state: str = "submitted",
    lead: Handler | None = None,
    body: str = "三楼楼道灯坏了三天，晚上看不清。",
    **more: Any,
) -> tuple[Case, str]:
    """A case of the building as far as "submitted", "accepted", "dispatched", "working" or "replied", and its secret."""
    by = more.pop("by", PUBLIC)
    filed = file_case(
        place_of_unit(more.pop("unit", at.building)), more.pop("category", at.category), by=by, body=body, **more
    )
    made = Case.objects.select_related("unit", "category", "limit").get(pk=filed.case.pk)
    stages = ["submitted", "accepted", "dispatched", "working", "replied"]
    until = stages.index(state)
    lead = lead or at.own
    if until >= 1:
        accept_case(made, by=at.head)
    if until >= 2:
        dispatch_case(made, lead=lead, by=at.head)
    if until >= 3:
        acknowledge_case(made, by=at.head if lead.role else at.worker)
    if until >= 4:
        reply_case(made, by=at.head if lead.role else at.worker, text="灯换好了。")
    return made, filed.secret


def household(
    at: Unit, *, name: str = "", tier: str = "quarter", agreed: bool = True, by: Any = SYSTEM, **more: Any
) -> Household:
    """A household of the red grid, or in the building, `at`; it has agreed to be contacted."""
    grid = above(at, 4)
    more.setdefault("building", at if at.kind == Unit.Kind.BUILDING else None)
    number = next(_numbers)
    made = register_household(
        grid, by=by, name=name or f"钱试{number}", room=more.pop("room", f"{number}01"), tier=tier, **more
    )
    if agreed:
        give_consent(made, "contact", by=by)
    return made


def household_category(code: str = "alone") -> HouseholdCategory:
    """One of the categories that come with Jiequ; "disabled" is a sensitive one."""
    if not HouseholdCategory.objects.exists():
        set_defaults(Unit.objects.filter(depth=1).order_by("path")[0], by=SYSTEM)
    return HouseholdCategory.objects.get(code=code)
