"""A red grid's quarter, from the stairs: five visits without a network, a closed tab, and somebody else at the same household.

The member is on a phone whose network goes away; the head corrects one household from a desk meanwhile.
"""

from __future__ import annotations

import re

import pytest

from jiequ.cases.models import Case
from jiequ.core import clock
from jiequ.outreach.actions import edit_household
from jiequ.outreach.models import Conflict, Finding, Household, ServiceRecord, Visit, Wish
from jiequ.work.models import Task
from tests import make, stairs
from tests.conftest import PHONE
from tests.stories.test_one_motion import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MINE, THEIRS = "女儿接走了，月底回来", "住院了，月底回来"


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_five_visits_without_a_network_arrive_once_each(open_page, live_server, console_errors):
    at = make.street()
    member = make.account("member", at.grid)
    homes = stairs.planned(at.building, member=member.person)
    other = make.unit("red_grid", inside=at.block)
    foreign = make.household(other, name="外人甲", tier="week")

    # the plan is loaded: today's doors in the order of the stairs, and nobody else's
    page = open_page(PHONE)
    signed_in(page, member)
    stairs.opened(page)
    page.get_by_role("heading", name="今天去 5 户").wait_for()
    assert [door.split("\n")[0] for door in page.locator(".stop .door").all_inner_texts()] == [
        "102",
        "302",
        "405",
        "501",
        "603",
    ]
    assert foreign.label not in page.inner_text("main")

    # the network is gone; the first visit in five taps
    phone = page.context
    phone.set_offline(True)
    page.reload()
    page.get_by_role("link", name="记走访").click()
    page.get_by_label("征求意见访").check()
    page.get_by_label("便民服务送").check()
    page.get_by_role("button", name="一切都好").click()
    page.get_by_role("button", name="记好了").click()
    page.get_by_text("已记，待同步").first.wait_for()
    stairs.write(page, homes[1], "三楼楼道灯坏了三天，晚上看不清", found=("case",))
    stairs.write(page, homes[2], "想要一副老花镜", services=("扶弱济困帮",), found=("wish",))

    # the tab is closed and opened again, still without a network
    page.close()
    page = phone.new_page()
    page.goto(stairs.PAGE)
    page.get_by_text("还有 2 户").wait_for()
    page.locator("#net").get_by_text("离线·3条待同步").wait_for()
    stairs.write(page, homes[3], "家中无人")
    stairs.write(page, homes[4], "要多联系", remark=MINE)
    page.get_by_role("heading", name="今天的 5 户都记好了").wait_for()
    assert not Visit.objects.exists()

    # meanwhile somebody else changes one household
    edit_household(homes[4], by=at.head, remark=THEIRS)

    # the network is back: five visits, once each
    phone.set_offline(False)
    stairs.synced(page, 5)
    visits = {visit.household_id: visit for visit in Visit.objects.all()}
    assert (Visit.objects.count(), set(visits)) == (5, {home.pk for home in homes})
    assert {visit.by_id for visit in visits.values()} == {member.person_id}
    first = visits[homes[0].pk]
    assert (first.note, first.services, first.mode, first.on) == ("一切都好", ["ask", "bring"], "door", clock.today())
    assert (visits[homes[3].pk].was_met, visits[homes[3].pk].note) == (False, "家中无人")
    assert ServiceRecord.objects.filter(person=member.person_id, kind="visit").count() == 5
    page.reload()  # and once more changes nothing
    page.get_by_role("heading", name="今天的 5 户都记好了").wait_for()
    assert Visit.objects.count() == 5

    # a case and a wish exist, with what was written and nothing of whose it was
    case, wish = Case.objects.get(), Wish.objects.get()
    assert case.body == "三楼楼道灯坏了三天，晚上看不清"
    assert wish.household_id == homes[2].pk
    assert {finding.kind for finding in Finding.objects.exclude(became_id=None)} == {"case", "wish"}

    # both versions are shown, one is chosen, and none was lost
    assert Household.objects.get(pk=homes[4].pk).remark == THEIRS
    conflict = Conflict.objects.get()
    assert Task.objects.open().about(conflict).count() == 1
    page.locator("#net").get_by_text("1户两处同时改了").click()
    page.locator("#waiting-rows").get_by_text(f"诉求 {case.number}").wait_for()
    page.get_by_role("link", name="去选定").click()
    page.wait_for_url(re.compile(rf"/conflicts/{conflict.pk}/$"))
    text = page.locator("main").inner_text()
    assert MINE in text
    assert THEIRS in text
    page.locator("main input[type=radio][value=mine]").check(force=True)
    page.locator("main form[method=post] button.btn-primary").click()
    page.wait_for_url(re.compile(rf"/households/{homes[4].pk}/$"))
    assert Household.objects.get(pk=homes[4].pk).remark == MINE
    conflict.refresh_from_db()
    assert (conflict.settled_by_id, conflict.kept) == (member.person_id, {"remark": "mine"})
    assert not Task.objects.open().about(conflict).exists()
    stairs.forgive_the_network(console_errors)
