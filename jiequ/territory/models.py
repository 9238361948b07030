"""The street's tree: subdistrict, communities, blocks, the three kinds of grid, buildings."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from jiequ.core import clock
from jiequ.core.labels import shows
from jiequ.core.measures import prefix


class UnitQuerySet(MP_NodeQuerySet):
    """Which units."""

    def valid(self, on: Any = None) -> Self:
        """In force on the day `on` (today when not given)."""
        on = on or clock.today()
        return self.filter(valid_from__lte=on).filter(Q(valid_until=None) | Q(valid_until__gt=on))

    def under(self, unit: Unit) -> Self:
        """`unit` and everything below it."""
        return self.filter(**prefix("path", unit.path))

    def visible_to(self, account: Any) -> Self:
        """At or below where `account` holds a post that may look, and what stands above it (to know where one is)."""
        return self.filter(account.reach("territory.view_unit").as_q("path", upward=True))


class UnitManager(MP_NodeManager):
    def get_queryset(self) -> UnitQuerySet:
        return UnitQuerySet(self.model, using=self._db).order_by("path")


class Unit(MP_Node):
    """One place in the tree. Its children lie inside it; it is valid from a day, and until a day once it is split or merged."""

    class Kind(models.TextChoices):
        SUBDISTRICT = "subdistrict", _("街道")
        COMMUNITY = "community", _("社区")
        BLOCK = "block", _("街区")
        RED_GRID = "red_grid", _("红色网格")
        BASE_GRID = "base_grid", _("基础管理网格")
        CITY_GRID = "city_grid", _("城市管理网格")
        BUILDING = "building", _("楼栋")

    #: Which kind may lie directly below which.
    INSIDE: ClassVar[dict[str, tuple[str, ...]]] = {
        Kind.SUBDISTRICT: (),
        Kind.COMMUNITY: (Kind.SUBDISTRICT,),
        Kind.BLOCK: (Kind.COMMUNITY,),
        Kind.RED_GRID: (Kind.BLOCK,),
        Kind.BASE_GRID: (Kind.BLOCK,),
        Kind.CITY_GRID: (Kind.BLOCK,),
        Kind.BUILDING: (Kind.RED_GRID,),
    }

    steplen = 4
    plain = ("path", "kind", "code", "official_code", "name", "boundary", "boundary_crs", "note")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    code = models.CharField(_("编码"), max_length=30, unique=True)
    official_code = models.CharField(
        _("官方编码"), max_length=30, blank=True, help_text=_("统计用区划代码或房屋编码；未公布的留空。")
    )
    name = models.CharField(_("名称"), max_length=60)
    order = models.PositiveIntegerField(_("编排次序"), default=0)
    boundary = models.JSONField(
        _("边界"), null=True, blank=True, help_text=_("GeoJSON 的 Polygon 或 MultiPolygon，WGS-84。")
    )
    boundary_crs = models.CharField(
        _("边界来源坐标系"), max_length=12, blank=True, help_text=_("入库前声明的坐标系；入库后一律为 WGS-84。")
    )
    valid_from = models.DateField(_("启用日期"))
    valid_until = models.DateField(_("停用日期"), null=True, blank=True, help_text=_("自该日起不再使用。"))
    became = models.ManyToManyField("self", symmetrical=False, related_name="came_from", blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    is_synthetic = models.BooleanField(_("虚构（演示用）"), default=False)

    get_kind_display = shows("kind", Kind)
    objects = UnitManager.from_queryset(UnitQuerySet)()  # type: ignore[misc]  # MP_Node says ClassVar, the plugin does not

    class Meta:
        verbose_name = _("单位")
        indexes: ClassVar = [models.Index(fields=["kind", "path"], name="unit_kind_path")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("unit", args=[self.code])

    @property
    def unit(self) -> Unit:
        """A unit's own scope is itself."""
        return self

    @property
    def journal_label(self) -> str:
        return self.name  # its kind would be written in the language of whoever acted

    def is_valid(self, on: Any = None) -> bool:
        on = on or clock.today()
        return self.valid_from <= on and (self.valid_until is None or self.valid_until > on)

    def path_at(self, depth: int) -> str:
        """The path of the ancestor (or self) at `depth`, the root being 1."""
        return self.path[: self.steplen * depth]

    def holds(self, other: Unit) -> bool:
        """True if `other` is this unit or lies below it."""
        return other.path.startswith(self.path)


#: The depth of each level of the main line; grids share one, buildings lie below.
DEPTH = {"subdistrict": 1, "community": 2, "block": 3, "red_grid": 4, "base_grid": 4, "city_grid": 4, "building": 5}


#: A scope at this depth or above is wide: the subdistrict, a community.
WIDE = DEPTH["community"]


class InUnitQuerySet(models.QuerySet[Any]):
    """For everything that has a `unit`: the rows at or below one, and the rows an account may see.

    What grows with the years (`grows`) is scoped so that no page sorts a street's history to show fifty rows of it. In a
    wide scope each row asks whether its unit lies within, which leaves the planner nothing but to walk the order's own
    index; a join would let SQLite begin with the units and sort. Where such rows lie in units of one depth only
    (`lies_at`), the scope of one such unit is an equality, which its index (unit, order) serves.
    """

    unit_lookup = "unit"
    view_permission = ""
    grows = False
    lies_at = 0  # 0: anywhere

    def under(self, unit: Unit) -> Self:
        return self._within([unit.path])

    def with_unit(self) -> Self:
        """Each row's unit in the same statement, without its boundary, which may weigh more than the page."""
        return self.select_related(self.unit_lookup).defer(f"{self.unit_lookup}__boundary")

    def visible_to(self, account: Any) -> Self:
        """The rows where `account` holds the permission to look at this kind of thing."""
        return self._within(account.reach(self.view_permission).paths)

    def _within(self, paths: list[str]) -> Self:
        lookup = f"{self.unit_lookup}__path"
        highest = min((len(path) // Unit.steplen for path in paths), default=0)
        if self.lies_at and highest >= self.lies_at:
            return self.filter(**{f"{lookup}__in": paths})
        if self.grows and 0 < highest <= WIDE:
            units = Unit.objects.filter(_at_or_below("path", paths), pk=OuterRef(f"{self.unit_lookup}_id"))
            return self.filter(Exists(units.order_by()))
        return self.filter(_at_or_below(lookup, paths))


def _at_or_below(lookup: str, paths: list[str]) -> Q:
    within = Q(pk__in=[])
    for path in paths:
        within |= Q(**prefix(lookup, path))
    return within


class BoundaryVersion(models.Model):
    """One row: a new number with every boundary, so that a process knows when to read the shapes again.

    The number is drawn, not counted: a counted one could be given twice when a transaction that took it was rolled back.
    """

    plain = ()

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("边界版本")
