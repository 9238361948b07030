"""What each page asks of whoever comes: DOORS, by URL name, with the permissions of people/roles.py.

tests/test_doors.py walks the URL map with it and fails for a page that has no line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from jiequ.council.views.codes import pulse_token, wall_token
from jiequ.council.views.meetings import MEETING_MOVES
from jiequ.council.views.motions import MOVES
from jiequ.council.workflow import MEETING, MOTION
from tests.street import Place, Who

Expected = Literal["in", "no", "hidden"]
WAYS = {"both": ("GET", "POST"), "get": ("GET",), "post": ("POST",)}
Args = Callable[[Place, Who], Any]


@dataclass(frozen=True)
class Door:
    """A page's rule. Subclasses say what `who` may expect for what lies in `place`."""

    args: Args = lambda place, who: ()
    ways: Literal["both", "get", "post"] = "both"
    label: str = ""
    data: Callable[[Place], dict[str, Any]] = lambda place: {}  # what is posted; nothing is a good answer as well

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        return "in"

    def query(self, place: Place) -> str:
        return ""


@dataclass(frozen=True)
class Everybody(Door):
    """Nothing of anybody's is on it: open to all, or to all who are signed in (middleware.OPEN says which)."""


@dataclass(frozen=True)
class Held(Door):
    """A page about no unit, for whoever holds `may` anywhere."""

    may: str = ""

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        return "in" if who.holds(self.may) else "no"


@dataclass(frozen=True)
class Listed(Door):
    """A page of one's own reach: it needs `may` somewhere, narrows to `?unit=`, and with `there` needs `may` in that unit."""

    may: str = ""
    there: bool = False

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        if self.may and not who.holds(self.may):
            return "no"
        if not who.sees(place.block):
            return "hidden"
        return "in" if not self.there or who.reaches(self.may, place.block) else "no"

    def query(self, place: Place) -> str:
        return f"?unit={place.block.code}"


@dataclass(frozen=True)
class Within(Door):
    """Something of a unit: to be `seen` by one permission, done by another."""

    seen: str = ""
    may: str = ""
    unit: Callable[[Place], Any] = lambda place: place.block

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        if not who.reaches(self.seen, self.unit(place)):
            return "hidden"
        return "in" if who.reaches(self.may or self.seen, self.unit(place)) else "no"


@dataclass(frozen=True)
class OfUnit(Door):
    """A unit's own page: seen from below as well; `may` looks, `does` sends the form (`may`, when not given)."""

    may: str = ""
    does: str = ""
    args: Args = lambda place, who: place.block.code
    rest: tuple[str, ...] = ()  # words of its address after the unit's code

    def of(self, unit: Any) -> list[Any]:
        """The words of its address for `unit`, which may be one above."""
        return [unit.code, *self.rest]

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        if not who.sees(place.block):
            return "hidden"
        needed = self.does if way == "POST" and self.does else self.may
        return "in" if not needed or who.reaches(needed, place.block) else "no"


@dataclass(frozen=True)
class Mine(Door):
    """Something of the account's own (`args` gives the account's, or in a foreign place somebody else's)."""

    may: str = ""

    def expected(self, who: Who, place: Place, way: str) -> Expected:
        if who.post is not None and not who.post.path.startswith(place.block.path[: len(who.post.path)]):
            return "hidden"  # a foreign place has somebody else's
        return "in" if not self.may or who.holds(self.may) else "no"


def own(name: str) -> Args:
    """The account's own thing at home, the foreign place's own thing abroad; at home of a stranger, anybody's."""

    def args(place: Place, who: Who) -> Any:
        mine = getattr(who, name, None)
        at_home = (
            who.post is None or who.post.path.startswith(place.block.path) or place.block.path.startswith(who.post.path)
        )
        return (mine if mine is not None and at_home else getattr(place, {"waiting": "task"}.get(name, name))).pk

    return args


def motion(may: str = "", state: str = "collected", **more: Any) -> Within:
    return Within(seen="council.view_motion", may=may, args=lambda p, w: p.motions[state].pk, **more)


def move_of_motion(name: str) -> Within:
    """A move's page, with a motion in a state that it starts from, where there is one."""

    def args(place: Place, who: Who) -> Any:
        states = [m for m in place.motions.values() if m.state in MOTION.moves[name].sources]
        return ((states or [place.motions["publicised"]])[0].pk, name)

    return Within(seen="council.view_motion", may=MOTION.moves[name].may, args=args, label=name)


def move_of_meeting(name: str) -> Within:
    def args(place: Place, who: Who) -> Any:
        states = [m for m in place.meetings.values() if m.state in MEETING.moves[name].sources]
        return ((states or [place.meetings["open"]])[0].pk, name)

    return Within(seen="council.view_meeting", may=MEETING.moves[name].may, args=args, label=name)


def commitment(**more: Any) -> Within:
    """Work of a resolution that nobody supervises: judged by who follows it up."""
    return Within(
        seen="council.view_motion",
        may="council.follow_up_motion",
        args=lambda p, w: p.motions["publicised"].commitments.get().pk,
        **more,
    )


def item(may: str, name: str) -> Within:
    return Within(seen="council.view_meeting", may=may, args=lambda p, w: p.items[name].pk, ways="post")


def in_the_room(may: str = "", of: Callable[[Place], Any] = lambda p: p.meetings["open"], **more: Any) -> Within:
    return Within(seen="council.view_meeting", may=may, args=lambda p, w: of(p).pk, **more)


def of_meeting(may: str = "", state: str = "open", **more: Any) -> Within:
    return Within(seen="council.view_meeting", may=may, args=lambda p, w: p.meetings[state].pk, **more)


def ballot(may: str, **more: Any) -> Within:
    return Within(seen="council.view_meeting", may=may, args=lambda p, w: p.ballot.pk, **more)


def task(may: str = "", **more: Any) -> Within:
    return Within(seen="work.view_task", may=may, args=lambda p, w: p.task.pk, **more)


def own_task(name: str, may: str = "work.hold_task", **more: Any) -> Within:
    return Within(seen="work.view_task", may=may, args=own(name), **more)


def person(may: str = "", whom: str = "person", **more: Any) -> Within:
    return Within(seen="people.view_appointment", may=may, args=lambda p, w: getattr(p, whom).pk, **more)


def member(may: str, what: str = "member", **more: Any) -> Within:
    return Within(
        seen="people.view_member", may=may, args=lambda p, w: getattr(p, what).pk, unit=lambda p: p.grid, **more
    )


def team(may: str = "", **more: Any) -> Within:
    return Within(seen="people.view_team", may=may, args=lambda p, w: p.team.pk, **more)


IMPORT = {"may": "people.import_members"}
#: URL name → its rule. The permissions are those of people/roles.py; see the classes above.
DOORS: dict[str, Door | list[Door]] = {
    # core
    "look": Everybody(ways="get"),
    "set-language": Everybody(ways="post"),
    "privacy": Everybody(ways="get"),
    "health": Everybody(ways="get"),
    "gallery": Everybody(ways="get"),
    "import-new": [
        Held(args=lambda p, w: "members", may="people.import_members", label="members"),
        Held(args=lambda p, w: "units", may="territory.import_units", label="units"),
    ],
    "import-template": Held(args=lambda p, w: "members", may="people.import_members", ways="get"),
    "import": Mine(args=own("sheet"), ways="get", **IMPORT),
    "import-confirm": Mine(args=own("sheet"), ways="post", **IMPORT),
    "import-resume": Mine(args=own("sheet"), ways="post", **IMPORT),
    "import-drop": Mine(args=own("sheet"), ways="post", **IMPORT),
    "import-bad": Mine(args=own("sheet"), ways="get", **IMPORT),
    # territory
    "units": Everybody(ways="get"),
    "unit-new": OfUnit(may="territory.add_unit"),
    "unit-edit": OfUnit(may="territory.edit_unit"),
    "unit-boundary": OfUnit(may="territory.view_unit", does="territory.edit_unit"),
    "unit-split": OfUnit(may="territory.split_unit"),
    "unit-merge": OfUnit(may="territory.merge_units"),
    "unit-move": OfUnit(may="territory.move_unit"),
    # people
    "sign-in": Everybody(),
    "sign-out": Everybody(ways="post"),
    "second-factor": Everybody(),
    "second-factor-set-up": Everybody(),
    "second-factor-remove": Everybody(ways="post"),
    "me": Everybody(ways="get"),
    "my-data": Everybody(ways="get"),
    "change-password": Everybody(),
    "people": Listed(may="people.view_appointment", ways="get"),
    "person": person(ways="get"),
    "person-reveal": person("people.reveal_person"),
    "person-correct": person("people.register_person"),
    "person-held": person("people.erase_person", ways="get"),
    "person-erase": person("people.erase_person"),
    "account-open": Within(
        seen="people.view_appointment",
        may="people.open_account",
        args=lambda p, w: p.newcomer.pk,
        unit=lambda p: p.grid,
        ways="post",
    ),
    "account-reset": person("people.reset_password", ways="post"),
    "account-close": person("people.close_account", ways="post"),
    "appointments": Listed(may="people.view_appointment", ways="get"),
    "appoint": Listed(may="people.appoint_person", there=True),
    "appointment-end": person("people.appoint_person", "appointment"),
    "vacancies": Listed(may="people.view_appointment", ways="get"),
    "members": Listed(may="people.view_member", ways="get"),
    "member-report": Listed(may="people.report_member", there=True),
    "member-move": member("people.report_member"),
    "member-exempt": member("people.exempt_member"),
    "member-building": member("people.assign_building"),
    "building-release": member("people.assign_building", "assignment", ways="post"),
    "teams": Listed(may="people.view_team", ways="get"),
    "team-form": Listed(may="people.form_team", there=True),
    "team": team(ways="get"),
    "team-join": team("people.view_team", ways="post"),
    "team-leave": team("people.view_team", ways="post"),
    "team-lead": team("people.form_team", ways="post"),
    "team-skills": team("people.form_team"),
    "team-disband": team("people.form_team", ways="post"),
    "notices": Everybody(ways="get"),
    "notices-read": Everybody(ways="post"),
    "notice-open": Mine(args=own("notice")),
    "policy": Held(may="overview.see_policy", ways="get"),
    # work
    "tasks": Listed(ways="get"),
    "task-new": OfUnit(may="work.open_task", args=lambda p, w: ()),
    "task": task(ways="get"),
    "task-answer": own_task("task", may=""),  # whoever holds it, with a post for it or without
    "task-finish": own_task("task"),
    "task-claim": own_task("waiting", ways="post"),
    "task-supervise": task("work.order_supervision"),
    "task-remind": task("work.remind_task", ways="post"),
    "task-extend": task("work.extend_task"),
    "task-hand-over": task("work.reassign_task"),
    "task-drop": task("work.drop_task"),
    # council
    "motions": Listed(ways="get"),
    "motion-new": Listed(may="council.collect_motion"),
    "motion": motion(ways="get"),
    "motion-assign": motion("council.follow_up_motion"),
    "motion-supervisor": motion("council.follow_up_motion"),
    "commitment-accept": commitment(ways="post"),
    "commitment-return": commitment(),
    "motion-objections": motion(
        "council.answer_objection",
        "publicised",
        data=lambda p: {"objection": p.motions["publicised"].objections.get().pk},
    ),
    "motion-to-case": motion("council.screen_motion"),
    "motion-second": motion("council.second_motion", ways="post"),
    "motion-owners": motion("council.follow_up_motion"),
    "motion-move": [move_of_motion(name) for name in MOVES],
    "meetings": Listed(ways="get"),
    "meeting-new": Listed(may="council.plan_meeting", there=True),
    "meeting": Within(seen="council.view_meeting", args=lambda p, w: p.meetings["open"].pk, ways="get"),
    "meeting-attend": Within(seen="council.view_meeting", args=lambda p, w: p.meetings["open"].pk, ways="post"),
    "minutes": of_meeting(ways="get"),
    "minutes-docx": of_meeting(ways="post"),
    "minutes-pdf": of_meeting(ways="post"),
    "minutes-full": of_meeting("people.reveal_person"),
    "minutes-remarks": of_meeting("council.hold_meeting"),
    "minutes-finalise": of_meeting("council.hold_meeting", ways="post"),
    "minutes-correct": of_meeting("council.hold_meeting"),
    "minutes-confirm": of_meeting(ways="post"),
    "meeting-move": [move_of_meeting(name) for name in MEETING_MOVES],
    "meeting-prepare": Within(
        seen="council.view_meeting", may="council.plan_meeting", args=lambda p, w: p.meetings["planned"].pk
    ),
    "meeting-edit": Within(
        seen="council.view_meeting", may="council.plan_meeting", args=lambda p, w: p.meetings["planned"].pk
    ),
    "meeting-calendar": Within(seen="council.view_meeting", args=lambda p, w: p.meetings["noticed"].pk, ways="get"),
    "meeting-apology": Within(seen="council.view_meeting", args=lambda p, w: p.meetings["noticed"].pk, ways="post"),
    "paper-add": Within(
        seen="council.view_meeting", may="council.plan_meeting", args=lambda p, w: p.items["planned"].pk
    ),
    "paper": Within(seen="council.view_meeting", args=lambda p, w: p.paper.pk, ways="get"),
    "paper-remove": Within(
        seen="council.view_meeting", may="council.plan_meeting", args=lambda p, w: p.paper.pk, ways="post"
    ),
    "agenda-remove": item("council.plan_meeting", "planned"),
    "item-open": item("council.hold_meeting", "noticed"),
    "item-speech": item("council.hold_meeting", "discussing"),
    "item-hands": item("council.hold_meeting", "discussing"),
    "item-ballot": item("council.hold_meeting", "discussing"),
    "ballot-vote": ballot("council.cast_vote"),
    "meeting-room": in_the_room(ways="get"),
    "room-sign-in": in_the_room(ways="post"),
    "room-leave": in_the_room(ways="post"),
    "room-speak": item("", "discussing"),
    "room-recuse": item("council.cast_vote", "discussing"),
    "room-confirm": ballot("council.cast_vote", ways="post"),
    "meeting-wall": Everybody(args=lambda p, w: wall_token(p.meetings["open"]), ways="get"),
    "pulse": Everybody(args=lambda p, w: pulse_token(p.meetings["open"]), ways="get"),
    "ballot-close": ballot("council.hold_meeting", ways="post"),
    "ballot-break-off": ballot("council.hold_meeting"),
    "ballot-set-aside": ballot("council.hold_meeting"),
    "item-proposal": item("council.hold_meeting", "noticed"),
    "item-postpone": Within(
        seen="council.view_meeting", may="council.postpone_motion", args=lambda p, w: p.items["noticed"].pk
    ),
    "item-recusal": in_the_room(
        of=lambda p: p.items["noticed"], ways="post", data=lambda p: {"person": p.person.pk, "ground": "own"}
    ),
    "recusal-decide": in_the_room("council.hold_meeting", of=lambda p: p.recusal, ways="post"),
    "speech-act": in_the_room(
        "council.hold_meeting", of=lambda p: p.speech, ways="post", data=lambda p: {"do": "give"}
    ),
    "guest-admit": in_the_room("council.hold_meeting", ways="post"),
    "guest-dismiss": in_the_room("council.hold_meeting", of=lambda p: p.guest, ways="post"),
    "proxy-give": in_the_room(
        "council.hold_meeting",
        ways="post",
        data=lambda p: {"represented": p.person.pk, "acting": p.person.pk},
    ),
    "proxy-end": in_the_room("council.hold_meeting", of=lambda p: p.proxy, ways="post"),
    "councils": Everybody(ways="get"),
    "council-found": OfUnit(may="council.found_council", ways="post"),
    "rules": OfUnit(may="council.view_motion", does="council.amend_rule"),
    "public-unit": Everybody(args=lambda p, w: p.block.code, ways="get"),
    "public-propose": Everybody(args=lambda p, w: p.block.code),
    "public-resubmit": Everybody(args=lambda p, w: p.secret),
    "public-motion": Everybody(args=lambda p, w: p.secret, ways="get"),
    "public-resolution": Everybody(args=lambda p, w: p.motions["publicised"].pk, ways="get"),
    "public-object": Everybody(args=lambda p, w: p.motions["publicised"].pk),
    "public-objection": Everybody(args=lambda p, w: p.objector, ways="get"),
    "resolution-poster": Everybody(args=lambda p, w: p.motions["publicised"].pk, ways="get"),
    "public-rate": Everybody(args=lambda p, w: p.motions["publicised"].pk),
    # overview
    "home": Everybody(ways="get"),
    "search": Everybody(ways="get"),
    "unit": OfUnit(ways="get"),
    "figures": OfUnit(may="overview.view_figures", args=lambda p, w: (), ways="get"),
    "figures-report": OfUnit(may="overview.view_figures", args=lambda p, w: (), ways="get"),
    "figure-rows": OfUnit(may="overview.view_figures", args=lambda p, w: "council.meetings", ways="get"),
}
#: Pages of one unit that is named in the query instead of the path.
IN_QUERY = {"task-new", "figures", "figures-report", "figure-rows"}

from tests.activity_doors import ACTIVITY_DOORS  # noqa: E402  # they are made of the classes above
from tests.api_doors import API_DOORS  # noqa: E402
from tests.building_doors import BUILDING_DOORS  # noqa: E402
from tests.case_doors import CASE_DOORS  # noqa: E402
from tests.deed_doors import DEED_DOORS  # noqa: E402
from tests.household_doors import HOUSEHOLD_DOORS  # noqa: E402
from tests.phone_doors import PHONE_DOORS  # noqa: E402
from tests.plan_doors import PLAN_DOORS  # noqa: E402
from tests.visit_doors import VISIT_DOORS  # noqa: E402
from tests.wish_doors import WISH_DOORS  # noqa: E402

DOORS |= ACTIVITY_DOORS | CASE_DOORS | API_DOORS | PHONE_DOORS
DOORS |= VISIT_DOORS | PLAN_DOORS
DOORS |= BUILDING_DOORS
DOORS |= HOUSEHOLD_DOORS
DOORS |= WISH_DOORS
DOORS |= DEED_DOORS
