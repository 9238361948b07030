"""The screens of the visits' page on a narrow phone: no barrier, nothing that scrolls sideways, nothing too small to touch, in light,
dark and big words; and what it does where a browser can not encrypt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from jiequ.core import clock
from jiequ.outreach.models import Visit
from tests import make, stairs
from tests.browser.test_every_page import AXE, SMALL, WIDE
from tests.conftest import NARROW, Complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
LONG = "欧阳上官司马诸葛建国"


@pytest.fixture
def member(transactional_db: None, live_server: Any) -> Iterator[Any]:
    with clock.stand_at(make.WEDNESDAY):
        at = make.street()
        made = make.account("member", at.grid)
        make.household(
            at.building, name=LONG, room="东座19楼1907甲单元", remark="上午多半在公园，" * 8, tier="week", member=made.person
        )  # fmt: skip
        stairs.planned(at.building, rooms=("102", "302"))  # they wait for the grid: without room and remark
        yield made


def wrong(page: Any, least: int) -> list[str]:
    found = [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in Axe().run(page, options=AXE).response["violations"]
    ]
    return found + page.evaluate(WIDE) + page.evaluate(SMALL, least)


@pytest.mark.parametrize(("scheme", "view"), [("light", "plain"), ("dark", "plain"), ("light", "elder")])
def test_every_screen_is_open_to_everybody(
    open_page: Any, live_server: Any, member: Any, console_errors: Complaints, scheme: str, view: str
) -> None:
    page = open_page(NARROW, reduced_motion="reduce", color_scheme=scheme)
    stairs.sign_in(page.context, member, live_server)
    if view == "elder":
        page.goto("/look/?view=elder&next=/")
    stairs.opened(page)
    least = 44
    found = {"plan": wrong(page, least)}
    page.get_by_role("button", name="带上电话").click()
    found["take"] = wrong(page, least)
    page.locator("#d-take [data-go]").click()
    page.get_by_text(LONG).first.wait_for()
    page.context.set_offline(True)
    page.locator(".stop").first.click()
    page.locator("#visit [name=found]").first.check()
    page.locator("#more > summary").click()
    found["record"] = wrong(page, least)
    page.locator("#note").fill("楼道灯坏了")
    page.get_by_role("button", name="记好了").click()
    page.wait_for_selector("#s-plan:not([hidden])")
    found["after"] = wrong(page, least)
    page.locator("#net").click()
    page.wait_for_selector("#s-waiting:not([hidden])")
    found["waiting"] = wrong(page, least)
    page.get_by_role("button", name="丢掉").click()
    found["drop"] = wrong(page, least)
    assert {screen: faults for screen, faults in found.items() if faults} == {}
    stairs.forgive_the_network(console_errors)


def test_by_the_keyboard_alone(open_page: Any, live_server: Any, member: Any) -> None:
    page = stairs.on_the_phone(open_page, member, live_server)
    page.locator(".stop.next").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#s-record:not([hidden])")
    page.get_by_label("政策宣传讲").focus()
    page.keyboard.press("Space")
    page.locator("#save").focus()
    page.keyboard.press("Enter")
    stairs.synced(page)
    assert Visit.objects.get().services == ["tell"]


def test_where_a_browser_can_not_encrypt_nothing_is_kept(open_page: Any, live_server: Any, member: Any) -> None:
    page = open_page(NARROW)
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    stairs.sign_in(page.context, member, live_server)
    page.goto(stairs.PAGE)
    page.wait_for_selector(".stop")
    page.locator("#n-http").get_by_text("不是加密连接").wait_for()
    page.get_by_role("link", name="记走访").click()
    page.locator("#note").fill("说想要一副老花镜")
    page.get_by_role("button", name="记好了").click()
    stairs.synced(page)
    assert Visit.objects.get().note == "说想要一副老花镜"
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert page.evaluate("localStorage.length") == 0
