"""A spreadsheet of cases: what became of them and when, and nothing that tells of a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.sheets import Column
from jiequ.core.sheets.writing import workbook

COLUMNS = [
    Column("number", gettext_lazy("编号")),
    Column("category", gettext_lazy("类别")),
    Column("kind", gettext_lazy("种类"), width=8),
    Column("block", gettext_lazy("街区")),
    Column("unit", gettext_lazy("单位")),
    Column("lead", gettext_lazy("主办")),
    Column("state", gettext_lazy("状态"), width=10),
    Column("source", gettext_lazy("来源"), width=10),
    Column("filed_at", gettext_lazy("收到")),
    Column("due_at", gettext_lazy("期限")),
    Column("responded_at", gettext_lazy("首次联系")),
    Column("closed_at", gettext_lazy("办结")),
    Column("solved_at", gettext_lazy("确认解决")),
    Column("outcome", gettext_lazy("结果"), width=12),
    Column("spot", gettext_lazy("当场办结"), width=10),
    Column("score", gettext_lazy("评价"), width=10),
    Column("reopened", gettext_lazy("重办次数"), width=10),
]
TIMES = ("filed_at", "due_at", "responded_at", "closed_at", "solved_at")


def spreadsheet(cases: Iterable[Case]) -> bytes:
    return workbook(COLUMNS, (_line(case) for case in cases), title=_("诉求"))


def _line(case: Case) -> dict[str, Any]:
    times = {name: _time(getattr(case, name)) for name in TIMES}
    return {
        **times,
        "number": case.number,
        "category": case.category.name,
        "kind": case.get_kind_display(),
        "block": case.block.name if case.block is not None else "",
        "unit": case.unit.name,
        "lead": case.lead.name if case.lead is not None else "",
        "state": case.get_state_display(),
        "source": case.get_source_display(),
        "outcome": case.get_outcome_display(),
        "spot": _("是") if case.was_on_the_spot else "",
        "score": case.get_score_display(),
        "reopened": case.reopened,
    }


def _time(moment: Any) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""
