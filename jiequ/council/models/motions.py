"""Motions and those who proposed them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.measures import Period
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, mask_name, mask_phone
from jiequ.council.models.councils import DecisionRule, Fraction
from jiequ.people.models import Person
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit


class MotionQuerySet(InUnitQuerySet):
    view_permission = "council.view_motion"
    grows = True
    lies_at = DEPTH["block"]

    def voted(self, period: Period) -> MotionQuerySet:
        """Decided by a ballot within the period: adopted or voted down. Postponed motions were not voted."""
        return self.filter(decided_at__gte=period.since, decided_at__lt=period.until)

    def passed(self, period: Period) -> MotionQuerySet:
        return self.voted(period).filter(was_adopted=True)

    def handled(self, period: Period) -> MotionQuerySet:
        """Voted within the period, and concluded by its end with the outcome told to the proposer."""
        return self.voted(period).filter(concluded_at__lt=period.until)

    def followed_up(self, period: Period) -> MotionQuerySet:
        """Adopted within the period, and at its end still being carried out."""
        return self.passed(period).filter(Q(concluded_at=None) | Q(concluded_at__gte=period.until))

    def collected(self, period: Period) -> MotionQuerySet:
        return self.filter(collected_at__gte=period.since, collected_at__lt=period.until)

    def with_outcomes(self) -> MotionQuerySet:
        """Each with `rated` and `satisfied` of its current round, `objected` and `unanswered`: no query per row."""

        def count(name: str, **only: Any) -> Any:
            rows = self.model._meta.get_field(name).related_model._base_manager.filter(motion=OuterRef("pk"), **only)
            counted = rows.order_by().values("motion").annotate(n=Count("pk")).values("n")
            return Coalesce(Subquery(counted), 0)

        pleased = ["satisfied", "basically"]
        return self.annotate(
            rated=count("ratings", round=OuterRef("round")),
            satisfied=count("ratings", round=OuterRef("round"), score__in=pleased),
            objected=count("objections"),
            unanswered=count("objections", answered_at=None),
        )

    def ended(self) -> MotionQuerySet:
        """Nothing more will be done. Said as "not alive": most have ended, and no index should fetch them all to sort them."""
        return self.exclude(state__in=[state for state in Motion.State if state not in Motion.ENDED])

    def to_compare(self, unit: Unit, at: datetime) -> MotionQuerySet:
        """A block's motions of the year before `at`, newest first and no more than two hundred: what a new one is compared with."""
        rows = self.filter(unit=unit, collected_at__gt=at - timedelta(days=366)).exclude(state=Motion.State.MERGED)
        read = ("unit_id", "year", "sequence", "title", "body", "place", "state", "collected_at")
        return rows.only(*read).order_by("-collected_at", "-id")[:200]

    def ready_for_agenda(self) -> MotionQuerySet:
        return self.filter(state__in=[Motion.State.ACCEPTED, Motion.State.POSTPONED])


class Motion(Key):
    """Something a block's council is asked to decide (议题)."""

    class State(models.TextChoices):
        COLLECTED = "collected", _("待审定")
        RECOMMENDED = "recommended", _("待社区审定")
        RETURNED = "returned", _("已退回")
        REFERRED = "referred", _("已转出")
        MERGED = "merged", _("已并入")
        ACCEPTED = "accepted", _("待上会")
        LISTED = "listed", _("已列入议程")
        NOTICED = "noticed", _("已公告")
        DISCUSSING = "discussing", _("讨论中")
        POSTPONED = "postponed", _("暂缓")
        UNCONFIRMED = "unconfirmed", _("待社区确认")
        ADOPTED = "adopted", _("已通过")
        REJECTED = "rejected", _("未通过")
        PUBLICISED = "publicised", _("公示中")
        FOLLOWING = "following", _("跟进中")
        EVALUATING = "evaluating", _("评价中")
        CONCLUDED = "concluded", _("已办结")
        QUICK = "quick", _("即时议")
        ANSWERED = "answered", _("已即时答复")

    class Category(models.TextChoices):
        EPIDEMIC = "epidemic", _("疫情防控")
        APPEARANCE = "appearance", _("市容市貌整治")
        HYGIENE = "hygiene", _("环境卫生提升")
        FACILITIES = "facilities", _("公共设施增设维护")
        CULTURE = "culture", _("文体活动项目引入")
        OTHER = "other", _("其他")

    class Source(models.TextChoices):
        POST = "post", _("任职人员提出")
        RESIDENT = "resident", _("居民提出")
        CASE = "case", _("由诉求转来")

    #: The seven steps (七步议事), and the states in which each is the current one.
    STEPS: ClassVar = (
        ("collect", _("征集"), ()),
        ("screen", _("审定"), (State.COLLECTED, State.RECOMMENDED, State.QUICK)),
        ("notice", _("公告"), (State.ACCEPTED, State.LISTED, State.POSTPONED)),
        ("discuss", _("讨论"), (State.NOTICED,)),
        ("vote", _("表决"), (State.DISCUSSING, State.UNCONFIRMED)),
        ("publicise", _("公示"), (State.ADOPTED, State.PUBLICISED)),
        ("follow", _("跟进"), (State.FOLLOWING, State.EVALUATING)),
    )
    #: States in which nothing more will be done, before or instead of the seventh step.
    ENDED: ClassVar = (
        State.RETURNED, State.REFERRED, State.MERGED, State.REJECTED, State.CONCLUDED, State.ANSWERED,
    )  # fmt: skip
    #: States in which the title has been announced and may be told to anybody.
    ANNOUNCED: ClassVar = (
        State.NOTICED, State.DISCUSSING, State.POSTPONED, State.PUBLICISED, State.FOLLOWING, State.EVALUATING,
        State.CONCLUDED,
    )  # fmt: skip
    #: States whose outcome stands on a public page.
    PUBLIC: ClassVar = (State.PUBLICISED, State.FOLLOWING, State.EVALUATING, State.CONCLUDED)

    personal = {
        "body": Personal(why=_("提出人的原话，可能含个人情况，只给办理人员看"), keep_days=1095),
        "search_text": Personal(why=_("按标题和编号查找")),
    }
    plain = (
        "title", "category", "source", "state", "recommendation", "recommended_move", "recommended_to",
        "reason", "referred_to", "resolution", "place", "answer",
    )  # fmt: skip

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="motions", verbose_name=_("街区"), db_index=False
    )  # motion_unit_collected begins with it
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    title = models.CharField(_("标题"), max_length=60)
    body = models.TextField(_("情况和建议"), max_length=1000)
    place = models.CharField(_("地点"), max_length=60, blank=True)
    category = models.CharField(_("类别"), max_length=12, choices=Category)
    budget = models.PositiveIntegerField(_("经费（元）"), null=True, blank=True)
    is_major = models.BooleanField(_("重大事项"), default=False)
    source = models.CharField(max_length=10, choices=Source)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, null=True, related_name="motions", verbose_name=_("诉求")
    )  # raised from it, or turned into it
    state = models.CharField(max_length=12, choices=State, default=State.COLLECTED)
    rule = models.ForeignKey(DecisionRule, on_delete=models.PROTECT, related_name="motions", verbose_name=_("议事规则"))
    search_text = models.CharField(max_length=90, editable=False)

    collected_at = models.DateTimeField()
    recommended_at = models.DateTimeField(null=True)
    recommendation = models.CharField(_("审定建议"), max_length=200, blank=True)
    recommended_move = models.CharField(max_length=12, blank=True)  # a name in the flow: what the head points at
    recommended_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    recommended_to = models.CharField(_("建议转往"), max_length=60, blank=True)
    screened_at = models.DateTimeField(null=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    referred_to = models.CharField(_("转往"), max_length=60, blank=True)
    meeting = models.ForeignKey(
        "council.Meeting", on_delete=models.PROTECT, null=True, related_name="+"
    )  # on its agenda
    quick_due_at = models.DateTimeField(null=True)
    answer = models.CharField(_("即时答复"), max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    discussed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    was_adopted = models.BooleanField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    resolution = models.TextField(_("决议"), max_length=1000, blank=True)
    publicised_at = models.DateTimeField(null=True)
    public_until = models.DateField(_("公示截止"), null=True)
    following_at = models.DateTimeField(null=True)
    responsible = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("负责人")
    )
    supervisor = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("监督人")
    )
    evaluating_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(_("轮次"), default=1)
    concluded_at = models.DateTimeField(null=True)

    objects = MotionQuerySet.as_manager()
    get_state_display = shows("state", State)
    get_category_display = shows("category", Category)

    class Meta:
        verbose_name = _("议题")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "year", "sequence"], name="motion_number_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-collected_at", "-id"], name="motion_unit_collected"),
            # With what a search and a count read, so that they scan this and not the rows: six times as fast in SQLite.
            models.Index(fields=["-collected_at", "-id", "unit", "search_text"], name="motion_collected"),
            models.Index(fields=["state", "-collected_at"], name="motion_state"),
            models.Index(fields=["decided_at", "unit"], name="motion_decided"),
            models.Index(fields=["unit", "-publicised_at", "state"], name="motion_unit_public"),
            models.Index(fields=["concluded_at", "decided_at"], name="motion_concluded"),
            models.Index(fields=["quick_due_at"], condition=Q(quick_due_at__isnull=False), name="motion_quick_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> str:
        """As people say it: 2021-018, within the block."""
        return f"{self.year}-{self.sequence:03d}"

    @property
    def journal_label(self) -> str:
        return self.number  # a resident wrote the title; the journal keeps the number

    def get_absolute_url(self) -> str:
        return reverse("motion", args=[self.pk])

    @property
    def majority(self) -> Fraction:
        return self.rule.major if self.is_major else self.rule.ordinary

    @property
    def step(self) -> int:
        """How many of the seven steps are done (0–7); the next one is being worked on unless the motion has ended."""
        if self.state == self.State.CONCLUDED:
            return 7
        for index, (_key, _label, states) in enumerate(self.STEPS):
            if self.state in states:
                return index
        if self.state == self.State.REJECTED:
            return 5
        return (
            1 if self.state in (self.State.RETURNED, self.State.REFERRED, self.State.MERGED, self.State.ANSWERED) else 0
        )

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def publicity_is_over(self) -> bool:
        return self.public_until is not None and clock.today() > self.public_until


class Proposer(Key):
    """Who proposed a motion: a person with a post, or a resident who may leave a contact and gets a secret link.

    When a motion is merged its proposers go with it, so nobody loses the thread.
    """

    personal = {
        "name": Personal(why=_("称呼提出人"), mask=mask_name),
        "phone": Personal(why=_("把结果告诉提出人"), mask=mask_phone),
    }
    plain = ("token_index",)

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="proposers")
    came_with = models.ForeignKey(Motion, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="proposals")
    name = Sealed(_("称呼"))
    phone = Sealed(_("手机号"))
    token_index = models.CharField(max_length=40, blank=True, db_index=True)
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("提出人")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["motion", "person"], condition=Q(person__isnull=False), name="proposer_once"
            )
        ]

    @property
    def label(self) -> str:
        """As shown: masked."""
        if self.person is not None:
            return self.person.label
        return mask_name(self.name) or str(_("居民"))
