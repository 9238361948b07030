"""The house's pages: masked everywhere, scoped, cheap whatever the rows, and forms that lose nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM
from jiequ.people import actions
from jiequ.people.models import Account, Appointment, Member, Notice, Person, Team
from jiequ.people.roles import PERMISSIONS, ROLES
from tests import make

pytestmark = pytest.mark.django_db
NAME, PHONE = "王晓得不得了", "13800138000"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block", name="石一街区")


@pytest.fixture
def chief(block: Any) -> Account:
    return make.account("chief", make.above(block, 2))


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="jiequ.people.accounts.AccountBackend")
    return client


def fill(block: Any, grid: Any, n: int) -> None:
    """n more of everything that the lists show."""
    for _ in range(n):
        person = make.person(at=block)
        actions.appoint_person(person, "councillor", block, by=SYSTEM)
        actions.report_member(person, grid, by=SYSTEM, source="office", home_organisation="机关支部")
        actions.form_team(f"服务队{person.pk}", block, by=SYSTEM, purpose="帮忙", leader=person, persons=[person])


LISTS = {"people": 10, "appointments": 9, "members": 9, "teams": 9, "vacancies": 10, "notices": 9, "policy": 6, "me": 9}


@pytest.mark.parametrize(("name", "budget"), LISTS.items())
def test_a_list_costs_the_same_with_one_row_and_with_three(block: Any, name: str, budget: int) -> None:
    office = make.account("office", make.above(block, 1))
    actions.set_required_posts(by=SYSTEM)
    grid = make.unit("red_grid", inside=block)
    client = signed_in(office)
    client.get(reverse(name))  # what a process reads once (the demo's clock) is read
    counted = []
    for more in (1, 2):
        fill(block, grid, more)
        actions.notify([office.person], "开会了")
        actions.lay_posts()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert counted[1] <= budget, [q["sql"][:150] for q in queries]


def test_no_page_shows_a_whole_name_or_number(block: Any) -> None:
    office, grid = make.account("office", make.above(block, 1)), make.unit("red_grid", inside=block)
    person = make.person(NAME, phone=PHONE, at=block)
    appointment = actions.appoint_person(person, "head", block, by=SYSTEM)
    member = actions.report_member(person, grid, by=SYSTEM, source="office", home_organisation="机关支部")
    team = actions.form_team("护楼队", block, by=SYSTEM, purpose="", leader=person)
    actions.notify([office.person], "开会了")
    client = signed_in(office)
    addresses = [reverse(name) for name in ("people", "appointments", "members", "teams", "notices", "vacancies")]
    addresses += [
        reverse(name, args=[person.pk]) for name in ("person", "person-reveal", "person-correct", "person-held")
    ]
    addresses += [reverse("person-erase", args=[person.pk]), reverse("team", args=[team.pk])]
    addresses += [reverse("appointment-end", args=[appointment.pk]), reverse("appoint") + f"?person={person.pk}"]
    addresses += [reverse(name, args=[member.pk]) for name in ("member-move", "member-exempt", "member-building")]
    seen = 0
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert NAME not in text, address
        assert PHONE not in text, address
        seen += "王*" in text
    assert seen >= 12


def test_a_stranger_is_404_and_a_missing_permission_403(block: Any, chief: Account) -> None:
    other = make.unit("block", inside=make.unit("community", inside=make.above(block, 1)))
    stranger = make.account("head", other)
    theirs = stranger.appointments[0]
    client = signed_in(chief)
    assert client.get(reverse("person", args=[stranger.person_id])).status_code == 404
    assert client.get(reverse("person-reveal", args=[stranger.person_id])).status_code == 404
    assert client.get(reverse("appointment-end", args=[theirs.pk])).status_code == 404
    assert client.get(reverse("people") + f"?unit={other.code}").status_code == 404
    mine = make.account("councillor", block)
    councillor = signed_in(mine)
    assert councillor.get(reverse("person", args=[mine.person_id])).status_code == 200
    for name in ("appoint", "members", "member-report", "team-form", "policy"):
        assert councillor.get(reverse(name)).status_code == 403, name
    assert councillor.get(reverse("person-reveal", args=[mine.person_id])).status_code == 403


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "😀" * 40])
def test_hostile_names_are_harmless_on_the_pages(block: Any, chief: Account, name: str) -> None:
    answer = signed_in(chief).post(
        reverse("appoint"), {"name": name, "unit": block.code, "role": "head", "starts_on": "2021-12-01"}
    )
    assert answer.status_code == 302
    team = actions.form_team(name[:40], block, by=chief, purpose=name)
    text = signed_in(chief).get(reverse("team", args=[team.pk])).content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_a_name_of_two_hundred_characters_comes_back_with_what_was_typed(block: Any, chief: Account) -> None:
    answer = signed_in(chief).post(
        reverse("appoint"), {"name": "长" * 200, "unit": block.code, "role": "head", "starts_on": "2021-12-01"}
    )
    assert answer.status_code == 422
    assert "长" * 200 in answer.content.decode()
    assert Appointment.objects.filter(unit=block).count() == 0


def test_one_form_enters_the_person_and_the_post(block: Any, chief: Account) -> None:
    client = signed_in(chief)
    page = client.get(reverse("appoint") + f"?unit={block.code}&role=head")
    assert page.context["form"]["role"].value() == "head"
    typed = {"name": NAME, "phone": PHONE, "unit": block.code, "role": "head", "starts_on": "2021-12-01"}
    assert client.post(reverse("appoint"), typed).status_code == 302
    person = Person.objects.called(PHONE).get()
    assert person.appointments.get().role == "head"
    # the same name and number again is the same person, not a second one
    assert client.post(reverse("appoint"), {**typed, "role": "councillor"}).status_code == 302
    assert person.appointments.count() == 2


def test_a_refusal_keeps_what_was_typed_and_writes_nothing(block: Any, chief: Account) -> None:
    before = Person.objects.count()
    typed = {"name": NAME, "phone": PHONE, "unit": block.code, "role": "chief", "starts_on": "2021-12-01"}
    answer = signed_in(chief).post(reverse("appoint"), typed)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert NAME in text
    assert "要设在社区" in text
    assert Person.objects.count() == before


def test_a_namesake_is_asked_about(block: Any, chief: Account) -> None:
    there = make.person(NAME, at=block)
    actions.appoint_person(there, "adviser", block, by=SYSTEM)
    client = signed_in(chief)
    typed = {"name": NAME, "unit": block.code, "role": "head", "starts_on": "2021-12-01"}
    answer = client.post(reverse("appoint"), typed)
    assert (answer.status_code, answer.context["form"].namesakes) == (422, [there])
    assert client.post(reverse("appoint"), {**typed, "person": there.pk}).status_code == 302
    assert there.appointments.count() == 2
    assert client.post(reverse("appoint"), {**typed, "is_another": "on"}).status_code == 302
    assert Person.objects.called(NAME).count() == 2


def test_a_person_of_another_community_cannot_be_chosen_by_key(block: Any, chief: Account) -> None:
    other = make.unit("community", inside=make.above(block, 1))
    stranger = make.account("chief", other).person
    typed = {"person": stranger.pk, "unit": block.code, "role": "head", "starts_on": "2021-12-01"}
    assert signed_in(chief).post(reverse("appoint"), typed).status_code == 422


def test_the_revealed_value_stands_on_one_answer_only(block: Any, chief: Account) -> None:
    person = make.person(NAME, phone=PHONE, at=block)
    actions.appoint_person(person, "head", block, by=SYSTEM)
    client = signed_in(chief)
    address = reverse("person-reveal", args=[person.pk])
    assert client.post(address, {"field": "phone", "reason": "急"}).status_code == 422
    answer = client.post(address, {"field": "phone", "reason": "通知开会时间"})
    assert PHONE in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert PHONE not in client.get(reverse("person", args=[person.pk])).content.decode()
    assert JournalEntry.objects.filter(verb="reveal_person", by_id=chief.person_id).count() == 1
    mine = signed_in(actions.open_account(person, "wang", make.PASSWORD, by=SYSTEM)).get(reverse("my-data"))
    text = mine.content.decode()
    assert NAME in text  # one's own data is whole to oneself
    assert "通知开会时间" in text  # ... and so is who looked, and why
    assert chief.person.label in text


def test_people_are_found_by_the_whole_name_within_ones_scope(block: Any, chief: Account) -> None:
    mine = make.person(NAME, at=block)
    actions.appoint_person(mine, "head", block, by=SYSTEM)
    other = make.unit("block", inside=make.unit("community", inside=make.above(block, 1)))
    actions.appoint_person(make.person(NAME, at=other), "head", other, by=SYSTEM)
    page = signed_in(chief).get(reverse("people"), {"q": NAME})
    assert page.context["page"].rows == [mine]
    assert signed_in(chief).get(reverse("people"), {"q": NAME[:2]}).context["page"].rows == []
    assert signed_in(chief).get(reverse("people"), {"role": "head", "unit": block.code}).context["page"].rows == [mine]


def test_a_vacancy_leads_to_the_form_with_unit_and_role_filled_in(block: Any, chief: Account) -> None:
    actions.set_required_posts(by=SYSTEM)
    client = signed_in(chief)
    page = client.get(reverse("vacancies"), {"unit": block.code})
    assert (page.context["filled"], page.context["required"]) == (0, 12)
    address = f"{reverse('appoint')}?unit={block.code}&amp;role=head"
    assert address in page.content.decode()
    form = client.get(address.replace("&amp;", "&")).context["form"]
    assert (form["unit"].value(), form["role"].value()) == (block.code, "head")
    actions.appoint_person(make.person(at=block), "head", block, by=SYSTEM)
    assert address not in client.get(reverse("vacancies"), {"unit": block.code}).content.decode()


def test_lists_go_on_by_day_and_by_key(block: Any, chief: Account) -> None:
    for n in range(53):
        actions.appoint_person(
            make.person(at=block), "councillor", block, by=SYSTEM, starts_on=date(2021, 1 + n % 9, 1)
        )
    for name in ("people", "appointments"):
        client, seen, address = signed_in(chief), [], reverse(name)
        while address:
            page = client.get(address).context["page"]
            seen += [row.pk for row in page.rows]
            address = page.older
        assert len(seen) == len(set(seen)) == 54, name
    for before in ("x", "2021-01-01", "2021-01-01~x", "99999999999999999999~1", "~"):
        assert client.get(reverse("appointments"), {"before": before}).status_code == 200
        assert client.get(reverse("people"), {"before": before}).status_code == 200


def test_the_administrator_opens_an_account_and_the_password_is_shown_once(block: Any) -> None:
    admin = make.account("admin", make.above(block, 1))
    person = make.person(NAME, at=block)
    actions.appoint_person(person, "head", block, by=SYSTEM)
    client = signed_in(admin)
    answer = client.post(reverse("account-open", args=[person.pk]), {"username": "head-shiyi"})
    once = answer.context["one_time"]["password"]
    assert once in answer.content.decode()
    assert once not in client.get(reverse("person", args=[person.pk])).content.decode()
    fresh = Client()
    assert fresh.post(reverse("sign-in"), {"username": "head-shiyi", "password": once}).status_code == 302
    assert fresh.get(reverse("people")).url == reverse("change-password")
    assert client.post(reverse("account-close", args=[person.pk])).status_code == 302
    assert fresh.get(reverse("change-password")).status_code == 302
    assert client.post(reverse("account-open", args=[person.pk]), {"username": "<b>"}).status_code == 422


def test_opening_a_notice_marks_it_read_and_leads_on(block: Any, chief: Account) -> None:
    Notice.objects.all().delete()
    actions.notify([chief.person], "议题待审定", url="/people/")
    actions.notify([chief.person], "外面的", url="//evil.example/")
    mine = list(Notice.objects.order_by("id"))
    client = signed_in(chief)
    assert client.get(reverse("notice-open", args=[mine[0].pk])).url == "/people/"
    assert client.get(reverse("notice-open", args=[mine[1].pk])).url == reverse("notices")
    assert Notice.objects.unread().count() == 0
    other = make.account("head", block)
    assert signed_in(other).get(reverse("notice-open", args=[mine[0].pk])).status_code == 404
    assert client.post(reverse("notices-read")).status_code == 302


def test_a_member_reports_in_moves_and_leaves_on_the_pages(block: Any) -> None:
    head, grid = make.account("head", block), make.unit("red_grid", inside=block)
    other, building = make.unit("red_grid", inside=block), make.unit("building", inside=grid)
    client = signed_in(head)
    typed = {"name": NAME, "unit": grid.code, "source": "two_new", "home_organisation": "某公司支部"}
    typed |= {"reported_on": "2021-11-01", "skills": "法律、急救"}
    assert client.post(reverse("member-report"), typed).status_code == 302
    member = Member.objects.get()
    assert member.skills == ["法律", "急救"]
    pages = {
        "member-building": {"building": building.code},
        "member-exempt": {"reason": "away", "starts_on": "2021-12-01"},
        "member-move": {"unit": other.code, "on": "2021-12-01"},
    }
    for name, data in pages.items():
        assert client.post(reverse(name, args=[member.pk]), {"sent": "1"}).status_code == 422
        assert client.post(reverse(name, args=[member.pk]), data).status_code == 302, name
    moved = Member.objects.current().get()
    assert moved.unit == other
    assert client.get(moved.person.get_absolute_url()).status_code == 200
    assert client.post(reverse("member-move", args=[moved.pk]), {"on": "2021-12-01"}).status_code == 302
    assert Member.objects.current().count() == 0


def test_teams_are_formed_joined_and_left_on_the_pages(block: Any) -> None:
    head, member = make.account("head", block), make.account("councillor", block)
    typed = {"name": "护楼队", "unit": block.code, "purpose": "夜里巡一巡"}
    assert signed_in(head).post(reverse("team-form"), typed).status_code == 302
    team = Team.objects.get()
    assert signed_in(member).post(reverse("team-join", args=[team.pk])).status_code == 302
    assert list(team.persons.all()) == [member.person]
    assert signed_in(head).post(reverse("team-leave", args=[team.pk]), {"person": member.person_id}).status_code == 302
    assert signed_in(head).post(reverse("team-disband", args=[team.pk])).status_code == 302
    assert Team.objects.standing().count() == 0


def test_members_leave_the_house_masked_and_the_journal_says_so(block: Any) -> None:
    head, grid = make.account("head", block), make.unit("red_grid", inside=block)
    person = make.person(NAME, phone=PHONE, at=grid)
    actions.report_member(person, grid, by=SYSTEM, source="office", home_organisation="=1+1")
    answer = signed_in(head).get(reverse("members"), {"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][:5] == ["138****8000", "王*", grid.code, "机关党员", "=1+1"]
    assert JournalEntry.objects.filter(verb="export_members", by_id=head.person_id).get().facts == {"rows": 1}
    assert signed_in(make.account("grid_member", grid)).get(reverse("members"), {"format": "xlsx"}).status_code == 403


def test_the_policy_page_has_every_role_permission_and_move(block: Any) -> None:
    from jiequ.core.flow import Flow

    text = signed_in(make.account("office", make.above(block, 1))).get(reverse("policy")).content.decode()
    wanted = [r.label for r in ROLES.values()] + list(PERMISSIONS.values())
    wanted += [m.label for flow in Flow.register.values() for m in flow.moves.values()]
    assert len(wanted) > 60
    assert [str(words) for words in wanted if str(words) not in text] == []


def test_erasing_first_says_what_goes(block: Any) -> None:
    office = make.account("office", make.above(block, 1))
    person = make.person(NAME, phone=PHONE, at=block)
    post = actions.appoint_person(person, "head", block, by=SYSTEM, starts_on=date(2021, 3, 1))
    client = signed_in(office)
    assert client.post(reverse("person-erase", args=[person.pk])).status_code == 409
    actions.end_appointment(post, ends_on=date(2021, 12, 1), by=SYSTEM)
    assert client.get(reverse("person-erase", args=[person.pk])).status_code == 200
    assert client.post(reverse("person-erase", args=[person.pk])).status_code == 302
    assert client.get(reverse("person", args=[person.pk])).status_code == 200
