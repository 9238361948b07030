"""Time that is asked for, granted by another, and given back when a pause ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.cases import actions
from jiequ.cases.models import Case, CaseMail, ClockChange
from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def case(at: make.Street) -> Case:
    return make.case(at, state="working", lead=at.department)[0]  # due on Wednesday the eighth


def ask(case: Case, at: make.Street, kind: str, day: str, by: Any = None) -> ClockChange:
    until = date.fromisoformat(f"2021-12-{day}")
    return actions.ask_for_time(case, by=by or at.worker, kind=kind, until=until, reason="等配件。")


def due(case: Case) -> tuple[datetime, datetime]:
    """When the case is due, and the task of handling it."""
    case.refresh_from_db()
    return case.due_at, Task.objects.open().about(case).get(verb="cases.handle").due_at


def test_an_extension_is_granted_by_the_head_and_makes_it_a_complex_case(at: make.Street, case: Case) -> None:
    change = ask(case, at, "extend", "15")
    task = Task.objects.open().get(verb="cases.grant_time")
    assert (task.unit, task.role, task.due_at) == (at.block, "head", make.moment("2021-12-02 18:00"))
    assert not case.is_complex
    actions.decide_time(change, by=at.head, granted=True)
    assert due(case) == (make.moment("2021-12-15 18:00"),) * 2
    assert case.is_complex
    assert (change.was_due_at, change.due_at) == (make.moment("2021-12-08 18:00"), make.moment("2021-12-15 18:00"))
    assert not Task.objects.open().filter(verb="cases.grant_time").exists()


def test_where_the_head_s_own_post_leads_the_chief_grants(at: make.Street) -> None:
    case, _ = make.case(at, state="working")
    change = ask(case, at, "extend", "15", by=at.head)
    assert Task.objects.open().get(verb="cases.grant_time").unit == at.community
    with pytest.raises(Refused):
        actions.decide_time(change, by=at.head, granted=True)
    with pytest.raises(NotAllowed):
        actions.decide_time(change, by=at.member, granted=True)
    actions.decide_time(change, by=at.chief, granted=True)
    with pytest.raises(Overtaken):
        actions.decide_time(change, by=at.office, granted=False, says="太久")


def test_it_is_never_longer_than_a_complex_case_may_take(at: make.Street, case: Case) -> None:
    assert actions.latest_due(case) == make.moment("2021-12-22 18:00")
    for day in ("23", "18", "08", "01"):  # too late, a Saturday, no later than now
        with pytest.raises(Refused):
            ask(case, at, "extend", day)
    change = ask(case, at, "extend", "22")
    with pytest.raises(Refused):
        ask(case, at, "extend", "21")  # one at a time
    with pytest.raises(Refused):
        actions.decide_time(change, by=at.head, granted=False)  # without a word why
    actions.decide_time(change, by=at.head, granted=False, says="来得及")
    assert due(case) == (make.moment("2021-12-08 18:00"),) * 2
    assert ask(case, at, "extend", "10").pk != change.pk


def test_what_was_left_runs_again_from_the_day_it_is_resumed(at: make.Street, case: Case) -> None:
    clock.move_to(make.moment("2021-12-03 10:00"))  # Friday: three working days are left after it
    actions.decide_time(ask(case, at, "pause", "15"), by=at.head, granted=True)
    assert due(case) == (make.moment("2021-12-20 18:00"),) * 2
    assert not Case.objects.overdue(make.moment("2022-01-05 09:00")).exists()
    clock.move_to(make.moment("2021-12-09 09:00"))
    actions.resume_case(case, by=at.worker)
    assert due(case) == (make.moment("2021-12-14 18:00"),) * 2
    pause = case.clock_changes.get()
    assert (pause.ended_at, pause.due_at) == (clock.now(), make.moment("2021-12-14 18:00"))
    with pytest.raises(Overtaken):
        actions.resume_case(case, by=at.worker)
    # What was paused may be asked for again: four working days on top of the fifteen.
    assert actions.latest_due(case) == make.moment("2021-12-28 18:00")


def test_a_pause_taken_back_on_its_own_day_has_changed_nothing(at: make.Street, case: Case) -> None:
    actions.decide_time(ask(case, at, "pause", "15"), by=at.head, granted=True)
    clock.move_to(make.moment("2021-12-01 17:00"))
    actions.resume_case(case, by=at.head)
    assert due(case) == (make.moment("2021-12-08 18:00"),) * 2


def test_paused_on_the_last_day_one_working_day_is_left(at: make.Street, case: Case) -> None:
    clock.move_to(make.moment("2021-12-08 17:59"))
    actions.decide_time(ask(case, at, "pause", "10"), by=at.head, granted=True)
    clock.move_to(make.moment("2021-12-12 09:00"))
    actions.sweep_cases()
    assert due(case) == (make.moment("2021-12-13 18:00"),) * 2


def test_what_is_due_already_is_not_paused(at: make.Street, case: Case) -> None:
    clock.move_to(make.moment("2021-12-08 18:00"))
    for day in ("10", "08"):
        with pytest.raises(Refused):
            ask(case, at, "pause", day)
    ask(case, at, "extend", "10")


def test_an_answer_in_a_pause_ends_it_and_is_in_time(at: make.Street, case: Case) -> None:
    actions.decide_time(ask(case, at, "pause", "15"), by=at.head, granted=True)
    clock.move_to(make.moment("2021-12-14 10:00"))
    actions.reply_case(case, by=at.worker, text="换好了。")
    case.refresh_from_db()
    assert (case.paused_at, case.due_at) == (None, make.moment("2021-12-21 18:00"))
    assert case.closed_at is not None and case.closed_at <= case.due_at
    assert case.clock_changes.get().ended_at == clock.now()


def test_a_request_that_waits_ends_with_the_case_and_does_not_block_the_next(at: make.Street, case: Case) -> None:
    ask(case, at, "extend", "15")
    actions.reply_case(case, by=at.worker, text="换好了。")
    assert case.clock_changes.get().was_granted is False
    assert not Task.objects.open().filter(verb="cases.grant_time").exists()
    actions.rate_case(case, case.complainants.get(), score="dissatisfied", by=make.PUBLIC)
    case.refresh_from_db()
    ask(case, at, "extend", "15")


def test_mail_tells_number_and_state_and_nothing_else(at: make.Street, settings: Any, mailoutbox: list[Any]) -> None:
    settings.EMAIL_HOST = "mail.example"
    case, secret = make.case(at, state="working", name="欧阳金丝雀", phone="13800138000", email="a@example.org")
    actions.decide_time(
        actions.ask_for_time(case, by=at.head, kind="pause", until=date(2021, 12, 15), reason="等金丝雀配件"),
        by=at.chief,
        granted=True,
    )
    actions.reply_case(case, by=at.head, text="金丝雀的灯好了。")
    assert actions.mail_due() == 4  # taken in, given out, paused, answered
    assert actions.mail_due() == 0
    sent = [f"{m.subject}\n{m.body}" for m in mailoutbox if m.to == ["a@example.org"]]
    assert len(sent) == 4 and all(case.number in text for text in sent)
    assert "待评价" in sent[-1] and "暂停计时" in sent[-2]
    for word in ("金丝雀", "13800138000", secret, case.title, "http"):
        assert not any(word in text for text in sent), word


def test_who_left_no_address_or_took_it_back_gets_no_mail(
    at: make.Street, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_HOST = "mail.example"
    make.case(at, state="working", phone="13800138000")
    assert not CaseMail.objects.exists()
    case, _ = make.case(at, state="accepted", email="a@example.org")
    actions.withdraw_case(case.complainants.get(), by=make.PUBLIC)
    assert actions.mail_due() == 0
    assert CaseMail.objects.get().state == "failed"


def test_a_page_grants_the_request_that_was_read_on_it_and_no_other(
    client: Client, at: make.Street, case: Case
) -> None:
    read = ask(case, at, "extend", "15")
    client.force_login(at.head, backend="jiequ.people.accounts.AccountBackend")
    address = reverse("case-move", args=[case.pk, "decide_time"])
    old = client.get(address).context["form"]["change"].value()
    actions.decide_time(read, by=at.chief, granted=False, says="来得及")
    gone = client.post(address, {"granted": "1", "says": "", "change": old})
    assert gone.status_code == 409 and "请回到诉求看看结果" in gone.content.decode()
    unread = ask(case, at, "pause", "15")
    for change in ({"change": old}, {"change": "x"}, {"change": ""}, {}):
        answer = client.post(address, {"granted": "1", "says": "同意。", **change})
        text = answer.content.decode()
        assert answer.status_code == 409 and "请看清楚再批" in text
        assert "请求暂停到12月15日" in text and "同意。" in text  # what is asked now, and what was typed
        case.refresh_from_db()
        assert (case.paused_at, answer.context["form"]["change"].value()) == (None, str(unread.pk))
    assert client.post(address, {"granted": "1", "says": "", "change": unread.pk}).status_code == 302
    case.refresh_from_db()
    assert case.paused_at is not None
