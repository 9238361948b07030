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

    def path(self, path: str) -> str:
        return path[: STEP * self.lifted_to] if self.lifted_to else path


VIEW = {
    "territory.view_unit",
    "people.view_appointment",
    "people.view_team",
    "work.view_task",
    "council.view_motion",
    "council.view_meeting",
    "overview.view_figures",
}
TAKE_PART = VIEW | {
    "council.collect_motion",
    "work.hold_task",
    "council.second_motion",
    "cases.file_case",
    "cases.note_spot_fix",
}
COORDINATE = TAKE_PART | {
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
            {"council.found_council", "council.amend_rule", "people.import_members", "people.set_required_posts",
             "people.erase_person", "overview.see_policy", "cases.set_limits"},
        ),
        _role("chief", _("总街长"), "community", 3, COORDINATE, SUPERVISE, {"council.found_council", "territory.edit_unit"}),
        _role("deputy", _("副总街长"), "community", 4, COORDINATE, SUPERVISE),
        _role("leader", _("包块班子成员"), "block", 5, COORDINATE, {"work.order_supervision"}),
        _role("adviser", _("街区指导员"), "block", 6, COORDINATE, {"council.evaluate_motion"}),
        _role("head", _("街区网格长"), "block", 7, COORDINATE, RUN_COUNCIL, RUN_CASES, {"people.exempt_member"}),
        _role("councillor", _("街区理事"), "block", 8, TAKE_PART, {"council.cast_vote"}),
        _role("grid_member", _("网格员"), "red_grid", 9, TAKE_PART, {"people.view_member", "cases.view_case", "cases.handle_case", "cases.lead_case", "cases.reveal_complainant"}, lifted_to=3),
        _role("keeper", _("楼栋长"), "building", 10, TAKE_PART, lifted_to=3),
        _role("member", _("报到党员"), "red_grid", 11, TAKE_PART, lifted_to=3),
    ]
}  # fmt: skip


#: The houses that have permissions, in the order of the page of who may do what.
HOUSES: dict[str, Any] = {
    "cases": _("诉求"),
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
    "cases.follow_case": _("凭查询链接补充、撤回"),
    "cases.rate_case": _("评价诉求办理"),
    "cases.note_spot_fix": _("记一件当场办结"),
    "cases.print_posters": _("打印、停用二维码"),
    "cases.set_duties": _("设定承办单位、职责清单和值班"),
    "cases.set_limits": _("设定诉求类别和办理时限"),
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
