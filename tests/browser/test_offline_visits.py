"""What a member's phone keeps of visits, in a real Chromium: nothing that can be read, nothing for longer than it is needed, and
nothing that was written is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.outreach.actions import leave_household
from jiequ.outreach.models import Household, HouseholdReveal, Visit
from tests import make, stairs
from tests.conftest import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
NAME, PHONE, ROOM, REMARK, SAID = "欧阳晚晴", "13712345678", "907甲", "养了一只黄猫", "说想要一副老花镜"
PLANTED = (NAME, PHONE, ROOM, REMARK, SAID)


@pytest.fixture
def at(transactional_db: None, live_server: Any) -> Iterator[Any]:
    with clock.stand_at(make.WEDNESDAY):
        street = make.street()
        street.member = make.account("member", street.grid)  # the plan is theirs
        yield street


@pytest.fixture
def home(at: Any) -> Household:
    made = make.household(
        at.building, name=NAME, room=ROOM, phone=PHONE, remark=REMARK, tier="week", member=at.member.person
    )
    stairs.planned(at.building, rooms=("102",), member=at.member.person)
    return made


def test_what_the_phone_keeps_tells_nothing(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.get_by_role("button", name="带上电话").click()
    page.locator("#d-take [data-go]").click()
    page.get_by_text(NAME).wait_for()
    assert {"name", "phone"} <= set(HouseholdReveal.objects.filter(household=home).values_list("field", flat=True))
    page.context.set_offline(True)
    stairs.go_to(page, home)
    assert page.locator("#call a").get_attribute("href") == f"tel:{PHONE}"
    page.locator("#note").fill("只写了一半，" + SAID)
    page.wait_for_timeout(600)
    page.go_back()
    page.get_by_text("写了一半").wait_for()
    stairs.write(page, home, SAID)
    shown = page.inner_text("main")
    assert all(word in shown for word in (NAME, ROOM, SAID))
    kept = page.evaluate(stairs.DUMP)
    assert (kept.count("row of plan"), kept.count("row of waiting")) == (1, 1)
    assert kept.count("[key]") == 2  # of the plan and of the account; neither can be read out
    assert [word for word in PLANTED if word in kept] == []
    stairs.forgive_the_network(console_errors)


def test_the_page_that_is_kept_is_the_same_for_everybody(
    open_page: Any, live_server: Any, at: Any, home: Household
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    answers = []
    for who in (at.member, at.head):
        stairs.sign_in(page.context, who, live_server)
        answers.append(page.request.get(stairs.PAGE).text())
    assert answers[0] == answers[1]
    assert "csrf" not in answers[0]
    assert at.member.person.label not in answers[0]


def test_the_plan_ends_with_its_time_and_what_was_written_stays(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.context.set_offline(True)
    stairs.write(page, home, SAID)
    page.evaluate(stairs.LATER, 72)
    page.reload()
    page.get_by_text("名单不在这台手机上").wait_for()
    assert page.locator(".stop").count() == 0
    assert (stairs.rows(page, "plan"), stairs.rows(page, "waiting")) == (0, 1)
    page.locator("#net").click()
    page.locator("#waiting-rows").get_by_text(SAID).wait_for()
    page.context.set_offline(False)
    page.locator("#waiting-rows [data-state=sent]").wait_for()
    assert Visit.objects.get().note == SAID
    page.locator("#back").click()
    page.wait_for_selector(".stop")  # and the plan came anew
    assert stairs.rows(page, "plan") == 1
    stairs.forgive_the_network(console_errors)


def test_signing_out_takes_the_plan_along_and_leaves_what_waits_closed(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.context.set_offline(True)
    stairs.write(page, home, SAID)
    other = page.context.new_page()  # a page that was open before the network went is left by signing out
    page.context.set_offline(False)
    page.context.route("**/visits/sync/", lambda route: route.abort())
    page.wait_for_timeout(500)
    page.close()
    other.goto("/")
    other.locator(".phone-foot").get_by_role("button", name="退出").click()
    other.wait_for_url("**/")
    other.locator("a[href='/sign-in/']").first.wait_for()
    kept = other.evaluate(stairs.DUMP)
    assert (kept.count("row of plan"), kept.count("row of waiting"), kept.count("[key]")) == (0, 1, 0)
    other.context.unroute("**/visits/sync/")
    other.goto("/sign-in/?next=/visits/phone/")
    other.get_by_label("用户名").fill(at.member.username)
    other.get_by_label("密码", exact=True).fill(make.PASSWORD)
    other.get_by_role("button", name="登录").click()
    other.wait_for_url(re.compile("/visits/phone/"))
    stairs.arrived(other)
    assert Visit.objects.get().note == SAID
    stairs.forgive_the_network(console_errors)


def test_another_account_sees_nothing_and_delivers_nothing(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    neighbour = make.account("grid_member", make.unit("red_grid", inside=at.block))
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.context.set_offline(True)
    stairs.write(page, home, SAID)
    page.close()
    phone = page.context
    stairs.sign_in(phone, neighbour, live_server)
    phone.set_offline(False)
    page = phone.new_page()
    page.goto("/")
    for _each in range(50):  # our pages refuse the eval that waiting for a function needs
        if page.evaluate("localStorage.getItem('jiequ-visits') === null"):
            break
        page.wait_for_timeout(100)
    kept = page.evaluate(stairs.DUMP)
    assert (kept.count("row of plan"), kept.count("row of waiting"), kept.count("[key]")) == (0, 1, 0)
    page.goto(stairs.PAGE)
    page.get_by_text("还有别人写的 1 条走访").wait_for()
    assert [word for word in PLANTED if word in page.inner_text("body")] == []
    assert stairs.rows(page) == 1
    assert not Visit.objects.exists()
    stairs.sign_in(phone, at.member, live_server)
    page.goto(stairs.PAGE)
    stairs.arrived(page)
    assert Visit.objects.get().by_id == at.member.person_id
    stairs.forgive_the_network(console_errors)


def test_a_refused_visit_is_put_right_and_sent_again(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.context.set_offline(True)
    stairs.write(page, home, SAID, services=("便民服务送",))
    leave_household(home, "moved", by=SYSTEM, on=clock.today() - timedelta(days=2))
    page.context.set_offline(False)
    page.locator("#net").get_by_text("1条要改").wait_for()
    assert not Visit.objects.exists()
    page.reload()  # it survives
    page.locator("#net").click()
    page.locator("#waiting-rows").get_by_text("这一户已经不再联系，请先恢复。").wait_for()
    page.get_by_role("link", name="改一改").click()
    page.locator("#oops").get_by_text("这一户已经不再联系，请先恢复。").wait_for()
    assert page.input_value("#note") == SAID
    assert page.get_by_label("便民服务送").is_checked()
    page.fill("#on", (clock.today() - timedelta(days=3)).isoformat())
    page.get_by_role("button", name="再交一次").click()
    stairs.synced(page)
    visit = Visit.objects.get()
    assert (visit.note, visit.on, visit.services) == (SAID, clock.today() - timedelta(days=3), ["bring"])
    stairs.forgive_the_network(console_errors)


def test_what_waits_goes_only_when_its_writer_says_so_twice(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    page.context.set_offline(True)
    stairs.write(page, home, SAID)
    page.locator("#net").click()
    page.get_by_role("button", name="丢掉").click()
    page.locator("#d-drop").get_by_text(SAID).wait_for()
    page.get_by_role("button", name="留着").click()
    assert stairs.rows(page) == 1
    page.get_by_role("button", name="丢掉").click()
    page.locator("#d-drop [data-go]").click()
    page.get_by_text("这台手机上没有没同步的走访").wait_for()
    assert stairs.rows(page) == 0
    page.context.set_offline(False)
    stairs.forgive_the_network(console_errors)


def test_two_tabs_send_once(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    one = stairs.on_the_phone(open_page, at.member, live_server)
    other = stairs.opened(one.context.new_page())
    sent: list[str] = []
    for page in (one, other):
        page.on("request", lambda request: sent.append(request.post_data or "") if "/sync/" in request.url else None)
    one.context.set_offline(True)
    stairs.write(one, home, SAID)
    one.context.set_offline(False)  # both hear of it at once
    stairs.synced(one)
    other.wait_for_timeout(1000)
    assert Visit.objects.get().note == SAID
    assert len(sent) <= 1  # none where the worker was first
    stairs.forgive_the_network(console_errors)


def test_an_ended_session_is_said_and_nothing_is_lost(
    open_page: Any, live_server: Any, at: Any, home: Household, console_errors: Complaints
) -> None:
    page = stairs.on_the_phone(open_page, at.member, live_server)
    Session.objects.all().delete()
    stairs.write(page, home, SAID)
    page.locator("#n-out").get_by_text("请重新登录").wait_for()
    page.reload()  # the page that was kept opens where the server asks to sign in
    page.locator("#n-out").get_by_text("请重新登录").wait_for()
    assert page.locator(".stop").count() == 2
    stairs.sign_in(page.context, at.member, live_server)
    page.reload()
    stairs.arrived(page)
    assert Visit.objects.get().note == SAID
    stairs.forgive_the_network(console_errors)
