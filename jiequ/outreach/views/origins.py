"""What the page of a case, a wish or a motion tells of the visit on which it was found."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from jiequ.cases.models import Case
from jiequ.cases.workflow import Origin, comes_from
from jiequ.core.journal import kind_of
from jiequ.core.templatetags.jiequ import day
from jiequ.outreach.models import Finding, Visit


def visit_behind(kind: str) -> Subquery:
    """The visit on which a thing of `kind` was found, as a column of a list or a page of such things: no statement of its own."""
    found = Finding.objects.filter(became_kind=kind, became_id=OuterRef("pk"))
    return Subquery(found.order_by("pk").values("visit")[:1])


def visit_told(visit: int | None, account: Any) -> list[Origin]:
    """The day, and the way there for whoever may look at the household. Two statements, none without a visit."""
    there = Visit.objects.filter(pk=visit).first() if visit is not None else None
    if there is None:
        return []
    is_seen = Visit.objects.visible_to(account).filter(pk=there.pk).exists()
    label = _("%(day)s %(mode)s") % {"day": day(there.on), "mode": there.get_mode_display()}
    return [Origin(_("走访时发现"), label, there.get_absolute_url() if is_seen else "")]


def origins_of(thing: models.Model, account: Any) -> list[Origin]:
    """The same of a thing that is at hand."""
    found = Finding.objects.filter(became_kind=kind_of(thing), became_id=thing.pk)
    return visit_told(found.values_list("visit", flat=True).first(), account)


comes_from(Case.Source.VISIT, origins_of)
