"""Activities on their pages: what they show to whom, what is typed, what they cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from jiequ.core import clock
from jiequ.outreach import actions
from jiequ.outreach.models import Activity, SignUp
from jiequ.people.actions import disband_team, form_team, join_team, set_team_skills
from jiequ.people.models import Account, Team
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "jiequ.people.accounts.AccountBackend"
TUESDAY = make.moment("2021-12-07 14:30")
PLAN = {
    "title": "义剪", "day": "2021-12-07", "starts": "14:30", "ends": "16:30", "place": "祠堂", "limit": "3", "says": "带剪刀",
}  # fmt: skip


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def member(at) -> Account:
    return make.account("member", at.grid)


def plan(at: make.Street, n: int = 1, **more) -> list[Activity]:
    rows = []
    for k in range(n):
        starts = TUESDAY + timedelta(hours=k)
        given = {
            "title": f"义剪{k}",
            "starts_at": starts,
            "ends_at": starts + timedelta(hours=2),
            "by": at.head,
            **more,
        }
        rows += actions.plan_activity(at.block, **given)
    return rows


def get(client, who: Account, name: str, *args, query: str = ""):
    client.force_login(who, backend=BACKEND)
    return client.get(reverse(name, args=args) + query)


def send(client, who: Account, name: str, *args, **data):
    client.force_login(who, backend=BACKEND)
    return client.post(reverse(name, args=args), data)


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- planning by words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("repeats", "until", "dates"), [
    ("", "", ["12-07"]), ("week", "2021-12-28", ["12-07", "12-14", "12-21", "12-28"]), ("fortnight", "2021-12-28", ["12-07", "12-21"]),
    ("month", "2022-02-28", ["12-07", "01-07", "02-07"]), ("nth", "2022-02-28", ["12-07", "01-04", "02-01"]),
    ("daily", "2021-12-09", ["12-07", "12-08", "12-09"]),
])  # fmt: skip
def test_how_often_is_said_in_words(client, at, repeats, until, dates):
    answer = send(client, at.head, "activity-plan", unit=at.block.code, repeats=repeats, until=until, **PLAN)
    assert answer.status_code == 302
    found = Activity.objects.order_by("starts_at")
    assert [clock.local(a.starts_at).strftime("%m-%d") for a in found] == dates
    assert answer.url == found[0].get_absolute_url()


@pytest.mark.parametrize(("wrong", "says"), [
    ({"day": "2021-11-30"}, "已经过了"), ({"title": ""}, "活动名称"), ({"limit": "0"}, "大于"), ({"limit": "99999999999"}, "小于"),
    ({"repeats": "week"}, "重复到哪天"), ({"repeats": "daily", "until": "2022-11-30"}, "60"), ({"repeats": "week", "until": "2031-01-01"}, "一年"),
    ({"repeats": "FREQ=SECONDLY"}, "多久一次"), ({"unit": ""}, "选择单位"), ({"starts": "25:00"}, "几点"), ({"day": "9999-12-31"}, ""),
    ({"day": "0001-01-01"}, ""), ({"team": "1"}, ""), ({"title": "\x00义"}, ""),
])  # fmt: skip
def test_what_was_typed_stays_when_it_is_refused(client, at, wrong, says):
    answer = send(client, at.head, "activity-plan", **{"unit": at.block.code, **PLAN, **wrong})
    assert answer.status_code == 422
    assert says in words(answer)
    assert "带剪刀" in answer.content.decode()
    assert not Activity.objects.exists()


def test_past_midnight_is_the_next_day(client, at):
    send(client, at.head, "activity-plan", **{**PLAN, "unit": at.block.code, "starts": "22:00", "ends": "01:00"})
    activity = Activity.objects.get()
    assert activity.ends_at - activity.starts_at == timedelta(hours=3)


def test_a_team_s_leader_plans_from_its_page(client, at, member):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="", leader=member.person)
    assert reverse("activity-plan") in get(client, member, "team", team.pk).content.decode()
    answer = get(client, member, "activity-plan", query=f"?team={team.pk}")
    assert answer.status_code == 200
    assert send(client, member, "activity-plan", team=team.pk, **PLAN).status_code == 302
    assert Activity.objects.get().team == team
    other = make.account("member", at.grid)
    assert get(client, other, "activity-plan").status_code == 403
    disband_team(team, by=at.head)
    assert get(client, member, "activity-plan").status_code == 403


# --- signing up ------------------------------------------------------------------------------------------------------


def test_one_tap_signs_up_and_the_page_says_where_i_stand(client, at, member):
    [activity] = plan(at, limit=1)
    assert "还剩1个名额" in words(get(client, member, "activity", activity.pk))
    send(client, member, "activity-sign-up", activity.pk)
    assert "您报上名了" in words(get(client, member, "activity", activity.pk))
    late = make.account("member", at.grid)
    answer = client.post(reverse("activity-sign-up", args=[activity.pk]))
    page = words(get(client, late, "activity", activity.pk))
    assert ("名额满了" in page, "排候补" in page, answer.status_code) == (True, True, 302)
    send(client, late, "activity-sign-up", activity.pk)
    assert "您排在候补第 1 位" in words(get(client, late, "activity", activity.pk))
    send(client, member, "activity-leave", activity.pk)
    assert "您报上名了" in words(get(client, late, "activity", activity.pk))


def test_who_signed_up_is_seen_by_who_plans_and_by_nobody_else(client, at, member):
    [activity] = plan(at)
    who = make.account("member", at.grid, name="欧阳试雨")
    actions.sign_up(activity, by=who)
    seen, unseen = get(client, at.head, "activity", activity.pk), get(client, member, "activity", activity.pk)
    assert who.person.label in words(seen)
    assert who.person.label not in words(unseen)
    for answer in (seen, unseen):
        assert "欧阳试雨" not in answer.content.decode()


def test_hours_are_asked_for_in_one_tap_and_given_up_in_one(client, at, member):
    [activity] = plan(at)
    send(client, member, "activity-sign-up", activity.pk)
    send(client, member, "activity-sign-up", activity.pk, certificate="1")
    assert SignUp.objects.get().wants_certificate
    send(client, member, "activity-sign-up", activity.pk, certificate="0")
    assert not SignUp.objects.get().wants_certificate


@pytest.mark.parametrize("person", ["x", "-1", "9" * 40, "1", "１"])
def test_a_person_who_is_none_is_not_found(client, at, person):
    [activity] = plan(at)
    assert send(client, at.head, "activity-sign-up", activity.pk, person=person).status_code == 404
    assert not SignUp.objects.exists()


# --- who came --------------------------------------------------------------------------------------------------------


def over(at: make.Street, people: int = 3) -> Activity:
    [activity] = plan(at)
    for n in range(people):
        actions.sign_up(activity, by=make.account("member", at.grid), wants_certificate=n == 0)
    clock.move_to(activity.ends_at)
    return activity


def test_nobody_is_ticked_beforehand_and_nothing_ticked_is_asked_again(client, at):
    activity = over(at)
    page = get(client, at.head, "activity-outcome", activity.pk).content.decode()
    assert page.count('name="came"') == 3
    assert "checked" not in page
    assert page.count('name="hours-') == 1  # only beside who wants a certificate
    answer = send(client, at.head, "activity-outcome", activity.pk, outcome="剪了")
    assert (answer.status_code, "没有人到场" in words(answer)) == (422, True)
    assert Activity.objects.get().state == "planned"
    assert send(client, at.head, "activity-outcome", activity.pk, nobody="on").status_code == 302
    assert Activity.objects.get().state == "held"


def test_the_outcome_is_recorded_and_put_right_on_one_page(client, at):
    activity = over(at)
    first, second, _third = SignUp.objects.order_by("signed_at")
    ticked = [first.person_id, second.person_id]
    hours = {f"hours-{pk}": "2.5" for pk in ticked}
    answer = send(client, at.head, "activity-outcome", activity.pk, came=ticked, outcome="剪发 32 人次", **hours)
    assert answer.status_code == 302
    assert [str(s.hours) for s in SignUp.objects.order_by("signed_at")] == ["2.5", "None", "None"]
    again = get(client, at.head, "activity-outcome", activity.pk).content.decode()
    assert (again.count(" checked"), 'value="2.5"' in again, "剪发 32 人次" in again) == (2, True, True)
    guest = make.account("member", at.grid)
    send(client, at.head, "activity-outcome", activity.pk, came=ticked, also=guest.person_id)
    assert SignUp.objects.get(person=guest.person_id).came
    page = words(get(client, guest, "activity", activity.pk))
    assert ("来了 3人" in page, "您来了" in page, "您报上名了" in page) == (True, True, False)


def test_strangers_who_are_ticked_by_hand_do_not_count(client, at):
    activity = over(at)
    stranger = make.person(at=make.unit("subdistrict"))
    answer = send(client, at.head, "activity-outcome", activity.pk, came=[stranger.pk, "x", "9" * 30])
    assert answer.status_code == 422
    assert not SignUp.objects.filter(person=stranger).exists()
    assert send(client, at.head, "activity-outcome", activity.pk, also=stranger.pk, nobody="").status_code == 404


# --- lists, months, files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_lists_and_months_cost_the_same_with_many(client, at, member, django_assert_max_num_queries, rows):
    for activity in plan(at, rows):
        actions.sign_up(activity, by=member)
    team = form_team("楼道红管家", at.block, by=at.head, purpose="")
    Activity.objects.update(team=team)
    for who in (at.head, member):
        client.force_login(who, backend=BACKEND)
        client.get("/")
        for address in ("/activities/", "/activities/?view=mine", "/activities/mine/", f"/activities/?team={team.pk}"):
            with django_assert_max_num_queries(10):
                assert client.get(address).status_code == 200
        for address in (f"/activities/calendar/?unit={at.block.code}", f"/teams/{team.pk}/calendar.ics"):
            with django_assert_max_num_queries(10):
                assert client.get(address).status_code == 200
        with django_assert_max_num_queries(12):
            client.get(reverse("activity", args=[activity.pk]))


def test_a_page_costs_no_more_with_many_people_and_dates(client, at, django_assert_max_num_queries):
    rows = plan(at, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=20", limit=5, says="带剪刀")
    people = [make.account("member", at.grid) for _n in range(8)]
    for who in people:
        actions.sign_up(rows[1], by=who)
    for who in (at.head, people[-1]):
        client.force_login(who, backend=BACKEND)
        client.get("/")
        with django_assert_max_num_queries(12):
            assert client.get(rows[1].get_absolute_url()).status_code == 200
    clock.move_to(rows[1].ends_at)
    client.force_login(at.head, backend=BACKEND)
    client.get("/")
    with django_assert_max_num_queries(12):
        assert client.get(reverse("activity-outcome", args=[rows[1].pk])).status_code == 200


def test_another_block_s_activities_are_not_seen(client, at):
    plan(at)
    stranger = make.account("head", make.unit("block", inside=at.community))
    assert "义剪" not in words(get(client, stranger, "activities"))
    assert "义剪" not in words(get(client, stranger, "activity-calendar", query="?month=2021-12"))
    assert get(client, stranger, "activity", Activity.objects.get().pk).status_code == 404


@pytest.mark.parametrize(
    "month", ["2021-12", "2021-13", "0000-01", "x", "9999-12", "2199-12", "2000-01", "２０２１-12", ""]
)
def test_a_month_that_is_none_is_this_one(client, at, month):
    plan(at)
    answer = get(client, at.head, "activity-calendar", query=f"?month={month}")
    assert answer.status_code == 200
    assert ("义剪0" in words(answer)) == (month not in {"2199-12", "2000-01"})


def test_a_month_is_whole_weeks_and_leaves_out_what_is_cancelled(client, at):
    kept, gone = plan(at, 2)
    actions.cancel_activity(gone, by=at.head, reason="下雨")
    page = get(client, at.head, "activity-calendar").content.decode()
    assert page.count("<td") == 35  # Monday 29 November to Sunday 2 January
    assert (page.count(kept.title), gone.title in page) == (
        3,
        False,
    )  # in the table, with its title, and in the phone's list
    assert "2021年12月有 1 场活动" in words(get(client, at.head, "activity-calendar"))


def test_files_for_one_s_own_calendar_name_nobody(client, at, member):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="", leader=member.person)
    rows = plan(at, team=team, recurrence="FREQ=WEEKLY;BYDAY=TU;COUNT=3", place="祠堂", says="带剪刀")
    actions.cancel_activity(rows[2], by=at.head, reason="下雨")
    answer = get(client, member, "team-file", team.pk)
    calendar = Calendar.from_ical(answer.content)
    events = calendar.walk("VEVENT")
    assert [e["status"] for e in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert events[0].decoded("dtstart") == rows[0].starts_at
    assert len({e["uid"] for e in events}) == 3
    assert all(person.label not in answer.content.decode() for person in (member.person, at.head.person))
    one = Calendar.from_ical(get(client, member, "activity-file", rows[0].pk).content).walk("VEVENT")
    assert [e["uid"] for e in one] == [events[0]["uid"]]


# --- teams -----------------------------------------------------------------------------------------------------------


def test_forty_teams_are_found_by_what_they_can_do(client, at, django_assert_max_num_queries):
    for n in range(42):
        team = form_team(f"服务队{n}", at.block, by=at.head, purpose="")
        set_team_skills(team, ["理发"] if n == 7 else ["巡楼", "登记"], by=at.head)
    client.force_login(at.head, backend=BACKEND)
    client.get("/")
    with django_assert_max_num_queries(10):
        page = client.get("/teams/?skill=理发")
    assert ("服务队7" in words(page), "服务队8" in words(page)) == (True, False)
    with django_assert_max_num_queries(10):
        assert client.get("/teams/").content.decode().count("<tr>") == 43


@pytest.mark.parametrize(("typed", "kept"), [
    ("理发、法律咨询", ["理发", "法律咨询"]), ("理发，理发,  量血压 、", ["理发", "量血压"]), ("", []),
])  # fmt: skip
def test_skills_are_typed_with_any_comma(client, at, typed, kept):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="")
    assert send(client, at.head, "team-skills", team.pk, skills=typed).status_code == 302
    assert Team.objects.get().skills == kept


def test_skills_are_words_and_not_too_many(client, at, member):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="", leader=member.person)
    for typed in ("、".join(f"特长{n}" for n in range(11)), "长" * 21):
        assert send(client, at.head, "team-skills", team.pk, skills=typed).status_code == 422
    assert send(client, member, "team-skills", team.pk, skills="理发").status_code == 302
    other = make.account("member", at.grid)
    assert send(client, other, "team-skills", team.pk, skills="不会").status_code == 403


def test_a_leader_is_one_of_the_team(client, at, member):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="")
    assert send(client, at.head, "team-lead", team.pk, person=member.person_id).status_code == 404
    join_team(team, member.person, by=at.head)
    assert send(client, member, "team-lead", team.pk).status_code == 403
    send(client, at.head, "team-lead", team.pk, person=member.person_id)
    assert Team.objects.get().leader_id == member.person_id


def test_a_team_s_page_tells_of_what_it_plans(client, at, member):
    team = form_team("楼道红管家", at.block, by=at.head, purpose="巡楼道")
    plan(at, team=team, limit=4)
    page = words(get(client, member, "team", team.pk))
    assert ("义剪0" in page, "0/4" in page) == (True, True)
