"""A street with one of everything that has a page, in four places: for tests that walk the whole URL map.

own      the block most tests stand in, with an account for every role of the policy
beside   another block of the same community
yonder   a block of another community of the same subdistrict
abroad   a block of another subdistrict
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from jiequ.cases.actions import escalate_case, object_to_dispatch
from jiequ.cases.models import Case, Handler
from jiequ.core import clock
from jiequ.core.models import SheetImport
from jiequ.core.permission import PUBLIC, SYSTEM
from jiequ.council import actions as council
from jiequ.council.actions.following import commit_to
from jiequ.council.models import AgendaItem, Ballot, Guest, Meeting, Motion, Paper, Proxy, Recusal, Speech
from jiequ.people.actions import appoint_person, assign_building, form_team, notify, report_member
from jiequ.people.models import Account, Appointment, BuildingAssignment, Member, Notice, Person, Team
from jiequ.people.roles import KEPT_LOW, ROLES, Role
from jiequ.territory.models import Unit
from jiequ.work.actions import open_task, order_supervision
from jiequ.work.models import Task
from tests import make
from tests.at_the_door import AtTheDoor, at_the_door
from tests.on_the_wall import on_the_wall

#: When the street is looked at: the day of the open meeting.
MORNING = clock.at(make.WEDNESDAY.date() + timedelta(days=4), 11)


@dataclass
class Place:
    """A block and one of everything in it."""

    room: make.Room
    grid: Unit
    building: Unit
    motions: dict[str, Motion]
    secret: str  # of the link that follows the resident's motion
    objector: str  # the secret of an objection
    meetings: dict[str, Meeting]
    items: dict[str, AgendaItem]
    ballot: Ballot
    person: Person  # a councillor with an account and no other post
    newcomer: Person  # a grid member without an account
    appointment: Appointment
    member: Member
    assignment: BuildingAssignment
    team: Team
    task: Task  # held by somebody of the lowest rank
    sheet: SheetImport
    notice: Notice
    paper: Paper  # of the planned meeting's item
    recusal: Recusal  # proposed, of the item that waits
    speech: Speech  # a point of order that waits
    guest: Guest
    proxy: Proxy
    cases: dict[str, Case]  # by state
    case_secret: str  # of the link that follows the one that was replied to
    handler: Handler
    door: AtTheDoor
    wisher: str  # the secret of the link of a wish that waits to be confirmed

    @property
    def block(self) -> Unit:
        return self.room.block


@dataclass
class Who:
    """Somebody at the door: an account with one post, with none, or nobody."""

    code: str
    account: Account | None = None
    role: Role | None = None
    post: Unit | None = None
    task: Task | None = None  # the account's own, under a 督办 order
    waiting: Task | None = None  # waits for the account's post
    sheet: SheetImport | None = None
    notice: Notice | None = None

    def holds(self, permission: str) -> bool:
        return self.role is not None and permission in self.role.permissions

    def reaches(self, permission: str, unit: Unit) -> bool:
        """As roles.py says it: held in the post's unit (or where the role is lifted to), there and below."""
        if self.role is None or self.post is None or not self.holds(permission):
            return False
        steps = (0 if permission in KEPT_LOW else self.role.lifted_to) or self.post.depth
        return unit.path.startswith(self.post.path[: Unit.steplen * steps])

    def sees(self, unit: Unit) -> bool:
        """A unit is seen where it may be looked at, and so is what stands above."""
        if self.reaches("territory.view_unit", unit):
            return True
        return self.holds("territory.view_unit") and self.post is not None and self.post.path.startswith(unit.path)


@dataclass
class Street:
    own: Place
    beside: Place
    yonder: Place
    abroad: Place
    people: dict[str, Who] = field(default_factory=dict)

    def foreign_to(self, who: Who) -> Place:
        """The nearest place that is none of this person's business."""
        near = {"subdistrict": self.abroad, "community": self.yonder}
        return near.get(who.role.kind if who.role else "", self.beside)


def build(*, unit_name: str = "", title: str = "球场东侧装路灯", places: int = 4) -> Street:
    """Make it all by the real actions. The clock must stand; afterwards it stands at MORNING."""
    community = make.unit("community")
    own = furnish(community, unit_name, title)
    rest = [own, own, own]
    if places > 1:
        root = make.unit("subdistrict")
        for n, inside in enumerate([community, make.unit("community"), make.unit("community", inside=root)]):
            rest[n] = furnish(inside, unit_name, title)
    street = Street(own, *rest)
    for role in ROLES.values():
        street.people[role.code] = _somebody(role, own)
    stranger = make.account()
    street.people["no post"] = Who("no post", stranger, sheet=_sheet(stranger), notice=_notice(stranger.person))
    street.people["anonymous"] = Who("anonymous")
    clock.move_to(MORNING)
    return street


def furnish(community: Unit, name: str = "", title: str = "球场东侧装路灯") -> Place:
    """A block in `community` with a council of three, and one of everything in it."""
    clock.move_to(make.WEDNESDAY)
    room = make.room(3, inside=community)
    if name:
        Unit.objects.filter(pk=room.block.pk).update(name=name)
        room.block.name = name
    grid = make.unit("red_grid", inside=room.block)
    building = make.unit("building", inside=grid)
    member_account = make.account("member", grid)
    member = report_member(
        member_account.person,
        grid,
        by=SYSTEM,
        source="community",
        home_organisation="某某社区党支部",
        reported_on=clock.today(),
    )
    assignment = assign_building(member, building, by=SYSTEM)
    newcomer = make.person(at=room.block)
    appoint_person(newcomer, "grid_member", grid, by=SYSTEM, starts_on=clock.today())
    somebody = room.councillors[-1].person
    team = form_team("楼道红管家", room.block, by=SYSTEM, purpose="巡楼道", leader=somebody)
    due = clock.now() + timedelta(days=9)
    task = open_task("work.do", title, unit=room.block, due_at=due, by=SYSTEM, holder=member_account.person)

    motions = {state: make.motion(room, state=state, title=title) for state in ("collected", "recommended", "accepted")}
    motions["returned"] = council.return_motion(make.motion(room, title=title), by=room.chief, reason="请写明在哪里。")
    motions["public"], secret = council.collect_motion(room.block, by=PUBLIC, title=title, body="晚上太黑。")
    council.plan_meeting(
        room.block,
        by=room.head,
        starts_at=clock.now() + timedelta(days=30),
        place="祠堂",
        motions=[make.motion(room, state="accepted")],
    )
    meetings = {"planned": Meeting.objects.get(unit=room.block)}
    meetings["noticed"] = make.meeting(room)
    listed = [make.motion(room, state="accepted", title=title) for _ in range(3)]
    meetings["open"] = make.meeting(room, *listed, present=len(room.councillors))
    rows = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule")
    first, second, third = rows.filter(meeting=meetings["open"]).order_by("position")
    council.record_show_of_hands(
        council.open_item(first, by=room.head), by=room.head, yes=len(room.councillors), no=0, abstain=0
    )
    council.publicise_resolution(first.motion, by=room.head, resolution="装路灯八盏。")
    objector = council.object_to_resolution(first.motion, by=PUBLIC, text="太亮了").secret
    commit_to(first.motion, by=SYSTEM, holder=somebody, due_at=due, what=title)
    ballot = council.open_ballot(council.open_item(second, by=room.head), by=room.head)
    motions |= {"publicised": first.motion, "discussing": second.motion, "noticed": third.motion}
    waiting = rows.get(meeting=meetings["planned"])
    recused, acting = (who.person for who in room.councillors[:2])
    recusal = council.propose_recusal(third, recused, by=room.head, ground="own")
    speech = council.ask_to_speak(second, by=room.councillors[0], is_point_of_order=True)
    guest = council.admit_guest(meetings["open"], by=room.head, name="赵试", capacity="物业公司代表")
    proxy = Proxy.objects.create(  # the rule of the street allows none, and its page must be tried all the same
        meeting=meetings["open"], represented=recused, acting=acting, made_at=clock.now()
    )
    cases, case_secret, handler = _cases(room, grid, building)
    paper = council.add_paper(waiting, by=room.head, title="报价单", content="路灯八盏".encode())
    return Place(
        room=room, grid=grid, building=building, motions=motions, secret=secret, objector=objector, meetings=meetings,
        items={"planned": waiting, "discussing": second, "noticed": third},
        ballot=ballot, person=somebody, newcomer=newcomer,
        appointment=Appointment.objects.get(person=somebody), member=member, assignment=assignment,
        team=team, task=task, sheet=_sheet(room.office), notice=_notice(room.head.person), paper=paper,
        recusal=recusal, speech=speech, guest=guest, proxy=proxy,
        cases=cases, case_secret=case_secret, handler=handler, door=at_the_door(building, by=member_account),
        wisher=on_the_wall(room.block, grid),
    )  # fmt: skip


def _cases(room: make.Room, grid: Unit, building: Unit) -> tuple[dict[str, Case], str, Handler]:
    """A case in each state on the way, led by the head's own post; one lies with a contractor who has objected."""
    root, community = make.above(room.block, 1), make.above(room.block, 2)
    worker = make.account()
    own = make.handler(room.block, role="head")
    contractor = make.handler(room.block, "物业服务处", members=(worker,))
    at = make.Street(
        building=building, grid=grid, block=room.block, community=community, root=root, office=room.office,
        chief=room.chief, head=room.head, member=worker, worker=worker, second_worker=worker, own=own,
        department=contractor, category=make.category(),
    )  # fmt: skip
    made = {state: make.case(at, state=state)[0] for state in ("submitted", "accepted", "dispatched", "working")}
    made["replied"], secret = make.case(at, state="replied", name="赵某某", phone="13800138000")
    made["objected"], _ = make.case(at, state="dispatched", lead=contractor)
    object_to_dispatch(made["objected"], by=worker, reason="不归物业管。")
    made["escalated"], _ = make.case(at, state="working")
    escalate_case(made["escalated"], by=room.head, call="请协调。")
    return made, secret, contractor


def _somebody(role: Role, at: Place) -> Who:
    """An account with the post `role` where that post belongs, and what is its own."""
    units = {"block": at.block, "red_grid": at.grid, "building": at.building}
    post = units.get(role.kind) or make.above(at.block, {"subdistrict": 1, "community": 2}[role.kind])
    account = make.account(role.code, post)
    due = clock.now() + timedelta(days=9)
    task = open_task("work.do", "装路灯", unit=at.block, due_at=due, by=SYSTEM, holder=account.person)
    order_supervision(task, demand="请说明办到哪一步。", answer_due_at=due, by=SYSTEM)
    waiting = open_task("work.do", "装路灯", unit=post, due_at=due, by=SYSTEM, role=role.code)
    return Who(role.code, account, role, post, task, waiting, _sheet(account), _notice(account.person))


def _sheet(account: Account) -> SheetImport:
    return SheetImport.objects.create(
        sheet="members",
        file_name="党员.xlsx",
        account_id=account.pk,
        state=SheetImport.State.READY,
        created_at=clock.now(),
    )


def _notice(person: Person) -> Notice:
    notify([person], "请查看")
    return Notice.objects.filter(person=person).latest("pk")


@dataclass(frozen=True)
class Address:
    """One line of the URL map: its name (with its namespace, if any) and the names of what its route asks for."""

    name: str
    route: str
    asks: tuple[str, ...]


def addresses(resolver: Any = None, before: str = "/", space: str = "") -> Iterator[Address]:
    """Every page there is. A new one is in it by itself."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield Address(f"{space}{entry.name}", route, tuple(entry.pattern.converters))
