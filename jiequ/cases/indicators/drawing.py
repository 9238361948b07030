"""How the rows behind a figure are drawn and cut, whatever it counts: cases, ratings of cases, spot fixes.

Figures are for everybody who governs; a case's words are not. Who may count but not look at cases reads number, category,
unit, state and times. A file that leaves the house never holds a title.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case, Kind, SpotFix
from jiequ.core.measures import Cut


def _kind(value: str) -> Any:
    return Kind(value).label if value in Kind.values else _("没有诉求的")


def cuts(case: str = "", *, category: str = "") -> tuple[Cut, ...]:
    """By category and by kind; `case` leads from a row to its case ("case__"), `category` to its own category."""
    where = category or f"{case}category"
    return (
        Cut("category", _("按类别"), f"{where}__code", name=f"{where}__name"),
        Cut("kind", _("按种类"), f"{case}kind", words=_kind),
    )


def _marks(to_case: str) -> Any:
    def marked(rows: QuerySet[Any], account: Any) -> QuerySet[Any]:
        """Each row with `is_visible`: whether `account` may look at its case."""
        return rows.annotate(
            is_visible=Exists(Case.objects.visible_to(account).filter(pk=OuterRef(to_case)).order_by())
        )

    return marked


def _marks_fixes(rows: QuerySet[Any], account: Any) -> QuerySet[Any]:
    seen = Exists(SpotFix.objects.visible_to(account).filter(pk=OuterRef("pk")).order_by())
    its = Exists(Case.objects.visible_to(account).filter(pk=OuterRef("case_id")).order_by())
    return rows.annotate(is_visible=ExpressionWrapper(Q(seen) & (Q(case=None) | Q(its)), BooleanField()))


#: A measure of cases.
CASE: Any = {
    "noun": _("件"),
    "page": "cases/_case_figure_rows.html",
    "headings": (_("编号"), _("类别"), _("单位"), _("收到"), _("期限"), _("办结"), _("状态")),
    "related": ("unit", "category"),
    "by_time": True,
    "cuts": cuts(),
    "for_reader": _marks("pk"),
}
#: A measure of ratings: no names, no words.
RATING: Any = {
    "noun": _("人次"),
    "unit": "case__unit",
    "page": "cases/_rating_figure_rows.html",
    "headings": (_("编号"), _("类别"), _("单位"), _("第几轮"), _("评价"), _("日期")),
    "related": ("case__unit", "case__category"),
    "by_time": True,
    "cuts": cuts("case__"),
    "for_reader": _marks("case_id"),
}
#: A measure of what was put right on the spot, with a case and without.
FIX: Any = {
    "noun": _("件"),
    "page": "cases/_fix_figure_rows.html",
    "headings": (_("日期"), _("类别"), _("单位"), _("办了什么"), _("诉求")),
    "related": ("unit", "category", "case"),
    "by_time": True,
    "cuts": cuts("case__", category="category"),
    "for_reader": _marks_fixes,
}
