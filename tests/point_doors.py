"""Photos of cases and the codes on the walls; tests/case_doors.py takes these in."""

from __future__ import annotations

from tests.doors import Door, Within
from tests.resident_doors import photo

POINT_DOORS: dict[str, Door | list[Door]] = {
    "case-photo": Within(seen="cases.view_case", args=lambda p, w: photo(p), ways="get"),
    "case-photo-remove": Within(
        seen="cases.view_case", may="cases.handle_case", args=lambda p, w: photo(p), ways="post"
    ),
}
