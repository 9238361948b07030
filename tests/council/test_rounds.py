"""Rounds, envelopes and who was entitled: what a closed vote is, and what can never be done to it."""

import pytest

from jiequ.core import clock, shredding
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.models import AgendaItem, Ballot, Motion, Recusal, Vote
from jiequ.work.models import Task
from tests import make


@pytest.fixture(autouse=True)
def _stopped():
    with clock.stand_at(make.WEDNESDAY):
        yield


def opened(room, present=7, **more):
    """A meeting with `present` councillors in the room and its first item under discussion."""
    meeting = make.meeting(room, make.motion(room, state="accepted", **more), present=present)
    return meeting, make.item(meeting, opened_by=room.head)


def cast(ballot, room, choices):
    for who, choice in zip(room.councillors, choices, strict=False):
        actions.cast_vote(ballot, by=who, choice=choice)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["by_name", "secret"])
def test_until_the_close_the_database_holds_no_choice_and_no_sum(kind):
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head, kind=kind)
    cast(ballot, room, ["yes"] * 5 + ["no"])
    held = Ballot.objects.get(pk=ballot.pk)
    assert (held.yes, held.no, held.abstain, held.outcome) == (0, 0, 0, "")
    assert set(Vote.objects.values_list("choice", flat=True)) == {""}
    assert {len(bytes(v.envelope)) for v in Vote.objects.all()} == {12 + 1 + 16}


@pytest.mark.django_db
def test_a_secret_vote_leaves_sums_and_who_was_entitled_and_nothing_else():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head, kind="secret")
    cast(ballot, room, ["yes", "yes", "yes", "yes", "no"])
    closed = actions.close_ballot(ballot, by=room.head)
    assert (closed.yes, closed.no, closed.abstain, closed.outcome) == (4, 1, 2, "passed")
    rows = list(Vote.objects.filter(ballot=ballot))
    assert {(v.choice, v.envelope, v.is_counted) for v in rows} == {("", None, True)}
    assert {v.person_id for v in rows} == {who.person_id for who in room.councillors[:7]}


@pytest.mark.django_db(transaction=True)
def test_the_close_destroys_the_key_and_the_tick_finishes_what_a_dead_process_left():
    room = make.room()
    meeting = make.meeting(
        room, make.motion(room, state="accepted"), make.motion(room, state="accepted", title="清渠"), present=7
    )
    first = make.item(meeting, opened_by=room.head)
    ballot = actions.open_ballot(first, by=room.head, kind="secret")
    assert ballot.key_name in shredding.names()
    cast(ballot, room, ["yes"] * 7)
    actions.close_ballot(ballot, by=room.head)
    assert ballot.key_name not in shredding.names()
    shredding.make_key(ballot.key_name)  # as if the process had died before it came to the key
    assert actions.destroy_spent_keys() == 1
    assert ballot.key_name not in shredding.names()
    assert actions.destroy_spent_keys() == 0


@pytest.mark.django_db
def test_the_tick_leaves_the_key_of_an_open_vote_alone():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    assert actions.destroy_spent_keys() == 0
    assert ballot.key_name in shredding.names()


@pytest.mark.django_db
def test_a_lost_key_is_said_and_the_round_can_be_broken_off_and_voted_again():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    cast(ballot, room, ["yes"] * 7)
    shredding.destroy_key(ballot.key_name)
    with pytest.raises(Refused, match="钥匙"):
        actions.close_ballot(ballot, by=room.head)
    assert Ballot.objects.get(pk=ballot.pk).is_open
    actions.break_off_ballot(ballot, by=room.head, reason="票箱打不开")
    second = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    assert (second.round, second.outcome) == (2, "passed")
    assert not Vote.objects.filter(ballot=ballot).exclude(envelope=None).exists()


@pytest.mark.django_db
def test_the_same_choice_sent_again_is_one_vote_and_another_needs_saying_so():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    who = room.councillors[0]
    first = actions.cast_vote(ballot, by=who, choice="no")
    assert actions.cast_vote(ballot, by=who, choice="no").pk == first.pk
    with pytest.raises(Overtaken):
        actions.cast_vote(ballot, by=who, choice="yes")
    actions.cast_vote(ballot, by=who, choice="yes", change=True)
    assert Vote.objects.count() == 1
    assert JournalEntry.objects.about(item.motion).filter(verb="cast_vote").count() == 1
    closed = actions.close_ballot(ballot, by=room.head)
    assert (closed.yes, closed.no) == (1, 0)
    with pytest.raises(Overtaken):
        actions.cast_vote(ballot, by=who, choice="no", change=True)


@pytest.mark.django_db
def test_closing_is_final_and_a_re_vote_is_a_new_round_with_the_old_one_on_record():
    room = make.room()
    _meeting, item = opened(room)
    first = actions.record_show_of_hands(item, by=room.head, yes=3, no=4, abstain=0)
    assert Motion.objects.get(pk=item.motion_id).state == "rejected"
    with pytest.raises(Refused):
        actions.set_aside_ballot(first, by=room.head, reason=" ")
    actions.set_aside_ballot(first, by=room.head, reason="有一位该回避的参加了表决")
    motion = Motion.objects.get(pk=item.motion_id)
    assert (motion.state, motion.decided_at, motion.was_adopted, motion.concluded_at) == (
        "discussing",
        None,
        None,
        None,
    )
    with pytest.raises(Overtaken):
        actions.set_aside_ballot(first, by=room.head, reason="再来一次")
    again = AgendaItem.objects.select_related("meeting__unit", "meeting__rule", "motion__unit", "motion__rule").get(
        pk=item.pk
    )
    second = actions.record_show_of_hands(again, by=room.head, yes=5, no=2, abstain=0)
    kept = Ballot.objects.get(pk=first.pk)
    assert (kept.yes, kept.no, kept.outcome) == (3, 4, "not_passed")
    assert (second.round, second.outcome, Motion.objects.get(pk=item.motion_id).state) == (2, "passed", "adopted")
    assert list(Ballot.objects.standing()) == [second]


@pytest.mark.django_db
def test_setting_a_vote_aside_takes_back_what_it_had_asked_of_people():
    room = make.room()
    _meeting, item = opened(room)
    first = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    assert Task.objects.open().filter(verb="council.publicise").count() == 1
    actions.set_aside_ballot(first, by=room.head, reason="数错了")
    assert Task.objects.open().filter(verb="council.publicise").count() == 0


@pytest.mark.django_db
def test_after_the_meeting_nothing_is_voted_again():
    room = make.room()
    meeting, item = opened(room)
    first = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    actions.close_meeting(meeting, by=room.head)
    with pytest.raises(Refused, match="散会"):
        actions.set_aside_ballot(first, by=room.head, reason="想再投一次")


@pytest.mark.django_db
def test_who_runs_the_meeting_may_set_aside_and_a_councillor_may_not():
    room = make.room()
    _meeting, item = opened(room)
    first = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    with pytest.raises(NotAllowed):
        actions.set_aside_ballot(first, by=room.councillors[0], reason="我不同意")


@pytest.mark.django_db
def test_the_chair_runs_the_meeting_whatever_their_post():
    room = make.room()
    meeting, item = opened(room)
    meeting.chair = item.meeting.chair = room.adviser.person
    meeting.save()
    with pytest.raises(NotAllowed):
        actions.open_ballot(item, by=room.councillors[0], kind="secret")
    ballot = actions.open_ballot(item, by=room.adviser, kind="secret")
    cast(ballot, room, ["yes"] * 7)
    assert actions.close_ballot(ballot, by=room.adviser).outcome == "passed"


@pytest.mark.django_db
def test_a_proposed_recusal_is_decided_before_the_vote_begins():
    room = make.room()
    _meeting, item = opened(room)
    Recusal.objects.create(
        item=item, person=room.councillors[0].person, ground="family", state="proposed", made_at=clock.now()
    )
    with pytest.raises(Refused, match="回避"):
        actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)


@pytest.mark.django_db
def test_names_at_a_show_of_hands_must_agree_with_the_count():
    room = make.room()
    _meeting, item = opened(room)
    persons = [who.person_id for who in room.councillors[:7]]
    names = dict.fromkeys(persons, "yes")
    for wrong in (
        {**names, persons[0]: "no"},
        dict(list(names.items())[:6]),
        {**names, room.councillors[8].person_id: "yes"},
    ):
        with pytest.raises(Refused):
            actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0, names=wrong)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0, names=names)
    own = ballot.votes.select_related("ballot__item__meeting__unit", "ballot__item__motion").get(person_id=persons[0])
    with pytest.raises(Refused):
        actions.confirm_hand(own, by=room.councillors[1])
    actions.confirm_hand(own, by=room.councillors[0])
    with pytest.raises(Overtaken):
        actions.confirm_hand(own, by=room.councillors[0])


@pytest.mark.django_db
def test_a_hand_count_without_names_still_says_who_was_entitled():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=6, no=1, abstain=0)
    assert ballot.votes.filter(is_counted=True, choice="").count() == 7


@pytest.mark.django_db
def test_an_absolute_minimum_holds_beside_the_share():
    room = make.room(ordinary_minimum=6)
    _meeting, item = opened(room, present=7)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=5, no=2, abstain=0)
    assert (ballot.needed, ballot.outcome) == (6, "not_passed")


@pytest.mark.django_db
def test_without_the_rule_nobody_votes_for_another():
    room = make.room()
    meeting, item = opened(room, present=7)
    absent = room.councillors[8].person
    meeting.proxies.create(represented=absent, acting=room.councillors[0].person, made_at=clock.now())
    ballot = actions.open_ballot(item, by=room.head)
    with pytest.raises(Refused, match="委托"):
        actions.cast_vote(ballot, by=room.councillors[0], choice="yes", represented=absent.pk)
    assert actions.close_ballot(ballot, by=room.head).present == 7


@pytest.mark.django_db
def test_by_proxy_both_persons_are_on_record_and_the_represented_one_is_present():
    room = make.room(allows_proxies=True)
    meeting, item = opened(room, present=7)
    absent, holder = room.councillors[8].person, room.councillors[0]
    meeting.proxies.create(represented=absent, acting=holder.person, made_at=clock.now())
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=holder, choice="yes")
    actions.cast_vote(ballot, by=holder, choice="no", represented=absent.pk)
    closed = actions.close_ballot(ballot, by=room.head)
    assert (closed.present, closed.yes, closed.no) == (8, 1, 1)
    vote = Vote.objects.get(ballot=ballot, person=absent)
    assert (vote.acting_id, vote.choice) == (holder.person_id, "no")
