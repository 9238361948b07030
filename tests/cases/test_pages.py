"""The desk: the list and the page of a case, what they show to whom, and what they cost."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from jiequ.cases import actions
from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def page(client, who, name, *args, query=""):
    client.force_login(who, backend=BACKEND)
    return client.get(reverse(name, args=args) + query)


def everything(at: make.Street) -> str:
    return (
        f"?unit={at.grid.code}&category={at.category.code}&lead={at.department.pk}&state=working&kind=help&q=灯"
        "&overdue=1&urgent=1&since=2021-01-01&until=2021-12-31"
    )


@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize("view", ["mine", "open", "late", "place", "rate", "archived", "all"])
def test_the_list_takes_ten_statements_at_most(client, at, django_assert_max_num_queries, rows, view):
    for _n in range(rows):
        make.case(at)
    for who in (at.head, at.chief, at.office, at.worker):
        client.force_login(who, backend=BACKEND)
        client.get("/cases/")
        with django_assert_max_num_queries(10):
            assert client.get(f"/cases/?view={view}").status_code == 200


def test_all_filters_at_once_take_ten_statements_at_most(client, at, django_assert_max_num_queries):
    for _n in range(60):
        make.case(at, state="working", lead=at.department)
    make.handler(
        at.block, "另一个", members=(at.head,)
    )  # a head who works for a handler too has one more way to a case
    for who in (at.head, at.chief, at.office):
        client.force_login(who, backend=BACKEND)
        client.get("/cases/")
        with django_assert_max_num_queries(10):
            assert client.get("/cases/" + everything(at)).status_code == 200
        with django_assert_max_num_queries(10):
            assert client.get(f"/cases/?unit={at.grid.code}&category={at.category.code}").status_code == 200


def test_the_list_shows_what_burns_first_and_counts_it(client, at):
    make.case(at, body="后来的一件。")
    first, _secret = make.case(at, body="先到期的一件。")
    Case.objects.filter(pk=first.pk).update(due_at=clock.now() - timedelta(hours=5))
    text = page(client, at.head, "cases").content.decode()
    assert text.index("先到期的一件") < text.index("后来的一件")
    assert "在办2件，逾期1件，今天到期0件" in text
    late = page(client, at.head, "cases", query="?view=late").content.decode()
    assert "先到期的一件" in late and "后来的一件" not in late


def test_each_filter_narrows(client, at):
    lamp, _secret = make.case(at, body="灯坏了。", place="三楼", is_urgent=True)
    water, _secret = make.case(at, body="漏水了。", category=make.category("water"), kind="complaint", state="working")
    for query, seen, not_seen in (
        ("q=三楼", "灯坏了", "漏水了"),
        (f"q={water.number}", "漏水了", "灯坏了"),
        ("category=water", "漏水了", "灯坏了"),
        ("kind=complaint", "漏水了", "灯坏了"),
        ("state=working", "漏水了", "灯坏了"),
        ("urgent=1", "灯坏了", "漏水了"),
        (f"lead={at.own.pk}", "漏水了", "灯坏了"),
        (f"unit={at.building.code}&q=灯", "灯坏了", "漏水了"),
    ):
        text = page(client, at.head, "cases", query=f"?view=all&{query}").content.decode()
        assert seen in text and not_seen not in text, query
    assert "没有这样的诉求" in page(client, at.head, "cases", query="?since=2021-12-02").content.decode()
    assert lamp.pk


def test_what_i_must_do_is_a_view(client, at):
    make.case(at, body="等人受理。")
    make.case(at, state="dispatched", lead=at.department, body="等养护班签收。")
    assert "等人受理" in page(client, at.head, "cases", query="?view=mine").content.decode()
    text = page(client, at.worker, "cases", query="?view=mine").content.decode()
    assert "等养护班签收" in text and "等人受理" not in text


@pytest.mark.parametrize(
    "query",
    [
        "view=%01&q=%01&state=x&kind=y&since=2021-13-45&until=9999-99-99",
        "lead=99999999999999999999999&category=%27%22&before=x~y",
        "since=0001-01-01&until=9999-12-31&overdue=2",
        "before=2021-12-01T00:00:00%2B08:00~99999999999999999999999",
        "q=" + "%25_%5C" * 30,
    ],
)
def test_hostile_filters_are_not_asked(client, at, query):
    make.case(at)
    assert page(client, at.head, "cases", query=f"?{query}").status_code == 200


def test_a_unit_that_is_none_of_my_business_is_not_found(client, at):
    other = make.unit("block", inside=make.unit("community", inside=make.unit("subdistrict")))
    assert page(client, at.head, "cases", query=f"?unit={other.code}").status_code == 404


def full(at: make.Street, messages: int = 1) -> Case:
    """A case to which everything has happened."""
    case, _secret = make.case(at, state="dispatched", lead=at.department, name="王小明", phone="13800138000")
    twin, _secret = make.case(at)
    actions.join_case(case, by=SYSTEM, body="我家也是", name="李四")
    actions.object_to_dispatch(case, by=at.worker, reason="灯归物业管。")
    actions.uphold_dispatch(case, by=at.chief, ruling="公共楼道由你们办。")
    for n in range(messages):
        actions.write_note(case, by=at.worker, text=f"备注{n}")
        actions.tell_complainant(case, by=at.worker, text=f"进展{n}")
    actions.ask_for_help(case, [at.own], by=at.chief)
    actions.ask_for_time(case, by=at.worker, kind="extend", until=clock.today() + timedelta(days=9), reason="等配件。")
    assert twin.pk
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("messages", [1, 30])
def test_a_case_with_its_whole_history_takes_twelve_statements_at_most(
    client, at, django_assert_max_num_queries, messages
):
    case = full(at, messages)
    for who in (at.head, at.chief, at.worker, at.office):
        client.force_login(who, backend=BACKEND)
        client.get(case.get_absolute_url())
        with django_assert_max_num_queries(12):
            text = client.get(case.get_absolute_url()).content.decode()
        assert "灯归物业管。" in text and "公共楼道由你们办。" in text and "等配件。" in text
        assert "已响应" in text and "未办结" in text and "未解决" in text


def test_the_complainant_is_masked(client, at):
    case = full(at)
    text = page(client, at.head, "case", case.pk).content.decode()
    assert "王*" in text and "138****8000" in text
    assert "王小明" not in text and "13800138000" not in text


def test_numbers_in_a_resident_s_words_are_starred_and_the_rest_is_as_typed(client, at):
    case, _secret = make.case(at, body="灯坏了，请打１３８００１３８０００，谢谢！")
    text = page(client, at.head, "case", case.pk).content.decode()
    assert "灯坏了，请打****，谢谢！" in text


def test_who_may_come_in(client, at):
    case, _secret = make.case(at, state="dispatched", lead=at.department)
    stranger = make.account("head", make.unit("block"))
    assert page(client, stranger, "case", case.pk).status_code == 404
    assert page(client, make.account(), "case", case.pk).status_code == 404
    assert page(client, at.second_worker, "case", case.pk).status_code == 200
    leader = make.account("leader", at.block)
    assert page(client, leader, "case-move", case.pk, "redispatch").status_code == 403


def test_the_complained_of_does_not_find_it(client, at):
    case, _secret = make.case(at, complained_of=at.head.person)
    assert page(client, at.head, "case", case.pk).status_code == 404
    assert case.title not in page(client, at.head, "cases").content.decode()
    assert page(client, at.chief, "case", case.pk).status_code == 200


def test_a_called_department_without_a_post_finds_the_case_and_answers(client, at):
    case, _secret = make.case(at, state="working")
    Case.objects.filter(pk=case.pk).update(level="subdistrict")
    case = Case.objects.select_related("unit", "category", "limit").get(pk=case.pk)
    assert page(client, at.worker, "case", case.pk).status_code == 404
    actions.escalate_case(case, by=at.head, call="请派车。", to=at.department)
    text = page(client, at.worker, "case", case.pk).content.decode()
    assert reverse("case-move", args=[case.pk, "answer_whistle"]) in text
    assert "请派车。" in page(client, at.worker, "case-move", case.pk, "answer_whistle").content.decode()
    client.post(reverse("case-move", args=[case.pk, "answer_whistle"]), {"answer": "明天派车。", "take_over": ""})
    assert Case.objects.get(pk=case.pk).state == "working"


def test_the_sheet_holds_no_word_of_a_resident_and_the_journal_has_it(client, at):
    make.case(at, body="灯坏了，找赵某某。", name="王小明", phone="13800138000", place="赵家门口")
    answer = page(client, at.head, "cases", query="?format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    said = str(book.get_sheet_by_index(0).to_python())
    assert "2021-1201-01" in said
    assert not [word for word in ("灯坏了", "王", "138", "赵家") if word in said]
    assert JournalEntry.objects.filter(verb="export_cases").count() == 1
    assert page(client, at.worker, "cases", query="?format=xlsx").status_code == 403


def test_a_long_title_and_an_empty_list_have_words(client, at):
    assert "这里还没有诉求" in page(client, at.head, "cases").content.decode()
    assert "没有要您办的诉求" in page(client, at.head, "cases", query="?view=mine").content.decode()
    make.case(at, body="长" * 400)
    assert page(client, at.head, "cases").status_code == 200
