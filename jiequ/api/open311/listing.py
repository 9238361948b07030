"""What everybody may read of the cases.

The whitelist of columns below is the guard: title, body, place, complainants, messages, photos and replies are never read, so
nothing of them can be told. Left out altogether:

* cases that complain of a person or a handler (`complained_of`, `complained_handler`), and reports of wrongdoing (举报): that
  one was made, there and then, is enough for whoever is meant to guess who made it;
* what is not handled here (petitions, lawsuits): it is between that resident and the body it is referred to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiequ.api.open311.arguments import Arguments, coordinate, moment
from jiequ.api.open311.errors import Fault, Wrong, wrong
from jiequ.api.open311.places import Middles, middles
from jiequ.cases.models import Case, CaseCategory
from jiequ.core import clock
from jiequ.territory.models import DEPTH, Unit

SPAN = timedelta(days=90)
MOST = 1000  # requests in one answer
DEEPEST = 10_000  # rows that pages may skip
S = Case.State
#: A state in words for everybody. Who argues with whom about a dispatch is the office's own business.
STATUS_NOTES: dict[str, Any] = {
    S.SUBMITTED: gettext_lazy("待受理"),
    S.ACCEPTED: gettext_lazy("已受理"),
    S.DISPATCHED: gettext_lazy("已受理"),
    S.OBJECTED: gettext_lazy("已受理"),
    S.WORKING: gettext_lazy("办理中"),
    S.ESCALATED: gettext_lazy("办理中"),
    S.RAISED: gettext_lazy("办理中，已转街区大家一起办"),
    S.REPLIED: gettext_lazy("已答复"),
    S.ARCHIVED: gettext_lazy("已答复"),
    S.DECLINED: gettext_lazy("不予受理，已告知理由"),
    S.REFERRED: gettext_lazy("已转介到负责的部门"),
    S.MERGED: gettext_lazy("已并入同一件事"),
    S.WITHDRAWN: gettext_lazy("诉求人已撤回"),
}
COLUMNS = (
    "pk", "state", "outcome", "filed_at", "accepted_at", "dispatched_at", "acknowledged_at", "responded_at", "rated_at",
    "closed_at", "ended_at", "due_at", "category__code", "category__name", "category__says", "lead__name",
    "unit__code", "unit__name", "unit__kind", "unit__path", "block__name",
)  # fmt: skip
_ID = re.compile(r"\d{1,19}", re.ASCII)


def one(request_id: str) -> dict[str, Any]:
    """The row of one request; 404 where there is none, or nothing is told of it."""
    found = rows_of(Case.objects.told().filter(pk__in=_keys([request_id])))
    if not found:
        raise wrong(404, _("没有这件诉求：%(id)s") % {"id": request_id[:40]})
    return found[0]


def exists(request_id: str) -> bool:
    return Case.objects.told().filter(pk__in=_keys([request_id])).exists()


def listed(arguments: Arguments) -> list[dict[str, Any]]:
    """The requests that a query asks for, newest first; raises Wrong with all that is wrong with it.

    The index (filed_at, id) is walked from the newest moment asked for, and never further back than 90 days or more than
    `DEEPEST` + `MOST` rows that match: what lies before costs nothing.
    """
    ids = arguments.many("service_request_id")
    if ids:  # overrides all other arguments
        return rows_of(Case.objects.told().filter(pk__in=_keys(ids)).order_by("-filed_at", "-pk"))
    query = _Query.read(arguments)
    cases = Case.objects.told().filter(filed_at__gte=query.since, filed_at__lte=query.until)
    if query.is_open is not None:
        cases = cases.filter(ended_at__isnull=query.is_open)
    if query.codes:
        known = dict(CaseCategory.objects.filter(code__in=query.codes).values_list("code", "pk"))
        unknown = [code[:40] for code in query.codes if code not in known]
        if unknown:
            raise wrong(404, _("没有这个服务：%(code)s") % {"code": ", ".join(unknown[:10])})
        cases = cases.filter(category__in=list(known.values()))
    held = middles()
    if query.box is not None:
        # Each row asks for its unit: a list of units would let SQLite begin with them and sort their whole history (0025).
        inside = Unit.objects.filter(pk__in=held.within(*query.box), pk=OuterRef("unit_id")).order_by()
        cases = cases.filter(Exists(inside))
    return rows_of(cases.order_by("-filed_at", "-pk")[query.skip : query.skip + query.size], held)


def rows_of(cases: QuerySet[Case], held: Middles | None = None) -> list[dict[str, Any]]:
    held = held or middles()
    return [_row(case, held) for case in cases.values(*COLUMNS)]


def _row(case: dict[str, Any], held: Middles) -> dict[str, Any]:
    closed = case["ended_at"] is not None
    steps = ("filed_at", "accepted_at", "dispatched_at", "acknowledged_at", "responded_at", "rated_at")
    changed = case["closed_at"] or case["ended_at"] if closed else max(case[s] for s in steps if case[s] is not None)
    at = held.of(case["unit__path"])
    return {
        "service_request_id": str(case["pk"]),  # of 63 bits: a number would lose its last digits in JavaScript
        "status": "closed" if closed else "open",
        "status_notes": _status_notes(case),
        "service_name": case["category__name"],
        "service_code": case["category__code"],
        "description": _("居民反映：%(what)s。原话和诉求人不公开。")
        % {"what": (case["category__says"] or case["category__name"]).rstrip("。")},
        "agency_responsible": case["lead__name"],
        "service_notice": None,
        "requested_datetime": stamp(case["filed_at"]),
        "updated_datetime": stamp(changed),
        "expected_datetime": stamp(case["due_at"]),
        "address": _address(case),
        "address_id": case["unit__code"],
        "zipcode": None,
        "lat": at[0] if at else None,
        "long": at[1] if at else None,
        "media_url": None,  # photos are the handlers'
    }


def _status_notes(case: dict[str, Any]) -> str:
    if case["state"] in (S.REPLIED, S.ARCHIVED) and case["outcome"] == Case.Outcome.SOLVED:
        return _("已答复，已解决")
    return str(STATUS_NOTES.get(case["state"], ""))


def _address(case: dict[str, Any]) -> str:
    """石一街区 东片红色网格: names of units down to the grid. A building is a home and is not named."""
    block = case["block__name"] or ""
    deep = len(case["unit__path"]) // Unit.steplen > DEPTH["block"]
    return f"{block} {case['unit__name']}".strip() if deep else str(case["unit__name"])


def stamp(at: datetime) -> str:
    """2026-11-23T10:00:00+08:00."""
    return clock.local(at).isoformat(timespec="seconds")


def _keys(ids: list[str]) -> list[int]:
    """Those that can be keys at all; the others are nobody's."""
    return [key for each in ids if _ID.fullmatch(each) and (key := int(each)) < 2**63]


@dataclass(frozen=True)
class _Query:
    """The filters of GET requests, read and found good."""

    since: datetime
    until: datetime
    is_open: bool | None
    codes: list[str]
    box: tuple[float, float, float, float] | None
    skip: int
    size: int

    @classmethod
    def read(cls, arguments: Arguments) -> _Query:
        faults: list[Fault] = []
        since, until = _dates(arguments, faults)
        statuses = set(arguments.many("status"))
        if statuses - {"open", "closed"}:
            faults.append(Fault(400, _("status 只能是 open、closed，或两个都要（open,closed）。")))
        box = _box(arguments, faults)
        skip, size = _page(arguments, faults)
        if faults:
            raise Wrong(*faults)
        is_open = ("open" in statuses) if len(statuses) == 1 else None
        return cls(since, until, is_open, arguments.many("service_code"), box, skip, size)


def _dates(arguments: Arguments, faults: list[Fault]) -> tuple[datetime, datetime]:
    now = clock.now()
    said = {name: arguments.one(name) for name in ("start_date", "end_date")}
    start, end = moment(said["start_date"]), moment(said["end_date"], ends=True)
    for name, read in (("start_date", start), ("end_date", end)):
        if said[name] and read is None:
            faults.append(Fault(400, _("%(name)s 要写成 2026-11-23T10:00:00+08:00 或 2026-11-23。") % {"name": name}))
    if start and end and start > end:
        faults.append(Fault(400, _("start_date 晚于 end_date。")))
    if start and end and end - start > SPAN:
        faults.append(Fault(400, _("start_date 到 end_date 最多90天。")))
    if start is None:
        end = end or now
        return end - SPAN, end
    return start, end or start + SPAN


def _box(arguments: Arguments, faults: list[Fault]) -> tuple[float, float, float, float] | None:
    parts = [part.strip() for part in said.split(",")] if (said := arguments.one("bbox")) else []
    if not parts:
        return None
    read = [coordinate(part, 180 if n % 2 == 0 else 90) for n, part in enumerate(parts[:5])]
    box = tuple(value for value in read if value is not None)
    if len(parts) != 4 or len(box) != 4 or box[0] > box[2] or box[1] > box[3]:
        faults.append(Fault(400, _("bbox 要写四个用逗号隔开的数：最小经度、最小纬度、最大经度、最大纬度（WGS-84）。")))
        return None
    return box[0], box[1], box[2], box[3]


def _page(arguments: Arguments, faults: list[Fault]) -> tuple[int, int]:
    """(rows to skip, rows to give)."""
    said = {name: arguments.one(name) for name in ("page", "page_size")}
    read = {name: int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0 for name, text in said.items() if text}
    page, size = read.get("page", 1), read.get("page_size", 100 if said["page"] else MOST)
    if page < 1:
        faults.append(Fault(400, _("page 从1数起。")))
    if not 1 <= size <= MOST:
        faults.append(Fault(400, _("page_size 是1到%(n)s。") % {"n": MOST}))
    skip = max(page - 1, 0) * min(size, MOST)
    if skip > DEEPEST:
        faults.append(Fault(400, _("翻得太深了，请用 start_date、end_date 缩小范围。")))
    return skip, size
