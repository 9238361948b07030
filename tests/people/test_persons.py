"""Persons: entered once, masked everywhere, looked behind only with a reason, erased when they ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection, models

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.core.permission import SYSTEM, NotAllowed, Refused
from jiequ.people import models as people
from jiequ.people.actions import (
    AlreadyKnown,
    appoint_person,
    correct_person,
    end_appointment,
    erase_person,
    open_account,
    register_person,
    report_member,
    reveal_person,
    what_is_held,
)
from jiequ.people.models import Account, Appointment, Person, Reveal, is_id_number, is_phone, phone_form
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def block() -> Any:
    return make.unit("block", name="石一街区")


def _id_number(first: str) -> str:
    return next(first + c for c in "0123456789X" if is_id_number(first + c))


def test_a_person_is_masked_encrypted_and_found_by_the_whole_name_or_number(block: Any) -> None:
    person = register_person("欧阳 明华", by=SYSTEM, unit=block, phone="+86 138-0013-8000")
    assert (str(person), person.label, person.journal_label) == ("欧阳*", "欧阳*", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, name_index, phone_index FROM people_person WHERE id = %s", [person.pk])
        raw = b"|".join(bytes(v) if not isinstance(v, str) else v.encode() for v in cursor.fetchone())
    assert "明华".encode() not in raw
    assert b"13800138000" not in raw
    fresh = Person.objects.get(pk=person.pk)
    assert (fresh.name, fresh.phone) == ("欧阳 明华", "13800138000")
    for text in ("欧阳明华", "欧阳　明华", "138 0013 8000", "８６13800138000".replace("８６", "+86")):
        assert list(Person.objects.called(text)) == [person], text
    for text in ("欧阳", "明华", "1380013", ""):
        assert list(Person.objects.called(text)) == [], text


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "张" * 200}),
        ("phone", {"phone": "12345"}),
        ("phone", {"phone": "10000000000"}),
        ("id_number", {"id_number": "440309199001011234"}),
        ("id_number", {"id_number": "44030919901341001X"}),
        ("email", {"email": "nobody"}),
    ],
)
def test_an_impossible_entry_is_refused_at_its_field(block: Any, field: str, values: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        register_person(**{"name": "张试", **values}, by=SYSTEM, unit=block)
    assert refused.value.field == field
    assert Person.objects.count() == 0


def test_possible_numbers_are_known(block: Any) -> None:
    assert [is_phone(phone_form(p)) for p in ("0755-2798 1234", "+852 9123 4567", "008613800138000")] == [True] * 3
    good = _id_number("99999919900307001")
    assert register_person("张试", by=SYSTEM, unit=block, id_number=good.lower()).id_number == good


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "😀🀄", "Ж\u202eevil", "张\x00三\n李", "{{ 7 }}", "'; --"]
)
def test_hostile_names_are_kept_as_plain_text_on_one_line(block: Any, name: str) -> None:
    person = register_person(name, by=SYSTEM, unit=block)
    assert "\n" not in person.name
    assert "\x00" not in person.name
    assert len(person.label) <= 3
    assert Person.objects.called(name.replace("\x00", " ")).get() == person


def test_nobody_is_entered_twice_but_namesakes_and_shared_phones_are(block: Any) -> None:
    first = register_person("张试", by=SYSTEM, unit=block, phone="13800138000")
    with pytest.raises(AlreadyKnown) as known:
        register_person("张 试", by=SYSTEM, unit=block, phone="138 0013 8000")
    assert known.value.person == first
    register_person("张试", by=SYSTEM, unit=block)
    register_person("张试", by=SYSTEM, unit=block, phone="13900139000")
    register_person("李试", by=SYSTEM, unit=block, phone="13800138000")
    assert Person.objects.count() == 4


def test_a_councillor_registers_nobody(block: Any) -> None:
    with pytest.raises(NotAllowed):
        register_person("张试", by=make.account("councillor", block), unit=block)


def test_a_reveal_gives_the_value_and_leaves_a_trace_without_it(block: Any) -> None:
    head, person = make.account("head", block), register_person("王小明", by=SYSTEM, unit=block, phone="13800138000")
    appoint_person(person, "councillor", block, by=SYSTEM)
    assert reveal_person(person, "phone", by=head, unit=block, reason="通知王小明明天开会") == "13800138000"
    entry = JournalEntry.objects.about(person)[0]
    assert (entry.verb, entry.facts, entry.by_id) == ("reveal_person", {"field": "phone"}, head.person_id)
    everything = "".join(f"{e.label}{e.facts}" for e in JournalEntry.objects.all())
    assert "13800138000" not in everything
    assert "王" not in everything
    assert Reveal.objects.get().reason == "通知王小明明天开会"


def test_a_reveal_needs_a_reason_and_the_permission_and_a_tie_to_the_unit(block: Any) -> None:
    head, person = make.account("head", block), make.person("王小明", phone="13800138000", at=block)
    appoint_person(person, "councillor", block, by=SYSTEM)
    for reason in ("", "看看", " 看 看 "):
        with pytest.raises(Refused) as refused:
            reveal_person(person, "phone", by=head, unit=block, reason=reason)
        assert refused.value.field == "reason"
    with pytest.raises(NotAllowed):
        reveal_person(person, "phone", by=make.account("councillor", block), unit=block, reason="联系本人开会")
    other = make.unit("block", inside=make.above(block, 2))
    with pytest.raises(Refused):  # naming a unit of one's own opens no stranger's number
        reveal_person(person, "phone", by=make.account("head", other), unit=other, reason="联系本人开会")
    assert Reveal.objects.count() == 0


def test_what_is_held_is_masked_for_the_office_and_whole_for_the_person(block: Any) -> None:
    person = make.person("王小明", phone="13800138000", at=block)
    assert [row["value"] for row in what_is_held(person)] == ["王*", "138****8000"]
    assert [row["value"] for row in what_is_held(person, masked=False)] == ["王小明", "13800138000"]
    assert all(row["why"] for row in what_is_held(person))


def test_erasing_empties_everything_and_keeps_the_posts_by_id(block: Any) -> None:
    office = make.account("office", make.above(block, 1))
    grid = make.unit("red_grid", inside=block)
    person = make.person("王小明", phone="13800138000", at=block)
    appointment = appoint_person(
        person, "councillor", block, by=SYSTEM, starts_on=date(2021, 3, 1), note="王小明的备注"
    )
    account = open_account(person, "wangxiaoming", make.PASSWORD, by=SYSTEM)
    with pytest.raises(Refused):
        erase_person(person, by=office, unit=block)
    end_appointment(appointment, ends_on=date(2021, 11, 1), by=SYSTEM)
    member = report_member(person, grid, by=SYSTEM, source="office", home_organisation="某支部", skills=["法律"])
    with pytest.raises(Refused):
        erase_person(person, by=office, unit=block)
    from jiequ.people.actions import leave_member

    leave_member(member, by=SYSTEM)
    erase_person(person, by=office, unit=block)
    person = Person.objects.get(pk=person.pk)
    assert (person.name, person.phone, person.name_index, person.phone_index) == ("", "", "", "")
    assert person.label == "（已删除）"
    assert list(Person.objects.called("王小明")) == []
    assert Appointment.objects.get(pk=appointment.pk).note == ""
    account = Account.objects.get(pk=account.pk)
    assert (account.is_active, account.has_usable_password()) == (False, False)
    assert "wang" not in account.username
    member.refresh_from_db()
    assert (member.home_organisation, member.skills) == ("", [])
    with pytest.raises(Refused):
        appoint_person(person, "councillor", block, by=SYSTEM)


def test_a_correction_moves_the_mask_and_the_index_and_names_only_fields(block: Any) -> None:
    head, person = make.account("head", block), make.person("王小明", phone="13800138000", at=block)
    appoint_person(person, "councillor", block, by=SYSTEM)
    correct_person(person, by=head, unit=block, name="李小明", phone="13900139000")
    person = Person.objects.get(pk=person.pk)
    assert (person.label, person.phone) == ("李*", "13900139000")
    assert list(Person.objects.called("王小明")) == []
    assert list(Person.objects.called("李小明")) == [person]
    assert JournalEntry.objects.about(person)[0].facts == {"fields": ["name", "phone"]}


def test_a_stranger_is_not_seen(block: Any) -> None:
    head = make.account("head", block)
    other = make.unit("block", inside=make.above(block, 2))
    stranger, mine = make.account("head", other).person, make.account("councillor", block).person
    seen = set(Person.objects.visible_to(head))
    assert mine in seen
    assert head.person in seen
    assert stranger not in seen


def test_every_text_field_of_this_house_is_declared_personal_or_plain() -> None:
    for model in (getattr(people, name) for name in people.__all__ if isinstance(getattr(people, name), type)):
        texts = {
            f.name
            for f in model._meta.fields
            if isinstance(f, (models.CharField, models.TextField, models.JSONField, models.BinaryField))
        }
        declared = set(getattr(model, "personal", {})) | set(getattr(model, "plain", ()))
        assert texts - declared == set(), model.__name__
