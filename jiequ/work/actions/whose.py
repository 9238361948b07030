"""Who must do a task, and telling them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jiequ.core.permission import Actor, NotAllowed
from jiequ.people.actions import notify
from jiequ.people.models import Appointment, Person
from jiequ.work.models import Task
from jiequ.work.secrets import kept_from_whom


def require_mine(task: Task, by: Actor) -> None:
    if by.person_id is not None and not task.is_for(by):  # without a person it is the machine, which `require` lets act
        raise NotAllowed(_("这件事不由您办理。需要的话，请先请经办人或街区网格长转给您。"))


def who_must(task: Task) -> list[Person]:
    """The holder, or everybody who holds the post that the task waits for; nobody from whom it is kept what it is about."""
    if task.holder_id:
        return list(Person.objects.filter(pk=task.holder_id))
    posts = Appointment.objects.in_force().filter(unit_id=task.unit_id, role=task.role)
    barred = kept_from_whom(task.about_kind, task.about_id)
    return list(Person.objects.filter(pk__in=posts.values("person_id")).exclude(pk__in=barred))


#: Who may hold a task of a kind at all, by verb, where holding a post around its unit is not enough.
_HOLDERS: dict[str, Callable[[Task], QuerySet[Person]]] = {}


def held_only_by(*verbs: str) -> Callable[[Callable[[Task], QuerySet[Person]]], Callable[[Task], QuerySet[Person]]]:
    """Enter a function that gives the persons to whom a task of the kinds `verbs` may be handed over."""

    def enter(function: Callable[[Task], QuerySet[Person]]) -> Callable[[Task], QuerySet[Person]]:
        _HOLDERS.update(dict.fromkeys(verbs, function))
        return function

    return enter


def may_hold(task: Task, persons: Iterable[int]) -> set[int]:
    """Of `persons` those to whom this very task may be handed over: nobody from whom it is kept, nobody whom its house refuses."""
    found = set(persons) - kept_from_whom(task.about_kind, task.about_id)
    if task.about_kind and (holders := _HOLDERS.get(task.verb)) is not None:
        found &= set(holders(task).filter(pk__in=found).values_list("pk", flat=True))
    return found


def tell(persons: Any, subject: str, *, body: str = "", url: str = "") -> None:
    notify(list(persons), subject[:120], body=body, url=url)


def locked(rows: Any) -> Any:
    """`rows` held until the transaction ends, where the database can."""
    return rows.select_for_update(of=("self",)) if connection.features.has_select_for_update_of else rows
