"""Every write of tasks."""

from jiequ.work.actions.opening import open_tasks_from, place_tasks
from jiequ.work.actions.reminding import remind_due, remind_early, remind_task
from jiequ.work.actions.supervising import answer_order, order_supervision
from jiequ.work.actions.tasks import (
    Onward,
    after_ending,
    claim_task,
    drop_task,
    drop_tasks_about,
    extend_task,
    finish_task,
    finish_tasks_about,
    hand_over_task,
    move_due,
    open_task,
    pass_tasks_on,
    tasks_follow,
)
from jiequ.work.actions.whose import held_only_by

__all__ = [
    "Onward",
    "after_ending",
    "answer_order",
    "claim_task",
    "drop_task",
    "drop_tasks_about",
    "extend_task",
    "finish_task",
    "finish_tasks_about",
    "hand_over_task",
    "held_only_by",
    "move_due",
    "open_task",
    "open_tasks_from",
    "order_supervision",
    "pass_tasks_on",
    "place_tasks",
    "remind_due",
    "remind_early",
    "remind_task",
    "tasks_follow",
]
