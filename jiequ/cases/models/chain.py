"""What happens to a case on its way: dispatches, whistles, changes of its clock."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.cases.models.handlers import Handler
from jiequ.core.labels import shows
from jiequ.people.models import Person


class Dispatch(models.Model):
    """One dispatch (分拨) of a case to a lead, what the lead objected, and how that was ruled. A ruling is final."""

    plain = ("note", "objection", "ruling")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="dispatches")
    lead = models.ForeignKey(Handler, on_delete=models.PROTECT, related_name="+")
    dispatched_at = models.DateTimeField()
    dispatched_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("分拨说明"), max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    objected_at = models.DateTimeField(null=True)
    objected_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    objection = models.CharField(_("异议理由"), max_length=300, blank=True)
    ruled_at = models.DateTimeField(null=True)
    ruled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ruling = models.CharField(_("裁定"), max_length=300, blank=True)
    was_upheld = models.BooleanField(null=True)  # true: the dispatch stands

    class Meta:
        verbose_name = _("分拨")
        ordering = ["pk"]


class Whistle(models.Model):
    """吹哨: a level asks the next one up for help; the answer stands beside the call."""

    plain = ("call", "answer", "from_level", "to_level")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="whistles")
    from_level = models.CharField(max_length=12, choices=Handler.Level)
    to_level = models.CharField(max_length=12, choices=Handler.Level)
    to = models.ForeignKey(Handler, on_delete=models.PROTECT, null=True, related_name="+")
    call = models.CharField(_("请求"), max_length=300)
    called_at = models.DateTimeField()
    called_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answer_due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(_("回应"), max_length=300, blank=True)
    took_over = models.BooleanField(_("由上级接办"), null=True)

    get_from_level_display = shows("from_level", Handler.Level)
    get_to_level_display = shows("to_level", Handler.Level)

    class Meta:
        verbose_name = _("吹哨")
        ordering = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(answered_at=None), name="one_open_whistle_a_case")
        ]


class ClockChange(models.Model):
    """A pause or an extension of a case's clock: asked for with a reason that everybody sees, granted or not by another.

    The clock is never reset: `was_due_at` and `due_at` tell what became of the due time. A pause ends on `until` at the
    latest, or when somebody resumes; then the working days that were left begin to run again.
    """

    class Kind(models.TextChoices):
        PAUSE = "pause", _("暂停")
        EXTEND = "extend", _("延期")

    plain = ("kind", "reason", "says")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clock_changes")
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(_("原因"), max_length=200)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    until = models.DateField(_("到哪天"))
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    was_granted = models.BooleanField(null=True)
    says = models.CharField(_("批复"), max_length=200, blank=True)
    was_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # of a pause

    get_kind_display = shows("kind", Kind)

    class Meta:
        verbose_name = _("时限变更")
        ordering = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(decided_at=None), name="one_open_clock_change_a_case")
        ]

    @property
    def is_running(self) -> bool:
        """A pause that was granted and has not ended."""
        return self.kind == self.Kind.PAUSE and bool(self.was_granted) and self.ended_at is None
