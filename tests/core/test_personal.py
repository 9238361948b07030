"""Personal data: bound to its row, readable through two keys, found by a blind index, masked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from jiequ.core.personal import blind, decrypt, encrypt, mask_all, mask_id_number, mask_name, mask_phone
from jiequ.people.models import Person
from tests import make

pytestmark = pytest.mark.django_db
PHONE = "13800000000"


def stored(person: Person, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM people_person WHERE id = %s", [person.pk])
        return bytes(cursor.fetchone()[0])


def put(person: Person, column: str, blob: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE people_person SET {column} = %s WHERE id = %s", [blob, person.pk])


def test_what_is_stored_cannot_be_read_and_is_never_twice_the_same() -> None:
    one, other = make.person("张某某", phone=PHONE), make.person("张某某二", phone=PHONE)
    assert PHONE.encode() not in stored(one, "phone")
    assert "张".encode() not in stored(one, "name")
    assert stored(one, "phone") != stored(other, "phone")
    assert Person.objects.get(pk=one.pk).phone == Person.objects.get(pk=other.pk).phone == PHONE


def test_a_ciphertext_in_another_row_does_not_open() -> None:
    one, other = make.person(phone=PHONE), make.person(phone="13900000000")
    put(other, "phone", stored(one, "phone"))
    with pytest.raises(ValueError, match=rf"people_person\.phone:{other.pk}: the ciphertext does not belong here"):
        _ = Person.objects.get(pk=other.pk).phone


def test_a_ciphertext_in_another_column_does_not_open() -> None:
    one = make.person(phone=PHONE)
    put(one, "email", stored(one, "phone"))
    with pytest.raises(ValueError, match=r"people_person\.email"):
        _ = Person.objects.get(pk=one.pk).email


def test_a_changed_ciphertext_does_not_open_and_the_fault_does_not_tell() -> None:
    one = make.person(phone=PHONE)
    blob = bytearray(stored(one, "phone"))
    blob[-1] ^= 1
    put(one, "phone", bytes(blob))
    with pytest.raises(ValueError, match="was changed") as fault:
        _ = Person.objects.get(pk=one.pk).phone
    assert PHONE not in str(fault.value)


def test_a_new_key_writes_and_the_old_one_still_reads(settings) -> None:
    old = make.person(phone=PHONE)
    settings.KEYS = replace(settings.KEYS, data={**settings.KEYS.data, 2: b"n" * 32})
    new = make.person(phone="13900000000")
    assert (stored(old, "phone")[0], stored(new, "phone")[0]) == (1, 2)
    assert Person.objects.get(pk=old.pk).phone == PHONE
    rewritten = Person.objects.get(pk=old.pk)
    assert rewritten.phone == PHONE
    rewritten.save()
    assert stored(old, "phone")[0] == 2
    assert Person.objects.get(pk=old.pk).phone == PHONE


def test_a_key_that_is_lost_is_named(settings) -> None:
    blob = encrypt("x", "table.column:1")
    settings.KEYS = replace(settings.KEYS, data={2: b"n" * 32})
    with pytest.raises(ValueError, match="key 1 is not in the key file"):
        decrypt(blob, "table.column:1")


def test_an_encrypted_column_cannot_be_written_in_the_clear() -> None:
    one = make.person(phone=PHONE)
    with pytest.raises(TypeError, match="encrypted"), transaction.atomic():
        Person.objects.filter(pk=one.pk).update(phone="13900000000")
    assert Person.objects.get(pk=one.pk).phone == PHONE


def test_a_value_that_was_not_loaded_is_read_when_it_is_asked_for(django_assert_num_queries) -> None:
    one = make.person(phone=PHONE)
    deferred = Person.objects.defer("phone").get(pk=one.pk)
    with django_assert_num_queries(1):
        assert deferred.phone == PHONE
        assert deferred.phone == PHONE


@given(st.text(), st.text(min_size=1))
def test_whatever_goes_in_comes_out(text: str, place: str) -> None:
    text, place = (s.encode("utf-8", "ignore").decode() for s in (text, place))
    blob = encrypt(text, place)
    assert decrypt(blob, place) == text
    assert (blob == b"") == (text == "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", " 张 三 "),
        ("ＡＢＣ", "abc"),
        ("１３８", "138"),
        ("Zhang", "zHANG"),
        ("张\u3000三", "张三"),
        ("ﬁ", "fi"),
    ],
)
def test_the_blind_index_is_one_for_what_people_take_for_one(one: str, other: str) -> None:
    assert blind(one, "p") == blind(other, "p")


def test_the_blind_index_keeps_values_columns_and_keys_apart(settings) -> None:
    index = blind("张三", "person.name")
    assert index != blind("张四", "person.name")
    assert index != blind("张三", "proposer.name")
    assert blind("", "person.name") == ""
    settings.KEYS = replace(settings.KEYS, blind=b"x" * 32)
    assert index != blind("张三", "person.name")


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_name, "王小明", "王*"), (mask_name, "王", "王*"), (mask_name, "欧阳明", "欧阳*"), (mask_name, "欧阳", "欧*"),
        (mask_name, "", ""), (mask_phone, "13812341234", "138****1234"), (mask_phone, "12345", "*****"), (mask_phone, "", ""),
        (mask_id_number, "11010519491231002X", "1101************2X"), (mask_id_number, "12345678", "********"),
        (mask_all, "人", "（已隐去）"), (mask_all, "", ""),
    ],
)  # fmt: skip
def test_masks(mask, text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text(alphabet="0123456789", max_size=10))
def test_a_short_number_is_masked_whole(number: str) -> None:
    assert set(mask_phone(number)) <= {"*"}


def test_the_tests_have_keys_of_their_own() -> None:
    assert settings.MODE == "test"
    assert settings.KEYS.current == 1
