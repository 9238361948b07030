"""Claiming a wish is a race that is won once: parts are taken by compare-and-set under the wish's lock, and the database refuses
the rest. Whoever comes too late waits in line, and parts that come free are theirs at once.

So that nobody waits beside a free part, nobody in line ever wants as little as is free: who comes later and asks for less than the
first in line could take jumps nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record, record_all
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action
from jiequ.outreach.actions.records import note_service
from jiequ.outreach.actions.wish_people import (
    Following,
    ask_to_confirm,
    end_link,
    hold,
    is_claimers,
    link_maker,
    tell_drafter,
    tell_guides,
)
from jiequ.outreach.models import ServiceRecord, Wish, WishClaim
from jiequ.outreach.workflow import WISH
from jiequ.people.actions import notify
from jiequ.people.models import Person, Team
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, open_task

CONNECT, BRING = "outreach.connect_wish", "outreach.bring_wish"
S = WishClaim.State


@action
def claim_wish(wish: Wish, *, by: Actor, parts: int = 1, team: Team | None = None) -> WishClaim:
    """Take `parts` of a wish, for oneself or for a team one belongs to. Where fewer are free the claim waits in line: its state
    says so. At most 15 statements."""
    require(by, "outreach.claim_wish", wish.unit)
    if by.person_id is None:
        raise NotAllowed(_("认领要写明是谁，请用本人的账号。"))
    hold(wish)
    if wish.state not in Wish.ON_THE_WALL:
        raise Refused(_("现在是“%(state)s”，不能认领。还有别的心愿等着您。") % {"state": wish.get_state_display()})
    if not 1 <= parts <= wish.parts:
        raise Refused(_("请填 1 到 %(n)s 份。") % {"n": wish.parts}, field="parts")
    if team is not None:
        _require_in(team, by)
    mine = WishClaim.objects.filter(wish=wish, state__in=(S.WAITING, *WishClaim.HOLDS))
    if (mine.filter(team=team) if team is not None else mine.filter(team=None, person_id=by.person_id)).exists():
        raise Overtaken(_("您已经认领过这个心愿。") if team is None else _("队里已经认领过这个心愿。"))
    now = clock.now()
    claim = WishClaim(
        wish=wish, person_id=by.person_id, team=team, unit_id=wish.unit_id, parts=parts, claimed_at=now, state=S.WAITING
    )
    if _take(wish, parts):
        claim.state, claim.connect_due_at = S.HELD, _connect_due(wish)
        claim.save(force_insert=True)
        record("claim", claim, by=by, wish=wish.number, parts=parts)
        _end_their_link(claim, by)
        _ask_to_connect(claim, by)
        tell_guides(wish, _("有人认领了心愿 %(number)s，请在期限内带双方对接。"), by=by)
        if not wish.parts_left:
            settle(wish, by=by)
    else:
        claim.save(force_insert=True)
        record("wait", claim, by=by, wish=wish.number, parts=parts)
    return claim


@action
def connect_claim(claim: WishClaim, *, by: Actor) -> WishClaim:
    """Claimer and wisher are in touch. Bringing it is the next thing to do."""
    _hold_claim(claim, by)
    _change(claim, (S.HELD,), state=S.CONNECTED, connected_at=clock.now())
    record("connect", claim, by=by, wish=claim.wish.number)
    finish_tasks_about(claim, CONNECT, by=by)
    _ask_to_bring(claim, by)
    settle(claim.wish, by=by)
    return claim


@action
def bring_claim(
    claim: WishClaim, *, by: Actor, on: date | None = None, persons: Iterable[int] | None = None
) -> WishClaim:
    """The parts of this claim have been brought, or done. It stands in the service record of the claimer, or of those of the
    team who took part (`persons`, ids)."""
    _hold_claim(claim, by)
    on = on or clock.today()
    if on > clock.today():
        raise Refused(_("日期不能晚于今天。"), field="on")
    served = sorted(set(persons or ()))
    if claim.team is None and served and served != [claim.person_id]:
        raise Refused(_("这是个人认领的心愿，只记认领人。"), field="persons")
    if claim.team is not None and served:
        there = set(claim.team.persons.values_list("pk", flat=True)) | {claim.team.leader_id, claim.person_id}
        if not set(served) <= there:
            raise Refused(_("请选队里的人。"), field="persons")
    now = clock.now()
    _change(claim, (S.HELD, S.CONNECTED), state=S.DONE, connected_at=claim.connected_at or now, done_at=now)
    record("bring", claim, by=by, wish=claim.wish.number, on=on)
    finish_tasks_about(claim, CONNECT, by=by)
    finish_tasks_about(claim, BRING, by=by)
    wish = claim.wish
    note_service(
        served or [claim.person_id], wish, unit=wish.grid_id or wish.unit_id, on=on, kind=ServiceRecord.Kind.WISH
    )
    if link_maker(wish) in served:  # they joined the team after it had claimed
        end_link(wish, by=by)
    settle(wish, by=by)
    return claim


@action
def give_up_claim(claim: WishClaim, *, by: Actor) -> WishClaim:
    """Cannot, after all: no reason is asked. Its parts go to the next in line, or back on the wall."""
    _hold_claim(claim, by)
    held = claim.state in (S.HELD, S.CONNECTED)
    _change(claim, (S.WAITING, S.HELD, S.CONNECTED), state=S.GIVEN_UP, ended_at=clock.now())
    record("give_up", claim, by=by, wish=claim.wish.number, parts=claim.parts)
    if held:
        _let_go(claim, by=by, note=_("已放弃认领"))
        tell_drafter(claim.wish, _("心愿 %(number)s 有认领人放弃了，已让给下一位或重新上墙。"), by=by)
    return claim


def release_claim(claim: WishClaim, *, by: Actor) -> None:
    """Not connected in time: the next in line has its parts. Part of the sweep, which holds the wish."""
    _change(claim, (S.HELD,), state=S.RELEASED, ended_at=clock.now())
    record("release", claim, by=by, wish=claim.wish.number, parts=claim.parts)
    _let_go(claim, by=by, note=_("到期没有对接，已释放"))
    subject = _("心愿 %(number)s 到期没有对接，已让给别人。有空还可以再认领。") % {"number": claim.wish.number}
    notify([claim.person_id], subject, url=claim.wish.get_absolute_url())


def end_claims(wish: Wish, *, by: Actor, subject: str, note: str) -> None:
    """The wish has ended: whoever holds parts that are not brought, or waits, hears so. Part of the action that ends it."""
    ended = list(wish.claims.filter(state__in=(S.WAITING, S.HELD, S.CONNECTED)).order_by("pk"))
    if not ended:
        return
    freed = sum(c.parts for c in ended if c.holds)
    WishClaim.objects.filter(pk__in=[c.pk for c in ended]).update(state=S.RELEASED, ended_at=clock.now())
    for claim in ended:
        claim.state = S.RELEASED
        drop_tasks_about(claim, CONNECT, BRING, by=by, note=note)
    if freed:
        _give_back(wish, freed)
    record_all("release", ended, by=by, wish=wish.number)
    persons = sorted({c.person_id for c in ended} - {by.person_id})
    notify(persons, subject % {"number": wish.number}, url=wish.get_absolute_url())


def settle(wish: Wish, *, by: Actor) -> None:
    """Bring the wish's state into line with its claims: they decide it, from published to fulfilled. Whoever waits and fits into
    what is free moves up first. Part of an action that holds the wish."""
    machine = Following(by)
    if wish.parts_left and wish.state != Wish.State.PUBLISHED:
        WISH.make(wish, "free", by=machine, set={"fulfilled_at": None})
    if wish.parts_left:
        _move_up(wish, by)
    if wish.parts_left:
        return
    if wish.state == Wish.State.PUBLISHED:
        WISH.make(wish, "taken", by=machine)
    states = set(wish.claims.standing().values_list("state", flat=True))
    if states == {S.DONE}:
        if wish.state != Wish.State.FULFILLED:
            WISH.make(wish, "fulfil", by=machine, set={"fulfilled_at": clock.now()})
            ask_to_confirm(wish, by=by)
    elif S.HELD not in states and wish.state == Wish.State.CLAIMED:
        WISH.make(wish, "connected", by=machine)


def bring_again(wish: Wish, *, by: Actor) -> list[WishClaim]:
    """The wisher's side has not had it: what counted as brought is to be brought. Part of `dispute_wish`, which holds the wish."""
    claims = list(wish.claims.filter(state=S.DONE).select_related("person").order_by("pk"))
    WishClaim.objects.filter(pk__in=[c.pk for c in claims]).update(state=S.CONNECTED, done_at=None)
    for claim in claims:
        claim.state, claim.done_at, claim.wish = S.CONNECTED, None, wish
        _ask_to_bring(claim, by)
    return claims


def _move_up(wish: Wish, by: Actor) -> None:
    for claim in wish.claims.waiting().select_related("person"):
        if not wish.parts_left:
            return
        if claim.parts > wish.parts_left or not _take(wish, claim.parts):
            continue
        claim.wish = wish
        _change(claim, (S.WAITING,), state=S.HELD, connect_due_at=_connect_due(wish))
        record("move_up", claim, by=by, wish=wish.number, parts=claim.parts)
        _end_their_link(claim, by)
        _ask_to_connect(claim, by)
        subject = _("轮到您了：心愿 %(number)s 由您来圆，请在期限内对接。") % {"number": wish.number}
        notify([claim.person_id], subject, url=wish.get_absolute_url())


def _end_their_link(claim: WishClaim, by: Actor) -> None:
    """Whoever claims does not keep the wisher's link: neither who wrote the wish down nor who made it."""
    wish = claim.wish
    if not wish.secret_index:
        return
    persons = {claim.person_id}
    if claim.team is not None:
        persons |= {claim.team.leader_id or 0, *claim.team.persons.values_list("pk", flat=True)}
    if persons & ({wish.drafted_by_id, link_maker(wish)} - {None}):
        end_link(wish, by=by)


def _take(wish: Wish, parts: int) -> bool:
    """Take parts if so many are free: compared and set in one statement."""
    free = Wish.objects.filter(pk=wish.pk, state__in=Wish.ON_THE_WALL, parts_taken__lte=F("parts") - parts)
    first = (wish.claimed_at, wish.claimed_in_id) if wish.claimed_at else (clock.now(), wish.unit_id)
    since, place = first
    taken = F("parts_taken") + parts
    if wish.parts_left < parts or not free.update(parts_taken=taken, claimed_at=since, claimed_in=place):
        return False
    wish.parts_taken += parts
    wish.claimed_at, wish.claimed_in_id = since, place
    return True


def _give_back(wish: Wish, parts: int) -> None:
    left: dict[str, Any] = {} if wish.parts_taken > parts else {"claimed_at": None, "claimed_in": None}
    Wish.objects.filter(pk=wish.pk).update(parts_taken=F("parts_taken") - parts, **left)
    wish.parts_taken -= parts
    if left:
        wish.claimed_at, wish.claimed_in_id = None, None


def _let_go(claim: WishClaim, *, by: Actor, note: str) -> None:
    drop_tasks_about(claim, CONNECT, BRING, by=by, note=note)
    _give_back(claim.wish, claim.parts)
    settle(claim.wish, by=by)


def _hold_claim(claim: WishClaim, by: Actor) -> None:
    """Hold the wish, then read the claim again: by its claimer, its team's leader, or whoever verifies wishes there."""
    if not is_claimers(claim, by) and not by.may("outreach.verify_wish", claim.wish.unit):
        raise NotAllowed(_("这是别人认领的心愿。需要的话，请街区网格长来办。"))
    hold(claim.wish)
    claim.state = WishClaim.objects.values_list("state", flat=True).get(pk=claim.pk)


def _change(claim: WishClaim, sources: tuple[str, ...], **changes: Any) -> None:
    if claim.state not in sources:
        raise Refused(_("这份认领现在是“%(state)s”，不能这样办。请刷新页面。") % {"state": S(claim.state).label})
    if not WishClaim.objects.filter(pk=claim.pk, state=claim.state).update(**changes):
        raise Overtaken(_("刚刚已有人办过这一步。没有重复办理，请刷新页面看看最新情况。"))
    for name, value in changes.items():
        setattr(claim, name, value)


def _connect_due(wish: Wish) -> Any:
    return clock.now() + timedelta(days=wish.rule.connect_days)


def _ask_to_connect(claim: WishClaim, by: Actor) -> None:
    due = claim.connect_due_at or _connect_due(claim.wish)
    _open(CONNECT, claim, due, by)


def _ask_to_bring(claim: WishClaim, by: Actor) -> None:
    """As long again as for getting in touch, or until the day the wisher named: nobody's rule, so that it is not forgotten."""
    wish = claim.wish
    due = _connect_due(wish)
    if wish.wanted_by is not None and wish.wanted_by >= clock.today():
        due = clock.at(wish.wanted_by, 18)
    _open(BRING, claim, max(due, clock.now()), by)


def _open(verb: str, claim: WishClaim, due_at: Any, by: Actor) -> None:
    wish = claim.wish
    open_task(
        verb,
        f"{wish.number} {wish.title}",
        unit=wish.unit,
        about=claim,
        holder=Person(pk=claim.person_id),
        due_at=due_at,
        by=by,
    )


def _require_in(team: Team, by: Actor) -> None:
    if team.disbanded_on is not None and team.disbanded_on <= clock.today():
        raise Refused(_("这支服务队已经解散。"), field="team")
    if team.leader_id != by.person_id and not team.persons.filter(pk=by.person_id or 0).exists():
        raise Refused(_("请选您所在的服务队。"), field="team")
