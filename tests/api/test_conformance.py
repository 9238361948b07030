"""GeoReport v2 and Service Discovery, endpoint by endpoint, in both formats, written from the specification."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jiequ.cases.models import Case
from jiequ.core import clock
from tests import make
from tests.api.client import ITEMS, TYPES, V2, Ground, get, ground, post, read

pytestmark = pytest.mark.django_db
FORMS = ("xml", "json")
REQUEST_FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip


@pytest.fixture
def town() -> Iterator[Ground]:
    with clock.stand_at(make.WEDNESDAY):
        yield ground()


def root_of(response: Any) -> ElementTree.Element:
    return ElementTree.fromstring(response.content)


# ── discovery ─────────────────────────────────────────────


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["/open311/discovery", f"{V2}/discovery"])
def test_discovery_names_the_endpoint_and_both_formats(town: Ground, form: str, place: str) -> None:
    response = Client().get(f"{place}.{form}")
    assert response.status_code == 200
    said = read(response, form)
    assert list(said) == ["changeset", "contact", "key_service", "endpoints"]
    assert said["endpoints"] == [
        {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": f"http://testserver{V2}",
            "changeset": said["changeset"],
            "type": "test",
            "formats": ["text/xml", "application/json"],
        }
    ]
    if form == "xml":
        assert root_of(response).tag == "discovery"
    else:
        assert isinstance(json.loads(response.content), dict)


# ── services ──────────────────────────────────────────────


@pytest.mark.parametrize("form", FORMS)
def test_services_are_the_categories_that_can_be_asked_for(town: Ground, form: str) -> None:
    response = Client().get(f"{V2}/services.{form}")
    said = read(response, form)
    assert [list(row) for row in said] == [
        ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    ] * 2
    by_code = {row["service_code"]: row for row in said}
    assert set(by_code) == {"lamps", "refuse"}
    assert by_code["lamps"] == {
        "service_code": "lamps",
        "service_name": "楼道照明",
        "description": "楼道、路边的灯不亮。",
        "metadata": "true",
        "type": "realtime",
        "keywords": "灯,路灯,照明",
        "group": "公共设施",
    }
    assert (by_code["refuse"]["metadata"], by_code["refuse"]["group"]) == ("false", None)
    if form == "xml":
        assert root_of(response).tag == "services"
        assert b"<group/>" in response.content
    else:
        raw = json.loads(response.content)
        assert isinstance(raw, list) and raw[0]["metadata"] in (True, False)


@pytest.mark.parametrize("form", FORMS)
def test_a_definition_gives_the_attributes_in_order(town: Ground, form: str) -> None:
    response = Client().get(f"{V2}/services/lamps.{form}")
    said = read(response, form)
    assert list(said) == ["service_code", "attributes"]
    assert [row["code"] for row in said["attributes"]] == ["FLOOR", "WHEN", "LAMPS", "NOTE"]
    assert list(said["attributes"][0]) == [
        "variable", "code", "datatype", "required", "datatype_description", "order", "description", "values"
    ]  # fmt: skip
    first = said["attributes"][0]
    assert (first["variable"], first["required"], first["order"]) == ("true", "true", "1")
    assert first["values"] == [{"key": "1", "name": "一楼"}, {"key": "2", "name": "二楼"}]
    assert said["attributes"][1]["datatype_description"] is None
    if form == "xml":
        assert root_of(response).tag == "service_definition"
    else:
        raw = json.loads(response.content)
        assert raw["attributes"][2]["values"] == [] and raw["attributes"][0]["required"] is True


@pytest.mark.parametrize("form", FORMS)
def test_a_service_without_attributes_has_an_empty_definition(town: Ground, form: str) -> None:
    assert get("services/refuse", form) == {"service_code": "refuse", "attributes": []}


# ── one request ───────────────────────────────────────────


@pytest.mark.parametrize("form", FORMS)
def test_a_request_is_told_in_the_fields_of_the_specification(town: Ground, form: str) -> None:
    case, _secret = make.case(town.at, state="working", category=town.lamps)
    response = Client().get(f"{V2}/requests/{case.pk}.{form}")
    (row,) = read(response, form)
    assert list(row) == REQUEST_FIELDS
    assert row == {
        "service_request_id": str(case.pk),
        "status": "open",
        "status_notes": "办理中",
        "service_name": "楼道照明",
        "service_code": "lamps",
        "description": "居民反映：楼道、路边的灯不亮。原话和诉求人不公开。",
        "agency_responsible": "街区网格长",
        "service_notice": None,
        "requested_datetime": "2021-12-01T09:00:00+08:00",
        "updated_datetime": "2021-12-01T09:00:00+08:00",
        "expected_datetime": clock.local(case.due_at).isoformat(timespec="seconds"),
        "address": "石一街区 东片红色网格",
        "address_id": town.grid.code,
        "zipcode": None,
        "lat": "22.705",
        "long": "114.0025",
        "media_url": None,
    }
    if form == "xml":
        assert root_of(response).tag == "service_requests"
        assert [child.tag for child in root_of(response)] == ["request"]
        assert b"<media_url/>" in response.content
    else:
        raw = json.loads(response.content)
        assert raw[0]["lat"] == 22.705 and raw[0]["service_request_id"] == str(case.pk) and raw[0]["zipcode"] is None


@pytest.mark.parametrize("form", FORMS)
def test_an_answered_request_is_closed_and_was_updated_when_it_closed(town: Ground, form: str) -> None:
    case, _secret = make.case(town.at, state="working")
    clock.move_to(make.WEDNESDAY + timedelta(hours=5))
    from jiequ.cases.actions import reply_case

    reply_case(case, by=town.at.head, text="换好了。")
    (row,) = get(f"requests/{case.pk}", form)
    assert (row["status"], row["updated_datetime"]) == ("closed", "2021-12-01T14:00:00+08:00")


@pytest.mark.parametrize("form", FORMS)
def test_a_token_leads_to_an_id_and_every_id_is_its_own_token(town: Ground, form: str) -> None:
    case, _secret = make.case(town.at)
    response = Client().get(f"{V2}/tokens/{case.pk}.{form}")
    assert read(response, form) == [{"service_request_id": str(case.pk), "token": str(case.pk)}]
    if form == "xml":
        assert (root_of(response).tag, root_of(response)[0].tag) == ("service_requests", "request")


# ── POST ──────────────────────────────────────────────────


@pytest.mark.parametrize("form", FORMS)
def test_a_post_answers_with_one_id_that_can_be_read_at_once(town: Ground, form: str) -> None:
    fields = {
        "api_key": town.text, "jurisdiction_id": "", "service_code": "lamps", "lat": "22.701", "long": "114.001",
        "attribute[FLOOR]": "2", "attribute[WHEN][]": ["day", "night"], "attribute[LAMPS]": "3", "attribute[NOTE]": "",
        "description": "三楼的灯不亮。", "email": "", "first_name": "小明", "last_name": "王", "phone": "13800138000",
        "device_id": "d-1", "account_id": "a-1",
    }  # fmt: skip
    response = post(form, fields)
    assert response.status_code == 200, response.content.decode()
    (row,) = read(response, form)
    assert list(row) == ["service_request_id", "service_notice", "account_id"]
    assert row["account_id"] is None
    if form == "xml":
        assert (root_of(response).tag, root_of(response)[0].tag) == ("service_requests", "request")
    case = Case.objects.get(pk=row["service_request_id"])
    assert (case.source, case.unit, case.category, case.triage) == ("open311", town.grid, town.lamps, "")
    assert case.answers == {"FLOOR": "2", "WHEN": ["day", "night"]}
    assert case.body == "三楼的灯不亮。\n坏了几盏？：3"
    complainant = case.complainants.get()
    assert (complainant.name, complainant.phone) == ("王小明", "13800138000")
    assert get(f"requests/{case.pk}", form)[0]["service_code"] == "lamps"


@pytest.mark.parametrize("form", FORMS)
def test_a_place_may_be_an_id_of_a_unit_or_words(town: Ground, form: str) -> None:
    fields = {"api_key": town.text, "service_code": "refuse"}
    where = {
        "id": {"address_id": town.building.code},
        "words": {"address_string": "观澜 石一街区 3栋 门口"},
        "nowhere": {"address_string": "不知道哪里"},
    }
    found = {}
    for name, place in where.items():
        (row,) = read(post(form, fields | place), form)
        found[name] = Case.objects.select_related("building", "unit").get(pk=row["service_request_id"])
    assert found["id"].building == found["words"].building == town.building
    assert found["words"].place == "观澜 石一街区 3栋 门口"
    assert (found["nowhere"].unit, found["nowhere"].triage) == (town.at.root, "unknown")


# ── lists ─────────────────────────────────────────────────


def ids(rows: Any) -> list[str]:
    return [row["service_request_id"] for row in rows]


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_newest_first_and_goes_back_ninety_days(town: Ground, form: str) -> None:
    clock.move_to(make.WEDNESDAY - timedelta(days=91))
    make.case(town.at)
    clock.move_to(make.WEDNESDAY - timedelta(days=89))
    older, _ = make.case(town.at)
    clock.move_to(make.WEDNESDAY)
    newer, _ = make.case(town.at)
    rows = get("requests", form)
    assert ids(rows) == [str(newer.pk), str(older.pk)]
    assert all(list(row) == REQUEST_FIELDS for row in rows)
    assert ids(get("requests", form, start_date="", end_date="", status="", service_code="")) == ids(rows)


@pytest.mark.parametrize("form", FORMS)
def test_filters_mean_what_the_specification_says(town: Ground, form: str) -> None:
    lamp, _ = make.case(town.at, category=town.lamps)
    clock.move_to(make.WEDNESDAY + timedelta(days=1))
    done, _ = make.case(town.at, state="replied")
    clock.move_to(make.WEDNESDAY + timedelta(days=2))
    old, _ = make.case(town.at)
    assert ids(get("requests", form, status="open")) == [str(old.pk), str(lamp.pk)]
    assert ids(get("requests", form, status="closed")) == [str(done.pk)]
    assert len(get("requests", form, status="open,closed")) == 3
    assert ids(get("requests", form, service_code="lamps")) == [str(lamp.pk)]
    assert len(get("requests", form, service_code="lamps,refuse")) == 3
    from_day = get("requests", form, start_date="2021-12-02T00:00:00+08:00")
    assert ids(from_day) == [str(old.pk), str(done.pk)]
    utc = get("requests", form, start_date="2021-12-02T01:00:00Z", end_date="2021-12-02T01:00:00Z")
    assert ids(utc) == [str(done.pk)]
    assert ids(get("requests", form, start_date="2021-12-02", end_date="2021-12-02")) == [str(done.pk)]
    assert ids(get("requests", form, end_date="2021-12-01")) == [str(lamp.pk)]
    wanted = {"service_request_id": f"{lamp.pk},{done.pk},1", "status": "nonsense", "start_date": "never"}
    assert ids(get("requests", form, **wanted)) == [str(done.pk), str(lamp.pk)]
    assert get("requests", form, start_date="2020-01-01", end_date="2020-03-30") == []


@pytest.mark.parametrize("form", FORMS)
def test_pages_and_boxes_are_our_extensions(town: Ground, form: str) -> None:
    made = [str(make.case(town.at)[0].pk) for _ in range(5)]
    made.sort(key=int, reverse=True)
    assert ids(get("requests", form, page=1, page_size=2)) == made[:2]
    assert ids(get("requests", form, page=3, page_size=2)) == made[4:]
    assert get("requests", form, page=4, page_size=2) == []
    assert len(get("requests", form, bbox="114,22.7,114.01,22.71")) == 5
    assert get("requests", form, bbox="114.02,22.7,114.03,22.71") == []


# ── errors ────────────────────────────────────────────────


def faults(response: Any, form: str) -> list[str]:
    rows = read(response, form)
    assert rows and all(list(row) == ["code", "description"] and row["description"] for row in rows)
    assert str(response.status_code) == rows[0]["code"]
    if form == "xml":
        assert (root_of(response).tag, {child.tag for child in root_of(response)}) == ("errors", {"error"})
    else:
        assert all(isinstance(row["code"], int) for row in json.loads(response.content))
    return [row["code"] for row in rows]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("services/nonsense", "404"),
        ("services/old", "404"),
        ("services/petition", "404"),
        ("requests/1", "404"),
        ("requests/abc", "404"),
        ("tokens/1", "404"),
        ("nothing/of/this", "404"),
        ("services", "404?jurisdiction_id=elsewhere"),
        ("requests", "404?jurisdiction_id=elsewhere"),
        ("requests", "404?service_code=nonsense"),
        ("requests", "400?start_date=yesterday"),
        ("requests", "400?start_date=2021-12-01T00:00:00"),
        ("requests", "400?end_date=2021-13-01"),
        ("requests", "400?start_date=2021-01-01&end_date=2021-04-01"),
        ("requests", "400?start_date=2021-03-02&end_date=2021-03-01"),
        ("requests", "400?status=new"),
        ("requests", "400?page=0"),
        ("requests", "400?page_size=1001"),
        ("requests", "400?bbox=1,2,3"),
        ("requests", "400?bbox=115,22,114,23"),
    ],
)
def test_what_is_unknown_is_404_and_what_is_wrong_is_400(town: Ground, form: str, path: str, code: str) -> None:
    code, _, query = code.partition("?")
    assert faults(Client().get(f"{V2}/{path}.{form}?{query}"), form) == [code]


@pytest.mark.parametrize("form", FORMS)
def test_several_errors_come_at_once(town: Ground, form: str) -> None:
    response = Client().get(f"{V2}/requests.{form}?start_date=x&end_date=y&status=z&page_size=0&bbox=q")
    assert faults(response, form) == ["400"] * 5
    response = post(form, {"api_key": town.text, "service_code": "nonsense", "email": "x", "phone": "y"})
    assert faults(response, form) == ["404", "400", "400", "400"]


@pytest.mark.parametrize("form", FORMS)
def test_a_post_without_what_is_required_files_nothing(town: Ground, form: str) -> None:
    good = {"api_key": town.text, "service_code": "refuse", "lat": "22.701", "long": "114.001"}
    lamps = good | {"service_code": "lamps"}
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        (good | {"api_key": ""}, ["403"]),
        (good | {"api_key": "jiequ-wrong"}, ["403"]),
        (good | {"jurisdiction_id": "elsewhere"}, ["404"]),
        (good | {"service_code": ""}, ["400"]),
        (good | {"service_code": "nonsense"}, ["404"]),
        (good | {"service_code": "petition"}, ["400"]),
        (good | {"lat": ""}, ["400"]),
        (good | {"lat": "", "long": ""}, ["400"]),
        (good | {"lat": "122.7"}, ["400"]),
        (good | {"address_id": "nowhere"}, ["400"]),
        (lamps, ["400"]),
        (lamps | {"attribute[FLOOR]": "9"}, ["400"]),
        (lamps | {"attribute[FLOOR]": ["1", "2"]}, ["400"]),
        (lamps | {"attribute[FLOOR]": "1", "attribute[LAMPS]": "drei"}, ["400"]),
        (lamps | {"attribute[FLOOR]": "1", "attribute[NEW]": "1"}, ["400"]),
        (good | {"description": "灯" * 4001}, ["400"]),
    ]
    for fields, codes in wrong:
        assert faults(post(form, fields), form) == codes, fields
    assert Case.objects.count() == 0
    assert post(form, good | {"jurisdiction_id": "440309006", "description": "灯" * 4000}).status_code == 200
    assert len(Case.objects.get().body) == 4000


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["services", "services/lamps", "requests", "requests/1", "tokens/1", "discovery"])
def test_a_method_that_is_not_taken_is_405_with_those_that_are(town: Ground, form: str, path: str) -> None:
    for way in ("put", "delete", "patch", *(() if path == "requests" else ("post",))):
        response = getattr(Client(), way)(f"{V2}/{path}.{form}")
        assert faults(response, form) == ["405"]
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS" + (", POST" if path == "requests" else "")


def test_an_unknown_format_is_404_in_the_format_everybody_reads(town: Ground) -> None:
    for path in ("services.yaml", "services", "requests/1.html", "discovery.", "services.xml/"):
        assert faults(Client().get(f"{V2}/{path}"), "xml") == ["404"]


def test_control_characters_never_break_a_body(town: Ground) -> None:
    town.lamps.says = 'a\x0b\x01&<b>"\ud800\r\n'
    town.lamps.name = "x]]>\ufffe"
    from jiequ.api.open311.answers import as_json, as_xml
    from jiequ.api.open311.categories import service_row

    row = service_row(town.lamps)
    element = ElementTree.fromstring(as_xml("services", [row]).encode())
    assert element.findtext("service/description") == 'a&<b>"\r\n'
    assert element.findtext("service/service_name") == "x]]>"
    assert json.loads(as_json([row]).encode())[0]["description"] == 'a&<b>"\r\n'
    assert set(ITEMS) and set(TYPES) == set(FORMS)
