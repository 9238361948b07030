"""Step 7: weights anybody can sum again, acceptance, supervision by itself, and who is told what by which link."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.permission import PUBLIC, SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.forms import PubliciseForm
from jiequ.council.models import Commitment, Motion, Objection, progress
from jiequ.people.models import Notice
from jiequ.work.actions import answer_order, drop_task, extend_task, finish_task
from jiequ.work.models import SupervisionOrder, Task
from tests import make
from tests.processes import race, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def again(motion):
    return Motion.objects.select_related("unit", "rule", "responsible", "supervisor").get(pk=motion.pk)


def following(room, *, supervisor=None, **more):
    motion = actions.publicise_resolution(make.adopted(room), by=room.head, resolution="装路灯八盏，12月31日前亮灯。")
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    task = actions.follow_up_motion(
        motion, by=room.head, responsible=room.councillors[0].person, due_at=clock.now() + timedelta(days=9),
        supervisor=supervisor.person if supervisor else None, **more,
    )  # fmt: skip
    return again(motion), task


def add(room, motion, holder, **more):
    due = clock.now() + timedelta(days=9)
    return actions.assign_follow_up(motion, by=room.head, holder=holder.person, due_at=due, what="告知住户", **more)


def test_what_is_promised_has_a_weight_from_one_to_a_hundred_and_no_personal_data():
    room = make.room()
    motion, task = following(room, weight=3)
    assert (task.commitment.weight, task.commitment.what, task.commitment.round) == (3, motion.title, 1)
    for weight in (0, 101):
        with pytest.raises(Refused) as refused:
            add(room, motion, room.councillors[1], weight=weight)
        assert refused.value.field == "weight"
    due = clock.now() + timedelta(days=9)
    for words in ("找 138 1234 1234", "１３８１２３４１２３４", f"请{room.councillors[2].person.name}装灯"):
        with pytest.raises(Refused) as refused:
            actions.assign_follow_up(motion, by=room.head, holder=room.head.person, due_at=due, what=words)
        assert refused.value.field == "what"
    assert motion.commitments.count() == 1


def test_a_supervisor_has_a_post_here_and_no_hand_in_the_work():
    room, other = make.room(), make.room()
    for wrong in (room.councillors[0], other.head):
        with pytest.raises(Refused) as refused:
            following(room, supervisor=wrong)
        assert refused.value.field == "supervisor"
    motion, _task = following(room, supervisor=room.adviser)
    with pytest.raises(Refused):
        add(room, motion, room.adviser)
    with pytest.raises(Refused):
        actions.name_supervisor(motion, by=room.head, supervisor=room.councillors[0].person)
    with pytest.raises(NotAllowed):
        actions.name_supervisor(motion, by=room.councillors[1], supervisor=room.councillors[1].person)
    actions.name_supervisor(motion, by=room.head, supervisor=room.councillors[5].person)
    assert again(motion).supervisor == room.councillors[5].person


def test_residents_are_asked_only_when_the_supervisor_has_accepted_everything():
    room = make.room()
    motion, task = following(room, supervisor=room.adviser)
    with pytest.raises(Refused):
        actions.accept_work(task.commitment, by=room.adviser)  # not done yet
    finish_task(task, by=room.councillors[0], note="亮了")
    assert Task.objects.about(motion).open().get().verb == "council.accept_work"
    with pytest.raises(Refused, match="验收"):
        actions.evaluate_motion(again(motion), by=room.head)
    for stranger in (room.head, room.councillors[3], room.chief):
        with pytest.raises(NotAllowed):
            actions.accept_work(task.commitment, by=stranger)
    actions.accept_work(task.commitment, by=room.adviser)
    with pytest.raises(Overtaken):
        actions.accept_work(task.commitment, by=room.adviser)
    assert Task.objects.about(motion).open().get().verb == "council.evaluate"
    assert actions.evaluate_motion(again(motion), by=room.head).state == "evaluating"
    assert Task.objects.about(motion).open().get().verb == "council.conclude"


def test_nobody_accepts_work_of_their_own():
    room = make.room()
    motion, task = following(room)
    mine = add(room, motion, room.head)
    finish_task(mine, by=room.head, note="告知了")
    with pytest.raises(Refused, match="自己"):
        actions.accept_work(mine.commitment, by=room.head)
    assert actions.accept_work(mine.commitment, by=room.chief).accepted_by == room.chief.person
    with pytest.raises(NotAllowed):
        actions.accept_work(task.commitment, by=room.councillors[4])


def test_work_that_is_sent_back_is_done_again_in_the_same_place_with_the_same_weight():
    room = make.room()
    motion, task = following(room, supervisor=room.adviser, weight=5)
    finish_task(task, by=room.councillors[0], note="亮了")
    with pytest.raises(Refused):
        actions.send_back_work(task.commitment, by=room.adviser, reason=" ")
    row = actions.send_back_work(task.commitment, by=room.adviser, reason="东头两盏不亮")
    assert (row.pk, row.weight, row.stage, motion.commitments.count()) == (task.commitment.pk, 5, "redo", 1)
    assert (row.task.holder, row.task.state) == (room.councillors[0].person, "open")
    assert Task.objects.about(motion).open().get() == row.task
    assert str(progress(again(motion))) == "0/5"
    with pytest.raises(Overtaken):
        actions.accept_work(task.commitment, by=room.adviser)  # the page still shows the first task
    assert Notice.objects.filter(person=room.councillors[0].person, subject__contains="返工").count() == 1
    finish_task(row.task, by=room.councillors[0], note="都亮了")
    assert actions.accept_work(row, by=room.adviser).is_complete
    assert str(progress(again(motion))) == "5/5"


def test_what_is_taken_back_is_in_neither_number_and_all_taken_back_is_nothing_to_evaluate():
    room = make.room()
    motion, task = following(room, weight=2)
    second = add(room, motion, room.councillors[1], weight=7)
    drop_task(second, by=room.head, reason="不用做了")
    assert str(progress(again(motion))) == "0/2"
    drop_task(task, by=room.head, reason="也不用做了")
    with pytest.raises(Refused):
        actions.evaluate_motion(again(motion), by=room.head)


def test_a_second_round_counts_its_own_commitments():
    room = make.room()
    motion, task = following(room, weight=4)
    finish_task(task, by=room.councillors[0], note="亮了")
    actions.evaluate_motion(motion, by=room.head)
    actions.rate_resolution(motion, by=PUBLIC, score="unsatisfied", voter_index="a")
    motion = actions.conclude_motion(motion, by=room.head)
    assert (str(progress(motion)), [c.round for c in motion.commitments.all()]) == ("0/1", [1, 2])


def recompute(html: str) -> tuple[int, int]:
    """The sum, done again from the published table alone."""
    table = re.search(r'<table class="sums">(.*?)</table>', html, re.S)[1]
    body, foot = table.split("<tfoot>")
    done = of = 0
    for row in re.findall(r"<tr>(.*?)</tr>", body.split("<tbody>")[1], re.S):
        weight, said = re.search(r'<td class="num">(\d+)</td><td>(\S+?)<small>', row).groups()
        if said != "已取消":
            of += int(weight)
            done += int(weight) if said in ("已办完", "已验收") else 0
    assert f"已完成 {done}/{of}" in foot
    return done, of


@pytest.mark.parametrize("seed", range(6))
def test_the_published_progress_is_what_anybody_computes_from_the_published_table(client, seed):
    dice, room = random.Random(seed), make.room()
    supervisor = room.adviser if dice.random() < 0.5 else None
    motion, first = following(room, supervisor=supervisor, weight=dice.randint(1, 100))
    tasks = [first, *(add(room, motion, room.councillors[n], weight=dice.randint(1, 100)) for n in range(1, 6))]
    want_done, want_of = 0, sum(t.commitment.weight for t in tasks)
    for n, task in enumerate(tasks):
        row, fate = task.commitment, dice.choice(["open", "done", "accepted", "sent back", "dropped"])
        if fate == "dropped":
            drop_task(task, by=room.head, reason="不用做了")
            want_of -= row.weight
        elif fate != "open":
            finish_task(task, by=room.councillors[n], note="好了")
            judge = supervisor or room.head
            if fate == "accepted":
                actions.accept_work(row, by=judge)
            elif fate == "sent back":
                actions.send_back_work(row, by=judge, reason="不行")
            if fate == "accepted" or (fate == "done" and supervisor is None):
                want_done += row.weight
    html = client.get(reverse("public-resolution", args=[motion.pk])).content.decode()
    assert recompute(html) == (want_done, want_of)
    shown = progress(again(motion))
    assert (shown.done, shown.of) == (want_done, want_of)


def test_public_pages_name_nobody_and_take_eight_statements_at_most(client, django_assert_max_num_queries):
    room = make.room()
    motion, task = following(room, supervisor=room.adviser)
    finish_task(task, by=room.councillors[0], note="找13800001111")
    actions.send_back_work(task.commitment, by=room.adviser, reason="灯杆歪了")
    canaries = [p.name for p in (a.person for a in (room.head, room.adviser, room.chief, *room.councillors))]
    canaries += [a.person.label for a in (room.head, room.adviser, *room.councillors)]
    canaries += ["13800001111", "灯杆歪了"]
    for name in ("public-resolution", "resolution-poster"):
        url = reverse(name, args=[motion.pk])
        client.get(url)
        with django_assert_max_num_queries(8):
            text = client.get(url).content.decode()
        assert [c for c in canaries if c in text] == []
    assert "街区指导员" in client.get(reverse("public-resolution", args=[motion.pk])).content.decode()


def test_the_poster_leads_to_the_resolution_and_needs_no_script(client):
    room = make.room()
    motion, task = following(room)
    finish_task(task, by=room.councillors[0], note="亮了")
    actions.evaluate_motion(motion, by=room.head)
    text = client.get(reverse("resolution-poster", args=[motion.pk])).content.decode()
    assert "<svg" in text and reverse("public-resolution", args=[motion.pk]) in text
    assert "满不满意" in text
    page = client.get(reverse("public-resolution", args=[motion.pk])).content.decode()
    assert page.index('name="score"') < page.index("装路灯八盏")  # what the code was scanned for comes first


def test_what_was_voted_stands_in_the_form_for_the_resolution():
    room = make.room()
    sitting = make.meeting(room, make.motion(room, state="accepted"), present=9)
    item = make.item(sitting, opened_by=room.head)
    actions.set_proposal(item, by=room.head, proposal="在球场东侧装路灯八盏")
    item = make.item(sitting)
    actions.record_show_of_hands(item, by=room.head, yes=9, no=0, abstain=0)
    motion = again(item.motion)
    assert PubliciseForm(motion=motion).initial["resolution"] == "在球场东侧装路灯八盏"


def test_an_objector_reads_the_answer_by_a_secret_link_and_only_the_handler_opens_the_phone(client):
    room = make.room()
    motion = actions.publicise_resolution(make.adopted(room), by=room.head, resolution="装路灯八盏。")
    sent = client.post(reverse("public-object", args=[motion.pk]), {"text": "太亮睡不着", "phone": "13800002222"})
    link = sent["Location"]
    before = client.get(link).content.decode()
    assert ("太亮睡不着" in before, "待答复" in before, "13800002222" in before) == (True, True, False)
    assert client.get(reverse("public-objection", args=["wrong"])).status_code == 404
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    page = reverse("motion-objections", args=[motion.pk])
    shown = client.get(page).content.decode()
    assert ("138****2222" in shown, "13800002222" in shown) == (True, False)
    key = Objection.objects.get().pk
    assert "13800002222" in client.post(page, {"reveal": key}).content.decode()
    wrong = client.post(page, {"objection": key, "answer": "请打13800003333"})
    assert (wrong.status_code, "13800003333" in wrong.content.decode()) == (200, True)  # what was typed is kept
    client.post(page, {"objection": key, "answer": "灯罩朝下"})
    after = client.get(link).content.decode()
    assert ("灯罩朝下" in after, "已答复" in after) == (True, True)


def test_an_objection_on_the_last_day_counts_and_on_the_day_after_does_not():
    room = make.room()
    motion = actions.publicise_resolution(make.adopted(room), by=room.head, resolution="装路灯八盏。")
    clock.move_to(clock.at(motion.public_until, 23, 59))
    actions.object_to_resolution(motion, by=PUBLIC, text="太亮")
    clock.move_to(clock.at(motion.public_until + timedelta(days=1)))
    with pytest.raises(Refused):
        actions.object_to_resolution(motion, by=PUBLIC, text="太亮")


def test_the_council_and_the_proposers_hear_of_each_move_once():
    room = make.room()
    motion, _task = following(room)
    told = Notice.objects.filter(url=motion.get_absolute_url(), subject__contains="开始执行")
    persons = list(told.values_list("person_id", flat=True))
    council = {a.person_id for a in (room.adviser, *room.councillors)}
    assert (set(persons), len(persons)) == (council, len(council))  # the head acted; the proposer is a councillor


def test_the_proposer_s_link_tells_the_whole_way_and_the_vote(client, django_assert_max_num_queries):
    room = make.room()
    motion, secret = actions.collect_motion(room.block, by=PUBLIC, title="装路灯", body="球场东边太黑")
    actions.recommend_motion(motion, by=room.head, recommendation="属实")
    actions.accept_motion(motion, by=room.chief)
    sitting = make.meeting(room, motion, present=8)
    item = make.item(sitting, opened_by=room.head)
    actions.record_show_of_hands(item, by=room.head, yes=6, no=1, abstain=1)
    actions.close_meeting(sitting, by=room.head)
    url = reverse("public-motion", args=[secret])
    client.get(url)
    with django_assert_max_num_queries(8):
        text = client.get(url).content.decode()
    for words in (
        "您提出了这件事",
        "报社区审定",
        "受理",
        "列入议程",
        "赞成6，反对1，弃权1",
        "应到9人，实到8人",
        "会议记录摘录",
    ):
        assert words in text
    names = [a.person.name for a in (room.head, room.chief, *room.councillors)]
    assert [n for n in names if n in text] == []


# ── supervision by itself ────────────────────────────────────────────────────────────────────────


def test_what_is_late_for_too_long_is_supervised_once_for_each_due_time():
    room = make.room()
    _motion, task = following(room)
    clock.move_to(task.due_at + timedelta(hours=1))
    assert actions.supervise_overdue() == 0  # late, and not yet by three working days
    clock.move_to(clock.now() + timedelta(days=6))
    assert (actions.supervise_overdue(), actions.supervise_overdue()) == (1, 0)
    order = SupervisionOrder.objects.get()
    assert (order.task, order.issued_by) == (task, None)
    answer_order(order, by=room.councillors[0], answer="等材料")
    assert actions.supervise_overdue() == 0
    task.refresh_from_db()
    extend_task(task, due_at=clock.now() + timedelta(days=2), reason="等材料", by=room.head)
    clock.move_to(clock.now() + timedelta(days=12))
    assert actions.supervise_overdue(by=SYSTEM) == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_order_once(tmp_path):
    room = make.room()
    _motion, task = following(room)
    late = (task.due_at + timedelta(days=10)).strftime("%Y-%m-%d %H:%M")
    said = race(
        f"""
from jiequ.council.actions import supervise_overdue
with clock.stand_at(moment({late!r})):
    print(supervise_overdue())
""",
        tmp_path,
    )
    assert sorted(said) == ["0", "1"]
    found = state("from jiequ.work.models import SupervisionOrder\nprint(SupervisionOrder.objects.count())", tmp_path)
    assert found == "1"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_the_same_moment_one_is_told(tmp_path):
    room = make.room()
    _motion, task = following(room)
    finish_task(task, by=room.councillors[0], note="亮了")
    said = race(
        f"""
from jiequ.council.actions import accept_work
from jiequ.council.models import Commitment
from jiequ.people.models import Account
row = Commitment.objects.select_related("motion__unit").get(pk={task.commitment.pk})
with clock.stand_at(moment({clock.now().strftime("%Y-%m-%d %H:%M")!r})):
    try:
        accept_work(row, by=Account.objects.get(pk=({room.head.pk}, {room.chief.pk})[number]))
        print("accepted")
    except Refused as refused:
        print(type(refused).__name__)
""",
        tmp_path,
    )
    assert sorted(said) == ["Overtaken", "accepted"]


def test_the_motion_page_has_the_buttons_for_who_accepts(client):
    room = make.room()
    motion, task = following(room, supervisor=room.adviser)
    finish_task(task, by=room.councillors[0], note="亮了")
    accept = reverse("commitment-accept", args=[Commitment.objects.get().pk])
    for who, sees in ((room.adviser, True), (room.head, False), (room.councillors[0], False)):
        client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
        assert (accept in client.get(motion.get_absolute_url()).content.decode()) is sees
    assert client.post(accept).status_code == 403
    client.force_login(room.adviser, backend="jiequ.people.accounts.AccountBackend")
    assert client.post(accept).status_code == 302
    assert "1/1" in client.get(motion.get_absolute_url()).content.decode()
