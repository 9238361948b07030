"""Who may do what: the whole policy on one page.

A role is held in a unit of its `kind` and counts there and below. `lifted_to` lets a role look and act a level higher
than where it is held: a member of a red grid takes part in the affairs of the block around it.

Every permission is "house.verb_noun", named after the action it opens (or view_… for looking).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import prefix

STEP = 4  # characters of a path per level (Unit.steplen)


class Reach:
    """The paths at and below which something counts; the answer to "where may I?"."""

    def __init__(self, paths: Iterable[str]) -> None:
        found = sorted(set(paths))
        self.paths = [p for p in found if not any(p != q and p.startswith(q) for q in found)]

    def holds(self, path: str) -> bool:
        return any(path.startswith(p) for p in self.paths)

    def as_q(self, lookup: str, *, upward: bool = False) -> Q:
        """A filter for rows whose path lies within reach; `upward` adds the units that stand above."""
        q = Q(pk__in=[])
        for path in self.paths:
            q |= Q(**prefix(lookup, path))
            if upward:
                q |= Q(**{f"{lookup}__in": [path[:n] for n in range(STEP, len(path), STEP)]})
        return q


#: Looking at households, and what is done at their doors, counts in the very grid or building a post is held in: who takes part
#: in the block around it has no business with the block's families (least privilege, DOMAIN §6).
KEPT_LOW = frozenset(
    {
        "outreach.view_household",
        "outreach.reveal_household",
        "outreach.record_visit",
        "outreach.edit_household",
        "outreach.register_household",
        "outreach.classify_household",
        "outreach.view_records",
        "outreach.record_coverage",
    }
)


@dataclass(frozen=True)
class Role:
    """A post. `rank` orders people on a page by duty, never persons against each other."""

    code: str
    label: Any
    kind: str
    rank: int
    permissions: frozenset[str]
    lifted_to: int = 0  # depth the permissions are counted from, when higher than the unit's own
    is_administrator: bool = False

    def path(self, path: str, permission: str = "") -> str:
        """Where the post counts: its unit's `path`, or the one it is lifted to; never higher for what is KEPT_LOW."""
        return path[: STEP * self.lifted_to] if self.lifted_to and permission not in KEPT_LOW else path


VIEW = {
    "territory.view_unit",
    "people.view_appointment",
    "people.view_team",
    "work.view_task",
    "council.view_motion",
    "council.view_meeting",
    "outreach.view_wish",
    "outreach.view_deed",
    "overview.view_figures",
}
TAKE_PART = VIEW | {
    "council.collect_motion",
    "work.hold_task",
    "council.second_motion",
    "cases.file_case",
    "cases.note_spot_fix",
    "outreach.draft_wish",
    "outreach.claim_wish",
    "outreach.record_deed",
    "outreach.sign_up",
}
#: At the doors of one's own grid or building.
VISIT = {
    "outreach.view_household",
    "outreach.reveal_household",
    "outreach.record_visit",
    "outreach.edit_household",
}
#: What a grid keeps of its households.
KEEP_HOUSEHOLDS = VISIT | {
    "outreach.register_household",
    "outreach.classify_household",
}
COORDINATE = (
    TAKE_PART
    | KEEP_HOUSEHOLDS
    | {
        "outreach.assign_household",
        "outreach.excuse_contact",
        "outreach.verify_wish",
        "outreach.publish_wish",
        "outreach.confirm_wish",
        "outreach.plan_activity",
        "outreach.record_activity",
        "outreach.record_coverage",
        "outreach.withdraw_deed",
        "outreach.invite_member",
        "cases.view_case",
        "cases.handle_case",
        "cases.lead_case",
        "cases.call_back",
        "cases.reveal_complainant",
        "cases.print_posters",
        "people.view_member",
        "people.register_person",
        "people.report_member",
        "people.assign_building",
        "people.form_team",
        "people.reveal_person",
        "work.open_task",
        "work.drop_task",
        "work.reassign_task",
        "work.extend_task",
        "work.remind_task",
        "overview.export_figures",
    }
)
#: Taking cases in and giving them out; setting who does what. Beside the head, whoever supervises.
RUN_CASES = {
    "cases.accept_case",
    "cases.grant_time",
    "cases.set_duties",
}
#: What the block head runs: the council's procedure up to, and not including, what others must approve.
RUN_COUNCIL = {
    "council.recommend_motion",
    "council.plan_meeting",
    "council.hold_meeting",
    "council.postpone_motion",
    "council.publicise_resolution",
    "council.answer_objection",
    "council.follow_up_motion",
    "council.evaluate_motion",
}
SUPERVISE = RUN_CASES | {
    "outreach.start_campaign",
    "outreach.open_round",
    "outreach.import_households",
    "outreach.erase_household",
    "cases.erase_complainant",
    "work.order_supervision",
    "cases.rule_dispatch",
    "cases.answer_whistle",
    "council.screen_motion",
    "council.confirm_resolution",
    "people.appoint_person",
    "people.exempt_member",
    # a chief steps in where a block has no head, or is no more
    "council.publicise_resolution",
    "council.answer_objection",
    "council.follow_up_motion",
    "council.evaluate_motion",
}
TERRITORY = {
    "territory.add_unit",
    "territory.edit_unit",
    "territory.split_unit",
    "territory.merge_units",
    "territory.move_unit",
    "territory.import_units",
}
ADMINISTER = (
    VIEW
    | TERRITORY
    | {
        "people.register_person",
        "people.appoint_person",
        "people.set_required_posts",
        "people.erase_person",
        "people.open_account",
        "people.close_account",
        "people.reset_password",
        "people.import_members",
        "people.report_member",
        "people.view_member",
        "core.edit_calendar",
        "council.amend_rule",
        "overview.see_policy",
        "cases.set_duties",
        "cases.set_limits",
        "outreach.set_rules",
        "outreach.erase_household",
        "cases.erase_complainant",
        "api.manage_keys",
    }
)


def _role(code: str, label: Any, kind: str, rank: int, *permissions: Iterable[str], **more: Any) -> Role:
    return Role(code, label, kind, rank, frozenset().union(*permissions), **more)


ROLES: dict[str, Role] = {
    role.code: role
    for role in [
        _role("admin", _("系统管理员"), "subdistrict", 1, ADMINISTER, is_administrator=True),
        _role(
            "office", _("街道基层治理专班"), "subdistrict", 2,
            COORDINATE, SUPERVISE, TERRITORY,
            {"outreach.set_rules", "council.found_council", "council.amend_rule", "people.import_members", "people.set_required_posts",
             "people.erase_person", "overview.see_policy", "cases.set_limits"},
        ),
        _role("chief", _("总街长"), "community", 3, COORDINATE, SUPERVISE, {"council.found_council", "territory.edit_unit"}),
        _role("deputy", _("副总街长"), "community", 4, COORDINATE, SUPERVISE),
        _role("leader", _("包块班子成员"), "block", 5, COORDINATE, {"work.order_supervision"}),
        _role("adviser", _("街区指导员"), "block", 6, COORDINATE, {"council.evaluate_motion"}),
        _role("head", _("街区网格长"), "block", 7, COORDINATE, RUN_COUNCIL, RUN_CASES, {"people.exempt_member"}),
        _role("councillor", _("街区理事"), "block", 8, TAKE_PART, {"council.cast_vote"}),
        _role("secretary", _("党支部书记"), "red_grid", 9, TAKE_PART, KEEP_HOUSEHOLDS, {"people.view_member", "outreach.view_records", "outreach.invite_member", "outreach.record_coverage"}, lifted_to=3),
        _role("grid_member", _("网格员"), "red_grid", 10, TAKE_PART, KEEP_HOUSEHOLDS, {"people.view_member", "outreach.record_coverage", "cases.view_case", "cases.handle_case", "cases.lead_case", "cases.reveal_complainant"}, lifted_to=3),
        _role("keeper", _("楼栋长"), "building", 11, TAKE_PART, VISIT, lifted_to=3),
        _role("member", _("报到党员"), "red_grid", 12, TAKE_PART, VISIT, lifted_to=3),
    ]
}  # fmt: skip


#: The houses that have permissions, in the order of the page of who may do what.
HOUSES: dict[str, Any] = {
    "cases": _("诉求"),
    "outreach": _("走访和心愿"),
    "council": _("议事"),
    "work": _("任务"),
    "people": _("人员"),
    "territory": _("单位"),
    "overview": _("数据"),
    "core": _("日历"),
    "api": _("接口"),
}

#: Every permission in words. A test holds it against the roles and against every Flow.
PERMISSIONS: dict[str, Any] = {
    "cases.view_case": _("看诉求（隐去诉求人）"),
    "cases.file_case": _("登记诉求"),
    "cases.accept_case": _("受理、分拨、退回诉求"),
    "cases.handle_case": _("办理诉求"),
    "cases.lead_case": _("主办诉求（签收、提异议、吹哨、答复）"),
    "cases.rule_dispatch": _("裁定分拨异议"),
    "cases.answer_whistle": _("回应吹哨"),
    "cases.grant_time": _("准予诉求延期、暂停"),
    "cases.call_back": _("回访诉求人"),
    "cases.reveal_complainant": _("说明理由后查看诉求人联系方式"),
    "cases.erase_complainant": _("按诉求人要求删除称呼和联系方式"),
    "cases.follow_case": _("凭查询链接补充、撤回"),
    "cases.rate_case": _("评价诉求办理"),
    "cases.note_spot_fix": _("记一件当场办结"),
    "cases.print_posters": _("打印、停用二维码"),
    "cases.set_duties": _("设定承办单位、职责清单和值班"),
    "cases.set_limits": _("设定诉求类别和办理时限"),
    "outreach.view_household": _("看本网格的重点户（隐名）"),
    "outreach.reveal_household": _("说明理由后查看住户信息"),
    "outreach.record_visit": _("记走访"),
    "outreach.edit_household": _("更正住户电话和近况"),
    "outreach.register_household": _("登记住户和企业"),
    "outreach.classify_household": _("登记同意书和重点类别"),
    "outreach.assign_household": _("安排谁来联系"),
    "outreach.excuse_contact": _("准予本次不联系"),
    "outreach.import_households": _("批量导入住户"),
    "outreach.erase_household": _("按住户要求告知和删除个人信息"),
    "outreach.set_rules": _("设定重点类别、同意书和走访规则"),
    "outreach.view_wish": _("看微心愿（隐去心愿人）"),
    "outreach.draft_wish": _("登记微心愿"),
    "outreach.verify_wish": _("核实、退回微心愿"),
    "outreach.publish_wish": _("发布微心愿"),
    "outreach.claim_wish": _("认领微心愿"),
    "outreach.confirm_wish": _("代心愿人确认"),
    "outreach.open_round": _("开、结心愿批次"),
    "outreach.view_deed": _("看实事、活动和专项行动"),
    "outreach.record_deed": _("记实事"),
    "outreach.withdraw_deed": _("撤回别人记的实事"),
    "outreach.start_campaign": _("发起专项行动"),
    "outreach.record_coverage": _("填报专项行动覆盖"),
    "outreach.plan_activity": _("安排活动"),
    "outreach.record_activity": _("记录活动结果"),
    "outreach.sign_up": _("报名活动"),
    "outreach.view_records": _("看本支部党员的服务记录"),
    "outreach.invite_member": _("请摸排出的党员报到"),
    "council.view_motion": _("看议题"),
    "council.view_meeting": _("看会议"),
    "council.collect_motion": _("提议题"),
    "council.second_motion": _("附议"),
    "council.recommend_motion": _("提出审定意见"),
    "council.screen_motion": _("审定议题"),
    "council.plan_meeting": _("安排会议和议程"),
    "council.hold_meeting": _("主持会议，记录到会和表决"),
    "council.cast_vote": _("表决"),
    "council.postpone_motion": _("缓议"),
    "council.confirm_resolution": _("确认重大决议"),
    "council.publicise_resolution": _("公示决议"),
    "council.object_to_resolution": _("对公示提异议"),
    "council.answer_objection": _("答复异议"),
    "council.follow_up_motion": _("跟进落实"),
    "council.rate_resolution": _("评价满意度"),
    "council.evaluate_motion": _("评估办结"),
    "council.found_council": _("成立理事会"),
    "council.amend_rule": _("修订议事规则"),
    "work.view_task": _("看任务"),
    "work.hold_task": _("承办任务"),
    "work.open_task": _("布置任务"),
    "work.reassign_task": _("转办任务"),
    "work.extend_task": _("准予延期"),
    "work.drop_task": _("取消任务"),
    "work.remind_task": _("催办"),
    "work.order_supervision": _("督办"),
    "people.view_appointment": _("看人员和任职（隐名）"),
    "people.view_member": _("看报到党员"),
    "people.view_team": _("看服务队"),
    "people.register_person": _("登记和更正人员"),
    "people.appoint_person": _("任免不高于本职的职务"),
    "people.report_member": _("登记党员报到和转接"),
    "people.import_members": _("批量导入报到党员"),
    "people.exempt_member": _("登记免计"),
    "people.assign_building": _("安排包楼栋"),
    "people.form_team": _("成立服务队"),
    "people.reveal_person": _("说明理由后查看隐去的信息"),
    "people.erase_person": _("按本人要求删除个人信息"),
    "people.set_required_posts": _("设定应设岗位"),
    "people.open_account": _("开通账号"),
    "people.close_account": _("停用账号"),
    "people.reset_password": _("重置密码"),
    "territory.view_unit": _("看单位"),
    "territory.add_unit": _("新设单位"),
    "territory.edit_unit": _("改单位和边界"),
    "territory.split_unit": _("拆分单位"),
    "territory.merge_units": _("合并单位"),
    "territory.move_unit": _("划转单位"),
    "territory.import_units": _("导入单位"),
    "overview.view_figures": _("看数据"),
    "overview.export_figures": _("导出数据"),
    "overview.see_policy": _("看权限总表"),
    "core.edit_calendar": _("改工作日历"),
    "api.manage_keys": _("管理接口密钥"),
}


def role_choices() -> list[tuple[str, Any]]:
    """Codes and labels for forms; a callable, so that a new role needs no migration."""
    return [(role.code, role.label) for role in ROLES.values()]
