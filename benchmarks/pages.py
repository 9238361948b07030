"""What is measured: pages with their budgets of statements, and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from benchmarks import FLOOR_PAGE, FLOOR_WRITE
from benchmarks.client import Request, again_and_again, each_new
from benchmarks.fill import NOW
from benchmarks.people import COUNCILLORS, Town, session
from jiequ.core import shredding
from jiequ.council.models import AgendaItem, Attendance, Ballot, Meeting, Motion

CLIENTS = 4  # that write at the same time
LIST, MOTION, WORKBENCH, UNIT = 10, 12, 10, 10  # statements a page may take, whatever the rows


@dataclass(frozen=True)
class Page:
    key: str
    label: str
    request: Request
    budget: int = 0  # 0: none is set


@dataclass(frozen=True)
class Write:
    key: str
    label: str
    clients: Callable[[], list[Iterator[Request]]]


def pages(town: Town) -> list[Page]:
    """The floor first."""
    who = {name: session(town.accounts[name]) for name in ("office", "chief", "head")}
    block, community = town.blocks[0], town.communities[0]
    mine = Motion.objects.filter(unit=block)
    any_motion = mine.filter(state="following").order_by("-pk").first() or mine.order_by("-pk")[0]
    public = Motion.objects.filter(state__in=Motion.PUBLIC).order_by("-pk").first()
    motions, home, figures = reverse("motions"), reverse("home"), reverse("figures")
    far = Motion.objects.order_by("collected_at", "pk")[Motion.objects.count() // 2]
    found = [
        Page(FLOOR_PAGE, "floor: bare view", Request(reverse("bench-view")), 0),
        Page("list.office", "motion list, office", Request(motions, who["office"]), LIST),
        Page("list.chief", "motion list, chief", Request(motions, who["chief"]), LIST),
        Page("list.head", "motion list, head", Request(motions, who["head"]), LIST),
        Page(
            "list.filtered", "motion list, view+category",
            Request(f"{motions}?view=following&category=hygiene", who["office"]), LIST,
        ),
        Page("list.unit", "motion list, one community", Request(f"{motions}?unit={community.code}", who["office"]), LIST),
        Page("list.rare", "motion list, rare state", Request(f"{motions}?view=screening", who["office"]), LIST),
        Page("list.ended", "motion list, ended", Request(f"{motions}?view=ended", who["office"]), LIST),
        Page("list.category", "motion list, one category", Request(f"{motions}?category=culture", who["office"]), LIST),
        Page("list.search", "motion list, search, common word", Request(f"{motions}?q=%E8%B7%AF%E7%81%AF", who["office"]), LIST),
        Page("list.nothing", "motion list, search, no hit", Request(f"{motions}?q=zzzz", who["office"]), LIST),
        Page(
            "list.deep", "motion list, halfway back",
            Request(f"{motions}?before={far.collected_at.isoformat().replace('+', '%2B')}~{far.pk}", who["office"]), LIST,
        ),
        Page("motion", "motion page", Request(any_motion.get_absolute_url(), who["head"]), MOTION),
        Page("workbench.office", "workbench, office", Request(home, who["office"]), WORKBENCH),
        Page("workbench.chief", "workbench, chief", Request(home, who["chief"]), WORKBENCH),
        Page("workbench.head", "workbench, head", Request(home, who["head"]), WORKBENCH),
        Page("unit.block", "unit page, block", Request(block.get_absolute_url(), who["head"]), UNIT),
        Page("unit.root", "unit page, subdistrict", Request(town.root.get_absolute_url(), who["office"]), UNIT),
        Page("unit.tasks", "unit page, community's tasks", Request(f"{community.get_absolute_url()}?tab=tasks", who["chief"]), UNIT),
        Page("unit.history", "unit page, block's history", Request(f"{block.get_absolute_url()}?tab=history", who["head"]), UNIT),
        Page("figures", "figures, this month", Request(figures, who["office"]), UNIT),
        Page("rows", "rows behind a figure", Request(f"{reverse('figure-rows', args=['council.motions'])}", who["office"]), LIST),
        Page("meetings", "meeting list, office", Request(reverse("meetings"), who["office"]), LIST),
        Page("tasks", "task list, office", Request(reverse("tasks"), who["office"]), LIST),
        Page(
            "tasks.finished", "task list, finished, all units",
            Request(f"{reverse('tasks')}?whose=unit&view=finished", who["office"]), LIST,
        ),
        Page("tasks.chief", "task list, open, all units", Request(f"{reverse('tasks')}?whose=unit", who["chief"]), LIST),
        Page("search", "search page, a common word", Request(f"{reverse('search')}?q=%E8%B7%AF%E7%81%AF", who["office"]), LIST),
        Page("public.unit", "block's public page", Request(reverse("public-unit", args=[block.code]))),
    ]  # fmt: skip
    if public:
        found.append(
            Page("public.resolution", "public resolution", Request(reverse("public-resolution", args=[public.pk])))
        )
    return found


def writes(town: Town) -> list[Write]:
    """The floor first. Each is sent by CLIENTS clients at once."""

    def same(name: str) -> Callable[[], list[Iterator[Request]]]:
        return lambda: [again_and_again(Request(reverse(name), form={})) for _ in range(CLIENTS)]

    return [
        Write(FLOOR_WRITE, "floor: two rows, one transaction", same("bench-write")),
        Write("record", "one journal entry", same("bench-record")),
        Write("collect", "collect a motion, public form", lambda: [_collecting(town, n) for n in range(CLIENTS)]),
        Write("vote", "cast a vote by name", lambda: _voting(town)),
    ]


def _collecting(town: Town, client: int) -> Iterator[Request]:
    """A form for one block after another; each client begins elsewhere."""
    paths = [reverse("public-propose", args=[block.code]) for block in town.blocks]
    paths = paths[client * len(paths) // CLIENTS :] + paths[: client * len(paths) // CLIENTS]

    def form(number: int) -> Request:
        body = f"第{number}次：球场东边晚上太黑，想装几盏路灯。"
        return Request(paths[number % len(paths)], form={"body": body, "category": "facilities"}, expects=302)

    return each_new(form, client)


def _voting(town: Town) -> list[Iterator[Request]]:
    """Every councillor of every block casts one vote; the nine of a block are spread over the clients, so that they meet."""
    requests = []
    for place, ballot in enumerate(open_ballots(town)):
        for n in range(COUNCILLORS):
            key = session(town.accounts[f"councillor-{place}-{n}"])
            path = reverse("ballot-vote", args=[ballot.pk])
            requests.append(Request(path, key, {"choice": ("yes", "yes", "no", "abstain")[n % 4]}, expects=302))
    return [iter(requests[n::CLIENTS]) for n in range(CLIENTS)]


def open_ballots(town: Town) -> list[Ballot]:
    """A meeting in every block, with all councillors in the room and a vote by name open."""
    made = []
    for place, block in enumerate(town.blocks):
        meeting = Meeting.objects.create(
            unit=block, sequence=100_000, starts_at=NOW, place="党群服务站", rule=town.rule, state="open", opened_at=NOW,
            noticed_at=NOW, created_at=NOW, chair=town.heads[place],
        )  # fmt: skip
        motion = Motion(
            unit=block, year=2026, sequence=900_000, title="试投的议题", body="试投", category="other", source="post",
            state="discussing", rule=town.rule, search_text="试投的议题", collected_at=NOW, meeting=meeting,
        )  # fmt: skip
        motion.save(force_insert=True)
        item = AgendaItem.objects.create(meeting=meeting, motion=motion, position=1)
        Attendance.objects.bulk_create(
            Attendance(meeting=meeting, person=person, is_voting=True, arrived_at=NOW)
            for person in town.councillors[place]
        )
        name = f"bench-{block.pk}"
        shredding.make_key(name)
        made.append(
            Ballot.objects.create(
                item=item, kind="by_name", key_name=name, quorum_num=2, quorum_den=3, quorum_strict=False, majority_num=1,
                majority_den=2, majority_strict=True, seats=9, present=9, opened_at=NOW,
            )
        )  # fmt: skip
    return made
