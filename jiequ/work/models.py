"""Task: everything somebody must do. One to-do with a holder, a due time and a thing it is about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.people.models import Person
from jiequ.people.roles import role_choices
from jiequ.territory.models import InUnitQuerySet, Unit
from jiequ.work.secrets import known_to


class TaskQuerySet(InUnitQuerySet):
    view_permission = "work.view_task"
    grows = True

    def visible_to(self, account: Any) -> TaskQuerySet:
        """Of the units that `account` may look at, without what is about something that is kept from them."""
        return super().visible_to(account).known_to(account)

    def opening_to(self, account: Any) -> TaskQuerySet:
        """Whose pages open to `account`: what it may look at, and what it holds or has done without a post there (a handler's
        people). For one task; a list of what is mine begins with `for_account`."""
        mine = (
            Q(pk__in=[])
            if account.person_id is None
            else Q(holder=account.person_id) | Q(finished_by=account.person_id)
        )
        return (super().visible_to(account) | self.filter(mine)).known_to(account)

    def known_to(self, account: Any) -> TaskQuerySet:
        """Without what is about something that is kept from `account`."""
        found: TaskQuerySet = known_to(account, self)
        return found

    def open(self) -> TaskQuerySet:
        """Open; `finished_at` says the same, and is what the indexes of a unit's and of a holder's tasks hold."""
        return self.filter(state=Task.State.OPEN, finished_at=None)

    def overdue(self, at: datetime | None = None) -> TaskQuerySet:
        """Open, and due before `at` (now)."""
        return self.open().filter(due_at__lt=at or clock.now())

    def about(self, thing: models.Model) -> TaskQuerySet:
        return self.filter(about_kind=thing._meta.label_lower, about_id=thing.pk)

    def supervised(self) -> TaskQuerySet:
        """With a 督办 order that has not been answered."""
        return self.filter(Exists(SupervisionOrder.objects.filter(task=OuterRef("pk"), answered_at=None)))

    def with_order(self) -> TaskQuerySet:
        """Each with its unanswered 督办 order, if any: `order_id`, `order_due_at`, `order_from` (masked name), `ordered_at`."""
        orders = SupervisionOrder.objects.filter(task=OuterRef("pk"), answered_at=None)
        return self.annotate(
            order_id=Subquery(orders.values("pk")[:1]),
            order_due_at=Subquery(orders.values("answer_due_at")[:1]),
            ordered_at=Subquery(orders.values("issued_at")[:1]),
            order_from=Subquery(orders.values("issued_by__label")[:1]),
        )

    def for_account(self, account: Any) -> TaskQuerySet:
        """What `account` must do: its own, and what waits for a post it holds and nobody has claimed."""
        mine = Q(holder_id=account.person_id)
        for a in account.appointments:
            mine |= Q(holder=None, role=a.role, unit_id=a.unit_id)
        return self.open().filter(mine)


class Task(models.Model):
    """Something to do. Lateness is computed from `due_at`, never stored."""

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        DONE = "done", _("办结")
        DROPPED = "dropped", _("取消")

    plain = ("verb", "title", "about_kind", "role", "state", "note")

    verb = models.CharField(_("办什么"), max_length=40)  # "council.screen": names the kind of work, and its button
    title = models.CharField(_("事项"), max_length=120)
    about_kind = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="tasks", db_index=False
    )  # task_unit_finished begins with it
    role = models.CharField(_("岗位"), max_length=20, blank=True, choices=role_choices)
    holder = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False
    )  # task_holder_finished begins with it
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(_("期限"))
    rests_until = models.DateTimeField(null=True)  # nobody is reminded before: its clock was paused
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("办理情况"), max_length=500, blank=True)
    is_single = models.BooleanField(default=False, editable=False)  # never two open ones of its kind about one thing

    objects = TaskQuerySet.as_manager()
    get_state_display = shows("state", State)
    # Only with_order() gives these.
    order_id: int | None
    order_due_at: datetime | None
    ordered_at: datetime | None
    order_from: str | None

    class Meta:
        verbose_name = _("任务")
        indexes: ClassVar = [
            models.Index(fields=["holder", "finished_at"], name="task_holder_finished"),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="task_due_open"),
            models.Index(fields=["about_kind", "about_id"], name="task_about"),
            models.Index(fields=["unit", "finished_at"], name="task_unit_finished"),
            models.Index(fields=["finished_at", "id"], name="task_finished"),
            models.Index(fields=["due_at", "unit"], name="task_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["about_id", "about_kind", "verb"],
                condition=Q(is_single=True, state="open"),
                name="one_open_task_of_its_kind",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def journal_label(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    @property
    def is_overdue(self) -> bool:
        return self.state == self.State.OPEN and self.due_at < clock.now()

    @property
    def urgency(self) -> str:
        """Which group of the workbench it stands in: supervised, late, today, week or later."""
        if getattr(self, "order_id", None):
            return "supervised"
        now = clock.now()
        if self.due_at < now:
            return "late"
        day, today = clock.day(self.due_at), clock.today()
        if day <= today:
            return "today"
        return "week" if day <= today + timedelta(days=6 - today.weekday()) else "later"

    @property
    def kind_label(self) -> str:
        """What kind of thing this is about (议题), or 任务."""
        return str(apps.get_model(self.about_kind)._meta.verbose_name if self.about_kind else self._meta.verbose_name)

    def is_for(self, by: Any) -> bool:
        """True if `by` is the one to do it: its holder or, while nobody has claimed it, a holder of the post it waits for."""
        if by.person_id is None:
            return False
        if self.holder_id is not None:
            return bool(self.holder_id == by.person_id)
        return any(a.role == self.role and a.unit_id == self.unit_id for a in getattr(by, "appointments", ()))

    @property
    def about_url(self) -> str:
        """The page of the thing this is about, without reading it; the task's own page where it is about nothing."""
        if not self.about_kind:
            return self.get_absolute_url()
        model: Any = apps.get_model(self.about_kind)
        return str(model(pk=self.about_id).get_absolute_url())


class Extension(models.Model):
    """A due time that was put off, why, and by whom. The clock is never reset in silence."""

    plain = ("reason",)

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="extensions")
    was_due_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reason = models.CharField(_("延期原因"), max_length=200)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("延期")


class SupervisionOrder(models.Model):
    """督办: a superior asks for an answer on a task by a time."""

    plain = ("demand", "answer")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="orders")
    demand = models.CharField(_("督办要求"), max_length=300)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answer_due_at = models.DateTimeField(_("回复期限"))
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(_("督办回复"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("督办单")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task"], condition=Q(answered_at=None), name="one_open_order_a_task")
        ]


class Reminder(models.Model):
    """A reminder that was sent. The unique pair makes the tick safe to run twice and in two processes."""

    class Kind(models.TextChoices):
        EARLY = "early", _("提前提醒")
        SOON = "soon", _("临期提醒")
        LATE = "late", _("逾期提醒")
        BY_HAND = "by_hand", _("催办")

    plain = ("kind", "occasion")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind)
    occasion = models.CharField(max_length=40)  # the due time (or the moment of pressing) that it belongs to
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = _("提醒")
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "kind", "occasion"], name="reminded_once")]
