"""The phone in the room and the wall, live: what the pulse brings, a network that goes and comes back, and no barrier in any state."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.models import Meeting, Motion
from jiequ.council.views.codes import here_code, wall_token
from tests import make
from tests.browser.test_every_page import AXE, SMALL, WIDE, barriers
from tests.conftest import NARROW, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _wednesday():
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def phone(open_page: Any, live_server: Any) -> Any:
    """A councillor's phone: phone(account, …)."""

    def opened(who: Any, viewport: Any = PHONE, **options: Any) -> Any:
        client = Client()
        client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
        page = open_page(viewport, reduced_motion="reduce", **options)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        return page

    return opened


def sitting(present: int = 7) -> tuple[make.Room, Meeting, Any]:
    room = make.room()
    meeting = make.meeting(
        room, make.motion(room, state="accepted"), make.motion(room, state="accepted", title="修长凳"), present=present
    )
    return room, meeting, make.item(meeting, opened_by=room.head)


def choose(page: Any, word: str) -> None:
    page.get_by_role("button", name=word, exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="投出这一票").click()


def test_the_pulse_brings_the_vote_its_count_and_its_end_to_phone_and_wall(phone, open_page):
    room, meeting, item = sitting()
    page, wall = phone(room.councillors[0]), open_page({"width": 1920, "height": 1080})
    page.goto(f"/meetings/{meeting.pk}/room/")
    wall.goto(f"/wall/{wall_token(meeting)}/")
    ballot = actions.open_ballot(item, by=room.head)
    page.get_by_role("heading", name="请您表决").wait_for()
    wall.get_by_text("请在手机上表决").wait_for()
    for who in room.councillors[1:4]:
        actions.cast_vote(ballot, by=who, choice="yes")
    page.locator("h2", has_text="3 / 7人已投").wait_for()
    wall.locator(".clock", has_text="3 / 7人已投").wait_for()
    choose(page, "反对")
    page.get_by_role("heading", name="您投了反对").wait_for()
    for who in room.councillors[4:7]:
        actions.cast_vote(ballot, by=who, choice="yes")
    actions.close_ballot(ballot, by=room.head)
    page.get_by_role("heading", name="通过").wait_for()
    wall.get_by_text("6人同意，1人反对").wait_for()


def test_a_vote_pressed_without_network_arrives_when_it_is_back(phone, console_errors):
    room, meeting, item = sitting()
    ballot = actions.open_ballot(item, by=room.head)
    page = phone(room.councillors[0])
    page.goto(f"/meetings/{meeting.pk}/room/")
    page.context.set_offline(True)
    choose(page, "同意")
    page.get_by_text("您的一票还没送到").wait_for()
    page.get_by_text("没有网络，画面停在").wait_for()
    assert ballot.votes.count() == 0
    page.context.set_offline(False)
    page.get_by_role("heading", name="您投了同意").wait_for()
    assert [v.person_id for v in ballot.votes.all()] == [room.councillors[0].person_id]
    for told in ("#net", "#unsent"):  # the pulse may bring the vote before its own answer is read
        page.locator(told).wait_for(state="hidden")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    console_errors.clear()  # the browser notes each fetch that failed


def test_a_vote_that_comes_after_the_close_says_that_it_does_not_count(phone, console_errors):
    room, meeting, item = sitting()
    ballot = actions.open_ballot(item, by=room.head)
    page = phone(room.councillors[0])
    page.goto(f"/meetings/{meeting.pk}/room/")
    page.context.set_offline(True)
    choose(page, "反对")
    page.get_by_text("您的一票还没送到").wait_for()
    actions.close_ballot(ballot, by=room.head)
    page.context.set_offline(False)
    page.get_by_text("这一票没有计入").wait_for()
    page.get_by_role("heading", name="未通过").wait_for()
    assert ballot.votes.get(person=room.councillors[0].person).choice == "abstain"
    console_errors.clear()


def test_what_is_open_stays_open_when_the_page_is_redrawn(phone):
    room, meeting, item = sitting()
    page = phone(room.councillors[0])
    page.goto(f"/meetings/{meeting.pk}/room/")
    page.locator("#recuse summary").click()
    page.get_by_label("与近亲属有利害关系").check()
    actions.ask_to_speak(item, by=room.councillors[1])
    page.get_by_text("后面1人").wait_for()
    assert page.get_by_label("与近亲属有利害关系").is_checked()
    ballot = actions.open_ballot(item, by=room.head)
    page.get_by_role("button", name="弃权", exact=True).click()
    actions.leave_meeting(meeting, room.councillors[6].person, by=room.councillors[6])
    page.locator("h2", has_text="/ 6人").wait_for(state="attached")
    page.get_by_role("dialog").get_by_role("button", name="投出这一票").click()
    page.get_by_role("heading", name="您投了弃权").wait_for()
    assert ballot.votes.count() == 1


def test_everything_works_without_scripts(phone):
    room, meeting, item = sitting(present=6)
    page = phone(room.councillors[8], java_script_enabled=False)
    page.goto(f"/meetings/{meeting.pk}/room/?here={here_code(meeting)}")
    page.get_by_role("button", name="我到了").click()
    page.get_by_role("button", name="我要发言").click()
    page.get_by_role("button", name="收回发言").click()
    actions.open_ballot(item, by=room.head)
    page.reload()
    page.get_by_role("button", name="同意", exact=True).click()
    page.get_by_role("button", name="投出这一票").click()
    assert page.get_by_role("heading", name="您投了同意").is_visible()


def test_no_state_has_a_barrier_light_dark_narrow_or_elder(phone, open_page, live_server):
    room, meeting, item = sitting()
    Motion.objects.filter(pk=item.motion_id).update(title="请" * 60, is_major=True, place="3栋西侧", budget=360000)
    wrong: list[str] = []
    light = phone(room.councillors[0], NARROW, has_touch=True, is_mobile=True, color_scheme="light")
    elder = phone(room.councillors[1], NARROW, color_scheme="dark")
    elder.context.add_cookies([{"name": "view", "value": "elder", "url": live_server.url}])
    wall = open_page({"width": 1920, "height": 1080})

    def look(state: str) -> None:
        for name, page, least in (("light", light, 44), ("elder", elder, 60)):
            page.goto(f"/meetings/{meeting.pk}/room/")
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            found = [*barriers(page, AXE), *page.evaluate(WIDE), *page.evaluate(SMALL, least)]
            wrong.extend(f"{state}, {name}: {each}" for each in found)
        wall.goto(f"/wall/{wall_token(meeting)}/")
        wrong.extend(f"{state}, wall: {each}" for each in [*barriers(wall, AXE), *wall.evaluate(TINY)])
        wall.set_viewport_size(NARROW)  # somebody looks at it on a phone
        wrong.extend(f"{state}, wall on a phone: {each}" for each in [*barriers(wall, AXE), *wall.evaluate(WIDE)])
        wall.set_viewport_size({"width": 1920, "height": 1080})

    actions.give_floor(actions.ask_to_speak(item, by=room.councillors[2]), by=room.head)
    actions.ask_to_speak(item, by=room.councillors[0])
    look("discussing")
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=room.councillors[1], choice="yes")
    look("voting")
    light.get_by_role("button", name="同意", exact=True).first.click()
    wrong += [f"sheet: {each}" for each in barriers(light, AXE)]
    actions.close_ballot(ballot, by=room.head)
    look("decided")
    actions.close_meeting(meeting, by=room.head)
    look("closed")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


#: Words on the wall that are smaller than 28 px, and what reaches below its foot.
TINY = """() => {
  const words = [...document.querySelectorAll(".wall *")].filter((e) => !e.closest(".vh, svg, [hidden]") &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const foot = document.querySelector("footer").getBoundingClientRect().top;
  return [
    ...words.filter((e) => parseFloat(getComputedStyle(e).fontSize) < 28).map((e) => `small: ${e.outerHTML.slice(0, 90)}`),
    ...words.filter((e) => !e.closest("footer") && e.getBoundingClientRect().bottom > foot).map((e) => `below: ${e.outerHTML.slice(0, 90)}`),
  ];
}"""
