"""Pressing for a case (催办): whoever looks after it where it lies may press those who have it, wherever they sit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiequ.cases.actions.acting import allow
from jiequ.cases.models import Case
from jiequ.core.permission import Actor, Refused
from jiequ.core.writing import action
from jiequ.work.actions import remind_task
from jiequ.work.models import Task


class _Pressing:
    """`by`, with the right to press for one case's tasks."""

    def __init__(self, by: Any) -> None:
        self.by, self.person_id = by, by.person_id

    def may(self, permission: str, unit: Any) -> bool:
        return permission == "work.remind_task" or self.by.may(permission, unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.by, name)


@action
def remind_case(case: Case, *, by: Actor) -> int:
    """Remind of everything that is still to do about `case`, once a day: all or none. How many tasks it were."""
    allow(by, "work.remind_task", case)
    tasks = list(Task.objects.open().about(case).select_related("unit", "holder"))
    if not tasks:
        raise Refused(_("没有等着办的事，不用催办。"))
    for task in tasks:
        remind_task(task, by=_Pressing(by))
    return len(tasks)
