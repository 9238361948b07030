"""QR codes in the street, and what was put right on the spot."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models.cases import Case
from jiequ.cases.models.categories import CaseCategory
from jiequ.core.measures import Period
from jiequ.people.models import Person
from jiequ.territory.models import InUnitQuerySet, Unit


class ScanPointQuerySet(InUnitQuerySet):
    view_permission = "cases.print_posters"

    def in_use(self) -> Self:
        return self.filter(revoked_at=None)


class ScanPoint(models.Model):
    """A QR code (码上办) of a building, a red grid or a block. Its code is public: it stands on a wall.

    A code that was revoked leads to a page that says so and still lets the resident go on; its place is no longer filled in.
    """

    plain = ("code",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="scan_points")
    code = models.CharField(max_length=12, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ScanPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("二维码")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit"], condition=Q(revoked_at=None), name="one_scan_point_a_unit")
        ]

    @property
    def journal_label(self) -> str:
        return self.unit.name


class SpotFixQuerySet(InUnitQuerySet):
    view_permission = "cases.view_case"
    grows = True

    def during(self, period: Period) -> Self:
        return self.filter(fixed_at__gte=period.since, fixed_at__lt=period.until)


class SpotFix(models.Model):
    """Something small that was put right on the spot (当场办结): one line, counted apart from the cases that were solved.

    With `case` where somebody had asked for it, without where somebody saw it in passing.
    """

    plain = ("what",)

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="spot_fixes", verbose_name=_("单位"))
    category = models.ForeignKey(CaseCategory, on_delete=models.PROTECT, related_name="+", verbose_name=_("类别"))
    what = models.CharField(_("办了什么"), max_length=100)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, null=True, related_name="spot_fix")
    fixed_at = models.DateTimeField()
    fixed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = SpotFixQuerySet.as_manager()

    class Meta:
        verbose_name = _("当场办结")
        indexes: ClassVar = [models.Index(fields=["fixed_at", "unit"], name="spot_fix_at")]

    def __str__(self) -> str:
        return self.what

    @property
    def journal_label(self) -> str:
        return self.category.name
