"""The chain of a case (收集→分拨→办理→监督→评价) as one table: what may happen next, and who may do it.

"cases.handle_case" and "cases.lead_case" are also held by whoever works for the case's lead, the first by co-handlers too: see
actions/acting.py. Nobody makes a move on a case that complains of them, whatever their posts allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case, complains_of
from jiequ.core.flow import Flow, Move, name_acts
from jiequ.core.journal import kind_of
from jiequ.core.permission import Actor, NotAllowed
from jiequ.work.workflow import Work

S = Case.State
BEFORE_WORK = (S.SUBMITTED, S.ACCEPTED)
GIVEN_OUT = (S.DISPATCHED, S.WORKING)
#: Somebody has still to act.
OPEN = (*BEFORE_WORK, S.DISPATCHED, S.OBJECTED, S.WORKING, S.ESCALATED, S.RAISED)


class CaseFlow(Flow):
    def offered(self, row: Any, by: Actor) -> list[Move]:
        return [] if complains_of(row, by) else super().offered(row, by)

    def make(self, row: Any, name: str, *, by: Actor, set: dict[str, Any] | None = None, **facts: Any) -> None:
        keep_away(row, by)
        super().make(row, name, by=by, set=set, **facts)


def keep_away(case: Case, by: Actor) -> None:
    """NotAllowed for whoever `case` complains of."""
    if complains_of(case, by):
        raise NotAllowed(_("您在这里没有办这件事的权限。需要的话，请找社区总街长开通。"))


CASE = CaseFlow(
    "cases.case",
    # collected: taken in, or not
    Move("accept", {S.SUBMITTED}, S.ACCEPTED, may="cases.accept_case", label=_("受理")),
    Move("decline", BEFORE_WORK, S.DECLINED, may="cases.accept_case", label=_("不予受理")),
    Move("refer", BEFORE_WORK, S.REFERRED, may="cases.accept_case", label=_("转介")),
    Move("merge", (*BEFORE_WORK, *GIVEN_OUT), S.MERGED, may="cases.accept_case", label=_("并入")),
    # dispatched: to one lead, who may object once
    Move("dispatch", {S.ACCEPTED}, S.DISPATCHED, may="cases.accept_case", label=_("分拨")),
    Move("redispatch", GIVEN_OUT, S.DISPATCHED, may="cases.accept_case", label=_("改派")),
    Move("acknowledge", {S.DISPATCHED}, S.WORKING, may="cases.lead_case", label=_("签收")),
    Move("object", {S.DISPATCHED}, S.OBJECTED, may="cases.lead_case", label=_("提出分拨异议")),
    Move("uphold", {S.OBJECTED}, S.WORKING, may="cases.rule_dispatch", label=_("维持分拨")),
    Move("reassign", {S.OBJECTED}, S.DISPATCHED, may="cases.rule_dispatch", label=_("改由别处承办")),
    # worked on
    Move("fix_on_spot", (*BEFORE_WORK, *GIVEN_OUT), S.REPLIED, may="cases.handle_case", label=_("当场办结")),
    Move("escalate", {S.WORKING}, S.ESCALATED, may="cases.lead_case", label=_("吹哨")),
    Move("answer_whistle", {S.ESCALATED}, S.WORKING, may="cases.answer_whistle", label=_("回应吹哨")),
    Move("raise", {S.ACCEPTED, S.WORKING}, S.RAISED, may="cases.handle_case", label=_("转议题"), by_machine=True),
    Move("take_back", {S.RAISED}, S.WORKING, may="cases.lead_case", label=_("接着办")),
    Move("reply", {S.WORKING, S.RAISED}, S.REPLIED, may="cases.lead_case", label=_("答复办结")),
    Move(
        "answer_with",
        (*BEFORE_WORK, *GIVEN_OUT, S.RAISED),
        S.REPLIED,
        may="cases.lead_case",
        label=_("随同一起因答复"),
        by_machine=True,
    ),
    # watched and rated
    Move("confirm", {S.REPLIED}, S.ARCHIVED, may="cases.rate_case", label=_("评价后归档"), by_machine=True),
    Move("reopen", {S.REPLIED, S.ARCHIVED}, S.WORKING, may="cases.rate_case", label=_("重办"), by_machine=True),
    Move("archive", {S.REPLIED}, S.ARCHIVED, may="cases.call_back", label=_("归档"), by_machine=True),
    Move("withdraw", OPEN, S.WITHDRAWN, may="cases.follow_case", label=_("撤回"), by_machine=True),
    states=S,
)

name_acts(
    "cases.case",
    file=_("提交"),
    join=_("也遇到了"),
    place=_("定位"),
    reroute=_("随边界重新归属"),
    pass_on=_("交接"),
    classify=_("改类别"),
    contact=_("联系诉求人"),
    tell=_("告知进展"),
    add=_("补充"),
    note=_("写备注"),
    help=_("请协办"),
    helped=_("办完协办"),
    ask_time=_("请求延期或暂停"),
    grant_time=_("准予"),
    refuse_time=_("不准"),
    resume=_("恢复计时"),
    call_back=_("回访"),
    miss_call=_("回访没有联系上"),
    rate=_("评价"),
    name_complained=_("标明被投诉方"),
    adopt=_("归到同一起因"),
    release=_("移出同一起因"),
    reveal=_("查看联系方式"),
    leave=_("撤回自己的一份"),
    climb=_("上报上一级"),
    miss_contact=_("逾期未首次联系"),
    remove_photo=_("移走照片"),
    forget=_("按要求删除诉求人联系方式"),
    expire=_("到期清空内容"),
)
name_acts(
    "cases.handler",
    add=_("设立"),
    edit=_("修改"),
    join=_("加入"),
    leave=_("退出"),
    rota=_("排班"),
    end_rota=_("取消排班"),
    away=_("请人替班"),
    back=_("回来值班"),
    succeed=_("随单位变更延续"),
)
name_acts("territory.unit", export_cases=_("导出诉求"))
name_acts("cases.dutyline", set=_("设定"), end=_("停用"))
name_acts("cases.caselimit", set=_("设定"))
name_acts("cases.casecategory", seed=_("录入随附的"), add=_("新增"), edit=_("修改"))
name_acts("cases.scanpoint", issue=_("启用"), revoke=_("停用"), print=_("打印"))
name_acts("cases.spotfix", note=_("记下"))
name_acts("cases.answertemplate", add=_("新增"), edit=_("修改"))

Work("cases.accept", _("受理"), icon="inbox", by_hand=False, page=("case-move", "accept"), has_clock=True)
Work("cases.acknowledge", _("签收"), icon="inbox", by_hand=False, page=("case-move", "acknowledge"), has_clock=True)
Work("cases.rule", _("裁定"), icon="scale", by_hand=False, page=("case-move", "uphold"), has_clock=True)
Work("cases.handle", _("办理"), icon="message-report", by_hand=False, has_clock=True)
Work("cases.assist", _("协办"), icon="users", by_hand=False, page=("case-move", "finish-help"), has_clock=True)
Work(
    "cases.answer_whistle",
    _("回应吹哨"),
    icon="speakerphone",
    by_hand=False,
    page=("case-move", "answer_whistle"),
    has_clock=True,
)
Work("cases.grant_time", _("批时限"), icon="clock", by_hand=False, page=("case-move", "decide_time"), has_clock=True)
Work("cases.call_back", _("回访"), icon="phone", by_hand=False, page=("case-move", "call_back"), has_clock=True)


@dataclass(frozen=True)
class Onward:
    """A way out of a case into an upper house, which registers it: a motion, a wish, a deed. `page` is the URL name (of the case's
    id; or, where it is a page for more than cases, with the case in its query: `about=cases.case:12`).

    `offered(case, account)` says whether the button is there.
    """

    key: str
    label: Any
    icon: str
    page: str
    offered: Callable[[Case, Any], bool]
    is_about: bool = False

    def address(self, case: Case) -> str:
        if self.is_about:
            return f"{reverse(self.page)}?about={kind_of(case)}:{case.pk}"
        return reverse(self.page, args=[case.pk])


ONWARD: dict[str, Onward] = {}


def goes_onward(way: Onward) -> None:
    """Enter a way out; called once by an upper house's workflow."""
    ONWARD[way.key] = way


@dataclass(frozen=True)
class Origin:
    """Where a case came from in an upper house (a visit): `word` before it, `label`, and `url` where the account may look."""

    word: Any
    label: str
    url: str = ""


#: By source of a case (Case.Source): what the upper house whose it is tells of it, one statement or two.
ORIGINS: dict[str, Callable[[Case, Any], list[Origin]]] = {}


def comes_from(source: str, tell: Callable[[Case, Any], list[Origin]]) -> None:
    """Enter what is told of cases that came by `source`; called once by an upper house's workflow."""
    ORIGINS[source] = tell


def origins_of(case: Case, account: Any) -> list[Origin]:
    """Where `case` came from, as far as `account` may know."""
    tell = ORIGINS.get(case.source)
    return tell(case, account) if tell is not None else []
