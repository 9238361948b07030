"""A motion's seven steps as one line: what is done, what is next, who must act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jiequ.core import clock, workdays
from jiequ.core.flow import act_label
from jiequ.core.models import JournalEntry
from jiequ.core.templatetags.jiequ import due as due_words
from jiequ.core.templatetags.jiequ import short_day as day
from jiequ.council.actions.outcomes import CARRY_OUT
from jiequ.council.models import Ballot, Motion, Progress, Proposer
from jiequ.work.models import Task

S = Motion.State


@dataclass(frozen=True)
class Step:
    """One of the seven. `state` is done, now, todo or stopped; `lines` say when and what came of it."""

    number: int
    label: Any
    state: str
    lines: tuple[str, ...] = ()


def steps_of(motion: Motion, ballots: list[Ballot], tasks: list[Task], proposers: list[Proposer]) -> list[Step]:
    """The seven steps of `motion`; its ballots, tasks and proposers are given so that nothing is read twice."""
    done = motion.step
    lines = [
        _collected(motion, proposers),
        _screened(motion),
        _noticed(motion),
        _discussed(motion),
        _voted(motion, ballots),
        _publicised(motion),
        _followed(motion, tasks),
    ]
    steps = []
    for index, (_key, label, _states) in enumerate(Motion.STEPS):
        if index < done:
            state = "done"
        elif index == done:
            state = "stopped" if motion.has_ended else "now"
        else:
            state = "todo"
        shown = lines[index] if state != "todo" else ()
        steps.append(Step(index + 1, label, state, shown))
    return steps


def _collected(motion: Motion, proposers: list[Proposer]) -> tuple[str, ...]:
    first = proposers[0].label if proposers else _("居民")
    words = _("%(day)s %(who)s提出") % {"day": day(motion.collected_at), "who": f"{first} "}
    more = _("等%(n)s人") % {"n": len(proposers)} if len(proposers) > 1 else ""
    return tuple(filter(None, (words, more)))


def _screened(motion: Motion) -> tuple[str, ...]:
    if motion.answered_at is not None:
        return (_("%(day)s答复") % {"day": f"{day(motion.answered_at)} "}, _("即时议，不用上会"))
    if motion.state == S.QUICK and motion.quick_due_at is not None:
        return (_("即时议"), due_words(motion.quick_due_at))
    if motion.screened_at is None:
        due = workdays.due(motion.collected_at, workdays=motion.rule.screening_workdays)
        return (_("%(day)s前审定") % {"day": day(due)},)
    used = workdays.workdays_between(clock.day(motion.collected_at), clock.day(motion.screened_at))
    came_of_it = motion.get_state_display() if motion.step == 1 else _("社区通过")
    return (
        f"{day(motion.screened_at)} {came_of_it}",
        _("用时%(n)s个工作日") % {"n": used} if used > 0 else _("当天"),
    )


def _noticed(motion: Motion) -> tuple[str, ...]:
    if motion.noticed_at is None or motion.meeting is None:
        return (motion.get_state_display(),) if motion.step == 2 else ()
    ahead = (clock.day(motion.meeting.starts_at) - clock.day(motion.noticed_at)).days
    return (_("%(day)s发出") % {"day": f"{day(motion.noticed_at)} "}, _("提前%(n)s天") % {"n": ahead})


def _discussed(motion: Motion) -> tuple[str, ...]:
    if motion.meeting is None:
        return ()
    when = motion.discussed_at or motion.meeting.starts_at
    return (f"{day(when)}", _("第%(n)s次会") % {"n": motion.meeting.sequence})


def _voted(motion: Motion, ballots: list[Ballot]) -> tuple[str, ...]:
    closed = [b for b in ballots if not b.is_open]
    if not closed:
        return (_("表决中"),) if ballots else ()
    last = closed[-1]
    return (
        f"{day(last.closed_at)} {last.get_outcome_display()}",
        _("赞成%(yes)s/%(present)s") % {"yes": last.yes, "present": last.present},
    )


def _publicised(motion: Motion) -> tuple[str, ...]:
    if motion.publicised_at is None or motion.public_until is None:
        return ()
    objected = getattr(motion, "objected", 0)
    return (
        _("%(start)s至%(end)s") % {"start": day(motion.publicised_at), "end": day(motion.public_until)},
        _("%(n)s条异议") % {"n": objected} if objected else _("无异议"),
    )


def _followed(motion: Motion, tasks: list[Task]) -> tuple[str, ...]:
    if motion.following_at is None:
        return ()
    mine = [t for t in tasks if t.verb == CARRY_OUT and t.state != Task.State.DROPPED]
    rows = [t.commitment for t in mine if hasattr(t, "commitment")]
    done = sum(t.state == Task.State.DONE for t in mine)
    how_far = (
        _("已完成%(done)s") % {"done": Progress.of_rows(motion, rows)}
        if rows
        else _("%(all)s项任务办成%(done)s项") % {"all": len(mine), "done": done}
    )
    first = (
        _("%(day)s办结") % {"day": day(motion.concluded_at)}
        if motion.concluded_at
        else _("%(day)s起") % {"day": day(motion.following_at)}
    )
    return (first, how_far)


def now_words(motion: Motion, tasks: list[Task]) -> dict[str, Any]:
    """The sentence under the steps: what is happening, who must act, by when."""
    waiting = next((t for t in tasks if t.state == Task.State.OPEN), None)
    who = ""
    if waiting is not None:
        who = waiting.holder.label if waiting.holder else str(waiting.get_role_display())
    says = {
        S.COLLECTED: _("转正式审定：%(reason)s") % {"reason": motion.reason}
        if motion.reason
        else _("等街区网格长提出审定建议。"),
        S.RECOMMENDED: _("等社区总街长审定。"),
        S.RETURNED: _("已退回：%(reason)s") % {"reason": motion.reason},
        S.REFERRED: _("已转%(to)s：%(reason)s") % {"to": motion.referred_to, "reason": motion.reason},
        S.MERGED: _("已并入另一个议题，一起办。"),
        S.ACCEPTED: _("等列入下一次理事会的议程。"),
        S.LISTED: _("已列入议程，等发会议公告。"),
        S.NOTICED: _("已公告，等开会讨论。"),
        S.DISCUSSING: _("正在会上讨论。"),
        S.POSTPONED: _("暂缓：%(reason)s") % {"reason": motion.reason},
        S.UNCONFIRMED: _("表决通过，属重大事项，等社区确认。"),
        S.ADOPTED: _("决议通过，等公示。"),
        S.REJECTED: _("表决未通过，已告知提出人。"),
        S.PUBLICISED: _("公示到%(day)s，期满且异议答复完再执行。")
        % {"day": day(motion.public_until) if motion.public_until else ""},
        S.FOLLOWING: _("正在执行决议。")
        if motion.round == 1
        else _("第%(n)s轮：居民满意率不够，继续办。") % {"n": motion.round},
        S.EVALUATING: _("请居民评价，满意率低于%(p)s%%进入下一轮。") % {"p": motion.rule.satisfied_percent},
        S.CONCLUDED: _("全部办结。"),
        S.QUICK: _("即时议：不用上会，到期前直接答复提出人。"),
        S.ANSWERED: _("已即时答复提出人。"),
    }
    return {"text": says[S(motion.state)], "who": who, "task": waiting}


def said(entry: JournalEntry) -> str:
    """What a journal entry says was done, in words."""
    return str(act_label(entry.kind, entry.verb))
