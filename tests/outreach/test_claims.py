"""Claiming: parts are taken once, whoever comes too late is in line, what comes free is theirs at once, and states agree."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import PUBLIC, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.models import ServiceRecord, Wish, WishClaim
from jiequ.people.models import Notice
from jiequ.work.models import Reminder, Task
from tests import make, processes
from tests.outreach.wishing import ALL, Block, again, block, draft, fulfilled, published, team

pytestmark = pytest.mark.django_db
S = Wish.State


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.stand_at(make.WEDNESDAY):
        yield


def open_verbs(claim: WishClaim) -> list[str]:
    return list(Task.objects.open().about(claim).values_list("verb", flat=True))


def test_the_last_part_is_won_once_and_the_other_is_first_in_line_and_told() -> None:
    at = block()
    wish = published(at)
    seen_before = again(wish)  # both have read the page
    won = actions.claim_wish(wish, by=at.members[0])
    waits = actions.claim_wish(seen_before, by=at.members[1])
    assert (won.state, waits.state) == ("held", "waiting")
    assert (again(wish).state, again(wish).parts_taken) == (S.CLAIMED, 1)
    assert list(wish.claims.waiting()) == [waits]
    assert (open_verbs(won), open_verbs(waits)) == (["outreach.connect_wish"], [])
    assert won.connect_due_at == clock.now() + timedelta(days=7)


def spent(write: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        write()
    return len([q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]])


def test_each_write_is_at_most_fifteen_statements() -> None:
    at = block()
    home = make.household(at.building, member=at.members[2].person)
    people = [make.fresh(who) for who in (at.keeper, at.head, at.members[0], at.members[1])]
    for who in people:
        list(who.appointments)
    keeper, head, first, second = people
    made: dict[str, Any] = {}
    costs = {
        "draft": spent(lambda: made.update(w=actions.draft_wish(at.block, by=keeper, words="扶手", household=home))),
        "publish": spent(lambda: actions.publish_wish(made["w"], by=head, title="想装一根扶手", checks=ALL)),
        "claim": spent(lambda: made.update(c=actions.claim_wish(again(made["w"]), by=first))),
        "wait": spent(lambda: made.update(d=actions.claim_wish(again(made["w"]), by=second))),
        "connect": spent(lambda: actions.connect_claim(made["c"], by=first)),
        "bring": spent(lambda: actions.bring_claim(made["c"], by=first)),
        "link": spent(lambda: actions.make_wish_link(again(made["w"]), by=keeper)),
        "confirm": spent(lambda: actions.confirm_wish(again(made["w"]), by=keeper)) - 1,  # less the reading
    }
    assert {name: cost for name, cost in costs.items() if cost > 15} == {}
    assert Notice.objects.filter(subject__contains="有人认领了").count() == 2


def test_fewer_left_than_asked_waits_and_less_may_still_be_taken() -> None:
    at = block()
    wish = published(at, parts=3)
    actions.claim_wish(wish, by=at.members[0], parts=2)
    waits = actions.claim_wish(wish, by=at.members[1], parts=2)
    fits = actions.claim_wish(wish, by=at.members[2], parts=1)
    assert (waits.state, fits.state, again(wish).parts_taken) == ("waiting", "held", 3)


def test_nobody_claims_twice_and_nobody_without_a_post() -> None:
    at, there = block(), block()
    wish = published(at, parts=3)
    actions.claim_wish(wish, by=at.members[0])
    with pytest.raises(Overtaken):
        actions.claim_wish(wish, by=at.members[0])
    for stranger in (there.members[0], PUBLIC):
        with pytest.raises(NotAllowed):
            actions.claim_wish(wish, by=stranger)
    for parts in (0, 4):
        with pytest.raises(Refused) as refused:
            actions.claim_wish(wish, by=at.members[1], parts=parts)
        assert refused.value.field == "parts"
    assert again(wish).parts_taken == 1


@pytest.mark.parametrize("state", ["draft", "confirmed", "withdrawn", "returned"])
def test_what_is_not_on_the_wall_is_not_claimed(state: str) -> None:
    at = block()
    wish = fulfilled(at) if state == "confirmed" else draft(at)
    if state == "confirmed":
        actions.confirm_wish(wish, by=at.keeper)
    elif state == "withdrawn":
        actions.withdraw_wish(wish, by=at.keeper, reason="不要了")
    elif state == "returned":
        actions.return_wish(wish, by=at.head, reason="太大了")
    with pytest.raises(Refused):
        actions.claim_wish(again(wish), by=at.members[1])


def test_a_team_claims_by_its_members_and_those_who_took_part_are_recorded() -> None:
    at = block()
    ours = team(at, at.members[0], at.members[1], leader=at.members[2])
    wish = published(at, parts=2)
    with pytest.raises(Refused) as refused:
        actions.claim_wish(wish, by=at.members[3], team=ours)
    assert refused.value.field == "team"
    claim = actions.claim_wish(wish, by=at.members[0], parts=2, team=ours)
    with pytest.raises(Overtaken):
        actions.claim_wish(wish, by=at.members[1], team=ours)
    with pytest.raises(NotAllowed):
        actions.connect_claim(claim, by=at.members[1])  # neither who claimed nor the leader
    actions.connect_claim(claim, by=at.members[2])
    with pytest.raises(Refused):
        actions.bring_claim(claim, by=at.members[0], persons=[at.members[3].person_id])
    took_part = [at.members[0].person_id, at.members[1].person_id]
    actions.bring_claim(claim, by=at.members[0], persons=took_part)
    assert sorted(ServiceRecord.objects.values_list("person_id", flat=True)) == sorted(took_part)
    with pytest.raises(NotAllowed):
        actions.confirm_wish(again(wish), by=at.members[1])


def test_from_claimed_to_fulfilled_the_claims_decide() -> None:
    at = block()
    wish = published(at, parts=2)
    one = actions.claim_wish(wish, by=at.members[0])
    assert again(wish).state == S.PUBLISHED
    two = actions.claim_wish(wish, by=at.members[1])
    assert again(wish).state == S.CLAIMED
    actions.connect_claim(one, by=at.members[0])
    assert (again(wish).state, open_verbs(one)) == (S.CLAIMED, ["outreach.bring_wish"])
    actions.connect_claim(two, by=at.head)  # on behalf of somebody
    assert again(wish).state == S.CONNECTED
    actions.bring_claim(one, by=at.members[0])
    assert again(wish).state == S.CONNECTED
    actions.bring_claim(two, by=at.members[1])
    assert again(wish).state == S.FULFILLED
    assert (open_verbs(one), open_verbs(two)) == ([], [])


def test_given_up_the_next_in_line_has_it_at_once_else_it_is_on_the_wall_again() -> None:
    at = block()
    wish = published(at)
    first = actions.claim_wish(wish, by=at.members[0])
    second = actions.claim_wish(wish, by=at.members[1])
    actions.connect_claim(first, by=at.members[0])
    actions.give_up_claim(first, by=at.members[0])
    second.refresh_from_db()
    assert (second.state, open_verbs(second), again(wish).state) == ("held", ["outreach.connect_wish"], S.CLAIMED)
    assert Notice.objects.filter(person=at.members[1].person, subject__contains="轮到您了").count() == 1
    assert open_verbs(first) == []
    actions.give_up_claim(second, by=at.members[1])
    wish = again(wish)
    assert (wish.state, wish.parts_taken, wish.claimed_at) == (S.PUBLISHED, 0, None)
    assert actions.claim_wish(wish, by=at.members[0]).state == "held"  # who gave up may come again


def test_who_is_first_in_line_and_fits_moves_up_and_who_does_not_fit_keeps_the_place() -> None:
    at = block()
    wish = published(at, parts=2)
    one, two = (actions.claim_wish(wish, by=at.members[n]) for n in (0, 1))
    wants_two = actions.claim_wish(wish, by=at.members[2], parts=2)
    wants_one = actions.claim_wish(wish, by=at.members[3], parts=1)
    actions.give_up_claim(one, by=at.members[0])
    for claim in (wants_two, wants_one):
        claim.refresh_from_db()
    assert (wants_two.state, wants_one.state) == ("waiting", "held")
    actions.give_up_claim(two, by=at.members[1])
    actions.give_up_claim(wants_one, by=at.members[3])
    wants_two.refresh_from_db()
    assert (wants_two.state, again(wish).parts_taken) == ("held", 2)


def test_not_connected_in_seven_days_it_is_released_and_not_a_minute_before() -> None:
    at = block()
    wish = published(at)
    claim = actions.claim_wish(wish, by=at.members[0])
    waits = actions.claim_wish(wish, by=at.members[1])
    clock.move_to(claim.connect_due_at)
    actions.sweep_wishes()
    claim.refresh_from_db()
    assert claim.state == "held"
    clock.move_to(claim.connect_due_at + timedelta(seconds=1))
    assert actions.sweep_wishes() == 1
    claim.refresh_from_db()
    waits.refresh_from_db()
    assert (claim.state, waits.state, open_verbs(claim)) == ("released", "held", [])
    assert waits.connect_due_at == clock.now() + timedelta(days=7)
    assert actions.sweep_wishes() == 0


def test_a_connected_claim_is_never_released() -> None:
    at = block()
    claim = actions.claim_wish(published(at), by=at.members[0])
    actions.connect_claim(claim, by=at.members[0])
    clock.move_to(make.WEDNESDAY + timedelta(days=60))
    actions.sweep_wishes()
    claim.refresh_from_db()
    assert claim.state == "connected"


def test_a_task_that_was_put_off_puts_the_release_off() -> None:
    from jiequ.work.actions import extend_task

    at = block()
    claim = actions.claim_wish(published(at), by=at.members[0])
    later = claim.connect_due_at + timedelta(days=3)
    extend_task(Task.objects.open().about(claim).get(), due_at=later, reason="出差", by=at.head)
    clock.move_to(claim.connect_due_at + timedelta(hours=1))
    actions.sweep_wishes()
    claim.refresh_from_db()
    assert (claim.state, claim.connect_due_at) == ("held", later)
    clock.move_to(later + timedelta(hours=1))
    actions.sweep_wishes()
    claim.refresh_from_db()
    assert claim.state == "released"


def test_the_claimer_is_reminded_two_days_before_once() -> None:
    at = block()
    claim = actions.claim_wish(published(at), by=at.members[0])
    clock.move_to(claim.connect_due_at - timedelta(days=2, minutes=1))
    assert actions.sweep_wishes() == 0
    clock.move_to(claim.connect_due_at - timedelta(days=2) + timedelta(minutes=1))
    assert (actions.sweep_wishes(), actions.sweep_wishes()) == (1, 0)
    told = Notice.objects.filter(person=at.members[0].person, subject__contains="还没对接")
    assert told.count() == 1
    assert Reminder.objects.get().kind == "early"


def test_an_unconfirmed_wish_is_asked_about_again_and_never_confirms_itself() -> None:
    at = block()
    wish = fulfilled(at)
    clock.move_to(make.WEDNESDAY + timedelta(days=7, minutes=1))
    assert (actions.sweep_wishes(), actions.sweep_wishes()) == (1, 0)
    clock.move_to(make.WEDNESDAY + timedelta(days=14, minutes=2))
    assert actions.sweep_wishes() == 1
    clock.move_to(make.WEDNESDAY + timedelta(days=300))
    actions.sweep_wishes()
    assert again(wish).state == S.FULFILLED
    assert Notice.objects.filter(person=at.keeper.person, subject__contains="请问问心愿人").count() == 3


def test_a_sweep_with_nothing_due_is_a_handful_of_statements() -> None:
    at = block()
    for _n in range(3):
        actions.claim_wish(published(at), by=at.members[0])
    with CaptureQueriesContext(connection) as spent:
        actions.sweep_wishes()
    assert len([q for q in spent.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 6


def test_the_database_itself_refuses_one_part_too_many() -> None:
    at = block()
    wish = published(at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wish.objects.filter(pk=wish.pk).update(parts_taken=2)


# --- random legal and illegal moves ----------------------------------------------------------------------------------

_MOVES = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim_for_team", "connect", "bring", "give_up", "sweep", "confirm", "dispute", "edit", "withdraw"]),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    max_size=14,
)  # fmt: skip


@given(moves=_MOVES, parts=st.integers(1, 3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_parts_states_and_tasks_agree(moves: list[tuple[str, int, int]], parts: int) -> None:
    with transaction.atomic():
        clock.move_to(make.WEDNESDAY)
        at = block(members=4)
        ours = team(at, at.members[0], at.members[1])
        wish = published(at, parts=parts)
        for move, who, n in moves:
            before = picture(wish)
            try:
                make_move(at, again(wish), ours, move, who, n)
            except (Refused, NotAllowed):
                assert picture(wish) == before, f"{move} was refused and changed something"
            agree(again(wish))
        transaction.set_rollback(True)


def make_move(at: Block, wish: Wish, ours: Any, move: str, who: int, n: int) -> None:
    person = [*at.members, at.keeper][who]
    claims = list(WishClaim.objects.filter(wish=wish).select_related("team", "wish__unit", "wish__rule").order_by("pk"))
    if move == "claim":
        actions.claim_wish(wish, by=person, parts=n)
    elif move == "claim_for_team":
        actions.claim_wish(wish, by=person, parts=n, team=ours)
    elif move in ("connect", "bring", "give_up"):
        if claims:
            act = {"connect": actions.connect_claim, "bring": actions.bring_claim, "give_up": actions.give_up_claim}
            act[move](claims[n % len(claims)], by=at.head if who == 4 else person)
    elif move == "sweep":
        clock.move_to(clock.now() + timedelta(days=n * 3))
        actions.sweep_wishes()
    elif move == "confirm":
        actions.confirm_wish(wish, by=at.keeper)
    elif move == "dispute":
        actions.dispute_wish(wish, by=at.head)
    elif move == "edit":
        actions.edit_wish(wish, by=at.head, parts=n)
    elif move == "withdraw" and n == 3:
        actions.withdraw_wish(wish, by=at.keeper, reason="不要了")


def picture(wish: Wish) -> Any:
    return (
        Wish.objects.filter(pk=wish.pk).values_list("state", "parts", "parts_taken", "claimed_at", "title").get(),
        list(WishClaim.objects.filter(wish=wish).order_by("pk").values_list("pk", "state", "parts", "connect_due_at")),
        list(Task.objects.order_by("pk").values_list("pk", "state", "verb")),
        JournalEntry.objects.count(),
        ServiceRecord.objects.count(),
        Notice.objects.count(),
    )


def agree(wish: Wish) -> None:
    claims = list(wish.claims.all())
    standing = [c for c in claims if c.holds]
    assert wish.parts_taken == sum(c.parts for c in standing) <= wish.parts
    states = {c.state for c in standing}
    if wish.state in (S.PUBLISHED, S.CLAIMED, S.CONNECTED, S.FULFILLED):
        full = wish.parts_taken == wish.parts
        expected = S.PUBLISHED
        if full:
            expected = S.FULFILLED if states == {"done"} else S.CLAIMED if "held" in states else S.CONNECTED
        assert wish.state == expected
        assert all(c.parts > wish.parts_left for c in claims if c.state == "waiting"), (
            "somebody waits beside a free part"
        )
    else:
        assert not any(c.state in ("waiting", "held", "connected") for c in claims)
    assert (wish.claimed_at is None) == (not standing)
    for claim in claims:
        due = {"held": ["outreach.connect_wish"], "connected": ["outreach.bring_wish"]}.get(claim.state, [])
        assert open_verbs(claim) == due
    confirm = Task.objects.open().about(wish).filter(verb="outreach.confirm_wish").count()
    assert confirm == (1 if wish.state == S.FULFILLED else 0)
    recorded = set(ServiceRecord.objects.filter(about_id=wish.pk).values_list("person_id", flat=True))
    assert recorded == {c.person_id for c in claims if c.state == "done"}


# --- two at the same moment --------------------------------------------------------------------------------------------

_CLAIM = """
from jiequ.outreach.actions import claim_wish
from jiequ.outreach.models import Wish
from jiequ.people.models import Account
from jiequ.core import clock
for key in {wishes!r}:
    wish = Wish.objects.select_related("unit", "rule").get(pk=key)
    who = Account.objects.get(pk={accounts!r}[number])
    print(claim_wish(wish, by=who).state, end=" ")
"""


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_the_same_moment_are_one_winner_and_one_first_in_line(tmp_path: Path) -> None:
    at = block(members=2)
    wishes = [published(at).pk for _n in range(6)]
    said = processes.race(_CLAIM.format(wishes=wishes, accounts=[a.pk for a in at.members]), tmp_path)
    for one, other in zip(*(line.split() for line in said), strict=True):
        assert {one, other} == {"held", "waiting"}
    told = processes.state(
        "from jiequ.outreach.models import Wish\nprint(sorted(set(Wish.objects.values_list('state', 'parts_taken'))))",
        tmp_path,
    )
    assert told == "[('claimed', 1)]"
