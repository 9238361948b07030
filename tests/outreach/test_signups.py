"""Signing up, the waiting list, and the last place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.signups import place_in_line
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.models import Account, Notice
from tests import make
from tests.processes import race, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def plan(at: make.Street, **more) -> Activity:
    starts_at = more.pop("starts_at", clock.now() + timedelta(days=2))
    more.setdefault("ends_at", starts_at + timedelta(hours=2))
    return actions.plan_activity(more.pop("unit", at.block), by=at.head, title="义剪", starts_at=starts_at, **more)[0]


def volunteers(at: make.Street, n: int) -> list[Account]:
    return [make.account("member", at.grid) for _n in range(n)]


def taken(activity: Activity) -> int:
    return Activity.objects.get(pk=activity.pk).places_taken


def states(activity: Activity) -> list[str]:
    return list(SignUp.objects.filter(activity=activity).order_by("signed_at").values_list("state", flat=True))


def test_places_are_given_in_order_and_the_rest_wait(at):
    activity = plan(at, limit=2)
    rows = [actions.sign_up(activity, by=who) for who in volunteers(at, 4)]
    assert [r.state for r in rows] == ["going", "going", "waiting", "waiting"]
    assert [place_in_line(r) for r in rows[2:]] == [1, 2]
    assert taken(activity) == 2


def test_without_a_limit_everybody_goes(at):
    activity = plan(at)
    assert {actions.sign_up(activity, by=who).state for who in volunteers(at, 3)} == {"going"}
    assert taken(activity) == 3


def test_who_cancels_makes_room_for_the_first_in_line_who_is_told(at):
    activity = plan(at, limit=1)
    first, second, third = (actions.sign_up(activity, by=who) for who in volunteers(at, 3))
    Notice.objects.all().delete()
    actions.cancel_sign_up(first, by=Account.objects.get(person=first.person_id))
    assert states(activity) == ["cancelled", "going", "waiting"]
    assert taken(activity) == 1
    told = Notice.objects.get()
    assert (told.person_id, told.subject) == (second.person_id, "轮到您了：义剪")
    assert place_in_line(third) == 1


def test_who_waits_no_longer_takes_nobody_s_place(at):
    activity = plan(at, limit=1)
    _first, second, _third = (actions.sign_up(activity, by=who) for who in volunteers(at, 3))
    actions.cancel_sign_up(second, by=at.head)
    assert states(activity) == ["going", "cancelled", "waiting"]
    assert taken(activity) == 1


def test_who_comes_back_stands_at_the_end_of_the_line(at):
    activity = plan(at, limit=1)
    people = volunteers(at, 3)
    rows = [actions.sign_up(activity, by=who) for who in people]
    actions.cancel_sign_up(rows[1], by=people[1])
    again = actions.sign_up(activity, by=people[1])
    assert (again.pk, again.state, place_in_line(again)) == (rows[1].pk, "waiting", 2)


def test_pressed_twice_one_place_is_taken(at):
    activity = plan(at, limit=5)
    [who] = volunteers(at, 1)
    first, again = actions.sign_up(activity, by=who), actions.sign_up(activity, by=who)
    assert first.pk == again.pk
    assert taken(activity) == 1
    assert actions.sign_up(activity, by=who, wants_certificate=True).wants_certificate
    assert actions.sign_up(activity, by=who).wants_certificate  # said once, it stays said
    assert not actions.sign_up(activity, by=who, wants_certificate=False).wants_certificate


def test_cancelled_twice_one_place_falls_free(at):
    activity = plan(at, limit=2)
    [who, other] = volunteers(at, 2)
    mine = actions.sign_up(activity, by=who)
    actions.sign_up(activity, by=other)
    actions.cancel_sign_up(mine, by=who)
    with pytest.raises(Overtaken):
        actions.cancel_sign_up(mine, by=who)
    assert taken(activity) == 1


def test_it_closes_the_moment_it_begins(at):
    activity = plan(at)
    early, late = volunteers(at, 2)
    clock.move_to(activity.starts_at - timedelta(seconds=1))
    mine = actions.sign_up(activity, by=early)
    clock.move_to(activity.starts_at)
    with pytest.raises(Refused, match="报名截止"):
        actions.sign_up(activity, by=late)
    with pytest.raises(Refused, match="不能再取消"):
        actions.cancel_sign_up(mine, by=early)


def test_nobody_signs_up_for_what_is_cancelled(at):
    activity = plan(at)
    actions.cancel_activity(activity, by=at.head, reason="下雨")
    with pytest.raises(Refused, match="已经取消"):
        actions.sign_up(activity, by=volunteers(at, 1)[0])


def test_a_clerk_enters_somebody_and_they_are_told_a_neighbour_may_not(at):
    activity = plan(at)
    who, other = volunteers(at, 2)
    actions.sign_up(activity, by=at.head, person=who.person)
    assert Notice.objects.get(person=who.person, url=activity.get_absolute_url()).subject == "已替您报名：义剪"
    with pytest.raises(NotAllowed):
        actions.sign_up(activity, by=who, person=other.person)
    with pytest.raises(NotAllowed):
        actions.cancel_sign_up(SignUp.objects.get(), by=other)


def test_what_a_community_holds_is_open_to_who_serves_below_and_not_beside(at):
    activity = actions.plan_activity(
        at.community, by=at.chief, title="游园", starts_at=clock.now() + timedelta(days=1), ends_at=clock.now() + timedelta(days=1, hours=3)
    )[0]  # fmt: skip
    [who] = volunteers(at, 1)
    assert Activity.objects.visible_to(who).get() == activity
    assert actions.sign_up(activity, by=who).state == "going"
    elsewhere = make.account("member", make.unit("red_grid", inside=make.unit("block", inside=make.unit("community"))))
    assert not Activity.objects.visible_to(elsewhere).exists()
    with pytest.raises(NotAllowed):
        actions.sign_up(activity, by=elsewhere)


def test_a_higher_limit_lets_in_who_waits_and_a_lower_one_throws_nobody_out(at):
    activity = plan(at, limit=1)
    for who in volunteers(at, 4):
        actions.sign_up(activity, by=who)
    actions.edit_activity(activity, by=at.head, limit=3)
    assert states(activity) == ["going", "going", "going", "waiting"]
    assert taken(activity) == 3
    with pytest.raises(Refused, match="已经有3人"):
        actions.edit_activity(activity, by=at.head, limit=2)
    actions.edit_activity(activity, by=at.head, limit=None)
    assert set(states(activity)) == {"going"}


def test_nobody_moves_up_once_it_has_begun(at):
    activity = plan(at, limit=1)
    for who in volunteers(at, 3):
        actions.sign_up(activity, by=who)
    clock.move_to(activity.starts_at - timedelta(seconds=1))
    actions.edit_activity(activity, by=make.fresh(at.head), limit=2)
    assert states(activity) == ["going", "going", "waiting"]
    clock.move_to(activity.starts_at)
    actions.edit_activity(activity, by=make.fresh(at.head), limit=3)
    assert (states(activity), taken(activity)) == (["going", "going", "waiting"], 2)


def test_what_is_entered_of_it_names_nobody(at):
    activity = plan(at, limit=1)
    for who in volunteers(at, 2):
        actions.sign_up(activity, by=who)
    entries = JournalEntry.objects.filter(kind="outreach.signup")
    assert sorted(entries.values_list("verb", "label", "unit_id")) == [
        ("sign_up", "", at.block.pk), ("wait", "", at.block.pk),
    ]  # fmt: skip


@pytest.mark.parametrize("waiting", [0, 30])
def test_a_write_costs_no_more_with_a_line_behind_it(at, django_assert_max_num_queries, waiting):
    activity = plan(at, limit=1)
    people = volunteers(at, 2 + waiting)
    mine = actions.sign_up(activity, by=people[0])
    for who in people[2:]:
        actions.sign_up(activity, by=who)
    with django_assert_max_num_queries(15):
        actions.sign_up(activity, by=people[1])
    with django_assert_max_num_queries(15):
        actions.cancel_sign_up(mine, by=people[0])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.one_of(st.none(), st.integers(1, 3)),
    moves=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["in", "out", "more"])), max_size=30),
)
def test_whoever_comes_and_goes_places_taken_are_those_who_go(at, crowd, limit, moves):
    activity = plan(at, limit=limit, starts_at=clock.now() + timedelta(days=2, minutes=Activity.objects.count()))
    line: list[int] = []  # an oracle that knows only the order in which people came
    places = limit
    for n, move in moves:
        who = crowd[n]
        if move == "in":
            actions.sign_up(activity, by=who)
            line += [n] if n not in line else []
        elif move == "out":
            if n in line:
                actions.cancel_sign_up(SignUp.objects.get(activity=activity, person=who.person_id), by=who)
                line.remove(n)
        elif places is not None:
            places += 1
            actions.edit_activity(activity, by=at.head, limit=places)
        going = list(
            SignUp.objects.filter(activity=activity, state="going")
            .order_by("signed_at")
            .values_list("person", flat=True)
        )
        assert going == [crowd[n].person_id for n in (line if places is None else line[:places])]
        assert taken(activity) == len(going)


@pytest.fixture
def crowd(at) -> list[Account]:
    return volunteers(at, 5)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_has_the_last_place_and_the_others_stand_in_line(tmp_path: Path):
    at = make.street()
    activity = plan(at, limit=1)
    volunteers(at, 12)
    race(SIGN_UP % activity.pk, tmp_path)
    assert state(SIGNED_UP, tmp_path) == "['going'] 11 12 1"


SIGN_UP = """
from jiequ.outreach import actions
from jiequ.outreach.models import Activity
from jiequ.people.models import Account
with clock.stand_at(moment("2021-12-01 09:00")):
    activity = Activity.objects.select_related("unit", "team").get(pk=%d)
    people = list(Account.objects.filter(person__appointments__role="member").order_by("pk"))
    for who in people[number::2]:
        actions.sign_up(activity, by=who)
"""
SIGNED_UP = """
from jiequ.outreach.models import Activity, SignUp
rows = list(SignUp.objects.order_by("signed_at").values_list("state", "signed_at"))
print([rows[0][0]], sum(s == "waiting" for s, _at in rows), len({at for _s, at in rows}), Activity.objects.get().places_taken)
"""
