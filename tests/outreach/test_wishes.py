"""From somebody's words to the wall: verified, de-identified, returned, improved, taken back, turned into a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.public_words import what_tells
from jiequ.outreach.models import Wish
from jiequ.people.actions import join_team, leave_team
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make
from tests.outreach.wishing import ALL, again, block, draft, fulfilled, published, team

pytestmark = pytest.mark.django_db
S = Wish.State


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield


def tasks(wish: Wish, **more: Any) -> list[str]:
    return list(Task.objects.open().about(wish).filter(**more).order_by("pk").values_list("verb", flat=True))


def test_a_wish_has_a_number_of_its_block_and_year_and_the_head_has_a_task() -> None:
    at = block()
    first, second = draft(at), draft(at)
    other = draft_in_another_block()
    assert [first.number, second.number, other.number] == ["愿2021-001", "愿2021-002", "愿2021-001"]
    task = Task.objects.open().about(first).get()
    assert (task.verb, task.role, task.unit_id) == ("outreach.verify_wish", "head", at.block.pk)
    assert task.title == "微心愿 愿2021-001"


def draft_in_another_block() -> Wish:
    there = block()
    return draft(there)


def test_the_same_key_twice_is_one_wish() -> None:
    at = block()
    assert draft(at, once="k1").pk == draft(at, once="k1").pk
    assert Wish.objects.count() == 1


def test_the_words_lie_sealed_and_the_journal_has_none() -> None:
    at = block()
    wish = draft(at, words="金丝雀想要一根拐杖")
    raw = Wish.objects.extra(select={"raw": "words"}).values_list("raw", flat=True).get(pk=wish.pk)
    assert "金丝雀".encode() not in bytes(raw)
    assert "金丝雀" not in str(list(JournalEntry.objects.values_list("label", "facts")))


def test_whoever_has_no_post_in_the_block_drafts_nothing() -> None:
    at, there = block(), block()
    with pytest.raises(NotAllowed):
        draft(at, by=there.keeper)


def test_verify_and_publish_in_one_form_or_in_two_steps() -> None:
    at = block()
    one, two = draft(at), draft(at)
    actions.publish_wish(one, by=at.head, title="想装一根扶手", about="elder", checks=ALL)
    actions.verify_wish(two, by=at.head, checks=ALL)
    assert tasks(two) == ["outreach.publish_wish"]
    actions.publish_wish(two, by=at.head, title="想装一根扶手")
    for wish in (again(one), again(two)):
        assert wish.state == S.PUBLISHED
        assert wish.published_at is not None
        assert wish.verified_by_id == at.head.person_id
        assert tasks(wish) == []
    assert Notice.objects.filter(person=at.keeper.person, subject__contains="已发布").count() == 2


def test_each_of_the_three_questions_must_be_answered() -> None:
    at = block()
    wish = draft(at)
    for missing in ALL:
        with pytest.raises(Refused) as refused:
            actions.verify_wish(wish, by=at.head, checks=[c for c in ALL if c != missing])
        assert refused.value.field == "checks"
    with pytest.raises(Refused):
        actions.publish_wish(wish, by=at.head, title="想装一根扶手", checks=("small",))
    assert again(wish).state == S.DRAFT


def test_a_member_publishes_nothing() -> None:
    at = block()
    with pytest.raises(NotAllowed):
        actions.publish_wish(draft(at), by=at.members[0], title="想装一根扶手", checks=ALL)


@pytest.mark.parametrize(
    "words",
    [
        "3栋502想装扶手", "三栋的老人想装扶手", "想装扶手，在3号楼", "501室浴室想装扶手", "B座想装扶手", "3-502想装扶手",
        "3#502 想装扶手", "２栋想装扶手", "一位独居老人想装扶手", "残疾人想要轮椅", "电话13812341234", "打138 1234 1234",
    ],
)  # fmt: skip
def test_what_the_wall_never_says(words: str) -> None:
    at = block()
    wish = draft(at)
    for field in ("title", "says"):
        given = {"title": "想装一根扶手", field: words}
        with pytest.raises(Refused) as refused:
            actions.publish_wish(wish, by=at.head, checks=ALL, **given)
        assert refused.value.field == field
    assert again(wish).state == S.DRAFT


@pytest.mark.parametrize(
    "words",
    [
        "想在浴室装一根扶手，怕滑倒。", "想学会用手机给外地的女儿打视频。", "孩子想有个地方写作业，最好有人能讲讲数学。",
        "想要5把座椅", "想要一台收音机，2021年以后的", "轮椅的刹车坏了", "想请人修3扇窗", "想要12寸的蛋糕", "想换10米电线",
    ],
)  # fmt: skip
def test_ordinary_words_may_stand_there(words: str) -> None:
    at = block()
    home = make.household(at.building, name="李金兰", phone="13812341234", room="1203")
    assert what_tells(words, home) is None


@pytest.mark.parametrize(
    "words",
    [
        "李金兰想装扶手",
        "李 金 兰想装扶手",
        "李奶奶想装扶手",
        "老李想装扶手",
        "1203想装扶手",
        "尾号12341234",
        "金丝雀花园想装扶手",
    ],
)
def test_the_household_s_own_name_room_number_and_building_are_looked_for(words: str) -> None:
    at = block()
    building = make.unit("building", inside=at.grid, name="金丝雀花园")
    home = make.household(building, name="李金兰", phone="13812341234", room="1203")
    assert what_tells(words, home) is not None
    wish = draft(at, household=home)
    with pytest.raises(Refused):
        actions.publish_wish(wish, by=at.head, title=words[:30], checks=ALL)


def test_a_household_of_another_block_is_refused_and_one_unseen_is_not_given() -> None:
    at, there = block(), block()
    stranger = make.household(there.building)
    with pytest.raises(NotAllowed):
        draft(at, household=stranger)
    with pytest.raises(Refused) as refused:
        draft(at, household=stranger, by=SYSTEM)
    assert refused.value.field == "grid"


def test_returned_with_a_reason_improved_and_looked_at_anew() -> None:
    at = block()
    wish = draft(at)
    with pytest.raises(Refused):
        actions.return_wish(wish, by=at.head, reason=" ")
    with pytest.raises(Refused):
        actions.return_wish(wish, by=at.head, reason="给13812341234打过电话")
    actions.return_wish(wish, by=at.head, reason="请写清楚要几根。")
    assert (again(wish).state, tasks(wish)) == (S.RETURNED, [])
    assert Notice.objects.filter(person=at.keeper.person, subject__contains="被退回").count() == 1
    with pytest.raises(NotAllowed):
        actions.redraft_wish(again(wish), by=at.members[0], words="两根扶手")
    wish = actions.redraft_wish(again(wish), by=at.keeper, words="两根扶手", parts=2)
    wish = again(wish)
    assert (wish.state, wish.words, wish.parts, wish.reason, wish.ended_at) == (S.DRAFT, "两根扶手", 2, "", None)
    assert tasks(wish) == ["outreach.verify_wish"]


def test_what_is_published_keeps_its_words_and_never_has_fewer_parts_than_are_taken() -> None:
    at = block()
    wish = published(at, parts=3)
    actions.claim_wish(wish, by=at.members[0], parts=2)
    with pytest.raises(Refused):
        actions.edit_wish(wish, by=at.head, words="别的")
    with pytest.raises(Refused):
        actions.edit_wish(wish, by=at.head, parts=1)
    with pytest.raises(NotAllowed):
        actions.edit_wish(wish, by=at.keeper, title="想装两根扶手")
    actions.edit_wish(wish, by=at.head, parts=2, title="想装两根扶手")
    assert (again(wish).state, again(wish).title) == (S.CLAIMED, "想装两根扶手")
    actions.edit_wish(again(wish), by=at.head, parts=4)
    assert again(wish).state == S.PUBLISHED


def test_a_wish_that_is_taken_back_frees_everybody_and_keeps_what_was_brought() -> None:
    at = block()
    wish = published(at, parts=2)
    brought = actions.claim_wish(wish, by=at.members[0])
    actions.bring_claim(brought, by=at.members[0])
    held = actions.claim_wish(again(wish), by=at.members[1])
    waits = actions.claim_wish(again(wish), by=at.members[2])
    with pytest.raises(NotAllowed):
        actions.withdraw_wish(again(wish), by=at.members[3], reason="不要了")
    actions.withdraw_wish(again(wish), by=at.keeper, reason="家里买了。")
    wish = again(wish)
    assert (wish.state, wish.parts_taken) == (S.WITHDRAWN, 1)
    for claim, state in ((brought, "done"), (held, "released"), (waits, "released")):
        claim.refresh_from_db()
        assert claim.state == state
    assert not Task.objects.open().filter(verb__startswith="outreach.").exists()
    told = Notice.objects.filter(subject__contains="已撤回").values_list("person_id", flat=True)
    assert sorted(told) == sorted([at.members[1].person_id, at.members[2].person_id])


def test_a_wish_that_is_a_request_becomes_a_case_and_both_know_it() -> None:
    at = block()
    category = make.category()
    home = make.household(at.building, name="李金兰", phone="13812341234")
    wish = draft(at, words="楼下路灯不亮，想请人修好。", household=home)
    case = actions.turn_wish_into_case(wish, by=at.head, category=category)
    wish = again(wish)
    assert (wish.state, wish.case_id, tasks(wish)) == (S.TURNED, case.pk, [])
    assert case.body == "楼下路灯不亮，想请人修好。"
    assert case.complainants.get().phone == "13812341234"
    assert list(case.wishes.all()) == [wish]
    with pytest.raises(Refused):
        actions.turn_wish_into_case(wish, by=at.head, category=category)


def test_a_case_made_of_a_wish_tells_the_block_neither_whose_it_is_nor_at_which_door() -> None:
    at = block()
    home = make.household(at.building, name="王建国试", phone="13812345678", room="1502")
    words = "王建国试住院了，想要一张轮椅，住1502，电话13812345678。"
    case = actions.turn_wish_into_case(draft(at, words=words, household=home), by=at.head, category=make.category())
    assert case.body == f"{home.label}住院了，想要一张轮椅，住***，电话****。"
    of_nobody = draft(at, words="想要一张轮椅，电话13812345678。")
    case = actions.turn_wish_into_case(of_nobody, by=at.head, category=make.category())
    assert "13812345678" not in case.body


def test_a_case_becomes_a_wish_and_its_handler_hears_what_became_of_it() -> None:
    street = make.street()
    case, _secret = make.case(street, state="working", body="想要一根拐杖，电话13812341234。")
    wish = actions.raise_as_wish(case, by=street.head, kind="goods")
    case.refresh_from_db()
    wish = again(wish)
    assert case.state == "raised"
    assert wish.case_id == case.pk
    assert "13812341234" not in wish.words
    assert Task.objects.open().about(case).get().verb == "cases.handle"
    actions.return_wish(wish, by=street.head, reason="已经有了。")
    assert JournalEntry.objects.about(case).filter(verb="note").count() == 1
    with pytest.raises(Refused):
        actions.turn_wish_into_case(again(wish), by=street.head, category=street.category)


def test_two_who_publish_at_the_same_time_are_told() -> None:
    at = block()
    one = draft(at)
    two = again(one)
    actions.publish_wish(one, by=at.head, title="想装一根扶手", checks=ALL)
    with pytest.raises(Overtaken):
        actions.publish_wish(two, by=at.head, title="想装一根扶手", checks=ALL)


def test_the_wisher_s_side_confirms_and_never_who_granted_it() -> None:
    at = block()
    wish = fulfilled(at, by=at.keeper)  # the drafter brought it: somebody else must ask
    task = Task.objects.open().about(wish).get()
    assert (task.verb, task.role) == ("outreach.confirm_wish", "head")
    with pytest.raises(NotAllowed):
        actions.confirm_wish(wish, by=at.keeper)
    actions.confirm_wish(wish, by=at.head)
    wish = again(wish)
    assert (wish.state, wish.confirmed_at is not None, tasks(wish)) == (S.CONFIRMED, True, [])


def test_the_drafter_is_asked_where_they_had_no_part_in_it() -> None:
    at = block()
    wish = fulfilled(at)
    assert Task.objects.open().about(wish).get().holder_id == at.keeper.person_id
    with pytest.raises(NotAllowed):
        actions.confirm_wish(wish, by=at.members[0])
    with pytest.raises(NotAllowed):
        actions.confirm_wish(wish, by=at.members[1])
    actions.confirm_wish(wish, by=at.keeper)
    assert again(wish).state == S.CONFIRMED


def test_a_head_who_granted_it_does_not_confirm_it_either() -> None:
    at = block()
    wish = published(at)
    claim = actions.claim_wish(wish, by=at.head)
    keeper_claims = published(at, by=at.head)
    actions.bring_claim(claim, by=at.head)
    assert Task.objects.open().about(wish).get().holder_id == at.keeper.person_id
    claim = actions.claim_wish(keeper_claims, by=at.head)
    actions.bring_claim(claim, by=at.head)
    task = Task.objects.open().about(keeper_claims).get()
    assert (task.role, task.unit_id) == ("chief", at.community.pk)
    with pytest.raises(NotAllowed):
        actions.confirm_wish(again(keeper_claims), by=at.head)


def test_the_link_confirms_once_and_a_wrong_one_never() -> None:
    from jiequ.core.permission import PUBLIC

    at = block()
    wish = fulfilled(at)
    with pytest.raises(NotAllowed):
        actions.make_wish_link(wish, by=at.members[0])
    secret = actions.make_wish_link(wish, by=at.keeper)
    for wrong in ("", "x", secret[:-1]):
        with pytest.raises(NotAllowed):
            actions.confirm_wish(wish, by=PUBLIC, secret=wrong)
    actions.confirm_wish(wish, by=PUBLIC, secret=secret)
    assert again(wish).state == S.CONFIRMED
    with pytest.raises(Refused):
        actions.confirm_wish(again(wish), by=PUBLIC, secret=secret)
    assert secret not in str(list(JournalEntry.objects.values_list("facts", "label")))


def test_a_link_made_before_the_claim_does_not_let_the_claimer_confirm() -> None:
    from jiequ.core.permission import PUBLIC

    at = block()
    both = team(at, at.members[0], at.members[1])
    for drafter, giver, claims in (
        (at.members[0], at.members[0], {"by": at.members[0]}),
        (at.members[0], at.head, {"by": at.members[0]}),
        (at.keeper, at.head, {"by": at.head}),
        (at.members[0], at.members[0], {"by": at.members[1], "team": both}),
    ):
        wish = published(at, by=drafter)
        secret = actions.make_wish_link(wish, by=giver)
        actions.bring_claim(actions.claim_wish(again(wish), **claims), by=claims["by"])
        with pytest.raises(NotAllowed):
            actions.confirm_wish(again(wish), by=PUBLIC, secret=secret)
        assert JournalEntry.objects.about(wish).filter(verb="end_link").count() == 1


def test_a_link_ends_for_who_moves_up_and_for_who_joins_the_team_and_else_stays() -> None:
    at = block()
    wish = published(at, by=at.members[0])
    first = actions.claim_wish(wish, by=at.members[1])
    actions.claim_wish(again(wish), by=at.members[0])
    actions.make_wish_link(again(wish), by=at.head)
    assert again(wish).secret_index
    actions.give_up_claim(first, by=at.members[1])
    assert not again(wish).secret_index
    late = published(at, by=at.members[0])
    ours = team(at, at.members[1])
    claim = actions.claim_wish(late, by=at.members[1], team=ours)
    actions.make_wish_link(again(late), by=at.members[0])
    join_team(ours, at.members[0].person, by=SYSTEM)
    actions.bring_claim(claim, by=at.members[1], persons=[at.members[0].person_id])
    assert not again(late).secret_index
    given = published(at, by=at.members[0], parts=2)
    claim = actions.claim_wish(given, by=at.members[0])
    actions.make_wish_link(again(given), by=at.head)
    actions.claim_wish(again(given), by=at.members[1])
    actions.bring_claim(claim, by=at.members[0])
    assert again(given).secret_index


def test_who_brought_it_does_not_confirm_it_after_leaving_the_team() -> None:
    at = block()
    drafter, lead = at.members[0], at.members[1]
    ours = team(at, drafter, lead, leader=lead)
    wish = published(at, by=drafter)
    actions.bring_claim(actions.claim_wish(wish, by=lead, team=ours), by=lead, persons=[drafter.person_id])
    with pytest.raises(NotAllowed):
        actions.confirm_wish(again(wish), by=drafter)
    leave_team(ours, drafter.person, by=SYSTEM)
    with pytest.raises(NotAllowed):
        actions.confirm_wish(again(wish), by=drafter)


def test_not_yet_received_goes_back_to_who_claimed_and_leaves_their_record() -> None:
    from jiequ.outreach.models import ServiceRecord

    at = block()
    wish = fulfilled(at)
    assert ServiceRecord.objects.filter(person=at.members[0].person, kind="wish").count() == 1
    actions.dispute_wish(wish, by=at.keeper)
    wish = again(wish)
    assert (wish.state, wish.fulfilled_at, tasks(wish)) == (S.CONNECTED, None, [])
    claim = wish.claims.get()
    assert (claim.state, ServiceRecord.objects.count()) == ("connected", 0)
    assert Task.objects.open().about(claim).get().verb == "outreach.bring_wish"
    actions.bring_claim(claim, by=at.members[0])
    assert (again(wish).state, ServiceRecord.objects.count()) == (S.FULFILLED, 1)


def test_a_wish_goes_on_in_the_heir_of_its_block() -> None:
    from jiequ.territory.actions import merge_units

    at = block()
    there = make.unit("block", inside=at.community)
    draft_wish = actions.draft_wish(there, by=SYSTEM, words="想要一本字典")
    wish = published(at)
    actions.claim_wish(wish, by=at.members[0])
    clock_at = clock.today() + timedelta(days=0)
    heir = merge_units([there, at.block], by=SYSTEM, code="HEIR1", name="合并街区", on=clock_at)
    moved, other = again(wish), again(draft_wish)
    assert {moved.unit_id, other.unit_id} == {heir.pk}
    assert sorted([moved.sequence, other.sequence]) == [1, 2]
    assert moved.claims.get().unit_id == heir.pk
