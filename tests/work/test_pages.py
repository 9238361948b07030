"""The pages of tasks: lists, one task with its buttons, and a form for each act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
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


def give(block: Any, title: str = "清理后巷", due: str = "2021-12-03 18:00", **who: Any) -> Task:
    who = who or {"role": "head"}
    return actions.open_task("work.do", title, unit=block, due_at=make.moment(due), by=SYSTEM, **who)


def acts(page: Any) -> list[str]:
    return [a.name for a in [page.context["primary"], *page.context["others"]] if a]


def test_the_list_is_mine_or_my_units_and_pages_by_due_time(django_assert_max_num_queries: Any) -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    for n in range(60):
        give(block, f"事{n:02d}", f"2021-12-{2 + n // 4:02d} 18:00")
    client = signed_in(head)
    client.get("/tasks/")
    with django_assert_max_num_queries(10):
        first = client.get("/tasks/")
    rows = first.context["page"]
    assert (len(rows.rows), rows.count) == (50, 60)
    second = client.get(rows.older).context["page"]
    assert [t.title for t in rows.rows + second.rows] == [f"事{n:02d}" for n in range(60)]
    assert signed_in(chief).get("/tasks/").context["page"].rows == []
    assert len(signed_in(chief).get("/tasks/?whose=unit").context["page"].rows) == 50


def test_saved_views_show_what_they_say() -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    late = give(block, "要迟的", "2021-12-01 10:00")
    done = give(block, "办完的")
    actions.finish_task(done, by=head)
    ordered = give(block, "督办的")
    actions.order_supervision(ordered, demand="说明", answer_due_at=make.moment("2021-12-02"), by=chief)
    clock.move_to(make.moment("2021-12-01 11:00"))
    client = signed_in(head)
    seen = {
        v: [t.title for t in client.get(f"/tasks/?view={v}").context["page"].rows]
        for v in ("open", "overdue", "supervised", "finished")
    }
    assert seen == {
        "open": ["要迟的", "督办的"],
        "overdue": ["要迟的"],
        "supervised": ["督办的"],
        "finished": ["办完的"],
    }
    assert late.is_overdue


def test_each_sees_the_buttons_that_are_his() -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    councillor = make.account("councillor", block)
    address = give(block).get_absolute_url()
    assert acts(signed_in(head).get(address)) == ["finish", "claim", "hand-over", "drop"]
    assert acts(signed_in(chief).get(address)) == ["remind", "extend", "hand-over", "drop", "supervise"]
    assert signed_in(chief).get(address).context["primary"] is None
    assert acts(signed_in(councillor).get(address)) == []
    clock.move_to(make.moment("2021-12-06 09:00"))
    assert acts(signed_in(chief).get(address))[0] == "supervise"
    assert signed_in(make.account("head", make.unit("block"))).get(address).status_code == 404


def test_a_task_walks_through_its_forms() -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    task = give(block)
    at = task.get_absolute_url()
    boss, me = signed_in(chief), signed_in(head)
    assert boss.post(f"{at}supervise/", {"demand": "说明", "answer_due_at": "2021-12-02T12:00"}).url == at
    assert "说明" in me.get(at).content.decode()
    assert me.post(f"{at}answer/", {"answer": "明天清"}).url == at
    assert boss.post(f"{at}extend/", {"due_at": "2021-12-08T18:00", "reason": "连日下雨"}).url == at
    assert me.post(f"{at}claim/").url == at
    assert me.post(f"{at}finish/", {"note": "清了"}).url == at
    said = boss.get(at).content.decode()
    for words in ("清了", "连日下雨", "明天清", "认领", "办结"):
        assert words in said
    assert acts(me.get(at)) == []


def test_a_refused_form_keeps_what_was_typed_and_says_why() -> None:
    block = make.unit("block")
    chief = make.account("chief", make.above(block, 2))
    task = give(block)
    answer = signed_in(chief).post(
        f"{task.get_absolute_url()}extend/", {"due_at": "2021-12-02T18:00", "reason": "连日下雨"}
    )
    assert answer.status_code == 422
    assert "新期限要晚于原期限" in answer.content.decode()
    assert "连日下雨" in answer.content.decode()
    assert task.extensions.count() == 0


def test_forms_one_may_not_use_are_forbidden() -> None:
    block = make.unit("block")
    councillor, head = make.account("councillor", block), make.account("head", block)
    at = give(block).get_absolute_url()
    client = signed_in(councillor)
    for act in ("supervise", "extend", "drop", "hand-over"):
        assert client.get(f"{at}{act}/").status_code == 403, act
    assert client.post(f"{at}finish/", {"note": ""}).status_code == 403
    assert client.post(f"{at}claim/").status_code == 403
    assert signed_in(head).get(f"{at}supervise/").status_code == 403
    assert Task.objects.open().count() == 1


def test_a_new_task_is_given_to_somebody_here() -> None:
    block = make.unit("block")
    head, councillor = make.account("head", block), make.account("councillor", block)
    stranger = make.account("councillor", make.unit("block"))
    client = signed_in(head)
    form = {"title": "布置会场", "holder": str(councillor.person_id), "due_at": "2021-12-03T18:00"}
    assert client.get("/tasks/new/").status_code == 200
    client.post("/tasks/new/", form)
    assert [(t.title, t.holder_id) for t in Task.objects.all()] == [("布置会场", councillor.person_id)]
    refused = client.post("/tasks/new/", {**form, "holder": str(stranger.person_id)})
    assert refused.status_code == 422
    assert client.post("/tasks/new/", {**form, "due_at": "2021-11-01T18:00"}).status_code == 422
    assert signed_in(councillor).get("/tasks/new/").status_code == 403
    assert Task.objects.count() == 1


def test_the_page_of_a_task_takes_few_statements(django_assert_max_num_queries: Any) -> None:
    block = make.unit("block")
    head, chief = make.account("head", block), make.account("chief", make.above(block, 2))
    task = give(block)
    for day in range(6, 16):
        actions.extend_task(task, due_at=make.moment(f"2021-12-{day:02d}"), reason="雨", by=chief)
    client = signed_in(head)
    client.get(task.get_absolute_url())
    with django_assert_max_num_queries(12):
        assert client.get(task.get_absolute_url()).status_code == 200
