"""After the vote: objections during publicity, and how satisfied residents are."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_phone
from jiequ.council.models.motions import Motion
from jiequ.people.models import Person
from jiequ.territory.models import Unit
from jiequ.work.models import Task


class Objection(Key):
    """An objection to a resolution, answered before it is carried out. Its text is not shown in public."""

    personal = {
        "text": Personal(why=_("答复异议")),
        "phone": Personal(why=_("把答复告诉提出异议的人"), mask=mask_phone),
    }
    plain = ("answer",)

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="objections")
    text = Sealed(_("异议"))
    phone = Sealed(_("手机号"))
    made_at = models.DateTimeField()
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("异议")
        ordering = ["made_at"]

    @property
    def unit(self) -> Unit:
        return self.motion.unit

    @property
    def journal_label(self) -> str:
        return self.motion.journal_label


class Rating(models.Model):
    """One resident's satisfaction with what was carried out, in one round. No name: `voter_index` only keeps it to one each."""

    class Score(models.TextChoices):
        SATISFIED = "satisfied", _("满意")
        BASICALLY = "basically", _("基本满意")
        UNSATISFIED = "unsatisfied", _("不满意")

    plain = ("score", "voter_index")

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    score = models.CharField(_("满意度"), max_length=12, choices=Score)
    voter_index = models.CharField(max_length=40)
    rated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("满意度")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["motion", "round", "voter_index"], name="rated_once_a_round")
        ]


class Commitment(models.Model):
    """One task of carrying out a resolution, as the public may know it: its share of the whole, and whether it was accepted.

    Progress is the weights of what is accepted over the weights of everything in the current round: the numbers stand on
    the public page, so anybody can do the sum again.
    """

    plain = ("what",)

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="commitments")
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="commitment")
    round = models.PositiveSmallIntegerField(default=1)
    what = models.CharField(_("要做什么"), max_length=120)
    weight = models.PositiveSmallIntegerField(_("权重"), default=1)
    is_milestone = models.BooleanField(_("重要节点"), default=False)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("落实事项")
        ordering = ["id"]
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(weight__gt=0), name="commitment_weighs")]
