"""What each page of cases asks of whoever comes; tests/doors.py takes these in. A new page of cases gets its line here."""

from __future__ import annotations

from typing import Any

from jiequ.cases.views.moves import MOVES, may_of, states_of
from jiequ.territory.models import Unit
from tests.doors import Door, Everybody, Held, Listed, OfUnit, Within
from tests.point_doors import POINT_DOORS
from tests.resident_doors import RESIDENT_DOORS
from tests.street import Place, Who


def case(may: str = "", state: str = "submitted", **more: Any) -> Within:
    """A page of a case in `state`; what whoever handles it may do besides their posts is tried in tests/cases."""
    return Within(seen="cases.view_case", may=may, args=lambda p, w: p.cases[state].pk, **more)


def move(name: str) -> Within:
    """A step's page, with a case in a state that it starts from, where there is one."""

    def args(place: Place, who: Who) -> Any:
        states = [c for c in place.cases.values() if c.state in states_of(name)]
        return ((states or [place.cases["submitted"]])[0].pk, name)

    return Within(seen="cases.view_case", may=may_of(name), args=args, label=name)


CASE_DOORS: dict[str, Door | list[Door]] = {
    **RESIDENT_DOORS,
    "public-transparency": Everybody(args=lambda p, w: p.block.code, ways="get"),
    **POINT_DOORS,
    "cases": Listed(ways="get"),
    "case-bulk": Held(may="cases.accept_case", ways="post"),
    "case-new": Listed(may="cases.file_case"),
    "spot-fix-note": Listed(may="cases.note_spot_fix"),
    "case": case(ways="get"),
    "case-settings": OfUnit(may="cases.set_duties", ways="get"),
    "case-setting": OfUnit(may="cases.set_duties", args=lambda p, w: (p.block.code, "handler"), rest=("handler",)),
    "case-setting-of": [
        Within(seen="cases.set_duties", args=lambda p, w: ("rota", p.handler.pk), label="handler"),
        Within(
            seen="cases.set_limits",
            args=lambda p, w: ("edit-category", p.cases["submitted"].category_id),
            unit=lambda p: Unit.objects.filter(depth=1).order_by("path").first(),
            label="category",
        ),
    ],
    "case-raise": case("cases.handle_case", "working"),
    "case-move": [move(name) for name in MOVES],
    "complainant-forget": Within(
        seen="cases.view_case",
        may="cases.erase_complainant",
        args=lambda p, w: (p.cases["replied"].pk, p.cases["replied"].complainants.get().pk),
        ways="both",
    ),
    "complainant-reveal": Within(
        seen="cases.view_case",
        may="cases.reveal_complainant",
        args=lambda p, w: (p.cases["replied"].pk, p.cases["replied"].complainants.get().pk),
        ways="both",
    ),
}
