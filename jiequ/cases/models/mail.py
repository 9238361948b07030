"""Mail to those who brought a case: the outbox."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.cases.models.complainants import Complainant


class CaseMail(models.Model):
    """One mail to a complainant who left an address: that their case has moved on. It waits here until the tick sends it.

    `move` and `state` are codes of the flow; what the mail says is made of them when it is sent, and nothing else.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    plain = ("move", "case_state", "state", "error")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    complainant = models.ForeignKey(Complainant, on_delete=models.CASCADE, related_name="mails")
    move = models.CharField(max_length=20)
    case_state = models.CharField(max_length=10, choices=Case.State)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("诉求邮件")
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="case_mail_waiting")
        ]
