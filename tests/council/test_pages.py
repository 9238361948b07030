"""The council's pages: what they show, what they refuse, and how many statements they take."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from jiequ.council import actions
from jiequ.council.models import Meeting, Motion, Objection, Rating
from jiequ.work.actions import finish_task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        yield


def page(client, who, name, *args, **query):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client.get(reverse(name, args=args), query)


def test_the_list_shows_my_block_s_motions_and_no_stranger_s(client):
    room, other = make.room(), make.room()
    make.motion(room, title="本街区的路灯")
    make.motion(other, title="别处的路灯")
    text = page(client, room.head, "motions").content.decode()
    assert "本街区的路灯" in text
    assert "别处的路灯" not in text


@pytest.mark.parametrize("rows", [1, 3, 12])
def test_the_list_takes_the_same_statements_whatever_the_rows(client, django_assert_num_queries, rows):
    room = make.room()
    for _n in range(rows):
        make.motion(room)
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    client.get("/motions/")
    with django_assert_num_queries(6):
        client.get("/motions/")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_meeting_list_too(client, django_assert_num_queries, rows):
    room = make.room()
    for _n in range(rows):
        make.meeting(room, noticed=False)
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    client.get("/meetings/")
    with django_assert_num_queries(6):
        client.get("/meetings/")


def concluded(room):
    """A motion with everything a motion can have: votes by name, an objection, tasks, ratings."""
    meeting = make.meeting(room, make.motion(room, state="accepted"), present=9)
    item = make.item(meeting, opened_by=room.head)
    ballot = actions.open_ballot(item, by=room.head)
    for who in room.councillors:
        actions.cast_vote(ballot, by=who, choice="yes")
    actions.close_ballot(ballot, by=room.head)
    actions.close_meeting(meeting, by=room.head)
    motion = Motion.objects.select_related("unit", "rule", "responsible").get(pk=item.motion_id)
    actions.publicise_resolution(motion, by=room.head, resolution="装路灯八盏。")
    objection = actions.object_to_resolution(motion, by=PUBLIC, text="太亮")
    actions.answer_objection(objection, by=room.head, answer="灯罩朝下")
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    due = clock.now() + timedelta(days=9)
    task = actions.follow_up_motion(motion, by=room.head, responsible=room.councillors[0].person, due_at=due)
    finish_task(task, by=room.councillors[0], note="亮了")
    actions.evaluate_motion(motion, by=room.head)
    for n in range(5):
        actions.rate_resolution(motion, by=PUBLIC, score="satisfied", voter_index=str(n))
    return motion


def test_the_motion_page_shows_seven_steps_in_twelve_statements_at_most(client, django_assert_max_num_queries):
    room = make.room()
    motion = concluded(room)
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    client.get(motion.get_absolute_url())
    with django_assert_max_num_queries(12):
        text = client.get(motion.get_absolute_url()).content.decode()
    assert text.count('class="done"') == 6
    for words in ("征集", "审定", "公告", "讨论", "表决", "公示", "跟进", "5/5", "100%"):
        assert words in text


def test_a_motion_of_another_block_is_not_found(client):
    room, other = make.room(), make.room()
    assert page(client, other.head, "motion", make.motion(room).pk).status_code == 404


def test_a_move_without_the_permission_is_forbidden_and_with_it_has_a_form(client):
    room = make.room()
    motion = make.motion(room)
    assert page(client, room.councillors[0], "motion-move", motion.pk, "recommend").status_code == 403
    assert page(client, room.head, "motion-move", motion.pk, "recommend").status_code == 200
    assert page(client, room.head, "motion-move", motion.pk, "explode").status_code == 404


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(client):
    room = make.room()
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    response = client.post(reverse("meeting-new"), {"starts_at": "2021-11-01T10:00", "place": "祠堂一楼"})
    text = response.content.decode()
    assert (response.status_code, Meeting.objects.count()) == (200, 0)
    assert "祠堂一楼" in text
    assert "已经过去" in text


def test_the_buttons_of_a_motion_are_the_moves_i_may_make(client):
    room = make.room()
    motion = make.motion(room, state="recommended")
    chief = page(client, room.chief, "motion", motion.pk).content.decode()
    head = page(client, room.head, "motion", motion.pk).content.decode()
    assert reverse("motion-move", args=[motion.pk, "accept"]) in chief
    assert reverse("motion-move", args=[motion.pk, "accept"]) not in head


def test_every_move_with_a_page_can_be_made_through_it(client):
    room = make.room()
    motion = make.motion(room)
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    response = client.post(
        reverse("motion-move", args=[motion.pk, "recommend"]),
        {"title": "装路灯", "category": "facilities", "recommendation": "情况属实"},
    )
    assert response.status_code == 302
    client.force_login(room.chief, backend="jiequ.people.accounts.AccountBackend")
    assert client.post(reverse("motion-move", args=[motion.pk, "accept"])).status_code == 302
    assert Motion.objects.get(pk=motion.pk).state == "accepted"
    again = client.post(reverse("motion-move", args=[motion.pk, "accept"]))
    assert again.status_code == 409
    assert "不能" in again.content.decode()


def test_a_show_of_hands_takes_one_form(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    client.force_login(room.head, backend="jiequ.people.accounts.AccountBackend")
    assert "举手表决" in client.get(meeting.get_absolute_url()).content.decode()
    client.post(reverse("item-hands", args=[item.pk]), {"yes": 6, "no": 1, "abstain": 0})
    assert Motion.objects.get(pk=item.motion_id).state == "adopted"


def test_a_councillor_votes_once_by_name_on_the_page(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    ballot = actions.open_ballot(make.item(meeting, opened_by=room.head), by=room.head)
    url = reverse("ballot-vote", args=[ballot.pk])
    client.force_login(room.councillors[0], backend="jiequ.people.accounts.AccountBackend")
    assert client.post(url, {"choice": "yes"}).status_code == 302
    assert client.post(url, {"choice": "no"}).status_code == 409
    assert [v.choice for v in ballot.votes.all()] == [""]  # in its envelope until the close
    assert "赞成1" not in client.get(meeting.get_absolute_url()).content.decode()  # no tally before the close
    actions.close_ballot(ballot, by=room.head)
    assert ballot.votes.get(person=room.councillors[0].person).choice == "yes"


# ── public pages ─────────────────────────────────────────────────────────────────────────────────


def test_anybody_proposes_and_follows_by_a_secret_link(client):
    room = make.room()
    url = reverse("public-propose", args=[room.block.code])
    response = client.post(url, {"body": "球场东边晚上太黑。想装几盏灯", "name": "王小明", "phone": "13800001111"})
    motion = Motion.objects.get()
    assert (motion.title, response.status_code) == ("球场东边晚上太黑", 302)
    followed = client.get(response["Location"]).content.decode()
    assert motion.number in followed
    assert "13800001111" not in followed
    assert "王小明" not in followed
    assert client.get(reverse("public-motion", args=["wrong-secret"])).status_code == 404


def test_an_empty_or_wrong_public_form_loses_nothing(client):
    room = make.room()
    url = reverse("public-propose", args=[room.block.code])
    text = client.post(url, {"body": "", "name": "老陈"}).content.decode()
    assert "还差一句话" in text
    assert "老陈" in text
    text = client.post(url, {"body": "想装路灯", "phone": "12345"}).content.decode()
    assert "想装路灯" in text
    assert Motion.objects.count() == 0


def test_hostile_text_is_shown_as_text(client):
    room = make.room()
    client.post(reverse("public-propose", args=[room.block.code]), {"body": "<script>alert(1)</script>装灯"})
    text = page(client, room.head, "motion", Motion.objects.get().pk).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text


def test_a_robot_s_form_and_a_flood_change_nothing(client):
    room = make.room()
    url = reverse("public-propose", args=[room.block.code])
    client.post(url, {"body": "便宜", "website": "spam.example"})
    assert Motion.objects.count() == 0
    for n in range(31):
        client.post(url, {"body": f"想装路灯{n}"})
    assert Motion.objects.count() == 30


def test_an_oversized_text_is_refused_in_words(client):
    room = make.room()
    text = client.post(reverse("public-propose", args=[room.block.code]), {"body": "灯" * 1001}).content.decode()
    assert "1000" in text
    assert Motion.objects.count() == 0


def test_a_resolution_is_public_only_once_publicised_and_names_nobody(client):
    room = make.room()
    motion = make.adopted(room)
    url = reverse("public-resolution", args=[motion.pk])
    assert client.get(url).status_code == 404
    actions.publicise_resolution(motion, by=room.head, resolution="装路灯八盏。")
    text = client.get(url).content.decode()
    assert "装路灯八盏" in text
    for who in (room.head, *room.councillors):
        assert who.person.label not in text
        assert who.person.name not in text
    assert motion.body not in text


def test_anybody_objects_once_it_is_public_and_the_words_are_kept_from_the_public(client):
    room = make.room()
    motion = actions.publicise_resolution(make.adopted(room), by=room.head, resolution="装路灯八盏。")
    client.post(reverse("public-object", args=[motion.pk]), {"text": "太亮睡不着", "phone": "13800002222"})
    assert Objection.objects.get().text == "太亮睡不着"
    assert "太亮睡不着" not in client.get(reverse("public-resolution", args=[motion.pk])).content.decode()
    answers = page(client, room.head, "motion-objections", motion.pk).content.decode()
    assert "太亮睡不着" in answers
    client.post(
        reverse("motion-objections", args=[motion.pk]), {"objection": Objection.objects.get().pk, "answer": "灯罩朝下"}
    )
    assert "灯罩朝下" in client.get(reverse("public-resolution", args=[motion.pk])).content.decode()


def test_a_browser_rates_once_a_round(client):
    room = make.room()
    motion = concluded(room)
    url = reverse("public-rate", args=[motion.pk])
    assert client.post(url, {"score": "basically"}).status_code == 200
    assert client.post(url, {"score": "unsatisfied"}).status_code == 409
    assert Rating.objects.filter(score="basically").count() == 1
    assert Rating.objects.filter(score="unsatisfied").count() == 0


def test_a_block_without_a_council_takes_cases_and_no_motions(client):
    block = make.unit("block")
    public = client.get(reverse("public-unit", args=[block.code]))
    assert public.status_code == 200
    assert reverse("public-case-new", args=[block.code]) in public.content.decode()
    assert reverse("public-propose", args=[block.code]) not in public.content.decode()
    assert client.get(reverse("public-propose", args=[block.code])).status_code == 404


def test_a_meeting_that_is_over_says_who_was_there_and_asks_nobody_to_sign_in(client):
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    actions.note_speech(item, by=room.head, gist="请物业列一个清单")
    actions.record_show_of_hands(item, by=room.head, yes=6, no=1, abstain=0)
    actions.leave_meeting(meeting, room.councillors[0].person, by=room.councillors[0])
    actions.close_meeting(meeting, by=room.head)
    response = page(client, room.head, "meeting", meeting.pk)
    text = response.content.decode()
    assert (response.context["present"], response.context["absent"]) == (7, 2)
    assert ("“请物业列一个清单”" in text, "签到" in text, "我到了" in text) == (True, False, False)
