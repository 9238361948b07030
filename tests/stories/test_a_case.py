"""One case, from the code on a wall to a satisfied complainant, in a real browser.

The resident is on a phone whose network goes away; the head and the chief are at a desk, the department's worker on a phone
without any post. The clock is moved between the days.
"""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from jiequ.cases.models import Case, CasePhoto, DutyLine, ScanPoint
from jiequ.core import clock
from jiequ.core.files import fetch
from jiequ.work.models import Task
from tests import make
from tests.conftest import PHONE
from tests.stories.test_one_motion import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORDS = "三楼楼道灯坏了三天，晚上看不清"


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def photo_with_a_position():
    """A photo as a phone makes it: it says where it was taken."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "某牌手机"
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 43.0, 12.0), 3: "E", 4: (114.0, 4.0, 30.0)})
    Image.effect_noise((1200, 900), 90).convert("RGB").save(made, "JPEG", quality=95, exif=exif)
    assert Image.open(io.BytesIO(made.getvalue())).getexif().get_ifd(0x8825)
    return {"name": "灯.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def done(page, case, button, *, fill=None, choose=()):
    """Press a button on the case's page, fill its form, and come back."""
    page.goto(f"/cases/{case.pk}/")
    link = page.locator("main").get_by_role("link", name=button, exact=True)
    if not link.first.is_visible():
        page.locator("main details.menu > summary").first.click()
    link.first.click()
    for label in choose:
        page.locator("main").get_by_label(label).first.check()
    for label, value in (fill or {}).items():
        page.locator("main").get_by_label(label).first.fill(value)
    page.locator("main form[method=post] button.btn-primary").click()
    page.wait_for_url(re.compile(rf"/cases/{case.pk}/$"))


def says(page, *words):
    text = page.locator("main").inner_text()
    return [word for word in words if word not in text]


def test_a_resident_scans_and_follows_the_case_to_its_end(open_page, console_errors):
    at = make.street()
    foreign = make.account("head", make.unit("block", inside=at.community))
    DutyLine.objects.create(unit=at.root, category=at.category, handler=at.department, starts_on=clock.today())
    ScanPoint.objects.create(unit=at.building, code="abc23456", issued_at=clock.now())
    resident, head, chief, worker = open_page(PHONE), open_page(), open_page(), open_page(PHONE)

    # 收集: scanned, written, sent without network; the tab is closed and opened again before anything was sent
    resident.goto("/scan/abc23456/")
    assert at.building.name in resident.locator("body").inner_text()
    resident.evaluate("navigator.serviceWorker.ready")
    resident.locator("textarea").first.fill(WORDS)
    resident.set_input_files("#id_photos", [photo_with_a_position()])
    resident.wait_for_selector("ul.photos img")
    resident.wait_for_timeout(500)
    phone = resident.context
    phone.set_offline(True)
    resident.locator(".dock button").click()
    resident.wait_for_selector("[data-part=queued]:not([hidden])")
    resident.close()
    assert not Case.objects.exists()
    phone.set_offline(False)
    resident = phone.new_page()
    resident.goto("/scan/abc23456/")
    resident.wait_for_selector("[data-part=sent]:not([hidden])")
    console_errors.clear()  # the network that was away
    case = Case.objects.select_related("unit", "block", "building").get()
    assert (case.unit, case.block, case.building) == (at.grid, at.block, at.building)
    resident.locator("[data-part=sent] a").first.click()
    resident.wait_for_url(re.compile(r"/c/"))
    secret = resident.url.split("/c/")[1].split("/")[0]
    assert case.short_number in resident.locator("body").inner_text()
    kept = Image.open(io.BytesIO(fetch(CasePhoto.objects.get().pk, "cases_casephoto.file")))
    assert not dict(kept.getexif()) and "exif" not in kept.info

    # 分拨: the head takes it in and gives it to the department that the duty list names, in one press
    signed_in(head, at.head)
    assert says(head, case.short_number) == []  # on the workbench
    head.goto(f"/cases/{case.pk}/")
    assert says(head, WORDS) == []
    head.get_by_role("button", name=re.compile(at.department.name)).click()
    head.wait_for_url(re.compile(rf"/cases/{case.pk}/$"))
    head.locator("main").get_by_text("待签收").first.wait_for()
    case.refresh_from_db()
    assert (case.state, case.lead, case.holder_id) == ("dispatched", at.department, at.worker.person_id)

    # each sees only their part
    stranger = open_page()
    signed_in(stranger, foreign)
    stranger.goto(f"/cases/{case.pk}/")
    assert WORDS not in stranger.locator("body").inner_text()
    assert "没有" in stranger.locator("body").inner_text() or "找不到" in stranger.locator("body").inner_text()
    console_errors.clear()  # the page that is not theirs answers 404

    # 办理: the worker signs for it, speaks with the resident, and whistles
    signed_in(worker, at.worker)
    worker.goto("/cases/")
    assert says(worker, case.title) == []
    worker.goto(f"/cases/{case.pk}/")
    worker.locator("main").get_by_role("button", name="签收").click()
    worker.locator("main").get_by_text("办理中").first.wait_for()
    assert Case.objects.get().state == "working"
    done(worker, case, "告知进展", fill={"告诉诉求人": "明天上午来换灯"})
    resident.goto(f"/c/{secret}/")
    assert says(resident, "明天上午来换灯") == []
    done(head, case, "改派", choose=[at.own.name], fill={"为什么改派": "就近由街区办"})
    head.goto(f"/cases/{case.pk}/")
    head.locator("main").get_by_role("button", name="签收").click()
    head.locator("main").get_by_text("办理中").first.wait_for()
    done(head, case, "吹哨", fill={"需要上级帮什么": "请协调供电"})
    assert Case.objects.get().state == "escalated"
    signed_in(chief, at.chief)
    done(chief, case, "回应吹哨", fill={"怎么支持": "已联系供电所，明天派人"})

    # answered, and not good enough
    clock.move_to(make.moment("2021-12-03 10:00"))
    done(head, case, "答复办结", fill={"办理结果": "灯已换好"})
    resident.goto(f"/c/{secret}/")
    assert says(resident, "灯已换好") == []
    resident.get_by_label("不满意", exact=True).check()
    resident.get_by_role("button", name="提交评价").click()
    resident.get_by_text("您的评价：不满意").wait_for()
    case.refresh_from_db()
    assert (case.state, case.reopened, case.solved_at) == ("working", 1, None)
    assert Task.objects.open().about(case).filter(verb="cases.handle").count() == 1

    # done again, solved, and rated 满意
    clock.move_to(make.moment("2021-12-06 15:00"))
    done(head, case, "答复办结", fill={"办理结果": "换了整套灯座，三楼到五楼都亮了"})
    resident.goto(f"/c/{secret}/")
    resident.get_by_label("满意", exact=True).check()
    resident.get_by_role("button", name="提交评价").click()
    resident.get_by_text("您评价了").first.wait_for()
    case.refresh_from_db()
    assert (case.state, case.score, case.solved_at) == ("archived", "satisfied", clock.now())
    assert not Task.objects.open().about(case).exists()
    resident.goto(f"/c/{secret}/")
    assert says(resident, "满意") == []
