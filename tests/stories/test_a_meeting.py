"""A whole meeting in eight browsers at once — the secretary, the chair, five councillors' phones and the wall — and what becomes
of what it decided, up to a satisfied resident.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, timedelta

import pytest
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.council import actions
from jiequ.council.models import Ballot, Meeting, Motion, Vote
from jiequ.council.views.codes import here_code, wall_token
from tests import make
from tests.conftest import PHONE
from tests.stories.test_one_motion import finish_on, moved, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WALL = {"width": 1920, "height": 1080}


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def screen(open_page):
    """A browser that waits longer: eight of them share the machine with the server."""

    def opened(*size):
        page = open_page(*size)
        page.context.set_default_timeout(30_000)
        return page

    return opened


@pytest.fixture
def house():
    """A block with five councillors (four are a quorum) and a meeting on three motions, one of them major."""
    room = make.room(councillors=5)
    lamps = make.motion(room, state="accepted", title="球场东侧装路灯")
    market = make.motion(room, state="accepted", title="早市摆摊时间")
    court = make.motion(room, state="accepted", title="闲置草地改成球场", budget=80_000)
    meeting = actions.plan_meeting(
        room.block, by=room.head, starts_at=make.moment("2021-12-06 19:30"), place="党群服务站", motions=[lamps, market, court],
        chair=room.adviser.person, secretary=room.head.person,
    )  # fmt: skip
    actions.send_notice(meeting, by=room.head)
    clock.move_to(make.moment("2021-12-06 19:20"))
    return room, meeting


def says(page, words):
    """Wait until the page says so by itself: the pulse brings it."""
    page.get_by_text(re.compile(words)).first.wait_for()


def press(page, name, *, within="main"):
    page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def vote(phone, word):
    phone.get_by_role("heading", name="请您表决").wait_for()
    phone.get_by_role("button", name=word, exact=True).click()
    phone.get_by_role("dialog").get_by_role("button", name="投出这一票").click()


def begin(head, title):
    head.get_by_role("button", name=f"开始讨论：{title}").click()
    head.get_by_role("button", name="记录表决").wait_for()


def test_a_meeting_with_eight_screens_and_what_follows(screen, house, tmp_path, console_errors):
    room, meeting = house
    url = meeting.get_absolute_url()
    head, chair = signed_in(screen(), room.head), signed_in(screen(), room.adviser)
    phones = [signed_in(screen(PHONE), who) for who in room.councillors]
    wall = screen(WALL)
    wall.goto(reverse("meeting-wall", args=[wall_token(meeting)]))
    says(wall, "还差4人")
    head.goto(url)
    chair.goto(url)

    # four scan the code on the wall, the secretary signs the fifth in
    for phone in phones[:4]:
        phone.goto(f"{url}room/?here={here_code(meeting)}")
        press(phone, "我到了")
        says(phone, "您已签到")
    says(wall, "可以表决")
    head.goto(url)
    head.get_by_role("button", name=re.compile(r"登记到会：.*，第7位")).click()
    head.get_by_role("button", name=re.compile(r"登记离会：.*，第7位")).wait_for()
    phones[4].goto(f"{url}room/")
    says(phones[4], "您已签到")

    # one asks to speak, the chair gives the floor
    head.get_by_role("link", name="开会").click()
    press(head, "开会")
    begin(head, "球场东侧装路灯")
    says(wall, "球场东侧装路灯")
    press(phones[0], "我要发言")
    says(phones[0], "您排第1")
    chair.goto(url)
    chair.get_by_role("button", name=re.compile("请.*发言")).click()
    says(phones[0], "请您发言")
    says(wall, "在发言")
    chair.get_by_label("摘要", exact=True).first.fill("灯要朝下照，别晃眼")
    press(chair, "发言结束")

    # two leave: the quorum is lost at once, on every screen; nothing can be voted; one comes back
    for phone in phones[:2]:
        press(phone, "我要离会")
        phone.get_by_role("dialog").get_by_role("button", name="我要离会").click()
        phone.get_by_role("button", name="我要离会").wait_for(state="detached")
    says(wall, "还差1人")
    says(phones[2], "还差1人到会才能表决")
    head.goto(url)
    says(head, "还差1人到会才能表决")
    assert head.get_by_role("button", name="记录表决").count() == 0
    for phone in phones[:2]:
        phone.goto(f"{url}room/?here={here_code(meeting)}")
        press(phone, "我到了")
        phone.get_by_role("button", name="我要离会").wait_for()
    says(wall, "可以表决")

    # first vote: hands, four taps of the secretary
    head.goto(url)
    head.get_by_label("赞成", exact=True).fill("4")
    head.get_by_label("反对", exact=True).fill("1")
    press(head, "记录表决")
    says(head, "赞成4，反对1，弃权0")
    says(wall, "需3票")
    assert "通过" in wall.locator("main").inner_text()

    # second vote: one stays out, the others vote by name; one of them in a dead corner
    begin(head, "早市摆摊时间")
    # its title stands under 下一项 before its turn comes, and that page's recusal is of the item before
    phones[4].get_by_role("heading", level=1, name="早市摆摊时间").wait_for()
    phones[4].get_by_text("我要回避", exact=True).click()
    phones[4].get_by_label("与近亲属有利害关系").check()
    press(phones[4], "这一项我回避")
    says(phones[4], "已回避")
    head.goto(url)
    press(head, "用手机记名表决")
    for phone in phones[:3]:
        vote(phone, "同意")
        phone.get_by_role("heading", name="您投了同意").wait_for()
    says(wall, "4人已投")
    wall.locator("[data-cast]", has_text="3").wait_for()
    for page in (wall, head, chair, *phones):
        shown = page.locator("main").inner_text()
        assert not re.search(r"赞成\s*3|3\s*人同意(?!即)", shown), shown  # nobody sees a tally
    phones[3].get_by_role("heading", name="请您表决").wait_for()
    phones[3].context.set_offline(True)
    phones[3].get_by_role("button", name="反对", exact=True).click()
    phones[3].get_by_role("dialog").get_by_role("button", name="投出这一票").click()
    says(phones[3], "还没送到")
    assert Vote.objects.count() == 5 + 3  # the show of hands, and three by name
    phones[3].context.set_offline(False)
    phones[3].get_by_role("heading", name="您投了反对").wait_for()
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in console_errors)
    console_errors.clear()  # the browser notes each fetch that failed
    head.goto(url)
    press(head, "结束表决")
    head.get_by_role("dialog").get_by_role("button", name="结束表决").click()
    says(head, "赞成3，反对1，弃权0")

    # third vote: secret, and a major matter that needs two thirds
    begin(head, "闲置草地改成球场")
    press(head, "用手机无记名表决")
    for phone, word in zip(phones, ("同意", "同意", "同意", "同意", "弃权"), strict=True):
        vote(phone, word)
        says(phone, "您已投出|已投出")
        assert f"您投了{word}" not in phone.locator("main").inner_text()
    head.goto(url)
    press(head, "结束表决")
    head.get_by_role("dialog").get_by_role("button", name="结束表决").click()
    says(head, "赞成4，反对0，弃权1")
    secret = Ballot.objects.get(kind="secret")
    assert set(secret.votes.values_list("choice", flat=True)) == {""}

    # close, and the minutes leave the house
    head.goto(url)
    head.get_by_role("link", name="散会").click()
    press(head, "散会")
    head.wait_for_url(re.compile(rf"{url}$"))
    says(wall, "散会，谢谢大家")
    head.get_by_role("link", name="会议记录").click()
    press(head, "定稿")
    head.get_by_role("dialog").get_by_role("button", name="定稿").click()
    says(head, "已定稿")
    with head.expect_download() as download:
        press(head, "Word")
    file = tmp_path / "minutes.docx"
    download.value.save_as(file)
    words = read_elsewhere(file, tmp_path)
    for said in ("球场东侧装路灯", "灯要朝下照，别晃眼", "早市摆摊时间", "回避", "无记名"):
        assert said in words, said
    phones[0].goto(f"{url}minutes/")
    press(phones[0], "确认")
    says(phones[0], "您已确认")

    follow(screen, room, head, phones)


def follow(screen, room, head, phones):
    """The resolution on the lamps: public, objected to, carried out, accepted, and a resident is satisfied."""
    motion = Motion.objects.get(title="球场东侧装路灯")
    resident = screen(PHONE)
    moved(head, motion, "公示决议", fill={"决议": "在球场东侧装路灯八盏，12月31日前亮灯。"})
    resident.goto(f"/r/{motion.pk}/")
    resident.get_by_role("link", name="我有不同意见").click()
    resident.get_by_label("您不同意什么").fill("灯不要装在我窗口对面")
    press(resident, "提交意见", within="body")
    says(resident, "收到了")
    head.goto(f"/motions/{motion.pk}/objections/")
    head.get_by_label("答复").fill("灯装在球场一侧，灯罩朝下，已到现场看过。")
    press(head, "答复")
    says(head, "已答复")
    clock.move_to(clock.at(Motion.objects.get(pk=motion.pk).public_until + timedelta(days=1), 9))
    resident.goto(f"/r/{motion.pk}/")
    says(resident, "灯罩朝下")
    head.goto(f"/motions/{motion.pk}/")
    head.get_by_role("link", name="转入跟进").click()
    head.get_by_label("负责人").select_option(str(room.councillors[0].person_id))
    head.get_by_label("监督人").select_option(str(room.councillors[1].person_id))
    press(head, "转入跟进")
    head.wait_for_url(re.compile(rf"/motions/{motion.pk}/$"))
    finish_on(phones[0], motion)
    phones[1].goto(f"/motions/{motion.pk}/")
    phones[1].get_by_role("button", name=re.compile("^验收：")).click()
    says(phones[1], "月.*验收")
    moved(head, motion, "请居民评价")
    resident.goto(f"/r/{motion.pk}/")
    resident.get_by_role("button", name="满意", exact=True).click()
    says(resident, "谢谢您的评价")
    moved(head, motion, "办结")
    assert Motion.objects.get(pk=motion.pk).state == "concluded"
    december = Period(date(2021, 12, 1), date(2021, 12, 31))
    assert Meeting.objects.held(december).count() == 1


def read_elsewhere(file, folder) -> str:
    """The words of a Word file as another program reads them."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice: sudo apt-get install -y libreoffice-writer-nogui")
    convert = [
        office,
        "--headless",
        f"-env:UserInstallation=file://{folder}/profile",
        "--convert-to",
        "txt:Text (encoded):UTF8",
    ]
    subprocess.run([*convert, "--outdir", str(folder), str(file)], check=True, capture_output=True, timeout=120)
    return (folder / f"{file.stem}.txt").read_text(encoding="utf-8-sig")
