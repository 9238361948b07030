"""Step 5: no quorum, no vote; a tie and an abstention are not yes; closing is final; one vote each."""

from fractions import Fraction as Exact

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.council import actions
from jiequ.council.models import Ballot, Motion, Vote
from tests import make
from tests.processes import race, state


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


def opened(room, present=7, **more):
    meeting = make.meeting(room, make.motion(room, state="accepted", **more), present=present)
    return meeting, make.item(meeting, opened_by=room.head)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("yes", "no", "abstain", "passed"),
    [(4, 3, 0, True), (3, 3, 1, False), (3, 0, 4, False), (4, 0, 3, True), (0, 0, 7, False)],
)
def test_more_than_half_of_those_present_must_say_yes(yes, no, abstain, passed):
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=yes, no=no, abstain=abstain)
    assert (ballot.outcome == "passed") is passed
    motion = Motion.objects.get(pk=item.motion_id)
    assert (motion.state, motion.was_adopted, motion.concluded_at is None) == (
        ("adopted", True, True) if passed else ("rejected", False, False)
    )


@pytest.mark.django_db
def test_a_tie_is_not_passed():
    room = make.room()
    _meeting, item = opened(room, present=8)
    assert actions.record_show_of_hands(item, by=room.head, yes=4, no=4, abstain=0).outcome == "not_passed"


@pytest.mark.django_db
@pytest.mark.parametrize(("yes", "state_after"), [(6, "unconfirmed"), (5, "rejected")])
def test_a_major_matter_needs_two_thirds_and_the_community(yes, state_after):
    room = make.room()
    _meeting, item = opened(room, present=9, budget=20_000)
    actions.record_show_of_hands(item, by=room.head, yes=yes, no=9 - yes, abstain=0)
    assert Motion.objects.get(pk=item.motion_id).state == state_after


@pytest.mark.django_db
@pytest.mark.parametrize(("yes", "no", "abstain"), [(7, 1, 0), (3, 3, 0), (8, -1, 0)])
def test_hands_that_do_not_add_up_to_the_room_are_refused(yes, no, abstain):
    room = make.room()
    _meeting, item = opened(room)
    with pytest.raises(Refused):
        actions.record_show_of_hands(item, by=room.head, yes=yes, no=no, abstain=abstain)
    assert (Ballot.objects.count(), Motion.objects.get(pk=item.motion_id).state) == (0, "discussing")


@pytest.mark.django_db
def test_who_leaves_takes_the_quorum_with_them_and_brings_it_back():
    room = make.room()
    meeting, item = opened(room, present=6)
    leaver = room.councillors[0]
    actions.leave_meeting(meeting, leaver.person, by=leaver)
    with pytest.raises(Refused, match="还差1人"):
        actions.record_show_of_hands(item, by=room.head, yes=5, no=0, abstain=0)
    actions.sign_in(meeting, leaver.person, by=leaver)
    assert actions.record_show_of_hands(item, by=room.head, yes=6, no=0, abstain=0).present == 6


@pytest.mark.django_db
def test_a_vote_by_name_is_one_each_by_those_in_the_room():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=room.councillors[0], choice="yes")
    with pytest.raises(Overtaken):
        actions.cast_vote(ballot, by=room.councillors[0], choice="no")
    with pytest.raises(Refused):
        actions.cast_vote(ballot, by=room.councillors[8], choice="yes")  # not signed in
    with pytest.raises(NotAllowed):
        actions.cast_vote(ballot, by=room.head, choice="yes")  # chairs, has no vote
    with pytest.raises(Refused):
        actions.cast_vote(ballot, by=room.councillors[1], choice="maybe")
    assert [(v.person_id, v.choice) for v in Vote.objects.all()] == [(room.councillors[0].person_id, "")]


@pytest.mark.django_db
def test_silence_is_abstention_and_a_vote_after_closing_is_not_counted():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    for who in room.councillors[:4]:
        actions.cast_vote(ballot, by=who, choice="yes")
    closed = actions.close_ballot(ballot, by=room.head)
    assert (closed.yes, closed.no, closed.abstain, closed.outcome) == (4, 0, 3, "passed")
    with pytest.raises(Overtaken):
        actions.cast_vote(ballot, by=room.councillors[5], choice="no")
    with pytest.raises(Overtaken):
        actions.close_ballot(ballot, by=room.head)
    frozen = list(Vote.objects.order_by("pk").values_list("choice", "is_counted"))
    assert frozen == [("yes", True)] * 4 + [("abstain", True)] * 3
    assert not Vote.objects.exclude(cast_at=None).filter(choice="abstain").exists()


@pytest.mark.django_db
def test_a_ballot_does_not_close_without_a_quorum():
    room = make.room()
    meeting, item = opened(room, present=6)
    ballot = actions.open_ballot(item, by=room.head)
    actions.leave_meeting(meeting, room.councillors[0].person, by=room.head)
    with pytest.raises(Refused):
        actions.close_ballot(ballot, by=room.head)
    assert Ballot.objects.get(pk=ballot.pk).is_open


@pytest.mark.django_db
def test_who_left_before_the_close_is_not_counted():
    room = make.room()
    meeting, item = opened(room, present=7)
    ballot = actions.open_ballot(item, by=room.head)
    for who in room.councillors[:4]:
        actions.cast_vote(ballot, by=who, choice="yes")
    actions.leave_meeting(meeting, room.councillors[0].person, by=room.head)
    closed = actions.close_ballot(ballot, by=room.head)
    assert (closed.present, closed.yes, closed.abstain, closed.outcome) == (6, 3, 3, "not_passed")


@pytest.mark.django_db
def test_nothing_is_voted_twice_or_before_it_was_discussed():
    room = make.room()
    meeting = make.meeting(room, present=7)
    item = make.item(meeting)
    with pytest.raises(Refused):
        actions.open_ballot(item, by=room.head)
    actions.open_item(item, by=room.head)
    actions.record_show_of_hands(item, by=room.head, yes=7, no=0, abstain=0)
    with pytest.raises(Refused):
        actions.record_show_of_hands(make.item(meeting), by=room.head, yes=0, no=7, abstain=0)
    assert Motion.objects.get(pk=item.motion_id).state == "adopted"


@pytest.mark.django_db
def test_an_open_ballot_keeps_the_meeting_open():
    room = make.room()
    meeting, item = opened(room)
    actions.open_ballot(item, by=room.head)
    with pytest.raises(Refused):
        actions.close_meeting(meeting, by=room.head)
    with pytest.raises(Refused):
        actions.postpone_motion(item.motion, by=room.head, reason="再议")


@pytest.mark.django_db
def test_a_motion_keeps_the_rule_it_began_under():
    room = make.room()
    motion = make.motion(room, state="accepted")
    actions.amend_rule(make.above(room.block, 2), by=make.SYSTEM, ordinary_num=4, ordinary_den=5, ordinary_strict=False)
    meeting = make.meeting(room, motion, present=7)
    item = make.item(meeting, opened_by=room.head)
    ballot = actions.record_show_of_hands(item, by=room.head, yes=4, no=3, abstain=0)
    assert (ballot.majority_num, ballot.majority_den, ballot.outcome) == (1, 2, "passed")
    later = make.motion(room)
    assert (later.rule.version, later.rule.ordinary_num) == (1, 4)


@pytest.mark.django_db
def test_the_journal_does_not_say_how_anybody_voted():
    room = make.room()
    _meeting, item = opened(room)
    ballot = actions.open_ballot(item, by=room.head)
    actions.cast_vote(ballot, by=room.councillors[0], choice="no")
    entry = JournalEntry.objects.about(item.motion).filter(verb="cast_vote").get()
    assert entry.facts == {}


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    votes=st.lists(st.sampled_from(["yes", "no", "abstain", "silent", "away"]), min_size=9, max_size=9),
    major=st.booleans(),
)
def test_the_outcome_is_the_oracle_s(votes, major):
    with clock.stand_at(make.WEDNESDAY):
        room = make.room()
        meeting, item = opened(room, present=9, budget=50_000 if major else None)
        ballot = actions.open_ballot(item, by=room.head)
        for who, vote in zip(room.councillors, votes, strict=True):
            if vote == "away":
                actions.leave_meeting(meeting, who.person, by=who)
            elif vote != "silent":
                actions.cast_vote(ballot, by=who, choice=vote)
        present = 9 - votes.count("away")
        if Exact(present, 9) < Exact(2, 3):
            with pytest.raises(Refused):
                actions.close_ballot(ballot, by=room.head)
            return
        share = Exact(votes.count("yes"), present)
        passes = share >= Exact(2, 3) if major else share > Exact(1, 2)
        assert (actions.close_ballot(ballot, by=room.head).outcome == "passed") is passes


CAST = """
from jiequ.people.models import Account
from jiequ.council.models import Ballot
from jiequ.council.actions import cast_vote
with clock.stand_at(moment("2021-12-05 10:00")):
    ballot = Ballot.objects.select_related("item__meeting__unit", "item__motion__unit").get()
    try:
        cast_vote(ballot, by=Account.objects.get(username=USERNAME), choice=["yes", "no"][number])
        print("counted")
    except Refused as refused:
        print("told")
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_votes_by_one_person_at_the_same_moment_one_counts_and_the_other_is_told(tmp_path):
    room = make.room()
    _meeting, item = opened(room)
    actions.open_ballot(item, by=room.head)
    said = race(CAST.replace("USERNAME", repr(room.councillors[0].username)), tmp_path)
    assert sorted(said) == ["counted", "told"]
    assert state("from jiequ.council.models import Vote\nprint(Vote.objects.count())", tmp_path) == "1"
