"""What is said about a case: words to and from the complainant, notes among ourselves, photos, ratings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.cases.models.categories import CaseCategory
from jiequ.cases.models.complainants import Complainant
from jiequ.core.labels import shows
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, hide_numbers
from jiequ.people.models import Person
from jiequ.territory.models import InUnitQuerySet, Unit


class CaseMessage(Key):
    """One thing said. `to_resident` and `reply` are read behind the secret link; a `note` never leaves the handlers."""

    class Kind(models.TextChoices):
        FROM_RESIDENT = "from", _("诉求人补充")
        TO_RESIDENT = "to", _("告知诉求人")
        REPLY = "reply", _("办结答复")
        NOTE = "note", _("内部备注")
        CALL = "call", _("回访记录")

    personal = {"text": Personal(why=_("办理往来，可能含个人情况"), keep_days=1095)}
    plain = ("kind",)

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind)
    text = Sealed(_("内容"))
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    complainant = models.ForeignKey(Complainant, on_delete=models.PROTECT, null=True, related_name="messages")

    get_kind_display = shows("kind", Kind)

    class Meta:
        verbose_name = _("办理往来")
        ordering = ["said_at", "pk"]

    @property
    def words(self) -> str:
        """The text as pages show it: with mobile and identity numbers starred out."""
        return hide_numbers(self.text) or str(_("（已到期删除）"))


class CasePhoto(Key):
    """A photo of a case: read, turned upright, shrunk, without a word of where and by what it was taken; encrypted outside
    the web root, in the file that bears its key."""

    plain = ()
    file_bound_to = "cases_casephoto.file"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    message = models.ForeignKey(CaseMessage, on_delete=models.CASCADE, null=True, related_name="photos")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField()  # bytes
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("诉求照片")
        ordering = ["pk"]


class CaseRating(Key):
    """What a complainant thought of it: behind the secret link, or told to whoever called back (回访)."""

    class Way(models.TextChoices):
        LINK = "link", _("本人评价")
        CALL = "call", _("电话回访")

    personal = {"words": Personal(why=_("了解为什么满意或不满意"), keep_days=1095)}
    plain = ("score", "way")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ratings")
    complainant = models.ForeignKey(Complainant, on_delete=models.PROTECT, related_name="ratings")
    round = models.PositiveSmallIntegerField(default=0)  # Case.reopened when it was given
    score = models.CharField(_("评价"), max_length=12, choices=Case.Score)
    words = Sealed(_("说一句"))
    way = models.CharField(max_length=4, choices=Way, default=Way.LINK)
    rated_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    get_score_display = shows("score", Case.Score)
    get_way_display = shows("way", Way)

    class Meta:
        verbose_name = _("诉求评价")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "complainant", "round"], name="case_rated_once_a_round")
        ]
        indexes: ClassVar = [models.Index(fields=["rated_at"], name="case_rating_at")]


class AnswerTemplateQuerySet(InUnitQuerySet):
    view_permission = "cases.view_case"


class AnswerTemplate(models.Model):
    """Words that an office often answers with; whoever uses them edits them first."""

    plain = ("name", "text")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="answer_templates")
    category = models.ForeignKey(CaseCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("名称"), max_length=30)
    text = models.CharField(_("内容"), max_length=500)
    is_active = models.BooleanField(_("使用"), default=True)

    objects = AnswerTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("答复模板")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name
