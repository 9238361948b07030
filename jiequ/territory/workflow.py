"""What the acts on a unit are called. A unit has no states: it is in force from a day, and until a day."""

from django.utils.translation import gettext_lazy as _

from jiequ.core.flow import name_acts

name_acts(
    "territory.unit",
    add=_("设立"),
    edit=_("修改资料"),
    draw=_("划定边界"),
    split=_("分立"),
    merge=_("合并"),
    move=_("移动"),
    succeed=_("随上级变更"),
)
