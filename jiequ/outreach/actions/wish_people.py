"""Who has to do with a wish: who wrote it down, who takes part in granting it, who is told what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.handling import say
from jiequ.cases.models import CaseMessage
from jiequ.cases.routing import desk_for
from jiequ.core import clock
from jiequ.core.journal import kind_of, record
from jiequ.core.models import JournalEntry
from jiequ.core.permission import Actor, Overtaken
from jiequ.core.writing import lock
from jiequ.outreach.models import Household, ServiceRecord, Wish, WishClaim
from jiequ.people.actions import notify
from jiequ.people.models import Person, Team
from jiequ.work.actions import open_task

CONFIRM = "outreach.confirm_wish"


class Following:
    """`by` for a move that follows by itself from an act whose own permission has been checked."""

    def __init__(self, by: Any) -> None:
        self.by, self.person_id = by, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


def hold(wish: Wish) -> Wish:
    """Read `wish` again, in place, and hold it until the transaction ends; Overtaken where its state is another by now, unless that
    state is one of its claims' doing."""
    fresh = lock(wish)
    moving = (*Wish.ON_THE_WALL, Wish.State.FULFILLED)
    if fresh.state != wish.state and not (fresh.state in moving and wish.state in moving):
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for field in Wish._meta.concrete_fields:
        if field.is_relation and getattr(fresh, field.attname) == getattr(wish, field.attname):
            continue  # what has been read of it stays
        setattr(wish, field.attname, getattr(fresh, field.attname))
    return wish


def is_drafter(wish: Wish, by: Actor) -> bool:
    return by.person_id is not None and by.person_id == wish.drafted_by_id


def is_claimers(claim: WishClaim, by: Actor) -> bool:
    """True for whoever made the claim, and for the leader of the team it was made for."""
    if by.person_id is None:
        return False
    return by.person_id == claim.person_id or (claim.team is not None and claim.team.leader_id == by.person_id)


def granters(wish: Wish) -> set[int]:
    """Everybody with a part in granting it, who therefore never confirms it: the claimers, their teams' leaders and members, and
    whoever served, also once they have left the team. One statement."""
    claims = wish.claims.standing().order_by()
    members = Team.persons.through.objects.filter(team__in=claims.filter(team__isnull=False).values("team"))
    served = ServiceRecord.objects.filter(about_kind=kind_of(wish), about_id=wish.pk).order_by()
    persons = claims.values_list("person_id", flat=True).union(
        claims.filter(team__isnull=False).values_list("team__leader_id", flat=True),
        members.order_by().values_list("person_id", flat=True),
        served.values_list("person_id", flat=True),
    )
    return {person for person in persons if person is not None}


def link_maker(wish: Wish) -> int | None:
    """Who made the wisher's link that opens now; None without one. At most one statement."""
    if not wish.secret_index:
        return None
    made = JournalEntry.objects.about(wish).filter(verb="link").values_list("by_id", flat=True)
    return made.first()


def end_link(wish: Wish, *, by: Actor) -> None:
    """The wisher's link opens nothing any more: somebody who has had it in hand takes part in granting, and would confirm by it what
    they brought themselves. Part of an action that holds the wish; another may be given by whoever has no part."""
    wish.secret_index = ""
    Wish.objects.filter(pk=wish.pk).update(secret_index="")
    record("end_link", wish, by=by)


def may_know(wish: Wish, by: Any, claims: list[WishClaim]) -> bool:
    """True for whoever may read the words as they were said and learn where: who wrote them down, who verifies, who has claimed
    and holds parts. Waiting in line is not yet a claim."""
    if is_drafter(wish, by) or by.may("outreach.verify_wish", wish.unit):
        return True
    return any(c.holds and is_claimers(c, by) for c in claims)


def may_confirm(wish: Wish, by: Actor) -> bool:
    """True for who wrote it down, and for whoever confirms in the wisher's place there, unless they had a part in granting it."""
    if not is_drafter(wish, by) and not by.may("outreach.confirm_wish", wish.unit):
        return False
    return by.person_id is None or by.person_id not in granters(wish)


def ask_to_confirm(wish: Wish, *, by: Actor) -> None:
    """A task for somebody who had no part in granting it: who wrote it down, else the block's head, else the nearest above. Part of
    the action that fulfils it."""
    apart = granters(wish)
    due = clock.now() + timedelta(days=wish.rule.confirm_days)
    title = f"{wish.number} {wish.title}"
    if wish.drafted_by_id is not None and wish.drafted_by_id not in apart:
        open_task(CONFIRM, title, unit=wish.unit, about=wish, holder=Person(pk=wish.drafted_by_id), due_at=due, by=by)
        return
    desk = desk_for(wish.unit, besides=apart)
    holder = Person(pk=desk.holder) if desk.holder is not None else None
    open_task(CONFIRM, title, unit=desk.unit, about=wish, role=desk.role, holder=holder, due_at=due, by=by)


def tell_drafter(wish: Wish, subject: str, *, by: Actor) -> None:
    """One notice, unless whoever acts is the drafter. `subject` has %(number)s and tells nobody's name."""
    if wish.drafted_by_id is not None and wish.drafted_by_id != by.person_id:
        notify([wish.drafted_by_id], subject % {"number": wish.number}, url=wish.get_absolute_url())


def tell_guides(wish: Wish, subject: str, *, by: Actor) -> None:
    """Whoever brings claimer and wisher together: who wrote the wish down, and who looks in on the household."""
    persons = {wish.drafted_by_id}
    if wish.household_id is not None:
        persons |= set(Household.objects.filter(pk=wish.household_id).values_list("member_id", flat=True))
    notify(
        sorted(p for p in persons if p is not None and p != by.person_id),
        subject % {"number": wish.number},
        url=wish.get_absolute_url(),
    )


def tell_case(wish: Wish, *, by: Actor) -> None:
    """What became of a wish stands as a note on the case it was raised from, and its holder is told; nothing for any other."""
    case = wish.case
    if case is None or not wish.comes_from_case:
        return
    words = _("微心愿 %(number)s：%(state)s。") % {"number": wish.number, "state": wish.get_state_display()}
    say(case, CaseMessage.Kind.NOTE, words, by=by)
    record("note", case, by=by, wish=wish.number, wish_state=wish.state)
    if case.holder_id is not None and case.holder_id != by.person_id:
        subject = _("诉求转的心愿有了结果，请答复诉求人：%(what)s") % {"what": case.task_title}
        notify([case.holder_id], subject, url=case.get_absolute_url())
