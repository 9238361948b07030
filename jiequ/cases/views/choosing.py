"""What a list of cases is narrowed to: read from the address, with the choices of its filters, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import CharField, Count, F, IntegerField, Q, Value
from django.db.models.functions import Cast
from django.http import Http404, QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from jiequ.cases.models import Case, CaseCategory, Handler, handlers_of
from jiequ.cases.workflow import OPEN
from jiequ.core import clock
from jiequ.core.measures import prefix
from jiequ.territory.models import DEPTH, Unit
from jiequ.work.models import Task

#: Saved views: key, label, the column it is in order of, and whether the oldest stands first: what burns.
VIEWS: tuple[tuple[str, Any, str, bool], ...] = (
    ("mine", _("要我办"), "due_at", True),
    ("open", _("在办"), "due_at", True),
    ("late", _("逾期"), "due_at", True),
    ("place", _("待定位"), "due_at", True),
    ("rate", _("待评价"), "closed_at", False),
    ("archived", _("已归档"), "filed_at", False),
    ("all", _("全部"), "filed_at", False),
)
YEARS = range(2000, 2101)
COUNTED = 1_000  # more than this is said as 1,000+
MAIN_LINE = (Unit.Kind.COMMUNITY, Unit.Kind.BLOCK, Unit.Kind.RED_GRID)
field_of: dict[str, Any] = {"code": CharField(), "path": CharField(), "depth": IntegerField(), "sort": IntegerField()}


@dataclass(frozen=True)
class Choice:
    """One line of a filter: a category by its code, a handler by its key, a unit by its code."""

    what: str
    pk: int
    code: str
    name: str
    path: str
    depth: int


@dataclass
class Asked:
    """The filters of one address. What is not understood is not asked."""

    account: Any
    view: str = "open"
    q: str = ""
    kind: str = ""
    state: str = ""
    overdue: bool = False
    urgent: bool = False
    since: date | None = None
    until: date | None = None
    unit: Choice | None = None
    category: Choice | None = None
    lead: Choice | None = None
    choices: list[Choice] = field(default_factory=list)
    query: str = ""  # the same filters as they stood in the address, to be carried on

    @classmethod
    def read(cls, account: Any, query: QueryDict) -> Asked:
        """From an address; 404 for a unit that `account` may not see."""
        view, kind, state = (query.get(name, "") for name in ("view", "kind", "state"))
        asked = cls(
            account,
            view=view if view in {key for key, *_rest in VIEWS} else "open",
            q=printable(query.get("q", ""), 60),
            kind=kind if kind in Case.Kind.values else "",
            state=state if state in Case.State.values else "",
            overdue=query.get("overdue") == "1",
            urgent=query.get("urgent") == "1",
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )
        kept = query.copy()
        for key in ("before", "format"):
            kept.pop(key, None)
        asked.query = f"{kept.urlencode()}&" if kept else ""
        code = printable(query.get("unit", ""), 40)
        asked.choices = choices(account, code)
        if query.get("unit"):
            asked.unit = next((c for c in asked.choices if c.what == "unit" and c.code == code), None)
            if asked.unit is None:
                raise Http404
        asked.category = asked._chosen("category", query.get("category", ""), lambda c: c.code)
        asked.lead = asked._chosen("lead", query.get("lead", ""), lambda c: str(c.pk))
        return asked

    def _chosen(self, what: str, value: str, key: Any) -> Choice | None:
        return next((c for c in self.choices if c.what == what and value and key(c) == value), None)

    def of(self, what: str) -> list[Choice]:
        return [c for c in self.choices if c.what == what]

    @property
    def units(self) -> list[Choice]:
        """The units to narrow to: those next below where one looks, without that one."""
        return [c for c in self.of("unit") if c != self.unit]

    @property
    def leads(self) -> list[Choice]:
        return self.of("lead")

    @property
    def categories(self) -> list[Choice]:
        return self.of("category")

    @property
    def order(self) -> tuple[str, bool]:
        """The column, and whether the oldest stands first. A state in which somebody must act burns, in any view."""
        if self.view == "all" and self.state in OPEN:
            return "due_at", True
        return next((column, oldest) for key, _label, column, oldest in VIEWS if key == self.view)

    @property
    def is_narrowed(self) -> bool:
        """True where no index holds what is asked, and rows are read to be counted."""
        return bool(
            self.q or self.kind or self.state or self.overdue or self.urgent or self.since or self.until
            or self.category or self.lead
        )  # fmt: skip

    def within(self) -> Any:
        """What the account may see of the unit that is asked for: what the heading counts."""
        rows = Case.objects.visible_to(self.account)
        unit = self.unit
        if unit is None:
            return rows
        return rows.under(Unit(path=unit.path))

    def rows(self) -> Any:
        rows = _VIEWED[self.view](self.within(), self.account)
        if self.state:
            rows = rows.filter(state=self.state)
            if self.state in OPEN:
                rows = rows.open()
        if self.overdue:
            rows = rows.overdue()
        if self.urgent:
            rows = rows.filter(is_urgent=True)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.category:
            rows = rows.filter(category=self.category.pk)
        if self.lead:
            rows = rows.filter(lead=self.lead.pk)
        if self.since:
            rows = rows.filter(filed_at__gte=clock.at(self.since))
        if self.until:
            rows = rows.filter(filed_at__lt=clock.at(date.fromordinal(self.until.toordinal() + 1)))
        if self.q:
            rows = rows.matching(self.q)
        return rows


def _mine(rows: Any, account: Any) -> Any:
    """What the account has a task about: the open tasks come first, and they are few."""
    tasks = Task.objects.for_account(account).filter(about_kind=Case._meta.label_lower)
    return rows.filter(pk__in=tasks.values("about_id"))


_VIEWED: dict[str, Any] = {
    "mine": _mine,
    "open": lambda rows, account: rows.open(),
    "late": lambda rows, account: rows.overdue(),
    "place": lambda rows, account: rows.to_place(),
    "rate": lambda rows, account: rows.filter(state=Case.State.REPLIED),
    "archived": lambda rows, account: rows.filter(state=Case.State.ARCHIVED),
    "all": lambda rows, account: rows,
}


def choices(account: Any, code: str) -> list[Choice]:
    """What the filters offer: the categories in use, the handlers that the account may see or works for, two levels of units
    below where it looks, and the unit that the address names. One statement."""
    below = Q(pk__in=[])
    for path in account.reach("cases.view_case").paths:
        depth = len(path) // Unit.steplen
        below |= Q(**prefix("path", path), depth__gt=depth, depth__lte=min(depth + 2, DEPTH["red_grid"]))
    units = Unit.objects.valid().filter(below, kind__in=MAIN_LINE)
    named = Unit.objects.visible_to(account).filter(code=code) if code else Unit.objects.none()
    handlers = Handler.objects.filter(is_active=True)
    handlers = handlers.visible_to(account) | handlers.filter(pk__in=handlers_of(account))
    parts = [
        _part("category", CaseCategory.objects.filter(is_active=True), code=F("code"), sort=F("order")),
        _part("lead", handlers),
        _part("unit", units, code=F("code"), path=F("path"), depth=F("depth")),
    ]
    if code:
        parts.append(_part("unit", named, code=F("code"), path=F("path"), depth=F("depth")))
    rows = sorted(parts[0].union(*parts[1:]), key=lambda row: (row[0], row[6], row[4], row[3]))
    return [Choice(*row[:6]) for row in rows]


def _part(what: str, rows: Any, **columns: Any) -> Any:
    """One branch of the statement: (what, key, code, name, path, depth, sort)."""
    nothing = Value("", output_field=CharField())
    zero = Value(0, output_field=IntegerField())
    said = {"code": nothing, "path": nothing, "depth": zero, "sort": zero} | columns
    return (
        rows.order_by()
        .annotate(
            c_what=Value(what, output_field=CharField()),
            **{f"c_{key}": Cast(value, field_of[key]) for key, value in said.items()},
        )
        .values_list("c_what", "pk", "c_code", "name", "c_path", "c_depth", "c_sort")
    )


def standing(rows: Any) -> dict[str, int]:
    """How many are open, late, and due today: counted along the order of their due times, at most `COUNTED` of them."""
    now = clock.now()
    tomorrow = clock.at(date.fromordinal(clock.today().toordinal() + 1))
    front = rows.open().order_by("due_at", "pk").values("pk", "due_at", "paused_at")[: COUNTED + 1]
    running = Q(paused_at=None)
    found: dict[str, int] = front.aggregate(
        n=Count("pk"),
        late=Count("pk", filter=running & Q(due_at__lt=now)),
        today=Count("pk", filter=running & Q(due_at__gte=now, due_at__lt=tomorrow)),
    )
    return found


def printable(text: str, most: int) -> str:
    """What somebody may have typed, without what a database does not take."""
    return "".join(c for c in text if c.isprintable()).strip()[:most]


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and found.year in YEARS else None
