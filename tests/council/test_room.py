"""Step 4 in the room: who stays out, who speaks, who sits in, who is represented, and whether the quorum was there."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.actions.presence import base_of
from jiequ.council.models import AgendaItem, Attendance, Ballot, Guest, Meeting, Motion, Proxy, Recusal, Speech
from jiequ.people.models import Account
from tests import make

pytestmark = pytest.mark.django_db
#: The ninth councillor of a room is its last, as the tests say it.
FIRST, LAST = 0, -1


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def sitting(present: int = 7, councillors: int = 9, motions: int = 1, **terms):
    """(room, meeting, its first item under discussion)."""
    room = make.room(councillors, **terms)
    meeting = make.meeting(room, *[make.motion(room, state="accepted") for _ in range(motions)], present=present)
    return room, meeting, make.item(meeting, opened_by=room.head)


def later(minutes: int = 1):
    clock.move_to(clock.now() + timedelta(minutes=minutes))


def entries(thing, *verbs):
    return list(JournalEntry.objects.about(thing).filter(verb__in=verbs).order_by("id").values_list("verb", flat=True))


# ── who stays out ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("present", "out", "enough"), [(7, 2, True), (6, 2, False), (7, 0, True), (5, 0, False), (9, 9, False)]
)
def test_who_stays_out_is_neither_a_seat_nor_present(present, out, enough):
    room, meeting, item = sitting(present=max(6, present))
    for who in room.councillors[:out]:
        actions.declare_recusal(item, by=who, ground="own")
    for who in room.councillors[present:6]:
        actions.leave_meeting(meeting, who.person, by=who)
    base = base_of(meeting, item)
    there = max(0, present - out)
    assert (base.seats, base.present, base.recused, base.is_quorate) == (9 - out, there, out, enough)
    if enough:
        ballot = actions.record_show_of_hands(item, by=room.head, yes=there, no=0, abstain=0)
        assert (ballot.seats, ballot.present, ballot.recused) == (9 - out, there, out)
    else:
        with pytest.raises(Refused):
            actions.record_show_of_hands(item, by=room.head, yes=there, no=0, abstain=0)


def test_where_everybody_must_stay_out_the_matter_goes_to_the_community():
    room, _meeting, item = sitting(present=9)
    for who in room.councillors:
        actions.declare_recusal(item, by=who, ground="business")
    with pytest.raises(Refused, match="请转社区"):
        actions.open_ballot(item, by=room.head)


def test_a_recusal_is_of_one_item_and_its_ground_is_not_in_the_journal():
    room, meeting, item = sitting(motions=2)
    actions.declare_recusal(item, by=room.councillors[FIRST], ground="family")
    other = AgendaItem.objects.exclude(pk=item.pk).get(meeting=meeting)
    assert (base_of(meeting, other).seats, base_of(meeting).seats) == (9, 9)
    entry = JournalEntry.objects.get(verb="recuse")
    assert entry.facts == {"person": room.councillors[FIRST].person_id}


def test_a_proposal_blocks_the_vote_until_whoever_runs_the_meeting_decides():
    room, meeting, item = sitting()
    recusal = actions.propose_recusal(item, room.councillors[1].person, by=room.councillors[FIRST], ground="own")
    with pytest.raises(Refused, match="回避"):
        actions.open_ballot(item, by=room.head)
    with pytest.raises(NotAllowed):
        actions.decide_recusal(recusal, by=room.councillors[2], upheld=True)
    actions.decide_recusal(recusal, by=room.head, upheld=False)
    assert base_of(meeting, item).seats == 9
    again = actions.propose_recusal(item, room.councillors[1].person, by=room.councillors[2], ground="family")
    actions.decide_recusal(again, by=room.head, upheld=True)
    assert base_of(meeting, item).seats == 8
    with pytest.raises(Overtaken):
        actions.decide_recusal(again, by=room.head, upheld=True)
    assert actions.open_ballot(item, by=room.head).recused == 1


def test_the_chair_may_change_their_mind_before_the_vote_and_not_about_themselves():
    room = make.room()
    meeting = make.meeting(room, present=7)
    Meeting.objects.filter(pk=meeting.pk).update(chair=room.councillors[FIRST].person)
    item = make.item(Meeting.objects.get(pk=meeting.pk), opened_by=room.head)
    mine = actions.propose_recusal(item, room.councillors[FIRST].person, by=room.councillors[1], ground="own")
    with pytest.raises(NotAllowed):
        actions.decide_recusal(mine, by=room.councillors[FIRST], upheld=False)
    actions.decide_recusal(mine, by=room.head, upheld=True)
    assert actions.decide_recusal(mine, by=room.head, upheld=False).state == Recusal.State.DISMISSED


def test_only_a_councillor_recuses_and_only_somebody_in_the_room_proposes():
    room, _meeting, item = sitting(present=7)
    stranger, absent = make.account(at=room.block), room.councillors[LAST]
    with pytest.raises(NotAllowed):
        actions.declare_recusal(item, by=room.adviser, ground="own")
    with pytest.raises(Refused, match="不能提出"):
        actions.propose_recusal(item, room.councillors[1].person, by=stranger, ground="own")
    with pytest.raises(Refused, match="签到"):
        actions.propose_recusal(item, room.councillors[1].person, by=absent, ground="own")
    with pytest.raises(Refused, match="没有表决权"):
        actions.propose_recusal(item, room.adviser.person, by=room.councillors[1], ground="own")
    with pytest.raises(Refused) as refused:
        actions.declare_recusal(item, by=room.councillors[1], ground="because")
    assert (refused.value.field, Recusal.objects.count()) == ("ground", 0)
    assert (
        actions.declare_recusal(item, by=absent, ground="own").state == "held"
    )  # who is not there may stay out as well


def test_one_s_own_word_holds_where_another_had_proposed_it_and_can_be_taken_back():
    room, meeting, item = sitting()
    who = room.councillors[1]
    actions.propose_recusal(item, who.person, by=room.councillors[FIRST], ground="own")
    recusal = actions.declare_recusal(item, by=who, ground="family")
    assert (recusal.state, recusal.proposed_by_id, Recusal.objects.count()) == ("held", None, 1)
    with pytest.raises(Overtaken):
        actions.declare_recusal(item, by=who, ground="own")
    with pytest.raises(Overtaken):
        actions.decide_recusal(recusal, by=room.head, upheld=False)
    with pytest.raises(NotAllowed):
        actions.withdraw_recusal(recusal, by=room.councillors[FIRST])
    actions.withdraw_recusal(recusal, by=who)
    assert base_of(meeting, item).seats == 9


def test_who_was_made_to_stay_out_does_not_take_it_back_and_a_proposer_only_an_open_proposal():
    room, _meeting, item = sitting()
    mine, target = room.councillors[FIRST], room.councillors[1]
    recusal = actions.propose_recusal(item, target.person, by=mine, ground="own")
    actions.decide_recusal(recusal, by=room.head, upheld=True)
    with pytest.raises(NotAllowed):
        actions.withdraw_recusal(recusal, by=target)
    with pytest.raises(Overtaken):
        actions.withdraw_recusal(recusal, by=mine)
    other = actions.propose_recusal(item, room.councillors[2].person, by=mine, ground="own")
    assert actions.withdraw_recusal(other, by=mine).state == "withdrawn"


def test_no_base_changes_while_a_vote_is_open_or_stands():
    room, _meeting, item = sitting()
    voter, idle = room.councillors[FIRST], room.councillors[1]
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=voter, choice="yes")
    with pytest.raises(Refused, match="已经投了票"):
        actions.declare_recusal(item, by=voter, ground="own")
    with pytest.raises(Refused, match="中止"):
        actions.declare_recusal(item, by=idle, ground="own")
    actions.break_off_ballot(ballot, by=room.head, reason="有人要回避")
    actions.declare_recusal(item, by=voter, ground="own")
    done = actions.record_show_of_hands(item, by=room.head, yes=6, no=0, abstain=0)
    with pytest.raises(Refused, match="已经表决"):
        actions.propose_recusal(item, idle.person, by=voter, ground="own")
    actions.set_aside_ballot(done, by=room.head, reason="漏了回避")
    actions.declare_recusal(item, by=idle, ground="own")
    assert actions.record_show_of_hands(item, by=room.head, yes=5, no=0, abstain=0).seats == 7


# ── one thing at a time ──────────────────────────────────────────────────────────────────────────


def test_one_item_is_discussed_at_a_time():
    room, meeting, first = sitting(motions=3)
    _first, second, third = AgendaItem.objects.filter(meeting=meeting).order_by("position")
    with pytest.raises(Refused, match="第1项"):
        actions.open_item(second, by=room.head)
    actions.postpone_motion(Motion.objects.get(pk=first.motion_id), by=room.head, reason="再问两家报价")
    actions.open_item(second, by=room.head)
    voted = actions.record_show_of_hands(second, by=room.head, yes=7, no=0, abstain=0)
    actions.open_item(third, by=room.head)
    with pytest.raises(Refused, match="第3项"):
        actions.set_aside_ballot(voted, by=room.head, reason="数错了")
    assert Ballot.objects.get(pk=voted.pk).set_aside_at is None


def test_the_text_put_to_the_vote_is_written_before_it_and_copied_into_the_ballot():
    room, _meeting, item = sitting()
    for words, says in (("联系人13800001111", "手机号"), ("灯" * 301, "300字")):
        with pytest.raises(Refused, match=says):
            actions.set_proposal(item, by=room.head, proposal=words)
    with pytest.raises(NotAllowed):
        actions.set_proposal(item, by=room.councillors[FIRST], proposal="装路灯八盏")
    actions.set_proposal(item, by=room.head, proposal="装路灯八盏")
    assert actions.open_ballot(item, by=room.head).question == "装路灯八盏"
    with pytest.raises(Refused, match="不能再改"):
        actions.set_proposal(item, by=room.head, proposal="装路灯九盏")


def test_adjourning_breaks_off_what_is_being_voted_and_ends_everything():
    room, meeting, item = sitting(present=6, motions=2)
    actions.admit_guest(meeting, by=room.head, name="赵试", capacity="物业公司代表")
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=room.councillors[1], choice="yes")
    actions.leave_meeting(meeting, room.councillors[FIRST].person, by=room.head)
    actions.adjourn_meeting(meeting, by=room.head)
    ballot.refresh_from_db()
    assert (ballot.is_open, ballot.closed_at, ballot.yes) == (False, None, 0)
    assert set(AgendaItem.objects.filter(meeting=meeting).values_list("outcome", flat=True)) == {"unreached"}
    assert not Attendance.objects.present().filter(meeting=meeting).exists()
    assert not Guest.objects.filter(left_at=None).exists()


def test_a_meeting_closes_after_a_vote_was_broken_off_and_not_while_one_is_open():
    room, meeting, item = sitting()
    ballot = actions.open_ballot(item, by=room.head)
    with pytest.raises(Refused, match="还有表决"):
        actions.close_meeting(meeting, by=room.head)
    actions.break_off_ballot(ballot, by=room.head, reason="停电")
    assert actions.close_meeting(meeting, by=room.head).state == "closed"
    assert AgendaItem.objects.get(pk=item.pk).outcome == "unreached"


def test_a_motion_put_off_before_the_notice_leaves_the_agenda_and_one_listed_elsewhere_stays_there():
    room = make.room()
    motions = [make.motion(room, state="accepted") for _ in range(2)]
    planned = make.meeting(room, *motions, noticed=False)
    actions.postpone_motion(Motion.objects.get(pk=motions[0].pk), by=room.head, reason="再问")
    assert actions.send_notice(planned, by=room.head).items.count() == 1
    clock.move_to(planned.starts_at)
    for who in room.councillors[:7]:
        actions.sign_in(planned, who.person, by=who)
    actions.open_meeting(planned, by=room.head)
    item = make.item(planned, opened_by=room.head)
    actions.postpone_motion(Motion.objects.get(pk=item.motion_id), by=room.head, reason="再问")
    following = make.meeting(room, Motion.objects.get(pk=item.motion_id), noticed=False)
    actions.close_meeting(planned, by=room.head)
    motion = Motion.objects.get(pk=item.motion_id)
    assert (motion.state, motion.meeting_id) == ("listed", following.pk)
    assert AgendaItem.objects.get(pk=item.pk).outcome == "postponed"


# ── who speaks ───────────────────────────────────────────────────────────────────────────────────


def test_points_of_order_come_first_and_the_rest_as_they_asked():
    room, _meeting, item = sitting()
    asked = [actions.ask_to_speak(item, by=who) for who in room.councillors[:2]]
    later()
    order = actions.ask_to_speak(item, by=room.councillors[2], is_point_of_order=True)
    assert list(item.speeches.waiting()) == [order, *asked]


def test_a_councillor_speaks_as_often_as_the_rule_says_and_raises_order_as_often_as_needed():
    room, _meeting, item = sitting(speeches_each=2)
    who = room.councillors[FIRST]
    for _n in range(2):
        speech = actions.ask_to_speak(item, by=who)
        with pytest.raises(Overtaken):
            actions.ask_to_speak(item, by=who)
        actions.give_floor(speech, by=room.head)
        actions.end_speech(speech, by=room.head)
    with pytest.raises(Refused, match="2次"):
        actions.ask_to_speak(item, by=who)
    assert actions.ask_to_speak(item, by=who, is_point_of_order=True).is_point_of_order


def test_a_request_taken_back_counts_for_nothing():
    room, _meeting, item = sitting(speeches_each=1)
    who = room.councillors[FIRST]
    first = actions.ask_to_speak(item, by=who)
    with pytest.raises(NotAllowed):
        actions.withdraw_request(first, by=room.councillors[1])
    actions.withdraw_request(first, by=who)
    with pytest.raises(Overtaken):
        actions.give_floor(first, by=room.head)
    actions.give_floor(actions.ask_to_speak(item, by=who), by=room.head)
    assert Speech.objects.held().count() == 1


def test_giving_the_floor_ends_whoever_spoke_and_only_whoever_runs_the_meeting_gives_it():
    room, meeting, item = sitting()
    first, second = (actions.ask_to_speak(item, by=who) for who in room.councillors[:2])
    with pytest.raises(NotAllowed):
        actions.give_floor(first, by=room.councillors[FIRST])
    actions.give_floor(first, by=room.head)
    assert actions.time_limit(first, meeting.rule) == clock.now() + timedelta(minutes=3)
    assert actions.time_limit(second, meeting.rule) is None
    later(2)
    actions.give_floor(second, by=room.head)
    later(4)
    actions.end_speech(second, by=room.councillors[1])
    assert actions.seconds_spoken(item.speeches.all(), clock.now()) == {
        room.councillors[0].person_id: 120,
        room.councillors[1].person_id: 240,
    }
    with pytest.raises(Overtaken):
        actions.end_speech(second, by=room.head)


def test_who_is_not_in_the_room_or_has_left_does_not_speak():
    room, meeting, item = sitting(present=7)
    with pytest.raises(Refused, match="签到"):
        actions.ask_to_speak(item, by=room.councillors[LAST])
    waiting, speaking = (actions.ask_to_speak(item, by=who) for who in room.councillors[:2])
    actions.give_floor(speaking, by=room.head)
    for who in room.councillors[:2]:
        actions.leave_meeting(meeting, who.person, by=who)
    assert not item.speeches.waiting().exists()
    assert not item.speeches.going_on().exists()
    assert Speech.objects.get(pk=waiting.pk).began_at is None


def test_a_vote_ends_the_talking_but_not_a_point_of_order():
    room, _meeting, item = sitting()
    speaking, waiting, order = (
        actions.ask_to_speak(item, by=who, is_point_of_order=n == 2) for n, who in enumerate(room.councillors[:3])
    )
    actions.give_floor(speaking, by=room.head)
    actions.open_ballot(item, by=room.head)
    assert list(item.speeches.waiting()) == [order]
    assert Speech.objects.get(pk=speaking.pk).ended_at == clock.now()
    with pytest.raises(Refused, match="正在表决"):
        actions.ask_to_speak(item, by=room.councillors[4])
    with pytest.raises(Overtaken):
        actions.withdraw_request(waiting, by=room.head)


def test_the_line_for_the_minutes_is_noted_at_the_end_or_later_and_holds_no_number_of_anybody():
    room, meeting, item = sitting()
    speech = actions.ask_to_speak(item, by=room.councillors[FIRST])
    with pytest.raises(Refused, match="还没有发言"):
        actions.note_gist(speech, by=room.head, gist="支持")
    actions.give_floor(speech, by=room.head)
    with pytest.raises(NotAllowed):
        actions.end_speech(speech, by=room.councillors[FIRST], gist="我说得好")
    assert actions.end_speech(speech, by=room.head, gist="支持，要防眩光").gist == "支持，要防眩光"
    assert actions.note_gist(speech, by=room.head, gist="支持").gist == "支持"
    for words in ("打13800001111", "", "灯" * 201):
        with pytest.raises(Refused):
            actions.note_gist(speech, by=room.head, gist=words)
    actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    with pytest.raises(Refused, match="不在讨论中"):
        actions.ask_to_speak(item, by=room.councillors[FIRST])
    actions.close_meeting(meeting, by=room.head)
    with pytest.raises(Refused, match="没有在进行"):
        actions.note_gist(speech, by=room.head, gist="支持")


# ── guests and proxies ───────────────────────────────────────────────────────────────────────────


def test_a_guest_counts_for_nothing_and_is_named_only_under_seal():
    room, meeting, _item = sitting()
    version = Meeting.objects.get(pk=meeting.pk).version
    guest = actions.admit_guest(meeting, by=room.head, name="赵试", capacity="物业公司代表")
    assert (base_of(meeting).present, guest.label, Meeting.objects.get(pk=meeting.pk).version) == (
        7,
        "赵*",
        version + 1,
    )
    assert "赵" not in str(JournalEntry.objects.get(verb="admit_guest").facts)
    for name, capacity, wrong in (
        ("", "物业", "name"),
        ("赵试", "", "capacity"),
        ("赵试", "电话13800001111", "capacity"),
    ):
        with pytest.raises(Refused) as refused:
            actions.admit_guest(meeting, by=room.head, name=name, capacity=capacity)
        assert refused.value.field == wrong
    with pytest.raises(NotAllowed):
        actions.admit_guest(meeting, by=room.councillors[FIRST], name="赵试", capacity="物业")
    actions.dismiss_guest(guest, by=room.head)
    with pytest.raises(Overtaken):
        actions.dismiss_guest(guest, by=room.head)


def test_the_default_rule_allows_no_proxy():
    room, meeting, _item = sitting()
    with pytest.raises(Refused, match="不允许"):
        actions.give_proxy(
            meeting,
            by=room.councillors[LAST],
            represented=room.councillors[LAST].person,
            acting=room.councillors[0].person,
        )


def test_who_is_represented_counts_while_the_other_is_there_and_comes_themselves_after_all():
    room, meeting, _item = sitting(present=6, allows_proxies=True)
    absent, acting = room.councillors[LAST], room.councillors[FIRST]
    proxy = actions.give_proxy(meeting, by=absent, represented=absent.person, acting=acting.person)
    assert base_of(meeting).present == 7
    actions.leave_meeting(meeting, acting.person, by=acting)
    assert base_of(meeting).present == 5
    actions.sign_in(meeting, acting.person, by=acting)
    actions.sign_in(meeting, absent.person, by=absent)
    assert (base_of(meeting).present, Proxy.objects.get(pk=proxy.pk).ended_at) == (7, clock.now())
    with pytest.raises(Overtaken):
        actions.end_proxy(proxy, by=acting)


def test_one_represents_one_and_neither_oneself_nor_somebody_present():
    room, meeting, _item = sitting(present=6, allows_proxies=True)
    here, other = (who.person for who in room.councillors[:2])
    away, further = (who.person for who in room.councillors[-2:])
    wrong = [(here, other), (away, away), (room.adviser.person, here), (away, room.adviser.person)]
    for represented, acting in wrong:
        with pytest.raises(Refused):
            actions.give_proxy(meeting, by=room.head, represented=represented, acting=acting)
    with pytest.raises(NotAllowed):
        actions.give_proxy(meeting, by=room.councillors[FIRST], represented=away, acting=here)
    actions.give_proxy(meeting, by=room.head, represented=away, acting=here)
    for represented, acting in [(away, other), (further, here), (further, away)]:
        with pytest.raises(Refused):
            actions.give_proxy(meeting, by=room.head, represented=represented, acting=acting)
    assert Proxy.objects.count() == 1


# ── the quorum, at every instant ─────────────────────────────────────────────────────────────────


def test_losing_and_regaining_the_quorum_is_entered_when_it_happens_and_not_before_the_opening():
    room, meeting, _item = sitting(present=6)
    leaver = room.councillors[FIRST]
    opened = clock.now()
    for _n in range(2):
        later()
        actions.leave_meeting(meeting, leaver.person, by=leaver)
        later()
        actions.sign_in(meeting, leaver.person, by=leaver)
    assert entries(meeting, "lose_quorum", "regain_quorum") == ["lose_quorum", "regain_quorum"] * 2
    lost = JournalEntry.objects.filter(verb="lose_quorum").earliest("id")
    assert (lost.facts["present"], lost.facts["need"]) == (5, 6)
    later()
    actions.close_meeting(meeting, by=room.head)
    meeting = Meeting.objects.get(pk=meeting.pk)
    minutes = [timedelta(minutes=n) for n in range(5)]
    assert actions.quorum_changes(meeting) == [
        (opened, 6, True),
        (opened + minutes[1], 5, False),
        (opened + minutes[2], 6, True),
        (opened + minutes[3], 5, False),
        (opened + minutes[4], 6, True),
    ]


def test_a_meeting_that_never_opened_has_no_quorum_to_tell_of():
    room = make.room()
    meeting = make.meeting(room)
    assert actions.quorum_changes(meeting) == []
    assert actions.presence_at(meeting, meeting.starts_at).present == 0


def test_the_past_is_reckoned_with_the_posts_of_its_day():
    room, meeting, _item = sitting(present=7)
    at = clock.now()
    later()
    actions.close_meeting(meeting, by=room.head)
    clock.move_to(at + timedelta(days=30))
    make.account("councillor", room.block, starts_on=clock.today())
    base = actions.presence_at(meeting, at)
    assert (base.seats, base.present, base.is_quorate) == (9, 7, True)


@pytest.fixture
def history():
    room = make.room(6, allows_proxies=True)
    meeting = make.meeting(room, present=4)
    Attendance.objects.all().delete()
    return room, meeting


stays = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(1, 8)), max_size=14)
given_away = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 20), st.integers(1, 8)), max_size=3
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stays=stays, given_away=given_away, at=st.integers(-1, 30))
def test_presence_at_any_instant_is_the_oracle_s(history, stays, given_away, at):
    """The oracle walks minute by minute through sets, and knows nothing of intervals."""
    room, meeting = history
    zero = meeting.opened_at
    Attendance.objects.filter(meeting=meeting).delete()
    Proxy.objects.filter(meeting=meeting).delete()
    minute: dict[int, set[int]] = {}
    for who, since, length in stays:
        span = range(since, since + length)
        if any(who in minute.get(n, set()) for n in range(since, since + length + 1)):
            continue  # nobody is in the room twice
        Attendance.objects.create(
            meeting=meeting,
            person=room.councillors[who].person,
            is_voting=True,
            arrived_at=zero + timedelta(minutes=since),
            left_at=zero + timedelta(minutes=since + length),
        )
        for n in span:
            minute.setdefault(n, set()).add(who)
    held: dict[int, dict[int, int]] = {}
    for who, acting, since, length in given_away:
        span = range(since, since + length)
        if who == acting or any(who in held.get(n, {}) for n in span):
            continue
        Proxy.objects.create(
            meeting=meeting,
            represented=room.councillors[who].person,
            acting=room.councillors[acting].person,
            made_at=zero + timedelta(minutes=since),
            ended_at=zero + timedelta(minutes=since + length),
        )
        for n in span:
            held.setdefault(n, {})[who] = acting

    def there(n: int) -> set[int]:
        inside = minute.get(n, set())
        return inside | {who for who, acting in held.get(n, {}).items() if acting in inside}

    base = actions.presence_at(meeting, zero + timedelta(minutes=at))
    assert base.entitled == {room.councillors[who].person_id for who in there(at)}
    assert base.is_quorate is (3 * len(there(at)) >= 2 * 6)
    expected = [(0, len(there(0)), len(there(0)) >= 4)]
    for n in range(1, 40):
        if (len(there(n)) >= 4) != expected[-1][2]:
            expected.append((n, len(there(n)), len(there(n)) >= 4))
    told = [((m - zero) // timedelta(minutes=1), n, ok) for m, n, ok in actions.quorum_changes(meeting)]
    assert told == expected


# ── hands by name ────────────────────────────────────────────────────────────────────────────────


def test_hands_by_name_must_agree_with_the_count_and_each_confirms_their_own_once():
    room, _meeting, item = sitting(present=7)
    here = [who.person_id for who in room.councillors[:7]]
    names = dict.fromkeys(here, "yes") | {here[0]: "no"}
    missing = {person: choice for person, choice in names.items() if person != here[1]}
    for wrong in (dict.fromkeys(here, "yes"), missing, names | {room.councillors[8].person_id: "yes"}):
        with pytest.raises(Refused) as refused:
            actions.record_show_of_hands(item, by=room.head, yes=6, no=1, abstain=0, names=wrong)
        assert refused.value.field == "names"
    ballot = actions.record_show_of_hands(item, by=room.head, yes=6, no=1, abstain=0, names=names)
    vote = ballot.votes.get(person_id=here[0])
    with pytest.raises(Refused, match="自己"):
        actions.confirm_hand(vote, by=room.councillors[1])
    assert vote.confirmed_at is None
    actions.confirm_hand(vote, by=room.councillors[0])
    with pytest.raises(Overtaken):
        actions.confirm_hand(vote, by=room.councillors[0])


def test_hands_without_names_have_nothing_to_confirm():
    room, _meeting, item = sitting(present=7)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    who: Account = room.councillors[FIRST]
    with pytest.raises(Refused, match="没有逐人登记"):
        actions.confirm_hand(ballot.votes.get(person=who.person), by=who)
