"""How a case is called and where it stands, in a resident's words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.cases.models import Case

S = Case.State
#: tone, icon and word of a state tag
TAGS: dict[str, tuple[str, str, Any]] = {
    S.SUBMITTED: ("doing", "inbox", gettext_lazy("已收到")),
    S.ACCEPTED: ("doing", "inbox", gettext_lazy("已受理")),
    S.DISPATCHED: ("doing", "inbox", gettext_lazy("已交办")),
    S.OBJECTED: ("doing", "inbox", gettext_lazy("已交办")),
    S.WORKING: ("doing", "tools", gettext_lazy("办理中")),
    S.ESCALATED: ("doing", "tools", gettext_lazy("办理中")),
    S.RAISED: ("doing", "users", gettext_lazy("大家商量中")),
    S.REPLIED: ("ok", "circle-check", gettext_lazy("已答复")),
    S.ARCHIVED: ("ok", "circle-check", gettext_lazy("已办结")),
    S.DECLINED: ("idle", "info-circle", gettext_lazy("没有受理")),
    S.REFERRED: ("idle", "info-circle", gettext_lazy("已转介")),
    S.MERGED: ("doing", "users", gettext_lazy("一起办")),
    S.WITHDRAWN: ("idle", "arrow-back-up", gettext_lazy("已撤回")),
}


def called(case: Case, unit_name: str) -> str:
    """石一 1122-07: the unit that numbered it, and the short number, as people say it."""
    for ending in (_("街区"), _("社区"), _("街道"), "街区", "社区", "街道"):
        if unit_name.endswith(ending) and unit_name != ending:
            unit_name = unit_name.removesuffix(ending)
            break
    return f"{unit_name.strip()} {case.short_number}"
