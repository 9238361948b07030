"""One motion, from a resident's form through the seven steps to a satisfied evaluation, in a real browser.

Residents and councillors are on a phone, the head and the chief at a desk. The clock is moved between the days.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from jiequ.core import clock
from jiequ.council.models import Meeting, Motion
from jiequ.council.views.codes import here_code
from tests import make
from tests.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def signed_in(page, who):
    page.goto("/sign-in/")
    page.get_by_label("用户名").fill(who.username)
    page.get_by_label("密码", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"/$"))
    return page


def moved(page, motion, button, *, fill=None):
    """Press a button on the motion's page, fill its form, and come back."""
    page.goto(f"/motions/{motion.pk}/")
    page.get_by_role("link", name=button, exact=True).click()
    for label, value in (fill or {}).items():
        page.get_by_label(label).first.fill(value)
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(rf"/motions/{motion.pk}/$"))


def test_a_motion_walks_the_seven_steps(open_page):
    room = make.room(councillors=3)
    resident, head, chief = open_page(PHONE), open_page(), open_page()

    # 1 collect: a resident, without an account
    resident.goto(f"/b/{room.block.code}/")
    resident.get_by_role("link", name="我想提一件事").click()
    resident.get_by_role("button", name="提交").click()
    assert "还差一句话" in resident.locator("main").inner_text()
    resident.get_by_label("您想让街区办什么事").fill("球场东侧晚上太黑，想装几盏路灯")
    resident.get_by_role("button", name="提交").click()
    resident.wait_for_url(re.compile(r"/m/"))
    secret = resident.url
    motion = Motion.objects.get()
    assert motion.number in resident.locator("main").inner_text()

    # 2 screen: the head recommends, the chief accepts
    signed_in(head, room.head)
    assert motion.title in head.locator("main").inner_text()
    moved(head, motion, "报社区审定", fill={"公开标题": "球场东侧装路灯", "审定建议": "情况属实，建议上会"})
    signed_in(chief, room.chief)
    moved(chief, motion, "受理")

    # 3 give notice
    head.goto(f"/meetings/new/?unit={room.block.code}")
    head.get_by_label("时间").fill("2021-12-06T10:00")
    head.get_by_label("地点").fill("党群服务站")
    head.get_by_label("球场东侧装路灯").check()
    head.locator("main").get_by_role("button", name="定下来").click()
    head.wait_for_url(re.compile(r"/meetings/\d+/prepare/$"))
    meeting = head.url.removesuffix("prepare/")
    head.get_by_role("link", name="检查并发公告").click()
    head.locator("main").get_by_role("button", name="发公告").click()
    head.wait_for_url(meeting)

    # 4 discuss: the councillors scan the code on the wall and sign in; without a quorum nothing is voted
    clock.move_to(make.moment("2021-12-06 10:00"))
    phones = [signed_in(open_page(PHONE), who) for who in room.councillors]
    phones[0].goto(f"{meeting}room/")
    assert "还差2人到会才能表决" in phones[0].locator("main").inner_text()
    assert "请扫会场大屏上的码签到" in phones[0].locator("main").inner_text()
    for phone in phones:
        phone.goto(f"{meeting}room/?here={here_code(Meeting.objects.get())}")
        phone.get_by_role("button", name="我到了").click()
        phone.get_by_text("您已签到").wait_for()
    head.goto(meeting)
    head.get_by_role("link", name="开会").click()
    head.locator("main").get_by_role("button", name="开会").click()
    head.wait_for_url(meeting)
    head.get_by_role("button", name=re.compile("开始讨论")).click()
    head.get_by_text("记一条发言").click()
    head.get_by_label("摘要", exact=True).fill("赞成，灯要朝下照")
    head.get_by_role("button", name="记发言").click()

    # 5 vote by name, on the phones
    head.get_by_role("button", name="用手机记名表决").click()
    for phone, choice in zip(phones, ("同意", "同意", "反对"), strict=True):
        phone.get_by_role("heading", name="请您表决").wait_for()  # the pulse brought it: nobody pressed anything
        phone.get_by_role("button", name=choice, exact=True).click()
        phone.get_by_role("dialog").get_by_role("button", name="投出这一票").click()
        phone.get_by_role("heading", name=f"您投了{choice}").wait_for()
        assert "2票" not in phone.locator("main").inner_text()
    head.goto(meeting)
    head.get_by_role("button", name="结束表决").click()
    head.get_by_role("dialog").get_by_role("button", name="结束表决").click()
    head.get_by_text("赞成2").wait_for()
    head.get_by_role("link", name="散会").click()
    head.locator("main").get_by_role("button", name="散会").click()
    head.wait_for_url(meeting)
    assert Motion.objects.get().state == "adopted"

    # 6 publicise
    moved(head, motion, "公示决议", fill={"决议": "在球场东侧装路灯八盏，12月31日前亮灯。"})
    resident.goto(f"/r/{motion.pk}/")
    assert "装路灯八盏" in resident.locator("main").inner_text()
    assert room.head.person.label not in resident.locator("body").inner_text()

    # 7 follow up: a councillor does it, residents say whether they are satisfied
    clock.move_to(clock.at(Motion.objects.get().public_until + timedelta(days=1), 9))
    head.goto(f"/motions/{motion.pk}/")
    head.get_by_role("link", name="转入跟进").click()
    head.get_by_label("负责人").select_option(str(room.councillors[0].person_id))
    head.locator("main").get_by_role("button", name="转入跟进").click()
    head.wait_for_url(re.compile(rf"/motions/{motion.pk}/$"))
    phone = phones[0]
    phone.goto("/")
    phone.get_by_role("link", name="球场东侧装路灯").first.click()
    finish_on(phone, motion)
    moved(head, motion, "请居民评价")
    resident.goto(secret)
    resident.get_by_role("link", name="去评价").click()
    resident.get_by_role("button", name="满意", exact=True).click()
    assert "谢谢您的评价" in resident.locator("main").inner_text()
    moved(head, motion, "办结")

    motion = Motion.objects.get()
    assert (motion.state, motion.round) == ("concluded", 1)
    resident.goto(secret)
    assert "全部办结" in resident.locator("main").inner_text()


def finish_on(phone, motion):
    """From wherever the to-do led: find the task and finish it with a note."""
    from jiequ.work.models import Task

    task = Task.objects.open().get(about_id=motion.pk)
    phone.goto(task.get_absolute_url())
    phone.get_by_role("link", name="办结").or_(phone.get_by_role("button", name="办结")).first.click()
    note = phone.get_by_label("办理情况")
    if note.count():
        note.fill("灯亮了")
        phone.get_by_role("button", name="办结").last.click()
    phone.wait_for_load_state()
    assert Task.objects.get(pk=task.pk).state == "done"
