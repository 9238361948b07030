"""Cases in the pages of overview: the unit's tab, the search box, the feed, the workbench, the report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.people.actions import appoint_person
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
WORDS = "三楼的灯坏了三天"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def tab(who: Any, unit: Any) -> Any:
    return signed_in(who).get(f"{unit.get_absolute_url()}?tab=cases")


# ── the unit's tab ────────────────────────────────────────


def test_the_tab_says_what_waits_by_state_and_what_is_late() -> None:
    at = make.street()
    for state in ("submitted", "working", "working", "replied"):
        make.case(at, state=state)
    Case.objects.filter(state="submitted").update(due_at=clock.now() - timedelta(minutes=1))
    for unit in (at.building, at.grid, at.block, at.community, at.root):
        context = tab(at.office, unit).context
        assert [(state, n) for state, _label, n in context["states"]] == [("submitted", 1), ("working", 2)], unit
        assert (context["open_cases"], context["late_cases"], len(context["cases"])) == (3, 1, 4)


def test_who_may_not_look_at_cases_has_no_such_tab() -> None:
    at = make.street()
    make.case(at, body=WORDS)
    page = tab(make.account("councillor", at.block), at.block)
    assert (page.context["tab"], "?tab=cases" in page.content.decode()) == ("overview", False)
    assert WORDS not in page.content.decode()


def test_the_tab_shows_nothing_of_others_and_nothing_that_complains_of_the_reader() -> None:
    at = make.street()
    make.case(at, unit=make.unit("building"), body="别处的灯坏了")
    make.case(at, body=WORDS, complained_of=at.head.person)
    context = tab(at.head, at.block).context
    assert (context["cases"], context["open_cases"]) == ([], 0)


@pytest.mark.parametrize("cases", [1, 3])
def test_the_tab_takes_ten_statements(cases: int, django_assert_max_num_queries: Any) -> None:
    at = make.street()
    for _ in range(cases):
        make.case(at)
    client = signed_in(at.office)
    for unit in (at.grid, at.block, at.root):
        address = f"{unit.get_absolute_url()}?tab=cases"
        client.get(address)
        with django_assert_max_num_queries(10):
            assert client.get(address).status_code == 200


# ── the search box ────────────────────────────────────────


def found(who: Any, q: str) -> list[str]:
    return [case.number for case in signed_in(who).get("/search/", {"q": q}).context["cases"]]


def test_a_case_is_found_by_number_title_and_place_within_reach_only() -> None:
    at = make.street()
    case, _secret = make.case(at, body=WORDS, place="B座三楼")
    other, _secret = make.case(at, unit=make.unit("building"), body=WORDS)
    for q in (case.number, case.short_number, "灯坏了", "b座", "Ｂ座"):
        assert found(at.head, q) == [case.number], q
    assert sorted(found(at.office, "灯坏了")) == sorted([case.number, other.number])
    assert found(make.account("councillor", at.block), "灯坏了") == []


def test_a_whole_phone_number_finds_the_case_and_is_not_shown() -> None:
    at = make.street()
    case, _secret = make.case(at, phone="138 1234 5678", name="欧阳小明")
    yonder, _secret = make.case(at, unit=make.unit("building"), phone="13812345678")
    assert found(at.head, "138-1234-5678") == found(at.head, "13812345678") == [case.number]
    assert sorted(found(at.office, "13812345678")) == sorted([case.number, yonder.number])
    assert found(at.head, "1381234567") == found(at.head, "5678") == []
    said = signed_in(at.head).get("/search/", {"q": " 13812345678"}).content.decode()
    assert case.title in said and "欧阳" not in said and "138****5678" not in said


def test_a_phone_number_finds_nothing_for_who_may_not_reveal_it_and_for_whom_the_case_complains_of() -> None:
    at = make.street()
    make.case(at, phone="13812345678", complained_of=at.head.person)
    make.case(at, phone="13812345678", state="dispatched", lead=at.department)
    assert len(found(at.head, "13812345678")) == 1
    assert found(at.worker, "13812345678") == []  # sees its own cases, by what they are
    assert found(make.account("councillor", at.block), "13812345678") == []


# ── the feed ──────────────────────────────────────────────


def told(who: Any, unit: Any) -> list[tuple[str, str, str]]:
    feed = signed_in(who).get(f"{unit.get_absolute_url()}?tab=history").context["feed"]
    return [(s.who, s.act, s.label) for s in feed if s.noun in ("诉求", "当场办结")]


def test_a_case_is_told_by_number_and_category_alone() -> None:
    at = make.street()
    case, _secret = make.case(at, state="working", body=WORDS, name="欧阳小明", phone="13812345678")
    actions.write_note(case, by=at.head, text="内部的话")
    actions.note_spot_fix(at.block, at.category, by=at.head, what="扶起了单车")
    label = f"{case.number} {at.category.name}"
    head = at.head.person.label
    assert told(at.office, at.block) == [
        (head, "记下", at.category.name),
        (head, "分拨", label),
        (head, "受理", label),
        ("居民", "提交", label),
    ]
    said = signed_in(at.office).get(f"{at.block.get_absolute_url()}?tab=history").content.decode()
    assert not [word for word in (WORDS, "欧阳", "13812345678", "内部的话") if word in said]


def test_who_may_not_look_at_cases_hears_nothing_of_them() -> None:
    at = make.street()
    make.case(at, state="working")
    councillor = make.account("councillor", at.block)
    assert told(councillor, at.block) == []
    assert [s for s in signed_in(councillor).get("/").context["feed"] if s.noun == "诉求"] == []
    assert [s for s in signed_in(at.office).get("/").context["feed"] if s.noun == "诉求"] != []


def test_whom_a_case_complains_of_hears_nothing_of_it_in_person_or_as_a_handler() -> None:
    at = make.street()
    make.case(at, complained_of=at.head.person)
    other, _secret = make.case(at, state="dispatched", lead=at.department)
    third = make.handler(at.root, "物业", members=(at.head,))
    make.case(at, complained_handler=third)
    fourth = make.handler(at.block, "街区值班", role="head")  # theirs by the post
    make.case(at, complained_handler=fourth)
    assert {label for _who, _act, label in told(at.head, at.block)} == {f"{other.number} {at.category.name}"}


def test_who_looks_at_cases_in_one_block_hears_of_these_and_of_the_rest_no_case() -> None:
    at = make.street()
    make.case(at)
    elsewhere = make.unit("block", inside=at.community)
    both = make.account("head", elsewhere)
    appoint_person(both.person, "councillor", at.block, by=make.SYSTEM, starts_on=clock.today())
    assert [s for s in signed_in(both).get("/").context["feed"] if s.noun == "诉求"] == []
    assert told(both, at.block) == []


# ── the workbench and the report ──────────────────────────


def test_the_workbench_says_what_came_and_what_waits() -> None:
    at = make.street()
    make.case(at)
    make.case(at, state="replied")
    last_month = clock.now() - timedelta(days=7)
    Case.objects.update(filed_at=last_month, due_at=last_month)
    page = signed_in(at.head).get("/")
    assert [(c.figure.key, c.part) for c in page.context["case_cells"]] == [
        ("cases.received", 2),
        ("cases.closed", 0),  # answered this month
        ("cases.overdue_now", 1),
    ]
    assert "show=case-counts" in page.content.decode()


def test_the_report_counts_the_cases_and_compares_units() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    actions.rate_case(case, case.complainants.get(), score="satisfied", by=PUBLIC)
    page = signed_in(at.chief).get("/figures/report/?period=month")
    counted = {c.figure.key: (c.part, c.whole) for c in page.context["of_cases"]}
    assert counted["cases.received"] == (1, None) and counted["cases.solved_rate"] == (1, 1)
    (block,) = page.context["children"]
    assert {c.figure.key: c.part for c in block.cells if c.figure.key.startswith("cases.")} == {
        "cases.received": 1,
        "cases.solved_rate": 1,
        "cases.closed_on_time": 0,
    }
    assert case.title not in page.content.decode()
