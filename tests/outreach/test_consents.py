"""What a household agrees to, what stands on that, and who looks behind its mask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.revealing import REVEALABLE
from jiequ.outreach.models import Classification, Consent, ConsentText, Household, HouseholdReveal
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def household() -> Household:
    return make.household(make.unit("red_grid"), name="王小明", phone="13800138000", room="302", remark="腿脚不便")


def journal() -> str:
    return "".join(f"{e.verb} {e.label} {e.facts}" for e in JournalEntry.objects.all())


def test_a_sensitive_category_needs_a_consent_of_its_own(household: Household) -> None:
    disabled, illness = make.household_category("disabled"), make.household_category("illness")
    with pytest.raises(Refused) as refused:
        actions.classify_household(household, disabled, by=SYSTEM)
    assert refused.value.field == "given_by"
    contact = household.consents.get()
    with pytest.raises(Refused):
        actions.classify_household(household, disabled, by=SYSTEM, consent=contact)
    consent = actions.give_consent(household, "sensitive", by=SYSTEM)
    made = actions.classify_household(household, disabled, by=SYSTEM, consent=consent)
    assert (made.consent, made.category) == (consent, "disabled")
    with pytest.raises(Refused):
        actions.classify_household(household, illness, by=SYSTEM, consent=consent)
    other = make.household(household.unit)
    theirs = actions.give_consent(other, "sensitive", by=SYSTEM)
    with pytest.raises(Refused):
        actions.classify_household(household, illness, by=SYSTEM, consent=theirs)
    again = actions.classify_household(household, illness, by=SYSTEM, given_by="guardian")
    assert again.consent is not None and again.consent.given_by == "guardian"
    with pytest.raises(Refused):
        actions.classify_household(household, illness, by=SYSTEM, given_by="self")


def test_withdrawing_deletes_what_stood_on_it_and_the_journal_keeps_numbers_alone(household: Household) -> None:
    made = actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    plain = actions.classify_household(household, make.household_category("alone"), by=SYSTEM)
    consent = made.consent
    assert consent is not None
    assert actions.withdraw_consent(consent, by=SYSTEM) == 1
    assert list(Classification.objects.values_list("pk", flat=True)) == [plain.pk]
    last = JournalEntry.objects.latest("pk")
    assert last.facts == {"covers": "sensitive", "consent": consent.pk, "classifications": [made.pk]}
    assert not any(word in journal() for word in ("残疾", "disabled", "alone", "王小明", "腿脚"))
    with pytest.raises(Overtaken):
        actions.withdraw_consent(consent, by=SYSTEM)


def test_without_the_consent_to_be_contacted_nothing_is_planned(household: Household) -> None:
    household.refresh_from_db()
    assert household.next_due_on is not None
    actions.withdraw_consent(household.consents.get(), by=SYSTEM)
    household.refresh_from_db()
    assert household.next_due_on is None
    assert Household.objects.key().count() == 0
    actions.give_consent(household, "contact", by=SYSTEM)
    household.refresh_from_db()
    assert household.next_due_on is not None and household.consents.count() == 2


def test_a_consent_stands_under_the_text_of_its_day(household: Household) -> None:
    root = make.above(household.unit, 1)
    with clock.stand_at(make.WEDNESDAY + timedelta(days=5)):
        body = "新的告知：登记称呼和电话，只用于定期联系，一年后删除，可以随时撤回。"
        actions.set_consent_text("contact", body, by=SYSTEM, root=root, effective_on=clock.today())
        other = make.household(household.unit, agreed=False)
        old = actions.give_consent(other, "contact", by=SYSTEM, given_on=date(2021, 12, 3))
        assert old.text.version == 1
        actions.withdraw_consent(old, by=SYSTEM)
        assert actions.give_consent(other, "contact", by=SYSTEM).text.version == 2
    assert household.consents.get().text.version == 1


def test_a_consent_is_not_given_tomorrow_nor_to_anything(household: Household) -> None:
    for fields in ({"given_on": date(2021, 12, 2)}, {"given_by": "neighbour"}):
        with pytest.raises(Refused):
            actions.give_consent(household, "sensitive", by=SYSTEM, **fields)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        actions.give_consent(household, "everything", by=SYSTEM)
    member = make.account("member", household.unit)
    with pytest.raises(NotAllowed):
        actions.give_consent(household, "sensitive", by=member)


def test_a_category_can_raise_how_often_somebody_looks_in_and_never_lowers_it(household: Household) -> None:
    actions.classify_household(household, make.household_category("alone"), by=SYSTEM, with_tier=True)
    household.refresh_from_db()
    assert household.tier == "week"
    actions.classify_household(household, make.household_category("other"), by=SYSTEM, with_tier=True)
    household.refresh_from_db()
    assert household.tier == "week"


def test_a_plain_category_ends_and_a_sensitive_one_is_gone(household: Household) -> None:
    plain = actions.classify_household(household, make.household_category("alone"), by=SYSTEM)
    sensitive = actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    for row in (plain, sensitive):
        actions.unclassify_household(row, by=SYSTEM)
    left = Classification.objects.get()
    assert (left.pk, left.ends_on) == (plain.pk, clock.today())
    with pytest.raises(Overtaken):
        actions.unclassify_household(plain, by=SYSTEM)


def test_a_look_needs_a_reason_and_leaves_a_trace_without_words(household: Household) -> None:
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    member = make.account("member", household.unit)
    with pytest.raises(Refused) as refused:
        actions.reveal_household(household, "phone", by=member, reason=" 看 看\u200b")
    assert refused.value.field == "reason"
    shown = {f: actions.reveal_household(household, f, by=member, reason="上门前约时间") for f in REVEALABLE}
    assert shown == {
        "name": "王小明", "phone": "13800138000", "room": "302", "remark": "腿脚不便", "category": "残疾人",
    }  # fmt: skip
    assert HouseholdReveal.objects.count() == len(shown)
    assert "上门前约时间" not in journal() and "13800138000" not in journal()
    stranger = make.account("member", make.unit("red_grid", inside=make.above(household.unit, 3)))
    with pytest.raises(NotAllowed):
        actions.reveal_household(household, "phone", by=stranger, reason="上门前约时间")
    with pytest.raises(ValueError):
        actions.reveal_household(household, "tier", by=member, reason="上门前约时间")


def test_a_household_is_told_everything_that_is_held_and_why_and_until_when(household: Household) -> None:
    actions.classify_household(household, make.household_category("disabled"), by=SYSTEM, given_by="self")
    actions.record_visit(household, by=make.account("member", household.unit), note="送了药")
    masked = actions.what_is_held_of(household)
    words = "".join(row["value"] for row in masked)
    assert not any(word in words for word in ("王小明", "13800138000", "302", "残疾", "送了药", "腿脚"))
    told = actions.tell_held(household, by=make.account("office", make.above(household.unit, 1)))
    words = "".join(row["value"] for row in told)
    assert all(word in words for word in ("王小明", "13800138000", "302", "残疾人", "送了药", "腿脚不便", "定期联系"))
    assert all(row["why"] for row in told)
    assert [row["until"] for row in told if row["what"] == "近况"] == [date(2022, 5, 30)]
    assert HouseholdReveal.objects.get().field == "all"
    with pytest.raises(NotAllowed):
        actions.tell_held(household, by=make.account("member", household.unit))


def test_registers_that_are_not_ours_are_no_category(household: Household) -> None:
    root = make.above(household.unit, 1)
    for name in ("社区矫正", "吸毒人员", "精神障碍患者", "刑满释放"):
        with pytest.raises(Refused):
            actions.add_household_category(root, "x-one", by=SYSTEM, name=name, purpose="看望")
    made = actions.add_household_category(root, "riders", by=SYSTEM, name="骑手", purpose="送清凉", keep_days=30)
    with pytest.raises(Refused):
        actions.add_household_category(root, "riders", by=SYSTEM, name="骑手二", purpose="送清凉")
    with pytest.raises(NotAllowed):
        actions.edit_household_category(
            made, by=make.account("head", make.above(household.unit, 3)), root=root, name="甲"
        )
    assert actions.edit_household_category(made, by=SYSTEM, root=root, keep_days=60, is_active=False).keep_days == 60
    made.refresh_from_db()
    with pytest.raises(Refused):
        actions.classify_household(household, made, by=SYSTEM)


def test_the_texts_that_come_with_it_are_entered_at_the_first_need() -> None:
    household = make.household(make.unit("red_grid"), agreed=False)
    assert ConsentText.objects.count() == 0
    actions.give_consent(household, "contact", by=SYSTEM)
    assert {t.covers for t in ConsentText.objects.all()} == {"contact", "sensitive"}
    assert Consent.objects.count() == 1


def test_registered_and_agreed_is_one_act() -> None:
    grid = make.unit("red_grid")
    by: Any = make.account("grid_member", grid)
    made = actions.register_agreed(grid, by=by, given_by="self", name="王小明", tier="month")
    assert made.consents.get().covers == "contact"
    with pytest.raises(Refused):
        actions.register_agreed(grid, by=by, given_by="neighbour", name="李小明")
    assert Household.objects.count() == 1
