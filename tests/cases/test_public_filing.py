"""A resident tells something: from a code on the wall, without an account, in one sentence."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from jiequ.cases.models import Case, CaseMessage, CasePhoto, Complainant, ScanPoint
from jiequ.core import clock, pace
from jiequ.work.models import Task
from tests import make

pytestmark = pytest.mark.django_db
WORDS = "楼道灯坏了三天，赵小妹家门口看不清。"
KEY = "k" * 24


@pytest.fixture
def at() -> Any:
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        made = make.street()
        made.category.keywords = "灯、照明"
        made.category.save()
        make.category("other", name="其他")
        yield made


@pytest.fixture
def code(at: make.Street) -> str:
    return ScanPoint.objects.create(unit=at.building, code="abc23456", issued_at=clock.now()).code


def send(client: Client, code: str, body: str = WORDS, **data: Any) -> Any:
    return client.post(f"/scan/{code}/", {"body": body, **data})


def said(answer: Any) -> str:
    return str(answer.content.decode())


def photo(name: str = "a.jpg") -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "#456").save(made, "JPEG")
    return SimpleUploadedFile(name, made.getvalue(), "image/jpeg")


def test_a_scan_fills_in_the_place_and_one_sentence_is_enough(client: Client, at: make.Street, code: str) -> None:
    assert at.building.name in said(client.get(f"/scan/{code}/"))
    answer = send(client, code)
    case = Case.objects.select_related("category").get()
    assert (case.building_id, case.unit_id, case.source) == (at.building.pk, at.grid.pk, "scan")
    assert case.category == at.category  # by its keywords
    assert Complainant.objects.get().is_anonymous
    assert Task.objects.open().about(case).get().unit_id == at.block.pk
    received = said(client.get(answer.url))
    assert case.short_number in received
    assert answer.url.removesuffix("received/") in received


def test_a_form_costs_at_most_eight_statements_however_many_buildings(
    client: Client, at: make.Street, code: str, django_assert_num_queries: Any
) -> None:
    client.get(f"/scan/{code}/")
    with django_assert_num_queries(4):
        client.get(f"/scan/{code}/")
    for _n in range(3):
        make.unit("building", inside=at.grid)
    with django_assert_num_queries(4):
        client.get(f"/scan/{code}/")


def test_filing_costs_at_most_fifteen_statements_beside_the_form(
    client: Client, code: str, django_assert_max_num_queries: Any
) -> None:
    send(client, code, "先来一件别的")
    with django_assert_max_num_queries(15 + 9):  # the form's own, one for what is alike, three savepoints
        assert send(client, code, "路灯坏了").status_code == 302


def test_a_code_that_was_revoked_says_so_and_leads_on(client: Client, at: make.Street, code: str) -> None:
    ScanPoint.objects.update(revoked_at=clock.now())
    page = said(client.get(f"/scan/{code}/"))
    assert "已经停用" in page
    assert "不是这里" not in page
    assert send(client, code).status_code == 302
    assert Case.objects.get().building is None
    send(client, code, "那栋楼的门坏了", where=at.building.code, anyway="1")
    assert Case.objects.latest("pk").building_id == at.building.pk


def test_an_unknown_code_is_answered_in_words(client: Client, code: str) -> None:
    answer = client.get("/scan/zzzzzz/")
    assert answer.status_code == 404
    assert "没有找到" in said(answer)


def test_the_same_form_stands_on_a_blocks_page(client: Client, at: make.Street) -> None:
    address = reverse("public-case-new", args=[at.block.code])
    assert client.post(address, {"body": WORDS}).status_code == 302
    case = Case.objects.get()
    assert (case.unit_id, case.source) == (at.block.pk, "web")
    client.post(address, {"body": "别处的事", "where": at.building.code})
    assert Case.objects.latest("pk").building_id == at.building.pk


def test_another_place_can_be_written_or_pointed_at(client: Client, at: make.Street, code: str) -> None:
    send(client, code, where="other", place="东门垃圾房 13800138000")
    case = Case.objects.get()
    assert (case.unit_id, case.building) == (at.block.pk, None)
    assert "13800138000" not in case.place
    send(client, code, "远处的事", where="other", longitude="120.1", latitude="30.2")
    assert Case.objects.latest("pk").longitude == 120.1


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client: Client, code: str) -> None:
    page = said(send(client, code, "", phone="12", name="阿婆", place="东门"))
    assert 'href="#id_body"' in page
    assert 'href="#id_phone"' in page
    assert all(f'value="{typed}"' in page for typed in ("12", "阿婆", "东门"))
    assert not Case.objects.exists()


def test_photos_of_a_form_that_came_back_are_not_chosen_again(client: Client, code: str) -> None:
    page = said(send(client, code, "", photos=[photo(), photo()]))
    assert "2张照片已经收好" in page
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    assert kept is not None
    assert send(client, code, kept=kept[1], photos=[photo()]).status_code == 302
    assert CasePhoto.objects.count() == 3


def test_one_bad_photo_does_not_take_the_good_ones_along(client: Client, code: str) -> None:
    page = said(send(client, code, photos=[photo(), SimpleUploadedFile("b.jpg", b"GIF89a", "image/jpeg")]))
    assert "第 2 张照片" in page
    assert "1张照片已经收好" in page
    assert not Case.objects.exists()


@pytest.mark.parametrize("kept", ["1-2-3", "x:y:z", "999999:1abc:sig", "长" * 300])
def test_photos_are_fetched_by_our_own_signature_only(client: Client, code: str, kept: str) -> None:
    assert send(client, code, kept=kept).status_code == 302
    assert not CasePhoto.objects.exists()


def test_an_emergency_is_told_whom_to_call_before_and_after(client: Client, code: str) -> None:
    page = said(send(client, code, "楼道闻到煤气味"))
    assert page.index("tel:119", page.index("请先打电话")) < page.index("发生了什么")
    assert not Case.objects.exists()
    answer = send(client, code, "楼道闻到煤气味", anyway="1")
    assert Case.objects.get().is_urgent
    assert "急事请现在就打电话" in said(client.get(answer.url))


def test_what_is_decided_elsewhere_is_told_where_and_not_filed(client: Client, code: str) -> None:
    make.category("petition", name="信访", channel="街道信访办", keywords="上访")
    for data in ({"category": "petition"}, {"category": "petition", "anyway": "1"}):
        page = said(send(client, code, **data))
        assert "街道信访办" in page
        assert not Case.objects.exists()
    assert "街道信访办" in said(send(client, code, "我要上访"))  # guessed: they may know better
    assert send(client, code, "我要上访", anyway="1").status_code == 302
    assert Case.objects.select_related("category").get().category.code == "other"


def test_neighbours_cases_are_shown_without_a_word_of_theirs(client: Client, at: make.Street, code: str) -> None:
    first, _secret = make.case(at, body=WORDS, name="钱大有", phone="13900139000", place="302室")
    page = said(send(client, code, "灯又坏了"))
    assert at.category.name in page
    assert "我也遇到" in page
    assert not any(word in page for word in ("赵小妹", "看不清", "钱大有", "13900139000", "302室", first.short_number))
    assert Case.objects.count() == 1


def test_what_is_alike_lies_in_the_same_building_or_grid_and_is_open(
    client: Client, at: make.Street, code: str
) -> None:
    at.category.group = "设施"
    at.category.save()
    make.category("lift", name="电梯故障", group="设施")
    beside = make.unit("building", inside=at.grid)
    make.case(at, unit=beside)
    assert at.category.name in said(send(client, code, "灯坏了"))  # next door, the very same
    assert "我也遇到" not in said(send(client, code, "停了", category="lift", once="l" * 24))  # next door, only alike
    Case.objects.all().delete()
    make.case(at)
    assert at.category.name in said(send(client, code, "困人了", category="lift"))  # here, alike
    Case.objects.update(ended_at=clock.now(), state="withdrawn")
    assert send(client, code, "又停了", category="lift").status_code == 302


def test_what_somebody_reported_or_complained_of_is_shown_to_nobody(client: Client, at: make.Street, code: str) -> None:
    make.case(at, kind=Case.Kind.REPORT)
    make.case(at, complained_handler=at.department)
    assert send(client, code, "灯又坏了").status_code == 302


def test_me_too_joins_the_open_case_with_a_link_of_ones_own(client: Client, at: make.Street, code: str) -> None:
    first, _secret = make.case(at)
    answers = [send(client, code, "我家也黑", join=first.pk, once=KEY, photos=[photo()]) for _press in range(2)]
    assert answers[0].url == answers[1].url
    assert Case.objects.count() == 1
    assert first.complainants.count() == 2
    assert CaseMessage.objects.get().text == "我家也黑"
    assert send(client, code, "单独办", anyway="1").status_code == 302
    assert Case.objects.count() == 2


@pytest.mark.parametrize("which", ["0", "999", "x", "9" * 30])
def test_only_what_was_shown_can_be_joined(client: Client, code: str, which: str) -> None:
    assert send(client, code, join=which).status_code == 404


def test_a_case_of_another_block_is_not_joined(client: Client, at: make.Street, code: str) -> None:
    there, _secret = make.case(at, unit=make.unit("building"))
    assert send(client, code, join=there.pk).status_code == 404


def test_two_presses_file_once_and_other_words_are_another_case(client: Client, code: str) -> None:
    first, second = (send(client, code, once=KEY) for _press in range(2))
    assert first.url == second.url
    assert Case.objects.count() == 1
    third = send(client, code, "另一件：井盖松了", once=KEY, anyway="1")
    assert third.url != first.url
    assert Case.objects.count() == 2


def test_a_key_that_is_none_is_replaced(client: Client, code: str) -> None:
    urls = {send(client, code, f"第{n}件", once="a", anyway="1").url for n in range(2)}
    assert len(urls) == 2


def test_robots_are_thanked_and_forgotten(client: Client, code: str) -> None:
    assert send(client, code, website="http://example.org").status_code == 302
    assert not Case.objects.exists()


def test_too_often_keeps_what_was_typed(client: Client, code: str) -> None:
    for n in range(pace.WITHOUT_COOKIE):
        send(client, code, f"第{n}件事", anyway="1")
    page = said(send(client, code, "再来一件", anyway="1"))
    assert "太多了" in page
    assert "再来一件" in page


@pytest.mark.parametrize(
    "data",
    [
        {"body": "x" * 10_000},
        {"body": "\x00\x1b[31m"},
        {"body": "ok", "name": "长" * 10_000},
        {"body": "<script>alert(1)</script>", "name": "<b>"},
        {"body": "ok", "where": "../../etc", "category": "nope", "kind": "nope"},
        {"body": "ok", "longitude": "nan", "latitude": "1e309"},
        {"body": "ok", "where": "other", "longitude": "inf", "latitude": "0"},
        {"body": "ok", "phone": "١٢٣٤٥٦٧٨"},
    ],
)
def test_hostile_input_is_answered_on_the_form(client: Client, code: str, data: dict[str, str]) -> None:
    answer = client.post(f"/scan/{code}/", data)
    assert answer.status_code in {200, 302}
    assert "<script>alert" not in said(answer)


def test_without_categories_the_form_says_what_to_do(client: Client, at: make.Street, code: str) -> None:
    type(at.category).objects.update(is_active=False)
    assert "请打电话给社区" in said(send(client, code))


def test_the_worker_is_a_script_of_ours(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code in {200, 404}  # 404 where the front end was not built
    if answer.status_code == 200:
        assert answer["Content-Type"].startswith("text/javascript")
