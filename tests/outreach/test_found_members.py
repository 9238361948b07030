"""A party member who was found is noted, invited and reported in, or not: masked, nothing typed twice, nothing kept too long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.measures import Period
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.outreach.actions import decline_found, find_member, report_found
from jiequ.outreach.actions.found import name_and_phone, reveal_found
from jiequ.outreach.indicators import MEMBERS_FOUND
from jiequ.outreach.models import FoundMember
from jiequ.people.actions import register_person, report_member
from jiequ.people.models import Member, Person
from jiequ.territory.actions import split_unit
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
REPORT = {"source": "community", "home_organisation": "某某社区党支部"}


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


def find(at: make.Street, **more: str) -> FoundMember:
    return find_member(at.grid, by=at.member, **({"name": "李试生", "phone": "13900001234"} | more))


def fresh(found: FoundMember) -> FoundMember:
    return FoundMember.objects.select_related("unit").get(pk=found.pk)


@pytest.mark.parametrize(
    ("words", "name", "phone"),
    [
        ("李试生 13900001234", "李试生", "13900001234"),
        ("李试生，139 0000 1234，住四楼", "李试生", "13900001234"),
        ("+86 139-0000-1234 李试生（退休）", "李试生", "13900001234"),
        ("李试生", "李试生", ""),
        ("13900001234", "", "13900001234"),
    ],
)
def test_a_line_says_a_name_and_a_number(words: str, name: str, phone: str) -> None:
    assert name_and_phone(words) == (name, phone)


def test_who_was_found_is_kept_masked_and_the_head_is_asked(at: make.Street) -> None:
    found = find(at)
    assert (found.label, str(found), found.state) == ("李*", "李*", "found")
    task = Task.objects.open().get(verb="outreach.report_found")
    assert (task.unit, task.role, task.about_url) == (at.block, "head", found.get_absolute_url())
    assert "李" not in task.title
    said = " ".join(f"{e.label} {e.facts}" for e in JournalEntry.objects.all())
    assert "李试生" not in said and "13900001234" not in said


def test_the_same_person_found_twice_is_one(at: make.Street) -> None:
    assert find(at) == find(at)
    assert Task.objects.open().filter(verb="outreach.report_found").count() == 1
    assert find(at, name="王试") != find(at), "two may share a telephone"


def test_who_has_reported_in_already_is_not_noted(at: make.Street) -> None:
    person = register_person("李试生", by=SYSTEM, unit=at.grid, phone="13900001234")
    report_member(person, at.grid, by=SYSTEM, **REPORT)
    with pytest.raises(Refused):
        find(at)


@pytest.mark.parametrize(("given", "field"), [({"name": " "}, "name"), ({"phone": "12"}, "phone")])
def test_what_cannot_be_is_refused(at: make.Street, given: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        find(at, **given)
    assert refused.value.field == field
    with pytest.raises(NotAllowed):
        find_member(at.grid, by=at.worker, name="李试生")


def test_reporting_in_types_nothing_twice_and_leaves_nothing_behind(at: make.Street) -> None:
    found = find(at)
    member = report_found(found, by=at.head, **REPORT)
    assert (member.person.name, member.person.phone, member.unit) == ("李试生", "13900001234", at.grid)
    now = fresh(found)
    assert (now.state, now.member, now.name, now.phone, now.phone_index, now.label) == (
        "reported", member, "", "", "", "李*",
    )  # fmt: skip
    assert not Task.objects.open().filter(verb="outreach.report_found").exists()
    with pytest.raises(Refused):
        report_found(now, by=at.head, **REPORT)
    assert Member.objects.count() == 1


def test_who_is_registered_already_is_taken_as_they_are(at: make.Street) -> None:
    known = register_person("李试生", by=SYSTEM, unit=at.grid, phone="13900001234")
    assert report_found(find(at), by=at.head, **REPORT).person == known
    assert Person.objects.filter(name_index=known.name_index).count() == 1


def test_a_name_that_was_misheard_is_corrected(at: make.Street) -> None:
    member = report_found(find(at), by=at.head, name="黎试生", **REPORT)
    assert (member.person.name, member.person.phone) == ("黎试生", "13900001234")


def test_one_who_does_not_report_in_is_left_in_peace(at: make.Street) -> None:
    found = find(at)
    with pytest.raises(Refused):
        decline_found(found, "lazy", by=at.head)
    with pytest.raises(NotAllowed):
        decline_found(found, "later", by=at.member)
    decline_found(found, "later", by=at.head)
    assert (fresh(found).state, fresh(found).why, fresh(found).name) == ("declined", "later", "李试生")
    assert Task.objects.get(verb="outreach.report_found").state == "dropped"


def test_of_one_who_is_no_member_nothing_is_kept(at: make.Street) -> None:
    found = find(at)
    decline_found(found, "mistake", by=at.head)
    now = fresh(found)
    assert (now.name, now.phone, now.label, now.phone_index) == ("", "", "", "")


def test_looking_behind_the_mask_is_on_record(at: make.Street) -> None:
    found = find(at)
    with pytest.raises(NotAllowed):
        reveal_found(found, by=at.member, reason="call")
    with pytest.raises(Refused):
        reveal_found(found, by=at.head, reason="好奇")
    assert reveal_found(found, by=at.head, reason="call") == ("李试生", "13900001234")
    entry = JournalEntry.objects.about(found).filter(verb="reveal").get()
    assert (entry.facts, entry.by_id) == ({"reason": "call"}, at.head.person_id)


def test_the_pages_are_masked_and_lead_on(at: make.Street, client: Client) -> None:
    found = find(at)
    client.force_login(make.fresh(at.head))
    for address in (reverse("found-members"), f"{reverse('found-members')}?state=found", found.get_absolute_url()):
        page = client.get(address).content.decode()
        assert "李*" in page and "李试生" not in page and "13900001234" not in page
    shown = client.post(reverse("found-member-reveal", args=[found.pk]), {"reason": "call"})
    assert "李试生" in shown.content.decode() and "no-store" in shown["Cache-Control"]
    form = client.get(reverse("found-member-report", args=[found.pk])).content.decode()
    assert "李试生" not in form
    given = REPORT | {"reported_on": "2021-12-01"}
    assert client.post(reverse("found-member-report", args=[found.pk]), given).status_code == 302
    assert Member.objects.get().person.get_absolute_url() in client.get(found.get_absolute_url()).content.decode()


def test_one_is_noted_without_a_visit(at: make.Street, client: Client) -> None:
    client.force_login(make.fresh(at.member))
    assert client.get(reverse("found-member-new")).status_code == 200
    given = {"name": "李试生", "phone": "", "unit": at.grid.code}
    assert client.post(reverse("found-member-new"), given).status_code == 302
    assert FoundMember.objects.get().unit == at.grid


def test_who_was_asked_can_open_it_after_a_split_and_the_figure_stays(at: make.Street, client: Client) -> None:
    found = find(at)
    period = Period.quarter(clock.today())
    split_unit(at.block, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM)
    head = make.fresh(at.head)
    task = Task.objects.for_account(head).get(verb="outreach.report_found")
    moved = fresh(found)
    assert moved.unit.is_valid() and moved.unit.path_at(3) == task.unit.path
    client.force_login(head)
    assert client.get(found.get_absolute_url()).status_code == 200
    assert list(MEMBERS_FOUND.under(at.block, period)) == [moved]
    assert not MEMBERS_FOUND.under(moved.unit, period).exists()


def test_who_has_reported_in_or_not_stays_where_they_were_found(at: make.Street) -> None:
    found = find(at)
    decline_found(found, "later", by=at.head)
    split_unit(at.grid, [{"code": "NEW1", "name": "新一"}, {"code": "NEW2", "name": "新二"}], by=SYSTEM)
    assert fresh(found).unit_id == at.grid.pk
