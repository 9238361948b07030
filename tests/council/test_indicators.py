"""Procedure health: each figure from what really happened, and each opened to its rows. No figure says who."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.journal import record
from jiequ.core.measures import REGISTER, Median, Period, Share, counts, medians, parts_of
from jiequ.core.permission import PUBLIC, SYSTEM
from jiequ.council import actions
from jiequ.council.indicators import (
    DAYS_TO_CLOSE,
    DAYS_TO_DECISION,
    DECIDED_NOT_DONE,
    NOTICE_KEPT,
    OBJECTIONS_ANSWERED,
    PROCEDURE,
    QUICK_ANSWERED,
    QUORUM_FAILURES,
    QUORUM_LOST,
    SATISFACTION,
    STEPS_SKIPPED,
    VOTES_SET_ASIDE,
)
from jiequ.council.models import Ballot, Meeting, Motion, Objection, Rating
from tests import make
from tests.overview.test_home import signed_in

pytestmark = pytest.mark.django_db
HEALTH = [figure for figure in REGISTER.values() if figure.group is PROCEDURE]


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def december() -> Period:
    return Period.month(make.WEDNESDAY.date())


def count(figure: Any, at: make.Room, period: Period | None = None) -> Any:
    """A number, or (part, whole)."""
    found = counts(parts_of([figure]), at.block, period or december())
    if isinstance(figure, Share):
        return found[figure.part.key], found[figure.whole.key]
    return found[figure.key]


def middle(figure: Median, at: make.Room, period: Period | None = None) -> Any:
    return medians([figure], at.block, period or december()).get((figure.key, at.block.path))


def closed_meeting(at: make.Room) -> Meeting:
    sitting = make.meeting(at, present=len(at.councillors))
    actions.close_meeting(sitting, by=at.head)
    sitting.refresh_from_db()
    return sitting


def test_without_anything_every_figure_of_the_procedure_is_nothing() -> None:
    at = make.room(3)
    for figure in HEALTH:
        if isinstance(figure, Median):
            assert middle(figure, at) is None
        else:
            assert count(figure, at) in (0, (0, 0)), figure.key


@pytest.mark.parametrize(("ahead", "kept"), [(4, 1), (3, 1), (2, 0)])
def test_notice_is_kept_where_it_came_as_many_days_before_as_the_rule_says(ahead: int, kept: int) -> None:
    at = make.room(3)
    held = closed_meeting(at)
    late_in_the_evening = clock.at(clock.day(held.starts_at) - timedelta(days=ahead), 23)
    Meeting.objects.filter(pk=held.pk).update(noticed_at=late_in_the_evening)
    assert count(NOTICE_KEPT, at) == (kept, 1)


def test_a_meeting_that_was_adjourned_is_a_quorum_that_failed_and_was_not_held() -> None:
    at = make.room(3)
    sitting = make.meeting(at)
    clock.move_to(sitting.starts_at)
    actions.adjourn_meeting(sitting, by=at.head)
    assert (count(QUORUM_FAILURES, at), count(NOTICE_KEPT, at), count(QUORUM_LOST, at)) == (1, (0, 0), 0)


def test_a_quorum_lost_in_a_meeting_that_was_held_is_counted_once_however_often() -> None:
    at = make.room(3)
    kept, lost = closed_meeting(at), closed_meeting(at)
    for _time in range(2):
        record("lose_quorum", lost, by=SYSTEM)
    assert count(QUORUM_LOST, at) == 1
    assert list(QUORUM_LOST.rows(december())) == [lost]
    assert kept != lost


def test_no_step_was_skipped_by_a_motion_that_went_its_way() -> None:
    at = make.room(3)
    make.adopted(at)
    assert count(STEPS_SKIPPED, at) == 0


@pytest.mark.parametrize("step", ["screened_at", "noticed_at", "discussed_at"])
def test_a_missing_or_later_step_would_be_seen(step: str) -> None:
    at = make.room(3)
    motion = make.adopted(at)
    Motion.objects.filter(pk=motion.pk).update(**{step: motion.decided_at + timedelta(seconds=1)})
    assert count(STEPS_SKIPPED, at) == 1
    Motion.objects.filter(pk=motion.pk).update(**{step: None})
    assert count(STEPS_SKIPPED, at) == 1


@pytest.mark.parametrize(
    ("seats", "present", "more", "skipped"),
    [
        (9, 6, {}, 0),
        (9, 5, {}, 1),
        (9, 6, {"quorum_strict": True}, 1),
        (9, 7, {"quorum_strict": True}, 0),
        (9, 7, {"quorum_minimum": 8}, 1),
        (0, 0, {}, 1),
        (30_000, 20_000, {}, 0),  # products beyond a small integer
    ],
)
def test_a_vote_without_a_quorum_would_be_seen(seats: int, present: int, more: Any, skipped: int) -> None:
    at = make.room(3)
    motion = make.adopted(at)
    Ballot.objects.filter(item__motion=motion).update(
        seats=seats, present=present, yes=present, no=0, abstain=0, quorum_num=2, quorum_den=3, **more
    )
    assert count(STEPS_SKIPPED, at) == skipped


def test_a_vote_that_was_set_aside_counts_as_such_and_is_no_record_of_a_vote() -> None:
    at = make.room(3)
    motion = make.adopted(at)
    Ballot.objects.filter(item__motion=motion).update(set_aside_at=clock.now(), set_aside_reason="数错了")
    assert count(VOTES_SET_ASIDE, at) == 1
    assert count(STEPS_SKIPPED, at) == 1
    assert count(VOTES_SET_ASIDE, at, Period.month(make.moment("2021-11-01").date())) == 0


def test_days_from_collecting_to_deciding_and_to_the_end() -> None:
    at = make.room(3)
    adopted = make.adopted(at)  # collected on the first, decided on the fifth
    assert middle(DAYS_TO_DECISION, at) == 4
    assert middle(DAYS_TO_CLOSE, at) is None
    Motion.objects.filter(pk=adopted.pk).update(concluded_at=make.moment("2021-12-20 08:00"))
    assert middle(DAYS_TO_CLOSE, at) == 19
    assert middle(DAYS_TO_CLOSE, at, Period.month(make.moment("2022-01-01").date())) is None


def test_what_was_decided_is_not_done_once_something_about_it_is_late() -> None:
    at = make.room(3)
    motion = make.adopted(at)
    assert count(DECIDED_NOT_DONE, at) == 0  # the task of publicising it is not late yet
    clock.move_to(clock.now() + timedelta(days=10))
    assert count(DECIDED_NOT_DONE, at) == 1
    january = Period.month(make.moment("2022-01-10").date())
    clock.move_to(make.moment("2022-02-01"))
    assert count(DECIDED_NOT_DONE, at, january) == 1  # decided before the period, and still not done
    Motion.objects.filter(pk=motion.pk).update(concluded_at=make.moment("2022-01-20"))
    assert count(DECIDED_NOT_DONE, at, january) == 0
    assert count(DECIDED_NOT_DONE, at) == 1  # as December ended


def test_the_quick_track_is_in_time_late_or_not_due_yet() -> None:
    at = make.room(3)
    now = clock.now()
    two_days = timedelta(hours=48)
    early, late, never, waiting, brought_up = (make.motion(at) for _n in range(5))

    def quick(motion: Motion, due: Any, answered: Any, state: str) -> None:
        Motion.objects.filter(pk=motion.pk).update(quick_due_at=due, answered_at=answered, state=state)

    quick(early, now + two_days, now, "answered")  # answered, though not yet due
    quick(late, now + timedelta(hours=1), now + timedelta(hours=2), "answered")
    quick(never, now + timedelta(hours=1), None, "quick")
    quick(waiting, now + two_days, None, "quick")
    quick(brought_up, now + timedelta(hours=1), None, "collected")
    record("bring_up", brought_up, by=SYSTEM)
    clock.move_to(now + timedelta(hours=3))
    assert count(QUICK_ANSWERED, at) == (1, 3)


def test_an_objection_is_answered_before_carrying_out_or_not_in_time() -> None:
    at = make.room(3)
    motion = make.adopted(at)
    made = clock.now()
    for answered in (made, made + timedelta(days=5), None):
        Objection(motion=motion, text="太吵", made_at=made, answered_at=answered).save(force_insert=True)
    assert count(OBJECTIONS_ANSWERED, at) == (2, 3)
    Motion.objects.filter(pk=motion.pk).update(following_at=made + timedelta(days=1))
    assert count(OBJECTIONS_ANSWERED, at) == (1, 3)


def test_satisfaction_counts_the_satisfied_among_those_who_said() -> None:
    at = make.room(3)
    motion = make.adopted(at)
    for n, score in enumerate(("satisfied", "basically", "unsatisfied")):
        Rating.objects.create(motion=motion, round=1, score=score, voter_index=str(n), rated_at=clock.now())
    assert count(SATISFACTION, at) == (2, 3)


def test_the_table_of_the_procedure_shows_each_block_and_every_cell_opens_to_its_rows(
    django_assert_max_num_queries: Any,
) -> None:
    at = make.room(3)
    motion = make.adopted(at)
    Objection(motion=motion, text="太吵了", made_at=clock.now()).save(force_insert=True)
    Rating.objects.create(motion=motion, round=1, score="satisfied", voter_index="x", rated_at=clock.now())
    Ballot.objects.create(
        item=Ballot.objects.get(item__motion=motion).item, round=2, kind="hands", quorum_num=2, quorum_den=3,
        quorum_strict=False, majority_num=1, majority_den=2, majority_strict=True, seats=3, present=3,
        opened_at=clock.now(), set_aside_at=clock.now(), set_aside_reason="停电",
    )  # fmt: skip
    client = signed_in(at.office)
    address = "/figures/?show=procedure&period=month&open=all"
    client.get(address)
    with django_assert_max_num_queries(10):
        page = client.get(address)
    assert [f.key for f in page.context["figures"]] == [f.key for f in HEALTH]
    rows = {row.unit.pk: row for row in page.context["rows"]}
    cells = {c.figure.key: c for c in rows[at.block.pk].cells}
    assert (cells["council.days_to_decision"].part, cells["council.days_to_decision"].rows) == (4, 1)
    assert (cells["council.notice_kept"].part, cells["council.notice_kept"].whole) == (1, 1)
    opened = 0
    for cell in cells.values():
        shown = client.get(cell.url)
        number = cell.rows if cell.is_median else cell.part if cell.whole is None else cell.whole
        text = shown.content.decode()
        body = text[text.index("<tbody>") : text.index("</tbody>")] if number else ""
        assert body.count("<tr") == number, cell.figure.key
        assert "太吵" not in text
        opened += number
    assert opened == 1 + 1 + 1 + 1 + 1  # the meeting, the motion's days, the round, the objection, the rating
    assert "4天" in client.get(cells["council.days_to_decision"].url).content.decode()


def test_a_row_of_the_procedure_shows_nobody_s_name() -> None:
    at = make.room(3)
    motion = make.adopted(at)
    Objection(motion=motion, text="太吵", phone="13800001111", made_at=clock.now()).save(force_insert=True)
    Rating.objects.create(motion=motion, round=1, score="satisfied", voter_index="voter-x", rated_at=clock.now())
    client = signed_in(at.councillors[0])
    people = [p for who in (at.head, at.chief, at.office, *at.councillors) for p in (who.person.name,)]
    for figure in HEALTH:
        measure = figure.whole if isinstance(figure, Share) else figure
        text = client.get(f"/figures/{measure.key}/?period=month&unit={at.block.code}").content.decode()
        body = text[text.index("<tbody>") : text.index("</tbody>")] if "<tbody>" in text else ""
        assert not any(name in body for name in [*people, "1380000", "voter-x"]), figure.key


def test_the_unit_s_page_has_the_procedure_beside_its_motions() -> None:
    at = make.room(3)
    make.adopted(at)
    page = signed_in(at.head).get(f"/units/{at.block.code}/?tab=motions&period=month")
    assert [c.figure.key for c in page.context["health"]] == [f.key for f in HEALTH]
    assert "收到到表决" in page.content.decode()


def test_meetings_and_quick_answers_open_to_their_rows_too() -> None:
    at = make.room(3)
    sitting = make.meeting(at)
    clock.move_to(sitting.starts_at)
    actions.adjourn_meeting(sitting, by=at.head)
    quick = make.motion(at)
    Motion.objects.filter(pk=quick.pk).update(quick_due_at=clock.now(), answered_at=clock.now(), state="answered")
    late = make.adopted(at)
    Motion.objects.filter(pk=late.pk).update(screened_at=None)
    clock.move_to(clock.now() + timedelta(days=20))
    record("lose_quorum", Meeting.objects.get(state="closed"), by=SYSTEM)
    client = signed_in(at.office)
    for figure in (QUORUM_FAILURES, QUORUM_LOST, STEPS_SKIPPED, DECIDED_NOT_DONE, QUICK_ANSWERED):
        text = client.get(f"/figures/{figure.key}/?from=2021-12-01&to=2021-12-31").content.decode()
        assert text[text.index("<tbody>") : text.index("</tbody>")].count("<tr") == 1, figure.key


def test_public_people_see_no_figure_of_the_procedure(client: Any) -> None:
    assert not PUBLIC.permissions & {"overview.view_figures"}
    assert client.get("/figures/?show=procedure").status_code == 302
