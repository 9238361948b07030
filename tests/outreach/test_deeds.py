"""Practical deeds: recorded in one line by whoever did them, counted once, taken back whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.outreach.actions import record_deed, withdraw_deed
from jiequ.outreach.models import Deed, ServiceRecord
from jiequ.people.actions import form_team
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


def test_a_deed_needs_a_title_and_is_then_of_whoever_records_it_today() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    deed = record_deed(grid, by=member, title=" 帮三户  老人换了灯 ")
    assert (deed.title, deed.on, deed.category, deed.people) == ("帮三户 老人换了灯", date(2021, 12, 1), "other", None)
    assert [p.pk for p in deed.persons.all()] == [member.person_id]
    served = ServiceRecord.objects.get()
    assert (served.person_id, served.unit_id, served.on, served.kind) == (
        member.person_id,
        grid.pk,
        date(2021, 12, 1),
        "deed",
    )
    assert (served.about_kind, served.about_id) == ("outreach.deed", deed.pk)


def test_several_persons_and_a_team_each_have_it_in_their_own_record() -> None:
    grid = make.unit("red_grid")
    head = make.account("head", make.above(grid, 3))
    one, two = make.person(at=grid), make.person(at=grid)
    team = form_team("578服务队", grid, by=SYSTEM, purpose="", persons=[two])
    deed = record_deed(grid, by=head, title="义诊", category="health", people=40, persons=[one, two, one], team=team)
    assert sorted(ServiceRecord.objects.values_list("person_id", flat=True)) == sorted([one.pk, two.pk])
    alone = record_deed(grid, by=head, title="清理楼道", team=team)
    assert (alone.persons.count(), ServiceRecord.objects.count()) == (0, 2)
    assert deed.people == 40


def test_it_comes_out_of_a_visit_or_a_case_without_being_typed_again() -> None:
    at = make.street()
    case, _secret = make.case(at)
    deed = record_deed(at.grid, by=at.member, title="换了楼道灯", about=case)
    assert (deed.about_kind, deed.about_id) == ("cases.case", case.pk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " \u200b "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"title": "送药，电话 138 0013 8000"}, "title"),
        ({"note": "长" * 301}, "note"),
        ({"category": "nothing"}, "category"),
        ({"people": -1}, "people"),
        ({"people": 100_001}, "people"),
        ({"on": date(2021, 12, 2)}, "on"),
    ],
)
def test_a_refusal_names_the_field_and_keeps_nothing(given: dict[str, Any], field: str) -> None:
    grid = make.unit("red_grid")
    with pytest.raises(Refused) as refusal:
        record_deed(grid, by=make.account("member", grid), **{"title": "换灯", **given})
    assert (refusal.value.field, Deed.objects.count(), ServiceRecord.objects.count()) == (field, 0, 0)


def test_the_longest_title_and_the_most_people_are_taken() -> None:
    grid = make.unit("red_grid")
    deed = record_deed(grid, by=make.account("member", grid), title="长" * 60, people=100_000, note="长" * 300)
    assert Deed.objects.get(pk=deed.pk).note == "长" * 300


def test_the_same_form_sent_twice_is_one_deed() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    first, again = (record_deed(grid, by=member, title="换灯", once="abc") for _ in range(2))
    assert (first.pk, Deed.objects.count(), ServiceRecord.objects.count()) == (again.pk, 1, 1)


def test_a_deed_that_is_taken_back_counts_no_more_and_leaves_the_records() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    deed = record_deed(grid, by=member, title="换灯")
    stays = record_deed(grid, by=member, title="送菜")
    withdraw_deed(deed, by=member)
    assert [d.pk for d in Deed.objects.standing()] == [stays.pk]
    assert [r.about_id for r in ServiceRecord.objects.all()] == [stays.pk]
    with pytest.raises(Refused):
        withdraw_deed(deed, by=member)


def test_only_who_recorded_it_or_coordinates_there_takes_it_back() -> None:
    grid = make.unit("red_grid")
    member, other = make.account("member", grid), make.account("member", grid)
    deed = record_deed(grid, by=member, title="换灯")
    with pytest.raises(NotAllowed):
        withdraw_deed(deed, by=other)
    with pytest.raises(NotAllowed):
        withdraw_deed(deed, by=make.account("head", make.unit("block")))
    withdraw_deed(deed, by=make.account("head", make.above(grid, 3)))
    assert Deed.objects.get().withdrawn_at == clock.now()


def test_a_stranger_records_nothing_here() -> None:
    grid = make.unit("red_grid")
    with pytest.raises(NotAllowed):
        record_deed(grid, by=make.account("member", make.unit("red_grid")), title="换灯")


def test_the_journal_has_neither_the_words_nor_a_name() -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid, name="钱试甲")
    withdraw_deed(record_deed(grid, by=member, title="给王阿婆换灯", note="住三楼"), by=member)
    rows = list(JournalEntry.objects.filter(kind="outreach.deed").values("verb", "label", "facts"))
    assert [row["verb"] for row in rows] == ["record", "withdraw"]
    assert not any(word in str(rows) for word in ("王阿婆", "换灯", "三楼", "钱试甲"))


def test_recording_takes_at_most_fifteen_statements_for_any_number_of_persons(
    django_assert_max_num_queries: Any,
) -> None:
    grid = make.unit("red_grid")
    member = make.account("member", grid)
    persons = [make.person(at=grid) for _ in range(12)]
    with django_assert_max_num_queries(15):
        record_deed(grid, by=make.fresh(member), title="换灯", persons=persons, once="x")
