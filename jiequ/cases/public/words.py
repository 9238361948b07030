"""How a case is called and where it stands, in a resident's words."""

from __future__ import annotations

from dataclasses import dataclass
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
    S.RAISED: ("doing", "users", gettext_lazy("街区接着办")),
    S.REPLIED: ("ok", "circle-check", gettext_lazy("已答复")),
    S.ARCHIVED: ("ok", "circle-check", gettext_lazy("已办结")),
    S.DECLINED: ("idle", "info-circle", gettext_lazy("没有受理")),
    S.REFERRED: ("idle", "info-circle", gettext_lazy("已转介")),
    S.MERGED: ("doing", "users", gettext_lazy("一起办")),
    S.WITHDRAWN: ("idle", "arrow-back-up", gettext_lazy("已撤回")),
}


def called(case: Case) -> str:
    """石一 1122-07: the unit that numbered it, and the short number, as people say it."""
    unit_name = case.filed_in.name
    for ending in ("街区", "社区", "街道"):
        if unit_name.endswith(ending) and unit_name != ending:
            unit_name = unit_name.removesuffix(ending)
            break
    return f"{unit_name.strip()} {case.short_number}"


def headline(case: Case, seen: Any) -> str:
    """The answer to "how does it stand", in one sentence: what was said last, if it is short, else the state's own."""
    if seen.complainant.withdrew_at:
        return _("您已经撤回了")
    if case.state in (S.WORKING, S.ESCALATED, S.REPLIED) and seen.news:
        return str(seen.news)
    again = _("没办好，正在重新办") if case.reopened else ""
    return {
        S.SUBMITTED: _("收到了，正在找人办"),
        S.ACCEPTED: _("受理了，正在交给办理人"),
        S.DISPATCHED: _("交给办理人了"),
        S.OBJECTED: _("正在定由谁来办"),
        S.WORKING: again or _("正在办"),
        S.ESCALATED: again or _("请了上一级来帮着办"),
        S.RAISED: _("转给街区大家一起想办法"),
        S.REPLIED: _("答复您了，请看看办得怎么样"),
        S.ARCHIVED: _("办结了，谢谢您告诉我们"),
        S.DECLINED: _("这件事这里没有受理"),
        S.REFERRED: _("这件事要到别处办"),
        S.MERGED: _("和另一件一起办"),
        S.WITHDRAWN: _("已经撤回"),
    }[S(case.state)]


@dataclass(frozen=True)
class Stage:
    """One of the five stages, for the line across the phone."""

    label: Any
    state: str  # past, now, or nothing


def stages(case: Case) -> list[Stage]:
    """收集 → 分拨 → 办理 → 监督 → 评价; of a case that ended otherwise only how far it came."""
    done = case.step
    going = not case.has_ended
    return [
        Stage(label, "past" if n < done else "now" if n == done and going else "")
        for n, (_key, label, _states) in enumerate(Case.STEPS)
    ]
