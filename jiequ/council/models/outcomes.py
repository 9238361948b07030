"""After the vote: objections during publicity, what carrying out consists of, and how satisfied residents are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
    """An objection to a resolution, answered before it is carried out. Its text is not shown in public.

    Whoever made it holds a secret link, as a proposer does: `secret` is known only to the row that was just written.
    """

    personal = {
        "text": Personal(why=_("答复异议")),
        "phone": Personal(why=_("把答复告诉提出异议的人"), mask=mask_phone),
    }
    plain = ("answer", "token_index")
    secret: str = ""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="objections")
    text = Sealed(_("异议"))
    phone = Sealed(_("手机号"))
    token_index = models.CharField(max_length=40, blank=True, db_index=True)
    made_at = models.DateTimeField()
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("异议")
        ordering = ["made_at"]
        indexes: ClassVar = [models.Index(fields=["made_at"], name="objection_made")]

    @property
    def phone_masked(self) -> str:
        return mask_phone(self.phone) if self.phone else ""

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
        indexes: ClassVar = [models.Index(fields=["rated_at"], name="rating_rated")]


class Commitment(models.Model):
    """One task of carrying out a resolution, as the public may know it: its share of the whole, and whether it was accepted.

    Work that is sent back gets a new task in the same row: what was promised, and its weight, do not change by it.
    Progress is the weights of what is accepted over the weights of everything in the current round: the numbers stand on
    the public page, so anybody can do the sum again. Where nobody supervises the resolution, done is as good as accepted.
    """

    class Stage(models.TextChoices):
        OPEN = "open", _("正在办")
        REDO = "redo", _("返工中")
        WAITING = "waiting", _("待验收")
        DONE = "done", _("已办完")
        ACCEPTED = "accepted", _("已验收")
        DROPPED = "dropped", _("已取消")

    plain = ("what", "return_reason")

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="commitments")
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="commitment")
    round = models.PositiveSmallIntegerField(default=1)
    what = models.CharField(_("要做什么"), max_length=120)
    weight = models.PositiveSmallIntegerField(_("权重"), default=1)
    is_milestone = models.BooleanField(_("重要节点"), default=False)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(_("退回返工的原因"), max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("落实事项")
        ordering = ["id"]
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(weight__gt=0), name="commitment_weighs")]

    @property
    def unit(self) -> Unit:
        return self.motion.unit

    @property
    def journal_label(self) -> str:
        return self.motion.journal_label

    @property
    def stage(self) -> Commitment.Stage:
        """Where it stands; needs `task` and `motion`."""
        if self.accepted_at is not None:
            return self.Stage.ACCEPTED
        if self.task.state == Task.State.DROPPED:
            return self.Stage.DROPPED
        if self.task.state == Task.State.DONE:
            return self.Stage.DONE if self.motion.supervisor_id is None else self.Stage.WAITING
        return self.Stage.OPEN if self.returned_at is None else self.Stage.REDO

    @property
    def counts(self) -> bool:
        """False where the task was taken back: then its weight is in neither number."""
        return self.stage != self.Stage.DROPPED

    @property
    def is_complete(self) -> bool:
        return self.stage in (self.Stage.ACCEPTED, self.Stage.DONE)

    @property
    def ended_at(self) -> datetime | None:
        """When it was accepted or, where nobody accepts, done; when it was taken back."""
        return self.accepted_at or self.task.finished_at if self.is_complete or not self.counts else None


@dataclass(frozen=True)
class Progress:
    """How far a round of carrying out has come: `done` of `of`, sums of weights, and the rows they are summed from."""

    rows: tuple[Commitment, ...]
    done: int
    of: int

    @classmethod
    def of_rows(cls, motion: Motion, rows: Iterable[Commitment]) -> Progress:
        """From commitments of `motion`, whatever their round, read together with their tasks."""
        mine = tuple(row for row in rows if row.round == motion.round)
        for row in mine:
            row.motion = motion
        counted = [row for row in mine if row.counts]
        return cls(mine, sum(r.weight for r in counted if r.is_complete), sum(r.weight for r in counted))

    @property
    def is_complete(self) -> bool:
        return self.of > 0 and self.done == self.of

    def __str__(self) -> str:
        return f"{self.done}/{self.of}"


def progress(motion: Motion) -> Progress:
    """The current round's progress. One statement."""
    return Progress.of_rows(motion, motion.commitments.filter(round=motion.round).select_related("task"))
