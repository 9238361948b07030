"""Several cases of one cause: one stands for them, and its answer can be theirs."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow
from jiequ.cases.models import Case
from jiequ.cases.workflow import OPEN
from jiequ.core.journal import record
from jiequ.core.permission import Actor, Overtaken, Refused
from jiequ.core.writing import action, lock


@action
def adopt_cases(parent: Case, children: Sequence[Case], *, by: Actor) -> list[Case]:
    """Hang open cases of the same community under `parent`, which stands for their cause: all or none.

    One level: what hangs under another has nothing under itself. Each keeps its clock, its words and its rating. All are held
    in the order of their numbers. What hangs there already is left alone.
    """
    keys = {parent.pk, *(c.pk for c in children)}
    if len(keys) != len(children) + 1 or not children:
        raise Refused(_("请另选别的诉求，一件不能挂在自己下面。"))
    held = {case.pk: lock(case) for case in sorted([parent, *children], key=lambda c: c.pk)}
    parent = held[parent.pk]
    for case in held.values():
        allow(by, "cases.accept_case", case)
        if case.state not in OPEN:
            raise Refused(_("%(number)s已经办结，不能归到同一起因。") % {"number": case.number})
        if case.unit.path_at(2) != parent.unit.path_at(2):
            raise Refused(_("只能归到同一社区的诉求。"))
    if parent.parent_id is not None:
        raise Refused(_("%(number)s自己挂在别的诉求下面，请选那一件。") % {"number": parent.number})
    adopted = []
    for key in keys - {parent.pk}:
        child = held[key]
        if child.parent_id == parent.pk:
            continue
        if child.parent_id is not None or child.children.exists():
            raise Refused(_("%(number)s已经归到别的起因，请先移出。") % {"number": child.number})
        Case.objects.filter(pk=child.pk).update(parent=parent)
        child.parent = parent
        record("adopt", child, by=by, parent=parent.number)
        adopted.append(child)
    return adopted


@action
def release_case(child: Case, *, by: Actor) -> Case:
    """Take a case out from under the one that stands for its cause."""
    child = lock(child)
    allow(by, "cases.accept_case", child)
    was = child.parent
    if was is None:
        raise Overtaken(_("这件诉求没有挂在别的下面。"))
    Case.objects.filter(pk=child.pk).update(parent=None)
    child.parent = None
    record("release", child, by=by, parent=was.number)
    return child
