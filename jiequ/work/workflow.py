"""The moves of a task, and what each kind of work is called on its button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse
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
    move_due=_("随事项改期限"),
    remind=_("催办"),
    order_supervision=_("发出督办"),
    answer_order=_("回复督办"),
)


@dataclass(frozen=True)
class Work:
    """One kind of work, `verb` in Task. A house names its kinds beside its flow, in its own workflow.py:

        Work("council.accept", _("审定"), by_hand=False, page=("motion-move", "accept"))

    `label` is the verb on the button; `page` the URL name it leads to, with what comes after the thing's id, where that is
    not simply the thing's own page. Where `by_hand` is false the work is done on the page of the thing it is about, and
    that act finishes the task: finishing it from the task's own page would say something was done that was not, and so would dropping it. Where
    `has_clock`, the thing keeps the time as well, and its own page puts it off. Of `quiet`
    work there are many alike at once (households to look in on): nobody is reminded of each, the workbench counts them in one
    line, and its house tells of them together, on the page `listed` (its URL name, what it is called, and the permission it needs).
    """

    verb: str
    label: Any
    icon: str = "checkbox"
    by_hand: bool = True
    page: tuple[str, ...] = ()
    has_clock: bool = False
    quiet: bool = False
    listed: tuple[str, Any, str] | None = None

    register: ClassVar[dict[str, Work]] = {}

    def __post_init__(self) -> None:
        Work.register[self.verb] = self

    def address(self, task: Task) -> str:
        """Where the button of `task` leads."""
        if self.page and task.about_kind:
            return reverse(self.page[0], args=[task.about_id, *self.page[1:]])
        return task.get_absolute_url() if self.by_hand else task.about_url

    @classmethod
    def quiet_verbs(cls) -> list[str]:
        return sorted(verb for verb, work in cls.register.items() if work.quiet)

    @classmethod
    def elsewhere(cls, account: Any) -> list[tuple[str, Any]]:
        """Addresses and names of the pages on which quiet work is listed, of those that open to `account`."""
        listed = [work.listed for work in cls.register.values() if work.listed]
        return [(reverse(url), label) for url, label, needed in listed if account.holds_anywhere(needed)]

    @classmethod
    def of(cls, verb: str) -> Work:
        return cls.register.get(verb) or _ANY


_ANY = Work("work.do", _("去办"))
