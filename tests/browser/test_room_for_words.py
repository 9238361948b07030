"""Where words are long (English) or large (大字), on paper and in a dialog: what is to be pressed or read is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from jiequ.core import clock
from tests import make, street
from tests.conftest import DESKTOP, PHONE
from tests.street import Street

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
PAPER = {"width": 718, "height": 1040}  # A4 less a centimetre on every side, as CSS counts

#: What lies, whole or in part, beyond the screen or beyond a part that cuts off what is too wide for it.
CUT_OFF = """(what) => [...document.querySelectorAll(what)].filter((e) => {
  const box = e.getBoundingClientRect();
  let edge = document.documentElement.clientWidth;
  for (let p = e.parentElement; p; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== "visible") edge = Math.min(edge, p.getBoundingClientRect().right);
  return box.width && box.right > edge + 1;
}).map((e) => e.textContent.trim())"""


@pytest.fixture
def town(transactional_db: None, live_server: Any) -> Iterator[Street]:
    with clock.stand_at(make.WEDNESDAY):
        yield street.build(places=1)


def enter(open_page: Any, town: Street, who: str, live_server: Any, *, size: Any = DESKTOP, **look: str) -> Any:
    """A page of `who`, with the cookies that say how it looks."""
    client = Client()
    client.force_login(town.people[who].account, backend="jiequ.people.accounts.AccountBackend")  # type: ignore[arg-type]
    page = open_page(size)
    cookies = {"sessionid": client.cookies["sessionid"].value, **look}
    page.context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()])
    return page


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("view", ["plain", "elder"])
def test_buttons_and_headings_have_room(
    open_page: Any, town: Street, live_server: Any, size: Any, language: str, view: str
) -> None:
    page = enter(open_page, town, "head", live_server, size=size, django_language=language, view=view)
    for address in ("/", town.own.block.get_absolute_url(), town.own.cases["working"].get_absolute_url()):
        page.goto(address)
        assert page.evaluate(CUT_OFF, "main .pagehead .btn, main .nowbar .btn") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.locator("h1").bounding_box()["width"] > 220


def test_a_list_shows_its_ticks_on_the_screen_and_its_rows_on_paper(
    open_page: Any, town: Street, live_server: Any
) -> None:
    page = enter(open_page, town, "head", live_server)
    page.goto("/cases/?view=open")
    tick, row = page.locator("td.pick input").first, page.locator("td.title a").first
    assert tick.evaluate("e => getComputedStyle(e).opacity") == "1"
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    assert row.is_visible()
    assert not tick.is_visible()
    assert not page.locator(".bulk").is_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_report_fits_on_paper(open_page: Any, town: Street, live_server: Any, language: str) -> None:
    page = enter(open_page, town, "office", live_server, django_language=language)
    page.goto("/figures/report/")
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    assert page.locator("[aria-labelledby=r-2] th").count() > 8
    assert page.evaluate(CUT_OFF, "table th, table td") == []


def test_a_dialog_has_no_tabs_and_its_way_back_closes_it(open_page: Any, town: Street, live_server: Any) -> None:
    page = enter(open_page, town, "head", live_server, size=PHONE)
    page.goto("/cases/")
    page.click("main .pagehead [data-dialog]")
    page.click("dialog .formacts a.btn")
    page.locator("dialog").wait_for(state="detached")
    page.goto("/wishes/")
    page.locator("main [data-dialog]:visible").first.click()
    page.locator("dialog[open]").wait_for()
    assert page.locator("dialog .rooms").count() == 0
    address = page.url
    page.click("dialog .formacts a.btn")
    page.locator("dialog").wait_for(state="detached")
    assert page.url == address
