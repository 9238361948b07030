"""A resident's form on a bad network, in a real Chromium: a draft survives a closed tab, and what was sent without network
is sent once when it is back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from PIL import Image

from jiequ.cases.models import Case, CasePhoto, ScanPoint
from jiequ.core import clock
from tests import make
from tests.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def form(transactional_db: None, live_server: Any) -> Iterator[str]:
    cache.clear()
    with clock.stand_at(make.WEDNESDAY):
        at = make.street()
        ScanPoint.objects.create(unit=at.building, code="abc23456", issued_at=clock.now())
        yield "/scan/abc23456/"


def photo() -> dict[str, Any]:
    made = io.BytesIO()
    Image.effect_noise((1200, 900), 90).convert("RGB").save(made, "JPEG", quality=95)
    return {"name": "灯.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def kept(page: Any, store: str) -> int:
    """How many rows this phone keeps."""
    return int(
        page.evaluate(
            """(store) => new Promise((done) => { const asked = indexedDB.open("jiequ");
            asked.onsuccess = () => { const rows = asked.result.transaction(store).objectStore(store).count();
              rows.onsuccess = () => { asked.result.close(); done(rows.result); }; }; })""",
            store,
        )
    )


def write(page: Any, words: str) -> None:
    page.fill("#id_body", words)
    page.set_input_files("#id_photos", [photo()])
    page.wait_for_selector("ul.photos img")
    page.wait_for_timeout(500)


def test_a_draft_survives_a_closed_tab_with_its_photo(open_page: Any, form: str) -> None:
    page = open_page(PHONE)
    page.goto(form)
    write(page, "楼道灯坏了三天")
    page.fill("#id_phone", "13800138000")
    page.wait_for_timeout(500)
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(form)
    page.wait_for_selector("ul.photos img")
    assert page.input_value("#id_body") == "楼道灯坏了三天"
    assert page.input_value("#id_phone") == "13800138000"
    page.click(".dock button")
    page.wait_for_url("**/received/")
    assert CasePhoto.objects.get().case == Case.objects.get()
    assert kept(page, "drafts") == 0
    page.goto(form)
    page.wait_for_timeout(300)
    assert page.input_value("#id_body") == ""


def test_what_is_sent_without_network_is_sent_once_after_the_tab_was_closed(
    open_page: Any, form: str, console_errors: list[str]
) -> None:
    page = open_page(PHONE)
    page.goto(form)
    write(page, "二楼漏水")
    page.context.set_offline(True)
    page.click(".dock button")
    page.wait_for_selector("[data-part=queued]:not([hidden])")
    assert page.is_hidden("#case")
    assert not Case.objects.exists()
    assert (kept(page, "outbox"), kept(page, "drafts")) == (1, 0)
    context = page.context
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(form)
    page.wait_for_selector("[data-part=sent]:not([hidden])")
    case = Case.objects.get()
    assert case.body == "二楼漏水"
    assert CasePhoto.objects.filter(case=case).count() == 1
    assert kept(page, "outbox") == 0
    page.click("[data-part=sent] a")
    page.wait_for_url("**/c/**")
    assert case.short_number in page.inner_text("main") + page.inner_text("header")
    page.goto(form)
    page.wait_for_timeout(800)
    assert Case.objects.count() == 1
    console_errors.clear()  # the network that was away


def test_the_open_page_sends_by_itself_when_the_network_is_back(
    open_page: Any, form: str, console_errors: list[str]
) -> None:
    page = open_page(PHONE)
    page.goto(form)
    page.fill("#id_body", "井盖松了")
    page.context.set_offline(True)
    page.click(".dock button")
    page.wait_for_selector("[data-part=queued]:not([hidden])")
    page.context.set_offline(False)
    page.wait_for_selector("[data-part=sent]:not([hidden])")
    assert Case.objects.get().body == "井盖松了"
    assert page.is_visible("#case")
    console_errors.clear()


def test_the_form_opens_without_network_once_it_was_open(open_page: Any, form: str, console_errors: list[str]) -> None:
    page = open_page(PHONE)
    page.goto(form)
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_timeout(800)
    page.context.set_offline(True)
    page.reload()
    page.fill("#id_body", "没网也能写")
    page.click(".dock button")
    page.wait_for_selector("[data-part=queued]:not([hidden])")
    page.click("[data-part=queued] [data-forget]")
    page.wait_for_selector("#id_body")
    assert (kept(page, "outbox"), kept(page, "drafts")) == (0, 0)
    page.context.set_offline(False)
    page.reload()
    page.wait_for_timeout(500)
    assert not Case.objects.exists()
    console_errors.clear()


def test_words_of_yesterday_are_forgotten(open_page: Any, form: str) -> None:
    page = open_page(PHONE)
    page.goto(form)
    page.fill("#id_body", "我叫什么住哪里")
    page.wait_for_timeout(700)
    assert kept(page, "drafts") == 1
    page.evaluate(
        """() => new Promise((done) => { const asked = indexedDB.open("jiequ"); asked.onsuccess = () => {
        const rows = asked.result.transaction("drafts", "readwrite").objectStore("drafts");
        rows.getAll().onsuccess = (event) => { const row = event.target.result[0]; row.at -= 25 * 3600e3;
          rows.put(row).onsuccess = () => { asked.result.close(); done(); }; }; }; })"""
    )
    page.context.new_page().goto(form)
    fresh = page.context.pages[-1]
    fresh.wait_for_timeout(500)
    assert fresh.input_value("#id_body") == ""
    assert kept(fresh, "drafts") == 0


def come_back(page: Any) -> None:
    """Press send with a number nobody can call: the form comes back with what was wrong."""
    page.fill("#id_phone", "123")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click(".dock button")
    page.wait_for_timeout(500)
    page.wait_for_selector(".oops")


def send(page: Any) -> int:
    """Put right what was wrong, send, and count the photos that were filed."""
    page.fill("#id_phone", "")
    page.click(".dock button")
    page.wait_for_url("**/received/")
    return CasePhoto.objects.filter(case=Case.objects.get()).count()


def test_a_photo_that_is_taken_off_after_an_error_is_not_filed(open_page: Any, form: str) -> None:
    page = open_page(PHONE)
    page.goto(form)
    write(page, "楼道灯坏了三天")
    come_back(page)
    page.wait_for_selector("ul.photos img")
    assert page.locator("[data-held]").count() == 0, "one photo, two ways to take it off"
    assert page.input_value("[name=kept]") == ""
    page.click("ul.photos button")
    assert send(page) == 0


def test_a_photo_that_stays_after_an_error_is_filed_once(open_page: Any, form: str) -> None:
    page = open_page(PHONE)
    page.goto(form)
    write(page, "楼道灯坏了三天")
    come_back(page)
    come_back(page)
    assert send(page) == 1


@pytest.mark.parametrize(("is_dropped", "count"), [(True, 0), (False, 1)])
def test_without_scripts_the_tick_takes_the_photos_off(open_page: Any, form: str, is_dropped: bool, count: int) -> None:
    page = open_page(PHONE, java_script_enabled=False)
    page.goto(form)
    page.fill("#id_body", "楼道灯坏了三天")
    page.set_input_files("#id_photos", [photo()])
    come_back(page)
    page.set_checked("#id_drop", is_dropped)
    assert send(page) == count


@pytest.mark.parametrize(("is_dropped", "count"), [(True, 1), (False, 2)])
def test_photos_the_server_held_before_the_script_came_stay_there(
    open_page: Any, form: str, is_dropped: bool, count: int, console_errors: list[str]
) -> None:
    page = open_page(PHONE)
    page.route("**/resident*.js", lambda route: route.abort())
    page.goto(form)
    page.fill("#id_body", "楼道灯坏了三天")
    page.set_input_files("#id_photos", [photo()])
    page.unroute("**/resident*.js")
    come_back(page)
    page.set_input_files("#id_photos", [photo()])
    page.wait_for_selector("ul.photos img")
    page.set_checked("#id_drop", is_dropped)
    come_back(page)
    assert page.locator("[data-held]").count() == (0 if is_dropped else 2)
    assert page.locator("ul.photos img").count() == (1 if is_dropped else 0)
    assert send(page) == count
    console_errors.clear()  # the script that was away
