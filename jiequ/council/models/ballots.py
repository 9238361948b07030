"""Ballots and votes. The rule's numbers are copied in when a ballot opens, and nothing changes after it closes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.council.models.councils import Fraction
from jiequ.council.models.meetings import AgendaItem
from jiequ.people.models import Person
from jiequ.territory.models import Unit


class Ballot(models.Model):
    """One vote on one item: by show of hands, or by name."""

    class Kind(models.TextChoices):
        HANDS = "hands", _("举手表决")
        BY_NAME = "by_name", _("记名表决")

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        NOT_PASSED = "not_passed", _("未通过")

    plain = ("kind", "outcome")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="ballots")
    kind = models.CharField(_("方式"), max_length=8, choices=Kind)
    quorum_num = models.PositiveSmallIntegerField()
    quorum_den = models.PositiveSmallIntegerField()
    quorum_strict = models.BooleanField()
    majority_num = models.PositiveSmallIntegerField()
    majority_den = models.PositiveSmallIntegerField()
    majority_strict = models.BooleanField()
    seats = models.PositiveSmallIntegerField(_("应到"))
    present = models.PositiveSmallIntegerField(_("实到"))
    yes = models.PositiveSmallIntegerField(_("赞成"), default=0)
    no = models.PositiveSmallIntegerField(_("反对"), default=0)
    abstain = models.PositiveSmallIntegerField(_("弃权"), default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        verbose_name = _("表决")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item"], name="one_ballot_an_item"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(present=models.F("yes") + models.F("no") + models.F("abstain")),
                name="ballot_adds_up",
            ),
        ]

    @property
    def unit(self) -> Unit:
        return self.item.meeting.unit

    @property
    def journal_label(self) -> str:
        return self.item.motion.journal_label

    @property
    def quorum(self) -> Fraction:
        return Fraction(self.quorum_num, self.quorum_den, self.quorum_strict)

    @property
    def majority(self) -> Fraction:
        return Fraction(self.majority_num, self.majority_den, self.majority_strict)

    @property
    def quorum_needed(self) -> int:
        """How many of the seats had to be taken."""
        return self.quorum.needed(self.seats)

    @property
    def needed(self) -> int:
        """How many had to say yes."""
        return self.majority.needed(self.present)

    @property
    def absent(self) -> int:
        return max(0, self.seats - self.present)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Vote(models.Model):
    """One councillor's vote in a ballot by name. One each, and not changed."""

    class Choice(models.TextChoices):
        YES = "yes", _("赞成")
        NO = "no", _("反对")
        ABSTAIN = "abstain", _("弃权")

    plain = ("choice",)

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(_("表决意见"), max_length=8, choices=Choice)
    cast_at = models.DateTimeField()

    class Meta:
        verbose_name = _("记名票")
        constraints: ClassVar = [models.UniqueConstraint(fields=["ballot", "person"], name="one_vote_each")]
