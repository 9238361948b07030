"""What a phone asks and brings: read strictly, answered one by one, and nothing that it should not know is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.outreach.actions import edit_household, note_event
from jiequ.outreach.actions.plan import plan_contacts
from jiequ.outreach.models import Household, HouseholdReveal, Visit
from jiequ.work.actions import claim_task
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
SYNC, PLAN, TAKE, TOKEN = "/visits/sync/", "/visits/plan.json", "/visits/plan/take/", "/visits/token/"


@pytest.fixture(autouse=True)
def _wednesday() -> Iterator[None]:
    with clock.stand_at(make.WEDNESDAY):
        yield


@pytest.fixture
def at() -> make.Street:
    return make.street()


@pytest.fixture
def who(at: make.Street) -> Any:
    return make.account("member", at.grid)


@pytest.fixture
def phone(who: Any) -> Client:
    client = Client()
    client.force_login(who)
    return client


def send(phone: Client, what: Any, **more: Any) -> Any:
    body = what if isinstance(what, bytes | str) else json.dumps(what)
    return phone.post(SYNC, body, content_type="application/json", **more)


def visit(household: Household | int | str, once: str = "a1", **more: Any) -> dict[str, Any]:
    pk = household.pk if isinstance(household, Household) else household
    return {"once": once, "household": str(pk), "on": clock.today().isoformat(), "mode": "door", "met": True} | more


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_addresses_are_those_the_phone_knows() -> None:
    names = {"visits-sync": SYNC, "visits-plan": PLAN, "visits-take": TAKE, "visits-token": TOKEN}
    assert {name: reverse(name) for name in names} == names


def test_five_visits_arrive_once_each_with_a_verdict_each(at: make.Street, phone: Client) -> None:
    items = [visit(make.household(at.building), f"k{n}", services=["ask"], note="一切都好") for n in range(5)]
    first, again = results(send(phone, {"visits": items})), results(send(phone, {"visits": items}))
    assert first == again and Visit.objects.count() == 5
    assert [r["once"] for r in first] == [f"k{n}" for n in range(5)]
    assert all(r["ok"] and r["url"] == f"/visits/{r['visit']}/" and r["conflict"] is None for r in first)


def test_what_was_found_has_become_something_by_the_time_the_phone_hears(at: make.Street, phone: Client) -> None:
    found = [{"kind": "case", "words": "楼道灯坏了"}, {"kind": "wish", "words": "想要一个放大镜"}]
    (verdict,) = results(send(phone, {"visits": [visit(make.household(at.building), findings=found)]}))
    case, wish = sorted(verdict["became"], key=lambda became: became["kind"])  # written in one moment: in no order
    assert (case["kind"], case["label"][:2]) == ("case", "20"), case
    assert (wish["kind"], wish["url"][:8]) == ("wish", "/wishes/")


def test_a_conflict_is_told_by_its_address(at: make.Street, phone: Client) -> None:
    household = make.household(at.building, remark="在家")
    edit_household(household, by=at.head, remark="回老家了")
    item = visit(household, version=household.version, changes={"remark": "住院了"})
    (verdict,) = results(send(phone, {"visits": [item]}))
    assert verdict["ok"] and verdict["conflict"].startswith("/conflicts/")
    assert results(send(phone, {"visits": [item]})) == [verdict]


def test_a_household_of_somebody_else_s_is_answered_like_one_that_is_not_there(at: make.Street, phone: Client) -> None:
    foreign = make.household(make.unit("building"), name="别家钱试")
    strange, none = results(send(phone, {"visits": [visit(foreign, "a"), visit(123456789, "b")]}))
    assert strange | {"once": "b"} == none
    assert (strange["ok"], strange["field"]) == (False, "household")
    assert "钱" not in json.dumps(strange, ensure_ascii=False) and Visit.objects.count() == 0


def test_one_that_is_refused_leaves_the_others_standing(at: make.Street, phone: Client) -> None:
    household = make.household(at.building)
    items = [visit(household, "a"), visit(household, "b", note="字" * 201), visit(household, "c")]
    said = results(send(phone, {"visits": items}))
    assert [r["ok"] for r in said] == [True, False, True]
    assert said[1]["field"] == "note" and said[1]["error"]


BAD_ITEMS: list[tuple[str, dict[str, Any]]] = [
    ("once", {"once": ""}),
    ("once", {"once": 7}),
    ("once", {"once": ["a"]}),
    ("once", {"once": "k" * 101}),
    ("household", {"household": None}),
    ("household", {"household": True}),
    ("household", {"household": -1}),
    ("household", {"household": 2**80}),
    ("household", {"household": "٣٤"}),
    ("household", {"household": {"id": 1}}),
    ("on", {"on": "2021-13-45"}),
    ("on", {"on": "20211-1-1-1-1-1"}),
    ("on", {"on": 20211201}),
    ("on", {"on": "2031-12-01"}),
    ("mode", {"mode": ["door"]}),
    ("mode", {"mode": "pigeon"}),
    ("met", {"met": "yes"}),
    ("services", {"services": "ask"}),
    ("services", {"services": [["ask"]]}),
    ("services", {"services": ["ask"] * 51}),
    ("note", {"note": {"a": 1}}),
    ("note", {"note": "字" * 3000}),
    ("version", {"version": "one", "changes": {"remark": "x"}}),
    ("version", {"version": 1e9, "changes": {"remark": "x"}}),
    ("changes", {"changes": [1]}),
    ("changes", {"changes": {"name": "改名"}}),
    ("remark", {"version": 1, "changes": {"remark": 5}}),
    ("phone", {"version": 1, "changes": {"phone": "call me"}}),
    ("findings", {"findings": ["case"]}),
    ("findings", {"findings": [{"kind": "song", "words": "x"}]}),
    ("words", {"findings": [{"kind": "case", "words": 5}]}),
    ("kind", {"findings": [{"kind": ["case"], "words": "x"}]}),
]


@pytest.mark.parametrize(("field", "wrong"), BAD_ITEMS, ids=lambda x: x if isinstance(x, str) else "")
def test_a_field_that_is_no_such_thing_is_named(at: make.Street, phone: Client, field: str, wrong: Any) -> None:
    (verdict,) = results(send(phone, {"visits": [visit(make.household(at.building)) | wrong]}))
    assert (verdict["ok"], verdict["field"]) == (False, field), verdict
    assert verdict["error"] and Visit.objects.count() == 0


@pytest.mark.parametrize("item", [None, 5, "visit", [], [[]], True])
def test_an_item_that_is_no_object_has_its_verdict_too(phone: Client, item: Any) -> None:
    (verdict,) = results(send(phone, {"visits": [item]}))
    assert verdict["ok"] is False and verdict["once"] == ""


def test_broken_characters_are_no_error(at: make.Street, phone: Client) -> None:
    body = json.dumps({"visits": [visit(make.household(at.building), note="好\ud800\x00\u202e")]})
    (verdict,) = results(send(phone, body))
    assert verdict["ok"], verdict


def test_a_broken_key_is_refused_and_holds_up_nobody(at: make.Street, phone: Client) -> None:
    body = json.dumps({"visits": [visit(make.household(at.building), once) for once in ("a", "\ud800", "b")]})
    found = results(send(phone, body))
    assert [(v["once"], v["ok"]) for v in found] == [("a", True), ("\ud800", False), ("b", True)]
    assert found[1]["field"] == "once" and Visit.objects.count() == 2


def test_a_broken_reason_is_no_error(at: make.Street, phone: Client, who: Any) -> None:
    planned(at, who, 1)
    answer = phone.post(TAKE, json.dumps({"reason": "上门\ud800联系"}), content_type="application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"5", b'"x"', b"\xff\xfe", b'{"visits": {}}', b'{"visits": NaN}', b"[" * 100_000,
     b'{"visits":' * 50_000, b'{"visits": [' + b"1" * 9000 + b"]}"],
    ids=range(12),
)  # fmt: skip
def test_what_is_not_ours_is_answered_with_a_word(phone: Client, body: bytes) -> None:
    answer = send(phone, body)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["error"] and "no-store" in answer["Cache-Control"]
    else:
        assert [r["ok"] for r in answer.json()["results"]] == [False]


def test_too_much_is_refused_unread(at: make.Street, phone: Client) -> None:
    assert send(phone, b"{" + b" " * 1_000_001).status_code == 413
    assert send(phone, b"{}", CONTENT_LENGTH=str(200 * 2**20)).status_code == 413
    many = [visit(1, f"k{n}") for n in range(101)]
    assert send(phone, {"visits": many}).status_code == 400


def test_visits_that_somebody_else_wrote_on_this_phone_wait_for_them(at: make.Street, phone: Client) -> None:
    item = visit(make.household(at.building))
    mine = phone.get(TOKEN).json()["who"]
    assert send(phone, {"who": "somebody", "visits": [item]}).status_code == 409
    assert Visit.objects.count() == 0
    assert results(send(phone, {"who": mine, "visits": [item]}))[0]["ok"]


def test_an_ended_session_is_told_in_json_and_nobody_else_is_let_in(at: make.Street) -> None:
    nobody = Client()
    for address, way in ((PLAN, nobody.get), (TOKEN, nobody.get), (TAKE, nobody.post), (SYNC, nobody.post)):
        answer = way(address)
        assert (answer.status_code, answer.json()["why"]) == (401, "signed-out")
        assert "no-store" in answer["Cache-Control"]
    stranger = Client()
    stranger.force_login(at.worker)
    assert stranger.get(PLAN).status_code == 403 and stranger.get(PLAN).json()["error"]


def test_a_token_is_asked_for(at: make.Street, who: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(who)
    item = {"visits": [visit(make.household(at.building))]}
    assert send(strict, item).status_code == 403
    token = strict.get(TOKEN).json()["token"]
    assert results(send(strict, item, headers={"X-CSRFToken": token}))[0]["ok"]


def planned(at: make.Street, who: Any, n: int = 3) -> list[Household]:
    made = [
        make.household(at.building, name=f"钱路{k}", room=f"{n - k}02", phone=f"1380000111{k}", member=who.person,
                       remark="腿脚不便", tier="week")
        for k in range(n)
    ]  # fmt: skip
    plan_contacts()
    return made


def test_the_plan_is_mine_in_the_order_of_the_way_and_masked(at: make.Street, phone: Client, who: Any) -> None:
    made = planned(at, who)
    make.household(at.building, name="别人家", member=at.member.person, tier="week")
    plan_contacts()
    plan = phone.get(PLAN).json()
    assert plan["who"] == phone.get(TOKEN).json()["who"]
    assert [h["room"] for h in plan["households"]] == ["102", "202", "302"]
    first = plan["households"][0]
    assert first["id"] == str(made[2].pk) and first["order"] == 1
    assert (first["label"], first["phone_masked"], first["tier"]) == ("钱*", "138****1112", "week")
    assert first["last"] is None and first["version"] == made[2].version and first["remark"] == "腿脚不便"
    text = json.dumps(plan, ensure_ascii=False)
    assert "钱路" not in text and "13800001112" not in text
    as_of, ends = plan["as_of"], plan["expires_at"]
    assert as_of.startswith("2021-12-01T09:00:00+08:00") and ends > as_of


def test_after_a_major_event_a_door_is_one_of_todays(at: make.Street, phone: Client, who: Any) -> None:
    (household,) = planned(at, who, 1)
    note_event(household, by=who)
    (told,) = phone.get(PLAN).json()["households"]
    assert (told["due_on"], told["tier_label"]) == (clock.today().isoformat(), "尽快")


def test_the_last_visit_goes_along(at: make.Street, phone: Client, who: Any) -> None:
    (household,) = planned(at, who, 1)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    results(send(phone, {"visits": [visit(household, "a", on=yesterday, note="要配老花镜", mode="phone")]}))
    clock.move_to(make.WEDNESDAY + timedelta(days=6))
    (told,) = phone.get(PLAN).json()["households"]
    assert told["last"] == {"on": yesterday, "mode": "phone", "note": "要配老花镜"}


def test_room_and_words_are_told_only_to_who_contacts_it(at: make.Street, phone: Client, who: Any) -> None:
    household = make.household(at.building, room="1502", remark="腿脚不便", tier="week")
    results(send(phone, {"visits": [visit(household, "a", note="要配老花镜")]}))
    (told,) = phone.get(PLAN).json()["households"]
    assert (told["room"], told["remark"], told["last"]["note"]) == ("", None, "")
    (told,) = phone.post(TAKE, {"reason": "上门联系"}, content_type="application/json").json()["households"]
    assert (told["room"], told["remark"], told["name"]) == ("", None, household.name)
    claim_task(Task.objects.open().select_related("unit").get(), by=who)
    (told,) = phone.get(PLAN).json()["households"]
    assert (told["room"], told["remark"], told["last"]["note"]) == ("1502", "腿脚不便", "要配老花镜")


def test_names_and_numbers_are_taken_along_for_a_reason_that_is_on_record(
    at: make.Street, phone: Client, who: Any
) -> None:
    made = planned(at, who)
    assert phone.post(TAKE, {"reason": "x"}, content_type="application/json").status_code == 422
    assert phone.post(TAKE, {"reason": ["上门联系"]}, content_type="application/json").status_code == 422
    assert HouseholdReveal.objects.count() == 0
    plan = phone.post(TAKE, {"reason": "上门联系"}, content_type="application/json").json()
    assert [(h["name"], h["phone"]) for h in plan["households"]] == [(f"钱路{k}", f"1380000111{k}") for k in (2, 1, 0)]
    looks = HouseholdReveal.objects.filter(household=made[0], by=who.person, reason="上门联系")
    assert sorted(looks.values_list("field", flat=True)) == ["name", "phone"]
    assert JournalEntry.objects.filter(verb="take_along").count() == 3


def test_a_plan_of_one_and_of_five_cost_the_same(at: make.Street, phone: Client, who: Any) -> None:
    planned(at, who, 1)

    def cost() -> int:
        phone.get(PLAN)
        with CaptureQueriesContext(connection) as seen:
            assert phone.get(PLAN).status_code == 200
        return len(seen)

    one = cost()
    for n in range(4):
        make.household(at.building, member=who.person, tier="week", name=f"钱多{n}")
    plan_contacts()
    assert len(phone.get(PLAN).json()["households"]) == 5
    assert cost() == one <= 8
