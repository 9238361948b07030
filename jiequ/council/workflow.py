"""The seven steps as two tables: what a motion and a meeting may do next, and who may do it.

Read a line as: from these states, the holder of this permission may press this button, and the state becomes that.
Lines `by_machine` follow from another act (a vote, a notice) and have no button of their own.
"""

from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case
from jiequ.cases.workflow import CASE, Onward, goes_onward
from jiequ.core.flow import Flow, Move, name_acts
from jiequ.council.models import Meeting, Motion
from jiequ.people.models import Account
from jiequ.work.workflow import Work

S = Motion.State
M = Meeting.State

MOTION = Flow(
    "council.motion",
    # 2 screen: the block head proposes, the community decides
    Move("recommend", {S.COLLECTED}, S.RECOMMENDED, may="council.recommend_motion", label=_("报社区审定")),
    Move("accept", {S.RECOMMENDED}, S.ACCEPTED, may="council.screen_motion", label=_("受理")),
    Move("return", {S.COLLECTED, S.RECOMMENDED}, S.RETURNED, may="council.screen_motion", label=_("退回")),
    Move("refer", {S.COLLECTED, S.RECOMMENDED}, S.REFERRED, may="council.screen_motion", label=_("转出")),
    Move("merge", {S.COLLECTED, S.RECOMMENDED, S.ACCEPTED}, S.MERGED, may="council.screen_motion", label=_("并入")),
    # the quick track (即时议): answered within hours, without a meeting; or brought up after all
    Move("take_quick", {S.COLLECTED}, S.QUICK, may="council.recommend_motion", label=_("即时议")),
    Move("answer", {S.QUICK}, S.ANSWERED, may="council.recommend_motion", label=_("答复提出人")),
    Move("bring_up", {S.QUICK}, S.COLLECTED, may="council.recommend_motion", label=_("转正式审定")),
    Move("resubmit", {S.RETURNED}, S.COLLECTED, may="council.collect_motion", label=_("修改后重提")),
    # 3 give notice: on an agenda, then with the meeting's notice
    Move("list", {S.ACCEPTED, S.POSTPONED}, S.LISTED, may="council.plan_meeting", label=_("列入议程")),
    Move("notice", {S.LISTED}, S.NOTICED, may="council.plan_meeting", label=_("公告"), by_machine=True),
    Move("postpone", {S.LISTED, S.NOTICED, S.DISCUSSING}, S.POSTPONED, may="council.postpone_motion", label=_("暂缓")),
    Move(
        "unlist",
        {S.LISTED, S.NOTICED, S.DISCUSSING},
        S.ACCEPTED,
        may="council.hold_meeting",
        label=_("退回待上会"),
        by_machine=True,
    ),
    # 4 discuss, 5 vote
    Move("discuss", {S.NOTICED}, S.DISCUSSING, may="council.hold_meeting", label=_("开始讨论"), by_machine=True),
    Move("adopt", {S.DISCUSSING}, S.ADOPTED, may="council.hold_meeting", label=_("表决通过"), by_machine=True),
    Move(
        "adopt_major",
        {S.DISCUSSING},
        S.UNCONFIRMED,
        may="council.hold_meeting",
        label=_("表决通过，报确认"),
        by_machine=True,
    ),
    Move("reject", {S.DISCUSSING}, S.REJECTED, may="council.hold_meeting", label=_("表决未通过"), by_machine=True),
    Move(
        "revote",
        {S.ADOPTED, S.UNCONFIRMED, S.REJECTED},
        S.DISCUSSING,
        may="council.hold_meeting",
        label=_("重新表决"),
        by_machine=True,
    ),
    Move("confirm", {S.UNCONFIRMED}, S.ADOPTED, may="council.confirm_resolution", label=_("确认决议")),
    Move("send_back", {S.UNCONFIRMED}, S.POSTPONED, may="council.confirm_resolution", label=_("退回再议")),
    # 6 publicise
    Move("publicise", {S.ADOPTED}, S.PUBLICISED, may="council.publicise_resolution", label=_("公示决议")),
    # 7 follow up and evaluate
    Move("follow_up", {S.PUBLICISED}, S.FOLLOWING, may="council.follow_up_motion", label=_("转入跟进")),
    Move("evaluate", {S.FOLLOWING}, S.EVALUATING, may="council.follow_up_motion", label=_("请居民评价")),
    Move("conclude", {S.EVALUATING}, S.CONCLUDED, may="council.evaluate_motion", label=_("办结")),
    Move(
        "second_round",
        {S.EVALUATING},
        S.FOLLOWING,
        may="council.evaluate_motion",
        label=_("进入下一轮"),
        by_machine=True,
    ),
    states=S,
)

MEETING = Flow(
    "council.meeting",
    Move("notice", {M.PLANNED}, M.NOTICED, may="council.plan_meeting", label=_("发公告")),
    Move("open", {M.NOTICED}, M.OPEN, may="council.hold_meeting", label=_("开会")),
    Move("adjourn", {M.NOTICED, M.OPEN}, M.ADJOURNED, may="council.hold_meeting", label=_("人数不足，改期")),
    Move("cancel", {M.PLANNED, M.NOTICED}, M.CANCELLED, may="council.plan_meeting", label=_("取消会议")),
    Move("close", {M.OPEN}, M.CLOSED, may="council.hold_meeting", label=_("散会")),
    states=M,
)

# What the procedure asks of people. Each is done on the motion's or the meeting's own page, which finishes the task;
# carrying out alone is finished by whoever did it.
Work("council.recommend", _("报审定"), "users-group", by_hand=False, page=("motion-move", "recommend"))
Work("council.answer_quick", _("即时答复"), "users-group", by_hand=False, page=("motion-move", "answer"))
Work("council.accept", _("审定"), "users-group", by_hand=False)
Work("council.list", _("列入议程"), "users-group", by_hand=False, page=("motion-move", "list"))
Work("council.notice", _("发公告"), "users-group", by_hand=False)
Work("council.confirm", _("确认决议"), "users-group", by_hand=False, page=("motion-move", "confirm"))
Work("council.publicise", _("公示"), "users-group", by_hand=False, page=("motion-move", "publicise"))
Work("council.answer_objection", _("答复异议"), "users-group", by_hand=False, page=("motion-objections",))
Work("council.follow_up", _("转入跟进"), "users-group", by_hand=False, page=("motion-move", "follow_up"))
Work("council.carry_out", _("办结"), "users-group")
Work("council.accept_work", _("验收"), "users-group", by_hand=False)
Work("council.evaluate", _("请居民评价"), "users-group", by_hand=False, page=("motion-move", "evaluate"))
Work("council.conclude", _("办结议题"), "users-group", by_hand=False, page=("motion-move", "conclude"))

name_acts(
    "council.motion",
    collect=_("提出"),
    second=_("附议"),
    record_owners_vote=_("登记业主表决结果"),
    absorb=_("并入另一件到"),
    answer_objection=_("答复异议"),
    accept_work=_("验收一项任务"),
    send_back_work=_("退回返工"),
    name_supervisor=_("指定监督人"),
    reveal_objector=_("查看异议人的电话"),
    object=_("提出异议"),
    rate=_("评价"),
    break_off_ballot=_("中止表决"),
    cast_vote=_("投票"),
    confirm_hand=_("确认举手意见"),
    open_ballot=_("开始表决"),
    speak=_("发言讨论"),
    set_proposal=_("写明表决内容"),
    recuse=_("声明回避"),
    propose_recusal=_("提出回避"),
    uphold_recusal=_("决定回避"),
    dismiss_recusal=_("决定不需回避"),
    withdraw_recusal=_("撤回回避"),
)
name_acts(
    "council.meeting",
    edit=_("修改安排"),
    edit_agenda=_("调整议程"),
    add_paper=_("加材料"),
    remove_paper=_("移走材料"),
    reschedule=_("改期"),
    remind=_("会前提醒"),
    apologise=_("请假"),
    withdraw_apology=_("取消请假"),
)
name_acts(
    "council.meeting",
    plan=_("筹备"),
    sign_in=_("签到"),
    leave=_("离席"),
    lose_quorum=_("到会不足法定人数"),
    regain_quorum=_("到会恢复法定人数"),
    admit_guest=_("登记列席"),
    dismiss_guest=_("登记列席离场"),
    give_proxy=_("委托表决"),
    end_proxy=_("结束委托"),
    ask_to_speak=_("请求发言"),
    withdraw_request=_("取消请求发言"),
    give_floor=_("请人发言"),
    end_speech=_("结束发言"),
    note_gist=_("补记发言"),
)
name_acts(
    "council.meeting",
    write_remarks=_("补写会议记录"),
    finalise_minutes=_("会议记录定稿"),
    add_correction=_("更正会议记录"),
    confirm_minutes=_("确认会议记录"),
    export_minutes=_("下载会议记录"),
)
name_acts("council.council", found=_("成立"))
name_acts("council.decisionrule", amend=_("修订"))


def _may_be_raised(case: Case, account: Account) -> bool:
    return (
        case.block is not None
        and case.state in CASE.moves["raise"].sources
        and account.may("council.collect_motion", case.block)
    )


goes_onward(Onward("motion", _("转议题"), "users-group", "case-raise", _may_be_raised))
