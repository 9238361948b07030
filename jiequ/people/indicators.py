"""What can be counted of people. Each figure opens to its rows."""

from django.utils.translation import gettext_lazy as _

from jiequ.core.measures import Measure, Share
from jiequ.people.models import Appointment, Member, Post

MEMBERS = Measure(
    "people.members",
    _("报到党员"),
    _("人"),
    rows=lambda period: Member.objects.reported_in(period.end),
    says=_("到期末仍在红色网格报到的党员"),
    page="people/_member_rows.html",
    headings=(_("党员"), _("红色网格"), _("来源"), _("所在党组织"), _("报到日期")),
    related=("unit", "person"),
)
MEMBERS_NEW = Measure(
    "people.members_new",
    _("新报到党员"),
    _("人"),
    rows=lambda period: Member.objects.filter(reported_on__gte=period.start, reported_on__lte=period.end),
    says=_("期内到红色网格报到（含从别的网格转来）的党员"),
    page="people/_member_rows.html",
    headings=MEMBERS.headings,
    related=("unit", "person"),
)
APPOINTMENTS = Measure(
    "people.appointments",
    _("在任人员"),
    _("人次"),
    rows=lambda period: Appointment.objects.in_force(period.end).exclude(role="member"),
    says=_("到期末在任的职务，不含报到党员"),
    page="people/_appointment_counted.html",
    headings=(_("人员"), _("职务"), _("单位"), _("任职日期")),
    related=("unit", "person"),
)
POSTS = Measure(
    "people.posts_required",
    _("应设岗位"),
    _("个"),
    rows=lambda period: Post.objects.required(period.end),
    page="people/_post_counted.html",
    headings=(_("单位"), _("岗位"), _("设岗日期")),
    related=("unit",),
    listed=False,
)
POSTS_FILLED = Measure(
    "people.posts_in_place",
    _("到位岗位"),
    _("个"),
    rows=lambda period: Post.objects.filled(period.end),
    page="people/_post_counted.html",
    headings=POSTS.headings,
    related=("unit",),
    listed=False,
)
POSTS_SHARE = Share(
    "people.posts_filled",
    _("岗位到位率"),
    part=POSTS_FILLED,
    whole=POSTS,
    rest=_("空缺"),
    says=_("期末有人在任的岗位 ÷ 应设岗位"),
)
