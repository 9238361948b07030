"""Nothing that a resident said, left or is reaches an Open311 answer; planted words are looked for in every one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jiequ.api.open311 import listing
from jiequ.cases import actions as cases
from jiequ.cases.models import Case, Complainant, Kind
from jiequ.cases.routing import place_of_point
from jiequ.core import clock
from jiequ.core.permission import PUBLIC
from tests import make
from tests.api.client import V2, Ground, ground

pytestmark = pytest.mark.django_db
CANARIES = {
    "body": "金丝雀体", "place": "金丝雀处", "name": "金丝雀名", "phone": "13912345678", "email": "canary@example.org",
    "reply": "金丝雀复", "note": "金丝雀备", "word": "金丝雀加", "rating": "金丝雀评", "reason": "金丝雀因", "channel": "金丝雀渠",
    "answer": "金丝雀选", "told": "金丝雀告",
}  # fmt: skip


@pytest.fixture
def town() -> Iterator[Ground]:
    with clock.stand_at(make.WEDNESDAY):
        yield ground()


def everything(case: Case) -> dict[str, str]:
    """Every answer there is that could speak of `case`, with errors, in both formats."""
    found = {}
    for form in ("xml", "json"):
        for path in (
            "discovery", "services", "services/lamps", "services/refuse", "requests", f"requests/{case.pk}", f"tokens/{case.pk}",
        ):  # fmt: skip
            found[f"{path}.{form}"] = Client().get(f"{V2}/{path}.{form}").content.decode()
        for query in (
            {"service_request_id": str(case.pk)}, {"status": "open"}, {"status": "closed"}, {"bbox": "113,22,115,23"},
            {"service_code": case.category.code}, {"page": "1"},
        ):  # fmt: skip
            found[f"requests.{form}?{query}"] = Client().get(f"{V2}/requests.{form}", query).content.decode()
    return found


def lived(town: Ground) -> Case:
    """A case with a canary wherever words can stand."""
    said: dict[str, Any] = {key: CANARIES[key] for key in ("body", "place", "name", "phone", "email")}
    case, _secret = make.case(
        town.at, state="working", **said, longitude=114.0033, latitude=22.7077, answers={"FLOOR": CANARIES["answer"]}
    )
    complainant = Complainant.objects.get(case=case)
    cases.add_to_case(complainant, by=PUBLIC, text=CANARIES["word"])
    cases.tell_complainant(case, by=town.at.head, text=CANARIES["told"])
    cases.write_note(case, by=town.at.head, text=CANARIES["note"])
    cases.reply_case(case, by=town.at.head, text=CANARIES["reply"])
    cases.rate_case(case, complainant, score="satisfied", by=PUBLIC, words=CANARIES["rating"])
    return Case.objects.select_related("category").get(pk=case.pk)


def test_no_planted_word_is_in_any_answer(town: Ground) -> None:
    case = lived(town)
    assert CANARIES["body"] in case.title  # it would be told if anybody told titles
    answers = everything(case)
    assert str(case.pk) in answers["requests.json"]
    told = {where: word for where, text in answers.items() for word in CANARIES.values() if word in text}
    assert told == {}
    shown = {where for where, text in answers.items() if case.number in text or case.short_number in text}
    assert shown == set()  # the number opens nothing, and names a case to whoever has it on paper


def test_the_reason_of_declining_is_the_resident_s(town: Ground) -> None:
    case, _secret = make.case(town.at)
    cases.decline_case(case, by=town.at.head, reason=CANARIES["reason"], channel=CANARIES["channel"])
    answers = everything(case)
    assert "不予受理" in answers["requests.json"]
    assert not any(CANARIES["reason"] in text or CANARIES["channel"] in text for text in answers.values())


def test_the_columns_that_hold_personal_data_are_never_read() -> None:
    assert not {column.split("__")[0] for column in listing.COLUMNS} & (
        set(Case.personal) | {"answers", "reason", "channel", "building", "longitude", "latitude", "holder", "filed_by"}
    )


def test_neither_a_point_nor_a_building_is_told(town: Ground) -> None:
    case = lived(town)
    for where, text in everything(case).items():
        for exact in ("114.0033", "22.7077", town.building.name, town.building.code):
            assert exact not in text, where


def test_no_bounding_box_finds_out_where_a_case_really_lies(town: Ground) -> None:
    """The box is asked of the grid's middle: halving it a hundred times finds the middle, and nothing else."""
    at = place_of_point(114.0011, 22.7011, fallback=town.at.root)
    case = cases.file_case(
        at, town.at.category, by=PUBLIC, body="灯不亮。", longitude=114.0011, latitude=22.7011, source="open311"
    ).case

    def found(west: float, south: float, east: float, north: float) -> bool:
        rows = Client().get(f"{V2}/requests.json", {"bbox": f"{west},{south},{east},{north}"}).json()
        return str(case.pk) in {row["service_request_id"] for row in rows}

    assert not found(114.0010, 22.7010, 114.0012, 22.7012)
    assert found(114.0024, 22.7049, 114.0026, 22.7051)


def test_a_case_that_lies_nowhere_certain_has_no_point(town: Ground) -> None:
    case = cases.file_case(
        place_of_point(113.0, 22.0, fallback=town.block), town.at.category, by=PUBLIC, body="灯不亮。"
    ).case
    (row,) = Client().get(f"{V2}/requests/{case.pk}.json").json()
    assert (row["lat"], row["long"], row["address"]) == (None, None, "观澜街道")


@pytest.mark.parametrize("why", ["person", "handler", "report", "petition"])
def test_what_complains_of_somebody_or_is_not_handled_here_does_not_exist(town: Ground, why: str) -> None:
    more: dict[str, Any] = {
        "person": {"complained_of": town.at.member.person},
        "handler": {"complained_handler": town.at.own},
        "report": {"kind": Kind.REPORT},
        "petition": {"category": make.category("court", name="诉讼", channel="人民法院")},
    }[why]
    case, _secret = make.case(town.at, **more)
    for where, text in everything(case).items():
        if where.startswith((f"requests/{case.pk}", "tokens/")):
            assert "404" in text
        elif "service_code" not in where:
            assert str(case.pk) not in text, where


def test_a_case_that_comes_to_complain_of_somebody_disappears(town: Ground) -> None:
    case, _secret = make.case(town.at)
    address = f"{V2}/requests/{case.pk}.json"
    assert Client().get(address).status_code == 200
    Case.objects.filter(pk=case.pk).update(complained_of=town.at.member.person)
    assert Client().get(address).status_code == 404


def test_who_objects_to_a_dispatch_and_who_is_called_for_help_is_not_told(town: Ground) -> None:
    case, _secret = make.case(town.at, state="working")
    cases.escalate_case(case, by=town.at.head, call="请协调。")
    text = Client().get(f"{V2}/requests/{case.pk}.json").content.decode()
    assert "办理中" in text and "吹哨" not in text
    clock.move_to(make.WEDNESDAY + timedelta(days=1))
    assert set(listing.STATUS_NOTES) == set(Case.State)
