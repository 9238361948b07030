"""What people are told, and its way out through other channels."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.people.models.persons import Person


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, account: Any) -> Self:
        """One's own, nobody else's."""
        return self.filter(person_id=account.person_id)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something a person is told. Written in the action's transaction; the in-app copy is the row itself."""

    plain = ("subject", "body", "url", "calendar")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    subject = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    leaves = models.BooleanField(
        default=False
    )  # the body may leave the house as well: it is about an occasion, not a person
    calendar = models.TextField(blank=True)  # an invitation (RFC 5545) that goes with it by e-mail
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知")
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="notice_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
        ]


class Delivery(models.Model):
    """One notice on its way through one outside channel (the outbox)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    plain = ("channel", "state", "error")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("通知发送")
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting")
        ]
