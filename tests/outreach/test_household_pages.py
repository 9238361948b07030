"""The pages of households: masked, narrowed by the address, the same cost for one and for three, nothing for strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.permission import SYSTEM
from jiequ.outreach import actions
from jiequ.outreach.models import Consent, Household, HouseholdReveal, OutreachRule
from jiequ.people.actions import assign_building, report_member
from tests import make

pytestmark = pytest.mark.django_db
HOSTILE = ("<script>alert(1)</script>", "王\x00小\x07明", "🙂" * 5, "' OR 1=1 --", "王" * 41, "\u202e王明", "{{ 7*7 }}")


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def worker(client: Any, at: make.Street) -> Any:
    """The grid's own worker."""
    client.force_login(at.member)
    return client


@pytest.fixture
def household(at: make.Street) -> Household:
    return make.household(at.building, name="王小明", phone="13800138000", room="302室", remark="腿脚不便")


def do(client: Any, household: Household, what: str, **typed: Any) -> Any:
    return client.post(reverse("household-do", args=[household.pk, what]), typed)


def page(client: Any, name: str, *args: Any, query: str = "") -> str:
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200, (name, query, answer.status_code)
    return str(answer.content.decode())


def cost(client: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len([q for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]])


def test_list_and_page_are_masked(worker: Any, household: Household) -> None:
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    shown = page(worker, "households") + page(worker, "household", household.pk)
    assert "王*" in shown and "138****8000" in shown
    for word in ("王小明", "13800138000", "302", "腿脚不便", "残疾人"):
        assert word not in shown, word
    assert "1类，已隐去" in shown


def test_who_contacts_it_reads_remark_and_plain_categories_and_no_sensitive_one(
    client: Any, at: make.Street, household: Household
) -> None:
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    actions.classify_household(household, make.household_category("alone"), by=SYSTEM)
    who = make.account("member", at.grid)
    member = report_member(who.person, at.grid, by=SYSTEM, source="community", home_organisation="某支部")
    client.force_login(who)
    assert "独居老人" not in page(client, "household", household.pk)
    assign_building(member, at.building, by=SYSTEM)  # whoever contracts the building contacts it
    shown = page(client, "household", household.pk)
    assert "独居老人" in shown and "腿脚不便" in shown and "残疾人" not in shown
    actions.assign_household(household, at.member.person, by=SYSTEM)  # unless somebody else does by arrangement
    assert "独居老人" not in page(client, "household", household.pk)


def test_a_list_is_narrowed_by_its_address(worker: Any, at: make.Street, household: Household) -> None:
    weekly = make.household(at.grid, name="李小明", tier="week")
    silent = make.household(at.grid, name="赵小明", agreed=False)
    shop = make.household(at.building, name="便民超市", kind="enterprise", tier="")
    actions.classify_household(weekly, make.household_category("alone"), by=SYSTEM)
    Household.objects.filter(pk=weekly.pk).update(next_due_on=make.WEDNESDAY.date().replace(month=11))
    gone = make.household(at.grid, name="周小明")
    actions.leave_household(gone, "moved", by=SYSTEM)
    labels = {h.pk: h.label for h in (household, weekly, silent, shop, gone)}

    def found(query: str) -> set[str]:
        shown = page(worker, "households", query=query)
        return {label for pk, label in labels.items() if reverse("household", args=[pk]) in shown}

    assert found("") == {"王*", "李*", "赵*", "便民超市"}
    assert found("?view=late") == {"李*"}
    assert found("?view=left") == {"周*"}
    assert found("?tier=week") == {"李*"}
    assert found("?tier=none") == {"便民超市"}
    assert found("?kind=enterprise") == {"便民超市"}
    assert found(f"?unit={at.building.code}") == {"王*", "便民超市"}
    assert found("?category=alone") == {"李*"}
    assert found("?category=disabled") == {"王*", "李*", "赵*", "便民超市"}, "no filter tells a sensitive category"
    assert found("?consent=no") == {"赵*"}
    assert found("?view=nonsense&tier=x&kind=%41&before=x~y&category=%27") == {"王*", "李*", "赵*", "便民超市"}
    actions.assign_household(household, at.member.person, by=SYSTEM)
    assert found("?view=mine") == {"王*"}


def test_a_page_costs_the_same_with_one_household_and_with_three(
    worker: Any, at: make.Street, household: Household
) -> None:
    actions.assign_household(household, at.member.person, by=SYSTEM)
    one = household.pk

    def furnish(each: Household) -> None:
        actions.classify_household(each, make.household_category("alone"), by=SYSTEM)
        for _ in range(2):
            actions.record_visit(each, by=at.member, findings=[{"kind": "case", "words": "灯坏了"}])
        actions.draft_wish(at.block, by=at.head, words="想要", title="一副老花镜", household=each)

    furnish(household)
    lists = [reverse("households") + query for query in ("", "?view=late", f"?unit={at.grid.code}", "?category=alone")]
    before = [cost(worker, address) for address in lists]
    alone = cost(worker, reverse("household", args=[one]))
    for _ in range(3):
        furnish(make.household(at.building))
        actions.record_visit(household, by=at.member)
    assert [cost(worker, address) for address in lists] == before
    assert cost(worker, reverse("household", args=[one])) == alone
    assert max(before) <= 10 and alone <= 12


def test_the_next_page_goes_on_where_the_first_ended(worker: Any, at: make.Street) -> None:
    made = [make.household(at.grid, tier="week") for _ in range(52)]
    seen: set[int] = set()
    for view in ("", "?view=due"):
        answer = worker.get(reverse("households") + view)
        first = answer.context["page"]
        second = worker.get(first.older).context["page"]
        seen = {h.pk for h in (*first.rows, *second.rows)}
        assert (len(first.rows), len(second.rows), second.older) == (50, 2, "")
        assert seen == {h.pk for h in made}


def test_a_stranger_grid_sees_nothing(client: Any, at: make.Street, household: Household) -> None:
    other = make.unit("red_grid", inside=at.block)
    client.force_login(make.account("grid_member", other))
    assert "王*" not in page(client, "households") + page(client, "households", query=f"?unit={at.grid.code}")
    for name in ("household", "household-reveal", "household-held", "household-erase"):
        assert client.get(reverse(name, args=[household.pk])).status_code == 404
    assert do(client, household, "tier", tier="week").status_code == 404
    consent = household.consents.get()
    assert client.post(reverse("consent-withdraw", args=[consent.pk])).status_code == 404
    assert Consent.objects.get().withdrawn_on is None


def test_registering_asks_once_and_keeps_what_was_typed(worker: Any, at: make.Street) -> None:
    address = reverse("household-new") + f"?unit={at.building.code}"
    shown = worker.get(address).content.decode()
    assert f'value="{at.building.pk}" selected' in shown and "为了能定期联系" in shown
    typed = {"kind": "household", "name": "王小明", "room": "302", "phone": "12", "building": at.building.pk}
    answer = worker.post(address, typed)
    assert (
        answer.status_code == 422
        and "电话不对" in answer.content.decode()
        and 'value="王小明"' in answer.content.decode()
    )
    answer = worker.post(address, {**typed, "phone": "13800138000", "given_by": "self", "tier": "month"})
    made = Household.objects.get()
    assert answer.url == made.get_absolute_url()
    assert (made.building, made.unit, made.consents.count()) == (at.building, at.grid, 1)
    assert worker.post(address, typed | {"phone": ""}).status_code == 422, "entered already"


def test_the_office_chooses_a_grid_first(client: Any, at: make.Street) -> None:
    make.unit("red_grid", inside=at.block)
    client.force_login(at.office)
    assert "登记到哪个网格" in page(client, "household-new")
    assert at.grid.name in page(client, "household-new", query=f"?unit={at.grid.code}")


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stand_as_text_or_are_refused(
    worker: Any, at: make.Street, household: Household, words: str
) -> None:
    typed = {"kind": "household", "name": words, "room": words, "remark": words}
    answer = worker.post(reverse("household-new") + f"?unit={at.grid.code}", typed)
    assert answer.status_code in (302, 422)
    answer = do(worker, household, "edit", remark=words, version=1)
    assert answer.status_code in (302, 422)
    actions.assign_household(household, at.member.person, by=SYSTEM)
    for pk in Household.objects.values_list("pk", flat=True):
        shown = page(worker, "household", pk)
        assert "<script>alert" not in shown and "\x00" not in shown
    assert worker.get(reverse("households"), {"unit": words}).status_code in (400, 404)
    reason = worker.post(reverse("household-reveal", args=[household.pk]), {"field": "phone", "reason": words})
    assert reason.status_code in (200, 422) and "<script>alert" not in reason.content.decode()


def test_two_who_edit_at_once_do_not_overwrite_each_other(worker: Any, household: Household) -> None:
    assert do(worker, household, "edit", phone="13911112222", version=1).status_code == 302
    answer = do(worker, household, "edit", phone="13733334444", version=1)
    shown = answer.content.decode()
    assert answer.status_code == 422 and "刚刚有人改过" in shown and "13733334444" in shown
    assert 'name="version" value="2"' in shown, "pressing again is meant now"
    assert Household.objects.get(pk=household.pk).phone == "13911112222"
    assert do(worker, household, "edit", phone="13733334444", version=2).status_code == 302


def test_what_is_revealed_stands_on_one_answer_that_nobody_keeps(worker: Any, household: Household) -> None:
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    address = reverse("household-reveal", args=[household.pk])
    answer = worker.post(address, {"field": "phone", "reason": "上门前约时间"})
    assert "13800138000" in answer.content.decode() and "no-store" in answer["Cache-Control"]
    assert "残疾人" in worker.post(address, {"field": "category", "reason": "上门前约时间"}).content.decode()
    assert HouseholdReveal.objects.count() == 2
    assert worker.post(address, {"field": "phone", "reason": "看"}).status_code == 422
    assert worker.post(address, {"field": "door_index", "reason": "上门前约时间"}).status_code == 422
    assert "13800138000" not in page(worker, "household", household.pk)


def test_each_form_does_its_act(worker: Any, at: make.Street, household: Household) -> None:
    category = make.household_category("disabled")
    assert do(worker, household, "tier", tier="week").status_code == 302
    assert do(worker, household, "classify", category=category.pk).status_code == 422
    assert (
        do(worker, household, "classify", category=category.pk, given_by="self", given_on="2021-12-01").status_code
        == 302
    )
    row = household.classifications.get()
    assert worker.post(reverse("classification-end", args=[row.pk])).status_code == 302
    assert household.classifications.count() == 0
    assert do(worker, household, "edit", clear=["remark"], version=2).status_code == 302
    for consent in household.consents.all():
        assert worker.post(reverse("consent-withdraw", args=[consent.pk])).status_code == 302
    assert do(worker, household, "consent", given_by="self", given_on="2021-12-01").status_code == 302
    assert do(worker, household, "assign").status_code == 403
    assert do(worker, household, "leave", why="moved", on="2021-12-01").status_code == 302
    assert "恢复联系" in page(worker, "household", household.pk)
    assert do(worker, household, "come-back").status_code == 302
    assert do(worker, household, "fly").status_code == 404
    found = Household.objects.get(pk=household.pk)
    assert (found.tier, found.remark, found.is_current) == ("week", "", True)


def test_what_is_held_is_shown_masked_and_in_full_only_when_asked_for(
    client: Any, at: make.Street, household: Household
) -> None:
    client.force_login(at.office)
    address = reverse("household-held", args=[household.pk])
    assert "王小明" not in page(client, "household-held", household.pk)
    assert HouseholdReveal.objects.count() == 0
    told = client.post(address).content.decode()
    assert "王小明" in told and "data-print" in told and HouseholdReveal.objects.count() == 1
    assert cost(client, address) <= 12
    assert client.post(reverse("household-erase", args=[household.pk])).url == reverse("households")
    shown = page(client, "household", household.pk)
    assert "信息已删除" in shown and "记走访" not in shown


def test_settings_are_new_rows_from_a_day_on(client: Any, at: make.Street, household: Household) -> None:
    client.force_login(at.office)
    for tab in ("rules", "categories", "texts", "nonsense"):
        page(client, "outreach-settings", at.root.code, query=f"?tab={tab}")
    terms = dict.fromkeys(OutreachRule.TERMS, 7) | {"quarter_days": 80, "effective_on": "2021-12-02"}
    rule = reverse("outreach-setting", args=[at.block.code, "rule"])
    assert client.post(rule, terms | {"quarter_days": 93}).status_code == 422
    assert client.post(rule, terms | {"effective_on": "2021-11-01"}).status_code == 422
    assert client.post(rule, terms).status_code == 302
    assert OutreachRule.objects.get(unit=at.block).quarter_days == 80
    text = reverse("outreach-setting", args=[at.block.code, "text"])
    assert client.post(text, {"covers": "contact", "body": "短", "effective_on": "2021-12-02"}).status_code == 422
    category = make.household_category("alone")
    change = reverse("household-category", args=[category.pk])
    typed = {"name": "独居老人", "purpose": "看望", "tier": "month", "keep_days": 100, "order": 5, "is_active": "on"}
    assert client.post(change, typed).status_code == 302
    category.refresh_from_db()
    assert (category.keep_days, category.tier, category.is_sensitive) == (100, "month", False)
    client.force_login(at.head)
    assert client.get(reverse("outreach-settings", args=[at.block.code])).status_code == 403
    assert client.get(change).status_code == 404


def test_a_household_is_taken_out_of_its_building(worker: Any, at: make.Street, household: Household) -> None:
    assert household.building_id is not None
    assert do(worker, household, "edit", clear=["building"], version=household.version).status_code == 302
    found = Household.objects.get(pk=household.pk)
    assert (found.building_id, found.unit_id, found.version) == (None, household.unit_id, household.version + 1)
