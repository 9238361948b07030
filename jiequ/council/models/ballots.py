"""Ballots and votes. The rule's numbers are copied in when a ballot opens, and nothing changes after it closes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.core.labels import shows
from jiequ.council.models.councils import Fraction
from jiequ.council.models.meetings import AgendaItem
from jiequ.people.models import Person
from jiequ.territory.models import Unit


class BallotQuerySet(models.QuerySet["Ballot"]):
    def going_on(self) -> BallotQuerySet:
        """Open: neither closed nor broken off."""
        return self.filter(closed_at=None, set_aside_at=None)

    def standing(self) -> BallotQuerySet:
        """Closed, with a result that counts."""
        return self.filter(closed_at__isnull=False, set_aside_at=None)


class Ballot(models.Model):
    """One vote on one item, in one round: by show of hands, by name or secret.

    `seats` and `present` are the item's base: without those who recuse themselves. A round whose result is set aside
    keeps its numbers; the vote that follows is the next round.
    """

    class Kind(models.TextChoices):
        HANDS = "hands", _("举手表决")
        BY_NAME = "by_name", _("记名表决")
        SECRET = "secret", _("无记名表决")

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        NOT_PASSED = "not_passed", _("未通过")

    plain = ("kind", "outcome", "question", "set_aside_reason", "key_name")

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="ballots")
    round = models.PositiveSmallIntegerField(_("第几轮"), default=1)
    kind = models.CharField(_("方式"), max_length=8, choices=Kind)
    question = models.CharField(_("表决内容"), max_length=300, blank=True)
    quorum_num = models.PositiveSmallIntegerField()
    quorum_den = models.PositiveSmallIntegerField()
    quorum_strict = models.BooleanField()
    quorum_minimum = models.PositiveSmallIntegerField(default=0)
    majority_num = models.PositiveSmallIntegerField()
    majority_den = models.PositiveSmallIntegerField()
    majority_strict = models.BooleanField()
    majority_minimum = models.PositiveSmallIntegerField(default=0)
    seats = models.PositiveSmallIntegerField(_("应到"))
    present = models.PositiveSmallIntegerField(_("实到"))
    recused = models.PositiveSmallIntegerField(_("回避"), default=0)
    yes = models.PositiveSmallIntegerField(_("赞成"), default=0)
    no = models.PositiveSmallIntegerField(_("反对"), default=0)
    abstain = models.PositiveSmallIntegerField(_("弃权"), default=0)
    key_name = models.CharField(
        max_length=32, blank=True
    )  # of the key its envelopes are closed with, while there is one
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    set_aside_at = models.DateTimeField(null=True)
    set_aside_reason = models.CharField(_("重新表决的原因"), max_length=200, blank=True)

    objects = BallotQuerySet.as_manager()
    get_kind_display = shows("kind", Kind)
    get_outcome_display = shows("outcome", Outcome)

    class Meta:
        verbose_name = _("表决")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "round"], name="one_ballot_a_round"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(present=models.F("yes") + models.F("no") + models.F("abstain")),
                name="ballot_adds_up",
            ),
            # Not even the database shows a tally before the close.
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(yes=0, no=0, abstain=0, outcome=""),
                name="ballot_tells_nothing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["set_aside_at"], condition=Q(set_aside_at__isnull=False), name="ballot_set_aside")
        ]

    @property
    def unit(self) -> Unit:
        return self.item.meeting.unit

    @property
    def journal_label(self) -> str:
        return self.item.motion.journal_label

    @property
    def quorum(self) -> Fraction:
        return Fraction(self.quorum_num, self.quorum_den, self.quorum_strict, self.quorum_minimum)

    @property
    def majority(self) -> Fraction:
        return Fraction(self.majority_num, self.majority_den, self.majority_strict, self.majority_minimum)

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
        return self.closed_at is None and self.set_aside_at is None

    @property
    def is_secret(self) -> bool:
        return self.kind == self.Kind.SECRET


class Vote(models.Model):
    """One councillor's place in a ballot: `person` is who is represented, `acting` who pressed (another one by proxy).

    While the ballot is open the choice lies in `envelope`, encrypted under a key of that ballot alone; closing opens the
    envelopes, writes the choices of a vote by name, and destroys the key. In a secret ballot `choice` stays empty for
    ever: the row says that this person was entitled and whether they cast, and the ballot has the sums.
    At the close everybody entitled has a row (`is_counted`); who cast and left before it has one that is not counted.
    """

    class Choice(models.TextChoices):
        YES = "yes", _("赞成")
        NO = "no", _("反对")
        ABSTAIN = "abstain", _("弃权")

    plain = ("choice",)

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="votes")
    acting = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    choice = models.CharField(_("表决意见"), max_length=8, choices=Choice, blank=True)
    envelope = models.BinaryField(null=True)
    cast_at = models.DateTimeField(null=True)
    is_counted = models.BooleanField(default=True)
    confirmed_at = models.DateTimeField(null=True)

    get_choice_display = shows("choice", Choice)

    class Meta:
        verbose_name = _("票")
        constraints: ClassVar = [models.UniqueConstraint(fields=["ballot", "person"], name="one_vote_each")]


class OwnersVote(models.Model):
    """What the owners' assembly decided about a matter that is theirs (Civil Code art. 278): two bases, heads and area.

    Taking part: at least two thirds of the owners by number and by area. Carried: more than half of those taking part
    on both bases; for `is_special` matters (items 6 to 8 of the article) at least three quarters on both.
    Areas in square metres of exclusively owned space. The council records the result; it does not decide.
    """

    plain = ()

    motion = models.OneToOneField("council.Motion", on_delete=models.PROTECT, related_name="owners_vote")
    is_special = models.BooleanField(_("法定的特别事项"))
    held_on = models.DateField(_("表决日期"))
    heads_total = models.PositiveIntegerField(_("业主总人数"))
    heads_cast = models.PositiveIntegerField(_("参与表决人数"))
    heads_yes = models.PositiveIntegerField(_("同意人数"))
    area_total = models.DecimalField(_("专有部分总面积（㎡）"), max_digits=12, decimal_places=2)
    area_cast = models.DecimalField(_("参与表决面积（㎡）"), max_digits=12, decimal_places=2)
    area_yes = models.DecimalField(_("同意面积（㎡）"), max_digits=12, decimal_places=2)
    passed = models.BooleanField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("业主共同决定")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(heads_yes__lte=models.F("heads_cast"), heads_cast__lte=models.F("heads_total"))
                & Q(area_yes__lte=models.F("area_cast"), area_cast__lte=models.F("area_total")),
                name="owners_vote_adds_up",
            )
        ]
