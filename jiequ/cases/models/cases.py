"""Cases (诉求), which of them somebody sees, and who helps with them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.categories import CaseCategory, CaseLimit, Kind
from jiequ.cases.models.handlers import Handler, works_for
from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.models import Key
from jiequ.core.personal import Personal, Sealed, hide_numbers
from jiequ.people.models import Person
from jiequ.territory.models import DEPTH, InUnitQuerySet, Unit
from jiequ.work.models import Task


def handlers_of(account: Any) -> list[int]:
    """The handlers that `account` works for today: one statement, kept for the request."""
    return [handler for handler, is_member in works_for(account).items() if is_member]


def helped_by(account: Any) -> list[int]:
    """The open cases that a handler of `account` helps with, or was called to (吹哨): one statement, kept for the request, and none
    for who has no handler. As keys, because no database joins them with the other ways to a case without reading every case."""
    found: list[int] | None = getattr(account, "_helped", None)
    if found is None:
        mine = handlers_of(account)
        found = []
        if mine:
            helping = CoHandling.objects.filter(handler__in=mine, case__ended_at=None).values_list("case_id")
            called = Case._meta.apps.get_model("cases", "Whistle")._default_manager.filter(
                to__in=mine, answered_at=None, case__ended_at=None
            )
            found = [pk for (pk,) in helping.order_by().union(called.order_by().values_list("case_id"))]
        account._helped = found
    return found


class CaseQuerySet(InUnitQuerySet):
    view_permission = "cases.view_case"
    grows = True

    def open(self) -> Self:
        """Somebody has still to act: neither answered nor ended otherwise. `ended_at` says so to the indexes."""
        return self.filter(ended_at=None)

    def overdue(self, at: datetime | None = None) -> Self:
        """Open, its clock running, and due before `at` (now)."""
        return self.open().filter(due_at__lt=at or clock.now(), paused_at=None)

    def to_place(self) -> Self:
        """In the triage queue: nobody knows yet whose place it is, and `triage` says why."""
        return self.open().filter(state=Case.State.SUBMITTED).exclude(triage="")

    def told(self) -> Self:
        """Of which anything may be told to anybody: not of what complains of a person or a handler, not of 举报, and not of what
        only another channel takes. One home for all that is public, so that what one page withholds another does not tell."""
        return self.filter(complained_of=None, complained_handler=None, category__channel="").exclude(kind=Kind.REPORT)

    def led_by(self, account: Any) -> Self:
        """Led by a handler that `account` works for, held by `account` in person, or helped with while it is open."""
        mine = handlers_of(account)
        found = Q(holder=account.person_id)
        if mine:
            found |= Q(lead__in=mine)
        if helped := helped_by(account):
            found |= Q(pk__in=helped)
        return self.filter(found)

    def visible_to(self, account: Any) -> Self:
        """Where `account` may look at cases, and what it handles; never a case that complains of this very person, or of a
        handler it works for (DOMAIN §4: the complained-of never sees the complainant)."""
        mine = handlers_of(account)
        rows = self.exclude(complained_of=account.person_id)
        if barred := list(works_for(account)):
            rows = rows.exclude(complained_handler__in=barred)
        if not account.holds_anywhere(self.view_permission):
            return rows.led_by(account)
        within = super(CaseQuerySet, rows).visible_to(account)
        return within | rows.led_by(account) if mine else within

    def matching(self, text: str) -> Self:
        """Whose number `text` is (2021-1122-07, or 1122-07 of the year before now), else whose title or place holds it."""
        number = re.fullmatch(r"(?:(\d{4})-)?(\d\d)(\d\d)-(\d{1,6})", text.strip())
        if number is None:
            return self.filter(search_text__contains=unicodedata.normalize("NFKC", text).casefold())
        year, month, day, sequence = number.groups()
        today = clock.today()
        years = [int(year)] if year else [today.year, today.year - 1]
        days = [found for y in years if (found := _day(y, int(month), int(day))) is not None]
        return self.filter(filed_on__in=days, sequence=int(sequence))

    def _within(self, paths: list[str]) -> Self:
        """A scope of blocks, of red grids or of buildings is an equality, which an index serves in the list's own order; a
        wider one asks each row for its unit."""
        depths = {len(path) // Unit.steplen for path in paths}
        if depths == {DEPTH["block"]}:
            return self.filter(block__path__in=paths)
        if depths == {DEPTH["red_grid"]}:
            return self.filter(unit__path__in=paths)
        if depths == {DEPTH["building"]}:
            return self.filter(building__path__in=paths)
        return super()._within(paths)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


#: Whom a case complains of is asked of every row that anybody may see.
HIDES = ("complained_of", "complained_handler")


class Case(Key):
    """Something a resident asks for (诉求).

    `unit` is where it lies: the building's red grid, the block, or a wider unit while it waits to be placed. Three facts are kept
    apart: responded (somebody spoke with the complainant), closed (it was answered), solved (that was confirmed).
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("待受理")
        ACCEPTED = "accepted", _("待分拨")
        DISPATCHED = "dispatched", _("待签收")
        OBJECTED = "objected", _("分拨异议")
        WORKING = "working", _("办理中")
        ESCALATED = "escalated", _("已吹哨")
        RAISED = "raised", _("转议题或心愿")
        REPLIED = "replied", _("待评价")
        ARCHIVED = "archived", _("已归档")
        DECLINED = "declined", _("不予受理")
        REFERRED = "referred", _("已转介")
        MERGED = "merged", _("已并入")
        WITHDRAWN = "withdrawn", _("已撤回")

    Kind = Kind

    class Source(models.TextChoices):
        SCAN = "scan", _("扫码")
        WEB = "web", _("网页")
        PHONE = "phone", _("来电")
        VISIT = "visit", _("上门")
        OFFICE = "office", _("现场登记")
        OPEN311 = "open311", _("接口")

    class Triage(models.TextChoices):
        """Why the machine did not place it."""

        UNKNOWN = "unknown", _("没有说地点")
        OUTSIDE = "outside", _("地点不在辖区内")
        BORDER = "border", _("地点在边界上")
        OVERLAP = "overlap", _("地点落在重叠的边界里")
        CLOSED = "closed", _("原来的单位已停用")

    class Outcome(models.TextChoices):
        SOLVED = "solved", _("已解决")
        ANSWERED = "answered", _("已答复说明")

    class Score(models.TextChoices):
        SATISFIED = "satisfied", _("满意")
        BASICALLY = "basically", _("基本满意")
        DISSATISFIED = "dissatisfied", _("不满意")

    #: Shenzhen's five stages (收集→分拨→办理→监督→评价), and the states in which each is the current one.
    STEPS: ClassVar = (
        ("collect", _("收集"), (State.SUBMITTED,)),
        ("dispatch", _("分拨"), (State.ACCEPTED, State.DISPATCHED, State.OBJECTED)),
        ("work", _("办理"), (State.WORKING, State.ESCALATED, State.RAISED)),
        ("watch", _("监督"), ()),
        ("rate", _("评价"), (State.REPLIED,)),
    )
    #: Nothing more will be done.
    ENDED: ClassVar = (State.ARCHIVED, State.DECLINED, State.REFERRED, State.MERGED, State.WITHDRAWN)
    #: Ended without having been taken in hand: of these no figure says how fast or how well.
    NOT_TAKEN: ClassVar = (State.DECLINED, State.REFERRED, State.MERGED, State.WITHDRAWN)

    personal = {
        "body": Personal(why=_("诉求人的原话，只给办理人员看"), keep_days=1095),
        "title": Personal(why=_("列表里认出是哪一件，只给办理人员看"), mask=str, keep_days=1095),
        "place": Personal(why=_("到现场找得到地方"), mask=str, keep_days=1095),
        "search_text": Personal(why=_("按标题、地点和编号查找")),
    }
    plain = (
        "kind", "source", "state", "triage", "level", "reason", "channel", "outcome", "score", "once_key", "answers",
    )  # fmt: skip

    filed_in = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    filed_on = models.DateField()
    sequence = models.PositiveIntegerField()
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="cases", verbose_name=_("单位"), db_index=False
    )  # case_unit_filed begins with it
    block = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    building = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("楼栋"))
    category = models.ForeignKey(
        CaseCategory, on_delete=models.PROTECT, related_name="cases", verbose_name=_("类别"), db_index=False
    )
    kind = models.CharField(_("种类"), max_length=10, choices=Kind)
    title = models.CharField(_("标题"), max_length=60)
    body = Sealed(_("情况"))
    place = models.CharField(_("地点"), max_length=80, blank=True)
    longitude = models.FloatField(null=True)  # WGS-84, degrees
    latitude = models.FloatField(null=True)
    answers = models.JSONField(_("附加问题"), default=dict, blank=True)  # {code: key or [keys]}: chosen, never typed
    source = models.CharField(_("来源"), max_length=10, choices=Source)
    is_urgent = models.BooleanField(_("紧急"), default=False)
    triage = models.CharField(_("待定位原因"), max_length=10, choices=Triage, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    level = models.CharField(_("办理层级"), max_length=12, choices=Handler.Level, default=Handler.Level.BLOCK)
    proposed = models.ForeignKey(
        Handler, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("建议主办"), db_index=False
    )  # by the duty list, when it was filed
    lead = models.ForeignKey(
        Handler, on_delete=models.PROTECT, null=True, related_name="cases", verbose_name=_("主办"), db_index=False
    )
    holder = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("经办人"), db_index=False
    )
    complained_of = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("被投诉人"), db_index=False
    )
    complained_handler = models.ForeignKey(
        Handler, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("被投诉单位"), db_index=False
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    reason = models.CharField(
        _("理由"), max_length=300, blank=True
    )  # of declining, referring, merging: the resident reads it
    channel = models.CharField(_("该去的渠道"), max_length=120, blank=True)
    limit = models.ForeignKey(CaseLimit, on_delete=models.PROTECT, related_name="+", db_index=False)
    filed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    once_key = models.CharField(max_length=40, null=True, unique=True)  # blind: the same sending, tried again
    search_text = models.CharField(max_length=170, editable=False)

    filed_at = models.DateTimeField()
    dispatch_due_at = models.DateTimeField()
    contact_due_at = models.DateTimeField()
    due_at = models.DateTimeField(_("期限"))
    is_complex = models.BooleanField(_("复杂件"), default=False)
    accepted_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    contact_missed_at = models.DateTimeField(null=True)  # when the missing first contact was told to those above
    archived_at = models.DateTimeField(null=True)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome, blank=True)
    was_on_the_spot = models.BooleanField(_("当场办结"), default=False)
    ruling_is_final = models.BooleanField(default=False)  # no second objection to the dispatch
    reopened = models.PositiveSmallIntegerField(_("重办次数"), default=0)
    score = models.CharField(_("评价"), max_length=12, choices=Score, blank=True)
    rated_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()
    get_state_display = shows("state", State)
    get_kind_display = shows("kind", Kind)
    get_source_display = shows("source", Source)
    get_triage_display = shows("triage", Triage)
    get_outcome_display = shows("outcome", Outcome)
    get_score_display = shows("score", Score)
    get_level_display = shows("level", Handler.Level)

    class Meta:
        verbose_name = _("诉求")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["filed_in", "filed_on", "sequence"], name="case_number_once"),
            models.CheckConstraint(
                condition=Q(solved_at=None) | Q(closed_at__isnull=False), name="case_solved_is_closed"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(responded_at__isnull=False), name="case_closed_is_responded"
            ),
        ]
        indexes: ClassVar = [
            # With what a search and a scope read, so that they scan these and not the rows, which are four times as wide.
            models.Index(fields=["-filed_at", "-id", "unit", "search_text", *HIDES], name="case_filed"),
            models.Index(fields=["block", "-filed_at", "-id", "search_text", *HIDES], name="case_block_filed"),
            models.Index(fields=["unit", "-filed_at", "-id"], name="case_unit_filed"),
            models.Index(fields=["filed_on", "sequence"], name="case_number"),
            models.Index(fields=["due_at", "id"], condition=Q(ended_at=None), name="case_due_open"),
            models.Index(fields=["block", "due_at", "id"], condition=Q(ended_at=None), name="case_block_due_open"),
            # not partial: beside case_lead SQLite would not take it, and read all that a handler ever led
            models.Index(
                fields=["lead", "ended_at", "due_at"], condition=Q(lead__isnull=False), name="case_lead_ended"
            ),
            models.Index(fields=["holder", "-filed_at"], condition=Q(holder__isnull=False), name="case_holder"),
            models.Index(fields=["lead", "-filed_at"], condition=Q(lead__isnull=False), name="case_lead"),
            # few cases complain of somebody; what is told of others asks which
            models.Index(fields=["complained_of"], condition=Q(complained_of__isnull=False), name="case_complained_of"),
            models.Index(
                fields=["complained_handler"],
                condition=Q(complained_handler__isnull=False),
                name="case_complained_handler",
            ),
            models.Index(fields=["category", "-filed_at"], name="case_category"),
            models.Index(fields=["building", "category"], condition=Q(ended_at=None), name="case_building_open"),
            models.Index(fields=["dispatch_due_at"], condition=Q(lead=None, ended_at=None), name="case_to_dispatch"),
            models.Index(fields=["closed_at", "unit"], name="case_closed"),
            models.Index(
                fields=["contact_due_at"],
                condition=Q(responded_at=None, ended_at=None, contact_missed_at=None),
                name="case_to_contact",
            ),
            models.Index(fields=["rated_at", "unit"], condition=Q(rated_at__isnull=False), name="case_rated"),
            models.Index(fields=["state", "closed_at"], condition=Q(state="replied"), name="case_replied"),
            # figures pick their rows by when it happened; what has not happened yet costs nothing here
            models.Index(fields=["accepted_at", "unit"], condition=Q(accepted_at__isnull=False), name="case_accepted"),
            models.Index(
                fields=["responded_at", "unit"], condition=Q(responded_at__isnull=False), name="case_responded"
            ),
            models.Index(fields=["solved_at", "unit"], condition=Q(solved_at__isnull=False), name="case_solved"),
            models.Index(fields=["ended_at", "unit"], condition=Q(ended_at__isnull=False), name="case_ended"),
            models.Index(fields=["block", "closed_at"], condition=Q(closed_at__isnull=False), name="case_block_closed"),
            models.Index(fields=["due_at", "unit"], name="case_due"),
            models.Index(fields=["contact_due_at", "unit"], name="case_contact_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def words(self) -> str:
        """The body as pages show it: with mobile and identity numbers starred out."""
        return hide_numbers(self.body)

    @property
    def number(self) -> str:
        """2021-1122-07: the day it was filed, and its place among those of its block that day."""
        return f"{self.filed_on:%Y-%m%d}-{self.sequence:02d}"

    @property
    def short_number(self) -> str:
        """1122-07, as people say it beside the block's name."""
        return f"{self.filed_on:%m%d}-{self.sequence:02d}"

    @property
    def journal_label(self) -> str:
        return self.number  # a resident wrote the title; the journal keeps the number

    @property
    def task_title(self) -> str:
        """What a task about it is called: no word that a resident wrote."""
        return f"{self.category.name} {self.short_number}"

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.pk])

    @property
    def is_against_somebody(self) -> bool:
        """It complains of a person or a handler, or reports wrongdoing (举报): nobody follows it, and no upper house shows it."""
        named = self.complained_of_id is not None or self.complained_handler_id is not None
        return named or self.kind == Kind.REPORT

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def is_overdue(self) -> bool:
        return self.ended_at is None and self.paused_at is None and self.due_at < clock.now()

    @property
    def step(self) -> int:
        """How many of the five stages are done (0–5)."""
        if self.state == self.State.ARCHIVED:
            return 5
        return next((n for n, (_key, _label, states) in enumerate(self.STEPS) if self.state in states), 0)


class CoHandling(models.Model):
    """A handler that helps the lead (协办), and what it did."""

    plain = ("note",)

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="co_handlings")
    handler = models.ForeignKey(Handler, on_delete=models.PROTECT, related_name="co_handlings")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    note = models.CharField(_("协办情况"), max_length=300, blank=True)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, null=True, related_name="co_handling")

    class Meta:
        verbose_name = _("协办")
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "handler"], name="co_handler_once")]
