"""Before the meeting: agenda, notice, invitation, moving and calling off, apologies, the checklist, the reminder."""

from datetime import timedelta

import icalendar
import pytest
import vobject
from django.core import mail

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.actions.agenda import Line, carried_over, still_open
from jiequ.council.actions.apologies import Expected, expected
from jiequ.council.actions.checklist import checks
from jiequ.council.actions.invitations import agenda_of, calendar_of, uid_of
from jiequ.council.models import AgendaItem, Meeting, Motion
from jiequ.council.models.councils import Fraction
from jiequ.people.actions import deliver_due
from jiequ.people.models import Notice
from jiequ.work.models import Task
from tests import make
from tests.processes import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def room():
    return make.room()


def told(who, meeting):
    """What somebody was told of the meeting, the newest first."""
    return list(Notice.objects.filter(person=who.person, url=meeting.get_absolute_url()).order_by("-pk"))


def event(calendar):
    """The one event of an invitation, as two readers find it; they must agree."""
    read = icalendar.Calendar.from_ical(calendar)
    (one,) = read.walk("VEVENT")
    other = vobject.readOne(calendar)
    other.validate(raiseException=True)
    assert str(read["METHOD"]) == other.method.value
    assert other.vevent.dtstart.value == one.decoded("dtstart")
    assert other.vevent.summary.value == str(one["summary"])
    assert (read.errors, one.errors) == ([], [])
    return str(read["METHOD"]), one


# ── the agenda ───────────────────────────────────────────────────────────────────────────────────


def test_the_agenda_takes_an_order_minutes_and_the_text_put_to_the_vote(room):
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(3)], noticed=False)
    first, second, third = meeting.items.order_by("position")
    actions.edit_agenda(
        meeting,
        [Line(third.pk, 20, " 同意装路灯\n八盏 "), Line(first.pk, 5, ""), Line(second.pk, 30, "")],
        by=room.head,
    )
    rows = list(meeting.items.order_by("position").values_list("pk", "minutes", "proposal"))
    assert rows == [(third.pk, 20, "同意装路灯 八盏"), (first.pk, 5, ""), (second.pk, 30, "")]


@pytest.mark.parametrize("minutes", [0, 241, -5])
def test_an_item_takes_a_minute_to_four_hours(room, minutes):
    meeting = make.meeting(room, noticed=False)
    with pytest.raises(Refused) as refused:
        actions.edit_agenda(meeting, [Line(make.item(meeting).pk, minutes, "")], by=room.head)
    assert (refused.value.field, make.item(meeting).minutes) == ("minutes", 15)


def test_an_agenda_that_somebody_has_changed_meanwhile_is_not_overwritten(room):
    meeting = make.meeting(room, noticed=False)
    item = make.item(meeting)
    for wrong in ([], [Line(item.pk, 15, ""), Line(item.pk, 15, "")], [Line(item.pk + 999, 15, "")]):
        with pytest.raises(Overtaken):
            actions.edit_agenda(meeting, wrong, by=room.head)


def test_the_agenda_is_edited_by_whoever_prepares_the_meeting_and_before_the_notice(room):
    meeting = make.meeting(room, noticed=False)
    lines = [Line(make.item(meeting).pk, 10, "")]
    with pytest.raises(NotAllowed):
        actions.edit_agenda(meeting, lines, by=room.councillors[0])
    Meeting.objects.filter(pk=meeting.pk).update(secretary=room.councillors[0].person)
    actions.edit_agenda(meeting, lines, by=room.councillors[0])
    actions.send_notice(meeting, by=room.head)
    with pytest.raises(Refused):
        actions.edit_agenda(meeting, lines, by=room.head)


def test_what_an_earlier_meeting_left_undecided_comes_over_with_its_text_and_minutes(room):
    late, fresh = (make.motion(room, state="accepted", title=t) for t in ("没议到的", "新的"))
    meeting = make.meeting(room, late, noticed=False)
    actions.edit_agenda(meeting, [Line(make.item(meeting).pk, 40, "同意")], by=room.head)
    actions.send_notice(meeting, by=room.head)
    clock.move_to(meeting.starts_at)
    actions.adjourn_meeting(meeting, by=room.head)
    assert list(carried_over(room.block)) == [late]
    again = make.meeting(
        room, *Motion.objects.filter(pk__in=[late.pk, fresh.pk]).select_related("unit", "rule"), noticed=False
    )
    items = {i.motion_id: i for i in again.items.all()}
    assert items[late.pk].carried_from_id == make.item(meeting).pk
    assert (items[late.pk].minutes, items[late.pk].proposal) == (40, "同意")
    assert items[fresh.pk].carried_from_id is None


def test_open_follow_ups_are_named_for_information(room):
    motion = make.adopted(room)
    actions.publicise_resolution(motion, by=room.head, resolution="装路灯八盏。")
    clock.move_to(clock.at(motion.public_until + timedelta(days=1), 9))
    actions.follow_up_motion(
        motion, by=room.head, responsible=room.head.person, due_at=clock.now() + timedelta(days=20), what="装八盏路灯"
    )
    assert [t.title for t in still_open(room.block)] == ["装八盏路灯"]
    meeting = make.meeting(room)
    assert "还有1项在办：装八盏路灯" in told(room.adviser, meeting)[0].body


# ── the notice ───────────────────────────────────────────────────────────────────────────────────


def test_the_body_says_when_where_who_and_what(room):
    motions = [make.motion(room, state="accepted", title=t) for t in ("装路灯", "定公约")]
    meeting = actions.plan_meeting(
        room.block, by=room.head, starts_at=make.moment("2021-12-05 10:00"), place="党群服务站",
        motions=motions, chair=room.adviser.person, secretary=room.head.person,
    )  # fmt: skip
    first, second = meeting.items.order_by("position")
    actions.edit_agenda(meeting, [Line(first.pk, 20, "同意装八盏"), Line(second.pk, 25, "")], by=room.head)
    actions.add_paper(first, by=room.head, title="报价", content=b"8 lamps")
    actions.send_notice(meeting, by=room.head)
    (notice,) = told(room.councillors[4], meeting)
    assert notice.leaves
    assert notice.body.splitlines()[1] == "时间：2021年12月5日（周日）10:00至10:45"
    for words in (
        "地点：党群服务站", f"主持人：{room.adviser.person.label}", "2个议题，预计45分钟",
        "1. 装路灯（20分钟，1份材料）", "提请表决：同意装八盏", "2. 定公约（25分钟）", "请假",
    ):  # fmt: skip
        assert words in notice.body
    everybody = [room.head, room.adviser, *room.councillors]
    assert not [w for w in everybody if w.person.name in notice.body + notice.subject + notice.calendar]


def test_chair_and_secretary_from_outside_the_council_are_told_too(room):
    guest = make.account("leader", room.block)
    meeting = actions.plan_meeting(
        room.block, by=room.head, starts_at=make.moment("2021-12-05 10:00"), place="祠堂",
        motions=[make.motion(room, state="accepted")], chair=guest.person, secretary=guest.person,
    )  # fmt: skip
    actions.send_notice(meeting, by=room.head)
    assert len(told(guest, meeting)) == 1


def test_by_e_mail_the_body_goes_out_with_an_invitation(room, settings):
    settings.EMAIL_HOST, settings.ALLOWED_HOSTS = "localhost", ["jiequ.example.cn"]
    person = room.councillors[0].person
    person.email = "someone@example.cn"
    person.save()
    meeting = make.meeting(room)
    deliver_due()
    (letter,) = [m for m in mail.outbox if m.attachments]
    assert "1. 球场东侧装路灯" in letter.body
    assert f"https://jiequ.example.cn{meeting.get_absolute_url()}" in letter.body
    (part,) = [p for p in letter.message().walk() if p.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    calendar = part.get_payload(decode=True).decode()
    assert event(calendar)[1]["uid"] == uid_of(meeting)
    assert "someone@example.cn" not in calendar
    assert "ATTENDEE" not in calendar


# ── the invitation ───────────────────────────────────────────────────────────────────────────────


def test_the_invitation_is_read_alike_by_two_readers(room):
    meeting = make.meeting(room, make.motion(room, state="accepted", title="装路灯；八盏, 共\\两处"))
    method, one = event(told(room.head, meeting)[0].calendar)
    assert (method, str(one["status"]), one["sequence"]) == ("REQUEST", "CONFIRMED", 0)
    assert one.decoded("dtstart") == clock.local(meeting.starts_at)
    assert one["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert one.decoded("dtend") - one.decoded("dtstart") == timedelta(minutes=15)
    assert str(one["location"]) == "党群服务站"
    assert "装路灯；八盏, 共\\两处" in str(one["description"])
    assert str(one["organizer"]) == "mailto:jiequ@localhost"
    assert room.block.name in one["organizer"].params["CN"]


def test_every_line_is_short_enough_and_ends_as_the_standard_says(room):
    text = told(room.head, make.meeting(room))[0].calendar
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not [line for line in lines if b"\n" in line or b"\r" in line]


def test_moving_and_calling_off_keep_the_uid_and_count_up(room):
    meeting = make.meeting(room)
    uid = uid_of(meeting)
    moved = actions.reschedule_meeting(
        meeting, by=room.head, starts_at=make.moment("2021-12-08 19:30"), place="祠堂", reason="台风"
    )
    notice = told(room.councillors[8], meeting)[0]
    assert notice.subject == "第1次街区理事会改期：12月08日 19:30，祠堂"
    assert notice.body.startswith("改期原因：台风\n")
    method, one = event(notice.calendar)
    assert (method, str(one["uid"]), one["sequence"]) == ("REQUEST", uid, 1)
    assert one.decoded("dtstart") == make.moment("2021-12-08 19:30")
    actions.cancel_meeting(moved, by=room.head, reason="台风又来")
    method, one = event(told(room.councillors[8], meeting)[0].calendar)
    assert (method, str(one["uid"]), one["sequence"], str(one["status"])) == ("CANCEL", uid, 2, "CANCELLED")
    assert [m.state for m in Motion.objects.all()] == ["accepted"]


def test_different_meetings_have_different_uids(room):
    assert uid_of(make.meeting(room)) != uid_of(make.meeting(room))


def test_a_meeting_called_off_before_its_notice_tells_nobody(room):
    meeting = make.meeting(room, noticed=False)
    actions.cancel_meeting(meeting, by=room.head, reason="不开了")
    assert told(room.head, meeting) == []


# ── changing it ──────────────────────────────────────────────────────────────────────────────────


def test_a_meeting_is_moved_only_where_the_whole_notice_can_still_be_kept(room):
    meeting = make.meeting(room)
    with pytest.raises(Refused, match="须提前3天"):
        actions.reschedule_meeting(
            meeting, by=room.head, starts_at=make.moment("2021-12-03 23:00"), place="祠堂", reason="早点开"
        )
    clock.move_to(make.moment("2021-12-04 09:00"))
    with pytest.raises(Refused) as refused:
        actions.reschedule_meeting(
            meeting, by=room.head, starts_at=make.moment("2021-12-06 10:00"), place="祠堂", reason="晚点开"
        )
    assert refused.value.field == "starts_at"
    assert len(told(room.head, meeting)) == 1
    actions.reschedule_meeting(
        meeting, by=room.head, starts_at=make.moment("2021-12-07 10:00"), place="祠堂", reason="晚点开"
    )
    assert len(told(room.head, meeting)) == 2


def test_moving_needs_a_reason_a_change_and_the_permission(room):
    meeting = make.meeting(room)
    later = make.moment("2021-12-08 10:00")
    with pytest.raises(Refused) as refused:
        actions.reschedule_meeting(meeting, by=room.head, starts_at=later, place="祠堂", reason="  ")
    assert refused.value.field == "reason"
    with pytest.raises(Overtaken):
        actions.reschedule_meeting(
            meeting, by=room.head, starts_at=meeting.starts_at, place=meeting.place, reason="没变"
        )
    with pytest.raises(NotAllowed):
        actions.reschedule_meeting(meeting, by=room.councillors[0], starts_at=later, place="祠堂", reason="我有事")
    planned = make.meeting(room, noticed=False)
    with pytest.raises(Refused):
        actions.reschedule_meeting(planned, by=room.head, starts_at=later, place="祠堂", reason="还没公告")


def test_before_the_notice_a_meeting_is_edited_and_nobody_is_told(room):
    meeting = make.meeting(room, noticed=False)
    actions.edit_meeting(
        meeting, by=room.head, starts_at=make.moment("2021-12-10 19:30"), place="祠堂",
        chair=room.adviser.person, secretary=room.head.person,
    )  # fmt: skip
    found = Meeting.objects.get(pk=meeting.pk)
    assert (found.starts_at, found.place, found.chair) == (
        make.moment("2021-12-10 19:30"), "祠堂", room.adviser.person,
    )  # fmt: skip
    assert Task.objects.about(meeting).open().get().due_at == make.moment("2021-12-07 19:30")
    assert told(room.head, meeting) == []
    with pytest.raises(Refused):
        actions.edit_meeting(meeting, by=room.head, starts_at=make.moment("2021-12-03 10:00"), place="祠堂")
    actions.send_notice(found, by=room.head)
    with pytest.raises(Refused, match="改期"):
        actions.edit_meeting(meeting, by=room.head, starts_at=make.moment("2021-12-12 10:00"), place="祠堂")


# ── apologies ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seats", "away", "coming", "enough"),
    [(9, [], 9, True), (9, [1, 2, 3], 6, True), (9, [1, 2, 3, 4], 5, False), (9, [77, 78], 9, True), (0, [], 0, False)],
)
def test_who_is_expected_is_who_has_a_vote_and_has_not_apologised(seats, away, coming, enough):
    found = Expected.of(range(1, seats + 1), away, Fraction(2, 3, False))
    assert (found.coming, found.is_enough) == (coming, enough)


def test_a_member_apologises_and_comes_after_all(room):
    meeting = make.meeting(room)
    who = room.councillors[0]
    actions.make_apology(meeting, by=who)
    with pytest.raises(Overtaken):
        actions.make_apology(meeting, by=who)
    assert (expected(meeting).away, expected(meeting).coming) == (1, 8)
    actions.withdraw_apology(meeting, by=who)
    assert expected(meeting).coming == 9
    with pytest.raises(Overtaken):
        actions.withdraw_apology(meeting, by=who)


def test_the_head_enters_it_for_somebody_who_rang_up_and_nobody_else_does(room):
    meeting = make.meeting(room)
    away = room.councillors[0].person
    with pytest.raises(NotAllowed):
        actions.make_apology(meeting, by=room.councillors[1], person=away)
    actions.make_apology(meeting, by=room.head, person=away)
    entry = JournalEntry.objects.filter(verb="apologise").get()
    assert (entry.by_id, entry.facts["person"]) == (room.head.person_id, away.pk)
    with pytest.raises(Refused):
        actions.make_apology(meeting, by=room.office)
    with pytest.raises(Refused):
        actions.make_apology(meeting, by=SYSTEM)


def test_nobody_apologises_before_the_notice_or_once_it_has_begun(room):
    meeting = make.meeting(room, noticed=False)
    with pytest.raises(Refused):
        actions.make_apology(meeting, by=room.councillors[0])
    opened = make.meeting(room, present=9)
    for act in (actions.make_apology, actions.withdraw_apology):
        with pytest.raises(Refused):
            act(opened, by=room.councillors[0])


def test_the_head_is_warned_once_when_a_quorum_cannot_be_reached(room):
    meeting = make.meeting(room)
    counts = []
    for who in room.councillors[:5]:
        actions.make_apology(meeting, by=who)
        counts.append(Notice.objects.filter(person=room.head.person, subject__contains="可能开不成").count())
    assert counts == [0, 0, 0, 1, 1]
    actions.make_apology(meeting, by=room.adviser)  # has no vote: changes nothing
    assert expected(meeting).away == 5


# ── the checklist ────────────────────────────────────────────────────────────────────────────────


def found(meeting, state):
    meeting = Meeting.objects.select_related("unit", "rule", "chair").get(pk=meeting.pk)
    return [c.words for c in checks(meeting) if c.state == state]


def test_a_meeting_well_prepared_has_nothing_to_say(room):
    meeting = make.meeting(room, make.motion(room, state="accepted"), noticed=False)
    actions.edit_agenda(meeting, [Line(make.item(meeting).pk, 20, "同意")], by=room.head)
    Meeting.objects.filter(pk=meeting.pk).update(chair=room.adviser.person, secretary=room.head.person)
    assert (found(meeting, "stop"), found(meeting, "warn")) == ([], [])


def test_what_stops_a_notice_stops_the_action_too(room):
    meeting = actions.plan_meeting(
        room.block, by=room.head, starts_at=make.moment("2021-12-05 10:00"), place="祠堂"
    )  # fmt: skip
    assert "议程还是空的" in found(meeting, "stop")[0]
    with pytest.raises(Refused, match="议程还是空的"):
        actions.send_notice(meeting, by=room.head)
    actions.add_to_agenda(meeting, make.motion(room, state="accepted"), by=room.head)
    clock.move_to(make.moment("2021-12-03 09:00"))
    assert "公告期不够" in found(meeting, "stop")[0]
    with pytest.raises(Refused, match="公告期不够"):
        actions.send_notice(meeting, by=room.head)


def test_a_council_without_councillors_gives_no_notice():
    empty = make.room(1)
    meeting = make.meeting(empty, noticed=False)
    empty.councillors[0].person.appointments.update(ends_on=clock.today())
    assert "还没有理事" in found(meeting, "stop")[0]


def test_what_is_only_doubtful_warns_and_lets_it_pass(room):
    major = make.motion(room, state="recommended", title="动用一万五", budget=15_000)
    Motion.objects.filter(pk=major.pk).update(is_major=True)
    actions.accept_motion(Motion.objects.select_related("unit", "rule").get(pk=major.pk), by=room.chief)
    fresh = Motion.objects.select_related("unit", "rule").get(pk=major.pk)
    meeting = make.meeting(room, fresh, noticed=False)
    make.meeting(room, noticed=False)  # the same day
    actions.edit_agenda(meeting, [Line(make.item(meeting).pk, 200, "")], by=room.head)
    for who in room.councillors[:2]:
        who.is_active = False
        who.save()
    said = "\n".join(found(meeting, "warn"))
    for words in (
        "主持人、记录人",
        "超过3小时",
        "重大事项没有材料：第1项",
        "没有写提请表决",
        "2位理事没有账号",
        "当天还有一次会",
    ):
        assert words in said
    assert found(meeting, "stop") == []
    assert actions.send_notice(meeting, by=room.head).state == "noticed"


def test_a_chair_in_two_places_at_once_is_seen(room):
    other = make.room(inside=make.above(room.block, 2))
    adviser = room.adviser.person
    at = make.moment("2021-12-05 10:00")
    for each, starts in ((room, at), (other, at + timedelta(minutes=10))):
        actions.plan_meeting(
            each.block, by=each.head, starts_at=starts, place="祠堂", chair=adviser,
            motions=[make.motion(each, state="accepted")],
        )  # fmt: skip
    first, second = Meeting.objects.order_by("starts_at")
    assert other.block.name in "\n".join(found(first, "warn"))
    Meeting.objects.filter(pk=second.pk).update(starts_at=at + timedelta(minutes=15))
    assert other.block.name not in "\n".join(found(first, "warn"))


# ── the reminder ─────────────────────────────────────────────────────────────────────────────────


def test_a_day_before_everybody_who_comes_is_reminded_once(room):
    meeting = make.meeting(room)
    actions.make_apology(meeting, by=room.councillors[0])
    assert actions.remind_meetings() == 0
    clock.move_to(make.moment("2021-12-04 04:01"))
    assert actions.remind_meetings() == 0  # at four in the morning nobody wants to know
    clock.move_to(make.moment("2021-12-04 08:00"))
    assert [actions.remind_meetings(), actions.remind_meetings()] == [1, 0]
    newest = told(room.councillors[1], meeting)[0]
    assert newest.subject.startswith("提醒：第1次街区理事会，12月05日 10:00")
    assert "1. 球场东侧装路灯" in newest.body
    assert (newest.leaves, len(told(room.councillors[0], meeting))) == (True, 1)


@pytest.mark.parametrize("state", ["planned", "cancelled", "open"])
def test_only_a_meeting_that_is_to_come_is_reminded_of(room, state):
    meeting = make.meeting(room)
    Meeting.objects.filter(pk=meeting.pk).update(state=state)
    clock.move_to(make.moment("2021-12-04 12:00"))
    assert actions.remind_meetings() == 0


def test_a_moved_meeting_is_reminded_of_again(room):
    meeting = make.meeting(room)
    clock.move_to(make.moment("2021-12-04 12:00"))
    assert actions.remind_meetings() == 1
    actions.reschedule_meeting(
        meeting, by=room.head, starts_at=make.moment("2021-12-08 10:00"), place="祠堂", reason="台风"
    )
    assert actions.remind_meetings() == 0
    clock.move_to(make.moment("2021-12-07 12:00"))
    assert actions.remind_meetings() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_remind_once(room, tmp_path):
    meetings = [make.meeting(room) for _ in range(4)]
    before = Notice.objects.count()
    assert [m.state for m in meetings] == ["noticed"] * 4
    counted = race(
        """
from jiequ.council.actions import remind_meetings
from jiequ.people.models import Notice
with clock.stand_at(moment("2021-12-04 12:00")):
    print(remind_meetings(), Notice.objects.count() if number < 0 else 0)
""",
        tmp_path,
    )
    assert sum(int(each.split()[0]) for each in counted) == 4
    assert before > 0


def test_an_agenda_with_everything_costs_the_same_whatever_is_on_it(room, django_assert_num_queries):
    for count in (1, 4):
        meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(count)], noticed=False)
        meeting = Meeting.objects.select_related("unit", "rule", "chair").get(pk=meeting.pk)
        with django_assert_num_queries(2):
            items = agenda_of(meeting)
        assert len(items) == count
        with django_assert_num_queries(1):
            calendar_of(meeting, items)
        assert AgendaItem.objects.filter(meeting=meeting).count() == count
