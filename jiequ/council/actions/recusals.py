"""Step 4: staying out of an item (回避). Declared by oneself it holds at once; proposed by another, whoever runs the
meeting decides. Who stays out is in no base of that item (docs/decisions/0027), and nothing is voted while one is undecided.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, NotAllowed, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.presence import COUNCIL_ROLES, running, runs, touch, voters
from jiequ.council.models import AgendaItem, Meeting, Recusal
from jiequ.people.models import Appointment, Person

_LIVING = (Recusal.State.PROPOSED, Recusal.State.HELD)


@action
def declare_recusal(item: AgendaItem, *, by: Actor, ground: str) -> Recusal:
    """A councillor stays out of an item, by their own word. It holds at once, also where somebody had proposed it."""
    meeting = lock(item.meeting)
    require(by, "council.cast_vote", meeting.unit)
    ground = _ground(ground)
    if by.person_id is None or not voters(meeting.unit).filter(pk=by.person_id).exists():
        raise Refused(_("您不是本街区理事，没有表决权，不用回避。"))
    _require_unvoted(meeting, item, by.person_id)
    now = clock.now()
    recusal = item.recusals.filter(person_id=by.person_id, state__in=_LIVING).first()
    if recusal is None:
        recusal = Recusal.objects.create(
            item=item, person_id=by.person_id, ground=ground, state=Recusal.State.HELD, made_at=now, decided_at=now
        )
    elif recusal.state == Recusal.State.HELD:
        raise Overtaken(_("这一项已经回避了。"))
    else:
        recusal.ground, recusal.state, recusal.decided_at, recusal.proposed_by = ground, Recusal.State.HELD, now, None
        recusal.save(update_fields=["ground", "state", "decided_at", "proposed_by"])
    touch(meeting)
    record("recuse", item.motion, by=by, person=by.person_id)
    return recusal


@action
def propose_recusal(item: AgendaItem, person: Person, *, by: Actor, ground: str) -> Recusal:
    """Somebody of the council who is in the room says that a councillor should stay out. Whoever runs the meeting decides,
    and may also write down a proposal that was made by word of mouth."""
    meeting = lock(item.meeting)
    if not runs(by, meeting):
        posts = Appointment.objects.in_force().filter(unit=meeting.unit, role__in=COUNCIL_ROLES)
        if by.person_id is None or not posts.filter(person_id=by.person_id).exists():
            raise Refused(_("您不是本街区理事会成员，不能提出回避。"))
        if not meeting.attendances.present().filter(person_id=by.person_id).exists():
            raise Refused(_("请先签到，再提出回避。"))
    ground = _ground(ground)
    if by.person_id == person.pk:
        raise Refused(_("自己要回避，请直接声明，不用别人决定。"))
    _require_unvoted(meeting, item, person.pk)
    if not voters(meeting.unit).filter(pk=person.pk).exists():
        raise Refused(_("这个人没有表决权，不用回避。"), field="person")
    if item.recusals.filter(person=person, state__in=_LIVING).exists():
        raise Overtaken(_("已经有人提出过，或已经回避。"))
    recusal = Recusal.objects.create(
        item=item,
        person=person,
        ground=ground,
        proposed_by_id=by.person_id,
        state=Recusal.State.PROPOSED,
        made_at=clock.now(),
    )
    touch(meeting)
    record("propose_recusal", item.motion, by=by, person=person.pk)
    return recusal


@action
def decide_recusal(recusal: Recusal, *, by: Actor, upheld: bool) -> Recusal:
    """Whoever runs the meeting decides on a proposal, before the vote; not in their own matter. Until then the decision
    may be changed. What somebody declared of themselves is not decided by others."""
    meeting = lock(recusal.item.meeting)
    by = running(by, meeting)
    if by.person_id == recusal.person_id:
        raise NotAllowed(_("关系到自己的回避，请另一位主持人决定。"))
    _require_unvoted(meeting, recusal.item, recusal.person_id)
    recusal = lock(recusal)
    target = Recusal.State.HELD if upheld else Recusal.State.DISMISSED
    is_living = recusal.state in _LIVING and recusal.proposed_by_id is not None
    if not is_living or recusal.state == target:
        raise Overtaken(_("这件回避现在“%(state)s”，不用再决定。") % {"state": recusal.get_state_display()})
    recusal.state, recusal.decided_at = target, clock.now()
    recusal.save(update_fields=["state", "decided_at"])
    touch(meeting)
    record("uphold_recusal" if upheld else "dismiss_recusal", recusal.item.motion, by=by, person=recusal.person_id)
    return recusal


@action
def withdraw_recusal(recusal: Recusal, *, by: Actor) -> Recusal:
    """Take back one's own: what one declared of oneself, or a proposal that is not decided yet. Before the vote."""
    meeting = lock(recusal.item.meeting)
    recusal = lock(recusal)
    is_proposal = recusal.proposed_by_id is not None
    if by.person_id is None or by.person_id != (recusal.proposed_by_id or recusal.person_id):
        raise NotAllowed(_("只能撤回自己提出的回避。"))
    _require_unvoted(meeting, recusal.item, recusal.person_id)
    if recusal.state != (Recusal.State.PROPOSED if is_proposal else Recusal.State.HELD):
        raise Overtaken(_("这件回避现在“%(state)s”，不能撤回。") % {"state": recusal.get_state_display()})
    recusal.state, recusal.decided_at = Recusal.State.WITHDRAWN, clock.now()
    recusal.save(update_fields=["state", "decided_at"])
    touch(meeting)
    record("withdraw_recusal", recusal.item.motion, by=by, person=recusal.person_id)
    return recusal


def _ground(ground: str) -> str:
    if ground not in Recusal.Ground.values:
        raise Refused(_("请选一个回避的理由。"), field="ground")
    return ground


def _require_unvoted(meeting: Meeting, item: AgendaItem, person: int) -> None:
    """Nobody enters or leaves the base of a vote that has begun; a vote that was broken off or set aside has not."""
    if meeting.state not in (Meeting.State.NOTICED, Meeting.State.OPEN):
        raise Refused(_("会议“%(state)s”，不能再说回避。") % {"state": meeting.get_state_display()})
    for ballot in item.ballots.filter(set_aside_at=None):
        if not ballot.is_open:
            raise Refused(_("这一项已经表决。确需回避的，请主持人重新表决，再提回避。"))
        if ballot.votes.filter(person_id=person).exists():
            raise Refused(_("这一轮已经投了票，不能再回避。确需回避的，请主持人中止这一轮。"))
        raise Refused(_("正在表决。确需回避的，请主持人先中止这一轮，再提回避。"))
    if not AgendaItem.objects.filter(pk=item.pk, closed_at=None).exists():
        raise Refused(_("这一项已经议完，不用回避。"))
