"""After the answer: the complainant's word, the call back, and the end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow, handles
from jiequ.cases.actions.dispatching import open_handling
from jiequ.cases.actions.handling import say
from jiequ.cases.actions.mailing import mail_complainants
from jiequ.cases.actions.succession import where_it_goes_on
from jiequ.cases.actions.telling import tell_handler, tell_person
from jiequ.cases.models import Case, CaseMessage, CaseRating, Complainant
from jiequ.cases.routing import DESKS
from jiequ.cases.workflow import CASE
from jiequ.core import clock, workdays
from jiequ.core.journal import record
from jiequ.core.permission import SYSTEM, Actor, Overtaken, Refused, require
from jiequ.core.writing import action, lock
from jiequ.work.actions import drop_tasks_about, finish_tasks_about, order_supervision

RATING_WORKDAYS = 5  # that a case waits to be rated after the days for calling back
SUPERVISION_WORKDAYS = 2  # to answer the order that a second dissatisfied rating brings
PLEASED = (Case.Score.SATISFIED, Case.Score.BASICALLY)


@action
def rate_case(
    case: Case,
    complainant: Complainant,
    *,
    score: str,
    by: Actor,
    words: str = "",
    way: str = CaseRating.Way.LINK,
) -> CaseRating:
    """What a complainant says of the answer: once in each round, also after it was put away unrated.

    满意 or 基本满意 confirms what was said to be solved. 不满意 opens the case again by itself the first time; the second
    time it opens under supervision (督办); the third time it is kept as it is. Of several complainants the first to say
    不满意 opens it again, also when another was satisfied before and had it put away.
    """
    require(by, "cases.rate_case", case.unit)
    if score not in Case.Score.values:
        raise Refused(_("请选一个评价。"), field="score")
    case = lock(case)
    if complainant.case_id != case.pk or complainant.withdrew_at is not None:
        raise Refused(_("这条链接不能评价这件诉求。"))
    if case.state not in (Case.State.REPLIED, Case.State.ARCHIVED):
        raise Refused(_("办结答复以后才能评价。"))
    if CaseRating.objects.filter(case=case, complainant=complainant, round=case.reopened).exists():
        raise Overtaken(_("您已经评价过了，谢谢。"))
    rating = CaseRating(
        case=case, complainant=complainant, round=case.reopened, score=score, words=words.strip()[:300], way=way,
        rated_at=clock.now(), asked_by_id=by.person_id,
    )  # fmt: skip
    rating.save(force_insert=True)
    record("rate", case, by=by, score=score, way=way)
    said: dict[str, Any] = {"score": score, "rated_at": clock.now()}
    if score not in PLEASED and would_reopen(case):
        _reopen(case, said, by)
    elif case.state == Case.State.ARCHIVED:
        _note_late_rating(case, score)
    else:
        solved = score in PLEASED and case.outcome == Case.Outcome.SOLVED
        CASE.make(
            case, "confirm", by=SYSTEM,
            set={**said, "archived_at": clock.now(), **({"solved_at": clock.now()} if solved else {})},
        )  # fmt: skip
        finish_tasks_about(case, "cases.call_back", by=by)
    return rating


def would_reopen(case: Case) -> bool:
    """True where 不满意 opens the case again: twice at most, and while its ratings are waited for, whatever others have said."""
    if case.reopened >= 2:
        return False
    return case.state == Case.State.REPLIED or (
        case.state == Case.State.ARCHIVED and case.closed_at is not None and clock.now() <= rated_until(case)
    )


@action
def call_back(
    case: Case,
    complainant: Complainant,
    *,
    by: Actor,
    reached: bool,
    score: str = "",
    words: str = "",
) -> CaseRating | None:
    """回访: somebody other than the handler has called. Reached, the complainant's word counts as a rating of their own."""
    allow(by, "cases.call_back", case)
    if (handles(by, case) or _answered(by, case)) and not _is_last_desk(case, by):
        raise Refused(_("回访要由承办人以外的人来做。"))
    if case.state != Case.State.REPLIED:
        raise Refused(_("办结答复以后、归档以前才回访。"))
    if not reached:
        if words.strip():
            say(case, CaseMessage.Kind.CALL, words, by=by)
        record("miss_call", case, by=by)
        return None
    record("call_back", case, by=by)
    finish_tasks_about(case, "cases.call_back", by=by)
    return rate_case(case, complainant, score=score, by=_Caller(by), words=words, way=CaseRating.Way.CALL)


class _Caller:
    """`by`, who has the complainant on the telephone."""

    def __init__(self, by: Actor) -> None:
        self.by, self.person_id = by, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return permission == "cases.rate_case" or self.by.may(permission, unit)


@action
def archive_case(case: Case, *, by: Actor) -> Case:
    """Nobody has rated it within the time: it is put away as it is; nothing is said about its being solved.

    The time is the limit's working days for calling back and RATING_WORKDAYS more; before that nobody puts a case away."""
    if case.state == Case.State.REPLIED and case.closed_at is not None and clock.now() <= rated_until(case):
        raise Refused(_("还在等诉求人评价，过了时间会自动归档。"))
    CASE.make(case, "archive", by=by, set={"archived_at": clock.now()})
    drop_tasks_about(case, "cases.call_back", by=by, note=_("没有收到评价，已归档"))
    return case


def rated_until(case: Case) -> datetime:
    """Until when an answered case waits to be rated."""
    if case.closed_at is None:
        raise ValueError("this case is not closed")
    return workdays.due(case.closed_at, workdays=case.limit.callback_workdays + RATING_WORKDAYS)


def _note_late_rating(case: Case, score: str) -> None:
    """The first word about a case that was put away unrated counts as its rating."""
    late: dict[str, Any] = {"score": score, "rated_at": clock.now()}
    if score in PLEASED and case.outcome == Case.Outcome.SOLVED:
        late["solved_at"] = clock.now()
    Case.objects.filter(pk=case.pk, rated_at=None).update(**late)


def _answered(by: Actor, case: Case) -> bool:
    """True for whoever gave the answer that is asked about, by whatever post."""
    said = CaseMessage.objects.filter(case=case, kind=CaseMessage.Kind.REPLY).order_by("-said_at", "-pk")
    return by.person_id is not None and said.values_list("said_by", flat=True).first() == by.person_id


def _is_last_desk(case: Case, by: Actor) -> bool:
    """True where the subdistrict's own office leads, beside which there is nobody to call: another of its people may."""
    lead = case.lead
    is_office = lead is not None and lead.unit.depth == 1 and lead.role in DESKS[1]
    return is_office and by.person_id != case.holder_id


def _reopen(case: Case, said: dict[str, Any], by: Actor) -> None:
    """Once by itself; the second time under supervision. The clock: the limit's working days from now, on record beside
    the first due time, which the journal keeps."""
    again = case.reopened + 1
    due_at = workdays.due(clock.now(), workdays=case.limit.workdays)
    changes = {
        **said, "closed_at": None, "ended_at": None, "archived_at": None, "solved_at": None, "outcome": "", "reopened": again,
        "was_on_the_spot": False, "due_at": due_at, **where_it_goes_on(case),
    }  # fmt: skip
    CASE.make(case, "reopen", by=SYSTEM, set=changes, round=again, was_due_at=case.due_at)
    drop_tasks_about(case, "cases.call_back", by=SYSTEM, note=_("诉求人不满意，重办"))
    task = open_handling(case, by=SYSTEM)
    if again >= 2:
        order_supervision(
            task, demand=_("诉求人两次不满意，请说明原因并报解决办法。"),
            answer_due_at=workdays.due(clock.now(), workdays=SUPERVISION_WORKDAYS), by=SYSTEM,
        )  # fmt: skip
    mail_complainants(case, "reopen")
    if case.lead is not None:
        tell_handler(case, _("诉求人不满意，请重办：%(what)s"), case.lead, by=by)
    else:
        tell_person(case, _("诉求人不满意，请重办：%(what)s"), case.holder_id, by=by)
