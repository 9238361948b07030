"""The minutes of a meeting (会议记录): made from the record, frozen once, corrected by additions only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.council.models.meetings import Meeting
from jiequ.people.models import Person
from jiequ.territory.models import Unit


class Minutes(models.Model):
    """One meeting's minutes. Until they are final their content is read from the record each time; then it is frozen
    in `content`, which names persons by number only, so that an erased person is not kept alive by a document.
    """

    plain = ("remarks", "content", "digest")

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="paper_of_record")
    remarks = models.TextField(_("其他记载"), max_length=1000, blank=True)
    content = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    finalised_at = models.DateTimeField(null=True)
    finalised_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("会议记录")

    @property
    def unit(self) -> Unit:
        return self.meeting.unit

    @property
    def journal_label(self) -> str:
        return self.meeting.journal_label

    @property
    def is_final(self) -> bool:
        return self.finalised_at is not None


class Correction(models.Model):
    """What was found wrong in final minutes, said beside them. The minutes themselves do not change."""

    plain = ("text",)

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="corrections")
    text = models.CharField(_("更正"), max_length=500)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("更正")
        ordering = ["made_at", "id"]


class Confirmation(models.Model):
    """A member who was there puts their name to the minutes (签字确认)."""

    plain = ()

    minutes = models.ForeignKey(Minutes, on_delete=models.PROTECT, related_name="confirmations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("签字确认")
        ordering = ["confirmed_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["minutes", "person"], name="signed_once")]
