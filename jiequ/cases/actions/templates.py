"""Words that an office often answers with (答复模板)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiequ.cases.models import AnswerTemplate, CaseCategory
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Refused, require
from jiequ.core.personal import has_personal_number
from jiequ.core.writing import action, lock
from jiequ.territory.models import Unit


@action
def add_template(
    unit: Unit, *, by: Actor, name: str, text: str, category: CaseCategory | None = None
) -> AnswerTemplate:
    """Another template for the cases of `unit` and below."""
    require(by, "cases.set_duties", unit)
    name, text = _checked(name, text)
    template = AnswerTemplate.objects.create(unit=unit, name=name, text=text, category=category)
    record("add", template, by=by)
    return template


@action
def edit_template(
    template: AnswerTemplate,
    *,
    by: Actor,
    name: str,
    text: str,
    category: CaseCategory | None = None,
    is_active: bool = True,
) -> AnswerTemplate:
    """Change a template, or put it away; answers that were made with it stay as they are."""
    require(by, "cases.set_duties", template.unit)
    template = lock(template)
    template.name, template.text = _checked(name, text)
    template.category, template.is_active = category, is_active
    template.save()
    record("edit", template, by=by)
    return template


def _checked(name: str, text: str) -> tuple[str, str]:
    name, text = " ".join(name.split())[:30], text.strip()[:500]
    if not name:
        raise Refused(_("请写模板的名称。"), field="name")
    if not text:
        raise Refused(_("请写模板的内容。"), field="text")
    if has_personal_number(name) or has_personal_number(text):
        raise Refused(_("模板里不写手机号和身份证号。"), field="text")
    return name, text
