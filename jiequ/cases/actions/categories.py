"""The categories of cases: reference rows of the whole subdistrict, seeded once and edited by those who set limits."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from jiequ.cases.actions.shipped import SHIPPED
from jiequ.cases.models import Case, CaseCategory, Kind
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.writing import action, lock
from jiequ.territory.models import Unit

#: What `edit_category` changes. The code stays: Open311's clients know a category by it.
EDITABLE = ("name", "group", "says", "keywords", "kind", "is_urgent", "channel", "order", "is_active")


@action
def seed_categories(*, by: Actor) -> list[CaseCategory]:
    """Enter the shipped categories where there is none yet; returns all there are. Safe to run again: nothing is overwritten."""
    root = _root()
    require(by, "cases.set_limits", root)
    lock(root)
    if not CaseCategory.objects.exists():
        rows = [CaseCategory(order=10 * n, **fields) for n, fields in enumerate(SHIPPED, 1)]
        CaseCategory.objects.bulk_create(rows)
        record("seed", rows[0], by=by, unit=root, count=len(rows))
    return list(CaseCategory.objects.all())


@action
def add_category(*, by: Actor, code: str, name: str, **fields: Any) -> CaseCategory:
    """Another category, for the whole subdistrict."""
    root = _root()
    require(by, "cases.set_limits", root)
    lock(root)
    code = code.strip().lower()
    if not code or code != slugify(code):
        raise Refused(_("代码只用小写字母、数字和短横，例如 road-pavement。"), field="code")
    if CaseCategory.objects.filter(code=code).exists():
        raise Refused(_("已有代码为%(code)s的类别，请换一个。") % {"code": code}, field="code")
    category = CaseCategory(code=code)
    _write(category, {"name": name, **fields})
    category.save(force_insert=True)
    record("add", category, by=by, unit=root, code=code)
    return category


@action
def edit_category(category: CaseCategory, *, by: Actor, **fields: Any) -> CaseCategory:
    """Change a category; its code stays. Cases keep what they were filed as. Switched off it can no longer be chosen, which is
    refused for the last one: the public form needs at least one."""
    root = _root()
    require(by, "cases.set_limits", root)
    lock(root)
    category.refresh_from_db()
    _write(category, fields)
    others = CaseCategory.objects.filter(is_active=True).exclude(pk=category.pk)
    if not category.is_active and not others.exists():
        raise Refused(_("至少要留一个可用的类别。"), field="is_active")
    category.save()
    record("edit", category, by=by, unit=root, code=category.code, fields=sorted(fields))
    return category


def _write(category: CaseCategory, fields: dict[str, Any]) -> None:
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not to be edited: {unknown}")
    for name, value in fields.items():
        setattr(category, name, value.strip() if isinstance(value, str) else value)
    if not category.name:
        raise Refused(_("请写类别的名称。"), field="name")
    if category.kind not in Kind.values:
        raise Refused(_("请选默认的种类。"), field="kind")
    if CaseCategory.objects.filter(name=category.name, is_active=True).exclude(pk=category.pk).exists():
        raise Refused(_("已有同名的类别，请换一个名称。"), field="name")


def _root() -> Unit:
    root = Unit.objects.filter(depth=1).order_by("path").first()
    if root is None:
        raise Refused(_("还没有街道，请先开通。"))
    return root


def open_cases_of(category: CaseCategory) -> int:
    """How many open cases are of this category: said before it is switched off."""
    return Case.objects.open().filter(category=category).count()
