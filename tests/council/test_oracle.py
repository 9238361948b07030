"""Random meetings against an oracle that knows nothing of the code: it replays who was where, and counts in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction as Exact

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiequ.core import clock
from jiequ.core.permission import Refused
from jiequ.council import actions
from jiequ.council.actions.presence import Base
from jiequ.council.models import Recusal
from jiequ.council.models.councils import Fraction
from tests import make

COUNCILLORS = 6
SHARES = [(1, 2), (2, 3), (3, 4), (4, 5), (1, 1)]


@dataclass
class Oracle:
    """What an attentive clerk would write down on paper."""

    quorum: tuple[int, int, bool, int]
    majority: tuple[int, int, bool, int]
    inside: set[int] = field(default_factory=set)
    recused: set[int] = field(default_factory=set)
    slips: dict[int, str] = field(default_factory=dict)

    def reached(self, rule: tuple[int, int, bool, int], part: int, base: int) -> bool:
        num, den, strict, minimum = rule
        if base == 0 or part == 0 or part < minimum:
            return False
        return Exact(part, base) > Exact(num, den) if strict else Exact(part, base) >= Exact(num, den)

    def result(self) -> tuple[int, int, int, str] | None:
        """(yes, no, abstentions, outcome), or None where there is no quorum."""
        voting = self.inside - self.recused
        if not self.reached(self.quorum, len(voting), COUNCILLORS - len(self.recused)):
            return None
        slips = [self.slips.get(who, "abstain") for who in voting]
        yes, no = slips.count("yes"), slips.count("no")
        carried = self.reached(self.majority, yes, len(voting))
        return yes, no, len(voting) - yes - no, "passed" if carried else "not_passed"


moves = st.lists(
    st.tuples(st.sampled_from(["come", "go", "yes", "no", "abstain", "change"]), st.integers(0, COUNCILLORS - 1)),
    max_size=30,
)
rules = st.tuples(st.sampled_from(SHARES), st.booleans(), st.sampled_from([0, 0, 3])).map(
    lambda found: (*found[0], found[1] and found[0] != (1, 1), found[2])
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quorum=rules,
    majority=rules,
    is_major=st.booleans(),
    kind=st.sampled_from(["by_name", "secret"]),
    recused=st.sets(st.integers(0, COUNCILLORS - 1), max_size=COUNCILLORS),
    script=moves,
)
def test_whoever_comes_goes_stays_out_and_votes_the_outcome_is_the_oracle_s(
    quorum, majority, is_major, kind, recused, script
):
    word = "major" if is_major else "ordinary"
    terms = {"quorum_num": 1, "quorum_den": 6}  # so that the meeting opens; the item's own rule is set below
    terms |= {f"{word}_{k}": v for k, v in zip(("num", "den", "strict", "minimum"), majority, strict=True)}
    with clock.stand_at(make.WEDNESDAY):
        room = make.room(COUNCILLORS, **terms)
        motion = make.motion(room, state="accepted", budget=50_000 if is_major else None)
        meeting = make.meeting(room, motion, present=COUNCILLORS)
        rule = meeting.rule
        # Rules are never edited; this one is another version, as if the meeting had begun under it.
        rule = actions.amend_rule(
            room.block, by=make.SYSTEM,
            **dict(zip(("quorum_num", "quorum_den", "quorum_strict", "quorum_minimum"), quorum, strict=True)),
        )  # fmt: skip
        item = make.item(meeting, opened_by=room.head)
        ballot = actions.open_ballot(item, by=room.head, kind=kind)
        meeting.rule = ballot.item.meeting.rule = rule
        meeting.save(update_fields=["rule"])
        oracle = Oracle(quorum, majority, set(range(COUNCILLORS)))
        for who in recused:
            Recusal.objects.create(
                item=item, person=room.councillors[who].person, ground="own", state="held", made_at=clock.now()
            )
            oracle.recused.add(who)
        for act, who in script:
            _follow(act, who, room, meeting, ballot, oracle)
        expected = oracle.result()
        if expected is None:
            with pytest.raises(Refused):
                actions.close_ballot(ballot, by=room.head)
            return
        closed = actions.close_ballot(ballot, by=room.head)
        assert (closed.yes, closed.no, closed.abstain, closed.outcome) == expected
        assert closed.votes.filter(is_counted=True).count() == closed.present
        assert (closed.seats, closed.recused) == (COUNCILLORS - len(recused), len(recused))


def _follow(act, who, room, meeting, ballot, oracle):
    account = room.councillors[who]
    if act == "come" and who not in oracle.inside:
        actions.sign_in(meeting, account.person, by=account)
        oracle.inside.add(who)
    elif act == "go" and who in oracle.inside:
        actions.leave_meeting(meeting, account.person, by=account)
        oracle.inside.discard(who)
    elif act in {"yes", "no", "abstain"}:
        may = who in oracle.inside and who not in oracle.recused and who not in oracle.slips
        same = who in oracle.inside and who not in oracle.recused and oracle.slips.get(who) == act
        if may or same:
            actions.cast_vote(ballot, by=account, choice=act)
            oracle.slips[who] = act
        else:
            with pytest.raises(Refused):
                actions.cast_vote(ballot, by=account, choice=act)
    elif act == "change" and who in oracle.slips and who in oracle.inside and who not in oracle.recused:
        other = {"yes": "no", "no": "abstain", "abstain": "yes"}[oracle.slips[who]]
        actions.cast_vote(ballot, by=account, choice=other, change=True)
        oracle.slips[who] = other


people = st.sets(st.integers(0, 14))


@given(voters=people, inside=people, recused=people, proxies=st.dictionaries(st.integers(0, 14), st.integers(0, 14)))
def test_the_base_is_what_a_list_of_names_says(voters, inside, recused, proxies):
    base = Base.of(voters, inside, Fraction(2, 3, strict=False), recused=recused, proxies=proxies)
    names = [p for p in range(15) if p in voters and p not in recused]
    there = [p for p in range(15) if (p in inside or (p in voters and proxies.get(p) in inside)) and p not in recused]
    assert base.seats == len(names)
    assert base.entitled == frozenset(there)
    assert base.is_quorate == (len(names) > 0 and 3 * len(there) >= 2 * len(names) and bool(there))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("num", "den"), [(1, 2), (2, 3), (3, 4), (4, 5)])
@pytest.mark.parametrize("minimum", [0, 4])
def test_every_pair_of_the_rules_at_its_boundary(num, den, strict, minimum):
    """For every size of a room: one vote fewer than needed is not enough, and what is needed is the least that is."""
    fraction = Fraction(num, den, strict, minimum)
    for base in range(1, 61):
        least = next(
            n for n in range(1, 10 * base + 10)
            if n >= minimum and (Exact(n, base) > Exact(num, den) if strict else Exact(n, base) >= Exact(num, den))
        )  # fmt: skip
        assert fraction.needed(base) == least
        assert fraction.met(least, base)
        assert not fraction.met(least - 1, base)


@pytest.mark.parametrize(
    ("present", "yes", "no", "major", "outcome"),
    [
        (6, 3, 3, False, "not_passed"),  # a tie is not passed
        (6, 3, 0, False, "not_passed"),  # abstentions are not yes
        (7, 4, 3, False, "passed"),  # more than half of those present
        (9, 6, 3, True, "passed"),  # two thirds exactly
        (9, 5, 0, True, "not_passed"),
        (6, 4, 2, True, "passed"),
        (7, 4, 3, True, "not_passed"),
    ],
)
@pytest.mark.django_db
def test_the_rows_of_the_default_rules(present, yes, no, major, outcome):
    """DOMAIN §2, step 5, as it stands."""
    with clock.stand_at(make.WEDNESDAY):
        room = make.room()
        motion = make.motion(room, state="accepted", budget=50_000 if major else None)
        meeting = make.meeting(room, motion, present=present)
        item = make.item(meeting, opened_by=room.head)
        abstain = present - yes - no
        ballot = actions.record_show_of_hands(item, by=room.head, yes=yes, no=no, abstain=abstain)
        assert ballot.outcome == outcome
        item.motion.refresh_from_db()
        assert item.motion.state == {"passed": "unconfirmed" if major else "adopted", "not_passed": "rejected"}[outcome]


@pytest.mark.parametrize(("seats", "enough"), [(3, 2), (6, 4), (7, 5), (9, 6), (10, 7)])
@pytest.mark.django_db
def test_two_thirds_of_the_seats_are_a_quorum_and_one_fewer_is_not(seats, enough):
    with clock.stand_at(make.WEDNESDAY):
        room = make.room(seats)
        meeting = make.meeting(room, make.motion(room, state="accepted"), present=enough)
        item = make.item(meeting, opened_by=room.head)
        actions.leave_meeting(meeting, room.councillors[0].person, by=room.head)
        with pytest.raises(Refused, match="还差1人"):
            actions.record_show_of_hands(item, by=room.head, yes=enough - 1, no=0, abstain=0)
        actions.sign_in(meeting, room.councillors[0].person, by=room.head)
        assert actions.record_show_of_hands(item, by=room.head, yes=enough, no=0, abstain=0).outcome == "passed"
