"""Step 5: the vote. No quorum, no vote; a tie and an abstention are not yes; closing is final."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.council.actions.meetings import require_quorum
from jiequ.council.actions.outcomes import after_vote
from jiequ.council.models import AgendaItem, Ballot, Meeting, Motion, Vote
from jiequ.council.workflow import MOTION


@action
def record_show_of_hands(item: AgendaItem, *, by: Actor, yes: int, no: int, abstain: int) -> Ballot:
    """Record the hands counted in the room, and close the vote. The three numbers must add up to the voters present."""
    ballot = _open(item, Ballot.Kind.HANDS, by)
    if min(yes, no, abstain) < 0 or yes + no + abstain != ballot.present:
        raise Refused(
            _("赞成、反对、弃权相加是%(sum)s，现在有表决权的到会%(present)s人。请重新数一遍。")
            % {"sum": yes + no + abstain, "present": ballot.present},
            field="yes",
        )
    ballot.yes, ballot.no, ballot.abstain = yes, no, abstain
    return _close(ballot, by)


@action
def open_ballot(item: AgendaItem, *, by: Actor) -> Ballot:
    """Open a vote by name; every councillor in the room may cast one."""
    ballot = _open(item, Ballot.Kind.BY_NAME, by)
    record("open_ballot", ballot.item.motion, by=by, seats=ballot.seats)
    return ballot


@action
def cast_vote(ballot: Ballot, *, by: Actor, choice: str) -> Vote:
    """Cast one's own vote. Once, while the ballot is open, by a councillor who is in the room."""
    require(by, "council.cast_vote", ballot.unit)
    voter = by.person_id
    meeting = lock(ballot.item.meeting)
    fresh = lock(ballot)
    if not fresh.is_open:
        raise Overtaken(_("表决已经结束，这一票没有计入。"))
    if choice not in Vote.Choice.values:
        raise Refused(_("请选赞成、反对或弃权。"), field="choice")
    if voter is None or not meeting.attendances.present().voting().filter(person_id=voter).exists():
        raise Refused(_("您没有签到，或没有表决权，不能投票。"))
    try:
        with transaction.atomic():
            vote = Vote.objects.create(ballot=fresh, person_id=voter, choice=choice, cast_at=clock.now())
    except IntegrityError as error:
        raise Overtaken(_("您已经投过票了，一人一票。")) from error
    record("cast_vote", ballot.item.motion, by=by)  # that a vote was cast, not which
    return vote


@action
def close_ballot(ballot: Ballot, *, by: Actor) -> Ballot:
    """Count the votes by name and close. Who is present and cast none has abstained; the quorum must still be there."""
    require(by, "council.hold_meeting", ballot.unit)
    meeting = lock(ballot.item.meeting)
    ballot = lock(ballot)
    if not ballot.is_open:
        raise Overtaken(_("表决已经结束。"))
    present, of = require_quorum(meeting)
    in_room = meeting.attendances.present().voting().values("person_id")
    # A vote counts if its voter is still in the room when the ballot closes; a vote by one who left does not.
    counted = dict(
        ballot.votes.filter(person__in=in_room).values_list("choice").annotate(n=Count("pk")).values_list("choice", "n")
    )
    ballot.present, ballot.seats = present, of
    ballot.yes, ballot.no = counted.get(Vote.Choice.YES, 0), counted.get(Vote.Choice.NO, 0)
    ballot.abstain = present - ballot.yes - ballot.no
    return _close(ballot, by)


def _open(item: AgendaItem, kind: str, by: Actor) -> Ballot:
    require(by, "council.hold_meeting", item.meeting.unit)
    meeting = lock(item.meeting)
    if meeting.state != Meeting.State.OPEN:
        raise Refused(_("会议没有在进行，不能表决。"))
    item.motion.refresh_from_db(fields=["state"])
    if item.motion.state != Motion.State.DISCUSSING:
        raise Refused(_("这个议题现在“%(state)s”，讨论之后才能表决。") % {"state": item.motion.get_state_display()})
    present, of = require_quorum(meeting)
    if item.ballots.exists():
        raise Overtaken(_("这个议题已经开始表决。"))
    quorum, majority = meeting.rule.quorum, item.motion.majority
    return Ballot.objects.create(
        item=item,
        kind=kind,
        quorum_num=quorum.num,
        quorum_den=quorum.den,
        quorum_strict=quorum.strict,
        majority_num=majority.num,
        majority_den=majority.den,
        majority_strict=majority.strict,
        seats=of,
        present=present,
        opened_at=clock.now(),
    )


def _close(ballot: Ballot, by: Actor) -> Ballot:
    passed = ballot.majority.met(ballot.yes, ballot.present)
    ballot.closed_at = clock.now()
    ballot.outcome = Ballot.Outcome.PASSED if passed else Ballot.Outcome.NOT_PASSED
    ballot.save()
    motion = ballot.item.motion
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
    )  # fmt: skip
    after_vote(motion, by=by)
    return ballot
