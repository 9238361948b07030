"""Steps 3 and 4: planning, notice, the room."""

from datetime import timedelta

import pytest

from jiequ.core import clock
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.models import Attendance, Meeting, Motion
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_meeting_in_the_past_is_refused_and_names_the_field():
    room = make.room()
    with pytest.raises(Refused) as refused:
        actions.plan_meeting(room.block, by=room.head, starts_at=clock.now() - timedelta(hours=1), place="会议室")
    assert (refused.value.field, Meeting.objects.count()) == ("starts_at", 0)


def test_a_meeting_leaves_the_rule_s_days_for_its_notice():
    room = make.room()
    with pytest.raises(Refused):
        actions.plan_meeting(room.block, by=room.head, starts_at=make.moment("2021-12-03 23:00"), place="会议室")
    meeting = actions.plan_meeting(room.block, by=room.head, starts_at=make.moment("2021-12-04 08:00"), place="会议室")
    assert Task.objects.about(meeting).get().due_at == make.moment("2021-12-01 08:00")


def test_the_notice_names_time_place_and_topics_in_its_body():
    room = make.room()
    meeting = make.meeting(room, make.motion(room, state="accepted", title="球场东侧装路灯"))
    notice = Notice.objects.filter(url=meeting.get_absolute_url(), person=room.councillors[3].person).get()
    assert "12月05日 10:00" in notice.subject
    assert "党群服务站" in notice.subject
    assert "球场东侧装路灯" in notice.body
    assert Notice.objects.filter(url=meeting.get_absolute_url()).count() == 11  # head, adviser, nine councillors


def test_an_empty_agenda_is_not_noticed():
    room = make.room()
    meeting = actions.plan_meeting(room.block, by=room.head, starts_at=make.moment("2021-12-05 10:00"), place="会议室")
    with pytest.raises(Refused):
        actions.send_notice(meeting, by=room.head)


def test_a_notice_too_late_is_refused():
    room = make.room()
    meeting = make.meeting(room, noticed=False)
    clock.move_to(make.moment("2021-12-03 09:00"))
    with pytest.raises(Refused):
        actions.send_notice(meeting, by=room.head)
    assert Meeting.objects.get(pk=meeting.pk).state == "planned"


def test_after_the_notice_the_agenda_stands():
    room = make.room()
    meeting = make.meeting(room)
    with pytest.raises(Refused):
        actions.add_to_agenda(meeting, make.motion(room, state="accepted"), by=room.head)
    with pytest.raises(Refused):
        actions.remove_from_agenda(make.item(meeting), by=room.head)


def test_before_the_notice_a_motion_can_come_off_and_waits_again():
    room = make.room()
    meeting = make.meeting(room, noticed=False)
    item = make.item(meeting)
    actions.remove_from_agenda(item, by=room.head)
    assert (Motion.objects.get(pk=item.motion_id).state, meeting.items.count()) == ("accepted", 0)


def test_nobody_signs_in_before_the_day_or_twice_and_a_stranger_not_at_all():
    room, other = make.room(), make.room()
    meeting = make.meeting(room)
    member = room.councillors[0]
    with pytest.raises(Refused):
        actions.sign_in(meeting, member.person, by=member)
    clock.move_to(meeting.starts_at)
    actions.sign_in(meeting, member.person, by=member)
    with pytest.raises(Overtaken):
        actions.sign_in(meeting, member.person, by=member)
    with pytest.raises(Refused):
        actions.sign_in(meeting, other.councillors[0].person, by=other.councillors[0])
    with pytest.raises(NotAllowed):
        actions.sign_in(meeting, room.councillors[1].person, by=room.councillors[2])


def test_a_meeting_opens_only_with_a_quorum_and_says_how_many_are_missing():
    room = make.room()
    meeting = make.meeting(room)
    clock.move_to(meeting.starts_at)
    for who in room.councillors[:5]:
        actions.sign_in(meeting, who.person, by=who)
    actions.sign_in(meeting, room.head.person, by=room.head)  # the head chairs and does not vote
    with pytest.raises(Refused, match="还差1人"):
        actions.open_meeting(meeting, by=room.head)
    actions.sign_in(meeting, room.councillors[5].person, by=room.councillors[5])
    assert actions.open_meeting(meeting, by=room.head).state == "open"


def test_without_a_quorum_the_meeting_is_adjourned_and_its_motions_wait_again():
    room = make.room()
    meeting = make.meeting(room)
    motion = make.item(meeting).motion
    clock.move_to(meeting.starts_at)
    actions.adjourn_meeting(meeting, by=room.head)
    assert (Meeting.objects.get(pk=meeting.pk).state, Motion.objects.get(pk=motion.pk).state) == (
        "adjourned",
        "accepted",
    )
    assert Task.objects.about(motion).open().get().verb == "council.list"


def test_with_a_quorum_a_meeting_is_not_adjourned():
    room = make.room()
    meeting = make.meeting(room, present=6)
    with pytest.raises(Refused):
        actions.adjourn_meeting(meeting, by=room.head)


def test_a_cancelled_meeting_tells_whoever_had_notice():
    room = make.room()
    meeting = make.meeting(room)
    actions.cancel_meeting(meeting, by=room.head, reason="台风")
    assert Notice.objects.filter(person=room.councillors[0].person, subject__contains="台风").count() == 1


def test_closing_ends_every_stay_and_gives_back_what_was_not_voted():
    room = make.room()
    meeting = make.meeting(room, make.motion(room, state="accepted"), make.motion(room, state="accepted"), present=7)
    make.item(meeting, opened_by=room.head)
    actions.close_meeting(meeting, by=room.head)
    assert Attendance.objects.filter(left_at=None).count() == 0
    assert set(Motion.objects.values_list("state", flat=True)) == {"accepted"}
    with pytest.raises(Refused):
        actions.open_meeting(meeting, by=room.head)


def test_a_postponed_motion_was_not_voted_and_can_be_listed_again():
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting, opened_by=room.head)
    actions.postpone_motion(item.motion, by=room.head, reason="费用再问两家")
    actions.close_meeting(meeting, by=room.head)
    motion = Motion.objects.select_related("unit", "rule").get(pk=item.motion_id)
    assert (motion.state, motion.decided_at) == ("postponed", None)
    again = make.meeting(room, motion, noticed=False)
    assert again.items.get().motion_id == motion.pk
