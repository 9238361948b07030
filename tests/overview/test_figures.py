"""Figures: what is counted is what is shown; each cell opens to exactly its rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.measures import REGISTER, Median, Share
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.overview.views.periods import read_span, spans
from jiequ.site import cli
from jiequ.work import actions
from jiequ.work.models import Task
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def finished(block: Any, who: Any, *, late: bool) -> Task:
    """A task that was due on Monday at noon, and was finished before or after."""
    task = actions.open_task(
        "test.task",
        "清理",
        unit=block,
        due_at=make.moment("2021-11-29 12:00"),
        holder=who.person,
        by=SYSTEM,
        about=block,
    )
    before = clock.now()
    clock.move_to(make.moment("2021-11-29 13:00" if late else "2021-11-29 11:00"))
    actions.finish_task(task, by=who)
    clock.move_to(before)
    return task


def test_a_share_counts_both_parts_by_child_and_opens_to_each() -> None:
    community = make.unit("community")
    one, two = make.unit("block", inside=community, name="一街区"), make.unit("block", inside=community, name="二街区")
    head = make.account("head", one)
    for late in (False, False, True):
        finished(one, head, late=late)
    other = make.account("head", two)
    finished(two, other, late=False)
    client = signed_in(make.account("chief", community))
    page = client.get("/figures/?period=last&open=all")
    cells = {r.unit.name: next(c for c in r.cells if c.figure.key == "work.on_time") for r in page.context["rows"]}
    assert {name: (c.part, c.whole) for name, c in cells.items()} == {
        community.name: (3, 4),
        "一街区": (2, 3),
        "二街区": (1, 1),
    }
    opened = {of: client.get(f"{cells['一街区'].url}&of={of}") for of in ("part", "whole", "rest")}
    assert {of: (p.context["total"], len(p.context["page"].rows)) for of, p in opened.items()} == {
        "part": (2, 2),
        "whole": (3, 3),
        "rest": (1, 1),
    }


def test_every_figure_opens_to_as_many_rows_as_it_says() -> None:
    at = make.room()
    make.motion(at)
    client = signed_in(at.office)
    opened = 0
    for key, figure in REGISTER.items():
        measure = figure.whole if isinstance(figure, Share) else figure.of if isinstance(figure, Median) else figure
        page = client.get(f"/figures/{key}/?period=year&of=whole")
        assert page.status_code == 200, key
        assert page.context["measure"] is measure
        rows = page.context["page"].rows
        assert page.content.decode().count("<tr") - 1 * bool(rows) == len(rows), key
        assert measure.adds or len(rows) == min(50, page.context["total"]), key
        opened += bool(page.context["total"])
    assert opened > 3


def test_altering_one_row_alters_the_figure() -> None:
    at = make.room()
    task = finished(at.block, at.head, late=False)
    client = signed_in(at.office)
    address = "/figures/work.on_time/?period=last"
    assert client.get(address).context["cell"].percent == 100
    Task.objects.filter(pk=task.pk).update(finished_at=make.moment("2021-11-30"))
    assert client.get(address).context["cell"].percent == 0


def test_zero_of_zero_is_nothing_and_not_a_percentage() -> None:
    at = make.room()
    page = signed_in(at.office).get("/figures/work.on_time/?from=2021-03-01&to=2021-03-31")
    assert (page.context["cell"].percent, page.context["cell"].whole) == (None, 0)
    assert "无" in page.content.decode()


@pytest.mark.parametrize("blocks", [1, 3, 40])
def test_the_table_takes_few_statements_whatever_the_units(blocks: int, django_assert_max_num_queries: Any) -> None:
    community = make.unit("community")
    for _ in range(blocks):
        make.unit("block", inside=community)
    client = signed_in(make.account("office", make.above(community, 1)))
    for address in (
        "/figures/?open=all",
        "/figures/?show=counts&open=all",
        "/figures/work.on_time/",
        "/figures/report/",
    ):
        client.get(address)
        with django_assert_max_num_queries(11 if "report" in address else 10):
            assert client.get(address).status_code == 200


def test_many_units_start_folded_and_unfold_by_their_address() -> None:
    community = make.unit("community", code="C1")
    for _ in range(40):
        make.unit("block", inside=community)
    client = signed_in(make.account("office", make.above(community, 1)))
    assert len(client.get("/figures/").context["rows"]) == 2
    assert len(client.get("/figures/?open=C1").context["rows"]) == 42
    folded = client.get("/figures/?open=C1").context["rows"][1].fold_url
    assert len(client.get(f"/figures/{folded}").context["rows"]) == 2


def test_units_stand_in_the_trees_order_and_never_by_value() -> None:
    community = make.unit("community")
    names = ["丙街区", "甲街区", "乙街区"]
    for name in names:
        make.unit("block", inside=community, name=name)
    rows = signed_in(make.account("chief", community)).get("/figures/?sort=value&open=all").context["rows"]
    assert [r.unit.name for r in rows[1:]] == names


def test_figures_of_a_unit_above_are_forbidden_and_of_a_foreign_one_not_found() -> None:
    at, elsewhere = make.room(), make.room()
    client = signed_in(at.head)
    assert client.get(f"/figures/?unit={at.block.code}").status_code == 200
    for address in ("/figures/", "/figures/work.on_time/", "/figures/report/"):
        assert client.get(f"{address}?unit={make.above(at.block, 2).code}").status_code == 403
        assert client.get(f"{address}?unit={elsewhere.block.code}").status_code == 404
    assert client.get("/figures/no.such/").status_code == 404


def test_a_councillor_looks_but_does_not_export() -> None:
    at = make.room()
    client = signed_in(at.councillors[0])
    assert client.get("/figures/work.on_time/").status_code == 200
    assert client.get("/figures/work.on_time/?format=xlsx").status_code == 403
    assert client.get("/figures/?format=xlsx").status_code == 403


def test_an_export_holds_the_rows_of_the_page_and_is_entered() -> None:
    at = make.room()
    for late in (False, True):
        finished(at.block, at.head, late=late)
    client = signed_in(at.office)
    answer = client.get("/figures/work.on_time/?period=last&of=whole&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1] == ["事项", "单位", "期限", "办理"]
    assert [row[:2] for row in rows[2:]] == [["清理", at.block.name], ["清理", at.block.name]]
    entry = JournalEntry.objects.filter(verb="export").get()
    assert (entry.facts["what"], entry.facts["rows"], entry.by_id) == ("work.on_time:whole", 2, at.office.person_id)
    table = client.get("/figures/?period=last&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()
    column = rows[1].index("按时办结率：按时办结任务")
    assert rows[2][column : column + 2] == [1, 2]


def test_an_exported_text_is_never_a_formula() -> None:
    at = make.room()
    actions.open_task(
        "test.task", "=1+1", unit=at.block, due_at=make.moment("2021-11-29"), role="head", by=SYSTEM, about=at.block
    )
    answer = signed_in(at.office).get("/figures/work.on_time/?period=last&of=whole&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[2][0] == "=1+1"


def test_periods_come_from_the_address_and_nonsense_gives_the_default() -> None:
    assert [s.period.start for s in spans()] == [
        date(2021, 12, 1),
        date(2021, 11, 1),
        date(2021, 10, 1),
        date(2021, 1, 1),
    ]
    assert read_span({"from": "2021-02-01", "to": "2021-11-30"}).period.end == date(2021, 11, 30)
    for nonsense in (
        {"from": "2021-02-30", "to": "2021-03-01"},
        {"from": "2021-03-01", "to": "2021-02-01"},
        {"period": "x"},
    ):
        assert read_span(nonsense).key == "last"
    clock.move_to(clock.now() + timedelta(days=10))
    assert read_span({}).key == "month"


def test_the_report_counts_itself() -> None:
    at = make.room()
    finished(at.block, at.head, late=True)
    page = signed_in(at.head).get("/figures/report/?period=last")
    assert page.status_code == 200
    assert [(c.part, c.whole) for c in page.context["whole"] if c.figure.key == "work.on_time"] == [(0, 1)]


def test_a_median_is_exported_with_its_number_of_rows_and_its_rows_with_their_values() -> None:
    at = make.room(3)
    motion = make.adopted(at)  # collected on the first, decided on the fifth
    client = signed_in(at.office)
    table = client.get("/figures/?period=month&show=procedure&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()
    column = rows[1].index("收到到表决（天）")
    assert rows[1][column + 1] == "收到到表决：讨论表决议题"
    assert rows[2][column : column + 2] == [4, 1]
    column = rows[1].index("收到到办结（天）")
    assert rows[2][column : column + 2] == ["", 0]
    opened = client.get("/figures/council.days_to_decision/?period=month&format=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(opened.content)).get_sheet_by_index(0).to_python()
    assert (rows[1][-1], rows[2][0], rows[2][-1]) == ("用了", motion.number, "4天")
    said = JournalEntry.objects.filter(verb="export").order_by("pk").values_list("facts__what", flat=True)
    assert list(said) == ["procedure", "council.days_to_decision:"]


def test_the_command_prints_a_median_and_of_how_many(capsys: Any) -> None:
    at = make.room(3)
    make.adopted(at)
    words = ["--unit", at.block.code, "--from", "2021-12-01", "--to", "2021-12-31"]
    assert cli.figures([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["figures"]
    assert printed["council.days_to_decision"] == {"median": 4, "rows": 1, "in": "天"}
    assert printed["council.days_to_close"] == {"median": None, "rows": 0, "in": "天"}
    assert printed["council.notice_kept"] == {"numerator": 1, "denominator": 1}
    assert cli.figures(words) == 0
    said = {line.split()[0]: line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()[1:]}
    assert said["council.days_to_decision"] == "4天 (of 1)"
    assert said["council.days_to_close"] == "—天 (of 0)"


def test_a_grouped_figure_leads_back_to_its_own_table() -> None:
    at = make.room(3)
    page = signed_in(at.office).get("/figures/council.steps_skipped/?period=month")
    assert page.context["table_url"].endswith("&show=procedure")
    keys = [c.figure.key for c in signed_in(at.office).get("/figures/").context["rows"][0].cells]
    assert not [key for key in keys if REGISTER[key].group]
