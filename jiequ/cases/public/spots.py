"""Where a resident stands: the place of a code on the wall, or of a unit's page, and the places to choose instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from jiequ.cases.forms.public import ELSEWHERE, HERE
from jiequ.cases.models import Case
from jiequ.cases.routing import Routed, place_of_point, place_of_unit
from jiequ.territory.models import DEPTH, Unit

PLAIN = ("boundary", "note")


@dataclass
class Spot:
    """`unit` is what the code or address names; `is_filled` is false where a code was revoked: then it names nothing now."""

    unit: Unit
    source: str = Case.Source.WEB
    is_filled: bool = True
    units: dict[int, Unit] = field(default_factory=dict)  # by depth: the unit and what stands above it

    def __post_init__(self) -> None:
        paths = [self.unit.path_at(depth) for depth in range(2, self.unit.depth)]
        self.units = {u.depth: u for u in Unit.objects.filter(path__in=paths).defer(*PLAIN)} if paths else {}
        self.units[self.unit.depth] = self.unit

    @property
    def block(self) -> Unit | None:
        return self.units.get(DEPTH["block"])

    @property
    def community(self) -> Unit | None:
        return self.units.get(DEPTH["community"])

    @property
    def desk(self) -> Unit:
        return self.block or self.unit

    @property
    def is_exact(self) -> bool:
        """A building: nothing more needs to be asked."""
        return self.is_filled and self.unit.depth >= DEPTH["building"]

    @property
    def name(self) -> str:
        """石一街区 3栋; of a block or a wider unit its own name."""
        block = self.block
        if block is None or block.pk == self.unit.pk or not self.is_filled:
            return self.desk.name
        return f"{block.name} {self.unit.name}"

    @cached_property
    def below(self) -> list[Unit]:
        """The buildings of the block; of a wider unit the units below it, so that nobody has to know names by heart."""
        there = Unit.objects.valid().under(self.desk).defer(*PLAIN)
        if self.block is not None:
            return list(there.filter(kind=Unit.Kind.BUILDING).order_by("order", "name"))
        return list(there.filter(depth=self.desk.depth + 1).order_by("order", "name"))

    def choices(self) -> list[tuple[str, Any]]:
        """(key, words): the place itself first, then the list, then what is not in it."""
        at = self.unit.pk if self.is_filled else 0
        rows = [(str(u.code), u.name) for u in self.below if u.pk != at]
        elsewhere = (ELSEWHERE, _("不在上面，我来写"))
        if not self.is_filled:
            return [elsewhere, *rows]
        return [(HERE, self.name), *rows, elsewhere]

    def route(self, data: dict[str, Any]) -> Routed:
        """Where a case goes by what was chosen. A point counts only for what is not in the list."""
        where = data.get("where") or (HERE if self.is_filled else ELSEWHERE)
        if where == HERE:
            return place_of_unit(self.unit)
        if where != ELSEWHERE:
            chosen = next((u for u in self.below if u.code == where), None)
            return place_of_unit(chosen or self.desk)
        if data.get("longitude") is not None and data.get("latitude") is not None:
            return place_of_point(data["longitude"], data["latitude"], fallback=self.desk)
        return place_of_unit(self.desk)
