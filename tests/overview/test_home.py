"""The workbench: what I must do by urgency, in at most ten statements; and what a stranger does not see."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import plan_contacts
from jiequ.outreach.workflow import CONTACT
from jiequ.overview.views.home import headline, todo_groups
from jiequ.work import actions
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def signed_in(account: Any) -> Client:
    client = Client()
    client.force_login(account, backend="jiequ.people.accounts.AccountBackend")
    return client


def give(block: Any, title: str, due: str, **who: Any) -> Task:
    more = who or {"role": "head"}
    return actions.open_task("test.task", title, unit=block, due_at=make.moment(due), by=SYSTEM, about=block, **more)


def test_todos_stand_in_groups_by_urgency_and_the_headline_counts_them() -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    give(block, "以后的", "2021-12-20 18:00")
    give(block, "本周的", "2021-12-03 18:00")
    give(block, "今天的", "2021-12-01 18:00")
    give(block, "逾期的", "2021-11-30 18:00")
    ordered = give(block, "督办的", "2021-12-08 18:00")
    actions.order_supervision(ordered, demand="说明", answer_due_at=make.moment("2021-12-02 12:00"), by=chief)
    groups = todo_groups(make.fresh(head))
    assert [(g.key, [t.task.title for t in g.todos]) for g in groups] == [
        ("supervised", ["督办的"]),
        ("late", ["逾期的"]),
        ("today", ["今天的"]),
        ("week", ["本周的"]),
        ("later", ["以后的"]),
    ]
    assert [t.is_primary for g in groups for t in g.todos] == [True, False, False, False, False]
    assert headline(groups) == "今天要办3件，先回督办"
    assert headline(groups[2:3]) == "今天要办1件"
    assert headline(groups[3:]) == "今天没有到期的，本周还有1件"
    assert headline([]) == "没有要办的事"


def test_group_sizes_are_right_when_they_do_not_fit() -> None:
    block = make.unit("block")
    head = make.account("head", block)
    for _ in range(25):
        give(block, "今天的", "2021-12-01 18:00")
    for _ in range(20):
        give(block, "本周的", "2021-12-03 18:00")
    groups = todo_groups(make.fresh(head))
    assert [(g.key, g.count, len(g.todos)) for g in groups] == [("today", 25, 25), ("week", 20, 5)]


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_the_workbench_takes_ten_statements_at_most(rows: int, django_assert_max_num_queries: Any) -> None:
    at = make.room()
    client = signed_in(at.head)
    for n in range(rows):
        make.motion(at, title=f"议题{n}")
    make.meeting(at)
    client.get("/")  # the year's working days are read once a process
    with django_assert_max_num_queries(10):
        page = client.get("/")
    assert page.status_code == 200
    assert "议题0" in page.content.decode()


def test_a_button_leads_straight_to_the_act() -> None:
    at = make.room()
    motion = make.motion(at)
    said = signed_in(at.head).get("/").content.decode()
    assert f'href="/motions/{motion.pk}/recommend/"' in said


def test_strangers_tasks_motions_and_news_are_not_on_my_workbench() -> None:
    at, elsewhere = make.room(), make.room()
    make.motion(elsewhere, title="别处的路灯")
    make.motion(at, title="我们的路灯")
    said = signed_in(at.head).get("/").content.decode()
    assert "我们的路灯" in said
    assert "别处的路灯" not in said


def test_without_a_post_the_workbench_is_empty_and_says_so() -> None:
    make.unit("block")
    said = signed_in(make.account()).get("/").content.decode()
    assert "没有要办的事" in said


def test_the_front_page_of_a_stranger_asks_little_and_lists_blocks_with_a_council(
    django_assert_max_num_queries: Any,
) -> None:
    at = make.room()
    without = make.unit("block", name="没有理事会的街区")
    with django_assert_max_num_queries(3):
        said = Client().get("/").content.decode()
    assert f'href="/b/{at.block.code}/"' in said
    assert without.name not in said


def test_without_a_post_every_page_answers_and_shows_nothing() -> None:
    at = make.room()
    make.motion(at, title="别人的路灯")
    client = signed_in(make.account())
    answers = {
        address: client.get(address)
        for address in (
            "/",
            "/tasks/",
            "/tasks/?whose=unit",
            "/search/?q=路灯",
            "/figures/",
            "/figures/work.on_time/",
            "/figures/report/",
            "/tasks/new/",
            f"/units/{at.block.code}/",
        )
    }
    assert {a: r.status_code for a, r in answers.items()} == {
        "/": 200,
        "/tasks/": 200,
        "/tasks/?whose=unit": 200,
        "/search/?q=路灯": 200,
        "/figures/": 403,
        "/figures/work.on_time/": 403,
        "/figures/report/": 403,
        "/tasks/new/": 404,
        f"/units/{at.block.code}/": 404,
    }
    assert [a for a, r in answers.items() if "别人的路灯" in r.content.decode()] == []


def test_addresses_with_nonsense_do_no_harm() -> None:
    at = make.room()
    client = signed_in(at.office)
    for address in (
        "/tasks/?before=nonsense&view=nonsense&whose=nonsense",
        "/tasks/?before=2021-01-01T00:00:00Z~x",
        "/figures/?from=x&to=y&show=z&open=a,b&period=q",
        "/figures/work.on_time/?of=nonsense&before=x~y",
        "/figures/council.motions/?of=rest",
        "/search/?q=" + "长" * 200,
    ):
        assert client.get(address).status_code == 200, address


def test_a_nul_in_an_address_is_a_bad_request() -> None:
    client = signed_in(make.room().office)
    for address in ("/search/?q=%00", "/tasks/?unit=a%00b", "/units/a%00/"):
        assert client.get(address).status_code == 400, address


def test_whoever_may_press_sees_what_is_stuck_in_the_unit() -> None:
    at = make.room()
    give(at.block, "卡住的", "2021-11-30 18:00")
    assert signed_in(at.chief).get("/").context["stuck"] == 1
    assert "有1件逾期" in signed_in(at.chief).get("/").content.decode()
    assert signed_in(at.councillors[0]).get("/").context["stuck"] == 0


def test_households_to_contact_are_one_line_and_not_a_row_each() -> None:
    street = make.street()
    member = make.account("member", street.grid)
    for _ in range(3):
        make.household(street.building)
    plan_contacts()
    late = Task.objects.open().filter(verb=CONTACT)[0]
    Task.objects.filter(pk=late.pk).update(due_at=make.moment("2021-11-30 18:00"))
    text = signed_in(member).get("/").content.decode()
    assert "重点户联系：3户待联系，1户逾期，去走访" in text
    assert "联系重点户：" not in text
    assert "没有别的事，有3户重点户待联系" in text
    tasks = signed_in(member).get("/tasks/").content.decode()
    assert "联系重点户：" not in tasks
    assert 'href="/visits/"' in tasks


def test_no_link_of_anybody_s_workbench_is_refused_and_a_handler_answers_what_is_asked_of_it() -> None:
    at = make.street()
    case, _secret = make.case(at, state="working", lead=at.department)
    task = Task.objects.open().about(case).get(verb="cases.handle")
    due = clock.now() + timedelta(days=1)
    actions.order_supervision(task, demand="请说明", answer_due_at=due, by=at.office)
    assert not at.worker.appointments  # a handler's people hold no post
    who = (at.worker, at.head, at.chief, at.office, make.account("member", at.grid), make.account("admin", at.root))
    for account in who:
        client = signed_in(make.fresh(account))
        links = set(re.findall(r'href="(/[^"#]*)"', client.get("/").content.decode()))
        links = {html.unescape(link) for link in links if not link.startswith(("/static/", "/look/"))}
        assert {link: client.get(link).status_code for link in links if client.get(link).status_code >= 400} == {}, (
            account
        )
    client = signed_in(make.fresh(at.worker))
    assert f'href="{task.get_absolute_url()}"' in client.get("/").content.decode()
    assert case.short_number in client.get("/tasks/").content.decode()
    assert client.post(reverse("task-answer", args=[task.pk]), {"answer": "明天修好"}).status_code == 302
    assert task.orders.get().answer == "明天修好"
