"""The figures of cases, each against rows that were counted by hand, with the moments at a period's edges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.cases import actions
from jiequ.cases.indicators import CASES, COUNTS
from jiequ.cases.models import Case, CaseRating, SpotFix
from jiequ.core import clock
from jiequ.core.measures import REGISTER, Measure, Median, Period, Share, counts, medians, parts_of
from jiequ.core.permission import PUBLIC
from tests import make

pytestmark = pytest.mark.django_db
FIGURES = [figure for figure in REGISTER.values() if figure.group in (CASES, COUNTS)]
LAST = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def december() -> Period:
    return Period.month(make.WEDNESDAY.date())


def november() -> Period:
    return Period.month(make.WEDNESDAY.date() - timedelta(days=5))


def count(key: str, at: make.Street, period: Period | None = None) -> Any:
    """A number, or (part, whole), or the median."""
    figure, period = REGISTER[key], period or december()
    if isinstance(figure, Median):
        return medians([figure], at.root, period).get((key, at.root.path))
    found = counts(parts_of([figure]), at.root, period)
    return (found[figure.part.key], found[figure.whole.key]) if isinstance(figure, Share) else found[key]


def alter(case: Case, **moments: Any) -> None:
    Case.objects.filter(pk=case.pk).update(**moments)


def rate(case: Case, score: str) -> None:
    actions.rate_case(case, case.complainants.get(), score=score, by=PUBLIC)
    case.refresh_from_db()


def test_without_cases_every_figure_is_nothing() -> None:
    at = make.street()
    assert {f.key: count(f.key, at) for f in FIGURES if isinstance(f, Share)} == dict.fromkeys(
        (f.key for f in FIGURES if isinstance(f, Share)), (0, 0)
    )
    assert {count(f.key, at) for f in FIGURES if isinstance(f, Measure)} == {0}
    assert count("cases.days_to_close", at) is None


def test_responded_closed_and_solved_are_three_facts() -> None:
    at = make.street()
    case, _secret = make.case(at, state="working")
    facts = ("cases.received", "cases.accepted", "cases.responded", "cases.closed", "cases.solved", "cases.open")
    assert [count(key, at) for key in facts] == [1, 1, 0, 0, 0, 1]
    actions.contact_complainant(case, by=at.head)
    assert [count(key, at) for key in facts] == [1, 1, 1, 0, 0, 1]
    actions.reply_case(case, by=at.head, text="灯换好了。")
    assert [count(key, at) for key in facts] == [1, 1, 1, 1, 0, 0]
    assert count("cases.solved_rate", at) == (0, 1)
    rate(case, "satisfied")
    assert [count(key, at) for key in facts] == [1, 1, 1, 1, 1, 0]
    assert count("cases.solved_rate", at) == (1, 1)


def test_an_explanation_that_pleased_is_closed_and_not_solved() -> None:
    at = make.street()
    case, _secret = make.case(at, state="working")
    actions.reply_case(case, by=at.head, text="这段路归地铁公司，已转告。", outcome="answered")
    rate(case, "satisfied")
    assert (count("cases.solved_or_answered", at), count("cases.solved", at)) == (1, 0)
    assert (count("cases.solved_rate", at), count("cases.satisfaction", at)) == ((0, 1), (1, 1))


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        ("cases.received", "filed_at"),
        ("cases.accepted", "accepted_at"),
        ("cases.responded", "responded_at"),
        ("cases.closed", "closed_at"),
        ("cases.solved", "solved_at"),
    ],
)
def test_the_last_moment_of_a_period_belongs_to_it_and_the_next_to_the_next(key: str, moment: str) -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    rate(case, "satisfied")
    edge = december().since
    for when, found in ((edge - LAST, [1, 0]), (edge, [0, 1])):
        alter(case, **{moment: when})
        assert [count(key, at, november()), count(key, at)] == found


def test_a_case_closed_after_the_period_was_open_at_its_end() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    filed = december().since - timedelta(days=3)
    alter(case, filed_at=filed, closed_at=december().since, ended_at=december().since)
    assert (count("cases.open", at, november()), count("cases.open", at)) == (1, 0)
    assert (count("cases.solved_or_answered", at, november()), count("cases.received", at, november())) == (0, 1)
    alter(case, closed_at=december().since - LAST, ended_at=december().since - LAST)
    assert (count("cases.open", at, november()), count("cases.solved_or_answered", at, november())) == (0, 1)


def test_solved_after_the_period_s_end_is_not_yet_in_its_rate() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    rate(case, "basically")
    edge = december().since
    alter(case, closed_at=edge - timedelta(days=1), solved_at=edge)
    assert (count("cases.solved_rate", at, november()), count("cases.solved_rate", at)) == ((0, 1), (0, 0))
    alter(case, solved_at=edge - LAST)
    assert count("cases.solved_rate", at, november()) == (1, 1)


def test_opened_again_it_is_not_closed_and_the_dissatisfied_word_stays() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    rate(case, "dissatisfied")
    assert (count("cases.closed", at), count("cases.reopened", at), count("cases.open", at)) == (0, 1, 1)
    assert (count("cases.satisfaction", at), count("cases.unrated", at)) == ((0, 1), 0)
    clock.move_to(clock.now() + timedelta(days=1))
    actions.reply_case(case, by=at.head, text="又换了一次。")
    assert (count("cases.closed", at), count("cases.unrated", at)) == (1, 1)  # nobody has said a word of this answer
    rate(case, "satisfied")
    assert (count("cases.reopened", at), count("cases.satisfaction", at)) == (1, (1, 2))
    assert (count("cases.unrated", at), count("cases.solved_rate", at)) == (0, (1, 1))


def test_a_late_word_on_an_archived_case_opens_nothing() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    _second, _link = actions.join_case(make.case(at)[0], by=PUBLIC)
    first = case.complainants.get()
    other = actions.following.add_complainant(case, by=PUBLIC)
    actions.rate_case(case, first, score="satisfied", by=PUBLIC)
    with clock.stand_at(make.WEDNESDAY + timedelta(days=20)):  # nobody waits for ratings any more
        actions.rate_case(Case.objects.get(pk=case.pk), other, score="dissatisfied", by=PUBLIC)
        assert (count("cases.reopened", at), count("cases.satisfaction", at)) == (0, (1, 2))


def test_withdrawn_and_merged_are_not_received_but_declined_is() -> None:
    at = make.street()
    (withdrawn, _s), (merged, _s), (declined, _s), (kept, _s) = (make.case(at) for _ in range(4))
    actions.withdraw_case(withdrawn.complainants.get(), by=PUBLIC)
    actions.merge_case(merged, into=kept, by=at.head)
    actions.decline_case(declined, by=at.head, reason="不归这里管", channel="12345")
    assert (count("cases.received", at), count("cases.declined", at), count("cases.open", at)) == (2, 1, 1)
    assert count("cases.solved_or_answered", at) == 1  # it was told why
    alter(withdrawn, filed_at=december().since - timedelta(days=2), ended_at=december().since)
    assert count("cases.received", at, november()) == 1  # at its end nobody had taken it back


def test_what_was_fixed_on_the_spot_is_counted_apart() -> None:
    at = make.street()
    case, _secret = make.case(at, state="accepted")
    actions.fix_on_spot(case, by=at.head, what="拧紧了灯泡")
    actions.note_spot_fix(at.grid, at.category, by=at.head, what="扶起了倒地的单车")
    assert (count("cases.on_the_spot", at), count("cases.closed", at), count("cases.solved_or_answered", at)) == (
        2,
        1,
        1,
    )
    rate(case, "satisfied")
    assert (count("cases.solved_rate", at), count("cases.solved", at)) == ((0, 0), 0)
    SpotFix.objects.filter(case=None).update(fixed_at=december().since - LAST)
    assert (count("cases.on_the_spot", at), count("cases.on_the_spot", at, november())) == (1, 1)


def test_due_on_time_late_and_not_yet() -> None:
    at = make.street()
    early, late, not_yet, never = (make.case(at, state=s)[0] for s in ("replied", "replied", "working", "working"))
    now = clock.now()
    alter(early, due_at=now - timedelta(minutes=1), closed_at=now - timedelta(minutes=1))
    alter(late, due_at=now - timedelta(minutes=1), closed_at=now)
    alter(not_yet, due_at=now)
    alter(never, due_at=now - timedelta(minutes=1))
    assert (count("cases.closed_on_time", at), count("cases.overdue_now", at)) == ((1, 3), 1)
    clock.move_to(now + timedelta(seconds=1))
    assert (count("cases.closed_on_time", at), count("cases.overdue_now", at)) == ((1, 4), 2)


def test_a_stopped_clock_is_not_due_unless_it_was_stopped_too_late() -> None:
    at = make.street()
    case, _secret = make.case(at, state="working")
    due = clock.now() - timedelta(hours=1)
    alter(case, due_at=due, paused_at=due - timedelta(hours=1))
    assert count("cases.closed_on_time", at) == (0, 0)
    alter(case, paused_at=due + timedelta(minutes=1))
    assert count("cases.closed_on_time", at) == (0, 1)


def test_declined_before_the_end_is_neither_due_nor_to_be_contacted() -> None:
    at = make.street()
    case, _secret = make.case(at)
    actions.decline_case(case, by=at.head, reason="不归这里管")
    alter(case, due_at=clock.now() - timedelta(minutes=1), contact_due_at=clock.now() - timedelta(minutes=1))
    assert (count("cases.closed_on_time", at), count("cases.response_rate", at)) == ((0, 0), (0, 0))


def test_first_contact_within_its_limit_and_slow_acceptance_hides_nothing() -> None:
    at = make.street()
    spoken, late, waiting = (make.case(at, state=s)[0] for s in ("working", "working", "submitted"))
    assert count("cases.response_rate", at) == (0, 0)
    limit = spoken.contact_due_at
    clock.move_to(limit)
    actions.contact_complainant(spoken, by=at.head)
    clock.move_to(limit + timedelta(seconds=1))
    actions.contact_complainant(late, by=at.head)
    assert (count("cases.response_rate", at), waiting.accepted_at) == ((1, 3), None)


def test_the_median_is_of_what_was_closed() -> None:
    at = make.street()
    for days in (1, 2, 9):
        case, _secret = make.case(at, state="replied")
        alter(case, filed_at=clock.now() - timedelta(days=days))
    assert count("cases.days_to_close", at) == 2


def test_a_stranger_s_cases_are_not_counted() -> None:
    at, yonder = make.street(), make.unit("building")
    make.case(at, state="replied")
    for _ in range(2):
        case, _secret = make.case(at, unit=yonder)
        alter(case, responded_at=clock.now(), closed_at=clock.now())
    measures = [REGISTER["cases.closed"], REGISTER["cases.received"]]
    assert counts(measures, at.block, december()) == {"cases.closed": 1, "cases.received": 1}
    assert counts(measures, at.root, december()) == {"cases.closed": 3, "cases.received": 3}


def test_ratings_of_another_period_are_of_another_period() -> None:
    at = make.street()
    case, _secret = make.case(at, state="replied")
    rate(case, "satisfied")
    alter(case, closed_at=december().since - timedelta(days=2))
    assert count("cases.unrated", at, november()) == 1  # the word came after its end
    CaseRating.objects.update(rated_at=december().since - LAST)
    assert (count("cases.unrated", at, november()), count("cases.satisfaction", at, november())) == (0, (1, 1))


def test_no_figure_counts_a_person() -> None:
    said = "".join(f"{f.key}{f.label}{f.says}" for f in FIGURES)
    assert "不比人" in str(COUNTS.says) and "排名" not in said
    assert all(not isinstance(f, Measure) or f.page for f in FIGURES)
