"""Planning activities, once and again and again; changing, cancelling; who came."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Overtaken, Refused
from jiequ.outreach import actions
from jiequ.outreach.actions.recurring import MOST_DATES, dates_of, rule_words
from jiequ.outreach.models import Activity, ServiceRecord, SignUp
from jiequ.people.actions import form_team
from jiequ.people.models import Notice
from jiequ.territory.actions import split_unit
from jiequ.work.actions import drop_tasks_about
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
TUESDAY = make.moment("2021-12-07 14:30")


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def plan(at: make.Street, **more) -> list[Activity]:
    given = {"by": at.head, "title": "义剪", "starts_at": TUESDAY, "place": "祠堂", **more}
    given.setdefault("ends_at", given["starts_at"] + timedelta(hours=2))
    return actions.plan_activity(given.pop("unit", at.block), **given)


def days(rows: list[Activity]) -> list[date]:
    return [clock.day(row.starts_at) for row in rows]


# --- recurring dates -------------------------------------------------------------------------------------------------


def test_every_two_weeks_until_a_day():
    found = dates_of("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20220118", TUESDAY)
    assert [clock.day(m) for m in found] == [
        date(2021, 12, 7), date(2021, 12, 21), date(2022, 1, 4), date(2022, 1, 18),
    ]  # fmt: skip
    assert {clock.local(m).strftime("%H:%M") for m in found} == {"14:30"}


def test_a_rule_without_an_end_goes_on_for_a_year():
    found = dates_of("FREQ=MONTHLY;BYMONTHDAY=7", TUESDAY)
    assert (len(found), clock.day(found[-1])) == (12, date(2022, 11, 7))


def test_the_last_tuesday_and_the_31st():
    found = dates_of("FREQ=MONTHLY;BYDAY=-1TU;COUNT=3", make.moment("2021-12-28 10:00"))
    assert [clock.day(m) for m in found] == [date(2021, 12, 28), date(2022, 1, 25), date(2022, 2, 22)]
    skipping = dates_of("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", make.moment("2021-12-31 10:00"))
    assert [clock.day(m) for m in skipping] == [date(2021, 12, 31), date(2022, 1, 31), date(2022, 3, 31)]


def test_sixty_dates_and_no_more():
    assert len(dates_of(f"FREQ=DAILY;COUNT={MOST_DATES}", TUESDAY)) == 60
    for rule in (f"FREQ=DAILY;COUNT={MOST_DATES + 1}", "FREQ=DAILY", "FREQ=DAILY;UNTIL=20220205"):
        with pytest.raises(Refused, match="60"):
            dates_of(rule, TUESDAY)
    assert len(dates_of("FREQ=DAILY;UNTIL=20220204", TUESDAY)) == 60


@pytest.mark.parametrize("rule", [
    "FREQ=DAILY;COUNT=100000", "FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=5", "FREQ=MINUTELY;INTERVAL=5", "FREQ=HOURLY", "FREQ=YEARLY",
    "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;BYSECOND=1", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYSETPOS=1",
    "FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=13", "FREQ=WEEKLY;BYDAY=3TU", "FREQ=WEEKLY;BYMONTHDAY=7", "FREQ=WEEKLY;INTERVAL=0",
    "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=-3", "FREQ=WEEKLY;COUNT=2;UNTIL=20220101", "FREQ=WEEKLY;FREQ=DAILY",
    "FREQ=WEEKLY;UNTIL=20221301", "FREQ=WEEKLY;UNTIL=99999999", "FREQ=WEEKLY;UNTIL=20310101", "COUNT=3", "每周", "FREQ=WEEKLY\nRDATE=20211207",
    "DTSTART:20200101T000000\nRRULE:FREQ=DAILY", "FREQ=DAILY;" + "COUNT=3;" * 40, "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=8",
    "FREQ=WEEKLY;INTERVAL=52;COUNT=3", "FREQ=WEEKLY;UNTIL=20211201",
])  # fmt: skip
def test_a_hostile_or_foolish_rule_is_refused_at_once(at, rule):
    began = time.perf_counter()
    with pytest.raises(Refused):
        plan(at, recurrence=rule)
    assert time.perf_counter() - began < 1
    assert not Activity.objects.exists()


@pytest.mark.parametrize(("rule", "words"), [
    ("", ""), ("FREQ=DAILY;COUNT=3", "每天"), ("FREQ=WEEKLY;BYDAY=TU", "每周周二"), ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "每两周周二"),
    ("FREQ=WEEKLY;BYDAY=TU,TH", "每周周二、周四"), ("FREQ=MONTHLY;BYMONTHDAY=7", "每月7日"), ("FREQ=MONTHLY;BYDAY=1TU", "每月第1个周二"),
    ("FREQ=MONTHLY;BYDAY=-1TU", "每月最后一个周二"), ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", "每3个月最后一天"),
])  # fmt: skip
def test_a_rule_in_words(rule, words):
    assert rule_words(rule) == words


# --- planning --------------------------------------------------------------------------------------------------------


def test_a_series_is_a_row_for_each_date_that_share_it(at, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        rows = plan(at, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=40")
    assert len(rows) == 40
    assert {row.series for row in rows} == {rows[0].pk}
    assert [row.recurrence for row in rows[:2]] == ["FREQ=WEEKLY;BYDAY=TU;COUNT=40", ""]
    assert {row.ends_at - row.starts_at for row in rows} == {timedelta(hours=2)}
    assert JournalEntry.objects.filter(kind="outreach.activity", verb="plan").count() == 40
    assert plan(at, title="量血压")[0].series is None


def test_pressed_twice_it_is_planned_once(at):
    plan(at)
    with pytest.raises(Overtaken):
        plan(at)
    assert Activity.objects.count() == 1


@pytest.mark.parametrize(("wrong", "field"), [
    ({"title": " "}, "title"), ({"title": "长" * 61}, "title"), ({"says": "长" * 301}, "says"), ({"limit": 0}, "limit"),
    ({"limit": 40_000}, "limit"), ({"limit": -1}, "limit"), ({"starts_at": make.moment("2021-12-01 08:59")}, "starts_at"),
    ({"starts_at": make.moment("1970-01-01 09:00")}, "starts_at"), ({"starts_at": make.moment("2022-12-02 09:00")}, "starts_at"),
    ({"ends_at": TUESDAY}, "ends_at"), ({"ends_at": TUESDAY + timedelta(hours=24, minutes=1)}, "ends_at"),
])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(at, wrong, field):
    with pytest.raises(Refused) as refused:
        plan(at, **wrong)
    assert refused.value.field == field


def test_a_team_s_leader_plans_its_activities_and_no_others(at):
    leader = make.account("member", at.grid)
    team = form_team("楼道红管家", at.block, by=at.head, purpose="巡楼道", leader=leader.person)
    rows = plan(at, by=leader, team=team, title="巡楼")
    assert rows[0].planned_by_id == leader.person_id
    with pytest.raises(NotAllowed):
        plan(at, by=leader)
    with pytest.raises(NotAllowed):
        actions.cancel_activity(plan(at)[0], by=leader, reason="不办了")
    with pytest.raises(NotAllowed):
        plan(at, by=leader, team=team, unit=at.community, title="别处的")
    actions.cancel_activity(rows[0], by=leader, reason="下雨")


def test_a_team_is_told_of_what_it_does(at):
    member = make.account("member", at.grid)
    team = form_team("楼道红管家", at.block, by=at.head, purpose="", leader=at.head.person, persons=[member.person])
    [activity] = plan(at, team=team)
    told = Notice.objects.filter(url=activity.get_absolute_url())
    assert list(told.values_list("person", "subject")) == [(member.person_id, "楼道红管家安排了活动：义剪")]
    assert "祠堂" in told.get().body


def test_a_team_does_nothing_where_it_does_not_serve(at):
    elsewhere = make.unit("block", inside=make.unit("community"))
    team = form_team("远处的队", elsewhere, by=at.office, purpose="")
    with pytest.raises(Refused, match="不在"):
        plan(at, by=at.office, team=team)


# --- changing and cancelling -----------------------------------------------------------------------------------------


def test_one_of_a_series_is_changed_or_all_that_come(at, django_assert_max_num_queries):
    rows = plan(at, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=5")
    clock.move_to(rows[0].ends_at)
    actions.edit_activity(rows[2], by=at.head, place="广场")
    assert list(Activity.objects.order_by("starts_at").values_list("place", flat=True)) == [
        "祠堂", "祠堂", "广场", "祠堂", "祠堂",
    ]  # fmt: skip
    later = {
        "starts_at": rows[2].starts_at + timedelta(days=1, hours=1),
        "ends_at": rows[2].ends_at + timedelta(days=1, hours=1),
    }
    with django_assert_max_num_queries(15):
        actions.edit_activity(rows[2], by=at.head, all_coming=True, title="义剪和量血压", limit=8, **later)
    found = list(Activity.objects.order_by("starts_at"))
    assert days(found) == [
        date(2021, 12, 7), date(2021, 12, 15), date(2021, 12, 22), date(2021, 12, 29), date(2022, 1, 5),
    ]  # fmt: skip
    assert [row.limit for row in found] == [None, 8, 8, 8, 8]
    assert found[0].title == "义剪"


def test_what_is_planned_goes_on_where_its_unit_was_split_and_what_was_stays(at):
    over, coming = plan(at, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=2", unit=at.grid)
    clock.move_to(over.ends_at + timedelta(days=1))
    heirs = split_unit(
        at.grid, [{"code": "H1", "name": "一格"}, {"code": "H2", "name": "二格"}], by=SYSTEM, on=clock.today()
    )
    found = dict(Activity.objects.values_list("pk", "unit"))
    assert found == {over.pk: at.grid.pk, coming.pk: heirs[0].pk}


@pytest.mark.parametrize("of", ["block", "grid"])
def test_a_teams_leader_records_the_activity_after_a_split(at, client, of):
    lead = make.account("member", at.grid)
    team = form_team("红管家", getattr(at, of), by=SYSTEM, purpose="义剪", leader=lead.person, persons=[lead.person])
    [planned] = plan(at, by=lead, team=team, unit=getattr(at, of))
    split_unit(at.block, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM)
    clock.move_to(planned.ends_at + timedelta(days=1))
    actions.ask_outcomes()
    assert Task.objects.open().get(verb="outreach.record_activity").holder_id == lead.person_id
    client.force_login(make.fresh(lead))
    assert client.get(reverse("activity-outcome", args=[planned.pk])).status_code == 200
    made = Activity.objects.select_related("unit", "team").get()
    assert (made.team.pk != team.pk, made.team.unit_id) == (True, made.unit_id)


def test_nothing_is_moved_into_the_past(at):
    [activity] = plan(at)
    with pytest.raises(Refused, match="已经过了"):
        actions.edit_activity(activity, by=at.head, starts_at=clock.now() - timedelta(minutes=1))


def test_who_takes_part_is_told_of_a_new_time_and_not_of_a_new_word(at):
    [activity] = plan(at)
    who = make.account("member", at.grid)
    actions.sign_up(activity, by=who)
    told = Notice.objects.filter(person=who.person_id, url=activity.get_absolute_url())
    actions.edit_activity(activity, by=at.head, says="带剪刀")
    assert not told.exists()
    actions.edit_activity(
        activity, by=at.head, starts_at=TUESDAY + timedelta(hours=1), ends_at=TUESDAY + timedelta(hours=3)
    )
    assert told.get().body == "12月7日 15:30，祠堂"


def test_cancelling_a_series_tells_everybody_once_and_leaves_what_was(at, django_assert_max_num_queries):
    rows = plan(at, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=6")
    who = make.account("member", at.grid)
    for row in rows[1:4]:
        actions.sign_up(row, by=who)
    clock.move_to(rows[0].ends_at)
    Notice.objects.all().delete()
    with django_assert_max_num_queries(15):
        actions.cancel_activity(rows[2], by=at.head, reason="天冷了", whole_series=True)
    assert (
        list(Activity.objects.order_by("starts_at").values_list("state", flat=True)) == ["planned"] + ["cancelled"] * 5
    )
    assert "天冷了" in Notice.objects.get(person=who.person_id).body
    with pytest.raises(Overtaken):
        actions.cancel_activity(rows[2], by=at.chief, reason="再取消一次")
    with pytest.raises(Refused, match="为什么"):
        actions.cancel_activity(rows[0], by=at.head, reason=" ")


# --- who came --------------------------------------------------------------------------------------------------------


def held(at: make.Street, people: int = 3, **more) -> tuple[Activity, list]:
    [activity] = plan(at)
    who = [make.account("member", at.grid) for _n in range(people)]
    for n, account in enumerate(who):
        actions.sign_up(activity, by=account, wants_certificate=n == 0)
    clock.move_to(activity.ends_at)
    return activity, who


def test_who_came_has_it_in_their_record_and_hours_only_where_they_are_wanted(at, django_assert_max_num_queries):
    activity, who = held(at)
    came = [w.person_id for w in who[:2]]
    with django_assert_max_num_queries(15):
        actions.hold_activity(activity, by=at.head, came=came, outcome="剪发 32 人次", hours=dict.fromkeys(came, "1.5"))
    rows = SignUp.objects.filter(activity=activity).order_by("signed_at")
    assert list(rows.values_list("came", "hours")) == [(True, Decimal("1.5")), (True, None), (False, None)]
    records = ServiceRecord.objects.filter(about_id=activity.pk)
    assert {(r.person_id, r.kind, r.on) for r in records} == {(pk, "activity", date(2021, 12, 7)) for pk in came}
    activity.refresh_from_db()
    assert (activity.state, activity.recorded_by_id, activity.outcome) == ("held", at.head.person_id, "剪发 32 人次")


def test_without_hours_said_it_is_as_long_as_it_was(at):
    activity, who = held(at)
    actions.hold_activity(activity, by=at.head, came=[w.person_id for w in who])
    assert SignUp.objects.get(person=who[0].person_id).hours == Decimal("2.0")
    assert SignUp.objects.exclude(person=who[0].person_id).filter(hours__isnull=False).count() == 0


@pytest.mark.parametrize("hours", ["0", "-1", "24.1", "NaN", "Infinity", "1e9", "两小时", ""])
def test_hours_that_cannot_be_are_refused(at, hours):
    activity, who = held(at)
    with pytest.raises(Refused, match="小时数"):
        actions.hold_activity(activity, by=at.head, came=[who[0].person_id], hours={who[0].person_id: hours})


def test_who_came_without_signing_up_is_noted_and_takes_no_place(at):
    activity, who = held(at, people=1)
    guest = make.account("member", at.grid)
    actions.hold_activity(activity, by=at.head, came=[guest.person_id])
    assert SignUp.objects.get(person=guest.person_id).came
    assert SignUp.objects.get(person=who[0].person_id).came is False
    assert Activity.objects.get().places_taken == 1
    with pytest.raises(Refused, match="查不到"):
        actions.hold_activity(activity, by=at.head, came=[1])


def test_what_was_recorded_is_put_right_within_a_week(at):
    activity, who = held(at)
    ids = [w.person_id for w in who]
    actions.hold_activity(activity, by=at.head, came=ids[:1])
    activity.refresh_from_db()
    clock.move_to(activity.recorded_at + timedelta(days=7, seconds=-1))
    actions.hold_activity(activity, by=at.head, came=ids[1:], outcome="更正")
    assert set(ServiceRecord.objects.values_list("person", flat=True)) == set(ids[1:])
    assert SignUp.objects.get(person=ids[0]).hours is None
    assert Activity.objects.get().recorded_at == activity.recorded_at
    clock.move_to(activity.recorded_at + timedelta(days=7))
    with pytest.raises(Refused, match="不能再更正"):
        actions.hold_activity(activity, by=at.head, came=ids)


def test_nobody_records_what_has_not_begun_or_was_cancelled_or_is_not_theirs(at):
    [activity] = plan(at)
    who = make.account("member", at.grid)
    with pytest.raises(Refused, match="还没有开始"):
        actions.hold_activity(activity, by=at.head, came=[])
    with pytest.raises(NotAllowed):
        actions.hold_activity(activity, by=who, came=[])
    actions.cancel_activity(activity, by=at.head, reason="下雨")
    clock.move_to(activity.ends_at)
    with pytest.raises(Refused, match="已取消"):
        actions.hold_activity(activity, by=at.head, came=[])


def test_whoever_planned_it_is_asked_once_when_it_is_over(at):
    [activity] = plan(at)
    [other] = plan(at, title="量血压")
    actions.cancel_activity(other, by=at.head, reason="没人")
    clock.move_to(activity.ends_at - timedelta(seconds=1))
    assert actions.ask_outcomes() == 0
    clock.move_to(activity.ends_at)
    assert (actions.ask_outcomes(), actions.ask_outcomes()) == (1, 0)
    task = Task.objects.get(verb="outreach.record_activity")
    assert (task.holder_id, task.due_at, task.title) == (
        at.head.person_id,
        activity.ends_at + timedelta(days=3),
        "记结果：义剪",
    )
    actions.hold_activity(activity, by=at.head, came=[])
    task.refresh_from_db()
    assert task.state == "done"


def test_a_question_that_was_taken_back_is_not_asked_again(at, django_assert_max_num_queries):
    for n in range(5):
        plan(at, title=f"活动{n}")
    clock.move_to(TUESDAY + timedelta(hours=3))
    with django_assert_max_num_queries(12):
        assert actions.ask_outcomes() == 5
    drop_tasks_about(Activity.objects.first(), "outreach.record_activity", by=at.chief, note="不用记")
    assert actions.ask_outcomes() == 0
