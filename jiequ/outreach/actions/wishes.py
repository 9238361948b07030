"""A wish on its way to the wall: written down as it was said, verified, de-identified and published; returned, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from jiequ.cases.routing import desk_for
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Refused, require
from jiequ.core.personal import blind
from jiequ.core.writing import action, lock
from jiequ.outreach.actions.claims import end_claims, settle
from jiequ.outreach.actions.public_words import check_public, one_line, what_tells
from jiequ.outreach.actions.rounds import round_for
from jiequ.outreach.actions.rules import rule_for
from jiequ.outreach.actions.wish_people import hold, is_drafter, tell_case, tell_drafter
from jiequ.outreach.models import Household, Wish, WishRound
from jiequ.outreach.workflow import WISH
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

#: Three questions before a wish goes on the wall (DOMAIN §3); each is answered by whoever verifies.
CHECKS = ("small", "feasible", "reasonable")
#: A wish is looked at within two working days, and published in two more. Ours, nobody's rule.
LOOK_WORKDAYS = 2
MOST_PARTS = 1000
WORDS = 400


@action
def draft_wish(
    unit: Unit,
    *,
    by: Actor,
    words: str,
    title: str = "",
    says: str = "",
    about: str = Wish.About.RESIDENT,
    kind: str = Wish.Kind.GOODS,
    parts: int = 1,
    wanted_by: date | None = None,
    household: Household | None = None,
    grid: Unit | None = None,
    once: str = "",
    round: WishRound | None = None,
) -> Wish:
    """Write a wish down in the block `unit`, as it was said. `once` is a key the sender makes: the same key again gives the same
    wish. The nearest round that is open takes it in. Whoever runs the block has a task: verify it."""
    require(by, "outreach.draft_wish", unit)
    once_key = blind(f"{by.person_id}|{once}", "wish.once") if once else None
    if unit.kind != Unit.Kind.BLOCK or not unit.is_valid():
        raise Refused(_("微心愿登记在街区里，请选一个街区。"), field="unit")
    if household is not None:
        require(by, "outreach.view_household", household.ground)
        grid = grid or household.unit
    if grid is not None and not unit.holds(grid):
        raise Refused(_("这个网格不在%s。") % unit.name, field="grid")
    fields = check_wish(
        household, words=words, title=title, says=says, about=about, kind=kind, parts=parts, wanted_by=wanted_by
    )
    lock(unit)  # numbers are given one after the other
    if once_key and (there := Wish.objects.select_related("unit").filter(once_key=once_key).first()) is not None:
        return there
    today = clock.today()
    last = Wish.objects.filter(unit=unit, year=today.year).aggregate(last=Max("sequence"))["last"] or 0
    wish = Wish(
        unit=unit, year=today.year, sequence=last + 1, household=household, grid=grid, once_key=once_key,
        round=round or round_for(unit, today), rule=rule_for(unit, today),
        drafted_at=clock.now(), drafted_by_id=by.person_id, **fields,
    )  # fmt: skip
    wish.save(force_insert=True)
    record("draft", wish, by=by, wish_kind=wish.kind)
    _ask_to_look(wish, "outreach.verify_wish", by)
    return wish


def check_wish(household: Household | None, **given: Any) -> dict[str, Any]:
    """What was typed in the form it is kept in; Refused names the field. What is for the wall must not tell who or where, from the
    first draft on: it lies open in the database."""
    fields = dict(given)
    if "words" in fields:
        fields["words"] = str(fields["words"]).strip()
        if not fields["words"]:
            raise Refused(_("请写下心愿：想要什么，或想请人帮什么。"), field="words")
        if len(fields["words"]) > WORDS:
            raise Refused(_("请写在 %(n)s 个字以内。") % {"n": WORDS}, field="words")
    public: dict[str, str] = {name: one_line(fields[name]) for name in ("title", "says") if name in fields}
    check_public(household, **public)
    fields |= public
    if "about" in fields and fields["about"] not in Wish.About.values:
        raise Refused(_("请选谁的心愿。"), field="about")
    if "kind" in fields and fields["kind"] not in Wish.Kind.values:
        raise Refused(_("请选物品还是服务。"), field="kind")
    if "parts" in fields and not 1 <= fields["parts"] <= MOST_PARTS:
        raise Refused(_("请填 1 到 %(n)s 份。") % {"n": MOST_PARTS}, field="parts")
    if fields.get("wanted_by") is not None and fields["wanted_by"] < clock.today():
        raise Refused(_("希望的日期已经过了，请改一个以后的日期，或者不填。"), field="wanted_by")
    return fields


@action
def edit_wish(wish: Wish, *, by: Actor, **changes: Any) -> Wish:
    """Correct a wish: before it is published by whoever drafted it or verifies; afterwards only what the wall says and the number of
    parts, by whoever publishes, and never below what is taken."""
    hold(wish)
    unknown = set(changes) - {"words", "title", "says", "about", "kind", "parts", "wanted_by"}
    if unknown:
        raise ValueError(f"no such fields: {unknown}")
    if wish.state in (Wish.State.DRAFT, Wish.State.VERIFIED):
        require_drafter(wish, by)
    elif wish.state in Wish.ON_THE_WALL:
        require(by, "outreach.publish_wish", wish.unit)
        if "words" in changes:
            raise Refused(_("已经发布，原话不能再改。"), field="words")
        if "title" in changes and not one_line(changes["title"]):
            raise Refused(_("请写一句公开的标题。"), field="title")
    else:
        raise Refused(_("现在是“%(state)s”，不能修改。") % {"state": wish.get_state_display()})
    changes = {name: value for name, value in changes.items() if getattr(wish, name) != value}
    fields = check_wish(wish.household, **changes)
    if fields.get("parts", wish.parts) < wish.parts_taken:
        raise Refused(_("已经有人认领了 %(n)s 份，不能再少。") % {"n": wish.parts_taken}, field="parts")
    if not fields:
        return wish
    _write(wish, fields)
    record("edit", wish, by=by, fields=sorted(fields))
    if "parts" in fields and wish.state in Wish.ON_THE_WALL:
        settle(wish, by=by)
    return wish


@action
def verify_wish(wish: Wish, *, by: Actor, checks: Iterable[str]) -> Wish:
    """It is small, feasible and reasonable: each has been asked. Publishing it is the next thing to do."""
    hold(wish)
    _verify(wish, by, checks)
    _ask_to_look(wish, "outreach.publish_wish", by)
    return wish


@action
def publish_wish(
    wish: Wish,
    *,
    by: Actor,
    title: str,
    says: str = "",
    about: str = "",
    kind: str = "",
    parts: int | None = None,
    wanted_by: date | None = None,
    checks: Iterable[str] = (),
) -> Wish:
    """Put it on the wall in words that tell neither who nor where. With all three `checks` a draft is verified on the way: one
    form, not two."""
    hold(wish)
    fields = check_wish(
        wish.household, title=title, says=says, about=about or wish.about, kind=kind or wish.kind,
        parts=wish.parts if parts is None else parts, wanted_by=wanted_by or wish.wanted_by,
    )  # fmt: skip
    if not fields["title"]:
        raise Refused(_("请写一句公开的标题，比如“想在浴室装一根扶手”。"), field="title")
    if wish.state == Wish.State.DRAFT and (checks := tuple(checks)):
        _verify(wish, by, checks)
    WISH.make(wish, "publish", by=by, set={**fields, "published_at": clock.now()}, parts=fields["parts"])
    finish_tasks_about(wish, "outreach.publish_wish", by=by)
    tell_drafter(wish, _("您登记的心愿 %(number)s 已发布，等人认领。"), by=by)
    return wish


@action
def return_wish(wish: Wish, *, by: Actor, reason: str) -> Wish:
    """Send it back to whoever wrote it down, who reads why and may improve it."""
    reason = _reason(wish, reason, _("请写明为什么退回，登记的人会看到。"))
    hold(wish)
    WISH.make(wish, "return", by=by, set={"reason": reason, "ended_at": clock.now()})
    _nothing_to_look_at(wish, by, _("已退回"))
    tell_drafter(wish, _("您登记的心愿 %(number)s 被退回，请看理由，可以修改后再报。"), by=by)
    tell_case(wish, by=by)
    return wish


@action
def redraft_wish(wish: Wish, *, by: Actor, **changes: Any) -> Wish:
    """What was returned, improved, is looked at anew under the same number."""
    hold(wish)
    require_drafter(wish, by)
    fields = check_wish(wish.household, **changes)
    words = fields.pop("words", None)
    WISH.make(wish, "redraft", by=by, set={**fields, "reason": "", "ended_at": None, "verified_by_id": None})
    if words is not None:
        _write(wish, {"words": words})
    _ask_to_look(wish, "outreach.verify_wish", by)
    return wish


@action
def withdraw_wish(wish: Wish, *, by: Actor, reason: str) -> Wish:
    """The wisher has it already, or wants it no more. Whoever has claimed it hears so; what was brought stays brought."""
    reason = _reason(wish, reason, _("请写明为什么撤回，认领的人会看到。"))
    hold(wish)
    require_drafter(wish, by)
    WISH.make(wish, "withdraw", by=by, set={"reason": reason, "ended_at": clock.now()})
    end_claims(wish, by=by, subject=_("心愿 %(number)s 已撤回，不用再办，谢谢您。"), note=_("心愿已撤回"))
    _nothing_to_look_at(wish, by, _("心愿已撤回"))
    if not is_drafter(wish, by):
        tell_drafter(wish, _("您登记的心愿 %(number)s 已撤回。"), by=by)
    tell_case(wish, by=by)
    return wish


def require_drafter(wish: Wish, by: Actor) -> None:
    """NotAllowed for anybody but whoever wrote it down, and whoever verifies wishes there."""
    if not is_drafter(wish, by) and not by.may("outreach.verify_wish", wish.unit):
        raise NotAllowed(_("只有登记的人和街区能改这个心愿。"))


def _verify(wish: Wish, by: Actor, checks: Iterable[str]) -> None:
    missing = [name for name in CHECKS if name not in set(checks)]
    if missing:
        raise Refused(_("小、办得到、合理，三样都核实了才能发布；做不到的请退回，或转为诉求。"), field="checks")
    WISH.make(wish, "verify", by=by, set={"verified_by_id": by.person_id})
    finish_tasks_about(wish, "outreach.verify_wish", by=by)


def _ask_to_look(wish: Wish, verb: str, by: Actor) -> None:
    """A task for whoever runs the block: its head, or the nearest above where there is none. Named by number: nothing that has
    not been looked at is repeated."""
    desk = desk_for(wish.unit)
    open_task(
        verb, _("微心愿 %(number)s") % {"number": wish.number}, unit=desk.unit, about=wish, role=desk.role,
        holder=Person(pk=desk.holder) if desk.holder is not None else None,
        due_at=workdays.due(clock.now(), workdays=LOOK_WORKDAYS), by=by,
    )  # fmt: skip


def _nothing_to_look_at(wish: Wish, by: Actor, note: str) -> None:
    drop_tasks_about(wish, "outreach.verify_wish", "outreach.publish_wish", by=by, note=note)


def _reason(wish: Wish, text: str, ask: str) -> str:
    """It lies open in the database and is read by whoever claimed: nothing of who or where."""
    if not text.strip():
        raise Refused(ask, field="reason")
    if len(one_line(text)) > 200:
        raise Refused(_("请写在 %(n)s 个字以内。") % {"n": 200}, field="reason")
    if (wrong := what_tells(one_line(text), wish.household)) is not None:
        raise Refused(wrong, field="reason")
    return one_line(text)


def _write(wish: Wish, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(wish, name, value)
    wish.save(update_fields=list(fields))
