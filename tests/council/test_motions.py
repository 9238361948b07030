"""Steps 1 and 2: collecting and screening."""

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.models import Motion, Proposer
from jiequ.council.workflow import MOTION
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_numbers_count_within_the_block_and_year():
    room, other = make.room(), make.room()
    numbers = [make.motion(room).number, make.motion(room).number, make.motion(other).number]
    assert numbers == ["2021-001", "2021-002", "2021-001"]


def test_a_resident_gets_a_secret_and_leaves_a_contact_that_is_encrypted():
    room = make.room()
    motion, secret = actions.collect_motion(
        room.block, by=PUBLIC, title="装路灯", body="太黑", name="王小明", phone="13800001111"
    )
    proposer = Proposer.objects.get(motion=motion)
    assert proposer.token_index == blind(secret, "proposer")
    assert (proposer.name, proposer.label, motion.source) == ("王小明", "王*", "resident")
    raw = Proposer.objects.filter(pk=proposer.pk).values_list("phone", flat=True)[0]
    assert b"13800001111" not in bytes(raw)


def test_collecting_asks_the_head_and_the_recommendation_asks_the_community():
    room = make.room()
    motion = make.motion(room)
    assert [(t.verb, t.role, t.unit_id) for t in Task.objects.about(motion)] == [
        ("council.recommend", "head", room.block.pk)
    ]
    actions.recommend_motion(motion, by=room.head, recommendation="建议受理")
    open_now = Task.objects.about(motion).open().get()
    assert (open_now.verb, open_now.role, open_now.unit) == ("council.accept", "chief", make.above(room.block, 2))
    actions.accept_motion(motion, by=room.chief)
    assert Task.objects.about(motion).open().get().verb == "council.list"


def test_screening_ends_within_five_working_days_of_collecting():
    motion = make.motion(make.room())
    assert Task.objects.about(motion).get().due_at == make.moment("2021-12-08 18:00")


def test_the_head_cannot_accept_and_a_councillor_cannot_recommend():
    room = make.room()
    motion = make.motion(room)
    with pytest.raises(NotAllowed):
        actions.recommend_motion(motion, by=room.councillors[0], recommendation="好")
    actions.recommend_motion(motion, by=room.head, recommendation="好")
    with pytest.raises(NotAllowed):
        actions.accept_motion(motion, by=room.head)


def test_a_chief_of_another_community_cannot_screen():
    room, other = make.room(), make.room()
    motion = make.motion(room, state="recommended")
    assert other.chief.may("council.screen_motion", other.block)
    with pytest.raises(NotAllowed):
        actions.accept_motion(motion, by=other.chief)


@pytest.mark.parametrize("state", Motion.State.values)
def test_every_move_starts_only_where_the_table_says(state):
    room = make.room()
    motion = make.motion(room)
    Motion.objects.filter(pk=motion.pk).update(state=state)
    for name, move in MOTION.moves.items():
        motion = Motion.objects.select_related("unit", "rule").get(pk=motion.pk)
        if state in move.sources:
            continue
        before = JournalEntry.objects.count()
        with pytest.raises(Refused):
            MOTION.make(motion, name, by=make.SYSTEM)
        assert (Motion.objects.get(pk=motion.pk).state, JournalEntry.objects.count()) == (state, before)


def test_who_read_an_old_page_is_told_and_changes_nothing():
    room = make.room()
    motion = make.motion(room, state="recommended")
    stale = Motion.objects.select_related("unit", "rule").get(pk=motion.pk)
    actions.accept_motion(motion, by=room.chief)
    with pytest.raises(Overtaken):
        actions.return_motion(stale, by=room.chief, reason="不具体")
    assert Motion.objects.get(pk=motion.pk).state == "accepted"


def test_a_return_needs_a_reason_that_the_proposer_sees_and_may_be_resubmitted():
    room = make.room()
    motion = make.motion(room)
    with pytest.raises(Refused) as refused:
        actions.return_motion(motion, by=room.chief, reason="  ")
    assert refused.value.field == "reason"
    actions.return_motion(motion, by=room.chief, reason="请写明地点")
    proposer = room.councillors[0]
    assert Notice.objects.filter(person=proposer.person, url=motion.get_absolute_url()).count() == 1
    with pytest.raises(Refused):
        actions.resubmit_motion(motion, by=room.councillors[1], title="装路灯", body="球场东侧")
    actions.resubmit_motion(motion, by=proposer, title="球场东侧装路灯", body="球场东侧晚上太黑")
    again = Motion.objects.get(pk=motion.pk)
    assert (again.state, again.number, Task.objects.about(again).open().get().verb) == (
        "collected",
        "2021-001",
        "council.recommend",
    )


def test_a_merge_loses_no_proposer():
    room = make.room()
    first = make.motion(room, state="accepted")
    second, _secret = actions.collect_motion(room.block, by=PUBLIC, title="也想装路灯", body="黑")
    third, _secret = actions.collect_motion(room.block, by=room.councillors[0], title="还是路灯", body="黑")
    actions.merge_motion(second, into=first, by=room.chief)
    actions.merge_motion(third, into=first, by=room.chief)
    assert first.proposers.count() == 2  # the councillor proposed it already
    assert Motion.objects.get(pk=second.pk).merged_into_id == first.pk


def test_a_motion_cannot_merge_into_itself_an_ended_one_or_another_block():
    room, other = make.room(), make.room()
    motion, ended, foreign = make.motion(room), make.motion(room), make.motion(other)
    actions.return_motion(ended, by=room.chief, reason="不具体")
    for into in (motion, ended, foreign):
        with pytest.raises(Refused):
            actions.merge_motion(motion, into=into, by=room.chief)
    assert Motion.objects.get(pk=motion.pk).state == "collected"


def test_owners_matters_are_referred_with_an_explanation():
    room = make.room()
    motion = make.motion(room, title="动用维修资金换电梯")
    actions.refer_motion(motion, by=room.chief, reason="由业主共同决定", referred_to="业主大会")
    row = Motion.objects.get(pk=motion.pk)
    assert (row.state, row.referred_to, Task.objects.about(row).open().count()) == ("referred", "业主大会", 0)


def test_money_over_the_set_sum_makes_a_motion_major_whatever_the_form_says():
    room = make.room()
    motion = make.motion(room, budget=10_001)
    actions.recommend_motion(motion, by=room.head, recommendation="好", is_major=False)
    assert Motion.objects.get(pk=motion.pk).is_major
    assert not make.motion(room, budget=10_000).is_major


def test_a_block_without_a_council_takes_no_motions():
    with pytest.raises(Refused):
        actions.collect_motion(make.unit("block"), by=PUBLIC, title="路灯", body="黑")


def test_a_stranger_s_motion_is_not_seen():
    room, other = make.room(), make.room()
    mine, foreign = make.motion(room), make.motion(other)
    assert list(Motion.objects.visible_to(room.head)) == [mine]
    assert set(Motion.objects.visible_to(room.office)) == {mine, foreign}


def test_the_journal_holds_no_word_of_the_resident():
    room = make.room()
    motion, _secret = actions.collect_motion(
        room.block, by=PUBLIC, title="金丝雀标题", body="金丝雀正文", name="金丝雀", phone="13800009999"
    )
    told = "".join(f"{e.label}{e.facts}" for e in JournalEntry.objects.about(motion))
    assert "金丝雀" not in told
    assert "13800009999" not in told
