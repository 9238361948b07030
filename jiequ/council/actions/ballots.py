"""Step 5: the vote. No quorum, no vote; a tie and an abstention are not yes; closing is final, a re-vote a new round.

What is cast on phones lies in envelopes until the close: encrypted under a key of that ballot alone, which is no part of
the database and is destroyed with the close. So nobody counts before the end, and nobody ever joins a secret vote to
its voter (docs/decisions/0026).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiequ.core import clock, shredding
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.outcomes import after_vote, before_revote
from jiequ.council.actions.presence import Base, proxies_of, require_nothing_else, require_quorum, running, touch
from jiequ.council.actions.speaking import stop_speaking
from jiequ.council.models import AgendaItem, Ballot, Meeting, Motion, Recusal, Vote
from jiequ.council.workflow import MOTION

#: A choice as one byte, so that no envelope is longer than another.
_LETTER = {Vote.Choice.YES: b"y", Vote.Choice.NO: b"n", Vote.Choice.ABSTAIN: b"a"}
_CHOICE = {letter: choice for choice, letter in _LETTER.items()}


@action
def record_show_of_hands(
    item: AgendaItem, *, by: Actor, yes: int, no: int, abstain: int, names: Mapping[int, str] | None = None
) -> Ballot:
    """Record the hands counted in the room, and close the vote. The three numbers must add up to the voters present.

    `names`, where wished, says who raised a hand for what ({person's number: choice}); it must agree with the numbers.
    """
    ballot, base, by = _open(item, Ballot.Kind.HANDS, by)
    if min(yes, no, abstain) < 0 or yes + no + abstain != base.present:
        raise Refused(
            _("赞成、反对、弃权相加是%(sum)s，现在有表决权的到会%(present)s人。请重新数一遍。")
            % {"sum": yes + no + abstain, "present": base.present},
            field="yes",
        )
    if names:
        counted = Counter(names.values())
        agrees = (counted["yes"], counted["no"], counted["abstain"]) == (yes, no, abstain)
        if set(names) != set(base.entitled) or not agrees:
            raise Refused(_("逐人登记的和三个人数对不上，请核对每一位的意见。"), field="names")
    _freeze(ballot, base, dict(names or {}))
    ballot.yes, ballot.no, ballot.abstain = yes, no, abstain
    return _close(ballot, base, by)


@action
def confirm_hand(vote: Vote, *, by: Actor) -> Vote:
    """A member confirms what was entered for them at a show of hands. Once."""
    require(by, "council.cast_vote", vote.ballot.unit)
    if vote.person_id != by.person_id:
        raise Refused(_("只能确认自己的意见。"))
    if vote.ballot.kind != Ballot.Kind.HANDS or not vote.choice:
        raise Refused(_("这次表决没有逐人登记，不用确认。"))
    if not Vote.objects.filter(pk=vote.pk, confirmed_at=None).update(confirmed_at=clock.now()):
        raise Overtaken(_("您已经确认过了。"))
    record("confirm_hand", vote.ballot.item.motion, by=by)
    return vote


@action
def open_ballot(item: AgendaItem, *, by: Actor, kind: str = Ballot.Kind.BY_NAME) -> Ballot:
    """Open a vote by name or a secret one; every councillor in the room who is not recused may cast one."""
    if kind not in (Ballot.Kind.BY_NAME, Ballot.Kind.SECRET):
        raise ValueError(f"not cast on phones: {kind}")
    ballot, _base, by = _open(item, kind, by)
    shredding.make_key(ballot.key_name)
    touch(item.meeting)
    record("open_ballot", item.motion, by=by, seats=ballot.seats, kind=kind, round=ballot.round)
    return ballot


@action
def cast_vote(ballot: Ballot, *, by: Actor, choice: str, represented: int | None = None, change: bool = False) -> Vote:
    """Cast one's own vote, or by proxy that of the person `represented`, while the ballot is open.

    The same choice sent again is the same vote (a phone repeats what the network lost); another one needs `change`.
    """
    require(by, "council.cast_vote", ballot.unit)
    item, ballot = ballot.item, lock(ballot)
    ballot.item = item  # what the caller has read already need not be read again while others wait
    if not ballot.is_open:
        raise Overtaken(_("表决已经结束，这一票没有计入。"))
    if choice not in Vote.Choice.values:
        raise Refused(_("请选赞成、反对或弃权。"), field="choice")
    voter = represented or by.person_id
    _require_entitled(ballot, by.person_id, voter)
    assert voter is not None
    sealed = shredding.close_up(ballot.key_name, _LETTER[Vote.Choice(choice)], _place(ballot, voter))
    before = Vote.objects.filter(ballot=ballot, person_id=voter).first()
    if before is not None:
        if _read(ballot, before) == choice:
            return before
        if not change:
            raise Overtaken(_("您已经投过票了，一人一票。要改投，请在表决结束前点“改投”。"))
        before.envelope, before.cast_at, before.acting_id = sealed, clock.now(), by.person_id
        before.save(update_fields=["envelope", "cast_at", "acting_id"])
        return before
    try:
        with transaction.atomic():
            vote = Vote.objects.create(
                ballot=ballot, person_id=voter, acting_id=by.person_id, envelope=sealed, cast_at=clock.now()
            )
    except IntegrityError as error:
        raise Overtaken(_("您已经投过票了，一人一票。")) from error
    record("cast_vote", ballot.item.motion, by=by)  # that a vote was cast, not which
    return vote


def choice_seen_by(vote: Vote, *, by: Actor) -> str:
    """What was chosen in a vote by name, for whoever it is of or who cast it; "" in a secret vote, and for anybody else."""
    if vote.ballot.is_secret or by.person_id is None or by.person_id not in (vote.person_id, vote.acting_id):
        return ""
    try:
        return _read(vote.ballot, vote)
    except shredding.KeyIsGone:
        return ""


@action
def close_ballot(ballot: Ballot, *, by: Actor) -> Ballot:
    """Open the envelopes, count and close. Who is entitled and cast none has abstained; the quorum must still be there."""
    by = running(by, ballot.item.meeting)
    meeting = lock(ballot.item.meeting)
    item = ballot.item
    ballot = lock(ballot)
    if not ballot.is_open:
        raise Overtaken(_("表决已经结束。"))
    ballot.item = item
    base = require_quorum(meeting, item)
    try:
        read = {vote.person_id: _read(ballot, vote) for vote in ballot.votes.all()}
    except shredding.KeyIsGone as error:
        raise Refused(_("这次表决的钥匙已经丢失，票不能开启。请中止这一轮，重新表决。")) from error
    counted = Counter(choice for person, choice in read.items() if person in base.entitled)
    ballot.present, ballot.seats, ballot.recused = base.present, base.seats, base.recused
    ballot.yes, ballot.no = counted[Vote.Choice.YES], counted[Vote.Choice.NO]
    ballot.abstain = base.present - ballot.yes - ballot.no
    shown = {} if ballot.is_secret else {p: read.get(p, Vote.Choice.ABSTAIN) for p in {*base.entitled, *read}}
    _freeze(ballot, base, shown)
    return _close(ballot, base, by)


@action
def break_off_ballot(ballot: Ballot, *, by: Actor, reason: str) -> Ballot:
    """End an open vote without a result: nothing was counted, the envelopes stay closed for ever. A new round may follow."""
    by = running(by, ballot.item.meeting)
    meeting, motion = lock(ballot.item.meeting), ballot.item.motion
    if not reason.strip():
        raise Refused(_("请写明为什么中止，会写进会议记录。"), field="reason")
    ballot = lock(ballot)
    if not ballot.is_open:
        raise Overtaken(_("表决已经结束。"))
    ballot.set_aside_at, ballot.set_aside_reason = clock.now(), reason.strip()[:200]
    ballot.save(update_fields=["set_aside_at", "set_aside_reason"])
    ballot.votes.update(envelope=None, is_counted=False)
    transaction.on_commit(lambda: shredding.destroy_key(ballot.key_name))
    touch(meeting)
    record("break_off_ballot", motion, by=by, round=ballot.round)
    return ballot


@action
def set_aside_ballot(ballot: Ballot, *, by: Actor, reason: str) -> Ballot:
    """A closed vote was not in order: it stays on record without effect, and the item is open for a new round.

    Only in the meeting that held it, while that sits. Nothing is reopened: who wants another result holds another vote.
    """
    by = running(by, ballot.item.meeting)
    meeting, item = lock(ballot.item.meeting), ballot.item
    if not reason.strip():
        raise Refused(_("请写明为什么重新表决，会写进会议记录。"), field="reason")
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("散会以后不能重新表决；请把议题列入下一次会。"))
    if not Ballot.objects.filter(pk=ballot.pk).standing().exists():
        raise Overtaken(_("这一轮表决没有生效的结果，不用重新表决。"))
    require_nothing_else(meeting, item)
    motion = Motion.objects.select_related("unit").get(pk=item.motion_id)
    MOTION.make(
        motion, "revote", by=by, set={"decided_at": None, "was_adopted": None, "concluded_at": None}, round=ballot.round
    )
    before_revote(motion, by=by)
    Ballot.objects.filter(pk=ballot.pk).update(set_aside_at=clock.now(), set_aside_reason=reason.strip()[:200])
    AgendaItem.objects.filter(pk=item.pk).update(outcome="", closed_at=None)
    touch(meeting)
    ballot.refresh_from_db()
    return ballot


def destroy_spent_keys() -> int:
    """Destroy the keys of ballots that are over, where a process ended between the close and the destroying. For the tick."""
    over = Ballot.objects.exclude(key_name="").exclude(pk__in=Ballot.objects.going_on().values("pk"))
    spent = list(over.values_list("pk", "key_name")[:500])
    for _pk, name in spent:
        shredding.destroy_key(name)
    if spent:
        _forget_keys([pk for pk, _name in spent])
    return len(spent)


@action
def _forget_keys(ballots: list[int]) -> None:
    """What was destroyed need not be looked for again. Done by the tick, for the system."""
    Ballot.objects.filter(pk__in=ballots).update(key_name="")


def _open(item: AgendaItem, kind: str, by: Actor) -> tuple[Ballot, Base, Actor]:
    by = running(by, item.meeting)
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，不能表决。"))
    item.motion.refresh_from_db(fields=["state"])
    if item.motion.state != Motion.State.DISCUSSING:
        raise Refused(_("这个议题现在“%(state)s”，讨论之后才能表决。") % {"state": item.motion.get_state_display()})
    base = require_quorum(meeting, item)
    rounds = list(item.ballots.order_by("round"))
    if any(b.set_aside_at is None for b in rounds):
        raise Overtaken(_("这个议题已经开始表决。"))
    if item.recusals.filter(state=Recusal.State.PROPOSED).exists():
        raise Refused(_("有人提出回避还没有决定，主持人决定后才能表决。"))
    stop_speaking(meeting, item=item, but_points_of_order=True)
    quorum, majority = meeting.rule.quorum, item.motion.majority
    ballot = Ballot.objects.create(
        item=item,
        round=len(rounds) + 1,
        kind=kind,
        question=item.proposal or item.motion.title,
        quorum_num=quorum.num,
        quorum_den=quorum.den,
        quorum_strict=quorum.strict,
        quorum_minimum=quorum.minimum,
        majority_num=majority.num,
        majority_den=majority.den,
        majority_strict=majority.strict,
        majority_minimum=majority.minimum,
        seats=base.seats,
        present=base.present,
        recused=base.recused,
        key_name="" if kind == Ballot.Kind.HANDS else f"ballot-{secrets.token_hex(8)}",
        opened_at=clock.now(),
    )
    return ballot, base, by


def _require_entitled(ballot: Ballot, acting: int | None, voter: int | None) -> None:
    """In the room with a vote, not recused; for another person, holding their proxy in this meeting."""
    meeting = ballot.item.meeting
    if acting is None or voter is None or not meeting.attendances.present().voting().filter(person_id=acting).exists():
        raise Refused(_("您没有签到，或没有表决权，不能投票。"))
    if voter != acting and proxies_of(meeting).get(voter) != acting:
        raise Refused(_("没有这个人的委托，不能代投。"))
    if ballot.item.recusals.filter(person_id=voter, state=Recusal.State.HELD).exists():
        raise Refused(_("这一项已经回避，不参加表决。"))


def _freeze(ballot: Ballot, base: Base, choices: Mapping[int, str]) -> None:
    """Write down who was entitled when the vote closed, and what each chose where that may be known."""
    there = {vote.person_id: vote for vote in ballot.votes.all()}
    for person, vote in there.items():
        vote.is_counted, vote.envelope, vote.choice = person in base.entitled, None, choices.get(person, "")
    Vote.objects.bulk_update(there.values(), ["is_counted", "envelope", "choice"])
    Vote.objects.bulk_create(
        Vote(ballot=ballot, person_id=person, choice=choices.get(person, ""))
        for person in sorted(base.entitled - there.keys())
    )


def _close(ballot: Ballot, base: Base, by: Actor) -> Ballot:
    passed = ballot.majority.met(ballot.yes, ballot.present)
    ballot.closed_at = clock.now()
    ballot.outcome = Ballot.Outcome.PASSED if passed else Ballot.Outcome.NOT_PASSED
    ballot.save()
    if name := ballot.key_name:
        transaction.on_commit(lambda: shredding.destroy_key(name))
    item, motion = ballot.item, ballot.item.motion
    item.closed_at, item.outcome = ballot.closed_at, ballot.outcome
    item.save(update_fields=["closed_at", "outcome"])
    move = ("adopt_major" if motion.is_major else "adopt") if passed else "reject"
    MOTION.make(
        motion, move, by=by,
        set={
            "decided_at": ballot.closed_at,
            "was_adopted": passed,
            # Voted down is concluded at once: the outcome is told in this same transaction.
            "concluded_at": None if passed else ballot.closed_at,
        },
        yes=ballot.yes, no=ballot.no, abstain=ballot.abstain, present=ballot.present, seats=ballot.seats,
        recused=base.recused, round=ballot.round,
    )  # fmt: skip
    touch(item.meeting)
    after_vote(motion, by=by)
    return ballot


def _place(ballot: Ballot, voter: int) -> str:
    return f"ballot {ballot.pk} of {voter}"


def _read(ballot: Ballot, vote: Vote) -> str:
    if vote.envelope is None:
        return str(vote.choice)
    return _CHOICE[shredding.open_up(ballot.key_name, bytes(vote.envelope), _place(ballot, vote.person_id))]
