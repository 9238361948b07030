"""The pages before the meeting: preparing, the notice page, moving, apologies, the calendar file."""

from datetime import timedelta

import icalendar
import pytest
from django.urls import reverse

from jiequ.core import clock
from jiequ.council import actions
from jiequ.council.models import Apology, Meeting, Motion
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def room():
    return make.room()


def signed_in(client, who):
    client.force_login(who, backend="jiequ.people.accounts.AccountBackend")
    return client


def typed(meeting, **more):
    """The agenda form as it stands on the page."""
    data = {}
    for item in meeting.items.all():
        data |= {f"minutes-{item.pk}": item.minutes, f"proposal-{item.pk}": item.proposal}
    return data | more


def test_the_agenda_is_saved_moved_and_added_to_without_scripts(client, room):
    signed_in(client, room.head)
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(3)], noticed=False)
    first, second, third = meeting.items.order_by("position")
    url = reverse("meeting-prepare", args=[meeting.pk])
    assert client.post(url, typed(meeting, **{f"minutes-{first.pk}": 40}, down=first.pk)).status_code == 302
    assert list(meeting.items.order_by("position").values_list("pk", "minutes")) == [
        (second.pk, 15), (first.pk, 40), (third.pk, 15),
    ]  # fmt: skip
    client.post(url, typed(meeting, up=third.pk, **{f"proposal-{third.pk}": "同意"}))
    assert [i.pk for i in meeting.items.order_by("position")] == [second.pk, third.pk, first.pk]
    assert meeting.items.get(pk=third.pk).proposal == "同意"
    client.post(url, typed(meeting, up=second.pk))  # the first stays the first
    assert [i.pk for i in meeting.items.order_by("position")] == [second.pk, third.pk, first.pk]
    extra = make.motion(room, state="accepted", title="停车位")
    client.post(url, typed(meeting, add=extra.pk))
    assert meeting.items.order_by("position").last().motion == extra
    text = client.get(url).content.decode()
    assert "4个议题，预计85分钟，10:00至11:25" in text


@pytest.mark.parametrize("minutes", ["", "0", "一刻钟", "99999999999999999999", "-5", "241"])
def test_minutes_that_are_none_keep_what_was_typed(client, room, minutes):
    meeting = make.meeting(room, noticed=False)
    item = make.item(meeting)
    answer = signed_in(client, room.head).post(
        reverse("meeting-prepare", args=[meeting.pk]),
        {f"minutes-{item.pk}": minutes, f"proposal-{item.pk}": "同意装八盏", "save": "1"},
    )
    assert (answer.status_code, make.item(meeting).minutes) == (409, 15)
    assert "同意装八盏" in answer.content.decode()
    assert "1到240分钟" in answer.content.decode()


def test_hostile_presses_change_nothing(client, room):
    meeting = make.meeting(room, noticed=False)
    url = reverse("meeting-prepare", args=[meeting.pk])
    signed_in(client, room.head)
    other = make.motion(make.room(), state="accepted")
    for data in ({"up": "x"}, {"down": "-1"}, {"up": "9" * 30}):
        assert client.post(url, typed(meeting, **data)).status_code == 302
    assert client.post(url, typed(meeting, add=other.pk)).status_code == 404
    assert client.post(url, typed(meeting, add="x")).status_code == 404
    assert client.post(url, {}).status_code == 409
    assert meeting.items.count() == 1


def test_a_motion_gets_on_the_next_agenda_in_two_taps(client, room):
    signed_in(client, room.head)
    motion = make.motion(room, state="accepted")
    soon, later = make.meeting(room, noticed=False), None
    clock.move_to(clock.now() + timedelta(hours=1))
    later = actions.plan_meeting(room.block, by=room.head, starts_at=soon.starts_at + timedelta(days=9), place="祠堂")
    asked = client.get(reverse("motion-move", args=[motion.pk, "list"]))
    choices = [value.value for value, _label in asked.context["form"].fields["meeting"].choices]
    assert choices == [soon.pk, later.pk]  # the first is what the form shows
    client.post(reverse("motion-move", args=[motion.pk, "list"]), {"meeting": soon.pk})
    assert Motion.objects.get(pk=motion.pk).meeting == soon


def test_without_a_planned_meeting_listing_offers_to_plan_one_and_comes_back(client, room):
    signed_in(client, room.head)
    motion = make.motion(room, state="accepted")
    answer = client.get(reverse("motion-move", args=[motion.pk, "list"]), follow=True)
    form = answer.context["form"]
    assert motion.pk in form.initial["motions"]
    assert "还没有定下一次会" in answer.content.decode()
    where = answer.redirect_chain[-1][0]
    data = {"starts_at": form.initial["starts_at"], "place": "祠堂", "motions": form.initial["motions"]}
    answer = client.post(where, data)
    assert (answer.status_code, answer["Location"]) == (302, motion.get_absolute_url())
    assert Motion.objects.get(pk=motion.pk).state == "listed"


def test_what_was_left_undecided_is_chosen_already_and_so_are_adviser_and_head(client, room):
    left, fresh = make.motion(room, state="accepted"), make.motion(room, state="accepted")
    meeting = make.meeting(room, left)
    clock.move_to(meeting.starts_at)
    actions.adjourn_meeting(meeting, by=room.head)
    answer = signed_in(client, room.head).get(reverse("meeting-new"))
    initial = answer.context["form"].initial
    assert (initial["motions"], initial["chair"], initial["secretary"]) == (
        [left.pk], room.adviser.person_id, room.head.person_id,
    )  # fmt: skip
    text = answer.content.decode()
    assert text.index(left.number) < text.index(fresh.number)
    assert "上次会没有议决" in text


def test_the_notice_page_shows_what_was_looked_at_and_what_will_be_said(client, room):
    signed_in(client, room.head)
    meeting = make.meeting(room, noticed=False)
    url = reverse("meeting-move", args=[meeting.pk, "notice"])
    text = client.get(url).content.decode()
    for words in ("公告前检查", "还没有定主持人、记录人", "时间：2021年12月5日（周日）10:00至10:15", "11人"):
        assert words in text
    assert " disabled" not in text
    clock.move_to(make.moment("2021-12-03 09:00"))
    text = client.get(url).content.decode()
    assert " disabled" in text
    assert "公告期不够" in text
    answer = client.post(url)
    assert (answer.status_code, Meeting.objects.get(pk=meeting.pk).state) == (409, "planned")
    clock.move_to(make.WEDNESDAY)
    assert client.post(url).status_code == 302
    assert Meeting.objects.get(pk=meeting.pk).state == "noticed"


def test_a_meeting_is_edited_before_and_moved_after_its_notice(client, room):
    signed_in(client, room.head)
    meeting = make.meeting(room, noticed=False)
    url = reverse("meeting-edit", args=[meeting.pk])
    data = {"starts_at": "2021-12-09T19:30", "place": "祠堂", "chair": room.adviser.person_id, "secretary": ""}
    assert client.post(url, data).status_code == 302
    assert Meeting.objects.get(pk=meeting.pk).chair == room.adviser.person
    actions.send_notice(Meeting.objects.get(pk=meeting.pk), by=room.head)
    text = client.post(url, {"starts_at": "2021-12-02T10:00", "place": "球场", "reason": "天气"}).content.decode()
    assert "须提前3天" in text
    assert "球场" in text
    assert client.post(url, {"starts_at": "2021-12-10T19:30", "place": "球场", "reason": "天气"}).status_code == 302
    assert Meeting.objects.get(pk=meeting.pk).calendar_sequence == 1


def test_a_member_apologises_and_the_head_does_it_for_another(client, room):
    meeting = make.meeting(room)
    url = reverse("meeting-apology", args=[meeting.pk])
    signed_in(client, room.councillors[0]).post(url)
    assert Apology.objects.get().person == room.councillors[0].person
    client.post(url, {"withdraw": "1"})
    assert Apology.objects.count() == 0
    assert client.post(url, {"person": room.councillors[1].person_id}).status_code == 403
    signed_in(client, room.head).post(url, {"person": room.councillors[1].person_id})
    assert Apology.objects.get().person == room.councillors[1].person
    assert client.post(url, {"person": "x"}).status_code == 404


def test_the_calendar_file_is_an_event_of_one_s_own(client, room):
    meeting = make.meeting(room)
    answer = signed_in(client, room.councillors[0]).get(reverse("meeting-calendar", args=[meeting.pk]))
    assert answer["Content-Type"].startswith("text/calendar")
    read = icalendar.Calendar.from_ical(answer.content.decode())
    assert str(read["METHOD"]) == "PUBLISH"
    assert read.walk("VEVENT")[0].decoded("dtstart") == clock.local(meeting.starts_at)
    stranger = make.room().head
    assert signed_in(client, stranger).get(reverse("meeting-calendar", args=[meeting.pk])).status_code == 404


@pytest.mark.parametrize("rows", [1, 4])
def test_preparing_takes_the_same_statements_whatever_the_rows(client, room, django_assert_num_queries, rows):
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(rows)], noticed=False)
    for item in meeting.items.all():
        actions.add_paper(item, by=room.head, title="报价", content=b"x")
    for _ in range(rows):
        make.motion(room, state="accepted")
    signed_in(client, room.head)
    url = reverse("meeting-prepare", args=[meeting.pk])
    client.get(url)
    with django_assert_num_queries(16):
        client.get(url)


def test_the_meeting_s_page_says_who_is_expected_and_lets_members_apologise(client, room):
    meeting = make.meeting(room)
    for who in room.councillors[:3]:
        actions.make_apology(meeting, by=who)
    text = signed_in(client, room.councillors[0]).get(meeting.get_absolute_url()).content.decode()
    assert "请假3人，预计到会6人，法定6人" in text
    assert "我能来了" in text
    actions.make_apology(meeting, by=room.councillors[3])
    text = signed_in(client, room.head).get(meeting.get_absolute_url()).content.decode()
    assert "人数不够，开不成会" in text
    assert reverse("meeting-edit", args=[meeting.pk]) in text
    outsider = make.account("member", make.unit("red_grid", inside=room.block))
    text = signed_in(client, outsider).get(meeting.get_absolute_url()).content.decode()
    assert reverse("meeting-apology", args=[meeting.pk]) not in text
    assert reverse("meeting-calendar", args=[meeting.pk]) in text


def test_papers_are_linked_on_the_meeting_s_page_and_may_still_be_added(client, room):
    meeting = make.meeting(room)
    paper = actions.add_paper(make.item(meeting), by=room.head, title="三家报价", content=b"x")
    text = signed_in(client, room.councillors[0]).get(meeting.get_absolute_url()).content.decode()
    assert reverse("paper", args=[paper.pk]) in text
    assert "三家报价" in text
    assert reverse("paper-add", args=[make.item(meeting).pk]) not in text
    text = signed_in(client, room.head).get(meeting.get_absolute_url()).content.decode()
    assert reverse("paper-add", args=[make.item(meeting).pk]) in text
