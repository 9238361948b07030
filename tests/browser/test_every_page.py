"""Every page, as people with different posts see it, in a real Chromium: no barrier, no complaint on the console,
nothing that scrolls sideways on a narrow phone, nothing too small to touch.

The pages are read from the URL map through tests/doors.py, so a new page is in these tests by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse

from jiequ.core import clock
from jiequ.core.models import JournalEntry
from jiequ.people.middleware import OPEN
from tests import make, street
from tests.conftest import NARROW
from tests.doors import DOORS, IN_QUERY
from tests.street import Street, Who

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
UNIT = "观澜街道牛湖社区石一街区东片第一二三号的红色网格"  # 24 characters
TITLE = "请在球场东侧从榕树下到党群服务站门口之间加装八盏太阳能路灯并把坏了的地砖一起换掉让老人晚上散步不摔跤不绕路走得放心谢谢大"
WHO = ("office", "chief", "head", "councillor", "member", "admin", "anonymous")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}  # all that dark and light differ in
#: Pages that give a file, nothing to look at, or send the reader on.
NO_PAGE = {
    "import-template", "import-bad", "health", "notice-open", "second-factor", "pulse", "meeting-calendar", "paper",
    "open311-discovery", "open311-services", "open311-service", "open311-requests", "open311-request", "open311-token",
    "public-case-code", "public-case-photo", "service-worker", "scan-points-print", "case-photo",
    "visits-phone",  # drawn by its script: test_visits_screens.py waits for that and looks
    "visits-phone-key", "visits-worker", "visits-plan", "visits-token", "activity-file", "team-file", "certificate-pdf",
}  # fmt: skip

WIDE = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= 360) return [];
  const out = [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    if (box.right <= 361 || !box.width) return false;
    for (let p = e.parentElement; p; p = p.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX)) return false;
    return true;
  });
  return [`${wide} px`, ...out.slice(0, 4).map((e) => e.outerHTML.slice(0, 120))];
}"""
SMALL = """(least) => [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")]
  .filter((e) => {
    const box = (e.matches("[type=checkbox], [type=radio]") && e.closest("label") || e).getBoundingClientRect();
    const style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === "hidden" || e.closest(".vh, .trap, [aria-hidden=true], [hidden]")) return false;
    if (box.right < 0 || box.bottom < 0) return false;  // the skip link waits outside
    // A link within a sentence may be as small as its words (WCAG 2.5.8).
    if (e.matches("a") && style.display === "inline" && e.closest("p, li, dd, td, th, dt, h1, h2, h3, label, caption, span")) return false;
    return box.height < least - 0.5;
  })
  .map((e) => `${Math.round(e.getBoundingClientRect().height)} px: ${e.outerHTML.slice(0, 110)}`)"""


@pytest.fixture
def town(transactional_db: None, live_server: Any) -> Iterator[Street]:
    with clock.stand_at(make.WEDNESDAY):
        built = street.build(unit_name=UNIT, title=TITLE, places=1)
        assert len(UNIT) == 24
        assert len(TITLE) == 60
        yield built


def session(who: Who) -> str:
    client = Client()
    client.force_login(who.account, backend="jiequ.people.accounts.AccountBackend")  # type: ignore[arg-type]
    return client.cookies["sessionid"].value


def addresses(town: Street, who: Who) -> list[tuple[str, str]]:
    """(name, address) of every page that `who` may look at."""
    found = []
    for name, doors in DOORS.items():
        for door in doors if isinstance(doors, list) else [doors]:
            if door.ways == "post" or name in NO_PAGE or (who.account is None and name not in OPEN):
                continue
            if door.expected(who, town.own, "GET") != "in" and who.account is not None:
                continue
            args = door.args(town.own, who)
            query = f"?unit={town.own.block.code}" if name in IN_QUERY else door.query(town.own)
            found.append(
                (
                    f"{name} {door.label}".strip(),
                    reverse(name, args=args if isinstance(args, tuple) else (args,)) + query,
                )
            )
    if who.account is not None:
        found += [
            (f"unit {tab}", reverse("unit", args=[town.own.block.code]) + f"?tab={tab}")
            for tab in ("people", "motions", "tasks", "history")
        ]
    return found


def visit(
    open_page: Any, town: Street, who: Who, seen: set[str], live_server: Any, **options: Any
) -> Iterator[tuple[str, Any]]:
    """One page of Chromium goes through all of `who`'s pages whose kind nobody has `seen`."""
    page = open_page(reduced_motion="reduce", **options)  # colours that are on their way have no contrast yet
    if who.account is not None:
        page.context.add_cookies([{"name": "sessionid", "value": session(who), "url": live_server.url}])
    for name, address in addresses(town, who):
        if name in seen:
            continue
        seen.add(name)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in {200, 404, 409}, (who.code, address, answer.status)
        if answer.status == 200:
            yield f"{name} ({who.code})", page


def barriers(page: Any, options: Any = AXE) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{v['id']}: {n['html'][:130]} {' '.join(n['failureSummary'].split())[:160]}"
        for v in found
        for n in v["nodes"][:3]
    ]


def test_no_page_has_a_barrier(open_page: Any, town: Street, live_server: Any) -> None:
    """axe, light and dark, with every menu open; each page with the first post that may see it."""
    wrong, seen = [], set[str]()
    for code in WHO:
        for name, page in visit(open_page, town, town.people[code], seen, live_server, color_scheme="light"):
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            wrong += [f"{name}: {b}" for b in barriers(page)]
            page.emulate_media(color_scheme="dark")
            wrong += [f"{name}, dark: {b}" for b in barriers(page, CONTRAST)]
            page.emulate_media(color_scheme="light")
    assert len(seen) > 70
    assert not wrong, "\n".join(wrong)


def test_no_page_scrolls_sideways_or_is_too_small_to_touch_on_a_phone(
    open_page: Any, town: Street, live_server: Any
) -> None:
    wrong, seen = [], set[str]()
    for code in WHO:
        for name, page in visit(
            open_page, town, town.people[code], seen, live_server, viewport=NARROW, has_touch=True, is_mobile=True
        ):
            wrong += [f"{name}: {w}" for w in page.evaluate(WIDE)]
            wrong += [f"{name}: {w}" for w in page.evaluate(SMALL, 44)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_the_elder_view_of_public_pages(open_page: Any, town: Street, live_server: Any) -> None:
    wrong: list[str] = []
    for dark in (False, True):
        seen, page_seen = set[str](), 0
        for name, page in visit(
            open_page,
            town,
            town.people["anonymous"],
            seen,
            live_server,
            viewport=NARROW,
            color_scheme="dark" if dark else "light",
        ):
            page.context.add_cookies([{"name": "view", "value": "elder", "url": live_server.url}])
            page.reload()
            page_seen += 1
            wrong += [
                f"{name}, elder, {'dark' if dark else 'light'}: {b}"
                for b in [*barriers(page), *page.evaluate(WIDE), *page.evaluate(SMALL, 60)]
            ]
        assert page_seen >= 8
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_dialogs_have_no_barrier_and_do_not_act_by_being_opened(open_page: Any, town: Street, live_server: Any) -> None:
    wrong, opened = [], 0
    for code in ("head", "chief", "office"):
        page = open_page()
        page.context.add_cookies([{"name": "sessionid", "value": session(town.people[code]), "url": live_server.url}])
        places = [
            *town.own.motions.values(),
            *town.own.meetings.values(),
            town.own.task,
            town.own.person,
            town.own.team,
        ]
        before = JournalEntry.objects.count()
        for thing in places:
            page.goto(thing.get_absolute_url())
            for index in range(page.locator("[data-dialog]:visible, form[data-confirm] button:visible").count()):
                page.locator("[data-dialog]:visible, form[data-confirm] button:visible").nth(index).click()
                page.locator("dialog[open]").wait_for()
                opened += 1
                wrong += [f"{page.url} ({code}): {b}" for b in barriers(page)]
                page.keyboard.press("Escape")
                page.locator("dialog[open]").wait_for(state="detached")
        assert JournalEntry.objects.count() == before
    assert opened >= 4
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_an_empty_house_has_no_barrier(open_page: Any, transactional_db: None, live_server: Any) -> None:
    """Nothing but a subdistrict and its office: every list says what to do instead of showing nothing."""
    wrong = []
    with clock.stand_at(make.WEDNESDAY):
        root = make.unit("subdistrict", name=UNIT)
        who = Who("office", make.account("office", root), street.ROLES["office"], root)
        page = open_page(viewport=NARROW)
        page.context.add_cookies([{"name": "sessionid", "value": session(who), "url": live_server.url}])
        for name in ("home", "motions", "meetings", "councils", "tasks", "people", "appointments", "vacancies", "members", "teams",
                     "notices", "units", "figures", "figures-report", "policy", "search"):  # fmt: skip
            page.goto(reverse(name))
            wrong += [f"{name}, empty: {b}" for b in [*barriers(page), *page.evaluate(WIDE)]]
        page.context.clear_cookies()
        page.goto("/")
        wrong += [f"landing, empty: {b}" for b in [*barriers(page), *page.evaluate(WIDE)]]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
