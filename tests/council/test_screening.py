"""Screening on its pages and in its actions: hints, pointers, the quick track, owners' votes, joining and improving."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.core.personal import blind
from jiequ.council import actions
from jiequ.council.models import Motion, OwnersVote, Proposer
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"
LAMPS = "球场东边晚上太黑，想装几盏灯"


@pytest.fixture(autouse=True)
def _wednesday():
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


def fresh(motion):
    return Motion.objects.select_related("unit", "rule", "recommended_into").get(pk=motion.pk)


def text_of(client, who, motion):
    client.force_login(who, backend=BACKEND)
    return client.get(motion.get_absolute_url()).content.decode()


def move(motion, name, **query):
    address = reverse("motion-move", args=[motion.pk, name])
    return address + "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else address


# ── hints on the page ────────────────────────────────────────────────────────────────────────────


def test_the_chief_may_refer_at_once_and_the_head_may_recommend_it(client):
    room = make.room()
    motion = make.motion(room, title="动用维修资金换电梯")
    chief, head = text_of(client, room.chief, motion), text_of(client, room.head, motion)
    assert move(motion, "refer", finding="owners-5") in chief
    assert move(motion, "recommend", finding="owners-5") in head
    assert move(motion, "refer", finding="owners-5") not in head
    assert "审定提示" not in text_of(client, room.councillors[0], motion)


def test_a_hint_s_form_comes_filled_in_and_can_be_changed(client):
    room = make.room()
    motion = make.motion(room, title="动用维修资金换电梯")
    client.force_login(room.chief, backend=BACKEND)
    filled = client.get(move(motion, "refer", finding="owners-5")).context["form"]
    assert filled["referred_to"].value() == "业主大会"
    assert "第278条第五项" in filled["reason"].value()
    assert client.get(move(motion, "refer", finding="nonsense")).context["form"]["reason"].value() is None
    client.post(move(motion, "refer"), {"reason": "另有说法", "referred_to": "区住建局"})
    assert (fresh(motion).reason, fresh(motion).referred_to) == ("另有说法", "区住建局")


def test_a_duplicate_points_to_the_merge_into_the_one_that_is_open(client):
    room = make.room()
    first, second = make.motion(room, state="accepted"), make.motion(room, title=LAMPS)
    key = f"duplicate-{first.pk}"
    assert move(second, "merge", finding=key) in text_of(client, room.chief, second)
    form = client.get(move(second, "merge", finding=key)).context["form"]
    assert (form["into"].value(), first.number in form["reason"].value()) == (first.pk, True)
    client.force_login(room.head, backend=BACKEND)
    form = client.get(move(second, "recommend", finding=key)).context["form"]
    assert (form["move"].value(), form["into"].value()) == ("merge", first.pk)


def test_nothing_of_another_block_or_of_more_than_a_year_ago_is_compared(client):
    room, other = make.room(), make.room()
    make.motion(other)
    make.motion(room)
    clock.move_to(make.WEDNESDAY + timedelta(days=370))
    assert "很像" not in text_of(client, room.chief, make.motion(room))
    clock.move_to(make.WEDNESDAY + timedelta(days=371))
    assert "很像" in text_of(client, room.chief, make.motion(room))


def test_hints_are_silent_once_screening_is_over(client):
    room = make.room()
    motion = make.motion(room, title="动用维修资金换电梯", state="accepted")
    assert "审定提示" not in text_of(client, room.chief, motion)


@pytest.mark.parametrize("others", [0, 1, 12])
def test_the_page_of_a_motion_in_screening_takes_the_same_statements_whatever_it_is_compared_with(
    client, django_assert_num_queries, others
):
    room = make.room()
    motion = make.motion(room, state="recommended")
    for _n in range(others):
        make.motion(room)
    client.force_login(room.chief, backend=BACKEND)
    client.get(motion.get_absolute_url())
    with django_assert_num_queries(11):
        client.get(motion.get_absolute_url())


def test_the_screening_deadline_stands_on_the_page(client):
    room = make.room()
    assert "12月8日前审定" in text_of(client, room.head, make.motion(room))


# ── a recommendation is a pointer ────────────────────────────────────────────────────────────────


def test_a_recommendation_without_a_move_points_at_accepting():
    motion = make.motion(make.room(), state="recommended")
    assert (motion.recommended_move, motion.recommended_into, motion.recommended_to) == ("accept", None, "")


def test_the_community_s_first_button_is_what_the_head_recommends_with_its_form_filled_in(client):
    room = make.room()
    motion = make.motion(room, title="动用维修资金换电梯")
    actions.recommend_motion(
        motion, by=room.head, recommendation="由业主共同决定", move="refer", referred_to="业主大会"
    )
    page = text_of(client, room.chief, motion)
    assert f'class="btn btn-primary" href="{move(motion, "refer")}"' in page
    assert f'class="btn" href="{move(motion, "accept")}"' in page
    form = client.get(move(motion, "refer")).context["form"]
    assert (form["reason"].value(), form["referred_to"].value()) == ("由业主共同决定", "业主大会")
    assert client.post(move(motion, "accept")).status_code == 302  # it stays the community's decision
    assert fresh(motion).state == "accepted"


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ({"move": "merge"}, "into"),
        ({"move": "refer"}, "referred_to"),
        ({"move": "adopt"}, "move"),
        ({"move": ""}, "move"),
    ],
)
def test_a_pointer_that_leads_nowhere_is_refused(pointer, field):
    room = make.room()
    motion = make.motion(room)
    with pytest.raises(Refused) as refused:
        actions.recommend_motion(motion, by=room.head, recommendation="好", **pointer)
    assert (refused.value.field, fresh(motion).state) == (field, "collected")


def test_merging_is_recommended_only_into_an_open_motion_of_the_same_block():
    room, other = make.room(), make.room()
    motion, ended, foreign = make.motion(room), make.motion(room), make.motion(other)
    actions.return_motion(ended, by=room.chief, reason="不具体")
    for into in (motion, ended, foreign):
        with pytest.raises(Refused):
            actions.recommend_motion(motion, by=room.head, recommendation="并", move="merge", into=into)
    target = make.motion(room)
    actions.recommend_motion(motion, by=room.head, recommendation="并", move="merge", into=target)
    assert (fresh(motion).recommended_move, fresh(motion).recommended_into) == ("merge", target)


def test_a_number_in_the_title_is_refused_before_the_title_can_become_public():
    room = make.room()
    motion = make.motion(room, title="路灯找13800001111")
    with pytest.raises(Refused) as refused:
        actions.recommend_motion(motion, by=room.head, recommendation="好")
    assert refused.value.field == "title"
    actions.recommend_motion(motion, by=room.head, recommendation="好", title="装路灯")
    assert fresh(motion).title == "装路灯"


def test_the_head_recommends_a_move_on_the_form_and_what_is_missing_is_said_at_its_field(client):
    room = make.room()
    motion = make.motion(room)
    client.force_login(room.head, backend=BACKEND)
    sent = {"title": "装路灯", "category": "facilities", "recommendation": "不归街区", "move": "refer"}
    response = client.post(move(motion, "recommend"), sent)
    assert (response.status_code, "referred_to" in response.context["form"].errors) == (200, True)
    assert "不归街区" in response.content.decode()
    assert client.post(move(motion, "recommend"), sent | {"referred_to": "区城管局"}).status_code == 302
    assert (fresh(motion).recommended_move, fresh(motion).recommended_to) == ("refer", "区城管局")


# ── the quick track ──────────────────────────────────────────────────────────────────────────────


def test_the_quick_track_is_answered_within_forty_eight_real_hours_without_a_meeting():
    room = make.room()
    motion = make.motion(room, title="三栋二楼换灯泡")
    clock.move_to(make.moment("2021-12-03 17:00"))  # a Friday: the weekend counts
    actions.take_quick(motion, by=room.head)
    task = Task.objects.about(motion).open().get()
    due = make.moment("2021-12-05 17:00")
    assert (motion.state, motion.quick_due_at, task.verb, task.role, task.due_at) == (
        "quick", due, "council.answer_quick", "head", due,
    )  # fmt: skip
    actions.answer_quick(motion, by=room.head, answer="今天下午换好了。")
    row = fresh(motion)
    assert (row.state, row.answer, row.answered_at) == ("answered", "今天下午换好了。", clock.now())
    assert Task.objects.about(motion).open().count() == 0
    assert Notice.objects.filter(person=room.councillors[0].person, subject__contains="有答复了").count() == 1
    assert (row.decided_at, row.was_adopted, row.has_ended) == (None, None, True)
    entry = JournalEntry.objects.about(motion).filter(verb="answer").get()
    assert (entry.facts["in_time"], "灯泡" in str(entry.facts)) == (True, False)


def test_an_answer_needs_words_and_holds_no_number():
    room = make.room()
    motion = actions.take_quick(make.motion(room), by=room.head)
    for answer in ("  ", "请找电工13800001111"):
        with pytest.raises(Refused) as refused:
            actions.answer_quick(motion, by=room.head, answer=answer)
        assert refused.value.field == "answer"
    assert fresh(motion).state == "quick"


def test_what_is_not_so_small_is_brought_up_with_a_reason_and_a_fresh_task():
    room = make.room()
    motion = actions.take_quick(make.motion(room), by=room.head)
    with pytest.raises(Refused):
        actions.bring_up(motion, by=room.head, reason=" ")
    clock.move_to(make.WEDNESDAY + timedelta(days=9))
    actions.bring_up(motion, by=room.head, reason="要换整条线路")
    row, task = fresh(motion), Task.objects.about(motion).open().get()
    assert (row.state, row.reason) == ("collected", "要换整条线路")
    assert row.quick_due_at is not None  # that it was due and not answered stays countable
    assert (task.verb, task.due_at > clock.now()) == ("council.recommend", True)
    assert Task.objects.about(motion).get(verb="council.answer_quick").state == "dropped"


def test_only_the_head_s_side_takes_the_quick_track_and_two_do_not_take_it_twice():
    room = make.room()
    motion = make.motion(room)
    stale = fresh(motion)
    with pytest.raises(NotAllowed):
        actions.take_quick(motion, by=room.councillors[0])
    actions.take_quick(motion, by=room.head)
    with pytest.raises(Overtaken):
        actions.take_quick(stale, by=room.head)
    assert Task.objects.about(motion).open().count() == 1


def test_the_quick_track_goes_through_its_pages_and_the_resident_reads_the_answer(client):
    room = make.room()
    motion, secret = actions.collect_motion(room.block, by=PUBLIC, title="换灯泡", body="三栋二楼楼道灯泡坏了，请换。")
    page = text_of(client, room.head, motion)
    assert "可以走即时议，48小时内" in page
    client.post(move(motion, "take_quick"))
    assert "即时议" in text_of(client, room.head, motion)
    assert motion.title in client.get(reverse("motions"), {"view": "screening"}).content.decode()
    client.post(move(motion, "answer"), {"answer": "下午换好了。"})
    assert "下午换好了" in text_of(client, room.head, motion)
    assert motion.title in client.get(reverse("motions"), {"view": "ended"}).content.decode()
    client.logout()
    assert "下午换好了" in client.get(reverse("public-motion", args=[secret])).content.decode()


# ── owners' votes ────────────────────────────────────────────────────────────────────────────────

CARRIED = {
    "held_on": date(2021, 12, 1), "is_special": False, "heads_total": 99, "heads_cast": 66, "heads_yes": 34,
    "area_total": Decimal("9900.00"), "area_cast": Decimal("6600.00"), "area_yes": Decimal("3300.01"),
}  # fmt: skip


def referred(room, **more):
    motion = make.motion(room, title="动用维修资金换电梯", **more)
    return actions.refer_motion(motion, by=room.chief, reason="由业主共同决定", referred_to="业主大会")


def test_the_owners_vote_is_recorded_once_and_the_proposer_is_told():
    room = make.room()
    motion = referred(room)
    vote = actions.record_owners_vote(motion, by=room.head, **CARRIED)
    assert (vote.passed, OwnersVote.objects.get().area_yes) == (True, Decimal("3300.01"))
    assert Notice.objects.filter(person=room.councillors[0].person, subject__contains="业主表决通过").count() == 1
    with pytest.raises(Overtaken):
        actions.record_owners_vote(motion, by=room.chief, **CARRIED)
    assert fresh(motion).state == "referred"


@pytest.mark.parametrize(
    ("change", "passed"),
    [({"area_yes": Decimal("3300.00")}, False), ({"heads_yes": 33}, False), ({"area_cast": Decimal("6599.99")}, False),
     ({"is_special": True}, False), ({"is_special": True, "heads_yes": 50, "area_yes": Decimal("4950.00")}, True)],
)  # fmt: skip
def test_both_bases_decide(change, passed):
    room = make.room()
    assert actions.record_owners_vote(referred(room), by=room.head, **(CARRIED | change)).passed is passed


@pytest.mark.parametrize(
    ("change", "field"),
    [({"heads_total": 0}, "heads_total"), ({"heads_cast": 100}, "heads_cast"), ({"heads_yes": 67}, "heads_yes"),
     ({"area_yes": Decimal("6600.01")}, "area_yes"), ({"area_total": Decimal("9900.001")}, "area_total"),
     ({"held_on": date(2021, 12, 2)}, "held_on")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused_at_their_field(change, field):
    room = make.room()
    with pytest.raises(Refused) as refused:
        actions.record_owners_vote(referred(room), by=room.head, **(CARRIED | change))
    assert (refused.value.field, OwnersVote.objects.count()) == (field, 0)


def test_only_a_referred_motion_has_an_owners_vote_and_not_everybody_enters_it():
    room = make.room()
    with pytest.raises(Refused):
        actions.record_owners_vote(make.motion(room), by=room.head, **CARRIED)
    with pytest.raises(NotAllowed):
        actions.record_owners_vote(referred(room), by=room.councillors[0], **CARRIED)


def test_the_owners_vote_is_entered_on_its_page_and_stands_on_the_motion_s_and_the_proposer_s(client):
    room = make.room()
    motion, secret = actions.collect_motion(room.block, by=PUBLIC, title="换电梯", body="用维修资金换三栋电梯。")
    actions.refer_motion(motion, by=room.chief, reason="由业主共同决定", referred_to="业主大会")
    address = reverse("motion-owners", args=[motion.pk])
    assert address in text_of(client, room.head, motion)
    wrong = client.post(address, CARRIED | {"heads_yes": 67})
    assert (wrong.status_code, "heads_yes" in wrong.context["form"].errors) == (200, True)
    assert client.post(address, CARRIED).status_code == 302
    page = text_of(client, room.head, motion)
    assert ("业主表决通过" in page, address in page, "3300.01" in page) == (True, False, True)
    client.logout()
    assert "业主表决通过" in client.get(reverse("public-motion", args=[secret])).content.decode()


# ── joining, merging, improving ──────────────────────────────────────────────────────────────────


def announced(room):
    """A motion whose title stands in a meeting's notice."""
    motion = make.motion(room, state="accepted")
    make.meeting(room, motion)
    return fresh(motion)


def test_who_seconds_is_told_of_what_follows_and_is_there_once():
    room = make.room()
    motion, friend = make.motion(room), room.councillors[1]
    actions.second_motion(motion, by=friend)
    for who in (friend, room.councillors[0]):
        with pytest.raises(Overtaken):
            actions.second_motion(motion, by=who)
    actions.return_motion(motion, by=room.chief, reason="请写明地点")
    assert Notice.objects.filter(person=friend.person, url=motion.get_absolute_url()).count() == 1
    with pytest.raises(Refused):
        actions.second_motion(motion, by=room.councillors[2])
    assert motion.proposers.count() == 2


def test_the_button_to_second_is_for_whoever_has_not_proposed_it(client):
    room = make.room()
    motion = make.motion(room)
    address = reverse("motion-second", args=[motion.pk])
    assert address not in text_of(client, room.councillors[0], motion)
    assert address in text_of(client, room.councillors[1], motion)
    assert client.post(address).status_code == 302
    assert address not in text_of(client, room.councillors[1], motion)
    assert client.get(address).status_code == 405


def test_a_resident_is_shown_the_announced_one_first_and_loses_nothing_that_was_typed(client):
    room = make.room()
    motion = announced(room)
    address = reverse("public-propose", args=[room.block.code])
    sent = {"body": LAMPS, "name": "王小明", "phone": "13800001111"}
    page = client.post(address, sent)
    text = page.content.decode()
    assert (page.status_code, Motion.objects.count()) == (200, 1)
    for kept in (motion.title, LAMPS, "王小明", "13800001111"):
        assert kept in text
    assert motion.body not in text
    anyway = client.post(address, sent | {"anyway": "1"})
    assert (anyway.status_code, Motion.objects.count()) == (302, 2)


def test_a_resident_who_seconds_follows_it_by_a_secret_link(client):
    room = make.room()
    motion = announced(room)
    address = reverse("public-propose", args=[room.block.code])
    sent = {"body": LAMPS, "name": "王小明", "phone": "13800001111", "second": motion.pk}
    response = client.post(address, sent)
    assert (response.status_code, Motion.objects.count(), motion.proposers.count()) == (302, 1, 2)
    followed = client.get(response["Location"]).content.decode()
    assert motion.number in followed
    raw = Proposer.objects.filter(motion=motion, person=None).values_list("phone", flat=True)[0]
    assert b"13800001111" not in bytes(raw)


def test_what_was_not_announced_is_told_to_nobody_and_cannot_be_joined_from_outside(client):
    room, other = make.room(), make.room()
    hidden, foreign = make.motion(room), announced(other)
    address = reverse("public-propose", args=[room.block.code])
    for key in (hidden.pk, foreign.pk, "0", "x", "9" * 30, "²"):
        assert client.post(address, {"body": LAMPS, "second": key}).status_code == 404
    assert (
        client.post(address, {"body": LAMPS}).status_code == 302
    )  # straight through, without a word of the hidden one


def test_proposing_in_public_takes_few_statements(client, django_assert_max_num_queries):
    room = make.room()
    announced(room)
    address = reverse("public-propose", args=[room.block.code])
    with django_assert_max_num_queries(8):
        assert client.post(address, {"body": LAMPS}).status_code == 200


def test_a_clerk_is_told_before_sending_and_may_send_anyway(client):
    room = make.room()
    first = make.motion(room)
    who = room.councillors[1]
    client.force_login(who, backend=BACKEND)
    sent = {"unit": room.block.pk, "title": "球场东边太黑", "body": LAMPS, "category": "facilities"}
    page = client.post(reverse("motion-new"), sent)
    text = page.content.decode()
    assert (page.status_code, Motion.objects.count()) == (200, 1)
    assert (first.number in text, reverse("motion-second", args=[first.pk]) in text, LAMPS in text) == (True,) * 3
    assert client.post(reverse("motion-new"), sent | {"anyway": "1"}).status_code == 302
    assert Motion.objects.count() == 2


def test_what_is_plainly_fine_is_sent_at_once(client):
    room = make.room()
    client.force_login(room.councillors[1], backend=BACKEND)
    sent = {
        "unit": room.block.pk,
        "title": "球场东侧装路灯",
        "body": "球场东侧晚上太黑，老人绊倒过。",
        "category": "facilities",
    }
    assert client.post(reverse("motion-new"), sent).status_code == 302


def test_no_chain_of_merges_loses_a_resident_or_forgets_what_they_proposed():
    room = make.room()
    made = [actions.collect_motion(room.block, by=PUBLIC, title=f"路灯{n}", body="球场太黑") for n in range(3)]
    (a, secret_a), (b, _), (c, _) = made
    actions.second_motion(a, by=room.councillors[0])
    actions.second_motion(c, by=room.councillors[0])
    actions.merge_motion(a, into=b, by=room.chief)
    actions.merge_motion(fresh(b), into=c, by=room.chief)
    proposers = list(c.proposers.order_by("id"))
    assert len([p for p in proposers if p.person_id is None]) == 3
    assert len([p for p in proposers if p.person_id is not None]) == 1
    mine = Proposer.objects.get(token_index=blind(secret_a, "proposer"))
    assert (mine.motion_id, mine.came_with_id) == (c.pk, a.pk)
    told = Notice.objects.count()
    actions.return_motion(c, by=room.chief, reason="请补上地点")
    assert Notice.objects.count() == told + 1


def test_two_that_are_merged_into_each_other_end_in_one():
    room = make.room()
    a, b = make.motion(room), make.motion(room)
    stale_a, stale_b = fresh(a), fresh(b)
    actions.merge_motion(a, into=b, by=room.chief)
    with pytest.raises(Refused):
        actions.merge_motion(stale_b, into=stale_a, by=room.chief)
    assert {fresh(a).state, fresh(b).state} == {"merged", "collected"}


def test_a_resident_reads_the_reason_improves_the_motion_and_screening_begins_anew(client):
    room = make.room()
    motion, secret = actions.collect_motion(room.block, by=PUBLIC, title="太黑", body="太黑")
    address = reverse("public-resubmit", args=[secret])
    assert address not in client.get(reverse("public-motion", args=[secret])).content.decode()
    actions.recommend_motion(motion, by=room.head, recommendation="请补上地点", move="return")
    actions.return_motion(motion, by=room.chief, reason="请补上地点")
    page = client.get(reverse("public-motion", args=[secret])).content.decode()
    assert ("请补上地点" in page, address in page) == (True, True)
    empty = client.post(address, {"body": " "})
    assert (empty.status_code, "还差一句话" in empty.content.decode()) == (200, True)
    assert client.post(address, {"body": "球场东侧太黑。想装几盏灯"}).status_code == 302
    row = fresh(motion)
    assert (row.state, row.title, row.body, row.number) == (
        "collected",
        "球场东侧太黑",
        "球场东侧太黑。想装几盏灯",
        motion.number,
    )
    assert (row.screened_at, row.recommended_move, row.reason) == (None, "", "")
    assert Task.objects.about(row).open().get().verb == "council.recommend"
    again = client.post(address, {"body": "再来一次"})
    assert (again.status_code, fresh(motion).title) == (302, "球场东侧太黑")
    assert client.post(reverse("public-resubmit", args=["wrong"]), {"body": "x"}).status_code == 404


def test_who_only_seconded_never_sees_nor_changes_another_s_words(client):
    room = make.room()
    motion, _secret = actions.collect_motion(room.block, by=PUBLIC, title="太黑", body="只给办理人员看的话")
    _proposer, other = actions.second_motion(motion, by=PUBLIC)
    merged, third = actions.collect_motion(room.block, by=PUBLIC, title="也黑", body="也黑")
    actions.merge_motion(merged, into=motion, by=room.chief)
    actions.return_motion(fresh(motion), by=room.chief, reason="请补上地点")
    for secret in (other, third):
        page = client.get(reverse("public-motion", args=[secret])).content.decode()
        assert ("请补上地点" in page, "只给办理人员看的话" in page, "resubmit" in page) == (True, False, False)
        client.post(reverse("public-resubmit", args=[secret]), {"body": "改掉"})
        with pytest.raises(Refused):
            actions.resubmit_motion(fresh(motion), by=PUBLIC, title="改", body="改", secret=secret)
    with pytest.raises(Refused):
        actions.resubmit_motion(fresh(motion), by=PUBLIC, title="改", body="改")
    assert fresh(motion).body == "只给办理人员看的话"


def test_the_proposer_s_page_takes_few_statements(client, django_assert_max_num_queries):
    room = make.room()
    motion, secret = actions.collect_motion(room.block, by=PUBLIC, title="太黑", body="太黑")
    actions.return_motion(motion, by=room.chief, reason="请补上地点")
    with django_assert_max_num_queries(8):
        client.get(reverse("public-motion", args=[secret]))
