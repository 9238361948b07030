"""Steps 6 and 7: publicity, carrying out, satisfaction, a second round."""

from datetime import timedelta

import pytest

from jiequ.core import clock
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.models import Motion
from jiequ.work.actions import finish_task
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def again(motion):
    return Motion.objects.select_related("unit", "rule", "responsible").get(pk=motion.pk)


def publicised(room):
    motion = make.adopted(room)
    return actions.publicise_resolution(motion, by=room.head, resolution="装路灯八盏，12月31日前亮灯。")


def following(room):
    motion = publicised(room)
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    task = actions.follow_up_motion(
        motion, by=room.head, responsible=room.councillors[0].person, due_at=clock.now() + timedelta(days=9)
    )
    return again(motion), task


def evaluating(room):
    motion, task = following(room)
    finish_task(task, by=room.councillors[0], note="亮了")
    return actions.evaluate_motion(motion, by=room.head)


def rate(motion, *scores):
    for n, score in enumerate(scores):
        actions.rate_resolution(motion, by=PUBLIC, score=score, voter_index=f"r{motion.round}-{n}")


def test_publicity_lasts_five_working_days():
    motion = publicised(make.room())  # adopted on Sunday the 5th
    assert str(motion.public_until) == "2021-12-10"


@pytest.mark.parametrize("words", ["联系人 13812341234", "身份证 440301199001011234"])
def test_personal_numbers_do_not_get_on_the_public_page(words):
    room = make.room()
    motion = make.adopted(room)
    with pytest.raises(Refused):
        actions.publicise_resolution(motion, by=room.head, resolution=words)
    assert again(motion).state == "adopted"


def test_a_major_matter_is_publicised_only_after_the_community_confirmed():
    room = make.room()
    motion = make.adopted(room, budget=50_000)
    with pytest.raises(Refused):
        actions.publicise_resolution(motion, by=room.head, resolution="装路灯")
    with pytest.raises(NotAllowed):
        actions.confirm_resolution(motion, by=room.head)
    actions.confirm_resolution(motion, by=room.chief)
    assert Task.objects.about(motion).open().get().verb == "council.publicise"


def test_what_the_community_sends_back_is_undecided_again():
    room = make.room()
    motion = make.adopted(room, budget=50_000)
    actions.send_back_resolution(motion, by=room.chief, reason="先问清费用")
    row = again(motion)
    assert (row.state, row.decided_at, row.was_adopted) == ("postponed", None, None)


def test_nothing_is_carried_out_before_publicity_is_over_and_objections_are_answered():
    room = make.room()
    motion = publicised(room)
    who = room.councillors[0].person
    objection = actions.object_to_resolution(motion, by=PUBLIC, text="太亮了睡不着")
    with pytest.raises(Refused, match="公示"):
        actions.follow_up_motion(motion, by=room.head, responsible=who, due_at=clock.now() + timedelta(days=30))
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    with pytest.raises(Refused, match="异议"):
        actions.follow_up_motion(motion, by=room.head, responsible=who, due_at=clock.now() + timedelta(days=30))
    actions.answer_objection(objection, by=room.head, answer="灯罩朝下")
    with pytest.raises(Overtaken):
        actions.answer_objection(objection, by=room.head, answer="再答一次")
    task = actions.follow_up_motion(motion, by=room.head, responsible=who, due_at=clock.now() + timedelta(days=30))
    assert (task.holder, again(motion).state) == (who, "following")


def test_an_objection_after_publicity_is_refused():
    room = make.room()
    motion = publicised(room)
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    with pytest.raises(Refused):
        actions.object_to_resolution(motion, by=PUBLIC, text="晚了")


def test_a_deadline_in_the_past_is_refused():
    room = make.room()
    motion, _task = following(room)
    with pytest.raises(Refused) as refused:
        actions.assign_follow_up(motion, by=room.head, holder=room.head.person, due_at=clock.now(), what="告知住户")
    assert refused.value.field == "due_at"


def test_residents_are_asked_only_when_every_task_is_done():
    room = make.room()
    motion, task = following(room)
    with pytest.raises(Refused, match="1项"):
        actions.evaluate_motion(motion, by=room.head)
    finish_task(task, by=room.councillors[0], note="好了")
    assert actions.evaluate_motion(motion, by=room.head).state == "evaluating"


@pytest.mark.parametrize(
    ("scores", "state", "round_"),
    [
        (["satisfied"] * 7 + ["unsatisfied"] * 3, "concluded", 1),
        (["satisfied"] * 2 + ["unsatisfied"], "following", 2),  # 66.7 % is under 70 %
        (["basically", "satisfied"], "concluded", 1),
        (["unsatisfied"], "following", 2),
    ],
)
def test_under_seventy_percent_opens_a_second_round(scores, state, round_):
    room = make.room()
    motion = evaluating(room)
    rate(motion, *scores)
    row = actions.conclude_motion(motion, by=room.head)
    assert (row.state, row.round) == (state, round_)
    if round_ == 2:
        task = Task.objects.about(row).open().get()
        assert (task.verb, task.holder) == ("council.carry_out", room.councillors[0].person)


def test_a_second_round_counts_only_its_own_ratings():
    room = make.room()
    motion = evaluating(room)
    rate(motion, "unsatisfied", "unsatisfied")
    actions.conclude_motion(motion, by=room.head)
    task = Task.objects.about(motion).open().get()
    finish_task(task, by=room.councillors[0], note="重做了")
    motion = actions.evaluate_motion(again(motion), by=room.head)
    rate(motion, "satisfied", "satisfied")
    assert actions.conclude_motion(motion, by=room.head).state == "concluded"


def test_one_rating_each_and_none_outside_the_time():
    room = make.room()
    motion = evaluating(room)
    rate(motion, "satisfied")
    with pytest.raises(Overtaken):
        actions.rate_resolution(motion, by=PUBLIC, score="unsatisfied", voter_index="r1-0")
    with pytest.raises(Refused):
        actions.rate_resolution(motion, by=PUBLIC, score="wonderful", voter_index="x")
    actions.conclude_motion(motion, by=room.head)
    with pytest.raises(Refused):
        actions.rate_resolution(motion, by=PUBLIC, score="satisfied", voter_index="y")


def test_silence_blocks_the_end_only_until_the_evaluation_days_are_over():
    room = make.room()
    motion = evaluating(room)
    with pytest.raises(Refused):
        actions.conclude_motion(motion, by=room.head)
    clock.move_to(clock.now() + timedelta(days=7))
    assert actions.conclude_motion(motion, by=room.head).state == "concluded"
    assert Task.objects.about(motion).open().count() == 0
