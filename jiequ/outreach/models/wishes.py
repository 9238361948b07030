"""Micro-wishes (微心愿), their rounds, and who claims them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed
from jiequ.outreach.models.households import Household
from jiequ.outreach.models.rules import OutreachRule
from jiequ.people.models import Person, Team
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit


class WishRoundQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_wish"

    def around(self, account: Any) -> WishRoundQuerySet:
        """The rounds an account has to do with: those it may see, and those of the units above, which take in its wishes."""
        return self.filter(account.reach(self.view_permission).as_q("unit__path", upward=True))


class WishRound(models.Model):
    """A time in which wishes are collected and granted (一批). What is left at its end is carried to the next, first in line."""

    plain = ("name",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="wish_rounds")
    name = models.CharField(_("名称"), max_length=40)
    opens_on = models.DateField(_("开始"))
    closes_on = models.DateField(_("结束"))
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = WishRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("心愿批次")
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "name"], name="wish_round_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def journal_label(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("wish-rounds")


class WishQuerySet(InUnitQuerySet):
    view_permission = "outreach.view_wish"
    grows = True
    lies_at = DEPTH["block"]

    def on_the_wall(self) -> WishQuerySet:
        """What anybody may read: published, with parts that nobody has claimed yet. First in line first."""
        return self.waiting_for_somebody().order_by("-times_carried", "published_at", "pk")

    def waiting_for_somebody(self) -> WishQuerySet:
        """On the wall with free parts, in no order."""
        return self.filter(state=Wish.State.PUBLISHED, parts_taken__lt=F("parts"))


class Wish(Key):
    """A small wish of somebody: goods or a service, small, feasible, reasonable. `words` are as they were said; what is published
    (`title`, `says`, `about`) tells neither who nor where: 独居老人 together with a building tells a thief where to go.

    `unit` is the block; only who has claimed learns the household. `parts_taken` never exceeds `parts`: a claim is a race.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("待核实")
        VERIFIED = "verified", _("待发布")
        PUBLISHED = "published", _("待认领")
        CLAIMED = "claimed", _("已认领")
        CONNECTED = "connected", _("已对接")
        FULFILLED = "fulfilled", _("待确认")
        CONFIRMED = "confirmed", _("已实现")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")
        TURNED = "turned", _("已转诉求")

    class Kind(models.TextChoices):
        GOODS = "goods", _("物品")
        SERVICE = "service", _("服务")

    class About(models.TextChoices):
        """Whose wish, as the wall says it: nothing of it is a sensitive category."""

        ELDER = "elder", _("一位老人")
        CHILD = "child", _("一位孩子")
        FAMILY = "family", _("一户家庭")
        WORKER = "worker", _("一位劳动者")
        NEIGHBOURS = "neighbours", _("几位邻居")
        RESIDENT = "resident", _("一位居民")

    #: Where it stands, and the states in which each is the current step.
    STEPS: ClassVar = (
        ("verify", _("核实"), (State.DRAFT,)),
        ("publish", _("发布"), (State.VERIFIED,)),
        ("claim", _("认领"), (State.PUBLISHED,)),
        ("connect", _("对接"), (State.CLAIMED,)),
        ("fulfil", _("实现"), (State.CONNECTED,)),
        ("confirm", _("确认"), (State.FULFILLED,)),
    )
    ON_THE_WALL: ClassVar = (State.PUBLISHED, State.CLAIMED, State.CONNECTED)
    UNDECIDED: ClassVar = (State.DRAFT, State.VERIFIED, State.PUBLISHED)  # what a round carries on
    ENDED: ClassVar = (State.CONFIRMED, State.RETURNED, State.WITHDRAWN, State.TURNED)

    personal = {"words": Personal(why=_("认领人需要知道具体要什么"), keep_days=730)}
    plain = ("title", "says", "about", "kind", "state", "reason", "secret_index", "once_key")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="wishes", db_index=False)  # block
    grid = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="wishes")
    round = models.ForeignKey(WishRound, on_delete=models.PROTECT, null=True, blank=True, related_name="wishes")
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, related_name="wishes"
    )  # it was raised from, or has turned into (TURNED)
    words = Sealed(_("原话"))
    title = models.CharField(_("公开的标题"), max_length=30)
    says = models.CharField(_("公开的说明"), max_length=120, blank=True)
    about = models.CharField(_("谁的心愿"), max_length=10, choices=About, default=About.RESIDENT)
    kind = models.CharField(_("物品或服务"), max_length=8, choices=Kind, default=Kind.GOODS)
    parts = models.PositiveSmallIntegerField(_("分几份"), default=1)
    parts_taken = models.PositiveSmallIntegerField(default=0, editable=False)
    wanted_by = models.DateField(_("最好在这天前"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(
        _("理由"), max_length=200, blank=True
    )  # of returning or withdrawing: shown to who wrote it
    secret_index = models.CharField(
        max_length=40, blank=True, editable=False, db_index=True
    )  # of the wisher's own link
    once_key = models.CharField(max_length=40, null=True, unique=True, editable=False)
    times_carried = models.PositiveSmallIntegerField(default=0, editable=False)
    rule = models.ForeignKey(OutreachRule, on_delete=models.PROTECT, related_name="+", db_index=False)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    verified_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    published_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)  # the first claim that stands
    claimed_in = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, editable=False
    )  # the block as it was then: an open wish moves with its block, what is counted does not
    fulfilled_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = WishQuerySet.as_manager()
    get_state_display = shows("state", State)
    get_kind_display = shows("kind", Kind)
    get_about_display = shows("about", About)

    class Meta:
        verbose_name = _("微心愿")
        indexes: ClassVar = [
            models.Index(fields=["unit", "-id"], name="wish_unit"),
            models.Index(fields=["drafted_at", "id"], name="wish_drafted"),
            models.Index(fields=["state", "-times_carried", "published_at"], name="wish_wall"),
            models.Index(
                fields=["claimed_at", "claimed_in"], condition=Q(claimed_at__isnull=False), name="wish_claimed"
            ),
            models.Index(
                fields=["confirmed_at", "unit"], condition=Q(confirmed_at__isnull=False), name="wish_confirmed"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "year", "sequence"], name="wish_number_once"),
            models.CheckConstraint(
                condition=Q(parts__gte=1) & Q(parts_taken__lte=F("parts")), name="wish_never_overclaimed"
            ),
            models.CheckConstraint(
                condition=Q(claimed_at=None, claimed_in=None) | Q(claimed_at__isnull=False, claimed_in__isnull=False),
                name="wish_claimed_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("wish", args=[self.pk])

    @property
    def number(self) -> str:
        """愿2021-017: the year, and the place among the block's wishes of that year."""
        return f"愿{self.year}-{self.sequence:03d}"

    @property
    def journal_label(self) -> str:
        return self.number

    @property
    def parts_left(self) -> int:
        return self.parts - self.parts_taken

    @property
    def called(self) -> str:
        """What a list calls it: its public title, or the number while nobody has written one."""
        return self.title or self.number

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def is_on_the_wall(self) -> bool:
        return self.state in self.ON_THE_WALL and self.parts_left > 0

    @property
    def comes_from_case(self) -> bool:
        return self.case_id is not None and self.state != self.State.TURNED


class WishClaimQuerySet(models.QuerySet["WishClaim"]):
    def standing(self) -> WishClaimQuerySet:
        """Holds its parts."""
        return self.filter(state__in=WishClaim.HOLDS)

    def waiting(self) -> WishClaimQuerySet:
        """In line for parts that come free, first first."""
        return self.filter(state=WishClaim.State.WAITING).order_by("claimed_at", "pk")


class WishClaim(Key):
    """Somebody (or a team) takes parts of a wish, or waits in line for them. Not connected within the rule's days it is released
    by itself, and the next in line has its parts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        HELD = "held", _("已认领")
        CONNECTED = "connected", _("已对接")
        DONE = "done", _("已送到")
        RELEASED = "released", _("已释放")
        GIVEN_UP = "given_up", _("已放弃")

    HOLDS: ClassVar = (State.HELD, State.CONNECTED, State.DONE)

    plain = ("state",)

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="claims", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="wish_claims")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="wish_claims")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)  # the wish's block
    parts = models.PositiveSmallIntegerField(_("份数"), default=1)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    claimed_at = models.DateTimeField()
    connect_due_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # released or given up

    objects = WishClaimQuerySet.as_manager()
    get_state_display = shows("state", State)

    class Meta:
        verbose_name = _("心愿认领")
        indexes: ClassVar = [
            models.Index(fields=["wish", "state"], name="claim_wish"),
            models.Index(fields=["connect_due_at"], condition=Q(state="held"), name="claim_due"),
            models.Index(fields=["claimed_at", "unit"], name="claim_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(parts__gte=1), name="claim_has_parts"),
            models.UniqueConstraint(
                fields=["wish", "person"],
                condition=Q(state__in=("waiting", "held", "connected"), team=None),
                name="one_claim_each",
            ),
            models.UniqueConstraint(
                fields=["wish", "team"],
                condition=Q(state__in=("waiting", "held", "connected")),
                name="one_claim_a_team",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("wish-claim", args=[self.pk])

    @property
    def journal_label(self) -> str:
        return ""

    @property
    def holds(self) -> bool:
        return self.state in self.HOLDS

    @property
    def is_late(self) -> bool:
        return self.state == self.State.HELD and self.connect_due_at is not None and self.connect_due_at < clock.now()
