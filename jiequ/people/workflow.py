"""What the acts of this house are called in the journal's sentences; none of them is a move of a Flow."""

from django.utils.translation import gettext_lazy as _

from jiequ.core.flow import name_acts

name_acts(
    "people.person",
    register_person=_("登记人员"),
    correct_person=_("更正信息"),
    reveal_person=_("查看隐去的信息"),
    erase_person=_("删除个人信息"),
)
name_acts("people.appointment", appoint_person=_("任命"), end_appointment=_("办理离任"))
name_acts(
    "people.member",
    report_member=_("登记报到"),
    move_member=_("转接网格"),
    leave_member=_("办理转出"),
    exempt_member=_("登记免计"),
)
name_acts("people.buildingassignment", assign_building=_("安排包楼栋"), release_building=_("不再包楼栋"))
name_acts(
    "people.team",
    form_team=_("成立服务队"),
    join_team=_("入队"),
    leave_team=_("退队"),
    set_team_leader=_("定队长"),
    set_team_skills=_("改服务队特长"),
    disband_team=_("解散服务队"),
)
name_acts(
    "people.account",
    open_account=_("开通账号"),
    close_account=_("停用账号"),
    reopen_account=_("重新启用账号"),
    change_password=_("修改密码"),
    reset_password=_("重置密码"),
    confirm_second_factor=_("启用二次验证"),
    remove_second_factor=_("停用二次验证"),
    sign_in=_("登录"),
)
name_acts("people.requiredpost", set_required_posts=_("设定应设岗位"))
name_acts("territory.unit", export_members=_("导出报到党员名单"))
