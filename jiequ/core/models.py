"""Tables without a word of the domain: the journal and its chain, the calendar, the clock's shift, the schedule, imports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiequ.core.ids import new_id
from jiequ.core.personal import Personal, Sealed


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def about(self, thing: models.Model) -> JournalEntryQuerySet:
        """What happened to one thing, newest first."""
        return self.filter(kind=thing._meta.label_lower, thing_id=thing.pk).order_by("-id")


class JournalEntry(models.Model):
    """One thing that happened. Written only by `journal.record`; never edited, never deleted."""

    plain = ("verb", "kind", "label", "channel", "facts", "mac")

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    thing_id = models.BigIntegerField()
    label = models.CharField(max_length=200)
    unit_id = models.BigIntegerField(null=True)
    by_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    mac = models.CharField(max_length=64)

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("经过")
        indexes: ClassVar = [
            models.Index(fields=["kind", "thing_id", "id"], name="journal_thing"),
            models.Index(fields=["unit_id", "id"], name="journal_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.kind}:{self.thing_id}"


class JournalLink(models.Model):
    """One entry's place in the hash chain."""

    plain = ("digest",)

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过链环")


class JournalSeal(models.Model):
    """One batch that was linked: from link `first` to link `last`, ending in `digest`."""

    plain = ("digest",)

    at = models.DateTimeField()
    first = models.BigIntegerField()
    last = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("经过封存")


class CalendarDay(models.Model):
    """A day that differs from the plain week: a holiday on a weekday, or a make-up working day (调休) on a weekend."""

    plain = ("name",)

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        verbose_name = _("节假日与调休")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarYear(models.Model):
    """A year whose days off and make-up days the State Council has published and we have entered."""

    plain = ("source",)

    year = models.PositiveIntegerField(primary_key=True)
    published = models.BooleanField(_("已公布"), default=False)
    source = models.CharField(_("依据"), max_length=120)

    class Meta:
        verbose_name = _("日历年度")
        ordering = ["year"]


class ClockShift(models.Model):
    """How far the product's clock lies from real time; a row exists only in the demo."""

    plain = ()

    shift = models.DurationField()

    class Meta:
        verbose_name = _("演示时钟")


class Schedule(models.Model):
    """One run of periodic work: the unique pair makes a second runner of the same period step aside."""

    plain = ("name", "period")

    name = models.CharField(max_length=60)
    period = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("定时工作")
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "period"], name="schedule_once_a_period")]


class Key(models.Model):
    """Abstract: rows whose key exists before they are written, because encrypted columns are bound to it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class SheetImport(Key):
    """One uploaded spreadsheet on its way in: read, judged row by row, confirmed, applied.

    `runner` names the process that is at it until `lease_until`; another may take over only when the lease has run out.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        READING = "reading", _("正在核对")
        READY = "ready", _("等您确认")
        CONFIRMED = "confirmed", _("排队写入")
        APPLYING = "applying", _("正在写入")
        DONE = "done", _("已完成")
        INTERRUPTED = "interrupted", _("中断了")
        FAILED = "failed", _("没有成功")
        DROPPED = "dropped", _("已取消")

    personal: ClassVar = {
        "upload": Personal(why=_("导入核对；完成后即删"), keep_days=0),
        "file_name": Personal(why=_("让上传的人认出文件"), mask=str, keep_days=90),
    }
    plain = ("sheet", "state", "options", "notes", "error", "runner")

    sheet = models.CharField(max_length=30)
    file_name = models.CharField(_("文件"), max_length=120)
    account_id = models.BigIntegerField(null=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.WAITING)
    upload = Sealed()
    options = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    runner = models.CharField(max_length=16, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("表格导入")
        indexes: ClassVar = [models.Index(fields=["account_id", "-id"], name="import_account")]

    @property
    def journal_label(self) -> str:
        return ""  # a file's name may be a person's

    @property
    def is_running(self) -> bool:
        return self.state in (self.State.WAITING, self.State.READING, self.State.CONFIRMED, self.State.APPLYING)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.of) if self.of else 0


class SheetImportRow(models.Model):
    """One row of an import. `content` is encrypted: values, reason, changes; nothing of it can be read from the table."""

    class Verdict(models.TextChoices):
        NEW = "new", _("新增")
        CHANGED = "changed", _("有变更")
        SAME = "same", _("没有变化")
        REFUSED = "refused", _("有问题")

    personal: ClassVar = {"content": Personal(why=_("导入核对；三十天后即删"), keep_days=30)}
    plain = ("verdict",)

    sheet_import = models.ForeignKey(SheetImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    is_applied = models.BooleanField(default=False)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("表格导入行")
        indexes: ClassVar = [
            models.Index(fields=["sheet_import", "verdict", "number"], name="import_row_verdict"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet_import", "sequence"], name="import_row_sequence")
        ]
