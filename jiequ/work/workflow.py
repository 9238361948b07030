"""The moves of a task, and what each kind of work is called on its button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from jiequ.core.flow import Flow, Move, name_acts
from jiequ.work.models import Task

TASK = Flow(
    "work.task",
    Move("finish", {Task.State.OPEN}, Task.State.DONE, may="work.hold_task", label=_("办结")),
    Move("drop", {Task.State.OPEN}, Task.State.DROPPED, may="work.drop_task", label=_("取消任务")),
    states=Task.State,
)

name_acts(
    "work.task",
    open=_("布置"),
    claim=_("认领"),
    hand_over=_("转办"),
    extend=_("延期"),
    remind=_("催办"),
    order_supervision=_("发出督办"),
    answer_order=_("回复督办"),
)


@dataclass(frozen=True)
class Work:
    """One kind of work, `verb` in Task. A house names its kinds beside its flow, in its own workflow.py:

        Work("council.screen", _("审定"), icon="council", by_hand=False)

    `label` is the verb on the button. Where `by_hand` is false the work is done on the page of the thing it is about, and
    that act finishes the task: finishing it from the task's own page would say something was done that was not.
    """

    verb: str
    label: Any
    icon: str = "task"
    by_hand: bool = True

    register: ClassVar[dict[str, Work]] = {}

    def __post_init__(self) -> None:
        Work.register[self.verb] = self

    @classmethod
    def of(cls, verb: str) -> Work:
        return cls.register.get(verb) or _ANY


_ANY = Work("work.do", _("去办"))
