"""What people fill in about tasks: at most three fields each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock, workdays
from jiequ.core.measures import prefix
from jiequ.people.models import Appointment, Person
from jiequ.people.roles import ROLES
from jiequ.territory.models import Unit
from jiequ.work.actions.whose import may_hold
from jiequ.work.models import Task


class MomentInput(forms.DateTimeInput):
    """The browser's own date and time picker."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"step": 60})


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, input_formats=["%Y-%m-%dT%H:%M"], widget=MomentInput())


def closing(count: int) -> Any:
    """When the office closes on the `count`-th working day from now: what a due time starts with."""
    return clock.at(workdays.add_workdays(clock.today(), count), workdays.CLOSING_HOUR)


def _lines(label: Any, size: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=size, required=required, widget=area, help_text=help_text)


class PersonChoice(forms.ModelChoiceField):
    """One of the people who may hold a task in a unit, with what they are: 张*，街区网格长."""

    def __init__(self, unit: Unit, *, label: Any, task: Task | None = None) -> None:
        above = [unit.path[:n] for n in range(unit.steplen, len(unit.path) + 1, unit.steplen)]
        roles = [r.code for r in ROLES.values() if "work.hold_task" in r.permissions]
        posts = Appointment.objects.in_force().filter(role__in=roles)
        around: dict[str, Any] = prefix("unit__path", unit.path_at(3)) if unit.depth >= 3 else {"pk__in": []}
        lifted = posts.filter(role__in=[code for code in roles if ROLES[code].lifted_to], **around)
        self.posts: dict[int, str] = {}
        for post in sorted(
            (posts.filter(unit__path__in=above) | lifted).select_related("unit"),
            key=lambda a: (ROLES[a.role].rank, a.unit.path),
        ):
            if post.definition.path(post.unit.path) in above:
                self.posts.setdefault(post.person_id, str(post))
        if task is not None:
            able = may_hold(task, self.posts) - {task.holder_id}
            self.posts = {person: what for person, what in self.posts.items() if person in able}
        super().__init__(Person.objects.filter(pk__in=self.posts), label=label)

    def label_from_instance(self, person: Any) -> str:
        return f"{person.label}，{self.posts[person.pk]}"


class TaskForm(forms.Form):
    """A free task for somebody in one unit."""

    title = forms.CharField(label=_("事项"), max_length=120, help_text=_("写要办成什么，不写居民的姓名和电话。"))
    due_at = _moment(_("期限"))

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"due_at": closing(3)})
        super().__init__(*args, **kwargs)
        self.fields["holder"] = PersonChoice(unit, label=_("由谁办"))
        self.order_fields(["title", "holder", "due_at"])


class FinishForm(forms.Form):
    note = _lines(_("办理情况"), 500, required=False, help_text=_("一句话说办成了什么，可不填。"))

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class DropForm(forms.Form):
    reason = _lines(_("为什么取消"), 500)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class HandOverForm(forms.Form):
    note = forms.CharField(label=_("附一句话"), max_length=200, required=False)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"] = PersonChoice(task.unit, label=_("转给"), task=task)
        self.order_fields(["to", "note"])


class ExtendForm(forms.Form):
    due_at = _moment(_("新期限"))
    reason = forms.CharField(
        label=_("延期原因"), max_length=200, help_text=_("会写在任务页上，看得到任务的人都能看到。")
    )

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        later = max(closing(3), task.due_at + timedelta(days=3))
        kwargs.setdefault("initial", {"due_at": later})
        super().__init__(*args, **kwargs)


class SuperviseForm(forms.Form):
    demand = _lines(_("督办要求"), 300)
    answer_due_at = _moment(_("回复期限"))

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"answer_due_at": closing(1)})
        super().__init__(*args, **kwargs)


class AnswerForm(forms.Form):
    answer = _lines(_("督办回复"), 500, help_text=_("现在办到哪一步、卡在哪里、什么时候办完。"))

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
