"""What is measured of cases: pages with their budgets of statements, and filing."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from benchmarks import FLOOR_PAGE, FLOOR_WRITE
from benchmarks.cases import Desk
from benchmarks.client import Request, again_and_again, each_new
from benchmarks.fill import NOW
from benchmarks.pages import CLIENTS, LIST, UNIT, Page, Write
from benchmarks.people import Town, session
from jiequ.cases.models import Case

CASE = 12  # statements of a case with its whole history
FILING = 15  # statements of filing one


def pages(town: Town, desk: Desk) -> list[Page]:
    """The floor first."""
    who = {name: session(town.accounts[name]) for name in ("office", "chief", "head")}
    who["worker"] = session(desk.worker)
    block, community = town.blocks[0], town.communities[0]
    cases, category = reverse("cases"), desk.categories[0].code
    mine = Case.objects.filter(block=block).order_by("-pk")
    one = mine.filter(state="archived", rated_at__isnull=False).first() or mine[0]
    older = Case.objects.order_by("filed_at", "pk")[Case.objects.count() // 2]
    deep = f"{older.filed_at.isoformat().replace('+', '%2B')}~{older.pk}"
    filters = f"category={category}&state=working&overdue=1"
    return [
        Page(FLOOR_PAGE, "floor: bare view", Request(reverse("bench-view")), 0),
        Page("list.office", "case list, open, office", Request(cases, who["office"]), LIST),
        Page("list.head", "case list, open, head", Request(cases, who["head"]), LIST),
        Page("list.worker", "case list, a department's worker", Request(cases, who["worker"]), LIST),
        Page(
            "list.four", "area+state+category+overdue, chief",
            Request(f"{cases}?unit={block.code}&{filters}", who["chief"]), LIST,
        ),
        Page(
            "list.four.head", "area+state+category+overdue, head",
            Request(f"{cases}?unit={desk.grids[0][0].code}&{filters}", who["head"]), LIST,
        ),
        Page("list.all", "case list, all, office", Request(f"{cases}?view=all", who["office"]), LIST),
        Page("list.all.head", "case list, all, head", Request(f"{cases}?view=all", who["head"]), LIST),
        Page(
            "list.done", "archived+category, one community",
            Request(f"{cases}?view=archived&unit={community.code}&category={category}", who["office"]), LIST,
        ),
        Page("list.deep", "case list, halfway back", Request(f"{cases}?view=all&before={deep}", who["office"]), LIST),
        Page("search.head", "text search, a block", Request(f"{cases}?view=all&q=%E6%A5%BC%E9%81%93%E7%81%AF", who["head"]), LIST),
        Page("search.chief", "text search, a community", Request(f"{cases}?view=all&q=%E6%A5%BC%E9%81%93%E7%81%AF", who["chief"]), LIST),
        Page("search.head.no", "text search, a block, no hit", Request(f"{cases}?view=all&q=zzzz", who["head"]), LIST),
        Page("search.chief.no", "text search, a community, no hit", Request(f"{cases}?view=all&q=zzzz", who["chief"]), LIST),
        Page("search.office.no", "text search, everything, no hit", Request(f"{cases}?view=all&q=zzzz", who["office"]), LIST),
        Page("case", "a case with its whole history", Request(one.get_absolute_url(), who["head"]), CASE),
        Page("home", "workbench, head", Request(reverse("home"), who["head"]), UNIT),
        Page("figures", "figures, this month", Request(reverse("figures"), who["office"]), UNIT),
        Page("open311", "Open311, the last 90 days", Request("/open311/v2/requests.json?page_size=50"), LIST),
        Page("public.new", "the public form", Request(reverse("public-case-new", args=[block.code]))),
    ]  # fmt: skip


def writes(town: Town, desk: Desk) -> list[Write]:
    """The floor first. Each is sent by CLIENTS clients at once."""
    return [
        Write(
            FLOOR_WRITE,
            "floor: two rows, one transaction",
            lambda: [again_and_again(Request(reverse("bench-write"), form={})) for _ in range(CLIENTS)],
        ),
        Write("file", "file a case, public form", lambda: [filing(town, desk, n) for n in range(CLIENTS)]),
    ]


def filing(town: Town, desk: Desk, client: int) -> Iterator[Request]:
    """A case for one block after another, each with its own key; each client begins elsewhere."""
    paths = [reverse("public-case-new", args=[block.code]) for block in town.blocks]
    paths = paths[client * len(paths) // CLIENTS :] + paths[: client * len(paths) // CLIENTS]

    def form(number: int) -> Request:
        body = f"第{number}次：三楼楼道灯坏了三天，晚上看不清。"
        words = {
            "body": body, "category": desk.categories[number % 16].code, "once": f"bench-{client}-{number}-{NOW:%s}",
            "anyway": "1",
        }  # fmt: skip
        return Request(paths[number % len(paths)], form=words, expects=302)

    return each_new(form, client)
