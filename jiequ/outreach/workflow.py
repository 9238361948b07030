"""What may happen next to a wish, a claim, an activity and a member who was found; names of acts; kinds of work.

A wish's states from published to fulfilled follow from its claims: those moves are the machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case
from jiequ.cases.workflow import CASE, Onward, goes_onward
from jiequ.core.flow import Flow, Move, name_acts
from jiequ.outreach.models import Activity, Finding, FoundMember, Wish
from jiequ.work.workflow import Work

W = Wish.State
A = Activity.State
F = FoundMember.State

#: The kinds of work of the quarter's plan: the ordinary contact, and the one after a major event, beside it.
CONTACT, CONTACT_EVENT = "outreach.contact", "outreach.contact_event"
#: How the note of a contact begins that was excused, not simply taken back: figures tell the two apart by it.
EXCUSED = "准予本次不联系"

WISH = Flow(
    "outreach.wish",
    # small, feasible, reasonable? then de-identified and on the wall
    Move("verify", {W.DRAFT}, W.VERIFIED, may="outreach.verify_wish", label=_("核实")),
    Move("return", {W.DRAFT, W.VERIFIED}, W.RETURNED, may="outreach.verify_wish", label=_("退回")),
    Move("redraft", {W.RETURNED}, W.DRAFT, may="outreach.draft_wish", label=_("修改后再报")),
    Move("turn", {W.DRAFT, W.VERIFIED}, W.TURNED, may="outreach.verify_wish", label=_("转诉求"), by_machine=True),
    Move("publish", {W.VERIFIED}, W.PUBLISHED, may="outreach.publish_wish", label=_("发布")),
    # follows from the claims: all parts taken, all who took them in touch, all parts brought, or parts free again
    Move("taken", {W.PUBLISHED}, W.CLAIMED, may="outreach.claim_wish", label=_("认领完"), by_machine=True),
    Move(
        "free",
        {W.CLAIMED, W.CONNECTED, W.FULFILLED},
        W.PUBLISHED,
        may="outreach.view_wish",
        label=_("又可认领"),
        by_machine=True,
    ),
    Move("connected", {W.CLAIMED}, W.CONNECTED, may="outreach.claim_wish", label=_("都已对接"), by_machine=True),
    Move(
        "fulfil", {W.CLAIMED, W.CONNECTED}, W.FULFILLED, may="outreach.claim_wish", label=_("都已送到"), by_machine=True
    ),
    # the wisher's side says so, never who granted it
    Move("confirm", {W.FULFILLED}, W.CONFIRMED, may="outreach.confirm_wish", label=_("确认实现")),
    Move("dispute", {W.FULFILLED}, W.CONNECTED, may="outreach.confirm_wish", label=_("还没收到")),
    Move(
        "withdraw",
        {W.DRAFT, W.VERIFIED, W.PUBLISHED, W.CLAIMED, W.CONNECTED, W.RETURNED},
        W.WITHDRAWN,
        may="outreach.draft_wish",
        label=_("撤回"),
    ),
    states=W,
)

ACTIVITY = Flow(
    "outreach.activity",
    Move("hold", {A.PLANNED}, A.HELD, may="outreach.record_activity", label=_("记录结果")),
    Move("cancel", {A.PLANNED}, A.CANCELLED, may="outreach.plan_activity", label=_("取消活动")),
    states=A,
)

FOUND_MEMBER = Flow(
    "outreach.foundmember",
    Move("report", {F.FOUND}, F.REPORTED, may="people.report_member", label=_("登记报到")),
    Move("decline", {F.FOUND}, F.DECLINED, may="outreach.invite_member", label=_("没有报到")),
    states=F,
)

name_acts(
    "outreach.household",
    register=_("登记"),
    edit=_("更正"),
    classify=_("登记重点类别"),
    unclassify=_("不再属于重点类别"),
    consent=_("记下同意"),
    withdraw_consent=_("撤回同意"),
    set_tier=_("定联系档次"),
    assign=_("安排联系人"),
    note_event=_("记重大变故"),
    leave=_("不再联系"),
    come_back=_("恢复联系"),
    reveal=_("查看住户信息"),
    tell_held=_("告知所持信息"),
    erase=_("删除个人信息"),
    move=_("随单位变更"),
    take_along=_("带上名单"),
    excuse=_("准予本次不联系"),
    plan=_("排走访计划"),
)
name_acts("outreach.visit", record=_("记走访"), withdraw=_("撤回走访"), amend=_("更正走访"))
name_acts("outreach.finding", add=_("补记发现"), turn=_("转办"))
name_acts("outreach.conflict", arise=_("两处同时修改"), settle=_("选定"))
name_acts("outreach.foundmember", find=_("摸排出党员"), reveal=_("查看联系方式"), move=_("随单位变更"))
name_acts(
    "outreach.wish",
    draft=_("登记心愿"),
    enter=_("按台账补登"),
    edit=_("修改"),
    carry=_("转入下一批"),
    link=_("给心愿人链接"),
    end_link=_("停用心愿人链接"),
)
name_acts(
    "outreach.wishclaim",
    claim=_("认领"),
    wait=_("排队"),
    connect=_("对接"),
    bring=_("送到"),
    give_up=_("放弃认领"),
    release=_("逾期释放"),
    move_up=_("轮到认领"),
)
name_acts("outreach.wishround", open=_("开批次"), close=_("结批次"))
name_acts("outreach.deed", record=_("记实事"), withdraw=_("撤回"))
name_acts(
    "outreach.campaign",
    start=_("发起"),
    edit=_("修改"),
    cover=_("填报覆盖"),
    correct=_("更正覆盖"),
    end=_("结束"),
    move=_("随单位变更"),
)
name_acts("outreach.activity", plan=_("安排活动"), edit=_("修改"), correct=_("更正结果"))
name_acts(
    "outreach.signup", sign_up=_("报名"), wait=_("候补"), cancel=_("取消报名"), move_up=_("候补转正"), came=_("记到场")
)
name_acts("outreach.certificate", issue=_("开服务证明"))
name_acts("outreach.outreachrule", set=_("设定"))
name_acts("outreach.consenttext", set=_("设定"))
name_acts("outreach.householdcategory", seed=_("录入随附的"), add=_("新增"), edit=_("修改"))
name_acts("people.person", export_record=_("导出自己的服务记录"))

name_acts("territory.unit", export_households=_("导出重点户名单"), export_deeds=_("导出办实事"))
name_acts("territory.unit", plan=_("排走访计划"), replan=_("重排走访计划"), take_along=_("带上名单"))

Work(
    CONTACT,
    _("联系"),
    icon="home",
    by_hand=False,
    page=("visit-new",),
    quiet=True,
    listed=("visits", _("重点户联系"), "outreach.view_household"),
)
Work(CONTACT_EVENT, _("尽快联系"), icon="home", by_hand=False, page=("visit-new",))
Work("outreach.verify_wish", _("核实心愿"), icon="checkbox", by_hand=False, page=("wish-move", "publish"))
Work("outreach.publish_wish", _("发布心愿"), icon="speakerphone", by_hand=False, page=("wish-move", "publish"))
Work("outreach.connect_wish", _("对接心愿"), icon="phone", by_hand=False, page=("wish-claim-move", "connect"))
Work("outreach.bring_wish", _("圆心愿"), icon="gift", by_hand=False, page=("wish-claim-move", "bring"))
Work("outreach.confirm_wish", _("确认心愿"), icon="checkbox", by_hand=False, page=("wish-move", "confirm"))
Work("outreach.close_round", _("结批次"), icon="checkbox", by_hand=False, page=("wish-round-close",))
Work("outreach.report_found", _("请党员报到"), icon="users", by_hand=False)
Work("outreach.record_activity", _("记活动结果"), icon="calendar-event", by_hand=False, page=("activity-outcome",))
Work("outreach.settle_conflict", _("选定版本"), icon="scale", by_hand=False)


@dataclass(frozen=True)
class Turning:
    """What a finding of a visit becomes, by `kind` (Finding.Kind). An upper house enters what is its own: a motion.

    `turn(finding, by=, **more)` makes the thing with all that is known already, nothing typed twice; `may(finding, account)` says
    whether it would be allowed to. `page` is the URL name (of the finding's id) of a form that is filled in already, where there is
    more to say than yes.
    """

    kind: str
    label: Any
    icon: str
    turn: Callable[..., models.Model]
    may: Callable[[Finding, Any], bool]
    page: str = ""


TURNINGS: dict[str, Turning] = {}


def turns_into(way: Turning) -> None:
    """Enter what findings of a kind become; called once by the house whose it is."""
    TURNINGS[way.kind] = way


def _may_be_a_wish(case: Case, account: Any) -> bool:
    return (
        case.block is not None
        and case.state in CASE.moves["raise"].sources
        and account.may("outreach.draft_wish", case.block)
    )


def _may_be_a_deed(case: Case, account: Any) -> bool:
    return case.solved_at is not None and account.may("outreach.record_deed", case.unit)


goes_onward(Onward("wish", _("转心愿"), "gift", "case-wish", _may_be_a_wish))
goes_onward(Onward("deed", _("记为实事"), "list-check", "deed-new", _may_be_a_deed, is_about=True))
